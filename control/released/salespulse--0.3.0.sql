-- complain if this script is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION salespulse CASCADE" to load this file. \quit

SET LOCAL client_min_messages = warning;

-- ltree may live in any schema; every name of our own is written in full
SELECT pg_catalog.set_config('search_path',
	   'pg_catalog, ' || pg_catalog.quote_ident(n.nspname) || ', pg_temp', true)
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'ltree';
-- ---- base: schemas, roles, settings --------------------------------------

CREATE SCHEMA pulse_internal;
COMMENT ON SCHEMA pulse_internal IS 'Internals of salespulse; the manual is schema pulse.';

DO $$
DECLARE
	role_name text;
BEGIN
	-- roles belong to the cluster: another database may have made them already
	FOREACH role_name IN ARRAY ARRAY['pulse_owner', 'pulse_admin', 'pulse_author',
									 'pulse_analyst', 'pulse_app', 'pulse_relay']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
	END LOOP;
END
$$;

GRANT USAGE ON SCHEMA pulse TO PUBLIC;
GRANT USAGE ON SCHEMA pulse_internal TO pulse_owner;

CREATE TABLE pulse_internal.setting (
	name text PRIMARY KEY,
	value text NOT NULL
);
COMMENT ON TABLE pulse_internal.setting IS 'Settings that differ from their default; see pulse.settings.';
ALTER TABLE pulse_internal.setting OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.setting', '');
-- ---- base: settings and the clock ------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.invalidate() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_invalidate';
REVOKE ALL ON FUNCTION pulse_internal.invalidate() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.library_version() RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_library_version';

CREATE OR REPLACE FUNCTION pulse_internal.try_to_read(relation regclass) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_try_to_read_relation';
REVOKE ALL ON FUNCTION pulse_internal.try_to_read(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.try_to_read(regclass) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.setting(name text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_setting_value';
COMMENT ON FUNCTION pulse.setting(text) IS
'Value in force of a setting, as text. Error SP901: no setting of that name (see pulse.settings).';

CREATE OR REPLACE FUNCTION pulse_internal.check_setting(name text, value text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_check_setting';

CREATE OR REPLACE FUNCTION pulse_internal.setting_definitions(
		OUT name text, OUT default_value text, OUT meaning text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_setting_definitions';

CREATE OR REPLACE FUNCTION pulse.clock() RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_clock_value';
COMMENT ON FUNCTION pulse.clock() IS
'The instant salespulse works by: the system''s clock, or the instant set by set_clock().';

CREATE OR REPLACE FUNCTION pulse.set_setting(name text, value text) RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	INSERT INTO pulse_internal.setting (name, value)
	VALUES (set_setting.name, pulse_internal.check_setting(set_setting.name, set_setting.value))
	ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE SET value = excluded.value;
END;
ALTER FUNCTION pulse.set_setting(text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_setting(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_setting(text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.set_setting(text, text) IS
'Sets a setting for the whole database, from the next statement on. Errors: SP901 unknown setting, 22023 unusable value.';

CREATE OR REPLACE FUNCTION pulse.set_clock(instant timestamptz) RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC' SET datestyle = 'ISO'
BEGIN ATOMIC
	SELECT pulse.set_setting('clock', coalesce(instant::text, 'system'));
END;
ALTER FUNCTION pulse.set_clock(timestamptz) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_clock(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_clock(timestamptz) TO pulse_admin;
COMMENT ON FUNCTION pulse.set_clock(timestamptz) IS
'Stops the clock of salespulse at an instant, for replays and tests; NULL gives it back to the system. pulse.status warns while it stands.';
-- ---- base: who is asking ------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.act_as(staff text, tenant text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_act_as';
REVOKE ALL ON FUNCTION pulse.act_as(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.act_as(text, text) TO pulse_app;
COMMENT ON FUNCTION pulse.act_as(text, text) IS
'Says who is asking, for applications that share connections: a member of staff and a tenant, until the end of the transaction. Policies of row-level security read them. NULL: nobody, no tenant. Nobody else can set them, not by SET either.';

CREATE OR REPLACE FUNCTION pulse.acting_staff() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'sp_acting_staff';
COMMENT ON FUNCTION pulse.acting_staff() IS 'The member of staff who is asking, as act_as() said in this transaction; NULL: nobody.';

CREATE OR REPLACE FUNCTION pulse.acting_tenant() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'sp_acting_tenant';
COMMENT ON FUNCTION pulse.acting_tenant() IS 'The tenant for whom is asked, as act_as() said in this transaction; NULL: none.';
-- ---- base: why something failed, and who is told ----------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.shown_reason(kind text, which text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_shown_reason';
REVOKE ALL ON FUNCTION pulse_internal.shown_reason(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.shown_reason(text, text) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

-- All columns but one, and of the whole table no longer.
CREATE OR REPLACE FUNCTION pulse_internal.grant_without(relation regclass, hidden name, roles regrole[]) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	shown text := (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
				   WHERE a.attrelid = grant_without.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> grant_without.hidden);
	role regrole;
BEGIN
	FOREACH role IN ARRAY roles LOOP
		EXECUTE format('REVOKE SELECT ON %s FROM %s', grant_without.relation, role);
		EXECUTE format('GRANT SELECT (%s) ON %s TO %s', shown, grant_without.relation, role);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.grant_without(regclass, name, regrole[]) FROM PUBLIC;
-- ---- base: triggers ----------------------------------------------------------

CREATE TRIGGER setting_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.setting
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- base: pulse.settings ----------------------------------------------------

CREATE OR REPLACE VIEW pulse.settings WITH (security_invoker = true) AS
	SELECT d.name, pulse.setting(d.name) AS value, d.default_value, d.meaning
	FROM pulse_internal.setting_definitions() d;
COMMENT ON VIEW pulse.settings IS
'Settings that change results: name, value in force, default, meaning. Change one with pulse.set_setting(name, value).';
GRANT SELECT ON pulse.settings TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.setup(timezone text DEFAULT NULL, currency text DEFAULT NULL,
		language text DEFAULT NULL, calendar text DEFAULT NULL, fiscal_year_start text DEFAULT NULL)
	RETURNS SETOF pulse.settings
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	path text;
BEGIN
	PERFORM pulse.set_setting(given.name, given.value)
	FROM (VALUES ('timezone', timezone), ('currency', currency), ('language', language),
				 ('calendar', calendar), ('fiscal_year_start', fiscal_year_start)) AS given(name, value)
	WHERE given.value IS NOT NULL;

	-- operators and types are found without a prefix when pulse is last in the path
	SELECT coalesce(
		(SELECT substr(entry, length('search_path=') + 1)
		 FROM pg_db_role_setting AS s, unnest(s.setconfig) AS entry
		 WHERE s.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
		   AND s.setrole = 0 AND entry LIKE 'search\_path=%'),
		'"$user", public') INTO path;
	IF NOT path ~ '(^|[ ,"])pulse($|[ ,"])' THEN
		EXECUTE format('ALTER DATABASE %I SET search_path = %s, pulse', current_database(), path);
	END IF;
	RETURN QUERY SELECT * FROM pulse.settings;
END
$$;
REVOKE ALL ON FUNCTION pulse.setup(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.setup(text, text, text, text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.setup(text, text, text, text, text) IS
'First set-up of a database: settings by name, and pulse put last in the database''s search_path. Needs the right to ALTER DATABASE. Returns the settings.';
-- ---- types: shells, completed in objects_*.sql ----------------------------------

CREATE TYPE pulse.amount;
CREATE TYPE pulse.bag;
CREATE TYPE pulse.period;
-- ---- types: where rates of exchange are read ------------------------------------

CREATE TABLE pulse_internal.rate_source (
	name text PRIMARY KEY CHECK (name <> ''),
	relation regclass NOT NULL,
	day_column text NOT NULL,
	rate_column text NOT NULL,
	from_column text,
	from_currency text,
	to_column text,
	to_currency text,
	pivot text,
	max_age int CHECK (max_age >= 0),
	CHECK ((from_column IS NULL) <> (from_currency IS NULL)),
	CHECK ((to_column IS NULL) <> (to_currency IS NULL))
);
COMMENT ON TABLE pulse_internal.rate_source IS
'Relations of the application with rates of exchange: which column is what, or which currency all rows have. See pulse.map_rates().';
ALTER TABLE pulse_internal.rate_source OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rate_source', '');
-- ---- types: amount -----------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.amount_in(cstring) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_in';

CREATE OR REPLACE FUNCTION pulse_internal.amount_out(pulse.amount) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_out';

CREATE OR REPLACE FUNCTION pulse_internal.amount_recv(internal) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_recv';

CREATE OR REPLACE FUNCTION pulse_internal.amount_send(pulse.amount) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_send';

CREATE OR REPLACE FUNCTION pulse.amount(value numeric, currency text) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_from_numeric';
COMMENT ON FUNCTION pulse.amount(numeric, text) IS
'Amount of a number and an ISO 4217 code, exact. Errors: 22023 the number has more digits than the currency (see round_amount), 22003 out of range, SP102 unknown currency.';

CREATE OR REPLACE FUNCTION pulse.to_numeric(amount pulse.amount) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_to_numeric';
COMMENT ON FUNCTION pulse.to_numeric(pulse.amount) IS
'The number of an amount without its currency, with all minor digits.';

CREATE OR REPLACE FUNCTION pulse.currency(amount pulse.amount) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_currency_code';
COMMENT ON FUNCTION pulse.currency(pulse.amount) IS
'The ISO 4217 code of an amount, such as CNY.';

CREATE OR REPLACE FUNCTION pulse.abs(amount pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_abs';
COMMENT ON FUNCTION pulse.abs(pulse.amount) IS
'The amount without its sign. Error 22003: the least amount has no positive counterpart.';

CREATE OR REPLACE FUNCTION pulse.sign(amount pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_sign';
COMMENT ON FUNCTION pulse.sign(pulse.amount) IS
'-1, 0 or 1, as the amount is negative, zero or positive.';

-- operators: their functions
CREATE OR REPLACE FUNCTION pulse_internal.amount_pl(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_pl';

CREATE OR REPLACE FUNCTION pulse_internal.amount_mi(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_mi';

CREATE OR REPLACE FUNCTION pulse_internal.amount_um(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_um';

CREATE OR REPLACE FUNCTION pulse_internal.amount_up(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_up';

CREATE OR REPLACE FUNCTION pulse_internal.amount_mul_numeric(pulse.amount, numeric) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_mul_numeric';

CREATE OR REPLACE FUNCTION pulse_internal.numeric_mul_amount(numeric, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'numeric_mul_amount';

CREATE OR REPLACE FUNCTION pulse_internal.amount_div_numeric(pulse.amount, numeric) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_div_numeric';

CREATE OR REPLACE FUNCTION pulse_internal.amount_div_amount(pulse.amount, pulse.amount) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_div_amount';

-- comparison cannot fail, so it may run before a security barrier
CREATE OR REPLACE FUNCTION pulse_internal.amount_eq(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_eq';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ne(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_ne';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_lt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_lt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_le(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_le';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_gt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_gt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_ge(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_ge';

CREATE OR REPLACE FUNCTION pulse_internal.amount_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_support';

CREATE OR REPLACE FUNCTION pulse_internal.amount_lt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_lt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_le(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_le';

CREATE OR REPLACE FUNCTION pulse_internal.amount_gt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_gt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ge(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_ge';

CREATE OR REPLACE FUNCTION pulse_internal.amount_cmp(pulse.amount, pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_cmp';

CREATE OR REPLACE FUNCTION pulse_internal.amount_sortsupport(internal) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_sortsupport';

CREATE OR REPLACE FUNCTION pulse_internal.amount_hash(pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_hash';

CREATE OR REPLACE FUNCTION pulse_internal.amount_hash_extended(pulse.amount, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_hash_extended';

CREATE OR REPLACE FUNCTION pulse_internal.currency_first(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_currency_first';

CREATE OR REPLACE FUNCTION pulse_internal.currency_last(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_currency_last';

CREATE OR REPLACE FUNCTION pulse_internal.amount_restriction_selectivity(internal, oid, internal, integer) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_restriction_selectivity';

CREATE OR REPLACE FUNCTION pulse_internal.amount_join_selectivity(internal, oid, internal, smallint, internal) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_join_selectivity';

-- aggregates: their steps
CREATE OR REPLACE FUNCTION pulse_internal.amount_larger(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_larger';

CREATE OR REPLACE FUNCTION pulse_internal.amount_smaller(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_smaller';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_add(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_add';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_remove(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_remove';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_combine';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_serialize';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_deserialize';

CREATE OR REPLACE FUNCTION pulse_internal.amount_sum(internal) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_sum';

CREATE OR REPLACE FUNCTION pulse_internal.amount_avg(internal) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_avg';

-- the server calls these itself; nobody else has to. Not so input and output: a cast to or from text
-- of a constant is planned as a call of them, with the rights of whoever asks.
REVOKE ALL ON FUNCTION
	pulse_internal.amount_recv(internal),
	pulse_internal.amount_send(pulse.amount),
	pulse_internal.amount_support(internal),
	pulse_internal.amount_sortsupport(internal),
	pulse_internal.amount_restriction_selectivity(internal, oid, internal, integer),
	pulse_internal.amount_join_selectivity(internal, oid, internal, smallint, internal),
	pulse_internal.amount_larger(pulse.amount, pulse.amount),
	pulse_internal.amount_smaller(pulse.amount, pulse.amount),
	pulse_internal.amount_total_add(internal, pulse.amount),
	pulse_internal.amount_total_remove(internal, pulse.amount),
	pulse_internal.amount_total_combine(internal, internal),
	pulse_internal.amount_total_serialize(internal),
	pulse_internal.amount_total_deserialize(bytea, internal),
	pulse_internal.amount_sum(internal),
	pulse_internal.amount_avg(internal)
FROM PUBLIC;
-- ---- types: bag --------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.bag_in(cstring) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_in';

CREATE OR REPLACE FUNCTION pulse_internal.bag_out(pulse.bag) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_out';

CREATE OR REPLACE FUNCTION pulse_internal.bag_recv(internal) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_recv';

CREATE OR REPLACE FUNCTION pulse_internal.bag_send(pulse.bag) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_send';

CREATE OR REPLACE FUNCTION pulse.bag(amount pulse.amount) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_from_amount';
COMMENT ON FUNCTION pulse.bag(pulse.amount) IS
'The bag of one amount; empty for an amount of zero.';

CREATE OR REPLACE FUNCTION pulse.amount_of(bag pulse.bag, currency text) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_amount_of';
COMMENT ON FUNCTION pulse.amount_of(pulse.bag, text) IS
'The total of a bag in one currency; zero where the bag has none. Errors: SP102 unknown currency, 22003 the total is larger than an amount (see totals).';

CREATE OR REPLACE FUNCTION pulse.amounts(bag pulse.bag) RETURNS SETOF pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'bag_amounts';
COMMENT ON FUNCTION pulse.amounts(pulse.bag) IS
'The totals of a bag as amounts, by currency code. Error 22003: a total is larger than an amount (see totals).';

CREATE OR REPLACE FUNCTION pulse.totals(bag pulse.bag, OUT currency text, OUT total numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'bag_totals';
COMMENT ON FUNCTION pulse.totals(pulse.bag) IS
'The totals of a bag as currency code and number, by code; whatever their size.';

CREATE OR REPLACE FUNCTION pulse_internal.bag_pl(pulse.bag, pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_pl';

CREATE OR REPLACE FUNCTION pulse_internal.bag_mi(pulse.bag, pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_mi';

CREATE OR REPLACE FUNCTION pulse_internal.bag_um(pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_um';

CREATE OR REPLACE FUNCTION pulse_internal.bag_eq(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_eq';

CREATE OR REPLACE FUNCTION pulse_internal.bag_ne(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_ne';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_lt(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_lt';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_le(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_le';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_gt(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_gt';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_ge(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_ge';

CREATE OR REPLACE FUNCTION pulse_internal.bag_cmp(pulse.bag, pulse.bag) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_cmp';

CREATE OR REPLACE FUNCTION pulse_internal.bag_hash(pulse.bag) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_hash';

CREATE OR REPLACE FUNCTION pulse_internal.bag_hash_extended(pulse.bag, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_hash_extended';

-- the aggregate: its steps
CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_add(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_add';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_remove(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_remove';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_add_bag(internal, pulse.bag) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_add_bag';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_remove_bag(internal, pulse.bag) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_remove_bag';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_combine';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_final(internal) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_final';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_serialize';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_deserialize';

-- the server calls these itself; nobody else has to. Not so input and output: a cast to or from text
-- of a constant is planned as a call of them, with the rights of whoever asks.
REVOKE ALL ON FUNCTION
	pulse_internal.bag_recv(internal),
	pulse_internal.bag_send(pulse.bag),
	pulse_internal.bag_tally_add(internal, pulse.amount),
	pulse_internal.bag_tally_remove(internal, pulse.amount),
	pulse_internal.bag_tally_add_bag(internal, pulse.bag),
	pulse_internal.bag_tally_remove_bag(internal, pulse.bag),
	pulse_internal.bag_tally_combine(internal, internal),
	pulse_internal.bag_tally_final(internal),
	pulse_internal.bag_tally_serialize(internal),
	pulse_internal.bag_tally_deserialize(bytea, internal)
FROM PUBLIC;
-- ---- types: amounts as people write them ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.format_amount(amount pulse.amount, style text DEFAULT 'code',
		group_separator text DEFAULT ',', decimal_point text DEFAULT '.') RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_format';
COMMENT ON FUNCTION pulse.format_amount(pulse.amount, text, text, text) IS
'An amount for people, whatever the locale. Styles: code (CNY -142,800.00), symbol (-¥142,800.00), number (-142,800.00), plain (-142800.00), accounting ((142,800.00)). Errors: 22023 unknown style or unusable separators.';

CREATE OR REPLACE FUNCTION pulse.parse_amount(value text, currency text DEFAULT NULL,
		group_separator text DEFAULT ',', decimal_point text DEFAULT '.') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_parse';
COMMENT ON FUNCTION pulse.parse_amount(text, text, text, text) IS
'The amount that a person wrote: groups of three digits, a code or symbol before or after, a minus sign or parentheses. The currency may be left out where the text names one; a symbol of several currencies needs it. Errors: 22P02 not an amount, 22003 out of range, 22023 unusable separators, SP102 unknown currency.';
-- ---- types: period ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.period_in(cstring) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_in';

CREATE OR REPLACE FUNCTION pulse_internal.period_out(pulse.period) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_out';

CREATE OR REPLACE FUNCTION pulse_internal.period_recv(internal) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_recv';

CREATE OR REPLACE FUNCTION pulse_internal.period_send(pulse.period) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_send';

CREATE OR REPLACE FUNCTION pulse_internal.period_eq(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_eq';

CREATE OR REPLACE FUNCTION pulse_internal.period_ne(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_ne';

CREATE OR REPLACE FUNCTION pulse_internal.period_lt(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_lt';

CREATE OR REPLACE FUNCTION pulse_internal.period_le(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_le';

CREATE OR REPLACE FUNCTION pulse_internal.period_gt(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_gt';

CREATE OR REPLACE FUNCTION pulse_internal.period_ge(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_ge';

CREATE OR REPLACE FUNCTION pulse_internal.period_cmp(pulse.period, pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_cmp';

CREATE OR REPLACE FUNCTION pulse_internal.period_hash(pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_hash';

CREATE OR REPLACE FUNCTION pulse_internal.period_hash_extended(pulse.period, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_hash_extended';

-- day <@ period with a constant period is a range of dates to the planner
CREATE OR REPLACE FUNCTION pulse_internal.period_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_support';

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_date(pulse.period, date) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'period_contains_date';

CREATE OR REPLACE FUNCTION pulse_internal.date_within_period(date, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'date_within_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_timestamp(pulse.period, timestamp) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'period_contains_timestamp';

CREATE OR REPLACE FUNCTION pulse_internal.timestamp_within_period(timestamp, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'timestamp_within_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_period(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_contains_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_within_period(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_within_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_overlaps_period(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_overlaps_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_plus(pulse.period, integer) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_plus';

CREATE OR REPLACE FUNCTION pulse_internal.period_minus(pulse.period, integer) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_minus';

CREATE OR REPLACE FUNCTION pulse_internal.period_minus_period(pulse.period, pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_minus_period';

CREATE OR REPLACE FUNCTION pulse.first_day(period pulse.period) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_first_day';
COMMENT ON FUNCTION pulse.first_day(pulse.period) IS
'The first day of a period.';

CREATE OR REPLACE FUNCTION pulse.last_day(period pulse.period) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_last_day';
COMMENT ON FUNCTION pulse.last_day(pulse.period) IS
'The last day of a period.';

CREATE OR REPLACE FUNCTION pulse.days(period pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_days';
COMMENT ON FUNCTION pulse.days(pulse.period) IS
'The number of days of a period.';

CREATE OR REPLACE FUNCTION pulse.grain(period pulse.period) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_grain_name';
COMMENT ON FUNCTION pulse.grain(pulse.period) IS
'What a period is: year, quarter, month, week, day, fiscal_year or fiscal_quarter.';

CREATE OR REPLACE FUNCTION pulse.date_range(period pulse.period) RETURNS daterange
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_daterange';
COMMENT ON FUNCTION pulse.date_range(pulse.period) IS
'The days of a period as a range, [first day, day after the last).';

CREATE OR REPLACE FUNCTION pulse.next(period pulse.period) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_next';
COMMENT ON FUNCTION pulse.next(pulse.period) IS
'The following period of the same grain. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.previous(period pulse.period) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_previous';
COMMENT ON FUNCTION pulse.previous(pulse.period) IS
'The preceding period of the same grain. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.shift(period pulse.period, periods integer) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_plus';
COMMENT ON FUNCTION pulse.shift(pulse.period, integer) IS
'The period of the same grain so many later, or with a negative number earlier. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.period_of(day date, grain text, fiscal_year_start text DEFAULT NULL) RETURNS pulse.period
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_of_date';
COMMENT ON FUNCTION pulse.period_of(date, text, text) IS
'The period of a grain (year, quarter, month, week, day, fiscal_year, fiscal_quarter) that holds a day; weeks are those of ISO 8601. Fiscal grains need the first day of the fiscal year as month and day. Of an instant take pulse.day_of(instant) first. Errors: 22023 unknown grain or no fiscal year, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.fiscal_period_of(day date, grain text) RETURNS pulse.period
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_fiscal_of_date';
COMMENT ON FUNCTION pulse.fiscal_period_of(date, text) IS
'The period of a grain that holds a day, with the fiscal year of the setting fiscal_year_start. A fiscal year that begins on January 1st is the calendar year. Errors: 22023 unknown grain, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.periods(since date, until date, grain text, fiscal_year_start text DEFAULT NULL) RETURNS SETOF pulse.period
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 12 AS 'MODULE_PATHNAME', 'period_series';
COMMENT ON FUNCTION pulse.periods(date, date, text, text) IS
'The periods of a grain that hold days from since up to, but not including, until, in order. Errors: 22023 unknown grain or no fiscal year, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.periods(period pulse.period, grain text) RETURNS SETOF pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 12 AS 'MODULE_PATHNAME', 'period_parts';
COMMENT ON FUNCTION pulse.periods(pulse.period, text) IS
'The periods of a grain of the calendar that hold days of a period, in order; weeks may reach beyond it. Error 22023: unknown or fiscal grain.';

-- the server calls these itself; nobody else has to
REVOKE ALL ON FUNCTION
	pulse_internal.period_recv(internal),
	pulse_internal.period_send(pulse.period),
	pulse_internal.period_support(internal)
FROM PUBLIC;
-- ---- types: conversion at dated rates ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.rate(from_currency text, to_currency text, as_of date, rates text DEFAULT 'default') RETURNS numeric
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'types_rate';
COMMENT ON FUNCTION pulse.rate(text, text, date, text) IS
'The price of one unit of a currency in another on a day, by the latest row up to it, in either direction, of a relation named by map_rates(); where there is none by way of the pivot currency. Errors: SP103 there is no rate, SP104 no relation was named, SP102 unknown currency, 22023 a rate is not positive.';

CREATE OR REPLACE FUNCTION pulse.convert(amount pulse.amount, currency text, as_of date,
		mode text DEFAULT 'half_away', rates text DEFAULT 'default') RETURNS pulse.amount
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'types_convert_amount';
COMMENT ON FUNCTION pulse.convert(pulse.amount, text, date, text, text) IS
'The amount in another currency at the rate of a day (see rate), rounded once by a mode of pulse.rounding_modes, also over inverse and crossed rates. Errors: those of rate; 22003 out of range, 22023 unknown mode.';

CREATE OR REPLACE FUNCTION pulse.convert(bag pulse.bag, currency text, as_of date,
		mode text DEFAULT 'half_away', rates text DEFAULT 'default') RETURNS pulse.amount
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'types_convert_bag';
COMMENT ON FUNCTION pulse.convert(pulse.bag, text, date, text, text) IS
'The worth of a bag in one currency at the rates of a day (see rate): each total is converted and rounded once, and they are added up. Errors: those of rate; 22003 out of range, 22023 unknown mode.';
-- ---- types: rounding by name, percent, conversion at a rate --------------------

CREATE OR REPLACE FUNCTION pulse.round_amount(value numeric, currency text, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_from_numeric_by_mode';
COMMENT ON FUNCTION pulse.round_amount(numeric, text, text) IS
'Amount of a number and an ISO 4217 code, rounded to the minor units of the currency by a mode of pulse.rounding_modes (half away from zero unless named). Errors: 22003 out of range, 22023 unknown mode, SP102 unknown currency.';

CREATE OR REPLACE FUNCTION pulse.round_to(amount pulse.amount, step numeric, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_round_to';
COMMENT ON FUNCTION pulse.round_to(pulse.amount, numeric, text) IS
'The amount rounded to a multiple of a step in its currency, such as 0.05 for cash in CHF, by a mode of pulse.rounding_modes. Errors: 22023 the step is not a positive whole number of minor units or the mode is unknown, 22003 out of range.';

CREATE OR REPLACE FUNCTION pulse.percent(amount pulse.amount, percentage numeric, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_percent';
COMMENT ON FUNCTION pulse.percent(pulse.amount, numeric, text) IS
'So many per cent of an amount, rounded once by a mode of pulse.rounding_modes. Errors: 22003 out of range, 22023 unknown mode.';

CREATE OR REPLACE FUNCTION pulse.convert(amount pulse.amount, currency text, rate numeric, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_convert';
COMMENT ON FUNCTION pulse.convert(pulse.amount, text, numeric, text) IS
'The amount in another currency at a rate, the price of one unit of its own currency; rounded once by a mode of pulse.rounding_modes. Errors: 22023 the rate is not positive or the mode is unknown, 22003 out of range, SP102 unknown currency.';

CREATE OR REPLACE FUNCTION pulse_internal.rounding_modes(OUT name text, OUT aliases text[], OUT meaning text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'types_rounding_modes';

CREATE OR REPLACE FUNCTION pulse_internal.allocation_policies(OUT name text, OUT meaning text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 6 AS 'MODULE_PATHNAME', 'types_allocation_policies';
-- ---- types: bags times a number, bags and amounts against zero ---------------------

CREATE OR REPLACE FUNCTION pulse_internal.bag_mul_numeric(pulse.bag, numeric) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_mul_numeric';

CREATE OR REPLACE FUNCTION pulse_internal.numeric_mul_bag(numeric, pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'numeric_mul_bag';

CREATE OR REPLACE FUNCTION pulse_internal.bag_div_numeric(pulse.bag, numeric) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_div_numeric';

CREATE OR REPLACE FUNCTION pulse.sign(bag pulse.bag) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_sign';
COMMENT ON FUNCTION pulse.sign(pulse.bag) IS
'-1 when all totals are negative, 1 when all are positive, 0 for the empty bag, NULL where there are both: currencies cannot be set off against each other.';

CREATE OR REPLACE FUNCTION pulse_internal.bag_lt_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_lt_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_le_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_le_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_eq_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_eq_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_ne_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_ne_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_ge_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_ge_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_gt_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_gt_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_lt_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_lt_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_le_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_le_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_eq_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_eq_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ne_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_ne_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ge_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_ge_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_gt_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_gt_zero';
-- ---- types: amount -----------------------------------------------------------

CREATE TYPE pulse.amount (
	INPUT = pulse_internal.amount_in,
	OUTPUT = pulse_internal.amount_out,
	RECEIVE = pulse_internal.amount_recv,
	SEND = pulse_internal.amount_send,
	INTERNALLENGTH = 8,
	PASSEDBYVALUE,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE pulse.amount IS
'Exact money: minor units in an ISO 4217 currency, in 8 bytes. Text: CNY 142800.00, the code in front or behind. Range: -2^53 to 2^53 - 1 minor units. Errors: 22P02 not an amount, 22003 out of range, SP102 unknown currency.';

CREATE CAST (pulse.amount AS numeric) WITH FUNCTION pulse.to_numeric(pulse.amount);

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.amount_pl,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.+)
);
COMMENT ON OPERATOR pulse.+ (pulse.amount, pulse.amount) IS
'Sum of two amounts in one currency. Errors: SP101 two currencies, 22003 out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.amount_mi,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse.- (pulse.amount, pulse.amount) IS
'Difference of two amounts in one currency. Errors: SP101 two currencies, 22003 out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.amount_um,
	RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse.- (NONE, pulse.amount) IS
'The amount with the other sign. Error 22003: the least amount has no positive counterpart.';

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.amount_up,
	RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse.+ (NONE, pulse.amount) IS
'The amount itself.';

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.amount_mul_numeric,
	LEFTARG = pulse.amount, RIGHTARG = numeric,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (pulse.amount, numeric) IS
'Amount times a number, rounded to minor units half away from zero. Error 22003: out of range.';

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.numeric_mul_amount,
	LEFTARG = numeric, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (numeric, pulse.amount) IS
'A number times an amount, rounded to minor units half away from zero. Error 22003: out of range.';

CREATE OPERATOR pulse./ (
	FUNCTION = pulse_internal.amount_div_numeric,
	LEFTARG = pulse.amount, RIGHTARG = numeric
);
COMMENT ON OPERATOR pulse./ (pulse.amount, numeric) IS
'Amount divided by a number, rounded to minor units half away from zero. Errors: 22012 division by zero, 22003 out of range.';

CREATE OPERATOR pulse./ (
	FUNCTION = pulse_internal.amount_div_amount,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse./ (pulse.amount, pulse.amount) IS
'Ratio of two amounts in one currency, as numeric. Errors: SP101 two currencies, 22012 division by zero.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.amount_eq,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.=),
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pulse.= (pulse.amount, pulse.amount) IS
'Same currency and same value; never NULL for two amounts.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.amount_ne,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.<>),
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.amount, pulse.amount) IS
'Another currency or another value; never NULL for two amounts.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.amount_lt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.>),
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.< (pulse.amount, pulse.amount) IS
'Less than, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.amount_le,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.>=),
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.<= (pulse.amount, pulse.amount) IS
'At most, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.amount_gt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.<),
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.> (pulse.amount, pulse.amount) IS
'More than, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.amount_ge,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.<=),
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.>= (pulse.amount, pulse.amount) IS
'At least, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.#< (
	FUNCTION = pulse_internal.amount_total_lt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#>),
	NEGATOR = OPERATOR(pulse.#>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pulse.#< (pulse.amount, pulse.amount) IS
'Before in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR pulse.#<= (
	FUNCTION = pulse_internal.amount_total_le,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#>=),
	NEGATOR = OPERATOR(pulse.#>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pulse.#<= (pulse.amount, pulse.amount) IS
'Before or equal in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR pulse.#> (
	FUNCTION = pulse_internal.amount_total_gt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#<),
	NEGATOR = OPERATOR(pulse.#<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pulse.#> (pulse.amount, pulse.amount) IS
'After in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR pulse.#>= (
	FUNCTION = pulse_internal.amount_total_ge,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#<=),
	NEGATOR = OPERATOR(pulse.#<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pulse.#>= (pulse.amount, pulse.amount) IS
'After or equal in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR CLASS pulse.amount_ops DEFAULT FOR TYPE pulse.amount USING btree AS
	OPERATOR 1 pulse.#<,
	OPERATOR 2 pulse.#<=,
	OPERATOR 3 pulse.=,
	OPERATOR 4 pulse.#>=,
	OPERATOR 5 pulse.#>,
	FUNCTION 1 pulse_internal.amount_cmp(pulse.amount, pulse.amount),
	FUNCTION 2 pulse_internal.amount_sortsupport(internal),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS pulse.amount_ops USING btree IS
'Total order of amounts: currency number, then value. Serves < <= > >= with a comparand too.';
COMMENT ON OPERATOR FAMILY pulse.amount_ops USING btree IS 'Total order of amounts.';

CREATE OPERATOR CLASS pulse.amount_ops DEFAULT FOR TYPE pulse.amount USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.amount_hash(pulse.amount),
	FUNCTION 2 pulse_internal.amount_hash_extended(pulse.amount, bigint);
COMMENT ON OPERATOR CLASS pulse.amount_ops USING hash IS 'Hashing of amounts: currency and value.';
COMMENT ON OPERATOR FAMILY pulse.amount_ops USING hash IS 'Hashing of amounts.';
-- ---- types: bag --------------------------------------------------------------

CREATE TYPE pulse.bag (
	INPUT = pulse_internal.bag_in,
	OUTPUT = pulse_internal.bag_out,
	RECEIVE = pulse_internal.bag_recv,
	SEND = pulse_internal.bag_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE pulse.bag IS
'One exact total per currency. Text: {CNY 10.00,USD 3.50}, by code; a total of zero is left out. Range: 2^117 minor units each way. Error 22P02: not a bag.';

CREATE CAST (pulse.amount AS pulse.bag) WITH FUNCTION pulse.bag(pulse.amount);

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.bag_pl,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.+)
);
COMMENT ON OPERATOR pulse.+ (pulse.bag, pulse.bag) IS
'Sum of two bags, currency by currency. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.bag_mi,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag
);
COMMENT ON OPERATOR pulse.- (pulse.bag, pulse.bag) IS
'Difference of two bags, currency by currency. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.bag_um,
	RIGHTARG = pulse.bag
);
COMMENT ON OPERATOR pulse.- (NONE, pulse.bag) IS
'The bag with the other signs. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.bag_eq,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.=),
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pulse.= (pulse.bag, pulse.bag) IS
'The same total in every currency.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.bag_ne,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.<>),
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.bag, pulse.bag) IS
'Another total in some currency.';

CREATE OPERATOR pulse.#< (
	FUNCTION = pulse_internal.bag_total_lt,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#>),
	NEGATOR = OPERATOR(pulse.#>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pulse.#< (pulse.bag, pulse.bag) IS
'Before in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR pulse.#<= (
	FUNCTION = pulse_internal.bag_total_le,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#>=),
	NEGATOR = OPERATOR(pulse.#>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pulse.#<= (pulse.bag, pulse.bag) IS
'Before or equal in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR pulse.#> (
	FUNCTION = pulse_internal.bag_total_gt,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#<),
	NEGATOR = OPERATOR(pulse.#<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pulse.#> (pulse.bag, pulse.bag) IS
'After in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR pulse.#>= (
	FUNCTION = pulse_internal.bag_total_ge,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#<=),
	NEGATOR = OPERATOR(pulse.#<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pulse.#>= (pulse.bag, pulse.bag) IS
'After or equal in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR CLASS pulse.bag_ops DEFAULT FOR TYPE pulse.bag USING btree AS
	OPERATOR 1 pulse.#<,
	OPERATOR 2 pulse.#<=,
	OPERATOR 3 pulse.=,
	OPERATOR 4 pulse.#>=,
	OPERATOR 5 pulse.#>,
	FUNCTION 1 pulse_internal.bag_cmp(pulse.bag, pulse.bag),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS pulse.bag_ops USING btree IS
'Total order of bags, for sorting and DISTINCT; it says nothing about worth.';
COMMENT ON OPERATOR FAMILY pulse.bag_ops USING btree IS 'Total order of bags.';

CREATE OPERATOR CLASS pulse.bag_ops DEFAULT FOR TYPE pulse.bag USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.bag_hash(pulse.bag),
	FUNCTION 2 pulse_internal.bag_hash_extended(pulse.bag, bigint);
COMMENT ON OPERATOR CLASS pulse.bag_ops USING hash IS 'Hashing of bags: all totals.';
COMMENT ON OPERATOR FAMILY pulse.bag_ops USING hash IS 'Hashing of bags.';
-- ---- types: period ----------------------------------------------------------------

CREATE TYPE pulse.period (
	INPUT = pulse_internal.period_in,
	OUTPUT = pulse_internal.period_out,
	RECEIVE = pulse_internal.period_recv,
	SEND = pulse_internal.period_send,
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	ALIGNMENT = int4,
	STORAGE = plain
);
COMMENT ON TYPE pulse.period IS
'A calendar period in four bytes: 2026, 2026Q1, 2026-03, 2026W05 (ISO 8601), 2026-03-05; FY2026-04-01 and FY2026-04-01Q1 are the fiscal year that begins on that day and its first quarter. Ordered by first day, of two that begin together the longer first. Error 22P02: not a period.';

CREATE CAST (pulse.period AS daterange) WITH FUNCTION pulse.date_range(pulse.period) AS ASSIGNMENT;

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.period_eq,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.=),
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pulse.= (pulse.period, pulse.period) IS 'The same period.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.period_ne,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<>),
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.period, pulse.period) IS 'Another period.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.period_lt,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.>),
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pulse.< (pulse.period, pulse.period) IS 'Before: it begins earlier, or begins with the other and is longer.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.period_le,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.>=),
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pulse.<= (pulse.period, pulse.period) IS 'Before or the same.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.period_gt,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<),
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pulse.> (pulse.period, pulse.period) IS 'After: it begins later, or begins with the other and is shorter.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.period_ge,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<=),
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pulse.>= (pulse.period, pulse.period) IS 'After or the same.';

CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_date,
	LEFTARG = pulse.period, RIGHTARG = date,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, date) IS
'The day is one of the period.';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.date_within_period,
	LEFTARG = date, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (date, pulse.period) IS
'The day is one of the period. With a constant period an index on the day serves, and partitions are pruned.';

CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_timestamp,
	LEFTARG = pulse.period, RIGHTARG = timestamp,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, timestamp) IS
'The day on the wall is one of the period.';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.timestamp_within_period,
	LEFTARG = timestamp, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (timestamp, pulse.period) IS
'The day on the wall is one of the period. With a constant period an index serves, and partitions are pruned.';

CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, pulse.period) IS
'All days of the right period are days of the left one.';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.period_within_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (pulse.period, pulse.period) IS
'All days of the left period are days of the right one.';

CREATE OPERATOR pulse.&& (
	FUNCTION = pulse_internal.period_overlaps_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.&&),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.&& (pulse.period, pulse.period) IS
'The periods have a day in common.';

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.period_plus,
	LEFTARG = pulse.period, RIGHTARG = integer
);
COMMENT ON OPERATOR pulse.+ (pulse.period, integer) IS
'The period of the same grain so many later. Error 22008: out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.period_minus,
	LEFTARG = pulse.period, RIGHTARG = integer
);
COMMENT ON OPERATOR pulse.- (pulse.period, integer) IS
'The period of the same grain so many earlier. Error 22008: out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.period_minus_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period
);
COMMENT ON OPERATOR pulse.- (pulse.period, pulse.period) IS
'How many periods the left one is after the right one of the same grain. Error 22023: two grains, or two fiscal years.';

CREATE OPERATOR CLASS pulse.period_ops DEFAULT FOR TYPE pulse.period USING btree AS
	OPERATOR 1 pulse.<,
	OPERATOR 2 pulse.<=,
	OPERATOR 3 pulse.=,
	OPERATOR 4 pulse.>=,
	OPERATOR 5 pulse.>,
	FUNCTION 1 pulse_internal.period_cmp(pulse.period, pulse.period),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS pulse.period_ops USING btree IS 'Order of periods: by first day, the longer first.';
COMMENT ON OPERATOR FAMILY pulse.period_ops USING btree IS 'Order of periods.';

CREATE OPERATOR CLASS pulse.period_ops DEFAULT FOR TYPE pulse.period USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.period_hash(pulse.period),
	FUNCTION 2 pulse_internal.period_hash_extended(pulse.period, bigint);
COMMENT ON OPERATOR CLASS pulse.period_ops USING hash IS 'Hashing of periods.';
COMMENT ON OPERATOR FAMILY pulse.period_ops USING hash IS 'Hashing of periods.';
-- ---- types: triggers ------------------------------------------------------------

CREATE TRIGGER rate_source_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.rate_source
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- types: operators of bags and numbers, and of money and zero ------------------

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.bag_mul_numeric,
	LEFTARG = pulse.bag, RIGHTARG = numeric,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (pulse.bag, numeric) IS
'Every total times a number, rounded half away from zero. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.numeric_mul_bag,
	LEFTARG = numeric, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (numeric, pulse.bag) IS
'Every total times a number, rounded half away from zero. Error 22003: a total is out of range.';

CREATE OPERATOR pulse./ (
	FUNCTION = pulse_internal.bag_div_numeric,
	LEFTARG = pulse.bag, RIGHTARG = numeric
);
COMMENT ON OPERATOR pulse./ (pulse.bag, numeric) IS
'Every total divided by a number, rounded half away from zero. Errors: 22012 division by zero, 22003 a total is out of range.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.bag_lt_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = scalarltsel
);
COMMENT ON OPERATOR pulse.< (pulse.bag, integer) IS
'Less than zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.bag_le_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = scalarlesel
);
COMMENT ON OPERATOR pulse.<= (pulse.bag, integer) IS
'At most zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.bag_eq_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel
);
COMMENT ON OPERATOR pulse.= (pulse.bag, integer) IS
'Zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.bag_ne_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel
);
COMMENT ON OPERATOR pulse.<> (pulse.bag, integer) IS
'Not zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.bag_ge_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = scalargesel
);
COMMENT ON OPERATOR pulse.>= (pulse.bag, integer) IS
'At least zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.bag_gt_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = scalargtsel
);
COMMENT ON OPERATOR pulse.> (pulse.bag, integer) IS
'More than zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.amount_lt_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = scalarltsel
);
COMMENT ON OPERATOR pulse.< (pulse.amount, integer) IS
'Less than zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.amount_le_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = scalarlesel
);
COMMENT ON OPERATOR pulse.<= (pulse.amount, integer) IS
'At most zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.amount_eq_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel
);
COMMENT ON OPERATOR pulse.= (pulse.amount, integer) IS
'Zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.amount_ne_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel
);
COMMENT ON OPERATOR pulse.<> (pulse.amount, integer) IS
'Not zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.amount_ge_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = scalargesel
);
COMMENT ON OPERATOR pulse.>= (pulse.amount, integer) IS
'At least zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.amount_gt_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = scalargtsel
);
COMMENT ON OPERATOR pulse.> (pulse.amount, integer) IS
'More than zero, in whatever currency. Error 22023: the number is not 0.';
-- ---- types: aggregates over amounts --------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.sum(pulse.amount) (
	SFUNC = pulse_internal.amount_total_add,
	STYPE = internal,
	SSPACE = 48,
	FINALFUNC = pulse_internal.amount_sum,
	COMBINEFUNC = pulse_internal.amount_total_combine,
	SERIALFUNC = pulse_internal.amount_total_serialize,
	DESERIALFUNC = pulse_internal.amount_total_deserialize,
	MSFUNC = pulse_internal.amount_total_add,
	MINVFUNC = pulse_internal.amount_total_remove,
	MSTYPE = internal,
	MSSPACE = 48,
	MFINALFUNC = pulse_internal.amount_sum,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.sum(pulse.amount) IS
'Sum of amounts in one currency; NULLs are left out, NULL without rows. Errors: SP101 two currencies (see bag_sum), 22003 the sum is out of range.';

CREATE OR REPLACE AGGREGATE pulse.avg(pulse.amount) (
	SFUNC = pulse_internal.amount_total_add,
	STYPE = internal,
	SSPACE = 48,
	FINALFUNC = pulse_internal.amount_avg,
	COMBINEFUNC = pulse_internal.amount_total_combine,
	SERIALFUNC = pulse_internal.amount_total_serialize,
	DESERIALFUNC = pulse_internal.amount_total_deserialize,
	MSFUNC = pulse_internal.amount_total_add,
	MINVFUNC = pulse_internal.amount_total_remove,
	MSTYPE = internal,
	MSSPACE = 48,
	MFINALFUNC = pulse_internal.amount_avg,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.avg(pulse.amount) IS
'Mean of amounts in one currency, rounded to minor units half away from zero; NULLs are left out, NULL without rows. Error SP101: two currencies.';

CREATE OR REPLACE AGGREGATE pulse.max(pulse.amount) (
	SFUNC = pulse_internal.amount_larger,
	STYPE = pulse.amount,
	COMBINEFUNC = pulse_internal.amount_larger,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.max(pulse.amount) IS
'Greatest of amounts in one currency; NULLs are left out, NULL without rows. Error SP101: two currencies (group by pulse.currency(amount)).';

CREATE OR REPLACE AGGREGATE pulse.min(pulse.amount) (
	SFUNC = pulse_internal.amount_smaller,
	STYPE = pulse.amount,
	COMBINEFUNC = pulse_internal.amount_smaller,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.min(pulse.amount) IS
'Least of amounts in one currency; NULLs are left out, NULL without rows. Error SP101: two currencies (group by pulse.currency(amount)).';
-- ---- types: aggregates that make bags ------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.bag_sum(pulse.amount) (
	SFUNC = pulse_internal.bag_tally_add,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = pulse_internal.bag_tally_final,
	COMBINEFUNC = pulse_internal.bag_tally_combine,
	SERIALFUNC = pulse_internal.bag_tally_serialize,
	DESERIALFUNC = pulse_internal.bag_tally_deserialize,
	MSFUNC = pulse_internal.bag_tally_add,
	MINVFUNC = pulse_internal.bag_tally_remove,
	MSTYPE = internal,
	MSSPACE = 256,
	MFINALFUNC = pulse_internal.bag_tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.bag_sum(pulse.amount) IS
'One total per currency of amounts, as a bag; NULLs are left out, NULL without rows. It never fails on mixed currencies, nor in practice on range.';

CREATE OR REPLACE AGGREGATE pulse.bag_sum(pulse.bag) (
	SFUNC = pulse_internal.bag_tally_add_bag,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = pulse_internal.bag_tally_final,
	COMBINEFUNC = pulse_internal.bag_tally_combine,
	SERIALFUNC = pulse_internal.bag_tally_serialize,
	DESERIALFUNC = pulse_internal.bag_tally_deserialize,
	MSFUNC = pulse_internal.bag_tally_add_bag,
	MINVFUNC = pulse_internal.bag_tally_remove_bag,
	MSTYPE = internal,
	MSSPACE = 256,
	MFINALFUNC = pulse_internal.bag_tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.bag_sum(pulse.bag) IS
'Sum of bags, currency by currency; NULLs are left out, NULL without rows. Error 22003: a total is out of range.';
-- ---- types: naming the relation with rates --------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.rate_column(relation regclass, column_name text, kind text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_type regtype;
BEGIN
	SELECT coalesce(nullif(t.typbasetype, 0), t.oid)::regtype INTO found_type
	FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
	WHERE a.attrelid = rate_column.relation AND a.attname = rate_column.column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF (kind = 'day' AND found_type <> 'date'::regtype)
	   OR (kind = 'rate' AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = found_type AND t.typcategory = 'N'))
	   OR (kind = 'currency' AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = found_type AND t.typcategory = 'S')) THEN
		RAISE EXCEPTION USING ERRCODE = '42804', MESSAGE = format('column "%s" of %s cannot be a %s', column_name, relation, kind),
			DETAIL = format('It has type %s; a day is a date, a rate a number, a currency a text.', found_type),
			HINT = 'Make a view with columns of such types and name it instead.';
	END IF;
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.rate_column(regclass, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rate_column(regclass, text, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.missing_rate_column(relation regclass, column_name text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('column "%s" of %s does not exist', column_name, relation),
		DETAIL = 'Rates are read from columns of a relation of the application.',
		HINT = 'Name a column; from_currency and to_currency may also be the code of a currency that all rows have, such as EUR.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.missing_rate_column(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.missing_rate_column(regclass, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.map_rates(relation regclass, day text, rate text, from_currency text, to_currency text,
		pivot text DEFAULT NULL, max_age integer DEFAULT NULL, name text DEFAULT 'default') RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	from_is_column boolean := pulse_internal.rate_column(relation, from_currency, 'currency');
	to_is_column boolean := pulse_internal.rate_column(relation, to_currency, 'currency');
	given text;
BEGIN
	IF relation IS NULL OR name IS NULL OR name = '' OR max_age < 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid source of rates',
			DETAIL = 'It has a relation and a name, and an age of no days or more.',
			HINT = 'Type it as pulse.map_rates(''app.fx'', day => ''valid_from'', rate => ''rate'', from_currency => ''EUR'', to_currency => ''code'').';
	END IF;
	IF day IS NULL OR NOT pulse_internal.rate_column(relation, day, 'day') THEN
		PERFORM pulse_internal.missing_rate_column(relation, day);
	END IF;
	IF rate IS NULL OR NOT pulse_internal.rate_column(relation, rate, 'rate') THEN
		PERFORM pulse_internal.missing_rate_column(relation, rate);
	END IF;
	FOREACH given IN ARRAY ARRAY[CASE WHEN NOT from_is_column THEN from_currency END, CASE WHEN NOT to_is_column THEN to_currency END, pivot] LOOP
		IF given !~ '^[A-Z]{3}$' THEN
			PERFORM pulse_internal.missing_rate_column(relation, given);
		END IF;
		PERFORM pulse.amount(0, given);	-- SP102 when it is no currency
	END LOOP;
	IF from_currency IS NULL OR to_currency IS NULL THEN
		PERFORM pulse_internal.missing_rate_column(relation, NULL);
	END IF;
	INSERT INTO pulse_internal.rate_source AS s (name, relation, day_column, rate_column, from_column, from_currency, to_column, to_currency, pivot, max_age)
	VALUES (map_rates.name, map_rates.relation, map_rates.day, map_rates.rate,
			CASE WHEN from_is_column THEN map_rates.from_currency END, CASE WHEN NOT from_is_column THEN map_rates.from_currency END,
			CASE WHEN to_is_column THEN map_rates.to_currency END, CASE WHEN NOT to_is_column THEN map_rates.to_currency END,
			map_rates.pivot, map_rates.max_age)
	ON CONFLICT ON CONSTRAINT rate_source_pkey DO UPDATE SET relation = excluded.relation, day_column = excluded.day_column,
		rate_column = excluded.rate_column, from_column = excluded.from_column, from_currency = excluded.from_currency,
		to_column = excluded.to_column, to_currency = excluded.to_currency, pivot = excluded.pivot, max_age = excluded.max_age;
END
$$;
ALTER FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) IS
'Names the application''s own relation with rates of exchange: a row says that from its day on one unit of from_currency costs rate units of to_currency. Each of these two is a column, or the code of the currency that all rows have. Two currencies without a row of their own are crossed over the pivot; a rate older than max_age days does not count. Whoever converts must be able to read the relation. Naming it again replaces the mapping of that name. Errors: 42703 no such column, 42804 a column of another type, SP102 unknown currency, 22023 invalid arguments.';

CREATE OR REPLACE FUNCTION pulse.unmap_rates(name text DEFAULT 'default') RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM pulse_internal.rate_source AS s WHERE s.name = unmap_rates.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP104', MESSAGE = format('unknown rates "%s"', name),
			DETAIL = 'No relation with rates was named so.',
			HINT = 'Look at SELECT * FROM pulse.rate_sources.';
	END IF;
END
$$;
ALTER FUNCTION pulse.unmap_rates(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.unmap_rates(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.unmap_rates(text) TO pulse_admin;
COMMENT ON FUNCTION pulse.unmap_rates(text) IS
'Forgets a relation with rates; the relation itself stays as it is. Error SP104: no relation was named so.';

CREATE OR REPLACE VIEW pulse.rate_sources WITH (security_invoker = true) AS
	SELECT s.name, s.relation, s.day_column, s.rate_column, s.from_column, s.from_currency, s.to_column, s.to_currency, s.pivot, s.max_age
	FROM pulse_internal.rate_source AS s;
COMMENT ON VIEW pulse.rate_sources IS
'Relations with rates of exchange, as named by map_rates().';
GRANT SELECT ON pulse_internal.rate_source, pulse.rate_sources TO PUBLIC;
-- ---- types: what modes and policies there are -----------------------------------

CREATE OR REPLACE VIEW pulse.rounding_modes WITH (security_invoker = true) AS
	SELECT m.name, m.aliases, m.meaning FROM pulse_internal.rounding_modes() AS m;
COMMENT ON VIEW pulse.rounding_modes IS
'Rounding modes by name and other names. Up and down are towards plus and minus infinity, away and zero go by the size: each word has one meaning.';

CREATE OR REPLACE VIEW pulse.allocation_policies WITH (security_invoker = true) AS
	SELECT p.name, p.meaning FROM pulse_internal.allocation_policies() AS p;
COMMENT ON VIEW pulse.allocation_policies IS
'Who gets what rounding leaves over when an amount is allocated.';

GRANT SELECT ON pulse.rounding_modes, pulse.allocation_policies TO PUBLIC;

-- here and not among the functions: a type gets its array type when it is complete
CREATE OR REPLACE FUNCTION pulse.allocate(amount pulse.amount, ratios numeric[], policy text DEFAULT 'largest_remainder') RETURNS pulse.amount[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_allocate';
COMMENT ON FUNCTION pulse.allocate(pulse.amount, numeric[], text) IS
'The amount in parts by ratios, which need not add up to 1 or 100. The parts add up to the amount; a ratio of zero gets nothing; a refund mirrors the charge. Policies: pulse.allocation_policies. Error 22023: ratios NULL, negative, not finite, all zero or of more than 21 digits; unknown policy.';

CREATE OR REPLACE FUNCTION pulse.allocate(amount pulse.amount, parts integer, policy text DEFAULT 'largest_remainder') RETURNS pulse.amount[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_allocate_equally';
COMMENT ON FUNCTION pulse.allocate(pulse.amount, integer, text) IS
'The amount in so many equal parts; they differ by one minor unit at most (but for policies that name one part) and add up to the amount. Errors: 22023 no part or unknown policy, 54000 too many parts.';
-- ---- calendar: calendars and the years they are loaded for ---------------------

CREATE TABLE pulse_internal.calendar (
	name text PRIMARY KEY CHECK (name <> ''),
	weekdays int[] NOT NULL DEFAULT '{1,2,3,4,5}'
		CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND pg_catalog.cardinality(weekdays) > 0
			   AND pg_catalog.array_position(weekdays, NULL) IS NULL),
	every_year boolean NOT NULL DEFAULT false,
	hours text[] NOT NULL DEFAULT '{09:00-12:00,13:00-18:00}'
		CHECK (pg_catalog.cardinality(hours) > 0 AND pg_catalog.array_position(hours, NULL) IS NULL),
	timezone text,
	meaning text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE pulse_internal.calendar IS
'Calendars: the working days of the week (1 Monday to 7 Sunday), whether they hold in every year or only in those loaded, the hours of a working day, and the time zone of these (NULL: the business time zone).';

CREATE TABLE pulse_internal.calendar_year (
	calendar text NOT NULL REFERENCES pulse_internal.calendar ON DELETE CASCADE,
	year int NOT NULL CHECK (year BETWEEN 1 AND 9999),
	holidays datemultirange NOT NULL DEFAULT '{}',
	makeup_days date[] NOT NULL DEFAULT '{}',
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (calendar, year, shipped),
	-- the notice for a year may speak of the last days before it
	CONSTRAINT holidays_in_year CHECK (holidays <@
		pg_catalog.daterange(pg_catalog.make_date(year, 1, 1) - 31, pg_catalog.make_date(year, 12, 31), '[]')),
	CONSTRAINT makeup_days_in_year CHECK (
		pg_catalog.array_position(makeup_days, NULL) IS NULL
		AND pg_catalog.make_date(year, 1, 1) - 31 <= ALL (makeup_days)
		AND pg_catalog.make_date(year, 12, 31) >= ALL (makeup_days))
);
COMMENT ON TABLE pulse_internal.calendar_year IS
'Years a calendar is loaded for, with their holidays and make-up working days. A row of the user''s own comes before the shipped one.';

ALTER TABLE pulse_internal.calendar OWNER TO pulse_owner;
ALTER TABLE pulse_internal.calendar_year OWNER TO pulse_owner;

-- shipped rows come with the extension, the others with the dump
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.calendar', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.calendar_year', 'WHERE NOT shipped');

INSERT INTO pulse_internal.calendar (name, every_year, meaning, shipped) VALUES
	('weekdays', true, 'Monday to Friday, without holidays', true),
	('china', false, 'Public holidays of China and their make-up working days, as the State Council announces them', true);

INSERT INTO pulse_internal.calendar_year (calendar, year, holidays, makeup_days, shipped) VALUES
	('china', 2022,
	 '{[2022-01-01,2022-01-03],[2022-01-31,2022-02-06],[2022-04-03,2022-04-05],[2022-04-30,2022-05-04],[2022-06-03,2022-06-05],[2022-09-10,2022-09-12],[2022-10-01,2022-10-07]}',
	 '{2022-01-29,2022-01-30,2022-04-02,2022-04-24,2022-05-07,2022-10-08,2022-10-09}', true),
	('china', 2023,
	 '{[2022-12-31,2023-01-02],[2023-01-21,2023-01-27],[2023-04-05,2023-04-05],[2023-04-29,2023-05-03],[2023-06-22,2023-06-24],[2023-09-29,2023-10-06]}',
	 '{2023-01-28,2023-01-29,2023-04-23,2023-05-06,2023-06-25,2023-10-07,2023-10-08}', true),
	('china', 2024,
	 '{[2024-01-01,2024-01-01],[2024-02-10,2024-02-17],[2024-04-04,2024-04-06],[2024-05-01,2024-05-05],[2024-06-10,2024-06-10],[2024-09-15,2024-09-17],[2024-10-01,2024-10-07]}',
	 '{2024-02-04,2024-02-18,2024-04-07,2024-04-28,2024-05-11,2024-09-14,2024-09-29,2024-10-12}', true),
	('china', 2025,
	 '{[2025-01-01,2025-01-01],[2025-01-28,2025-02-04],[2025-04-04,2025-04-06],[2025-05-01,2025-05-05],[2025-05-31,2025-06-02],[2025-10-01,2025-10-08]}',
	 '{2025-01-26,2025-02-08,2025-04-27,2025-09-28,2025-10-11}', true),
	('china', 2026,
	 '{[2026-01-01,2026-01-03],[2026-02-15,2026-02-23],[2026-04-04,2026-04-06],[2026-05-01,2026-05-05],[2026-06-19,2026-06-21],[2026-09-25,2026-09-27],[2026-10-01,2026-10-07]}',
	 '{2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10}', true);
-- ---- calendar: working days, and days in the business time zone -----------------

CREATE OR REPLACE FUNCTION pulse.is_working_day(day date, calendar text DEFAULT NULL) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_is_working_day';
COMMENT ON FUNCTION pulse.is_working_day(date, text) IS
'Whether a day is a working day of a calendar (NULL: that of the setting calendar). Errors: SP201 the calendar is not loaded for that year, SP202 unknown calendar, 22008 infinite date.';

CREATE OR REPLACE FUNCTION pulse.add_business_days(day date, days integer, calendar text DEFAULT NULL, roll text DEFAULT 'none') RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_business_days';
COMMENT ON FUNCTION pulse.add_business_days(date, integer, text, text) IS
'The n-th working day after a day, or with a negative number before it; with 0 the day itself. A roll mode (see roll_day) first moves a day that does not work. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 infinite date, 22023 unknown roll mode.';

CREATE OR REPLACE FUNCTION pulse.roll_day(day date, roll text DEFAULT 'following', calendar text DEFAULT NULL) RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_roll_day';
COMMENT ON FUNCTION pulse.roll_day(date, text, text) IS
'The day, when it is a working day, or else another by mode: following, preceding, modified_following (preceding where the following is in another month), modified_preceding, nearest (of two the following), none. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 infinite date, 22023 unknown mode.';

CREATE OR REPLACE FUNCTION pulse.business_days_between(since date, until date, calendar text DEFAULT NULL, pauses datemultirange DEFAULT NULL) RETURNS integer
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_days_between';
COMMENT ON FUNCTION pulse.business_days_between(date, date, text, datemultirange) IS
'Working days from since up to, but not including, until, without those in pauses; negative when until is the earlier one. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar, 22008 infinite date.';

CREATE OR REPLACE FUNCTION pulse.day_start(day date) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_day_start';
COMMENT ON FUNCTION pulse.day_start(date) IS
'The first instant of a day in the business time zone (setting timezone), whatever the session''s zone. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.day_of(instant timestamptz) RETURNS date
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_day_of';
COMMENT ON FUNCTION pulse.day_of(timestamptz) IS
'The day of an instant in the business time zone (setting timezone), whatever the session''s zone.';

CREATE OR REPLACE FUNCTION pulse_internal.add_wall_days(instant timestamptz, days bigint) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_wall_days';
REVOKE ALL ON FUNCTION pulse_internal.add_wall_days(timestamptz, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.add_wall_months(instant timestamptz, months bigint) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_wall_months';
REVOKE ALL ON FUNCTION pulse_internal.add_wall_months(timestamptz, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.keep_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42501',
		MESSAGE = format('this row of %s comes with salespulse', TG_TABLE_NAME),
		DETAIL = 'A dump does not hold it, so a change would be lost.',
		HINT = CASE TG_TABLE_NAME
			WHEN 'calendar_year' THEN 'Insert a row of your own for that calendar and year; it comes before this one.'
			ELSE 'Make a calendar of your own with pulse.create_calendar().' END;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.keep_shipped() FROM PUBLIC;

-- at <@ period with a constant period is a range of instants to the planner
CREATE OR REPLACE FUNCTION pulse_internal.period_instant_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_instant_support';
REVOKE ALL ON FUNCTION pulse_internal.period_instant_support(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_instant(pulse.period, timestamptz) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_instant_support AS 'MODULE_PATHNAME', 'period_contains_instant';

CREATE OR REPLACE FUNCTION pulse_internal.instant_within_period(timestamptz, pulse.period) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_instant_support AS 'MODULE_PATHNAME', 'instant_within_period';
-- ---- calendar: making and changing calendars ----------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.check_hours(hours text[], weekdays int[]) RETURNS void
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_check_hours';
REVOKE ALL ON FUNCTION pulse_internal.check_hours(text[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_hours(text[], int[]) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.check_calendar(weekdays int[], hours text[], timezone text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF weekdays IS NULL OR cardinality(weekdays) = 0
	   OR array_position(weekdays, NULL) IS NOT NULL OR NOT weekdays <@ '{1,2,3,4,5,6,7}'::int[] THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid calendar',
			DETAIL = 'A calendar has at least one working day of the week, 1 Monday to 7 Sunday.',
			HINT = 'Type it as pulse.create_calendar(''shops'', ''{2,3,4,5,6}'').';
	END IF;
	IF hours IS NULL OR cardinality(hours) = 0 OR array_position(hours, NULL) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid working hours',
			DETAIL = 'A working day has at least one window.',
			HINT = 'Type them as ''{09:00-12:00,13:00-18:00}''.';
	END IF;
	PERFORM pulse_internal.check_hours(hours, weekdays);
	IF timezone IS NOT NULL THEN
		PERFORM pulse_internal.check_setting('timezone', timezone);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_calendar(int[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_calendar(int[], text[], text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.create_calendar(name text, weekdays int[] DEFAULT '{1,2,3,4,5}',
		every_year boolean DEFAULT false, meaning text DEFAULT NULL,
		hours text[] DEFAULT '{09:00-12:00,13:00-18:00}', timezone text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS NULL OR name = '' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid calendar',
			DETAIL = 'A calendar has a name.',
			HINT = 'Type it as pulse.create_calendar(''shops'', ''{2,3,4,5,6}'').';
	END IF;
	PERFORM pulse_internal.check_calendar(weekdays, hours, timezone);
	IF EXISTS (SELECT FROM pulse_internal.calendar AS c WHERE c.name = create_calendar.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('calendar "%s" already exists', name),
			DETAIL = 'Names of calendars are unique.',
			HINT = 'Load a year of it with INSERT INTO pulse.calendar_years, or choose another name.';
	END IF;
	INSERT INTO pulse_internal.calendar (name, weekdays, every_year, meaning, hours, timezone)
	VALUES (create_calendar.name, create_calendar.weekdays, coalesce(create_calendar.every_year, false), create_calendar.meaning,
			create_calendar.hours, create_calendar.timezone);
END
$$;
ALTER FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) IS
'Makes a calendar from the working days of the week (1 Monday to 7 Sunday) and the windows of a working day: {09:00-12:00,13:00-18:00}, or by weekday {1-4 09:00-18:00,5 09:00-15:00}; {22:00-06:00} runs on past midnight, and is of the day on which it opens; make-up days have those without weekday, else those of the first. Its clocks are of a time zone, or the business time zone. It holds in every year, or only in the years loaded by INSERT INTO pulse.calendar_years. Errors: 22023 wrong weekdays, hours or time zone, 42710 the name is taken.';

CREATE OR REPLACE FUNCTION pulse.alter_calendar(name text, weekdays int[] DEFAULT NULL,
		every_year boolean DEFAULT NULL, meaning text DEFAULT NULL, hours text[] DEFAULT NULL, timezone text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	old pulse_internal.calendar;
BEGIN
	SELECT * INTO old FROM pulse_internal.calendar AS c WHERE c.name = alter_calendar.name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP202', MESSAGE = format('unknown calendar "%s"', name),
			DETAIL = 'There is no calendar of that name.',
			HINT = 'Look at SELECT * FROM pulse.calendars.';
	END IF;
	PERFORM pulse_internal.check_calendar(coalesce(alter_calendar.weekdays, old.weekdays), coalesce(alter_calendar.hours, old.hours),
										  nullif(alter_calendar.timezone, ''));
	UPDATE pulse_internal.calendar AS c SET
		weekdays = coalesce(alter_calendar.weekdays, c.weekdays),
		every_year = coalesce(alter_calendar.every_year, c.every_year),
		meaning = coalesce(alter_calendar.meaning, c.meaning),
		hours = coalesce(alter_calendar.hours, c.hours),
		timezone = nullif(coalesce(alter_calendar.timezone, c.timezone), '')
	WHERE c.name = alter_calendar.name;
END
$$;
ALTER FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) IS
'Changes what is named of a calendar of the user''s own; an empty time zone is the business time zone again. Errors: SP202 unknown calendar, 42501 the calendar comes with salespulse, 22023 wrong weekdays, hours or time zone.';

CREATE OR REPLACE FUNCTION pulse.drop_calendar(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM pulse_internal.calendar AS c WHERE c.name = drop_calendar.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP202', MESSAGE = format('unknown calendar "%s"', name),
			DETAIL = 'There is no calendar of that name.',
			HINT = 'Look at SELECT * FROM pulse.calendars.';
	END IF;
END
$$;
ALTER FUNCTION pulse.drop_calendar(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_calendar(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_calendar(text) TO pulse_admin;
COMMENT ON FUNCTION pulse.drop_calendar(text) IS
'Drops a calendar of the user''s own with its years. Errors: SP202 unknown calendar, 42501 the calendar comes with salespulse, 2BP01 a rule names it.';
-- ---- calendar: working time --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.business_time_between(since timestamptz, until timestamptz, calendar text DEFAULT NULL,
		pauses tstzmultirange DEFAULT NULL) RETURNS interval
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_time_between';
COMMENT ON FUNCTION pulse.business_time_between(timestamptz, timestamptz, text, tstzmultirange) IS
'Working time that elapses from since to until, in hours, without that in pauses; negative when until is the earlier one. Right on days on which clocks change. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar, 22008 infinite, or not in the years 1900 to 2199.';

CREATE OR REPLACE FUNCTION pulse_internal.business_time_of(day date, calendar text) RETURNS interval
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_time_of';
COMMENT ON FUNCTION pulse_internal.business_time_of(date, text) IS
'Used by explain_calendar(): the working time of the windows that open on a day, to their end.';

CREATE OR REPLACE FUNCTION pulse.add_business_time(instant timestamptz, span interval, calendar text DEFAULT NULL,
		pauses tstzmultirange DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_business_time';
COMMENT ON FUNCTION pulse.add_business_time(timestamptz, interval, text, tstzmultirange) IS
'The earliest instant so much working time after another, or with a negative span the latest so much before; pauses do not count, and one without end gives infinity. Eight hours from an opening end at the closing. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22023 the span has days or months, 22008 infinite, or not in the years 1900 to 2199.';

CREATE OR REPLACE FUNCTION pulse.is_open(instant timestamptz, calendar text DEFAULT NULL) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_is_open_at';
COMMENT ON FUNCTION pulse.is_open(timestamptz, text) IS
'Whether an instant is in working time; an opening is, a closing is not. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for that year, SP202 unknown calendar, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.next_open(instant timestamptz, calendar text DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_next_open_at';
COMMENT ON FUNCTION pulse.next_open(timestamptz, text) IS
'The instant itself when it is in working time, else the next opening. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.previous_open(instant timestamptz, calendar text DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_previous_open_at';
COMMENT ON FUNCTION pulse.previous_open(timestamptz, text) IS
'The instant itself when it is in working time, else the latest closing. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far back, SP202 unknown calendar, 22008 out of range.';
-- ---- calendar: triggers ----------------------------------------------------------

CREATE TRIGGER calendar_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.calendar
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
CREATE TRIGGER calendar_year_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.calendar_year
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();

-- an update of the extension that changes a shipped row disables these around it
CREATE TRIGGER calendar_kept BEFORE UPDATE OR DELETE ON pulse_internal.calendar
	FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION pulse_internal.keep_shipped();
CREATE TRIGGER calendar_year_kept BEFORE UPDATE OR DELETE ON pulse_internal.calendar_year
	FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION pulse_internal.keep_shipped();

-- instants in periods: the days of the business time zone
CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_instant,
	LEFTARG = pulse.period, RIGHTARG = timestamptz,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, timestamptz) IS
'The instant is on a day of the period, in the business time zone (setting timezone).';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.instant_within_period,
	LEFTARG = timestamptz, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (timestamptz, pulse.period) IS
'The instant is on a day of the period, in the business time zone (setting timezone). With a constant period an index on the instant serves, and partitions are pruned.';
-- ---- calendar: what is there -----------------------------------------------------

CREATE OR REPLACE VIEW pulse.calendar_years WITH (security_invoker = true) AS
	SELECT y.calendar, y.year, y.holidays, y.makeup_days, y.shipped
	FROM pulse_internal.calendar_year AS y;
COMMENT ON VIEW pulse.calendar_years IS
'Years a calendar is loaded for: holidays as ranges of dates, make-up working days as dates. INSERT a row to load a year; a row of your own comes before the shipped one of the same year.';

CREATE OR REPLACE VIEW pulse.calendars WITH (security_invoker = true) AS
	SELECT c.name, c.weekdays, c.every_year,
		   (SELECT pg_catalog.array_agg(DISTINCT y.year ORDER BY y.year)
			FROM pulse_internal.calendar_year AS y WHERE y.calendar = c.name) AS years,
		   c.meaning, c.shipped, c.hours, c.timezone
	FROM pulse_internal.calendar AS c;
COMMENT ON VIEW pulse.calendars IS
'Calendars: working days of the week (1 Monday to 7 Sunday), whether they hold in every year, the years loaded with holidays; the hours of a working day and the time zone of these (NULL: the business time zone).';

GRANT SELECT ON pulse_internal.calendar, pulse_internal.calendar_year, pulse.calendars, pulse.calendar_years TO PUBLIC;
GRANT INSERT (calendar, year, holidays, makeup_days), UPDATE (calendar, year, holidays, makeup_days), DELETE
	ON pulse_internal.calendar_year, pulse.calendar_years TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.explain_calendar(since date, until date, calendar text DEFAULT NULL,
		OUT day date, OUT weekday integer, OUT works boolean, OUT reason text, OUT hours interval) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.day, extract(isodow FROM d.day)::integer, d.works,
		   CASE WHEN d.works AND d.regular THEN 'weekday' WHEN d.works THEN 'makeup_day' WHEN d.regular THEN 'holiday' ELSE 'weekend' END,
		   pulse_internal.business_time_of(d.day, d.name)
	FROM (SELECT g::date AS day, c.name,
				 extract(isodow FROM g)::integer = ANY (c.weekdays) AS regular, pulse.is_working_day(g::date, c.name) AS works
		  FROM (SELECT coalesce(explain_calendar.calendar, pulse.setting('calendar')) AS name) AS wanted
			   LEFT JOIN pulse_internal.calendar AS c ON c.name = wanted.name,
			   pg_catalog.generate_series(explain_calendar.since::timestamp, (explain_calendar.until - 1)::timestamp, interval '1 day') AS g
		  -- a name that is nobody's is refused, not passed over
		  WHERE c.name IS NOT NULL OR pulse.is_working_day(g::date, wanted.name)) AS d
	ORDER BY d.day;
END;
COMMENT ON FUNCTION pulse.explain_calendar(date, date, text) IS
'Each day from since up to, but not including, until, as a calendar sees it: weekday (1 Monday to 7 Sunday), whether it works, why (weekday, makeup_day, holiday, weekend), its working time: that of the windows which open on it, a night to its end on the next. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar.';
-- ---- aging: the profile type, still without its functions ---------------------

CREATE TYPE pulse.aging_profile;
-- ---- aging: a figure and what to think of it --------------------------------------

CREATE TYPE pulse.metric AS (value numeric, status text);
COMMENT ON TYPE pulse.metric IS
'A figure that can be meaningless, and its status. ok: it means what it says. short_history: what is known does not reach back far enough; the value is what is certain. zero_sales, no_receivable, nothing_due: the divisor is zero. negative: credits outweigh the debts somewhere. value is NULL where a division makes no sense, and is never rounded.';
-- ---- aging: the profile type --------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_in(cstring) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_in';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_out(pulse.aging_profile) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_out';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_recv(internal) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_recv';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_send(pulse.aging_profile) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_send';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_eq(pulse.aging_profile, pulse.aging_profile) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_eq';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_ne(pulse.aging_profile, pulse.aging_profile) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_ne';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_hash(pulse.aging_profile) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_hash';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_add(pulse.aging_profile, pulse.aging_profile) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_add';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_subtract(pulse.aging_profile, pulse.aging_profile) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_subtract';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_negate(pulse.aging_profile) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_negate';
CREATE OR REPLACE FUNCTION pulse_internal.aging_profile_scale(pulse.aging_profile, numeric) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_profile_scale';

-- ---- aging: what a profile says ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.total(profile pulse.aging_profile) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_total';
COMMENT ON FUNCTION pulse.total(pulse.aging_profile) IS
'All that is open: not due, every bucket, and credits (which are negative). In the profile''s currency.';

CREATE OR REPLACE FUNCTION pulse.overdue(profile pulse.aging_profile) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_overdue';
COMMENT ON FUNCTION pulse.overdue(pulse.aging_profile) IS
'All that is past due by the profile''s rule: the sum of the buckets. In the profile''s currency. NULL when the first bucket also holds what is not due.';

CREATE OR REPLACE FUNCTION pulse.not_due(profile pulse.aging_profile) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_not_due';
COMMENT ON FUNCTION pulse.not_due(pulse.aging_profile) IS
'What is due on the day of the profile or later (with day_0_due: later), or has no due date. In the profile''s currency. NULL when the first bucket holds it.';

CREATE OR REPLACE FUNCTION pulse.credits(profile pulse.aging_profile) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_credits';
COMMENT ON FUNCTION pulse.credits(pulse.aging_profile) IS
'Negative open amounts (credit notes, unapplied cash), whatever their date. In the profile''s currency. NULL when they are in the buckets of their dates.';

CREATE OR REPLACE FUNCTION pulse.bucket(profile pulse.aging_profile, bucket integer) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_bucket';
COMMENT ON FUNCTION pulse.bucket(pulse.aging_profile, integer) IS
'One bucket, counted from 1 (the first days past due). In the profile''s currency. Error: 22023 no such bucket.';

CREATE OR REPLACE FUNCTION pulse.currency(profile pulse.aging_profile) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_currency';
COMMENT ON FUNCTION pulse.currency(pulse.aging_profile) IS
'ISO 4217 code of the profile; NULL for a profile of plain numbers.';

CREATE OR REPLACE FUNCTION pulse.as_of(profile pulse.aging_profile) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_as_of';
COMMENT ON FUNCTION pulse.as_of(pulse.aging_profile) IS 'The day that days past due were counted to.';

CREATE OR REPLACE FUNCTION pulse.edges(profile pulse.aging_profile) RETURNS integer[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_edges';
COMMENT ON FUNCTION pulse.edges(pulse.aging_profile) IS
'Last days of the closed buckets: {30,60,90} means 1-30, 31-60, 61-90 and 91+.';

CREATE OR REPLACE FUNCTION pulse.buckets(profile pulse.aging_profile, OUT bucket integer, OUT label text,
		OUT from_days integer, OUT to_days integer, OUT amount numeric, OUT currency text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 6 AS 'MODULE_PATHNAME', 'sp_aging_buckets';
COMMENT ON FUNCTION pulse.buckets(pulse.aging_profile) IS
'A profile as rows: not_due (bucket 0), the buckets from 1 on with the days past due they hold (both ends included; to_days is NULL in the last), then credits (bucket NULL). A figure that the profile''s rule does without is no row.';

CREATE OR REPLACE FUNCTION pulse.unnest(profile pulse.aging_profile, OUT bucket integer, OUT label text,
		OUT from_days integer, OUT to_days integer, OUT amount numeric, OUT currency text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 6 AS 'MODULE_PATHNAME', 'sp_aging_buckets';
COMMENT ON FUNCTION pulse.unnest(pulse.aging_profile) IS 'The same as buckets(profile), under the name that arrays have.';

CREATE OR REPLACE FUNCTION pulse.to_json(profile pulse.aging_profile) RETURNS json
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_to_json';
COMMENT ON FUNCTION pulse.to_json(pulse.aging_profile) IS
'A profile as a JSON object: as_of, currency, not_due, buckets (label, from_days, to_days, amount), credits, total.';

CREATE OR REPLACE FUNCTION pulse.to_jsonb(profile pulse.aging_profile) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_to_jsonb';
COMMENT ON FUNCTION pulse.to_jsonb(pulse.aging_profile) IS
'A profile as a JSON object: as_of, currency, not_due, buckets (label, from_days, to_days, amount), credits, total.';

-- ---- aging: support of the aggregates ------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, numeric, date, date) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_numeric';
CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, numeric, date, date, integer[]) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_numeric';
CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, numeric, date, date, integer[], text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_numeric';
CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, pulse.amount, date, date) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_amount';
CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, pulse.amount, date, date, integer[]) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_amount';
CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, pulse.amount, date, date, integer[], text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_amount';
CREATE OR REPLACE FUNCTION pulse_internal.aging_add(internal, pulse.aging_profile) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_add_profile';
CREATE OR REPLACE FUNCTION pulse_internal.aging_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_combine';
CREATE OR REPLACE FUNCTION pulse_internal.aging_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.aging_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.aging_final(internal) RETURNS pulse.aging_profile
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_aging_final';
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, numeric, date, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, numeric, date, date, integer[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, numeric, date, date, integer[], text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, pulse.amount, date, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, pulse.amount, date, date, integer[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, pulse.amount, date, date, integer[], text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_add(internal, pulse.aging_profile) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.aging_final(internal) FROM PUBLIC;
-- ---- aging: DSO and its family, over figures ---------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.above_zero(figure integer, name text) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_above_zero';
CREATE OR REPLACE FUNCTION pulse_internal.finite(VARIADIC figures numeric[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_finite';
CREATE OR REPLACE FUNCTION pulse_internal.month_days(sales numeric[], days integer[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_month_days';

CREATE OR REPLACE FUNCTION pulse.dso(receivable numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(receivable, sales) AND sales > 0 THEN receivable * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR receivable < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.dso(numeric, numeric, integer) IS
'Days sales outstanding = receivable / sales x days: how many days of sales are still to be paid. sales are those on credit in the days before; receivable is what was open at their end. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: the usual one, as credit managers'' associations publish it.';

CREATE OR REPLACE FUNCTION pulse.best_possible_dso(not_due numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(not_due, sales) AND sales > 0 THEN not_due * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR not_due < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.best_possible_dso(numeric, numeric, integer) IS
'Best possible DSO = receivable that is not past due / sales x days: the DSO if everybody paid on the due date. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.average_days_delinquent(receivable numeric, not_due numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(receivable, not_due, sales) AND sales > 0 THEN (receivable - not_due) * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR receivable < not_due OR not_due < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.average_days_delinquent(numeric, numeric, numeric, integer) IS
'Average days delinquent = DSO - best possible DSO = (receivable - not_due) / sales x days: the days of sales that are past due. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.count_back_dso(receivable numeric, sales numeric[], days integer[]) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN receivable >= 0 AND min(month.sold) >= 0 AND sum(month.sold) > 0 THEN
			coalesce(sum(CASE WHEN month.until <= receivable THEN month.days
				ELSE (receivable - month.until + month.sold) * month.days / month.sold END)
				FILTER (WHERE receivable > month.until - month.sold), 0) END,
		CASE WHEN receivable < 0 OR min(month.sold) < 0 THEN 'negative' WHEN sum(month.sold) = 0 THEN 'zero_sales'
			WHEN receivable > sum(month.sold) THEN 'short_history' ELSE 'ok' END)::pulse.metric
	FROM (SELECT m.sold, m.days, sum(m.sold) OVER (ORDER BY m.n) AS until
		FROM unnest(count_back_dso.sales, count_back_dso.days) WITH ORDINALITY AS m(sold, days, n)
		WHERE pulse_internal.month_days(count_back_dso.sales, count_back_dso.days)
			AND pulse_internal.finite(VARIADIC array_append(count_back_dso.sales, count_back_dso.receivable))) AS month;
END;
COMMENT ON FUNCTION pulse.count_back_dso(numeric, numeric[], integer[]) IS
'DSO by count-back (exhaustion): whole months are walked back from the newest while their sales fit into what is left of the receivable; the last one counts rest / sales x its days. Seasonal sales do not distort it. sales and days: one entry per month, the newest first. Status: ok; short_history: the sales of all the months do not reach the receivable, and the value is the days of all of them, a lower bound; zero_sales; negative (a month too). NULL when an argument is. Error: 22023 lists that are empty, of different length, with nulls, or with days not above zero; figures that are not finite. Formula: the count-back method of credit management.';

CREATE OR REPLACE FUNCTION pulse.count_back_dso(receivable numeric, sales numeric[], as_of date) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT pulse.count_back_dso(receivable, sales, ARRAY(
		SELECT (as_of + 1 - make_interval(months => n - 1))::date - (as_of + 1 - make_interval(months => n))::date
		FROM generate_series(1, cardinality(sales)) AS n ORDER BY n));
END;
COMMENT ON FUNCTION pulse.count_back_dso(numeric, numeric[], date) IS
'The same with the lengths of the months that end with as_of: as of 2024-02-29 they are 29, 31, 31, 30 ... days long. On a day inside a month, months run from that day to that day.';

CREATE OR REPLACE FUNCTION pulse.collection_effectiveness(opening numeric, sales numeric, months integer, receivable numeric, not_due numeric) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(months, 'months') IS NOT NULL AND pulse_internal.finite(opening, sales, receivable, not_due) AND (opening - not_due) * months + sales > 0
			THEN ((opening - receivable) * months + sales) * 100 / ((opening - not_due) * months + sales) END,
		CASE WHEN (opening - not_due) * months + sales = 0 THEN 'nothing_due'
			WHEN least(opening, sales, receivable, not_due, (opening - not_due) * months + sales) < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.collection_effectiveness(numeric, numeric, integer, numeric, numeric) IS
'Collection effectiveness index, in percent = (opening + sales / months - receivable) / (opening + sales / months - not_due) x 100: what was collected of what could have been. opening and receivable are open at the begin and the end of the months, not_due is the part of receivable that is not past due. 100 is everything. Status: ok; nothing_due: the divisor is zero; negative. NULL when an argument is. Error: 22023 months not above zero, figures that are not finite. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.receivables_turnover(sales numeric, average_receivable numeric) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.finite(sales, average_receivable) AND average_receivable > 0 THEN sales / average_receivable END,
		CASE WHEN average_receivable = 0 THEN 'no_receivable' WHEN sales < 0 OR average_receivable < 0 THEN 'negative'
			WHEN sales = 0 THEN 'zero_sales' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.receivables_turnover(numeric, numeric) IS
'Receivables turnover = sales / average receivable: how often in the time of the sales the receivable was paid and built again. Status: ok, no_receivable, zero_sales (the value is 0), negative. NULL when an argument is. Error: 22023 figures that are not finite. Formula: financial statement analysis.';

CREATE OR REPLACE FUNCTION pulse.average_collection_period(sales numeric, average_receivable numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(sales, average_receivable) AND sales > 0 THEN average_receivable * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR average_receivable < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.average_collection_period(numeric, numeric, integer) IS
'Average collection period = days / turnover = average receivable x days / sales. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: financial statement analysis.';

-- ---- aging: over profiles ------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.roll_rates(before pulse.aging_profile, after pulse.aging_profile,
		OUT bucket integer, OUT label text, OUT amount numeric, OUT rolled numeric, OUT value numeric, OUT status text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'sp_roll_rates';
COMMENT ON FUNCTION pulse.roll_rates(pulse.aging_profile, pulse.aging_profile) IS
'Of each figure of one profile the share that is in the next bucket in the profile of the next period: value = rolled / amount. It tells how much moves on if the period is as long as the buckets; above 1, debts came in another way. Status: ok, no_receivable (amount is zero), negative. Errors: SP101 other currencies, SP301 other edges or rules. Formula: roll rates of credit risk (net flow).';

CREATE OR REPLACE FUNCTION pulse.provision_matrix(profile pulse.aging_profile, rates numeric[],
		OUT bucket integer, OUT label text, OUT amount numeric, OUT rate numeric, OUT provision numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'sp_provision_matrix';
COMMENT ON FUNCTION pulse.provision_matrix(pulse.aging_profile, numeric[]) IS
'Expected losses by bucket: one rate from 0 to 1 for each figure of the profile but credits, in their order, not_due first. provision = amount x rate, to the digits of the currency, half away from zero; of plain numbers, unrounded. Credits carry none and are no row. Error: 22023 other numbers of rates, or rates outside 0 to 1. Formula: the provision matrix of IFRS 9, B5.5.35.';

CREATE OR REPLACE FUNCTION pulse_internal.days_late_add(internal, numeric, date, date) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_days_late_add';
CREATE OR REPLACE FUNCTION pulse_internal.days_late_final(internal) RETURNS pulse.metric
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_days_late_final';
REVOKE ALL ON FUNCTION pulse_internal.days_late_add(internal, numeric, date, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.days_late_final(internal) FROM PUBLIC;
-- ---- aging: reports over any relation -------------------------------------------

CREATE OR REPLACE FUNCTION pulse.currency_number(amount pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_currency_number';
COMMENT ON FUNCTION pulse.currency_number(pulse.amount) IS
'ISO 4217 number of the currency of an amount: 156 for CNY. It costs less than pulse.currency(amount) where millions of rows are grouped by it.';

CREATE OR REPLACE FUNCTION pulse.aging_report(relation regclass, amount text, due text, as_of date DEFAULT NULL,
		by text[] DEFAULT '{}', edges integer[] DEFAULT '{30,60,90}', condition text DEFAULT NULL,
		rule text DEFAULT '', issued text DEFAULT NULL, settled text DEFAULT NULL, OUT keys jsonb, OUT currency text, OUT not_due numeric, OUT buckets numeric[], OUT overdue numeric,
		OUT credits numeric, OUT total numeric, OUT profile pulse.aging_profile) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_aging_report';
COMMENT ON FUNCTION pulse.aging_report(regclass, text, text, date, text[], integer[], text, text, text, text) IS
'Aging of a table or view: one row per currency and per value of the columns in "by". amount (pulse.amount, numeric or integer), due (date or timestamp), each of "by" and condition are columns of the relation or SQL expressions over it; they run with your own rights. issued and settled, dates likewise: only what was issued by as_of and not settled by then (NULL: open) counts. as_of: NULL is today in the business time zone. buckets: one figure per bucket, in the order of the edges. rule: as for pulse.aging(); not_due and overdue are NULL with not_due_in_first, credits with credits_aged. Errors: 42P01, 42703, 42601 and others from your expressions, 42804 wrong type, 22023 unusable edges or rule, 22004 null.';

CREATE OR REPLACE FUNCTION pulse.open_items(relation regclass, amount text, due text, as_of date DEFAULT NULL, issued text DEFAULT NULL,
		settled text DEFAULT NULL, by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT currency text, OUT due_on date, OUT open_amount numeric, OUT days_past_due integer) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_open_items';
COMMENT ON FUNCTION pulse.open_items(regclass, text, text, date, text, text, text[], text) IS
'The open items of a table or view as of a day (today unless given), with the columns in "by": those issued by then and not settled by then (NULL: open), where these dates are named; amounts of zero are none. days_past_due is NULL without a due date, and where it is infinite. Arguments and errors as for aging_report(). For a relation with one row per part of an invoice, such as an invoice joined with its payments, partial payments count as of their day.';

CREATE OR REPLACE PROCEDURE pulse.create_aging_view(view_name text, relation regclass, amount text, due text,
		by text[] DEFAULT '{}', edges integer[] DEFAULT '{30,60,90}', rule text DEFAULT '', condition text DEFAULT NULL)
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_create_aging_view';
COMMENT ON PROCEDURE pulse.create_aging_view(text, regclass, text, text, text[], integer[], text, text) IS
'Makes an ordinary view of built-in types: the columns of "by", currency, not_due, d1_30, d31_60, d61_90, d91_plus (by the edges; d0_30 with day_0_due, up_to_30 and no not_due with not_due_in_first), credits (not with credits_aged), total, as of today in the business time zone. Arguments as for aging_report(); a column of "by" called currency takes the place of the view''s. The view belongs to you and reads with its reader''s rights. Errors: as aging_report(); 42P07 the view exists, 42602 bad name, 42622 an expression too long for a column name.';

CREATE OR REPLACE FUNCTION pulse.receivable_metrics(relation regclass, amount text, issued text, due text, paid text,
		as_of date DEFAULT NULL, months integer DEFAULT 3, by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT currency text, OUT metric text, OUT value numeric, OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_receivable_metrics';
COMMENT ON FUNCTION pulse.receivable_metrics(regclass, text, text, text, text, date, integer, text[], text) IS
'DSO and its family for a table or view of invoices, one row per metric, currency and value of the columns in "by": dso, count_back_dso (over 24 months), best_possible_dso, average_days_delinquent, collection_effectiveness, receivables_turnover, average_collection_period (average = (opening + closing) / 2), weighted_days_late (of what was paid in the months). amount is the whole invoice, paid the date on which it was paid in full (NULL: open); arguments otherwise as for aging_report(). Sales are what was issued in the months that end with as_of; what is due on as_of is not past due. status: see the type metric; short_history also where nothing was issued before the months. Errors: as aging_report(); 22023 months not 1 to 120.';
-- ---- aging: the profile type, complete ------------------------------------------

CREATE TYPE pulse.aging_profile (
	INPUT = pulse_internal.aging_profile_in,
	OUTPUT = pulse_internal.aging_profile_out,
	RECEIVE = pulse_internal.aging_profile_recv,
	SEND = pulse_internal.aging_profile_send,
	STORAGE = extended,
	ALIGNMENT = int4
);
COMMENT ON TYPE pulse.aging_profile IS
'Open amounts by days past due, as of a day, in one currency or as plain numbers: not_due, the buckets, credits (a figure that the rule does without is not there). Text: 2026-06-30 CNY not_due 100.00, 1-30 20.00, 31+ 5.00, credits 0.00';

CREATE OPERATOR pulse.= (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_eq,
	COMMUTATOR = OPERATOR(pulse.=), NEGATOR = OPERATOR(pulse.<>), HASHES, RESTRICT = eqsel, JOIN = eqjoinsel
);
CREATE OPERATOR pulse.<> (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_ne,
	COMMUTATOR = OPERATOR(pulse.<>), NEGATOR = OPERATOR(pulse.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR pulse.+ (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_add,
	COMMUTATOR = OPERATOR(pulse.+)
);
CREATE OPERATOR pulse.- (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_subtract
);
CREATE OPERATOR pulse.- (RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_negate);
COMMENT ON OPERATOR pulse.- (pulse.aging_profile, pulse.aging_profile) IS 'subtract figure by figure';
COMMENT ON OPERATOR pulse.- (NONE, pulse.aging_profile) IS 'every figure with the other sign';
COMMENT ON OPERATOR pulse.= (pulse.aging_profile, pulse.aging_profile) IS 'equal in day, edges, currency and figures';
COMMENT ON OPERATOR pulse.<> (pulse.aging_profile, pulse.aging_profile) IS 'not equal';
COMMENT ON OPERATOR pulse.+ (pulse.aging_profile, pulse.aging_profile) IS 'add figure by figure';

CREATE OPERATOR CLASS pulse.aging_profile_ops DEFAULT FOR TYPE pulse.aging_profile USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.aging_profile_hash(pulse.aging_profile);
COMMENT ON OPERATOR CLASS pulse.aging_profile_ops USING hash IS 'lets profiles be grouped and compared as sets';

CREATE CAST (pulse.aging_profile AS json) WITH FUNCTION pulse.to_json(pulse.aging_profile);
CREATE CAST (pulse.aging_profile AS jsonb) WITH FUNCTION pulse.to_jsonb(pulse.aging_profile);
COMMENT ON CAST (pulse.aging_profile AS json) IS 'see pulse.to_json(profile); the server''s own to_json() uses it';
COMMENT ON CAST (pulse.aging_profile AS jsonb) IS 'see pulse.to_jsonb(profile)';
-- ---- aging: a profile times a number ------------------------------------------------

CREATE OPERATOR pulse.* (LEFTARG = pulse.aging_profile, RIGHTARG = numeric, FUNCTION = pulse_internal.aging_profile_scale);
COMMENT ON OPERATOR pulse.* (pulse.aging_profile, numeric) IS 'every figure times a number: of a currency rounded to its digits, half away from zero; of plain numbers exactly';
-- ---- aging: aggregates ------------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount pulse.amount, due date, as_of date) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(pulse.amount, date, date) IS
'Open amounts of one currency by days past due (as_of - due), in the buckets 1-30, 31-60, 61-90 and 91+. Not due: 0 days or fewer, or no due date. Negative amounts are credits, whatever their date. Rows without an amount are left out; NULL when no row counts. Errors: SP101 two currencies in the group, SP301 as_of differs within the group, 22004 as_of is null, 22008 as_of is not in the years 1 to 9999.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount pulse.amount, due date, as_of date, edges integer[]) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(pulse.amount, date, date, integer[]) IS
'The same with buckets of your own: {7,14} means 1-7, 8-14 and 15+. Up to 50 ascending edges above zero. Errors: as without edges; 22023 unusable edges, 22004 edges are null, SP301 edges differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount pulse.amount, due date, as_of date, edges integer[], rule text) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(pulse.amount, date, date, integer[], text) IS
'The same by a rule: words with commas or blanks between, at most one of each pair, the first being the default. inclusive | exclusive: day 30 ends the first bucket, or begins the second (1-29, 30-59 ...). day_0_not_due | day_0_due: what is due on as_of is not due, or in the first bucket (0-30). not_due_apart | not_due_in_first: a figure of its own, or in the first bucket (up_to_30). credits_apart | credits_aged: negative amounts in a figure of their own, or in the bucket of their own date. The figures always add up to what is open. Errors: as with edges; 22023 unusable rule, 22004 the rule is null, SP301 rules differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount numeric, due date, as_of date) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(numeric, date, date) IS
'Open amounts by days past due (as_of - due), in the buckets 1-30, 31-60, 61-90 and 91+. Not due: 0 days or fewer, or no due date. Negative amounts are credits, whatever their date. Rows without an amount are left out; NULL when no row counts. Errors: SP301 as_of differs within the group, 22004 as_of is null, 22008 as_of is not in the years 1 to 9999, 22023 NaN or infinite amount, 22003 more than 38 digits.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount numeric, due date, as_of date, edges integer[]) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(numeric, date, date, integer[]) IS
'The same with buckets of your own: {7,14} means 1-7, 8-14 and 15+. Up to 50 ascending edges above zero. Errors: as without edges; 22023 unusable edges, 22004 edges are null, SP301 edges differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount numeric, due date, as_of date, edges integer[], rule text) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(numeric, date, date, integer[], text) IS
'The same by a rule: words with commas or blanks between, at most one of each pair, the first being the default. inclusive | exclusive: day 30 ends the first bucket, or begins the second (1-29, 30-59 ...). day_0_not_due | day_0_due: what is due on as_of is not due, or in the first bucket (0-30). not_due_apart | not_due_in_first: a figure of its own, or in the first bucket (up_to_30). credits_apart | credits_aged: negative amounts in a figure of their own, or in the bucket of their own date. The figures always add up to what is open. Errors: as with edges; 22023 unusable rule, 22004 the rule is null, SP301 rules differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.sum(profile pulse.aging_profile) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.sum(pulse.aging_profile) IS
'Profiles added figure by figure; the profile of the parts added is the profile of the whole. Errors: SP101 different currencies, SP301 different days or edges, 22003 more than 38 digits.';
-- ---- aging: DSO's family, where it is made of others ------------------------------

CREATE OR REPLACE FUNCTION pulse.provision(profile pulse.aging_profile, rates numeric[]) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT sum(m.provision) FROM pulse.provision_matrix(profile, rates) AS m;
END;
COMMENT ON FUNCTION pulse.provision(pulse.aging_profile, numeric[]) IS
'The sum of provision_matrix(profile, rates).provision: each bucket is rounded by itself, so that the rows add up.';

CREATE OR REPLACE AGGREGATE pulse.weighted_days_late(amount numeric, due date, paid date) (
	SFUNC = pulse_internal.days_late_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.days_late_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.weighted_days_late(numeric, date, date) IS
'Days from due to paid, weighted by amount = sum(amount x (paid - due)) / sum(amount); who pays early counts below zero. For open items give coalesce(paid, as_of). Rows with a null do not count; NULL when none does. Status: ok, no_receivable (amounts add up to zero), negative. Errors: 22008 an infinite date, 22023 NaN or infinite amount, 22003 more than 38 digits.';
-- ---- health: the types, still without their functions --------------------------

CREATE TYPE pulse.health;
CREATE TYPE pulse.curve;
-- ---- health: the types ----------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.health_in(cstring) RETURNS pulse.health
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_in';
CREATE OR REPLACE FUNCTION pulse_internal.health_out(pulse.health) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_out';
CREATE OR REPLACE FUNCTION pulse_internal.health_recv(internal) RETURNS pulse.health
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_recv';
CREATE OR REPLACE FUNCTION pulse_internal.health_send(pulse.health) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_send';
CREATE OR REPLACE FUNCTION pulse_internal.health_eq(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_eq';
CREATE OR REPLACE FUNCTION pulse_internal.health_ne(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_ne';
CREATE OR REPLACE FUNCTION pulse_internal.health_lt(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_lt';
CREATE OR REPLACE FUNCTION pulse_internal.health_le(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_le';
CREATE OR REPLACE FUNCTION pulse_internal.health_gt(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_gt';
CREATE OR REPLACE FUNCTION pulse_internal.health_ge(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_ge';
CREATE OR REPLACE FUNCTION pulse_internal.health_cmp(pulse.health, pulse.health) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_cmp';
CREATE OR REPLACE FUNCTION pulse_internal.health_hash(pulse.health) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_hash';
CREATE OR REPLACE FUNCTION pulse_internal.curve_in(cstring) RETURNS pulse.curve
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_curve_in';
CREATE OR REPLACE FUNCTION pulse_internal.curve_out(pulse.curve) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_curve_out';

-- ---- health: what a health and a curve say ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.score(health pulse.health) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_score';
COMMENT ON FUNCTION pulse.score(pulse.health) IS
'The score from 0 to 100, in hundredths; NULL when nothing was known.';

CREATE OR REPLACE FUNCTION pulse.low(health pulse.health) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_low';
COMMENT ON FUNCTION pulse.low(pulse.health) IS
'The score from 0 to 100 if all that is missing were at its worst.';

CREATE OR REPLACE FUNCTION pulse.high(health pulse.health) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_high';
COMMENT ON FUNCTION pulse.high(pulse.health) IS
'The score from 0 to 100 if all that is missing were at its best.';

CREATE OR REPLACE FUNCTION pulse.band(health pulse.health) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_band';
COMMENT ON FUNCTION pulse.band(pulse.health) IS
'The band of the score, a colour of the model; grey when too little is known to say.';

CREATE OR REPLACE FUNCTION pulse.coverage(health pulse.health) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_coverage';
COMMENT ON FUNCTION pulse.coverage(pulse.health) IS
'How much of the model''s weight was measured, in whole percent (rounded down).';

CREATE OR REPLACE FUNCTION pulse.points(curve pulse.curve, value numeric) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_curve_points_of';
COMMENT ON FUNCTION pulse.points(pulse.curve, numeric) IS
'The points from 0 to 100 that a curve gives a value, to six decimals; NULL for NaN.';

-- ---- health: scoring ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.health_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_support';
REVOKE ALL ON FUNCTION pulse_internal.health_support(internal) FROM PUBLIC;

-- what the planner makes of health() where it can; open to PUBLIC as health() is
CREATE OR REPLACE FUNCTION pulse_internal.health_columns(model text, names text[], VARIADIC column_values "any") RETURNS pulse.health
	LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'sp_health_columns';

CREATE OR REPLACE FUNCTION pulse.health(model text, measures record) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 10 SUPPORT pulse_internal.health_support AS 'MODULE_PATHNAME', 'sp_health';
COMMENT ON FUNCTION pulse.health(text, record) IS
'Health of a row by a model: SELECT pulse.health(''standard'', c) FROM app.customer AS c. The row has the columns that the model names: numbers and booleans; dates and timestamps, read as their age in days at this instant (positive when past, negative when to come; the statement''s time, or set_clock()''s); intervals, read in days; and for a map text, enums, booleans and integers. NULL and NaN are missing. Errors: SP303 unknown model, SP302 a column is missing or cannot be scored.';

CREATE OR REPLACE FUNCTION pulse.explain_health(model text, measures record, as_of timestamptz DEFAULT NULL, lang text DEFAULT NULL,
		OUT dimension text, OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text, OUT group_name text, OUT sentence text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'sp_explain_health';
COMMENT ON FUNCTION pulse.explain_health(text, record, timestamptz, text) IS
'How a score came about, now or at as_of, one row per dimension: the value read, its points (0 to 100), the weight given (in its group, where it has one), the share of the weight that counted, and the contribution; the contributions add up to the score exactly. status: measured, not counted (weight 0), or what stood in for a missing value: exclude, neutral, zero, worst; behind "expired: " where the value is older than it may be. A row per veto follows, without points: its status is no veto, or veto: and the band. sentence says the same in words, in lang ''en'' or ''zh'' (default: setting "language"), by the labels of the model. No rows for a NULL row. Errors as health(), and 22023 another language.';

CREATE OR REPLACE FUNCTION pulse.health(model text, measures record, as_of timestamptz) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'sp_health';
COMMENT ON FUNCTION pulse.health(text, record, timestamptz) IS
'Health of a row at an instant: dates and timestamps are their age then. Errors as health(model, row), and 22008 when the instant is not finite.';

-- what the model reads of a row, and what it says of it: for whom it is kept
CREATE OR REPLACE FUNCTION pulse_internal.health_inputs(model text, measures record) RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'sp_health_inputs';
REVOKE ALL ON FUNCTION pulse_internal.health_inputs(text, record) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.health_inputs(text, record) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.next_change(model text, measures record) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'sp_next_change';
COMMENT ON FUNCTION pulse.next_change(text, record) IS
'When the band of a row will change if nothing happens: the first instant, to the microsecond, at which health() gives another band because dates have aged, a value has expired, a veto has begun or ended. NULL: not within 200 years. Errors as health().';

CREATE OR REPLACE FUNCTION pulse.next_change(model text, measures record, as_of timestamptz) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'sp_next_change';
COMMENT ON FUNCTION pulse.next_change(text, record, timestamptz) IS
'As next_change(model, row), seen from an instant: the first change after it.';

-- ---- health: models -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_model(name text, dimensions jsonb,
		bands jsonb DEFAULT '{"red": 0, "amber": 50, "green": 75}', minimum_coverage integer DEFAULT 50,
		vetoes jsonb DEFAULT '[]', groups jsonb DEFAULT '[]', segments jsonb DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_model';
REVOKE ALL ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) IS
'Makes a health model. dimensions: an array of objects with dimension (its name), column (of the row; default: the name), curve (such as "linear 0:100 90:0"), weight (any number from 0; default 1; 0 is shown and not counted) missing (exclude, neutral, zero or worst; default exclude), and, where a value grows old, measured_at (a column with the date or timestamp of the measurement) and valid_days (older is missing), group (the group it belongs to) and labels (such as {"en": "last visit", "zh": "最近拜访"}). groups: an array of objects with group (its name), weight and labels: the dimensions of a group weigh together what it weighs, whichever of them are there; a group of which nothing is there is missing; a dimension outside of them stands beside them. vetoes: an array of objects with veto (its name), column, since and below (or one of them) and band: while since <= value < below the band is this or a worse one; for a date the value is its age in days, so below is when the veto ends. bands: a colour and the score it begins at, the lowest at 0; each ends where the next begins; instead of the score an object with lower, hysteresis (points by which the score must pass the border before a band that is held changes) and dwell_days (how long the band is held at least): both count where a health is stored, see store_health(). minimum_coverage: percent of the weight that must be measured for a band that missing values could change; below, the band is grey. segments: where health is stored, rows whose column has one of these values are scored by another model, such as {"column": "size", "models": {"large": "key accounts"}}. Errors: SP302 what is wrong with it, 42710 the name is taken.';

CREATE OR REPLACE FUNCTION pulse.alter_model(name text, dimensions jsonb DEFAULT NULL, bands jsonb DEFAULT NULL,
		minimum_coverage integer DEFAULT NULL, vetoes jsonb DEFAULT NULL, groups jsonb DEFAULT NULL,
		segments jsonb DEFAULT NULL) RETURNS integer
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_model';
REVOKE ALL ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) IS
'Makes a new version of a model and returns its number; what is NULL stays as it was (segments: {} takes them away). Earlier versions are kept. Errors: SP303 unknown model, SP302 what is wrong with it.';

CREATE OR REPLACE FUNCTION pulse.drop_model(name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_model';
REVOKE ALL ON FUNCTION pulse.drop_model(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_model(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_model(text) IS
'Drops a model with all its versions. Scores that were stored stay. Error SP303: unknown model.';

CREATE OR REPLACE FUNCTION pulse.check_model(name text, relation regclass, OUT dimension text, OUT problem text,
		OUT hint text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'sp_check_model';
COMMENT ON FUNCTION pulse.check_model(text, regclass) IS
'What keeps a model from scoring the rows of a table or view, with what to do; no rows: nothing does. Error SP303: unknown model.';

-- volatile, so that nobody raises while planning
CREATE OR REPLACE FUNCTION pulse_internal.model_error(message text, detail text,
		hint text DEFAULT 'A dimension looks like {"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0", "weight": 2, "missing": "worst"}; bands look like {"red": 0, "amber": 50, "green": 75}.')
	RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = message, DETAIL = detail, HINT = hint;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.model_error(text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.check_labels(labels jsonb, place text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF jsonb_typeof(labels) <> 'object' OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(labels) WHEN 'object' THEN labels END) AS l
			WHERE l.key <> ALL ('{en,zh}') OR jsonb_typeof(l.value) <> 'string') THEN
		PERFORM pulse_internal.model_error(format('invalid labels of %s', place),
			'They look like {"en": "last visit", "zh": "最近拜访"}.');
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_labels(jsonb, text) FROM PUBLIC;

-- shape and names only: what the numbers mean is judged once, by the library
CREATE OR REPLACE FUNCTION pulse_internal.check_dimensions(dimensions jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	item jsonb;
	place bigint;
	wrong text;
BEGIN
	IF jsonb_typeof(dimensions) IS DISTINCT FROM 'array' THEN
		PERFORM pulse_internal.model_error('dimensions must be a JSON array', 'It has one object per dimension.');
	END IF;
	FOR item, place IN SELECT d.value, d.ordinality FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d LOOP
		IF jsonb_typeof(item) <> 'object' THEN
			PERFORM pulse_internal.model_error(format('dimension %s is not a JSON object', place), format('It is %s.', item));
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item) AS k
		WHERE k <> ALL ('{dimension,column,curve,weight,missing,measured_at,valid_days,group,labels}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in dimension %s', wrong, place),
				'The keys are dimension, column, curve, weight, missing, measured_at, valid_days, group and labels.');
		END IF;
		PERFORM pulse_internal.check_labels(item -> 'labels', format('dimension %s', place));
		IF coalesce(item ->> 'dimension', '') = '' OR item ->> 'column' = '' THEN
			PERFORM pulse_internal.model_error(format('dimension %s has no name', place), format('It is %s.', item));
		END IF;
		IF item ->> 'curve' IS NULL THEN
			PERFORM pulse_internal.model_error(format('dimension "%s" has no curve', item ->> 'dimension'), 'A curve turns its value into points.');
		END IF;
		IF item ? 'weight' AND (jsonb_typeof(item -> 'weight') <> 'number' OR (item ->> 'weight')::numeric < 0
				OR (item ->> 'weight')::numeric > 1000000000 OR (item ->> 'weight')::numeric <> round((item ->> 'weight')::numeric, 6)) THEN
			PERFORM pulse_internal.model_error(format('invalid weight of dimension "%s"', item ->> 'dimension'),
				format('%s is not a number from 0 to 1000000000 with at most six decimals.', item -> 'weight'));
		END IF;
		IF coalesce(item ->> 'missing', 'exclude') <> ALL ('{exclude,neutral,zero,worst}') THEN
			PERFORM pulse_internal.model_error(format('invalid policy of dimension "%s" for missing values', item ->> 'dimension'),
				format('"%s" is none of exclude, neutral, zero and worst.', item ->> 'missing'));
		END IF;
		IF (item ->> 'measured_at' IS NULL) <> (item ->> 'valid_days' IS NULL) OR item ->> 'measured_at' = '' THEN
			PERFORM pulse_internal.model_error(format('dimension "%s" has only half of a validity', item ->> 'dimension'),
				'measured_at names the column that says when it was measured, valid_days how old it may be.');
		END IF;
		IF item ->> 'valid_days' IS NOT NULL AND (jsonb_typeof(item -> 'valid_days') <> 'number'
				OR (item ->> 'valid_days')::numeric NOT BETWEEN 0 AND 1000000
				OR (item ->> 'valid_days')::numeric <> round((item ->> 'valid_days')::numeric, 6)) THEN
			PERFORM pulse_internal.model_error(format('invalid valid_days of dimension "%s"', item ->> 'dimension'),
				format('%s is not a number of days from 0 to 1000000 with at most six decimals.', item -> 'valid_days'));
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_dimensions(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.check_vetoes(vetoes jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	item jsonb;
	place bigint;
	wrong text;
	example CONSTANT text := 'A veto looks like {"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"}.';
BEGIN
	IF jsonb_typeof(vetoes) IS DISTINCT FROM 'array' THEN
		PERFORM pulse_internal.model_error('vetoes must be a JSON array', example);
	END IF;
	FOR item, place IN SELECT v.value, v.ordinality FROM jsonb_array_elements(vetoes) WITH ORDINALITY AS v LOOP
		IF jsonb_typeof(item) <> 'object' OR coalesce(item ->> 'veto', '') = '' OR coalesce(item ->> 'column', '') = ''
				OR item ->> 'band' IS NULL OR coalesce(item ->> 'since', item ->> 'below') IS NULL THEN
			PERFORM pulse_internal.model_error(format('veto %s lacks its name, column, band or limit', place), example);
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item) AS k
		WHERE k <> ALL ('{veto,column,since,below,band,labels}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in veto %s', wrong, place),
				'The keys are veto, column, since, below, band and labels.');
		END IF;
		PERFORM pulse_internal.check_labels(item -> 'labels', format('veto %s', place));
		SELECT k INTO wrong FROM unnest('{since,below}'::text[]) AS k
		WHERE item ->> k IS NOT NULL AND CASE WHEN jsonb_typeof(item -> k) = 'number'
			THEN abs((item ->> k)::numeric) > 1000000000 OR (item ->> k)::numeric <> round((item ->> k)::numeric, 6) ELSE true END
		LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('invalid %s of veto "%s"', wrong, item ->> 'veto'),
				format('%s is not a number up to 1000000000 with at most six decimals.', item -> wrong));
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_vetoes(jsonb) FROM PUBLIC;
-- ---- health: models fitted to outcomes, and judged by them -------------------------

CREATE OR REPLACE FUNCTION pulse_internal.evaluation_add(internal, pulse.health, boolean) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_add';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_add(internal, pulse.health, boolean) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_combine';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_combine(internal, internal) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_serialize';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_serialize(internal) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_deserialize';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_deserialize(bytea, internal) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_final(internal) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_final';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.fit_add(internal, double precision[], boolean) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_fit_add';
REVOKE ALL ON FUNCTION pulse_internal.fit_add(internal, double precision[], boolean) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.fit_final(internal) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_fit_final';
REVOKE ALL ON FUNCTION pulse_internal.fit_final(internal) FROM PUBLIC;

-- the good and the bad per bin, of a column of numbers (lower: where the bin begins) or of categories
CREATE OR REPLACE FUNCTION pulse_internal.count_bins(relation regclass, outcome text, column_name text, bins integer, numeric_column boolean,
		OUT lower numeric[], OUT category text[], OUT good numeric[], OUT bad numeric[]) RETURNS record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF numeric_column THEN
		EXECUTE format('
			WITH r AS MATERIALIZED (SELECT round(%1$I::numeric, 6) AS value, %2$I::boolean AS bad FROM %3$s
									WHERE %1$I::numeric <> ''NaN'' AND %2$I IS NOT NULL),
				-- what a curve can write; the outermost bins hold what lies beyond, and infinity
				edge AS (SELECT DISTINCT unnest(percentile_disc((SELECT array_agg(k / $1::float8 ORDER BY k) FROM generate_series(0, $1 - 1) AS k))
					WITHIN GROUP (ORDER BY value)) AS lower FROM r WHERE abs(value) <= 1000000000000),
				bin AS (SELECT nullif(lower, min(lower) OVER ()) AS since, lower, lead(lower) OVER (ORDER BY lower) AS upper FROM edge),
				counted AS (SELECT b.lower, count(*) FILTER (WHERE NOT r.bad) AS good, count(*) FILTER (WHERE r.bad) AS bad
					FROM bin AS b JOIN r ON (b.since IS NULL OR r.value >= b.since) AND (b.upper IS NULL OR r.value < b.upper) GROUP BY b.lower)
			SELECT array_agg(lower ORDER BY lower), array_agg(good::numeric ORDER BY lower), array_agg(bad::numeric ORDER BY lower) FROM counted',
			column_name, outcome, relation) INTO lower, good, bad USING bins;
	ELSE
		EXECUTE format('
			WITH counted AS (SELECT %1$I::text COLLATE "C" AS category, count(*) FILTER (WHERE NOT %2$I::boolean) AS good, count(*) FILTER (WHERE %2$I::boolean) AS bad
							 FROM %3$s WHERE %1$I IS NOT NULL AND %2$I IS NOT NULL GROUP BY 1)
			SELECT array_agg(category ORDER BY category), array_agg(good::numeric ORDER BY category), array_agg(bad::numeric ORDER BY category) FROM counted',
			column_name, outcome, relation) INTO category, good, bad;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.count_bins(regclass, text, text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.count_bins(regclass, text, text, integer, boolean) TO pulse_admin, pulse_author;

-- neighbours are merged until the share of good ones only rises (direction 1) or only falls (-1)
CREATE OR REPLACE FUNCTION pulse_internal.merge_bins(direction integer, INOUT lower numeric[], INOUT good numeric[], INOUT bad numeric[]) RETURNS record
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	i integer := 2;
BEGIN
	WHILE i <= cardinality(lower) LOOP
		IF direction * (good[i] * (good[i - 1] + bad[i - 1]) - good[i - 1] * (good[i] + bad[i])) < 0 THEN
			good[i - 1] := good[i - 1] + good[i];
			bad[i - 1] := bad[i - 1] + bad[i];
			lower := lower[:i - 1] || lower[i + 1:];
			good := good[:i - 1] || good[i + 1:];
			bad := bad[:i - 1] || bad[i + 1:];
			i := greatest(i - 1, 2);
		ELSE
			i := i + 1;
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.merge_bins(integer, numeric[], numeric[], numeric[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.merge_bins(integer, numeric[], numeric[], numeric[]) TO pulse_admin, pulse_author;

-- weight of evidence of each bin, smoothed by half a row of each outcome, and the information value of all
CREATE OR REPLACE FUNCTION pulse_internal.weigh_bins(good numeric[], bad numeric[], OUT evidence numeric[], OUT information numeric) RETURNS record
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.array_agg(pg_catalog.round(pg_catalog.ln(w.good_share OPERATOR(pg_catalog./) w.bad_share), 6) ORDER BY w.place),
		pg_catalog.round(pg_catalog.sum((w.good_share OPERATOR(pg_catalog.-) w.bad_share) OPERATOR(pg_catalog.*) pg_catalog.ln(w.good_share OPERATOR(pg_catalog./) w.bad_share)), 6)
	FROM (SELECT b.place, (b.good OPERATOR(pg_catalog.+) 0.5) OPERATOR(pg_catalog./) (pg_catalog.sum(b.good) OVER () OPERATOR(pg_catalog.+) 0.5) AS good_share,
			(b.bad OPERATOR(pg_catalog.+) 0.5) OPERATOR(pg_catalog./) (pg_catalog.sum(b.bad) OVER () OPERATOR(pg_catalog.+) 0.5) AS bad_share
		  FROM ROWS FROM (pg_catalog.unnest(weigh_bins.good), pg_catalog.unnest(weigh_bins.bad)) WITH ORDINALITY AS b(good, bad, place)) AS w;
END;
REVOKE ALL ON FUNCTION pulse_internal.weigh_bins(numeric[], numeric[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.weigh_bins(numeric[], numeric[]) TO pulse_admin, pulse_author;

-- one column as a dimension: points are its evidence from worst to best, the weight is how far they lie apart
CREATE OR REPLACE FUNCTION pulse_internal.fit_dimension(relation regclass, outcome text, column_name text, bins integer, monotone boolean,
		OUT dimension jsonb, OUT information numeric, OUT bin_count integer) RETURNS record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_number boolean;
	lower numeric[];
	category text[];
	good numeric[];
	bad numeric[];
	rising record;
	falling record;
	weighed record;
	least numeric;
	spread numeric;
BEGIN
	SELECT t.typcategory = 'N' INTO is_number FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
	WHERE a.attrelid = relation AND a.attname = column_name AND NOT a.attisdropped AND t.typcategory IN ('N', 'S', 'B', 'E');
	IF NOT FOUND THEN
		PERFORM pulse_internal.model_error(format('column "%s" cannot be fitted', column_name),
			format('%s has no column of that name with numbers, text, booleans or an enum.', relation),
			'Name columns of the relation, or score a view that has them.');
	END IF;
	SELECT b.lower, b.category, b.good, b.bad INTO lower, category, good, bad
	FROM pulse_internal.count_bins(relation, outcome, column_name, bins, is_number) AS b;
	IF good IS NULL OR (SELECT sum(g) FROM unnest(good) AS g) = 0 OR (SELECT sum(b) FROM unnest(bad) AS b) = 0 THEN
		PERFORM pulse_internal.model_error(format('outcome "%s" has only one class', outcome),
			format('Where "%s" is known there must be rows with and without it.', column_name),
			'Fit to rows from before and after what health is to warn of happened to some of them.');
	END IF;
	IF cardinality(category) > 32 OR EXISTS (SELECT FROM unnest(category) AS c WHERE c = '' OR c LIKE '%"%' OR octet_length(c) > 128) THEN
		PERFORM pulse_internal.model_error(format('column "%s" has categories that no map can name', column_name),
			'A map has up to 32 categories, none of them empty, with a double quote, or longer than 128 bytes.',
			'Fit a view in which the rare ones share a name.');
	END IF;
	IF NOT EXISTS (SELECT FROM unnest(good, bad) AS b(good, bad) WHERE b.good > 0 AND b.bad > 0) THEN
		PERFORM pulse_internal.model_error(format('column "%s" tells outcome "%s" alone', column_name, outcome),
			'Each of its bins has one outcome only, so no weight is great enough.',
			'It was probably written after the outcome: leave it out, or give it as it was before.');
	END IF;
	IF is_number AND monotone THEN
		rising := pulse_internal.merge_bins(1, lower, good, bad);
		falling := pulse_internal.merge_bins(-1, lower, good, bad);
		IF (pulse_internal.weigh_bins(rising.good, rising.bad)).information
				>= (pulse_internal.weigh_bins(falling.good, falling.bad)).information THEN
			SELECT rising.lower, rising.good, rising.bad INTO lower, good, bad;
		ELSE
			SELECT falling.lower, falling.good, falling.bad INTO lower, good, bad;
		END IF;
	END IF;
	weighed := pulse_internal.weigh_bins(good, bad);
	SELECT min(e), max(e) - min(e) INTO least, spread FROM unnest(weighed.evidence) AS e;
	information := weighed.information;
	bin_count := cardinality(good);
	dimension := jsonb_build_object('dimension', column_name, 'weight', spread, 'curve',
		CASE WHEN is_number THEN 'steps ' ELSE 'map ' END || (
			SELECT string_agg(CASE WHEN is_number THEN trim_scale(b.lower) || ':' ELSE '"' || b.category || '"=>' END
				|| trim_scale(round((b.evidence - least) * 100 / greatest(spread, 0.000001), 6)), ' ' ORDER BY b.place)
			FROM ROWS FROM (unnest(lower), unnest(category), unnest(weighed.evidence)) WITH ORDINALITY AS b(lower, category, evidence, place)));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.fit_dimension(regclass, text, text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fit_dimension(regclass, text, text, integer, boolean),
	pulse_internal.model_error(text, text, text) TO pulse_admin, pulse_author;

-- the dimensions again, each weighing as much as its evidence still says beside the others
CREATE OR REPLACE FUNCTION pulse_internal.weigh_dimensions(relation regclass, outcome text, INOUT dimensions jsonb) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	trial CONSTANT text := format('being fitted by process %s', pg_backend_pid());
	weights double precision[];
BEGIN
	PERFORM pulse.create_model(trial, dimensions);
	EXECUTE format('
		SELECT pulse_internal.fit_weights(x.evidence, x.bad ORDER BY x.bad, x.evidence)
		FROM (SELECT r.%1$I AS bad, (SELECT array_agg((coalesce(e.points, 50) * d.weight / 100)::float8 ORDER BY d.ordinal)
				FROM pulse.explain_health(%2$L, r) AS e, jsonb_to_recordset($1) AS d(ordinal int, dimension text, weight numeric)
				WHERE d.dimension = e.dimension) AS evidence
			FROM %3$s AS r WHERE r.%1$I IS NOT NULL) AS x', outcome, trial, relation)
	INTO weights USING (SELECT jsonb_agg(d.value || jsonb_build_object('ordinal', d.ordinality)) FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d);
	PERFORM pulse.drop_model(trial);
	SELECT jsonb_agg(d.value || jsonb_build_object('weight', round((d.value ->> 'weight')::numeric * weights[d.ordinality]::numeric, 6)) ORDER BY d.ordinality)
	INTO dimensions FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.weigh_dimensions(regclass, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.weigh_dimensions(regclass, text, jsonb) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.fit_model(name text, relation regclass, outcome text, columns text[], bins integer DEFAULT 5,
		monotone boolean DEFAULT true, groups jsonb DEFAULT '{}', OUT dimension text, OUT information_value numeric, OUT bin_count integer) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	column_name text;
	fitted record;
	dimensions jsonb := '[]';
	wrong text;
BEGIN
	IF name IS NULL OR relation IS NULL OR outcome IS NULL OR columns IS NULL OR bins NOT BETWEEN 2 AND 30 OR bins IS NULL OR monotone IS NULL THEN
		PERFORM pulse_internal.model_error('fit_model needs a name, a relation, an outcome, columns, and 2 to 30 bins',
			'One of them is null or out of range.', 'Type for instance fit_model(''churn'', ''app.customer'', ''churned'', ARRAY[''tenure'', ''contract'']).');
	END IF;
	IF cardinality(columns) = 0 OR array_position(columns, NULL) IS NOT NULL
			OR (SELECT count(DISTINCT c) < count(*) FROM unnest(columns) AS c) THEN
		PERFORM pulse_internal.model_error('fit_model needs columns, each named once', format('It was given %s.', columns),
			'Type for instance ARRAY[''tenure'', ''contract''].');
	END IF;
	IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = outcome AND a.atttypid = 'boolean'::regtype AND NOT a.attisdropped) THEN
		PERFORM pulse_internal.model_error(format('outcome "%s" is not a boolean column', outcome),
			format('%s must have it; true is what health is to warn of.', relation), 'Give a view that has it as a boolean.');
	END IF;
	IF jsonb_typeof(groups) IS DISTINCT FROM 'object' OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(groups) WHEN 'object' THEN groups END) AS g
			WHERE jsonb_typeof(g.value) <> 'array') THEN
		PERFORM pulse_internal.model_error('groups must be a JSON object of arrays', 'Each group has a list of columns.', 'Type for instance {"contract": ["tenure", "contract"]}.');
	END IF;
	SELECT c.value INTO wrong FROM jsonb_each(groups) AS g, jsonb_array_elements_text(g.value) AS c
	WHERE c.value <> ALL (columns) OR (SELECT count(*) FROM jsonb_each(groups) AS h, jsonb_array_elements_text(h.value) AS d WHERE d.value = c.value) > 1 LIMIT 1;
	IF FOUND THEN
		PERFORM pulse_internal.model_error(format('column "%s" cannot be grouped', wrong), 'It is not fitted, or stands in two groups.', 'Name each column of the fit once.');
	END IF;
	FOREACH column_name IN ARRAY columns LOOP
		fitted := pulse_internal.fit_dimension(relation, outcome, column_name, bins, monotone);
		dimensions := dimensions || fitted.dimension;
		dimension := column_name;
		information_value := fitted.information;
		bin_count := fitted.bin_count;
		RETURN NEXT;
	END LOOP;
	dimensions := pulse_internal.weigh_dimensions(relation, outcome, dimensions);
	-- a group weighs what its dimensions weigh together, so scores without a gap are those without groups
	SELECT jsonb_agg(d.value || CASE WHEN g.key IS NULL THEN '{}' ELSE jsonb_build_object('group', g.key) END ORDER BY d.ordinality) INTO dimensions
	FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d LEFT JOIN jsonb_each(groups) AS g ON g.value ? (d.value ->> 'dimension');
	SELECT coalesce(jsonb_agg(jsonb_build_object('group', x.name, 'weight', x.weight) ORDER BY x.name), '[]') INTO groups
	FROM (SELECT d.value ->> 'group' AS name, sum((d.value ->> 'weight')::numeric) AS weight FROM jsonb_array_elements(dimensions) AS d
		WHERE d.value ? 'group' GROUP BY 1) AS x;
	IF EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = fit_model.name) THEN
		PERFORM pulse.alter_model(name, dimensions, groups => groups);
	ELSE
		PERFORM pulse.create_model(name, dimensions, groups => groups);
	END IF;
	IF (SELECT e.auc FROM pulse.evaluate_model(name, relation, outcome) AS e) = 1 THEN
		PERFORM pulse_internal.model_error(format('the columns tell outcome "%s" without an error', outcome),
			'Each row with it scores below each row without it, so no weights are great enough.',
			'Some of them were probably written after the outcome: leave them out, or give more rows.');
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean, jsonb) IS
'Fits a scorecard to outcomes that happened and writes it as a model, or as the next version of one. relation: a table or view with the boolean column outcome (true: what health is to warn of; NULL: not known yet) and the columns to fit. Numbers are cut into bins of equal count, which are merged until the share of good rows only rises or only falls (monotone => false leaves them); text, booleans and enums are taken as they are. The points of a bin are its weight of evidence, smoothed by half a row of each outcome; the weight of a dimension is how far its bins lie apart, times what a logistic regression of the outcome on the evidence gives it, so that columns that say the same do not count twice; a column that adds nothing gets the weight 0. groups: which columns weigh together, such as {"contract": ["tenure", "contract"]}; a group weighs what its columns do. Returns the information value and number of bins of each column. Error SP302: what is wrong, such as an outcome with one class, or one that the columns tell without an error.';
-- ---- health: models, written version by version -------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.check_bands(bands jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	band text;
	bound jsonb;
	lower jsonb;
	wrong text;
BEGIN
	IF jsonb_typeof(bands) IS DISTINCT FROM 'object' THEN
		PERFORM pulse_internal.model_error('bands must be a JSON object', 'It has a colour and the score at which it begins.');
	END IF;
	FOR band, bound IN SELECT b.key, b.value FROM jsonb_each(bands) AS b ORDER BY b.key LOOP
		lower := CASE jsonb_typeof(bound) WHEN 'object' THEN coalesce(bound -> 'lower', 'null') ELSE bound END;
		IF band <> ALL ('{grey,black,red,orange,amber,yellow,green,blue,purple,white}') THEN
			PERFORM pulse_internal.model_error(format('unknown band "%s"', band),
				'A band is black, red, orange, amber, yellow, green, blue, purple or white.');
		END IF;
		IF jsonb_typeof(lower) <> 'number' OR lower::numeric < 0 OR lower::numeric >= 100
				OR lower::numeric <> round(lower::numeric, 2) THEN
			PERFORM pulse_internal.model_error(format('band "%s" begins at no score', band),
				format('%s is not a number from 0 to less than 100 with at most two decimals.', lower));
		END IF;
		IF jsonb_typeof(bound) = 'object' THEN
			SELECT k INTO wrong FROM jsonb_object_keys(bound) AS k
			WHERE k <> ALL ('{lower,hysteresis,dwell_days}') ORDER BY k LIMIT 1;
			IF FOUND THEN
				PERFORM pulse_internal.model_error(format('unknown key "%s" of band "%s"', wrong, band),
					'The keys are lower, hysteresis and dwell_days.');
			END IF;
			SELECT k.name INTO wrong FROM (VALUES ('hysteresis', 100, 2), ('dwell_days', 100000, 6)) AS k(name, most, digits)
			WHERE bound ? k.name AND CASE WHEN jsonb_typeof(bound -> k.name) = 'number'
				THEN (bound ->> k.name)::numeric NOT BETWEEN 0 AND k.most OR (bound ->> k.name)::numeric <> round((bound ->> k.name)::numeric, k.digits)
				ELSE true END
			LIMIT 1;
			IF FOUND THEN
				PERFORM pulse_internal.model_error(format('invalid %s of band "%s"', wrong, band),
					format('%s is not a number of points below 100 with two decimals, or of days with six.', bound -> wrong));
			END IF;
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_bands(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.check_groups(groups jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	item jsonb;
	place bigint;
	wrong text;
	seen text[] := '{}';
	example CONSTANT text := 'A group looks like {"group": "money", "weight": 3}.';
BEGIN
	IF jsonb_typeof(groups) IS DISTINCT FROM 'array' THEN
		PERFORM pulse_internal.model_error('groups must be a JSON array', example);
	END IF;
	FOR item, place IN SELECT g.value, g.ordinality FROM jsonb_array_elements(groups) WITH ORDINALITY AS g LOOP
		IF jsonb_typeof(item) <> 'object' OR coalesce(item ->> 'group', '') = '' THEN
			PERFORM pulse_internal.model_error(format('group %s has no name', place), example);
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item) AS k WHERE k <> ALL ('{group,weight,labels}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in group %s', wrong, place), 'The keys are group, weight and labels.');
		END IF;
		PERFORM pulse_internal.check_labels(item -> 'labels', format('group %s', place));
		IF item ? 'weight' AND (CASE WHEN jsonb_typeof(item -> 'weight') = 'number'
				THEN (item ->> 'weight')::numeric NOT BETWEEN 0 AND 1000000000 OR (item ->> 'weight')::numeric <> round((item ->> 'weight')::numeric, 6)
				ELSE true END) THEN
			PERFORM pulse_internal.model_error(format('invalid weight of group "%s"', item ->> 'group'),
				format('%s is not a number from 0 to 1000000000 with at most six decimals.', item -> 'weight'));
		END IF;
		IF item ->> 'group' = ANY (seen) THEN
			PERFORM pulse_internal.model_error(format('group "%s" stands twice', item ->> 'group'), 'A name stands for one group.');
		END IF;
		seen := seen || (item ->> 'group');
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_groups(jsonb) FROM PUBLIC;

-- the models need not exist yet: documents come in any order
CREATE OR REPLACE FUNCTION pulse_internal.check_segments(segments jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF segments <> '{}' AND (jsonb_typeof(segments) <> 'object' OR jsonb_typeof(segments -> 'column') IS DISTINCT FROM 'string' OR segments ->> 'column' = ''
			OR jsonb_typeof(segments -> 'models') IS DISTINCT FROM 'object' OR segments - '{column,models}'::text[] <> '{}'
			OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(segments -> 'models') WHEN 'object' THEN segments -> 'models' END) AS s WHERE jsonb_typeof(s.value) <> 'string')) THEN
		PERFORM pulse_internal.model_error('invalid segments', 'A column says which segment a row belongs to, models which model scores it.',
			'They look like {"column": "size", "models": {"large": "key accounts"}}; all other rows have the model itself. {}: there are none.');
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_segments(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.insert_model_version(model_name text, dimensions jsonb, bands jsonb,
		minimum_coverage integer, vetoes jsonb, groups jsonb, segments jsonb, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	model pulse_internal.model;
	before pulse_internal.model_version;
BEGIN
	SELECT m.* INTO model FROM pulse_internal.model AS m WHERE m.name = model_name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', model_name),
			DETAIL = 'There is no health model of that name.', HINT = 'Look at SELECT name FROM pulse.models.';
	END IF;
	SELECT v.* INTO before FROM pulse_internal.model_version AS v
	WHERE v.model_id = model.model_id AND v.version = model.version;
	IF minimum_coverage NOT BETWEEN 0 AND 100 THEN
		PERFORM pulse_internal.model_error('invalid minimum coverage', format('%s is not a percentage.', minimum_coverage));
	END IF;
	PERFORM pulse_internal.check_segments(segments);
	INSERT INTO pulse_internal.model_version (model_id, version, minimum_coverage, author, segments)
	VALUES (model.model_id, model.version + 1, coalesce(insert_model_version.minimum_coverage, before.minimum_coverage),
		insert_model_version.author::regrole, coalesce(insert_model_version.segments, before.segments));

	IF dimensions IS NOT NULL THEN
		PERFORM pulse_internal.check_dimensions(dimensions);
		INSERT INTO pulse_internal.model_dimension (model_id, version, ordinal, dimension, column_name, curve, weight, missing,
			measured_at, valid_days, group_name, labels)
		SELECT model.model_id, model.version + 1, d.ordinality, d.value ->> 'dimension',
			coalesce(d.value ->> 'column', d.value ->> 'dimension'), (d.value ->> 'curve')::pulse.curve,
			coalesce((d.value ->> 'weight')::numeric, 1), coalesce(d.value ->> 'missing', 'exclude'),
			d.value ->> 'measured_at', (d.value ->> 'valid_days')::numeric, d.value ->> 'group', d.value -> 'labels'
		FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d;
	ELSE
		INSERT INTO pulse_internal.model_dimension (model_id, version, ordinal, dimension, column_name, curve, weight, missing,
			measured_at, valid_days, group_name, labels)
		SELECT d.model_id, model.version + 1, d.ordinal, d.dimension, d.column_name, d.curve, d.weight, d.missing,
			d.measured_at, d.valid_days, d.group_name, d.labels
		FROM pulse_internal.model_dimension AS d WHERE d.model_id = model.model_id AND d.version = model.version;
	END IF;
	IF groups IS NOT NULL THEN
		PERFORM pulse_internal.check_groups(groups);
		INSERT INTO pulse_internal.model_group (model_id, version, ordinal, group_name, weight, labels)
		SELECT model.model_id, model.version + 1, g.ordinality, g.value ->> 'group', coalesce((g.value ->> 'weight')::numeric, 1), g.value -> 'labels'
		FROM jsonb_array_elements(groups) WITH ORDINALITY AS g;
	ELSE
		INSERT INTO pulse_internal.model_group (model_id, version, ordinal, group_name, weight, labels)
		SELECT g.model_id, model.version + 1, g.ordinal, g.group_name, g.weight, g.labels
		FROM pulse_internal.model_group AS g WHERE g.model_id = model.model_id AND g.version = model.version;
	END IF;
	IF vetoes IS NOT NULL THEN
		PERFORM pulse_internal.check_vetoes(vetoes);
		INSERT INTO pulse_internal.model_veto (model_id, version, ordinal, veto, column_name, since, below, band, labels)
		SELECT model.model_id, model.version + 1, v.ordinality, v.value ->> 'veto', v.value ->> 'column',
			(v.value ->> 'since')::numeric, (v.value ->> 'below')::numeric, v.value ->> 'band', v.value -> 'labels'
		FROM jsonb_array_elements(vetoes) WITH ORDINALITY AS v;
	ELSE
		INSERT INTO pulse_internal.model_veto (model_id, version, ordinal, veto, column_name, since, below, band, labels)
		SELECT v.model_id, model.version + 1, v.ordinal, v.veto, v.column_name, v.since, v.below, v.band, v.labels
		FROM pulse_internal.model_veto AS v WHERE v.model_id = model.model_id AND v.version = model.version;
	END IF;
	IF bands IS NOT NULL THEN
		PERFORM pulse_internal.check_bands(bands);
		INSERT INTO pulse_internal.model_band (model_id, version, band, lower, hysteresis, dwell_days)
		SELECT model.model_id, model.version + 1, b.key,
			CASE jsonb_typeof(b.value) WHEN 'object' THEN (b.value ->> 'lower')::numeric ELSE b.value::numeric END,
			coalesce((CASE jsonb_typeof(b.value) WHEN 'object' THEN b.value ->> 'hysteresis' END)::numeric, 0),
			coalesce((CASE jsonb_typeof(b.value) WHEN 'object' THEN b.value ->> 'dwell_days' END)::numeric, 0)
		FROM jsonb_each(bands) AS b;
	ELSE
		INSERT INTO pulse_internal.model_band (model_id, version, band, lower, hysteresis, dwell_days)
		SELECT b.model_id, model.version + 1, b.band, b.lower, b.hysteresis, b.dwell_days
		FROM pulse_internal.model_band AS b WHERE b.model_id = model.model_id AND b.version = model.version;
	END IF;
	UPDATE pulse_internal.model AS m SET version = m.version + 1 WHERE m.model_id = model.model_id;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.insert_model(model_name text, dimensions jsonb, bands jsonb,
		minimum_coverage integer, vetoes jsonb, groups jsonb, segments jsonb, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF dimensions IS NULL OR bands IS NULL OR minimum_coverage IS NULL OR vetoes IS NULL OR groups IS NULL THEN
		PERFORM pulse_internal.model_error('dimensions, bands, minimum_coverage, vetoes and groups must not be null',
			'Leave bands, minimum_coverage, vetoes and groups out to get the usual ones.');
	END IF;
	INSERT INTO pulse_internal.model (name, version) VALUES (model_name, 0) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('health model "%s" already exists', model_name),
			DETAIL = 'A name stands for one model.', HINT = 'Change it with pulse.alter_model(), or take another name.';
	END IF;
	PERFORM pulse_internal.insert_model_version(model_name, dimensions, bands, minimum_coverage, vetoes, groups, segments, author);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) OWNER TO pulse_owner;
GRANT EXECUTE ON FUNCTION pulse_internal.model_error(text, text, text), pulse_internal.check_dimensions(jsonb),
	pulse_internal.check_vetoes(jsonb), pulse_internal.check_groups(jsonb), pulse_internal.check_labels(jsonb, text),
	pulse_internal.check_bands(jsonb), pulse_internal.check_segments(jsonb) TO pulse_owner;
-- ---- health: a model to begin with ------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.sample_model(name text DEFAULT 'sales company') RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS DISTINCT FROM 'sales company' THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('there is no sample model "%s"', name),
			DETAIL = 'One is shipped.', HINT = 'Type SELECT pulse.sample_model(''sales company'').';
	END IF;
	RETURN $document$
{
	"model": "sales company",
	"minimum_coverage": 60,
	"bands": {
		"red": 0,
		"amber": {"lower": 50, "hysteresis": 3, "dwell_days": 7},
		"green": {"lower": 75, "hysteresis": 3, "dwell_days": 7}
	},
	"groups": [
		{"group": "commitment", "weight": 25, "labels": {"en": "Commitment", "zh": "合约"}},
		{"group": "relation", "weight": 25, "labels": {"en": "Relation", "zh": "关系"}},
		{"group": "purchases", "weight": 20, "labels": {"en": "Purchases", "zh": "采购"}},
		{"group": "payment", "weight": 15, "labels": {"en": "Payment", "zh": "回款"}},
		{"group": "service", "weight": 15, "labels": {"en": "Service", "zh": "服务"}}
	],
	"dimensions": [
		{"dimension": "contract end", "column": "contract_end", "curve": "linear -180:100 -60:80 -30:50 0:0", "weight": 3,
			"missing": "exclude", "group": "commitment", "labels": {"en": "Contract end", "zh": "合同到期日"}},
		{"dimension": "service end", "column": "service_end", "curve": "linear -90:100 -30:60 0:20", "weight": 1,
			"missing": "exclude", "group": "commitment", "labels": {"en": "End of maintenance", "zh": "维保到期日"}},
		{"dimension": "last visit", "column": "last_visit", "curve": "linear 0:100 30:85 60:50 120:0", "weight": 3,
			"missing": "worst", "group": "relation", "labels": {"en": "Last visit", "zh": "最近一次拜访"}},
		{"dimension": "competitor contact", "column": "competitor_contact", "curve": "logistic rising middle 60 doubling 15", "weight": 2,
			"missing": "neutral", "group": "relation", "labels": {"en": "Contact with a competitor", "zh": "竞品接触"}},
		{"dimension": "key contact", "column": "key_contact_confirmed", "curve": "linear 0:100 90:70 365:0", "weight": 1,
			"missing": "worst", "group": "relation", "labels": {"en": "Key contact confirmed", "zh": "关键联系人确认"}},
		{"dimension": "engagement", "column": "interactions_30d", "curve": "linear 0:0 2:40 8:80 20:100", "weight": 1,
			"missing": "exclude", "group": "relation", "labels": {"en": "Interactions in 30 days", "zh": "30天互动次数"}},
		{"dimension": "purchase frequency", "column": "order_count_ratio", "curve": "linear 0:0 0.5:40 1:80 1.5:100", "weight": 1,
			"missing": "exclude", "group": "purchases", "labels": {"en": "Orders against the period before", "zh": "采购频次变化"}},
		{"dimension": "purchase value", "column": "order_value_ratio", "curve": "linear 0:0 0.5:40 1:80 1.5:100", "weight": 1,
			"missing": "exclude", "group": "purchases", "labels": {"en": "Value against the period before", "zh": "采购金额变化"}},
		{"dimension": "overdue", "column": "oldest_unpaid_due", "curve": "linear 0:100 30:60 90:0", "weight": 1,
			"missing": "neutral", "group": "payment", "labels": {"en": "Oldest unpaid bill due", "zh": "最早未付账款到期"}},
		{"dimension": "complaints", "column": "complaints_90d", "curve": "steps 0:100 1:70 2:40 3:0", "weight": 2,
			"missing": "exclude", "group": "service", "labels": {"en": "Complaints in 90 days", "zh": "90天投诉频次"}},
		{"dimension": "open tickets", "column": "tickets_open", "curve": "steps 0:100 1:80 3:50 6:0", "weight": 1,
			"missing": "exclude", "group": "service", "labels": {"en": "Open tickets", "zh": "未结工单"}}
	],
	"vetoes": [
		{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red", "labels": {"en": "contract ended", "zh": "合同已到期"}},
		{"veto": "payment 90 days late", "column": "oldest_unpaid_due", "since": 90, "band": "red", "labels": {"en": "payment 90 days late", "zh": "回款逾期满90天"}}
	]
}
$document$;
END
$$;
COMMENT ON FUNCTION pulse.sample_model(text) IS
'A model to begin with, as a document for import_model(): ''sales company'' has eleven dimensions in five groups, two vetoes, three bands, and labels in English and Chinese. It reads the columns contract_end, service_end, last_visit, competitor_contact (-infinity: never), key_contact_confirmed (dates or timestamps), interactions_30d, order_count_ratio, order_value_ratio (1: as in the period before), oldest_unpaid_due (a date; infinity: nothing is open), complaints_90d, tickets_open (numbers) of any table or view. Error SP303: no such sample.';
-- ---- health: the types, complete ---------------------------------------------------

CREATE TYPE pulse.health (
	INPUT = pulse_internal.health_in,
	OUTPUT = pulse_internal.health_out,
	RECEIVE = pulse_internal.health_recv,
	SEND = pulse_internal.health_send,
	INTERNALLENGTH = 8,
	PASSEDBYVALUE,
	ALIGNMENT = double
);
COMMENT ON TYPE pulse.health IS
'A score from 0 to 100 with its band, its bounds under missing values and its coverage, in 8 bytes. Text: 75.45 green, or 90 grey [45, 95] 50%. Ordered by score; an unknown score comes last.';

CREATE TYPE pulse.curve (
	INPUT = pulse_internal.curve_in,
	OUTPUT = pulse_internal.curve_out,
	LIKE = text
);
COMMENT ON TYPE pulse.curve IS
'From a value to points from 0 to 100. Text: linear 0:100 90:0 (value:points, up to 32 of them, values ascending; straight between, level outside); steps 0:100 30:60 (level from each value to the next); decay half_life 30 days (100, halved with each half-life); logistic falling middle 45 doubling 10 (50 points in the middle, the odds double every 10); map red=>0 "dark green"=>100 else=>50 (a category; one that is not named is missing).';

CREATE OPERATOR pulse.= (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_eq,
	COMMUTATOR = OPERATOR(pulse.=), NEGATOR = OPERATOR(pulse.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR pulse.<> (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_ne,
	COMMUTATOR = OPERATOR(pulse.<>), NEGATOR = OPERATOR(pulse.=), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR pulse.< (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_lt,
	COMMUTATOR = OPERATOR(pulse.>), NEGATOR = OPERATOR(pulse.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR pulse.<= (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_le,
	COMMUTATOR = OPERATOR(pulse.>=), NEGATOR = OPERATOR(pulse.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR pulse.> (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_gt,
	COMMUTATOR = OPERATOR(pulse.<), NEGATOR = OPERATOR(pulse.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
CREATE OPERATOR pulse.>= (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_ge,
	COMMUTATOR = OPERATOR(pulse.<=), NEGATOR = OPERATOR(pulse.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR pulse.= (pulse.health, pulse.health) IS 'equal in score, bounds, coverage and band';
COMMENT ON OPERATOR pulse.<> (pulse.health, pulse.health) IS 'not equal';
COMMENT ON OPERATOR pulse.< (pulse.health, pulse.health) IS 'less in score, then in bounds';
COMMENT ON OPERATOR pulse.<= (pulse.health, pulse.health) IS 'less in score, then in bounds, or equal';
COMMENT ON OPERATOR pulse.> (pulse.health, pulse.health) IS 'greater in score, then in bounds';
COMMENT ON OPERATOR pulse.>= (pulse.health, pulse.health) IS 'greater in score, then in bounds, or equal';

CREATE OPERATOR CLASS pulse.health_ops DEFAULT FOR TYPE pulse.health USING btree AS
	OPERATOR 1 pulse.<, OPERATOR 2 pulse.<=, OPERATOR 3 pulse.=, OPERATOR 4 pulse.>=, OPERATOR 5 pulse.>,
	FUNCTION 1 pulse_internal.health_cmp(pulse.health, pulse.health);
CREATE OPERATOR CLASS pulse.health_ops DEFAULT FOR TYPE pulse.health USING hash AS
	OPERATOR 1 pulse.=, FUNCTION 1 pulse_internal.health_hash(pulse.health);
COMMENT ON OPERATOR CLASS pulse.health_ops USING btree IS 'orders by score';
COMMENT ON OPERATOR CLASS pulse.health_ops USING hash IS 'lets health be grouped and joined';

CREATE CAST (pulse.curve AS text) WITHOUT FUNCTION;
COMMENT ON CAST (pulse.curve AS text) IS 'the canonical text of a curve';

-- ---- health: models, each version kept ----------------------------------------------

CREATE TABLE pulse_internal.model (
	model_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	version integer NOT NULL
);
COMMENT ON TABLE pulse_internal.model IS 'Health models and the version in force.';

CREATE TABLE pulse_internal.model_version (
	model_id integer NOT NULL REFERENCES pulse_internal.model ON DELETE CASCADE,
	version integer NOT NULL,
	minimum_coverage integer NOT NULL CHECK (minimum_coverage BETWEEN 0 AND 100),
	author regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pulse.clock(),
	segments jsonb,					-- whose rows are scored by which other models, where health is stored; null: not said
	PRIMARY KEY (model_id, version)
);
COMMENT ON TABLE pulse_internal.model_version IS 'Versions of health models: who made them and when.';

CREATE TABLE pulse_internal.model_dimension (
	model_id integer NOT NULL,
	version integer NOT NULL,
	ordinal integer NOT NULL,
	dimension text NOT NULL,
	column_name text NOT NULL,
	curve pulse.curve NOT NULL,
	weight numeric NOT NULL CHECK (weight BETWEEN 0 AND 1000000000 AND weight = pg_catalog.round(weight, 6)),
	missing text NOT NULL CHECK (missing IN ('exclude', 'neutral', 'zero', 'worst')),
	measured_at text,
	valid_days numeric CHECK (valid_days BETWEEN 0 AND 1000000 AND valid_days = pg_catalog.round(valid_days, 6)),
	group_name text,
	labels jsonb,				-- {"en": ..., "zh": ...}
	CHECK ((measured_at IS NULL) = (valid_days IS NULL)),
	PRIMARY KEY (model_id, version, ordinal),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_dimension IS 'Dimensions of each version of a health model.';

CREATE TABLE pulse_internal.model_veto (
	model_id integer NOT NULL,
	version integer NOT NULL,
	ordinal integer NOT NULL,
	veto text NOT NULL,
	column_name text NOT NULL,
	since numeric CHECK (since BETWEEN -1000000000 AND 1000000000 AND since = pg_catalog.round(since, 6)),
	below numeric CHECK (below BETWEEN -1000000000 AND 1000000000 AND below = pg_catalog.round(below, 6)),
	band text NOT NULL,
	labels jsonb,
	PRIMARY KEY (model_id, version, ordinal),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_veto IS 'Vetoes of each version of a health model.';

CREATE TABLE pulse_internal.model_band (
	model_id integer NOT NULL,
	version integer NOT NULL,
	band text NOT NULL CHECK (band IN ('black', 'red', 'orange', 'amber', 'yellow', 'green', 'blue', 'purple', 'white', 'grey')),
	lower numeric NOT NULL CHECK (lower >= 0 AND lower < 100 AND lower = pg_catalog.round(lower, 2)),
	hysteresis numeric NOT NULL DEFAULT 0 CHECK (hysteresis >= 0 AND hysteresis < 100 AND hysteresis = pg_catalog.round(hysteresis, 2)),
	dwell_days numeric NOT NULL DEFAULT 0 CHECK (dwell_days BETWEEN 0 AND 100000 AND dwell_days = pg_catalog.round(dwell_days, 6)),
	PRIMARY KEY (model_id, version, band),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_band IS 'Bands of each version of a health model, and the score each begins at.';

ALTER TABLE pulse_internal.model OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_version OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_dimension OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_veto OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_band OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_version', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_dimension', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_veto', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_band', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_model_id_seq', '');
GRANT SELECT ON pulse_internal.model, pulse_internal.model_version, pulse_internal.model_dimension,
	pulse_internal.model_veto, pulse_internal.model_band TO PUBLIC;

CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.model
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- health: groups of the dimensions of a model -----------------------------------

CREATE TABLE pulse_internal.model_group (
	model_id integer NOT NULL,
	version integer NOT NULL,
	ordinal integer NOT NULL,
	group_name text NOT NULL,
	weight numeric NOT NULL CHECK (weight BETWEEN 0 AND 1000000000 AND weight = pg_catalog.round(weight, 6)),
	labels jsonb,
	PRIMARY KEY (model_id, version, ordinal),
	UNIQUE (model_id, version, group_name),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_group IS 'Groups of each version of a health model, and what each weighs.';
ALTER TABLE pulse_internal.model_group OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_group', '');
GRANT SELECT ON pulse_internal.model_group TO PUBLIC;
-- ---- health: models to look at -------------------------------------------------------

CREATE OR REPLACE VIEW pulse.models WITH (security_invoker = true) AS
	SELECT m.name, m.version,
		(SELECT pg_catalog.count(*) FROM pulse_internal.model_dimension AS d
		 WHERE d.model_id OPERATOR(pg_catalog.=) v.model_id AND d.version OPERATOR(pg_catalog.=) v.version) AS dimensions,
		(SELECT pg_catalog.string_agg(pg_catalog.concat(b.band, ' ', b.lower,
				CASE WHEN b.hysteresis OPERATOR(pg_catalog.>) 0 THEN pg_catalog.concat(' +-', b.hysteresis) END,
				CASE WHEN b.dwell_days OPERATOR(pg_catalog.>) 0 THEN pg_catalog.concat(' for ', b.dwell_days, ' days') END), ', ' ORDER BY b.lower) FROM pulse_internal.model_band AS b
		 WHERE b.model_id OPERATOR(pg_catalog.=) v.model_id AND b.version OPERATOR(pg_catalog.=) v.version) AS bands,
		v.minimum_coverage, v.author::text AS author, v.created_at, v.segments
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_version AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) m.version;
COMMENT ON VIEW pulse.models IS
'Health models in force: name, version, number of dimensions, bands with the score each begins at (+- its hysteresis, for its dwell), minimum coverage in percent, author of the version and when it was made, and its segments, which count where health is stored. See explain_model(name).';
GRANT SELECT ON pulse.models TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.explain_model(name text, OUT dimension text, OUT column_name text, OUT curve pulse.curve,
		OUT weight numeric, OUT share numeric, OUT missing text, OUT measured_at text, OUT valid_days numeric,
		OUT group_name text, OUT labels jsonb) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT d.dimension, d.column_name, d.curve, d.weight,
		pg_catalog.round(CASE WHEN g.weight IS NULL THEN d.weight
			ELSE d.weight OPERATOR(pg_catalog.*) g.weight OPERATOR(pg_catalog./) NULLIF(pg_catalog.sum(d.weight) OVER (PARTITION BY d.group_name), 0) END
			OPERATOR(pg_catalog./) (SELECT pg_catalog.sum(x.weight) FROM (
				SELECT h.weight FROM pulse_internal.model_group AS h
				WHERE h.model_id OPERATOR(pg_catalog.=) d.model_id AND h.version OPERATOR(pg_catalog.=) d.version
				UNION ALL
				SELECT e.weight FROM pulse_internal.model_dimension AS e
				WHERE e.model_id OPERATOR(pg_catalog.=) d.model_id AND e.version OPERATOR(pg_catalog.=) d.version AND e.group_name IS NULL) AS x), 4),
		d.missing, d.measured_at, d.valid_days, d.group_name, d.labels
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_dimension AS d
		ON d.model_id OPERATOR(pg_catalog.=) m.model_id AND d.version OPERATOR(pg_catalog.=) m.version
	LEFT JOIN pulse_internal.model_group AS g
		ON g.model_id OPERATOR(pg_catalog.=) d.model_id AND g.version OPERATOR(pg_catalog.=) d.version
			AND g.group_name OPERATOR(pg_catalog.=) d.group_name
	WHERE m.name OPERATOR(pg_catalog.=) explain_model.name
	ORDER BY d.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_model(text) IS
'Dimensions of a health model in force, in their order: the column read, its curve, the weight (in its group) and its share of all weights, what stands in for a missing value, and the column that says when it was measured with the days that it is valid, its group and its labels. No rows: there is no model of that name.';

CREATE OR REPLACE FUNCTION pulse.explain_vetoes(name text, OUT veto text, OUT column_name text, OUT since numeric,
		OUT below numeric, OUT band text, OUT labels jsonb) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT v.veto, v.column_name, v.since, v.below, v.band, v.labels
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_veto AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) m.version
	WHERE m.name OPERATOR(pg_catalog.=) explain_vetoes.name
	ORDER BY v.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_vetoes(text) IS
'Vetoes of a health model in force: while the column''s value is since or more and less than below (NULL: no limit), the band is this or a worse one. No rows: it has none, or there is no model of that name.';

CREATE OR REPLACE FUNCTION pulse.explain_groups(name text, OUT group_name text, OUT weight numeric, OUT dimensions bigint,
		OUT labels jsonb) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT g.group_name, g.weight, (SELECT pg_catalog.count(*) FROM pulse_internal.model_dimension AS d
		WHERE d.model_id OPERATOR(pg_catalog.=) g.model_id AND d.version OPERATOR(pg_catalog.=) g.version
			AND d.group_name OPERATOR(pg_catalog.=) g.group_name), g.labels
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_group AS g
		ON g.model_id OPERATOR(pg_catalog.=) m.model_id AND g.version OPERATOR(pg_catalog.=) m.version
	WHERE m.name OPERATOR(pg_catalog.=) explain_groups.name
	ORDER BY g.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_groups(text) IS
'Groups of a health model in force: the weight that their dimensions share, how many they are, and the labels. No rows: it has none, or there is no model of that name.';

-- every part that has a value, in the order of the model; equal models give equal documents
CREATE OR REPLACE FUNCTION pulse.export_model(name text, version integer DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.jsonb_build_object('model', m.name, 'minimum_coverage', v.minimum_coverage,
		'bands', (SELECT pg_catalog.jsonb_object_agg(b.band, CASE
				WHEN b.hysteresis OPERATOR(pg_catalog.=) 0 AND b.dwell_days OPERATOR(pg_catalog.=) 0 THEN pg_catalog.to_jsonb(pg_catalog.trim_scale(b.lower))
				ELSE pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('lower', pg_catalog.trim_scale(b.lower),
					'hysteresis', NULLIF(pg_catalog.trim_scale(b.hysteresis), 0), 'dwell_days', NULLIF(pg_catalog.trim_scale(b.dwell_days), 0))) END)
			FROM pulse_internal.model_band AS b
			WHERE b.model_id OPERATOR(pg_catalog.=) v.model_id AND b.version OPERATOR(pg_catalog.=) v.version),
		'groups', coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
				'group', g.group_name, 'weight', pg_catalog.trim_scale(g.weight), 'labels', g.labels)) ORDER BY g.ordinal)
			FROM pulse_internal.model_group AS g
			WHERE g.model_id OPERATOR(pg_catalog.=) v.model_id AND g.version OPERATOR(pg_catalog.=) v.version), '[]'),
		'dimensions', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
				'dimension', d.dimension, 'column', d.column_name, 'curve', d.curve::text, 'weight', pg_catalog.trim_scale(d.weight),
				'missing', d.missing, 'measured_at', d.measured_at, 'valid_days', pg_catalog.trim_scale(d.valid_days),
				'group', d.group_name, 'labels', d.labels)) ORDER BY d.ordinal)
			FROM pulse_internal.model_dimension AS d
			WHERE d.model_id OPERATOR(pg_catalog.=) v.model_id AND d.version OPERATOR(pg_catalog.=) v.version),
		'vetoes', coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
				'veto', o.veto, 'column', o.column_name, 'since', pg_catalog.trim_scale(o.since), 'below', pg_catalog.trim_scale(o.below),
				'band', o.band, 'labels', o.labels)) ORDER BY o.ordinal)
			FROM pulse_internal.model_veto AS o
			WHERE o.model_id OPERATOR(pg_catalog.=) v.model_id AND o.version OPERATOR(pg_catalog.=) v.version), '[]'))
		OPERATOR(pg_catalog.||) CASE WHEN v.segments IS NULL THEN '{}'::jsonb ELSE pg_catalog.jsonb_build_object('segments', v.segments) END
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_version AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) coalesce(export_model.version, m.version)
	WHERE m.name OPERATOR(pg_catalog.=) export_model.name;
END;
COMMENT ON FUNCTION pulse.export_model(text, integer) IS
'A health model as one JSON document: model, minimum_coverage, bands, groups, dimensions, vetoes and, where there are, segments, as create_model() takes them; of the version in force, or of one before. import_model() is its inverse. NULL: there is no such model or version.';

CREATE OR REPLACE FUNCTION pulse.import_model(document jsonb, name text DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
	whole jsonb;
	version integer;
BEGIN
	IF jsonb_typeof(document) IS DISTINCT FROM 'object' THEN
		PERFORM pulse_internal.model_error('a health model is a JSON object', 'It has the keys model, dimensions, and others that may be left out.');
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(document) AS k
	WHERE k <> ALL ('{model,minimum_coverage,bands,groups,dimensions,vetoes,segments}') ORDER BY k LIMIT 1;
	IF FOUND THEN
		PERFORM pulse_internal.model_error(format('unknown key "%s" in the model', wrong),
			'The keys are model, minimum_coverage, bands, groups, dimensions, vetoes and segments.');
	END IF;
	whole := '{"minimum_coverage": 50, "bands": {"red": 0, "amber": 50, "green": 75}, "groups": [], "vetoes": []}' || document;
	IF jsonb_typeof(whole -> 'minimum_coverage') <> 'number' OR (whole ->> 'minimum_coverage')::numeric NOT BETWEEN 0 AND 100
			OR (whole ->> 'minimum_coverage')::numeric <> trunc((whole ->> 'minimum_coverage')::numeric) THEN
		PERFORM pulse_internal.model_error('invalid minimum coverage', format('%s is not a whole percentage.', whole -> 'minimum_coverage'));
	END IF;
	name := coalesce(name, document ->> 'model');
	IF NOT EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = import_model.name) THEN
		PERFORM pulse.create_model(name, whole -> 'dimensions', whole -> 'bands', (whole ->> 'minimum_coverage')::integer,
			whole -> 'vetoes', whole -> 'groups', whole -> 'segments');
		RETURN 1;
	END IF;
	-- what a document leaves out is not there
	IF NOT whole ? 'segments' AND pulse.export_model(name) ? 'segments' THEN
		whole := whole || '{"segments": {}}';
	END IF;
	-- whether two documents say the same shows when both are written
	BEGIN
		version := pulse.alter_model(name, coalesce(whole -> 'dimensions', 'null'), whole -> 'bands', (whole ->> 'minimum_coverage')::integer,
			whole -> 'vetoes', whole -> 'groups', whole -> 'segments');
		IF pulse.export_model(name) = pulse.export_model(name, version - 1) THEN
			RAISE SQLSTATE 'SP3ZZ';
		END IF;
	EXCEPTION WHEN SQLSTATE 'SP3ZZ' THEN
		version := version - 1;
	END;
	RETURN version;
END
$$;
REVOKE ALL ON FUNCTION pulse.import_model(jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.import_model(jsonb, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.import_model(jsonb, text) IS
'Makes a health model of a document of export_model() or sample_model(), under its name or another one; where there is a model of that name, its next version, or nothing where the document says what is in force. Returns the version in force. Errors: SP302 what is wrong with it; nothing is kept then.';
-- ---- health: models judged by outcomes -----------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.evaluation(pulse.health, boolean) (
	SFUNC = pulse_internal.evaluation_add,
	STYPE = internal,
	SSPACE = 160016,
	FINALFUNC = pulse_internal.evaluation_final,
	COMBINEFUNC = pulse_internal.evaluation_combine,
	SERIALFUNC = pulse_internal.evaluation_serialize,
	DESERIALFUNC = pulse_internal.evaluation_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.evaluation(pulse.health, boolean) IS
'How well scores tell outcomes (true is bad) apart, in any query and group: {good, bad, auc, ks, brier, lift}, as evaluate_model() has them.';

CREATE OR REPLACE AGGREGATE pulse_internal.fit_weights(double precision[], boolean) (
	SFUNC = pulse_internal.fit_add,
	STYPE = internal,
	SSPACE = 1000000,
	FINALFUNC = pulse_internal.fit_final
);
REVOKE ALL ON FUNCTION pulse_internal.fit_weights(double precision[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fit_weights(double precision[], boolean) TO pulse_admin, pulse_author;
-- ---- health: models judged by what happened afterwards ---------------------------------

-- Who may score may judge, so nothing here names what only roles of pulse may look up.

-- Per row and horizon: the health of a row as it was at its instant, and what became of it.  A horizon counts where all of
-- it was observed, whatever happened: else what happened early would count, and what did not happen would not.
CREATE OR REPLACE FUNCTION pulse_internal.judged_rows(name text, relation regclass, happened text, scored_at text, horizons integer[],
		known_until timestamptz, OUT horizon integer, OUT health pulse.health, OUT bad boolean, OUT is_censored boolean, OUT is_past boolean,
		OUT is_late boolean) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	zone text := pulse.setting('timezone');
	part record;
	instant text;
	outcome text;
	late text := 'false';
BEGIN
	IF num_nulls(name, relation, happened, scored_at, horizons) > 0 OR array_position(horizons, NULL) IS NOT NULL OR cardinality(horizons) = 0
			OR EXISTS (SELECT FROM unnest(horizons) AS h WHERE h NOT BETWEEN 1 AND 36500) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = 'a model is judged by an outcome, an instant, and horizons of 1 to 36500 days',
			DETAIL = format('The horizons are %s.', coalesce(horizons::text, 'null')),
			HINT = 'Type for instance evaluate_model(''churn'', ''app.snapshot'', happened => ''left_on'', scored_at => ''taken_on'', horizons => ''{30,60,90}'').';
	END IF;
	FOR part IN
		SELECT c.name, c.purpose, CASE coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text WHEN 'timestamp with time zone' THEN format('"pulse row".%I', c.name)
			WHEN 'date' THEN format('("pulse row".%I::timestamp AT TIME ZONE %L)', c.name, zone)
			WHEN 'timestamp without time zone' THEN format('("pulse row".%I AT TIME ZONE %L)', c.name, zone) END AS instant
		FROM (SELECT happened AS name, 'happened' AS purpose UNION ALL SELECT scored_at, 'scored'
			UNION ALL SELECT DISTINCT e.measured_at, 'measured' FROM pulse.explain_model(judged_rows.name) AS e WHERE e.measured_at IS NOT NULL) AS c
		LEFT JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_type AS t ON t.oid = a.atttypid
		ORDER BY c.purpose = 'measured'
	LOOP
		IF part.instant IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('"%s" is not a date or timestamp of %s', part.name, relation),
				DETAIL = CASE part.purpose WHEN 'happened' THEN 'It is to say when the outcome happened.' WHEN 'scored' THEN 'It is to say when a row is scored.'
					ELSE 'It is to say when a value was measured.' END,
				HINT = 'Give a table or view that has it as a column.';
		END IF;
		CASE part.purpose WHEN 'happened' THEN outcome := part.instant; WHEN 'scored' THEN instant := part.instant;
		ELSE late := format('%s OR coalesce(%s > %s, false)', late, part.instant, instant); END CASE;
	END LOOP;
	RETURN QUERY EXECUTE format($q$
		SELECT h.horizon, s.health, coalesce(s.happened_at <= e.ends, false), e.ends > $2, coalesce(s.happened_at <= s.at, false), s.is_late
		FROM (SELECT %1$s AS at, %2$s AS happened_at, %3$s AS is_late, pulse.health(%4$L, "pulse row", %1$s) AS health FROM %5$s AS "pulse row" WHERE %1$s IS NOT NULL OFFSET 0) AS s,
			(SELECT DISTINCT unnest($1) AS horizon) AS h,
			LATERAL (SELECT ((s.at AT TIME ZONE %6$L) + make_interval(days => h.horizon)) AT TIME ZONE %6$L AS ends) AS e $q$,
		instant, outcome, late, name, relation, zone) USING horizons, coalesce(known_until, pulse.clock());
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.judged_rows(text, regclass, text, text, integer[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.judged_rows(text, regclass, text, text, integer[], timestamptz) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.judged_rows(name text, relation regclass, outcome text, OUT health pulse.health, OUT bad boolean) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT pulse.health(%L, "pulse row"), "pulse row".%I::boolean FROM %s AS "pulse row" WHERE "pulse row".%2$I IS NOT NULL', name, outcome, relation);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.judged_rows(text, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.judged_rows(text, regclass, text) TO PUBLIC;

-- An outcome that the model reads would be told by itself.
CREATE OR REPLACE FUNCTION pulse_internal.check_outcome(name text, outcome text, boolean_of regclass DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reader text;
BEGIN
	IF NOT EXISTS (SELECT FROM pulse.models AS m WHERE m.name = check_outcome.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', name), DETAIL = 'There is no health model of that name.',
			HINT = 'Look at SELECT name FROM pulse.models, or make one with pulse.create_model().';
	END IF;
	IF boolean_of IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
			WHERE a.attrelid = boolean_of AND a.attname = outcome AND NOT a.attisdropped AND 'boolean'::regtype IN (t.oid, t.typbasetype)) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('outcome "%s" is not a boolean column', outcome),
			DETAIL = format('%s must have it; true is what health is to warn of.', boolean_of),
			HINT = 'Give a view that has it as a boolean, or a date of the outcome with scored_at and horizons.';
	END IF;
	SELECT x.reader INTO reader FROM (
		SELECT e.dimension AS reader, e.column_name FROM pulse.explain_model(name) AS e UNION ALL SELECT e.dimension, e.measured_at FROM pulse.explain_model(name) AS e
		UNION ALL SELECT v.veto, v.column_name FROM pulse.explain_vetoes(name) AS v) AS x WHERE x.column_name = outcome LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('health model "%s" reads the outcome "%s"', name, outcome),
			DETAIL = format('"%s" would tell what it is to be judged by.', reader), HINT = 'Judge a model by what it does not read.';
	END IF;
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_outcome(text, text, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_outcome(text, text, regclass) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.evaluate_rows(name text, relation regclass, outcome text) RETURNS double precision[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	figures double precision[];
BEGIN
	EXECUTE format('SELECT pulse.evaluation(pulse.health(%L, "pulse row"), "pulse row".%I) FROM %s AS "pulse row"', name, outcome, relation) INTO figures;
	IF figures[1] = 0 OR figures[2] = 0 OR figures IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('outcome "%s" has only one class', outcome),
			DETAIL = format('Of the rows of %s that have a score and an outcome, it is true for %s and false for %s.', relation,
				coalesce(figures[2], 0), coalesce(figures[1], 0)),
			HINT = 'Judge by rows of which some turned out badly and some did not; the aggregate pulse.evaluation(health, outcome) takes any.';
	END IF;
	RETURN figures;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.evaluate_rows(text, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.evaluate_rows(text, regclass, text) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.evaluate_model(name text, relation regclass, outcome text, OUT good bigint, OUT bad bigint,
		OUT auc numeric, OUT ks numeric, OUT brier numeric, OUT lift numeric) RETURNS record
	LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
	SELECT e.figures[1]::bigint, e.figures[2]::bigint, round(e.figures[3]::numeric, 6), round(e.figures[4]::numeric, 6),
		round(e.figures[5]::numeric, 6), round(e.figures[6]::numeric, 6)
	FROM (SELECT CASE WHEN pulse_internal.check_outcome(evaluate_model.name, evaluate_model.outcome, evaluate_model.relation)
		THEN pulse_internal.evaluate_rows(evaluate_model.name, evaluate_model.relation, evaluate_model.outcome) END AS figures OFFSET 0) AS e;
END;
COMMENT ON FUNCTION pulse.evaluate_model(text, regclass, text) IS
'How well a model tells outcomes apart, over the rows of a table or view with the boolean column outcome (true is bad; rows without a score or an outcome are left out): auc, the chance that a bad row scores below a good one, ties half; ks, the greatest distance between the two distributions; brier, the mean square error of 1 - score/100 taken as the chance of bad; lift, the share of bad among the lowest tenth of the scores, as a multiple of the share among all. Give rows as they were before the outcome, and others than those that the model was fitted to. Errors as health(), SP302 an outcome with one class, or a model that reads it.';

CREATE OR REPLACE FUNCTION pulse.evaluate_model(name text, relation regclass, happened text, scored_at text, horizons integer[] DEFAULT '{30,60,90}',
		known_until timestamptz DEFAULT NULL, OUT horizon integer, OUT good bigint, OUT bad bigint, OUT auc numeric, OUT ks numeric, OUT brier numeric,
		OUT lift numeric, OUT censored bigint, OUT past bigint, OUT late bigint) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.horizon, coalesce(e.figures[1], 0)::bigint, coalesce(e.figures[2], 0)::bigint, round(e.figures[3]::numeric, 6), round(e.figures[4]::numeric, 6),
		round(e.figures[5]::numeric, 6), round(e.figures[6]::numeric, 6), e.censored, e.past, e.late
	FROM (SELECT j.horizon, pulse.evaluation(j.health, j.bad) FILTER (WHERE NOT (j.is_late OR j.is_past OR j.is_censored)) AS figures,
			count(*) FILTER (WHERE j.is_censored AND NOT (j.is_late OR j.is_past)) AS censored,
			count(*) FILTER (WHERE j.is_past AND NOT j.is_late) AS past, count(*) FILTER (WHERE j.is_late) AS late
		FROM pulse_internal.judged_rows(evaluate_model.name, evaluate_model.relation, evaluate_model.happened, evaluate_model.scored_at,
			evaluate_model.horizons, evaluate_model.known_until) AS j
		WHERE pulse_internal.check_outcome(evaluate_model.name, evaluate_model.happened)
		GROUP BY j.horizon) AS e
	ORDER BY e.horizon;
END;
COMMENT ON FUNCTION pulse.evaluate_model(text, regclass, text, text, integer[], timestamptz) IS
'How well a model tells ahead what happens within so many days, per horizon, with no look-ahead. relation: a table or view of rows as they were at the date or timestamp in column scored_at; happened: the column with the date or timestamp of the outcome (NULL: it has not happened). Each row is scored at its own instant, and is bad where the outcome came after it and at most so many calendar days later (of the business time zone; a date is its midnight). good and bad count rows with a score whose whole horizon lies before known_until (default: now); where one of them is 0 there is nothing to tell apart, and the figures are NULL. The others are left out, whatever has happened yet: censored, their horizon was still running; past, the outcome had come before; late, a value was measured after the instant (measured_at of a dimension). auc, ks, brier and lift as of evaluate_model(name, relation, outcome). Errors as health(); SP302 other columns or horizons, or an outcome that the model reads.';

-- Outcomes per horizon and band, from the lowest band up; grey, which is no band of the model, last.
CREATE OR REPLACE FUNCTION pulse_internal.confused_bands(name text, horizons integer[], healths pulse.health[], outcomes boolean[],
		OUT horizon integer, OUT band text, OUT good bigint, OUT bad bigint, OUT bad_share numeric,
		OUT lift numeric, OUT caught numeric, OUT accuracy numeric) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.horizon, c.band, c.good, c.bad, round(c.bad / (c.good + c.bad)::numeric, 6),
		round(c.bad * c.all_rows / ((c.good + c.bad) * nullif(c.all_bad, 0)), 6), round(c.bad / nullif(c.all_bad, 0), 6),
		CASE WHEN c.lower IS NOT NULL THEN round((c.bad_so_far + c.banded_good - c.good_so_far) / c.banded_rows, 6) END
	FROM (
		SELECT b.horizon, b.band, b.lower, b.good, b.bad, sum(b.bad) OVER every AS all_bad, sum(b.good + b.bad) OVER every AS all_rows,
			sum(b.bad) OVER upwards AS bad_so_far, sum(b.good) OVER upwards AS good_so_far,
			sum(b.good) FILTER (WHERE b.lower IS NOT NULL) OVER every AS banded_good,
			sum(b.good + b.bad) FILTER (WHERE b.lower IS NOT NULL) OVER every AS banded_rows
		FROM (
			SELECT j.horizon, pulse.band(j.health) AS band, k.lower, count(*) FILTER (WHERE NOT j.bad) AS good, count(*) FILTER (WHERE j.bad) AS bad
			FROM ROWS FROM (unnest(confused_bands.horizons), unnest(confused_bands.healths), unnest(confused_bands.outcomes)) AS j(horizon, health, bad)
			LEFT JOIN (SELECT l.band, l.lower FROM pulse_internal.model AS m
				JOIN pulse_internal.model_band AS l ON l.model_id = m.model_id AND l.version = m.version
				WHERE m.name = confused_bands.name) AS k ON k.band = pulse.band(j.health)
			GROUP BY 1, 2, 3) AS b
		WINDOW every AS (PARTITION BY b.horizon), upwards AS (PARTITION BY b.horizon ORDER BY b.lower)) AS c
	ORDER BY c.horizon, c.lower;
END;
REVOKE ALL ON FUNCTION pulse_internal.confused_bands(text, integer[], pulse.health[], boolean[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.confused_bands(text, integer[], pulse.health[], boolean[]) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.confusion(name text, relation regclass, happened text, scored_at text, horizons integer[] DEFAULT '{30,60,90}',
		known_until timestamptz DEFAULT NULL, OUT horizon integer, OUT band text, OUT good bigint, OUT bad bigint, OUT bad_share numeric,
		OUT lift numeric, OUT caught numeric, OUT accuracy numeric) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.horizon, c.band, c.good, c.bad, c.bad_share, c.lift, c.caught, c.accuracy
	FROM (SELECT array_agg(j.horizon) AS horizons, array_agg(j.health) AS healths, array_agg(j.bad) AS outcomes
		FROM pulse_internal.judged_rows(confusion.name, confusion.relation, confusion.happened, confusion.scored_at, confusion.horizons,
			confusion.known_until) AS j
		WHERE pulse_internal.check_outcome(confusion.name, confusion.happened) AND NOT (j.is_late OR j.is_past OR j.is_censored)) AS a,
		LATERAL pulse_internal.confused_bands(confusion.name, a.horizons, a.healths, a.outcomes) AS c;
END;
COMMENT ON FUNCTION pulse.confusion(text, regclass, text, text, integer[], timestamptz) IS
'Outcomes per horizon and band, of the rows that evaluate_model(name, relation, happened, scored_at, horizons, known_until) counts, and of those without a score; the columns are those of confusion(name, relation, outcome).';

CREATE OR REPLACE FUNCTION pulse.confusion(name text, relation regclass, outcome text, OUT band text, OUT good bigint, OUT bad bigint,
		OUT bad_share numeric, OUT lift numeric, OUT caught numeric, OUT accuracy numeric) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
	SELECT c.band, c.good, c.bad, c.bad_share, c.lift, c.caught, c.accuracy
	FROM (SELECT array_agg(0) AS horizons, array_agg(j.health) AS healths, array_agg(j.bad) AS outcomes
		FROM pulse_internal.judged_rows(confusion.name, confusion.relation, confusion.outcome) AS j
		WHERE pulse_internal.check_outcome(confusion.name, confusion.outcome, confusion.relation)) AS a,
		LATERAL pulse_internal.confused_bands(confusion.name, a.horizons, a.healths, a.outcomes) AS c;
END;
COMMENT ON FUNCTION pulse.confusion(text, regclass, text) IS
'Outcomes per band, from the lowest up (grey last): how many rows of each band of a model turned out good and bad; bad_share: the share of bad among them; lift: that as a multiple of the share among all; caught: the share of all bad that lies in this band; accuracy: the share of the rows with a band (grey is none) that are told right where this band and those below it are taken as a warning. Arguments and errors as evaluate_model().';
-- ---- stats: types ----------------------------------------------------------------

CREATE TYPE pulse.survival_point AS (
	duration double precision, at_risk numeric, happened numeric, censored numeric, survival double precision
);
COMMENT ON TYPE pulse.survival_point IS
'One step of a survival curve: at_risk just before the duration, how many it happened to then, how many were last seen from then until before the next step, and the share it has not happened to after it.';
-- ---- stats: types of the anomaly score ----------------------------------------------

CREATE TYPE pulse.anomaly_point AS (
	series text, at timestamp, actual double precision, expected double precision,
	common double precision, score double precision, direction text, steps int, alarm boolean
);
COMMENT ON TYPE pulse.anomaly_point IS
'A step of a series: what was there and what was expected, what the whole group had of its usual (NULL: not taken out), the score, whether low or high, over how many steps up to this one the score was reached, and whether it is at the threshold.';

CREATE TYPE pulse.anomaly_episode AS (
	series text, started timestamp, ended timestamp, peak timestamp, actual double precision,
	expected double precision, common double precision, score double precision, direction text, steps int
);
COMMENT ON TYPE pulse.anomaly_episode IS
'Alarms of a series that belong together: from started until before ended, the step of the highest score, what was there and what was expected in all (a level: on average), what the whole group had, the highest score with its direction, and how many steps from started to ended.';
-- ---- stats: proportional hazards -------------------------------------------------------

CREATE TYPE pulse.cox_model AS (
	status text, observations bigint, happened bigint,
	coefficients double precision[], standard_errors double precision[], means double precision[],
	log_likelihood double precision, null_log_likelihood double precision,
	durations double precision[], hazards double precision[]
);
COMMENT ON TYPE pulse.cox_model IS
'A fitted Cox model, in the order of its covariates: a covariate one unit higher multiplies the hazard by exp(coefficient). hazards: the cumulative hazard, at the durations at which it happened, of a row whose covariates are at the means. null_log_likelihood: without covariates. status: ok; collinear (a covariate says no more than those before it: coefficient 0, standard error NULL; predictions hold); separable (a covariate tells all apart, or it never happened to those who have it, so its coefficient would grow without end: it stands where the search stopped); nothing_happened (no row has it happened: the rest is NULL).';
-- ---- stats: histories and models of purchases --------------------------------------

CREATE TYPE pulse.purchase_history AS (repeats integer, recency double precision, age double precision);
COMMENT ON TYPE pulse.purchase_history IS
'A customer''s purchases as the BG/NBD model sees them: how many after the first, the time from the first to the last (0 without repeats), and from the first until now. In days, where pulse.purchase_history(day, as_of) made it.';

CREATE TYPE pulse.purchase_model AS (
	status text, customers bigint, r double precision, alpha double precision, a double precision, b double precision,
	log_likelihood double precision
);
COMMENT ON TYPE pulse.purchase_model IS
'A fitted BG/NBD model: purchase rates are gamma distributed over the customers (shape r, rate alpha, in the unit of time of the histories), the chance to leave after a purchase is beta distributed (a, b). status: ok; at_bound (the histories leave a parameter open: it stands at the end of its range, predictions still hold); no_repeats (nobody bought twice: the parameters are NULL).';
-- ---- stats: support of the survival aggregates ------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.km_add(internal, double precision, boolean) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_add';
CREATE OR REPLACE FUNCTION pulse_internal.km_add(internal, double precision, boolean, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_add';
CREATE OR REPLACE FUNCTION pulse_internal.km_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_combine';
CREATE OR REPLACE FUNCTION pulse_internal.km_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.km_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.km_median(internal) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_median';
CREATE OR REPLACE FUNCTION pulse_internal.km_mean(internal) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_mean';
CREATE OR REPLACE FUNCTION pulse_internal.km_curve(internal) RETURNS pulse.survival_point[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_km_curve';
REVOKE ALL ON FUNCTION pulse_internal.km_add(internal, double precision, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_add(internal, double precision, boolean, numeric) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_median(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_mean(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.km_curve(internal) FROM PUBLIC;

-- ---- stats: collection days over any relation ---------------------------------------

CREATE OR REPLACE FUNCTION pulse.collection_days(relation regclass, amount text, issued text, paid text,
		as_of date DEFAULT NULL, by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT currency text, OUT method text, OUT items bigint, OUT open_items bigint,
		OUT median_days double precision, OUT mean_days double precision, OUT paid_mean_days double precision,
		OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_collection_days';
COMMENT ON FUNCTION pulse.collection_days(regclass, text, text, text, date, text[], text) IS
'Days from issue to payment in a table or view with one row per invoice, or per part of it with its own date of payment; two rows (method count: every item alike; amount: by its amount) per currency and value of the columns in "by". Open items (paid NULL or after as_of) count as not paid within their age: median_days and mean_days are those of Kaplan and Meier, the mean up to the oldest item. paid_mean_days is the plain average of the paid ones, too small while items are open. Amounts of zero and below, and what was issued after as_of or on no day, do not count. For items issued in a time: condition => ''issued >= date ...''. status: ok, or short_history (less than half is paid within the ages seen; median_days is NULL). Errors: as aging_report(); 22003 an amount with more than four digits after the point.';
-- ---- stats: support of the anomaly aggregates ------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.anomaly_add(internal, text, timestamp, double precision,
		timestamp, timestamp, interval, text, double precision) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_anomaly_add';
CREATE OR REPLACE FUNCTION pulse_internal.anomaly_points(internal) RETURNS pulse.anomaly_point[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_anomaly_points';
CREATE OR REPLACE FUNCTION pulse_internal.anomaly_episodes(internal) RETURNS pulse.anomaly_episode[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_anomaly_episodes';
REVOKE ALL ON FUNCTION pulse_internal.anomaly_add(internal, text, timestamp, double precision,
		timestamp, timestamp, interval, text, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.anomaly_points(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.anomaly_episodes(internal) FROM PUBLIC;

-- ---- stats: anomalies over any relation -----------------------------------------------

CREATE OR REPLACE FUNCTION pulse.anomalies(relation regclass, amount text, time_column text,
		series_column text DEFAULT NULL, group_column text DEFAULT NULL, since timestamp DEFAULT NULL,
		until timestamp DEFAULT NULL, step interval DEFAULT '1 day', scale text DEFAULT 'count',
		threshold double precision DEFAULT NULL, condition text DEFAULT NULL, lang text DEFAULT NULL,
		OUT group_name text, OUT series text, OUT started timestamp, OUT ended timestamp, OUT peak timestamp,
		OUT actual double precision, OUT expected double precision, OUT common double precision,
		OUT score double precision, OUT direction text, OUT steps int, OUT explanation text)
	RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_anomalies';
COMMENT ON FUNCTION pulse.anomalies(regclass, text, text, text, text, timestamp, timestamp, interval, text, double precision, text, text) IS
'Episodes of unusual values in a table or view, the most unusual first. Rows of one series_column and step are added up (scale ''count'': sales, visits; a step without rows is zero) or averaged (scale ''level'': what is measured; a step without rows is missing). Expected is what the 56 steps before, the weekday, and the other series of the same group_column at that step say (five series or more). Alarms are looked for from since until before until, in wall-clock time of the business time zone; without them, in the last whole day (steps below a day: 24 hours). score: distance in standard deviations, over one, three or seven steps; threshold 3.5 gives about one false alarm in ten months of a daily series. Steps below a day: each series by itself, the score is a multiple of what it reached in 999 of 1000 steps before, threshold 1. direction: low or high. amount, time_column, series_column, group_column and condition are columns or expressions. Errors: 22004 a required argument is null, 22023 an unusable step, scale, threshold, language or time; 42804 an expression of another type, 54000 more than fifty million values in a group.';
-- ---- stats: how sure a difference is -------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.bootstrap_difference(before double precision[], after double precision[],
		level double precision DEFAULT 0.95, seed bigint DEFAULT 1,
		OUT difference double precision, OUT low double precision, OUT high double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'sp_bootstrap_difference';
COMMENT ON FUNCTION pulse.bootstrap_difference(double precision[], double precision[], double precision, bigint) IS
'The mean of after minus the mean of before, and the interval that holds the true difference in a share "level" of all cases: studentised bootstrap of 2000 resamples, extended to zero where a permutation test finds that chance differs as much too often. So a difference that is none is called one in at most 1 - level of all cases, also for few and skewed values. Fewer than three values on a side: an infinite interval. Nulls do not count. Values should not depend on each other: of days that do, give means of weeks. The same seed gives the same interval. Error 22023: a value that is not finite, a level outside 0.5 to 0.999.';

CREATE OR REPLACE FUNCTION pulse.bootstrap_mean(changes double precision[], level double precision DEFAULT 0.95, seed bigint DEFAULT 1,
		OUT mean double precision, OUT low double precision, OUT high double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'sp_bootstrap_mean';
COMMENT ON FUNCTION pulse.bootstrap_mean(double precision[], double precision, bigint) IS
'The mean of changes, one for each of those looked at before and after, with its interval; as bootstrap_difference(), the second trial turning signs instead.';
-- ---- stats: proportional hazards -------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.cox_add(internal, double precision, boolean, double precision[]) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_cox_add';
CREATE OR REPLACE FUNCTION pulse_internal.cox_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_cox_combine';
CREATE OR REPLACE FUNCTION pulse_internal.cox_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_cox_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.cox_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_cox_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.cox_final(internal) RETURNS pulse.cox_model
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_cox_final';
REVOKE ALL ON FUNCTION pulse_internal.cox_add(internal, double precision, boolean, double precision[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.cox_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.cox_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.cox_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.cox_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse.hazard_ratio(model pulse.cox_model, covariates double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_hazard_ratio';
COMMENT ON FUNCTION pulse.hazard_ratio(pulse.cox_model, double precision[]) IS
'How many times as fast it happens to a row with these covariates as to one at the means of the rows the model was fitted to: exp of the sum of coefficient * (covariate - mean). NULL where a covariate is NULL or the model has no coefficients. Errors: 2202E another number of covariates than the model has; 22023 a covariate that is not finite; 22003 one beyond 1e100.';

CREATE OR REPLACE FUNCTION pulse.survival(model pulse.cox_model, covariates double precision[], duration double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_survival';
COMMENT ON FUNCTION pulse.survival(pulse.cox_model, double precision[], double precision) IS
'The chance, 0 to 1, that after the duration it has not happened yet to a row with these covariates; level between the durations seen and beyond the last. Of who has got to day 90, survival(m, c, 180) / survival(m, c, 90) get to day 180. NULL where a covariate is NULL or the model has no coefficients. Errors: as hazard_ratio(); 22023 a duration that is negative or not finite.';
-- ---- stats: purchases ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_add(internal, date, date) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_add';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_combine';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_final(internal) RETURNS pulse.purchase_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_final';
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_add(internal, date, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_add(internal, pulse.purchase_history) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_add';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_combine';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_final(internal) RETURNS pulse.purchase_model
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_final';
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_add(internal, pulse.purchase_history) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse.p_alive(model pulse.purchase_model, history pulse.purchase_history) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_p_alive';
COMMENT ON FUNCTION pulse.p_alive(pulse.purchase_model, pulse.purchase_history) IS
'The chance, 0 to 1, that a customer with this history will still buy again, by the BG/NBD model (Fader, Hardie and Lee 2005). 1 without repeats, since one can only leave after a purchase. NULL for a model without parameters. Errors: 22023 a history that contradicts itself, or a parameter that is not positive.';

CREATE OR REPLACE FUNCTION pulse.expected_purchases(model pulse.purchase_model, history pulse.purchase_history, span double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_expected_purchases';
COMMENT ON FUNCTION pulse.expected_purchases(pulse.purchase_model, pulse.purchase_history, double precision) IS
'How many purchases a customer with this history is expected to make within the span from now, in the unit of the histories (days), by the BG/NBD model (Fader, Hardie and Lee 2005, equation 10). NULL for a model without parameters. Errors: as p_alive(); 22023 a span that is negative or not finite; 22003 a result that is no number.';

CREATE OR REPLACE FUNCTION pulse.rfm(relation regclass, amount text, day text, by text[], as_of date DEFAULT NULL, bins integer DEFAULT 5,
		condition text DEFAULT NULL, OUT keys jsonb, OUT currency text, OUT recency integer, OUT frequency bigint, OUT monetary numeric,
		OUT recency_score integer, OUT frequency_score integer, OUT monetary_score integer) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rfm';
COMMENT ON FUNCTION pulse.rfm(regclass, text, text, text[], date, integer, text) IS
'Recency, frequency and monetary value of each customer, from a table or view with one row per purchase: pulse.rfm(''app.orders'', amount => ''total'', day => ''order_date'', by => ''{customer_id}''). amount, day, by and condition are columns or expressions of the relation; what is bought after as_of (today) does not count. recency: days since the last purchase; frequency: days with a purchase; monetary: the sum of the amounts, one row per currency. Scores go from 1 to bins (5) among the customers of a currency, 5 being the latest, most frequent, greatest: 1 + the whole part of bins * (customers with less) / customers, so that equal values score alike. Errors: as aging_report(); 22023 bins not from 2 to 100, an amount or a day that is not finite; 22004 an argument that may not be null.';
-- ---- stats: survival ---------------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.km_median(duration double precision, happened boolean) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_median, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_median(double precision, boolean) IS
'The median duration by Kaplan and Meier: the first at which half or less are left. happened: whether it has happened after that duration, or has not happened until then (the row still counts: as longer than that). NULL when fewer than half have it happened in the time seen, or no row counts; rows with a null do not. In the unit of the durations. Errors: 22023 a duration that is negative or not finite.';

CREATE OR REPLACE AGGREGATE pulse.km_median(duration double precision, happened boolean, weight numeric) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_median, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_median(double precision, boolean, numeric) IS
'The same, each row counting by its weight, such as an amount. Weights have up to four digits after the point; a row of weight 0 does not count. Errors: 22023 a duration that is negative or not finite, or a weight that is negative or not a number; 22003 weights with more digits, or more than 9e14 together at one duration.';

CREATE OR REPLACE AGGREGATE pulse.km_mean(duration double precision, happened boolean) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_mean, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_mean(double precision, boolean) IS
'The mean duration by Kaplan and Meier, up to the longest one seen (the area under the survival curve): too short by what lies beyond, never by what is still open. NULL when no row counts. In the unit of the durations. Errors: 22023 a duration that is negative or not finite.';

CREATE OR REPLACE AGGREGATE pulse.km_mean(duration double precision, happened boolean, weight numeric) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_mean, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_mean(double precision, boolean, numeric) IS
'The same, each row counting by its weight, such as an amount. Weights have up to four digits after the point; a row of weight 0 does not count. Errors: 22023 a duration that is negative or not finite, or a weight that is negative or not a number; 22003 weights with more digits, or more than 9e14 together at one duration.';

CREATE OR REPLACE AGGREGATE pulse.km_curve(duration double precision, happened boolean) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_curve, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_curve(double precision, boolean) IS
'The survival curve by Kaplan and Meier, one step for each duration at which it happened, ascending: SELECT * FROM unnest((SELECT pulse.km_curve(days, paid) FROM ...)). Empty when it never happened, NULL when no row counts. Errors: 22023 a duration that is negative or not finite.';

CREATE OR REPLACE AGGREGATE pulse.km_curve(duration double precision, happened boolean, weight numeric) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_curve, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_curve(double precision, boolean, numeric) IS
'The same, each row counting by its weight, such as an amount. Weights have up to four digits after the point; a row of weight 0 does not count. Errors: 22023 a duration that is negative or not finite, or a weight that is negative or not a number; 22003 weights with more digits, or more than 9e14 together at one duration.';
-- ---- stats: anomaly aggregates ---------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.anomaly_points(series text, at timestamp, amount double precision,
		since timestamp, until timestamp, step interval, scale text, threshold double precision) (
	SFUNC = pulse_internal.anomaly_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = pulse_internal.anomaly_points, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.anomaly_points(text, timestamp, double precision, timestamp, timestamp, interval, text, double precision) IS
'Every step from since (NULL: the first) until before until (NULL: after the last row) of every series in a group, with its score: SELECT * FROM unnest((SELECT pulse.anomaly_points(store, day, sales, NULL, NULL, interval ''1 day'', ''count'', NULL) FROM ... WHERE city = 5)). Give it the 62 steps before since, too. Arguments from since on are those of the first row; see pulse.anomalies(). A step without a score (fewer than 14 steps of history, a missing value) has NULL. Errors: 22023, 54000 as there.';

CREATE OR REPLACE AGGREGATE pulse.anomaly_episodes(series text, at timestamp, amount double precision,
		since timestamp, until timestamp, step interval, scale text, threshold double precision) (
	SFUNC = pulse_internal.anomaly_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = pulse_internal.anomaly_episodes, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.anomaly_episodes(text, timestamp, double precision, timestamp, timestamp, interval, text, double precision) IS
'The same, only what is at the threshold, and alarms with at most three steps between them as one: what pulse.anomalies() is made of, for relations that it cannot name. Steps below a day: an alarm mutes its series for a twentieth of its steps, at most a thousand.';
-- ---- stats: proportional hazards -------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.fit_cox(duration double precision, happened boolean, covariates double precision[]) (
	SFUNC = pulse_internal.cox_add, STYPE = internal, SSPACE = 1000000,
	FINALFUNC = pulse_internal.cox_final, COMBINEFUNC = pulse_internal.cox_combine,
	SERIALFUNC = pulse_internal.cox_serialize, DESERIALFUNC = pulse_internal.cox_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.fit_cox(double precision, boolean, double precision[]) IS
'How up to 64 covariates lengthen or shorten the time until something happens, such as the loss of a customer: Cox''s proportional hazards (1972), ties by Efron (1977). happened: whether it has happened after that duration, or has not happened until then. Rows with a null, also among the covariates, do not count. The result depends neither on the order of the rows nor on parallel workers. Errors: 22023 a duration that is negative, or a number that is not finite; 22003 a covariate beyond 1e100; 2202E rows with different numbers of covariates.';
-- ---- stats: purchases ----------------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.purchase_history(day date, as_of date) (
	SFUNC = pulse_internal.purchase_days_add, STYPE = internal, SSPACE = 256,
	FINALFUNC = pulse_internal.purchase_days_final, COMBINEFUNC = pulse_internal.purchase_days_combine,
	SERIALFUNC = pulse_internal.purchase_days_serialize, DESERIALFUNC = pulse_internal.purchase_days_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.purchase_history(date, date) IS
'A customer''s purchases until as_of, in days: SELECT customer_id, pulse.purchase_history(order_date, date ''2026-09-30'') FROM app.orders GROUP BY 1. Several on one day are one purchase; those after as_of, and rows with a null, do not count; NULL when none counts. Errors: SP301 as_of varies within a group; 22023 an infinite date.';

CREATE OR REPLACE AGGREGATE pulse.fit_purchases(history pulse.purchase_history) (
	SFUNC = pulse_internal.purchase_fit_add, STYPE = internal, SSPACE = 4096,
	FINALFUNC = pulse_internal.purchase_fit_final, COMBINEFUNC = pulse_internal.purchase_fit_combine,
	SERIALFUNC = pulse_internal.purchase_fit_serialize, DESERIALFUNC = pulse_internal.purchase_fit_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.fit_purchases(pulse.purchase_history) IS
'The BG/NBD model (Fader, Hardie and Lee 2005) that makes the histories most likely, one row per customer. The result depends neither on the order of the rows nor on parallel workers. NULL when no row counts. Errors: 22023 a history that contradicts itself.';
-- ---- event: kinds, watches, gaps, incarnations, consumers ---------------------

CREATE SEQUENCE pulse_internal.event_id AS bigint INCREMENT BY 64;
COMMENT ON SEQUENCE pulse_internal.event_id IS 'Ids of events of all kinds, taken in blocks of 64.';

CREATE TABLE pulse_internal.event_kind (
	kind_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	relation regclass NOT NULL,
	dedup boolean NOT NULL DEFAULT false,
	keep interval,
	indexed text[] NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.event_kind IS 'Event kinds and their tables; see pulse.events.';

CREATE TABLE pulse_internal.watch (
	watch_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	relation regclass NOT NULL,
	kind_id int NOT NULL REFERENCES pulse_internal.event_kind,
	operations text[] NOT NULL,
	capture_level text NOT NULL CHECK (capture_level IN ('statement', 'row')),
	columns text,				-- the mapping, as written: at = created_at, customer = customer_id
	condition text,
	changes_of text[],			-- update: only where one of these columns changed
	on_failure text NOT NULL CHECK (on_failure IN ('record', 'raise')),
	author regrole NOT NULL,
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'paused', 'broken')),
	reason text,
	created_at timestamptz NOT NULL,
	UNIQUE (relation, kind_id)
);
COMMENT ON TABLE pulse_internal.watch IS 'Bindings of application tables to event kinds; see pulse.watches.';

CREATE TABLE pulse_internal.capture_error (
	watch_id int NOT NULL,
	failed_at timestamptz NOT NULL,
	row_key text,
	sqlstate_code text NOT NULL,
	message text NOT NULL
);
COMMENT ON TABLE pulse_internal.capture_error IS 'Rows whose mapping or condition failed; see pulse.capture_errors.';

CREATE TABLE pulse_internal.event_gap (
	watch_id int NOT NULL,
	since timestamptz NOT NULL,
	until timestamptz,
	reason text NOT NULL
);
COMMENT ON TABLE pulse_internal.event_gap IS 'Spans in which a watch captured nothing; repair_watch() closes them.';

CREATE TABLE pulse_internal.incarnation (
	number int PRIMARY KEY,
	system_identifier bigint NOT NULL,
	database oid NOT NULL,
	began_at timestamptz NOT NULL,
	delivery_held boolean NOT NULL
);
COMMENT ON TABLE pulse_internal.incarnation IS 'Clusters and databases this data has lived in, newest last.';

CREATE TABLE pulse_internal.consumer (
	name text PRIMARY KEY,
	incarnation int NOT NULL,
	snapshot text NOT NULL,		-- what was visible: a pg_snapshot of this incarnation
	watermark timestamptz NOT NULL,
	recorded_floor timestamptz NOT NULL,	-- what was not visible arrives no earlier
	batch_incarnation int,		-- the batch being worked off in slices, if any: its position
	batch_snapshot text,
	batch_watermark timestamptz,
	batch_floor timestamptz,
	slice_at timestamptz,		-- its last consumed event
	slice_event bigint,
	batches bigint NOT NULL DEFAULT 0,
	events bigint NOT NULL DEFAULT 0,
	late_events bigint NOT NULL DEFAULT 0,
	lanes int					-- over which the batch is shared out; NULL: it is not
);
COMMENT ON TABLE pulse_internal.consumer IS 'Readers of events and their positions; see pulse.stat_consumers.';

ALTER SEQUENCE pulse_internal.event_id OWNER TO pulse_owner;
ALTER TABLE pulse_internal.event_kind OWNER TO pulse_owner;
ALTER TABLE pulse_internal.watch OWNER TO pulse_owner;
ALTER TABLE pulse_internal.capture_error OWNER TO pulse_owner;
ALTER TABLE pulse_internal.event_gap OWNER TO pulse_owner;
ALTER TABLE pulse_internal.incarnation OWNER TO pulse_owner;
ALTER TABLE pulse_internal.consumer OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.event_id', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.event_kind', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.event_kind_kind_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.watch', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.watch_watch_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.capture_error', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.event_gap', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.incarnation', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.consumer', '');
-- ---- event: what consumers remember of leaves they need not read any more ---------

CREATE TABLE pulse_internal.consumer_leaf (
	consumer text NOT NULL REFERENCES pulse_internal.consumer ON UPDATE CASCADE ON DELETE CASCADE,
	kind_id int NOT NULL REFERENCES pulse_internal.event_kind ON DELETE CASCADE,
	since timestamptz NOT NULL,	-- lower bound of the leaf
	next_at timestamptz NOT NULL,
	PRIMARY KEY (consumer, kind_id, since)
);
COMMENT ON TABLE pulse_internal.consumer_leaf IS
'Leaves of earlier months with events that have not happened yet: the least of their instants.';
ALTER TABLE pulse_internal.consumer_leaf OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.consumer_leaf', '');
-- ---- event: what capture keeps beside the catalogs -----------------------------

CREATE TABLE pulse_internal.event_dedup (
	kind_id int NOT NULL,
	dedup_key text NOT NULL,
	recorded timestamptz NOT NULL,
	PRIMARY KEY (kind_id, dedup_key)
);
COMMENT ON TABLE pulse_internal.event_dedup IS
'Keys of the events that have one, across the leaves of their kinds: a second event of the same key is not stored.';
ALTER TABLE pulse_internal.event_dedup OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.event_dedup', '');

CREATE INDEX capture_error_watch ON pulse_internal.capture_error (watch_id);
CREATE INDEX event_gap_watch ON pulse_internal.event_gap (watch_id);

-- whoever makes event tables and watches names functions of this schema in them
GRANT USAGE ON SCHEMA pulse_internal TO pulse_admin, pulse_author;
GRANT SELECT ON pulse_internal.watch, pulse_internal.event_gap TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;
-- messages quote values: who monitors counts them
GRANT SELECT ON pulse_internal.capture_error TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT (watch_id, failed_at) ON pulse_internal.capture_error TO pg_monitor;
-- ---- event: lanes of a batch that several sessions work off --------------------------

CREATE TABLE pulse_internal.consumer_lane (
	consumer text NOT NULL REFERENCES pulse_internal.consumer ON UPDATE CASCADE ON DELETE CASCADE,
	lane int NOT NULL,
	slice_at timestamptz NOT NULL,	-- its last consumed event; infinity: all of them
	slice_event bigint NOT NULL,
	finished boolean NOT NULL DEFAULT false,
	events bigint NOT NULL DEFAULT 0,
	late_events bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (consumer, lane)
) WITH (fillfactor = 10);
COMMENT ON TABLE pulse_internal.consumer_lane IS
'Parts of the batch of a consumer that is shared out, each worked off by whoever holds its row; see pulse.stat_lanes.';
ALTER TABLE pulse_internal.consumer_lane OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.consumer_lane', '');
-- ---- event: stamps, leaves, batches, incarnations -------------------------------

-- Defaults of the header columns of event tables. Whoever may insert may call them.
CREATE OR REPLACE FUNCTION pulse_internal.next_event_id() RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_next_event_id';
CREATE OR REPLACE FUNCTION pulse_internal.event_at() RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_event_at';
CREATE OR REPLACE FUNCTION pulse_internal.event_recorded() RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_event_recorded';
CREATE OR REPLACE FUNCTION pulse_internal.event_txid() RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_event_txid_value';

CREATE OR REPLACE FUNCTION pulse_internal.make_leaves(kind_id int, relation regclass) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_make_leaves_of';
REVOKE ALL ON FUNCTION pulse_internal.make_leaves(int, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.make_leaves(int, regclass) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.begin_incarnation() RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_begin_incarnation';
REVOKE ALL ON FUNCTION pulse_internal.begin_incarnation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.begin_incarnation() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.delivery_held() RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_delivery_held';
REVOKE ALL ON FUNCTION pulse_internal.delivery_held() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.delivery_held() TO pg_monitor, pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_relay;

CREATE OR REPLACE FUNCTION pulse.delivery_identity() RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_delivery_identity';
COMMENT ON FUNCTION pulse.delivery_identity() IS
'System identifier of the cluster and oid of this database, as ''identifier/oid''. A relay names the pair it expects, so that it never delivers for a copy.';

CREATE OR REPLACE FUNCTION pulse.resume_delivery() RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.begin_incarnation();
	UPDATE pulse_internal.incarnation SET delivery_held = false
	WHERE incarnation.delivery_held;
END;
ALTER FUNCTION pulse.resume_delivery() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.resume_delivery() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resume_delivery() TO pulse_admin;
COMMENT ON FUNCTION pulse.resume_delivery() IS
'Lets messages go out again after this database was restored or copied from another. Until then nothing is delivered from a copy. Without effect where nothing is held.';

CREATE OR REPLACE FUNCTION pulse_internal.open_writers(
		OUT pid int, OUT since timestamptz, OUT passed boolean) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_open_writers_rows';
REVOKE ALL ON FUNCTION pulse_internal.open_writers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.open_writers() TO pg_monitor, pulse_owner, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.register_consumer(consumer text, since timestamptz DEFAULT 'infinity')
	RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_register_consumer';
REVOKE ALL ON FUNCTION pulse_internal.register_consumer(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.register_consumer(text, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.next_batch(consumer text, max_events int,
		OUT kind text, OUT event_id bigint, OUT at timestamptz, OUT late boolean) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_next_batch';
REVOKE ALL ON FUNCTION pulse_internal.next_batch(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_batch(text, int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.pending_events(
		OUT consumer text, OUT kind_id int, OUT pending bigint) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_pending_events';
REVOKE ALL ON FUNCTION pulse_internal.pending_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pending_events() TO pulse_owner;
GRANT EXECUTE ON FUNCTION pulse_internal.pending_events() TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.newest_recorded(relation regclass) RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_newest_recorded';
REVOKE ALL ON FUNCTION pulse_internal.newest_recorded(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.newest_recorded(regclass) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.drop_leaves(relation regclass, before timestamptz) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_leaves';
REVOKE ALL ON FUNCTION pulse_internal.drop_leaves(regclass, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_leaves(regclass, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.summarise_leaves(relation regclass) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_summarise_leaves';
REVOKE ALL ON FUNCTION pulse_internal.summarise_leaves(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.summarise_leaves(regclass) TO pulse_owner;

-- Leaves of a kind that end by this instant may go: "keep" allows it, every
-- consumer has read them, and no wait is open since before their end.  (Rollups sum
-- application tables; none needs events.)
CREATE OR REPLACE FUNCTION pulse_internal.keep_since(kind_id int, keep interval)
	RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
	instant timestamptz := pulse.clock() - keep;
	needed timestamptz;
BEGIN
	SELECT least(instant, min(date_trunc('month', c.recorded_floor) - interval '1 month'))
	INTO instant FROM pulse_internal.consumer AS c;
	SELECT least(instant, min(l.since)) INTO instant
	FROM pulse_internal.consumer_leaf AS l WHERE l.kind_id = keep_since.kind_id;
	-- a table of a room further down
	IF to_regclass('pulse_internal.wait') IS NOT NULL THEN
		EXECUTE format('SELECT min(trigger_recorded) FROM %s WHERE trigger_kind > 0', to_regclass('pulse_internal.wait')) INTO needed;
		instant := least(instant, needed);
	END IF;
	RETURN instant;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.keep_since(int, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.keep_since(int, interval) TO pulse_owner;

-- Upkeep of all event tables, a job of the tick.  What is locked now is done the
-- next time; a table that cannot be kept up does not stop the others.
CREATE OR REPLACE FUNCTION pulse_internal.maintain_events() RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT k.kind_id, k.name, k.relation FROM pulse_internal.event_kind AS k
		JOIN pg_class AS c ON c.oid = k.relation ORDER BY k.kind_id
	LOOP
		BEGIN
			PERFORM pulse_internal.make_leaves(kind.kind_id, kind.relation);
			PERFORM pulse_internal.summarise_leaves(kind.relation);
		EXCEPTION
			WHEN lock_not_available OR deadlock_detected THEN NULL;
			WHEN others THEN RAISE WARNING 'event %: %', kind.name, sqlerrm;
		END;
	END LOOP;

	-- one kind at a time: its writers wait until this transaction ends
	FOR kind IN
		SELECT k.name, k.relation, pulse_internal.keep_since(k.kind_id, k.keep) AS since FROM pulse_internal.event_kind AS k
		JOIN pg_class AS c ON c.oid = k.relation WHERE k.keep IS NOT NULL ORDER BY k.kind_id
	LOOP
		BEGIN
			EXIT WHEN pulse_internal.drop_leaves(kind.relation, kind.since) > 0;
		EXCEPTION
			WHEN lock_not_available OR deadlock_detected THEN NULL;
			WHEN others THEN RAISE WARNING 'event %: %', kind.name, sqlerrm;
		END;
	END LOOP;
END
$$;
ALTER FUNCTION pulse_internal.maintain_events() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.maintain_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.maintain_events() TO pulse_admin;

-- A clock that is set back makes events arrive in leaves that consumers have left behind.
CREATE OR REPLACE FUNCTION pulse_internal.look_back() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	instant timestamptz := CASE new.value WHEN 'system' THEN clock_timestamp() ELSE new.value::timestamptz END;
BEGIN
	UPDATE pulse_internal.consumer AS c
	SET recorded_floor = least(c.recorded_floor, instant), batch_floor = least(c.batch_floor, instant)
	WHERE c.recorded_floor > instant OR c.batch_floor > instant;
	RETURN NULL;
END
$$;
ALTER FUNCTION pulse_internal.look_back() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.look_back() FROM PUBLIC;
-- ---- event: kinds, watches, capture ---------------------------------------------

-- Whoever may make a watch may attach these; what they write is in the watch catalog.
CREATE OR REPLACE FUNCTION pulse_internal.capture() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_capture';
REVOKE ALL ON FUNCTION pulse_internal.capture() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.capture() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.keep_first() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_keep_first';
REVOKE ALL ON FUNCTION pulse_internal.keep_first() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.keep_first() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_event(name text, columns text, dedup boolean DEFAULT false,
		indexed text[] DEFAULT '{}', keep interval DEFAULT NULL) RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_event';
REVOKE ALL ON FUNCTION pulse.create_event(text, text, boolean, text[], interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_event(text, text, boolean, text[], interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_event(text, text, boolean, text[], interval) IS
'Makes an event kind: a table of the caller''s in the schema of the setting event_schema, partitioned by month of arrival. columns: names and types as in CREATE TABLE, such as ''customer int, due date''; event_id, at, recorded and txid come in front. dedup: adds dedup_key text; a second event of the same key is not stored. indexed: columns with a b-tree, for looking back by key. keep: span after which whole months are dropped; NULL keeps all. Returns the table. Errors: SP402 the event exists, 42601 unreadable columns, 42701 a column twice or of the header, 42703 an unknown column to index, 22023 a keep that is not positive.';

CREATE OR REPLACE FUNCTION pulse.alter_event(event text, keep interval DEFAULT NULL,
		add_columns text DEFAULT NULL, keep_forever boolean DEFAULT false) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_event';
REVOKE ALL ON FUNCTION pulse.alter_event(text, interval, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_event(text, interval, text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_event(text, interval, text, boolean) IS
'Changes an event kind: how long its events are kept (keep, or keep_forever), and columns to add, such as ''region text''. NULL changes nothing. Only the owner of its table may. Errors: SP401 unknown event, 42501 not the owner, 22023, 42601 and 42701 as in create_event().';

CREATE OR REPLACE FUNCTION pulse.drop_event(event text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_event';
REVOKE ALL ON FUNCTION pulse.drop_event(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_event(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_event(text) IS
'Drops an event kind, its table and all its events. Only the owner of the table may. Errors: SP401 unknown event, 42501 not the owner, 2BP01 a watch still writes it or something else depends on it.';

CREATE OR REPLACE FUNCTION pulse.watch(relation regclass, event text, columns text DEFAULT NULL,
		condition text DEFAULT NULL, operations text[] DEFAULT '{insert}', changes_of text[] DEFAULT NULL,
		capture_level text DEFAULT NULL, on_failure text DEFAULT 'record', backfill boolean DEFAULT false,
		lock_timeout interval DEFAULT '5 seconds') RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_watch';
REVOKE ALL ON FUNCTION pulse.watch(regclass, text, text, text, text[], text[], text, text, boolean, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.watch(regclass, text, text, text, text[], text[], text, text, boolean, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.watch(regclass, text, text, text, text[], text[], text, text, boolean, interval) IS
'Binds a table to an event: from now on each row that is inserted (or as operations say: insert, update, delete) becomes an event, in the same transaction. columns: the mapping, such as ''at = created_at, customer = customer_id, amount = total - paid''; without one, columns of the same name. The first watch of an event makes it, with the types of the expressions. condition: only rows that meet it. changes_of: only updates that change one of these columns; an update that changes nothing never counts. capture_level: statement or row; NULL chooses row where a logical-replication subscription fills the table. on_failure: record (a row that cannot be captured is stored all the same, see pulse.capture_errors) or raise. backfill: also the rows that are there already. Waits for its lock at most lock_timeout. Needs the TRIGGER privilege on the table. Returns the event''s table. Errors: 42809 a relation that cannot be watched, SP402 watched for this event already, 42601 unreadable mapping or condition, 42703 unknown column, 42804 types that do not fit, 42501 missing rights, 55P03 lock not available.';

CREATE OR REPLACE FUNCTION pulse.alter_watch(relation regclass, event text, columns text DEFAULT NULL,
		condition text DEFAULT NULL, operations text[] DEFAULT NULL, changes_of text[] DEFAULT NULL,
		capture_level text DEFAULT NULL, on_failure text DEFAULT NULL,
		lock_timeout interval DEFAULT '5 seconds') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_watch';
REVOKE ALL ON FUNCTION pulse.alter_watch(regclass, text, text, text, text[], text[], text, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_watch(regclass, text, text, text, text[], text[], text, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_watch(regclass, text, text, text, text[], text[], text, text, interval) IS
'Changes a watch; NULL leaves a part as it is, condition => ''true'' takes the condition away, changes_of => ''{}'' the columns. Who writes columns or condition becomes the author, and where the watch is another''s has to write both; the other parts leave the author as he is. A broken watch that fits again goes on. Waits for its lock at most lock_timeout. Errors: SP403 no such watch, and those of watch().';

CREATE OR REPLACE FUNCTION pulse.pause_watch(relation regclass, event text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_pause_watch';
REVOKE ALL ON FUNCTION pulse.pause_watch(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.pause_watch(regclass, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.pause_watch(regclass, text) IS
'Stops a watch for everybody until resume_watch(), and begins a gap that repair_watch() can fill later. Its author, the owner of the table and members of pulse_admin may. Errors: SP403 no such watch, 42501.';

CREATE OR REPLACE FUNCTION pulse.resume_watch(relation regclass, event text,
		lock_timeout interval DEFAULT '5 seconds') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_resume_watch';
REVOKE ALL ON FUNCTION pulse.resume_watch(regclass, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resume_watch(regclass, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.resume_watch(regclass, text, interval) IS
'Lets a paused or broken watch go on, from the end of this transaction; the gap stays listed until repair_watch(). Waits for open writers at most lock_timeout. Errors: SP403 no such watch, 42501, 55P03 lock not available, and what still breaks it.';

CREATE OR REPLACE FUNCTION pulse.repair_watch(relation regclass, event text,
		lock_timeout interval DEFAULT '5 seconds') RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_repair_watch';
REVOKE ALL ON FUNCTION pulse.repair_watch(regclass, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.repair_watch(regclass, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.repair_watch(regclass, text, interval) IS
'Reads from the table what a watch missed: rows whose "at" lies in a gap (all rows, where "at" is not mapped) and rows that failed, unless their event is there. Updates and deletes of the gap cannot be read back. A broken watch that fits again goes on. Rows that still fail are recorded again. Returns the number of events written. Errors: SP403 no such watch, 55000 the watch is paused, 25001 in a REPEATABLE READ transaction, 42501, and what still breaks it.';

CREATE OR REPLACE FUNCTION pulse.drop_watch(relation regclass, event text,
		lock_timeout interval DEFAULT '5 seconds') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_watch';
REVOKE ALL ON FUNCTION pulse.drop_watch(regclass, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_watch(regclass, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_watch(regclass, text, interval) IS
'Ends a watch; the events stay. The table''s triggers go with its last watch, where the caller owns the table. Waits for its lock at most lock_timeout. Errors: SP403 no such watch, 42501, 55P03 lock not available.';

CREATE OR REPLACE FUNCTION pulse.emit_event(event text, columns jsonb, at timestamptz DEFAULT NULL) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_emit_event';
REVOKE ALL ON FUNCTION pulse.emit_event(text, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.emit_event(text, jsonb, timestamptz) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.emit_event(text, jsonb, timestamptz) IS
'Writes one event: columns as a JSON object, at the instant when it happened (NULL: now). With the caller''s rights: it needs INSERT on the event''s table. Returns event_id; NULL when an event with the same dedup_key is there. An INSERT into the table does the same. Errors: SP401 unknown event, 42703 unknown column, 22023 not an object or a header column, 42501.';

CREATE OR REPLACE FUNCTION pulse_internal.maintain_watches() RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_maintain_watches';
REVOKE ALL ON FUNCTION pulse_internal.maintain_watches() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.maintain_watches() TO pulse_owner;
-- ---- event: triggers of the position tables -------------------------------------

CREATE TRIGGER incarnation_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.incarnation
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();

CREATE TRIGGER clock_set AFTER INSERT OR UPDATE ON pulse_internal.setting
	FOR EACH ROW WHEN (new.name = 'clock') EXECUTE FUNCTION pulse_internal.look_back();

GRANT SELECT ON pulse_internal.consumer, pulse_internal.event_kind
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- event: catalogs that backend caches are filled from ------------------------

CREATE TRIGGER event_kind_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.event_kind
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
CREATE TRIGGER watch_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.watch
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- event: errors of capture show rows of the watched table -----------------------------
-- The owner of the table, the engine, is not held to the policies.

ALTER TABLE pulse_internal.capture_error ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.capture_error FOR SELECT TO pulse_admin, pulse_analyst, pg_monitor USING (true);
CREATE POLICY readable ON pulse_internal.capture_error FOR SELECT TO pulse_author
	USING (watch_id IN (SELECT w.watch_id FROM pulse_internal.watch AS w
						WHERE pg_has_role(w.author, 'USAGE') OR has_any_column_privilege(w.relation::oid, 'SELECT')));
-- ---- event: what consumers and event tables are doing -----------------------------

CREATE OR REPLACE VIEW pulse.stat_consumers WITH (security_invoker = true) AS
	SELECT c.name AS consumer, c.incarnation, c.watermark,
		pulse.clock() - c.watermark AS behind,
		c.batch_snapshot IS NOT NULL AS in_batch,
		c.batches, c.events, c.late_events,
		held.pid AS holder, held.since AS held_since,
		coalesce(held.passed, false) AS holder_passed, coalesce(held.writers, 0) AS open_writers
	FROM pulse_internal.consumer AS c
	LEFT JOIN LATERAL (
		SELECT w.pid, w.since, w.passed, count(*) OVER () AS writers
		FROM pulse_internal.open_writers() AS w
		ORDER BY w.since FETCH FIRST ROW ONLY) AS held ON true;
COMMENT ON VIEW pulse.stat_consumers IS
'Readers of events, one row each: watermark (events before it are consumed), behind (how far the clock is ahead of it), in_batch (a batch is being worked off in slices), batches, events and late_events consumed so far; holder and held_since: process and start of the oldest open transaction that has written events (holder NULL: a prepared one, see pg_prepared_xacts); holder_passed: it has been open longer than max_hold, so the watermark no longer waits for it and its events will be late; open_writers: how many there are.';
GRANT SELECT ON pulse.stat_consumers TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_events WITH (security_invoker = true) AS
	SELECT k.name AS event, k.relation,
		(SELECT count(*) FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.relation) AS leaves,
		(SELECT sum(pg_catalog.pg_total_relation_size(i.inhrelid))::bigint
		 FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.relation) AS bytes,
		pulse_internal.newest_recorded(k.relation) AS newest,
		coalesce(waiting.pending, 0) AS pending
	FROM pulse_internal.event_kind AS k
	JOIN pg_catalog.pg_class AS t ON t.oid = k.relation
	LEFT JOIN (SELECT p.kind_id, max(p.pending) AS pending
			   FROM pulse_internal.pending_events() AS p GROUP BY p.kind_id) AS waiting
		ON waiting.kind_id = k.kind_id;
COMMENT ON VIEW pulse.stat_events IS
'Event kinds, one row each: leaves (partitions by month of arrival, UTC, with the default one), bytes with indexes, newest (when the last event arrived, from the last page written), pending (committed events that the consumer furthest behind has not consumed, among them those that have not happened yet). Counting pending costs a read of the backlog.';
GRANT SELECT ON pulse.stat_events TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- event: what people see of kinds and watches ---------------------------------

CREATE OR REPLACE VIEW pulse.events WITH (security_invoker = true) AS
	SELECT k.name, k.relation,
		ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
			  WHERE a.attrelid = k.relation AND a.attnum > 4 AND NOT a.attisdropped
			  ORDER BY a.attnum) AS columns,
		k.indexed, k.dedup, k.keep, k.created_at
	FROM pulse_internal.event_kind AS k;
COMMENT ON VIEW pulse.events IS
'Event kinds: name, table, columns of their own (after event_id, at, recorded, txid), columns indexed for looking back, whether a repeated dedup_key is left out, how long events are kept (NULL: for ever), since when.';
GRANT SELECT ON pulse.events TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;

CREATE OR REPLACE VIEW pulse.watches WITH (security_invoker = true) AS
	SELECT w.relation, k.name AS event, w.operations, w.columns, w.condition, w.changes_of,
		w.capture_level, w.on_failure, w.author, w.state, w.reason, w.created_at
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id;
COMMENT ON VIEW pulse.watches IS
'Watches: table, event, operations, mapping and condition (with every name in full), columns whose change counts, level of capture, what a failure does, author; state ok, paused or broken, and why.';
GRANT SELECT ON pulse.watches TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;

CREATE OR REPLACE VIEW pulse.capture_errors WITH (security_invoker = true) AS
	SELECT w.relation, k.name AS event, e.failed_at, e.row_key, e.sqlstate_code, e.message
	FROM pulse_internal.capture_error AS e
	JOIN pulse_internal.watch AS w ON w.watch_id = e.watch_id
	JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id;
COMMENT ON VIEW pulse.capture_errors IS
'Rows that are stored but whose event could not be written: table, event, when, primary key (NULL where the table has none), SQLSTATE, message. pulse.repair_watch(relation, event) tries them again.';
GRANT SELECT ON pulse.capture_errors TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_watches WITH (security_invoker = true) AS
	SELECT w.relation, k.name AS event, w.state,
		(SELECT pg_catalog.count(*) FROM pulse_internal.capture_error AS e
		 WHERE e.watch_id = w.watch_id) AS errors,
		(SELECT pg_catalog.max(e.failed_at) FROM pulse_internal.capture_error AS e
		 WHERE e.watch_id = w.watch_id) AS last_error_at,
		(SELECT pg_catalog.count(*) FROM pulse_internal.event_gap AS g
		 WHERE g.watch_id = w.watch_id) AS gaps,
		(SELECT pg_catalog.min(g.since) FROM pulse_internal.event_gap AS g
		 WHERE g.watch_id = w.watch_id) AS first_gap_at,
		(SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(i.inhrelid))::bigint
		 FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.relation) AS event_rows
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id;
COMMENT ON VIEW pulse.stat_watches IS
'How watches do: state, rows that failed and when last, gaps and since when, and the rows written to the event by all its watches and writers since the statistics were reset.';
GRANT SELECT ON pulse.stat_watches TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;
-- ---- event: lanes ----------------------------------------------------------------------

GRANT SELECT ON pulse_internal.consumer_lane TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_lanes WITH (security_invoker = true) AS
	SELECT l.consumer, l.lane, CASE WHEN isfinite(l.slice_at) THEN l.slice_at END AS read_until, l.slice_at = 'infinity' AS all_read,
		l.finished, l.events, l.late_events
	FROM pulse_internal.consumer_lane AS l;
COMMENT ON VIEW pulse.stat_lanes IS
'Lanes of a batch that is shared out, none between such batches: read_until (instant of the last event it has read), all_read (it has read all of the batch), finished (and all waits that were due), events and late_events read so far (each lane reads all of the batch). The last lane is that of rules that are not divided by key.';
GRANT SELECT ON pulse.stat_lanes TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- rule: where the next due waits are ------------------------------------------
-- Not dumped: a floor that is too low costs time and nothing else.

CREATE TABLE pulse_internal.due_floor (
	due_at timestamptz NOT NULL,
	wait_id bigint NOT NULL,
	lane int NOT NULL DEFAULT -1 UNIQUE,	-- of a batch that is shared out; -1: the sweep that is not
	resets bigint NOT NULL DEFAULT 0	-- how often a rule that started has reset it
) WITH (fillfactor = 10);
COMMENT ON TABLE pulse_internal.due_floor IS
'A row, and while lanes share a batch one for each, not dumped: no wait of a running rule is open and due before this, in the order (due_at, wait_id). The sweep looks for due waits from here on, past the entries of those that are gone.';
INSERT INTO pulse_internal.due_floor (due_at, wait_id) VALUES ('-infinity', 0);
ALTER TABLE pulse_internal.due_floor OWNER TO pulse_owner;
-- ---- rule: waits and firings ---------------------------------------------------

CREATE TABLE pulse_internal.wait (
	wait_id bigint GENERATED BY DEFAULT AS IDENTITY,
	rule_id int NOT NULL,
	key text NOT NULL,
	opened_at timestamptz NOT NULL,
	trigger_kind int NOT NULL,
	trigger_event bigint NOT NULL,
	trigger_recorded timestamptz NOT NULL,
	anchor timestamptz NOT NULL,
	next_step int NOT NULL,
	repetition int NOT NULL DEFAULT 0,	-- of next_step, a repeat: how often it has come
	repeat_since timestamptz,	-- and what it counts from
	due_at timestamptz,			-- NULL: waits only for its end
	first_due timestamptz,
	previous_due timestamptz,
	end_reason text CHECK (end_reason IN ('answered', 'until', 'answered_late', 'moved', 'completed', 'cleared', 'ended')),
	ended_at timestamptz,
	end_event bigint,
	sweep_at timestamptz,		-- due_at, and after the last step what it was
	-- the number alone tells waits apart; whoever looks for one has its key
	CONSTRAINT wait_key PRIMARY KEY (key, rule_id, wait_id)
) WITH (fillfactor = 65);
CREATE INDEX wait_due ON pulse_internal.wait (sweep_at, wait_id) WHERE sweep_at IS NOT NULL;
CREATE INDEX wait_ended ON pulse_internal.wait (wait_id) WHERE end_reason IS NOT NULL;
COMMENT ON TABLE pulse_internal.wait IS
'Open instances of rules, and ended ones whose case is not resolved yet; see pulse.waits.';

CREATE TABLE pulse_internal.firing (
	firing_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	rule_id int NOT NULL,
	wait_id bigint NOT NULL,
	key text NOT NULL,
	key_name text NOT NULL,
	step int NOT NULL,
	repetition int NOT NULL DEFAULT 0,	-- from 1; 0: the step is no repeat
	due_at timestamptz NOT NULL,
	swept_at timestamptz NOT NULL,
	released_at timestamptz,
	superseded boolean NOT NULL,
	late_answer_at timestamptz,	-- when that happened which, known in time, would have prevented it
	mode text NOT NULL,
	guard text,					-- what the step asks of its case: UNLESS ACKNOWLEDGED ...
	together text,				-- the trigger's column by which its actions are put together
	withheld text,				-- why the guard kept it from acting
	trigger_kind int NOT NULL,
	trigger_event bigint NOT NULL,
	trigger_recorded timestamptz NOT NULL,
	evidence jsonb NOT NULL,
	acts_at timestamptz,		-- when its digest goes out; NULL: at once
	version int,				-- of the rule it fired under; NULL: from before versions were kept
	UNIQUE (wait_id, step, repetition)
);
CREATE INDEX firing_unreleased ON pulse_internal.firing (firing_id) WHERE released_at IS NULL;
CREATE INDEX firing_key ON pulse_internal.firing (key);
COMMENT ON TABLE pulse_internal.firing IS
'Steps of rules that came due, with their evidence; see pulse.firings.';

CREATE TABLE pulse_internal.rule_once (
	rule_id int,
	key text,
	PRIMARY KEY (rule_id, key)
);
COMMENT ON TABLE pulse_internal.rule_once IS 'Keys for which a rule that says ONCE has had its wait.';

CREATE TABLE pulse_internal.rule_stat (
	rule_id int PRIMARY KEY,
	events bigint NOT NULL DEFAULT 0,
	waits bigint NOT NULL DEFAULT 0,
	firings bigint NOT NULL DEFAULT 0,
	superseded bigint NOT NULL DEFAULT 0,
	answered bigint NOT NULL DEFAULT 0,
	answered_late bigint NOT NULL DEFAULT 0,
	last_event_at timestamptz,
	last_firing_at timestamptz
);
COMMENT ON TABLE pulse_internal.rule_stat IS 'What each rule has done so far; see pulse.stat_rules.';

ALTER TABLE pulse_internal.wait OWNER TO pulse_owner;
ALTER TABLE pulse_internal.firing OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_once OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_stat OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.wait', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.wait_wait_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.firing', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.firing_firing_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_once', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_stat', '');
-- ---- rule: what is not divided over lanes --------------------------------------------

CREATE TABLE pulse_internal.whole_rule (
	rule_id int PRIMARY KEY
);
COMMENT ON TABLE pulse_internal.whole_rule IS
'Rules that one lane has to itself, as of when the batch was shared out.';
ALTER TABLE pulse_internal.whole_rule OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.whole_rule', '');
-- ---- rule: the language ----------------------------------------------------------

CREATE TYPE pulse.rule;

CREATE TABLE pulse_internal.label (
	class text NOT NULL CHECK (class IN ('event', 'column', 'key', 'role', 'channel', 'template', 'value', 'function', 'relation')),
	scope text NOT NULL DEFAULT '',	-- of a column its event, of a value its column; '': any
	name text NOT NULL,
	en text,
	zh text,
	PRIMARY KEY (class, scope, name)
);
COMMENT ON TABLE pulse_internal.label IS 'What names are called in sentences; see pulse.labels.';
ALTER TABLE pulse_internal.label OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.label', '');
-- ---- rule: what was due before, and the calendars of rules ---------------------------

CREATE OR REPLACE FUNCTION pulse_internal.overdue_at_look(rule text, OUT silent bigint, OUT firing bigint)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_overdue_at_look';
REVOKE ALL ON FUNCTION pulse_internal.overdue_at_look(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.overdue_at_look(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.keep_used_calendar() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	users text := (SELECT string_agg(format('"%s"', r.name), ', ' ORDER BY r.name) FROM pulse_internal.rule AS r WHERE r.calendar = OLD.name);
BEGIN
	IF users IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.name <> OLD.name) THEN
		RAISE EXCEPTION USING ERRCODE = '2BP01',
			MESSAGE = format('calendar "%s" is used by rules', OLD.name),
			DETAIL = format('They say USING CALENDAR: %s.', users),
			HINT = 'Alter them with another calendar first, or drop them.';
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.keep_used_calendar() FROM PUBLIC;
-- ---- rule: the time at which the sweep finds a wait -----------------------------------------

-- Waits are found by sweep_at.  It stays when the last step is done, so that no index changes
-- and the row is updated on its page.  The sweep, which writes past triggers, does the same.
CREATE OR REPLACE FUNCTION pulse_internal.set_sweep_at() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	NEW.sweep_at := coalesce(NEW.due_at, NEW.sweep_at);
	RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.set_sweep_at() FROM PUBLIC;
-- ---- rule: sweep -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.sweep_rules(max_events int, OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_sweep_rules';
REVOKE ALL ON FUNCTION pulse_internal.sweep_rules(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.sweep_rules(int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.backtest(rule text, since timestamptz, until timestamptz, history text DEFAULT 'happened',
		OUT key text, OUT step int, OUT repetition int, OUT due_at timestamptz, OUT superseded boolean,
		OUT trigger_at timestamptz, OUT trigger_event bigint, OUT end_reason text, OUT ended_at timestamptz, OUT guard text)
	RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE ROWS 1000 COST 10000 AS 'MODULE_PATHNAME', 'sp_backtest';
REVOKE ALL ON FUNCTION pulse.backtest(text, timestamptz, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.backtest(text, timestamptz, timestamptz, text)
	TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.backtest(text, timestamptz, timestamptz, text) IS
'The firings that a rule, whatever its mode, would have produced on stored history: those due from since until before until. Steps count from 1; repetition: of a step that repeats, from 1. superseded: recorded, but a later step (or the wait''s end) was learnt of at the same instant. end_reason and ended_at tell how the wait ended by then, NULL while open. guard: what the step asks of its case, which no history tells: it may or may not have acted. history: ''happened'' takes events in their own order; ''arrived'' takes them as they arrived here, as a sweep that never sleeps would have met them. Events are read with the rights of the rule''s author. Errors: SP504 unknown rule, 22023 bad span or history, 42501 the rule is another author''s.';

CREATE OR REPLACE FUNCTION pulse.why(firing bigint, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_why';
REVOKE ALL ON FUNCTION pulse.why(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.why(bigint, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.why(bigint, text) IS
'A firing explained in sentences, one a line, from what was recorded when it fired: the trigger with its values, the window and what was not found in it, the three moments, whom it told, the calendar. Instants are in the business time zone. lang: ''en'' or ''zh''; NULL is the setting language. Errors: P0002 unknown firing, 22023 unknown language, 42501 the rule is another author''s.';
-- ---- rule: gates -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_gate(relation regclass, state text, held text DEFAULT 'held', amount text DEFAULT NULL)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_gate';
REVOKE ALL ON FUNCTION pulse.create_gate(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_gate(regclass, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_gate(regclass, text, text, text) IS
'Says how a row of a watched table shows that a rule holds it: the column (state) and its value then (held); amount names a column of the event that says what is at risk. Only the table''s owner may, and it needs a primary key. A second call replaces it. After that a rule such as WHEN shipment request WHERE unit price < contract price THEN hold and notify commerce may run. Errors: 42703 no such column, 42501 not the owner, 42809 no primary key, 22P02 no such value.';
-- ---- rule: the language ----------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.rule_in(cstring) RETURNS pulse.rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_in';
CREATE OR REPLACE FUNCTION pulse_internal.rule_out(pulse.rule) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_out';
CREATE OR REPLACE FUNCTION pulse_internal.rule_recv(internal) RETURNS pulse.rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_recv';
CREATE OR REPLACE FUNCTION pulse_internal.rule_send(pulse.rule) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_send';
CREATE OR REPLACE FUNCTION pulse_internal.rule_eq(pulse.rule, pulse.rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_eq';
CREATE OR REPLACE FUNCTION pulse_internal.rule_ne(pulse.rule, pulse.rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_ne';
CREATE OR REPLACE FUNCTION pulse_internal.rule_hash(pulse.rule) RETURNS int
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_hash';

CREATE OR REPLACE FUNCTION pulse.rule_text(rule pulse.rule, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_rule_text';
COMMENT ON FUNCTION pulse.rule_text(pulse.rule, text) IS
'The canonical sentence of a rule with the labels of this database, in ''en'' or ''zh'' (NULL: setting "language"). Error 22023: another language.';

CREATE OR REPLACE FUNCTION pulse.create_rule(name text, sentence text, mode text DEFAULT 'draft') RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_create';
REVOKE ALL ON FUNCTION pulse.create_rule(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_rule(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_rule(text, text, text) IS
'Makes a rule of a sentence in English or Chinese, by labels or names; returns the canonical sentence. Mode: draft (checked, not running), shadow (runs, sends nothing), live. The rule belongs to the caller and runs with the caller''s rights. Errors: SP501 a mistake in the sentence, SP502 an unknown name, SP503 a text with two meanings, SP505 a construct that is not supported yet, 42710 the name is taken, 42501 the caller can''t read an event.';

CREATE OR REPLACE FUNCTION pulse.alter_rule(name text, sentence text DEFAULT NULL, new_name text DEFAULT NULL,
		running text DEFAULT 'keep', active_from timestamptz DEFAULT NULL) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_alter';
REVOKE ALL ON FUNCTION pulse.alter_rule(text, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_rule(text, text, text, text, timestamptz) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_rule(text, text, text, text, timestamptz) IS
'Gives a rule another sentence (its version goes up, its mode stays) or another name; returns the canonical sentence when one is given. running says what becomes of open waits: ''keep'' (they go on by the new steps, what is due stays due), ''restart'' (they begin anew with the events that opened them, as the new sentence has it; what it would have had due before now passes in silence, or fires where it says FIRE PAST) or ''end''; where the first event or the key is another they end. active_from: the change is made by the first tick from then on (until then pulse.rule_versions has it as to come, and another one takes its place; what it means is decided now, whatever labels change). pulse.preview_rule_change() lists it first, pulse.rule_versions has the old sentences. Errors: SP504 no such rule, 42501 it belongs to another, 22023 unknown running, 25000 restart under REPEATABLE READ, and those of create_rule.';

CREATE OR REPLACE FUNCTION pulse.drop_rule(name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_drop';
REVOKE ALL ON FUNCTION pulse.drop_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_rule(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_rule(text) IS
'Drops a rule with its waits and condition functions; its firings stay. Errors: SP504 no such rule, 42501 it belongs to another.';

CREATE OR REPLACE FUNCTION pulse.set_rule_mode(name text, mode text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_set_mode';
REVOKE ALL ON FUNCTION pulse.set_rule_mode(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_rule_mode(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.set_rule_mode(text, text) IS
'Sets a rule to draft, shadow or live, and takes up a suspended one again. A rule that leaves draft is active from pulse.clock() on: for what was due before it fires only if it says FIRE PAST; a notice counts what is due already. It means what it meant when it was written, also where labels have changed since. Errors: SP504 no such rule, 22023 no such mode, 42501 it belongs to another, SP502 its names are gone.';

CREATE OR REPLACE FUNCTION pulse.check_rule(sentence text, OUT ok boolean, OUT message text, OUT detail text,
		OUT hint text, OUT char_position int, OUT canonical_en text, OUT canonical_zh text) RETURNS record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_check';
REVOKE ALL ON FUNCTION pulse.check_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_rule(text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.check_rule(text) IS
'Checks a sentence without making a rule: either ok with the canonical sentence in both languages, or what is wrong, at which character (from 1), and what to type. Never raises for a mistake in the sentence.';

CREATE OR REPLACE FUNCTION pulse.load_rules(sentences text) RETURNS TABLE (name text, outcome text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_load';
REVOKE ALL ON FUNCTION pulse.load_rules(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.load_rules(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.load_rules(text) IS
'Creates (as drafts) or alters the rules of a text: "rule NAME: sentence." or 规则 名称：句子。 one after the other. All or none. Returns each name with created, altered or unchanged. Errors: those of create_rule, with the place in the whole text.';

CREATE OR REPLACE FUNCTION pulse_internal.rule_problem(rule pulse.rule, trigger_kind int, absent_kind int, until_kind int,
		earlier_kind int, lacking_kind int)
	RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_problem';

CREATE OR REPLACE FUNCTION pulse.label(class text, name text, en text DEFAULT NULL, zh text DEFAULT NULL,
		scope text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'label_set';
REVOKE ALL ON FUNCTION pulse.label(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.label(text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.label(text, text, text, text, text) IS
'Says what an event, column, key, role, channel, template, value or relation is called in sentences, in English and Chinese. Several labels are separated by |: any is read, the first is printed. A relation is a table or view that sentences with WHILE may be about. Scope: for a column the event, relation or described key, for a value the column; NULL: wherever the name occurs. Without labels the entry goes. Errors: 22023 unknown class or unusable label, 22004 no class or name, 42P01 no such relation. Warns of labels that begin with a keyword or name something else, too.';

-- Is a role mapped to people?  Mappings belong to a room further down, where it is.
CREATE OR REPLACE FUNCTION pulse_internal.known_role(role text) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known boolean := false;
BEGIN
	IF to_regclass('pulse_internal.mapping') IS NOT NULL THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE kind = ''role'' AND name = $1)',
					   to_regclass('pulse_internal.mapping')) INTO known USING role;
	END IF;
	RETURN known;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.known_role(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.known_role(text) TO pulse_owner;

-- INSERT, UPDATE and DELETE on pulse.rules
CREATE OR REPLACE FUNCTION pulse_internal.change_rule() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF tg_op = 'DELETE' THEN
		PERFORM pulse.drop_rule(old.name);
		RETURN old;
	END IF;
	IF tg_op = 'INSERT' THEN
		PERFORM pulse.create_rule(new.name, new.sentence, coalesce(new.mode, 'draft'));
		RETURN new;
	END IF;
	IF new.name IS DISTINCT FROM old.name THEN
		PERFORM pulse.alter_rule(old.name, new_name => new.name);
	END IF;
	IF new.sentence IS DISTINCT FROM old.sentence THEN
		PERFORM pulse.alter_rule(new.name, coalesce(new.sentence, ''));
	END IF;
	IF new.mode IS DISTINCT FROM old.mode THEN
		PERFORM pulse.set_rule_mode(new.name, new.mode);
	END IF;
	RETURN new;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.change_rule() FROM PUBLIC;
-- ---- rule: members and states --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.rule_sql(rule text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rule_sql';
REVOKE ALL ON FUNCTION pulse.rule_sql(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rule_sql(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.rule_sql(text) IS
'The statement by which a rule reads: of one about a state its keys that hold ($1: the keys with open episodes), of a streak the days of each key (from $1 to $2) and whether each is one, of members who they are, of events what they are to the rule. It runs with the rights of the rule''s author; conditions are functions in the event schema. Errors: SP504 unknown rule, 42P01 what it reads is gone.';
-- ---- rule: explaining rules and helping to write them ------------------------------

CREATE OR REPLACE FUNCTION pulse.explain_rule(rule text, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_explain_rule';
REVOKE ALL ON FUNCTION pulse.explain_rule(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_rule(text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.explain_rule(text, text) IS
'A rule (its name, or a sentence that is no rule yet) said in sentences, one a line: what it watches, which instants are meant, the calendar, each step, what ends it, and one timeline that the engine worked out for an event at pulse.clock() that nobody answers (a date it counts from is put 14 days later). Instants are in the business time zone. lang: ''en'' or ''zh''; NULL is the setting language. Errors: SP504 unknown rule, 22023 unknown language, and for a sentence those of create_rule.';

CREATE OR REPLACE FUNCTION pulse.suggest_rule(sentence text, OUT suggestion text, OUT kind text, OUT char_position int,
		OUT completed text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_suggest_rule';
REVOKE ALL ON FUNCTION pulse.suggest_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.suggest_rule(text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.suggest_rule(text) IS
'What may come next in a sentence that is being written, for editors: each suggestion with its kind (keyword, unit, event, column, key, role, value, function, duration, number, currency, text, sign), the character (from 1) from which it replaces what stands there (a beginning of it; one past the end: nothing), and the text with it. In the sentence''s language, that of an empty one is setting "language". The longest beginning first, names before keywords. No rows: nothing can mend the text at its end (see check_rule), it is NULL or longer than 4000 bytes. Raises nothing.';

-- Is what a rule says about a key done with when it says it again: it has one open wait per
-- key, and nothing but its own steps ends that?
CREATE OR REPLACE FUNCTION pulse_internal.takes_place(rule pulse.rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_takes_place';
REVOKE ALL ON FUNCTION pulse_internal.takes_place(pulse.rule) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.takes_place(pulse.rule) TO pulse_owner;
-- ---- rule: versions and their differences ------------------------------------------

CREATE OR REPLACE FUNCTION pulse.rule_diff(name text, from_version int, to_version int, lang text DEFAULT NULL,
		OUT part int, OUT change text, OUT words text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_rule_diff';
REVOKE ALL ON FUNCTION pulse.rule_diff(text, int, int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rule_diff(text, int, int, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.rule_diff(text, int, int, text) IS
'What changed between two versions of a rule: its canonical sentences in ''en'' or ''zh'' (NULL: setting "language") compared word by word, as parts in order, each same, removed or added. One row ''same'': nothing but the wording changed. Errors: SP504 no such rule or version, 22023 another language.';

-- What alter_rule does for the tick, which may change any rule: the words as they were meant when they were written.
CREATE OR REPLACE FUNCTION pulse_internal.alter_rule_now(name text, sentence text, running text, language text, name_form text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_change_now';
REVOKE ALL ON FUNCTION pulse_internal.alter_rule_now(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.alter_rule_now(text, text, text, text, text) TO pulse_owner;

-- Changes whose day has come.  One that can't be made says why and is not tried again.
CREATE OR REPLACE FUNCTION pulse_internal.apply_rule_changes() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	message text;
BEGIN
	FOR due IN
		SELECT c.*, r.name FROM pulse_internal.rule_change AS c JOIN pulse_internal.rule AS r ON r.rule_id = c.rule_id
		WHERE c.active_from <= pulse.clock() AND c.failure IS NULL ORDER BY c.active_from, c.rule_id
	LOOP
		BEGIN
			PERFORM pulse_internal.alter_rule_now(due.name, due.sentence, due.running, due.language, due.rule::text);
			UPDATE pulse_internal.rule_version AS v SET changed_by = due.changed_by
			FROM pulse_internal.rule AS r
			WHERE r.rule_id = due.rule_id AND v.rule_id = due.rule_id AND v.version = r.version;
			DELETE FROM pulse_internal.rule_change AS c WHERE c.rule_id = due.rule_id;
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
			UPDATE pulse_internal.rule_change AS c SET failure = message WHERE c.rule_id = due.rule_id;
		END;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.apply_rule_changes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.apply_rule_changes() TO pulse_owner;

-- What a change would do to open waits: it is made, looked at, and undone.
CREATE OR REPLACE FUNCTION pulse.preview_rule_change(rule text, sentence text, running text DEFAULT 'keep')
	RETURNS TABLE (wait_id bigint, key text, opened_at timestamptz, fired boolean, outcome text,
				   step_before int, due_before timestamptz, step_after int, due_after timestamptz)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id int := (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE r.name = preview_rule_change.rule);
	before pulse_internal.wait[];
	after pulse_internal.wait[];
	last_firing bigint := (SELECT max(f.firing_id) FROM pulse_internal.firing AS f);
	silent bigint;				-- of what is due already
	firing bigint;
BEGIN
	before := ARRAY(SELECT w FROM pulse_internal.wait AS w WHERE w.rule_id = id AND w.end_reason IS NULL);
	BEGIN
		PERFORM pulse.alter_rule(preview_rule_change.rule, preview_rule_change.sentence, running => preview_rule_change.running);
		after := ARRAY(SELECT w FROM pulse_internal.wait AS w WHERE w.rule_id = id AND w.end_reason IS NULL);
		SELECT l.silent, l.firing INTO silent, firing FROM pulse_internal.overdue_at_look(preview_rule_change.rule) AS l;
		firing := firing + (SELECT count(DISTINCT f.wait_id) FROM pulse_internal.firing AS f WHERE f.rule_id = id AND f.firing_id > coalesce(last_firing, 0));
		silent := silent + (
			SELECT count(*) FROM unnest(after) AS a
			WHERE a.first_due IS NOT NULL AND a.wait_id NOT IN (SELECT b.wait_id FROM unnest(before) AS b)
			  AND NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = a.wait_id));
		RAISE EXCEPTION USING ERRCODE = 'SP599', MESSAGE = 'seen';
	EXCEPTION WHEN SQLSTATE 'SP599' THEN
		NULL;					-- undone
	END;
	IF firing > 0 THEN
		RAISE NOTICE USING MESSAGE = format('waits that are due already and would fire: %s', firing),
			DETAIL = 'They begin anew, or are found by the next look at the relation.',
			HINT = 'Nothing has been changed yet.';
	END IF;
	IF silent > 0 THEN
		RAISE NOTICE USING MESSAGE = format('waits that are due already and would pass in silence: %s', silent),
			DETAIL = 'Their later steps keep their times.',
			HINT = 'Write FIRE PAST before THEN to be told of them.';
	END IF;
	RETURN QUERY
	SELECT b.wait_id, coalesce(b.key, a.key), coalesce(b.opened_at, a.opened_at), b.first_due IS NOT NULL,
		CASE WHEN b.wait_id IS NULL THEN 'opens' WHEN a.wait_id IS NULL THEN 'ends'
			WHEN a.wait_id = b.wait_id THEN 'goes on' ELSE 'begins anew' END,
		CASE WHEN b.due_at IS NOT NULL THEN b.next_step + 1 END, b.due_at,
		CASE WHEN a.due_at IS NOT NULL THEN a.next_step + 1 END, a.due_at
	FROM unnest(before) AS b FULL JOIN unnest(after) AS a ON a.key = b.key AND a.trigger_event = b.trigger_event
	ORDER BY coalesce(b.key, a.key) COLLATE "C", coalesce(b.opened_at, a.opened_at), b.wait_id;
END
$$;
REVOKE ALL ON FUNCTION pulse.preview_rule_change(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.preview_rule_change(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.preview_rule_change(text, text, text) IS
'What pulse.alter_rule(rule, sentence, running => ...) would do to each open wait now: outcome goes on, begins anew, ends, or opens (an event that the wait hid counts after all); whether it has fired, and its next step (from 1) and due time before and after. What is due already and would fire, or pass in silence, is counted in notices, also what the next look of a rule about members or states will find. The change is made and undone, so it takes the same locks for a moment. No rows: nothing waits. Errors: those of alter_rule.';

CREATE OR REPLACE FUNCTION pulse.cancel_rule_change(name text) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_cancel_change';
REVOKE ALL ON FUNCTION pulse.cancel_rule_change(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.cancel_rule_change(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.cancel_rule_change(text) IS
'Takes back the change of a rule that was to take effect later (alter_rule with active_from); whether there was one. Errors: SP504 no such rule, 42501 it belongs to another.';
-- ---- rule: a calendar that a rule names stays ----------------------------------------

CREATE TRIGGER calendar_used BEFORE UPDATE OF name OR DELETE ON pulse_internal.calendar
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.keep_used_calendar();
-- ---- rule: the time at which the sweep finds a wait -----------------------------------------

CREATE TRIGGER set_sweep_at BEFORE INSERT OR UPDATE ON pulse_internal.wait
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.set_sweep_at();
-- ---- rule: type pulse.rule, rules ------------------------------------------------

CREATE TYPE pulse.rule (
	INPUT = pulse_internal.rule_in,
	OUTPUT = pulse_internal.rule_out,
	RECEIVE = pulse_internal.rule_recv,
	SEND = pulse_internal.rule_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE pulse.rule IS
'A bound rule. Its text is the English form over names, which reads without any table: WHEN complaint PER customer AND NOT visit WITHIN 3 days THEN notify rep. pulse.rule_text() prints it with labels. Errors: SP501 a mistake, SP505 not supported yet.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.rule_eq,
	LEFTARG = pulse.rule, RIGHTARG = pulse.rule,
	COMMUTATOR = OPERATOR(pulse.=), NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR pulse.= (pulse.rule, pulse.rule) IS 'The same rule, in whichever language it was written.';
CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.rule_ne,
	LEFTARG = pulse.rule, RIGHTARG = pulse.rule,
	COMMUTATOR = OPERATOR(pulse.<>), NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.rule, pulse.rule) IS 'Another rule.';
CREATE OPERATOR CLASS pulse.rule_hash_ops DEFAULT FOR TYPE pulse.rule USING hash AS
	OPERATOR 1 pulse.= (pulse.rule, pulse.rule),
	FUNCTION 1 pulse_internal.rule_hash(pulse.rule);

CREATE TABLE pulse_internal.rule (
	rule_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	version int NOT NULL DEFAULT 1,
	sentence text NOT NULL,		-- as it was written
	language text NOT NULL CHECK (language IN ('en', 'zh')),
	rule pulse.rule NOT NULL,	-- the same, bound
	mode text NOT NULL CHECK (mode IN ('draft', 'shadow', 'live')),
	author regrole NOT NULL,
	key_name text NOT NULL,
	trigger_kind int NOT NULL,
	absent_kind int,
	until_kind int,
	earlier_kind int,
	lacking_kind int,
	trigger_function text,		-- conditions: functions in the schema of events; NULL: none
	absent_function text,
	until_function text,
	earlier_function text,
	lacking_function text,
	active_since timestamptz,
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'suspended', 'broken')),
	reason text,
	created_at timestamptz NOT NULL,
	is_gate boolean NOT NULL DEFAULT false,	-- it judges rows while they are written; the sweep leaves it alone
	unless_rule text,			-- it is silent while a case of this rule is open
	calendar text				-- USING CALENDAR; NULL: that of the setting
);
COMMENT ON TABLE pulse_internal.rule IS 'Rules; see pulse.rules.';

CREATE TABLE pulse_internal.rule_action (
	rule_id int NOT NULL REFERENCES pulse_internal.rule ON DELETE CASCADE,
	step int NOT NULL,
	action int NOT NULL,
	verb text NOT NULL CHECK (verb IN ('notify', 'text', 'mail', 'assign', 'send', 'hold', 'reject', 'emit', 'call')),
	role text,					-- NULL: it addresses nobody
	copies text[] NOT NULL,
	body text,					-- title of the task or message
	due_in text,				-- a duration such as "2 working days", maybe with USING CALENDAR name
	target text,				-- the event emitted, the function called
	arguments jsonb NOT NULL DEFAULT '[]',	-- [{column, value}]; from, a column of the trigger, for value
	PRIMARY KEY (rule_id, step, action)
);
COMMENT ON TABLE pulse_internal.rule_action IS 'Actions of the steps of rules, from 0; written with their rule.';

ALTER TABLE pulse_internal.rule OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_action OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_rule_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_action', '');
GRANT SELECT ON pulse_internal.rule, pulse_internal.rule_action, pulse_internal.label
	TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

CREATE TRIGGER label_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.label
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- rule: authors see what their own rules found ------------------------------------
-- Evidence is rows of event tables.  The owner of these tables, the engine, is not held to
-- the policies.

ALTER TABLE pulse_internal.firing ENABLE ROW LEVEL SECURITY;
ALTER TABLE pulse_internal.wait ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.firing FOR SELECT TO pulse_admin, pulse_analyst USING (true);
CREATE POLICY everything ON pulse_internal.wait FOR SELECT TO pulse_admin, pulse_analyst, pg_monitor USING (true);
CREATE POLICY own_rules ON pulse_internal.firing FOR SELECT TO pulse_author
	USING (rule_id IN (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE pg_has_role(r.author, 'USAGE')));
CREATE POLICY own_rules ON pulse_internal.wait FOR SELECT TO pulse_author
	USING (rule_id IN (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE pg_has_role(r.author, 'USAGE')));
-- ---- rule: gates -------------------------------------------------------------------

CREATE TABLE pulse_internal.gate (
	relation regclass PRIMARY KEY,
	state_column text NOT NULL,	-- holds what becomes of a row
	held text NOT NULL,			-- its value for a row that is held
	amount_column text			-- of the event: what is at risk
);
COMMENT ON TABLE pulse_internal.gate IS 'How rows of a table are held; see pulse.gates.';

CREATE TABLE pulse_internal.gate_rule (
	rule_id int REFERENCES pulse_internal.rule ON DELETE CASCADE,
	relation regclass,
	PRIMARY KEY (relation, rule_id)
);
COMMENT ON TABLE pulse_internal.gate_rule IS 'Which rules judge the rows of which tables; see pulse.gates.';

CREATE TABLE pulse_internal.hold (
	hold_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	relation regclass NOT NULL,
	row_key jsonb NOT NULL,		-- the primary key of the row
	key_name text NOT NULL,
	key text,
	rule_ids int[] NOT NULL,
	reasons text[] NOT NULL,	-- the sentences it conflicts with
	amount text,				-- at risk, as text of its type
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'released', 'overridden')),
	previous_state text,		-- what the row wanted to be
	held_at timestamptz NOT NULL,
	held_by text NOT NULL,
	closed_at timestamptz,
	closed_by text,
	reason text,
	valid_until timestamptz		-- end of an override; NULL: for good
);
COMMENT ON TABLE pulse_internal.hold IS 'Rows that rules hold, and what became of them; see pulse.holds.';
CREATE UNIQUE INDEX hold_open ON pulse_internal.hold (relation, row_key) WHERE state = 'open';
CREATE INDEX hold_row ON pulse_internal.hold (relation, row_key);

CREATE TABLE pulse_internal.hold_wait (
	hold_id bigint NOT NULL,
	wait_id bigint NOT NULL,
	rule_id int NOT NULL,
	PRIMARY KEY (hold_id, rule_id)
);
COMMENT ON TABLE pulse_internal.hold_wait IS 'The wait, and so the case, of each rule that holds a row.';

ALTER TABLE pulse_internal.gate OWNER TO pulse_owner;
ALTER TABLE pulse_internal.gate_rule OWNER TO pulse_owner;
ALTER TABLE pulse_internal.hold OWNER TO pulse_owner;
ALTER TABLE pulse_internal.hold_wait OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.gate', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.gate_rule', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.hold', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.hold_hold_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.hold_wait', '');
-- ---- rule: rules that go by the clock ----------------------------------------------

CREATE TABLE pulse_internal.rule_schedule (
	rule_id int PRIMARY KEY REFERENCES pulse_internal.rule ON DELETE CASCADE,
	since timestamptz NOT NULL,	-- the last instant that came, or when the rule began
	look_at timestamptz NOT NULL	-- not before: its next instant, or the next day if that is sooner
);
COMMENT ON TABLE pulse_internal.rule_schedule IS
'How far the rules that go by the clock are; a row from the day they run. They are looked at each day, since calendars change.';
ALTER TABLE pulse_internal.rule_schedule OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_schedule', '');

CREATE TABLE pulse_internal.rule_cooldown (
	rule_id int REFERENCES pulse_internal.rule ON DELETE CASCADE,
	key text,
	fired_at timestamptz NOT NULL,
	PRIMARY KEY (rule_id, key)
);
COMMENT ON TABLE pulse_internal.rule_cooldown IS 'When rules that say AT MOST ONCE IN fired last, for each key.';
ALTER TABLE pulse_internal.rule_cooldown OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_cooldown', '');
-- ---- rule: members and states ------------------------------------------------------

CREATE TABLE pulse_internal.rule_member (
	rule_id int NOT NULL REFERENCES pulse_internal.rule ON DELETE CASCADE,
	key text,
	PRIMARY KEY (rule_id, key)
);
COMMENT ON TABLE pulse_internal.rule_member IS 'Members of rules that say EACH, as of the last look; each has a wait, or had one that UNTIL ended.';

CREATE TABLE pulse_internal.rule_look (
	rule_id int PRIMARY KEY REFERENCES pulse_internal.rule ON DELETE CASCADE,
	looked_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.rule_look IS 'When a rule about members or states last looked at its relation.';

ALTER TABLE pulse_internal.rule_member OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_look OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_member', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_look', '');
-- ---- rule: streaks --------------------------------------------------------------------

ALTER TABLE pulse_internal.rule_look ADD COLUMN by_day boolean NOT NULL DEFAULT false;	-- for streaks of days: it need not look each minute
-- ---- rule: versions ---------------------------------------------------------------

CREATE TABLE pulse_internal.rule_version (
	rule_id int NOT NULL,
	version int NOT NULL,
	name text NOT NULL,			-- as the rule is or was called last
	sentence text NOT NULL,
	language text NOT NULL,
	rule pulse.rule NOT NULL,
	since timestamptz NOT NULL,
	running text CHECK (running IN ('keep', 'restart', 'end')),	-- what became of open waits; NULL: the first
	changed_by text NOT NULL,
	PRIMARY KEY (rule_id, version)
);
COMMENT ON TABLE pulse_internal.rule_version IS 'What rules said, version by version; see pulse.rule_versions.';

CREATE TABLE pulse_internal.rule_change (
	rule_id int PRIMARY KEY REFERENCES pulse_internal.rule ON DELETE CASCADE,
	sentence text NOT NULL,
	running text NOT NULL CHECK (running IN ('keep', 'restart', 'end')),
	active_from timestamptz NOT NULL,
	changed_by text NOT NULL,
	failure text,				-- why it could not be made
	language text,
	rule pulse.rule				-- what the sentence meant when it was written; NULL: scheduled by 0.2.0, it is understood on its day
);
COMMENT ON TABLE pulse_internal.rule_change IS 'Changes of rules that wait for their day; see pulse.rule_versions.';

ALTER TABLE pulse_internal.rule_version OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_change OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_version', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_change', '');
GRANT SELECT ON pulse_internal.rule_version, pulse_internal.rule_change TO pulse_admin, pulse_author, pulse_analyst;

-- rules that were there before versions were kept
INSERT INTO pulse_internal.rule_version (rule_id, version, name, sentence, language, rule, since, changed_by)
SELECT r.rule_id, r.version, r.name, r.sentence, r.language, r.rule, r.created_at, pg_catalog.pg_get_userbyid(r.author)
FROM pulse_internal.rule AS r;
-- ---- rule: waits, firings and counters, to look at --------------------------------

GRANT SELECT ON pulse_internal.wait, pulse_internal.firing, pulse_internal.rule_stat
	TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.rule TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.rule', 'reason', '{pulse_author,pulse_app,pg_monitor}');
GRANT SELECT ON pulse_internal.event_kind TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.rule_stat, pulse_internal.wait TO pg_monitor;

CREATE OR REPLACE VIEW pulse.firings WITH (security_invoker = true) AS
	SELECT f.firing_id, coalesce(r.name, f.evidence ->> 'rule') AS rule, f.key_name, f.key, f.step + 1 AS step, nullif(f.repetition, 0) AS repetition, f.due_at, f.swept_at, f.released_at,
		f.superseded, f.late_answer_at, f.mode, f.guard, f.withheld, k.name AS trigger_event, f.trigger_event AS trigger_id, f.wait_id, f.evidence, f.version
	FROM pulse_internal.firing AS f
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind;
COMMENT ON VIEW pulse.firings IS
'Steps of rules that came due: rule (its name now, or, dropped since, then), what they are about (key_name, key), step (from 1), repetition (from 1; NULL: the step does not repeat), three moments: due_at (true due time), swept_at (a sweep saw it), released_at (it was acted on; NULL: not yet); superseded (recorded, but did nothing: a later step or the end of the wait was learnt of in the same sweep), late_answer_at (instant of an answer that was in time but was learnt of too late to prevent it), mode of the rule then (shadow sends nothing), guard (what the step asks of its case, such as UNLESS ACKNOWLEDGED) and withheld (acknowledged, done, not delivered: why it therefore did nothing), the event that opened the wait, evidence as jsonb, version of the rule that fired (see pulse.rule_versions; NULL: from before versions were kept). pulse.why(firing_id) says it in sentences.';
GRANT SELECT ON pulse.firings TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.waits WITH (security_invoker = true) AS
	SELECT w.wait_id, r.name AS rule, r.mode, r.key_name, w.key, k.name AS trigger_event, w.opened_at,
		coalesce(CASE WHEN w.first_due IS NOT NULL THEN u.name END, a.name, u.name) AS waits_for,
		CASE WHEN w.due_at IS NOT NULL THEN w.next_step + 1 END AS next_step, w.repetition AS repeated, w.due_at, w.first_due IS NOT NULL AS fired, w.end_reason, w.ended_at
	FROM pulse_internal.wait AS w
	JOIN pulse_internal.rule AS r ON r.rule_id = w.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = w.trigger_kind
	LEFT JOIN pulse_internal.event_kind AS a ON a.kind_id = r.absent_kind
	LEFT JOIN pulse_internal.event_kind AS u ON u.kind_id = r.until_kind;
COMMENT ON VIEW pulse.waits IS
'Open instances of rules, one per key (or per event, where the rule says EACH TIME): the event that opened it and when, waits_for (the event that would end it), next_step (from 1), repeated (how often it has come already, where it repeats) and due_at, its instant (step and instant NULL: all steps are done, it only waits for its end), fired (a step has come due). end_reason and ended_at: ended, and its case is not closed yet.';
GRANT SELECT ON pulse.waits TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.waiting(key text) RETURNS TABLE (rule text, key_name text, trigger_event text,
		opened_at timestamptz, waits_for text, next_step int, due_at timestamptz, mode text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT w.rule, w.key_name, w.trigger_event, w.opened_at, w.waits_for, w.next_step, w.due_at, w.mode
	FROM pulse.waits AS w
	WHERE w.key = waiting.key AND w.end_reason IS NULL
	ORDER BY w.due_at NULLS LAST, w.rule;
END;
REVOKE ALL ON FUNCTION pulse.waiting(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.waiting(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.waiting(text) IS
'What is waiting for a key, in any rule: since which event, for which event, and what comes next until when. The key is compared by its text, whatever column it comes from. No rows: nothing waits.';

CREATE OR REPLACE VIEW pulse.stat_rules WITH (security_invoker = true) AS
	SELECT r.name AS rule, r.mode, r.state, CASE WHEN r.state <> 'ok' THEN pulse_internal.shown_reason('rule', r.rule_id::text) END AS reason,
		coalesce(s.events, 0) AS events, coalesce(s.waits, 0) AS waits,
		coalesce(w.open_waits, 0) AS open_waits,
		coalesce(s.firings, 0) AS firings, coalesce(s.superseded, 0) AS superseded,
		coalesce(s.answered, 0) AS answered, coalesce(s.answered_late, 0) AS answered_late,
		s.last_event_at, s.last_firing_at
	FROM pulse_internal.rule AS r
	LEFT JOIN pulse_internal.rule_stat AS s ON s.rule_id = r.rule_id
	LEFT JOIN (SELECT w.rule_id, count(*) AS open_waits FROM pulse_internal.wait AS w
		WHERE w.end_reason IS NULL GROUP BY w.rule_id) AS w ON w.rule_id = r.rule_id;
COMMENT ON VIEW pulse.stat_rules IS
'What each rule has done: events it heard, waits it opened (open_waits: still open), firings (superseded: of these, recorded only), waits that were answered or ended by UNTIL, and answered_late (in time, but learnt of after a firing); when it last heard and last fired; state (suspended or broken with its reason).';
GRANT SELECT ON pulse.stat_rules TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.why_rows(firing bigint) RETURNS TABLE (topic text, name text, value text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT x.topic, x.name, x.value
	FROM pulse.firings AS f,
		LATERAL (SELECT pulse.setting('timezone') AS zone) AS s,
		LATERAL (
			VALUES (1, 0, 'rule', 'name', f.rule), (1, 1, 'rule', 'mode', f.mode),
				(2, 0, 'step', 'number', f.step::text), (2, 3, 'step', 'repetition', f.repetition::text), (2, 4, 'step', 'guard', f.guard), (2, 5, 'step', 'withheld', f.withheld), (2, 1, 'step', 'superseded', f.superseded::text),
				(2, 2, 'step', 'late answer', to_char(f.late_answer_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(3, 0, 'key', f.key_name, f.key),
				(4, 0, 'trigger', 'event', f.trigger_event),
				(6, 0, 'window', 'since', to_char((f.evidence -> 'window' ->> 'since')::timestamptz AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(6, 1, 'window', 'anchor', to_char((f.evidence ->> 'anchor')::timestamptz AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(6, 2, 'window', 'until', to_char((f.evidence -> 'window' ->> 'until')::timestamptz AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(6, 3, 'window', 'not found', f.evidence -> 'window' ->> 'event'),
				(7, 0, 'calendar', 'name', f.evidence ->> 'calendar'),
				(8, 0, 'moment', 'due', to_char(f.due_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(8, 1, 'moment', 'swept', to_char(f.swept_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(8, 2, 'moment', 'released', to_char(f.released_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS'))
			UNION ALL
			SELECT 5, t.place, 'trigger', t.name, t.value
			FROM pg_catalog.jsonb_each_text(f.evidence -> 'trigger') WITH ORDINALITY AS t(name, value, place)
			UNION ALL
			SELECT 9, t.place, 'told', coalesce(t.one ->> 'role', ''),
				concat_ws(', ', 'staff ' || (t.one ->> 'staff'), t.one ->> 'channel', t.one ->> 'found_by', 'deputy of ' || (t.one ->> 'instead_of'))
			FROM pg_catalog.jsonb_array_elements(f.evidence -> 'told') WITH ORDINALITY AS t(one, place)
		) AS x(part, place, topic, name, value)
	WHERE f.firing_id = why_rows.firing AND x.value IS NOT NULL
		AND (x.topic <> 'window' OR f.evidence ? 'window')
	ORDER BY x.part, x.place;
END;
REVOKE ALL ON FUNCTION pulse.why_rows(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.why_rows(bigint) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.why_rows(bigint) IS
'A firing explained as rows (topic, name, value as text): rule, step, key, the trigger''s row, the window searched and the event not found in it, the calendar used, the three moments in the business time zone, and whom it told as whom. No rows: there is no such firing.';
-- ---- rule: pulse.rules, pulse.labels ---------------------------------------------

CREATE OR REPLACE VIEW pulse.labels WITH (security_invoker = true) AS
	SELECT l.class, nullif(l.scope, '') AS scope, l.name, l.en, l.zh
	FROM pulse_internal.label AS l;
COMMENT ON VIEW pulse.labels IS
'What names are called in sentences: class, scope (a column''s event, a value''s column), name, English and Chinese label. Set with pulse.label().';
GRANT SELECT ON pulse.labels TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

CREATE OR REPLACE VIEW pulse.rules WITH (security_invoker = true) AS
	SELECT r.name, r.sentence,
		pulse.rule_text(r.rule, 'en') AS sentence_en, pulse.rule_text(r.rule, 'zh') AS sentence_zh,
		r.mode,
		CASE WHEN r.state = 'ok' AND p.problem IS NOT NULL THEN 'broken' ELSE r.state END AS state,
		coalesce(CASE WHEN r.state <> 'ok' THEN pulse_internal.shown_reason('rule', r.rule_id::text) END, p.problem) AS reason,
		r.author, r.key_name, r.version, r.active_since, r.created_at, r.rule
	FROM pulse_internal.rule AS r,
		LATERAL (SELECT pulse_internal.rule_problem(r.rule, r.trigger_kind, r.absent_kind, r.until_kind, r.earlier_kind, r.lacking_kind) AS problem) AS p;
COMMENT ON VIEW pulse.rules IS
'Rules: name, sentence as written, canonical sentences in both languages, mode (draft, shadow, live), state (ok, suspended, broken) with its reason, author, key, version. Insert name and sentence to create a rule; update name, sentence or mode; delete to drop it. Errors: those of create_rule, alter_rule, set_rule_mode, drop_rule.';
GRANT SELECT ON pulse.rules TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;
GRANT INSERT, UPDATE, DELETE ON pulse.rules TO pulse_admin, pulse_author;
CREATE OR REPLACE TRIGGER change_rule INSTEAD OF INSERT OR UPDATE OR DELETE ON pulse.rules
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.change_rule();

CREATE OR REPLACE FUNCTION pulse.dump_rules(lang text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT string_agg(CASE coalesce(dump_rules.lang, r.language)
			WHEN 'zh' THEN '规则 ' || r.name || '：' || pulse.rule_text(r.rule, 'zh')
			ELSE 'rule ' || r.name || ': ' || pulse.rule_text(r.rule, coalesce(dump_rules.lang, r.language)) || '.' END,
		E'\n\n' ORDER BY r.name)
	FROM pulse_internal.rule AS r;
END;
REVOKE ALL ON FUNCTION pulse.dump_rules(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.dump_rules(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.dump_rules(text) IS
'All rules as one text that load_rules() reads, in ''en'', ''zh'' or (NULL) each in the language it was written in. NULL: there are none. Modes are not part of it. Error 22023: another language.';
-- ---- rule: the watchdog ---------------------------------------------------------------

CREATE OR REPLACE VIEW pulse.overdue_waits WITH (security_invoker = true) AS
	SELECT w.wait_id, r.name AS rule, r.mode, r.key_name, w.key, w.next_step + 1 AS next_step, w.due_at,
		n.now_at - greatest(w.due_at, r.active_since) AS overdue,	-- nobody could act on it before
		CASE WHEN r.mode = 'draft' THEN 'draft'
			WHEN r.state <> 'ok' THEN r.state
			WHEN c.watermark IS NULL OR c.watermark < w.due_at THEN
				CASE WHEN c.held_since <= w.due_at AND NOT c.holder_passed THEN 'held' ELSE 'not swept' END
			ELSE 'sweep behind' END AS reason,
		CASE WHEN r.mode = 'draft' THEN format('SELECT pulse.set_rule_mode(%L, ''live''); what is due by then passes in silence without FIRE PAST.', r.name)
			WHEN r.state <> 'ok' THEN format('%s; then SELECT pulse.set_rule_mode(%L, %L);', pulse_internal.shown_reason('rule', r.rule_id::text), r.name, r.mode)
			WHEN c.watermark IS NULL OR c.watermark < w.due_at THEN
				CASE WHEN c.held_since <= w.due_at AND NOT c.holder_passed THEN
					format('A transaction has been writing events since %s (process %s; none: a prepared one).', c.held_since, c.holder)
				ELSE 'Let pulse.run() be called: pulse.schedule(), or the relay.' END
			ELSE 'More came due than a slice works off: the sweep goes on, see pulse.progress.' END AS what_to_do
	FROM pulse_internal.wait AS w
	JOIN pulse_internal.rule AS r ON r.rule_id = w.rule_id
	LEFT JOIN pulse.stat_consumers AS c ON c.consumer = 'rules'
	CROSS JOIN (SELECT pulse.clock() AS now_at) AS n
	WHERE w.due_at <= n.now_at AND w.end_reason IS NULL
	-- by index, and past those whose steps are done
	AND w.sweep_at <= n.now_at AND w.sweep_at >= (
		SELECT CASE WHEN EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.mode = 'draft' OR r.state <> 'ok') THEN '-infinity'
			ELSE (SELECT min(d.due_at) FROM pulse_internal.due_floor AS d) END);
COMMENT ON VIEW pulse.overdue_waits IS
'The watchdog: waits whose due time has passed and that no sweep has acted on. overdue: for how long (since the rule became active, if it was due before), so that WHERE overdue > ''10 minutes'' alarms. reason: not swept (nobody calls the tick), held (an open transaction writes events from before the due time; the sweep waits for it at most max_hold), sweep behind (a backlog is being worked off), suspended (the rule failed), draft (the rule was stopped); what_to_do says it at length. No rows: all is done.';
GRANT SELECT ON pulse_internal.due_floor TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse.overdue_waits TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- ---- rule: versions ------------------------------------------------------------------

CREATE OR REPLACE VIEW pulse.rule_versions WITH (security_invoker = true) AS
	SELECT coalesce(r.name, v.name) AS rule, v.version, v.sentence,
		pulse.rule_text(v.rule, 'en') AS sentence_en, pulse.rule_text(v.rule, 'zh') AS sentence_zh,
		v.since, lead(v.since) OVER (PARTITION BY v.rule_id ORDER BY v.version) AS until,
		CASE WHEN r.rule_id IS NULL THEN 'dropped' WHEN v.version = r.version THEN 'in force' ELSE 'past' END AS state,
		v.running, v.changed_by, NULL::text AS failure
	FROM pulse_internal.rule_version AS v
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = v.rule_id
	UNION ALL
	SELECT r.name, NULL, c.sentence, pulse.rule_text(c.rule, 'en'), pulse.rule_text(c.rule, 'zh'), c.active_from, NULL,
		CASE WHEN c.failure IS NULL THEN 'to come' ELSE 'failed' END, c.running, c.changed_by, c.failure
	FROM pulse_internal.rule_change AS c JOIN pulse_internal.rule AS r ON r.rule_id = c.rule_id;
COMMENT ON VIEW pulse.rule_versions IS
'Every version of every rule, dropped ones included: the sentence as written and canonical in both languages, since when and until when it was the rule''s (by pulse.clock()), what became of open waits (running: keep, restart, end; NULL: the first version), who changed it. state: in force, past, dropped; to come (version NULL: alter_rule with active_from; from since on) or failed, with the reason in failure. pulse.firings and pulse.rule_outcomes name the version that fired.';
GRANT SELECT ON pulse.rule_versions TO pulse_admin, pulse_author, pulse_analyst;
-- ---- care: a standing through time ---------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.walk_health(model text, version integer, inputs jsonb, held text, held_since timestamptz,
		since timestamptz, new_model text, new_version integer, new_inputs jsonb, until timestamptz, override_until timestamptz,
		is_gone boolean, OUT step integer, OUT at timestamptz, OUT cause text, OUT of_model text, OUT of_version integer, OUT of_inputs jsonb,
		OUT health pulse.health, OUT is_held text, OUT is_held_since timestamptz, OUT is_last boolean, OUT due_at timestamptz,
		OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'sp_walk_health';
REVOKE ALL ON FUNCTION pulse_internal.walk_health(text, integer, jsonb, text, timestamptz, timestamptz, text, integer, jsonb, timestamptz,
	timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.walk_health(text, integer, jsonb, text, timestamptz, timestamptz, text, integer, jsonb, timestamptz,
	timestamptz, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.walk_life(models text[], versions integer[], inputs jsonb[], instants timestamptz[], until timestamptz,
		held text, held_since timestamptz, OUT step integer, OUT at timestamptz, OUT cause text, OUT of_model text, OUT of_version integer, OUT of_inputs jsonb,
		OUT health pulse.health, OUT is_held text, OUT is_held_since timestamptz, OUT is_last boolean, OUT due_at timestamptz,
		OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE COST 1000 ROWS 2 AS 'MODULE_PATHNAME', 'sp_walk_life';
REVOKE ALL ON FUNCTION pulse_internal.walk_life(text[], integer[], jsonb[], timestamptz[], timestamptz, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.walk_life(text[], integer[], jsonb[], timestamptz[], timestamptz, text, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.score_inputs(model text, version integer, inputs jsonb, at timestamptz) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'sp_score_inputs';
REVOKE ALL ON FUNCTION pulse_internal.score_inputs(text, integer, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.score_inputs(text, integer, jsonb, timestamptz)
	TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse_internal.explain_inputs(model text, version integer, inputs jsonb, at timestamptz, lang text,
		OUT dimension text, OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text, OUT group_name text, OUT sentence text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'sp_explain_inputs';
REVOKE ALL ON FUNCTION pulse_internal.explain_inputs(text, integer, jsonb, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.explain_inputs(text, integer, jsonb, timestamptz, text)
	TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- ---- care: rows that are read, events that are written, as their author --------------

CREATE OR REPLACE FUNCTION pulse_internal.read_health_rows(source integer, customers text[],
		OUT customer text, OUT model text, OUT inputs jsonb) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10000 AS 'MODULE_PATHNAME', 'sp_read_health_rows';
REVOKE ALL ON FUNCTION pulse_internal.read_health_rows(integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.read_health_rows(integer, text[]) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.emit_health_changes(source integer, at timestamptz[], customer text[], band text[],
		old_band text[], score numeric[], old_score numeric[], cause text[], next_change timestamptz[]) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_emit_health_changes';
REVOKE ALL ON FUNCTION pulse_internal.emit_health_changes(integer, timestamptz[], text[], text[], text[], numeric[], numeric[], text[],
	timestamptz[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.emit_health_changes(integer, timestamptz[], text[], text[], text[], numeric[], numeric[], text[],
	timestamptz[]) TO pulse_owner;

-- format() writes a key as its type prints it; a cast would run what the table's owner put there
CREATE OR REPLACE FUNCTION pulse_internal.touch_health() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source record;
BEGIN
	-- a trigger that somebody made without transition tables would have their names looked up, and find his
	IF NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = TG_RELID AND g.tgname = TG_NAME AND TG_LEVEL = 'STATEMENT'
			AND (g.tgnewtable IS NOT DISTINCT FROM 'new_rows') = (TG_OP IN ('INSERT', 'UPDATE'))
			AND (g.tgoldtable IS NOT DISTINCT FROM 'old_rows') = (TG_OP IN ('UPDATE', 'DELETE'))) THEN
		RAISE EXCEPTION USING ERRCODE = 'trigger_protocol_violated',
			MESSAGE = 'pulse_internal.touch_health() was not fired the way it is made for',
			DETAIL = 'It reads the rows of a statement from transition tables.', HINT = 'Use pulse.store_health().';
	END IF;
	FOR source IN SELECT s.source_id, s.key_column FROM pulse_internal.health_source AS s WHERE s.relation = TG_RELID LOOP
		-- all, where it cannot be said which: the refresh reads them anew, or says what is wrong
		IF TG_OP = 'TRUNCATE' OR NOT EXISTS (SELECT FROM pg_attribute AS a
				WHERE a.attrelid = TG_RELID AND a.attname = source.key_column AND NOT a.attisdropped) THEN
			INSERT INTO pulse_internal.health_touched (source_id, customer) VALUES (source.source_id, NULL);
			CONTINUE;
		END IF;
		IF TG_OP <> 'DELETE' THEN
			EXECUTE format('INSERT INTO pulse_internal.health_touched (source_id, customer)
				SELECT $1, format(''%%s'', n.%1$I) FROM new_rows AS n WHERE n.%1$I IS NOT NULL', source.key_column) USING source.source_id;
		END IF;
		IF TG_OP = 'DELETE' THEN
			EXECUTE format('INSERT INTO pulse_internal.health_touched (source_id, customer)
				SELECT $1, format(''%%s'', o.%1$I) FROM old_rows AS o WHERE o.%1$I IS NOT NULL', source.key_column) USING source.source_id;
		ELSIF TG_OP = 'UPDATE' THEN
			-- a key that is another one now
			EXECUTE format('INSERT INTO pulse_internal.health_touched (source_id, customer)
				SELECT $1, format(''%%s'', o.%1$I) FROM old_rows AS o WHERE o.%1$I IS NOT NULL
				EXCEPT ALL SELECT $1, format(''%%s'', n.%1$I) FROM new_rows AS n', source.key_column) USING source.source_id;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
ALTER FUNCTION pulse_internal.touch_health() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.touch_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.touch_health() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.refuse_stored_model() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stored text;
BEGIN
	SELECT m.name INTO stored FROM pulse_internal.health_source AS s
	JOIN pulse_internal.model AS m ON m.model_id = s.model_id
	LEFT JOIN pulse_internal.health_segment AS g ON g.source_id = s.source_id
	WHERE old.model_id IN (s.model_id, g.model_id) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('health by model "%s" is stored', old.name),
			DETAIL = 'Its history needs the model.', HINT = format('Type SELECT pulse.forget_health(%L) first.', stored);
	END IF;
	RETURN old;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refuse_stored_model() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.stored_source(model_name text) RETURNS integer
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_id integer;
BEGIN
	SELECT s.source_id INTO found_id FROM pulse_internal.health_source AS s
	JOIN pulse_internal.model AS m ON m.model_id = s.model_id WHERE m.name = model_name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP304', MESSAGE = format('health by model "%s" is not stored', model_name),
			DETAIL = 'No table or view was named whose rows'' health is to be kept.',
			HINT = 'SELECT pulse.store_health(model, relation, key), such as pulse.store_health(''standard'', ''app.customer'', ''id'').';
	END IF;
	RETURN found_id;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.stored_source(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.stored_source(text) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- the same, for what only its owner may do
CREATE OR REPLACE FUNCTION pulse_internal.own_source(model_name text, caller oid) RETURNS integer
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.stored_source(model_name);
	author name := (SELECT r.rolname FROM pulse_internal.health_source AS s JOIN pg_roles AS r ON r.oid = s.author WHERE s.source_id = source);
BEGIN
	IF (pg_has_role(caller, author, 'USAGE') OR pg_has_role(caller, 'pulse_admin', 'USAGE')) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('permission denied for the stored health of model "%s"', model_name),
			DETAIL = coalesce(format('It belongs to %I, who stored it.', author), 'Who stored it is no role any more.'),
			HINT = coalesce(format('Type GRANT %I TO %I, or ask a member of pulse_admin.', author, pg_get_userbyid(caller)), 'Ask a member of pulse_admin.');
	END IF;
	RETURN source;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.own_source(text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.own_source(text, oid) OWNER TO pulse_owner;

-- of an override: since when and until when it counts
CREATE OR REPLACE FUNCTION pulse_internal.is_in_force(since timestamptz, until timestamptz, at timestamptz) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN is_in_force.since <= is_in_force.at AND (is_in_force.until IS NULL OR is_in_force.at < is_in_force.until);
REVOKE ALL ON FUNCTION pulse_internal.is_in_force(timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_in_force(timestamptz, timestamptz, timestamptz) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- ---- care: the refresh -----------------------------------------------------------------

-- What the standings of a source have become: time passes for those that are due; what is read anew counts from now on.
-- Rows are read where "whole", or of the customers named; a customer who was to be read and is not there is gone.
CREATE OR REPLACE FUNCTION pulse_internal.health_steps(source integer, customers text[], whole boolean, now_at timestamptz,
		OUT customer text, OUT step integer, OUT at timestamptz, OUT cause text, OUT model_id integer, OUT version integer,
		OUT inputs jsonb, OUT health pulse.health, OUT held text, OUT held_since timestamptz, OUT is_last boolean,
		OUT due_at timestamptz, OUT next_change timestamptz, OUT old_shown text, OUT old_shown_since timestamptz, OUT old_score numeric)
	RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan SET enable_nestloop = on
AS $$
#variable_conflict use_column
BEGIN
	IF whole THEN	-- until the function ends: all rows meet all rows, whatever statistics know
		SET LOCAL enable_nestloop = off;
		SET LOCAL enable_mergejoin = off;
	END IF;
	RETURN QUERY
	WITH seen AS (
		SELECT r.customer, r.model, m.version, r.inputs
		FROM pulse_internal.read_health_rows(source, CASE WHEN NOT whole THEN coalesce(customers, '{}') END) AS r
		JOIN pulse_internal.model AS m ON m.name = r.model
		WHERE whole OR customers IS NOT NULL
	), stood AS (
		SELECT c.*, true AS asked FROM pulse_internal.health_current AS c WHERE whole AND c.source_id = source
		UNION ALL
		SELECT c.*, true FROM unnest(customers) AS k(customer)
		JOIN pulse_internal.health_current AS c ON c.source_id = source AND c.customer = k.customer WHERE NOT whole
		UNION ALL
		SELECT c.*, false FROM pulse_internal.health_current AS c
		WHERE NOT whole AND c.source_id = source AND c.due_at <= now_at
			AND NOT EXISTS (SELECT FROM unnest(customers) AS k(customer) WHERE k.customer = c.customer)
	), doing AS (
		SELECT coalesce(s.customer, c.customer) AS customer, n.name AS old_model, c.version AS old_version, c.inputs AS old_inputs,
			c.held, c.held_since, c.computed_at, s.model, s.version, s.inputs, o.until AS override_until, c.shown, c.shown_since, c.health,
			s.customer IS NULL AND c.asked AS is_gone
		FROM stood AS c
		JOIN pulse_internal.model AS n ON n.model_id = c.model_id
		FULL JOIN seen AS s ON s.customer = c.customer
		-- one is in force at a time
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = c.customer
			AND pulse_internal.is_in_force(o.since, o.until, c.computed_at)
		WHERE c.customer IS NULL OR c.due_at <= now_at OR s.customer IS NULL OR NOT c.inputs @> s.inputs
			OR (n.name, c.version) IS DISTINCT FROM (s.model, s.version)
	)
	SELECT d.customer, w.step, w.at, w.cause, m.model_id, w.of_version, w.of_inputs, w.health, w.is_held, w.is_held_since,
		w.is_last, w.due_at, w.next_change, d.shown, d.shown_since, pulse.score(d.health)
	FROM doing AS d
	CROSS JOIN LATERAL pulse_internal.walk_health(d.old_model, d.old_version, d.old_inputs, d.held, d.held_since, d.computed_at,
		d.model, d.version, d.inputs, now_at, d.override_until, d.is_gone) AS w
	JOIN pulse_internal.model AS m ON m.name = w.of_model;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.health_steps(integer, text[], boolean, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.health_steps(integer, text[], boolean, timestamptz) TO pulse_owner;

-- What is made of the health of a source is to be read again.
CREATE OR REPLACE FUNCTION pulse_internal.touch_followers(source integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO pulse_internal.health_touched (source_id, customer)
	SELECT s.source_id, NULL FROM pulse_internal.health_source AS s WHERE s.follows = source;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.touch_followers(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.touch_followers(integer) TO pulse_owner;

-- Segments that the model has itself count, in the version in force.
CREATE OR REPLACE FUNCTION pulse_internal.follow_segments(source integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	said jsonb;
	unknown text;
BEGIN
	SELECT v.segments INTO said FROM pulse_internal.health_source AS s
	JOIN pulse_internal.model AS m ON m.model_id = s.model_id
	JOIN pulse_internal.model_version AS v ON v.model_id = m.model_id AND v.version = m.version
	WHERE s.source_id = source AND v.segments <> CASE WHEN s.segment_column IS NULL THEN '{}' ELSE jsonb_build_object('column', s.segment_column, 'models',
		(SELECT coalesce(jsonb_object_agg(g.segment, n.name), '{}') FROM pulse_internal.health_segment AS g
		 JOIN pulse_internal.model AS n ON n.model_id = g.model_id WHERE g.source_id = source)) END;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT s.value INTO unknown FROM jsonb_each_text(said -> 'models') AS s
	WHERE NOT EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = s.value) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', unknown),
			DETAIL = 'A segment is to be scored by it.', HINT = 'Import it too, or take the segment away with pulse.alter_model(name, segments => ...).';
	END IF;
	DELETE FROM pulse_internal.health_segment AS g WHERE g.source_id = source;
	UPDATE pulse_internal.health_source AS s SET segment_column = said ->> 'column' WHERE s.source_id = source;
	INSERT INTO pulse_internal.health_segment (source_id, segment, model_id)
	SELECT source, s.key, m.model_id FROM jsonb_each_text(said -> 'models') AS s JOIN pulse_internal.model AS m ON m.name = s.value;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.follow_segments(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.follow_segments(integer) TO pulse_owner;

-- One source; returns how many customers another standing was written for. To compile its statements would take longer than to run them.
CREATE OR REPLACE FUNCTION pulse_internal.refresh_source(source integer, whole boolean) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
DECLARE
	now_at timestamptz;
	touched text[];
	in_force jsonb;
	changes record;
BEGIN
	-- one refresh at a time; then the clock, so that no refresh goes back behind another
	PERFORM FROM pulse_internal.health_source AS s WHERE s.source_id = source FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 0;	-- forgotten meanwhile
	END IF;
	PERFORM pulse_internal.follow_segments(source);
	SELECT greatest(pulse.clock(), s.refreshed_at) INTO now_at FROM pulse_internal.health_source AS s WHERE s.source_id = source;
	WITH taken AS (DELETE FROM pulse_internal.health_touched AS t WHERE t.source_id = source RETURNING t.customer)
	SELECT array_agg(DISTINCT k.customer) FILTER (WHERE k.customer IS NOT NULL), whole OR coalesce(bool_or(k.customer IS NULL), false)
	INTO touched, whole FROM taken AS k;
	IF (SELECT s.due_column IS NOT NULL FROM pulse_internal.health_source AS s WHERE s.source_id = source) THEN
		-- what says that it is another row now is read again
		SELECT array_agg(k.customer) INTO touched
		FROM (SELECT t.customer FROM unnest(touched) AS t(customer) UNION SELECT c.customer FROM pulse_internal.health_current AS c
			WHERE c.source_id = source AND c.due_at <= now_at) AS k;
	END IF;
	SELECT jsonb_object_agg(m.model_id::text, m.version) INTO in_force FROM pulse_internal.model AS m
	WHERE m.model_id IN (SELECT s.model_id FROM pulse_internal.health_source AS s WHERE s.source_id = source
		UNION ALL SELECT g.model_id FROM pulse_internal.health_segment AS g WHERE g.source_id = source);
	-- a new version counts for all; what was missed while the source was broken is anywhere
	whole := whole OR EXISTS (SELECT FROM pulse_internal.health_source AS s
		WHERE s.source_id = source AND (s.state <> 'ok' OR s.versions <> in_force));
	WITH steps AS MATERIALIZED (
		SELECT s.*, coalesce(o.band, pulse.band(s.health)) AS shown, coalesce(o.score, pulse.score(s.health)) AS score, o.until AS override_until
		FROM pulse_internal.health_steps(source, touched, whole, now_at) AS s
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = s.customer
			AND pulse_internal.is_in_force(o.since, o.until, s.at)
	), compared AS MATERIALIZED (
		-- nearly all customers have one step; what is sorted is the rest
		SELECT s.*, s.old_shown AS shown_before, s.old_score AS score_before,
			CASE WHEN s.shown IS DISTINCT FROM s.old_shown THEN s.at ELSE s.old_shown_since END AS shown_since
		FROM steps AS s WHERE s.step = 0 AND s.is_last
		UNION ALL
		SELECT x.*, coalesce(max(x.at) FILTER (WHERE x.shown IS DISTINCT FROM x.shown_before) OVER (PARTITION BY x.customer ORDER BY x.step
			ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), x.old_shown_since)
		FROM (SELECT s.*, lag(s.shown, 1, s.old_shown) OVER w AS shown_before, lag(s.score, 1, s.old_score) OVER w AS score_before
			FROM steps AS s WHERE s.step > 0 OR NOT s.is_last WINDOW w AS (PARTITION BY s.customer ORDER BY s.step)) AS x
	), kept AS (
		INSERT INTO pulse_internal.health_history (source_id, customer, at, recorded, cause, model_id, version, inputs, health, held, held_since, shown)
		SELECT source, s.customer, s.at, now_at, s.cause, s.model_id, s.version, CASE WHEN s.cause IN ('data', 'model') THEN s.inputs END,
			s.health, s.held, s.held_since, s.shown
		FROM compared AS s WHERE s.cause IS NOT NULL
	), written AS (
		INSERT INTO pulse_internal.health_current AS c (source_id, customer, model_id, version, inputs, health, held, held_since, shown, shown_since,
			computed_at, due_at, next_change)
		SELECT source, s.customer, s.model_id, s.version, s.inputs, s.health, s.held, s.held_since, s.shown, s.shown_since,
			s.at, least(s.due_at, s.override_until), s.next_change
		FROM compared AS s WHERE s.is_last AND s.cause IS DISTINCT FROM 'gone'
		ON CONFLICT ON CONSTRAINT health_current_pkey DO UPDATE SET model_id = excluded.model_id, version = excluded.version, inputs = excluded.inputs,
			health = excluded.health, held = excluded.held, held_since = excluded.held_since, shown = excluded.shown, shown_since = excluded.shown_since,
			computed_at = excluded.computed_at, due_at = excluded.due_at, next_change = excluded.next_change
	), removed AS (
		-- by their keys, whatever is estimated of the steps
		DELETE FROM pulse_internal.health_current AS c
		WHERE c.source_id = source AND c.customer = ANY (ARRAY(SELECT s.customer FROM steps AS s WHERE s.cause = 'gone'))
	), told AS (
		SELECT c.* FROM compared AS c WHERE c.shown <> c.shown_before AND c.cause <> 'gone'
	)
	SELECT (SELECT count(*) FROM steps AS s WHERE s.is_last) AS customers,
		array_agg(t.at ORDER BY t.at, t.customer, t.step) AS at, array_agg(t.customer ORDER BY t.at, t.customer, t.step) AS customer,
		array_agg(t.shown ORDER BY t.at, t.customer, t.step) AS band, array_agg(t.shown_before ORDER BY t.at, t.customer, t.step) AS old_band,
		array_agg(t.score ORDER BY t.at, t.customer, t.step) AS score, array_agg(t.score_before ORDER BY t.at, t.customer, t.step) AS old_score,
		array_agg(t.cause ORDER BY t.at, t.customer, t.step) AS cause, array_agg(t.next_change ORDER BY t.at, t.customer, t.step) AS next_change
	INTO changes FROM told AS t;
	PERFORM pulse_internal.emit_health_changes(source, changes.at, changes.customer, changes.band, changes.old_band, changes.score,
		changes.old_score, changes.cause, changes.next_change);
	UPDATE pulse_internal.health_source AS s SET state = 'ok', reason = NULL, refreshed_at = now_at, versions = in_force WHERE s.source_id = source;
	IF changes.customers > 0 THEN
		PERFORM pulse_internal.touch_followers(source);
	END IF;
	RETURN changes.customers;
EXCEPTION WHEN cardinality_violation THEN
	RAISE EXCEPTION USING ERRCODE = 'cardinality_violation', MESSAGE = 'two rows have the same key',
		DETAIL = format('Health is stored by key, and %s.%s is none.',
			(SELECT s.relation FROM pulse_internal.health_source AS s WHERE s.source_id = source),
			(SELECT quote_ident(s.key_column) FROM pulse_internal.health_source AS s WHERE s.source_id = source)),
		HINT = 'Store the health of a view that has one row per customer.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refresh_source(integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_source(integer, boolean) TO pulse_owner;

-- for its owner: see sp_refresh_health
CREATE OR REPLACE FUNCTION pulse_internal.refresh_stored(model text, whole boolean, caller oid) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.own_source(model, caller);
BEGIN
	RETURN pulse_internal.refresh_source(source, coalesce(whole,
		(SELECT s.capture = 'compare' FROM pulse_internal.health_source AS s WHERE s.source_id = source)));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refresh_stored(text, boolean, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.refresh_stored(text, boolean, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.refresh_health(model text, whole boolean DEFAULT NULL) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_refresh_health';
ALTER FUNCTION pulse.refresh_health(text, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.refresh_health(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.refresh_health(text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.refresh_health(text, boolean) IS
'Brings the stored health of a model up to now: of rows that were written since, and of those whose next change has come; of nothing else. whole reads all rows and compares them with what was read before: as always where the source is a view. Each change is kept with the instant when it happened, and told as an event where the shown band is another one. A new version of the model counts for all, from now on. Returns the number of customers that something was written for. The tick does it by itself; else its owner may, and pulse_admin. Errors: SP304 not stored, 42501 it is another''s, 21000 a key that stands twice, those of health().';

-- Does a source still have what is read of it?  Asked at each tick, whether anything was written or not.
CREATE OR REPLACE FUNCTION pulse_internal.require_source_fits(source integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
BEGIN
	SELECT CASE WHEN c.oid IS NULL THEN 'the relation of stored health is gone' ELSE format('%s has no column "%s"', s.relation, k.name) END INTO wrong
	FROM pulse_internal.health_source AS s LEFT JOIN pg_class AS c ON c.oid = s.relation
	CROSS JOIN unnest(ARRAY[s.key_column, s.segment_column, s.due_column]) AS k(name)
	WHERE s.source_id = source AND k.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = s.relation AND a.attname = k.name AND a.attnum > 0 AND NOT a.attisdropped);
	IF NOT FOUND THEN
		SELECT p.problem INTO wrong FROM pulse_internal.health_source AS s
		JOIN pulse_internal.model AS m ON m.model_id = s.model_id
			OR m.model_id IN (SELECT g.model_id FROM pulse_internal.health_segment AS g WHERE g.source_id = s.source_id)
		CROSS JOIN LATERAL pulse.check_model(m.name, s.relation) AS p WHERE s.source_id = source;
	END IF;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = wrong;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_source_fits(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_source_fits(integer) TO pulse_owner;

-- for the tick: what fails is noted and does not keep the others back
CREATE OR REPLACE FUNCTION pulse_internal.refresh_sources(comparing boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source record;
	failure text;
BEGIN
	-- what follows another was stored after it
	FOR source IN SELECT s.source_id FROM pulse_internal.health_source AS s
		WHERE NOT comparing OR s.capture = 'compare' ORDER BY s.source_id
	LOOP
		BEGIN
			PERFORM pulse_internal.require_source_fits(source.source_id);
			PERFORM pulse_internal.refresh_source(source.source_id, comparing);
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
			UPDATE pulse_internal.health_source AS s SET state = 'broken', reason = failure WHERE s.source_id = source.source_id;
		END;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refresh_sources(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_sources(boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.refresh_health() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.refresh_sources(false);
END;
REVOKE ALL ON FUNCTION pulse_internal.refresh_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_health() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.compare_health() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.refresh_sources(true);
END;
REVOKE ALL ON FUNCTION pulse_internal.compare_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.compare_health() TO pulse_owner;
-- ---- care: which health is kept --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.insert_health_source(model_name text, relation regclass, key_column text, key_name text,
		segment_column text, segments jsonb, capture text, event text, follows text, due text, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	new_id integer;
	unknown text;
BEGIN
	INSERT INTO pulse_internal.health_source (model_id, relation, key_column, key_name, segment_column, capture, event, author, follows, due_column)
	SELECT m.model_id, insert_health_source.relation, insert_health_source.key_column, insert_health_source.key_name,
		insert_health_source.segment_column, insert_health_source.capture, insert_health_source.event, insert_health_source.author::regrole,
		CASE WHEN insert_health_source.follows IS NOT NULL THEN pulse_internal.stored_source(insert_health_source.follows) END, insert_health_source.due
	FROM pulse_internal.model AS m WHERE m.name = model_name
	ON CONFLICT DO NOTHING RETURNING source_id INTO new_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('health by model "%s" is stored already', model_name),
			DETAIL = 'A model is stored for the rows of one table or view.',
			HINT = format('Import the model under another name, or SELECT pulse.forget_health(%L) first.', model_name);
	END IF;
	SELECT s.value INTO unknown FROM jsonb_each_text(segments) AS s
	WHERE NOT EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = s.value) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', unknown),
			DETAIL = 'A segment is to be scored by it.', HINT = 'Look at SELECT name FROM pulse.models.';
	END IF;
	INSERT INTO pulse_internal.health_segment (source_id, segment, model_id)
	SELECT new_id, s.key, m.model_id FROM jsonb_each_text(segments) AS s JOIN pulse_internal.model AS m ON m.name = s.value;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_health_source(text, regclass, text, text, text, jsonb, text, text, text, text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_health_source(text, regclass, text, text, text, jsonb, text, text, text, text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.add_health_source(model text, relation regclass, key_column text, key_name text,
		segment_column text, segments jsonb, capture text, event text, follows text, due text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_as_owner_source';
REVOKE ALL ON FUNCTION pulse_internal.add_health_source(text, regclass, text, text, text, jsonb, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.add_health_source(text, regclass, text, text, text, jsonb, text, text, text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.store_error(message text, detail text, hint text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = message, DETAIL = detail, HINT = hint;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.store_error(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.store_error(text, text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pulse_owner;

-- What stands in the way of scoring the rows of a relation by a model, as an error.
CREATE OR REPLACE FUNCTION pulse_internal.require_model_fits(model_name text, relation regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	problem record;
BEGIN
	SELECT c.* INTO problem FROM pulse.check_model(model_name, relation) AS c LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = problem.problem,
			DETAIL = format('"%s" of health model "%s" reads it.', problem.dimension, model_name), HINT = problem.hint;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_model_fits(text, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_model_fits(text, regclass) TO pulse_admin, pulse_author;

-- The event, where there is none of that name, and what it is called in sentences.
CREATE OR REPLACE FUNCTION pulse_internal.prepare_health_event(event text, key_name text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	word record;
BEGIN
	IF NOT EXISTS (SELECT FROM pulse.events AS e WHERE e.name = prepare_health_event.event) THEN
		PERFORM pulse.create_event(event, format('%I text NOT NULL, model text NOT NULL, band text NOT NULL, old_band text,
			score numeric, old_score numeric, cause text NOT NULL, next_change timestamptz', key_name));
	END IF;
	FOR word IN
		SELECT w.* FROM (VALUES ('event', event, NULL, 'health changes', '健康度变化'), ('column', 'band', event, 'health', '健康度'),
			('column', 'score', event, 'health score', '健康分'), ('key', CASE key_name WHEN 'customer' THEN key_name END, NULL, 'customer', '客户'), ('value', 'red', 'band', 'red', '红'), ('value', 'amber', 'band', 'amber', '黄'),
			('value', 'green', 'band', 'green', '绿'), ('value', 'grey', 'band', 'grey', '灰')) AS w(class, name, scope, en, zh)
		-- what has a name already keeps it, and a label stands for one thing
		WHERE w.name IS NOT NULL AND NOT EXISTS (SELECT FROM pulse.labels AS l WHERE l.class = w.class AND l.scope IS NOT DISTINCT FROM w.scope
			AND (l.name = w.name OR l.en = w.en OR l.zh = w.zh))
	LOOP
		PERFORM pulse.label(word.class, word.name, word.en, word.zh, word.scope);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.prepare_health_event(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.prepare_health_event(text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.touch_triggers(OUT name text, OUT clause text) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	VALUES ('pulse_health_insert', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'),
		('pulse_health_update', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
		('pulse_health_delete', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'),
		('pulse_health_truncate', 'AFTER TRUNCATE ON %s');
END;
REVOKE ALL ON FUNCTION pulse_internal.touch_triggers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.touch_triggers() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.store_health(model text, relation regclass, key text, key_name text DEFAULT 'customer',
		segments jsonb DEFAULT NULL, capture text DEFAULT NULL, event text DEFAULT 'health_changed', follows text DEFAULT NULL, due text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own_segments jsonb := pulse.export_model(model) -> 'segments';
	is_table boolean;
	part record;
BEGIN
	IF model IS NULL OR relation IS NULL OR key IS NULL OR key_name IS NULL THEN
		PERFORM pulse_internal.store_error('store_health needs a model, a relation and a key', 'One of them is null.',
			'Type for instance store_health(''standard'', ''app.customer'', key => ''id'').');
	END IF;
	IF segments IS NOT NULL AND (jsonb_typeof(segments) <> 'object' OR segments ->> 'column' IS NULL
			OR jsonb_typeof(segments -> 'models') IS DISTINCT FROM 'object') THEN
		PERFORM pulse_internal.store_error('invalid segments', 'A column says which segment a row belongs to, models which model scores it.',
			'Type for instance {"column": "size", "models": {"large": "key accounts"}}; all other rows have the model named first.');
	END IF;
	IF segments <> own_segments THEN
		PERFORM pulse_internal.store_error(format('model "%s" has segments of its own', model), format('They are %s.', own_segments),
			'Leave segments out, or change them with pulse.alter_model().');
	END IF;
	segments := coalesce(segments, nullif(own_segments, '{}'));
	PERFORM pulse_internal.require_model_fits(m.name, relation)
	FROM (SELECT model AS name UNION SELECT s.value FROM jsonb_each_text(segments -> 'models') AS s) AS m;
	SELECT c.relkind IN ('r', 'p') INTO is_table FROM pg_class AS c WHERE c.oid = relation;
	PERFORM pulse_internal.store_error(format('%s has no column "%s"', relation, k.name), 'It is to say whose health a row tells, to which segment it belongs, or when it is due.',
		'Name a column of the table or view.')
	FROM unnest(ARRAY[key, segments ->> 'column', due]) AS k(name)
	WHERE k.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attname = k.name AND a.attnum > 0 AND NOT a.attisdropped);
	PERFORM pulse_internal.store_error(format('column "%s" cannot say when a row is due', due), format('It is of type %s.', format_type(a.atttypid, a.atttypmod)),
		'Name a column of type timestamp with time zone.')
	FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = due AND a.atttypid <> 'timestamptz'::regtype;
	capture := coalesce(capture, CASE WHEN is_table THEN 'trigger' ELSE 'compare' END);
	IF capture <> ALL ('{trigger,compare}') OR (capture = 'trigger' AND NOT is_table) THEN
		PERFORM pulse_internal.store_error(format('invalid capture "%s"', capture), 'What is written to a table a trigger sees; a view is compared, row by row, with what was read before.',
			'Type ''trigger'' for a table, ''compare'' for anything.');
	END IF;
	IF event IS NOT NULL THEN
		PERFORM pulse_internal.prepare_health_event(event, key_name);
	END IF;
	PERFORM pulse_internal.add_health_source(model, relation, key, key_name, segments ->> 'column', segments -> 'models', capture, event, follows, due);
	FOR part IN SELECT t.name, format(t.clause, relation) AS clause FROM pulse_internal.touch_triggers() AS t
		WHERE capture = 'trigger' AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgname = t.name)
	LOOP
		EXECUTE format('CREATE TRIGGER %I %s FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.touch_health()', part.name, part.clause);
	END LOOP;
	RETURN pulse.refresh_health(model, true);
END
$$;
REVOKE ALL ON FUNCTION pulse.store_health(text, regclass, text, text, jsonb, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.store_health(text, regclass, text, text, jsonb, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.store_health(text, regclass, text, text, jsonb, text, text, text, text) IS
'Keeps the health of the rows of a table or view by a model from now on, with its history, hysteresis and dwell: pulse.healths shows it, refresh_health() and the tick keep it up to date. key: the column that says whose health it is, once per row; it is kept as text, and called key_name in events. segments: rows whose column has one of these values are scored by another model, such as {"column": "size", "models": {"large": "key accounts"}}; default: those of the model, which then count in the version in force, from the next refresh on. capture: trigger (for a table: statement triggers note the keys that are written; it needs the TRIGGER privilege) or compare (for a view: each whole refresh, daily by the tick, reads all rows and compares). event: the event that tells a change of the band, made where there is none; NULL: none. follows: a model whose stored health the rows are made of, such as those of parent_health(): whenever a refresh wrote something of that, all rows are compared at the next refresh, in the same tick. due: a timestamptz column that says when a row will be another one by itself, such as next_change of parent_next_change(): it is read again then, and next_change of the stored health is not later than that. Rows are read with the rights of the caller, now and later. Returns the number of rows. Errors: SP302 a model that does not fit, SP303 unknown model, SP304 what it follows is not stored, 42710 stored already, 21000 a key that stands twice, 22023 other arguments, 42501.';

CREATE OR REPLACE FUNCTION pulse_internal.delete_own_source(model_name text, caller oid) RETURNS regclass
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gone pulse_internal.health_source;
BEGIN
	DELETE FROM pulse_internal.health_source AS s WHERE s.source_id = pulse_internal.own_source(model_name, caller) RETURNING s.* INTO gone;
	DELETE FROM pulse_internal.health_current AS c WHERE c.source_id = gone.source_id;
	DELETE FROM pulse_internal.health_history AS h WHERE h.source_id = gone.source_id;
	DELETE FROM pulse_internal.health_touched AS t WHERE t.source_id = gone.source_id;
	RETURN CASE WHEN NOT EXISTS (SELECT FROM pulse_internal.health_source AS s WHERE s.relation = gone.relation) THEN gone.relation END;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.delete_own_source(text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.delete_own_source(text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.delete_health_source(model_name text) RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_delete_health_source';
ALTER FUNCTION pulse_internal.delete_health_source(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.delete_health_source(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.delete_health_source(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.forget_health(model text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	relation regclass := pulse_internal.delete_health_source(model);
	part record;
BEGIN
	FOR part IN SELECT g.tgname FROM pg_trigger AS g JOIN pulse_internal.touch_triggers() AS t ON t.name = g.tgname
		JOIN pg_class AS c ON c.oid = g.tgrelid
		WHERE g.tgrelid = relation AND g.tgparentid = 0 AND pg_has_role(c.relowner, 'USAGE')
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', part.tgname, relation);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse.forget_health(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.forget_health(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.forget_health(text) IS
'Ends what store_health() began: the stored health by this model goes, with its history and overrides. The triggers of the table go with the last such model, where the caller owns the table. The model and the event stay. Its owner may do so, and pulse_admin. Errors: SP304 not stored, 42501 it is another''s.';

-- ---- care: bands that people set ----------------------------------------------------------

-- Since now_at shows what overrides say; the refresh of this one customer writes it down and tells it.
CREATE OR REPLACE FUNCTION pulse_internal.show_override(source integer, of_customer text, now_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c pulse_internal.health_current;
	o record;
	o_before record;
	stands record;
	shows text;
BEGIN
	SELECT x.* INTO c FROM pulse_internal.health_current AS x WHERE x.source_id = source AND x.customer = of_customer;
	SELECT * INTO o FROM pulse_internal.override_at(source, of_customer, now_at);
	SELECT * INTO o_before FROM pulse_internal.override_at(source, of_customer, now_at - interval '1 microsecond');
	-- nothing is due between computed_at and now
	SELECT w.health, w.due_at, w.next_change INTO stands FROM pulse_internal.model AS m,
		LATERAL pulse_internal.walk_health(m.name, c.version, c.inputs, c.held, c.held_since, now_at, NULL, NULL, NULL, now_at, NULL, NULL) AS w
	WHERE m.model_id = c.model_id;
	shows := coalesce(o.band, pulse.band(stands.health));
	INSERT INTO pulse_internal.health_history (source_id, customer, at, recorded, cause, model_id, version, health, held, held_since, shown)
	VALUES (source, of_customer, now_at, now_at, 'override', c.model_id, c.version, stands.health, c.held, c.held_since, shows);
	UPDATE pulse_internal.health_current AS x SET health = stands.health, computed_at = now_at, next_change = stands.next_change,
		shown = shows, shown_since = CASE WHEN shows <> c.shown THEN now_at ELSE c.shown_since END, due_at = least(stands.due_at, o.until)
	WHERE x.source_id = source AND x.customer = of_customer;
	PERFORM pulse_internal.touch_followers(source);
	IF shows <> c.shown THEN
		PERFORM pulse_internal.emit_health_changes(source, ARRAY[now_at], ARRAY[of_customer], ARRAY[shows], ARRAY[c.shown],
			ARRAY[coalesce(o.score, pulse.score(stands.health))], ARRAY[coalesce(o_before.score, pulse.score(stands.health))],
			ARRAY['override'], ARRAY[stands.next_change]);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.show_override(integer, text, timestamptz) FROM PUBLIC;
ALTER FUNCTION pulse_internal.show_override(integer, text, timestamptz) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.require_customer(source integer, of_customer text) RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- what was due before comes before
	PERFORM pulse_internal.refresh_source(source, false);
	IF NOT EXISTS (SELECT FROM pulse_internal.health_current AS c WHERE c.source_id = source AND c.customer = of_customer) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP305', MESSAGE = format('no health is stored for "%s"', of_customer),
			DETAIL = 'Its rows have no such key.', HINT = 'Look at SELECT customer FROM pulse.healths.';
	END IF;
	RETURN (SELECT s.refreshed_at FROM pulse_internal.health_source AS s WHERE s.source_id = source);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_customer(integer, text) FROM PUBLIC;
ALTER FUNCTION pulse_internal.require_customer(integer, text) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.insert_override(model_name text, of_customer text, new_band text, new_reason text,
		new_until timestamptz, new_score numeric, new_author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.own_source(model_name, new_author);
	now_at timestamptz;
BEGIN
	IF coalesce(new_reason, '') = '' THEN
		PERFORM pulse_internal.store_error('an override needs a reason', 'Who sees it wants to know why the computed band does not count.', 'Say why, in words.');
	END IF;
	IF new_score NOT BETWEEN 0 AND 100 OR new_score <> round(new_score, 2) THEN
		PERFORM pulse_internal.store_error('invalid score of an override', format('%s is not a number from 0 to 100 with at most two decimals.', new_score), 'Leave it out, and only the band is another one.');
	END IF;
	now_at := pulse_internal.require_customer(source, of_customer);
	IF new_until <= now_at THEN
		PERFORM pulse_internal.store_error('the override ends before it begins', format('It would end at %s.', new_until), 'Leave until out for an override that somebody will end.');
	END IF;
	IF NOT EXISTS (SELECT FROM pulse_internal.health_current AS c JOIN pulse_internal.model_band AS b ON b.model_id = c.model_id AND b.version = c.version
			WHERE c.source_id = source AND c.customer = of_customer AND b.band = new_band) THEN
		PERFORM pulse_internal.store_error(format('the model has no band "%s"', new_band), 'An override shows one of the model''s bands.',
			'Look at SELECT name, bands FROM pulse.models.');
	END IF;
	UPDATE pulse_internal.health_override AS o SET until = now_at
	WHERE o.source_id = source AND o.customer = of_customer AND (o.until IS NULL OR o.until > now_at);
	INSERT INTO pulse_internal.health_override (source_id, customer, band, score, reason, author, since, until)
	VALUES (source, of_customer, new_band, new_score, new_reason, new_author::regrole, now_at, new_until);
	PERFORM pulse_internal.show_override(source, of_customer, now_at);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_override(text, text, text, text, timestamptz, numeric, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_override(text, text, text, text, timestamptz, numeric, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.override_health(model text, customer text, band text, reason text, until timestamptz DEFAULT NULL,
		score numeric DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_override_health';
REVOKE ALL ON FUNCTION pulse.override_health(text, text, text, text, timestamptz, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.override_health(text, text, text, text, timestamptz, numeric) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.override_health(text, text, text, text, timestamptz, numeric) IS
'Shows a band (and a score, where one is given) in the place of the computed one, for a reason, until an instant or until end_override(). The computed band goes on beside it; recomputing leaves the override. One that is in force already ends. A change of what shows is told as an event. Who stored the health may do so (an application by being granted his role), and pulse_admin. Errors: SP304 not stored, SP305 unknown customer, 22023 a band the model lacks, no reason, an end that has passed, 42501 it is another''s.';

CREATE OR REPLACE FUNCTION pulse_internal.close_override(model text, customer text, caller oid) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.own_source(model, caller);
	now_at timestamptz := pulse_internal.require_customer(source, customer);
BEGIN
	UPDATE pulse_internal.health_override AS o SET until = now_at
	WHERE o.source_id = source AND o.customer = close_override.customer AND (o.until IS NULL OR o.until > now_at);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pulse_internal.show_override(source, customer, now_at);
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.close_override(text, text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.close_override(text, text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.end_override(model text, customer text) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_end_override';
ALTER FUNCTION pulse.end_override(text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.end_override(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.end_override(text, text) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.end_override(text, text) IS
'Ends the override of a customer: from now on the computed band shows again. False: there was none. Who stored the health may do so, and pulse_admin. Errors: SP304 not stored, SP305 unknown customer, 42501 it is another''s.';
-- ---- care: what is old goes ----------------------------------------------------------------

-- Of each customer the last reading before the instant stays, with all that came after it: so each question about that
-- instant or a later one has its answer, and a life can be recomputed from there.
CREATE OR REPLACE FUNCTION pulse_internal.forget_past(source integer, before timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
AS $$
BEGIN
	UPDATE pulse_internal.health_source AS s SET history_since = before
	WHERE s.source_id = source AND s.created_at < before AND (s.history_since IS NULL OR s.history_since < before);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM pulse_internal.health_history AS h
	USING (SELECT DISTINCT ON (x.customer) x.customer, x.at, x.history_id, x.cause FROM pulse_internal.health_history AS x
		WHERE x.source_id = source AND x.at <= before AND (x.inputs IS NOT NULL OR x.cause = 'gone')
		ORDER BY x.customer, x.at DESC, x.history_id DESC) AS k
	WHERE h.source_id = source AND h.customer = k.customer AND (h.at, h.history_id) <= (k.at, k.history_id)
		AND (h.history_id <> k.history_id OR k.cause = 'gone');
	DELETE FROM pulse_internal.health_override AS o WHERE o.source_id = source AND o.until <= before;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.forget_past(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_past(integer, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.forget_health_history() RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.forget_past(s.source_id, pulse.clock() - pulse.setting('keep_health_history')::interval)
	FROM pulse_internal.health_source AS s;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.forget_health_history() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_health_history() TO pulse_owner;
-- ---- care: parents, whose health is that of their children ------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.require_parent_columns(relation regclass, child text, parent text, weight text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong record;
BEGIN
	SELECT k.role, k.name, a.atttypid INTO wrong FROM (VALUES ('child', child), ('parent', parent), ('weight', weight)) AS k(role, name)
	LEFT JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = k.name AND a.attnum > 0 AND NOT a.attisdropped
	WHERE (a.attname IS NULL AND (k.role <> 'weight' OR k.name IS NOT NULL))
		OR (k.role = 'weight' AND (SELECT t.typcategory FROM pg_type AS t WHERE t.oid = a.atttypid) <> ALL ('{N,S,U}')) LIMIT 1;
	IF FOUND AND wrong.atttypid IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('%s has no column "%s"', relation, wrong.name),
			DETAIL = format('It is to be the %s.', wrong.role),
			HINT = 'Name a column of the table or view: child is the key of a stored customer, parent whom it belongs to, weight a number.';
	ELSIF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = format('column "%s" is no weight', wrong.name),
			DETAIL = format('It is of type %s.', format_type(wrong.atttypid, NULL)), HINT = 'Name a column of numbers, or leave weight out.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_parent_columns(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_parent_columns(regclass, text, text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.parent_health(model text, relation regclass, child text, parent text, weight text DEFAULT NULL,
		OUT parent_key text, OUT children bigint, OUT unknown bigint, OUT score numeric, OUT low numeric, OUT high numeric,
		OUT coverage integer, OUT band text, OUT worst_child text, OUT worst_band text, OUT share_worst numeric) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	bands jsonb;
	minimum integer;
BEGIN
	PERFORM pulse_internal.stored_source(model);
	PERFORM pulse_internal.require_parent_columns(relation, child, parent, weight);
	SELECT jsonb_agg(jsonb_build_object('band', b.band, 'lower', b.lower) ORDER BY b.lower), v.minimum_coverage INTO bands, minimum
	FROM pulse_internal.model AS m JOIN pulse_internal.model_version AS v ON v.model_id = m.model_id AND v.version = m.version
	JOIN pulse_internal.model_band AS b ON b.model_id = v.model_id AND b.version = v.version WHERE m.name = parent_health.model
	GROUP BY v.minimum_coverage;
	RETURN QUERY EXECUTE format($query$
		WITH bound AS (SELECT b.band, b.lower, rank() OVER (ORDER BY b.lower) AS rank FROM jsonb_to_recordset($2) AS b(band text, lower numeric)),
		child AS (
			SELECT format('%%s', r.%1$I) AS parent, h.customer, %2$s AS weight, h.score, coalesce(h.low, 0) AS low, coalesce(h.high, 100) AS high,
				h.coverage, h.band, b.rank
			FROM %3$s AS r JOIN pulse.healths AS h ON h.model = $1 AND h.customer = format('%%s', r.%4$I) LEFT JOIN bound AS b ON b.band = h.band
			WHERE r.%1$I IS NOT NULL),
		parent AS (
			SELECT c.parent, count(*) AS children, count(*) FILTER (WHERE c.score IS NULL) AS unknown,
				round(sum(c.weight * c.score) / nullif(sum(c.weight) FILTER (WHERE c.score IS NOT NULL), 0), 2) AS score,
				round(sum(c.weight * c.low) / nullif(sum(c.weight), 0), 2) AS low, round(sum(c.weight * c.high) / nullif(sum(c.weight), 0), 2) AS high,
				floor(sum(c.weight * c.coverage) / nullif(sum(c.weight), 0))::integer AS coverage,
				(array_agg(c.customer ORDER BY c.rank, c.score, c.customer) FILTER (WHERE c.rank IS NOT NULL))[1] AS worst_child,
				(array_agg(c.band ORDER BY c.rank, c.score, c.customer) FILTER (WHERE c.rank IS NOT NULL))[1] AS worst_band,
				round(avg((c.rank IS NOT DISTINCT FROM 1)::int), 4) AS share_worst
			FROM child AS c GROUP BY c.parent)
		SELECT p.parent, p.children, p.unknown, p.score, p.low, p.high, p.coverage,
			CASE WHEN p.score IS NULL OR (p.coverage < $3 AND (SELECT max(b.rank) FROM bound AS b WHERE b.lower <= p.low)
					<> (SELECT max(b.rank) FROM bound AS b WHERE b.lower <= p.high)) THEN 'grey'
				ELSE (SELECT b.band FROM bound AS b WHERE b.lower <= p.score ORDER BY b.lower DESC LIMIT 1) END,
			p.worst_child, p.worst_band, p.share_worst
		FROM parent AS p ORDER BY p.parent $query$,
		parent, CASE WHEN weight IS NULL THEN '1' ELSE format('coalesce(r.%I::numeric, 0)', weight) END, relation, child)
	USING model, bands, minimum;
END
$$;
REVOKE ALL ON FUNCTION pulse.parent_health(text, regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.parent_health(text, regclass, text, text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.parent_health(text, regclass, text, text, text) IS
'Health of parents (groups, regions, account managers) from the stored health of their children. relation: a table or view of the caller''s with the columns child (the key of a stored customer), parent and, where given, weight. Per parent: how many children, of how many the score is unknown; score, low and high as means by weight (an unknown child is 0 in low, 100 in high and not in the score), coverage, the band that the model gives such a score (grey as for a customer), the worst child by band, then score, with its band, and the share of children in the lowest band, from 0 to 1. Errors: SP304 not stored, 42703 unknown column, 42804 a weight that is no number.';

CREATE OR REPLACE FUNCTION pulse_internal.parent_turn_add(state internal, bands text, model text, version integer, inputs jsonb, weight numeric,
		set_score numeric, set_until timestamptz, since timestamptz, until timestamptz) RETURNS internal
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_parent_turn_add';
REVOKE ALL ON FUNCTION pulse_internal.parent_turn_add(internal, text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.parent_turn_add(internal, text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz)
	TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
CREATE OR REPLACE FUNCTION pulse_internal.parent_turn(state internal) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_parent_turn';
REVOKE ALL ON FUNCTION pulse_internal.parent_turn(internal) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.parent_turn(internal) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.parent_next_change(model text, relation regclass, child text, parent text, weight text DEFAULT NULL,
		until timestamptz DEFAULT NULL, OUT parent_key text, OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.stored_source(model);
	now_at timestamptz := pulse.clock();
BEGIN
	PERFORM pulse_internal.require_parent_columns(relation, child, parent, weight);
	RETURN QUERY EXECUTE format($query$
		SELECT format('%%s', r.%1$I), pulse_internal.parent_turn($2, m.name, c.version, c.inputs, %2$s, o.score, o.until, $3, $4)
		FROM %3$s AS r
		JOIN pulse_internal.health_current AS c ON c.source_id = $1 AND c.customer = format('%%s', r.%4$I)
		JOIN pulse_internal.model AS m ON m.model_id = c.model_id
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = c.source_id AND o.customer = c.customer
			AND pulse_internal.is_in_force(o.since, o.until, $3)
		WHERE r.%1$I IS NOT NULL GROUP BY 1 ORDER BY 1 $query$,
		parent, CASE WHEN weight IS NULL THEN '1' ELSE format('coalesce(r.%I::numeric, 0)', weight) END, relation, child)
	USING source, model, now_at, coalesce(until, now_at + interval '31 days');
END
$$;
REVOKE ALL ON FUNCTION pulse.parent_next_change(text, regclass, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.parent_next_change(text, regclass, text, text, text, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.parent_next_change(text, regclass, text, text, text, timestamptz) IS
'When the band that parent_health() gives a parent will be another one if nothing happens, from what is known of all its children: dates that age, values that expire, overrides that end; NULL: not until the instant given (31 days from now). A band that leaves and comes back within an hour is not seen. Other arguments and errors as of parent_health().';
-- ---- care: the past, again -------------------------------------------------------------

-- The life of each customer of a source from what was read of it, step by step: what the refresh should have written.
CREATE OR REPLACE FUNCTION pulse_internal.replay_health(source integer, until timestamptz, OUT customer text, OUT at timestamptz,
		OUT cause text, OUT model_id integer, OUT version integer, OUT inputs jsonb, OUT health pulse.health, OUT held text,
		OUT held_since timestamptz, OUT is_final boolean, OUT due_at timestamptz, OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH life AS (
		-- one sort for all, and the arrays as it comes
		SELECT k.customer, array_agg(k.name) AS models, array_agg(k.version) AS versions, array_agg(k.inputs) AS inputs, array_agg(k.at) AS instants,
			(array_agg(k.held))[1] AS held, (array_agg(k.held_since))[1] AS held_since
		FROM (
			-- what was held where the past begins to be known
			SELECT h.customer, m.name, h.version, h.inputs, h.at, CASE WHEN h.at <= s.history_since THEN h.held END AS held,
				CASE WHEN h.at <= s.history_since THEN h.held_since END AS held_since
			FROM pulse_internal.health_history AS h
			JOIN pulse_internal.health_source AS s ON s.source_id = h.source_id
			JOIN pulse_internal.model AS m ON m.model_id = h.model_id
			LEFT JOIN (SELECT x.customer, max(x.history_id) AS history_id FROM pulse_internal.health_history AS x
				WHERE x.source_id = source AND x.cause = 'gone' GROUP BY x.customer) AS g ON g.customer = h.customer
			WHERE h.source_id = source AND h.inputs IS NOT NULL AND h.history_id > coalesce(g.history_id, 0)
			ORDER BY h.customer, h.at, h.history_id) AS k
		GROUP BY k.customer
	)
	SELECT l.customer, w.at, w.cause, m.model_id, w.of_version, w.of_inputs, w.health, w.is_held, w.is_held_since, w.is_last, w.due_at, w.next_change
	FROM life AS l CROSS JOIN LATERAL pulse_internal.walk_life(l.models, l.versions, l.inputs, l.instants, until, l.held, l.held_since) AS w
	JOIN pulse_internal.model AS m ON m.name = w.of_model;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.replay_health(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.replay_health(integer, timestamptz) TO pulse_owner;

-- Compares, and where "mend" writes what should be; a row per customer and difference.
CREATE OR REPLACE FUNCTION pulse_internal.compare_replay(source integer, mend boolean, OUT customer text, OUT problem text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off
AS $$
#variable_conflict use_column
DECLARE
	up_to timestamptz;
BEGIN
	SELECT s.refreshed_at INTO up_to FROM pulse_internal.health_source AS s WHERE s.source_id = source FOR UPDATE;
	RETURN QUERY
	WITH life AS MATERIALIZED (
		SELECT r.* FROM pulse_internal.replay_health(source, up_to) AS r
	), stands AS (
		-- as of the step, or of when an override was written; nothing is due between the two
		SELECT l.customer, l.model_id, l.version, l.inputs, l.held, l.held_since, coalesce(w.health, l.health) AS health, c.computed_at,
			least(CASE WHEN w.step IS NULL THEN l.due_at ELSE w.due_at END, o.until) AS due_at,
			CASE WHEN w.step IS NULL THEN l.next_change ELSE w.next_change END AS next_change, coalesce(o.band, pulse.band(coalesce(w.health, l.health))) AS shown
		FROM life AS l
		JOIN pulse_internal.model AS m ON m.model_id = l.model_id
		LEFT JOIN pulse_internal.health_current AS c ON c.source_id = source AND c.customer = l.customer
		LEFT JOIN LATERAL (
			SELECT x.step, x.health, x.due_at, x.next_change FROM pulse_internal.walk_health(m.name, l.version, l.inputs, l.held, l.held_since,
				c.computed_at, NULL, NULL, NULL, c.computed_at, NULL, NULL) AS x WHERE c.computed_at <> l.at OFFSET 0) AS w ON true
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = l.customer
			AND pulse_internal.is_in_force(o.since, o.until, up_to)
		WHERE l.is_final
	), wrong AS MATERIALIZED (
		SELECT s.* FROM stands AS s
		LEFT JOIN pulse_internal.health_current AS c ON c.source_id = source AND c.customer = s.customer
		WHERE (c.model_id, c.version, c.held, c.held_since, c.due_at, c.next_change, c.shown)
				IS DISTINCT FROM (s.model_id, s.version, s.held, s.held_since, s.due_at, s.next_change, s.shown)
			OR c.inputs IS DISTINCT FROM s.inputs OR c.health IS NULL OR NOT c.health OPERATOR(pulse.=) s.health
	), passed AS MATERIALIZED (
		SELECT l.customer, l.at, l.model_id, l.version, l.health, l.held, l.held_since
		FROM life AS l WHERE l.cause = 'time'
	), written AS MATERIALIZED (
		SELECT h.history_id, h.customer, h.at, h.model_id, h.version, h.health, h.held, h.held_since
		FROM pulse_internal.health_history AS h
		JOIN life AS l ON l.customer = h.customer AND l.is_final
		LEFT JOIN (SELECT g.customer, max(g.history_id) AS history_id FROM pulse_internal.health_history AS g
			WHERE g.source_id = source AND g.cause = 'gone' GROUP BY g.customer) AS g ON g.customer = h.customer
		WHERE h.source_id = source AND h.cause = 'time' AND h.history_id > coalesce(g.history_id, 0)
	), lacking AS MATERIALIZED (
		SELECT p.* FROM passed AS p WHERE NOT EXISTS (SELECT FROM written AS w WHERE w.customer = p.customer AND w.at = p.at
			AND w.health OPERATOR(pulse.=) p.health AND w.held IS NOT DISTINCT FROM p.held AND w.held_since IS NOT DISTINCT FROM p.held_since)
	), needless AS MATERIALIZED (
		SELECT w.* FROM written AS w WHERE NOT EXISTS (SELECT FROM passed AS p WHERE w.customer = p.customer AND w.at = p.at
			AND w.health OPERATOR(pulse.=) p.health AND w.held IS NOT DISTINCT FROM p.held AND w.held_since IS NOT DISTINCT FROM p.held_since)
	), mended AS (
		INSERT INTO pulse_internal.health_current AS c (source_id, customer, model_id, version, inputs, health, held, held_since, shown, shown_since,
			computed_at, due_at, next_change)
		SELECT source, w.customer, w.model_id, w.version, w.inputs, w.health, w.held, w.held_since, w.shown, up_to, coalesce(w.computed_at, up_to),
			w.due_at, w.next_change
		FROM wrong AS w WHERE mend
		ON CONFLICT ON CONSTRAINT health_current_pkey DO UPDATE SET model_id = excluded.model_id, version = excluded.version, inputs = excluded.inputs,
			health = excluded.health, held = excluded.held, held_since = excluded.held_since, shown = excluded.shown,
			shown_since = CASE WHEN c.shown = excluded.shown THEN c.shown_since ELSE excluded.shown_since END,
			due_at = excluded.due_at, next_change = excluded.next_change
	), put AS (
		INSERT INTO pulse_internal.health_history (source_id, customer, at, recorded, cause, model_id, version, health, held, held_since, shown)
		SELECT source, l.customer, l.at, up_to, 'time', l.model_id, l.version, l.health, l.held, l.held_since,
			coalesce(o.band, pulse.band(l.health))
		FROM lacking AS l LEFT JOIN LATERAL pulse_internal.override_at(source, l.customer, l.at) AS o ON true WHERE mend
	), taken AS (
		DELETE FROM pulse_internal.health_history AS h USING needless AS n WHERE h.history_id = n.history_id AND mend
	)
	SELECT w.customer, 'its standing is another one' FROM wrong AS w
	UNION ALL
	SELECT l.customer, format('a change at %s is lacking', l.at) FROM lacking AS l
	UNION ALL
	SELECT n.customer, format('there was no change at %s', n.at) FROM needless AS n
	ORDER BY 1, 2;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.compare_replay(integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.compare_replay(integer, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.check_health(model text, OUT customer text, OUT problem text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
	RETURN QUERY SELECT c.customer, c.problem FROM pulse_internal.compare_replay(pulse_internal.stored_source(model), false) AS c;
END
$$;
ALTER FUNCTION pulse.check_health(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.check_health(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_health(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_health(text) IS
'Where the stored health by a model differs from what its whole past gives, recomputed from the data that was read and the versions in force then; no rows: nowhere. Reads all history. Error SP304: not stored.';

CREATE OR REPLACE FUNCTION pulse_internal.rebuild_stored(model text, caller oid) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	source integer := pulse_internal.own_source(model, caller);
BEGIN
	PERFORM pulse_internal.refresh_source(source, true);
	RETURN (SELECT count(DISTINCT c.customer) FROM pulse_internal.compare_replay(source, true) AS c);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.rebuild_stored(text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.rebuild_stored(text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.rebuild_health(model text) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rebuild_health';
ALTER FUNCTION pulse.rebuild_health(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.rebuild_health(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rebuild_health(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.rebuild_health(text) IS
'Reads all rows, recomputes the stored health by a model from its whole past, as check_health(), and mends what differs: nothing, if all is well. What was read, overrides and models that were in force stay as they are. Returns the number of customers that were mended. Errors as refresh_health().';

-- ---- care: questions about the past ---------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.require_past(source integer, at timestamptz) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kept record;
BEGIN
	SELECT m.name, s.history_since INTO kept FROM pulse_internal.health_source AS s JOIN pulse_internal.model AS m ON m.model_id = s.model_id
	WHERE s.source_id = source AND at < s.history_since;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP306', MESSAGE = format('the past of health by model "%s" is known since %s only', kept.name, kept.history_since),
			DETAIL = format('It was asked for %s. What is older than the setting "keep_health_history" is deleted each night.', at),
			HINT = 'Ask for a later instant. pulse.set_setting(''keep_health_history'', ...) keeps more from now on.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_past(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_past(integer, timestamptz) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.health_at(model text, customer text, at timestamptz, known_at timestamptz DEFAULT NULL,
		OUT score numeric, OUT band text, OUT low numeric, OUT high numeric, OUT coverage integer, OUT computed_score numeric,
		OUT computed_band text, OUT scored_by text, OUT version integer, OUT inputs jsonb, OUT since timestamptz) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.stored_source(model);
	step record;
	o record;
	then_health pulse.health;
BEGIN
	PERFORM pulse_internal.require_past(source, least(at, known_at));
	SELECT h.cause, h.shown, h.health, h.at INTO step FROM pulse_internal.health_history AS h
	WHERE h.source_id = source AND h.customer = health_at.customer AND h.at <= health_at.at AND (known_at IS NULL OR h.recorded <= known_at)
	ORDER BY h.at DESC, h.history_id DESC LIMIT 1;
	IF NOT FOUND OR step.cause = 'gone' THEN
		RETURN;
	END IF;
	SELECT m.name, h.version, h.inputs INTO scored_by, version, inputs FROM pulse_internal.health_history AS h
	JOIN pulse_internal.model AS m ON m.model_id = h.model_id
	WHERE h.source_id = source AND h.customer = health_at.customer AND h.at <= health_at.at AND (known_at IS NULL OR h.recorded <= known_at)
		AND h.inputs IS NOT NULL
	ORDER BY h.at DESC, h.history_id DESC LIMIT 1;
	-- one that was set later was not known then
	SELECT * INTO o FROM pulse_internal.override_at(source, customer, least(at, known_at));
	then_health := pulse_internal.score_inputs(scored_by, version, inputs, at);
	computed_score := pulse.score(then_health);
	computed_band := pulse.band(step.health);
	score := coalesce(o.score, computed_score);
	band := step.shown;
	low := pulse.low(then_health);
	high := pulse.high(then_health);
	coverage := pulse.coverage(then_health);
	since := step.at;
	RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION pulse.health_at(text, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.health_at(text, text, timestamptz, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.health_at(text, text, timestamptz, timestamptz) IS
'How a customer was at an instant: score and band with the override of then, bounds, coverage, what was computed, by which model and version of what inputs, and since when. known_at: by what had been written down by then; a change that time brought may have been noticed later than it happened. No rows: nothing was stored of the customer. Errors: SP304 not stored, SP306 an instant whose past is forgotten.';

CREATE OR REPLACE FUNCTION pulse.healths_at(model text, at timestamptz DEFAULT NULL, OUT customer text, OUT score numeric, OUT band text, OUT low numeric,
		OUT high numeric, OUT coverage integer, OUT since timestamptz, OUT health pulse.health) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	source integer := pulse_internal.stored_source(model);
	then_at timestamptz := coalesce(at, pulse.clock());
BEGIN
	PERFORM pulse_internal.require_past(source, then_at);
	RETURN QUERY
	SELECT t.customer, coalesce(o.score, pulse.score(x.health)), t.shown, pulse.low(x.health), pulse.high(x.health), pulse.coverage(x.health), t.at, x.health
	FROM (SELECT DISTINCT ON (h.customer) h.customer, h.at, h.cause, h.shown FROM pulse_internal.health_history AS h
		WHERE h.source_id = source AND h.at <= then_at ORDER BY h.customer, h.at DESC, h.history_id DESC) AS t
	JOIN (SELECT DISTINCT ON (h.customer) h.customer, h.model_id, h.version, h.inputs FROM pulse_internal.health_history AS h
		WHERE h.source_id = source AND h.at <= then_at AND h.inputs IS NOT NULL ORDER BY h.customer, h.at DESC, h.history_id DESC) AS r ON r.customer = t.customer
	JOIN pulse_internal.model AS m ON m.model_id = r.model_id
	LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = t.customer AND pulse_internal.is_in_force(o.since, o.until, then_at)
	CROSS JOIN LATERAL (SELECT pulse_internal.score_inputs(m.name, r.version, r.inputs, then_at) AS health OFFSET 0) AS x
	WHERE t.cause <> 'gone';
END
$$;
REVOKE ALL ON FUNCTION pulse.healths_at(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.healths_at(text, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.healths_at(text, timestamptz) IS
'How all customers of a stored health were at an instant (default: now): as health_at(), a row per customer; health: as it was computed, for evaluation(). Errors: SP304 not stored, SP306 an instant whose past is forgotten.';

CREATE OR REPLACE FUNCTION pulse.diff_health(model text, customer text, since timestamptz, until timestamptz DEFAULT NULL, lang text DEFAULT NULL,
		OUT cause text, OUT dimension text, OUT change numeric, OUT sentence text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	source integer := pulse_internal.stored_source(model);
	ends timestamptz := coalesce(until, pulse.clock());
	said_in text := coalesce(lang, pulse.setting('language'));
	begins timestamptz;
BEGIN
	IF said_in <> ALL ('{en,zh}') THEN
		PERFORM pulse_internal.store_error(format('unknown language "%s"', said_in), 'Health is explained in English and Chinese.', 'Type ''en'' or ''zh''.');
	END IF;
	PERFORM pulse_internal.require_past(source, least(since, ends));
	-- the life that "ends" lies in; before it began there is nothing to compare with
	SELECT min(h.at) INTO begins FROM pulse_internal.health_history AS h
	WHERE h.source_id = source AND h.customer = diff_health.customer AND h.inputs IS NOT NULL
		AND h.history_id > coalesce((SELECT max(g.history_id) FROM pulse_internal.health_history AS g
			WHERE g.source_id = source AND g.customer = diff_health.customer AND g.cause = 'gone' AND g.at <= ends), 0);
	IF begins IS NULL OR begins > ends THEN
		RAISE EXCEPTION USING ERRCODE = 'SP305', MESSAGE = format('no health is stored for "%s"', customer),
			DETAIL = format('Nothing was known of it at %s.', ends), HINT = 'Look at SELECT customer, at FROM pulse.health_history.';
	END IF;
	begins := greatest(begins, since);
	IF ends < begins THEN
		PERFORM pulse_internal.store_error('the span ends before it begins', format('It would be from %s to %s.', begins, ends), 'Give the earlier instant first.');
	END IF;
	RETURN QUERY
	WITH mark AS MATERIALIZED (
		SELECT row_number() OVER (ORDER BY h.at, h.history_id) AS n, h.cause, greatest(h.at, begins) AS at, h.at > begins AS within,
			coalesce(lead(h.at) OVER (ORDER BY h.at, h.history_id), ends) AS next_at, m.name AS model, h.version, h.inputs
		FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m ON m.model_id = h.model_id
		WHERE h.source_id = source AND h.customer = diff_health.customer AND h.inputs IS NOT NULL AND h.at <= ends
	), part AS (
		SELECT 'time' AS cause, e.dimension, e.contribution AS change FROM mark AS k, LATERAL pulse_internal.explain_inputs(k.model, k.version, k.inputs, k.next_at, 'en') AS e
		WHERE k.next_at > begins
		UNION ALL
		SELECT 'time', e.dimension, -e.contribution FROM mark AS k, LATERAL pulse_internal.explain_inputs(k.model, k.version, k.inputs, k.at, 'en') AS e
		WHERE k.next_at > begins
		UNION ALL
		SELECT k.cause, e.dimension, e.contribution FROM mark AS k, LATERAL pulse_internal.explain_inputs(k.model, k.version, k.inputs, k.at, 'en') AS e
		WHERE k.within AND k.n > 1
		UNION ALL
		SELECT k.cause, e.dimension, -e.contribution FROM mark AS k JOIN mark AS b ON b.n = k.n - 1,
			LATERAL pulse_internal.explain_inputs(b.model, b.version, b.inputs, k.at, 'en') AS e WHERE k.within
		UNION ALL
		SELECT 'override', NULL, t.sign * (o.score - a.computed_score) FROM (VALUES (1, ends), (-1, begins)) AS t(sign, at),
			LATERAL pulse_internal.override_at(source, diff_health.customer, t.at) AS o,
			LATERAL pulse.health_at(model, diff_health.customer, t.at) AS a
	), summed AS (
		SELECT p.cause, p.dimension, sum(p.change) AS change FROM part AS p WHERE p.change IS NOT NULL
		GROUP BY p.cause, p.dimension HAVING sum(p.change) <> 0
	)
	SELECT s.cause, s.dimension, s.change, CASE said_in
		WHEN 'zh' THEN format('%s：因%s，%s%s分。', coalesce(l.label, s.dimension, '得分'),
			CASE s.cause WHEN 'data' THEN '数据更新' WHEN 'time' THEN '时间推移' WHEN 'model' THEN '模型更新' ELSE '人工设定' END,
			CASE WHEN s.change > 0 THEN '增加' ELSE '减少' END, trim_scale(abs(s.change)))
		ELSE format('%s: %s points %s, as %s.', coalesce(l.label, s.dimension, 'Score'), trim_scale(abs(s.change)), CASE WHEN s.change > 0 THEN 'more' ELSE 'fewer' END,
			CASE s.cause WHEN 'data' THEN 'the data changed' WHEN 'time' THEN 'time passed' WHEN 'model' THEN 'the model changed' ELSE 'somebody set it' END) END
	FROM summed AS s
	LEFT JOIN LATERAL (
		SELECT d.labels ->> said_in AS label FROM mark AS k JOIN pulse_internal.model AS m ON m.name = k.model
		JOIN pulse_internal.model_dimension AS d ON d.model_id = m.model_id AND d.version = k.version
		WHERE d.dimension = s.dimension ORDER BY k.n DESC LIMIT 1) AS l ON true
	ORDER BY s.cause, abs(s.change) DESC, s.dimension;
END
$$;
REVOKE ALL ON FUNCTION pulse.diff_health(text, text, timestamptz, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.diff_health(text, text, timestamptz, timestamptz, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.diff_health(text, text, timestamptz, timestamptz, text) IS
'Why the score of a customer is another one than it was: points by cause and dimension, along the way that it went. data: what was read anew; time: what passed while the data stayed (dates that aged, values that expired); model: new versions; override: the score that somebody set. They add up to the difference of health_at() exactly (a score that was not known counts as 0). sentence says the same in words, in lang ''en'' or ''zh'' (default: setting "language"), by the labels of the model. until: now. From the first reading on, where since lies before it. Errors: SP304 not stored, SP305 unknown customer, SP306 an instant whose past is forgotten, 22023 a span that ends before it begins, another language.';

CREATE OR REPLACE FUNCTION pulse.health_trend(model text, days integer DEFAULT 30, as_of timestamptz DEFAULT NULL, OUT customer text,
		OUT score numeric, OUT score_before numeric, OUT change numeric, OUT direction text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	source integer := pulse_internal.stored_source(model);
	now_at timestamptz := coalesce(as_of, pulse.clock());
	then_at timestamptz := coalesce(as_of, pulse.clock()) - make_interval(hours => 24 * days);
BEGIN
	PERFORM pulse_internal.require_past(source, least(now_at, then_at));
	RETURN QUERY
	SELECT t.customer, t.score, t.score_before, t.score - t.score_before,
		CASE sign(t.score - t.score_before) WHEN 1 THEN 'up' WHEN -1 THEN 'down' WHEN 0 THEN 'level' END
	FROM (SELECT c.customer,
			(SELECT pulse.score(pulse_internal.score_inputs(m.name, h.version, h.inputs, now_at))
				FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m ON m.model_id = h.model_id
				WHERE h.source_id = source AND h.customer = c.customer AND h.at <= now_at AND h.inputs IS NOT NULL
				ORDER BY h.at DESC, h.history_id DESC LIMIT 1) AS score,
			(SELECT pulse.score(pulse_internal.score_inputs(m.name, h.version, h.inputs, then_at))
				FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m ON m.model_id = h.model_id
				WHERE h.source_id = source AND h.customer = c.customer AND h.at <= then_at AND h.inputs IS NOT NULL
				ORDER BY h.at DESC, h.history_id DESC LIMIT 1) AS score_before
		FROM pulse_internal.health_current AS c WHERE c.source_id = source) AS t;
END
$$;
REVOKE ALL ON FUNCTION pulse.health_trend(text, integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.health_trend(text, integer, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.health_trend(text, integer, timestamptz) IS
'The computed score of each customer against that of so many times 24 hours before, and the direction: up, down, level; NULL where one of them was not known. Errors: SP304 not stored, SP306 an instant whose past is forgotten.';
-- ---- care: health that is kept, with its past ---------------------------------------

CREATE TABLE pulse_internal.health_source (
	source_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	model_id integer NOT NULL UNIQUE REFERENCES pulse_internal.model,
	relation regclass NOT NULL,
	key_column text NOT NULL,
	key_name text NOT NULL,
	segment_column text,
	capture text NOT NULL CHECK (capture IN ('trigger', 'compare')),
	event text,
	author regrole NOT NULL,
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
	reason text,
	created_at timestamptz NOT NULL DEFAULT pulse.clock(),
	refreshed_at timestamptz,
	versions jsonb NOT NULL DEFAULT '{}',	-- of each model, by its number, when it was refreshed last
	history_since timestamptz,				-- before this the past is forgotten; null: it is not
	follows integer REFERENCES pulse_internal.health_source ON DELETE SET NULL,	-- whose changes make this one be compared
	due_column text							-- says when a row is to be read again
);
COMMENT ON TABLE pulse_internal.health_source IS 'Tables and views whose rows'' health is kept; see pulse.store_health().';

CREATE TABLE pulse_internal.health_segment (
	source_id integer NOT NULL REFERENCES pulse_internal.health_source ON DELETE CASCADE,
	segment text NOT NULL,
	model_id integer NOT NULL REFERENCES pulse_internal.model,
	PRIMARY KEY (source_id, segment)
);
COMMENT ON TABLE pulse_internal.health_segment IS 'Segments whose rows have a model of their own.';

-- a source goes with all that is kept of it; that is not checked row by row, as a key would
CREATE TABLE pulse_internal.health_current (
	source_id integer NOT NULL,
	customer text NOT NULL,
	model_id integer NOT NULL,
	version integer NOT NULL,
	inputs jsonb NOT NULL,			-- what the model read of the row
	health pulse.health NOT NULL,	-- at computed_at; its band is the one that shows, but for an override
	held text,						-- the band that is held, whatever shows; null: none yet
	held_since timestamptz,
	shown text NOT NULL,			-- with the override
	shown_since timestamptz NOT NULL,
	computed_at timestamptz NOT NULL,
	due_at timestamptz,				-- when it must be looked at again if nothing happens
	next_change timestamptz,		-- when the band changes if nothing happens, but for overrides
	PRIMARY KEY (source_id, customer)
);
COMMENT ON TABLE pulse_internal.health_current IS 'Health as it stands; see pulse.healths.';
CREATE INDEX health_current_due ON pulse_internal.health_current (source_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE pulse_internal.health_history (
	history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_id integer NOT NULL,
	customer text NOT NULL,
	at timestamptz NOT NULL,		-- when it was so
	recorded timestamptz NOT NULL,	-- when it was known
	cause text NOT NULL CHECK (cause IN ('data', 'time', 'model', 'override', 'gone')),
	model_id integer NOT NULL,
	version integer NOT NULL,
	inputs jsonb,					-- null: as before
	health pulse.health NOT NULL,
	held text,
	held_since timestamptz,
	shown text NOT NULL
);
COMMENT ON TABLE pulse_internal.health_history IS 'Each change of health: when it happened and when it was known; see pulse.health_history.';
CREATE INDEX health_history_customer ON pulse_internal.health_history (source_id, customer, at, history_id);

CREATE TABLE pulse_internal.health_override (
	override_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_id integer NOT NULL REFERENCES pulse_internal.health_source ON DELETE CASCADE,
	customer text NOT NULL,
	band text NOT NULL,
	score numeric CHECK (score BETWEEN 0 AND 100 AND score = pg_catalog.round(score, 2)),
	reason text NOT NULL,
	author regrole NOT NULL,
	since timestamptz NOT NULL,
	until timestamptz				-- null: until somebody ends it
);
COMMENT ON TABLE pulse_internal.health_override IS 'Bands that people set in the place of the computed one; see pulse.override_health().';
CREATE INDEX health_override_customer ON pulse_internal.health_override (source_id, customer, since);

CREATE TABLE pulse_internal.health_touched (
	source_id integer NOT NULL,
	customer text					-- null: all
);
COMMENT ON TABLE pulse_internal.health_touched IS 'Rows that were written since the last refresh; a row may stand here more than once.';
CREATE INDEX health_touched_source ON pulse_internal.health_touched (source_id);

ALTER TABLE pulse_internal.health_source OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_segment OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_current OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_history OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_override OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_touched OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_source', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_segment', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_current', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_history', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_override', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_touched', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_source_source_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_history_history_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_override_override_id_seq', '');
GRANT SELECT ON pulse_internal.health_source, pulse_internal.health_segment, pulse_internal.health_current, pulse_internal.health_history,
	pulse_internal.health_override TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
GRANT SELECT ON pulse_internal.health_source TO pg_monitor;

CREATE TRIGGER model_is_stored BEFORE DELETE ON pulse_internal.model
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.refuse_stored_model();
-- ---- care: whose band turns before long ------------------------------------------------

-- pulse.healths WHERE model = ... AND next_change < ...; the refresh looks by due_at, which also has what does not show
CREATE INDEX health_current_next ON pulse_internal.health_current (source_id, next_change) WHERE next_change IS NOT NULL;
-- ---- care: stored health shows what the rows it was read from say ------------------------
-- The owner of the tables, the engine, is not held to the policies.

DO $$
DECLARE
	held text;
BEGIN
	FOREACH held IN ARRAY '{health_current,health_history,health_override}'::text[] LOOP
		EXECUTE format('ALTER TABLE pulse_internal.%I ENABLE ROW LEVEL SECURITY', held);
		EXECUTE format('CREATE POLICY everything ON pulse_internal.%I FOR SELECT TO pulse_admin, pulse_analyst, pulse_app USING (true)', held);
		EXECUTE format('CREATE POLICY readable ON pulse_internal.%I FOR SELECT TO pulse_author
			USING (source_id IN (SELECT s.source_id FROM pulse_internal.health_source AS s
								 WHERE pg_has_role(s.author, ''USAGE'')
									OR (has_any_column_privilege(s.relation::oid, ''SELECT'') AND NOT row_security_active(s.relation::oid))))', held);
	END LOOP;
END
$$;
-- ---- care: what shows: the override of then, or the band that was computed -------------------

-- a set, so that it becomes part of the query
CREATE OR REPLACE FUNCTION pulse_internal.override_at(source integer, of_customer text, at timestamptz,
		OUT band text, OUT score numeric, OUT until timestamptz) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT o.band, o.score, o.until FROM pulse_internal.health_override AS o
	WHERE o.source_id OPERATOR(pg_catalog.=) source AND o.customer OPERATOR(pg_catalog.=) of_customer
		AND o.since OPERATOR(pg_catalog.<=) at AND (o.until IS NULL OR at OPERATOR(pg_catalog.<) o.until)
	ORDER BY o.override_id DESC LIMIT 1;
END;
REVOKE ALL ON FUNCTION pulse_internal.override_at(integer, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.override_at(integer, text, timestamptz) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- ---- care: health as it stands, and its past ----------------------------------------------

CREATE OR REPLACE VIEW pulse.healths WITH (security_invoker = true) AS
	SELECT m.name AS model, c.customer, coalesce(o.score, pulse.score(h.health)) AS score, c.shown AS band, pulse.low(h.health) AS low, pulse.high(h.health) AS high,
		pulse.coverage(h.health) AS coverage, c.shown_since AS since, c.next_change, pulse.score(h.health) AS computed_score,
		pulse.band(c.health) AS computed_band, o.reason AS override_reason, o.author::text AS override_author, o.until AS override_until,
		n.name AS scored_by, c.version, c.computed_at
	FROM (SELECT pulse.clock() AS now_at) AS k
	CROSS JOIN pulse_internal.health_current AS c
	JOIN pulse_internal.health_source AS s ON s.source_id OPERATOR(pg_catalog.=) c.source_id
	JOIN pulse_internal.model AS m ON m.model_id OPERATOR(pg_catalog.=) s.model_id
	JOIN pulse_internal.model AS n ON n.model_id OPERATOR(pg_catalog.=) c.model_id
	CROSS JOIN LATERAL (SELECT pulse_internal.score_inputs(n.name, c.version, c.inputs, k.now_at) AS health OFFSET 0) AS h
	LEFT JOIN LATERAL (
		SELECT x.* FROM pulse_internal.health_override AS x
		WHERE x.source_id OPERATOR(pg_catalog.=) c.source_id AND x.customer OPERATOR(pg_catalog.=) c.customer
			AND x.since OPERATOR(pg_catalog.<=) k.now_at AND (x.until IS NULL OR k.now_at OPERATOR(pg_catalog.<) x.until)
		ORDER BY x.override_id DESC LIMIT 1) AS o ON true;
COMMENT ON VIEW pulse.healths IS
'Stored health, a row per model and customer: the score of this instant (0 to 100), the band that shows since when, bounds, coverage in percent; next_change: when the computed band will be another one if nothing happens (NULL: not within 200 years). An override stands in score and band, with its reason, author and end; computed_score and computed_band stay beside it. scored_by: the model of the segment. computed_at: when a change was written last.';
GRANT SELECT ON pulse.healths TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.health_history WITH (security_invoker = true) AS
	SELECT m.name AS model, h.customer, h.at, h.recorded, h.cause, h.shown AS band, pulse.band(h.health) AS computed_band, pulse.score(h.health) AS score,
		pulse.low(h.health) AS low, pulse.high(h.health) AS high, pulse.coverage(h.health) AS coverage, n.name AS scored_by, h.version, h.inputs
	FROM pulse_internal.health_history AS h
	JOIN pulse_internal.health_source AS s ON s.source_id OPERATOR(pg_catalog.=) h.source_id
	JOIN pulse_internal.model AS m ON m.model_id OPERATOR(pg_catalog.=) s.model_id
	JOIN pulse_internal.model AS n ON n.model_id OPERATOR(pg_catalog.=) h.model_id;
COMMENT ON VIEW pulse.health_history IS
'Each change of a stored health: at, when it happened; recorded, when it was noticed; cause: data (with the inputs that were read), time, model (a new version counts from here on; what was before stays as it was), override, gone; the band that showed from then on, the computed band and score of then, bounds, coverage in percent, and the model and version.';
GRANT SELECT ON pulse.health_history TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.stored_health WITH (security_invoker = true) AS
	SELECT m.name AS model, s.relation, s.key_column AS key, s.key_name, s.segment_column AS segment, s.capture, s.event, s.author::text AS author,
		s.state, CASE WHEN s.state OPERATOR(pg_catalog.<>) 'ok' THEN pulse_internal.shown_reason('health', s.source_id::text) END AS reason,
		s.created_at, s.refreshed_at, s.history_since, n.name AS follows, s.due_column AS due
	FROM pulse_internal.health_source AS s JOIN pulse_internal.model AS m ON m.model_id OPERATOR(pg_catalog.=) s.model_id
	LEFT JOIN pulse_internal.health_source AS f ON f.source_id OPERATOR(pg_catalog.=) s.follows
	LEFT JOIN pulse_internal.model AS n ON n.model_id OPERATOR(pg_catalog.=) f.model_id;
COMMENT ON VIEW pulse.stored_health IS
'Which health is stored: the model, the table or view with its key, the name of the key in events, the column of the segments, how changes are found (trigger, compare), the event, the author whose rights count, state (broken: the last refresh failed, reason says why), when it was refreshed last, since when its past is known (NULL: from the beginning on), the model whose stored health it is made of (follows), and the column that says when a row is due.';
SELECT pulse_internal.grant_without('pulse_internal.health_source', 'reason', '{pulse_author,pulse_app,pg_monitor}');
GRANT SELECT ON pulse.stored_health TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

CREATE OR REPLACE FUNCTION pulse.explain_stored(model text, customer text, as_of timestamptz DEFAULT NULL, lang text DEFAULT NULL,
		OUT dimension text, OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text, OUT group_name text, OUT sentence text) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.dimension, e.column_name, e.value, e.points, e.weight, e.share, e.contribution, e.status, e.group_name, e.sentence
	FROM pulse.health_at(explain_stored.model, explain_stored.customer, coalesce(explain_stored.as_of, pulse.clock())) AS h,
		LATERAL pulse_internal.explain_inputs(h.scored_by, h.version, h.inputs, coalesce(explain_stored.as_of, pulse.clock()), explain_stored.lang) AS e;
END;
REVOKE ALL ON FUNCTION pulse.explain_stored(text, text, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_stored(text, text, timestamptz, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.explain_stored(text, text, timestamptz, text) IS
'As explain_health(), of the stored health of a customer, now or at an instant, by what was read and the version in force then. No rows: nothing was stored of it. Errors: SP304 not stored, 22023 another language.';
-- ---- care: when a parent will turn -------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse_internal.parent_turn(bands text, model text, version integer, inputs jsonb, weight numeric, set_score numeric,
		set_until timestamptz, since timestamptz, until timestamptz) (
	SFUNC = pulse_internal.parent_turn_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = pulse_internal.parent_turn, FINALFUNC_MODIFY = read_write
);
REVOKE ALL ON FUNCTION pulse_internal.parent_turn(text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.parent_turn(text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz)
	TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
-- ---- escalation: cases, messages, tasks ----------------------------------------

CREATE TABLE pulse_internal.cases (
	case_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	wait_id bigint NOT NULL UNIQUE,
	rule_id int NOT NULL,
	rule_name text NOT NULL,	-- as it was called then: a rule may go, its cases stay
	key_name text NOT NULL,
	key text NOT NULL,
	key_label text,				-- its name and link when the case was opened
	link text,
	state text NOT NULL DEFAULT 'open'
		CHECK (state IN ('open', 'acknowledged', 'resolved', 'expired')),
	opened_at timestamptz NOT NULL,
	last_step int NOT NULL,
	waiting boolean NOT NULL DEFAULT true,	-- its wait goes on: more steps or an end may come
	acknowledged_at timestamptz,
	acknowledged_by text,
	closed_at timestamptz,
	reason text,
	resolved_late boolean NOT NULL DEFAULT false,
	snoozed_until timestamptz	-- its messages wait until then
);
COMMENT ON TABLE pulse_internal.cases IS 'One row per wait that has fired; see pulse.cases.';
CREATE INDEX cases_by_key ON pulse_internal.cases (key, key_name);
CREATE INDEX cases_unfinished ON pulse_internal.cases (case_id)
	WHERE state IN ('open', 'acknowledged');

CREATE TABLE pulse_internal.case_event (
	case_id bigint NOT NULL,	-- no foreign key: each row would lock its case
	at timestamptz NOT NULL,
	number bigint GENERATED BY DEFAULT AS IDENTITY,
	what text NOT NULL,			-- step, fallback, unaddressed, acknowledged, task done, closed ...; its beginning stands in its case
	step int,
	actor text,					-- a staff id; NULL: salespulse
	detail text,
	PRIMARY KEY (case_id, number)
);
COMMENT ON TABLE pulse_internal.case_event IS 'What happened to a case, in order; see pulse.case_history.';

CREATE SEQUENCE pulse_internal.lease_token AS bigint;
COMMENT ON SEQUENCE pulse_internal.lease_token IS 'Fencing tokens of leases: a later lease has the higher one.';

CREATE TABLE pulse_internal.message (
	message_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	case_id bigint,
	firing_id bigint,
	rule_id int,
	wait_id bigint,
	step int,
	repetition int NOT NULL DEFAULT 0,	-- of a step that repeats, from 1
	together bigint[],			-- the cases it is about, where the rule says TOGETHER
	action int,
	verb text,
	role text,					-- the role the rule names
	found_by text,				-- how the recipient was found: role, fallback, nobody
	staff text,					-- id of the recipient; NULL: nobody was found
	instead_of text,			-- whose deputy he is, where he is one
	recipient_name text,
	channel text NOT NULL,
	recipient text,				-- address on that channel
	copies text[] NOT NULL DEFAULT '{}',
	language text NOT NULL,
	subject text NOT NULL,
	body text NOT NULL,
	variables jsonb NOT NULL DEFAULT '{}',
	idempotency_key uuid NOT NULL DEFAULT gen_random_uuid(),
	priority int NOT NULL DEFAULT 0,	-- lower goes first
	created_at timestamptz NOT NULL,
	not_before timestamptz NOT NULL		-- by pulse.clock()
);
COMMENT ON TABLE pulse_internal.message IS 'The texts of the outbox; how far each has come is in queue or delivery. See pulse.messages.';

-- a repeat is impossible rather than unlikely; messages are found by their case, which is that of one wait
CREATE UNIQUE INDEX message_once ON pulse_internal.message
	(case_id, step, repetition, action, coalesce(staff, ''));

CREATE INDEX message_together ON pulse_internal.message USING gin (together) WHERE together IS NOT NULL;

CREATE TABLE pulse_internal.task (
	task_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	case_id bigint NOT NULL REFERENCES pulse_internal.cases ON DELETE CASCADE,
	firing_id bigint NOT NULL,
	wait_id bigint NOT NULL,
	step int NOT NULL,
	repetition int NOT NULL DEFAULT 0,
	together bigint[],			-- the cases it is about, where the rule says TOGETHER
	action int NOT NULL,
	role text NOT NULL,
	staff text,					-- NULL: nobody was found
	title text NOT NULL,
	created_at timestamptz NOT NULL,
	due_at timestamptz,
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'closed')),
	finished_at timestamptz,
	finished_by text,
	outcome text,
	snoozed_until timestamptz,	-- not shown before
	assigned_by text			-- who gave it to staff; NULL: the rule, which then moves it with the role
);
COMMENT ON TABLE pulse_internal.task IS 'Things to do; see pulse.tasks.';
CREATE UNIQUE INDEX task_once ON pulse_internal.task (wait_id, step, repetition, action, coalesce(staff, ''));
CREATE INDEX task_open ON pulse_internal.task (staff, due_at) WHERE state = 'open';
CREATE INDEX task_by_case ON pulse_internal.task (case_id);
CREATE INDEX task_together ON pulse_internal.task USING gin (together) WHERE together IS NOT NULL;

ALTER TABLE pulse_internal.cases OWNER TO pulse_owner;
ALTER TABLE pulse_internal.case_event OWNER TO pulse_owner;
ALTER SEQUENCE pulse_internal.lease_token OWNER TO pulse_owner;
ALTER TABLE pulse_internal.message OWNER TO pulse_owner;
ALTER TABLE pulse_internal.task OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.cases', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.cases_case_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.case_event', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.case_event_number_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.lease_token', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.message', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.message_message_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.task', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.task_task_id_seq', '');
-- ---- escalation: finding what is old -----------------------------------------------------

CREATE INDEX message_age ON pulse_internal.message USING brin (created_at) WITH (autosummarize = on);
CREATE INDEX cases_age ON pulse_internal.cases USING brin (closed_at) WITH (autosummarize = on);
CREATE INDEX firing_age ON pulse_internal.firing USING brin (swept_at, due_at) WITH (autosummarize = on);
-- ---- escalation: who is who --------------------------------------------------------

CREATE TABLE pulse_internal.mapping (
	mapping_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('staff', 'role', 'key')),
	name text NOT NULL,			-- the role or key; '' for the staff
	key_name text NOT NULL DEFAULT '',	-- the key that a role is found by
	source regclass,			-- a view of its author, read with the author's rights
	relation regclass,			-- what that view reads
	holder text[],				-- fixed holders of a role
	above text,					-- the role that this one stands above
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
	reason text,
	author regrole,				-- who mapped it; of a view its owner; NULL: only pulse_admin may change it
	created_at timestamptz NOT NULL,
	UNIQUE (kind, name, key_name)
);
COMMENT ON TABLE pulse_internal.mapping IS 'How staff, roles and keys are read from the application''s tables; see pulse.roles.';
ALTER TABLE pulse_internal.mapping OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.mapping', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.mapping_mapping_id_seq', '');
-- ---- escalation: the outbox, apart from the texts ---------------------------------
-- A message's text never changes and lies in pulse_internal.message.  How far it has
-- come is one narrow row: in "queue" while it is to be sent, in "delivery" once a worker
-- is done with it.  Invariant: a message is in exactly one of the two.
-- C reads and writes both by column number (queue.h).

CREATE TABLE pulse_internal.queue (
	message_id bigint PRIMARY KEY,
	not_before timestamptz NOT NULL,	-- by pulse.clock()
	held_until timestamptz NOT NULL DEFAULT '-infinity',	-- end of the lease, or of the pause after a failure; by the system's clock
	lease_token bigint NOT NULL DEFAULT 0,
	priority int NOT NULL DEFAULT 0,	-- lower goes first
	attempt int NOT NULL DEFAULT 0,
	claimed boolean NOT NULL DEFAULT false,
	withdraw boolean NOT NULL DEFAULT false,	-- its case is closed
	changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	channel text COLLATE "C" NOT NULL,
	worker text,
	last_error text
	-- half of each page is left for what a claim writes: so it touches no index
) WITH (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE pulse_internal.queue IS 'Messages to be sent, or being sent; see pulse.messages.';
-- a claim changes none of these columns; rows that pause or are claimed keep their places
CREATE INDEX queue_order ON pulse_internal.queue (channel, priority, not_before, message_id);
CREATE INDEX queue_withdrawn ON pulse_internal.queue (message_id) WHERE withdraw;

CREATE TABLE pulse_internal.delivery (
	message_id bigint PRIMARY KEY,
	changed_at timestamptz NOT NULL,
	lease_token bigint NOT NULL,
	attempt int NOT NULL,
	state text NOT NULL
		CHECK (state IN ('unknown', 'sent', 'delivered', 'failed', 'dead', 'withdrawn', 'unaddressed', 'digested')),
	worker text,
	provider_id text,
	last_error text
);
COMMENT ON TABLE pulse_internal.delivery IS 'What became of messages; see pulse.messages.';
CREATE INDEX delivery_trouble ON pulse_internal.delivery (state)
	WHERE state IN ('unknown', 'failed', 'dead', 'unaddressed');
-- only of gateways whose receipts name a message by nothing else
CREATE INDEX delivery_serial ON pulse_internal.delivery (provider_id) WHERE provider_id LIKE 'tencent:%';

-- the outbox of 0.1.0 was one table
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'pulse_internal.message'::regclass AND attname = 'state') THEN
		EXECUTE 'INSERT INTO pulse_internal.queue (message_id, not_before, held_until, lease_token, priority, attempt,
				claimed, withdraw, changed_at, channel, worker, last_error)
			SELECT message_id, not_before, held_until, coalesce(lease_token, 0), priority, attempt,
				state = ''claimed'', withdraw, changed_at, channel, worker, last_error
			FROM pulse_internal.message WHERE state IN (''queued'', ''claimed'')';
		EXECUTE 'INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, provider_id, last_error)
			SELECT message_id, changed_at, coalesce(lease_token, 0), attempt, state, worker, provider_id, last_error
			FROM pulse_internal.message WHERE state NOT IN (''queued'', ''claimed'')';
	END IF;
END
$$;

-- ---- what a channel can take --------------------------------------------------------

CREATE TABLE pulse_internal.channel (
	name text COLLATE "C" PRIMARY KEY,
	overflow text NOT NULL DEFAULT 'wait' CHECK (overflow IN ('wait', 'digest')),
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.channel IS 'Channels with limits; see pulse.channels.';

CREATE TABLE pulse_internal.channel_limit (
	channel text COLLATE "C" REFERENCES pulse_internal.channel ON DELETE CASCADE,
	per_recipient boolean,
	span interval,				-- at most max_messages in any window of this length
	max_messages int NOT NULL CHECK (max_messages > 0),
	PRIMARY KEY (channel, per_recipient, span)
);
COMMENT ON TABLE pulse_internal.channel_limit IS 'How many messages a channel, or one recipient on it, may get; see pulse.channels.';

-- One row per message claimed on a channel with limits: the last instant at which it
-- may have been sent.  That is the lease's end while nobody answers, then the answer.
CREATE TABLE pulse_internal.channel_use (
	channel text COLLATE "C" NOT NULL,
	last_at timestamptz NOT NULL,
	message_id bigint NOT NULL,
	lease_token bigint NOT NULL,
	recipient text
);
COMMENT ON TABLE pulse_internal.channel_use IS 'Places that messages take in the limits of their channels.';
CREATE INDEX channel_use_window ON pulse_internal.channel_use (channel, last_at);
CREATE INDEX channel_use_message ON pulse_internal.channel_use (message_id);

ALTER TABLE pulse_internal.queue OWNER TO pulse_owner;
ALTER TABLE pulse_internal.delivery OWNER TO pulse_owner;
ALTER TABLE pulse_internal.channel OWNER TO pulse_owner;
ALTER TABLE pulse_internal.channel_limit OWNER TO pulse_owner;
ALTER TABLE pulse_internal.channel_use OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.queue', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.delivery', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.channel', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.channel_limit', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.channel_use', '');
-- ---- escalation: who stands in, and when nobody is to be disturbed ---------------------

CREATE TABLE pulse_internal.deputy (
	staff text NOT NULL,
	deputy text NOT NULL,
	since date NOT NULL,		-- days of the business time zone, both included
	until date NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (staff, since),
	CHECK (since <= until)
);
COMMENT ON TABLE pulse_internal.deputy IS 'Who stands in for whom; see pulse.deputies.';

CREATE TABLE pulse_internal.quiet_hours (
	scope text CHECK (scope IN ('channel', 'staff', 'org')),
	name text,					-- of the channel, the person, or the org unit and all below it
	channel text NOT NULL,		-- of a person or unit: on this one only; '': on all
	since time,					-- NULL: only the calendar counts
	until time,
	calendar text,				-- quiet on its days off, too
	created_at timestamptz NOT NULL,
	PRIMARY KEY (scope, name, channel),
	CHECK (since <> until),
	CHECK (num_nonnulls(since, until) <> 1),
	CHECK (since IS NOT NULL OR calendar IS NOT NULL)
);
COMMENT ON TABLE pulse_internal.quiet_hours IS 'When nothing is sent that can wait; see pulse.quiet_hours.';

CREATE TABLE pulse_internal.digest (
	staff text,
	channel text,
	at time NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (staff, channel)
);
COMMENT ON TABLE pulse_internal.digest IS 'Who gets one message a day instead of many; see pulse.digests.';

-- the messages that wait for one; in the queue they are never due
CREATE TABLE pulse_internal.digest_wait (
	message_id bigint PRIMARY KEY,
	digest_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.digest_wait IS 'Messages that go out in the next digest of their recipient.';
CREATE INDEX digest_wait_due ON pulse_internal.digest_wait (digest_at);

ALTER TABLE pulse_internal.digest OWNER TO pulse_owner;
ALTER TABLE pulse_internal.digest_wait OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.digest', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.digest_wait', '');
ALTER TABLE pulse_internal.deputy OWNER TO pulse_owner;
ALTER TABLE pulse_internal.quiet_hours OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.deputy', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.quiet_hours', '');
-- ---- escalation: reports that rules send ---------------------------------------------

CREATE TABLE pulse_internal.report (
	report_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	author regrole NOT NULL,
	query text NOT NULL,		-- as it was given
	max_rows int NOT NULL CHECK (max_rows BETWEEN 1 AND 10000),
	on_empty text NOT NULL CHECK (on_empty IN ('skip', 'send')),
	layout text NOT NULL CHECK (layout IN ('table', 'csv')),
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
	reason text,
	created_at timestamptz NOT NULL,
	last_run_at timestamptz
);
COMMENT ON TABLE pulse_internal.report IS 'Named queries whose results rules send; see pulse.reports.';
ALTER TABLE pulse_internal.report OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.report', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.report_report_id_seq', '');
-- ---- escalation: templates, and what rules say beside their sentence ---------------------

CREATE TABLE pulse_internal.template (
	name text PRIMARY KEY,
	subject_en text,
	body_en text,
	subject_zh text,
	body_zh text,
	channel text UNIQUE,		-- of all messages on this channel that name no other
	event text,					-- its columns may be named
	urgent boolean NOT NULL DEFAULT false,
	author regrole NOT NULL,
	created_at timestamptz NOT NULL,
	CHECK (coalesce(body_en, body_zh) IS NOT NULL)
);
COMMENT ON TABLE pulse_internal.template IS 'Texts of messages; see pulse.templates.';

CREATE TABLE pulse_internal.rule_fallback (
	rule_id int PRIMARY KEY,
	role text NOT NULL
);
COMMENT ON TABLE pulse_internal.rule_fallback IS 'Who gets what a rule finds nobody for, where it is not the setting''s role.';

ALTER TABLE pulse_internal.template OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_fallback OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.template', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_fallback', '');
-- ---- escalation: texts ---------------------------------------------------------------

-- an instant as people of the business read it; a bare day where it is its first instant
CREATE OR REPLACE FUNCTION pulse_internal.instant_text(instant timestamptz) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_instant_text';
REVOKE ALL ON FUNCTION pulse_internal.instant_text(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.instant_text(timestamptz) TO pulse_owner;

-- a header is one line, whatever a name in it holds
CREATE OR REPLACE FUNCTION pulse_internal.one_line(given text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN btrim(regexp_replace(given, '[\x01-\x20\x7f]+', ' ', 'g'));
REVOKE ALL ON FUNCTION pulse_internal.one_line(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.one_line(text) TO pulse_owner;

-- what a name is called in a language; without a label it stands for itself
CREATE OR REPLACE FUNCTION pulse_internal.word(class text, scope text, name text, language text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_word';
REVOKE ALL ON FUNCTION pulse_internal.word(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.word(text, text, text, text) TO pulse_owner;

-- the address of somebody on a channel; robots and webhooks know people by their id
CREATE OR REPLACE FUNCTION pulse_internal.address(channel text, staff text, email text, mobile text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN nullif(CASE WHEN channel = 'mail' THEN email WHEN channel = 'sms' THEN mobile
					   WHEN channel <> '' THEN staff END, '');
REVOKE ALL ON FUNCTION pulse_internal.address(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.address(text, text, text, text) TO pulse_owner;

-- the channel a verb wants, or the one somebody can be reached on
CREATE OR REPLACE FUNCTION pulse_internal.reachable_channel(verb text, preferred text, staff text,
		email text, mobile text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN pulse_internal.address(CASE verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE preferred END,
									staff, email, mobile) IS NOT NULL
			THEN CASE verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE preferred END
		WHEN pulse_internal.address('mail', staff, email, mobile) IS NOT NULL THEN 'mail'
		WHEN pulse_internal.address('sms', staff, email, mobile) IS NOT NULL THEN 'sms' END;
REVOKE ALL ON FUNCTION pulse_internal.reachable_channel(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.reachable_channel(text, text, text, text, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.require(found boolean, what text, name text) RETURNS void
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_require';
REVOKE ALL ON FUNCTION pulse_internal.require(boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require(boolean, text, text) TO pulse_owner;

-- Who does something: whom the caller names, or whom his session acts as.  An
-- application that said who is asking cannot act as somebody else.
CREATE OR REPLACE FUNCTION pulse_internal.check_actor(staff text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	acting text := nullif(current_setting('pulse.acting_staff', true), '');	-- of pulse.act_as()
BEGIN
	IF acting <> staff THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('%s cannot act as %s', acting, staff),
			DETAIL = format('pulse.act_as() said that %s is asking.', acting), HINT = 'Leave staff out, or say who is asking first.';
	END IF;
	RETURN coalesce(staff, acting);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_actor(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_actor(text) TO pulse_owner;
-- ---- escalation: acting on firings ---------------------------------------------------------

-- One slice of the rules, of one lane; what needs nobody's leave acts in it. busy: others do all there is to do
CREATE OR REPLACE FUNCTION pulse_internal.sweep_lane(max_events int, OUT events int, OUT firings int, OUT more boolean, OUT busy boolean)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_sweep_lane';
REVOKE ALL ON FUNCTION pulse_internal.sweep_lane(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.sweep_lane(int) TO pulse_owner;

-- whom the reports of acting firings are for
CREATE OR REPLACE FUNCTION pulse_internal.addressed_reports(OUT firing_id bigint, OUT action int, OUT role text, OUT title text,
		OUT found_by text, OUT staff text, OUT name text, OUT channel text, OUT recipient text, OUT copies text[], OUT language text,
		OUT instead_of text, OUT fallback text) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_addressed_reports';
REVOKE ALL ON FUNCTION pulse_internal.addressed_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.addressed_reports() TO pulse_owner;
-- ---- escalation: what channels can take ----------------------------------------------

-- "20 per minute", "100 per 5 minutes" -> how many, in which span
CREATE OR REPLACE FUNCTION pulse_internal.read_limit(given text, OUT max_messages int, OUT span interval) RETURNS record
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	parts text[] := regexp_match(lower(btrim(given)), '^(\d{1,9}) (?:per|every) (?:(\d{1,4}) )?(second|minute|hour|day)s?$');
BEGIN
	IF parts IS NULL OR parts[1]::int = 0 OR parts[2]::int = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('unusable limit: "%s"', given),
			DETAIL = 'A limit is a number of messages and the span in which there may be no more.',
			HINT = 'Type it such as ''20 per minute'' or ''5 per 10 seconds''.';
	END IF;
	max_messages := parts[1]::int;
	span := (coalesce(parts[2], '1') || ' ' || parts[3])::interval;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.read_limit(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.read_limit(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.limit_text(max_messages int, span interval) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT max_messages || ' per ' || CASE WHEN u.n = 1 THEN u.unit ELSE u.n || ' ' || u.unit || 's' END
			FROM (SELECT extract(epoch FROM span)::bigint / l.seconds AS n, l.unit
				  FROM (VALUES (86400, 'day'), (3600, 'hour'), (60, 'minute'), (1, 'second')) AS l(seconds, unit)
				  WHERE extract(epoch FROM span)::bigint % l.seconds = 0 ORDER BY l.seconds DESC LIMIT 1) AS u);
REVOKE ALL ON FUNCTION pulse_internal.limit_text(int, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.limit_text(int, interval)
	TO pulse_owner, pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.require_channel(name text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pulse_internal.channel AS c WHERE c.name = require_channel.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP605', MESSAGE = format('unknown channel: "%s"', name),
			DETAIL = 'No channel of that name was made with pulse.create_channel().',
			HINT = 'Look at SELECT * FROM pulse.channels.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_channel(text) TO pulse_owner;

-- NULL leaves limits as they are
CREATE OR REPLACE FUNCTION pulse_internal.set_limits(channel text, limits text[], for_recipient boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF limits IS NULL THEN
		RETURN;
	END IF;
	DELETE FROM pulse_internal.channel_limit AS l
	WHERE l.channel = set_limits.channel AND l.per_recipient = for_recipient;
	INSERT INTO pulse_internal.channel_limit (channel, per_recipient, span, max_messages)
	SELECT set_limits.channel, for_recipient, r.span, min(r.max_messages)
	FROM unnest(limits) AS given, LATERAL pulse_internal.read_limit(given) AS r GROUP BY r.span;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.set_limits(text, text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.set_limits(text, text[], boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.check_overflow(overflow text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF overflow NOT IN ('wait', 'digest') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unknown overflow: "%s"', overflow),
			DETAIL = 'Messages over the limit wait, or become one message for each recipient.', HINT = 'Type ''wait'' or ''digest''.';
	END IF;
	RETURN overflow;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_overflow(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_overflow(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.create_channel(name text, limits text[] DEFAULT '{}',
		recipient_limits text[] DEFAULT '{}', overflow text DEFAULT 'wait') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF coalesce(name, '') = '' OR octet_length(name) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('invalid name of a channel: "%s"', name),
			DETAIL = 'It is empty or longer than a name may be.', HINT = 'Type the name that messages have, such as ''sms''.';
	END IF;
	INSERT INTO pulse_internal.channel (name, overflow, created_at)
	VALUES (create_channel.name, pulse_internal.check_overflow(coalesce(create_channel.overflow, 'wait')), pulse.clock()) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('channel "%s" exists already', name),
			DETAIL = 'Channels are told apart by their names.', HINT = 'Change it with pulse.alter_channel().';
	END IF;
	PERFORM pulse_internal.set_limits(name, limits, false), pulse_internal.set_limits(name, recipient_limits, true);
END
$$;
ALTER FUNCTION pulse.create_channel(text, text[], text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.create_channel(text, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_channel(text, text[], text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.create_channel(text, text[], text[], text) IS
'Says what a channel of the outbox can take: limits such as ''{20 per minute,100 per day}'', no more than that in any window of that length, all workers together; recipient_limits the same for each address. With overflow ''digest'' what waits for a limit becomes one message for each recipient, with a list. A channel without an entry here has no limits. Errors: 22023 unusable name, limit or overflow, 42710 the channel exists.';

CREATE OR REPLACE FUNCTION pulse.alter_channel(name text, limits text[] DEFAULT NULL,
		recipient_limits text[] DEFAULT NULL, overflow text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.require_channel(name);
	UPDATE pulse_internal.channel AS c SET overflow = pulse_internal.check_overflow(alter_channel.overflow)
	WHERE c.name = alter_channel.name AND alter_channel.overflow IS NOT NULL;
	PERFORM pulse_internal.set_limits(name, limits, false), pulse_internal.set_limits(name, recipient_limits, true);
END
$$;
ALTER FUNCTION pulse.alter_channel(text, text[], text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.alter_channel(text, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_channel(text, text[], text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.alter_channel(text, text[], text[], text) IS
'Changes what create_channel said; what is null stays, ''{}'' takes the limits away. What was sent before counts against the new limits as far back as the old ones reached. Errors: SP605 no such channel, 22023 unusable limit or overflow.';

CREATE OR REPLACE FUNCTION pulse.drop_channel(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.require_channel(name);
	DELETE FROM pulse_internal.channel_use AS u WHERE u.channel = drop_channel.name;
	DELETE FROM pulse_internal.channel AS c WHERE c.name = drop_channel.name;
END
$$;
ALTER FUNCTION pulse.drop_channel(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_channel(text) TO pulse_admin;
COMMENT ON FUNCTION pulse.drop_channel(text) IS
'Forgets what create_channel said; messages of the channel then go out without limits. Error SP605: no such channel.';
-- ---- escalation: the trigger of gates -------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.gate() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_gate';
REVOKE ALL ON FUNCTION pulse_internal.gate() FROM PUBLIC;
-- ---- escalation: messages as HTML, for mail -------------------------------------------------

-- What a text says, with nothing in it that HTML would take for its own; addresses of pages become links.
CREATE OR REPLACE FUNCTION pulse_internal.html_text(given text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN regexp_replace(
		replace(replace(replace(replace(given, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'),
		'(https?://(?:(?!&quot;|&lt;|&gt;)[^\s，。；！？）])*(?!&quot;|&lt;|&gt;)[^\s.,;:!?)，。；：！？）])', '<a href="\1">\1</a>', 'g');
REVOKE ALL ON FUNCTION pulse_internal.html_text(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.html_text(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.html_page(content text, language text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN '<!DOCTYPE html>' || E'\n' || '<html lang="' || CASE language WHEN 'zh' THEN 'zh' ELSE 'en' END
		|| '"><head><meta charset="utf-8"></head>' || E'\n' || '<body>' || content || '</body></html>';
REVOKE ALL ON FUNCTION pulse_internal.html_page(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.html_page(text, text) TO pulse_owner;

-- one entry of a digest: what its mail would have said, with the table that html_page() was given for it
CREATE OR REPLACE FUNCTION pulse_internal.html_item(subject text, body text, page text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<li><strong>' || pulse_internal.html_text(subject) || '</strong>' || E'\n'
		|| coalesce(substring(page FROM '<body>(.*)</body></html>$'),
					'<div style="white-space: pre-wrap">' || pulse_internal.html_text(body) || '</div>') || '</li>';
REVOKE ALL ON FUNCTION pulse_internal.html_item(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.html_item(text, text, text) TO pulse_owner;

-- rows (JSON objects with the same columns) as a table with a head; numbers stand to the right
CREATE OR REPLACE FUNCTION pulse_internal.rows_as_html(rows text[], language text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH cell AS MATERIALIZED (
		SELECT r.n, e.place, e.name, coalesce(e.value, '') AS value
		FROM unnest(rows) WITH ORDINALITY AS r(line, n),
			 LATERAL json_each_text(r.line::json) WITH ORDINALITY AS e(name, value, place)
	), head AS MATERIALIZED (
		SELECT c.place, c.name, bool_and(c.value = '' OR c.value ~ '^-?[0-9][0-9.,]*$') AS number
		FROM cell AS c GROUP BY c.place, c.name
	), lines AS (
		SELECT c.n, '<tr>' || string_agg(CASE WHEN h.number THEN '<td align="right">' ELSE '<td>' END
										 || pulse_internal.html_text(c.value) || '</td>', '' ORDER BY c.place) || '</tr>' AS line
		FROM cell AS c JOIN head AS h ON h.place = c.place GROUP BY c.n
	)
	SELECT '<table border="1" cellspacing="0" cellpadding="4">' || E'\n<tr>'
		|| (SELECT string_agg('<th>' || pulse_internal.html_text(pulse_internal.word('column', '', h.name, rows_as_html.language)) || '</th>',
							  '' ORDER BY h.place) FROM head AS h)
		|| E'</tr>\n' || string_agg(l.line, E'\n' ORDER BY l.n) || E'\n</table>'
	FROM lines AS l;
END;
REVOKE ALL ON FUNCTION pulse_internal.rows_as_html(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rows_as_html(text[], text) TO pulse_owner;
-- ---- escalation: what is old goes ----------------------------------------------------------

-- A slice of what is older than the settings say and of no more use: messages that are
-- done and of no open case, closed cases with their history and tasks, firings of waits
-- that are over.  Called each hour: so a large backlog goes in slices of bounded time.
-- Nothing is looked for while not even the first of its kind is so old.
CREATE OR REPLACE FUNCTION pulse_internal.forget_old(slice int DEFAULT 20000) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH old AS MATERIALIZED (
		SELECT m.message_id FROM pulse_internal.message AS m
		WHERE (SELECT f.created_at FROM pulse_internal.message AS f ORDER BY f.message_id LIMIT 1)
			  < (SELECT pulse.clock() - pulse.setting('keep_messages')::interval)
		  AND m.created_at < (SELECT pulse.clock() - pulse.setting('keep_messages')::interval)
		  AND NOT EXISTS (SELECT FROM pulse_internal.queue AS q WHERE q.message_id = m.message_id)
		  AND NOT EXISTS (SELECT FROM pulse_internal.cases AS c
						  WHERE (c.case_id = m.case_id OR c.case_id = ANY (m.together)) AND c.state IN ('open', 'acknowledged'))
		LIMIT forget_old.slice
	), ended AS (
		DELETE FROM pulse_internal.delivery AS d WHERE d.message_id IN (SELECT o.message_id FROM old AS o)
	)
	DELETE FROM pulse_internal.message AS m WHERE m.message_id IN (SELECT o.message_id FROM old AS o);

	WITH gone AS (
		DELETE FROM pulse_internal.cases AS c
		WHERE c.case_id IN (
			SELECT x.case_id FROM pulse_internal.cases AS x
			WHERE (SELECT f.opened_at FROM pulse_internal.cases AS f ORDER BY f.case_id LIMIT 1)
				  < (SELECT pulse.clock() - pulse.setting('keep_cases')::interval)
			  AND x.closed_at < (SELECT pulse.clock() - pulse.setting('keep_cases')::interval)
			  AND x.state IN ('resolved', 'expired')
			  AND NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = x.key AND w.rule_id = x.rule_id AND w.wait_id = x.wait_id)
			  AND NOT EXISTS (SELECT FROM pulse_internal.message AS m WHERE m.case_id = x.case_id)
			LIMIT forget_old.slice)
		RETURNING c.case_id
	)
	DELETE FROM pulse_internal.case_event AS e WHERE e.case_id IN (SELECT g.case_id FROM gone AS g);

	DELETE FROM pulse_internal.firing AS f
	WHERE f.firing_id IN (
		SELECT x.firing_id FROM pulse_internal.firing AS x
		WHERE (SELECT f.swept_at FROM pulse_internal.firing AS f ORDER BY f.firing_id LIMIT 1)
			  < (SELECT pulse.clock() - pulse.setting('keep_firings')::interval)
		  AND x.swept_at < (SELECT pulse.clock() - pulse.setting('keep_firings')::interval)
		  AND x.released_at IS NOT NULL
		  AND NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = x.key AND w.rule_id = x.rule_id AND w.wait_id = x.wait_id)
		  AND NOT EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.wait_id = x.wait_id)
		LIMIT forget_old.slice);

	DELETE FROM pulse_internal.channel_use AS u
	WHERE u.last_at < clock_timestamp() - coalesce((SELECT max(l.span) FROM pulse_internal.channel_limit AS l
													WHERE l.channel = u.channel), interval '0');
END;
REVOKE ALL ON FUNCTION pulse_internal.forget_old(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_old(int) TO pulse_owner;
-- ---- escalation: mapping staff, roles and keys ------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.read_mapping(mapping_id int, keys text[], tolerant boolean)
	RETURNS SETOF text[]
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'sp_read_mapping';
REVOKE ALL ON FUNCTION pulse_internal.read_mapping(int, text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.read_mapping(int, text[], boolean)
	TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.save_mapping(kind text, name text, key_name text, source regclass,
		relation regclass, holder text[], above text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_mapping';
REVOKE ALL ON FUNCTION pulse_internal.save_mapping(text, text, text, regclass, regclass, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_mapping(text, text, text, regclass, regclass, text[], text)
	TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.drop_role_mapping(role text, key text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_role_mapping';
REVOKE ALL ON FUNCTION pulse_internal.drop_role_mapping(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_role_mapping(text, text) TO pulse_admin, pulse_author;

-- The caller's own view over his own table; all its columns are text but where
-- column_types names another.  The expressions are his, and run as him.
CREATE OR REPLACE FUNCTION pulse_internal.make_mapping_view(view_name text, relation regclass,
		names text[], expressions text[], condition text) RETURNS regclass
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema_name text := pulse.setting('event_schema');
	view_path text := format('%I.%I', schema_name, view_name);
	column_list text;
	advice text;
BEGIN
	IF relation IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'no relation given',
			DETAIL = 'A mapping reads a table or view of the application.',
			HINT = 'Type its name, such as relation => ''app.users''.';
	END IF;
	IF octet_length(view_name) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = 'name_too_long',
			MESSAGE = format('the name "%s" is too long', view_name),
			DETAIL = 'The mapping''s view would have it, and a name has at most 63 bytes.',
			HINT = 'Take a shorter name, and give the long one with pulse.label().';
	END IF;
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', schema_name);
	ELSIF NOT has_schema_privilege(schema_name, 'CREATE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('no right to make a view in schema %I', schema_name),
			DETAIL = 'A mapping is a view of its author in the event schema.',
			HINT = format('Have its owner type GRANT CREATE, USAGE ON SCHEMA %I TO %I.', schema_name, current_user);
	END IF;
	SELECT string_agg(format('%s AS %I', coalesce(expression, 'NULL::text'), name), ', ' ORDER BY n)
	INTO column_list
	FROM unnest(names, expressions) WITH ORDINALITY AS given(name, expression, n);
	BEGIN
		IF to_regclass(view_path) IS NOT NULL THEN
			EXECUTE format('DROP VIEW %s', view_path);
		END IF;
		EXECUTE format('CREATE VIEW %s AS SELECT %s FROM %s%s', view_path, column_list, relation,
					   ' WHERE ' || condition);
		PERFORM pulse_internal.try_to_read(view_path::regclass);
	EXCEPTION WHEN syntax_error OR undefined_column OR undefined_function OR undefined_object
				OR datatype_mismatch OR cannot_coerce OR insufficient_privilege THEN
		GET STACKED DIAGNOSTICS advice = PG_EXCEPTION_HINT;
		RAISE EXCEPTION USING ERRCODE = sqlstate,
			MESSAGE = format('%s cannot be read as mapped', relation),
			DETAIL = format('PostgreSQL says: %s.', sqlerrm),
			HINT = CASE WHEN sqlstate = '42501' AND advice <> '' THEN advice
				ELSE format('Give columns of %s that you may read, or expressions over them with functions named in full.', relation) END;
	END;
	RETURN view_path::regclass;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.make_mapping_view(text, regclass, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.make_mapping_view(text, regclass, text[], text[], text)
	TO pulse_admin, pulse_author;

-- an expression as text; a missing one stays missing, a required one is asked for
CREATE OR REPLACE FUNCTION pulse_internal.mapped_text(parameter text, expression text, required boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF required AND coalesce(expression, '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no %s given', parameter),
			DETAIL = 'The mapping cannot do without it.',
			HINT = format('Name a column or an expression: %s => ''...''.', parameter);
	END IF;
	RETURN '(' || expression || ')::text';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.mapped_text(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.mapped_text(text, text, boolean) TO pulse_admin, pulse_author;

-- which column of a relation holds a key, where the caller did not say
CREATE OR REPLACE FUNCTION pulse_internal.key_column(relation regclass, key text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_column text;
BEGIN
	SELECT a.attname INTO found_column
	FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
	WHERE i.indrelid = relation AND i.indisprimary AND i.indnkeyatts = 1;
	IF found_column IS NULL THEN
		SELECT a.attname INTO found_column
		FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN (key, key || '_id', 'id')
		ORDER BY array_position(ARRAY[key, key || '_id', 'id'], a.attname::text) LIMIT 1;
	END IF;
	IF found_column IS NULL AND relation IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no column of %s is known to hold the key "%s"', relation, key),
			DETAIL = 'It has no primary key of one column and no column of that name.',
			HINT = 'Name the column: id => ''...''.';
	END IF;
	RETURN quote_ident(found_column);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.key_column(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.key_column(regclass, text) TO pulse_admin, pulse_author;

-- exactly one form of role mapping, complete
CREATE OR REPLACE FUNCTION pulse_internal.check_role_form(role text, key text, relation regclass,
		holder text[], above text, org_path text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	forms int := num_nonnulls(key, holder, above);
BEGIN
	IF forms <> 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('role "%s" has %s forms', role, CASE forms WHEN 0 THEN 'no' ELSE 'several' END),
			DETAIL = 'A role is found by a key, or has fixed holders, or stands above another role.',
			HINT = 'Type one of key => ''customer'', holder => ''{7}'', above => ''rep''.';
	END IF;
	IF holder IS NOT NULL AND (cardinality(holder) = 0 OR array_position(holder, NULL) IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('role "%s" has no holder', role),
			DETAIL = 'The list of staff ids is empty or has a null in it.',
			HINT = 'Type ids of pulse.staff, such as holder => ''{7,12}''.';
	END IF;
	IF above = role THEN
		RAISE EXCEPTION USING ERRCODE = 'SP601',
			MESSAGE = format('role "%s" would stand above itself', role),
			DETAIL = 'The nearest holder above is sought from the holder of the other role.',
			HINT = 'Name the role below it, such as above => ''rep''.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_role_form(text, text, regclass, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_role_form(text, text, regclass, text[], text, text)
	TO pulse_admin, pulse_author;
-- ---- escalation: the outbox -----------------------------------------------------
-- Claims and answers are C (claim.c, answer.c); what is rare is SQL.  A message goes queued -> claimed -> (unknown ->) sent -> delivered, or ends as
-- failed (a receipt says so), dead (given up), withdrawn (its case closed first).
-- Nobody moves it back but a failure, a lease that ran out, or retry_messages().

CREATE OR REPLACE FUNCTION pulse_internal.max_attempts() RETURNS int
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 12;
REVOKE ALL ON FUNCTION pulse_internal.max_attempts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.max_attempts() TO pulse_owner;

-- 30 seconds, doubled at each try, an hour at most: twelve tries take five hours
CREATE OR REPLACE FUNCTION pulse_internal.backoff(attempt int) RETURNS interval
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN least(interval '30 seconds' * 2 ^ least(greatest(attempt, 1) - 1, 20), interval '1 hour');
REVOKE ALL ON FUNCTION pulse_internal.backoff(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.backoff(int) TO pulse_owner;

-- how far a message has come; it never goes back to a lower rank by an ack.
-- Not STRICT: a CASE would then not be inlined.
CREATE OR REPLACE FUNCTION pulse_internal.outcome_rank(state text) RETURNS int
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE state WHEN 'claimed' THEN 1 WHEN 'unknown' THEN 2 WHEN 'sent' THEN 3
					  WHEN 'delivered' THEN 4 WHEN 'failed' THEN 4 ELSE 0 END;
REVOKE ALL ON FUNCTION pulse_internal.outcome_rank(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.outcome_rank(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.claim_messages(worker text, max_messages int DEFAULT 100,
		lease interval DEFAULT '60 seconds', channels text[] DEFAULT NULL, except_channels text[] DEFAULT NULL)
	RETURNS TABLE (message_id bigint, lease_token bigint, channel text, recipient text,
				   recipient_name text, copies text[], subject text, body text, variables jsonb,
				   idempotency_key text, attempt int, created_at timestamptz)
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_claim_messages';
ALTER FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) IS
'Gives a worker up to max_messages messages to deliver, in order of priority and age, no message to two workers. Answer each with ack_message or fail_message and the lease_token; what is not answered when the lease ends may be claimed again, with attempt one higher. Send the idempotency_key along where the channel has one. With channels, only of those; with except_channels, of none of those: so a worker leaves alone what it cannot send now. A channel with limits (pulse.channels) gives no more than they allow, to all workers together; claims on it take turns. Errors: 22023 unusable argument, SP902 delivery is held, 0A000 a channel with limits in a REPEATABLE READ transaction.';

CREATE OR REPLACE FUNCTION pulse.ack_message(message_id bigint, lease_token bigint,
		provider_id text DEFAULT NULL, outcome text DEFAULT 'sent', reason text DEFAULT NULL) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_ack_message';
ALTER FUNCTION pulse.ack_message(bigint, bigint, text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) IS
'Says that a claimed message is sent, delivered, or that it is unknown whether it was sent (a connection cut after the text; the reason says it). May be told again as receipts come, in any order: the state only goes forward. False: the lease was lost, another worker has or had the message. Error 22023: unknown outcome.';

CREATE OR REPLACE FUNCTION pulse.ack_messages(message_ids bigint[], lease_tokens bigint[],
		outcome text DEFAULT 'sent', provider_ids text[] DEFAULT NULL) RETURNS SETOF bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_ack_messages';
ALTER FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) IS
'ack_message for many: ids, their lease tokens and, where there are some, provider ids, side by side. Returns the ids whose lease held. Error 22023: unknown outcome.';

-- the state after a failure; NULL where a failure changes nothing
CREATE OR REPLACE FUNCTION pulse_internal.state_after_failure(state text, attempt int, withdraw boolean,
		permanent boolean) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN state = 'sent' THEN 'failed'
		WHEN withdraw THEN 'withdrawn'
		WHEN permanent OR attempt >= pulse_internal.max_attempts() THEN 'dead'
		ELSE 'queued'
	END;
REVOKE ALL ON FUNCTION pulse_internal.state_after_failure(text, int, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.state_after_failure(text, int, boolean, boolean) TO pulse_owner;

-- a place in the channel's limits runs out from the answer on; what never reached the channel takes none
CREATE OR REPLACE FUNCTION pulse_internal.free_place(message_id bigint, lease_token bigint, reached boolean) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM pulse_internal.channel_use AS u
	WHERE NOT free_place.reached AND u.message_id = free_place.message_id AND u.lease_token = free_place.lease_token;
	UPDATE pulse_internal.channel_use AS u SET last_at = least(u.last_at, clock_timestamp())
	WHERE u.message_id = free_place.message_id AND u.lease_token = free_place.lease_token;
END;
REVOKE ALL ON FUNCTION pulse_internal.free_place(bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.free_place(bigint, bigint, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.fail_message(message_id bigint, lease_token bigint, error text,
		retry_after interval DEFAULT NULL, permanent boolean DEFAULT false, reached boolean DEFAULT true) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.free_place(fail_message.message_id, fail_message.lease_token, coalesce(fail_message.reached, true));
	WITH claimed AS MATERIALIZED (
		SELECT q.*, pulse_internal.state_after_failure('claimed', CASE WHEN fail_message.reached THEN q.attempt ELSE 0 END,
													   q.withdraw, coalesce(fail_message.permanent, false)) AS becomes
		FROM pulse_internal.queue AS q
		WHERE q.message_id = fail_message.message_id AND q.lease_token = fail_message.lease_token AND q.claimed
		FOR UPDATE
	), settled AS MATERIALIZED (
		SELECT d.*, pulse_internal.state_after_failure(d.state, d.attempt, false, coalesce(fail_message.permanent, false)) AS becomes
		FROM pulse_internal.delivery AS d
		WHERE d.message_id = fail_message.message_id AND d.lease_token = fail_message.lease_token
		  AND d.state IN ('unknown', 'sent')
		FOR UPDATE
	), pause AS (
		SELECT a.attempt, clock_timestamp() + greatest(coalesce(fail_message.retry_after, pulse_internal.backoff(a.attempt)),
													   interval '0') AS held_until
		FROM (SELECT c.attempt FROM claimed AS c UNION ALL SELECT s.attempt FROM settled AS s) AS a
	), again AS (
		UPDATE pulse_internal.queue AS q
		SET claimed = false, attempt = q.attempt - CASE WHEN fail_message.reached THEN 0 ELSE 1 END,
			held_until = p.held_until, last_error = left(fail_message.error, 2000), changed_at = clock_timestamp()
		FROM claimed AS c, pause AS p WHERE q.message_id = c.message_id AND c.becomes = 'queued'
	), given_up AS (
		DELETE FROM pulse_internal.queue AS q USING claimed AS c
		WHERE q.message_id = c.message_id AND c.becomes <> 'queued'
	), ended AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, last_error)
		SELECT c.message_id, clock_timestamp(), c.lease_token, c.attempt, c.becomes, c.worker, left(fail_message.error, 2000)
		FROM claimed AS c WHERE c.becomes <> 'queued'
	), failed AS (
		UPDATE pulse_internal.delivery AS d
		SET state = s.becomes, last_error = left(fail_message.error, 2000), changed_at = clock_timestamp()
		FROM settled AS s WHERE d.message_id = s.message_id AND s.becomes <> 'queued'
	), taken_back AS (
		DELETE FROM pulse_internal.delivery AS d USING settled AS s
		WHERE d.message_id = s.message_id AND s.becomes = 'queued'
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, held_until, priority, attempt, channel, worker, last_error)
		SELECT m.message_id, m.not_before, p.held_until, m.priority, s.attempt, m.channel, s.worker, left(fail_message.error, 2000)
		FROM settled AS s, pause AS p, pulse_internal.message AS m
		WHERE m.message_id = s.message_id AND s.becomes = 'queued'
	)
	SELECT c.becomes FROM claimed AS c UNION ALL SELECT s.becomes FROM settled AS s;
END;
ALTER FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) IS
'Says that a claimed message could not be delivered. It is queued again after retry_after (default: 30 seconds, doubled at each try, at most an hour) and dead after 12 tries, or at once when permanent. Where reached is false (its channel is down, no message came through) the try does not count. After "sent" (a receipt says no) it is failed. Returns the new state; NULL when the lease was lost.';

CREATE OR REPLACE FUNCTION pulse.retry_messages(message_ids bigint[]) RETURNS SETOF bigint
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH taken_back AS (
		DELETE FROM pulse_internal.delivery AS d USING pulse_internal.message AS m
		WHERE d.message_id = ANY (retry_messages.message_ids) AND m.message_id = d.message_id
		  AND d.state IN ('dead', 'failed', 'unknown') AND m.recipient IS NOT NULL
		RETURNING m.message_id, m.not_before, m.priority, m.channel, d.worker, d.last_error
	)
	INSERT INTO pulse_internal.queue AS q (message_id, not_before, priority, channel, worker, last_error)
	SELECT t.message_id, t.not_before, t.priority, t.channel, t.worker, t.last_error FROM taken_back AS t
	RETURNING q.message_id;
END;
ALTER FUNCTION pulse.retry_messages(bigint[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.retry_messages(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.retry_messages(bigint[]) TO pulse_admin;
COMMENT ON FUNCTION pulse.retry_messages(bigint[]) IS
'Queues messages again that are dead, failed or unknown, with the same idempotency key. Returns the ids that were.';

CREATE OR REPLACE FUNCTION pulse.find_message(channel text, serial text, OUT message_id bigint, OUT lease_token bigint) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT d.message_id, d.lease_token
	FROM pulse_internal.delivery AS d JOIN pulse_internal.message AS m ON m.message_id = d.message_id
	WHERE d.provider_id = 'tencent:' || find_message.serial AND d.provider_id LIKE 'tencent:%' AND m.channel = find_message.channel;
END;
ALTER FUNCTION pulse.find_message(text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.find_message(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.find_message(text, text) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.find_message(text, text) IS
'The message that went out on a channel under this serial number of the gateway, with the lease token to answer it by: for receipts that name a message by nothing else (Tencent). No row where there is none.';
-- ---- escalation: deputies and quiet hours ----------------------------------------------

-- is it a working day; where the calendar cannot tell, it is
CREATE OR REPLACE FUNCTION pulse_internal.may_be_working_day(day date, calendar text) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_may_be_working_day';
REVOKE ALL ON FUNCTION pulse_internal.may_be_working_day(date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.may_be_working_day(date, text) TO pulse_owner;

-- the end of one stretch of quiet that an instant lies in; the instant itself where there is none
CREATE OR REPLACE FUNCTION pulse_internal.quiet_end(instant timestamptz, since time, until time, calendar text)
	RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL UNSAFE
	RETURN (SELECT CASE
			WHEN calendar IS NOT NULL AND NOT pulse_internal.may_be_working_day(l.at::date, calendar)
				THEN (l.at::date + 1)::timestamp AT TIME ZONE l.zone
			WHEN since < until AND l.at::time >= since AND l.at::time < until THEN (l.at::date + until) AT TIME ZONE l.zone
			WHEN since > until AND l.at::time >= since THEN (l.at::date + 1 + until) AT TIME ZONE l.zone
			WHEN since > until AND l.at::time < until THEN (l.at::date + until) AT TIME ZONE l.zone
			ELSE instant END
		FROM (SELECT instant AT TIME ZONE pulse.setting('timezone') AS at, pulse.setting('timezone') AS zone) AS l);
REVOKE ALL ON FUNCTION pulse_internal.quiet_end(timestamptz, time, time, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.quiet_end(timestamptz, time, time, text) TO pulse_owner;

-- Would "staff" stand in for himself, by way of others, on some day of the span?
-- A chain holds on the days that all its links have in common.
CREATE OR REPLACE FUNCTION pulse_internal.deputy_cycle(staff text, deputy text, since date, until date) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH RECURSIVE chain(staff, path, since, until) AS (
		SELECT deputy_cycle.deputy, ARRAY[deputy_cycle.staff, deputy_cycle.deputy], deputy_cycle.since, deputy_cycle.until
		UNION ALL
		SELECT d.deputy, c.path || d.deputy, greatest(c.since, d.since), least(c.until, d.until)
		FROM chain AS c JOIN pulse_internal.deputy AS d ON d.staff = c.staff
		WHERE d.since <= c.until AND d.until >= c.since AND c.staff <> deputy_cycle.staff AND cardinality(c.path) < 50
		  AND NOT (d.staff = deputy_cycle.staff AND d.since = deputy_cycle.since)
	)
	SELECT array_to_string(c.path, ' -> ') FROM chain AS c WHERE c.staff = deputy_cycle.staff
	ORDER BY cardinality(c.path) LIMIT 1;
END;
REVOKE ALL ON FUNCTION pulse_internal.deputy_cycle(text, text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.deputy_cycle(text, text, date, date) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.set_quiet_hours(since time DEFAULT NULL, until time DEFAULT NULL,
		channel text DEFAULT NULL, staff text DEFAULT NULL, org_path text DEFAULT NULL, calendar text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF num_nonnulls(staff, org_path) > 1 OR num_nonnulls(channel, staff, org_path) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'quiet hours of nobody, or of several',
			DETAIL = 'They are of a channel, of a person, or of an org unit; of these two also on one channel only.',
			HINT = 'Type such as set_quiet_hours(''22:00'', ''08:00'', channel => ''sms'').';
	END IF;
	IF num_nonnulls(since, until) = 1 OR since = until OR since IS NULL AND calendar IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'unusable quiet hours',
			DETAIL = 'They have a beginning and another end, or a calendar whose days off are quiet, or both.',
			HINT = 'Type such as set_quiet_hours(''22:00'', ''08:00'', channel => ''sms'').';
	END IF;
	IF calendar IS NOT NULL THEN
		PERFORM pulse.is_working_day((pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date, calendar);
	END IF;
	INSERT INTO pulse_internal.quiet_hours AS q (scope, name, channel, since, until, calendar, created_at)
	VALUES (CASE WHEN staff IS NOT NULL THEN 'staff' WHEN org_path IS NOT NULL THEN 'org' ELSE 'channel' END,
			coalesce(staff, org_path, channel), CASE WHEN num_nonnulls(staff, org_path) = 1 THEN coalesce(channel, '') ELSE '' END,
			set_quiet_hours.since, set_quiet_hours.until, set_quiet_hours.calendar, pulse.clock())
	ON CONFLICT ON CONSTRAINT quiet_hours_pkey DO UPDATE
	SET since = excluded.since, until = excluded.until, calendar = excluded.calendar, created_at = excluded.created_at;
END
$$;
ALTER FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) IS
'From since to until of each day, in the business time zone, nothing goes out: on a channel, to a person, or to an org unit and all below it (of these also on one channel only). With a calendar its days off are quiet, too. Messages wait for the end, all other moments stay; urgent ones (a template says so) do not wait. A second call for the same replaces the first. Errors: 22023 unusable, SP202 unknown calendar.';

CREATE OR REPLACE FUNCTION pulse.drop_quiet_hours(channel text DEFAULT NULL, staff text DEFAULT NULL,
		org_path text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH gone AS (
		DELETE FROM pulse_internal.quiet_hours AS q
		WHERE q.scope = CASE WHEN drop_quiet_hours.staff IS NOT NULL THEN 'staff'
							 WHEN drop_quiet_hours.org_path IS NOT NULL THEN 'org' ELSE 'channel' END
		  AND q.name = coalesce(drop_quiet_hours.staff, drop_quiet_hours.org_path, drop_quiet_hours.channel)
		  AND (q.scope = 'channel' OR q.channel = coalesce(drop_quiet_hours.channel, ''))
		RETURNING 1
	)
	SELECT EXISTS (SELECT FROM gone);
END;
ALTER FUNCTION pulse.drop_quiet_hours(text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_quiet_hours(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_quiet_hours(text, text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.drop_quiet_hours(text, text, text) IS
'Takes quiet hours away, named as set_quiet_hours named them. True: there were some. Messages that wait for their end already go on waiting.';
-- ---- escalation: reports that rules send ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.own_report(name text) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_own_report';
REVOKE ALL ON FUNCTION pulse_internal.own_report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.own_report(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.save_report(report_id int, name text, query text, max_rows int, on_empty text,
		layout text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_report';
REVOKE ALL ON FUNCTION pulse_internal.save_report(int, text, text, int, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_report(int, text, text, int, text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.forget_report(name text) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_report';
REVOKE ALL ON FUNCTION pulse_internal.forget_report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_report(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.next_report_id() RETURNS int
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN nextval('pulse_internal.report_report_id_seq')::int;
ALTER FUNCTION pulse_internal.next_report_id() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.next_report_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_report_id() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.run_report(name text, recipient text,
		OUT rows text[], OUT cut boolean, OUT failure text)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_run_report';
REVOKE ALL ON FUNCTION pulse_internal.run_report(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_report(text, text) TO pulse_owner;

-- the caller's function over his own query
CREATE OR REPLACE FUNCTION pulse_internal.make_report_function(report_id int, query text, max_rows int) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema_name text := pulse.setting('event_schema');
BEGIN
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', schema_name);
	ELSIF NOT has_schema_privilege(schema_name, 'CREATE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('no right to make a function in schema %I', schema_name),
			DETAIL = 'A report is a function of its author in the event schema.',
			HINT = format('Have its owner type GRANT CREATE, USAGE ON SCHEMA %I TO %I.', schema_name, current_user);
	END IF;
	BEGIN
		EXECUTE format('CREATE FUNCTION %I.%I(recipient text) RETURNS SETOF json LANGUAGE sql STABLE'
					   ' BEGIN ATOMIC SELECT row_to_json(q) FROM (' || E'\n' || '%s' || E'\n' || ') AS q LIMIT %s; END',
					   schema_name, 'report_' || report_id, query, max_rows + 1);
	EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
		RAISE EXCEPTION USING ERRCODE = sqlstate,
			MESSAGE = 'the query of the report cannot be used',
			DETAIL = format('PostgreSQL says: %s.', sqlerrm),
			HINT = 'Give one SELECT with names in full, such as SELECT region, open FROM app.board WHERE manager = recipient.';
	END;
	EXECUTE format('REVOKE ALL ON FUNCTION %I.%I(text) FROM PUBLIC', schema_name, 'report_' || report_id);
	EXECUTE format('COMMENT ON FUNCTION %I.%I(text) IS ''A report of salespulse; see pulse.reports.''', schema_name,
				   'report_' || report_id);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.make_report_function(int, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.make_report_function(int, text, int) TO pulse_admin, pulse_author;

-- an administrator may leave the function of somebody else
CREATE OR REPLACE FUNCTION pulse_internal.drop_report_function(report_id int) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('DROP FUNCTION IF EXISTS %I.%I(text)', pulse.setting('event_schema'), 'report_' || report_id);
EXCEPTION WHEN insufficient_privilege THEN
	NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.drop_report_function(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_report_function(int) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_report(name text, query text, max_rows int DEFAULT 200,
		on_empty text DEFAULT 'skip', layout text DEFAULT 'table') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	former int;
	report_id int;
BEGIN
	IF coalesce(name, '') = '' OR char_length(name) > 100 OR name ~ '["“”\n]' OR coalesce(query, '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a report needs a name and a query',
			DETAIL = 'A name has 1 to 100 characters on one line, without quotes.',
			HINT = 'Type pulse.create_report(''morning board'', ''SELECT ... WHERE manager = recipient'').';
	ELSIF max_rows IS NULL OR max_rows NOT BETWEEN 1 AND 10000 OR on_empty IS NULL OR on_empty NOT IN ('skip', 'send')
		OR layout IS NULL OR layout NOT IN ('table', 'csv') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'unusable option of a report',
			DETAIL = format('max_rows is %s, on_empty %s, layout %s.', max_rows, on_empty, layout),
			HINT = 'max_rows is from 1 to 10000, on_empty ''skip'' or ''send'', layout ''table'' or ''csv''.';
	END IF;
	former := pulse_internal.own_report(name);
	report_id := pulse_internal.next_report_id();
	PERFORM pulse_internal.make_report_function(report_id, query, max_rows);
	PERFORM pulse_internal.save_report(report_id, name, query, max_rows, on_empty, layout);
	PERFORM pulse_internal.drop_report_function(former) WHERE former IS NOT NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse.create_report(text, text, int, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_report(text, text, int, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_report(text, text, int, text, text) IS
'Names a query whose result a rule can send: EVERY working day AT 08:00 THEN send "name" TO EACH role. In the query recipient is the staff id of whom it is for. It becomes a function of yours in the event schema and runs with your rights, read only, within rule_time_limit; a second call replaces it. At most max_rows rows are sent, and what was left out is said. on_empty: ''skip'' sends nothing where there are no rows (the case''s history says so), ''send'' says that there are none. layout: ''table'' is aligned text (in a mail also HTML), ''csv'' (in a mail attached). Errors: 22023 unusable argument, 42501 not your report or no right in the event schema, those of the query.';

CREATE OR REPLACE FUNCTION pulse.drop_report(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.drop_report_function(pulse_internal.forget_report(name));
END
$$;
REVOKE ALL ON FUNCTION pulse.drop_report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_report(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_report(text) IS
'Forgets a report and drops its function; rules that send it go on and note that there is none. Errors: SP611 no such report, 42501 it is not yours.';

-- ---- text of a result -------------------------------------------------------------------

-- columns a terminal or a mail in a fixed font gives a text: what is wide counts twice
CREATE OR REPLACE FUNCTION pulse_internal.display_width(given text) RETURNS int
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN char_length(given) + char_length(regexp_replace(given, '[\u0001-\u10ff]', '', 'g'));
REVOKE ALL ON FUNCTION pulse_internal.display_width(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.display_width(text) TO pulse_owner;

-- rows (JSON objects with the same columns) as an aligned table with a head
CREATE OR REPLACE FUNCTION pulse_internal.rows_as_table(rows text[], language text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH cell AS MATERIALIZED (
		SELECT r.n, e.place, e.name, pulse_internal.one_line(coalesce(e.value, '')) AS value,
			   coalesce(e.value, '') ~ '^-?[0-9][0-9.,]*$' AS number
		FROM unnest(rows) WITH ORDINALITY AS r(line, n),
			 LATERAL json_each_text(r.line::json) WITH ORDINALITY AS e(name, value, place)
	), head AS MATERIALIZED (
		SELECT c.place, pulse_internal.word('column', '', c.name, rows_as_table.language) AS value,
			   max(pulse_internal.display_width(c.value)) AS width, bool_and(c.number OR c.value = '') AS number
		FROM cell AS c GROUP BY c.place, c.name
	), placed AS (
		SELECT 0::bigint AS n, h.place, h.value, false AS number FROM head AS h
		UNION ALL
		SELECT c.n, c.place, c.value, h.number FROM cell AS c JOIN head AS h ON h.place = c.place
	), padded AS (
		SELECT p.n, p.place,
			   CASE WHEN p.number THEN repeat(' ', g.blanks) || p.value ELSE p.value || repeat(' ', g.blanks) END AS value
		FROM placed AS p JOIN head AS h ON h.place = p.place,
			 LATERAL (SELECT greatest(h.width, pulse_internal.display_width(h.value)) - pulse_internal.display_width(p.value)) AS g(blanks)
	), lines AS (
		SELECT p.n, rtrim(string_agg(p.value, '  ' ORDER BY p.place)) AS line FROM padded AS p GROUP BY p.n
	)
	SELECT string_agg(l.line, E'\n' ORDER BY l.n) FROM lines AS l;
END;
REVOKE ALL ON FUNCTION pulse_internal.rows_as_table(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rows_as_table(text[], text) TO pulse_owner;

-- the same as CSV; a cell that a spreadsheet would take for a formula is made text
CREATE OR REPLACE FUNCTION pulse_internal.rows_as_csv(rows text[]) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH cell AS (
		SELECT r.n, e.place, e.name, coalesce(e.value, '') AS value
		FROM unnest(rows) WITH ORDINALITY AS r(line, n),
			 LATERAL json_each_text(r.line::json) WITH ORDINALITY AS e(name, value, place)
	), placed AS (
		SELECT DISTINCT 0::bigint AS n, c.place, c.name AS value FROM cell AS c
		UNION ALL SELECT c.n, c.place, c.value FROM cell AS c
	), quoted AS (
		SELECT p.n, p.place,
			   CASE WHEN g.value ~ '[",\r\n]' THEN '"' || replace(g.value, '"', '""') || '"' ELSE g.value END AS value
		FROM placed AS p,
			 LATERAL (SELECT CASE WHEN p.value ~ '^[=+@\t\r]' OR p.value ~ '^-[^0-9.]' THEN '''' || p.value ELSE p.value END) AS g(value)
	), lines AS (
		SELECT q.n, string_agg(q.value, ',' ORDER BY q.place) AS line FROM quoted AS q GROUP BY q.n
	)
	SELECT string_agg(l.line, E'\r\n' ORDER BY l.n) FROM lines AS l;
END;
REVOKE ALL ON FUNCTION pulse_internal.rows_as_csv(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rows_as_csv(text[]) TO pulse_owner;
-- ---- escalation: steps of cases as events --------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.case_steps() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_case_steps';
REVOKE ALL ON FUNCTION pulse_internal.case_steps() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.overdue_steps() RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_overdue_steps';
REVOKE ALL ON FUNCTION pulse_internal.overdue_steps() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.overdue_steps() TO pulse_owner;

-- the kinds there are, their columns beside those of the case, and what people call them
CREATE OR REPLACE FUNCTION pulse_internal.case_event_kinds(OUT kind text, OUT columns text, OUT en text, OUT zh text)
	RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	VALUES ('case_opened', '', 'case opened', '事项发生'),
		('case_addressed', ', step int, role text', 'case addressed', '事项告知'),
		('case_acknowledged', ', staff text', 'case acknowledged', '事项确认'),
		('case_resolved', ', reason text, late boolean', 'case resolved', '事项解决'),
		('task_created', ', task_id bigint, title text, role text, staff text, due_at timestamptz', 'task created', '任务派发'),
		('task_done', ', task_id bigint, title text, role text, staff text, due_at timestamptz, outcome text', 'task done', '任务完成'),
		('task_overdue', ', task_id bigint, title text, role text, staff text, due_at timestamptz', 'task overdue', '任务超期'),
		('message_delivered', ', message_id bigint, role text, staff text, channel text', 'message delivered', '消息送达'),
		('message_failed', ', message_id bigint, role text, staff text, channel text, reason text', 'message failed', '消息失败');
END;
REVOKE ALL ON FUNCTION pulse_internal.case_event_kinds() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.case_event_kinds() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_case_events(kinds text[] DEFAULT NULL) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted record;
	unknown text;
BEGIN
	SELECT w INTO unknown FROM unnest(kinds) AS w WHERE w NOT IN (SELECT k.kind FROM pulse_internal.case_event_kinds() AS k) LIMIT 1;
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no step of a case is called "%s"', unknown),
			DETAIL = (SELECT 'There are ' || string_agg(k.kind, ', ') || '.' FROM pulse_internal.case_event_kinds() AS k),
			HINT = 'Type pulse.create_case_events() for all of them.';
	END IF;
	FOR wanted IN
		SELECT k.* FROM pulse_internal.case_event_kinds() AS k
		WHERE (kinds IS NULL OR k.kind = ANY (kinds))
		  AND NOT EXISTS (SELECT FROM pulse.events AS e WHERE e.name = k.kind)
	LOOP
		PERFORM pulse.create_event(wanted.kind, 'case_id bigint, rule text, key_name text, key text' || wanted.columns);
		PERFORM pulse.label('event', wanted.kind, wanted.en, wanted.zh)
		WHERE NOT EXISTS (SELECT FROM pulse.labels AS l WHERE l.class = 'event' AND l.name = wanted.kind);
		RETURN NEXT wanted.kind;
	END LOOP;
	PERFORM pulse.label('key', 'case_id', 'case', '事项')
	WHERE NOT EXISTS (SELECT FROM pulse.labels AS l WHERE l.class = 'key' AND l.name = 'case_id');
END
$$;
REVOKE ALL ON FUNCTION pulse.create_case_events(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_case_events(text[]) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_case_events(text[]) IS
'Makes event kinds of the steps of cases, so that rules can hear them: case_opened, case_addressed (a role was told), case_acknowledged, case_resolved, task_created, task_done, task_overdue, message_delivered, message_failed; kinds: only these. They hold case_id, rule, key_name, key, and what they are about. They are written in the transaction of the step, from then on; cases of rules about such events write none. Then WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours is a rule. Returns the kinds made. Errors: 22023 no such step, those of create_event.';
-- ---- escalation: texts of one's own -----------------------------------------------------

-- the names in {braces}, as render() reads them: {{ is a brace, a name ends in its line
CREATE OR REPLACE FUNCTION pulse_internal.placeholders(template text) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(replace(template, '{{', ''), '\{([^}\n]+)\}', 'g') AS m ORDER BY 1);
REVOKE ALL ON FUNCTION pulse_internal.placeholders(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.placeholders(text) TO pulse_owner, pulse_admin, pulse_author;

-- what every message has, beside the columns of the event that it is about
CREATE OR REPLACE FUNCTION pulse_internal.message_variables() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '{rule,title,step,steps,repetition,key_name,key,key_label,about,link,due,facts,recipient,task,task_due,fallback_for,instead_of,count}'::text[];
REVOKE ALL ON FUNCTION pulse_internal.message_variables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.message_variables() TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.check_template(texts text[], event text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	IF event IS NOT NULL AND NOT EXISTS (SELECT FROM pulse_internal.event_kind AS k WHERE k.name = check_template.event) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP401', MESSAGE = format('unknown event "%s"', event),
			DETAIL = 'A template may name the columns of its event.', HINT = 'Look at SELECT * FROM pulse.events.';
	END IF;
	SELECT p.name INTO unknown
	FROM unnest(texts) AS t(template), LATERAL unnest(pulse_internal.placeholders(t.template)) AS p(name)
	WHERE p.name <> ALL (pulse_internal.message_variables())
	  AND NOT EXISTS (SELECT FROM pulse_internal.event_kind AS k
					  JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attnum > 0 AND NOT a.attisdropped
					  WHERE a.attname = p.name AND (check_template.event IS NULL OR k.name = check_template.event))
	LIMIT 1;
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('unknown placeholder {%s}', unknown),
			DETAIL = CASE WHEN event IS NULL THEN 'No event has a column of that name.'
					 ELSE format('The event "%s" has no column of that name.', event) END,
			HINT = format('Type a column, or one of {%s}; a brace that is meant as such is typed {{.',
						  array_to_string(pulse_internal.message_variables(), '}, {'));
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_template(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_template(text[], text) TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.require_template(name text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.name = require_template.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP606', MESSAGE = format('unknown template: "%s"', name),
			DETAIL = 'There is no template of that name.', HINT = 'Look at SELECT * FROM pulse.templates.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_template(text) TO pulse_admin, pulse_author, pulse_analyst;

-- the template, as whoever writes it at the moment leaves it, for who may change it
CREATE OR REPLACE FUNCTION pulse_internal.own_template(name text) RETURNS pulse_internal.template
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result pulse_internal.template;
BEGIN
	PERFORM pulse_internal.require_template(name);
	SELECT * INTO result FROM pulse_internal.template AS t WHERE t.name = own_template.name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be author of template "%s"', name),
			DETAIL = 'A template belongs to who made it.', HINT = 'Ask its author, or a member of pulse_admin.';
	END IF;
	RETURN result;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.own_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.own_template(text) TO pulse_admin, pulse_author;

-- what create_template and alter_template ask of a template as it would be
CREATE OR REPLACE FUNCTION pulse_internal.check_template(name text, texts text[], event text, channel text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF coalesce(name, '') = '' OR length(name) > 100 OR coalesce(texts[2], texts[4], '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a template needs a name and a text',
			DETAIL = 'A name has 1 to 100 characters; the text is in English, in Chinese, or both.',
			HINT = 'Type such as create_template(''reminder'', ''{rule}: {about}'', ''Dear {recipient}, ...'').';
	END IF;
	PERFORM pulse_internal.check_template(texts, event);
	IF channel IS NOT NULL AND NOT pg_has_role('pulse_admin', 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'permission denied for the template of a channel',
			DETAIL = 'It is the text of everybody''s messages on that channel.', HINT = 'Ask a member of pulse_admin.';
	END IF;
	IF EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.channel = check_template.channel AND t.name <> check_template.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('channel "%s" has a template already', channel),
			DETAIL = 'A channel has one template.', HINT = 'SELECT * FROM pulse.templates; drop the other first.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_template(text, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_template(text, text[], text, text) TO pulse_admin, pulse_author;

-- The caller is who writes: policies of the table say what is whose.
CREATE OR REPLACE FUNCTION pulse.create_template(name text, subject_en text DEFAULT NULL, body_en text DEFAULT NULL,
		subject_zh text DEFAULT NULL, body_zh text DEFAULT NULL, event text DEFAULT NULL, channel text DEFAULT NULL,
		urgent boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.check_template(name, ARRAY[subject_en, body_en, subject_zh, body_zh], event, channel);
	IF EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.name = create_template.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('template "%s" exists already', name),
			DETAIL = 'Templates are told apart by their names.', HINT = 'Change it with pulse.alter_template().';
	END IF;
	INSERT INTO pulse_internal.template (name, subject_en, body_en, subject_zh, body_zh, channel, event, urgent, author, created_at)
	VALUES (create_template.name, create_template.subject_en, create_template.body_en, create_template.subject_zh,
			create_template.body_zh, create_template.channel, create_template.event, coalesce(create_template.urgent, false),
			quote_ident(current_user)::regrole, pulse.clock());
END
$$;
REVOKE ALL ON FUNCTION pulse.create_template(text, text, text, text, text, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_template(text, text, text, text, text, text, text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_template(text, text, text, text, text, text, text, boolean) IS
'Makes a text that actions use by its name (mail rep "reminder"), with {placeholders}: what every message has ({rule} {title} {step} {steps} {repetition} {key_name} {key} {key_label} {about} {link} {due} {facts} {recipient} {task} {task_due} {fallback_for} {instead_of} {count}) and the columns of the event it is about. With event, only its columns may be named; with channel it is the text of all messages on that channel that name no other. Everybody gets his language; where it is missing, the other. A line whose placeholders are all empty is left out. Urgent messages go first, and do not wait for quiet hours. Errors: 42703 an unknown placeholder, SP401 an unknown event, 42710 it exists, 22023 no name or text, 42501 a channel''s template is an administrator''s.';

CREATE OR REPLACE FUNCTION pulse.alter_template(name text, subject_en text DEFAULT NULL, body_en text DEFAULT NULL,
		subject_zh text DEFAULT NULL, body_zh text DEFAULT NULL, event text DEFAULT NULL, channel text DEFAULT NULL,
		urgent boolean DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	old pulse_internal.template := pulse_internal.own_template(name);
	texts text[];
BEGIN
	texts := ARRAY[nullif(coalesce(subject_en, old.subject_en), ''), nullif(coalesce(body_en, old.body_en), ''),
				   nullif(coalesce(subject_zh, old.subject_zh), ''), nullif(coalesce(body_zh, old.body_zh), '')];
	PERFORM pulse_internal.check_template(name, texts, nullif(coalesce(event, old.event), ''), nullif(coalesce(channel, old.channel), ''));
	UPDATE pulse_internal.template AS t
	SET subject_en = texts[1], body_en = texts[2], subject_zh = texts[3], body_zh = texts[4],
		event = nullif(coalesce(alter_template.event, old.event), ''), channel = nullif(coalesce(alter_template.channel, old.channel), ''),
		urgent = coalesce(alter_template.urgent, old.urgent)
	WHERE t.name = alter_template.name;
END
$$;
REVOKE ALL ON FUNCTION pulse.alter_template(text, text, text, text, text, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_template(text, text, text, text, text, text, text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_template(text, text, text, text, text, text, text, boolean) IS
'Changes what create_template said: what is NULL stays, an empty text takes away. It counts for messages written from then on; those that are written keep their text (pulse.messages), which is why a template, unlike a rule, has no versions. pulse.check_template() tells which rules cannot fill it. Errors: SP606 no such template, 42501 another author''s, and those of create_template.';

CREATE OR REPLACE FUNCTION pulse.drop_template(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.own_template(name);
	DELETE FROM pulse_internal.template AS t WHERE t.name = drop_template.name;
END
$$;
REVOKE ALL ON FUNCTION pulse.drop_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_template(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_template(text) IS
'Drops a template; actions that name it then have its name as their title. Errors: SP606 no such template, 42501 another author''s.';

CREATE OR REPLACE FUNCTION pulse.set_rule_fallback(rule text, role text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found record;
BEGIN
	SELECT r.rule_id, r.author INTO found FROM pulse_internal.rule AS r WHERE r.name = set_rule_fallback.rule;
	IF found.rule_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP504', MESSAGE = format('unknown rule "%s"', rule),
			DETAIL = 'There is no rule of that name.', HINT = 'See SELECT name FROM pulse.rules.';
	END IF;
	IF NOT pg_has_role(found.author, 'USAGE') AND NOT pg_has_role('pulse_admin', 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be author of rule "%s"', rule),
			DETAIL = format('The rule belongs to %s.', found.author), HINT = 'Ask its author, or a member of pulse_admin.';
	END IF;
	DELETE FROM pulse_internal.rule_fallback AS f WHERE f.rule_id = found.rule_id;
	INSERT INTO pulse_internal.rule_fallback (rule_id, role) SELECT found.rule_id, set_rule_fallback.role WHERE set_rule_fallback.role IS NOT NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse.set_rule_fallback(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_rule_fallback(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.set_rule_fallback(text, text) IS
'Which role gets what a rule finds nobody for; null: that of the setting fallback_role. Errors: SP504 no such rule, 42501 another author''s.';

CREATE OR REPLACE FUNCTION pulse_internal.fallback_role(rule_id int) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT f.role FROM pulse_internal.rule_fallback AS f WHERE f.rule_id = fallback_role.rule_id),
					pulse.setting('fallback_role'));
REVOKE ALL ON FUNCTION pulse_internal.fallback_role(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fallback_role(int) TO pulse_owner;

-- Is the text of that name one for this rule?  Else whoever may write templates could write the messages of another's
-- rules.  It is when the template is an administrator's, or one of the two authors has the rights of the other.
CREATE OR REPLACE FUNCTION pulse_internal.is_template_for(rule_id int, title text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN NOT EXISTS (SELECT FROM pulse_internal.template AS t JOIN pulse_internal.rule AS r ON r.rule_id = is_template_for.rule_id
		WHERE t.name = is_template_for.title AND NOT (pg_has_role(t.author, r.author, 'USAGE') OR pg_has_role(r.author, t.author, 'USAGE')
			OR pg_has_role(t.author, 'pulse_admin', 'USAGE')));
REVOKE ALL ON FUNCTION pulse_internal.is_template_for(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_template_for(int, text) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst;
-- ---- escalation: sessions remember which channels have limits -------------------------
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.channel_limit
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- escalation: holds show keys and amounts of the rows they hold -----------------------
-- The owner of the table, the engine, is not held to the policies.

ALTER TABLE pulse_internal.hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.hold FOR SELECT TO pulse_admin, pulse_analyst, pulse_app USING (true);
CREATE POLICY readable ON pulse_internal.hold FOR SELECT TO pulse_author USING (has_any_column_privilege(relation::oid, 'SELECT'));
-- ---- escalation: cases that stand open for people alone -----------------------------------

ALTER TABLE pulse_internal.cases ADD COLUMN stands_since timestamptz;	-- its wait is over and nobody has closed it
CREATE INDEX cases_standing ON pulse_internal.cases (rule_id, key)
	WHERE stands_since IS NOT NULL AND state IN ('open', 'acknowledged');
CREATE INDEX cases_unanswered ON pulse_internal.cases (stands_since)
	WHERE stands_since IS NOT NULL AND state IN ('open', 'acknowledged');
-- ---- escalation: steps of cases as events --------------------------------------------------

CREATE TABLE pulse_internal.task_overdue (
	task_id bigint PRIMARY KEY
);
COMMENT ON TABLE pulse_internal.task_overdue IS 'Tasks whose being overdue was told as an event.';
ALTER TABLE pulse_internal.task_overdue OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.task_overdue', '');

CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.cases
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_update AFTER UPDATE ON pulse_internal.cases
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.task
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_update AFTER UPDATE ON pulse_internal.task
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.message
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.delivery
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_update AFTER UPDATE ON pulse_internal.delivery
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
-- ---- escalation: who may change a template ------------------------------------------------

CREATE POLICY authors_change ON pulse_internal.template FOR UPDATE TO pulse_author
	USING (pg_has_role(author, 'USAGE')) WITH CHECK (pg_has_role(author, 'USAGE') AND channel IS NULL);
GRANT UPDATE (subject_en, body_en, subject_zh, body_zh, event, channel, urgent) ON pulse_internal.template TO pulse_admin, pulse_author;
-- ---- escalation: is anything put together at all? -----------------------------------------

CREATE INDEX message_is_together ON pulse_internal.message (message_id) WHERE together IS NOT NULL;
CREATE INDEX task_is_together ON pulse_internal.task (task_id) WHERE together IS NOT NULL;
-- ---- escalation: what one recipient has had on a channel -----------------------------------

CREATE INDEX channel_use_recipient ON pulse_internal.channel_use (recipient, channel, last_at);
-- ---- escalation: whose templates and fallbacks ------------------------------------------

ALTER TABLE pulse_internal.template ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON pulse_internal.template FOR SELECT USING (true);
CREATE POLICY administrators ON pulse_internal.template FOR ALL TO pulse_admin USING (true) WITH CHECK (true);
CREATE POLICY authors_add ON pulse_internal.template FOR INSERT TO pulse_author
	WITH CHECK (pg_has_role(author, 'USAGE') AND channel IS NULL);
CREATE POLICY authors_drop ON pulse_internal.template FOR DELETE TO pulse_author USING (pg_has_role(author, 'USAGE'));
GRANT SELECT, INSERT, DELETE ON pulse_internal.template TO pulse_admin, pulse_author;
GRANT SELECT ON pulse_internal.template TO pulse_analyst;

ALTER TABLE pulse_internal.rule_fallback ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON pulse_internal.rule_fallback FOR SELECT USING (true);
CREATE POLICY own_rules ON pulse_internal.rule_fallback FOR ALL TO pulse_admin, pulse_author
	USING (pg_has_role('pulse_admin', 'USAGE')
		   OR rule_id IN (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE pg_has_role(r.author, 'USAGE')));
GRANT SELECT, INSERT, DELETE ON pulse_internal.rule_fallback TO pulse_admin, pulse_author;
GRANT SELECT ON pulse_internal.rule_fallback TO pulse_analyst, pg_monitor;

CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.quiet_hours
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- escalation: views of the outbox ---------------------------------------------

CREATE OR REPLACE VIEW pulse_internal.message_state WITH (security_invoker = true) AS
	SELECT q.message_id, CASE WHEN q.claimed THEN 'claimed' ELSE 'queued' END AS state, q.attempt, q.lease_token, q.worker,
		   NULL::text AS provider_id, q.last_error, q.held_until, q.changed_at, coalesce(w.digest_at, q.not_before) AS not_before
	FROM pulse_internal.queue AS q LEFT JOIN pulse_internal.digest_wait AS w ON w.message_id = q.message_id
	UNION ALL
	SELECT d.message_id, d.state, d.attempt, d.lease_token, d.worker, d.provider_id, d.last_error, NULL, d.changed_at, NULL
	FROM pulse_internal.delivery AS d;
COMMENT ON VIEW pulse_internal.message_state IS 'How far each message has come; not_before with what a snoozed case or a digest adds, while it is queued.';

-- the same for who monitors: how many, and not to whom or what; errors of servers quote addresses
CREATE OR REPLACE VIEW pulse_internal.message_progress WITH (security_invoker = true) AS
	SELECT q.message_id, CASE WHEN q.claimed THEN 'claimed' ELSE 'queued' END AS state, q.attempt, q.changed_at,
		   q.not_before <= (SELECT pulse.clock()) AND q.held_until <= (SELECT clock_timestamp()) AS is_due
	FROM pulse_internal.queue AS q
	UNION ALL
	SELECT d.message_id, d.state, d.attempt, d.changed_at, false FROM pulse_internal.delivery AS d;
COMMENT ON VIEW pulse_internal.message_progress IS 'How far each message has come, for who may not see recipients.';
GRANT SELECT (message_id, channel, created_at, not_before) ON pulse_internal.message TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT (message_id, channel, not_before, held_until, priority, claimed, withdraw, attempt, changed_at)
	ON pulse_internal.queue TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT (message_id, state, attempt, changed_at) ON pulse_internal.delivery TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.message_progress TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.messages WITH (security_invoker = true) AS
	SELECT m.message_id, m.case_id, m.step + 1 AS step, nullif(m.repetition, 0) AS repetition, m.role, m.found_by, m.staff, m.recipient_name,
		   m.channel, m.recipient, m.copies, m.language, m.subject, m.body,
		   s.state, s.attempt, m.created_at, coalesce(s.not_before, m.not_before) AS not_before,
		   s.worker, s.provider_id, s.last_error, s.changed_at, m.idempotency_key::text AS idempotency_key, m.together
	FROM pulse_internal.message AS m LEFT JOIN pulse_internal.message_state AS s ON s.message_id = m.message_id;
COMMENT ON VIEW pulse.messages IS
'The outbox: what was written to whom, on which channel and address, and how far it has come (state: queued, claimed, unknown, sent, delivered, failed, dead, withdrawn, unaddressed, digested). step: of the rule, from 1; repetition: of a step that repeats, from 1. together: all cases it is about, where the rule put several together. found_by says how the recipient was found: role, fallback, nobody.';
GRANT SELECT ON pulse_internal.message, pulse_internal.digest_wait, pulse_internal.queue, pulse_internal.delivery, pulse_internal.message_state, pulse.messages
	TO pulse_admin;

-- how many messages a channel with limits may get now; NULL: as many as there are
CREATE OR REPLACE FUNCTION pulse_internal.channel_room(channel text) RETURNS bigint
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT min(greatest(l.max_messages - (SELECT count(*) FROM pulse_internal.channel_use AS u
												  WHERE u.channel = l.channel AND u.last_at > clock_timestamp() - l.span), 0))
			FROM pulse_internal.channel_limit AS l WHERE l.channel = channel_room.channel AND NOT l.per_recipient);
ALTER FUNCTION pulse_internal.channel_room(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.channel_room(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.channel_room(text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.channels WITH (security_invoker = true) AS
	SELECT c.name,
		   ARRAY(SELECT pulse_internal.limit_text(l.max_messages, l.span) FROM pulse_internal.channel_limit AS l
				 WHERE l.channel = c.name AND NOT l.per_recipient ORDER BY l.span) AS limits,
		   ARRAY(SELECT pulse_internal.limit_text(l.max_messages, l.span) FROM pulse_internal.channel_limit AS l
				 WHERE l.channel = c.name AND l.per_recipient ORDER BY l.span) AS recipient_limits,
		   pulse_internal.channel_room(c.name) AS room, c.overflow
	FROM pulse_internal.channel AS c;
COMMENT ON VIEW pulse.channels IS
'What channels of the outbox can take, as create_channel says: limits for all, for each recipient; room: how many messages may be claimed now (null: no limit for all); overflow: what is over a limit waits, or becomes a digest.';
GRANT SELECT ON pulse_internal.channel, pulse_internal.channel_limit, pulse.channels
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- escalation: firings that do not act, or not yet ----------------------------------

-- what is only recorded: shadow rules, steps overtaken by a later one, cases that people closed
CREATE OR REPLACE FUNCTION pulse_internal.pass_over_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- LIMIT: by index, whatever the planner thinks; else it reads all cases there ever were
	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock()
	WHERE f.released_at IS NULL
	  AND (f.mode <> 'live' OR f.superseded
		   OR (SELECT c.state IN ('resolved', 'expired') FROM pulse_internal.cases AS c WHERE c.wait_id = f.wait_id LIMIT 1)
		   -- what waited for a delivery, and has been answered meanwhile
		   OR f.withheld IS NOT NULL AND (SELECT w.end_reason NOT IN ('completed', 'ended') FROM pulse_internal.wait AS w
											 WHERE w.key = f.key AND w.rule_id = f.rule_id AND w.wait_id = f.wait_id LIMIT 1)
		   OR NOT EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.rule_id = f.rule_id));
END;
REVOKE ALL ON FUNCTION pulse_internal.pass_over_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pass_over_firings() TO pulse_owner;

-- Does a step that comes WHEN DELIVERED have to wait: for an earlier step that waits itself;
-- for an earlier message whose fate is not known (sent, and no receipt within a day, is as
-- good as delivered: many channels send none); or, where the earlier step acted late, until
-- as much time has passed since as lies between the two? So it comes step by step, also
-- after an outage.
CREATE OR REPLACE FUNCTION pulse_internal.awaits_delivery(wait_id bigint, step int, due_at timestamptz) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pulse_internal.firing AS e
		WHERE e.wait_id = awaits_delivery.wait_id AND e.step < awaits_delivery.step AND e.released_at IS NULL)
	OR EXISTS (
		SELECT FROM pulse_internal.cases AS c
		JOIN pulse_internal.message AS m ON m.case_id = c.case_id OR m.together @> ARRAY[c.case_id]
		LEFT JOIN pulse_internal.delivery AS d ON d.message_id = m.message_id
		WHERE c.wait_id = awaits_delivery.wait_id AND m.step < awaits_delivery.step
		  AND (d.state IS NULL OR d.state IN ('sent', 'unknown') AND m.created_at > pulse.clock() - interval '1 day'))
	OR EXISTS (
		SELECT FROM (SELECT e.due_at, e.released_at FROM pulse_internal.firing AS e
					 WHERE e.wait_id = awaits_delivery.wait_id AND e.step < awaits_delivery.step AND NOT e.superseded AND e.withheld IS NULL
					 ORDER BY e.step DESC, e.repetition DESC LIMIT 1) AS p
		WHERE CASE WHEN pulse.day_of(awaits_delivery.due_at) > pulse.day_of(p.due_at)
			THEN pulse.day_of(pulse.clock()) - pulse.day_of(p.released_at) < pulse.day_of(awaits_delivery.due_at) - pulse.day_of(p.due_at)
			ELSE pulse.clock() - p.released_at < awaits_delivery.due_at - p.due_at END);
END;
REVOKE ALL ON FUNCTION pulse_internal.awaits_delivery(bigint, int, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.awaits_delivery(bigint, int, timestamptz) TO pulse_owner;

-- What a step asks of its case, by what is known now: acknowledged, tasks done. Not delivered: it
-- stays unreleased, and is asked again.
CREATE OR REPLACE FUNCTION pulse_internal.guard_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH asked AS MATERIALIZED (
		SELECT f.firing_id, f.wait_id, f.step, f.withheld AS before,
			   CASE f.guard
				   WHEN 'UNLESS ACKNOWLEDGED' THEN
					   (SELECT 'acknowledged' FROM pulse_internal.cases AS c
						WHERE c.wait_id = f.wait_id AND c.acknowledged_at IS NOT NULL)
				   WHEN 'UNLESS DONE' THEN
					   (SELECT 'done' FROM pulse_internal.task AS t, pulse_internal.cases AS c
						WHERE c.wait_id = f.wait_id AND (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id])
						HAVING bool_and(t.state <> 'open'))
				   WHEN 'WHEN DELIVERED' THEN
					   CASE WHEN pulse_internal.awaits_delivery(f.wait_id, f.step, f.due_at) THEN 'not delivered' END
			   END AS withheld
		FROM pulse_internal.firing AS f
		WHERE f.released_at IS NULL AND f.guard IS NOT NULL AND f.withheld IS DISTINCT FROM 'digest'
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT c.case_id, pulse.clock(), CASE a.withheld WHEN 'not delivered' THEN 'waiting' ELSE 'withheld' END, a.step, a.withheld
		FROM asked AS a JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
		WHERE a.withheld <> coalesce(a.before, '') ORDER BY a.firing_id
	)
	UPDATE pulse_internal.firing AS f
	SET released_at = CASE WHEN a.withheld <> 'not delivered' THEN pulse.clock() END, withheld = a.withheld
	FROM asked AS a WHERE f.firing_id = a.firing_id AND a.withheld IS DISTINCT FROM a.before;
END;
REVOKE ALL ON FUNCTION pulse_internal.guard_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.guard_firings() TO pulse_owner;
-- ---- escalation: staff, roles, keys ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.map_staff(relation regclass, id text, name text,
		email text DEFAULT NULL, mobile text DEFAULT NULL, org_path text DEFAULT NULL,
		channel text DEFAULT NULL, language text DEFAULT NULL, condition text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.save_mapping('staff', '', '',
		pulse_internal.make_mapping_view('staff_directory', relation,
			ARRAY['id', 'name', 'email', 'mobile', 'org_path', 'channel', 'language'],
			ARRAY[pulse_internal.mapped_text('id', id, true), pulse_internal.mapped_text('name', name, true),
				  pulse_internal.mapped_text('email', email, false), pulse_internal.mapped_text('mobile', mobile, false),
				  pulse_internal.mapped_text('org_path', org_path, false),
				  pulse_internal.mapped_text('channel', channel, false),
				  pulse_internal.mapped_text('language', language, false)],
			condition),
		relation, NULL, NULL);
END;
REVOKE ALL ON FUNCTION pulse.map_staff(regclass, text, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.map_staff(regclass, text, text, text, text, text, text, text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.map_staff(regclass, text, text, text, text, text, text, text, text) IS
'Says where staff are: a table or view of the application, and which columns or expressions of it are their id, name, email, mobile, org unit (an ltree path), preferred channel (mail when null) and language (en, zh). condition leaves out who has left. Nothing is copied: it makes the view staff_directory in the event schema, yours, read with your rights; a second call replaces it. Errors: 22023 something required is missing, those of CREATE VIEW.';

CREATE OR REPLACE FUNCTION pulse.map_role(role text, key text DEFAULT NULL, relation regclass DEFAULT NULL,
		staff text DEFAULT NULL, id text DEFAULT NULL, holder text[] DEFAULT NULL,
		above text DEFAULT NULL, org_path text DEFAULT NULL, condition text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.check_role_form(role, key, relation, holder, above, org_path);
	SELECT pulse_internal.save_mapping('role', role, coalesce(key, ''),
		CASE
			WHEN key IS NOT NULL THEN
				pulse_internal.make_mapping_view('role_' || role || '_by_' || key, relation,
					ARRAY['key', 'staff'],
					ARRAY['(' || coalesce(id, pulse_internal.key_column(relation, key)) || ')',
						  pulse_internal.mapped_text('staff', staff, true)], condition)
			WHEN above IS NOT NULL THEN
				pulse_internal.make_mapping_view('role_' || role || '_above_' || above, relation,
					ARRAY['org_path', 'staff'],
					ARRAY[pulse_internal.mapped_text('org_path', org_path, true),
						  pulse_internal.mapped_text('staff', staff, true)], condition)
		END,
		relation, holder, above);
END;
REVOKE ALL ON FUNCTION pulse.map_role(text, text, regclass, text, text, text[], text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.map_role(text, text, regclass, text, text, text[], text, text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.map_role(text, text, regclass, text, text, text[], text, text, text) IS
'Says who holds a role, in one of three forms. By key: map_role(''rep'', key => ''customer'', relation => ''app.customer'', staff => ''owner_id''), id being the column that holds the key (default: the primary key); a role may be found by several keys. Fixed: holder => ''{7}''. In the organisation: map_role(''regional_director'', above => ''rep'', relation => ''app.region'', org_path => ''path'', staff => ''director_id'') is the nearest holder at or above the unit of the rep, not being the rep. Read with your rights when needed. Errors: 22023 incomplete or several forms, SP601 a role above itself, those of CREATE VIEW.';

CREATE OR REPLACE FUNCTION pulse.drop_role(role text, key text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.drop_role_mapping(role, key);
END;
REVOKE ALL ON FUNCTION pulse.drop_role(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_role(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_role(text, text) IS
'Forgets how a role is found: by that key, or altogether. The view that map_role made stays with its owner. Error SP601: no such role.';

CREATE OR REPLACE FUNCTION pulse.describe_key(key text, relation regclass, id text DEFAULT NULL,
		name text DEFAULT NULL, url text DEFAULT NULL, condition text DEFAULT NULL, since text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.save_mapping('key', key, '',
		pulse_internal.make_mapping_view('key_' || key, relation, ARRAY['key', 'name', 'url', 'since', 'member'],
			ARRAY['(' || coalesce(id, pulse_internal.key_column(relation, key)) || ')',
				  pulse_internal.mapped_text('name', name, true), pulse_internal.mapped_text('url', url, false),
				  coalesce('(' || since || ')::pg_catalog.timestamptz', 'NULL::pg_catalog.timestamptz'),
				  (SELECT pg_catalog.format('(%I.*)::%I.%I', c.relname, n.nspname, c.relname)
				   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation)],
			condition),
		relation, NULL, NULL);
END;
REVOKE ALL ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text, text) IS
'Gives a key a name and a link in messages: describe_key(''customer'', ''app.customer'', name => ''name'', url => $$ ''https://crm/c/'' || id $$). id is the column that holds the key (default: the primary key). Its rows are the members that rules with EACH are about; since is the column or expression that says since when each of them is one (default: since the rule is active), condition leaves out who is none. Errors: 22023 something required is missing, those of CREATE VIEW.';

CREATE OR REPLACE FUNCTION pulse_internal.people(tolerant boolean)
	RETURNS TABLE (id text, name text, email text, mobile text, org_path text, channel text, language text)
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (r.c[1]) r.c[1], r.c[2], r.c[3], r.c[4], r.c[5], r.c[6], r.c[7]
	FROM pulse_internal.mapping AS m, LATERAL pulse_internal.read_mapping(m.mapping_id, NULL, tolerant) AS r(c)
	WHERE m.kind = 'staff' AND r.c[1] IS NOT NULL
	ORDER BY r.c[1], r.c;
END;
REVOKE ALL ON FUNCTION pulse_internal.people(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.people(boolean) TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE VIEW pulse.staff WITH (security_invoker = true) AS
	SELECT p.id, p.name, p.email, p.mobile, p.org_path, p.channel, p.language
	FROM pulse_internal.people(false) AS p;
COMMENT ON VIEW pulse.staff IS
'Staff as map_staff reads them from the application, now: id, name, email, mobile, org_path (text; cast it to ltree to search), preferred channel, language. You need the right to read the view that map_staff made, as you would to read the table itself. Error 42501.';
GRANT SELECT ON pulse_internal.mapping TO pulse_admin;
SELECT pulse_internal.grant_without('pulse_internal.mapping', 'reason', '{pulse_author}');
GRANT SELECT ON pulse.staff TO pulse_admin, pulse_author;

CREATE OR REPLACE VIEW pulse.roles WITH (security_invoker = true) AS
	SELECT m.name AS role, nullif(m.key_name, '') AS key, m.relation, m.holder, m.above,
		   coalesce(c.relowner::regrole, m.author) AS author, m.state,
		   CASE WHEN m.state <> 'ok' THEN pulse_internal.shown_reason('mapping', m.mapping_id::text) END AS reason
	FROM pulse_internal.mapping AS m LEFT JOIN pg_class AS c ON c.oid = m.source
	WHERE m.kind = 'role';
COMMENT ON VIEW pulse.roles IS
'How roles are found: by a key through a relation, fixed holders, or above another role; with whose rights; and whether the last reading failed (state broken, reason).';
GRANT SELECT ON pulse.roles TO pulse_admin, pulse_author;

-- Who holds which role for which keys, for many at once.  The pairs
-- (key_names[i], keys[i]) are what the firings are about; the answer names the
-- pair that led to a holder, or '' and '' where no key was needed.
CREATE OR REPLACE FUNCTION pulse_internal.resolve_roles(roles text[], key_names text[], keys text[], tolerant boolean)
	RETURNS TABLE (role text, key_name text, key text, staff text, name text, email text, mobile text,
				   channel text, language text, org_path text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH RECURSIVE wanted(role) AS (
		SELECT unnest(roles)
		UNION
		SELECT m.above FROM wanted AS w JOIN pulse_internal.mapping AS m ON m.kind = 'role' AND m.name = w.role
		WHERE m.above IS NOT NULL
	), mapped AS MATERIALIZED (
		SELECT m.mapping_id, m.name, m.key_name, m.holder, m.above
		FROM wanted AS w JOIN pulse_internal.mapping AS m ON m.kind = 'role' AND m.name = w.role
	), people AS MATERIALIZED (
		SELECT p.* FROM pulse_internal.people(tolerant) AS p
	), upper_holder AS MATERIALIZED (
		SELECT m.name AS role, r[1] AS org_path, r[2] AS staff
		FROM mapped AS m, LATERAL pulse_internal.read_mapping(m.mapping_id, NULL, tolerant) AS r
		WHERE m.above IS NOT NULL
	), needed AS MATERIALIZED (
		SELECT m.mapping_id, array_agg(DISTINCT k.key) AS keys
		FROM mapped AS m JOIN unnest(key_names, keys) AS k(key_name, key) ON k.key_name = m.key_name
		WHERE m.key_name <> ''
		GROUP BY m.mapping_id
	), found(role, key_name, key, staff) AS (
		SELECT m.name, m.key_name, r[1], r[2]
		FROM needed AS n JOIN mapped AS m ON m.mapping_id = n.mapping_id,
			 LATERAL pulse_internal.read_mapping(n.mapping_id, n.keys, tolerant) AS r
		UNION
		SELECT m.name, '', '', h FROM mapped AS m, unnest(m.holder) AS h
		UNION
		SELECT m.name, f.key_name, f.key, h.staff
		FROM found AS f
		JOIN mapped AS m ON m.above = f.role
		JOIN people AS p ON p.id = f.staff
		CROSS JOIN LATERAL (
			-- org paths by text, on dot boundaries: ltree may live in any schema
			SELECT u.staff FROM upper_holder AS u
			WHERE u.role = m.name AND u.staff <> f.staff AND u.org_path <> ''
			  AND starts_with(p.org_path || '.', u.org_path || '.')
			ORDER BY length(u.org_path) DESC
			FETCH FIRST 1 ROW WITH TIES) AS h
	)
	SELECT f.role, f.key_name, f.key, f.staff, p.name, p.email, p.mobile,
		   coalesce(nullif(p.channel, ''), 'mail'), p.language, p.org_path
	FROM found AS f JOIN people AS p ON p.id = f.staff
	WHERE f.role = ANY (roles);
END;
REVOKE ALL ON FUNCTION pulse_internal.resolve_roles(text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.resolve_roles(text[], text[], text[], boolean)
	TO pulse_owner, pulse_admin, pulse_author;
-- ---- escalation: what came of rules ------------------------------------------------------

GRANT SELECT (firing_id, case_id, rule_id, wait_id, step, repetition, action, together, verb, role, found_by)
	ON pulse_internal.message TO pulse_author, pulse_analyst;
GRANT SELECT (task_id, firing_id, case_id, wait_id, step, repetition, action, together, role, state, created_at, due_at, finished_at, outcome)
	ON pulse_internal.task TO pulse_author;
GRANT SELECT (case_id, wait_id, state, opened_at, acknowledged_at, closed_at, reason, resolved_late)
	ON pulse_internal.cases TO pulse_author;

CREATE OR REPLACE VIEW pulse.rule_outcomes WITH (security_invoker = true) AS
	SELECT f.firing_id, coalesce(r.name, f.evidence ->> 'rule') AS rule, f.version, f.mode, f.key_name, f.key,
		f.step + 1 AS step, nullif(f.repetition, 0) AS repetition, f.due_at, f.swept_at, f.released_at,
		CASE WHEN f.released_at IS NULL THEN 'not yet' WHEN f.superseded THEN 'superseded' WHEN f.mode <> 'live' THEN 'shadow'
			WHEN f.withheld IS NOT NULL THEN f.withheld WHEN a.verb IS NULL THEN 'nothing' ELSE 'acted' END AS action_state,
		a.action, a.verb, a.role, a.message_id, a.task_id, a.channel, a.state AS delivery, a.acted_at,
		c.case_id, c.state AS case_state, c.acknowledged_at, c.closed_at, c.reason AS outcome, c.resolved_late, f.late_answer_at,
		c.closed_at - f.due_at AS closed_after
	FROM pulse_internal.firing AS f
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.cases AS c ON c.wait_id = f.wait_id
	LEFT JOIN LATERAL (
		SELECT m.action + 1 AS action, m.verb, m.role, m.message_id, NULL::bigint AS task_id, m.channel, s.state, s.changed_at AS acted_at
		FROM pulse_internal.message AS m LEFT JOIN pulse_internal.message_progress AS s ON s.message_id = m.message_id
		WHERE (m.case_id = c.case_id OR m.together @> ARRAY[c.case_id])
		  AND m.step = f.step AND m.repetition = f.repetition
		UNION ALL
		SELECT t.action + 1, 'assign', t.role, NULL, t.task_id, NULL, t.state, coalesce(t.finished_at, t.created_at)
		FROM pulse_internal.task AS t
		WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id])
		  AND t.step = f.step AND t.repetition = f.repetition
	) AS a ON true;
COMMENT ON VIEW pulse.rule_outcomes IS
'Rule, firing, action and outcome in one row per action of a firing (one row with nulls where it did nothing): rule and its version then, key, step and repetition (from 1), the three moments; action_state (not yet, acted, superseded, shadow, acknowledged, done, not delivered, nothing); action (from 1 within the step), verb, role, the message with its channel or the task, delivery (state of the message or task) since acted_at; the case, its state, when it was acknowledged and closed, outcome (answered, until, answered_late, by hand ...), resolved_late, and closed_after (from the due time to the end).';
GRANT SELECT ON pulse.rule_outcomes TO pulse_admin, pulse_author, pulse_analyst;
-- ---- escalation: whole roles, and the text of reports ---------------------------------

-- all who hold a role, for whatever key
CREATE OR REPLACE FUNCTION pulse_internal.everyone_as(role text)
	RETURNS TABLE (role text, staff text, name text, email text, mobile text, channel text, language text, org_path text)
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
	WITH held(staff) AS MATERIALIZED (
		SELECT r.c[2]
		FROM pulse_internal.mapping AS m, LATERAL pulse_internal.read_mapping(m.mapping_id, NULL, true) AS r(c)
		WHERE m.kind = 'role' AND m.name = everyone_as.role AND m.holder IS NULL
		UNION
		SELECT h FROM pulse_internal.mapping AS m, unnest(m.holder) AS h
		WHERE m.kind = 'role' AND m.name = everyone_as.role
	)
	SELECT everyone_as.role, p.id, p.name, p.email, p.mobile, coalesce(nullif(p.channel, ''), 'mail'), p.language, p.org_path
	FROM held AS h JOIN pulse_internal.people(true) AS p ON p.id = h.staff;
END;
REVOKE ALL ON FUNCTION pulse_internal.everyone_as(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.everyone_as(text) TO pulse_owner;

-- What a report says to somebody: its text and, in a mail, parts for the relay: the table as HTML beside it, or
-- the CSV attached instead of in it. No body: it is not sent.
CREATE OR REPLACE FUNCTION pulse_internal.report_message(report text, recipient text, language text, channel text,
		OUT body text, OUT parts jsonb, OUT failure text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT CASE
			WHEN n.failure IS NOT NULL THEN NULL
			WHEN cardinality(n.rows) = 0 THEN CASE WHEN p.on_empty = 'send' THEN
				CASE report_message.language WHEN 'zh' THEN '没有数据。' ELSE 'There is nothing to report.' END END
			ELSE CASE WHEN p.layout = 'csv' AND report_message.channel = 'mail' THEN
						format(CASE report_message.language WHEN 'zh' THEN '%s行，见附件“%s”。' WHEN 'en' THEN CASE cardinality(n.rows) WHEN 1 THEN '%s row, attached as %s.' ELSE '%s rows, attached as %s.' END END, cardinality(n.rows), f.name)
					  WHEN p.layout = 'csv' THEN pulse_internal.rows_as_csv(n.rows)
					  ELSE pulse_internal.rows_as_table(n.rows, report_message.language) END
				|| coalesce(E'\n\n' || f.note, '')
		END,
		CASE WHEN report_message.channel <> 'mail' OR cardinality(n.rows) = 0 THEN NULL
			WHEN p.layout = 'csv' THEN jsonb_build_object('mail_csv', pulse_internal.rows_as_csv(n.rows), 'mail_csv_name', f.name)
			ELSE jsonb_build_object('mail_html', pulse_internal.html_page(pulse_internal.rows_as_html(n.rows, report_message.language)
				|| coalesce('<p>' || f.note || '</p>', ''), report_message.language)) END,
		n.failure
	FROM pulse_internal.run_report(report, recipient) AS n
	LEFT JOIN pulse_internal.report AS p ON p.name = report_message.report
	CROSS JOIN LATERAL (
		SELECT translate(report_message.report, '/\:', '___') || '.csv',
			   CASE WHEN n.cut THEN format(CASE report_message.language WHEN 'zh' THEN '仅列出前%s行。' ELSE 'Only the first %s rows are shown.' END, p.max_rows) END
	) AS f(name, note);
END;
REVOKE ALL ON FUNCTION pulse_internal.report_message(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.report_message(text, text, text, text) TO pulse_owner;

-- Declared before what calls it; views_report.sql says what it does.
CREATE OR REPLACE FUNCTION pulse_internal.write_reports() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NULL::void;
END;

CREATE OR REPLACE FUNCTION pulse_internal.perform_effects() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NULL::void;
END;

-- ---- digests of a day ------------------------------------------------------------------------

-- what came since the last digest waits for the next one; its case is open meanwhile
CREATE OR REPLACE FUNCTION pulse_internal.hold_digests() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.firing AS f SET withheld = 'digest'
	WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.acts_at > pulse.clock();
END;
REVOKE ALL ON FUNCTION pulse_internal.hold_digests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.hold_digests() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.wake_digests() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.firing AS f SET withheld = NULL
	WHERE f.released_at IS NULL AND f.withheld = 'digest' AND f.acts_at <= pulse.clock();
END;
REVOKE ALL ON FUNCTION pulse_internal.wake_digests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.wake_digests() TO pulse_owner;

-- ---- UNLESS rule other IS OPEN -----------------------------------------------------------------

-- A case of the other rule about the same key is open, or opens in this tick.  Of
-- two rules that keep each other silent the one whose case is open does.
CREATE OR REPLACE FUNCTION pulse_internal.inhibit_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH asked AS MATERIALIZED (
		SELECT f.firing_id, f.wait_id, f.step, r.unless_rule
		FROM pulse_internal.firing AS f
		JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id AND r.unless_rule IS NOT NULL
		JOIN pulse_internal.rule AS o ON o.name = r.unless_rule
		WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.mode = 'live'
		  AND (EXISTS (SELECT FROM pulse_internal.cases AS c
					   WHERE c.rule_id = o.rule_id AND c.state IN ('open', 'acknowledged')
						 AND ((c.key_name = f.key_name AND c.key = f.key) OR c.key = f.evidence -> 'trigger' ->> c.key_name))
			   OR (o.unless_rule IS NULL
				   AND EXISTS (SELECT FROM pulse_internal.firing AS x
							   WHERE x.rule_id = o.rule_id AND x.released_at IS NULL AND x.mode = 'live' AND NOT x.superseded
								 AND ((x.key_name = f.key_name AND x.key = f.key) OR x.key = f.evidence -> 'trigger' ->> x.key_name))))
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT c.case_id, pulse.clock(), 'withheld', a.step, format('rule %s is open', a.unless_rule)
		FROM asked AS a JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id ORDER BY a.firing_id
	)
	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock(), withheld = 'rule open'
	FROM asked AS a WHERE f.firing_id = a.firing_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.inhibit_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.inhibit_firings() TO pulse_owner;
-- ---- escalation: who stands in, and when a message may go out ---------------------------

CREATE OR REPLACE VIEW pulse.quiet_hours WITH (security_invoker = true) AS
	SELECT CASE WHEN q.scope = 'channel' THEN q.name ELSE nullif(q.channel, '') END AS channel,
		   CASE WHEN q.scope = 'staff' THEN q.name END AS staff, CASE WHEN q.scope = 'org' THEN q.name END AS org_path,
		   q.since, q.until, q.calendar
	FROM pulse_internal.quiet_hours AS q;
COMMENT ON VIEW pulse.quiet_hours IS 'When nothing is sent that can wait, as set_quiet_hours says.';
GRANT SELECT ON pulse_internal.quiet_hours, pulse.quiet_hours TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.deputies WITH (security_invoker = true) AS
	SELECT d.staff, d.deputy, d.since, nullif(d.until, 'infinity') AS until,
		   (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date BETWEEN d.since AND d.until AS is_on
	FROM pulse_internal.deputy AS d;
COMMENT ON VIEW pulse.deputies IS
'Who stands in for whom (ids of staff), on which days, both included (until null: for good); is_on: today. Set with pulse.set_deputy().';
GRANT SELECT ON pulse_internal.deputy, pulse.deputies TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.set_deputy(staff text, deputy text, since date DEFAULT NULL, until date DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first_day date := coalesce(since, (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date);
	last_day date := coalesce(until, 'infinity');
	cycle text;
BEGIN
	PERFORM pulse_internal.check_actor(staff);
	IF first_day > last_day THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the last day lies before the first',
			DETAIL = format('From %s to %s there is no day.', first_day, last_day), HINT = 'Name the first and the last day of the absence.';
	END IF;
	PERFORM pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = who.id), 'staff', who.id)
	FROM unnest(ARRAY[staff, deputy]) AS who(id);
	LOCK TABLE pulse_internal.deputy IN SHARE ROW EXCLUSIVE MODE;	-- two that make a cycle together exclude each other
	cycle := CASE WHEN staff = deputy THEN staff || ' -> ' || deputy
			 ELSE pulse_internal.deputy_cycle(staff, deputy, first_day, last_day) END;
	IF cycle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP607', MESSAGE = format('%s would stand in for himself', staff),
			DETAIL = format('On days that they have in common: %s.', cycle), HINT = 'Name somebody outside this chain, or other days.';
	END IF;
	IF EXISTS (SELECT FROM pulse_internal.deputy AS d WHERE d.staff = set_deputy.staff AND d.since <> first_day
			   AND d.since <= last_day AND d.until >= first_day) THEN
		RAISE EXCEPTION USING ERRCODE = 'exclusion_violation', MESSAGE = format('%s has another deputy on some of these days', staff),
			DETAIL = 'A day has one deputy.', HINT = 'SELECT * FROM pulse.deputies; take the other away with pulse.drop_deputy(staff, since).';
	END IF;
	INSERT INTO pulse_internal.deputy (staff, deputy, since, until, created_at)
	VALUES (set_deputy.staff, set_deputy.deputy, first_day, last_day, pulse.clock())
	ON CONFLICT ON CONSTRAINT deputy_pkey DO UPDATE
	SET deputy = excluded.deputy, until = excluded.until, created_at = excluded.created_at;
END
$$;
ALTER FUNCTION pulse.set_deputy(text, text, date, date) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_deputy(text, text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_deputy(text, text, date, date) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.set_deputy(text, text, date, date) IS
'From since (default: today) to until (default: for good), both days included, what is for staff goes to the deputy, and on to the deputy''s own where there is one. It counts when a message or task is written; what was written before stays. A second call with the same first day replaces the first. Errors: SP602 no such staff, SP607 a chain that comes back, 23P01 another deputy on these days, 22023 no day, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.drop_deputy(staff text, since date DEFAULT NULL) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(drop_deputy.staff);
	WITH gone AS (
		DELETE FROM pulse_internal.deputy AS d
		WHERE d.staff = drop_deputy.staff AND d.since = coalesce(drop_deputy.since, d.since) RETURNING 1
	)
	SELECT count(*) FROM gone;
END;
ALTER FUNCTION pulse.drop_deputy(text, date) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_deputy(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_deputy(text, date) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.drop_deputy(text, date) IS
'Takes away the deputy that somebody has from a first day on; without one, all of them. Returns how many. Error 42501: you act as somebody else.';

-- Who is away today, and who of the mapped staff stands in at the end of the chain.
-- Where that is nobody mapped, the one before; at last the absent himself.
CREATE OR REPLACE FUNCTION pulse_internal.standing_in()
	RETURNS TABLE (staff text, deputy text, name text, email text, mobile text, channel text, language text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH RECURSIVE today AS MATERIALIZED (
		SELECT d.staff, d.deputy FROM pulse_internal.deputy AS d
		WHERE (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date BETWEEN d.since AND d.until
	), chain(staff, deputy, length) AS (
		SELECT t.staff, t.deputy, 1 FROM today AS t
		UNION ALL
		SELECT c.staff, t.deputy, c.length + 1 FROM chain AS c JOIN today AS t ON t.staff = c.deputy WHERE c.length < 50
	), people AS MATERIALIZED (
		SELECT p.* FROM pulse_internal.people(true) AS p WHERE EXISTS (SELECT FROM today)
	)
	SELECT DISTINCT ON (c.staff) c.staff, c.deputy, p.name, p.email, p.mobile, coalesce(nullif(p.channel, ''), 'mail'), p.language
	FROM chain AS c JOIN people AS p ON p.id = c.deputy
	ORDER BY c.staff, c.length DESC;
END;
REVOKE ALL ON FUNCTION pulse_internal.standing_in() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.standing_in() TO pulse_owner, pulse_admin, pulse_author;

-- The first instant at which a message to somebody on a channel disturbs nobody, for
-- many at once; pairs that have no quiet hours are left out.
CREATE OR REPLACE FUNCTION pulse_internal.quiet_until(staff text[], channels text[])
	RETURNS TABLE (staff text, channel text, not_before timestamptz)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH RECURSIVE pair AS MATERIALIZED (
		SELECT DISTINCT u.staff, u.channel FROM unnest(quiet_until.staff, quiet_until.channels) AS u(staff, channel)
		WHERE EXISTS (SELECT FROM pulse_internal.quiet_hours)
	), unit AS MATERIALIZED (
		SELECT p.id, p.org_path FROM pulse_internal.people(true) AS p
		WHERE p.org_path <> '' AND EXISTS (SELECT FROM pulse_internal.quiet_hours AS q WHERE q.scope = 'org')
	), quiet AS MATERIALIZED (
		SELECT p.staff, p.channel, q.since, q.until, q.calendar
		FROM pair AS p CROSS JOIN pulse_internal.quiet_hours AS q
		LEFT JOIN unit AS u ON u.id = p.staff
		WHERE q.channel IN ('', p.channel)
		  AND CASE q.scope WHEN 'channel' THEN q.name = p.channel WHEN 'staff' THEN q.name = p.staff
						   ELSE starts_with(u.org_path || '.', q.name || '.') END
	), moved(staff, channel, at, n) AS (
		SELECT DISTINCT q.staff, q.channel, pulse.clock(), 0 FROM quiet AS q
		UNION ALL
		SELECT m.staff, m.channel, e.at, m.n + 1
		FROM moved AS m, LATERAL (
			SELECT max(pulse_internal.quiet_end(m.at, q.since, q.until, q.calendar)) AS at
			FROM quiet AS q WHERE q.staff IS NOT DISTINCT FROM m.staff AND q.channel = m.channel) AS e
		WHERE e.at > m.at AND m.n < 400		-- a year without a working hour is a mistake: then it may as well go
	)
	SELECT m.staff, m.channel, max(m.at) FROM moved AS m GROUP BY m.staff, m.channel;
END;
REVOKE ALL ON FUNCTION pulse_internal.quiet_until(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.quiet_until(text[], text[]) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.explain_role(role text, key text DEFAULT NULL, key_value text DEFAULT NULL)
	RETURNS TABLE (staff text, name text, email text, mobile text, channel text, org_path text, found_by text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT coalesce(d.deputy, r.staff), CASE WHEN d.deputy IS NULL THEN r.name ELSE d.name END,
		   CASE WHEN d.deputy IS NULL THEN r.email ELSE d.email END, CASE WHEN d.deputy IS NULL THEN r.mobile ELSE d.mobile END,
		   coalesce(d.channel, r.channel), r.org_path,
		   concat(CASE r.key_name WHEN '' THEN 'fixed' ELSE r.key_name || ' ' || r.key END,
				  CASE WHEN d.deputy IS NOT NULL THEN ', deputy of ' || r.staff END)
	FROM pulse_internal.resolve_roles(ARRAY[explain_role.role],
			CASE WHEN explain_role.key IS NULL THEN '{}'::text[] ELSE ARRAY[explain_role.key] END,
			CASE WHEN explain_role.key IS NULL THEN '{}'::text[] ELSE ARRAY[explain_role.key_value] END, false) AS r
	LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = r.staff
	ORDER BY 1;
END;
REVOKE ALL ON FUNCTION pulse.explain_role(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_role(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.explain_role(text, text, text) IS
'Who holds a role now, for a key such as (''rep'', ''customer'', ''17''), and how that was found; where somebody is away, his deputy, with the unit of the holder. No rows: nobody, so a message would go to the role of the setting fallback_role. Error 42501: you may not read the view of a mapping that is asked.';
-- ---- escalation: one message instead of many ---------------------------------------------

CREATE OR REPLACE VIEW pulse.digests WITH (security_invoker = true) AS
	SELECT d.staff, d.channel, d.at FROM pulse_internal.digest AS d;
COMMENT ON VIEW pulse.digests IS
'Who gets what is for him on a channel once a day, at a time of the business time zone, in one message. Set with pulse.set_digest().';
GRANT SELECT ON pulse_internal.digest, pulse.digests TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.set_digest(staff text, channel text, at time) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(set_digest.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = set_digest.staff), 'staff', set_digest.staff);
	DELETE FROM pulse_internal.digest AS d WHERE d.staff = set_digest.staff AND d.channel = set_digest.channel;
	INSERT INTO pulse_internal.digest (staff, channel, at, created_at)
	SELECT set_digest.staff, set_digest.channel, set_digest.at, pulse.clock() WHERE set_digest.at IS NOT NULL;
END;
ALTER FUNCTION pulse.set_digest(text, text, time) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_digest(text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_digest(text, text, time) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.set_digest(text, text, time) IS
'What is for somebody on a channel goes out once a day, at that time of the business time zone, as one message with a list; null: at once again. Written before that instant, it is in that day''s message. Urgent messages and mails with copies go out alone. Errors: SP602 no such staff, 42501 you act as somebody else.';

-- When the first digest of somebody after an instant goes out; NULL: he has none on that
-- channel.  Instants are compared, as clocks that change show some times twice or never.
CREATE OR REPLACE FUNCTION pulse_internal.next_digest(staff text, channel text, since timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN c.of_day > next_digest.since THEN c.of_day ELSE (n.day + 1 + d.at) AT TIME ZONE n.zone END
			FROM pulse_internal.digest AS d,
				 (SELECT z.zone, (next_digest.since AT TIME ZONE z.zone)::date AS day FROM (SELECT pulse.setting('timezone') AS zone) AS z) AS n,
				 LATERAL (SELECT (n.day + d.at) AT TIME ZONE n.zone AS of_day) AS c
			WHERE d.staff = next_digest.staff AND d.channel = next_digest.channel);
REVOKE ALL ON FUNCTION pulse_internal.next_digest(text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_digest(text, text, timestamptz) TO pulse_owner;

-- Queued messages become one for each channel and recipient, with a list of all.  It is
-- about all their cases: so it is withdrawn when the last of them is closed.  Who has a
-- message claimed keeps it.
CREATE OR REPLACE FUNCTION pulse_internal.merge_messages(message_ids bigint[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH free AS (
		SELECT q.message_id FROM pulse_internal.queue AS q
		WHERE q.message_id = ANY (merge_messages.message_ids) AND NOT q.claimed AND NOT q.withdraw FOR UPDATE SKIP LOCKED
	), taken AS MATERIALIZED (
		DELETE FROM pulse_internal.queue AS q USING free AS f, pulse_internal.message AS m
		WHERE q.message_id = f.message_id AND m.message_id = q.message_id
		RETURNING m.message_id, m.case_id, m.together, m.found_by, m.staff, m.recipient_name, m.channel, m.recipient, m.language, m.subject, m.body, m.variables ->> 'mail_html' AS page
	), quiet AS MATERIALIZED (
		SELECT q.staff, q.channel, q.not_before
		FROM (SELECT array_agg(t.staff) AS staff, array_agg(t.channel) AS channels FROM taken AS t) AS a, LATERAL pulse_internal.quiet_until(a.staff, a.channels) AS q
	), listed AS (
		SELECT t.*, row_number() OVER (PARTITION BY t.channel, t.recipient ORDER BY t.message_id) AS n, q.not_before
		FROM taken AS t LEFT JOIN quiet AS q ON q.channel = t.channel AND q.staff IS NOT DISTINCT FROM t.staff
	), written AS (
		INSERT INTO pulse_internal.message (together, verb, found_by, staff, recipient_name, channel, recipient, language, subject, body,
			variables, created_at, not_before)
		SELECT (SELECT array_agg(DISTINCT about.case_id) FROM taken AS t, LATERAL unnest(coalesce(t.together, ARRAY[t.case_id])) AS about(case_id)
				WHERE t.channel = l.channel AND t.recipient = l.recipient AND about.case_id IS NOT NULL),
			   'digest', min(l.found_by), min(l.staff), min(l.recipient_name), l.channel, l.recipient, min(l.language),
			   format(CASE min(l.language) WHEN 'zh' THEN '%s条消息' ELSE '%s messages' END, count(*)),
			   string_agg(CASE l.channel WHEN 'sms' THEN l.n || '. ' || l.body ELSE l.n || '. ' || l.subject || E'\n' || l.body END,
						  CASE l.channel WHEN 'sms' THEN E'\n' ELSE E'\n\n' END ORDER BY l.n),
			   jsonb_build_object('count', count(*)) || CASE l.channel WHEN 'mail' THEN jsonb_build_object('mail_html', pulse_internal.html_page(
					'<ol>' || E'\n' || string_agg(pulse_internal.html_item(l.subject, l.body, l.page), E'\n' ORDER BY l.n) || E'\n</ol>', min(l.language)))
					ELSE '{}' END,
			   pulse.clock(), greatest(pulse.clock(), max(l.not_before))
		FROM listed AS l GROUP BY l.channel, l.recipient
		RETURNING message_id, not_before, channel, recipient
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, channel)
		SELECT w.message_id, w.not_before, w.channel FROM written AS w
	), ended AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, last_error)
		SELECT t.message_id, clock_timestamp(), 0, 0, 'digested', 'in message ' || w.message_id
		FROM taken AS t JOIN written AS w ON w.channel = t.channel AND w.recipient = t.recipient
	)
	SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM written LIMIT 1) AS any_written;
END;
REVOKE ALL ON FUNCTION pulse_internal.merge_messages(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.merge_messages(bigint[]) TO pulse_owner;

-- The cut: what was collected until now goes out; a single message as it is.  What a case
-- that is put off has to say is for the first digest after that.
CREATE OR REPLACE FUNCTION pulse_internal.release_digests() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.digest_wait AS d
	SET digest_at = coalesce(pulse_internal.next_digest(m.staff, m.channel, c.snoozed_until - interval '1 microsecond'), c.snoozed_until)
	FROM pulse_internal.message AS m JOIN pulse_internal.cases AS c ON c.case_id = m.case_id
	WHERE d.digest_at <= (SELECT pulse.clock()) AND m.message_id = d.message_id AND m.together IS NULL AND c.snoozed_until > pulse.clock();

	WITH due AS MATERIALIZED (
		DELETE FROM pulse_internal.digest_wait AS d WHERE d.digest_at <= (SELECT pulse.clock()) RETURNING d.message_id
	), waiting AS MATERIALIZED (
		SELECT q.message_id, m.staff, m.channel, count(*) OVER (PARTITION BY m.channel, m.recipient) AS same
		FROM due AS d JOIN pulse_internal.queue AS q ON q.message_id = d.message_id
		JOIN pulse_internal.message AS m ON m.message_id = d.message_id WHERE NOT q.withdraw
	), alone AS (
		UPDATE pulse_internal.queue AS q
		SET not_before = greatest(pulse.clock(), (SELECT u.not_before FROM pulse_internal.quiet_until(ARRAY[w.staff], ARRAY[w.channel]) AS u))
		FROM waiting AS w WHERE w.same = 1 AND q.message_id = w.message_id
		RETURNING q.message_id
	), told AS (
		SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM alone LIMIT 1) AS any_alone
	)
	SELECT pulse_internal.merge_messages(array_agg(w.message_id)) FROM waiting AS w, (SELECT count(*) FROM told) AS t
	WHERE w.same > 1 HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.release_digests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_digests() TO pulse_owner;

-- how many messages a recipient may get now; NULL: as many as there are
CREATE OR REPLACE FUNCTION pulse_internal.recipient_room(channel text, recipient text) RETURNS bigint
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN (SELECT min(greatest(l.max_messages - (SELECT count(*) FROM pulse_internal.channel_use AS u
												  WHERE u.channel = l.channel AND u.recipient = recipient_room.recipient
													AND u.last_at > clock_timestamp() - l.span), 0))
			FROM pulse_internal.channel_limit AS l WHERE l.channel = recipient_room.channel AND l.per_recipient);
REVOKE ALL ON FUNCTION pulse_internal.recipient_room(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.recipient_room(text, text) TO pulse_owner;

-- More is due than a limit lets through: what is for one recipient becomes one message.
CREATE OR REPLACE FUNCTION pulse_internal.digest_overflow() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH due AS MATERIALIZED (
		SELECT q.message_id, q.channel, m.recipient, count(*) OVER (PARTITION BY q.channel) AS of_channel,
			   count(*) OVER (PARTITION BY q.channel, m.recipient) AS of_recipient
		FROM pulse_internal.channel AS c
		JOIN pulse_internal.queue AS q ON q.channel = c.name
		JOIN pulse_internal.message AS m ON m.message_id = q.message_id
		WHERE c.overflow = 'digest' AND NOT q.claimed AND NOT q.withdraw AND q.priority >= 0
		  AND q.not_before <= (SELECT pulse.clock()) AND m.copies = '{}'
		  AND NOT m.variables ? 'mail_csv'	-- an attachment goes with its own mail
	), room AS MATERIALIZED (
		SELECT d.channel, pulse_internal.channel_room(d.channel) AS room FROM (SELECT DISTINCT x.channel FROM due AS x) AS d
	), over AS (
		SELECT d.message_id FROM due AS d JOIN room AS r ON r.channel = d.channel
		WHERE d.of_recipient > 1
		  AND (d.of_channel > r.room OR d.of_recipient > pulse_internal.recipient_room(d.channel, d.recipient))
	)
	SELECT pulse_internal.merge_messages(array_agg(o.message_id)) FROM over AS o HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.digest_overflow() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.digest_overflow() TO pulse_owner;
-- ---- escalation: what firings become ---------------------------------------------------

CREATE OR REPLACE VIEW pulse_internal.builtin_template WITH (security_invoker = true) AS
	SELECT * FROM (VALUES
	('en', true, '{rule}: {about} (step {step} of {steps})',
	 E'{title}\n\n{rule}: {key_label} {about}, step {step} of {steps}, due {due}.\nReminder number {repetition}.\n\n{facts}\n\n{link}\n'
	 'Task: {task}\nFinish before {task_due}\n'
	 'You receive this because nobody was found as {fallback_for}.\n',
	 '{rule}: {about}, step {step} of {steps}, due {due}. {title}'),
	('en', false, '{rule}: {about}',
	 E'{title}\n\n{rule}: {key_label} {about}, due {due}.\nReminder number {repetition}.\n\n{facts}\n\n{link}\n'
	 'Task: {task}\nFinish before {task_due}\n'
	 'You receive this because nobody was found as {fallback_for}.\n',
	 '{rule}: {about}, due {due}. {title}'),
	('zh', true, '{rule}：{about}（第{step}步，共{steps}步）',
	 E'{title}\n\n{rule}：{key_label} {about}，第{step}步，共{steps}步，到期 {due}。\n第{repetition}次提醒。\n\n{facts}\n\n{link}\n'
	 '任务：{task}\n请于 {task_due} 前完成\n'
	 '因未找到{fallback_for}，本消息转给您。\n',
	 '{rule}：{about}，第{step}步，共{steps}步，到期 {due}。{title}'),
	('zh', false, '{rule}：{about}',
	 E'{title}\n\n{rule}：{key_label} {about}，到期 {due}。\n第{repetition}次提醒。\n\n{facts}\n\n{link}\n'
	 '任务：{task}\n请于 {task_due} 前完成\n'
	 '因未找到{fallback_for}，本消息转给您。\n',
	 '{rule}：{about}，到期 {due}。{title}')
	) AS t(language, ladder, subject, body, short_body);
COMMENT ON VIEW pulse_internal.builtin_template IS 'Texts of messages, by language, of rules of several steps (ladder) and of one; the short one is for SMS.';
GRANT SELECT ON pulse_internal.builtin_template TO pulse_owner;

-- Firings to act on; those that need no act were released before (pass_over_firings),
-- those that wait for an earlier step's messages are marked (guard_firings).
CREATE OR REPLACE VIEW pulse_internal.acting WITH (security_invoker = true) AS
	SELECT f.firing_id, f.rule_id, r.name AS rule_name, f.wait_id, f.key_name, f.key, f.step, f.repetition, f.due_at,
		   coalesce(k.name, '') AS event,
		   f.together, f.evidence -> 'trigger' ->> f.together AS together_key,
		   f.evidence -> 'trigger' AS facts,
		   f.evidence ? 'schedule' AS by_clock, f.acts_at
	FROM pulse_internal.firing AS f
	JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind
	WHERE f.released_at IS NULL AND f.withheld IS NULL;
COMMENT ON VIEW pulse_internal.acting IS 'Firings that release_firings() turns into messages and tasks; facts: the row of the trigger.';
GRANT SELECT ON pulse_internal.acting TO pulse_owner;

-- names and links of keys, for many at once
CREATE OR REPLACE FUNCTION pulse_internal.describe_keys(key_names text[], keys text[])
	RETURNS TABLE (key_name text, key text, name text, url text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (m.name, r.c[1]) m.name, r.c[1], pulse_internal.one_line(r.c[2]), pulse_internal.one_line(r.c[3])
	FROM pulse_internal.mapping AS m,
		 LATERAL (SELECT array_agg(DISTINCT k.key) AS keys
				  FROM unnest(key_names, keys) AS k(key_name, key) WHERE k.key_name = m.name) AS wanted,
		 LATERAL pulse_internal.read_mapping(m.mapping_id, wanted.keys, true) AS r(c)
	WHERE m.kind = 'key' AND wanted.keys IS NOT NULL
	ORDER BY m.name, r.c[1], r.c;
END;
REVOKE ALL ON FUNCTION pulse_internal.describe_keys(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.describe_keys(text[], text[]) TO pulse_owner;

-- Nobody knows beforehand how many firings a tick brings, and joining ten
-- thousand to ten thousand by nested loops, as the planner would for one, takes
-- a minute: hence enable_nestloop below (and jit, which the price put on the
-- loops that remain would start).  These functions read no large table.

-- Who holds which role for which keys, as resolve_roles() has it, with deputies in their
-- places and how each is reached: whatever way he likes, by text, by mail. Of clock_roles
-- all holders, for no key (key_name null).
CREATE OR REPLACE FUNCTION pulse_internal.holders(roles text[], key_names text[], keys text[], clock_roles text[])
	RETURNS TABLE (role text, key_name text, key text, staff text, name text, email text, language text, instead_of text,
				   channels text[], addresses text[])
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH held AS (
		SELECT r.role, r.key_name, r.key, r.staff, r.name, r.email, r.mobile, r.channel, r.language
		FROM pulse_internal.resolve_roles(holders.roles, holders.key_names, holders.keys, true) AS r
		UNION ALL
		-- what is about nothing in particular is for all who hold the role
		SELECT e.role, NULL, NULL, e.staff, e.name, e.email, e.mobile, e.channel, e.language
		FROM unnest(holders.clock_roles) AS w(role), LATERAL pulse_internal.everyone_as(w.role) AS e
	), present AS (
		SELECT DISTINCT ON (h.role, h.key_name, h.key, coalesce(d.deputy, h.staff)) h.role, h.key_name, h.key, coalesce(d.deputy, h.staff) AS staff,
			   CASE WHEN d.deputy IS NULL THEN h.name ELSE d.name END AS name, CASE WHEN d.deputy IS NULL THEN h.email ELSE d.email END AS email,
			   CASE WHEN d.deputy IS NULL THEN h.mobile ELSE d.mobile END AS mobile, coalesce(d.channel, h.channel) AS channel,
			   CASE WHEN d.deputy IS NULL THEN h.language ELSE d.language END AS language, CASE WHEN d.deputy IS NOT NULL THEN h.staff END AS instead_of
		FROM held AS h LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = h.staff
		ORDER BY h.role, h.key_name, h.key, coalesce(d.deputy, h.staff), d.deputy NULLS FIRST, h.staff
	), reached AS MATERIALIZED (
		SELECT p.*, pulse_internal.reachable_channel('notify', p.channel, p.staff, p.email, p.mobile) AS by_any,
			   pulse_internal.reachable_channel('text', p.channel, p.staff, p.email, p.mobile) AS by_text,
			   pulse_internal.reachable_channel('mail', p.channel, p.staff, p.email, p.mobile) AS by_mail
		FROM present AS p
	)
	SELECT r.role, r.key_name, r.key, r.staff, r.name, r.email, r.language, r.instead_of, ARRAY[r.by_any, r.by_text, r.by_mail],
		   ARRAY[pulse_internal.address(r.by_any, r.staff, r.email, r.mobile), pulse_internal.address(r.by_text, r.staff, r.email, r.mobile),
				 pulse_internal.address(r.by_mail, r.staff, r.email, r.mobile)]
	FROM reached AS r;
END;
REVOKE ALL ON FUNCTION pulse_internal.holders(text[], text[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.holders(text[], text[], text[], text[]) TO pulse_owner;

-- an object of the values that are not null: (name, value, name, value ...), texts and whole numbers
CREATE OR REPLACE FUNCTION pulse_internal.present_values(VARIADIC "any") RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_present_values';
REVOKE ALL ON FUNCTION pulse_internal.present_values(VARIADIC "any") FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.present_values(VARIADIC "any") TO pulse_owner;

-- when a task given now is to be finished
CREATE OR REPLACE FUNCTION pulse_internal.task_due(due_in text) RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_task_due';
REVOKE ALL ON FUNCTION pulse_internal.task_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.task_due(text) TO pulse_owner;

-- By index, like the other functions that look up cases of few waits among all.
CREATE OR REPLACE FUNCTION pulse_internal.note_steps(case_ids bigint[], steps int[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	UPDATE pulse_internal.cases AS c
	SET last_step = u.step
	FROM unnest(note_steps.case_ids, note_steps.steps) AS u(case_id, step)
	WHERE c.case_id = u.case_id AND c.last_step < u.step;
END;
REVOKE ALL ON FUNCTION pulse_internal.note_steps(bigint[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.note_steps(bigint[], int[]) TO pulse_owner;

-- Cases of all acting firings, and messages of those that wait for no digest.
CREATE OR REPLACE FUNCTION pulse_internal.write_messages() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_act_on_firings';
REVOKE ALL ON FUNCTION pulse_internal.write_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.write_messages() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.act_on_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.write_messages();
	SELECT pulse_internal.hold_digests()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.acts_at > pulse.clock());
	-- of what no rule does at all the firings are not asked
	SELECT pulse_internal.perform_effects()
	WHERE EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb IN ('emit', 'call'))
	  AND EXISTS (SELECT FROM pulse_internal.acting AS a
				  JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.verb IN ('emit', 'call'));
	SELECT pulse_internal.write_reports()
	WHERE EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb = 'send')
	  AND EXISTS (SELECT FROM pulse_internal.acting AS a
				  JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.verb = 'send');

	-- one open task of an episode: a repeat, or a later step, gives it again only when it is done
	INSERT INTO pulse_internal.task (case_id, firing_id, wait_id, step, repetition, together, action, role, staff, title, created_at, due_at)
	SELECT m.case_id, m.firing_id, m.wait_id, m.step, m.repetition, m.together, m.action, m.role, m.staff, m.variables ->> 'task',
		   pulse.clock(), pulse_internal.task_due(ra.due_in)
	FROM pulse_internal.acting AS a
	JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
	JOIN pulse_internal.message AS m ON m.case_id = c.case_id AND m.step = a.step AND m.repetition = a.repetition
	JOIN pulse_internal.rule_action AS ra ON ra.rule_id = m.rule_id AND ra.step = m.step AND ra.action = m.action
	WHERE m.verb = 'assign' AND m.found_by <> 'copy'
	  AND EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb = 'assign')
	  AND NOT EXISTS (
		SELECT FROM pulse_internal.task AS t
		WHERE (t.wait_id = m.wait_id OR t.together && coalesce(m.together, ARRAY[m.case_id]))
		  AND t.role = m.role AND t.title = m.variables ->> 'task' AND t.state = 'open')
	ON CONFLICT DO NOTHING;

	UPDATE pulse_internal.firing AS f
	SET released_at = pulse.clock(), evidence = f.evidence || coalesce(jsonb_build_object('told', nullif(ARRAY(
		SELECT pulse_internal.present_values('role', m.role, 'staff', m.staff, 'channel', m.channel,
											 'found_by', m.found_by, 'instead_of', m.instead_of)
		FROM pulse_internal.cases AS c JOIN pulse_internal.message AS m ON m.case_id = c.case_id
		WHERE c.wait_id = f.wait_id AND m.step = f.step AND m.repetition = f.repetition ORDER BY m.message_id), '{}')), '{}')
	WHERE f.released_at IS NULL AND f.withheld IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.act_on_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.act_on_firings() TO pulse_owner;
-- ---- escalation: sending reports ----------------------------------------------------------

CREATE OR REPLACE VIEW pulse.reports WITH (security_invoker = true) AS
	SELECT r.name, r.author, r.query, r.max_rows, r.on_empty, r.layout, r.state,
		   CASE WHEN r.state <> 'ok' THEN pulse_internal.shown_reason('report', r.report_id::text) END AS reason, r.created_at, r.last_run_at
	FROM pulse_internal.report AS r;
COMMENT ON VIEW pulse.reports IS
'Named queries whose results rules send (pulse.create_report): whose they are and run as, how many rows at most, what an empty result does, and whether the last run failed (state broken, reason).';
GRANT SELECT ON pulse.reports TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.report TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.report', 'reason', '{pulse_author}');
REVOKE SELECT ON pulse_internal.report FROM pg_monitor;
GRANT SELECT (report_id, name, state) ON pulse_internal.report TO pg_monitor;

-- one message per recipient with his own result; what is not sent is noted
CREATE OR REPLACE FUNCTION pulse_internal.write_reports() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH addressed AS MATERIALIZED (
		SELECT d.*, a.rule_id, a.rule_name, a.wait_id, a.step, a.repetition, a.due_at, a.key, c.case_id
		FROM pulse_internal.addressed_reports() AS d
		JOIN pulse_internal.acting AS a ON a.firing_id = d.firing_id
		JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
	), written AS MATERIALIZED (
		SELECT d.*, b.body, b.parts, b.failure
		FROM addressed AS d
		LEFT JOIN LATERAL pulse_internal.report_message(d.title, d.staff, d.language, d.channel) AS b ON d.staff IS NOT NULL
	), sent AS (
		INSERT INTO pulse_internal.message (case_id, firing_id, rule_id, wait_id, step, repetition, action, verb, role, found_by,
			staff, recipient_name, channel, recipient, copies, language, subject, body, variables, created_at, not_before, instead_of)
		SELECT w.case_id, w.firing_id, w.rule_id, w.wait_id, w.step, w.repetition, w.action, 'send', w.role, w.found_by,
			   w.staff, w.name, w.channel, w.recipient, w.copies, w.language,
			   pulse_internal.one_line(format(CASE w.language WHEN 'zh' THEN '%s（%s）' ELSE '%s (%s)' END,
											  w.title, pulse_internal.instant_text(w.due_at))),
			   coalesce(w.body, ''),
			   jsonb_strip_nulls(jsonb_build_object('rule', w.rule_name, 'title', w.title, 'due', pulse_internal.instant_text(w.due_at),
													'recipient', w.name)) || coalesce(w.parts, '{}'),
			   pulse.clock(), greatest(pulse.clock(), (SELECT q.not_before FROM pulse_internal.quiet_until(ARRAY[w.staff], ARRAY[w.channel]) AS q)),
			   w.instead_of
		FROM written AS w
		WHERE w.body IS NOT NULL OR w.staff IS NULL
		ORDER BY w.firing_id, w.action, w.staff
		ON CONFLICT DO NOTHING
		RETURNING message_id, not_before, priority, channel, recipient
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, priority, channel)
		SELECT m.message_id, m.not_before, m.priority, m.channel FROM sent AS m WHERE m.recipient IS NOT NULL
	), unaddressed AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)
		SELECT m.message_id, clock_timestamp(), 0, 0, 'unaddressed' FROM sent AS m WHERE m.recipient IS NULL
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT w.case_id, pulse.clock(),
			   CASE WHEN w.staff IS NULL THEN 'nobody' WHEN w.failure IS NOT NULL THEN 'failed'
					WHEN w.body IS NULL THEN 'empty' WHEN w.found_by = 'role' THEN 'send' ELSE w.found_by END,
			   w.step,
			   CASE WHEN w.staff IS NULL THEN format('%s: nobody was found as %s, nor as %s', w.title, w.role, w.fallback)
					WHEN w.failure IS NOT NULL THEN format('%s for %s (%s): %s', w.title, w.name, w.staff, w.failure)
					WHEN w.body IS NULL THEN format('%s for %s (%s): no rows, not sent', w.title, w.name, w.staff)
					ELSE format('%s: %s (%s) by %s%s', w.title, w.name, w.staff, w.channel, ', deputy of ' || w.instead_of) END
		FROM written AS w ORDER BY w.firing_id, w.action, w.staff
	)
	SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM sent AS s WHERE s.recipient IS NOT NULL LIMIT 1) AS any_queued;
END;
REVOKE ALL ON FUNCTION pulse_internal.write_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.write_reports() TO pulse_owner;
-- ---- escalation: events and functions as actions ------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.perform_effect(firing_id bigint, action int) RETURNS text
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_perform_effect';
REVOKE ALL ON FUNCTION pulse_internal.perform_effect(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.perform_effect(bigint, int) TO pulse_owner;

-- in the order of firings and actions; each is noted, also where it failed
CREATE OR REPLACE FUNCTION pulse_internal.perform_effects() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH wanted AS MATERIALIZED (
		SELECT a.firing_id, ra.action, ra.verb, ra.target, a.step, c.case_id
		FROM pulse_internal.acting AS a
		JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.verb IN ('emit', 'call')
		JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
		ORDER BY a.firing_id, ra.action
	), performed AS MATERIALIZED (
		SELECT w.*, pulse_internal.perform_effect(w.firing_id, w.action) AS failure FROM wanted AS w
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
	SELECT p.case_id, pulse.clock(), CASE WHEN p.failure IS NULL THEN p.verb ELSE 'failed' END, p.step,
		   p.verb || ' ' || p.target || coalesce(': ' || p.failure, '')
	FROM performed AS p ORDER BY p.firing_id, p.action;
END;
REVOKE ALL ON FUNCTION pulse_internal.perform_effects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.perform_effects() TO pulse_owner;
-- ---- escalation: what ends --------------------------------------------------------------

-- What is to be withdrawn and no worker has, or had and did not answer in time.
CREATE OR REPLACE FUNCTION pulse_internal.withdraw_messages() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH taken AS (
		DELETE FROM pulse_internal.queue AS q
		WHERE q.withdraw AND (NOT q.claimed OR q.held_until <= (SELECT clock_timestamp()))
		RETURNING q.*
	)
	INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, last_error)
	SELECT t.message_id, clock_timestamp(), t.lease_token, t.attempt, 'withdrawn', t.worker, t.last_error FROM taken AS t;
END;
REVOKE ALL ON FUNCTION pulse_internal.withdraw_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.withdraw_messages() TO pulse_owner;

-- Closes cases that stand open: messages that no worker has are withdrawn,
-- others when their worker fails or is lost; tasks are closed.
CREATE OR REPLACE FUNCTION pulse_internal.close_cases(case_ids bigint[], new_state text, reason text, late boolean,
		actor text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_close_cases';
REVOKE ALL ON FUNCTION pulse_internal.close_cases(bigint[], text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_cases(bigint[], text, text, boolean, text) TO pulse_owner;

-- A case whose rule has no more to say stands open for those it was told to, until they
-- resolve it, it is passed over by the next one about its key (supersede_cases), or is too
-- old (expire_unanswered).
CREATE OR REPLACE FUNCTION pulse_internal.standing_rules() RETURNS TABLE (rule_id int, takes_place boolean)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.rule_id, pulse_internal.takes_place(r.rule)
	FROM pulse_internal.rule AS r
	WHERE r.rule_id IN (SELECT w.rule_id FROM pulse_internal.wait AS w WHERE w.end_reason = 'completed')
	  AND EXISTS (SELECT FROM pulse_internal.rule_action AS a WHERE a.rule_id = r.rule_id AND a.role IS NOT NULL)
	  AND NOT EXISTS (SELECT FROM pulse_internal.rule_schedule AS s WHERE s.rule_id = r.rule_id);
END;
REVOKE ALL ON FUNCTION pulse_internal.standing_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.standing_rules() TO pulse_owner;

-- Ended waits resolve their cases.  A ladder that nothing could end leaves its case to
-- people, if it told anybody; what by the time it is over is no longer the latest about
-- its key, or was ended with its rule, expires.
CREATE OR REPLACE FUNCTION pulse_internal.settle_waits() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'resolved', w.end_reason,
									  w.end_reason = 'answered_late', NULL)
	-- OFFSET 0, and the array below: from the few that ended to their cases, whatever the planner thinks there are
	FROM pulse_internal.wait AS w
		 CROSS JOIN LATERAL (SELECT x.case_id FROM pulse_internal.cases AS x WHERE x.wait_id = w.wait_id OFFSET 0) AS c
	WHERE w.end_reason IN ('answered', 'until', 'answered_late', 'moved', 'cleared')
	GROUP BY w.end_reason ORDER BY w.end_reason;

	WITH standing AS MATERIALIZED (
		SELECT s.rule_id, s.takes_place FROM pulse_internal.standing_rules() AS s
	), over AS MATERIALIZED (
		SELECT c.case_id,
			   CASE WHEN w.end_reason = 'ended' THEN 'ended with its rule'
					WHEN s.rule_id IS NULL THEN 'completed'
					-- by then it has fired again about the same key
					WHEN s.takes_place AND EXISTS (
						SELECT FROM pulse_internal.wait AS n
						WHERE n.key = w.key AND n.rule_id = w.rule_id AND n.wait_id > w.wait_id AND n.first_due IS NOT NULL)
						THEN 'superseded' END AS reason
		FROM pulse_internal.wait AS w
			 CROSS JOIN LATERAL (SELECT x.case_id FROM pulse_internal.cases AS x WHERE x.wait_id = w.wait_id OFFSET 0) AS c
			 LEFT JOIN standing AS s ON s.rule_id = w.rule_id
		WHERE w.end_reason IN ('completed', 'ended')
		  AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
						  WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id]) AND t.state = 'open')
		  AND NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id AND f.released_at IS NULL)
	)
	SELECT pulse_internal.close_cases(array_agg(o.case_id ORDER BY o.case_id), 'expired', o.reason, false, NULL)
	FROM over AS o WHERE o.reason IS NOT NULL GROUP BY o.reason ORDER BY o.reason;

	-- one that is complete but for a step that waits for a delivery goes on
	UPDATE pulse_internal.cases AS c
	SET waiting = false, stands_since = CASE WHEN c.state IN ('open', 'acknowledged') THEN pulse.clock() END
	WHERE c.waiting AND c.wait_id = ANY (ARRAY(
		SELECT w.wait_id FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL
		  AND (w.end_reason NOT IN ('completed', 'ended') OR NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id AND f.released_at IS NULL))));
	DELETE FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL
	  AND (w.end_reason NOT IN ('completed', 'ended') OR NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id AND f.released_at IS NULL));
END;
REVOKE ALL ON FUNCTION pulse_internal.settle_waits() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.settle_waits() TO pulse_owner;

-- A rule that nothing but its own steps ends fires again: its case takes the place of the
-- one about the same key that still stands, unless somebody has a task in that.
CREATE OR REPLACE FUNCTION pulse_internal.supersede_cases() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	WITH succeeding AS MATERIALIZED (
		SELECT r.rule_id FROM pulse_internal.rule AS r
		WHERE r.rule_id IN (SELECT f.rule_id FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.step = 0)
		  AND pulse_internal.takes_place(r.rule)
	)
	SELECT pulse_internal.close_cases(array_agg(DISTINCT c.case_id), 'expired', 'superseded', false, NULL)
	FROM pulse_internal.firing AS f
		 JOIN succeeding AS s ON s.rule_id = f.rule_id
		 CROSS JOIN LATERAL (
			SELECT x.case_id FROM pulse_internal.cases AS x
			WHERE x.rule_id = f.rule_id AND x.key = f.key AND x.stands_since IS NOT NULL AND x.state IN ('open', 'acknowledged')
			  AND x.wait_id < f.wait_id
			  AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
							  WHERE (t.case_id = x.case_id OR t.together @> ARRAY[x.case_id]) AND t.state = 'open')
			OFFSET 0) AS c
	WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.step = 0
	HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.supersede_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.supersede_cases() TO pulse_owner;

-- Firings that the sweep did not act on itself; those that wait are asked again each time.
CREATE OR REPLACE FUNCTION pulse_internal.release_unreleased() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.wake_digests()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.acts_at <= pulse.clock());
	SELECT pulse_internal.pass_over_firings();
	SELECT pulse_internal.guard_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.guard IS NOT NULL);
	SELECT pulse_internal.inhibit_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
				  WHERE f.released_at IS NULL AND r.unless_rule IS NOT NULL);
	SELECT pulse_internal.supersede_cases()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.step = 0);
	SELECT pulse_internal.act_on_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.withheld IS NULL);
END;
REVOKE ALL ON FUNCTION pulse_internal.release_unreleased() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_unreleased() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.release_firings() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'sp_release_firings';
ALTER FUNCTION pulse_internal.release_firings() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.release_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_firings() TO pulse_admin;
-- ---- escalation: cases that nobody answers -------------------------------------------------

-- A slice of cases that have stood for longer than the setting says since their rule had no
-- more to say, somebody acknowledged or snoozed them; where somebody has a task they stand on.
CREATE OR REPLACE FUNCTION pulse_internal.expire_unanswered(slice int DEFAULT 20000) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	SELECT pulse_internal.close_cases(array_agg(u.case_id ORDER BY u.case_id), 'expired', 'not resolved', false, NULL)
	FROM (SELECT c.case_id FROM pulse_internal.cases AS c
		  WHERE c.stands_since < (SELECT pulse.clock() - pulse.setting('expire_cases')::interval)
			AND c.state IN ('open', 'acknowledged')
			AND coalesce(greatest(c.acknowledged_at, c.snoozed_until), '-infinity')
				< (SELECT pulse.clock() - pulse.setting('expire_cases')::interval)
			AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
							WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id]) AND t.state = 'open')
		  ORDER BY c.stands_since LIMIT expire_unanswered.slice) AS u
	HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.expire_unanswered(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.expire_unanswered(int) TO pulse_owner;
-- ---- escalation: templates and channels, looked at and said in sentences ------------------

-- Which steps of which rules write with a template: those that name it and that it is for, and of
-- the template of a channel those that write there and name none.
CREATE OR REPLACE VIEW pulse_internal.template_use WITH (security_invoker = true) AS
	SELECT t.name AS template, r.name AS rule, a.step, a.action, a.verb, a.role, k.kind_id, k.name AS event, k.relation
	FROM pulse_internal.template AS t
	JOIN pulse_internal.rule_action AS a ON a.role IS NOT NULL AND a.verb IN ('notify', 'text', 'mail', 'assign')
		AND (a.body = t.name AND pulse_internal.is_template_for(a.rule_id, t.name)
			 OR t.channel = CASE a.verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE t.channel END
				AND NOT EXISTS (SELECT FROM pulse_internal.template AS o
								WHERE o.name = a.body AND pulse_internal.is_template_for(a.rule_id, o.name)))
	JOIN pulse_internal.rule AS r ON r.rule_id = a.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = r.trigger_kind;
COMMENT ON VIEW pulse_internal.template_use IS 'Actions of rules that write with a template; event: what their rule is about (null: members, states, the clock).';
GRANT SELECT ON pulse_internal.template_use TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.has_column(relation regclass, name text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = name AND a.attnum > 0 AND NOT a.attisdropped);
REVOKE ALL ON FUNCTION pulse_internal.has_column(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.has_column(regclass, text) TO pulse_admin, pulse_author, pulse_analyst;

GRANT EXECUTE ON FUNCTION pulse_internal.placeholders(text), pulse_internal.message_variables() TO pulse_analyst;
GRANT EXECUTE ON FUNCTION pulse_internal.word(text, text, text, text) TO pulse_admin, pulse_author, pulse_analyst;

-- the columns that a template names
CREATE OR REPLACE FUNCTION pulse_internal.template_columns(template text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT p.name
	FROM pulse_internal.template AS t,
		 LATERAL unnest(pulse_internal.placeholders(concat_ws(E'\n', t.subject_en, t.body_en, t.subject_zh, t.body_zh))) AS p(name)
	WHERE t.name = template_columns.template AND p.name <> ALL (pulse_internal.message_variables())
	ORDER BY p.name;
END;
REVOKE ALL ON FUNCTION pulse_internal.template_columns(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.template_columns(text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.check_template(name text DEFAULT NULL,
		OUT template text, OUT rule text, OUT step int, OUT placeholder text, OUT problem text) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.name, NULL::text, NULL::int, p.name,
		   CASE WHEN k.name IS NULL THEN format('There is no event "%s" any more.', t.event)
				ELSE format('The event "%s" has no column "%s" any more.', t.event, p.name) END
	FROM pulse_internal.template AS t
		 LEFT JOIN pulse_internal.event_kind AS k ON k.name = t.event
		 CROSS JOIN LATERAL pulse_internal.template_columns(t.name) AS p(name)
	WHERE (check_template.name IS NULL OR t.name = check_template.name)
	  AND t.event IS NOT NULL AND NOT coalesce(pulse_internal.has_column(k.relation, p.name), false)
	UNION ALL
	SELECT u.template, u.rule, u.step + 1, p.name,
		   format('The event "%s" of the rule has no column "%s": the usual text is sent instead.', u.event, p.name)
	FROM (SELECT DISTINCT x.template, x.rule, x.step, x.event, x.relation FROM pulse_internal.template_use AS x
		  WHERE (check_template.name IS NULL OR x.template = check_template.name) AND x.event IS NOT NULL) AS u
		 CROSS JOIN LATERAL pulse_internal.template_columns(u.template) AS p(name)
	WHERE NOT pulse_internal.has_column(u.relation, p.name)
	ORDER BY 1, 2 NULLS FIRST, 3, 4;
END;
REVOKE ALL ON FUNCTION pulse.check_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_template(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_template(text) IS
'What is wrong with a template, or with all (name NULL): a row for each placeholder that the event of a rule which uses it has no column for (rule, step from 1), or that the template''s own event has no longer (rule NULL). Such a message gets the usual text, and its case''s history says why. Rules about members, states and the clock are not looked at. No rows: all is well, or there is no such template.';

CREATE OR REPLACE FUNCTION pulse_internal.check_tongue(lang text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF lang NOT IN ('en', 'zh') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unknown language "%s"', lang),
			DETAIL = 'Explanations are given in English and Chinese.', HINT = 'Type ''en'' or ''zh''.';
	END IF;
	RETURN coalesce(lang, pulse.setting('language'));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_tongue(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_tongue(text) TO pulse_admin, pulse_author, pulse_analyst;

-- "mail rep", 邮件通知销售代表
CREATE OR REPLACE FUNCTION pulse_internal.act_words(verb text, role text, lang text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE lang WHEN 'zh'
		THEN CASE verb WHEN 'text' THEN '短信通知' WHEN 'mail' THEN '邮件通知' WHEN 'assign' THEN '指派' ELSE '通知' END
		ELSE verb || ' ' END || pulse_internal.word('role', '', role, lang);
REVOKE ALL ON FUNCTION pulse_internal.act_words(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.act_words(text, text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.template_lines(name text, lang text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.line
	FROM (SELECT x.*, template_lines.lang = 'zh' AS zh FROM pulse_internal.template AS x WHERE x.name = template_lines.name) AS t
	CROSS JOIN LATERAL (SELECT string_agg('{' || v || '}', CASE WHEN t.zh THEN '、' ELSE ', ' END ORDER BY v) AS usual
		FROM unnest(pulse_internal.placeholders(concat_ws(E'\n', t.subject_en, t.body_en, t.subject_zh, t.body_zh))) AS v
		WHERE v = ANY (pulse_internal.message_variables())) AS p
	CROSS JOIN LATERAL (SELECT string_agg(format(CASE WHEN t.zh THEN '{%s}（%s）' ELSE '{%s} (%s)' END,
			c, pulse_internal.word('column', coalesce(t.event, ''), c, template_lines.lang)), CASE WHEN t.zh THEN '、' ELSE ', ' END ORDER BY c) AS own
		FROM pulse_internal.template_columns(t.name) AS c) AS o
	CROSS JOIN LATERAL (VALUES
		(1, format(CASE WHEN t.zh THEN '模板“%s”有%s文本。' ELSE 'Template "%s" is a text in %s.' END, t.name,
			CASE WHEN t.body_en IS NULL THEN CASE WHEN t.zh THEN '中文' ELSE 'Chinese' END
				 WHEN t.body_zh IS NULL THEN CASE WHEN t.zh THEN '英文' ELSE 'English' END
				 WHEN t.zh THEN '中英文' ELSE 'English and Chinese' END)),
		(2, CASE WHEN t.urgent THEN CASE WHEN t.zh THEN '紧急：其消息优先发送，不等免打扰时段结束。'
			ELSE 'It is urgent: its messages go first and do not wait for quiet hours.' END END),
		(3, format(CASE WHEN t.zh THEN '凡经渠道“%s”发送而未指定模板的消息都用它。'
			ELSE 'It is the text of all messages on channel "%s" that name no other.' END, t.channel)),
		(4, format(CASE WHEN t.zh THEN '取自每条消息：%s。' ELSE 'Of every message it names %s.' END, p.usual)),
		(5, CASE WHEN t.event IS NULL
			THEN format(CASE WHEN t.zh THEN '取自起因事件的列：%s。' ELSE 'Of the event that began the case it names %s.' END, o.own)
			ELSE format(CASE WHEN t.zh THEN '取自事件“%2$s”的列：%1$s。' ELSE 'Of the event %2$s it names %1$s.' END, o.own,
				pulse_internal.word('event', '', t.event, template_lines.lang)) END)
	) AS l(place, line)
	WHERE l.line IS NOT NULL AND (l.place <> 3 OR t.channel IS NOT NULL) AND (l.place <> 4 OR p.usual IS NOT NULL)
	  AND (l.place <> 5 OR o.own IS NOT NULL)
	ORDER BY l.place;
END;
REVOKE ALL ON FUNCTION pulse_internal.template_lines(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.template_lines(text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.template_use_lines(name text, lang text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	(SELECT format(CASE template_use_lines.lang WHEN 'zh' THEN '规则“%s”第%s步使用它：%s。' ELSE 'Rule "%s" uses it in step %s: %s.' END,
				   u.rule, u.step + 1, pulse_internal.act_words(u.verb, u.role, template_use_lines.lang))
	 FROM pulse_internal.template_use AS u WHERE u.template = template_use_lines.name
	 ORDER BY u.rule, u.step, u.action)
	UNION ALL
	SELECT CASE template_use_lines.lang WHEN 'zh' THEN '没有规则使用它。' ELSE 'No rule uses it.' END
	WHERE NOT EXISTS (SELECT FROM pulse_internal.template_use AS u WHERE u.template = template_use_lines.name)
	UNION ALL
	(SELECT CASE template_use_lines.lang WHEN 'zh'
			THEN CASE WHEN c.rule IS NULL THEN format('注意：其事件已没有列 {%s}。', c.placeholder)
					  ELSE format('注意：规则“%s”（第%s步）的事件没有列 {%s}，届时改发通用文本。', c.rule, c.step, c.placeholder) END
			ELSE CASE WHEN c.rule IS NULL THEN format('Mind: its event has no column {%s} any more.', c.placeholder)
					  ELSE format('Mind: the event of rule "%s" (step %s) has no column {%s}, the usual text is sent instead.', c.rule, c.step, c.placeholder) END END
	 FROM pulse.check_template(template_use_lines.name) AS c ORDER BY c.rule NULLS FIRST, c.step, c.placeholder);
END;
REVOKE ALL ON FUNCTION pulse_internal.template_use_lines(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.template_use_lines(text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_template(name text, lang text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tongue text := pulse_internal.check_tongue(lang);
BEGIN
	PERFORM pulse_internal.require_template(name);
	RETURN concat_ws(E'\n', VARIADIC ARRAY(SELECT l FROM pulse_internal.template_lines(name, tongue) AS l)
		|| ARRAY(SELECT l FROM pulse_internal.template_use_lines(name, tongue) AS l));
END
$$;
REVOKE ALL ON FUNCTION pulse.explain_template(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_template(text, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_template(text, text) IS
'A template said in sentences, one a line: its languages, what it names of every message and of the event (with the labels), whether it is urgent or a channel''s, which steps of which rules use it, and where a rule''s event lacks a column (see check_template). lang: ''en'' or ''zh''; NULL is the setting language. Errors: SP606 no such template, 22023 unknown language.';

-- ---- channels --------------------------------------------------------------------------------

-- "20 per minute", 每分钟20条
CREATE OR REPLACE FUNCTION pulse_internal.limit_words(max_messages int, span interval, lang text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE lang WHEN 'zh'
		THEN (SELECT '每' || p[1] || CASE p[2] WHEN 'second' THEN '秒' WHEN 'minute' THEN '分钟' WHEN 'hour' THEN '小时' ELSE '天' END || max_messages || '条'
			  FROM regexp_match(pulse_internal.limit_text(max_messages, span), 'per (\d*) ?(second|minute|hour|day)') AS p)
		ELSE pulse_internal.limit_text(max_messages, span) END;
REVOKE ALL ON FUNCTION pulse_internal.limit_words(int, interval, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.limit_words(int, interval, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.require_known_channel(name text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IN ('mail', 'sms') OR EXISTS (SELECT FROM pulse_internal.channel AS c WHERE c.name = require_known_channel.name)
		OR EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.channel = require_known_channel.name) THEN
		RETURN;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SP605', MESSAGE = format('unknown channel: "%s"', name),
		DETAIL = 'It is neither mail nor sms, nor made with pulse.create_channel(), and no template is for it.',
		HINT = 'Look at SELECT * FROM pulse.channels.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_known_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_known_channel(text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.channel_lines(name text, lang text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.line
	FROM (SELECT channel_lines.lang = 'zh' AS zh, CASE channel_lines.lang WHEN 'zh' THEN '、' ELSE ', ' END AS comma) AS t
	CROSS JOIN LATERAL (
		SELECT string_agg(pulse_internal.limit_words(l.max_messages, l.span, channel_lines.lang), t.comma ORDER BY l.span) FILTER (WHERE NOT l.per_recipient) AS whole,
			   string_agg(pulse_internal.limit_words(l.max_messages, l.span, channel_lines.lang), t.comma ORDER BY l.span) FILTER (WHERE l.per_recipient) AS each
		FROM pulse_internal.channel_limit AS l WHERE l.channel = channel_lines.name) AS o
	LEFT JOIN pulse_internal.channel AS c ON c.name = channel_lines.name
	LEFT JOIN pulse_internal.template AS m ON m.channel = channel_lines.name
	CROSS JOIN LATERAL (
		SELECT string_agg(format(CASE WHEN t.zh THEN '%s至%s%s' ELSE '%s to %s%s' END, to_char(q.since, 'HH24:MI'), to_char(q.until, 'HH24:MI'),
				CASE WHEN q.calendar IS NULL THEN ''
					 ELSE format(CASE WHEN t.zh THEN '（及日历“%s”的休息日）' ELSE ' (and on days off of calendar "%s")' END, q.calendar) END), t.comma ORDER BY q.since) AS hours
		FROM pulse.quiet_hours AS q WHERE q.channel = channel_lines.name AND q.staff IS NULL AND q.org_path IS NULL) AS q
	CROSS JOIN LATERAL (
		SELECT string_agg(format(CASE WHEN t.zh THEN '“%s”第%s步' ELSE '"%s" (step %s)' END, x.name, x.step + 1), t.comma ORDER BY x.name, x.step) AS rules
		FROM (SELECT DISTINCT r.name, a.step FROM pulse_internal.rule_action AS a JOIN pulse_internal.rule AS r ON r.rule_id = a.rule_id
			  WHERE a.verb = CASE channel_lines.name WHEN 'sms' THEN 'text' WHEN 'mail' THEN 'mail' END) AS x) AS u
	CROSS JOIN LATERAL (VALUES
		(1, CASE WHEN o.whole IS NOT NULL
			THEN format(CASE WHEN t.zh THEN '渠道“%s”：所有发送程序合计最多%s，此刻还可发%s条。'
				ELSE 'Channel "%s": at most %s, all workers together; %s may go now.' END, channel_lines.name, o.whole, pulse_internal.channel_room(channel_lines.name))
			ELSE format(CASE WHEN t.zh THEN '渠道“%s”：总量没有限制。' ELSE 'Channel "%s" has no limit for all.' END, channel_lines.name) END),
		(2, CASE WHEN o.each IS NOT NULL THEN format(CASE WHEN t.zh THEN '每个接收人最多%s。' ELSE 'For each recipient at most %s.' END, o.each) END),
		(3, CASE WHEN o.whole IS NULL AND o.each IS NULL THEN NULL
			WHEN c.overflow = 'digest' THEN CASE WHEN t.zh THEN '超过限制的，同一接收人合并成一条清单。' ELSE 'What is over a limit becomes one message for each recipient, with a list.' END
			ELSE CASE WHEN t.zh THEN '超过限制的排队等候。' ELSE 'What is over a limit waits.' END END),
		(4, CASE WHEN q.hours IS NOT NULL THEN format(CASE WHEN t.zh THEN '免打扰时段：%s；紧急消息除外。' ELSE 'It is quiet from %s, but for urgent messages.' END, q.hours) END),
		(5, CASE WHEN m.name IS NOT NULL THEN format(CASE WHEN t.zh THEN '未指定模板的消息用模板“%s”。' ELSE 'Messages that name no other template have "%s".' END, m.name) END),
		(6, CASE WHEN u.rules IS NOT NULL THEN format(CASE WHEN t.zh THEN '直接用它的规则：%s。' ELSE 'Rules that write on it: %s.' END, u.rules) END),
		(7, CASE WHEN t.zh THEN '“通知”和“指派”用接收人偏好的渠道。' ELSE 'Notify and assign take the channel that the recipient prefers.' END)
	) AS l(place, line)
	WHERE l.line IS NOT NULL ORDER BY l.place;
END;
REVOKE ALL ON FUNCTION pulse_internal.channel_lines(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.channel_lines(text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_channel(name text, lang text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tongue text := pulse_internal.check_tongue(lang);
BEGIN
	PERFORM pulse_internal.require_known_channel(name);
	RETURN array_to_string(ARRAY(SELECT l FROM pulse_internal.channel_lines(name, tongue) AS l), E'\n');
END
$$;
REVOKE ALL ON FUNCTION pulse.explain_channel(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_channel(text, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_channel(text, text) IS
'A channel said in sentences, one a line: its limits and what may go now, what becomes of messages over them, its quiet hours, its template, the rules that write on it. lang: ''en'' or ''zh''; NULL is the setting language. Errors: SP605 no such channel, 22023 unknown language.';

-- how many, not who: the caller may not be one who may read the staff
CREATE OR REPLACE FUNCTION pulse_internal.staff_without_address(channel text) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT count(*) FROM pulse_internal.people(true) AS s
			WHERE s.channel = staff_without_address.channel AND pulse_internal.address(s.channel, s.id, s.email, s.mobile) IS NULL);
ALTER FUNCTION pulse_internal.staff_without_address(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.staff_without_address(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.staff_without_address(text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.check_channel(name text, OUT problem text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.require_known_channel(name);
	RETURN QUERY
	SELECT p.problem, p.what_to_do
	FROM (SELECT 1, format('Staff who prefer this channel and have no address on it: %s.', s.staff),
				 'Their messages go by mail, or by SMS: mend the columns of map_staff().'
		  FROM pulse_internal.staff_without_address(check_channel.name) AS s(staff) WHERE s.staff > 0
		  UNION ALL
		  SELECT 2, format('Messages that wait, though some may go: %s, the oldest for %s.', o.messages, (pulse.clock() - o.oldest)::interval(0)),
				 'No relay takes them: start it, with this channel in its configuration.'
		  FROM pulse.stat_outbox AS o
		  WHERE o.channel = check_channel.name AND o.state = 'queued' AND o.oldest < pulse.clock() - interval '15 minutes'
			AND coalesce(pulse_internal.channel_room(check_channel.name), 1) > 0
		  UNION ALL
		  SELECT 3, format('Messages that are %s: %s.', o.state, o.messages),
				 CASE o.state WHEN 'unaddressed' THEN 'Mend the roles; then SELECT pulse.readdress_messages();'
					WHEN 'unknown' THEN 'They may have been sent. Look at the provider; pulse.retry_messages(ids) sends again.'
					ELSE 'SELECT message_id, last_error FROM pulse.messages; then pulse.retry_messages(ids).' END
		  FROM pulse.stat_outbox AS o WHERE o.channel = check_channel.name AND o.state IN ('unknown', 'failed', 'dead', 'unaddressed')
		  UNION ALL
		  SELECT 4, format('Its template "%s"%s: %s', c.template, ', in rule "' || c.rule || '", step ' || c.step, c.problem), 'See pulse.explain_template().'
		  FROM pulse_internal.template AS t, LATERAL pulse.check_template(t.name) AS c WHERE t.channel = check_channel.name
	) AS p(place, problem, what_to_do) ORDER BY p.place, p.problem;
END
$$;
REVOKE ALL ON FUNCTION pulse.check_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_channel(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_channel(text) IS
'What is wrong with a channel, and what to do: staff who prefer it and have no address on it, messages that no relay takes, messages that failed, a template that some rule cannot fill. No rows: all is well. Reads the whole outbox. Error SP605: no such channel.';
-- ---- escalation: cases and tasks, for people ----------------------------------------------

CREATE OR REPLACE VIEW pulse.cases WITH (security_invoker = true) AS
	SELECT c.case_id, c.rule_name AS rule, c.key_name, c.key, c.key_label, c.link, c.state, c.opened_at,
		   c.last_step + 1 AS step, c.waiting, c.acknowledged_at, c.acknowledged_by,
		   c.closed_at, c.reason, c.resolved_late, c.snoozed_until
	FROM pulse_internal.cases AS c;
COMMENT ON VIEW pulse.cases IS
'One row per wait that has fired: which rule, about which key, its state (open, acknowledged, resolved, expired: reason says why), the step reached (from 1), whether more may come (waiting), why it was closed, and whether what resolved it was learnt late; snoozed_until: its messages wait until then.';
GRANT SELECT ON pulse_internal.cases, pulse.cases TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.case_history WITH (security_invoker = true) AS
	SELECT c.case_id, 0::bigint AS number, c.opened_at AS at, 'opened'::text AS what, NULL::int AS step, NULL::text AS actor, NULL::text AS detail
	FROM pulse_internal.cases AS c
	UNION ALL
	SELECT e.case_id, e.number, e.at, e.what, e.step + 1, e.actor, e.detail
	FROM pulse_internal.case_event AS e;
COMMENT ON VIEW pulse.case_history IS
'What happened to each case, by number: opened; notify, text, mail, assign, copy with who was written to; fallback and nobody where a role had no holder; acknowledged, task done, withheld (a step that asked for the case''s state), resolved, expired; by whom (a staff id; null: salespulse).';
GRANT SELECT ON pulse_internal.case_event, pulse.case_history TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.tasks WITH (security_invoker = true) AS
	SELECT t.task_id, t.case_id, c.rule_name AS rule, c.key_name, c.key, c.key_label, t.title, t.role, t.staff,
		   t.created_at, t.due_at, t.state, t.finished_at, t.finished_by, t.outcome, t.together, t.snoozed_until, t.assigned_by
	FROM pulse_internal.task AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id;
COMMENT ON VIEW pulse.tasks IS
'Things to do that rules assigned: to whom (staff; null: nobody was found), until when, state open, done (by finished_by) or closed (its case was resolved first); together: all cases it is about, where the rule put several together; snoozed_until: my_tasks shows it again then; assigned_by: who gave it to staff by hand (null: the rule).';
GRANT SELECT ON pulse_internal.task, pulse.tasks TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.my_tasks(staff text) RETURNS SETOF pulse.tasks
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.* FROM pulse.tasks AS t
	WHERE t.staff = my_tasks.staff AND t.state = 'open'
	  AND (t.snoozed_until IS NULL OR t.snoozed_until <= pulse.clock())
	ORDER BY t.due_at NULLS LAST, t.task_id;
END;
REVOKE ALL ON FUNCTION pulse.my_tasks(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.my_tasks(text) TO pulse_app, pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.my_tasks(text) IS
'Open tasks of somebody that are not snoozed, the most urgent first; rows of pulse.tasks.';

CREATE OR REPLACE FUNCTION pulse.acknowledge_case(case_id bigint, staff text) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(acknowledge_case.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = acknowledge_case.case_id),
								  'case', acknowledge_case.case_id::text);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = acknowledge_case.staff),
								  'staff', acknowledge_case.staff);
	WITH acknowledged AS (
		UPDATE pulse_internal.cases AS c
		SET state = 'acknowledged', acknowledged_at = pulse.clock(), acknowledged_by = acknowledge_case.staff
		WHERE c.case_id = acknowledge_case.case_id AND c.state = 'open'
		RETURNING c.case_id
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, actor)
	SELECT a.case_id, pulse.clock(), 'acknowledged', acknowledge_case.staff FROM acknowledged AS a;
	SELECT c.state FROM pulse_internal.cases AS c WHERE c.case_id = acknowledge_case.case_id;
END;
ALTER FUNCTION pulse.acknowledge_case(bigint, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.acknowledge_case(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.acknowledge_case(bigint, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.acknowledge_case(bigint, text) IS
'Somebody of the staff has seen an open case; its steps go on. Returns the state it is in now; a closed case stays closed. Errors: SP603 no such case, SP602 no such staff, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.resolve_case(case_id bigint, reason text DEFAULT 'by hand', staff text DEFAULT NULL)
	RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(resolve_case.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = resolve_case.case_id),
								  'case', resolve_case.case_id::text);
	WITH standing AS MATERIALIZED (
		SELECT c.case_id FROM pulse_internal.cases AS c
		WHERE c.case_id = resolve_case.case_id AND c.state IN ('open', 'acknowledged') FOR UPDATE
	), closed AS MATERIALIZED (
		SELECT s.case_id, pulse_internal.close_cases(ARRAY[s.case_id], 'resolved',
			coalesce(nullif(resolve_case.reason, ''), 'by hand'), false, pulse_internal.check_actor(resolve_case.staff)) FROM standing AS s
	)
	SELECT EXISTS (SELECT FROM closed);
END;
ALTER FUNCTION pulse.resolve_case(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.resolve_case(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resolve_case(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.resolve_case(bigint, text, text) IS
'Closes a case by hand: its further steps do not act, its tasks close, its messages not yet sent are withdrawn. True when it was open. Errors: SP603 no such case, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.finish_task(task_id bigint, staff text DEFAULT NULL, outcome text DEFAULT NULL)
	RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(finish_task.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = finish_task.task_id),
								  'task', finish_task.task_id::text);
	WITH finished AS (
		UPDATE pulse_internal.task AS t
		SET state = 'done', finished_at = pulse.clock(), finished_by = coalesce(pulse_internal.check_actor(finish_task.staff), t.staff),
			outcome = finish_task.outcome
		WHERE t.task_id = finish_task.task_id AND t.state = 'open'
		RETURNING t.case_id, t.title, t.finished_by, t.step
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, step, actor, detail)
	SELECT f.case_id, pulse.clock(), 'task done', f.step, f.finished_by, f.title FROM finished AS f;
	-- a case that waits for nothing more is resolved with its last task
	SELECT pulse_internal.close_cases(ARRAY[c.case_id], 'resolved', 'tasks done', false, t.finished_by)
	FROM pulse_internal.task AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id
	WHERE t.task_id = finish_task.task_id AND t.state = 'done' AND NOT c.waiting AND c.state IN ('open', 'acknowledged')
	  AND NOT EXISTS (SELECT FROM pulse_internal.task AS o WHERE o.case_id = c.case_id AND o.state = 'open');
	SELECT t.state = 'done' FROM pulse_internal.task AS t WHERE t.task_id = finish_task.task_id;
END;
ALTER FUNCTION pulse.finish_task(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.finish_task(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.finish_task(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.finish_task(bigint, text, text) IS
'Says that a task is done, by whom, with what outcome. With the last task of a case that waits for nothing more the case is resolved. True: the task is done (now or before); false: it was closed with its case. Errors: SP604 no such task, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.readdress_messages() RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- what is there already is not written again: the key of a message says so
	WITH unaddressed AS (
		DELETE FROM pulse_internal.delivery AS d USING pulse_internal.message AS m, pulse_internal.cases AS c
		WHERE d.state = 'unaddressed' AND m.message_id = d.message_id
		  AND c.case_id = m.case_id AND c.state IN ('open', 'acknowledged')
		RETURNING d.message_id
	), taken AS (
		DELETE FROM pulse_internal.message AS m USING unaddressed AS u WHERE m.message_id = u.message_id
		RETURNING m.firing_id, m.case_id, m.step
	), given_back AS (
		DELETE FROM pulse_internal.task AS t USING taken AS m
		WHERE t.firing_id = m.firing_id AND t.staff IS NULL AND t.state = 'open'
	), again AS (
		UPDATE pulse_internal.firing AS f SET released_at = NULL
		WHERE f.firing_id IN (SELECT m.firing_id FROM taken AS m)
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step)
		SELECT DISTINCT m.case_id, pulse.clock(), 'readdressed', m.step FROM taken AS m
	)
	SELECT count(*) FROM taken;
END;
ALTER FUNCTION pulse.readdress_messages() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.readdress_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.readdress_messages() TO pulse_admin;
COMMENT ON FUNCTION pulse.readdress_messages() IS
'Lets the next tick look again for recipients of messages that found none (state unaddressed), once roles or addresses were mended. Only of cases that are open. Returns how many messages.';
-- ---- escalation: gates and what they hold ---------------------------------------------------

CREATE OR REPLACE VIEW pulse.gates WITH (security_invoker = true) AS
	SELECT coalesce(g.relation, j.relation) AS relation, g.state_column, g.held, g.amount_column AS amount, j.rules
	FROM pulse_internal.gate AS g
	FULL JOIN (SELECT gr.relation, array_agg(r.name ORDER BY r.name) AS rules
			   FROM pulse_internal.gate_rule AS gr JOIN pulse_internal.rule AS r ON r.rule_id = gr.rule_id
			   GROUP BY gr.relation) AS j ON j.relation = g.relation;
COMMENT ON VIEW pulse.gates IS
'Tables whose rows rules judge while they are written: how a row shows that it is held (pulse.create_gate), and the rules (NULL: none runs).';
GRANT SELECT ON pulse_internal.gate, pulse_internal.gate_rule, pulse.gates TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.holds WITH (security_invoker = true) AS
	SELECT h.hold_id, h.relation, h.row_key, h.key_name, h.key, h.reasons, h.amount, h.state, h.previous_state,
		   h.held_at, h.held_by, h.closed_at, h.closed_by, h.reason, h.valid_until
	FROM pulse_internal.hold AS h;
COMMENT ON VIEW pulse.holds IS
'Rows that rules hold: which row (its primary key), what speaks against it (reasons: the sentences), the amount at risk, since when and by whose statement; state open, released (nothing speaks against it any more) or overridden (closed_by answers for it, with a reason, until valid_until; NULL: for good); previous_state: what the row wanted to be.';
GRANT SELECT ON pulse_internal.hold, pulse.holds TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- its cases are resolved, what was not told yet is told no more
CREATE OR REPLACE FUNCTION pulse_internal.close_hold(hold_id bigint, new_state text, reason text, actor text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.hold AS h
	SET state = close_hold.new_state, closed_at = pulse.clock(), reason = coalesce(h.reason, close_hold.reason),
		closed_by = coalesce(h.closed_by, close_hold.actor, session_user::text)
	WHERE h.hold_id = close_hold.hold_id AND h.state = 'open';
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'resolved', h.state || ': ' || h.reason, false, h.closed_by)
	FROM pulse_internal.hold AS h
	JOIN pulse_internal.hold_wait AS w ON w.hold_id = h.hold_id
	JOIN pulse_internal.cases AS c ON c.wait_id = w.wait_id
	WHERE h.hold_id = close_hold.hold_id GROUP BY h.hold_id;
	UPDATE pulse_internal.firing AS f SET superseded = true
	FROM pulse_internal.hold_wait AS w
	WHERE w.hold_id = close_hold.hold_id AND f.wait_id = w.wait_id AND f.released_at IS NULL;
	UPDATE pulse_internal.wait AS t SET end_reason = 'completed', ended_at = pulse.clock()
	FROM pulse_internal.hold_wait AS w JOIN pulse_internal.firing AS f ON f.wait_id = w.wait_id
	WHERE w.hold_id = close_hold.hold_id AND t.key = f.key AND t.rule_id = f.rule_id AND t.wait_id = f.wait_id AND t.end_reason IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.close_hold(bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_hold(bigint, text, text, text) TO pulse_owner;

-- what somebody said of an open hold; override: it is closed by that. The caller's right to the row is checked where it is
-- called: see hold.c.
CREATE OR REPLACE FUNCTION pulse_internal.answer_hold(hold_id bigint, reason text, staff text, valid_until timestamptz, override boolean)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.hold AS h
	SET reason = answer_hold.reason, closed_by = coalesce(pulse_internal.check_actor(answer_hold.staff), session_user::text),
		valid_until = answer_hold.valid_until
	WHERE h.hold_id = answer_hold.hold_id;
	SELECT pulse_internal.close_hold(answer_hold.hold_id, 'overridden', answer_hold.reason, NULL) WHERE answer_hold.override;
END;
REVOKE ALL ON FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) FROM PUBLIC;
ALTER FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.release_hold(hold_id bigint, reason text DEFAULT NULL, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_release_hold';
REVOKE ALL ON FUNCTION pulse.release_hold(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.release_hold(bigint, text, text) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.release_hold(bigint, text, text) IS
'Tries a held row again, as if you had typed the UPDATE: with your right to update it, under its row-level security, and its triggers run as they do then. It becomes what it wanted to be if nothing speaks against it any more. True: it passed, and its hold is released; false: it is still held. Errors: SP612 no open hold of that number, 42501 you may not update the row, or act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.override_hold(hold_id bigint, reason text, staff text DEFAULT NULL, valid_until timestamptz DEFAULT NULL)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_override_hold';
REVOKE ALL ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) IS
'Lets a held row pass although rules speak against it, as if you had typed the UPDATE (see release_hold): by whom (staff; default: who is asking, else the session''s user), why, and until when the same rules let it pass; after that they judge it again when it is written. Errors: SP612 no open hold of that number, 22023 no reason, 42501 you may not update the row, or act as somebody else.';
-- ---- escalation: putting off, and giving to somebody else -------------------------------

CREATE OR REPLACE FUNCTION pulse.snooze_case(case_id bigint, until timestamptz, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(snooze_case.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = snooze_case.case_id),
								  'case', snooze_case.case_id::text);
	WITH snoozed AS (
		UPDATE pulse_internal.cases AS c SET snoozed_until = CASE WHEN snooze_case.until > pulse.clock() THEN snooze_case.until END
		WHERE c.case_id = snooze_case.case_id AND c.state IN ('open', 'acknowledged')
		RETURNING c.case_id, c.snoozed_until
	), waiting AS (
		-- a later instant is no reason to wait less for the end of quiet hours
		UPDATE pulse_internal.queue AS q SET not_before = greatest(m.not_before, s.snoozed_until)
		FROM pulse_internal.message AS m, snoozed AS s
		WHERE m.case_id = s.case_id AND m.together IS NULL AND q.message_id = m.message_id AND NOT q.claimed AND q.priority >= 0
		  AND NOT EXISTS (SELECT FROM pulse_internal.digest_wait AS d WHERE d.message_id = q.message_id)	-- see release_digests()
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, actor, detail)
		SELECT s.case_id, pulse.clock(), CASE WHEN s.snoozed_until IS NULL THEN 'awake' ELSE 'snoozed' END,
			   pulse_internal.check_actor(snooze_case.staff), 'until ' || pulse_internal.instant_text(s.snoozed_until) FROM snoozed AS s
	)
	SELECT EXISTS (SELECT FROM snoozed);
END;
ALTER FUNCTION pulse.snooze_case(bigint, timestamptz, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.snooze_case(bigint, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.snooze_case(bigint, timestamptz, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.snooze_case(bigint, timestamptz, text) IS
'Puts a case off: its messages, those that are queued and those that its next steps write, wait until then (urgent ones and lists about several cases do not; what is for a digest is in the first one after that); tasks and steps go on. An instant in the past ends it. True when the case was open. Errors: SP603 no such case, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.snooze_task(task_id bigint, until timestamptz, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(snooze_task.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = snooze_task.task_id),
								  'task', snooze_task.task_id::text);
	WITH snoozed AS (
		UPDATE pulse_internal.task AS t SET snoozed_until = CASE WHEN snooze_task.until > pulse.clock() THEN snooze_task.until END
		WHERE t.task_id = snooze_task.task_id AND t.state = 'open'
		RETURNING t.case_id, t.step, t.title, t.snoozed_until
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, actor, detail)
		SELECT s.case_id, pulse.clock(), CASE WHEN s.snoozed_until IS NULL THEN 'task awake' ELSE 'task snoozed' END, s.step,
			   pulse_internal.check_actor(snooze_task.staff), concat_ws(' until ', s.title, pulse_internal.instant_text(s.snoozed_until))
		FROM snoozed AS s
	)
	SELECT EXISTS (SELECT FROM snoozed);
END;
ALTER FUNCTION pulse.snooze_task(bigint, timestamptz, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.snooze_task(bigint, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.snooze_task(bigint, timestamptz, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.snooze_task(bigint, timestamptz, text) IS
'Puts a task off: my_tasks does not show it before then; its due time stays. An instant in the past ends it. True when the task was open. Errors: SP604 no such task, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.reassign_task(task_id bigint, to_staff text, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(reassign_task.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = reassign_task.task_id),
								  'task', reassign_task.task_id::text);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = reassign_task.to_staff),
								  'staff', reassign_task.to_staff);
	WITH old AS MATERIALIZED (
		SELECT t.task_id, t.staff FROM pulse_internal.task AS t
		WHERE t.task_id = reassign_task.task_id AND t.state = 'open' FOR UPDATE
	), moved AS (
		UPDATE pulse_internal.task AS t
		SET staff = reassign_task.to_staff, assigned_by = coalesce(pulse_internal.check_actor(reassign_task.staff), session_user),
			snoozed_until = NULL
		FROM old AS o
		WHERE t.task_id = o.task_id
		RETURNING t.case_id, t.step, t.title, o.staff AS before
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, actor, detail)
		SELECT m.case_id, pulse.clock(), 'reassigned', m.step, pulse_internal.check_actor(reassign_task.staff),
			   format('%s: %s -> %s', m.title, coalesce(m.before, 'nobody'), reassign_task.to_staff)
		FROM moved AS m
	)
	SELECT EXISTS (SELECT FROM moved);
END;
ALTER FUNCTION pulse.reassign_task(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.reassign_task(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.reassign_task(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.reassign_task(bigint, text, text) IS
'Gives an open task to somebody else, by staff. It then stays with him, also when the holder of its role changes. True when the task was open. Errors: SP604 no such task, SP602 no such staff, 23505 he has the same task of that step already, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.reassign_case(case_id bigint, to_staff text, staff text DEFAULT NULL) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = reassign_case.case_id),
								  'case', reassign_case.case_id::text);
	SELECT count(*) FILTER (WHERE pulse.reassign_task(t.task_id, reassign_case.to_staff, reassign_case.staff))
	FROM pulse_internal.task AS t
	WHERE t.case_id = reassign_case.case_id AND t.state = 'open' AND t.staff IS DISTINCT FROM reassign_case.to_staff;
END;
ALTER FUNCTION pulse.reassign_case(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.reassign_case(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.reassign_case(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.reassign_case(bigint, text, text) IS
'Gives all open tasks of a case to somebody else; returns how many moved. Errors: SP603 no such case, and those of reassign_task.';

-- Open tasks follow their role: when the customer gets another rep, or a deputy's days are
-- over, the task is the new one's.  What somebody gave by hand stays; so does a task whose
-- role nobody holds now.
CREATE OR REPLACE FUNCTION pulse_internal.reassign_tasks() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	-- OFFSET 0: case and firing of each open task by their keys, whatever else there is of them
	WITH open_task AS MATERIALIZED (
		SELECT t.task_id, t.case_id, t.role, t.staff, t.wait_id, t.step, t.repetition, t.action, t.title, c.key_name, c.key,
			   coalesce((SELECT f.evidence -> 'trigger' FROM pulse_internal.firing AS f WHERE f.firing_id = t.firing_id OFFSET 0), '{}') AS facts
		FROM pulse_internal.task AS t
		CROSS JOIN LATERAL (SELECT x.key_name, x.key FROM pulse_internal.cases AS x WHERE x.case_id = t.case_id OFFSET 0) AS c
		WHERE t.state = 'open' AND t.assigned_by IS NULL
	), about AS MATERIALIZED (
		SELECT t.task_id, t.role, t.key_name, t.key, 0 AS distance FROM open_task AS t
		UNION ALL
		SELECT t.task_id, t.role, fact.key, fact.value, 1
		FROM open_task AS t, LATERAL jsonb_each_text(t.facts) AS fact
		WHERE fact.value IS NOT NULL AND fact.key <> t.key_name
		  AND fact.key IN (SELECT m.key_name FROM pulse_internal.mapping AS m WHERE m.kind = 'role')
	), resolved AS MATERIALIZED (
		SELECT r.role, r.key_name, r.key, r.staff
		FROM (SELECT array_agg(DISTINCT a.role) AS roles FROM about AS a) AS x,
			 (SELECT array_agg(p.key_name) AS key_names, array_agg(p.key) AS keys
			  FROM (SELECT DISTINCT a.key_name, a.key FROM about AS a) AS p) AS y,
			 LATERAL pulse_internal.resolve_roles(x.roles, y.key_names, y.keys, true) AS r
	), candidate AS (
		SELECT a.task_id, a.distance, a.key_name, r.staff
		FROM about AS a JOIN resolved AS r ON r.role = a.role AND r.key_name = a.key_name AND r.key = a.key
		UNION ALL
		SELECT t.task_id, 2, '', r.staff FROM open_task AS t JOIN resolved AS r ON r.role = t.role AND r.key_name = ''
	), holder AS MATERIALIZED (
		SELECT n.task_id, coalesce(d.deputy, n.staff) AS staff
		FROM (SELECT c.*, rank() OVER (PARTITION BY c.task_id ORDER BY c.distance, c.key_name) AS place FROM candidate AS c) AS n
		LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = n.staff
		WHERE n.place = 1
	), moved AS (
		SELECT t.task_id, t.case_id, t.step, t.title, t.role, t.staff AS before, min(h.staff) AS staff
		FROM open_task AS t JOIN holder AS h ON h.task_id = t.task_id
		GROUP BY t.task_id, t.case_id, t.step, t.title, t.role, t.staff, t.wait_id, t.repetition, t.action
		HAVING bool_and(h.staff IS DISTINCT FROM t.staff)
		   AND NOT EXISTS (SELECT FROM pulse_internal.task AS o
						   WHERE o.wait_id = t.wait_id AND o.step = t.step AND o.repetition = t.repetition AND o.action = t.action
							 AND o.staff = min(h.staff))
	), given AS (
		UPDATE pulse_internal.task AS t SET staff = m.staff FROM moved AS m WHERE t.task_id = m.task_id AND t.state = 'open'
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
	SELECT m.case_id, pulse.clock(), 'reassigned', m.step,
		   format('%s: %s -> %s as %s', m.title, coalesce(m.before, 'nobody'), m.staff, m.role)
	FROM moved AS m ORDER BY m.task_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.reassign_tasks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.reassign_tasks() TO pulse_owner;

CREATE OR REPLACE VIEW pulse.templates WITH (security_invoker = true) AS
	SELECT t.name, t.subject_en, t.body_en, t.subject_zh, t.body_zh, t.event, t.channel, t.urgent, t.author
	FROM pulse_internal.template AS t;
COMMENT ON VIEW pulse.templates IS 'Texts that actions name, and texts of channels; see create_template.';
GRANT SELECT ON pulse.templates TO pulse_admin, pulse_author, pulse_analyst;
-- ---- rollup: definitions and gaps ------------------------------------------------

CREATE TABLE pulse_internal.rollup (
	rollup_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	relation regclass NOT NULL,
	time_column text NOT NULL,
	grain text NOT NULL CHECK (grain IN ('day', 'week', 'month')),
	dimensions text[] NOT NULL,
	sums text[] NOT NULL,		-- columns that are added up
	counts boolean NOT NULL,	-- whether count is among the measures
	condition text,
	timezone text NOT NULL,		-- the business time zone when it was built
	readable regclass NOT NULL,	-- the view
	cells regclass NOT NULL,
	deltas regclass NOT NULL,
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
	reason text,
	built_at timestamptz NOT NULL,
	figures text[] NOT NULL DEFAULT '{}',	-- measures that are computed anew for touched cells
	finer_id int,				-- the rollup that this one is made from
	trimmed_at timestamptz		-- since when partitions of an event kind were dropped; the cells keep what was in them
);
COMMENT ON TABLE pulse_internal.rollup IS 'Rollups and the tables they consist of; see pulse.rollups.';

-- no index: a writer adds a row without looking anything up, and there are few
CREATE TABLE pulse_internal.rollup_gap (
	rollup_id int NOT NULL,
	since timestamptz NOT NULL,
	reason text NOT NULL
);
COMMENT ON TABLE pulse_internal.rollup_gap IS 'What made a rollup stale; rebuild_rollup() closes it.';

CREATE TABLE pulse_internal.rollup_leaf (
	rollup_id int NOT NULL,
	leaf regclass NOT NULL
);
COMMENT ON TABLE pulse_internal.rollup_leaf IS 'Partitions of a rollup''s source as they were when it was folded last.';

ALTER TABLE pulse_internal.rollup OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rollup_gap OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rollup_leaf OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_rollup_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_gap', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_leaf', '');

-- for the trigger function, which create_rollup() names as its caller
GRANT USAGE ON SCHEMA pulse_internal TO pulse_admin, pulse_analyst;
-- ---- rollup: who is to report, who has, and what is closed --------------------------

CREATE TABLE pulse_internal.rollup_member (
	rollup_id int PRIMARY KEY,
	dimension text NOT NULL,	-- whose values are the members, such as store
	relation regclass,			-- where they are listed; NULL: who has rows lately
	member_column text,
	since_column text,
	until_column text,
	close_at time,				-- on the day after a period; NULL: closed by hand
	since date NOT NULL			-- periods before are not closed by the job
);
COMMENT ON TABLE pulse_internal.rollup_member IS 'Whose figures a rollup waits for, and when it waits no longer; see pulse.expect_members().';

CREATE TABLE pulse_internal.rollup_reported (
	rollup_id int NOT NULL,
	member text NOT NULL,
	reported_until date NOT NULL,	-- everything before that day is there
	reported_at timestamptz NOT NULL,
	PRIMARY KEY (rollup_id, member)
);
COMMENT ON TABLE pulse_internal.rollup_reported IS 'Watermarks that were stated; see pulse.mark_reported().';

CREATE TABLE pulse_internal.rollup_close (
	rollup_id int NOT NULL,
	period date NOT NULL,
	closed_at timestamptz NOT NULL,
	status text NOT NULL CHECK (status IN ('complete', 'partial')),
	missing text[] NOT NULL,
	reopened_at timestamptz,	-- since when rows came in after the close; NULL again when closed again
	reopenings int NOT NULL DEFAULT 0,
	PRIMARY KEY (rollup_id, period)
);
COMMENT ON TABLE pulse_internal.rollup_close IS 'Closed periods of rollups; see pulse.close_rollup().';

ALTER TABLE pulse_internal.rollup_member OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rollup_reported OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rollup_close OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_member', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_reported', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_close', '');
-- ---- rollup: create, drop, check, rebuild, fold ----------------------------------

-- What is written where stands in pulse_internal.rollup, never in arguments: on a
-- table that is no rollup's source the trigger does nothing. Attaching it needs the
-- right to TRIGGER on the table besides.
CREATE OR REPLACE FUNCTION pulse_internal.rollup_statement() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_rollup_statement';
REVOKE ALL ON FUNCTION pulse_internal.rollup_statement() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rollup_statement() TO pulse_admin, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.create_rollup(name text, source regclass, time_column text,
		grain text DEFAULT 'day', dimensions text[] DEFAULT '{}', measures text[] DEFAULT '{count}',
		condition text DEFAULT NULL, rollup_schema text DEFAULT NULL)
	RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_rollup';
REVOKE ALL ON FUNCTION pulse.create_rollup(text, regclass, text, text, text[], text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_rollup(text, regclass, text, text, text[], text[], text, text)
	TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.create_rollup(text, regclass, text, text, text[], text[], text, text) IS
'Makes a table of measures that is kept up to date from every insert, update and delete on source, and returns the view to read it by: one row per period (the first day, in the business time zone) of grain day, week or month, per dimensions (column names), and per currency where an amount is summed. measures: ''count''; ''sum(column)'' of integers, numeric or one amount column; ''min(column)'', ''max(column)'', ''distinct(column)'' (how many values), ''median(column)'' and ''quantile(column, 0.95)'' (interpolated), which are computed anew for the cells that changed: index the time column. ''approx_distinct(column)'' and ''approx_quantile(column, 0.95)'' keep sketches, through extensions hll and tdigest; a coarser rollup makes its own from those. condition chooses rows and must be immutable. source may be the table of an event kind, or the view of another rollup (time_column ''period''): then the new one gets its counts and sums from that, for a coarser grain or fewer dimensions. The view and its two tables belong to the caller, in rollup_schema (default: setting event_schema). Blocks writers of source while it is built; set lock_timeout. Errors: 22023 unusable argument, 42703 unknown column, 0A000 a source or measure that cannot be kept exactly, or a sketch without its extension, 42710 the name is taken, 42501 no TRIGGER right on source.';

CREATE OR REPLACE FUNCTION pulse.drop_rollup(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_rollup';
REVOKE ALL ON FUNCTION pulse.drop_rollup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_rollup(text) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.drop_rollup(text) IS
'Drops a rollup with its view, tables and triggers. Errors: SP701 unknown rollup, 42501 not the owner, 2BP01 something depends on the view.';

CREATE OR REPLACE FUNCTION pulse.rebuild_rollup(name text) RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rebuild_rollup';
REVOKE ALL ON FUNCTION pulse.rebuild_rollup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rebuild_rollup(text) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.rebuild_rollup(text) IS
'Computes a rollup anew from its source, in the business time zone as it is now, and so ends a stale or broken state; rollups made from it follow. Returns the number of cells. Runs as the owner of the rollup. Blocks writers of the source meanwhile; set lock_timeout. Errors: SP701 unknown rollup, 42501 not the owner, 42703 a column is gone, 42P01 the source is gone, 25001 under REPEATABLE READ, 55000 events were dropped that it remembers, or the rollup it is made from is stale.';

CREATE OR REPLACE FUNCTION pulse.check_rollup(name text, OUT cell jsonb, OUT in_rollup jsonb, OUT in_source jsonb)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_check_rollup';
REVOKE ALL ON FUNCTION pulse.check_rollup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_rollup(text) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.check_rollup(text) IS
'Compares a rollup, as one reads it, with the plain query over its source: one row per cell that differs, with what the rollup and what the source say (NULL: no such cell). No rows: equal. Runs as the owner of the rollup. Errors: SP701 unknown rollup, 42501 not the owner, 42P01 the source is gone.';

CREATE OR REPLACE FUNCTION pulse_internal.fold_rollup(rollup_id int, max_deltas int) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_fold_rollup';
REVOKE ALL ON FUNCTION pulse_internal.fold_rollup(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fold_rollup(int, int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.fold_rollups(max_deltas int DEFAULT 100000) RETURNS int
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	folded int := 0;
	one record;
BEGIN
	FOR one IN SELECT r.rollup_id FROM pulse_internal.rollup AS r WHERE r.state = 'ok' ORDER BY r.rollup_id
	LOOP
		EXIT WHEN folded >= max_deltas;
		BEGIN
			folded := folded + pulse_internal.fold_rollup(one.rollup_id, max_deltas - folded);
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR deadlock_detected OR serialization_failure
				OR lock_not_available THEN
				RAISE;
			WHEN OTHERS THEN
				-- one rollup must not stop the others, nor the tick
				UPDATE pulse_internal.rollup AS r SET state = 'broken', reason = SQLERRM
				WHERE r.rollup_id = one.rollup_id;
		END;
	END LOOP;
	RETURN folded;
END
$$;
ALTER FUNCTION pulse_internal.fold_rollups(int) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.fold_rollups(int) FROM PUBLIC;
-- ---- rollup: dimensions that are assigned, with dates ------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_assigned_view(name text, rollup text, dimension text, relation regclass,
		key_column text, value_column text, since_column text, until_column text DEFAULT NULL,
		grain text DEFAULT 'day', view_schema text DEFAULT NULL) RETURNS regclass
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
	source record;
	target text;
	keys text[];
	measures text[];
	period text := 'r.period';
	made regclass;
	missing text;
BEGIN
	IF num_nulls(name, rollup, dimension, relation, key_column, value_column, since_column, grain) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'an argument of create_assigned_view() that it needs is null',
			DETAIL = 'Only until_column and view_schema may be.',
			HINT = 'Type pulse.create_assigned_view(''sales_by_region'', ''daily_sales'', ''store'', ''app.store_region'', ''store'', ''region'', since_column => ''since'').';
	END IF;
	SELECT r.* INTO known FROM pulse.rollups AS r WHERE r.name = create_assigned_view.rollup;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP701', MESSAGE = format('unknown rollup "%s"', rollup),
			DETAIL = 'No rollup has that name.', HINT = 'Look at SELECT name FROM pulse.rollups.';
	END IF;
	IF known.grain <> 'day' THEN
		RAISE EXCEPTION USING ERRCODE = 'feature_not_supported', MESSAGE = format('rollup "%s" is by %s', rollup, known.grain),
			DETAIL = 'An assignment may change within a period; only a day counts whole.', HINT = 'Name a rollup of days; the view may have a coarser grain.';
	END IF;
	IF NOT dimension = ANY (known.dimensions) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('"%s" is no dimension of rollup "%s"', dimension, rollup),
			DETAIL = 'What is assigned is a value of a dimension, such as a store.', HINT = 'Look at SELECT dimensions FROM pulse.rollups.';
	END IF;
	IF grain NOT IN ('day', 'week', 'month') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unknown grain "%s"', grain),
			DETAIL = 'A period is a day, a week that begins on Monday, or a month.', HINT = 'Type ''day'', ''week'' or ''month''.';
	END IF;
	SELECT c.column_name INTO missing
	FROM unnest(ARRAY[key_column, value_column, since_column, until_column]) AS c(column_name)
	WHERE c.column_name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('column "%s" of %s does not exist', missing, relation),
			DETAIL = 'Assignments are read from there.', HINT = format('Type the name as \d %s shows it.', relation);
	END IF;

	IF grain <> 'day' THEN
		period := format('date_trunc(%L, r.period::timestamp)::date', grain);
	END IF;
	-- keys that stay, and what can be added up
	SELECT array_agg(format('r.%I', a.attname) ORDER BY a.attnum) FILTER (WHERE NOT a.attname LIKE 'sum\_%' AND a.attname <> 'count'
				AND (a.attname = ANY (known.dimensions) OR a.attname = 'currency')),
		   array_agg(format(CASE WHEN a.atttypid = 'pulse.amount'::regtype THEN 'pulse.sum(r.%1$I) AS %1$I'
				WHEN a.attname = 'count' OR a.atttypid = 'bigint'::regtype THEN 'sum(r.%1$I)::bigint AS %1$I'
				ELSE 'sum(r.%1$I) AS %1$I' END, a.attname) ORDER BY a.attnum)
				FILTER (WHERE a.attname = 'count' OR a.attname IN (
					SELECT 'sum_' || s.column_name FROM pulse_internal.rollup AS d, unnest(d.sums) AS s(column_name) WHERE d.name = known.name))
	INTO keys, measures
	FROM pg_attribute AS a
	WHERE a.attrelid = known.view_name AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('period', dimension);
	IF measures IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'feature_not_supported', MESSAGE = format('rollup "%s" has nothing that can be added up', rollup),
			DETAIL = 'Counts and sums of stores make those of a region; other measures do not.', HINT = 'Make a rollup with count or sum(column).';
	END IF;
	target := format('%I.%I', coalesce(view_schema, (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.oid = known.view_name)), name);
	-- at most one assignment counts on a day, the latest, so that nothing is counted twice or lost
	EXECUTE format('CREATE VIEW %s AS SELECT %s AS period, a.%I%s, %s FROM %s AS r LEFT JOIN LATERAL ('
		'SELECT s.%I FROM %s AS s WHERE s.%I = r.%I AND s.%I <= r.period%s ORDER BY s.%I DESC, s.%I LIMIT 1) AS a ON true GROUP BY %s, a.%I%s',
		target, period, value_column, coalesce(', ' || array_to_string(keys, ', '), ''), array_to_string(measures, ', '), known.view_name::text,
		value_column, relation::text, key_column, dimension, since_column,
		CASE WHEN until_column IS NULL THEN '' ELSE format(' AND (s.%1$I IS NULL OR s.%1$I > r.period)', until_column) END,
		since_column, value_column, period, value_column, coalesce(', ' || array_to_string(keys, ', '), ''));
	made := target::regclass;
	EXECUTE format('COMMENT ON VIEW %s IS %L', target, format('%s by %s, each %s counting for the %s that it was assigned to on the day.',
		rollup, value_column, dimension, value_column));
	RETURN made;
END
$$;
REVOKE ALL ON FUNCTION pulse.create_assigned_view(text, text, text, regclass, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_assigned_view(text, text, text, regclass, text, text, text, text, text, text)
	TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.create_assigned_view(text, text, text, regclass, text, text, text, text, text, text) IS
'Makes an ordinary view of a rollup of days by what the values of a dimension are assigned to, such as stores to regions, each day counting for the assignment of that day: rows of relation with key_column, value_column, since_column and perhaps until_column (the first day that no longer counts; a null has no bound); of several that hold, the latest since counts. Days without an assignment have a null. Counts and sums only; grain day, week or month. Returns the view. Errors: SP701 unknown rollup, 42703 unknown dimension or column, 0A000 a rollup that is not of days or has nothing to add up, 22023 unknown grain, 22004 a null, 42P07 the name is taken.';
-- ---- rollup: completeness, watermarks, closing ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.expect_members(name text, dimension text, relation regclass DEFAULT NULL,
		member_column text DEFAULT NULL, since_column text DEFAULT NULL, until_column text DEFAULT NULL,
		close_at time DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_expect_members';
REVOKE ALL ON FUNCTION pulse.expect_members(text, text, regclass, text, text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.expect_members(text, text, regclass, text, text, text, time) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.expect_members(text, text, regclass, text, text, text, time) IS
'Says whose figures a rollup waits for: the values of dimension, such as store, that relation lists in member_column, from since_column until before until_column (dates; a null has no bound). Without a relation: who had rows in the four weeks before. close_at: the job closes each period at that time of the day after it, complete or not, in the business time zone, from the current period on; without it close_rollup() does. Called again it replaces what was said. Only the owner of the rollup may. Errors: SP701 unknown rollup, 42703 unknown dimension or column, 22023 a relation without its column, 42501 not the owner.';

CREATE OR REPLACE FUNCTION pulse.mark_reported(name text, member text, until date) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_mark_reported';
COMMENT ON FUNCTION pulse.mark_reported(text, text, date) IS
'States that everything of member (such as a store) before the day until is in the source of the rollup: its watermark, also where a day had no rows. It may go back. Who may insert into the source may, and the owner of the rollup. Errors: SP701 unknown rollup, 22004 a null, 42501 missing rights.';

CREATE OR REPLACE FUNCTION pulse.report_status(name text, since date DEFAULT NULL, until date DEFAULT NULL,
		OUT period date, OUT status text, OUT expected int, OUT reported int, OUT missing text[],
		OUT state text, OUT closed_at timestamptz, OUT reopened_at timestamptz) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_report_status';
COMMENT ON FUNCTION pulse.report_status(text, date, date) IS
'Whether the periods of a rollup from since until before until are complete (default: the seven before the current one): status complete, or partial with the missing members named. A member has reported a period when its watermark (mark_reported()) is at its end or later, or when it has rows in it. state: open, closed, or reopened (closed_at, and rows that came in since reopened_at). Needs SELECT on the view of the rollup. Errors: SP701 unknown rollup, 55000 nobody said whom it waits for (expect_members()), 42501.';

CREATE OR REPLACE FUNCTION pulse.rollup_watermarks(name text, OUT member text, OUT watermark date, OUT marked boolean)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rollup_watermarks';
COMMENT ON FUNCTION pulse.rollup_watermarks(text) IS
'How far each member of a rollup that is expected today has reported: everything before watermark is there, as stated by mark_reported() (marked), or else up to the last period with rows; NULL: nothing yet. The least of them is how far the rollup is complete. Errors: as report_status().';

CREATE OR REPLACE FUNCTION pulse.close_rollup(name text, until date DEFAULT NULL) RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_close_rollup';
REVOKE ALL ON FUNCTION pulse.close_rollup(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.close_rollup(text, date) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.close_rollup(text, date) IS
'Closes the periods of a rollup that ended by until (default: today) and are not closed, or were reopened, and records whether they were complete and who was missing. Closing changes no figure: what comes in later is counted, and the period is reopened until it is closed again. Returns how many were closed. Only the owner of the rollup may. Errors: as report_status().';

CREATE OR REPLACE FUNCTION pulse_internal.close_rollup(rollup_id int, until date) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_close_rollup_by_id';
REVOKE ALL ON FUNCTION pulse_internal.close_rollup(int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_rollup(int, date) TO pulse_owner;

-- What is due at its stated time; a rollup that cannot be closed does not keep the others from it.
CREATE OR REPLACE FUNCTION pulse_internal.close_rollups() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	failure text;
BEGIN
	FOR due IN
		SELECT m.rollup_id, r.name, l.until
		FROM pulse_internal.rollup_member AS m JOIN pulse_internal.rollup AS r ON r.rollup_id = m.rollup_id,
			LATERAL (SELECT ((pulse.clock() AT TIME ZONE pulse.setting('timezone')) - m.close_at)::date AS until) AS l
		WHERE m.close_at IS NOT NULL AND r.state = 'ok'
		  -- once for each time of closing, so that what was reopened stays so until the next
		  AND NOT EXISTS (SELECT FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = m.rollup_id
						  AND c.closed_at >= (l.until + m.close_at) AT TIME ZONE pulse.setting('timezone'))
		ORDER BY m.rollup_id
	LOOP
		BEGIN
			PERFORM pulse_internal.close_rollup(due.rollup_id, due.until);
		EXCEPTION WHEN others THEN
			failure := coalesce(failure || '; ', '') || due.name || ': ' || sqlerrm;
		END;
	END LOOP;
	IF failure IS NOT NULL THEN
		RAISE WARNING '%', failure USING HINT = 'Call pulse.close_rollup() to see the error in full.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.close_rollups() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_rollups() TO pulse_owner;
-- ---- rollup: triggers ------------------------------------------------------------

CREATE TRIGGER rollup_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.rollup
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- rollup: pulse.rollups -------------------------------------------------------

CREATE OR REPLACE VIEW pulse.rollups WITH (security_invoker = true) AS
	SELECT r.name, r.relation AS source, r.time_column, r.grain, r.dimensions,
		   CASE WHEN r.counts THEN ARRAY['count'] ELSE '{}' END
		   || ARRAY(SELECT 'sum(' || quote_ident(s.column_name) || ')'
					FROM unnest(r.sums) WITH ORDINALITY AS s(column_name, n) ORDER BY s.n)
		   || r.figures AS measures,
		   r.condition, r.timezone, r.readable AS view_name,
		   CASE WHEN r.state <> 'ok' THEN r.state
				WHEN g.reason IS NOT NULL THEN 'stale' ELSE 'ok' END AS state,
		   coalesce(r.reason, g.reason) AS reason,
		   g.since AS stale_since, r.built_at,
		   (SELECT f.name FROM pulse_internal.rollup AS f WHERE f.rollup_id = r.finer_id) AS made_from
	FROM pulse_internal.rollup AS r
	LEFT JOIN LATERAL (
		SELECT p.reason, p.since FROM pulse_internal.rollup_gap AS p
		WHERE p.rollup_id = r.rollup_id ORDER BY p.since LIMIT 1
	) AS g ON true;
COMMENT ON VIEW pulse.rollups IS
'Rollups: source, definition, the time zone its days are in, the view to read it by, and its state: ok; stale (something happened that deltas cannot say, see reason; rebuild_rollup() ends it); broken (it cannot be folded, see reason). made_from: the finer rollup it gets its numbers from, if any.';
GRANT SELECT ON pulse_internal.rollup, pulse_internal.rollup_gap, pulse_internal.rollup_member, pulse.rollups
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- report: KPIs and their stored figures -----------------------------------------

CREATE TABLE pulse_internal.kpi (
	kpi_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	version int NOT NULL,		-- the one in force
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
	reason text,
	refreshed_at timestamptz
);
COMMENT ON TABLE pulse_internal.kpi IS 'KPIs and the version in force; see pulse.kpis.';

CREATE TABLE pulse_internal.kpi_version (
	kpi_id int NOT NULL REFERENCES pulse_internal.kpi ON DELETE CASCADE,
	version int NOT NULL,
	family text NOT NULL,
	unit text NOT NULL,
	direction text NOT NULL CHECK (direction IN ('up', 'down', 'none')),
	function_name text NOT NULL,	-- in full; its arguments are (pulse.period, text)
	digits int CHECK (digits BETWEEN 0 AND 12),	-- NULL: those of the unit
	relative_digits int NOT NULL CHECK (relative_digits BETWEEN 0 AND 12),
	grain text NOT NULL CHECK (grain IN ('day', 'week', 'month', 'quarter', 'year')),
	keep int NOT NULL CHECK (keep BETWEEN 0 AND 1000),	-- periods that are stored for dashboards
	scopes text[] NOT NULL,
	title_en text,
	title_zh text,
	author regrole NOT NULL,	-- owner of the function, who it runs as
	created_at timestamptz NOT NULL,
	PRIMARY KEY (kpi_id, version)
);
COMMENT ON TABLE pulse_internal.kpi_version IS 'Each version of each KPI; see pulse.kpis and pulse.kpi_versions.';

-- scope '' is everything: a key has no nulls
CREATE TABLE pulse_internal.kpi_value (
	kpi_id int NOT NULL REFERENCES pulse_internal.kpi ON DELETE CASCADE,
	scope text NOT NULL,
	period pulse.period NOT NULL,
	value numeric,
	version int NOT NULL,
	computed_at timestamptz NOT NULL,
	PRIMARY KEY (kpi_id, scope, period)
);
COMMENT ON TABLE pulse_internal.kpi_value IS 'Figures of KPIs as refresh_kpis() found them; see pulse.kpi_values.';

ALTER TABLE pulse_internal.kpi OWNER TO pulse_owner;
ALTER TABLE pulse_internal.kpi_version OWNER TO pulse_owner;
ALTER TABLE pulse_internal.kpi_value OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.kpi', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.kpi_kpi_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.kpi_version', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.kpi_value', '');
-- ---- report: pages and what stands on them --------------------------------------------

CREATE TABLE pulse_internal.page (
	page_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	title_en text NOT NULL,
	title_zh text,
	freshness text,				-- query: source, watermark, what is missing
	recipients text,			-- query: scope, staff
	send_at time,				-- of the day, in the business time zone; NULL: only by hand
	author regrole NOT NULL,	-- who its queries run as
	created_at timestamptz NOT NULL,
	sent_for date,				-- the last day it was sent for by itself
	reason text					-- why it could not be
);
COMMENT ON TABLE pulse_internal.page IS 'Pages; see pulse.pages.';

CREATE TABLE pulse_internal.page_section (
	page_id int NOT NULL REFERENCES pulse_internal.page ON DELETE CASCADE,
	ordinal int NOT NULL,
	kind text NOT NULL,
	title_en text NOT NULL,
	title_zh text,
	note_en text,
	note_zh text,
	query text NOT NULL,
	unit text,
	digits int,
	headings_en text[],
	headings_zh text[],
	units text[],
	wide boolean,
	PRIMARY KEY (page_id, ordinal)
);
COMMENT ON TABLE pulse_internal.page_section IS 'Sections of pages, in their order; see pulse.page_sections.';

-- a page is sent to somebody once for a day and scope
CREATE TABLE pulse_internal.page_message (
	page_id int NOT NULL REFERENCES pulse_internal.page ON DELETE CASCADE,
	as_of date NOT NULL,
	scope text NOT NULL,
	staff text NOT NULL,
	message_id bigint NOT NULL,
	PRIMARY KEY (page_id, as_of, scope, staff)
);
COMMENT ON TABLE pulse_internal.page_message IS 'Which message of the outbox holds which page for whom.';

ALTER TABLE pulse_internal.page OWNER TO pulse_owner;
ALTER TABLE pulse_internal.page_section OWNER TO pulse_owner;
ALTER TABLE pulse_internal.page_message OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.page', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.page_page_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.page_section', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.page_message', '');
-- ---- report: pilots --------------------------------------------------------------------

CREATE TABLE pulse_internal.pilot (
	pilot_id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	query text NOT NULL,		-- member, day, value, control from $1 until before $2
	by_member boolean NOT NULL,
	has_control boolean NOT NULL,
	baseline_since date NOT NULL,
	baseline_until date NOT NULL,	-- the day after its last
	started date NOT NULL,
	until date,					-- the day after its last; NULL: it goes on
	unit text NOT NULL,
	direction text NOT NULL CHECK (direction IN ('up', 'down')),
	target numeric,				-- of the mean
	cost numeric,
	value_per_unit numeric,		-- of money, for each unit, member and day
	currency text NOT NULL,
	level double precision NOT NULL,
	block int NOT NULL CHECK (block BETWEEN 1 AND 366),
	author regrole NOT NULL,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.pilot IS 'Pilots: what is tried, how it is judged; see pulse.pilots.';

CREATE TABLE pulse_internal.pilot_baseline (
	pilot_id int NOT NULL REFERENCES pulse_internal.pilot ON DELETE CASCADE,
	member text NOT NULL,		-- '' where there is none
	day date NOT NULL,
	control boolean NOT NULL,
	value double precision NOT NULL,
	PRIMARY KEY (pilot_id, member, day, control)
);
COMMENT ON TABLE pulse_internal.pilot_baseline IS 'What was before a pilot, as it was when the pilot was made.';

ALTER TABLE pulse_internal.pilot OWNER TO pulse_owner;
ALTER TABLE pulse_internal.pilot_baseline OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.pilot', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.pilot_pilot_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.pilot_baseline', '');
-- ---- report: figures for people -----------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.format_figure(value numeric, unit text, digits int DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_format_figure';
COMMENT ON FUNCTION pulse.format_figure(numeric, text, int, text) IS
'A figure as people read it, in English or Chinese (lang ''en'', ''zh''; NULL: the setting): ¥142,800, 58.4 days. Units: count, number, ratio, points, days, hours, minutes, percent (67.3), share (0.673), relative, or an ISO 4217 currency. digits after the point, NULL: those of the unit; rounded half away from zero. A dash when the value is NULL. Error 22023: unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.format_change(change numeric, unit text, digits int DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_format_change';
COMMENT ON FUNCTION pulse.format_change(numeric, text, int, text) IS
'A difference as people read it, with its sign: −¥54,600, +27.4pp. Shares differ in percentage points (pp), days without a word. Arguments and errors as format_figure().';

-- ---- report: the KPI catalogue ------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_kpi(name text, family text, unit text, direction text, function text,
		digits int DEFAULT NULL, relative_digits int DEFAULT 1, grain text DEFAULT 'month', keep int DEFAULT 13,
		scopes text[] DEFAULT '{}', title_en text DEFAULT NULL, title_zh text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_kpi';
REVOKE ALL ON FUNCTION pulse.create_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_kpi(text, text, text, text, text, int, int, text, int, text[], text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) IS
'Registers a figure under a name: its family (such as cost, efficiency, stability), unit (see format_figure()), direction (up: more is better; down; none), and the function of (pulse.period, scope text) that returns it, which must be yours and STABLE. It runs with your rights, path pg_catalog, so write names in full; scope NULL is the whole. Admins, authors and analysts may read the figure. digits and relative_digits: how the value, and its relative change in percent, are written. For dashboards the last "keep" periods of a grain (day, week, month, quarter, year) are stored, of the whole and of each of scopes, by refresh_kpis(). Errors: 22023 unusable argument, 42883 no such function, 42501 it is not yours, 42804 it returns no number, 42710 the name is taken, and what the function raises when it is tried.';

CREATE OR REPLACE FUNCTION pulse.alter_kpi(name text, family text DEFAULT NULL, unit text DEFAULT NULL, direction text DEFAULT NULL,
		function text DEFAULT NULL, digits int DEFAULT NULL, relative_digits int DEFAULT NULL, grain text DEFAULT NULL,
		keep int DEFAULT NULL, scopes text[] DEFAULT NULL, title_en text DEFAULT NULL, title_zh text DEFAULT NULL) RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_kpi';
REVOKE ALL ON FUNCTION pulse.alter_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_kpi(text, text, text, text, text, int, int, text, int, text[], text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) IS
'Makes a new version of a KPI, changing what is given, and returns its number. Older versions can still be asked for: kpi_value(name, period, scope, version). Stored figures are dropped until the next refresh. Errors: SP751 unknown KPI, 42501 not yours; else as create_kpi().';

CREATE OR REPLACE FUNCTION pulse.drop_kpi(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_kpi';
REVOKE ALL ON FUNCTION pulse.drop_kpi(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_kpi(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_kpi(text) IS
'Takes a KPI with all versions and stored figures out of the catalogue; its function stays. Errors: SP751 unknown KPI, 42501 not yours.';

CREATE OR REPLACE FUNCTION pulse.kpi_value(name text, period pulse.period, scope text DEFAULT NULL, version int DEFAULT NULL) RETURNS numeric
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'sp_kpi_value';
REVOKE ALL ON FUNCTION pulse.kpi_value(text, pulse.period, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.kpi_value(text, pulse.period, text, int) TO pulse_admin, pulse_author, pulse_analyst, pulse_owner;
COMMENT ON FUNCTION pulse.kpi_value(text, pulse.period, text, int) IS
'The figure of a KPI for a period and a scope (NULL: the whole), computed now, with the rights of its author. version: of its definition, NULL: the one in force. Errors: SP751 unknown KPI or version, SP752 its function is gone or another''s now, and what the function raises.';

CREATE OR REPLACE FUNCTION pulse_internal.refresh_kpi(kpi_id int) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH wanted AS (
		SELECT k.kpi_id, k.name, k.version, s.scope, pulse.shift(pulse.period_of(pulse.day_of(pulse.clock()), v.grain), -n.n) AS period
		FROM pulse_internal.kpi AS k
		JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version,
			 LATERAL (SELECT DISTINCT unnest(array_append(v.scopes, '')) AS scope) AS s,
			 LATERAL generate_series(0, v.keep - 1) AS n(n)
		WHERE k.kpi_id = refresh_kpi.kpi_id
	), gone AS (
		DELETE FROM pulse_internal.kpi_value AS f
		WHERE f.kpi_id = refresh_kpi.kpi_id
		  AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.scope = f.scope AND w.period OPERATOR(pulse.=) f.period)
	), found AS (
		INSERT INTO pulse_internal.kpi_value AS f (kpi_id, scope, period, value, version, computed_at)
		SELECT w.kpi_id, w.scope, w.period, pulse.kpi_value(w.name, w.period, nullif(w.scope, '')), w.version, pulse.clock()
		FROM wanted AS w
		ON CONFLICT ON CONSTRAINT kpi_value_pkey DO UPDATE
		SET value = excluded.value, version = excluded.version, computed_at = excluded.computed_at
		RETURNING 1
	)
	SELECT count(*) FROM found;
END;
REVOKE ALL ON FUNCTION pulse_internal.refresh_kpi(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_kpi(int) TO pulse_owner;

-- One KPI that fails does not stop the others; which did is kept in the catalogue.
CREATE OR REPLACE FUNCTION pulse.refresh_kpis(name text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	one record;
	figures bigint := 0;
	failure text;
	reason text;
BEGIN
	IF name IS NOT NULL AND NOT EXISTS (SELECT FROM pulse_internal.kpi AS k WHERE k.name = refresh_kpis.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP751', MESSAGE = format('unknown KPI "%s"', name),
			DETAIL = 'It is not in the catalogue.', HINT = 'Look at SELECT name FROM pulse.kpis.';
	END IF;
	FOR one IN SELECT k.kpi_id FROM pulse_internal.kpi AS k
			   WHERE k.name = coalesce(refresh_kpis.name, k.name) ORDER BY k.kpi_id
	LOOP
		failure := NULL;
		BEGIN
			figures := figures + pulse_internal.refresh_kpi(one.kpi_id);
		EXCEPTION WHEN query_canceled OR admin_shutdown OR deadlock_detected OR serialization_failure THEN
			RAISE;
		WHEN others THEN
			GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
			failure := concat_ws(': ', sqlerrm, nullif(reason, ''));
		END;
		UPDATE pulse_internal.kpi AS k
		SET state = CASE WHEN failure IS NULL THEN 'ok' ELSE 'broken' END, reason = failure, refreshed_at = pulse.clock()
		WHERE k.kpi_id = one.kpi_id;
	END LOOP;
	RETURN figures;
END
$$;
ALTER FUNCTION pulse.refresh_kpis(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.refresh_kpis(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.refresh_kpis(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.refresh_kpis(text) IS
'Computes and stores the figures that pulse.kpi_values shows, of one KPI or of all; the tick does it daily at 05:30 in the business time zone. A KPI that fails is marked broken in pulse.kpis with the reason, and keeps the figures it had. Returns how many figures were stored. Error SP751: unknown KPI.';

-- the job of the tick
CREATE OR REPLACE FUNCTION pulse_internal.refresh_kpis() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse.refresh_kpis();
END;
REVOKE ALL ON FUNCTION pulse_internal.refresh_kpis() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_kpis() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.check_kpi(name text, OUT problem text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse.kpi_value(check_kpi.name, pulse.period_of(pulse.day_of(pulse.clock()), g.grain))
	FROM unnest(ARRAY['day', 'month', 'year']) AS g(grain);
EXCEPTION
	WHEN SQLSTATE 'SP751' OR query_canceled THEN
		RAISE;
	WHEN others THEN
		GET STACKED DIAGNOSTICS what_to_do = PG_EXCEPTION_HINT, problem = PG_EXCEPTION_DETAIL;
		problem := concat_ws(': ', sqlerrm, nullif(problem, ''));
		what_to_do := coalesce(nullif(what_to_do, ''), 'Mend its function, or give it another: SELECT pulse.alter_kpi(...).');
		RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION pulse.check_kpi(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_kpi(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_kpi(text) IS
'Tries a KPI for today, this month and this year: one row with the problem and what to do, or none when it can be computed. Error SP751: unknown KPI.';
-- ---- report: the morning board -----------------------------------------------------------

-- Rows of the board: what the caller said of his relation, under names of ours.
-- A scope is a name, or a path whose parts are divided by points: above sees below.
CREATE OR REPLACE FUNCTION pulse_internal.board_rows(relation regclass, day text, member text, value text, scope text, target text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN format($q$SELECT (%s)::date AS day, (%s)::text AS member, (%s)::numeric AS value, (%s)::text AS scope, (%s)::numeric AS target FROM %s$q$,
				  day, member, value, coalesce(scope, 'NULL'), coalesce(target, 'NULL'), relation);
REVOKE ALL ON FUNCTION pulse_internal.board_rows(regclass, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_rows(regclass, text, text, text, text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.board_sections(given_rows text, late text, lately text, unit text, digits int, member_en text, member_zh text, target boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- figures of whole days: yesterday is the day before the one the board is read
	visible text := format($q$(SELECT r.* FROM (%s) AS r WHERE ($1 IS NULL OR r.scope = $1 OR starts_with(r.scope, $1 || '.')))$q$, given_rows);
	-- ranked by two days, those who are missing left out; four weeks are read of the few that are shown
	ranked text := format($q$
		WITH %s, board AS (
			SELECT r.member, coalesce(sum(r.value) FILTER (WHERE r.day = $2 - 1), 0) AS yesterday, sum(r.value) FILTER (WHERE r.day = $2 - 8) AS week_before
			FROM %s AS r WHERE r.day IN ($2 - 1, $2 - 8) AND coalesce(r.member <> ALL (ARRAY(SELECT l.member FROM late AS l)), true) GROUP BY 1
		), ranked AS (
			SELECT b.*, row_number() OVER (ORDER BY b.yesterday DESC, b.member) AS top, row_number() OVER (ORDER BY b.yesterday, b.member) AS bottom,
				   count(*) OVER () AS members
			FROM board AS b
		)$q$, lately, visible);
	shown text := format($q$, daily AS MATERIALIZED (
			SELECT r.member, r.day, sum(r.value) AS value FROM %s AS r
			WHERE r.day >= $2 - 28 AND r.day < $2 AND r.member = ANY (ARRAY(SELECT s.member FROM shown AS s)) GROUP BY 1, 2
		)
		SELECT s.member, s.yesterday, s.week_before, round((s.yesterday - s.week_before) * 100 / nullif(abs(s.week_before), 0), 1) AS change,
			   ARRAY(SELECT d.value FROM generate_series(28, 1, -1) AS g(g) LEFT JOIN daily AS d ON d.member = s.member AND d.day = $2 - g.g
					 ORDER BY g.g DESC) AS four_weeks
		FROM shown AS s ORDER BY s.place$q$, visible);
	headings_en jsonb := jsonb_build_array(member_en, 'Yesterday', 'Week before', 'Change', 'Four weeks');
	headings_zh jsonb := jsonb_build_array(member_zh, '昨日', '上周同日', '变化', '近四周');
BEGIN
	RETURN jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'Yesterday', 'title_zh', '昨日', 'unit', unit, 'digits', digits, 'query', format($q$
			WITH %5$s, f AS (
				SELECT sum(r.value) FILTER (WHERE r.day = $2 - 1) AS yesterday,
					   -- compared with those who are in
					   sum(r.value) FILTER (WHERE r.day = $2 - 8 AND coalesce(r.member <> ALL (ARRAY(SELECT l.member FROM late AS l)), true)) AS week_before,
					   sum(r.target) FILTER (WHERE r.day = $2 - 1) AS target, sum(r.value) FILTER (WHERE r.day >= $2 - 7) AS week,
					   sum(r.value) FILTER (WHERE r.day < $2 - 7) AS week_ago,
					   count(DISTINCT r.member) FILTER (WHERE r.day = $2 - 1) AS reporting, (SELECT count(*) FROM late) AS late
				FROM %1$s AS r WHERE r.day >= $2 - 14 AND r.day < $2
			), said AS (
				SELECT f.*, $3 = 'zh' AS zh, (f.yesterday - f.week_before) * 100 / nullif(abs(f.week_before), 0) AS change,
					   (f.week - f.week_ago) * 100 / nullif(abs(f.week_ago), 0) AS week_change FROM f
			)
			SELECT x.label, x.value, x.unit, x.digits, x.note, x.verdict
			FROM said AS s, LATERAL (VALUES
				(1, CASE WHEN s.zh THEN '昨日合计' ELSE 'Yesterday' END, coalesce(s.yesterday, 0), %2$L::text, %3$L::int,
				 CASE WHEN s.zh THEN '较上周同日' || CASE WHEN s.late > 0 THEN '（同口径） ' ELSE ' ' END || pulse.format_change(s.change, 'relative', 1, $3)
					  ELSE pulse.format_change(s.change, 'relative', 1, $3) || ' vs the same weekday' || CASE WHEN s.late > 0 THEN ', of those in' ELSE '' END END,
				 CASE WHEN s.change > 0 THEN 'better' WHEN s.change < 0 THEN 'worse' END),
				(2, CASE WHEN s.zh THEN '目标完成率' ELSE 'Target reached' END, round(s.yesterday * 100 / nullif(s.target, 0), 1), 'percent', 1,
				 CASE WHEN s.zh THEN '目标 ' ELSE 'of ' END || pulse.format_figure(s.target, %2$L, %3$L::int, $3), NULL),
				(3, CASE WHEN s.zh THEN '近七日' ELSE 'Last seven days' END, coalesce(s.week, 0), %2$L, %3$L,
				 CASE WHEN s.zh THEN '较前七日 ' || pulse.format_change(s.week_change, 'relative', 1, $3)
					  ELSE pulse.format_change(s.week_change, 'relative', 1, $3) || ' vs the seven before' END,
				 CASE WHEN s.week_change > 0 THEN 'better' WHEN s.week_change < 0 THEN 'worse' END),
				(4, CASE WHEN s.zh THEN '已报送' ELSE 'Reporting' END, s.reporting, 'count', 0,
				 CASE WHEN s.zh THEN '共 ' || s.reporting + s.late ELSE 'of ' || s.reporting + s.late END, NULL)) AS x(n, label, value, unit, digits, note, verdict)
			WHERE x.n <> 2 OR %4$L::boolean ORDER BY x.n $q$, visible, unit, digits, target, late)),
		jsonb_build_object('kind', 'line', 'title_en', 'Four weeks', 'title_zh', '近四周', 'unit', unit, 'digits', digits,
			'headings_en', jsonb_build_array('', 'This day', 'A week before'), 'headings_zh', jsonb_build_array('', '当日', '上周同日'), 'query', format($q$
			WITH daily AS (SELECT r.day, sum(r.value) AS value FROM %s AS r WHERE r.day >= $2 - 35 AND r.day < $2 GROUP BY 1)
			SELECT to_char(g.day, 'MM-DD') AS day, d.value, b.value AS week_before
			FROM (SELECT $2 - n AS day FROM generate_series(28, 1, -1) AS n) AS g
			LEFT JOIN daily AS d ON d.day = g.day LEFT JOIN daily AS b ON b.day = g.day - 7 ORDER BY g.day $q$, visible)),
		jsonb_build_object('kind', 'table', 'title_en', 'Highest yesterday', 'title_zh', '昨日最高', 'digits', digits,
			'units', jsonb_build_array('', unit, unit, 'relative', 'sparkline'), 'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', ranked || ', shown AS (SELECT r.*, r.top AS place FROM ranked AS r WHERE r.top <= 5)' || shown),
		jsonb_build_object('kind', 'table', 'title_en', 'Lowest yesterday', 'title_zh', '昨日最低', 'digits', digits,
			'units', jsonb_build_array('', unit, unit, 'relative', 'sparkline'), 'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', ranked || ', shown AS (SELECT r.*, r.bottom AS place FROM ranked AS r WHERE r.bottom <= 5 AND r.members > 5)' || shown));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.board_sections(text, text, text, text, int, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_sections(text, text, text, text, int, text, text, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.board_alerts(relation regclass, late text, day text, member text, value text, scope text, unit text, digits int,
		member_en text, member_zh text, tasks boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found jsonb := jsonb_build_array(
		jsonb_build_object('kind', 'table', 'title_en', 'Unusual yesterday', 'title_zh', '昨日异常', 'digits', digits,
			'units', jsonb_build_array('', '', unit, unit, 'relative'),
			'headings_en', jsonb_build_array(member_en, 'Since', 'Actual', 'Expected', 'Change'), 'headings_zh', jsonb_build_array(member_zh, '自', '实际', '预期', '变化'),
			'note_en', 'Against its own weekday, level and region; figures of all days since then.', 'note_zh', '与自身水平、同星期及所在区域比较；为起始日以来合计。',
			'query', format($q$
			WITH %s
			SELECT a.series, to_char(a.started, 'MM-DD') AS since, a.actual, a.expected, round(((a.actual - a.expected) * 100 / nullif(a.expected, 0))::numeric, 1) AS change
			FROM pulse.anomalies(%L::regclass, %L, %L, series_column => %L, group_column => %L,
								 since => ($2 - 1)::timestamp, until => $2::timestamp, condition => format('(%%s)::date >= %%L', %L::text, $2 - 75), lang => $3) AS a
			WHERE ($1 IS NULL OR a.group_name = $1 OR starts_with(a.group_name, $1 || '.')) AND coalesce(a.series <> ALL (ARRAY(SELECT l.member FROM late AS l)), true)
			ORDER BY abs(a.score) DESC, a.series LIMIT 10 $q$,
				late, relation::text, format('(%s)::numeric', value), format('(%s)::date', day), member, scope, day)));
BEGIN
	IF tasks THEN
		found := found || jsonb_build_object('kind', 'table', 'title_en', 'Tasks overdue', 'title_zh', '逾期待办',
			'headings_en', jsonb_build_array('Task', 'About', 'Who', 'Due'), 'headings_zh', jsonb_build_array('待办', '对象', '负责人', '到期'),
			'query', $q$
			SELECT t.title, coalesce(t.key_label, t.key) AS about, coalesce(s.name, t.staff) AS staff, (t.due_at)::date AS due
			FROM pulse.tasks AS t LEFT JOIN pulse.staff AS s ON s.id = t.staff
			WHERE t.state = 'open' AND t.due_at < $2::timestamptz
			  AND ($1 IS NULL OR t.staff = $1 OR s.org_path = $1 OR starts_with(s.org_path, $1 || '.'))
			ORDER BY t.due_at, t.task_id LIMIT 20 $q$);
	END IF;
	RETURN found;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.board_alerts(regclass, text, text, text, text, text, text, int, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_alerts(regclass, text, text, text, text, text, text, int, text, text, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_morning_board(name text, relation regclass, day text, member text, value text, scope text DEFAULT NULL,
		target text DEFAULT NULL, unit text DEFAULT NULL, digits int DEFAULT 0, member_en text DEFAULT 'Store', member_zh text DEFAULT '门店',
		tasks boolean DEFAULT true, recipients text DEFAULT NULL, send_at time DEFAULT '07:30',
		title_en text DEFAULT 'Morning board', title_zh text DEFAULT '晨会看板', rollup text DEFAULT NULL, members text DEFAULT NULL,
		sections jsonb DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	given_rows text := pulse_internal.board_rows(relation, day, member, value, scope, target);
	shown text := coalesce(unit, pulse.setting('currency'));
	-- whose completeness counts: that of the rollup the rows are of
	waits text := coalesce(rollup, (SELECT r.name FROM pulse.rollups AS r WHERE r.view_name = relation));
	late text := pulse_internal.board_late(given_rows, waits, members, 28);
	-- for what reads no more than the last days
	lately text := pulse_internal.board_late(given_rows, waits, members, 8);
BEGIN
	IF num_nulls(relation, day, member, value) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a morning board needs a relation, day, member and value',
			DETAIL = 'One of them is null.',
			HINT = 'Type pulse.create_morning_board(''morning'', ''app.daily_sales'', day => ''day'', member => ''store'', value => ''total'', scope => ''region'').';
	END IF;
	IF waits IS NOT NULL THEN
		PERFORM pulse_internal.rollup_lateness(waits, pulse.day_of(pulse.clock()) - 1, 'en');
	END IF;
	PERFORM pulse.create_page(name, title_en,
		pulse_internal.board_sections(given_rows, late, lately, shown, digits, member_en, member_zh, target IS NOT NULL)
		|| pulse_internal.board_alerts(relation, lately, day, member, value, scope, shown, digits, member_en, member_zh, tasks)
		|| coalesce(sections, '[]'),
		title_zh, pulse_internal.board_freshness(relation, given_rows, late), recipients, send_at);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text, text, text, jsonb)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text, text, text, jsonb) IS
'Makes a page for the morning over a table, view or rollup with a row (or several) per day and member (such as a store): yesterday against the weekday before and against target, the last week and four, the highest and lowest, what is unusual (pulse.anomalies), tasks overdue; on top as of when the figures are and, when somebody is missing, that they are partial and who it is. Over the view of a rollup that knows whom it waits for (expect_members()) they are those it names; rollup names another one whose completeness counts. Else those who are listed by members, else who was heard of in the four weeks before. Who is missing is not ranked and no anomaly, and the weekday before is that of the others. members: a query of who is to report: as the rollup knows him, his scope, and his name on the board; it also says whose board somebody is missing on of whom nothing was ever heard. The source is called by its label (pulse.label(''relation'', ...)). day, member, value, target and scope are columns or expressions; scope says whose row it is, as a name or a path divided by points: who asks for a path sees what is below it. recipients is a query of scope and staff id: each gets the board of that scope daily at send_at. tasks needs the right to read pulse.tasks and pulse.staff. sections: further ones, as of create_page(), such as open audits. The page can be changed like any (pulse.page_sections). Errors: as create_page(), SP701 unknown rollup.';
-- ---- report: as of when figures are, and what of them is missing ----------------------------

-- What people call a table, view or rollup: its label, or its name as words.
CREATE OR REPLACE FUNCTION pulse_internal.relation_title(relation regclass, lang text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce((SELECT CASE relation_title.lang WHEN 'zh' THEN coalesce(l.zh, l.en) ELSE coalesce(l.en, l.zh) END
					 FROM pulse.labels AS l WHERE l.class = 'relation' AND l.name = format('%I.%I', n.nspname, c.relname) LIMIT 1),
					upper(left(c.relname, 1)) || replace(substr(c.relname, 2), '_', ' '))
	FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation_title.relation;
END;
REVOKE ALL ON FUNCTION pulse_internal.relation_title(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.relation_title(regclass, text) TO pulse_admin, pulse_author, pulse_analyst;

-- A day as a watermark: everything until its end is in, on the wall of the zone that is named.
CREATE OR REPLACE FUNCTION pulse_internal.watermark_text(day date, lang text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT format(CASE watermark_text.lang WHEN 'zh' THEN '%s 日终（%s）' ELSE 'the end of %s (%s)' END,
				  to_char(watermark_text.day, 'YYYY-MM-DD'), pulse.setting('timezone'));
END;
REVOKE ALL ON FUNCTION pulse_internal.watermark_text(date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.watermark_text(date, text) TO pulse_admin, pulse_author, pulse_analyst;

-- Whose rows of a day a rollup still waits for; expects: whether it was said whom it waits for.
CREATE OR REPLACE FUNCTION pulse_internal.rollup_lateness(rollup text, day date, lang text, OUT expects boolean, OUT missing text[], OUT problem text)
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	state text;
	reason text;
BEGIN
	SELECT r.state, r.reason, r.grain = 'day' AND EXISTS (SELECT FROM pulse_internal.rollup_member AS m JOIN pulse_internal.rollup AS i ON i.rollup_id = m.rollup_id
														  WHERE i.name = r.name)
	INTO state, reason, expects
	FROM pulse.rollups AS r WHERE r.name = rollup_lateness.rollup;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP701', MESSAGE = format('unknown rollup "%s"', rollup_lateness.rollup),
			DETAIL = 'There is no rollup of that name.', HINT = 'Look at SELECT name FROM pulse.rollups.';
	END IF;
	IF state <> 'ok' THEN
		problem := format(CASE lang WHEN 'zh' THEN '汇总待重建（%s）' ELSE 'figures until the rollup is rebuilt (%s)' END, reason);
	END IF;
	IF expects THEN
		missing := (SELECT s.missing FROM pulse.report_status(rollup_lateness.rollup, rollup_lateness.day, rollup_lateness.day + 1) AS s);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.rollup_lateness(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rollup_lateness(text, date, text) TO pulse_admin, pulse_author, pulse_analyst;

-- names in a line; of many the first eight
CREATE OR REPLACE FUNCTION pulse_internal.name_list(names text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(n.name, ', ' ORDER BY n.name) FILTER (WHERE n.n <= 8) || CASE WHEN count(*) > 8 THEN ' … (' || count(*) || ')' ELSE '' END
	FROM (SELECT u.name, row_number() OVER (ORDER BY u.name) AS n FROM unnest(name_list.names) AS u(name)) AS n;
END;
REVOKE ALL ON FUNCTION pulse_internal.name_list(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.name_list(text[]) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.rollup_freshness(name text, day date DEFAULT NULL, lang text DEFAULT NULL,
		OUT source text, OUT watermark text, OUT missing text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	asked date := coalesce(day, pulse.day_of(pulse.clock()) - 1);
	language text := coalesce(lang, pulse.setting('language'));
	late record;
BEGIN
	IF name IS NULL OR language NOT IN ('en', 'zh') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'rollup_freshness needs the name of a rollup, and a language of a page',
			DETAIL = CASE WHEN name IS NULL THEN 'The name is null.' ELSE format('"%s" is neither en nor zh.', language) END,
			HINT = 'Type pulse.rollup_freshness(''daily_sales'', $2 - 1, $3).';
	END IF;
	late := pulse_internal.rollup_lateness(name, asked, language);
	RETURN QUERY
	SELECT pulse_internal.relation_title(r.view_name, language), pulse_internal.watermark_text(asked, language),
		   nullif(concat_ws('; ', pulse_internal.name_list(late.missing), late.problem), '')
	FROM pulse.rollups AS r WHERE r.name = rollup_freshness.name;
END
$$;
REVOKE ALL ON FUNCTION pulse.rollup_freshness(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rollup_freshness(text, date, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.rollup_freshness(text, date, text) IS
'The line that says of a rollup as of when its figures are: source (its label, pulse.label(''relation'', ...), or its name as words), watermark (the end of day, by default yesterday, with the business time zone), and who is missing of those it waits for on that day (expect_members(); NULL: nobody), or that it has to be rebuilt. Made for the freshness of a page: create_page(..., freshness => ''SELECT * FROM pulse.rollup_freshness(''''daily_sales'''', $2 - 1, $3)''). Needs SELECT on the view of the rollup. Errors: SP701 unknown rollup, 22023 no name or another language, 42501.';

-- "late AS (...)": who of what is visible is missing on the day before, as a common table
-- expression of a board's queries. As the rollup says where it knows whom it waits for; else of
-- those who are listed; else of those heard of in so many days before.
CREATE OR REPLACE FUNCTION pulse_internal.board_late(given_rows text, rollup text, members text, days int) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	visible text := $q$($1 IS NULL OR @scope = $1 OR starts_with(@scope, $1 || '.'))$q$;
	by_rows text := format($q$SELECT s.member FROM (SELECT r.member, max(r.day) AS last_day FROM (%s) AS r WHERE r.day >= $2 - %s AND r.day < $2 AND %s GROUP BY 1) AS s
		WHERE s.last_day < $2 - 1 AND s.member IS NOT NULL$q$, given_rows, days, replace(visible, '@scope', 'r.scope'));
	by_list text := format($q$SELECT l.name AS member FROM listed AS l
		WHERE %s AND NOT EXISTS (SELECT FROM (%s) AS r WHERE r.day = $2 - 1 AND r.member = l.name)$q$, replace(visible, '@scope', 'l.scope'), given_rows);
	by_rollup text := format($q$SELECT coalesce(l.name, m.m) AS member
		FROM lateness AS t CROSS JOIN unnest(t.missing) AS m(m) LEFT JOIN listed AS l ON l.reporter = m.m
		LEFT JOIN LATERAL (SELECT r.scope FROM (%s) AS r WHERE l.reporter IS NULL AND r.member = m.m AND r.day >= $2 - 28 AND r.day < $2 ORDER BY r.day DESC LIMIT 1) AS s ON true
		WHERE %s$q$, given_rows, replace(visible, '@scope', 'coalesce(l.scope, s.scope)'));
BEGIN
	RETURN format($q$listed AS MATERIALIZED (SELECT x.reporter::text, x.scope::text, x.name::text FROM (%s) AS x(reporter, scope, name)),
		lateness AS MATERIALIZED (%s),
		late AS MATERIALIZED (%s)$q$,
		coalesce(members, 'SELECT NULL::text, NULL::text, NULL::text WHERE false'),
		CASE WHEN rollup IS NULL THEN 'SELECT false AS expects, NULL::text[] AS missing, NULL::text AS problem'
			 ELSE format('SELECT * FROM pulse_internal.rollup_lateness(%L, $2 - 1, $3)', rollup) END,
		CASE WHEN rollup IS NOT NULL THEN by_rollup || ' UNION ALL ' ELSE '' END
		|| format('SELECT o.member FROM lateness AS t CROSS JOIN LATERAL (%s) AS o WHERE NOT t.expects', CASE WHEN members IS NOT NULL THEN by_list ELSE by_rows END));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.board_late(text, text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_late(text, text, text, int) TO pulse_admin, pulse_author;

-- the freshness of a board: as of which day, and who is missing
CREATE OR REPLACE FUNCTION pulse_internal.board_freshness(relation regclass, given_rows text, late text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN format($q$
		WITH %1$s, found AS (
			SELECT max(r.day) AS last_day FROM (%2$s) AS r
			WHERE r.day >= $2 - 28 AND r.day < $2 AND ($1 IS NULL OR r.scope = $1 OR starts_with(r.scope, $1 || '.'))
		), missing AS (
			SELECT array_agg(l.member) AS members FROM late AS l
		)
		SELECT pulse_internal.relation_title(%3$s, $3),
			   pulse_internal.watermark_text(CASE WHEN t.expects AND m.members IS NULL THEN $2 - 1 ELSE f.last_day END, $3),
			   nullif(concat_ws('; ', pulse_internal.name_list(m.members), t.problem), '')
		FROM lateness AS t, found AS f, missing AS m $q$, late, given_rows, quote_literal(relation::text) || '::pg_catalog.regclass');
REVOKE ALL ON FUNCTION pulse_internal.board_freshness(regclass, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_freshness(regclass, text, text) TO pulse_admin, pulse_author;
-- ---- report: how far things come, and how long it takes ----------------------------------

CREATE OR REPLACE FUNCTION pulse.cycle_days(relation regclass, started text, finished text, grain text DEFAULT 'month', as_of date DEFAULT NULL,
		by text[] DEFAULT '{}', condition text DEFAULT NULL, cohort text DEFAULT 'started',
		OUT keys jsonb, OUT cohort_period text, OUT items bigint, OUT finished_items bigint, OUT open_items bigint,
		OUT median_days double precision, OUT mean_days double precision, OUT finished_mean_days double precision, OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_cycle_days';
COMMENT ON FUNCTION pulse.cycle_days(regclass, text, text, text, date, text[], text, text) IS
'Days from one date to another (a lead to its first payment) in a table or view with a row per thing: one row per period of a grain in which they started and value of the columns in "by". Open ones (finished NULL or after as_of, NULL: today) count as longer than they are old: median_days and mean_days are those of Kaplan and Meier. finished_mean_days is the plain average of the finished ones, too small while some are open. cohort => ''finished'' puts together what finished in a period instead; none is open there, and slow ones show up late. What started after as_of does not count. status: ok, short_history (less than half is finished within the ages seen; median_days is NULL), finished_only. started, finished, each of "by" and condition are columns or expressions, with your rights. Errors: 42703 and others from your expressions, 42804 no date, 22023 unusable grain or cohort, 22004 null.';

CREATE OR REPLACE FUNCTION pulse.funnel(relation regclass, stages text[], names text[] DEFAULT NULL, as_of date DEFAULT NULL,
		by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT stage int, OUT name text, OUT entered bigint, OUT share_of_first numeric, OUT share_of_previous numeric,
		OUT waiting bigint, OUT median_days double precision) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_funnel';
COMMENT ON FUNCTION pulse.funnel(regclass, text[], text[], date, text[], text) IS
'How many things of a table or view with a row per thing and a date per stage came how far by as_of (NULL: today): one row per stage, in the order of "stages" (columns or expressions, 2 to 12), and value of the columns in "by". entered: it, or a later stage, was reached (a skipped stage counts as passed); shares in percent; waiting: are in it now; median_days from it to the next, by Kaplan and Meier, so that those still waiting count as longer (NULL: fewer than half went on in the time seen). pulse.svg_funnel() draws it. For what began in a time: condition. Errors: 22023 unusable stages, 42804 no date, and those of your expressions.';
-- ---- report: how the rules are doing, as a page ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_rule_page(name text DEFAULT 'rules', title_en text DEFAULT 'Rules', title_zh text DEFAULT '规则监控') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse.create_page(name, title_en, jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'Rules', 'title_zh', '规则', 'unit', 'count', 'query', $q$
			SELECT x.label, x.value, x.note, x.verdict
			FROM (SELECT count(*) FILTER (WHERE r.mode = 'live') AS live, count(*) FILTER (WHERE r.state <> 'ok') AS broken, sum(r.open_waits) AS waits
				  FROM pulse.stat_rules AS r) AS r,
				 (SELECT count(*) FILTER (WHERE f.due_at >= ($2 - 6)::timestamptz) AS week, count(*) FILTER (WHERE f.due_at < ($2 - 6)::timestamptz) AS before
				  FROM pulse.firings AS f WHERE f.due_at >= ($2 - 13)::timestamptz AND f.due_at < ($2 + 1)::timestamptz AND NOT f.superseded) AS f,
				 (SELECT sum(o.messages) FILTER (WHERE o.state IN ('queued', 'claimed')) AS waiting,
						 sum(o.messages) FILTER (WHERE o.state IN ('failed', 'dead', 'unknown', 'unaddressed')) AS trouble FROM pulse.stat_outbox AS o) AS o,
				 LATERAL (VALUES
					(1, CASE $3 WHEN 'zh' THEN '运行中的规则' ELSE 'Live' END, r.live::numeric,
					 CASE $3 WHEN 'zh' THEN r.broken || ' 条有故障' ELSE r.broken || ' broken' END, CASE WHEN r.broken > 0 THEN 'worse' END),
					(2, CASE $3 WHEN 'zh' THEN '等待中' ELSE 'Waiting' END, coalesce(r.waits, 0), CASE $3 WHEN 'zh' THEN '等待结果的事项' ELSE 'for something to happen' END, NULL),
					(3, CASE $3 WHEN 'zh' THEN '近七日触发' ELSE 'Fired in seven days' END, f.week,
					 CASE $3 WHEN 'zh' THEN '前七日 ' || f.before ELSE f.before || ' in the seven before' END, NULL),
					(4, CASE $3 WHEN 'zh' THEN '待发消息' ELSE 'Messages waiting' END, coalesce(o.waiting, 0),
					 CASE $3 WHEN 'zh' THEN coalesce(o.trouble, 0) || ' 条有问题' ELSE coalesce(o.trouble, 0) || ' in trouble' END,
					 CASE WHEN o.trouble > 0 THEN 'worse' END)) AS x(n, label, value, note, verdict)
			ORDER BY x.n $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Each rule', 'title_zh', '各条规则', 'wide', true,
			'units', jsonb_build_array('', '', 'band', 'count', 'count', 'count', ''),
			'note_en', 'Answered: what the rule waited for has happened.', 'note_zh', '已有结果：所等待的事已经发生。',
			'headings_en', jsonb_build_array('Rule', 'Mode', 'State', 'Waiting', 'Fired', 'Answered', 'Last fired'),
			'headings_zh', jsonb_build_array('规则', '模式', '状态', '等待中', '触发', '已有结果', '最近触发'), 'query', $q$
			SELECT r.rule, CASE WHEN $3 <> 'zh' THEN r.mode ELSE CASE r.mode WHEN 'live' THEN '运行' WHEN 'shadow' THEN '影子' ELSE '草稿' END END AS mode, CASE r.state WHEN 'ok' THEN 'ok' ELSE 'fail' END AS state, r.open_waits, r.firings, r.answered,
				   to_char(r.last_firing_at, 'YYYY-MM-DD HH24:MI') AS last_fired
			FROM pulse.stat_rules AS r ORDER BY r.state = 'ok', r.firings DESC, r.rule LIMIT 50 $q$),
		jsonb_build_object('kind', 'line', 'title_en', 'Fired a day', 'title_zh', '每日触发', 'unit', 'count', 'query', $q$
			SELECT to_char(g.day, 'MM-DD') AS day, count(f.firing_id) AS fired
			FROM (SELECT $2 - n AS day FROM generate_series(27, 0, -1) AS n) AS g
			LEFT JOIN pulse.firings AS f ON f.due_at >= g.day::timestamptz AND f.due_at < (g.day + 1)::timestamptz AND NOT f.superseded
			GROUP BY g.day ORDER BY g.day $q$),
		jsonb_build_object('kind', 'bar', 'title_en', 'Outbox', 'title_zh', '发件箱', 'unit', 'count', 'query', $q$
			SELECT CASE WHEN $3 = 'zh' THEN CASE o.channel WHEN 'mail' THEN '邮件' WHEN 'sms' THEN '短信' ELSE o.channel END ELSE o.channel END || CASE $3 WHEN 'zh' THEN '，' ELSE ', ' END || CASE WHEN $3 <> 'zh' THEN o.state ELSE CASE o.state WHEN 'queued' THEN '待发' WHEN 'claimed' THEN '发送中'
					 WHEN 'unknown' THEN '不明' WHEN 'sent' THEN '已发' WHEN 'delivered' THEN '已达' WHEN 'failed' THEN '失败' WHEN 'dead' THEN '放弃'
					 WHEN 'withdrawn' THEN '撤回' ELSE '无收件人' END END AS label, o.messages
			FROM pulse.stat_outbox AS o ORDER BY o.channel, o.state LIMIT 30 $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Due next', 'title_zh', '即将到期',
			'headings_en', jsonb_build_array('Rule', 'Key', 'Waits for', 'Due'), 'headings_zh', jsonb_build_array('规则', '对象', '等待', '到期'), 'query', $q$
			SELECT w.rule, w.key, w.waits_for, to_char(w.due_at, 'MM-DD HH24:MI') AS due
			FROM pulse.waits AS w WHERE w.due_at IS NOT NULL AND w.end_reason IS NULL ORDER BY w.due_at, w.rule, w.key LIMIT 10 $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Status', 'title_zh', '运行状态', 'wide', true, 'units', jsonb_build_array('', 'band', '', ''),
			'headings_en', jsonb_build_array('Component', 'State', 'Value', 'What to do'), 'headings_zh', jsonb_build_array('组件', '状态', '值', '怎么办'), 'query', $q$
			SELECT pulse_internal.status_text(f.about, ARRAY[f.name], $3) AS component, f.state, pulse_internal.status_text(f.says, f.says_of, $3) AS value,
				   pulse_internal.status_text(f.advice, f.advice_of, $3) AS what_to_do
			FROM pulse_internal.found AS f ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], f.state), 1, 3 $q$)),
		title_zh);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_rule_page(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_rule_page(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_rule_page(text, text, text) IS
'Makes a page that shows how the rules are doing: which are live or broken, waits open, firings by day, the outbox by channel and state, what comes due next, and pulse.status. Errors: as create_page().';
-- ---- report: pages ------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.report_html(name text, scope text DEFAULT NULL, as_of date DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'sp_report_html';
REVOKE ALL ON FUNCTION pulse.report_html(text, text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.report_html(text, text, date, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_owner;
COMMENT ON FUNCTION pulse.report_html(text, text, date, text) IS
'A page as one HTML document that refers to nothing outside itself and holds no script: for phone, screen and print, light and dark, in English or Chinese (lang ''en'', ''zh''; NULL: the setting). scope: the part it is of, as its queries understand it (NULL: everything); as_of: the day it is read (NULL: today in the business time zone). Figures are also in data-value attributes as the queries gave them. Queries run as the page''s author; those that read a table with row-level security that holds for you run as you, and call no VOLATILE function and none of the author. Save it with: psql -XAtc "SELECT pulse.report_html(''rules'')" >page.html. Errors: SP753 unknown page, 22008 the day, 22023 the language, 42501 a table with row-level security that you may not read, and what a query raises.';

CREATE OR REPLACE FUNCTION pulse.report_text(name text, scope text DEFAULT NULL, as_of date DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'sp_report_text';
REVOKE ALL ON FUNCTION pulse.report_text(text, text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.report_text(text, text, date, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_owner;
COMMENT ON FUNCTION pulse.report_text(text, text, date, text) IS
'The same page as plain text for a message: its figures and the first five rows of each table. Arguments and errors as report_html().';

CREATE OR REPLACE FUNCTION pulse_internal.save_page(name text, title_en text, title_zh text, sections jsonb, freshness text,
		recipients text, send_at time, replace_it boolean) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_page';
REVOKE ALL ON FUNCTION pulse_internal.save_page(text, text, text, jsonb, text, text, time, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_page(text, text, text, jsonb, text, text, time, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.page_recipients(name text, as_of date) RETURNS text[]
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_page_recipients';
REVOKE ALL ON FUNCTION pulse_internal.page_recipients(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.page_recipients(text, date) TO pulse_owner;

-- What is wrong with the sections of a page, in words; NULL: nothing.
CREATE OR REPLACE FUNCTION pulse_internal.section_problem(sections jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN sections IS NULL OR jsonb_typeof(sections) <> 'array' OR jsonb_array_length(sections) NOT BETWEEN 1 AND 40
			THEN 'Sections are an array of 1 to 40 objects.'
		ELSE (SELECT format('Section %s: %s.', x.n, CASE
				WHEN jsonb_typeof(x.s) <> 'object' THEN 'it is no object'
				WHEN coalesce(x.s ->> 'kind', '') NOT IN ('figures', 'table', 'line', 'bar', 'stack', 'bands', 'heat_map', 'funnel', 'calendar', 'text')
					THEN format('kind "%s" is none of figures, table, line, bar, stack, bands, heat_map, funnel, calendar, text', x.s ->> 'kind')
				WHEN coalesce(x.s ->> 'title_en', '') = '' THEN 'it has no title_en'
				WHEN coalesce(x.s ->> 'query', '') = '' THEN 'it has no query'
				WHEN x.s ? 'digits' AND x.s ->> 'digits' !~ '^([0-9]|1[0-2])$' THEN 'digits is no number from 0 to 12'
				WHEN x.s ? 'wide' AND jsonb_typeof(x.s -> 'wide') <> 'boolean' THEN 'wide is neither true nor false'
				WHEN coalesce(jsonb_typeof(x.s -> 'headings_en'), 'array') <> 'array' OR coalesce(jsonb_typeof(x.s -> 'headings_zh'), 'array') <> 'array'
					OR coalesce(jsonb_typeof(x.s -> 'units'), 'array') <> 'array' THEN 'headings and units are arrays'
				ELSE (SELECT format('"%s" is no property of a section', min(k.k)) FROM jsonb_object_keys(x.s) AS k(k)
					  WHERE k.k NOT IN ('kind', 'title_en', 'title_zh', 'note_en', 'note_zh', 'query', 'unit', 'digits', 'headings_en', 'headings_zh', 'units', 'wide')
					  HAVING count(*) > 0) END)
			  FROM jsonb_array_elements(sections) WITH ORDINALITY AS x(s, n)
			  WHERE jsonb_typeof(x.s) <> 'object'
				 OR coalesce(x.s ->> 'kind', '') NOT IN ('figures', 'table', 'line', 'bar', 'stack', 'bands', 'heat_map', 'funnel', 'calendar', 'text')
				 OR coalesce(x.s ->> 'title_en', '') = '' OR coalesce(x.s ->> 'query', '') = ''
				 OR (x.s ? 'digits' AND x.s ->> 'digits' !~ '^([0-9]|1[0-2])$') OR (x.s ? 'wide' AND jsonb_typeof(x.s -> 'wide') <> 'boolean')
				 OR coalesce(jsonb_typeof(x.s -> 'headings_en'), 'array') <> 'array' OR coalesce(jsonb_typeof(x.s -> 'headings_zh'), 'array') <> 'array'
				 OR coalesce(jsonb_typeof(x.s -> 'units'), 'array') <> 'array'
				 OR EXISTS (SELECT FROM jsonb_object_keys(CASE jsonb_typeof(x.s) WHEN 'object' THEN x.s ELSE '{}' END) AS k(k)
							WHERE k.k NOT IN ('kind', 'title_en', 'title_zh', 'note_en', 'note_zh', 'query', 'unit', 'digits', 'headings_en', 'headings_zh', 'units', 'wide'))
			  ORDER BY x.n LIMIT 1) END;
END;
REVOKE ALL ON FUNCTION pulse_internal.section_problem(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.section_problem(jsonb) TO pulse_admin, pulse_author;

-- checked, written, and tried: a page that cannot be shown is none
CREATE OR REPLACE FUNCTION pulse_internal.put_page(name text, title_en text, title_zh text, sections jsonb, freshness text,
		recipients text, send_at time, replace_it boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	problem text := CASE WHEN sections IS NOT NULL OR NOT replace_it THEN pulse_internal.section_problem(sections) END;
BEGIN
	IF coalesce(name, '') = '' OR (coalesce(title_en, '') = '' AND NOT replace_it) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a page needs a name and a title',
			DETAIL = 'One of them is null or empty.', HINT = 'Type pulse.create_page(''sales'', ''Sales'', ...).';
	ELSIF problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('page "%s" cannot be made', name),
			DETAIL = problem,
			HINT = 'A section is such as {"kind": "line", "title_en": "Sales", "title_zh": "销售", "query": "SELECT day, sum(total) FROM app.sale WHERE day < $2 GROUP BY 1 ORDER BY 1", "unit": "CNY"}.';
	END IF;
	PERFORM pulse_internal.save_page(name, title_en, title_zh, sections, freshness, recipients, send_at, replace_it);
	PERFORM pulse.report_html(name);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.put_page(text, text, text, jsonb, text, text, time, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.put_page(text, text, text, jsonb, text, text, time, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_page(name text, title_en text, sections jsonb, title_zh text DEFAULT NULL,
		freshness text DEFAULT NULL, recipients text DEFAULT NULL, send_at time DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.put_page(create_page.name, create_page.title_en, create_page.title_zh, create_page.sections,
		create_page.freshness, create_page.recipients, create_page.send_at, false);
END;
REVOKE ALL ON FUNCTION pulse.create_page(text, text, jsonb, text, text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_page(text, text, jsonb, text, text, text, time) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_page(text, text, jsonb, text, text, text, time) IS
'Makes a page of sections, an array of objects with kind, title_en, title_zh, query, and as wanted unit, digits, note_en, note_zh, headings_en and headings_zh (of columns), units (of a table''s columns, also "band" and "sparkline"), wide. A query is one SELECT with names in full; $1 is the scope (text, NULL: everything), $2 the day (date), $3 the language; it runs as you, and admins, authors and analysts may see the page. By kind it gives: figures (label, value, and unit, digits, note, verdict better or worse), table (any columns), line, bar, stack (label, one column per series), bands (label, value; label a colour), heat_map (row, column, value), funnel (label, value), calendar (day, value), text (paragraphs). freshness: a query of source, watermark and what is missing (NULL: complete), shown on top. recipients: a query of scope and staff id; each gets the page of that scope as text, daily at send_at in the business time zone, or by send_page(). Errors: 22023 what is wrong with it, 42710 the name is taken, and what a query raises when it is tried.';

CREATE OR REPLACE FUNCTION pulse.alter_page(name text, title_en text DEFAULT NULL, sections jsonb DEFAULT NULL, title_zh text DEFAULT NULL,
		freshness text DEFAULT NULL, recipients text DEFAULT NULL, send_at time DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.put_page(alter_page.name, alter_page.title_en, alter_page.title_zh, alter_page.sections,
		alter_page.freshness, alter_page.recipients, alter_page.send_at, true);
END;
REVOKE ALL ON FUNCTION pulse.alter_page(text, text, jsonb, text, text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_page(text, text, jsonb, text, text, text, time) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_page(text, text, jsonb, text, text, text, time) IS
'Changes what is given of a page; sections replace all sections. From then on it runs as you. Errors: SP753 unknown page, 42501 not yours; else as create_page().';

CREATE OR REPLACE FUNCTION pulse.drop_page(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_page';
REVOKE ALL ON FUNCTION pulse.drop_page(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_page(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_page(text) IS
'Drops a page; messages that hold it stay. Errors: SP753 unknown page, 42501 not yours.';

CREATE OR REPLACE FUNCTION pulse.check_page(name text, OUT language text, OUT problem text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	FOREACH language IN ARRAY ARRAY['en', 'zh'] LOOP
		BEGIN
			PERFORM pulse.report_html(check_page.name, NULL, NULL, language);
			PERFORM pulse.report_text(check_page.name, NULL, NULL, language);
		EXCEPTION
			WHEN SQLSTATE 'SP753' OR query_canceled THEN
				RAISE;
			WHEN others THEN
				GET STACKED DIAGNOSTICS what_to_do = PG_EXCEPTION_CONTEXT;
				problem := sqlerrm;
				what_to_do := 'Mend it' || coalesce(': ' || (regexp_match(what_to_do, '(?:^|\n)([^\n]* of page "[^\n]*")'))[1], '.');
				RETURN NEXT;
		END;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse.check_page(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_page(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_page(text) IS
'Tries a page of everything for today in both languages: a row for each that cannot be shown, with the error and the section it is in. No rows: all is well. Error SP753: unknown page.';

-- ---- report: pages as messages ---------------------------------------------------------

-- One message per recipient, page, day and scope; the row of the page is locked, so
-- that two who send at once do not both.
CREATE OR REPLACE FUNCTION pulse.send_page(name text, as_of date DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	page pulse_internal.page;
	day date := coalesce(as_of, pulse.day_of(pulse.clock()));
	reader record;
	message bigint;
	sent bigint := 0;
BEGIN
	SELECT p.* INTO page FROM pulse_internal.page AS p WHERE p.name = send_page.name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP753', MESSAGE = format('unknown page "%s"', send_page.name),
			DETAIL = 'There is no page of that name.', HINT = 'Look at SELECT name FROM pulse.pages.';
	ELSIF page.recipients IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('page "%s" has no recipients', send_page.name),
			DETAIL = 'A query of scope and staff id says who gets it.',
			HINT = format('SELECT pulse.alter_page(%L, recipients => ''SELECT region, director_id FROM app.region'');', send_page.name);
	END IF;
	-- who had no address then may have one now
	WITH again AS (
		DELETE FROM pulse_internal.page_message AS s USING pulse_internal.delivery AS d
		WHERE s.page_id = page.page_id AND s.as_of = day AND d.message_id = s.message_id AND d.state = 'unaddressed'
		RETURNING s.message_id
	), forgotten AS (
		DELETE FROM pulse_internal.delivery AS d USING again AS a WHERE d.message_id = a.message_id
	)
	DELETE FROM pulse_internal.message AS m USING again AS a WHERE m.message_id = a.message_id;
	FOR reader IN
		WITH pair AS (
			SELECT r.texts[2 * n.n - 1] AS scope, r.texts[2 * n.n] AS staff
			FROM (SELECT pulse_internal.page_recipients(send_page.name, day) AS texts) AS r,
				 LATERAL generate_series(1, cardinality(r.texts) / 2) AS n(n)
		)
		SELECT DISTINCT w.scope, w.staff, p.name, c.channel, pulse_internal.address(c.channel, p.id, p.email, p.mobile) AS recipient,
			   CASE WHEN p.language IN ('en', 'zh') THEN p.language ELSE pulse.setting('language') END AS language
		FROM pair AS w LEFT JOIN pulse_internal.people(true) AS p ON p.id = w.staff,
			 LATERAL (SELECT pulse_internal.reachable_channel('mail', p.channel, p.id, p.email, p.mobile) AS channel) AS c
		WHERE NOT EXISTS (SELECT FROM pulse_internal.page_message AS s
						  WHERE s.page_id = page.page_id AND s.as_of = day AND s.scope = w.scope AND s.staff = w.staff)
		ORDER BY w.scope, w.staff
	LOOP
		INSERT INTO pulse_internal.message (verb, found_by, staff, recipient_name, channel, recipient, language, subject, body, variables,
											created_at, not_before)
		SELECT 'report', 'page', reader.staff, reader.name, coalesce(reader.channel, 'mail'), reader.recipient, reader.language,
			   pulse_internal.one_line(split_part(t.body, E'\n', 1) || ' ' || split_part(t.body, E'\n', 2)),
			   -- a text message takes its first lines
			   CASE reader.channel WHEN 'sms' THEN left(t.body, 300) ELSE t.body END,
			   jsonb_build_object('page', page.name, 'scope', reader.scope, 'as_of', day),
			   pulse.clock(), pulse.clock()
		FROM (SELECT btrim(pulse.report_text(page.name, nullif(reader.scope, ''), day, reader.language), E' \n') AS body) AS t
		RETURNING message_id INTO message;
		INSERT INTO pulse_internal.queue (message_id, not_before, channel)
		SELECT message, pulse.clock(), coalesce(reader.channel, 'mail') WHERE reader.recipient IS NOT NULL;
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)
		SELECT message, clock_timestamp(), 0, 0, 'unaddressed' WHERE reader.recipient IS NULL;
		INSERT INTO pulse_internal.page_message (page_id, as_of, scope, staff, message_id)
		VALUES (page.page_id, day, reader.scope, reader.staff, message);
		sent := sent + 1;
	END LOOP;
	IF sent > 0 THEN
		PERFORM pg_notify('pulse_outbox', '');
	END IF;
	RETURN sent;
END
$$;
ALTER FUNCTION pulse.send_page(text, date) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.send_page(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.send_page(text, date) TO pulse_admin;
COMMENT ON FUNCTION pulse.send_page(text, date) IS
'Writes a page into the outbox, as text and in the reader''s language, once for each recipient, scope and day (NULL: today), and returns how many it wrote: a second call writes none. Who has no address gets a message of state unaddressed, which the next call tries again. Errors: SP753 unknown page, 22023 it has no recipients, and what a query raises.';

-- the job of the tick: a page that fails is tried again a minute later
CREATE OR REPLACE FUNCTION pulse_internal.send_pages() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	failure text;
	today date := pulse.day_of(pulse.clock());
BEGIN
	FOR due IN
		SELECT p.page_id, p.name FROM pulse_internal.page AS p
		WHERE p.send_at <= (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::time
		  AND p.sent_for IS DISTINCT FROM today AND p.recipients IS NOT NULL
		ORDER BY p.page_id
	LOOP
		failure := NULL;
		BEGIN
			PERFORM pulse.send_page(due.name, today);
		EXCEPTION WHEN query_canceled OR admin_shutdown OR deadlock_detected OR serialization_failure THEN
			RAISE;
		WHEN others THEN
			failure := sqlerrm;
		END;
		UPDATE pulse_internal.page AS p
		SET sent_for = CASE WHEN failure IS NULL THEN today ELSE p.sent_for END, reason = failure
		WHERE p.page_id = due.page_id;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.send_pages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.send_pages() TO pulse_owner;
-- ---- report: pilots --------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.save_pilot(name text, definition jsonb) RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_pilot';
REVOKE ALL ON FUNCTION pulse_internal.save_pilot(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_pilot(text, jsonb) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.pilot_rows(name text, since date, until date,
		OUT member text, OUT day date, OUT control boolean, OUT value double precision) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_pilot_rows';
REVOKE ALL ON FUNCTION pulse_internal.pilot_rows(text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pilot_rows(text, date, date) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst;

-- What is wrong with a pilot, in words; NULL: nothing.
CREATE OR REPLACE FUNCTION pulse_internal.pilot_problem(name text, baseline daterange, started date, until date, relation regclass, day text,
		value text, kpi text, member text, control text, direction text, level double precision, block int, today date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN coalesce(name, '') = '' THEN 'It has no name.'
		WHEN baseline IS NULL OR isempty(baseline) OR lower_inf(baseline) OR upper_inf(baseline) THEN 'The baseline is a range of days with both ends.'
		WHEN upper(baseline) > today THEN 'The baseline is not over yet: it could not be frozen.'
		WHEN started IS NULL OR started < upper(baseline) THEN 'It starts before its baseline ends, or at no time.'
		WHEN until <= started THEN 'It ends before it starts.'
		WHEN (relation IS NULL) = (kpi IS NULL) THEN 'It is judged by a relation or by a KPI, one of them.'
		WHEN relation IS NOT NULL AND (day IS NULL OR value IS NULL) THEN 'A relation needs the column of the day and that of the value.'
		WHEN kpi IS NOT NULL AND (member IS NOT NULL OR control IS NOT NULL) THEN 'A KPI has no members.'
		WHEN control IS NOT NULL AND member IS NULL THEN 'A control is a group of members.'
		WHEN direction IS NULL OR direction NOT IN ('up', 'down') THEN 'The direction is ''up'' where more is better, or ''down''.'
		WHEN level IS NULL OR level NOT BETWEEN 0.5 AND 0.999 THEN 'The level is from 0.5 to 0.999.'
		WHEN block IS NULL OR block NOT BETWEEN 1 AND 366 THEN 'A block is of 1 to 366 days.'
	END;
REVOKE ALL ON FUNCTION pulse_internal.pilot_problem(text, daterange, date, date, regclass, text, text, text, text, text, text, double precision, int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pilot_problem(text, daterange, date, date, regclass, text, text, text, text, text, text, double precision, int, date)
	TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_pilot(name text, baseline daterange, started date, direction text,
		relation regclass DEFAULT NULL, day text DEFAULT NULL, value text DEFAULT NULL, member text DEFAULT NULL, control text DEFAULT NULL,
		condition text DEFAULT NULL, kpi text DEFAULT NULL, scope text DEFAULT NULL, until date DEFAULT NULL, unit text DEFAULT 'number',
		target numeric DEFAULT NULL, cost numeric DEFAULT NULL, value_per_unit numeric DEFAULT NULL, currency text DEFAULT NULL,
		level double precision DEFAULT 0.95, block int DEFAULT 7) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	problem text := pulse_internal.pilot_problem(name, baseline, started, until, relation, day, value, kpi, member, control, direction, level, block,
												 pulse.day_of(pulse.clock()));
	query text;
BEGIN
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('pilot "%s" cannot be made', name), DETAIL = problem,
			HINT = 'Type pulse.create_pilot(''route planning'', baseline => ''[2026-01-05,2026-03-02)'', started => ''2026-03-02'', direction => ''up'', relation => ''app.visit_day'', day => ''day'', value => ''visits'', member => ''rep'', control => ''NOT in_pilot'').';
	END IF;
	PERFORM pulse.format_figure(0, unit);
	query := CASE WHEN kpi IS NULL THEN
		format('SELECT (%s)::text AS member, (%s)::date AS day, (%s)::numeric AS value, (%s)::boolean AS control FROM %s WHERE (%s)::date >= $1 AND (%s)::date < $2%s',
			   coalesce(member, 'NULL'), day, value, coalesce(control, 'false'), relation, day, day, ' AND (' || condition || ')')
	ELSE
		format('SELECT NULL::text AS member, g.d::date AS day, pulse.kpi_value(%L, pulse.period_of(g.d::date, ''day''), %L) AS value, false AS control FROM generate_series($1::timestamp, $2 - 1, interval ''1 day'') AS g(d)',
			   kpi, scope)
	END;
	RETURN pulse_internal.save_pilot(name, jsonb_build_object('query', query, 'by_member', member IS NOT NULL, 'has_control', control IS NOT NULL,
		'baseline_since', lower(baseline), 'baseline_until', upper(baseline), 'started', started, 'until', until, 'unit', unit,
		'direction', direction, 'target', target, 'cost', cost, 'value_per_unit', value_per_unit,
		'currency', coalesce(currency, pulse.setting('currency')), 'level', level, 'block', block));
END
$$;
REVOKE ALL ON FUNCTION pulse.create_pilot(text, daterange, date, text, regclass, text, text, text, text, text, text, text, date, text, numeric, numeric, numeric, text, double precision, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_pilot(text, daterange, date, text, regclass, text, text, text, text, text, text, text, date, text, numeric, numeric, numeric, text, double precision, int)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_pilot(text, daterange, date, text, regclass, text, text, text, text, text, text, text, date, text, numeric, numeric, numeric, text, double precision, int) IS
'Begins a pilot: what is tried from "started" (until before "until"), judged by figures of a relation (day, value and, better, member: a store, a rep; several rows of one member and day are added up, days without a row do not count) or by a KPI per day. The figures of the baseline, which must be over, are copied now and frozen; their number is returned. control: a condition that says which members it is not tried on, so that what happens to all does not count as its success. direction: up where more is better. target: of the mean after. cost of the pilot, and value_per_unit of money for each unit of improvement per member and day, give the return. level of the interval. Without members, means of "block" days are compared, since days depend on each other. It reads with your rights; admins, authors and analysts may see the report. Errors: 22023 what is wrong with it, 42710 the name is taken, and what the expressions raise.';

CREATE OR REPLACE FUNCTION pulse.drop_pilot(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_pilot';
REVOKE ALL ON FUNCTION pulse.drop_pilot(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_pilot(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_pilot(text) IS
'Drops a pilot with its frozen baseline. Errors: SP754 unknown pilot, 42501 not yours.';
-- ---- report: what came of a pilot ---------------------------------------------------------

-- Means before and after, and the interval of their difference, by the way that
-- the figures allow: members before and after; the same against a control; or
-- means of blocks of days.
CREATE OR REPLACE FUNCTION pulse_internal.pilot_effect(pilot_id int, as_of date, OUT method text, OUT members bigint, OUT days bigint,
		OUT n_before bigint, OUT n_after bigint, OUT before_mean double precision, OUT after_mean double precision,
		OUT difference double precision, OUT low double precision, OUT high double precision)
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pilot pulse_internal.pilot;
BEGIN
	SELECT p.* INTO pilot FROM pulse_internal.pilot AS p WHERE p.pilot_id = pilot_effect.pilot_id;
	as_of := least(as_of + 1, pilot.until);		-- the day after the last that counts
	IF pilot.by_member THEN
		WITH then_and_now AS (
			SELECT b.member, b.control, avg(b.value) AS value, 1 AS phase, NULL::bigint AS days FROM pulse_internal.pilot_baseline AS b
			WHERE b.pilot_id = pilot.pilot_id GROUP BY 1, 2
			UNION ALL
			SELECT r.member, r.control, avg(r.value), 2, count(DISTINCT r.day) FROM pulse_internal.pilot_rows(pilot.name, pilot.started, as_of) AS r GROUP BY 1, 2
		), change AS (
			SELECT t.member, t.control, max(t.value) FILTER (WHERE t.phase = 1) AS before, max(t.value) FILTER (WHERE t.phase = 2) AS after, max(t.days) AS days
			FROM then_and_now AS t GROUP BY 1, 2 HAVING count(*) = 2
		), found AS (
			SELECT coalesce(array_agg(c.after - c.before ORDER BY c.member) FILTER (WHERE NOT c.control), '{}') AS changes,
				   coalesce(array_agg(c.after - c.before ORDER BY c.member) FILTER (WHERE c.control), '{}') AS control_changes,
				   count(*) FILTER (WHERE NOT c.control) AS members, max(c.days) FILTER (WHERE NOT c.control) AS days,
				   avg(c.before) FILTER (WHERE NOT c.control) AS before_mean, avg(c.after) FILTER (WHERE NOT c.control) AS after_mean
			FROM change AS c
		)
		SELECT CASE WHEN pilot.has_control THEN 'members against control' ELSE 'members before and after' END, f.members, f.days,
			   CASE WHEN pilot.has_control THEN cardinality(f.control_changes) ELSE f.members END, f.members, f.before_mean, f.after_mean,
			   i.difference, i.low, i.high
		INTO method, members, days, n_before, n_after, before_mean, after_mean, difference, low, high
		FROM found AS f, LATERAL (
			SELECT d.* FROM pulse.bootstrap_difference(f.control_changes, f.changes, pilot.level) AS d WHERE pilot.has_control
			UNION ALL
			SELECT m.* FROM pulse.bootstrap_mean(f.changes, pilot.level) AS m WHERE NOT pilot.has_control) AS i;
	ELSE
		WITH daily AS (
			SELECT 1 AS phase, b.day, (b.day - pilot.baseline_since) / pilot.block AS block, b.value FROM pulse_internal.pilot_baseline AS b
			WHERE b.pilot_id = pilot.pilot_id
			UNION ALL
			SELECT 2, r.day, (r.day - pilot.started) / pilot.block, r.value FROM pulse_internal.pilot_rows(pilot.name, pilot.started, as_of) AS r
		), block AS (
			-- a block that is less than half there would weigh as much as a whole one
			SELECT d.phase, d.block, avg(d.value) AS value FROM daily AS d GROUP BY 1, 2 HAVING count(*) * 2 >= pilot.block
		), found AS (
			SELECT coalesce(array_agg(b.value ORDER BY b.block) FILTER (WHERE b.phase = 1), '{}') AS before,
				   coalesce(array_agg(b.value ORDER BY b.block) FILTER (WHERE b.phase = 2), '{}') AS after
			FROM block AS b
		)
		SELECT format('means of %s days', pilot.block), 1, (SELECT count(*) FROM daily AS d WHERE d.phase = 2), cardinality(f.before), cardinality(f.after),
			   (SELECT avg(v) FROM unnest(f.before) AS v), (SELECT avg(v) FROM unnest(f.after) AS v), d.difference, d.low, d.high
		INTO method, members, days, n_before, n_after, before_mean, after_mean, difference, low, high
		FROM found AS f, LATERAL pulse.bootstrap_difference(f.before, f.after, pilot.level) AS d;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.pilot_effect(int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pilot_effect(int, date) TO pulse_admin, pulse_author, pulse_analyst;

-- an end of an interval as a figure; an infinite one is none
CREATE OR REPLACE FUNCTION pulse_internal.finite_figure(value double precision) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN value > '-Infinity' AND value < 'Infinity' THEN value::numeric END;
REVOKE ALL ON FUNCTION pulse_internal.finite_figure(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.finite_figure(double precision) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.pilot_report(name text, as_of date DEFAULT NULL, lang text DEFAULT NULL,
		OUT verdict text, OUT method text, OUT members bigint, OUT days bigint, OUT n_before bigint, OUT n_after bigint,
		OUT before_mean numeric, OUT after_mean numeric, OUT difference numeric, OUT low numeric, OUT high numeric, OUT relative numeric,
		OUT target_reached boolean, OUT gain numeric, OUT gain_low numeric, OUT gain_high numeric, OUT cost numeric,
		OUT roi numeric, OUT roi_low numeric, OUT roi_high numeric, OUT sentence text) RETURNS record
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pilot pulse_internal.pilot;
	effect record;
	zh boolean := coalesce(lang, pulse.setting('language')) = 'zh';
	side numeric;
	worth numeric;
BEGIN
	SELECT p.* INTO pilot FROM pulse_internal.pilot AS p WHERE p.name = pilot_report.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP754', MESSAGE = format('unknown pilot "%s"', pilot_report.name),
			DETAIL = 'There is no pilot of that name.', HINT = 'Look at SELECT name FROM pulse.pilots.';
	END IF;
	SELECT e.* INTO effect FROM pulse_internal.pilot_effect(pilot.pilot_id, coalesce(as_of, pulse.day_of(pulse.clock()) - 1)) AS e;
	method := effect.method;
	members := effect.members;
	days := coalesce(effect.days, 0);
	n_before := effect.n_before;
	n_after := effect.n_after;
	before_mean := pulse_internal.finite_figure(effect.before_mean);
	after_mean := pulse_internal.finite_figure(effect.after_mean);
	difference := pulse_internal.finite_figure(effect.difference);
	low := pulse_internal.finite_figure(effect.low);
	high := pulse_internal.finite_figure(effect.high);
	relative := difference * 100 / nullif(abs(before_mean), 0);
	target_reached := CASE pilot.direction WHEN 'up' THEN after_mean >= pilot.target ELSE after_mean <= pilot.target END;
	verdict := CASE WHEN low IS NULL AND high IS NULL THEN 'too little data'
		WHEN CASE pilot.direction WHEN 'up' THEN low > 0 ELSE high < 0 END THEN 'shown'
		WHEN CASE pilot.direction WHEN 'up' THEN high < 0 ELSE low > 0 END THEN 'worse' ELSE 'not shown' END;
	side := CASE pilot.direction WHEN 'up' THEN 1 ELSE -1 END;
	worth := pilot.value_per_unit * members * days * side;
	cost := pilot.cost;
	gain := round(difference * worth, 2);
	gain_low := round(CASE pilot.direction WHEN 'up' THEN low ELSE high END * worth, 2);
	gain_high := round(CASE pilot.direction WHEN 'up' THEN high ELSE low END * worth, 2);
	roi := round((gain - cost) * 100 / nullif(cost, 0), 1);
	roi_low := round((gain_low - cost) * 100 / nullif(cost, 0), 1);
	roi_high := round((gain_high - cost) * 100 / nullif(cost, 0), 1);
	sentence := CASE WHEN zh THEN
		format('%s：%s → %s', pilot.name, pulse.format_figure(before_mean, pilot.unit, NULL, 'zh'), pulse.format_figure(after_mean, pilot.unit, NULL, 'zh'))
		|| CASE verdict WHEN 'too little data' THEN '；数据太少，无法判断。'
			ELSE format('；效果 %s（%s %% 区间 %s 至 %s）：%s。', pulse.format_change(difference, pilot.unit, NULL, 'zh'), pilot.level * 100,
				pulse.format_change(low, pilot.unit, NULL, 'zh'), pulse.format_change(high, pilot.unit, NULL, 'zh'),
				CASE verdict WHEN 'shown' THEN '有效' WHEN 'worse' THEN '变差' ELSE '未显示效果' END) END
		|| coalesce(format(' 投入 %s，回报率 %s。', pulse.format_figure(cost, pilot.currency, 0, 'zh'),
			CASE verdict WHEN 'shown' THEN pulse.format_change(roi, 'relative', 0, 'zh') ELSE '未显示' END), '')
	ELSE
		format('%s: %s → %s', pilot.name, pulse.format_figure(before_mean, pilot.unit, NULL, 'en'), pulse.format_figure(after_mean, pilot.unit, NULL, 'en'))
		|| CASE verdict WHEN 'too little data' THEN '; too little data to say.'
			ELSE format('; effect %s (%s %% interval %s to %s): %s.', pulse.format_change(difference, pilot.unit, NULL, 'en'), pilot.level * 100,
				pulse.format_change(low, pilot.unit, NULL, 'en'), pulse.format_change(high, pilot.unit, NULL, 'en'), verdict) END
		|| coalesce(format(' Cost %s, return %s.', pulse.format_figure(cost, pilot.currency, 0, 'en'),
			CASE verdict WHEN 'shown' THEN pulse.format_change(roi, 'relative', 0, 'en') ELSE 'not shown' END), '')
	END;
END
$$;
REVOKE ALL ON FUNCTION pulse.pilot_report(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.pilot_report(text, date, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.pilot_report(text, date, text) IS
'What came of a pilot up to as_of (NULL: yesterday): means before and after, their difference (against the control''s, where there is one) with its bootstrap interval, and the verdict: shown (the interval lies on the good side of zero), not shown (it includes zero), worse, too little data (fewer than three members or blocks on a side; low and high are NULL). gain: difference x value_per_unit x members x days, in the direction that is better, and its ends; roi: (gain - cost) / cost in percent. sentence: all of it in words, in the language asked for. The same data give the same answer. Errors: SP754 unknown pilot, and what its figures raise.';
-- ---- report: receivables, health, rules as pages ---------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.receivables_sections(items text, unit text, digits int, history boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- what was open at the end of the day
	open_now text := format($q$(SELECT i.customer, i.amount, i.due FROM (%s) AS i WHERE ($1 IS NULL OR i.scope = $1 OR starts_with(i.scope, $1 || '.'))
		AND coalesce(i.issued <= $2, true) AND coalesce(i.paid > $2, true))$q$, items);
	aged text := format($q$WITH aged AS (SELECT %s AS customer, pulse.aging(i.amount, i.due, $2) AS profile FROM %s AS i GROUP BY @by HAVING count(*) > 0)$q$, 'min(i.customer)', open_now);
	headings_en jsonb := jsonb_build_array('', 'not due', '1–30 days', '31–60', '61–90', 'over 90');
	headings_zh jsonb := jsonb_build_array('', '未到期', '1–30 天', '31–60', '61–90', '90 以上');
	sections jsonb;
BEGIN
	sections := jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'Open', 'title_zh', '未收', 'unit', unit, 'digits', digits, 'query', format($q$
			WITH p AS (SELECT pulse.aging(i.amount, i.due, $2) AS profile, count(*) AS items, count(DISTINCT i.customer) FILTER (WHERE i.due < $2) AS late
					   FROM %1$s AS i)
			SELECT x.label, x.value, x.unit, x.digits, x.note
			FROM (SELECT p.*, $3 = 'zh' AS zh FROM p) AS p, LATERAL (VALUES
				(1, CASE WHEN p.zh THEN '应收合计' ELSE 'Receivable' END, coalesce(pulse.total(p.profile), 0), %2$L::text, %3$L::int,
				 CASE WHEN p.zh THEN p.items || ' 笔未结' ELSE p.items || ' open items' END),
				(2, CASE WHEN p.zh THEN '未到期' ELSE 'Not due' END, coalesce(pulse.not_due(p.profile), 0), %2$L, %3$L, NULL),
				(3, CASE WHEN p.zh THEN '已逾期' ELSE 'Overdue' END, coalesce(pulse.overdue(p.profile), 0), %2$L, %3$L,
				 CASE WHEN p.zh THEN p.late || ' 家客户' ELSE p.late || ' customers' END),
				(4, CASE WHEN p.zh THEN '逾期占比' ELSE 'Share overdue' END,
				 round(pulse.overdue(p.profile) * 100 / nullif(pulse.total(p.profile), 0), 1), 'percent', 1, NULL)) AS x(n, label, value, unit, digits, note)
			ORDER BY x.n $q$, open_now, unit, digits)),
		jsonb_build_object('kind', 'stack', 'title_en', 'Aging', 'title_zh', '账龄', 'unit', unit, 'digits', digits,
			'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', replace(aged, '@by', '()') || $q$ SELECT CASE $3 WHEN 'zh' THEN '合计' ELSE 'All' END AS customer, b.* FROM aged AS a, LATERAL (SELECT max(f.amount) FILTER (WHERE f.bucket = 0) AS not_due, max(f.amount) FILTER (WHERE f.bucket = 1) AS d1_30,
				max(f.amount) FILTER (WHERE f.bucket = 2) AS d31_60, max(f.amount) FILTER (WHERE f.bucket = 3) AS d61_90, max(f.amount) FILTER (WHERE f.bucket = 4) AS d91_plus
				FROM pulse.buckets(a.profile) AS f) AS b $q$),
		jsonb_build_object('kind', 'stack', 'title_en', 'Who owes most past due', 'title_zh', '逾期最多的客户', 'unit', unit, 'digits', digits,
			'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', replace(aged, '@by', 'i.customer') || $q$ SELECT a.customer, b.* FROM aged AS a, LATERAL (SELECT NULL::numeric AS not_due, max(f.amount) FILTER (WHERE f.bucket = 1) AS d1_30,
				max(f.amount) FILTER (WHERE f.bucket = 2) AS d31_60, max(f.amount) FILTER (WHERE f.bucket = 3) AS d61_90, max(f.amount) FILTER (WHERE f.bucket = 4) AS d91_plus
				FROM pulse.buckets(a.profile) AS f) AS b
			WHERE pulse.overdue(a.profile) > 0 ORDER BY pulse.overdue(a.profile) DESC, a.customer LIMIT 8 $q$));
	IF history THEN
		sections := jsonb_insert(sections, '{0}', jsonb_build_object('kind', 'figures', 'title_en', 'How fast it comes in', 'title_zh', '回款速度', 'unit', 'days', 'digits', 1, 'query', format($q$
			WITH i AS (SELECT i.* FROM (%s) AS i WHERE ($1 IS NULL OR i.scope = $1 OR starts_with(i.scope, $1 || '.')) AND i.issued <= $2),
			sold AS (SELECT sum(i.amount) FILTER (WHERE i.issued > $2 - 90) AS sales, sum(i.amount) FILTER (WHERE coalesce(i.paid > $2, true)) AS receivable,
							pulse.km_median(greatest(least(coalesce(i.paid, $2), $2) - i.issued, 0)::double precision, coalesce(i.paid <= $2, false))
								FILTER (WHERE i.issued > $2 - 365 AND i.amount > 0) AS median FROM i)
			SELECT x.label, x.value, x.note
			FROM sold AS s, LATERAL (VALUES
				(1, CASE $3 WHEN 'zh' THEN '应收账款周转天数' ELSE 'Days sales outstanding' END, round((pulse.dso(s.receivable, s.sales, 90)).value, 1),
				 CASE $3 WHEN 'zh' THEN '按近 90 天销售' ELSE 'on the sales of 90 days' END),
				(2, CASE $3 WHEN 'zh' THEN '回款中位天数' ELSE 'Median days to pay' END, round(s.median::numeric, 1),
				 CASE $3 WHEN 'zh' THEN '未付的也计入' ELSE 'open ones counted as longer' END)) AS x(n, label, value, note) ORDER BY x.n $q$, items)), true) || jsonb_build_object('kind', 'line', 'title_en', 'Open at each month''s end', 'title_zh', '各月末余额', 'unit', unit, 'digits', digits,
			'headings_en', jsonb_build_array('', 'receivable', 'overdue'), 'headings_zh', jsonb_build_array('', '应收', '逾期'), 'query', format($q$
			SELECT to_char(g.day, 'YYYY-MM') AS month, coalesce(sum(i.amount), 0) AS receivable, coalesce(sum(i.amount) FILTER (WHERE i.due < g.day), 0) AS overdue
			FROM (SELECT least((date_trunc('month', $2::timestamp) - make_interval(months => n) + interval '1 month - 1 day')::date, $2) AS day
				  FROM generate_series(12, 0, -1) AS n) AS g
			LEFT JOIN (SELECT i.* FROM (%s) AS i WHERE ($1 IS NULL OR i.scope = $1 OR starts_with(i.scope, $1 || '.'))) AS i
				   ON coalesce(i.issued <= g.day, true) AND coalesce(i.paid > g.day, true)
			GROUP BY g.day ORDER BY g.day $q$, items));
	END IF;
	RETURN sections || jsonb_build_object('kind', 'table', 'title_en', 'Largest debtors past due', 'title_zh', '逾期大户', 'digits', digits, 'wide', true,
		'units', jsonb_build_array('', unit, unit, unit, 'count', ''),
		'headings_en', jsonb_build_array('Customer', 'Receivable', 'Overdue', 'Over 90 days', 'Items', 'Oldest due'),
		'headings_zh', jsonb_build_array('客户', '应收', '逾期', '90 天以上', '笔数', '最早到期'), 'query', format($q$
		SELECT i.customer, sum(i.amount) AS receivable, sum(i.amount) FILTER (WHERE i.due < $2) AS overdue,
			   coalesce(sum(i.amount) FILTER (WHERE $2 - i.due > 90), 0) AS over_90, count(*) FILTER (WHERE i.due < $2) AS items, min(i.due)::text AS oldest
		FROM %s AS i GROUP BY 1 HAVING sum(i.amount) FILTER (WHERE i.due < $2) > 0 ORDER BY 3 DESC, 1 LIMIT 15 $q$, open_now));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.receivables_sections(text, text, int, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.receivables_sections(text, text, int, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_receivables_page(name text, relation regclass, amount text, due text, customer text,
		issued text DEFAULT NULL, paid text DEFAULT NULL, scope text DEFAULT NULL, condition text DEFAULT NULL,
		unit text DEFAULT NULL, digits int DEFAULT 0, recipients text DEFAULT NULL, send_at time DEFAULT NULL,
		title_en text DEFAULT 'Receivables', title_zh text DEFAULT '应收账款') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	items text;
BEGIN
	IF num_nulls(relation, amount, due, customer) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a page of receivables needs a relation, amount, due date and customer',
			DETAIL = 'One of them is null.',
			HINT = 'Type pulse.create_receivables_page(''receivables'', ''app.invoice'', amount => ''total - paid'', due => ''due_date'', customer => ''customer_id'').';
	END IF;
	items := format($q$SELECT (%s)::text AS customer, (%s)::numeric AS amount, (%s)::date AS due, (%s)::date AS issued, (%s)::date AS paid, (%s)::text AS scope FROM %s%s$q$,
		customer, amount, due, coalesce(issued, 'NULL'), coalesce(paid, 'NULL'), coalesce(scope, 'NULL'), relation, ' WHERE ' || condition);
	PERFORM pulse.create_page(name, title_en,
		pulse_internal.receivables_sections(items, coalesce(unit, pulse.setting('currency')), digits, issued IS NOT NULL AND paid IS NOT NULL),
		title_zh, recipients => recipients, send_at => send_at);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_receivables_page(text, regclass, text, text, text, text, text, text, text, text, int, text, time, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_receivables_page(text, regclass, text, text, text, text, text, text, text, text, int, text, time, text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_receivables_page(text, regclass, text, text, text, text, text, text, text, text, int, text, time, text, text) IS
'Makes a page over a table or view with one row per open item: aging in all and of who owes most, largest debtors past due. With issued and paid (the day it was paid in full, NULL: open) amount is the whole invoice, the page can be of any past day, and shows what was open at each month''s end, DSO over 90 days and the median days to pay. amount must be of one currency and castable to numeric; all are columns or expressions. Errors: as create_page().';

CREATE OR REPLACE FUNCTION pulse.create_health_page(name text, relation regclass, model text, key text, label text DEFAULT NULL, scope text DEFAULT NULL,
		recipients text DEFAULT NULL, send_at time DEFAULT NULL, title_en text DEFAULT 'Customer health', title_zh text DEFAULT '客户健康') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_stored boolean := EXISTS (SELECT FROM pulse.stored_health AS s WHERE s.model = create_health_page.model);
	scored text;
BEGIN
	IF num_nulls(relation, model, key) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a page of health needs a relation, a model and a key',
			DETAIL = 'One of them is null.',
			HINT = 'Type pulse.create_health_page(''health'', ''app.customer_facts'', ''standard'', key => ''customer_id'').';
	END IF;
	-- a day is looked at as it ends: figures of that day are in; what is stored is known until now
	scored := format(CASE WHEN is_stored THEN $q$
		WITH moment AS MATERIALIZED (
			SELECT least(($2 + 1)::timestamptz, pulse.clock()) AS at, coalesce(s.history_since, s.created_at) AS known_since, s.refreshed_at, s.state FROM pulse.stored_health AS s WHERE s.model = %4$L
		), scored AS MATERIALIZED (
			SELECT (%1$s)::text AS key, (%2$s)::text AS label, h.score, h.band, coalesce(w.band, h.band) AS before, h.coverage, m.at
			FROM moment AS m CROSS JOIN LATERAL pulse.healths_at(%4$L, m.at) AS h JOIN %3$s AS f ON (%1$s)::text = h.customer
			LEFT JOIN LATERAL pulse.healths_at(%4$L, greatest(m.at - interval '7 days', m.known_since)) AS w ON w.customer = h.customer
			WHERE $1 IS NULL OR (%5$s)::text = $1 OR starts_with((%5$s)::text, $1 || '.')
		)$q$ ELSE $q$
		WITH scored AS MATERIALIZED (
			SELECT (%1$s)::text AS key, (%2$s)::text AS label, pulse.score(h.now) AS score, pulse.band(h.now) AS band, pulse.band(h.before) AS before,
				pulse.coverage(h.now) AS coverage, f AS facts, ($2 + 1)::timestamptz AS at
			FROM %3$s AS f, LATERAL (SELECT pulse.health(%4$L, f, ($2 + 1)::timestamptz) AS now, pulse.health(%4$L, f, ($2 - 6)::timestamptz) AS before OFFSET 0) AS h
			WHERE $1 IS NULL OR (%5$s)::text = $1 OR starts_with((%5$s)::text, $1 || '.')
		)$q$ END, key, coalesce(label, key), relation, model, coalesce(scope, 'NULL'));
	PERFORM pulse.create_page(name, title_en, jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'All customers', 'title_zh', '全部客户', 'query', scored || $q$
			SELECT x.label, x.value, x.unit, x.digits, x.note
			FROM (SELECT count(*) AS customers, avg(s.score) AS score, count(*) FILTER (WHERE s.band IS DISTINCT FROM s.before) AS turned,
						 avg(s.coverage) AS coverage FROM scored AS s) AS f,
				 LATERAL (VALUES
					(1, CASE $3 WHEN 'zh' THEN '客户数' ELSE 'Customers' END, f.customers::numeric, 'count', 0, NULL),
					(2, CASE $3 WHEN 'zh' THEN '平均得分' ELSE 'Mean score' END, round(f.score, 1), 'points', 1, CASE $3 WHEN 'zh' THEN '满分 100' ELSE 'of 100' END),
					(3, CASE $3 WHEN 'zh' THEN '七日内变档' ELSE 'Changed band' END, f.turned, 'count', 0, CASE $3 WHEN 'zh' THEN '健康档有变化的客户' ELSE 'customers, in seven days' END),
					(4, CASE $3 WHEN 'zh' THEN '数据覆盖' ELSE 'Data there' END, round(f.coverage, 1), 'percent', 0,
						CASE $3 WHEN 'zh' THEN '模型所需数据的占比' ELSE 'of what the model looks at' END)) AS x(n, label, value, unit, digits, note)
			ORDER BY x.n $q$),
		jsonb_build_object('kind', 'bands', 'title_en', 'Bands', 'title_zh', '健康档', 'unit', 'count', 'query', scored || $q$
			SELECT s.band AS label, count(*) AS value FROM scored AS s GROUP BY 1 ORDER BY min(s.score) $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Lowest scores', 'title_zh', '得分最低', 'digits', 1, 'units', jsonb_build_array('', 'points', 'band'),
			'headings_en', jsonb_build_array('Customer', 'Score', 'Band'), 'headings_zh', jsonb_build_array('客户', '得分', '健康档'), 'query', scored || $q$
			SELECT s.label, s.score, s.band FROM scored AS s ORDER BY s.score, s.key LIMIT 10 $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Changed band in seven days', 'title_zh', '七日内变档', 'units', jsonb_build_array('', 'band', 'band', 'points'), 'digits', 1,
			'headings_en', jsonb_build_array('Customer', 'From', 'To', 'Score'), 'headings_zh', jsonb_build_array('客户', '从', '到', '得分'),
			'note_en', CASE WHEN is_stored THEN 'As the history of health has it.' ELSE 'What the passing of time alone did, with the facts as they are today.' END,
			'note_zh', CASE WHEN is_stored THEN '按健康度历史记录。' ELSE '按今日数据随时间推移计算。' END, 'query', scored || $q$
			SELECT s.label, s.before, s.band AS now, s.score FROM scored AS s
			WHERE s.band IS DISTINCT FROM s.before ORDER BY s.score, s.key LIMIT 12 $q$),
		CASE WHEN is_stored THEN
			jsonb_build_object('kind', 'table', 'title_en', 'Will change band if nothing happens', 'title_zh', '若无变化将变档', 'units', jsonb_build_array('', 'band', ''),
				'headings_en', jsonb_build_array('Customer', 'Now', 'On'), 'headings_zh', jsonb_build_array('客户', '现在', '日期'), 'query', scored || format($q$
				SELECT s.label, s.band AS now, h.next_change::date AS on_day
				FROM scored AS s JOIN pulse.healths AS h ON h.model = %1$L AND h.customer = s.key
				WHERE s.at = pulse.clock() AND h.next_change < s.at + interval '14 days' ORDER BY h.next_change, s.key LIMIT 12 $q$, model))
		ELSE
			jsonb_build_object('kind', 'table', 'title_en', 'Will change band if nothing happens', 'title_zh', '若无变化将变档', 'units', jsonb_build_array('', 'band', 'band', ''),
				'headings_en', jsonb_build_array('Customer', 'Now', 'Then', 'On'), 'headings_zh', jsonb_build_array('客户', '现在', '届时', '日期'), 'query', scored || format($q$
				SELECT s.label, s.band AS now, pulse.band(pulse.health(%1$L, s.facts, n.next)) AS later, n.next::date AS on_day
				FROM scored AS s, LATERAL (SELECT pulse.next_change(%1$L, s.facts, s.at) AS next OFFSET 0) AS n
				WHERE n.next < s.at + interval '14 days' ORDER BY n.next, s.key LIMIT 12 $q$, model)) END)
		|| CASE WHEN is_stored THEN jsonb_build_array(
			jsonb_build_object('kind', 'table', 'title_en', 'Stored health', 'title_zh', '健康度存档', 'headings_en', jsonb_build_array('As of', 'Refreshed', 'State'),
				'headings_zh', jsonb_build_array('截至', '刷新于', '状态'), 'query', scored || $q$
				SELECT to_char(m.at, 'YYYY-MM-DD HH24:MI'), to_char(m.refreshed_at, 'YYYY-MM-DD HH24:MI'),
					CASE WHEN m.state = 'ok' THEN CASE $3 WHEN 'zh' THEN '正常' ELSE 'up to date' END ELSE CASE $3 WHEN 'zh' THEN '无法刷新' ELSE 'cannot be refreshed' END END FROM moment AS m $q$))
		ELSE '[]' END,
		title_zh, recipients => recipients, send_at => send_at);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_health_page(text, regclass, text, text, text, text, text, time, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_health_page(text, regclass, text, text, text, text, text, time, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_health_page(text, regclass, text, text, text, text, text, time, text, text) IS
'Makes a page over a table or view that a health model scores, one row per customer: how many are in each band, the lowest, who turned in the last seven days (as time alone moves today''s facts), and who turns within fourteen if nothing happens. key, label and scope are columns or expressions of the row, called f. Where health by the model is stored (store_health()) when the page is made, it shows that: the bands that are kept, who turned by the history, and as of when it was refreshed; key is the key that it is stored by. Errors: as create_page(), SP302 and SP303 of the model.';
-- ---- report: charts ---------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.svg_line(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_line';
COMMENT ON FUNCTION pulse.svg_line(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Lines of one series, or of several (an array of arrays with their names), over labels from left to right; a NULL is a gap. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_bar(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_bar';
COMMENT ON FUNCTION pulse.svg_bar(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Lying bars from zero, one for each label, or one for each label and series. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_stack(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_stack';
COMMENT ON FUNCTION pulse.svg_stack(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Lying bars whose parts, one for each series, add up: figures[series][label]. Colours go from cool to dark, as from not due to long overdue; figures below zero are left out. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_funnel(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_funnel';
COMMENT ON FUNCTION pulse.svg_funnel(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Stages from top to bottom, each with its figure and its share of the stage before. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_heat_map(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_heat_map';
COMMENT ON FUNCTION pulse.svg_heat_map(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'A table of cells, figures[row][column], rows called by names and columns by labels; the darker the more. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_calendar(since date, figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_calendar';
COMMENT ON FUNCTION pulse.svg_calendar(date, double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'One square a day from "since" on, weeks from left to right, Monday on top, the darker the more; a NULL is an outline. Otherwise as svg_line().';

CREATE OR REPLACE FUNCTION pulse.svg_sparkline(figures double precision[], title text DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_sparkline';
COMMENT ON FUNCTION pulse.svg_sparkline(double precision[], text, text) IS
'A line the size of a word, without axes, its last point marked. Errors: 22023 no figures, unknown language.';

CREATE OR REPLACE FUNCTION pulse_internal.sparkline_final(double precision[]) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_sparkline_final';
REVOKE ALL ON FUNCTION pulse_internal.sparkline_final(double precision[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse.svg_style() RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_style';
COMMENT ON FUNCTION pulse.svg_style() IS
'The style sheet of charts that are not standalone: variables for paper, ink and colours in light, dark and print, and the classes that use them.';
-- ---- report: the baseline of a pilot is what its author read -----------------------------
-- The owner of the table, the engine, is not held to the policies.

ALTER TABLE pulse_internal.pilot_baseline ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.pilot_baseline FOR SELECT TO pulse_admin, pulse_analyst USING (true);
CREATE POLICY own_pilots ON pulse_internal.pilot_baseline FOR SELECT TO pulse_author
	USING (pilot_id IN (SELECT p.pilot_id FROM pulse_internal.pilot AS p WHERE pg_has_role(p.author, 'USAGE')));
-- ---- report: the KPI catalogue, to look at ------------------------------------------

GRANT SELECT ON pulse_internal.kpi_version, pulse_internal.kpi_value TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.kpi TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.kpi', 'reason', '{pulse_author,pg_monitor}');

CREATE OR REPLACE VIEW pulse.kpi_versions WITH (security_invoker = true) AS
	SELECT k.name, v.version, v.version = k.version AS in_force, v.family, v.unit, v.direction, v.function_name, v.digits,
		   v.relative_digits, v.grain, v.keep, v.scopes, v.title_en, v.title_zh, v.author, v.created_at
	FROM pulse_internal.kpi AS k JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id;
COMMENT ON VIEW pulse.kpi_versions IS
'Every version of every KPI: what it was, who made it and when. pulse.kpi_value(name, period, scope, version) computes by an older one.';

CREATE OR REPLACE VIEW pulse.kpis WITH (security_invoker = true) AS
	SELECT k.name, k.version, v.family, v.unit, v.direction, v.function_name, v.digits, v.relative_digits, v.grain, v.keep,
		   v.scopes, v.title_en, v.title_zh, v.author, v.created_at, k.state,
		   CASE WHEN k.state <> 'ok' THEN pulse_internal.shown_reason('kpi', k.kpi_id::text) END AS reason, k.refreshed_at
	FROM pulse_internal.kpi AS k
	JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version;
COMMENT ON VIEW pulse.kpis IS
'The catalogue of KPIs: family, unit, direction (up: more is better), the function that computes it and its author, how it is written, what is kept for dashboards, and its state: ok, or broken at the last refresh, see reason.';

CREATE OR REPLACE VIEW pulse.kpi_values WITH (security_invoker = true) AS
	SELECT k.name AS kpi, coalesce(v.title_en, k.name) AS title_en, coalesce(v.title_zh, v.title_en, k.name) AS title_zh,
		   v.family, v.unit, v.direction, nullif(f.scope, '') AS scope, pulse.grain(f.period) AS grain, f.period::text AS period,
		   pulse.first_day(f.period) AS first_day, pulse.last_day(f.period) AS last_day, f.value, f.version, f.computed_at
	FROM pulse_internal.kpi AS k
	JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version
	JOIN pulse_internal.kpi_value AS f ON f.kpi_id = k.kpi_id;
COMMENT ON VIEW pulse.kpi_values IS
'All stored figures in one long table of built-in types, for dashboards: kpi, titles, family, unit, direction, scope (NULL: the whole), period with its grain and days, value, version of the definition, computed_at. refresh_kpis() fills it, the tick daily.';
GRANT SELECT ON pulse.kpis, pulse.kpi_versions, pulse.kpi_values TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_kpi(name text, OUT item text, OUT value text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT x.item, x.value
	FROM pulse.kpis AS k,
		LATERAL (VALUES (1, 'name', k.name), (2, 'title', coalesce(k.title_en, k.name)), (3, 'family', k.family), (4, 'unit', k.unit),
				 (5, 'better when', CASE k.direction WHEN 'up' THEN 'more' WHEN 'down' THEN 'less' ELSE 'neither' END),
				 (6, 'version', format('%s, of %s by %s', k.version, to_char(k.created_at AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD'), k.author)),
				 (7, 'function', k.function_name || '(pulse.period, text)'),
				 (8, 'definition', (SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p
									WHERE p.oid = to_regprocedure(k.function_name || '(pulse.period, text)'))),
				 (9, 'state', concat_ws(': ', k.state, k.reason))) AS x(n, item, value)
	WHERE k.name = explain_kpi.name
	ORDER BY x.n;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP751', MESSAGE = format('unknown KPI "%s"', explain_kpi.name),
			DETAIL = 'It is not in the catalogue.', HINT = 'Look at SELECT name FROM pulse.kpis.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.explain_kpi(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_kpi(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_kpi(text) IS
'What a KPI is, as rows: title, family, unit, when it is better, its version, its function with the definition it has now, its state. Error SP751: unknown KPI.';

CREATE OR REPLACE FUNCTION pulse.compare(kpis text[], before pulse.period, after pulse.period, scope text DEFAULT NULL, lang text DEFAULT NULL)
	RETURNS TABLE (kpi text, title text, family text, unit text, before_value numeric, after_value numeric, change numeric, relative numeric,
				   verdict text, before_text text, after_text text, change_text text, relative_text text)
	LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT k.name, CASE l.lang WHEN 'zh' THEN coalesce(k.title_zh, k.title_en, k.name) ELSE coalesce(k.title_en, k.name) END,
		   k.family, k.unit, f.before_value, f.after_value, d.change, d.relative,
		   CASE WHEN d.change = 0 THEN 'same' WHEN k.direction = 'none' THEN NULL
				WHEN (d.change > 0) = (k.direction = 'up') THEN 'better' WHEN d.change IS NOT NULL THEN 'worse' END,
		   pulse.format_figure(f.before_value, k.unit, k.digits, l.lang), pulse.format_figure(f.after_value, k.unit, k.digits, l.lang),
		   pulse.format_change(d.change, k.unit, k.digits, l.lang), pulse.format_change(d.relative, 'relative', k.relative_digits, l.lang)
	FROM (SELECT coalesce(compare.lang, pulse.setting('language')) AS lang) AS l,
		 LATERAL (SELECT a.name, a.n FROM unnest(compare.kpis) WITH ORDINALITY AS a(name, n)
				  UNION ALL
				  SELECT c.name, row_number() OVER (ORDER BY c.family, c.name) FROM pulse.kpis AS c WHERE compare.kpis IS NULL) AS asked,
		 LATERAL (SELECT pulse.kpi_value(asked.name, compare.before, compare.scope) AS before_value,
						 pulse.kpi_value(asked.name, compare.after, compare.scope) AS after_value OFFSET 0) AS f,
		 LATERAL (SELECT c.* FROM pulse.kpis AS c WHERE c.name = asked.name) AS k,
		 LATERAL (SELECT f.after_value - f.before_value AS change,
						 (f.after_value - f.before_value) * 100 / nullif(abs(f.before_value), 0) AS relative OFFSET 0) AS d
	ORDER BY asked.n;
END;
REVOKE ALL ON FUNCTION pulse.compare(text[], pulse.period, pulse.period, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.compare(text[], pulse.period, pulse.period, text, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.compare(text[], pulse.period, pulse.period, text, text) IS
'KPIs before and after, one row each in the order given (NULL: all): both values, their difference, the relative change in percent of the value before (NULL when that is 0), verdict (better, worse, same by the KPI''s direction), and all of it as people read it: −¥54,600 and −38.2 %, shares in percentage points (+27.4pp). Each KPI says by digits and relative_digits how it is rounded. Errors: as kpi_value().';
-- ---- report: pages, to look at ---------------------------------------------------------

GRANT SELECT ON pulse_internal.page_section TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.page TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.page', 'reason', '{pulse_author}');
REVOKE SELECT ON pulse_internal.page FROM pg_monitor;
GRANT SELECT (page_id, name, send_at, sent_for) ON pulse_internal.page TO pg_monitor;

CREATE OR REPLACE VIEW pulse.pages WITH (security_invoker = true) AS
	SELECT p.name, p.title_en, p.title_zh, (SELECT count(*) FROM pulse_internal.page_section AS s WHERE s.page_id = p.page_id) AS sections,
		   p.freshness, p.recipients, p.send_at, p.sent_for, pulse_internal.shown_reason('page', p.page_id::text) AS reason, p.author, p.created_at
	FROM pulse_internal.page AS p;
COMMENT ON VIEW pulse.pages IS
'Pages: titles, how many sections, the query of their sources'' freshness, who gets them (a query) and when, the last day they were sent for by the tick and why not since, and the author whose rights their queries have.';

CREATE OR REPLACE VIEW pulse.page_sections WITH (security_invoker = true) AS
	SELECT p.name AS page, s.ordinal, s.kind, s.title_en, s.title_zh, s.note_en, s.note_zh, s.query, s.unit, s.digits,
		   s.headings_en, s.headings_zh, s.units, s.wide
	FROM pulse_internal.page AS p JOIN pulse_internal.page_section AS s ON s.page_id = p.page_id;
COMMENT ON VIEW pulse.page_sections IS
'What stands on each page, in order: kind, titles and notes in both languages, the query, and how its figures are written.';
GRANT SELECT ON pulse.pages, pulse.page_sections TO pulse_admin, pulse_author, pulse_analyst;
-- ---- report: pilots, to look at -----------------------------------------------------------

GRANT SELECT ON pulse_internal.pilot, pulse_internal.pilot_baseline TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.pilots WITH (security_invoker = true) AS
	SELECT p.name, p.baseline_since, p.baseline_until - 1 AS baseline_last_day, p.started, p.until, p.unit, p.direction, p.target, p.cost, p.value_per_unit,
		   p.currency, p.level, p.by_member, p.has_control, p.block, p.query, p.author, p.created_at,
		   (SELECT count(*) FROM pulse_internal.pilot_baseline AS b WHERE b.pilot_id = p.pilot_id) AS baseline_figures
	FROM pulse_internal.pilot AS p;
COMMENT ON VIEW pulse.pilots IS
'Pilots: the days of the baseline and how many figures of it are frozen, when it started and ends (until: the day after its last), how it is judged, cost and value, the query of its figures and the author whose rights it has. pulse.pilot_report(name) says what came of it.';
GRANT SELECT ON pulse.pilots TO pulse_admin, pulse_author, pulse_analyst;
-- ---- report: charts over rows --------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.sparkline(value double precision) (
	SFUNC = pg_catalog.array_append, STYPE = double precision[],
	FINALFUNC = pulse_internal.sparkline_final, PARALLEL = restricted
);
COMMENT ON AGGREGATE pulse.sparkline(double precision) IS
'A line the size of a word over the rows of a group, as SVG: SELECT store, pulse.sparkline(total ORDER BY day) ... GROUP BY store. NULL is a gap.';

CREATE OR REPLACE FUNCTION pulse.svg_aging(labels text[], profiles pulse.aging_profile[], title text DEFAULT NULL,
		unit text DEFAULT 'number', digits int DEFAULT 0, lang text DEFAULT NULL, width int DEFAULT 360) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pulse.svg_stack(svg_aging.labels, array_agg(b.figures ORDER BY b.bucket), svg_aging.title, svg_aging.unit,
		array_agg(CASE WHEN b.bucket > 0 THEN b.label WHEN coalesce(svg_aging.lang, pulse.setting('language')) = 'zh' THEN '未到期' ELSE 'not due' END ORDER BY b.bucket),
		svg_aging.digits, svg_aging.lang, NULL, svg_aging.width)
	FROM (SELECT f.bucket, min(f.label) AS label, array_agg(f.amount::double precision ORDER BY p.n) AS figures
		  FROM unnest(svg_aging.profiles) WITH ORDINALITY AS p(profile, n), LATERAL pulse.buckets(p.profile) AS f
		  WHERE f.bucket >= 0 GROUP BY f.bucket) AS b;
END;
COMMENT ON FUNCTION pulse.svg_aging(text[], pulse.aging_profile[], text, text, int, text, int) IS
'Aging profiles as stacked bars, one for each label, from not due to long overdue; credits are left out. All profiles must be of the same edges. Errors: as svg_line().';
-- ---- jobs: what is due when, and how far it is ----------------------------------

CREATE TABLE pulse_internal.job (
	name text PRIMARY KEY,
	next_run_at timestamptz NOT NULL DEFAULT '-infinity',	-- by pulse.clock()
	last_run_at timestamptz,	-- by pulse.clock()
	finished_at timestamptz,	-- by the system's clock
	runs bigint NOT NULL DEFAULT 0,
	failures bigint NOT NULL DEFAULT 0,
	last_error text				-- NULL: the last run succeeded
);
COMMENT ON TABLE pulse_internal.job IS 'Work done beside the sweep, a row from its first run on; see pulse.stat_jobs.';

CREATE TABLE pulse_internal.progress (
	task text PRIMARY KEY,
	done bigint NOT NULL,
	total bigint,
	started_at timestamptz NOT NULL,
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.progress IS 'Long work under way; see pulse.progress.';

ALTER TABLE pulse_internal.job OWNER TO pulse_owner;
ALTER TABLE pulse_internal.progress OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.job', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.progress', '');
-- ---- jobs: work of the users' own ----------------------------------------------------

CREATE TABLE pulse_internal.user_job (
	name text PRIMARY KEY,
	statement text NOT NULL,
	author regrole NOT NULL,	-- whose rights it runs with
	day_time time,				-- once a day, in the business time zone
	every interval,				-- or so long after the run before
	time_limit interval,		-- NULL: setting job_time_limit
	CHECK (num_nonnulls(day_time, every) = 1 AND every > interval '0')
);
COMMENT ON TABLE pulse_internal.user_job IS 'Statements that the tick runs when they are due, as their author; see pulse.create_job().';
ALTER TABLE pulse_internal.user_job OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.user_job', '');
-- ---- jobs: the tick, and who calls it ---------------------------------------------

-- Rows of work under way, for pulse.progress; NULL more_to_do takes the row away.
CREATE OR REPLACE FUNCTION pulse_internal.report_progress(task text, more_done bigint, total bigint, more_to_do boolean)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	DELETE FROM pulse_internal.progress AS p WHERE p.task = report_progress.task AND NOT report_progress.more_to_do;
	INSERT INTO pulse_internal.progress AS p (task, done, total, started_at, changed_at)
	SELECT report_progress.task, report_progress.more_done, report_progress.total, clock_timestamp(), clock_timestamp()
	WHERE report_progress.more_to_do
	ON CONFLICT ON CONSTRAINT progress_pkey DO UPDATE
	SET done = p.done + excluded.done, total = excluded.total, changed_at = excluded.changed_at;
END;
ALTER FUNCTION pulse_internal.report_progress(text, bigint, bigint, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.report_progress(text, bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.report_progress(text, bigint, bigint, boolean) TO pulse_admin, pulse_author;

-- The instant after "since" at which a job is due again: a time of day in the
-- business time zone, whatever zone pg_cron lives in, or a while later.
CREATE OR REPLACE FUNCTION pulse_internal.next_run(since timestamptz, day_time time, every interval) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN day_time IS NULL THEN since + every
		ELSE (((since AT TIME ZONE pulse.setting('timezone'))::date
			   + CASE WHEN (since AT TIME ZONE pulse.setting('timezone'))::time < day_time THEN 0 ELSE 1 END)
			  + day_time) AT TIME ZONE pulse.setting('timezone') END;
REVOKE ALL ON FUNCTION pulse_internal.next_run(timestamptz, time, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_run(timestamptz, time, interval) TO pulse_owner;

-- Cases that nothing will ever end: their rule was dropped, their wait with it.
CREATE OR REPLACE FUNCTION pulse_internal.expire_cases() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- first by the few rules there are: most open cases have theirs
	WITH orphan AS MATERIALIZED (
		SELECT c.case_id, c.wait_id, c.rule_id, c.key FROM pulse_internal.cases AS c
		WHERE c.state IN ('open', 'acknowledged') AND c.waiting
		  AND c.rule_id NOT IN (SELECT r.rule_id FROM pulse_internal.rule AS r)
	)
	SELECT pulse_internal.close_cases(array_agg(o.case_id ORDER BY o.case_id), 'expired', 'its rule is gone', false, NULL)
	FROM orphan AS o
	WHERE NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = o.key AND w.rule_id = o.rule_id AND w.wait_id = o.wait_id);
END;
REVOKE ALL ON FUNCTION pulse_internal.expire_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.expire_cases() TO pulse_owner;

-- All work beside the sweep: its function, and a time of day or an interval.
CREATE OR REPLACE FUNCTION pulse_internal.job_definitions(
		OUT name text, OUT day_time time, OUT every interval) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.name, d.day_time, d.every
	FROM (VALUES ('maintain_events', NULL::time, interval '1 minute'),
				 ('maintain_watches', NULL, interval '1 minute'),
				 ('close_rollups', NULL, interval '1 minute'),
				 ('refresh_health', NULL, interval '1 minute'),
				 ('compare_health', time '02:00', NULL),
				 ('reassign_tasks', NULL, interval '5 minutes'),
				 ('expire_unanswered', NULL, interval '1 hour'),
				 ('forget_old', NULL, interval '1 hour'),
				 ('forget_health_history', time '03:30', NULL),
				 ('expire_cases', time '03:00', NULL),
				 ('refresh_kpis', time '05:30', NULL),
				 ('send_pages', NULL, interval '1 minute')) AS d(name, day_time, every);
END;
REVOKE ALL ON FUNCTION pulse_internal.job_definitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.job_definitions()
	TO pulse_owner, pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- Runs one job and notes what became of it: one that fails is tried again when next due;
-- neither the sweep nor the other jobs fail with it.
CREATE OR REPLACE FUNCTION pulse_internal.perform_job(name text, call text, day_time time, every interval) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	now_at timestamptz := pulse.clock();
	failure text;
BEGIN
	BEGIN
		EXECUTE call;
	EXCEPTION WHEN others THEN
		failure := sqlerrm;
	END;
	INSERT INTO pulse_internal.job AS j (name, next_run_at, last_run_at, finished_at, runs, failures, last_error)
	VALUES (perform_job.name, pulse_internal.next_run(now_at, day_time, every), now_at, clock_timestamp(), 1,
			(failure IS NOT NULL)::int, failure)
	ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE
	SET next_run_at = excluded.next_run_at, last_run_at = excluded.last_run_at, finished_at = excluded.finished_at,
		runs = j.runs + 1, failures = j.failures + excluded.failures, last_error = excluded.last_error;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.perform_job(text, text, time, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.perform_job(text, text, time, interval) TO pulse_owner;

-- Is it due?  A clock that was set back makes all due.
CREATE OR REPLACE FUNCTION pulse_internal.is_job_due(name text) RETURNS boolean
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NOT EXISTS (SELECT FROM pulse_internal.job AS j
					   WHERE j.name = is_job_due.name AND j.next_run_at > pulse.clock() AND (j.last_run_at <= pulse.clock()) IS NOT false);
END;
REVOKE ALL ON FUNCTION pulse_internal.is_job_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_job_due(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.is_any_job_due() RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM pulse_internal.job_definitions() AS d WHERE pulse_internal.is_job_due(d.name));
END;
REVOKE ALL ON FUNCTION pulse_internal.is_any_job_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_any_job_due() TO pulse_owner;

-- Runs the extension's own jobs that are due.
CREATE OR REPLACE FUNCTION pulse_internal.run_due_jobs() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
BEGIN
	FOR due IN
		SELECT d.* FROM pulse_internal.job_definitions() AS d
		WHERE pulse_internal.is_job_due(d.name) ORDER BY d.name
	LOOP
		PERFORM pulse_internal.perform_job(due.name, format('SELECT pulse_internal.%I()', due.name), due.day_time, due.every);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.run_due_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_due_jobs() TO pulse_owner;

-- Runs one of the users' jobs that is due and that nobody else is running. False: there is none.
CREATE OR REPLACE FUNCTION pulse_internal.run_user_job() RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	due record;
BEGIN
	LOOP
		SELECT u.name, u.day_time, u.every INTO due FROM pulse_internal.user_job AS u
		WHERE pulse_internal.is_job_due(u.name) ORDER BY u.name FOR UPDATE SKIP LOCKED LIMIT 1;
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		-- asked again: it may have run between the question and the lock
		IF pulse_internal.is_job_due(due.name) THEN
			PERFORM pulse_internal.perform_job(due.name, format('SELECT pulse_internal.run_job(%L)', due.name), due.day_time, due.every);
			RETURN true;
		END IF;
	END LOOP;
END
$$;
ALTER FUNCTION pulse_internal.run_user_job() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.run_user_job() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_user_job() TO pulse_admin;

-- All of them, in this transaction.
CREATE OR REPLACE FUNCTION pulse_internal.run_user_jobs() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	WHILE pulse_internal.run_user_job() LOOP
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.run_user_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_user_jobs() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.has_leaf(relation regclass, instant timestamptz) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_has_leaf';
REVOKE ALL ON FUNCTION pulse_internal.has_leaf(regclass, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.has_leaf(regclass, timestamptz)
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.note_tick(failure text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO pulse_internal.job AS j (name, last_run_at, finished_at, runs, failures, last_error)
	VALUES ('tick', pulse.clock(), clock_timestamp(), 1, (failure IS NOT NULL)::int, failure)
	ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE
	SET last_run_at = excluded.last_run_at, finished_at = excluded.finished_at,
		runs = j.runs + 1, failures = j.failures + excluded.failures, last_error = excluded.last_error;
END;
REVOKE ALL ON FUNCTION pulse_internal.note_tick(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.note_tick(text) TO pulse_owner;

-- A lock of the engine's, until the end of the transaction, that no statement of anybody
-- else takes. 1: what only one tick does; 2: acting on firings.
CREATE OR REPLACE FUNCTION pulse_internal.engine_lock(part int, wait boolean) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_engine_lock';
REVOKE ALL ON FUNCTION pulse_internal.engine_lock(int, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.engine_lock(int, boolean) TO pulse_owner;

-- One slice of everything that nobody else is doing: ticks that overlap share lanes, or
-- return at once and do nothing (busy), so they never pile up. Firings are acted on by
-- one session at a time: what is put together, or silent while another case is open, is so
-- whoever found it. While lanes share a batch, the other work is done in ticks of its own, so
-- that no lane waits for it.
CREATE OR REPLACE FUNCTION pulse_internal.tick_once(max_events int, OUT events int, OUT firings int, OUT more boolean, OUT busy boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first boolean := pulse_internal.engine_lock(1, false);
	shared boolean;
BEGIN
	IF first AND EXISTS (SELECT FROM pulse_internal.rule_change AS c WHERE c.failure IS NULL AND c.active_from <= pulse.clock()) THEN
		PERFORM pulse_internal.apply_rule_changes();
	END IF;
	SELECT c.lanes IS NOT NULL INTO shared FROM pulse_internal.consumer AS c WHERE c.name = 'rules';
	events := 0;
	firings := 0;
	more := false;
	busy := false;
	IF shared IS NULL AND NOT first THEN	-- whoever is first is about to make it
		busy := true;
		RETURN;
	END IF;
	IF first AND shared AND pulse_internal.is_any_job_due() THEN
		more := true;
	ELSE
		SELECT s.events, s.firings, s.more, s.busy INTO events, firings, more, busy FROM pulse_internal.sweep_lane(max_events) AS s;
		IF busy AND NOT first THEN
			RETURN;
		END IF;
		IF pulse_internal.engine_lock(2, NOT busy) THEN
			PERFORM pulse_internal.release_firings();
		END IF;
		first := first AND shared IS NOT TRUE;
	END IF;
	IF first THEN
		PERFORM pulse_internal.overdue_steps();
		more := pulse_internal.fold_rollups() >= 100000 OR more;	-- it folds no more at once
		PERFORM pulse_internal.run_due_jobs();
	END IF;
	PERFORM pulse_internal.note_tick(NULL);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.tick_once(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.tick_once(int) TO pulse_owner;

-- One that fails leaves nothing behind but its error; events is NULL then.
CREATE OR REPLACE FUNCTION pulse_internal.try_tick(max_events int, OUT events int, OUT firings int, OUT more boolean, OUT busy boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	failure text;
BEGIN
	BEGIN
		SELECT t.events, t.firings, t.more, t.busy INTO events, firings, more, busy FROM pulse_internal.tick_once(max_events) AS t;
	EXCEPTION WHEN others THEN
		GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
		PERFORM pulse_internal.note_tick(failure);
		events := NULL;
		firings := NULL;
		more := false;
		busy := false;
	END;
	IF NOT busy THEN
		PERFORM pulse_internal.report_progress('run', events, NULL, more);
	END IF;
END
$$;
ALTER FUNCTION pulse_internal.try_tick(int) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.try_tick(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.try_tick(int) TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.tick(max_events int DEFAULT 10000, on_failure text DEFAULT 'raise',
		OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
	IF max_events IS NULL OR max_events < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_events',
			DETAIL = 'A slice has at least one event.', HINT = 'Type a number such as 10000.';
	END IF;
	IF on_failure = 'raise' THEN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.tick_once(max_events) AS t;
	ELSIF on_failure = 'record' THEN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.try_tick(max_events) AS t;
	ELSE
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid on_failure',
			DETAIL = 'A tick that fails raises its error, or records it.', HINT = 'Type ''raise'' or ''record''.';
	END IF;
	PERFORM pulse_internal.run_user_jobs();
END
$$;
ALTER FUNCTION pulse.tick(int, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.tick(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.tick(int, text) TO pulse_admin, pulse_relay;
COMMENT ON FUNCTION pulse.tick(int, text) IS
'Does one slice of all work in one transaction: reads at most max_events events, fires rules, writes cases, messages and tasks, folds rollups, and once a minute maintains the event tables. Returns the events read, the steps that came due, and whether there is more to do at once. A tick that another one is working beside does nothing, or works for another lane (setting lanes). Jobs of create_job() run at its end, each within its time limit. on_failure ''record'' notes an error for pulse.status and returns nulls where ''raise'' raises it. Error 22023: unusable argument.';

CREATE OR REPLACE PROCEDURE pulse.run(max_seconds int DEFAULT 50)
	LANGUAGE plpgsql
AS $$
DECLARE
	slice record;
	job_ran boolean;
	until timestamptz;
BEGIN
	IF max_seconds IS NULL OR max_seconds OPERATOR(pg_catalog.<) 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_seconds',
			DETAIL = 'A run lasts at least a second.', HINT = 'Type a number such as 50.';
	END IF;
	until := pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => max_seconds);
	LOOP
		SELECT t.events, t.firings, t.more, t.busy INTO slice FROM pulse_internal.try_tick(10000) AS t;
		COMMIT;
		-- one job between two slices, in a transaction of its own
		SELECT pulse_internal.run_user_job() INTO job_ran;
		COMMIT;
		EXIT WHEN slice.events IS NULL OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>=) until;
		IF slice.busy THEN
			-- where lanes share the work another session may be about to share it out
			EXIT WHEN pulse.setting('lanes') OPERATOR(pg_catalog.=) '1' AND NOT job_ran;
			PERFORM pg_catalog.pg_sleep(0.05);
		ELSE
			EXIT WHEN NOT slice.more AND NOT job_ran;
		END IF;
	END LOOP;
	IF slice.events IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'internal_error', MESSAGE = 'the tick failed',
			DETAIL = 'What it had begun was undone; what earlier slices did stays.',
			HINT = 'SELECT * FROM pulse.stat_jobs says why; SELECT pulse.tick() shows the error in full.';
	END IF;
END
$$;
REVOKE ALL ON PROCEDURE pulse.run(int) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE pulse.run(int) TO pulse_admin;
COMMENT ON PROCEDURE pulse.run(int) IS
'Does what pulse.tick() does and commits, slice by slice, with jobs of create_job() between slices, each in a transaction of its own, until nothing is left to do or max_seconds are over. For pg_cron (pulse.schedule()) or any scheduler, each minute. Runs that overlap end at once; where setting lanes is more than 1 they share the work of the rules. Errors: 22023 unusable argument, XX000 the tick failed (see pulse.stat_jobs).';
-- ---- jobs: pg_cron, where there is one ----------------------------------------------

-- why pg_cron cannot be used from here, and what to do: message, detail, hint
CREATE OR REPLACE FUNCTION pulse_internal.cron_obstacle() RETURNS text[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	home text;
	by_hand text := ' Or let any scheduler run, each minute: psql -c "CALL pulse.run()", or start the relay with --run-every 5s.';
BEGIN
	IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		RETURN CASE WHEN NOT has_schema_privilege('cron', 'USAGE') THEN
			ARRAY['no right to use pg_cron', format('Role "%s" may not use schema cron.', current_user),
				format('Have a superuser type GRANT USAGE ON SCHEMA cron TO %I.', current_user) || by_hand] END;
	END IF;
	BEGIN
		-- not current_setting(): a line left in postgresql.conf is no pg_cron
		SELECT s.setting INTO home FROM pg_settings AS s WHERE s.name = 'cron.database_name';
		PERFORM current_setting('cron.database_name', true);
	EXCEPTION WHEN insufficient_privilege THEN
		-- it is loaded; who may not know where it lives gets the line for elsewhere
		home := 'postgres';
	END;
	IF home IS NULL THEN
		RETURN ARRAY['pg_cron is not running', 'The server has not loaded it.',
			'Install it (Debian: postgresql-' || current_setting('server_version_num')::int / 10000 || '-cron), set shared_preload_libraries = ''pg_cron'' and cron.database_name = '
			|| quote_literal(current_database()) || ', restart, type CREATE EXTENSION pg_cron.' || by_hand];
	ELSIF home = current_database() THEN
		RETURN ARRAY['pg_cron is not installed in this database', 'The server has loaded it for this database.',
			'Type CREATE EXTENSION pg_cron, then SELECT pulse.schedule() again.'];
	END IF;
	RETURN ARRAY['pg_cron lives in another database',
		format('The server keeps its jobs in the database that cron.database_name names (%s).', home),
		format('Connect to it and type SELECT cron.schedule_in_database(%L, ''* * * * *'', ''CALL pulse.run()'', %L);',
			   'salespulse ' || current_database(), current_database())];
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.cron_obstacle() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.cron_obstacle() TO pulse_admin;

-- The first lane's job has the plain name, the others have theirs behind it.
CREATE OR REPLACE FUNCTION pulse_internal.cron_job_name(lane int) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN format('salespulse %s', current_database()) || CASE WHEN cron_job_name.lane > 1 THEN format(', lane %s', cron_job_name.lane) ELSE '' END;
REVOKE ALL ON FUNCTION pulse_internal.cron_job_name(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.cron_job_name(int) TO pulse_admin;

-- Removes the jobs of all lanes above one; true: there were some. No setting has more lanes than it looks for.
CREATE OR REPLACE FUNCTION pulse_internal.drop_cron_jobs(cron name, above int) RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gone boolean;
BEGIN
	EXECUTE format('SELECT count(%1$I.unschedule(jobid)) > 0 FROM %1$I.job
					WHERE jobname = ANY ($1) AND database = current_database()', cron)
		INTO gone USING ARRAY(SELECT pulse_internal.cron_job_name(lane) FROM generate_series(above + 1, 64) AS lane);
	RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.drop_cron_jobs(name, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_cron_jobs(name, int) TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.schedule(lanes int DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text[] := pulse_internal.cron_obstacle();
	cron name := (SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = 'cron');
	job_id bigint;
	first_id bigint;
BEGIN
	IF lanes IS NOT NULL THEN
		PERFORM pulse.set_setting('lanes', lanes::text);
	END IF;
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = obstacle[1], DETAIL = obstacle[2], HINT = obstacle[3];
	END IF;
	-- a job of that name is replaced, not doubled
	FOR lane IN 1 .. pulse.setting('lanes')::int LOOP
		EXECUTE format('SELECT %I.schedule($1, $2, $3)', cron) INTO job_id
			USING pulse_internal.cron_job_name(lane), '* * * * *', 'CALL pulse.run()';
		first_id := coalesce(first_id, job_id);
	END LOOP;
	PERFORM pulse_internal.drop_cron_jobs(cron, pulse.setting('lanes')::int);
	RETURN first_id;
END
$$;
REVOKE ALL ON FUNCTION pulse.schedule(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.schedule(int) TO pulse_admin;
COMMENT ON FUNCTION pulse.schedule(int) IS
'Makes a pg_cron job that does CALL pulse.run() each minute, as you, or one for each lane where the setting lanes is more than 1; lanes: sets it. Returns the id of the first; a second call changes nothing. Errors: 22023 lanes is not from 1 to 64, 55000 pg_cron is not running here; the hint says what to type, or how to do without.';

CREATE OR REPLACE FUNCTION pulse.unschedule() RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text[] := pulse_internal.cron_obstacle();
	cron name := (SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = 'cron');
BEGIN
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = obstacle[1], DETAIL = obstacle[2],
			HINT = 'Remove the job where it was made: cron.unschedule(job_name) in the database of pg_cron, or in your scheduler.';
	END IF;
	RETURN pulse_internal.drop_cron_jobs(cron, 0);
END
$$;
REVOKE ALL ON FUNCTION pulse.unschedule() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.unschedule() TO pulse_admin;
COMMENT ON FUNCTION pulse.unschedule() IS
'Removes the pg_cron jobs that pulse.schedule() made. True: there were some. Error 55000: pg_cron is not running here.';
-- ---- jobs: the texts of pulse.status, in both languages ----------------------------------

-- One catalogue: what is found is told by the key of a text and what to put into it.
CREATE OR REPLACE FUNCTION pulse_internal.status_text(key text, said text[], lang text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format(CASE status_text.lang WHEN 'zh' THEN t.zh ELSE t.en END,
				  VARIADIC CASE WHEN status_text.lang = 'zh' THEN ARRAY(
						SELECT CASE WHEN u.s ~ '^-?\d+ (year|mon|day)s?\y.*\d\d:\d\d:\d\d$'	-- an interval
									THEN regexp_replace(regexp_replace(regexp_replace(u.s, ' years?\y', ' 年'), ' mons?\y', ' 个月'), ' days?\y', ' 天') ELSE u.s END
						FROM unnest(status_text.said) WITH ORDINALITY AS u(s, n) ORDER BY u.n)
					ELSE coalesce(status_text.said, '{}') END)
	FROM (VALUES
		-- what it is about
		('version', 'version', '版本'),
		('clock', 'clock', '时钟'),
		('tick', 'tick', '定时处理'),
		('job', 'job %s', '任务 %s'),
		('delivery', 'delivery', '投递'),
		('outbox', 'outbox', '发件箱'),
		('capture', 'capture', '采集'),
		('consumer', 'consumer %s', '消费者 %s'),
		('watch', 'watch %s', '监视 %s'),
		('event', 'event %s', '事件 %s'),
		('rule', 'rule %s', '规则 %s'),
		('report', 'report %s', '报表 %s'),
		('rollup', 'rollup %s', '汇总 %s'),
		('health', 'health %s', '健康度 %s'),
		('KPI', 'KPI %s', '指标 %s'),
		('page', 'page %s', '页面 %s'),
		('staff', 'staff', '员工映射'),
		('role', 'role %s', '角色 %s'),
		('key', 'key %s', '对象键 %s'),
		('fallback role', 'fallback role', '兜底角色'),
		-- how it is
		('as it says', '%s', '%s'),
		('library differs', 'library %s, SQL %s', '程序库 %s，SQL %s'),
		('clock stopped', 'stopped at %s (%s)', '停在 %s（%s）'),
		('failed', 'failed: %s', '失败：%s'),
		('never run', 'has never run', '从未运行'),
		('last run', 'last run %s ago', '上次运行在 %s 前'),
		('held', 'held', '已暂停'),
		('waiting', '%s waiting', '待发 %s 条'),
		('waiting since', '%s waiting, the oldest for %s', '待发 %s 条，最早的已等 %s'),
		('n unknown', '%s unknown', '%s 条结果不明'),
		('n failed', '%s failed', '%s 条失败'),
		('n dead', '%s dead', '%s 条已放弃'),
		('n unaddressed', '%s unaddressed', '%s 条无收件人'),
		('behind', '%s behind', '落后 %s'),
		('held back', '%s behind, held back by process %s since %s', '落后 %s，自 %3$s 起被进程 %2$s 挡住'),
		('gaps', '%s gaps, the first since %s', '有 %s 处缺口，最早的自 %s 起'),
		('not captured', '%s rows could not be captured, the last at %s', '%s 行未能采集，最近一次在 %s'),
		('no partition', 'no partition for the month to come', '下个月没有分区'),
		('broken', 'broken', '已失效'),
		('broken by', 'broken: %s', '已失效：%s'),
		('suspended', 'suspended', '已停用'),
		('suspended by', 'suspended: %s', '已停用：%s'),
		('stale', 'stale', '待重建'),
		('stale by', 'stale: %s', '待重建：%s'),
		('not mapped', 'not mapped', '未映射'),
		('role known', '%s', '%s'),
		('role unknown', '%s is not mapped', '%s 未映射'),
		('role of rule', '%s of rule %s', '规则 %2$s 的 %1$s'),
		('role of rule unknown', '%s of rule %s is not mapped', '规则 %2$s 的 %1$s 未映射'),
		('not sent', 'could not be sent: %s', '未能发送：%s'),
		-- what to do
		('do update', 'ALTER EXTENSION salespulse UPDATE; in each database, and reconnect.', '在每个数据库执行 ALTER EXTENSION salespulse UPDATE; 然后重新连接。'),
		('do set clock', 'SELECT pulse.set_clock(NULL); when the replay is over.', '回放结束后执行 SELECT pulse.set_clock(NULL);'),
		('do tick', 'SELECT pulse.tick(); shows the error in full.', 'SELECT pulse.tick(); 显示完整的错误。'),
		('do schedule', 'SELECT pulse.schedule(); or let any scheduler CALL pulse.run() each minute.', '执行 SELECT pulse.schedule(); 或让任何调度程序每分钟执行 CALL pulse.run()。'),
		('do wait for job', 'It is tried again when next due; SELECT * FROM pulse.stat_jobs.', '下次到期时再试；见 SELECT * FROM pulse.stat_jobs。'),
		('do resume', 'This database is a copy or was restored. If it is the one that delivers: SELECT pulse.resume_delivery();', '此库是副本或恢复所得。若应由它投递，执行 SELECT pulse.resume_delivery();'),
		('do relay', 'Start the relay, or see its log.', '启动投递程序，或查看其日志。'),
		('do readdress', 'Nobody was found, or has no address: mend the roles (pulse.messages says which), then SELECT pulse.readdress_messages();',
			'找不到人，或其没有地址：修正角色（pulse.messages 列出是哪些），再执行 SELECT pulse.readdress_messages();'),
		('do look at provider', 'They may have been sent. Look at the provider; pulse.retry_messages(ids) sends again.', '可能已经发出。请到服务商处核对；pulse.retry_messages(ids) 会重发。'),
		('do retry', 'SELECT message_id, last_error FROM pulse.messages; then pulse.retry_messages(ids).', '执行 SELECT message_id, last_error FROM pulse.messages; 再执行 pulse.retry_messages(ids)。'),
		('do end transaction', 'Process %s writes events in a transaction that stays open: end it.', '进程 %s 在一个未结束的事务中写入事件：请结束它。'),
		('do run', 'Let the tick run: CALL pulse.run();', '让定时处理运行：CALL pulse.run();'),
		('do repair watch', 'SELECT pulse.repair_watch(%s, %s);', '执行 SELECT pulse.repair_watch(%s, %s);'),
		('do look at errors', 'SELECT * FROM pulse.capture_errors;', '见 SELECT * FROM pulse.capture_errors;'),
		('do run for partition', 'Let the tick run: CALL pulse.run(); SELECT * FROM pulse.stat_jobs says what stopped it.', '让定时处理运行：CALL pulse.run(); SELECT * FROM pulse.stat_jobs 说明它为何停止。'),
		('do resume rule', 'Mend it, then SELECT pulse.set_rule_mode(%s, %s);', '修正后执行 SELECT pulse.set_rule_mode(%s, %s);'),
		('do alter rule', 'Its names have vanished: pulse.alter_rule() or pulse.drop_rule().', '它引用的名称已不存在：执行 pulse.alter_rule() 或 pulse.drop_rule()。'),
		('do map staff', 'SELECT pulse.map_staff(...): nobody can be written to before.', '执行 SELECT pulse.map_staff(...)：此前无法给任何人发消息。'),
		('do map role', 'SELECT pulse.map_role(%s, holder => ...); nobody gets what finds nobody before.', '执行 SELECT pulse.map_role(%s, holder => ...)；此前找不到收件人的消息无人收到。'),
		('do map again', 'Its table cannot be read as mapped: pulse.%s again.', '其表已不能按映射读取：重新执行 pulse.%s。'),
		('do mend report', 'Mend what it reads, or SELECT pulse.create_report(%s, ...) anew.', '修正它读取的对象，或重新执行 SELECT pulse.create_report(%s, ...)。'),
		('do rebuild', 'SELECT pulse.rebuild_rollup(%s);', '执行 SELECT pulse.rebuild_rollup(%s);'),
		('do refresh health', 'Mend the model or its table, then SELECT pulse.refresh_health(%s).', '修正模型或其表，再执行 SELECT pulse.refresh_health(%s)。'),
		('do check KPI', 'SELECT * FROM pulse.check_kpi(%s); then mend its function, or pulse.alter_kpi().', '执行 SELECT * FROM pulse.check_kpi(%s); 再修正其函数，或执行 pulse.alter_kpi()。'),
		('do check page', 'SELECT * FROM pulse.check_page(%s); it is tried again each minute.', '执行 SELECT * FROM pulse.check_page(%s); 每分钟会再试。')
		) AS t(key, en, zh)
	WHERE t.key = status_text.key;
END;
REVOKE ALL ON FUNCTION pulse_internal.status_text(text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.status_text(text, text[], text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- Of what has a state and perhaps a reason.
CREATE OR REPLACE FUNCTION pulse_internal.state_text(state text, reason text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN state || CASE WHEN reason IS NULL THEN '' ELSE ' by' END;
REVOKE ALL ON FUNCTION pulse_internal.state_text(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.state_text(text, text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- jobs: leaving -----------------------------------------------------------------

-- What outside the extension leans on it, straight from the server's own
-- dependencies; so nothing that exists or will exist is forgotten.
CREATE OR REPLACE FUNCTION pulse_internal.foreign_dependents(
		OUT classid oid, OUT objid oid, OUT objsubid int, OUT kind text, OUT identity text)
	RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH RECURSIVE member AS (
		SELECT d.classid, d.objid
		FROM pg_catalog.pg_depend AS d
		JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'salespulse'
		WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
	), part AS (
		-- members, and what belongs to them: row types, arrays, columns' defaults ...
		SELECT m.classid, m.objid FROM member AS m
		UNION
		SELECT d.classid, d.objid
		FROM part AS p
		JOIN pg_catalog.pg_depend AS d ON d.refclassid = p.classid AND d.refobjid = p.objid AND d.deptype IN ('i', 'a')
	)
	SELECT DISTINCT d.classid, d.objid, d.objsubid, i.type, i.identity
	FROM part AS p
	JOIN pg_catalog.pg_depend AS d ON d.refclassid = p.classid AND d.refobjid = p.objid AND d.deptype = 'n',
		LATERAL pg_catalog.pg_identify_object(
			CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
				THEN 'pg_catalog.pg_class'::pg_catalog.regclass ELSE d.classid END,
			CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
				THEN (SELECT r.ev_class FROM pg_catalog.pg_rewrite AS r WHERE r.oid = d.objid) ELSE d.objid END,
			CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass THEN 0 ELSE d.objsubid END) AS i
	WHERE NOT EXISTS (SELECT FROM part AS q WHERE q.classid = d.classid AND q.objid = d.objid)
	  AND NOT (d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND EXISTS (
			SELECT FROM pg_catalog.pg_rewrite AS r JOIN part AS q ON q.objid = r.ev_class
			WHERE r.oid = d.objid AND q.classid = 'pg_catalog.pg_class'::pg_catalog.regclass));
END;
REVOKE ALL ON FUNCTION pulse_internal.foreign_dependents() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.foreign_dependents() TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.prepare_uninstall(
		convert boolean DEFAULT false,
		OUT object text, OUT kind text, OUT what_to_do text, OUT done boolean)
	RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	step record;
BEGIN
	FOR step IN
		SELECT f.identity, f.kind AS type, s.command
		FROM pulse_internal.foreign_dependents() AS f
		LEFT JOIN pg_class AS c ON f.classid = 'pg_class'::regclass AND c.oid = f.objid
		LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = f.objsubid AND f.objsubid > 0
		LEFT JOIN pg_trigger AS t ON f.classid = 'pg_trigger'::regclass AND t.oid = f.objid
		LEFT JOIN pg_attrdef AS ad ON f.classid = 'pg_attrdef'::regclass AND ad.oid = f.objid
		LEFT JOIN pg_attribute AS da ON da.attrelid = ad.adrelid AND da.attnum = ad.adnum
		LEFT JOIN pg_proc AS p ON f.classid = 'pg_proc'::regclass AND p.oid = f.objid,
		LATERAL (SELECT CASE
			WHEN t.oid IS NOT NULL AND t.tgparentid = 0 THEN
				format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)
			WHEN ad.oid IS NOT NULL THEN
				format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', ad.adrelid::regclass, da.attname)
			WHEN a.attnum IS NOT NULL AND c.relkind IN ('r', 'p') AND a.attinhcount = 0 THEN
				format('ALTER TABLE %s ALTER COLUMN %I TYPE text USING %I::text', c.oid::regclass, a.attname, a.attname)
			WHEN p.oid IS NOT NULL THEN format('DROP FUNCTION %s', p.oid::regprocedure)
			END AS command,
			CASE WHEN t.oid IS NOT NULL THEN 1 WHEN p.oid IS NOT NULL THEN 2 WHEN ad.oid IS NOT NULL THEN 3 ELSE 4 END AS rank) AS s
		WHERE NOT (t.oid IS NOT NULL AND t.tgparentid <> 0)		-- goes with the trigger of the partitioned table
		  AND coalesce(a.attinhcount, 0) = 0 AND coalesce(da.attinhcount, 0) = 0	-- goes with the parent's column
		ORDER BY s.rank, f.identity
	LOOP
		object := step.identity;
		kind := step.type;
		what_to_do := coalesce(step.command, 'Drop it or write it anew without salespulse.');
		done := convert AND step.command IS NOT NULL;
		IF done THEN
			EXECUTE step.command;
		END IF;
		RETURN NEXT;
	END LOOP;
	IF pulse_internal.cron_obstacle() IS NULL THEN
		object := 'pg_cron';
		kind := 'job';
		what_to_do := 'SELECT pulse.unschedule()';
		done := convert;
		IF done THEN
			PERFORM pulse.unschedule();
		END IF;
		RETURN NEXT;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.prepare_uninstall(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.prepare_uninstall(boolean) TO pulse_admin;
COMMENT ON FUNCTION pulse.prepare_uninstall(boolean) IS
'Lists what outside the extension leans on it: triggers, columns of its types, defaults, functions, views, the pg_cron job. With convert => true triggers, functions and the job are removed and columns become text of the same content (CNY 12.00); afterwards DROP EXTENSION salespulse works without CASCADE unless a view is left, which the list names. Needs ownership of the tables.';
-- ---- jobs: work of the users' own ----------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.store_job(name text, statement text, day_time time, every interval, time_limit interval) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_store_job';
CREATE OR REPLACE FUNCTION pulse_internal.remove_job(name text) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_job';
CREATE OR REPLACE FUNCTION pulse_internal.run_job(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_run_job';
REVOKE ALL ON FUNCTION pulse_internal.store_job(text, text, time, interval, interval), pulse_internal.remove_job(text), pulse_internal.run_job(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.store_job(text, text, time, interval, interval), pulse_internal.remove_job(text) TO pulse_admin, pulse_author;
GRANT EXECUTE ON FUNCTION pulse_internal.run_job(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.create_job(name text, statement text, day_time time DEFAULT NULL, every interval DEFAULT NULL,
		time_limit interval DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS NULL OR statement IS NULL OR num_nonnulls(day_time, every) <> 1 OR every <= interval '0' OR NOT isfinite(every) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a job needs a name, a statement, and either day_time or every',
			DETAIL = 'day_time: once a day, in the business time zone; every: so long after the run before, more than nothing.',
			HINT = 'Type pulse.create_job(''nightly'', ''SELECT app.nightly()'', day_time => ''03:30'').';
	ELSIF time_limit < interval '1 millisecond' OR time_limit > interval '1 day' OR NOT isfinite(time_limit) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid time limit of a job',
			DETAIL = 'A job may take a millisecond to a day.', HINT = 'Type time_limit => ''10 minutes''; NULL is the setting job_time_limit.';
	ELSIF name = 'tick' OR EXISTS (SELECT FROM pulse_internal.job_definitions() AS d WHERE d.name = create_job.name)
		  OR EXISTS (SELECT FROM pulse.stat_jobs AS s WHERE s.job = create_job.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('there is a job "%s"', name),
			HINT = format('Choose another name, or SELECT pulse.drop_job(%L).', name);
	END IF;
	PERFORM pulse_internal.store_job(name, statement, day_time, every, time_limit);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_job(text, text, time, interval, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_job(text, text, time, interval, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_job(text, text, time, interval, interval) IS
'Has the tick run one SQL statement: once a day at day_time in the business time zone, or every so long; the first time when that comes next. It runs with your rights, its names written in full (the path is pg_catalog), for at most time_limit (NULL: the setting job_time_limit), in a transaction of its own where pulse.run() runs it, else in the tick''s. What takes longer is ended and undone. A failure is seen in pulse.stat_jobs and pulse.status, and it is tried again when next due. Errors: 22023 unusable arguments, 42601 not SQL, 42710 there is a job of that name.';

CREATE OR REPLACE FUNCTION pulse.drop_job(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF pulse_internal.remove_job(name) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'SP903', MESSAGE = format('there is no job "%s" of yours', name),
			HINT = 'SELECT * FROM pulse.stat_jobs has all; a job is dropped by who made it and by pulse_admin.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.drop_job(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_job(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_job(text) IS 'Ends a job that create_job() made, by its author or pulse_admin. Error SP903: there is none, or it is somebody else''s.';
-- ---- jobs: how all is doing ------------------------------------------------------------

GRANT SELECT (name, day_time, every) ON pulse_internal.user_job TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.progress TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.job TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.job', 'last_error', '{pulse_author,pg_monitor}');
REVOKE SELECT ON pulse_internal.mapping FROM pg_monitor, pulse_analyst;
GRANT SELECT (mapping_id, kind, name, key_name, state) ON pulse_internal.mapping TO pg_monitor, pulse_analyst;
GRANT SELECT ON pulse_internal.cases TO pg_monitor;

CREATE OR REPLACE VIEW pulse.progress WITH (security_invoker = true) AS
	SELECT p.task, p.done, p.total, p.started_at,
		   round((p.done / nullif(extract(epoch FROM p.changed_at - p.started_at), 0))::numeric, 1) AS rate,
		   CASE WHEN p.done > 0 AND p.total > p.done
				THEN clock_timestamp() + (p.changed_at - p.started_at) * ((p.total - p.done)::float8 / p.done) END AS eta
	FROM pulse_internal.progress AS p;
COMMENT ON VIEW pulse.progress IS
'Long work under way: done of total (NULL: not known) units, started_at, rate per second, eta (when it should be done at that rate). The run of the tick is task "run", counted in events.';
GRANT SELECT ON pulse.progress TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_jobs WITH (security_invoker = true) AS
	SELECT coalesce(d.name, j.name) AS job,
		   CASE WHEN d.day_time IS NOT NULL THEN 'daily at ' || to_char(d.day_time, 'HH24:MI')
				WHEN d.every IS NOT NULL THEN 'every ' || d.every ELSE 'as called' END AS due,
		   CASE WHEN d.name IS NOT NULL THEN j.next_run_at END AS next_run_at,
		   j.last_run_at, j.finished_at, coalesce(j.runs, 0) AS runs, coalesce(j.failures, 0) AS failures,
		   pulse_internal.shown_reason('job', j.name) AS last_error
	FROM (SELECT o.name, o.day_time, o.every FROM pulse_internal.job_definitions() AS o
		  UNION ALL SELECT u.name, u.day_time, u.every FROM pulse_internal.user_job AS u) AS d
	FULL JOIN pulse_internal.job AS j ON j.name = d.name;
COMMENT ON VIEW pulse.stat_jobs IS
'The tick and the work it does beside the sweep: when due (times of day are of the business time zone), next and last run by pulse.clock(), finished_at by the system''s clock, runs, failures, and the error of the last run (NULL: it succeeded).';
GRANT SELECT ON pulse.stat_jobs TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_outbox WITH (security_invoker = true) AS
	SELECT m.channel, s.state, count(*) AS messages, min(m.created_at) AS oldest, max(s.changed_at) AS last_change,
		   max(s.attempt) AS attempts,
		   CASE s.state WHEN 'queued' THEN greatest(count(*) FILTER (WHERE s.is_due) - pulse_internal.channel_room(m.channel), 0)
			   END AS held_by_limit
	FROM pulse_internal.message AS m
	JOIN pulse_internal.message_progress AS s ON s.message_id = m.message_id
	GROUP BY m.channel, s.state;
COMMENT ON VIEW pulse.stat_outbox IS
'Messages by channel and state: how many, when the oldest was written (by pulse.clock()), the last change, the most attempts; held_by_limit: of the queued ones, how many are due and wait for the limits of their channel (null: it has none for all, or another state). Reads the whole outbox.';
GRANT SELECT ON pulse.stat_outbox TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- jobs: what needs somebody ------------------------------------------------------------
-- Views of findings: what it is about (the key of a text, and a name), the state, how it is and
-- what to do (keys, and what to put in); see functions_status.sql.

CREATE OR REPLACE VIEW pulse_internal.found_outbox WITH (security_invoker = true) AS
	WITH waiting AS (
		SELECT count(*) AS messages, min(q.not_before) AS oldest
		FROM pulse_internal.queue AS q
		WHERE NOT q.withdraw AND q.not_before <= pulse.clock()
	), trouble AS (
		SELECT d.state, count(*) AS messages FROM pulse_internal.delivery AS d
		WHERE d.state IN ('unknown', 'failed', 'dead', 'unaddressed') GROUP BY d.state
	)
	SELECT 'delivery' AS about, NULL::text AS name, 'fail' AS state, 'held' AS says, NULL::text[] AS says_of, 'do resume' AS advice, NULL::text[] AS advice_of
	WHERE pulse_internal.delivery_held()
	UNION ALL
	SELECT 'outbox', NULL, CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'warn' ELSE 'ok' END,
		   CASE WHEN w.oldest IS NULL THEN 'waiting' ELSE 'waiting since' END,
		   ARRAY[w.messages::text, (pulse.clock() - w.oldest)::interval(0)::text],
		   CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'do relay' END, NULL
	FROM waiting AS w
	UNION ALL
	SELECT 'outbox', NULL, CASE t.state WHEN 'unknown' THEN 'warn' WHEN 'failed' THEN 'warn' ELSE 'fail' END,
		   'n ' || t.state, ARRAY[t.messages::text],
		   CASE t.state WHEN 'unaddressed' THEN 'do readdress' WHEN 'unknown' THEN 'do look at provider' ELSE 'do retry' END, NULL
	FROM trouble AS t;
COMMENT ON VIEW pulse_internal.found_outbox IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_events WITH (security_invoker = true) AS
	SELECT 'consumer' AS about, c.consumer AS name, CASE WHEN c.holder_passed OR c.behind > interval '15 minutes' THEN 'warn' ELSE 'ok' END AS state,
		   CASE WHEN c.holder IS NULL THEN 'behind' ELSE 'held back' END AS says,
		   ARRAY[greatest(c.behind, interval '0')::interval(0)::text, c.holder::text, c.held_since::timestamptz(0)::text] AS says_of,
		   CASE WHEN c.holder_passed THEN 'do end transaction' WHEN c.behind > interval '15 minutes' THEN 'do run' END AS advice,
		   ARRAY[c.holder::text] AS advice_of
	FROM pulse.stat_consumers AS c
	UNION ALL
	SELECT 'watch', w.relation::text, CASE w.state WHEN 'broken' THEN 'fail' ELSE 'warn' END,
		   pulse_internal.state_text(w.state, w.reason), ARRAY[w.reason],
		   'do repair watch', ARRAY[quote_literal(w.relation::text), quote_literal(k.name)]
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id WHERE w.state <> 'ok'
	UNION ALL
	SELECT 'watch', w.relation::text, 'warn', 'gaps', ARRAY[w.gaps::text, w.first_gap_at::timestamptz(0)::text],
		   'do repair watch', ARRAY[quote_literal(w.relation::text), quote_literal(w.event)]
	FROM pulse.stat_watches AS w WHERE w.state = 'ok' AND w.gaps > 0
	UNION ALL
	SELECT 'capture', NULL, 'warn', 'not captured', ARRAY[count(*)::text, max(e.failed_at)::timestamptz(0)::text], 'do look at errors', NULL
	FROM pulse_internal.capture_error AS e HAVING count(*) > 0
	UNION ALL
	-- rows whose month has no leaf go to the default one: it should be empty
	SELECT 'event', k.name, 'warn', 'no partition', NULL, 'do run for partition', NULL
	FROM pulse_internal.event_kind AS k
	JOIN pg_class AS c ON c.oid = k.relation	-- it may have been dropped by hand
	WHERE NOT pulse_internal.has_leaf(k.relation, (date_trunc('month', pulse.clock() AT TIME ZONE 'UTC')
												   + interval '1 month') AT TIME ZONE 'UTC');
COMMENT ON VIEW pulse_internal.found_events IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_rules WITH (security_invoker = true) AS
	SELECT 'rule' AS about, r.name, 'fail' AS state, pulse_internal.state_text(r.state, r.reason) AS says, ARRAY[r.reason] AS says_of,
		   CASE r.state WHEN 'suspended' THEN 'do resume rule' ELSE 'do alter rule' END AS advice,
		   ARRAY[quote_literal(r.name), quote_literal(r.mode)] AS advice_of
	FROM pulse.rules AS r WHERE r.state <> 'ok'
	UNION ALL
	SELECT 'staff', NULL, 'warn', 'not mapped', NULL, 'do map staff', NULL
	WHERE NOT EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'staff')
	  AND EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.mode = 'live')
	UNION ALL
	-- who gets what nobody is found for, where a live rule may need it
	SELECT 'fallback role', NULL, CASE WHEN k.known THEN 'ok' ELSE 'warn' END,
		   CASE WHEN k.rule IS NULL THEN 'role ' || CASE WHEN k.known THEN 'known' ELSE 'unknown' END
				ELSE 'role of rule' || CASE WHEN k.known THEN '' ELSE ' unknown' END END,
		   ARRAY[k.role, quote_ident(k.rule)],
		   CASE WHEN NOT k.known THEN 'do map role' END, ARRAY[quote_literal(k.role)]
	FROM (SELECT f.rule, f.role, EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'role' AND m.name = f.role) AS known
		  FROM (SELECT NULL AS rule, pulse.setting('fallback_role') AS role
				WHERE EXISTS (SELECT FROM pulse_internal.rule AS r LEFT JOIN pulse_internal.rule_fallback AS o ON o.rule_id = r.rule_id
							  WHERE r.mode = 'live' AND o.rule_id IS NULL)
				UNION ALL
				SELECT r.name, o.role FROM pulse_internal.rule_fallback AS o JOIN pulse_internal.rule AS r ON r.rule_id = o.rule_id
				WHERE r.mode = 'live') AS f) AS k
	UNION ALL
	SELECT m.kind, nullif(m.name, ''), 'fail', pulse_internal.state_text(m.state, m.reason), ARRAY[m.reason],
		   'do map again', ARRAY[CASE m.kind WHEN 'staff' THEN 'map_staff()' WHEN 'role' THEN 'map_role()' ELSE 'describe_key()' END]
	FROM (SELECT g.kind, g.name, g.state, pulse_internal.shown_reason('mapping', g.mapping_id::text) AS reason
		  FROM pulse_internal.mapping AS g WHERE g.state <> 'ok') AS m
	UNION ALL
	SELECT 'report', p.name, 'fail', pulse_internal.state_text(p.state, p.reason), ARRAY[p.reason], 'do mend report', ARRAY[quote_literal(p.name)]
	FROM (SELECT g.name, g.state, pulse_internal.shown_reason('report', g.report_id::text) AS reason FROM pulse_internal.report AS g WHERE g.state <> 'ok') AS p
	UNION ALL
	SELECT 'rollup', u.name, CASE u.state WHEN 'stale' THEN 'warn' ELSE 'fail' END,
		   pulse_internal.state_text(u.state, u.reason), ARRAY[u.reason], 'do rebuild', ARRAY[quote_literal(u.name)]
	FROM pulse.rollups AS u WHERE u.state <> 'ok'
	UNION ALL
	SELECT 'health', h.model, 'fail', pulse_internal.state_text(h.state, h.reason), ARRAY[h.reason], 'do refresh health', ARRAY[quote_literal(h.model)]
	FROM pulse.stored_health AS h WHERE h.state <> 'ok';
COMMENT ON VIEW pulse_internal.found_rules IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_jobs WITH (security_invoker = true) AS
	SELECT 'version' AS about, NULL::text AS name, CASE WHEN v.same THEN 'ok' ELSE 'fail' END AS state,
		   CASE WHEN v.same THEN 'as it says' ELSE 'library differs' END AS says, ARRAY[v.library, v.installed] AS says_of,
		   CASE WHEN NOT v.same THEN 'do update' END AS advice, NULL::text[] AS advice_of
	FROM (SELECT l.library, e.extversion AS installed, l.library = e.extversion AS same
		  FROM pg_extension AS e, (SELECT pulse_internal.library_version()::text AS library) AS l
		  WHERE e.extname = 'salespulse') AS v
	UNION ALL
	SELECT 'clock', NULL, 'warn', 'clock stopped',
		   ARRAY[to_char(pulse.clock() AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI'), pulse.setting('timezone')],
		   'do set clock', NULL
	WHERE pulse.setting('clock') <> 'system'
	UNION ALL
	SELECT 'tick', NULL, CASE WHEN t.last_error IS NOT NULL THEN 'fail'
							  WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN 'ok' ELSE 'warn' END,
		   CASE WHEN t.last_error IS NOT NULL THEN 'failed' WHEN t.finished_at IS NULL THEN 'never run' ELSE 'last run' END,
		   ARRAY[coalesce(t.last_error, (clock_timestamp() - t.finished_at)::interval(0)::text)],
		   CASE WHEN t.last_error IS NOT NULL THEN 'do tick'
				WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN NULL ELSE 'do schedule' END, NULL
	FROM (SELECT 1) AS always LEFT JOIN (SELECT g.finished_at, pulse_internal.shown_reason('job', g.name) AS last_error
			FROM pulse_internal.job AS g WHERE g.name = 'tick') AS t ON true
	UNION ALL
	SELECT 'job', j.name, 'fail', 'failed', ARRAY[j.last_error], 'do wait for job', NULL
	FROM (SELECT g.name, pulse_internal.shown_reason('job', g.name) AS last_error FROM pulse_internal.job AS g WHERE g.name <> 'tick') AS j
	WHERE j.last_error IS NOT NULL;
COMMENT ON VIEW pulse_internal.found_jobs IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_reports WITH (security_invoker = true) AS
	SELECT 'KPI' AS about, k.name, 'fail' AS state, 'as it says' AS says, ARRAY[k.reason] AS says_of, 'do check KPI' AS advice, ARRAY[quote_literal(k.name)] AS advice_of
	FROM (SELECT g.name, pulse_internal.shown_reason('kpi', g.kpi_id::text) AS reason FROM pulse_internal.kpi AS g WHERE g.state <> 'ok') AS k
	UNION ALL
	SELECT 'page', p.name, 'fail', 'not sent', ARRAY[p.reason], 'do check page', ARRAY[quote_literal(p.name)]
	FROM (SELECT g.name, pulse_internal.shown_reason('page', g.page_id::text) AS reason FROM pulse_internal.page AS g) AS p WHERE p.reason IS NOT NULL;
COMMENT ON VIEW pulse_internal.found_reports IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found WITH (security_invoker = true) AS
	SELECT * FROM pulse_internal.found_jobs
	UNION ALL SELECT * FROM pulse_internal.found_events
	UNION ALL SELECT * FROM pulse_internal.found_rules
	UNION ALL SELECT * FROM pulse_internal.found_outbox
	UNION ALL SELECT * FROM pulse_internal.found_reports;
COMMENT ON VIEW pulse_internal.found IS 'What pulse.status tells, before it is put into words.';

CREATE OR REPLACE VIEW pulse.status WITH (security_invoker = true) AS
	SELECT pulse_internal.status_text(f.about, ARRAY[f.name], 'en') AS component, f.state,
		   pulse_internal.status_text(f.says, f.says_of, 'en') AS value, pulse_internal.status_text(f.advice, f.advice_of, 'en') AS what_to_do
	FROM pulse_internal.found AS f
	ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], f.state), 1, 3;
COMMENT ON VIEW pulse.status IS
'How salespulse is doing here, the worst first: component, state (ok, warn, fail), value, and what_to_do, the statement to type. No row but ok: nothing to do. In Chinese: pulse.explain_status(''zh'').';
GRANT SELECT ON pulse.status, pulse_internal.found, pulse_internal.found_jobs, pulse_internal.found_events,
	pulse_internal.found_rules, pulse_internal.found_outbox, pulse_internal.found_reports
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_status(lang text DEFAULT NULL, OUT component text, OUT state text, OUT value text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
	SELECT pulse_internal.status_text(f.about, ARRAY[f.name], l.lang), f.state,
		   pulse_internal.status_text(f.says, f.says_of, l.lang), pulse_internal.status_text(f.advice, f.advice_of, l.lang)
	FROM pulse_internal.found AS f, pulse_internal.check_tongue(explain_status.lang) AS l(lang)
	ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], f.state), 1, 3;
END;
REVOKE ALL ON FUNCTION pulse.explain_status(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_tongue(text) TO pg_monitor;
GRANT EXECUTE ON FUNCTION pulse.explain_status(text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_status(text) IS
'pulse.status in words of a language (''en'', ''zh''; NULL: the setting): component, state (ok, warn, fail), value, what_to_do. What the database itself reports stays as it was said. Error 22023: another language.';
-- ---- jobs: what older releases had, once nothing above reads it any more --------------

-- 0.1.0 kept a message's state beside its text; see escalation/schema_outbox.sql
ALTER TABLE pulse_internal.message
	DROP COLUMN IF EXISTS held_until, DROP COLUMN IF EXISTS state, DROP COLUMN IF EXISTS withdraw,
	DROP COLUMN IF EXISTS attempt, DROP COLUMN IF EXISTS lease_token, DROP COLUMN IF EXISTS worker,
	DROP COLUMN IF EXISTS provider_id, DROP COLUMN IF EXISTS last_error, DROP COLUMN IF EXISTS changed_at;
DROP FUNCTION IF EXISTS pulse_internal.check_claim(text, int, interval, boolean);
DROP FUNCTION IF EXISTS pulse_internal.check_outcome(text);

-- up to 0.2.0 the status was found and told at once
DROP VIEW IF EXISTS pulse_internal.status_outbox, pulse_internal.status_events, pulse_internal.status_rules,
	pulse_internal.status_jobs, pulse_internal.status_reports;
-- ---- closing: run last, at install and at every update -------------------------

RESET search_path;
