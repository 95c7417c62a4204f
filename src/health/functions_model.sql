-- ---- health: models, written version by version -------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.check_bands(bands jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	band text;
	bound jsonb;
	lower jsonb;
	wrong text;
BEGIN
	IF jsonb_typeof(bands) IS DISTINCT FROM 'object' THEN
		PERFORM pulse_internal.model_error('bands must be a JSON object', 'It has a colour and the score at which it begins.');
	END IF;
	FOR band, bound IN SELECT b.key, b.value FROM jsonb_each(bands) AS b ORDER BY b.key LOOP
		lower := CASE jsonb_typeof(bound) WHEN 'object' THEN coalesce(bound -> 'lower', 'null') ELSE bound END;
		IF band <> ALL ('{grey,black,red,orange,amber,yellow,green,blue,purple,white}') THEN
			PERFORM pulse_internal.model_error(format('unknown band "%s"', band),
				'A band is black, red, orange, amber, yellow, green, blue, purple or white.');
		END IF;
		IF jsonb_typeof(lower) <> 'number' OR lower::numeric < 0 OR lower::numeric >= 100
				OR lower::numeric <> round(lower::numeric, 2) THEN
			PERFORM pulse_internal.model_error(format('band "%s" begins at no score', band),
				format('%s is not a number from 0 to less than 100 with at most two decimals.', lower));
		END IF;
		IF jsonb_typeof(bound) = 'object' THEN
			SELECT k INTO wrong FROM jsonb_object_keys(bound) AS k
			WHERE k <> ALL ('{lower,hysteresis,dwell_days}') ORDER BY k LIMIT 1;
			IF FOUND THEN
				PERFORM pulse_internal.model_error(format('unknown key "%s" of band "%s"', wrong, band),
					'The keys are lower, hysteresis and dwell_days.');
			END IF;
			SELECT k.name INTO wrong FROM (VALUES ('hysteresis', 100, 2), ('dwell_days', 100000, 6)) AS k(name, most, digits)
			WHERE bound ? k.name AND CASE WHEN jsonb_typeof(bound -> k.name) = 'number'
				THEN (bound ->> k.name)::numeric NOT BETWEEN 0 AND k.most OR (bound ->> k.name)::numeric <> round((bound ->> k.name)::numeric, k.digits)
				ELSE true END
			LIMIT 1;
			IF FOUND THEN
				PERFORM pulse_internal.model_error(format('invalid %s of band "%s"', wrong, band),
					format('%s is not a number of points below 100 with two decimals, or of days with six.', bound -> wrong));
			END IF;
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_bands(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.check_groups(groups jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	item jsonb;
	place bigint;
	wrong text;
	seen text[] := '{}';
	example CONSTANT text := 'A group looks like {"group": "money", "weight": 3}.';
BEGIN
	IF jsonb_typeof(groups) IS DISTINCT FROM 'array' THEN
		PERFORM pulse_internal.model_error('groups must be a JSON array', example);
	END IF;
	FOR item, place IN SELECT g.value, g.ordinality FROM jsonb_array_elements(groups) WITH ORDINALITY AS g LOOP
		IF jsonb_typeof(item) <> 'object' OR coalesce(item ->> 'group', '') = '' THEN
			PERFORM pulse_internal.model_error(format('group %s has no name', place), example);
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item) AS k WHERE k <> ALL ('{group,weight,labels}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in group %s', wrong, place), 'The keys are group, weight and labels.');
		END IF;
		PERFORM pulse_internal.check_labels(item -> 'labels', format('group %s', place));
		IF item ? 'weight' AND (CASE WHEN jsonb_typeof(item -> 'weight') = 'number'
				THEN (item ->> 'weight')::numeric NOT BETWEEN 0 AND 1000000000 OR (item ->> 'weight')::numeric <> round((item ->> 'weight')::numeric, 6)
				ELSE true END) THEN
			PERFORM pulse_internal.model_error(format('invalid weight of group "%s"', item ->> 'group'),
				format('%s is not a number from 0 to 1000000000 with at most six decimals.', item -> 'weight'));
		END IF;
		IF item ->> 'group' = ANY (seen) THEN
			PERFORM pulse_internal.model_error(format('group "%s" stands twice', item ->> 'group'), 'A name stands for one group.');
		END IF;
		seen := seen || (item ->> 'group');
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_groups(jsonb) FROM PUBLIC;

-- the models need not exist yet: documents come in any order
CREATE OR REPLACE FUNCTION pulse_internal.check_segments(segments jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF segments <> '{}' AND (jsonb_typeof(segments) <> 'object' OR jsonb_typeof(segments -> 'column') IS DISTINCT FROM 'string' OR segments ->> 'column' = ''
			OR jsonb_typeof(segments -> 'models') IS DISTINCT FROM 'object' OR segments - '{column,models}'::text[] <> '{}'
			OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(segments -> 'models') WHEN 'object' THEN segments -> 'models' END) AS s WHERE jsonb_typeof(s.value) <> 'string')) THEN
		PERFORM pulse_internal.model_error('invalid segments', 'A column says which segment a row belongs to, models which model scores it.',
			'They look like {"column": "size", "models": {"large": "key accounts"}}; all other rows have the model itself. {}: there are none.');
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_segments(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.insert_model_version(model_name text, dimensions jsonb, bands jsonb,
		minimum_coverage integer, vetoes jsonb, groups jsonb, segments jsonb, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	model pulse_internal.model;
	before pulse_internal.model_version;
BEGIN
	SELECT m.* INTO model FROM pulse_internal.model AS m WHERE m.name = model_name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', model_name),
			DETAIL = 'There is no health model of that name.', HINT = 'Look at SELECT name FROM pulse.models.';
	END IF;
	SELECT v.* INTO before FROM pulse_internal.model_version AS v
	WHERE v.model_id = model.model_id AND v.version = model.version;
	IF minimum_coverage NOT BETWEEN 0 AND 100 THEN
		PERFORM pulse_internal.model_error('invalid minimum coverage', format('%s is not a percentage.', minimum_coverage));
	END IF;
	PERFORM pulse_internal.check_segments(segments);
	INSERT INTO pulse_internal.model_version (model_id, version, minimum_coverage, author, segments)
	VALUES (model.model_id, model.version + 1, coalesce(insert_model_version.minimum_coverage, before.minimum_coverage),
		insert_model_version.author::regrole, coalesce(insert_model_version.segments, before.segments));

	IF dimensions IS NOT NULL THEN
		PERFORM pulse_internal.check_dimensions(dimensions);
		INSERT INTO pulse_internal.model_dimension (model_id, version, ordinal, dimension, column_name, curve, weight, missing,
			measured_at, valid_days, group_name, labels)
		SELECT model.model_id, model.version + 1, d.ordinality, d.value ->> 'dimension',
			coalesce(d.value ->> 'column', d.value ->> 'dimension'), (d.value ->> 'curve')::pulse.curve,
			coalesce((d.value ->> 'weight')::numeric, 1), coalesce(d.value ->> 'missing', 'exclude'),
			d.value ->> 'measured_at', (d.value ->> 'valid_days')::numeric, d.value ->> 'group', d.value -> 'labels'
		FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d;
	ELSE
		INSERT INTO pulse_internal.model_dimension (model_id, version, ordinal, dimension, column_name, curve, weight, missing,
			measured_at, valid_days, group_name, labels)
		SELECT d.model_id, model.version + 1, d.ordinal, d.dimension, d.column_name, d.curve, d.weight, d.missing,
			d.measured_at, d.valid_days, d.group_name, d.labels
		FROM pulse_internal.model_dimension AS d WHERE d.model_id = model.model_id AND d.version = model.version;
	END IF;
	IF groups IS NOT NULL THEN
		PERFORM pulse_internal.check_groups(groups);
		INSERT INTO pulse_internal.model_group (model_id, version, ordinal, group_name, weight, labels)
		SELECT model.model_id, model.version + 1, g.ordinality, g.value ->> 'group', coalesce((g.value ->> 'weight')::numeric, 1), g.value -> 'labels'
		FROM jsonb_array_elements(groups) WITH ORDINALITY AS g;
	ELSE
		INSERT INTO pulse_internal.model_group (model_id, version, ordinal, group_name, weight, labels)
		SELECT g.model_id, model.version + 1, g.ordinal, g.group_name, g.weight, g.labels
		FROM pulse_internal.model_group AS g WHERE g.model_id = model.model_id AND g.version = model.version;
	END IF;
	IF vetoes IS NOT NULL THEN
		PERFORM pulse_internal.check_vetoes(vetoes);
		INSERT INTO pulse_internal.model_veto (model_id, version, ordinal, veto, column_name, since, below, band, labels)
		SELECT model.model_id, model.version + 1, v.ordinality, v.value ->> 'veto', v.value ->> 'column',
			(v.value ->> 'since')::numeric, (v.value ->> 'below')::numeric, v.value ->> 'band', v.value -> 'labels'
		FROM jsonb_array_elements(vetoes) WITH ORDINALITY AS v;
	ELSE
		INSERT INTO pulse_internal.model_veto (model_id, version, ordinal, veto, column_name, since, below, band, labels)
		SELECT v.model_id, model.version + 1, v.ordinal, v.veto, v.column_name, v.since, v.below, v.band, v.labels
		FROM pulse_internal.model_veto AS v WHERE v.model_id = model.model_id AND v.version = model.version;
	END IF;
	IF bands IS NOT NULL THEN
		PERFORM pulse_internal.check_bands(bands);
		INSERT INTO pulse_internal.model_band (model_id, version, band, lower, hysteresis, dwell_days)
		SELECT model.model_id, model.version + 1, b.key,
			CASE jsonb_typeof(b.value) WHEN 'object' THEN (b.value ->> 'lower')::numeric ELSE b.value::numeric END,
			coalesce((CASE jsonb_typeof(b.value) WHEN 'object' THEN b.value ->> 'hysteresis' END)::numeric, 0),
			coalesce((CASE jsonb_typeof(b.value) WHEN 'object' THEN b.value ->> 'dwell_days' END)::numeric, 0)
		FROM jsonb_each(bands) AS b;
	ELSE
		INSERT INTO pulse_internal.model_band (model_id, version, band, lower, hysteresis, dwell_days)
		SELECT b.model_id, model.version + 1, b.band, b.lower, b.hysteresis, b.dwell_days
		FROM pulse_internal.model_band AS b WHERE b.model_id = model.model_id AND b.version = model.version;
	END IF;
	UPDATE pulse_internal.model AS m SET version = m.version + 1 WHERE m.model_id = model.model_id;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.insert_model(model_name text, dimensions jsonb, bands jsonb,
		minimum_coverage integer, vetoes jsonb, groups jsonb, segments jsonb, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF dimensions IS NULL OR bands IS NULL OR minimum_coverage IS NULL OR vetoes IS NULL OR groups IS NULL THEN
		PERFORM pulse_internal.model_error('dimensions, bands, minimum_coverage, vetoes and groups must not be null',
			'Leave bands, minimum_coverage, vetoes and groups out to get the usual ones.');
	END IF;
	INSERT INTO pulse_internal.model (name, version) VALUES (model_name, 0) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('health model "%s" already exists', model_name),
			DETAIL = 'A name stands for one model.', HINT = 'Change it with pulse.alter_model(), or take another name.';
	END IF;
	PERFORM pulse_internal.insert_model_version(model_name, dimensions, bands, minimum_coverage, vetoes, groups, segments, author);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb, oid) OWNER TO pulse_owner;
GRANT EXECUTE ON FUNCTION pulse_internal.model_error(text, text, text), pulse_internal.check_dimensions(jsonb),
	pulse_internal.check_vetoes(jsonb), pulse_internal.check_groups(jsonb), pulse_internal.check_labels(jsonb, text),
	pulse_internal.check_bands(jsonb), pulse_internal.check_segments(jsonb) TO pulse_owner;
