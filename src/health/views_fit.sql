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
