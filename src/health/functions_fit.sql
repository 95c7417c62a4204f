-- ---- health: models fitted to outcomes, and judged by them -------------------------

CREATE OR REPLACE FUNCTION pulse_internal.evaluation_add(internal, pulse.health, boolean) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_add';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_add(internal, pulse.health, boolean) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_combine';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_combine(internal, internal) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_serialize';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_serialize(internal) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_deserialize';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_deserialize(bytea, internal) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.evaluation_final(internal) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_evaluation_final';
REVOKE ALL ON FUNCTION pulse_internal.evaluation_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.fit_add(internal, double precision[], boolean) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_fit_add';
REVOKE ALL ON FUNCTION pulse_internal.fit_add(internal, double precision[], boolean) FROM PUBLIC;
CREATE OR REPLACE FUNCTION pulse_internal.fit_final(internal) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_fit_final';
REVOKE ALL ON FUNCTION pulse_internal.fit_final(internal) FROM PUBLIC;

-- the good and the bad per bin, of a column of numbers (lower: where the bin begins) or of categories
CREATE OR REPLACE FUNCTION pulse_internal.count_bins(relation regclass, outcome text, column_name text, bins integer, numeric_column boolean,
		OUT lower numeric[], OUT category text[], OUT good numeric[], OUT bad numeric[]) RETURNS record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF numeric_column THEN
		EXECUTE format('
			WITH r AS MATERIALIZED (SELECT round(%1$I::numeric, 6) AS value, %2$I::boolean AS bad FROM %3$s
									WHERE %1$I::numeric <> ''NaN'' AND %2$I IS NOT NULL),
				-- what a curve can write; the outermost bins hold what lies beyond, and infinity
				edge AS (SELECT DISTINCT unnest(percentile_disc((SELECT array_agg(k / $1::float8 ORDER BY k) FROM generate_series(0, $1 - 1) AS k))
					WITHIN GROUP (ORDER BY value)) AS lower FROM r WHERE abs(value) <= 1000000000000),
				bin AS (SELECT nullif(lower, min(lower) OVER ()) AS since, lower, lead(lower) OVER (ORDER BY lower) AS upper FROM edge),
				counted AS (SELECT b.lower, count(*) FILTER (WHERE NOT r.bad) AS good, count(*) FILTER (WHERE r.bad) AS bad
					FROM bin AS b JOIN r ON (b.since IS NULL OR r.value >= b.since) AND (b.upper IS NULL OR r.value < b.upper) GROUP BY b.lower)
			SELECT array_agg(lower ORDER BY lower), array_agg(good::numeric ORDER BY lower), array_agg(bad::numeric ORDER BY lower) FROM counted',
			column_name, outcome, relation) INTO lower, good, bad USING bins;
	ELSE
		EXECUTE format('
			WITH counted AS (SELECT %1$I::text COLLATE "C" AS category, count(*) FILTER (WHERE NOT %2$I::boolean) AS good, count(*) FILTER (WHERE %2$I::boolean) AS bad
							 FROM %3$s WHERE %1$I IS NOT NULL AND %2$I IS NOT NULL GROUP BY 1)
			SELECT array_agg(category ORDER BY category), array_agg(good::numeric ORDER BY category), array_agg(bad::numeric ORDER BY category) FROM counted',
			column_name, outcome, relation) INTO category, good, bad;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.count_bins(regclass, text, text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.count_bins(regclass, text, text, integer, boolean) TO pulse_admin, pulse_author;

-- neighbours are merged until the share of good ones only rises (direction 1) or only falls (-1)
CREATE OR REPLACE FUNCTION pulse_internal.merge_bins(direction integer, INOUT lower numeric[], INOUT good numeric[], INOUT bad numeric[]) RETURNS record
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	i integer := 2;
BEGIN
	WHILE i <= cardinality(lower) LOOP
		IF direction * (good[i] * (good[i - 1] + bad[i - 1]) - good[i - 1] * (good[i] + bad[i])) < 0 THEN
			good[i - 1] := good[i - 1] + good[i];
			bad[i - 1] := bad[i - 1] + bad[i];
			lower := lower[:i - 1] || lower[i + 1:];
			good := good[:i - 1] || good[i + 1:];
			bad := bad[:i - 1] || bad[i + 1:];
			i := greatest(i - 1, 2);
		ELSE
			i := i + 1;
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.merge_bins(integer, numeric[], numeric[], numeric[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.merge_bins(integer, numeric[], numeric[], numeric[]) TO pulse_admin, pulse_author;

-- weight of evidence of each bin, smoothed by half a row of each outcome, and the information value of all
CREATE OR REPLACE FUNCTION pulse_internal.weigh_bins(good numeric[], bad numeric[], OUT evidence numeric[], OUT information numeric) RETURNS record
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.array_agg(pg_catalog.round(pg_catalog.ln(w.good_share OPERATOR(pg_catalog./) w.bad_share), 6) ORDER BY w.place),
		pg_catalog.round(pg_catalog.sum((w.good_share OPERATOR(pg_catalog.-) w.bad_share) OPERATOR(pg_catalog.*) pg_catalog.ln(w.good_share OPERATOR(pg_catalog./) w.bad_share)), 6)
	FROM (SELECT b.place, (b.good OPERATOR(pg_catalog.+) 0.5) OPERATOR(pg_catalog./) (pg_catalog.sum(b.good) OVER () OPERATOR(pg_catalog.+) 0.5) AS good_share,
			(b.bad OPERATOR(pg_catalog.+) 0.5) OPERATOR(pg_catalog./) (pg_catalog.sum(b.bad) OVER () OPERATOR(pg_catalog.+) 0.5) AS bad_share
		  FROM ROWS FROM (pg_catalog.unnest(weigh_bins.good), pg_catalog.unnest(weigh_bins.bad)) WITH ORDINALITY AS b(good, bad, place)) AS w;
END;
REVOKE ALL ON FUNCTION pulse_internal.weigh_bins(numeric[], numeric[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.weigh_bins(numeric[], numeric[]) TO pulse_admin, pulse_author;

-- one column as a dimension: points are its evidence from worst to best, the weight is how far they lie apart
CREATE OR REPLACE FUNCTION pulse_internal.fit_dimension(relation regclass, outcome text, column_name text, bins integer, monotone boolean,
		OUT dimension jsonb, OUT information numeric, OUT bin_count integer) RETURNS record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_number boolean;
	lower numeric[];
	category text[];
	good numeric[];
	bad numeric[];
	rising record;
	falling record;
	weighed record;
	least numeric;
	spread numeric;
BEGIN
	SELECT t.typcategory = 'N' INTO is_number FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
	WHERE a.attrelid = relation AND a.attname = column_name AND NOT a.attisdropped AND t.typcategory IN ('N', 'S', 'B', 'E');
	IF NOT FOUND THEN
		PERFORM pulse_internal.model_error(format('column "%s" cannot be fitted', column_name),
			format('%s has no column of that name with numbers, text, booleans or an enum.', relation),
			'Name columns of the relation, or score a view that has them.');
	END IF;
	SELECT b.lower, b.category, b.good, b.bad INTO lower, category, good, bad
	FROM pulse_internal.count_bins(relation, outcome, column_name, bins, is_number) AS b;
	IF good IS NULL OR (SELECT sum(g) FROM unnest(good) AS g) = 0 OR (SELECT sum(b) FROM unnest(bad) AS b) = 0 THEN
		PERFORM pulse_internal.model_error(format('outcome "%s" has only one class', outcome),
			format('Where "%s" is known there must be rows with and without it.', column_name),
			'Fit to rows from before and after what health is to warn of happened to some of them.');
	END IF;
	IF cardinality(category) > 32 OR EXISTS (SELECT FROM unnest(category) AS c WHERE c = '' OR c LIKE '%"%' OR octet_length(c) > 128) THEN
		PERFORM pulse_internal.model_error(format('column "%s" has categories that no map can name', column_name),
			'A map has up to 32 categories, none of them empty, with a double quote, or longer than 128 bytes.',
			'Fit a view in which the rare ones share a name.');
	END IF;
	IF NOT EXISTS (SELECT FROM unnest(good, bad) AS b(good, bad) WHERE b.good > 0 AND b.bad > 0) THEN
		PERFORM pulse_internal.model_error(format('column "%s" tells outcome "%s" alone', column_name, outcome),
			'Each of its bins has one outcome only, so no weight is great enough.',
			'It was probably written after the outcome: leave it out, or give it as it was before.');
	END IF;
	IF is_number AND monotone THEN
		rising := pulse_internal.merge_bins(1, lower, good, bad);
		falling := pulse_internal.merge_bins(-1, lower, good, bad);
		IF (pulse_internal.weigh_bins(rising.good, rising.bad)).information
				>= (pulse_internal.weigh_bins(falling.good, falling.bad)).information THEN
			SELECT rising.lower, rising.good, rising.bad INTO lower, good, bad;
		ELSE
			SELECT falling.lower, falling.good, falling.bad INTO lower, good, bad;
		END IF;
	END IF;
	weighed := pulse_internal.weigh_bins(good, bad);
	SELECT min(e), max(e) - min(e) INTO least, spread FROM unnest(weighed.evidence) AS e;
	information := weighed.information;
	bin_count := cardinality(good);
	dimension := jsonb_build_object('dimension', column_name, 'weight', spread, 'curve',
		CASE WHEN is_number THEN 'steps ' ELSE 'map ' END || (
			SELECT string_agg(CASE WHEN is_number THEN trim_scale(b.lower) || ':' ELSE '"' || b.category || '"=>' END
				|| trim_scale(round((b.evidence - least) * 100 / greatest(spread, 0.000001), 6)), ' ' ORDER BY b.place)
			FROM ROWS FROM (unnest(lower), unnest(category), unnest(weighed.evidence)) WITH ORDINALITY AS b(lower, category, evidence, place)));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.fit_dimension(regclass, text, text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fit_dimension(regclass, text, text, integer, boolean),
	pulse_internal.model_error(text, text, text) TO pulse_admin, pulse_author;

-- the dimensions again, each weighing as much as its evidence still says beside the others
CREATE OR REPLACE FUNCTION pulse_internal.weigh_dimensions(relation regclass, outcome text, INOUT dimensions jsonb) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	trial CONSTANT text := format('being fitted by process %s', pg_backend_pid());
	weights double precision[];
BEGIN
	PERFORM pulse.create_model(trial, dimensions);
	EXECUTE format('
		SELECT pulse_internal.fit_weights(x.evidence, x.bad ORDER BY x.bad, x.evidence)
		FROM (SELECT r.%1$I AS bad, (SELECT array_agg((coalesce(e.points, 50) * d.weight / 100)::float8 ORDER BY d.ordinal)
				FROM pulse.explain_health(%2$L, r) AS e, jsonb_to_recordset($1) AS d(ordinal int, dimension text, weight numeric)
				WHERE d.dimension = e.dimension) AS evidence
			FROM %3$s AS r WHERE r.%1$I IS NOT NULL) AS x', outcome, trial, relation)
	INTO weights USING (SELECT jsonb_agg(d.value || jsonb_build_object('ordinal', d.ordinality)) FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d);
	PERFORM pulse.drop_model(trial);
	SELECT jsonb_agg(d.value || jsonb_build_object('weight', round((d.value ->> 'weight')::numeric * weights[d.ordinality]::numeric, 6)) ORDER BY d.ordinality)
	INTO dimensions FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.weigh_dimensions(regclass, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.weigh_dimensions(regclass, text, jsonb) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.fit_model(name text, relation regclass, outcome text, columns text[], bins integer DEFAULT 5,
		monotone boolean DEFAULT true, groups jsonb DEFAULT '{}', OUT dimension text, OUT information_value numeric, OUT bin_count integer) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	column_name text;
	fitted record;
	dimensions jsonb := '[]';
	wrong text;
BEGIN
	IF name IS NULL OR relation IS NULL OR outcome IS NULL OR columns IS NULL OR bins NOT BETWEEN 2 AND 30 OR bins IS NULL OR monotone IS NULL THEN
		PERFORM pulse_internal.model_error('fit_model needs a name, a relation, an outcome, columns, and 2 to 30 bins',
			'One of them is null or out of range.', 'Type for instance fit_model(''churn'', ''app.customer'', ''churned'', ARRAY[''tenure'', ''contract'']).');
	END IF;
	IF cardinality(columns) = 0 OR array_position(columns, NULL) IS NOT NULL
			OR (SELECT count(DISTINCT c) < count(*) FROM unnest(columns) AS c) THEN
		PERFORM pulse_internal.model_error('fit_model needs columns, each named once', format('It was given %s.', columns),
			'Type for instance ARRAY[''tenure'', ''contract''].');
	END IF;
	IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = outcome AND a.atttypid = 'boolean'::regtype AND NOT a.attisdropped) THEN
		PERFORM pulse_internal.model_error(format('outcome "%s" is not a boolean column', outcome),
			format('%s must have it; true is what health is to warn of.', relation), 'Give a view that has it as a boolean.');
	END IF;
	IF jsonb_typeof(groups) IS DISTINCT FROM 'object' OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(groups) WHEN 'object' THEN groups END) AS g
			WHERE jsonb_typeof(g.value) <> 'array') THEN
		PERFORM pulse_internal.model_error('groups must be a JSON object of arrays', 'Each group has a list of columns.', 'Type for instance {"contract": ["tenure", "contract"]}.');
	END IF;
	SELECT c.value INTO wrong FROM jsonb_each(groups) AS g, jsonb_array_elements_text(g.value) AS c
	WHERE c.value <> ALL (columns) OR (SELECT count(*) FROM jsonb_each(groups) AS h, jsonb_array_elements_text(h.value) AS d WHERE d.value = c.value) > 1 LIMIT 1;
	IF FOUND THEN
		PERFORM pulse_internal.model_error(format('column "%s" cannot be grouped', wrong), 'It is not fitted, or stands in two groups.', 'Name each column of the fit once.');
	END IF;
	FOREACH column_name IN ARRAY columns LOOP
		fitted := pulse_internal.fit_dimension(relation, outcome, column_name, bins, monotone);
		dimensions := dimensions || fitted.dimension;
		dimension := column_name;
		information_value := fitted.information;
		bin_count := fitted.bin_count;
		RETURN NEXT;
	END LOOP;
	dimensions := pulse_internal.weigh_dimensions(relation, outcome, dimensions);
	-- a group weighs what its dimensions weigh together, so scores without a gap are those without groups
	SELECT jsonb_agg(d.value || CASE WHEN g.key IS NULL THEN '{}' ELSE jsonb_build_object('group', g.key) END ORDER BY d.ordinality) INTO dimensions
	FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d LEFT JOIN jsonb_each(groups) AS g ON g.value ? (d.value ->> 'dimension');
	SELECT coalesce(jsonb_agg(jsonb_build_object('group', x.name, 'weight', x.weight) ORDER BY x.name), '[]') INTO groups
	FROM (SELECT d.value ->> 'group' AS name, sum((d.value ->> 'weight')::numeric) AS weight FROM jsonb_array_elements(dimensions) AS d
		WHERE d.value ? 'group' GROUP BY 1) AS x;
	IF EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = fit_model.name) THEN
		PERFORM pulse.alter_model(name, dimensions, groups => groups);
	ELSE
		PERFORM pulse.create_model(name, dimensions, groups => groups);
	END IF;
	IF (SELECT e.auc FROM pulse.evaluate_model(name, relation, outcome) AS e) = 1 THEN
		PERFORM pulse_internal.model_error(format('the columns tell outcome "%s" without an error', outcome),
			'Each row with it scores below each row without it, so no weights are great enough.',
			'Some of them were probably written after the outcome: leave them out, or give more rows.');
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean, jsonb) IS
'Fits a scorecard to outcomes that happened and writes it as a model, or as the next version of one. relation: a table or view with the boolean column outcome (true: what health is to warn of; NULL: not known yet) and the columns to fit. Numbers are cut into bins of equal count, which are merged until the share of good rows only rises or only falls (monotone => false leaves them); text, booleans and enums are taken as they are. The points of a bin are its weight of evidence, smoothed by half a row of each outcome; the weight of a dimension is how far its bins lie apart, times what a logistic regression of the outcome on the evidence gives it, so that columns that say the same do not count twice; a column that adds nothing gets the weight 0. groups: which columns weigh together, such as {"contract": ["tenure", "contract"]}; a group weighs what its columns do. Returns the information value and number of bins of each column. Error SP302: what is wrong, such as an outcome with one class, or one that the columns tell without an error.';
