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
