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
