-- ---- health: the types ----------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.health_in(cstring) RETURNS pulse.health
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_in';
CREATE OR REPLACE FUNCTION pulse_internal.health_out(pulse.health) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_out';
CREATE OR REPLACE FUNCTION pulse_internal.health_recv(internal) RETURNS pulse.health
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_recv';
CREATE OR REPLACE FUNCTION pulse_internal.health_send(pulse.health) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_send';
CREATE OR REPLACE FUNCTION pulse_internal.health_eq(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_eq';
CREATE OR REPLACE FUNCTION pulse_internal.health_ne(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_ne';
CREATE OR REPLACE FUNCTION pulse_internal.health_lt(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_lt';
CREATE OR REPLACE FUNCTION pulse_internal.health_le(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_le';
CREATE OR REPLACE FUNCTION pulse_internal.health_gt(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_gt';
CREATE OR REPLACE FUNCTION pulse_internal.health_ge(pulse.health, pulse.health) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_ge';
CREATE OR REPLACE FUNCTION pulse_internal.health_cmp(pulse.health, pulse.health) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_cmp';
CREATE OR REPLACE FUNCTION pulse_internal.health_hash(pulse.health) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_hash';
CREATE OR REPLACE FUNCTION pulse_internal.curve_in(cstring) RETURNS pulse.curve
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_curve_in';
CREATE OR REPLACE FUNCTION pulse_internal.curve_out(pulse.curve) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_curve_out';

-- ---- health: what a health and a curve say ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.score(health pulse.health) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_score';
COMMENT ON FUNCTION pulse.score(pulse.health) IS
'The score from 0 to 100, in hundredths; NULL when nothing was known.';

CREATE OR REPLACE FUNCTION pulse.low(health pulse.health) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_low';
COMMENT ON FUNCTION pulse.low(pulse.health) IS
'The score from 0 to 100 if all that is missing were at its worst.';

CREATE OR REPLACE FUNCTION pulse.high(health pulse.health) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_high';
COMMENT ON FUNCTION pulse.high(pulse.health) IS
'The score from 0 to 100 if all that is missing were at its best.';

CREATE OR REPLACE FUNCTION pulse.band(health pulse.health) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_band';
COMMENT ON FUNCTION pulse.band(pulse.health) IS
'The band of the score, a colour of the model; grey when too little is known to say.';

CREATE OR REPLACE FUNCTION pulse.coverage(health pulse.health) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_coverage';
COMMENT ON FUNCTION pulse.coverage(pulse.health) IS
'How much of the model''s weight was measured, in whole percent (rounded down).';

CREATE OR REPLACE FUNCTION pulse.points(curve pulse.curve, value numeric) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_curve_points_of';
COMMENT ON FUNCTION pulse.points(pulse.curve, numeric) IS
'The points from 0 to 100 that a curve gives a value, to six decimals; NULL for NaN.';

-- ---- health: scoring ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.health_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_health_support';
REVOKE ALL ON FUNCTION pulse_internal.health_support(internal) FROM PUBLIC;

-- what the planner makes of health() where it can; open to PUBLIC as health() is
CREATE OR REPLACE FUNCTION pulse_internal.health_columns(model text, names text[], VARIADIC column_values "any") RETURNS pulse.health
	LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'sp_health_columns';

CREATE OR REPLACE FUNCTION pulse.health(model text, measures record) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 10 SUPPORT pulse_internal.health_support AS 'MODULE_PATHNAME', 'sp_health';
COMMENT ON FUNCTION pulse.health(text, record) IS
'Health of a row by a model: SELECT pulse.health(''standard'', c) FROM app.customer AS c. The row has the columns that the model names: numbers and booleans; dates and timestamps, read as their age in days at this instant (positive when past, negative when to come; the statement''s time, or set_clock()''s); intervals, read in days; and for a map text, enums, booleans and integers. NULL and NaN are missing. Errors: SP303 unknown model, SP302 a column is missing or cannot be scored.';

CREATE OR REPLACE FUNCTION pulse.explain_health(model text, measures record, as_of timestamptz DEFAULT NULL, lang text DEFAULT NULL,
		OUT dimension text, OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text, OUT group_name text, OUT sentence text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'sp_explain_health';
COMMENT ON FUNCTION pulse.explain_health(text, record, timestamptz, text) IS
'How a score came about, now or at as_of, one row per dimension: the value read, its points (0 to 100), the weight given (in its group, where it has one), the share of the weight that counted, and the contribution; the contributions add up to the score exactly. status: measured, not counted (weight 0), or what stood in for a missing value: exclude, neutral, zero, worst; behind "expired: " where the value is older than it may be. A row per veto follows, without points: its status is no veto, or veto: and the band. sentence says the same in words, in lang ''en'' or ''zh'' (default: setting "language"), by the labels of the model. No rows for a NULL row. Errors as health(), and 22023 another language.';

CREATE OR REPLACE FUNCTION pulse.health(model text, measures record, as_of timestamptz) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'sp_health';
COMMENT ON FUNCTION pulse.health(text, record, timestamptz) IS
'Health of a row at an instant: dates and timestamps are their age then. Errors as health(model, row), and 22008 when the instant is not finite.';

-- what the model reads of a row, and what it says of it: for whom it is kept
CREATE OR REPLACE FUNCTION pulse_internal.health_inputs(model text, measures record) RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'sp_health_inputs';
REVOKE ALL ON FUNCTION pulse_internal.health_inputs(text, record) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.health_inputs(text, record) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.next_change(model text, measures record) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'sp_next_change';
COMMENT ON FUNCTION pulse.next_change(text, record) IS
'When the band of a row will change if nothing happens: the first instant, to the microsecond, at which health() gives another band because dates have aged, a value has expired, a veto has begun or ended. NULL: not within 200 years. Errors as health().';

CREATE OR REPLACE FUNCTION pulse.next_change(model text, measures record, as_of timestamptz) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'sp_next_change';
COMMENT ON FUNCTION pulse.next_change(text, record, timestamptz) IS
'As next_change(model, row), seen from an instant: the first change after it.';

-- ---- health: models -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_model(name text, dimensions jsonb,
		bands jsonb DEFAULT '{"red": 0, "amber": 50, "green": 75}', minimum_coverage integer DEFAULT 50,
		vetoes jsonb DEFAULT '[]', groups jsonb DEFAULT '[]', segments jsonb DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_model';
REVOKE ALL ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) IS
'Makes a health model. dimensions: an array of objects with dimension (its name), column (of the row; default: the name), curve (such as "linear 0:100 90:0"), weight (any number from 0; default 1; 0 is shown and not counted) missing (exclude, neutral, zero or worst; default exclude), and, where a value grows old, measured_at (a column with the date or timestamp of the measurement) and valid_days (older is missing), group (the group it belongs to) and labels (such as {"en": "last visit", "zh": "最近拜访"}). groups: an array of objects with group (its name), weight and labels: the dimensions of a group weigh together what it weighs, whichever of them are there; a group of which nothing is there is missing; a dimension outside of them stands beside them. vetoes: an array of objects with veto (its name), column, since and below (or one of them) and band: while since <= value < below the band is this or a worse one; for a date the value is its age in days, so below is when the veto ends. bands: a colour and the score it begins at, the lowest at 0; each ends where the next begins; instead of the score an object with lower, hysteresis (points by which the score must pass the border before a band that is held changes) and dwell_days (how long the band is held at least): both count where a health is stored, see store_health(). minimum_coverage: percent of the weight that must be measured for a band that missing values could change; below, the band is grey. segments: where health is stored, rows whose column has one of these values are scored by another model, such as {"column": "size", "models": {"large": "key accounts"}}. Errors: SP302 what is wrong with it, 42710 the name is taken.';

CREATE OR REPLACE FUNCTION pulse.alter_model(name text, dimensions jsonb DEFAULT NULL, bands jsonb DEFAULT NULL,
		minimum_coverage integer DEFAULT NULL, vetoes jsonb DEFAULT NULL, groups jsonb DEFAULT NULL,
		segments jsonb DEFAULT NULL) RETURNS integer
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_model';
REVOKE ALL ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb, jsonb) IS
'Makes a new version of a model and returns its number; what is NULL stays as it was (segments: {} takes them away). Earlier versions are kept. Errors: SP303 unknown model, SP302 what is wrong with it.';

CREATE OR REPLACE FUNCTION pulse.drop_model(name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_model';
REVOKE ALL ON FUNCTION pulse.drop_model(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_model(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_model(text) IS
'Drops a model with all its versions. Scores that were stored stay. Error SP303: unknown model.';

CREATE OR REPLACE FUNCTION pulse.check_model(name text, relation regclass, OUT dimension text, OUT problem text,
		OUT hint text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'sp_check_model';
COMMENT ON FUNCTION pulse.check_model(text, regclass) IS
'What keeps a model from scoring the rows of a table or view, with what to do; no rows: nothing does. Error SP303: unknown model.';

-- volatile, so that nobody raises while planning
CREATE OR REPLACE FUNCTION pulse_internal.model_error(message text, detail text,
		hint text DEFAULT 'A dimension looks like {"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0", "weight": 2, "missing": "worst"}; bands look like {"red": 0, "amber": 50, "green": 75}.')
	RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = message, DETAIL = detail, HINT = hint;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.model_error(text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.check_labels(labels jsonb, place text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF jsonb_typeof(labels) <> 'object' OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(labels) WHEN 'object' THEN labels END) AS l
			WHERE l.key <> ALL ('{en,zh}') OR jsonb_typeof(l.value) <> 'string') THEN
		PERFORM pulse_internal.model_error(format('invalid labels of %s', place),
			'They look like {"en": "last visit", "zh": "最近拜访"}.');
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_labels(jsonb, text) FROM PUBLIC;

-- shape and names only: what the numbers mean is judged once, by the library
CREATE OR REPLACE FUNCTION pulse_internal.check_dimensions(dimensions jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	item jsonb;
	place bigint;
	wrong text;
BEGIN
	IF jsonb_typeof(dimensions) IS DISTINCT FROM 'array' THEN
		PERFORM pulse_internal.model_error('dimensions must be a JSON array', 'It has one object per dimension.');
	END IF;
	FOR item, place IN SELECT d.value, d.ordinality FROM jsonb_array_elements(dimensions) WITH ORDINALITY AS d LOOP
		IF jsonb_typeof(item) <> 'object' THEN
			PERFORM pulse_internal.model_error(format('dimension %s is not a JSON object', place), format('It is %s.', item));
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item) AS k
		WHERE k <> ALL ('{dimension,column,curve,weight,missing,measured_at,valid_days,group,labels}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in dimension %s', wrong, place),
				'The keys are dimension, column, curve, weight, missing, measured_at, valid_days, group and labels.');
		END IF;
		PERFORM pulse_internal.check_labels(item -> 'labels', format('dimension %s', place));
		IF coalesce(item ->> 'dimension', '') = '' OR item ->> 'column' = '' THEN
			PERFORM pulse_internal.model_error(format('dimension %s has no name', place), format('It is %s.', item));
		END IF;
		IF item ->> 'curve' IS NULL THEN
			PERFORM pulse_internal.model_error(format('dimension "%s" has no curve', item ->> 'dimension'), 'A curve turns its value into points.');
		END IF;
		IF item ? 'weight' AND (jsonb_typeof(item -> 'weight') <> 'number' OR (item ->> 'weight')::numeric < 0
				OR (item ->> 'weight')::numeric > 1000000000 OR (item ->> 'weight')::numeric <> round((item ->> 'weight')::numeric, 6)) THEN
			PERFORM pulse_internal.model_error(format('invalid weight of dimension "%s"', item ->> 'dimension'),
				format('%s is not a number from 0 to 1000000000 with at most six decimals.', item -> 'weight'));
		END IF;
		IF coalesce(item ->> 'missing', 'exclude') <> ALL ('{exclude,neutral,zero,worst}') THEN
			PERFORM pulse_internal.model_error(format('invalid policy of dimension "%s" for missing values', item ->> 'dimension'),
				format('"%s" is none of exclude, neutral, zero and worst.', item ->> 'missing'));
		END IF;
		IF (item ->> 'measured_at' IS NULL) <> (item ->> 'valid_days' IS NULL) OR item ->> 'measured_at' = '' THEN
			PERFORM pulse_internal.model_error(format('dimension "%s" has only half of a validity', item ->> 'dimension'),
				'measured_at names the column that says when it was measured, valid_days how old it may be.');
		END IF;
		IF item ->> 'valid_days' IS NOT NULL AND (jsonb_typeof(item -> 'valid_days') <> 'number'
				OR (item ->> 'valid_days')::numeric NOT BETWEEN 0 AND 1000000
				OR (item ->> 'valid_days')::numeric <> round((item ->> 'valid_days')::numeric, 6)) THEN
			PERFORM pulse_internal.model_error(format('invalid valid_days of dimension "%s"', item ->> 'dimension'),
				format('%s is not a number of days from 0 to 1000000 with at most six decimals.', item -> 'valid_days'));
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_dimensions(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.check_vetoes(vetoes jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	item jsonb;
	place bigint;
	wrong text;
	example CONSTANT text := 'A veto looks like {"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"}.';
BEGIN
	IF jsonb_typeof(vetoes) IS DISTINCT FROM 'array' THEN
		PERFORM pulse_internal.model_error('vetoes must be a JSON array', example);
	END IF;
	FOR item, place IN SELECT v.value, v.ordinality FROM jsonb_array_elements(vetoes) WITH ORDINALITY AS v LOOP
		IF jsonb_typeof(item) <> 'object' OR coalesce(item ->> 'veto', '') = '' OR coalesce(item ->> 'column', '') = ''
				OR item ->> 'band' IS NULL OR coalesce(item ->> 'since', item ->> 'below') IS NULL THEN
			PERFORM pulse_internal.model_error(format('veto %s lacks its name, column, band or limit', place), example);
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item) AS k
		WHERE k <> ALL ('{veto,column,since,below,band,labels}') ORDER BY k LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('unknown key "%s" in veto %s', wrong, place),
				'The keys are veto, column, since, below, band and labels.');
		END IF;
		PERFORM pulse_internal.check_labels(item -> 'labels', format('veto %s', place));
		SELECT k INTO wrong FROM unnest('{since,below}'::text[]) AS k
		WHERE item ->> k IS NOT NULL AND CASE WHEN jsonb_typeof(item -> k) = 'number'
			THEN abs((item ->> k)::numeric) > 1000000000 OR (item ->> k)::numeric <> round((item ->> k)::numeric, 6) ELSE true END
		LIMIT 1;
		IF FOUND THEN
			PERFORM pulse_internal.model_error(format('invalid %s of veto "%s"', wrong, item ->> 'veto'),
				format('%s is not a number up to 1000000000 with at most six decimals.', item -> wrong));
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_vetoes(jsonb) FROM PUBLIC;
