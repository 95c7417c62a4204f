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
