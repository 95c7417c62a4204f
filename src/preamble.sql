-- complain if this script is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION salespulse CASCADE" to load this file. \quit

SET LOCAL client_min_messages = warning;

-- ltree may live in any schema; every name of our own is written in full
SELECT pg_catalog.set_config('search_path',
	   'pg_catalog, ' || pg_catalog.quote_ident(n.nspname) || ', pg_temp', true)
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'ltree';
