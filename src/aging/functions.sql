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
