-- ---- health: models to look at -------------------------------------------------------

CREATE OR REPLACE VIEW pulse.models WITH (security_invoker = true) AS
	SELECT m.name, m.version,
		(SELECT pg_catalog.count(*) FROM pulse_internal.model_dimension AS d
		 WHERE d.model_id OPERATOR(pg_catalog.=) v.model_id AND d.version OPERATOR(pg_catalog.=) v.version) AS dimensions,
		(SELECT pg_catalog.string_agg(pg_catalog.concat(b.band, ' ', b.lower,
				CASE WHEN b.hysteresis OPERATOR(pg_catalog.>) 0 THEN pg_catalog.concat(' +-', b.hysteresis) END,
				CASE WHEN b.dwell_days OPERATOR(pg_catalog.>) 0 THEN pg_catalog.concat(' for ', b.dwell_days, ' days') END), ', ' ORDER BY b.lower) FROM pulse_internal.model_band AS b
		 WHERE b.model_id OPERATOR(pg_catalog.=) v.model_id AND b.version OPERATOR(pg_catalog.=) v.version) AS bands,
		v.minimum_coverage, v.author::text AS author, v.created_at, v.segments
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_version AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) m.version;
COMMENT ON VIEW pulse.models IS
'Health models in force: name, version, number of dimensions, bands with the score each begins at (+- its hysteresis, for its dwell), minimum coverage in percent, author of the version and when it was made, and its segments, which count where health is stored. See explain_model(name).';
GRANT SELECT ON pulse.models TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.explain_model(name text, OUT dimension text, OUT column_name text, OUT curve pulse.curve,
		OUT weight numeric, OUT share numeric, OUT missing text, OUT measured_at text, OUT valid_days numeric,
		OUT group_name text, OUT labels jsonb) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT d.dimension, d.column_name, d.curve, d.weight,
		pg_catalog.round(CASE WHEN g.weight IS NULL THEN d.weight
			ELSE d.weight OPERATOR(pg_catalog.*) g.weight OPERATOR(pg_catalog./) NULLIF(pg_catalog.sum(d.weight) OVER (PARTITION BY d.group_name), 0) END
			OPERATOR(pg_catalog./) (SELECT pg_catalog.sum(x.weight) FROM (
				SELECT h.weight FROM pulse_internal.model_group AS h
				WHERE h.model_id OPERATOR(pg_catalog.=) d.model_id AND h.version OPERATOR(pg_catalog.=) d.version
				UNION ALL
				SELECT e.weight FROM pulse_internal.model_dimension AS e
				WHERE e.model_id OPERATOR(pg_catalog.=) d.model_id AND e.version OPERATOR(pg_catalog.=) d.version AND e.group_name IS NULL) AS x), 4),
		d.missing, d.measured_at, d.valid_days, d.group_name, d.labels
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_dimension AS d
		ON d.model_id OPERATOR(pg_catalog.=) m.model_id AND d.version OPERATOR(pg_catalog.=) m.version
	LEFT JOIN pulse_internal.model_group AS g
		ON g.model_id OPERATOR(pg_catalog.=) d.model_id AND g.version OPERATOR(pg_catalog.=) d.version
			AND g.group_name OPERATOR(pg_catalog.=) d.group_name
	WHERE m.name OPERATOR(pg_catalog.=) explain_model.name
	ORDER BY d.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_model(text) IS
'Dimensions of a health model in force, in their order: the column read, its curve, the weight (in its group) and its share of all weights, what stands in for a missing value, and the column that says when it was measured with the days that it is valid, its group and its labels. No rows: there is no model of that name.';

CREATE OR REPLACE FUNCTION pulse.explain_vetoes(name text, OUT veto text, OUT column_name text, OUT since numeric,
		OUT below numeric, OUT band text, OUT labels jsonb) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT v.veto, v.column_name, v.since, v.below, v.band, v.labels
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_veto AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) m.version
	WHERE m.name OPERATOR(pg_catalog.=) explain_vetoes.name
	ORDER BY v.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_vetoes(text) IS
'Vetoes of a health model in force: while the column''s value is since or more and less than below (NULL: no limit), the band is this or a worse one. No rows: it has none, or there is no model of that name.';

CREATE OR REPLACE FUNCTION pulse.explain_groups(name text, OUT group_name text, OUT weight numeric, OUT dimensions bigint,
		OUT labels jsonb) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT g.group_name, g.weight, (SELECT pg_catalog.count(*) FROM pulse_internal.model_dimension AS d
		WHERE d.model_id OPERATOR(pg_catalog.=) g.model_id AND d.version OPERATOR(pg_catalog.=) g.version
			AND d.group_name OPERATOR(pg_catalog.=) g.group_name), g.labels
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_group AS g
		ON g.model_id OPERATOR(pg_catalog.=) m.model_id AND g.version OPERATOR(pg_catalog.=) m.version
	WHERE m.name OPERATOR(pg_catalog.=) explain_groups.name
	ORDER BY g.ordinal;
END;
COMMENT ON FUNCTION pulse.explain_groups(text) IS
'Groups of a health model in force: the weight that their dimensions share, how many they are, and the labels. No rows: it has none, or there is no model of that name.';

-- every part that has a value, in the order of the model; equal models give equal documents
CREATE OR REPLACE FUNCTION pulse.export_model(name text, version integer DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.jsonb_build_object('model', m.name, 'minimum_coverage', v.minimum_coverage,
		'bands', (SELECT pg_catalog.jsonb_object_agg(b.band, CASE
				WHEN b.hysteresis OPERATOR(pg_catalog.=) 0 AND b.dwell_days OPERATOR(pg_catalog.=) 0 THEN pg_catalog.to_jsonb(pg_catalog.trim_scale(b.lower))
				ELSE pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('lower', pg_catalog.trim_scale(b.lower),
					'hysteresis', NULLIF(pg_catalog.trim_scale(b.hysteresis), 0), 'dwell_days', NULLIF(pg_catalog.trim_scale(b.dwell_days), 0))) END)
			FROM pulse_internal.model_band AS b
			WHERE b.model_id OPERATOR(pg_catalog.=) v.model_id AND b.version OPERATOR(pg_catalog.=) v.version),
		'groups', coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
				'group', g.group_name, 'weight', pg_catalog.trim_scale(g.weight), 'labels', g.labels)) ORDER BY g.ordinal)
			FROM pulse_internal.model_group AS g
			WHERE g.model_id OPERATOR(pg_catalog.=) v.model_id AND g.version OPERATOR(pg_catalog.=) v.version), '[]'),
		'dimensions', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
				'dimension', d.dimension, 'column', d.column_name, 'curve', d.curve::text, 'weight', pg_catalog.trim_scale(d.weight),
				'missing', d.missing, 'measured_at', d.measured_at, 'valid_days', pg_catalog.trim_scale(d.valid_days),
				'group', d.group_name, 'labels', d.labels)) ORDER BY d.ordinal)
			FROM pulse_internal.model_dimension AS d
			WHERE d.model_id OPERATOR(pg_catalog.=) v.model_id AND d.version OPERATOR(pg_catalog.=) v.version),
		'vetoes', coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
				'veto', o.veto, 'column', o.column_name, 'since', pg_catalog.trim_scale(o.since), 'below', pg_catalog.trim_scale(o.below),
				'band', o.band, 'labels', o.labels)) ORDER BY o.ordinal)
			FROM pulse_internal.model_veto AS o
			WHERE o.model_id OPERATOR(pg_catalog.=) v.model_id AND o.version OPERATOR(pg_catalog.=) v.version), '[]'))
		OPERATOR(pg_catalog.||) CASE WHEN v.segments IS NULL THEN '{}'::jsonb ELSE pg_catalog.jsonb_build_object('segments', v.segments) END
	FROM pulse_internal.model AS m
	JOIN pulse_internal.model_version AS v
		ON v.model_id OPERATOR(pg_catalog.=) m.model_id AND v.version OPERATOR(pg_catalog.=) coalesce(export_model.version, m.version)
	WHERE m.name OPERATOR(pg_catalog.=) export_model.name;
END;
COMMENT ON FUNCTION pulse.export_model(text, integer) IS
'A health model as one JSON document: model, minimum_coverage, bands, groups, dimensions, vetoes and, where there are, segments, as create_model() takes them; of the version in force, or of one before. import_model() is its inverse. NULL: there is no such model or version.';

CREATE OR REPLACE FUNCTION pulse.import_model(document jsonb, name text DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
	whole jsonb;
	version integer;
BEGIN
	IF jsonb_typeof(document) IS DISTINCT FROM 'object' THEN
		PERFORM pulse_internal.model_error('a health model is a JSON object', 'It has the keys model, dimensions, and others that may be left out.');
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(document) AS k
	WHERE k <> ALL ('{model,minimum_coverage,bands,groups,dimensions,vetoes,segments}') ORDER BY k LIMIT 1;
	IF FOUND THEN
		PERFORM pulse_internal.model_error(format('unknown key "%s" in the model', wrong),
			'The keys are model, minimum_coverage, bands, groups, dimensions, vetoes and segments.');
	END IF;
	whole := '{"minimum_coverage": 50, "bands": {"red": 0, "amber": 50, "green": 75}, "groups": [], "vetoes": []}' || document;
	IF jsonb_typeof(whole -> 'minimum_coverage') <> 'number' OR (whole ->> 'minimum_coverage')::numeric NOT BETWEEN 0 AND 100
			OR (whole ->> 'minimum_coverage')::numeric <> trunc((whole ->> 'minimum_coverage')::numeric) THEN
		PERFORM pulse_internal.model_error('invalid minimum coverage', format('%s is not a whole percentage.', whole -> 'minimum_coverage'));
	END IF;
	name := coalesce(name, document ->> 'model');
	IF NOT EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = import_model.name) THEN
		PERFORM pulse.create_model(name, whole -> 'dimensions', whole -> 'bands', (whole ->> 'minimum_coverage')::integer,
			whole -> 'vetoes', whole -> 'groups', whole -> 'segments');
		RETURN 1;
	END IF;
	-- what a document leaves out is not there
	IF NOT whole ? 'segments' AND pulse.export_model(name) ? 'segments' THEN
		whole := whole || '{"segments": {}}';
	END IF;
	-- whether two documents say the same shows when both are written
	BEGIN
		version := pulse.alter_model(name, coalesce(whole -> 'dimensions', 'null'), whole -> 'bands', (whole ->> 'minimum_coverage')::integer,
			whole -> 'vetoes', whole -> 'groups', whole -> 'segments');
		IF pulse.export_model(name) = pulse.export_model(name, version - 1) THEN
			RAISE SQLSTATE 'SP3ZZ';
		END IF;
	EXCEPTION WHEN SQLSTATE 'SP3ZZ' THEN
		version := version - 1;
	END;
	RETURN version;
END
$$;
REVOKE ALL ON FUNCTION pulse.import_model(jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.import_model(jsonb, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.import_model(jsonb, text) IS
'Makes a health model of a document of export_model() or sample_model(), under its name or another one; where there is a model of that name, its next version, or nothing where the document says what is in force. Returns the version in force. Errors: SP302 what is wrong with it; nothing is kept then.';
