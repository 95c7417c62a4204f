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
'Makes a calendar from the working days of the week (1 Monday to 7 Sunday) and the windows of a working day: {09:00-12:00,13:00-18:00}, or by weekday {1-4 09:00-18:00,5 09:00-15:00}; make-up days have those without weekday, else those of the first. Its clocks are of a time zone, or the business time zone. It holds in every year, or only in the years loaded by INSERT INTO pulse.calendar_years. Errors: 22023 wrong weekdays, hours or time zone, 42710 the name is taken.';

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
'Drops a calendar of the user''s own with its years. Errors: SP202 unknown calendar, 42501 the calendar comes with salespulse.';
-- ---- calendar: working time --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.business_time_between(since timestamptz, until timestamptz, calendar text DEFAULT NULL,
		pauses tstzmultirange DEFAULT NULL) RETURNS interval
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_time_between';
COMMENT ON FUNCTION pulse.business_time_between(timestamptz, timestamptz, text, tstzmultirange) IS
'Working time that elapses from since to until, in hours, without that in pauses; negative when until is the earlier one. Right on days on which clocks change. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar, 22008 infinite, or not in the years 1900 to 2199.';

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
		   pulse.business_time_between(d.day::timestamp AT TIME ZONE d.timezone, (d.day + 1)::timestamp AT TIME ZONE d.timezone, d.name)
	FROM (SELECT g::date AS day, c.name, coalesce(c.timezone, pulse.setting('timezone')) AS timezone,
				 extract(isodow FROM g)::integer = ANY (c.weekdays) AS regular, pulse.is_working_day(g::date, c.name) AS works
		  FROM (SELECT coalesce(explain_calendar.calendar, pulse.setting('calendar')) AS name) AS wanted
			   LEFT JOIN pulse_internal.calendar AS c ON c.name = wanted.name,
			   pg_catalog.generate_series(explain_calendar.since::timestamp, (explain_calendar.until - 1)::timestamp, interval '1 day') AS g
		  -- a name that is nobody's is refused, not passed over
		  WHERE c.name IS NOT NULL OR pulse.is_working_day(g::date, wanted.name)) AS d
	ORDER BY d.day;
END;
COMMENT ON FUNCTION pulse.explain_calendar(date, date, text) IS
'Each day from since up to, but not including, until, as a calendar sees it: weekday (1 Monday to 7 Sunday), whether it works, why (weekday, makeup_day, holiday, weekend), its working time. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar.';
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
CREATE OR REPLACE FUNCTION pulse_internal.month_days(sales numeric[], days integer[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_month_days';

CREATE OR REPLACE FUNCTION pulse.dso(receivable numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND sales > 0 THEN receivable * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR receivable < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.dso(numeric, numeric, integer) IS
'Days sales outstanding = receivable / sales x days: how many days of sales are still to be paid. sales are those on credit in the days before; receivable is what was open at their end. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero. Formula: the usual one, as credit managers'' associations publish it.';

CREATE OR REPLACE FUNCTION pulse.best_possible_dso(not_due numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND sales > 0 THEN not_due * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR not_due < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.best_possible_dso(numeric, numeric, integer) IS
'Best possible DSO = receivable that is not past due / sales x days: the DSO if everybody paid on the due date. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.average_days_delinquent(receivable numeric, not_due numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND sales > 0 THEN (receivable - not_due) * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR receivable < not_due OR not_due < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.average_days_delinquent(numeric, numeric, numeric, integer) IS
'Average days delinquent = DSO - best possible DSO = (receivable - not_due) / sales x days: the days of sales that are past due. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero. Formula: Credit Research Foundation.';

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
		WHERE pulse_internal.month_days(count_back_dso.sales, count_back_dso.days)) AS month;
END;
COMMENT ON FUNCTION pulse.count_back_dso(numeric, numeric[], integer[]) IS
'DSO by count-back (exhaustion): whole months are walked back from the newest while their sales fit into what is left of the receivable; the last one counts rest / sales x its days. Seasonal sales do not distort it. sales and days: one entry per month, the newest first. Status: ok; short_history: the sales of all the months do not reach the receivable, and the value is the days of all of them, a lower bound; zero_sales; negative (a month too). NULL when an argument is. Error: 22023 lists that are empty, of different length, with nulls, or with days not above zero. Formula: the count-back method of credit management.';

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
	SELECT ROW(CASE WHEN pulse_internal.above_zero(months, 'months') IS NOT NULL AND (opening - not_due) * months + sales > 0
			THEN ((opening - receivable) * months + sales) * 100 / ((opening - not_due) * months + sales) END,
		CASE WHEN (opening - not_due) * months + sales = 0 THEN 'nothing_due'
			WHEN least(opening, sales, receivable, not_due, (opening - not_due) * months + sales) < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.collection_effectiveness(numeric, numeric, integer, numeric, numeric) IS
'Collection effectiveness index, in percent = (opening + sales / months - receivable) / (opening + sales / months - not_due) x 100: what was collected of what could have been. opening and receivable are open at the begin and the end of the months, not_due is the part of receivable that is not past due. 100 is everything. Status: ok; nothing_due: the divisor is zero; negative. NULL when an argument is. Error: 22023 months not above zero. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.receivables_turnover(sales numeric, average_receivable numeric) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN average_receivable > 0 THEN sales / average_receivable END,
		CASE WHEN average_receivable = 0 THEN 'no_receivable' WHEN sales < 0 OR average_receivable < 0 THEN 'negative'
			WHEN sales = 0 THEN 'zero_sales' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.receivables_turnover(numeric, numeric) IS
'Receivables turnover = sales / average receivable: how often in the time of the sales the receivable was paid and built again. Status: ok, no_receivable, zero_sales (the value is 0), negative. NULL when an argument is. Formula: financial statement analysis.';

CREATE OR REPLACE FUNCTION pulse.average_collection_period(sales numeric, average_receivable numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND sales > 0 THEN average_receivable * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR average_receivable < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.average_collection_period(numeric, numeric, integer) IS
'Average collection period = days / turnover = average receivable x days / sales. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero. Formula: financial statement analysis.';

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
		rule text DEFAULT '', OUT keys jsonb, OUT currency text, OUT not_due numeric, OUT buckets numeric[], OUT overdue numeric,
		OUT credits numeric, OUT total numeric, OUT profile pulse.aging_profile) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_aging_report';
COMMENT ON FUNCTION pulse.aging_report(regclass, text, text, date, text[], integer[], text, text) IS
'Aging of a table or view: one row per currency and per value of the columns in "by". amount (pulse.amount, numeric or integer), due (date or timestamp), each of "by" and condition are columns of the relation or SQL expressions over it; they run with your own rights. as_of: NULL is today in the business time zone. buckets: one figure per bucket, in the order of the edges. rule: as for pulse.aging(); not_due and overdue are NULL with not_due_in_first, credits with credits_aged. Errors: 42P01, 42703, 42601 and others from your expressions, 42804 wrong type, 22023 unusable edges or rule, 22004 null.';

CREATE OR REPLACE PROCEDURE pulse.create_aging_view(view_name text, relation regclass, amount text, due text,
		by text[] DEFAULT '{}', edges integer[] DEFAULT '{30,60,90}', rule text DEFAULT '')
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_create_aging_view';
COMMENT ON PROCEDURE pulse.create_aging_view(text, regclass, text, text, text[], integer[], text) IS
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

CREATE OR REPLACE FUNCTION pulse.explain_health(model text, measures record, OUT dimension text, OUT column_name text,
		OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric, OUT contribution numeric,
		OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'sp_explain_health';
COMMENT ON FUNCTION pulse.explain_health(text, record) IS
'How a score came about, one row per dimension: the value read, its points (0 to 100), the weight given, the share of the weight that counted, and the contribution; the contributions add up to the score exactly. status: measured, not counted (weight 0), or what stood in for a missing value: exclude, neutral, zero, worst; behind "expired: " where the value is older than it may be. A row per veto follows, without points: its status is no veto, or veto: and the band. Errors as health().';

CREATE OR REPLACE FUNCTION pulse.health(model text, measures record, as_of timestamptz) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'sp_health';
COMMENT ON FUNCTION pulse.health(text, record, timestamptz) IS
'Health of a row at an instant: dates and timestamps are their age then. Errors as health(model, row), and 22008 when the instant is not finite.';

CREATE OR REPLACE FUNCTION pulse.explain_health(model text, measures record, as_of timestamptz, OUT dimension text,
		OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'sp_explain_health';
COMMENT ON FUNCTION pulse.explain_health(text, record, timestamptz) IS
'As explain_health(model, row), at an instant.';

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
		vetoes jsonb DEFAULT '[]') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_model';
REVOKE ALL ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb) IS
'Makes a health model. dimensions: an array of objects with dimension (its name), column (of the row; default: the name), curve (such as "linear 0:100 90:0"), weight (any number from 0; default 1; 0 is shown and not counted) missing (exclude, neutral, zero or worst; default exclude), and, where a value grows old, measured_at (a column with the date or timestamp of the measurement) and valid_days (older is missing). vetoes: an array of objects with veto (its name), column, since and below (or one of them) and band: while since <= value < below the band is this or a worse one; for a date the value is its age in days, so below is when the veto ends. bands: a colour and the score it begins at, the lowest at 0; each ends where the next begins. minimum_coverage: percent of the weight that must be measured for a band that missing values could change; below, the band is grey. Errors: SP302 what is wrong with it, 42710 the name is taken.';

CREATE OR REPLACE FUNCTION pulse.alter_model(name text, dimensions jsonb DEFAULT NULL, bands jsonb DEFAULT NULL,
		minimum_coverage integer DEFAULT NULL, vetoes jsonb DEFAULT NULL) RETURNS integer
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_model';
REVOKE ALL ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb) IS
'Makes a new version of a model and returns its number; what is NULL stays as it was. Earlier versions are kept. Errors: SP303 unknown model, SP302 what is wrong with it.';

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
CREATE OR REPLACE FUNCTION pulse_internal.model_error(message text, detail text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = message, DETAIL = detail,
		HINT = 'A dimension looks like {"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0", "weight": 2, "missing": "worst"}; bands look like {"red": 0, "amber": 50, "green": 75}.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.model_error(text, text) FROM PUBLIC;

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
		WHERE k <> ALL ('{dimension,column,curve,weight,missing,measured_at,valid_days}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in dimension %s', wrong, place),
				'The keys are dimension, column, curve, weight, missing, measured_at and valid_days.');
		END IF;
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
		WHERE k <> ALL ('{veto,column,since,below,band}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in veto %s', wrong, place),
				'The keys are veto, column, since, below and band.');
		END IF;
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

CREATE OR REPLACE FUNCTION pulse_internal.check_bands(bands jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	band text;
	lower jsonb;
BEGIN
	IF jsonb_typeof(bands) IS DISTINCT FROM 'object' THEN
		PERFORM pulse_internal.model_error('bands must be a JSON object', 'It has a colour and the score at which it begins.');
	END IF;
	FOR band, lower IN SELECT b.key, b.value FROM jsonb_each(bands) AS b ORDER BY b.key LOOP
		IF band <> ALL ('{grey,black,red,orange,amber,yellow,green,blue,purple,white}') THEN
			PERFORM pulse_internal.model_error(format('unknown band "%s"', band),
				'A band is black, red, orange, amber, yellow, green, blue, purple or white.');
		END IF;
		IF jsonb_typeof(lower) <> 'number' OR lower::numeric < 0 OR lower::numeric >= 100
				OR lower::numeric <> round(lower::numeric, 2) THEN
			PERFORM pulse_internal.model_error(format('band "%s" begins at no score', band),
				format('%s is not a number from 0 to less than 100 with at most two decimals.', lower));
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_bands(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.insert_model_version(model_name text, dimensions jsonb, bands jsonb,
		minimum_coverage integer, vetoes jsonb, author oid) RETURNS void
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
	INSERT INTO pulse_internal.model_version (model_id, version, minimum_coverage, author)
	VALUES (model.model_id, model.version + 1, coalesce(insert_model_version.minimum_coverage, before.minimum_coverage),
		insert_model_version.author::regrole);

	IF dimensions IS NOT NULL THEN
		PERFORM pulse_internal.check_dimensions(dimensions);
		INSERT INTO pulse_internal.model_dimension (model_id, version, ordinal, dimension, column_name, curve, weight, missing,
			measured_at, valid_days)
		SELECT model.model_id, model.version + 1, d.ordinality, d.value ->> 'dimension',
			coalesce(d.value ->> 'column', d.value ->> 'dimension'), (d.value ->> 'curve')::pulse.curve,
			coalesce((d.value ->> 'weight')::numeric, 1), coalesce(d.value ->> 'missing', 'exclude'),
			d.value ->> 'measured_at', (d.value ->> 'valid_days')::numeric
		FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d;
	ELSE
		INSERT INTO pulse_internal.model_dimension (model_id, version, ordinal, dimension, column_name, curve, weight, missing,
			measured_at, valid_days)
		SELECT d.model_id, model.version + 1, d.ordinal, d.dimension, d.column_name, d.curve, d.weight, d.missing,
			d.measured_at, d.valid_days
		FROM pulse_internal.model_dimension AS d WHERE d.model_id = model.model_id AND d.version = model.version;
	END IF;
	IF vetoes IS NOT NULL THEN
		PERFORM pulse_internal.check_vetoes(vetoes);
		INSERT INTO pulse_internal.model_veto (model_id, version, ordinal, veto, column_name, since, below, band)
		SELECT model.model_id, model.version + 1, v.ordinality, v.value ->> 'veto', v.value ->> 'column',
			(v.value ->> 'since')::numeric, (v.value ->> 'below')::numeric, v.value ->> 'band'
		FROM jsonb_array_elements(vetoes) WITH ORDINALITY AS v;
	ELSE
		INSERT INTO pulse_internal.model_veto (model_id, version, ordinal, veto, column_name, since, below, band)
		SELECT v.model_id, model.version + 1, v.ordinal, v.veto, v.column_name, v.since, v.below, v.band
		FROM pulse_internal.model_veto AS v WHERE v.model_id = model.model_id AND v.version = model.version;
	END IF;
	IF bands IS NOT NULL THEN
		PERFORM pulse_internal.check_bands(bands);
		INSERT INTO pulse_internal.model_band (model_id, version, band, lower)
		SELECT model.model_id, model.version + 1, b.key, b.value::numeric FROM jsonb_each(bands) AS b;
	ELSE
		INSERT INTO pulse_internal.model_band (model_id, version, band, lower)
		SELECT b.model_id, model.version + 1, b.band, b.lower
		FROM pulse_internal.model_band AS b WHERE b.model_id = model.model_id AND b.version = model.version;
	END IF;
	UPDATE pulse_internal.model AS m SET version = m.version + 1 WHERE m.model_id = model.model_id;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.insert_model(model_name text, dimensions jsonb, bands jsonb,
		minimum_coverage integer, vetoes jsonb, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF dimensions IS NULL OR bands IS NULL OR minimum_coverage IS NULL OR vetoes IS NULL THEN
		PERFORM pulse_internal.model_error('dimensions, bands, minimum_coverage and vetoes must not be null',
			'Leave bands, minimum_coverage and vetoes out to get the usual ones.');
	END IF;
	INSERT INTO pulse_internal.model (name, version) VALUES (model_name, 0) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('health model "%s" already exists', model_name),
			DETAIL = 'A name stands for one model.', HINT = 'Change it with pulse.alter_model(), or take another name.';
	END IF;
	PERFORM pulse_internal.insert_model_version(model_name, dimensions, bands, minimum_coverage, vetoes, author);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, oid) OWNER TO pulse_owner;
GRANT EXECUTE ON FUNCTION pulse_internal.model_error(text, text), pulse_internal.check_dimensions(jsonb),
	pulse_internal.check_vetoes(jsonb),
	pulse_internal.check_bands(jsonb) TO pulse_owner;
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
				edge AS (SELECT DISTINCT unnest(percentile_disc((SELECT array_agg(k / $1::float8 ORDER BY k) FROM generate_series(0, $1 - 1) AS k))
					WITHIN GROUP (ORDER BY value)) AS lower FROM r),
				bin AS (SELECT lower, lead(lower) OVER (ORDER BY lower) AS upper FROM edge),
				counted AS (SELECT b.lower, count(*) FILTER (WHERE NOT r.bad) AS good, count(*) FILTER (WHERE r.bad) AS bad
					FROM bin AS b JOIN r ON r.value >= b.lower AND (b.upper IS NULL OR r.value < b.upper) GROUP BY b.lower)
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
			format('%s has no column of that name with numbers, text, booleans or an enum.', relation));
	END IF;
	SELECT b.lower, b.category, b.good, b.bad INTO lower, category, good, bad
	FROM pulse_internal.count_bins(relation, outcome, column_name, bins, is_number) AS b;
	IF good IS NULL OR (SELECT sum(g) FROM unnest(good) AS g) = 0 OR (SELECT sum(b) FROM unnest(bad) AS b) = 0 THEN
		PERFORM pulse_internal.model_error(format('outcome "%s" has only one class', outcome),
			format('Where "%s" is known there must be rows with and without it.', column_name));
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
	pulse_internal.model_error(text, text) TO pulse_admin, pulse_author;

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
		monotone boolean DEFAULT true, OUT dimension text, OUT information_value numeric, OUT bin_count integer) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	column_name text;
	fitted record;
	dimensions jsonb := '[]';
BEGIN
	IF name IS NULL OR relation IS NULL OR outcome IS NULL OR columns IS NULL OR bins NOT BETWEEN 2 AND 30 OR bins IS NULL OR monotone IS NULL THEN
		PERFORM pulse_internal.model_error('fit_model needs a name, a relation, an outcome, columns, and 2 to 30 bins',
			'Type for instance fit_model(''churn'', ''app.customer'', ''churned'', ARRAY[''tenure'', ''contract'']).');
	END IF;
	IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = outcome AND a.atttypid = 'boolean'::regtype AND NOT a.attisdropped) THEN
		PERFORM pulse_internal.model_error(format('outcome "%s" is not a boolean column', outcome),
			format('%s must have it; true is what health is to warn of.', relation));
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
	IF EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = fit_model.name) THEN
		PERFORM pulse.alter_model(name, dimensions);
	ELSE
		PERFORM pulse.create_model(name, dimensions);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean) IS
'Fits a scorecard to outcomes that happened and writes it as a model, or as the next version of one. relation: a table or view with the boolean column outcome (true: what health is to warn of; NULL: not known yet) and the columns to fit. Numbers are cut into bins of equal count, which are merged until the share of good rows only rises or only falls (monotone => false leaves them); text, booleans and enums are taken as they are. The points of a bin are its weight of evidence, smoothed by half a row of each outcome; the weight of a dimension is how far its bins lie apart, times what a logistic regression of the outcome on the evidence gives it, so that columns that say the same do not count twice; a column that adds nothing gets the weight 0. Returns the information value and number of bins of each column. Error SP302: what is wrong, such as an outcome with one class.';
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
	PRIMARY KEY (model_id, version, ordinal),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_veto IS 'Vetoes of each version of a health model.';

CREATE TABLE pulse_internal.model_band (
	model_id integer NOT NULL,
	version integer NOT NULL,
	band text NOT NULL CHECK (band IN ('black', 'red', 'orange', 'amber', 'yellow', 'green', 'blue', 'purple', 'white', 'grey')),
	lower numeric NOT NULL CHECK (lower >= 0 AND lower < 100 AND lower = pg_catalog.round(lower, 2)),
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
-- ---- health: models to look at -------------------------------------------------------

CREATE OR REPLACE VIEW pulse.models WITH (security_invoker = true) AS
	SELECT m.name, m.version,
		(SELECT pg_catalog.count(*) FROM pulse_internal.model_dimension AS d
		 WHERE d.model_id OPERATOR(pg_catalog.=) v.model_id AND d.version OPERATOR(pg_catalog.=) v.version) AS dimensions,
		(SELECT pg_catalog.string_agg(pg_catalog.concat(b.band, ' ', b.lower), ', ' ORDER BY b.lower) FROM pulse_internal.model_band AS b
		 WHERE b.model_id OPERATOR(pg_catalog.=) v.model_id AND b.version OPERATOR(pg_catalog.=) v.version) AS bands,
		v.minimum_coverage, v.author::text AS author, v.created_at
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_version AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) m.version;
COMMENT ON VIEW pulse.models IS
'Health models in force: name, version, number of dimensions, bands with the score each begins at, minimum coverage in percent, author of the version and when it was made. See explain_model(name).';
GRANT SELECT ON pulse.models TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.explain_model(name text, OUT dimension text, OUT column_name text, OUT curve pulse.curve,
		OUT weight numeric, OUT share numeric, OUT missing text, OUT measured_at text, OUT valid_days numeric) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT d.dimension, d.column_name, d.curve, d.weight,
		pg_catalog.round(d.weight OPERATOR(pg_catalog./) pg_catalog.sum(d.weight) OVER (), 4), d.missing, d.measured_at, d.valid_days
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_dimension AS d
		ON d.model_id OPERATOR(pg_catalog.=) m.model_id AND d.version OPERATOR(pg_catalog.=) m.version
	WHERE m.name OPERATOR(pg_catalog.=) explain_model.name
	ORDER BY d.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_model(text) IS
'Dimensions of a health model in force, in their order: the column read, its curve, the weight and its share of all weights, what stands in for a missing value, and the column that says when it was measured with the days that it is valid. No rows: there is no model of that name.';

CREATE OR REPLACE FUNCTION pulse.explain_vetoes(name text, OUT veto text, OUT column_name text, OUT since numeric,
		OUT below numeric, OUT band text) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT v.veto, v.column_name, v.since, v.below, v.band
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_veto AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) m.version
	WHERE m.name OPERATOR(pg_catalog.=) explain_vetoes.name
	ORDER BY v.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_vetoes(text) IS
'Vetoes of a health model in force: while the column''s value is since or more and less than below (NULL: no limit), the band is this or a worse one. No rows: it has none, or there is no model of that name.';
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

CREATE OR REPLACE FUNCTION pulse.evaluate_model(name text, relation regclass, outcome text, OUT good bigint, OUT bad bigint,
		OUT auc numeric, OUT ks numeric, OUT brier numeric, OUT lift numeric) RETURNS record
	LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	figures double precision[];
BEGIN
	EXECUTE format('SELECT pulse.evaluation(pulse.health(%L, r), r.%I) FROM %s AS r', name, outcome, relation) INTO figures;
	good := figures[1];
	bad := figures[2];
	auc := round(figures[3]::numeric, 6);
	ks := round(figures[4]::numeric, 6);
	brier := round(figures[5]::numeric, 6);
	lift := round(figures[6]::numeric, 6);
END
$$;
COMMENT ON FUNCTION pulse.evaluate_model(text, regclass, text) IS
'How well a model tells outcomes apart, over the rows of a table or view with the boolean column outcome (true is bad; rows without a score or an outcome are left out): auc, the chance that a bad row scores below a good one, ties half; ks, the greatest distance between the two distributions; brier, the mean square error of 1 - score/100 taken as the chance of bad; lift, the share of bad among the lowest tenth of the scores, as a multiple of the share among all. Give rows as they were before the outcome, and others than those that the model was fitted to. NULL where there is only one class. Errors as health().';

CREATE OR REPLACE FUNCTION pulse.confusion(name text, relation regclass, outcome text, OUT band text, OUT good bigint, OUT bad bigint,
		OUT bad_share numeric) RETURNS SETOF record
	LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format('
		SELECT pulse.band(h.health), count(*) FILTER (WHERE NOT h.bad), count(*) FILTER (WHERE h.bad), round(avg(h.bad::int), 6)
		FROM (SELECT pulse.health(%L, r) AS health, r.%I AS bad FROM %s AS r) AS h
		WHERE h.bad IS NOT NULL GROUP BY 1 ORDER BY min(pulse.score(h.health)), 1', name, outcome, relation);
END
$$;
COMMENT ON FUNCTION pulse.confusion(text, regclass, text) IS
'Outcomes per band: how many rows of each band of a model turned out good and bad, and the share of bad, from the lowest band up. Arguments as evaluate_model().';
-- ---- stats: types ----------------------------------------------------------------

CREATE TYPE pulse.survival_point AS (
	duration double precision, at_risk numeric, happened numeric, censored numeric, survival double precision
);
COMMENT ON TYPE pulse.survival_point IS
'One step of a survival curve: at_risk just before the duration, how many it happened to then, how many were last seen from then until before the next step, and the share it has not happened to after it.';
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
'Days from issue to payment in a table or view with one row per invoice, or per part of it with its own date of payment; two rows (method count: every item alike; amount: by its amount) per currency and value of the columns in "by". Open items (paid NULL or after as_of) count as not paid within their age: median_days and mean_days are those of Kaplan and Meier, the mean up to the oldest item. paid_mean_days is the plain average of the paid ones, too small while items are open. Amounts of zero and below, and what was issued after as_of, do not count. For items issued in a time: condition => ''issued >= date ...''. status: ok, or short_history (less than half is paid within the ages seen; median_days is NULL). Errors: as aging_report(); 22003 an amount with more than four digits after the point.';
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
	late_events bigint NOT NULL DEFAULT 0
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
GRANT SELECT ON pulse_internal.watch, pulse_internal.capture_error, pulse_internal.event_gap
	TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;
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
		EXECUTE format('SELECT min(trigger_recorded) FROM %s', to_regclass('pulse_internal.wait')) INTO needed;
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
GRANT SELECT ON pulse.capture_errors TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;

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
-- ---- rule: waits and firings ---------------------------------------------------

CREATE TABLE pulse_internal.wait (
	wait_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
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
	end_reason text CHECK (end_reason IN ('answered', 'until', 'answered_late', 'moved', 'completed')),
	ended_at timestamptz,
	end_event bigint
) WITH (fillfactor = 80);
CREATE INDEX wait_due ON pulse_internal.wait (due_at, wait_id) WHERE due_at IS NOT NULL;
CREATE INDEX wait_key ON pulse_internal.wait (rule_id, key);
CREATE INDEX wait_of_key ON pulse_internal.wait (key);
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
	UNIQUE (wait_id, step, repetition)
);
CREATE INDEX firing_unreleased ON pulse_internal.firing (firing_id) WHERE released_at IS NULL;
CREATE INDEX firing_rule ON pulse_internal.firing (rule_id, due_at);
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
-- ---- rule: the language ----------------------------------------------------------

CREATE TYPE pulse.rule;

CREATE TABLE pulse_internal.label (
	class text NOT NULL CHECK (class IN ('event', 'column', 'key', 'role', 'channel', 'template', 'value')),
	scope text NOT NULL DEFAULT '',	-- of a column its event, of a value its column; '': any
	name text NOT NULL,
	en text,
	zh text,
	PRIMARY KEY (class, scope, name)
);
COMMENT ON TABLE pulse_internal.label IS 'What names are called in sentences; see pulse.labels.';
ALTER TABLE pulse_internal.label OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.label', '');
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
'The firings that a rule, whatever its mode, would have produced on stored history: those due from since until before until. Steps count from 1; repetition: of a step that repeats, from 1. superseded: recorded, but a later step (or the wait''s end) was learnt of at the same instant. end_reason and ended_at tell how the wait ended by then, NULL while open. guard: what the step asks of its case, which no history tells: it may or may not have acted. history: ''happened'' takes events in their own order; ''arrived'' takes them as they arrived here, as a sweep that never sleeps would have met them. Events are read with the rights of the rule''s author. Errors: SP504 unknown rule, 22023 bad span or history.';

CREATE OR REPLACE FUNCTION pulse.why(firing bigint, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_why';
REVOKE ALL ON FUNCTION pulse.why(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.why(bigint, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.why(bigint, text) IS
'A firing explained in sentences, one a line, from what was recorded when it fired: the trigger with its values, the window and what was not found in it, the three moments, the calendar. Instants are in the business time zone. lang: ''en'' or ''zh''; NULL is the setting language. Errors: P0002 unknown firing, 22023 unknown language.';
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

CREATE OR REPLACE FUNCTION pulse.alter_rule(name text, sentence text DEFAULT NULL, new_name text DEFAULT NULL) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_alter';
REVOKE ALL ON FUNCTION pulse.alter_rule(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_rule(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_rule(text, text, text) IS
'Gives a rule another sentence (its version goes up, its mode stays; open waits go on by the new steps, unless the first event or the key is another: then they end) or another name; returns the canonical sentence when one is given. Errors: SP504 no such rule, 42501 it belongs to another, and those of create_rule.';

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
'Sets a rule to draft, shadow or live, and takes up a suspended one again. A rule that leaves draft is active from pulse.clock() on: it never fires for what was due before. Errors: SP504 no such rule, 22023 no such mode, 42501 it belongs to another, SP502 its names are gone.';

CREATE OR REPLACE FUNCTION pulse.check_rule(sentence text, OUT ok boolean, OUT message text, OUT detail text,
		OUT hint text, OUT char_position int, OUT canonical_en text, OUT canonical_zh text) RETURNS record
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'rule_check';
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
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'rule_problem';

CREATE OR REPLACE FUNCTION pulse.label(class text, name text, en text DEFAULT NULL, zh text DEFAULT NULL,
		scope text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'label_set';
REVOKE ALL ON FUNCTION pulse.label(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.label(text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.label(text, text, text, text, text) IS
'Says what an event, column, key, role, channel, template or value is called in sentences, in English and Chinese. Scope: for a column the event, for a value the column; NULL: wherever the name occurs. Without labels the entry goes. Errors: 22023 unknown class or unusable label, 22004 no class or name. Warns of labels that begin with a keyword or name something else, too.';

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
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.rule IS 'Rules; see pulse.rules.';

CREATE TABLE pulse_internal.rule_action (
	rule_id int NOT NULL REFERENCES pulse_internal.rule ON DELETE CASCADE,
	step int NOT NULL,
	action int NOT NULL,
	verb text NOT NULL CHECK (verb IN ('notify', 'text', 'mail', 'assign')),
	role text NOT NULL,
	copies text[] NOT NULL,
	body text,					-- title of the task or message
	due_in text,				-- a duration such as "2 working days"
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
-- ---- rule: waits, firings and counters, to look at --------------------------------

GRANT SELECT ON pulse_internal.wait, pulse_internal.firing, pulse_internal.rule_stat, pulse_internal.rule
	TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.event_kind TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.rule_stat, pulse_internal.rule, pulse_internal.wait TO pg_monitor;

CREATE OR REPLACE VIEW pulse.firings WITH (security_invoker = true) AS
	SELECT f.firing_id, coalesce(r.name, f.evidence ->> 'rule') AS rule, f.key_name, f.key, f.step + 1 AS step, nullif(f.repetition, 0) AS repetition, f.due_at, f.swept_at, f.released_at,
		f.superseded, f.late_answer_at, f.mode, f.guard, f.withheld, k.name AS trigger_event, f.trigger_event AS trigger_id, f.wait_id, f.evidence
	FROM pulse_internal.firing AS f
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind;
COMMENT ON VIEW pulse.firings IS
'Steps of rules that came due: rule (its name now, or, dropped since, then), what they are about (key_name, key), step (from 1), repetition (from 1; NULL: the step does not repeat), three moments: due_at (true due time), swept_at (a sweep saw it), released_at (it was acted on; NULL: not yet); superseded (recorded, but did nothing: a later step or the end of the wait was learnt of in the same sweep), late_answer_at (instant of an answer that was in time but was learnt of too late to prevent it), mode of the rule then (shadow sends nothing), guard (what the step asks of its case, such as UNLESS ACKNOWLEDGED) and withheld (acknowledged, done, not delivered: why it therefore did nothing), the event that opened the wait, evidence as jsonb. pulse.why(firing_id) says it in sentences.';
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
	SELECT r.name AS rule, r.mode, r.state, r.reason,
		coalesce(s.events, 0) AS events, coalesce(s.waits, 0) AS waits,
		(SELECT count(*) FROM pulse_internal.wait AS w
		 WHERE w.rule_id = r.rule_id AND w.end_reason IS NULL) AS open_waits,
		coalesce(s.firings, 0) AS firings, coalesce(s.superseded, 0) AS superseded,
		coalesce(s.answered, 0) AS answered, coalesce(s.answered_late, 0) AS answered_late,
		s.last_event_at, s.last_firing_at
	FROM pulse_internal.rule AS r
	LEFT JOIN pulse_internal.rule_stat AS s ON s.rule_id = r.rule_id;
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
		) AS x(part, place, topic, name, value)
	WHERE f.firing_id = why_rows.firing AND x.value IS NOT NULL
		AND (x.topic <> 'window' OR f.evidence ? 'window')
	ORDER BY x.part, x.place;
END;
REVOKE ALL ON FUNCTION pulse.why_rows(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.why_rows(bigint) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.why_rows(bigint) IS
'A firing explained as rows (topic, name, value as text): rule, step, key, the trigger''s row, the window searched and the event not found in it, the calendar used, the three moments in the business time zone. No rows: there is no such firing.';
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
		coalesce(r.reason, p.problem) AS reason,
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
	resolved_late boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE pulse_internal.cases IS 'One row per wait that has fired; see pulse.cases.';
CREATE INDEX cases_by_key ON pulse_internal.cases (key_name, key);
CREATE INDEX cases_unfinished ON pulse_internal.cases (case_id)
	WHERE state IN ('open', 'acknowledged');

CREATE TABLE pulse_internal.case_event (
	case_id bigint NOT NULL REFERENCES pulse_internal.cases ON DELETE CASCADE,
	at timestamptz NOT NULL,
	number bigint GENERATED BY DEFAULT AS IDENTITY,
	what text NOT NULL,			-- opened, step, fallback, unaddressed, acknowledged, task done, closed ...
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
	not_before timestamptz NOT NULL,	-- by pulse.clock()
	held_until timestamptz NOT NULL DEFAULT '-infinity',	-- end of the lease, or of the pause after a failure; by the system's clock
	state text NOT NULL DEFAULT 'queued'
		CHECK (state IN ('queued', 'claimed', 'unknown', 'sent', 'delivered',
						 'failed', 'dead', 'withdrawn', 'unaddressed')),
	withdraw boolean NOT NULL DEFAULT false,	-- its case closed while a worker had it
	attempt int NOT NULL DEFAULT 0,
	lease_token bigint,
	worker text,
	provider_id text,
	last_error text,
	changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE pulse_internal.message IS 'The outbox; see pulse.messages.';

-- a repeat is impossible rather than unlikely
CREATE UNIQUE INDEX message_once ON pulse_internal.message
	(wait_id, step, repetition, action, coalesce(staff, ''));

-- claims read it in order; rows that pause are skipped inside the index.  What is
-- claimed leaves it: entries that are skipped are never found to be dead, and a
-- queue would grow slower with each message that went through it
CREATE INDEX message_queue ON pulse_internal.message
	(priority, not_before, message_id, held_until)
	WHERE state = 'queued' AND NOT withdraw;
CREATE INDEX message_leased ON pulse_internal.message (held_until)
	WHERE state = 'claimed' AND NOT withdraw;
CREATE INDEX message_withdrawn ON pulse_internal.message (message_id)
	WHERE state = 'claimed' AND withdraw;
CREATE INDEX message_trouble ON pulse_internal.message (state)
	WHERE state IN ('unknown', 'failed', 'dead', 'unaddressed');
CREATE INDEX message_by_case ON pulse_internal.message (case_id);
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
	outcome text
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
	created_at timestamptz NOT NULL,
	UNIQUE (kind, name, key_name)
);
COMMENT ON TABLE pulse_internal.mapping IS 'How staff, roles and keys are read from the application''s tables; see pulse.roles.';
ALTER TABLE pulse_internal.mapping OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.mapping', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.mapping_mapping_id_seq', '');
-- ---- escalation: texts ---------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.render(template text, variables jsonb) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_render';
REVOKE ALL ON FUNCTION pulse_internal.render(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.render(text, jsonb) TO pulse_owner;

-- an instant as people of the business read it; a bare day where it is its first instant
CREATE OR REPLACE FUNCTION pulse_internal.instant_text(instant timestamptz) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN to_char(instant AT TIME ZONE pulse.setting('timezone'),
				   CASE WHEN (instant AT TIME ZONE pulse.setting('timezone'))::time = time '00:00'
						THEN 'YYYY-MM-DD' ELSE 'YYYY-MM-DD HH24:MI' END);
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
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN coalesce(
		(SELECT CASE language WHEN 'zh' THEN l.zh ELSE l.en END FROM pulse_internal.label AS l
		 WHERE l.class = word.class AND l.name = word.name AND l.scope IN ('', word.scope)
		 ORDER BY l.scope DESC LIMIT 1), name);
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
	RETURN (SELECT c.channel
			FROM unnest(ARRAY[CASE verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE preferred END,
							  'mail', 'sms']) WITH ORDINALITY AS c(channel, n)
			WHERE pulse_internal.address(c.channel, staff, email, mobile) IS NOT NULL
			ORDER BY c.n LIMIT 1);
REVOKE ALL ON FUNCTION pulse_internal.reachable_channel(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.reachable_channel(text, text, text, text, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.require(found boolean, what text, name text) RETURNS void
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_require';
REVOKE ALL ON FUNCTION pulse_internal.require(boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require(boolean, text, text) TO pulse_owner;
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
		EXECUTE format('SELECT FROM %s LIMIT 0', view_path);
	EXCEPTION WHEN syntax_error OR undefined_column OR undefined_function OR undefined_object
				OR datatype_mismatch OR cannot_coerce OR insufficient_privilege THEN
		RAISE EXCEPTION USING ERRCODE = sqlstate,
			MESSAGE = format('%s cannot be read as mapped', relation),
			DETAIL = format('PostgreSQL says: %s.', sqlerrm),
			HINT = format('Give columns of %s that you may read, or expressions over them with functions named in full.', relation);
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
-- A message goes queued -> claimed -> (unknown ->) sent -> delivered, or ends as
-- failed (a receipt says so), dead (given up), withdrawn (its case closed first).
-- Nobody moves it back but a failure, a lease that ran out, or retry_messages().

CREATE OR REPLACE FUNCTION pulse_internal.check_claim(worker text, max_messages int, lease interval, held boolean) RETURNS void
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_check_claim';
REVOKE ALL ON FUNCTION pulse_internal.check_claim(text, int, interval, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_claim(text, int, interval, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.check_outcome(outcome text) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_check_outcome';
REVOKE ALL ON FUNCTION pulse_internal.check_outcome(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_outcome(text) TO pulse_owner;

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
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_claim(claim_messages.worker, claim_messages.max_messages,
									  claim_messages.lease, pulse_internal.delivery_held());
	WITH expired AS (
		SELECT m.message_id
		FROM pulse_internal.message AS m
		WHERE m.state = 'claimed' AND NOT m.withdraw
		  AND m.held_until <= (SELECT clock_timestamp())
		  AND (claim_messages.channels IS NULL OR m.channel = ANY (claim_messages.channels))
		  AND (claim_messages.except_channels IS NULL OR m.channel <> ALL (claim_messages.except_channels))
		ORDER BY m.held_until
		LIMIT claim_messages.max_messages
		FOR UPDATE SKIP LOCKED
	), queued AS (
		SELECT m.message_id
		FROM pulse_internal.message AS m
		WHERE m.state = 'queued' AND NOT m.withdraw
		  AND m.not_before <= (SELECT pulse.clock())
		  AND m.held_until <= (SELECT clock_timestamp())
		  AND (claim_messages.channels IS NULL OR m.channel = ANY (claim_messages.channels))
		  AND (claim_messages.except_channels IS NULL OR m.channel <> ALL (claim_messages.except_channels))
		ORDER BY m.priority, m.not_before, m.message_id
		LIMIT claim_messages.max_messages - (SELECT count(*) FROM expired)
		FOR UPDATE SKIP LOCKED
	), picked AS (
		SELECT e.message_id FROM expired AS e UNION ALL SELECT q.message_id FROM queued AS q
	), claimed AS (
		UPDATE pulse_internal.message AS m
		SET state = CASE WHEN m.attempt < pulse_internal.max_attempts() THEN 'claimed' ELSE 'dead' END,
			attempt = least(m.attempt + 1, pulse_internal.max_attempts()),
			lease_token = nextval('pulse_internal.lease_token'),
			worker = claim_messages.worker,
			held_until = clock_timestamp() + claim_messages.lease,
			last_error = CASE WHEN m.attempt < pulse_internal.max_attempts() THEN m.last_error
							  ELSE coalesce(m.last_error, 'its workers came to no end') END,
			changed_at = clock_timestamp()
		-- an array, so that the plan goes by the primary key however many there are
		WHERE m.message_id = ANY (ARRAY(SELECT p.message_id FROM picked AS p))
		RETURNING m.*
	)
	SELECT c.message_id, c.lease_token, c.channel, c.recipient, c.recipient_name, c.copies,
		   c.subject, c.body, c.variables, c.idempotency_key::text, c.attempt, c.created_at
	FROM claimed AS c
	WHERE c.state = 'claimed'
	ORDER BY c.priority, c.not_before, c.message_id;
END;
ALTER FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) IS
'Gives a worker up to max_messages messages to deliver, in order of priority and age, no message to two workers. Answer each with ack_message or fail_message and the lease_token; what is not answered when the lease ends may be claimed again, with attempt one higher. Send the idempotency_key along where the channel has one. With channels, only of those; with except_channels, of none of those: so a worker leaves alone what it cannot send now. Errors: 22023 unusable argument, SP902 delivery is held.';

CREATE OR REPLACE FUNCTION pulse.ack_message(message_id bigint, lease_token bigint,
		provider_id text DEFAULT NULL, outcome text DEFAULT 'sent', reason text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH acked AS (
		UPDATE pulse_internal.message AS m
		SET state = CASE WHEN pulse_internal.outcome_rank(m.state) < pulse_internal.outcome_rank(ack_message.outcome)
						 THEN ack_message.outcome ELSE m.state END,
			provider_id = coalesce(ack_message.provider_id, m.provider_id),
			last_error = coalesce(left(ack_message.reason, 2000), m.last_error),
			changed_at = clock_timestamp()
		WHERE m.message_id = ack_message.message_id AND m.lease_token = ack_message.lease_token
		  AND m.state IN ('claimed', 'unknown', 'sent', 'delivered', 'failed')
		  AND pulse_internal.check_outcome(ack_message.outcome) IS NOT NULL
		RETURNING 1
	)
	SELECT EXISTS (SELECT FROM acked)
	WHERE pulse_internal.check_outcome(ack_message.outcome) IS NOT NULL;
END;
ALTER FUNCTION pulse.ack_message(bigint, bigint, text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) IS
'Says that a claimed message is sent, delivered, or that it is unknown whether it was sent (a connection cut after the text; the reason says it). May be told again as receipts come, in any order: the state only goes forward. False: the lease was lost, another worker has or had the message. Error 22023: unknown outcome.';

CREATE OR REPLACE FUNCTION pulse.ack_messages(message_ids bigint[], lease_tokens bigint[],
		outcome text DEFAULT 'sent', provider_ids text[] DEFAULT NULL) RETURNS SETOF bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_outcome(ack_messages.outcome);
	UPDATE pulse_internal.message AS m
	SET state = CASE WHEN pulse_internal.outcome_rank(m.state) < pulse_internal.outcome_rank(ack_messages.outcome)
					 THEN ack_messages.outcome ELSE m.state END,
		provider_id = coalesce(given.provider_id, m.provider_id),
		changed_at = clock_timestamp()
	FROM unnest(ack_messages.message_ids, ack_messages.lease_tokens, ack_messages.provider_ids)
		AS given(message_id, lease_token, provider_id)
	WHERE m.message_id = given.message_id AND m.lease_token = given.lease_token
	  AND m.state IN ('claimed', 'unknown', 'sent', 'delivered', 'failed')
	RETURNING m.message_id;
END;
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

CREATE OR REPLACE FUNCTION pulse.fail_message(message_id bigint, lease_token bigint, error text,
		retry_after interval DEFAULT NULL, permanent boolean DEFAULT false, reached boolean DEFAULT true) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	UPDATE pulse_internal.message AS m
	SET state = pulse_internal.state_after_failure(m.state, CASE WHEN fail_message.reached THEN m.attempt ELSE 0 END, m.withdraw,
												   coalesce(fail_message.permanent, false)),
		attempt = m.attempt - CASE WHEN m.state = 'claimed' AND NOT fail_message.reached THEN 1 ELSE 0 END,
		held_until = clock_timestamp() + greatest(coalesce(fail_message.retry_after,
														   pulse_internal.backoff(m.attempt)),
												  interval '0'),
		last_error = left(fail_message.error, 2000),
		changed_at = clock_timestamp()
	WHERE m.message_id = fail_message.message_id AND m.lease_token = fail_message.lease_token
	  AND m.state IN ('claimed', 'unknown', 'sent')
	RETURNING m.state;
END;
ALTER FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) IS
'Says that a claimed message could not be delivered. It is queued again after retry_after (default: 30 seconds, doubled at each try, at most an hour) and dead after 12 tries, or at once when permanent. Where reached is false (its channel is down, no message came through) the try does not count. After "sent" (a receipt says no) it is failed. Returns the new state; NULL when the lease was lost.';

CREATE OR REPLACE FUNCTION pulse.retry_messages(message_ids bigint[]) RETURNS SETOF bigint
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	UPDATE pulse_internal.message AS m
	SET state = 'queued', attempt = 0, held_until = '-infinity', changed_at = clock_timestamp()
	WHERE m.message_id = ANY (retry_messages.message_ids)
	  AND m.state IN ('dead', 'failed', 'unknown') AND m.recipient IS NOT NULL
	RETURNING m.message_id;
END;
ALTER FUNCTION pulse.retry_messages(bigint[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.retry_messages(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.retry_messages(bigint[]) TO pulse_admin;
COMMENT ON FUNCTION pulse.retry_messages(bigint[]) IS
'Queues messages again that are dead, failed or unknown, with the same idempotency key. Returns the ids that were.';
-- ---- escalation: views of the outbox ---------------------------------------------

CREATE OR REPLACE VIEW pulse.messages WITH (security_invoker = true) AS
	SELECT m.message_id, m.case_id, m.step + 1 AS step, nullif(m.repetition, 0) AS repetition, m.role, m.found_by, m.staff, m.recipient_name,
		   m.channel, m.recipient, m.copies, m.language, m.subject, m.body,
		   m.state, m.attempt, m.created_at, m.not_before,
		   m.worker, m.provider_id, m.last_error, m.changed_at, m.idempotency_key::text AS idempotency_key, m.together
	FROM pulse_internal.message AS m;
COMMENT ON VIEW pulse.messages IS
'The outbox: what was written to whom, on which channel and address, and how far it has come (state: queued, claimed, unknown, sent, delivered, failed, dead, withdrawn, unaddressed). step: of the rule, from 1; repetition: of a step that repeats, from 1. together: all cases it is about, where the rule put several together. found_by says how the recipient was found: role, fallback, nobody.';
GRANT SELECT ON pulse_internal.message, pulse.messages TO pulse_admin;
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
		name text DEFAULT NULL, url text DEFAULT NULL, condition text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.save_mapping('key', key, '',
		pulse_internal.make_mapping_view('key_' || key, relation, ARRAY['key', 'name', 'url'],
			ARRAY['(' || coalesce(id, pulse_internal.key_column(relation, key)) || ')',
				  pulse_internal.mapped_text('name', name, true), pulse_internal.mapped_text('url', url, false)],
			condition),
		relation, NULL, NULL);
END;
REVOKE ALL ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text) IS
'Gives a key a name and a link in messages: describe_key(''customer'', ''app.customer'', name => ''name'', url => $$ ''https://crm/c/'' || id $$). id is the column that holds the key (default: the primary key). Errors: 22023 something required is missing, those of CREATE VIEW.';

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
'Staff as map_staff reads them from the application, now: id, name, email, mobile, org_path (text; cast it to ltree to search), preferred channel, language.';
GRANT SELECT ON pulse_internal.mapping, pulse.staff TO pulse_admin, pulse_author;

CREATE OR REPLACE VIEW pulse.roles WITH (security_invoker = true) AS
	SELECT m.name AS role, nullif(m.key_name, '') AS key, m.relation, m.holder, m.above,
		   c.relowner::regrole AS author, m.state, m.reason
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

CREATE OR REPLACE FUNCTION pulse.explain_role(role text, key text DEFAULT NULL, key_value text DEFAULT NULL)
	RETURNS TABLE (staff text, name text, email text, mobile text, channel text, org_path text, found_by text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.staff, r.name, r.email, r.mobile, r.channel, r.org_path,
		   CASE r.key_name WHEN '' THEN 'fixed' ELSE r.key_name || ' ' || r.key END
	FROM pulse_internal.resolve_roles(ARRAY[explain_role.role],
			CASE WHEN explain_role.key IS NULL THEN '{}'::text[] ELSE ARRAY[explain_role.key] END,
			CASE WHEN explain_role.key IS NULL THEN '{}'::text[] ELSE ARRAY[explain_role.key_value] END, false) AS r
	ORDER BY 1;
END;
REVOKE ALL ON FUNCTION pulse.explain_role(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_role(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.explain_role(text, text, text) IS
'Who holds a role now, for a key such as (''rep'', ''customer'', ''17''), and how that was found. No rows: nobody, so a message would go to the role of the setting fallback_role.';
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

-- Firings to act on; those that need no act were released before (pass_over_firings).
CREATE OR REPLACE VIEW pulse_internal.acting WITH (security_invoker = true) AS
	SELECT f.firing_id, f.rule_id, r.name AS rule_name, f.wait_id, f.key_name, f.key, f.step, f.repetition, f.due_at,
		   coalesce(k.name, '') AS event,
		   f.together, f.evidence -> 'trigger' ->> f.together AS together_key,
		   coalesce(f.evidence -> 'trigger', '{}') - ARRAY['event_id', 'at', 'recorded', 'txid', 'dedup_key'] AS facts
	FROM pulse_internal.firing AS f
	JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind
	WHERE f.released_at IS NULL;
COMMENT ON VIEW pulse_internal.acting IS 'Firings that release_firings() turns into messages and tasks.';
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

-- Who holds which wanted role for which acting firing.  A firing is about its
-- own key and about the columns of its trigger that roles are found by; the
-- nearest of them that leads to somebody counts.
CREATE OR REPLACE FUNCTION pulse_internal.holders_of_firings()
	RETURNS TABLE (firing_id bigint, role text, staff text, name text, email text, mobile text,
				   channel text, language text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH wanted AS MATERIALIZED (
		SELECT DISTINCT a.firing_id, w.role
		FROM pulse_internal.acting AS a
		JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step,
			 LATERAL unnest(coalesce(ra.copies, '{}') || ra.role || pulse.setting('fallback_role')) AS w(role)
	), about AS MATERIALIZED (
		SELECT a.firing_id, a.key_name, a.key, 0 AS distance FROM pulse_internal.acting AS a
		UNION ALL
		SELECT a.firing_id, fact.key, fact.value, 1
		FROM pulse_internal.acting AS a, LATERAL jsonb_each_text(a.facts) AS fact
		WHERE fact.value IS NOT NULL AND fact.key <> a.key_name
		  AND fact.key IN (SELECT m.key_name FROM pulse_internal.mapping AS m WHERE m.kind = 'role')
	), pair AS (
		SELECT array_agg(p.key_name) AS key_names, array_agg(p.key) AS keys
		FROM (SELECT DISTINCT b.key_name, b.key FROM about AS b) AS p
	), resolved AS MATERIALIZED (
		SELECT r.*
		FROM pair AS p, LATERAL pulse_internal.resolve_roles(
			ARRAY(SELECT DISTINCT w.role FROM wanted AS w), p.key_names, p.keys, true) AS r
	), led_to AS MATERIALIZED (
		-- by key first: by role alone it is firings times holders
		SELECT b.firing_id, b.distance, r.*
		FROM about AS b JOIN resolved AS r ON r.key_name = b.key_name AND r.key = b.key
	), candidate AS (
		SELECT l.* FROM led_to AS l JOIN wanted AS w ON w.firing_id = l.firing_id AND w.role = l.role
		UNION ALL
		SELECT w.firing_id, 2, r.* FROM wanted AS w JOIN resolved AS r ON r.role = w.role AND r.key_name = ''
	), ranked AS (
		SELECT c.*, rank() OVER (PARTITION BY c.firing_id, c.role ORDER BY c.distance, c.key_name) AS place
		FROM candidate AS c
	)
	SELECT n.firing_id, n.role, n.staff, n.name, n.email, n.mobile, n.channel, n.language
	FROM ranked AS n WHERE n.place = 1;
END;
REVOKE ALL ON FUNCTION pulse_internal.holders_of_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.holders_of_firings() TO pulse_owner;

-- Each action of each acting firing, with those it goes to: who holds the role
-- and can be reached, else who holds the fallback role, else nobody.  A copy
-- is a Cc of a mail; an action that sends none writes to its copies themselves.
CREATE OR REPLACE FUNCTION pulse_internal.addressed_actions()
	RETURNS TABLE (firing_id bigint, action int, verb text, role text, title text, due_in text,
				   found_by text, staff text, name text, channel text, recipient text, copies text[], language text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT h.* FROM pulse_internal.holders_of_firings() AS h
	), action AS MATERIALIZED (
		SELECT a.firing_id, ra.action, ra.verb, ra.role, coalesce(ra.copies, '{}') AS copies, ra.body, ra.due_in
		FROM pulse_internal.acting AS a
		JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step
	), reached AS MATERIALIZED (
		SELECT t.firing_id, t.action, t.verb, h.role = ANY (t.copies) AS is_copy, h.staff, h.name, h.email, h.language,
			   CASE h.role WHEN t.role THEN 1 WHEN pulse.setting('fallback_role') THEN 2 END AS preference,
			   c.channel, pulse_internal.address(c.channel, h.staff, h.email, h.mobile) AS recipient
		FROM action AS t JOIN holder AS h ON h.firing_id = t.firing_id,
			 LATERAL (SELECT pulse_internal.reachable_channel(t.verb, h.channel, h.staff, h.email, h.mobile)) AS c(channel)
	), chosen AS (
		-- a task may go to somebody without an address: it shows in my_tasks()
		SELECT r.*, rank() OVER (PARTITION BY r.firing_id, r.action ORDER BY r.preference) AS place
		FROM reached AS r
		WHERE r.preference IS NOT NULL AND (r.channel IS NOT NULL OR r.verb = 'assign')
	), principal AS MATERIALIZED (
		SELECT t.firing_id, t.action,
			   CASE c.preference WHEN 1 THEN 'role' WHEN 2 THEN 'fallback' ELSE 'nobody' END AS found_by,
			   c.staff, c.name, c.language, c.channel, c.recipient
		FROM action AS t LEFT JOIN chosen AS c ON c.firing_id = t.firing_id AND c.action = t.action AND c.place = 1
	), addressed AS (
		SELECT p.firing_id, p.action, bool_or(p.channel = 'mail') AS by_mail, array_agg(p.staff) AS staff
		FROM principal AS p GROUP BY p.firing_id, p.action
	), copied AS MATERIALIZED (
		SELECT DISTINCT r.firing_id, r.action, r.staff, r.name, r.email, r.language, r.channel, r.recipient,
			   coalesce(d.by_mail, false) AS as_cc
		FROM reached AS r JOIN addressed AS d ON d.firing_id = r.firing_id AND d.action = r.action
		WHERE r.is_copy AND (r.staff = ANY (d.staff)) IS NOT TRUE
	), carbon AS (
		SELECT c.firing_id, c.action, array_agg(DISTINCT c.email ORDER BY c.email) AS emails
		FROM copied AS c WHERE c.as_cc AND c.email <> '' GROUP BY c.firing_id, c.action
	), everyone AS (
		SELECT p.* FROM principal AS p
		UNION ALL
		SELECT c.firing_id, c.action, 'copy', c.staff, c.name, c.language, c.channel, c.recipient
		FROM copied AS c WHERE NOT c.as_cc AND c.channel IS NOT NULL
	)
	SELECT t.firing_id, t.action, t.verb, t.role, t.body, t.due_in, e.found_by, e.staff, e.name,
		   coalesce(e.channel, CASE t.verb WHEN 'text' THEN 'sms' ELSE 'mail' END), e.recipient,
		   CASE WHEN e.channel = 'mail' AND e.found_by <> 'copy' THEN coalesce(b.emails, '{}') ELSE '{}' END,
		   CASE WHEN e.language IN ('en', 'zh') THEN e.language ELSE pulse.setting('language') END
	FROM action AS t
	JOIN everyone AS e ON e.firing_id = t.firing_id AND e.action = t.action
	LEFT JOIN carbon AS b ON b.firing_id = t.firing_id AND b.action = t.action;
END;
REVOKE ALL ON FUNCTION pulse_internal.addressed_actions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.addressed_actions() TO pulse_owner;

-- the columns of a trigger row as lines "label: value"
CREATE OR REPLACE FUNCTION pulse_internal.fact_lines(facts jsonb, event text, language text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN (SELECT string_agg(pulse_internal.word('column', event, f.key, language)
							  || CASE language WHEN 'zh' THEN '：' ELSE ': ' END
							  || pulse_internal.word('value', f.key, f.value, language), E'\n' ORDER BY f.key)
			FROM jsonb_each_text(facts) AS f WHERE f.value IS NOT NULL);
REVOKE ALL ON FUNCTION pulse_internal.fact_lines(jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fact_lines(jsonb, text, text) TO pulse_owner;

-- when a task given now is to be finished
CREATE OR REPLACE FUNCTION pulse_internal.task_due(due_in text) RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_task_due';
REVOKE ALL ON FUNCTION pulse_internal.task_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.task_due(text) TO pulse_owner;

-- one message per recipient, written in his language; idle when all stands there already
CREATE OR REPLACE FUNCTION pulse_internal.write_messages() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH addressed AS MATERIALIZED (
		SELECT d.* FROM pulse_internal.addressed_actions() AS d
	), steps AS (
		SELECT ra.rule_id, max(ra.step) + 1 AS count FROM pulse_internal.rule_action AS ra
		WHERE ra.rule_id IN (SELECT a.rule_id FROM pulse_internal.acting AS a) GROUP BY ra.rule_id
	), shared AS MATERIALIZED (
		SELECT k.* FROM (
			SELECT array_agg(a.together) AS key_names, array_agg(a.together_key) AS keys
			FROM pulse_internal.acting AS a WHERE a.together_key IS NOT NULL) AS p,
			LATERAL pulse_internal.describe_keys(p.key_names, p.keys) AS k
	), composed AS MATERIALIZED (
		SELECT a.together, a.together_key, k.name AS together_name, k.url AS together_link,
			   CASE WHEN a.together_key IS NULL THEN a.firing_id END AS alone, c.case_id, a.rule_id, a.wait_id, a.step, a.repetition, s.count AS steps, d.*,
			   jsonb_strip_nulls(jsonb_build_object(
				   'rule', a.rule_name, 'title', d.title, 'step', a.step + 1, 'steps', s.count, 'repetition', nullif(a.repetition, 0),
				   'key_name', a.key_name, 'key', a.key, 'key_label', pulse_internal.word('key', '', a.key_name, d.language),
				   'about', coalesce(c.key_label, a.key), 'link', c.link, 'due', pulse_internal.instant_text(a.due_at),
				   'facts', pulse_internal.fact_lines(a.facts - a.key_name, a.event, d.language), 'recipient', d.name,
				   'task', CASE WHEN d.verb = 'assign' AND d.found_by <> 'copy' THEN coalesce(d.title, a.rule_name) END,
				   'task_due', pulse_internal.instant_text(pulse_internal.task_due(d.due_in)),
				   'fallback_for', CASE d.found_by WHEN 'fallback' THEN pulse_internal.word('role', '', d.role, d.language) END
			   )) AS variables
		FROM addressed AS d
		JOIN pulse_internal.acting AS a ON a.firing_id = d.firing_id
		JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
		JOIN steps AS s ON s.rule_id = a.rule_id
		LEFT JOIN shared AS k ON k.key_name = a.together AND k.key = a.together_key
	), ranked AS (
		SELECT p.*, row_number() OVER party AS place, count(*) OVER whole AS size,
			   array_agg(p.case_id) OVER whole AS cases,
			   string_agg(concat_ws(', ', p.variables ->> 'about', p.variables ->> 'due'), E'\n') OVER whole AS list
		FROM composed AS p
		WINDOW party AS (PARTITION BY p.rule_id, p.step, p.together_key, p.alone, p.action, p.found_by, p.staff, p.channel
						 ORDER BY p.firing_id),
			whole AS (party ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
	), placed AS (
		-- of what goes together the first firing writes, for all of them
		SELECT r.case_id, r.firing_id, r.rule_id, r.wait_id, r.step, r.repetition, r.action, r.verb, r.role, r.found_by,
			   r.staff, r.name, r.channel, r.recipient, r.copies, r.language, r.steps,
			   CASE WHEN r.size > 1 THEN r.cases END AS cases,
			   CASE WHEN r.size = 1 THEN r.variables ELSE jsonb_strip_nulls(r.variables || jsonb_build_object(
				   'key_name', r.together, 'key', r.together_key, 'count', r.size, 'link', r.together_link, 'facts', r.list,
				   'key_label', pulse_internal.word('key', '', r.together, r.language),
				   'about', format('%s (%s)', coalesce(r.together_name, r.together_key), r.size))) END AS variables
		FROM ranked AS r WHERE r.place = 1
	), written AS (
		INSERT INTO pulse_internal.message (case_id, firing_id, rule_id, wait_id, step, repetition, together, action, verb, role, found_by,
			staff, recipient_name, channel, recipient, copies, language, subject, body, variables,
			created_at, not_before, state)
		SELECT m.case_id, m.firing_id, m.rule_id, m.wait_id, m.step, m.repetition, m.cases, m.action, m.verb, m.role, m.found_by,
			   m.staff, m.name, m.channel, m.recipient, m.copies, m.language,
			   pulse_internal.one_line(pulse_internal.render(t.subject, m.variables)),
			   btrim(pulse_internal.render(CASE m.channel WHEN 'sms' THEN t.short_body ELSE t.body END, m.variables), E' \n'),
			   m.variables, pulse.clock(), pulse.clock(),
			   CASE WHEN m.recipient IS NULL THEN 'unaddressed' ELSE 'queued' END
		FROM placed AS m
		JOIN pulse_internal.builtin_template AS t ON t.language = m.language AND t.ladder = (m.steps > 1)
		ORDER BY m.firing_id, m.action, m.staff
		ON CONFLICT DO NOTHING
		RETURNING *
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT about.case_id, m.created_at, CASE m.found_by WHEN 'role' THEN m.verb ELSE m.found_by END, m.step,
			   CASE m.found_by
				   WHEN 'nobody' THEN format('nobody was found as %s, nor as %s', m.role, pulse.setting('fallback_role'))
				   WHEN 'fallback' THEN format('nobody was found as %s: to %s (%s) as %s', m.role, m.recipient_name,
											   m.staff, pulse.setting('fallback_role'))
				   ELSE format('%s: %s (%s) by %s', m.role, m.recipient_name, m.staff, m.channel) END
		FROM written AS m, LATERAL unnest(coalesce(m.together, ARRAY[m.case_id])) AS about(case_id)
		ORDER BY m.message_id, about.case_id
	)
	-- one call wakes all workers; the lock it takes is database-wide
	SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM written AS w WHERE w.state = 'queued' LIMIT 1) AS any_queued;
END;
REVOKE ALL ON FUNCTION pulse_internal.write_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.write_messages() TO pulse_owner;

-- what is only recorded: shadow rules, steps overtaken by a later one, cases that people closed
CREATE OR REPLACE FUNCTION pulse_internal.pass_over_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock()
	WHERE f.released_at IS NULL
	  AND (f.mode <> 'live' OR f.superseded
		   OR EXISTS (SELECT FROM pulse_internal.cases AS c
					  WHERE c.wait_id = f.wait_id AND c.state IN ('resolved', 'expired'))
		   OR NOT EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.rule_id = f.rule_id));
END;
REVOKE ALL ON FUNCTION pulse_internal.pass_over_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pass_over_firings() TO pulse_owner;

-- What a step asks of its case, by what is known now: acknowledged, tasks done, not delivered.
CREATE OR REPLACE FUNCTION pulse_internal.guard_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH asked AS MATERIALIZED (
		SELECT f.firing_id, f.wait_id, f.step,
			   CASE f.guard
				   WHEN 'UNLESS ACKNOWLEDGED' THEN
					   (SELECT 'acknowledged' FROM pulse_internal.cases AS c
						WHERE c.wait_id = f.wait_id AND c.acknowledged_at IS NOT NULL)
				   WHEN 'UNLESS DONE' THEN
					   (SELECT 'done' FROM pulse_internal.task AS t, pulse_internal.cases AS c
						WHERE c.wait_id = f.wait_id AND (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id])
						HAVING bool_and(t.state <> 'open'))
				   WHEN 'WHEN DELIVERED' THEN
					   CASE WHEN NOT EXISTS (SELECT FROM pulse_internal.message AS m, pulse_internal.cases AS c
											 WHERE c.wait_id = f.wait_id AND m.state = 'delivered'
											   AND (m.case_id = c.case_id OR m.together @> ARRAY[c.case_id]))
						   THEN 'not delivered' END
			   END AS withheld
		FROM pulse_internal.firing AS f
		WHERE f.released_at IS NULL AND f.guard IS NOT NULL
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT c.case_id, pulse.clock(), 'withheld', a.step, a.withheld
		FROM asked AS a JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
		WHERE a.withheld IS NOT NULL ORDER BY a.firing_id
	)
	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock(), withheld = a.withheld
	FROM asked AS a WHERE f.firing_id = a.firing_id AND a.withheld IS NOT NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.guard_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.guard_firings() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.open_cases() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH pair AS (
		SELECT array_agg(a.key_name) AS key_names, array_agg(a.key) AS keys FROM pulse_internal.acting AS a
	), about AS MATERIALIZED (
		SELECT k.* FROM pair AS p, LATERAL pulse_internal.describe_keys(p.key_names, p.keys) AS k
	), opened AS (
		INSERT INTO pulse_internal.cases (wait_id, rule_id, rule_name, key_name, key, key_label, link, opened_at, last_step)
		SELECT DISTINCT ON (a.wait_id) a.wait_id, a.rule_id, a.rule_name, a.key_name, a.key, k.name, k.url,
			   pulse.clock(), a.step
		FROM pulse_internal.acting AS a LEFT JOIN about AS k ON k.key_name = a.key_name AND k.key = a.key
		ORDER BY a.wait_id, a.step
		ON CONFLICT (wait_id) DO NOTHING
		RETURNING case_id, opened_at
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what)
	SELECT o.case_id, o.opened_at, 'opened' FROM opened AS o ORDER BY o.case_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.open_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.open_cases() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.act_on_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.pass_over_firings();
	SELECT pulse_internal.guard_firings();
	SELECT pulse_internal.open_cases();
	UPDATE pulse_internal.cases AS c
	SET last_step = a.step
	FROM (SELECT x.wait_id, max(x.step) AS step FROM pulse_internal.acting AS x GROUP BY x.wait_id) AS a
	WHERE c.wait_id = a.wait_id AND c.last_step < a.step;
	SELECT pulse_internal.write_messages();

	-- a repeat gives a task again only when the one before is done
	INSERT INTO pulse_internal.task (case_id, firing_id, wait_id, step, repetition, together, action, role, staff, title, created_at, due_at)
	SELECT m.case_id, m.firing_id, m.wait_id, m.step, m.repetition, m.together, m.action, m.role, m.staff, m.variables ->> 'task',
		   pulse.clock(), pulse_internal.task_due(ra.due_in)
	FROM pulse_internal.acting AS a
	JOIN pulse_internal.message AS m ON m.wait_id = a.wait_id AND m.step = a.step AND m.repetition = a.repetition
	JOIN pulse_internal.rule_action AS ra ON ra.rule_id = m.rule_id AND ra.step = m.step AND ra.action = m.action
	WHERE m.verb = 'assign' AND m.found_by <> 'copy'
	  AND (a.repetition = 0 OR NOT EXISTS (
		SELECT FROM pulse_internal.task AS t
		WHERE (t.wait_id = m.wait_id OR t.together && coalesce(m.together, ARRAY[m.case_id]))
		  AND t.step = m.step AND t.action = m.action AND t.state = 'open'))
	ON CONFLICT DO NOTHING;

	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock() WHERE f.released_at IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.act_on_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.act_on_firings() TO pulse_owner;

-- Closes cases that stand open: messages that no worker has are withdrawn,
-- others when their worker fails or is lost; tasks are closed.
CREATE OR REPLACE FUNCTION pulse_internal.close_cases(case_ids bigint[], new_state text, reason text, late boolean,
		actor text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH closed AS (
		UPDATE pulse_internal.cases AS c
		SET state = close_cases.new_state, closed_at = pulse.clock(), reason = close_cases.reason,
			resolved_late = close_cases.late
		WHERE c.case_id = ANY (close_cases.case_ids) AND c.state IN ('open', 'acknowledged')
		RETURNING c.case_id
	), theirs AS MATERIALIZED (
		-- what was put together stands until the last of its cases closes
		SELECT m.message_id, NULL::bigint AS task_id, m.together
		FROM pulse_internal.message AS m WHERE m.case_id IN (SELECT c.case_id FROM closed AS c)
		UNION SELECT m.message_id, NULL, m.together
		FROM pulse_internal.message AS m WHERE m.together && ARRAY(SELECT c.case_id FROM closed AS c)
		UNION SELECT NULL, t.task_id, t.together
		FROM pulse_internal.task AS t WHERE t.case_id IN (SELECT c.case_id FROM closed AS c)
		UNION SELECT NULL, t.task_id, t.together
		FROM pulse_internal.task AS t WHERE t.together && ARRAY(SELECT c.case_id FROM closed AS c)
	), over AS MATERIALIZED (
		SELECT x.message_id, x.task_id FROM theirs AS x
		WHERE NOT EXISTS (
			SELECT FROM pulse_internal.cases AS c
			WHERE c.case_id = ANY (x.together) AND c.state IN ('open', 'acknowledged')
			  AND c.case_id <> ALL (close_cases.case_ids))
	), withdrawn AS (
		UPDATE pulse_internal.message AS m
		SET state = CASE m.state WHEN 'claimed' THEN 'claimed' ELSE 'withdrawn' END, withdraw = true,
			changed_at = clock_timestamp()
		WHERE m.message_id IN (SELECT o.message_id FROM over AS o) AND m.state IN ('queued', 'claimed', 'unaddressed')
		  AND close_cases.new_state = 'resolved'
	), tasks AS (
		UPDATE pulse_internal.task AS t
		SET state = 'closed', finished_at = pulse.clock(), outcome = close_cases.reason
		WHERE t.task_id IN (SELECT o.task_id FROM over AS o) AND t.state = 'open'
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, actor, detail)
	SELECT c.case_id, pulse.clock(), close_cases.new_state, close_cases.actor,
		   close_cases.reason || CASE WHEN close_cases.late THEN ' (resolved late)' ELSE '' END
	FROM closed AS c ORDER BY c.case_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.close_cases(bigint[], text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_cases(bigint[], text, text, boolean, text) TO pulse_owner;

-- Ended waits resolve their cases.  A ladder that nothing could end leaves its
-- case to people while it has a task; else the case expires.
CREATE OR REPLACE FUNCTION pulse_internal.settle_waits() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'resolved', w.end_reason,
									  w.end_reason = 'answered_late', NULL)
	FROM pulse_internal.wait AS w JOIN pulse_internal.cases AS c ON c.wait_id = w.wait_id
	WHERE w.end_reason IN ('answered', 'until', 'answered_late', 'moved')
	GROUP BY w.end_reason ORDER BY w.end_reason;

	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'expired', 'completed', false, NULL)
	FROM pulse_internal.wait AS w JOIN pulse_internal.cases AS c ON c.wait_id = w.wait_id
	WHERE w.end_reason = 'completed'
	  AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
					  WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id]) AND t.state = 'open');

	UPDATE pulse_internal.cases AS c SET waiting = false
	FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL AND c.wait_id = w.wait_id;
	DELETE FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.settle_waits() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.settle_waits() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.release_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- an idle tick plans only these three small questions
	SELECT pulse_internal.act_on_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL);
	SELECT pulse_internal.settle_waits()
	WHERE EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL);
	UPDATE pulse_internal.message AS m SET state = 'withdrawn', changed_at = clock_timestamp()
	WHERE m.state = 'claimed' AND m.withdraw AND m.held_until <= (SELECT clock_timestamp());
END;
ALTER FUNCTION pulse_internal.release_firings() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.release_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_firings() TO pulse_admin;
-- ---- escalation: cases and tasks, for people ----------------------------------------------

CREATE OR REPLACE VIEW pulse.cases WITH (security_invoker = true) AS
	SELECT c.case_id, c.rule_name AS rule, c.key_name, c.key, c.key_label, c.link, c.state, c.opened_at,
		   c.last_step + 1 AS step, c.waiting, c.acknowledged_at, c.acknowledged_by,
		   c.closed_at, c.reason, c.resolved_late
	FROM pulse_internal.cases AS c;
COMMENT ON VIEW pulse.cases IS
'One row per wait that has fired: which rule, about which key, its state (open, acknowledged, resolved, expired), the step reached (from 1), whether more may come (waiting), why it was closed, and whether what resolved it was learnt late.';
GRANT SELECT ON pulse_internal.cases, pulse.cases TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.case_history WITH (security_invoker = true) AS
	SELECT e.case_id, e.number, e.at, e.what, e.step + 1 AS step, e.actor, e.detail
	FROM pulse_internal.case_event AS e;
COMMENT ON VIEW pulse.case_history IS
'What happened to each case, by number: opened; notify, text, mail, assign, copy with who was written to; fallback and nobody where a role had no holder; acknowledged, task done, withheld (a step that asked for the case''s state), resolved, expired; by whom (a staff id; null: salespulse).';
GRANT SELECT ON pulse_internal.case_event, pulse.case_history TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.tasks WITH (security_invoker = true) AS
	SELECT t.task_id, t.case_id, c.rule_name AS rule, c.key_name, c.key, c.key_label, t.title, t.role, t.staff,
		   t.created_at, t.due_at, t.state, t.finished_at, t.finished_by, t.outcome, t.together
	FROM pulse_internal.task AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id;
COMMENT ON VIEW pulse.tasks IS
'Things to do that rules assigned: to whom (staff; null: nobody was found), until when, state open, done (by finished_by) or closed (its case was resolved first); together: all cases it is about, where the rule put several together.';
GRANT SELECT ON pulse_internal.task, pulse.tasks TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.my_tasks(staff text) RETURNS SETOF pulse.tasks
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.* FROM pulse.tasks AS t
	WHERE t.staff = my_tasks.staff AND t.state = 'open'
	ORDER BY t.due_at NULLS LAST, t.task_id;
END;
REVOKE ALL ON FUNCTION pulse.my_tasks(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.my_tasks(text) TO pulse_app, pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.my_tasks(text) IS
'Open tasks of somebody, the most urgent first; rows of pulse.tasks.';

CREATE OR REPLACE FUNCTION pulse.acknowledge_case(case_id bigint, staff text) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
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
'Somebody of the staff has seen an open case; its steps go on. Returns the state it is in now; a closed case stays closed. Errors: SP603 no such case, SP602 no such staff.';

CREATE OR REPLACE FUNCTION pulse.resolve_case(case_id bigint, reason text DEFAULT 'by hand', staff text DEFAULT NULL)
	RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = resolve_case.case_id),
								  'case', resolve_case.case_id::text);
	WITH standing AS MATERIALIZED (
		SELECT c.case_id FROM pulse_internal.cases AS c
		WHERE c.case_id = resolve_case.case_id AND c.state IN ('open', 'acknowledged') FOR UPDATE
	), closed AS MATERIALIZED (
		SELECT s.case_id, pulse_internal.close_cases(ARRAY[s.case_id], 'resolved',
			coalesce(nullif(resolve_case.reason, ''), 'by hand'), false, resolve_case.staff) FROM standing AS s
	)
	SELECT EXISTS (SELECT FROM closed);
END;
ALTER FUNCTION pulse.resolve_case(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.resolve_case(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resolve_case(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.resolve_case(bigint, text, text) IS
'Closes a case by hand: its further steps do not act, its tasks close, its messages not yet sent are withdrawn. True when it was open. Error SP603: no such case.';

CREATE OR REPLACE FUNCTION pulse.finish_task(task_id bigint, staff text DEFAULT NULL, outcome text DEFAULT NULL)
	RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = finish_task.task_id),
								  'task', finish_task.task_id::text);
	WITH finished AS (
		UPDATE pulse_internal.task AS t
		SET state = 'done', finished_at = pulse.clock(), finished_by = coalesce(finish_task.staff, t.staff),
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
'Says that a task is done, by whom, with what outcome. With the last task of a case that waits for nothing more the case is resolved. True: the task is done (now or before); false: it was closed with its case. Error SP604: no such task.';

CREATE OR REPLACE FUNCTION pulse.readdress_messages() RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- what is there already is not written again: the key of a message says so
	WITH taken AS (
		DELETE FROM pulse_internal.message AS m USING pulse_internal.cases AS c
		WHERE m.state = 'unaddressed' AND c.case_id = m.case_id AND c.state IN ('open', 'acknowledged')
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
	built_at timestamptz NOT NULL
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
'Makes a table of counts and sums that is kept up to date from every insert, update and delete on source, and returns the view to read it by: one row per period (the first day, in the business time zone) of grain day, week or month, per dimensions (column names), and per currency where an amount is summed; measures are ''count'' and ''sum(column)'' of integers, numeric or one amount column; condition chooses rows and must be immutable. The view and its two tables belong to the caller, in rollup_schema (default: setting event_schema). Blocks writers of source while it is built; set lock_timeout. Errors: 22023 unusable argument, 42703 unknown column, 0A000 a source or measure that cannot be kept exactly, 42710 the name is taken, 42501 no TRIGGER right on source.';

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
'Computes a rollup anew from its source, in the business time zone as it is now, and so ends a stale or broken state. Returns the number of cells. Runs as the owner of the rollup. Blocks writers of the source meanwhile; set lock_timeout. Errors: SP701 unknown rollup, 42501 not the owner, 42703 a column is gone, 42P01 the source is gone, 25001 under REPEATABLE READ.';

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
-- ---- rollup: triggers ------------------------------------------------------------

CREATE TRIGGER rollup_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.rollup
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
-- ---- rollup: pulse.rollups -------------------------------------------------------

CREATE OR REPLACE VIEW pulse.rollups WITH (security_invoker = true) AS
	SELECT r.name, r.relation AS source, r.time_column, r.grain, r.dimensions,
		   CASE WHEN r.counts THEN ARRAY['count'] ELSE '{}' END
		   || ARRAY(SELECT 'sum(' || quote_ident(s.column_name) || ')'
					FROM unnest(r.sums) WITH ORDINALITY AS s(column_name, n) ORDER BY s.n) AS measures,
		   r.condition, r.timezone, r.readable AS view_name,
		   CASE WHEN r.state <> 'ok' THEN r.state
				WHEN g.reason IS NOT NULL THEN 'stale' ELSE 'ok' END AS state,
		   coalesce(r.reason, g.reason) AS reason,
		   g.since AS stale_since, r.built_at
	FROM pulse_internal.rollup AS r
	LEFT JOIN LATERAL (
		SELECT p.reason, p.since FROM pulse_internal.rollup_gap AS p
		WHERE p.rollup_id = r.rollup_id ORDER BY p.since LIMIT 1
	) AS g ON true;
COMMENT ON VIEW pulse.rollups IS
'Rollups: source, definition, the time zone its days are in, the view to read it by, and its state: ok; stale (something happened that deltas cannot say, see reason; rebuild_rollup() ends it); broken (it cannot be folded, see reason).';
GRANT SELECT ON pulse_internal.rollup, pulse_internal.rollup_gap, pulse.rollups
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
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
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'expired', 'its rule is gone', false, NULL)
	FROM pulse_internal.cases AS c
	WHERE c.state IN ('open', 'acknowledged') AND c.waiting
	  AND NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.wait_id = c.wait_id);
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
				 ('expire_cases', time '03:00', NULL)) AS d(name, day_time, every);
END;
REVOKE ALL ON FUNCTION pulse_internal.job_definitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.job_definitions()
	TO pulse_owner, pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- Runs what is due.  A job that fails is noted and tried again when next due;
-- neither the sweep nor the other jobs fail with it.  A clock that was set back
-- makes all due.
CREATE OR REPLACE FUNCTION pulse_internal.run_due_jobs() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	now_at timestamptz := pulse.clock();
	failure text;
BEGIN
	FOR due IN
		SELECT d.* FROM pulse_internal.job_definitions() AS d
		LEFT JOIN pulse_internal.job AS j ON j.name = d.name
		WHERE j.name IS NULL OR j.next_run_at <= now_at OR j.last_run_at > now_at
		ORDER BY d.name
	LOOP
		failure := NULL;
		BEGIN
			EXECUTE format('SELECT pulse_internal.%I()', due.name);
		EXCEPTION WHEN others THEN
			failure := sqlerrm;
		END;
		INSERT INTO pulse_internal.job AS j (name, next_run_at, last_run_at, finished_at, runs, failures, last_error)
		VALUES (due.name, pulse_internal.next_run(now_at, due.day_time, due.every), now_at, clock_timestamp(), 1,
				(failure IS NOT NULL)::int, failure)
		ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE
		SET next_run_at = excluded.next_run_at, last_run_at = excluded.last_run_at, finished_at = excluded.finished_at,
			runs = j.runs + 1, failures = j.failures + excluded.failures, last_error = excluded.last_error;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.run_due_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_due_jobs() TO pulse_owner;

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

-- One slice of everything.  The lock is of this transaction: ticks that overlap
-- return at once and do nothing, so they never pile up.
CREATE OR REPLACE FUNCTION pulse_internal.tick_once(max_events int, OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	events := 0;
	firings := 0;
	more := false;
	IF NOT pg_try_advisory_xact_lock(1400139381, 1) THEN	-- 'Stcu', the tick
		RETURN;
	END IF;
	SELECT s.events, s.firings, s.more INTO events, firings, more FROM pulse_internal.sweep_rules(max_events) AS s;
	PERFORM pulse_internal.release_firings();
	more := pulse_internal.fold_rollups() >= 100000 OR more;	-- it folds no more at once
	PERFORM pulse_internal.run_due_jobs();
	PERFORM pulse_internal.note_tick(NULL);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.tick_once(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.tick_once(int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.tick(max_events int DEFAULT 10000, on_failure text DEFAULT 'raise',
		OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	failure text;
BEGIN
	IF max_events IS NULL OR max_events < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_events',
			DETAIL = 'A slice has at least one event.', HINT = 'Type a number such as 10000.';
	END IF;
	IF on_failure = 'raise' THEN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.tick_once(max_events) AS t;
		RETURN;
	ELSIF on_failure IS DISTINCT FROM 'record' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid on_failure',
			DETAIL = 'A tick that fails raises its error, or records it.', HINT = 'Type ''raise'' or ''record''.';
	END IF;
	BEGIN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.tick_once(max_events) AS t;
	EXCEPTION WHEN others THEN
		GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
		PERFORM pulse_internal.note_tick(failure);
		events := NULL;
		firings := NULL;
		more := false;
	END;
	PERFORM pulse_internal.report_progress('run', events, NULL, more);
END
$$;
ALTER FUNCTION pulse.tick(int, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.tick(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.tick(int, text) TO pulse_admin, pulse_relay;
COMMENT ON FUNCTION pulse.tick(int, text) IS
'Does one slice of all work in one transaction: reads at most max_events events, fires rules, writes cases, messages and tasks, folds rollups, and once a minute maintains the event tables. Returns the events read, the steps that came due, and whether there is more to do at once. A tick that another one is working beside does nothing. on_failure ''record'' notes an error for pulse.status and returns nulls where ''raise'' raises it. Error 22023: unusable argument.';

CREATE OR REPLACE PROCEDURE pulse.run(max_seconds int DEFAULT 50)
	LANGUAGE plpgsql
AS $$
DECLARE
	slice record;
	until timestamptz;
BEGIN
	IF max_seconds IS NULL OR max_seconds OPERATOR(pg_catalog.<) 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_seconds',
			DETAIL = 'A run lasts at least a second.', HINT = 'Type a number such as 50.';
	END IF;
	until := pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => max_seconds);
	LOOP
		SELECT t.events, t.firings, t.more INTO slice FROM pulse.tick(on_failure => 'record') AS t;
		COMMIT;
		EXIT WHEN slice.events IS NULL OR NOT slice.more
			OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>=) until;
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
'Calls pulse.tick() and commits, slice by slice, until nothing is left to do or max_seconds are over. For pg_cron (pulse.schedule()) or any scheduler, each minute: runs that overlap end at once. Errors: 22023 unusable argument, XX000 the tick failed (see pulse.stat_jobs).';
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

CREATE OR REPLACE FUNCTION pulse.schedule() RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text[] := pulse_internal.cron_obstacle();
	cron name := (SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = 'cron');
	job_id bigint;
BEGIN
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = obstacle[1], DETAIL = obstacle[2], HINT = obstacle[3];
	END IF;
	-- a job of that name is replaced, not doubled
	EXECUTE format('SELECT %I.schedule($1, $2, $3)', cron) INTO job_id
		USING 'salespulse ' || current_database(), '* * * * *', 'CALL pulse.run()';
	RETURN job_id;
END
$$;
REVOKE ALL ON FUNCTION pulse.schedule() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.schedule() TO pulse_admin;
COMMENT ON FUNCTION pulse.schedule() IS
'Makes one pg_cron job that does CALL pulse.run() each minute, as you. Returns its id; a second call changes nothing. Error 55000: pg_cron is not running here; the hint says what to type, or how to do without.';

CREATE OR REPLACE FUNCTION pulse.unschedule() RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text[] := pulse_internal.cron_obstacle();
	cron name := (SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = 'cron');
	gone boolean;
BEGIN
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = obstacle[1], DETAIL = obstacle[2],
			HINT = 'Remove the job where it was made: cron.unschedule(job_name) in the database of pg_cron, or in your scheduler.';
	END IF;
	EXECUTE format('SELECT count(%1$I.unschedule(jobid)) > 0 FROM %1$I.job
					WHERE jobname = $1 AND database = current_database()', cron)
		INTO gone USING 'salespulse ' || current_database();
	RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION pulse.unschedule() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.unschedule() TO pulse_admin;
COMMENT ON FUNCTION pulse.unschedule() IS
'Removes the pg_cron job that pulse.schedule() made. True: there was one. Error 55000: pg_cron is not running here.';
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
-- ---- jobs: how all is doing ------------------------------------------------------------

GRANT SELECT ON pulse_internal.job, pulse_internal.progress
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- who monitors sees how many, and not to whom or what
GRANT SELECT (message_id, channel, state, withdraw, attempt, created_at, not_before, held_until, changed_at)
	ON pulse_internal.message TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT (kind, name, key_name, state, reason) ON pulse_internal.mapping TO pg_monitor, pulse_analyst;
GRANT SELECT ON pulse_internal.rule, pulse_internal.cases TO pg_monitor;

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
		   j.last_run_at, j.finished_at, coalesce(j.runs, 0) AS runs, coalesce(j.failures, 0) AS failures, j.last_error
	FROM pulse_internal.job_definitions() AS d FULL JOIN pulse_internal.job AS j ON j.name = d.name;
COMMENT ON VIEW pulse.stat_jobs IS
'The tick and the work it does beside the sweep: when due (times of day are of the business time zone), next and last run by pulse.clock(), finished_at by the system''s clock, runs, failures, and the error of the last run (NULL: it succeeded).';
GRANT SELECT ON pulse.stat_jobs TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_outbox WITH (security_invoker = true) AS
	SELECT m.channel, m.state, count(*) AS messages, min(m.created_at) AS oldest, max(m.changed_at) AS last_change,
		   max(m.attempt) AS attempts
	FROM pulse_internal.message AS m
	GROUP BY m.channel, m.state;
COMMENT ON VIEW pulse.stat_outbox IS
'Messages by channel and state: how many, when the oldest was written (by pulse.clock()), the last change, the most attempts. Reads the whole outbox.';
GRANT SELECT ON pulse.stat_outbox TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- one row per finding, worst first within a component; pulse.status adds what is well
CREATE OR REPLACE VIEW pulse_internal.status_outbox WITH (security_invoker = true) AS
	WITH waiting AS (
		SELECT count(*) AS messages, min(greatest(m.not_before, m.created_at)) AS oldest
		FROM pulse_internal.message AS m
		WHERE m.state IN ('queued', 'claimed') AND NOT m.withdraw AND m.not_before <= pulse.clock()
	), trouble AS (
		SELECT m.state, count(*) AS messages FROM pulse_internal.message AS m
		WHERE m.state IN ('unknown', 'failed', 'dead', 'unaddressed') GROUP BY m.state
	)
	SELECT 'delivery' AS component, 'fail' AS state, 'held' AS value,
		   'This database is a copy or was restored. If it is the one that delivers: SELECT pulse.resume_delivery();' AS what_to_do
	WHERE pulse_internal.delivery_held()
	UNION ALL
	SELECT 'outbox', CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'warn' ELSE 'ok' END,
		   format('%s waiting%s', w.messages, ', the oldest for ' || (pulse.clock() - w.oldest)::interval(0)),
		   CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'Start the relay, or see its log.' END
	FROM waiting AS w
	UNION ALL
	SELECT 'outbox', CASE t.state WHEN 'unknown' THEN 'warn' WHEN 'failed' THEN 'warn' ELSE 'fail' END,
		   format('%s %s', t.messages, t.state),
		   CASE t.state
			   WHEN 'unaddressed' THEN 'Nobody was found, or has no address: mend the roles (pulse.messages says which), then SELECT pulse.readdress_messages();'
			   WHEN 'unknown' THEN 'They may have been sent. Look at the provider; pulse.retry_messages(ids) sends again.'
			   ELSE 'SELECT message_id, last_error FROM pulse.messages; then pulse.retry_messages(ids).' END
	FROM trouble AS t;
COMMENT ON VIEW pulse_internal.status_outbox IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_events WITH (security_invoker = true) AS
	SELECT format('consumer %s', c.consumer) AS component,
		   CASE WHEN c.holder_passed OR c.behind > interval '15 minutes' THEN 'warn' ELSE 'ok' END AS state,
		   format('%s behind%s', greatest(c.behind, interval '0')::interval(0),
				  ', held back by process ' || c.holder || ' since ' || c.held_since::timestamptz(0)) AS value,
		   CASE WHEN c.holder_passed THEN format('Process %s writes events in a transaction that stays open: end it.', c.holder)
				WHEN c.behind > interval '15 minutes' THEN 'Let the tick run: CALL pulse.run();' END AS what_to_do
	FROM pulse.stat_consumers AS c
	UNION ALL
	SELECT format('watch %s', w.relation), CASE w.state WHEN 'broken' THEN 'fail' ELSE 'warn' END,
		   concat_ws(': ', w.state, w.reason),
		   format('SELECT pulse.repair_watch(%L, %L);', w.relation::text, k.name)
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id WHERE w.state <> 'ok'
	UNION ALL
	SELECT format('watch %s', w.relation), 'warn', format('%s gaps, the first since %s', w.gaps, w.first_gap_at::timestamptz(0)),
		   format('SELECT pulse.repair_watch(%L, %L);', w.relation::text, w.event)
	FROM pulse.stat_watches AS w WHERE w.state = 'ok' AND w.gaps > 0
	UNION ALL
	SELECT 'capture', 'warn', format('%s rows could not be captured, the last at %s', count(*), max(e.failed_at)::timestamptz(0)),
		   'SELECT * FROM pulse.capture_errors;'
	FROM pulse_internal.capture_error AS e HAVING count(*) > 0
	UNION ALL
	-- rows whose month has no leaf go to the default one: it should be empty
	SELECT format('event %s', k.name), 'warn', 'no partition for the month to come',
		   'Let the tick run: CALL pulse.run(); SELECT * FROM pulse.stat_jobs says what stopped it.'
	FROM pulse_internal.event_kind AS k
	JOIN pg_class AS c ON c.oid = k.relation	-- it may have been dropped by hand
	WHERE NOT pulse_internal.has_leaf(k.relation, (date_trunc('month', pulse.clock() AT TIME ZONE 'UTC')
												   + interval '1 month') AT TIME ZONE 'UTC');
COMMENT ON VIEW pulse_internal.status_events IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_rules WITH (security_invoker = true) AS
	SELECT format('rule %s', r.name) AS component, 'fail' AS state, concat_ws(': ', r.state, r.reason) AS value,
		   CASE r.state WHEN 'suspended' THEN format('Mend it, then SELECT pulse.set_rule_mode(%L, %L);', r.name, r.mode)
				ELSE 'Its names have vanished: pulse.alter_rule() or pulse.drop_rule().' END AS what_to_do
	FROM pulse.rules AS r WHERE r.state <> 'ok'
	UNION ALL
	SELECT 'staff', 'warn', 'not mapped', 'SELECT pulse.map_staff(...): nobody can be written to before.'
	WHERE NOT EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'staff')
	  AND EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.mode = 'live')
	UNION ALL
	SELECT concat_ws(' ', m.kind, nullif(m.name, '')), 'fail', concat_ws(': ', m.state, m.reason),
		   format('Its table cannot be read as mapped: pulse.%s again.',
				  CASE m.kind WHEN 'staff' THEN 'map_staff()' WHEN 'role' THEN 'map_role()' ELSE 'describe_key()' END)
	FROM pulse_internal.mapping AS m WHERE m.state <> 'ok'
	UNION ALL
	SELECT format('rollup %s', u.name), CASE u.state WHEN 'stale' THEN 'warn' ELSE 'fail' END, concat_ws(': ', u.state, u.reason),
		   format('SELECT pulse.rebuild_rollup(%L);', u.name)
	FROM pulse.rollups AS u WHERE u.state <> 'ok';
COMMENT ON VIEW pulse_internal.status_rules IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_jobs WITH (security_invoker = true) AS
	SELECT 'version' AS component, CASE WHEN v.same THEN 'ok' ELSE 'fail' END AS state,
		   CASE WHEN v.same THEN v.library ELSE format('library %s, SQL %s', v.library, v.installed) END AS value,
		   CASE WHEN NOT v.same THEN 'ALTER EXTENSION salespulse UPDATE; in each database, and reconnect.' END AS what_to_do
	FROM (SELECT l.library, e.extversion AS installed, l.library = e.extversion AS same
		  FROM pg_extension AS e, (SELECT pulse_internal.library_version()::text AS library) AS l
		  WHERE e.extname = 'salespulse') AS v
	UNION ALL
	SELECT 'clock', 'warn', 'stopped at ' || pulse.setting('clock'), 'SELECT pulse.set_clock(NULL); when the replay is over.'
	WHERE pulse.setting('clock') <> 'system'
	UNION ALL
	SELECT 'tick', CASE WHEN t.last_error IS NOT NULL THEN 'fail'
						WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN 'ok' ELSE 'warn' END,
		   CASE WHEN t.last_error IS NOT NULL THEN 'failed: ' || t.last_error
				WHEN t.finished_at IS NULL THEN 'has never run'
				ELSE format('last run %s ago', (clock_timestamp() - t.finished_at)::interval(0)) END,
		   CASE WHEN t.last_error IS NOT NULL THEN 'SELECT pulse.tick(); shows the error in full.'
				WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN NULL
				ELSE 'SELECT pulse.schedule(); or let any scheduler CALL pulse.run() each minute.' END
	FROM (SELECT 1) AS always LEFT JOIN pulse_internal.job AS t ON t.name = 'tick'
	UNION ALL
	SELECT format('job %s', j.name), 'fail', 'failed: ' || j.last_error, 'It is tried again when next due; SELECT * FROM pulse.stat_jobs.'
	FROM pulse_internal.job AS j WHERE j.name <> 'tick' AND j.last_error IS NOT NULL;
COMMENT ON VIEW pulse_internal.status_jobs IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse.status WITH (security_invoker = true) AS
	SELECT s.component, s.state, s.value, s.what_to_do
	FROM (SELECT * FROM pulse_internal.status_jobs
		  UNION ALL SELECT * FROM pulse_internal.status_events
		  UNION ALL SELECT * FROM pulse_internal.status_rules
		  UNION ALL SELECT * FROM pulse_internal.status_outbox) AS s
	ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], s.state), s.component, s.value;
COMMENT ON VIEW pulse.status IS
'How salespulse is doing here, the worst first: component, state (ok, warn, fail), value, and what_to_do, the statement to type. No row but ok: nothing to do.';
GRANT SELECT ON pulse.status, pulse_internal.status_jobs, pulse_internal.status_events,
	pulse_internal.status_rules, pulse_internal.status_outbox
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
-- ---- closing: run last, at install and at every update -------------------------

RESET search_path;
