-- ---- stats: proportional hazards -------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.fit_cox(duration double precision, happened boolean, covariates double precision[]) (
	SFUNC = pulse_internal.cox_add, STYPE = internal, SSPACE = 1000000,
	FINALFUNC = pulse_internal.cox_final, COMBINEFUNC = pulse_internal.cox_combine,
	SERIALFUNC = pulse_internal.cox_serialize, DESERIALFUNC = pulse_internal.cox_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.fit_cox(double precision, boolean, double precision[]) IS
'How up to 64 covariates lengthen or shorten the time until something happens, such as the loss of a customer: Cox''s proportional hazards (1972), ties by Efron (1977). happened: whether it has happened after that duration, or has not happened until then. Rows with a null, also among the covariates, do not count. The result depends neither on the order of the rows nor on parallel workers. Errors: 22023 a duration that is negative, or a number that is not finite; 22003 a covariate beyond 1e100; 2202E rows with different numbers of covariates.';
