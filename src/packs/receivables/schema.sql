-- complain if this script is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION salespulse_receivables CASCADE" to load this file. \quit

-- The pack holds functions; the tables they work on are the user's, made by
-- receivables.install() in a schema of his own. Each function finds them by
-- setting the path for its own duration: pg_catalog first, then that schema.
-- No table of the pack's own says where it is installed: its triggers do.

COMMENT ON SCHEMA receivables IS
'Receivables: functions over the tables that receivables.install() makes. SQLSTATEs: SP801 not installed there, SP802 a shipment is rejected by its gate, SP803 more than is open.';
GRANT USAGE ON SCHEMA receivables TO PUBLIC;
