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
