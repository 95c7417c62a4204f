-- ---- stats: proportional hazards -------------------------------------------------------

CREATE TYPE pulse.cox_model AS (
	status text, observations bigint, happened bigint,
	coefficients double precision[], standard_errors double precision[], means double precision[],
	log_likelihood double precision, null_log_likelihood double precision,
	durations double precision[], hazards double precision[]
);
COMMENT ON TYPE pulse.cox_model IS
'A fitted Cox model, in the order of its covariates: a covariate one unit higher multiplies the hazard by exp(coefficient). hazards: the cumulative hazard, at the durations at which it happened, of a row whose covariates are at the means. null_log_likelihood: without covariates. status: ok; collinear (a covariate says no more than those before it: coefficient 0, standard error NULL; predictions hold); separable (a covariate tells all apart, or it never happened to those who have it, so its coefficient would grow without end: it stands where the search stopped); nothing_happened (no row has it happened: the rest is NULL).';
