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
