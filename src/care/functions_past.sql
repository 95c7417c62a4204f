-- ---- care: the past, again -------------------------------------------------------------

-- The life of each customer of a source from what was read of it, step by step: what the refresh should have written.
CREATE OR REPLACE FUNCTION pulse_internal.replay_health(source integer, until timestamptz, OUT customer text, OUT at timestamptz,
		OUT cause text, OUT model_id integer, OUT version integer, OUT inputs jsonb, OUT health pulse.health, OUT held text,
		OUT held_since timestamptz, OUT is_final boolean, OUT due_at timestamptz, OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH life AS (
		-- one sort for all, and the arrays as it comes
		SELECT k.customer, array_agg(k.name) AS models, array_agg(k.version) AS versions, array_agg(k.inputs) AS inputs, array_agg(k.at) AS instants,
			(array_agg(k.held))[1] AS held, (array_agg(k.held_since))[1] AS held_since
		FROM (
			-- what was held where the past begins to be known
			SELECT h.customer, m.name, h.version, h.inputs, h.at, CASE WHEN h.at <= s.history_since THEN h.held END AS held,
				CASE WHEN h.at <= s.history_since THEN h.held_since END AS held_since
			FROM pulse_internal.health_history AS h
			JOIN pulse_internal.health_source AS s ON s.source_id = h.source_id
			JOIN pulse_internal.model AS m ON m.model_id = h.model_id
			LEFT JOIN (SELECT x.customer, max(x.history_id) AS history_id FROM pulse_internal.health_history AS x
				WHERE x.source_id = source AND x.cause = 'gone' GROUP BY x.customer) AS g ON g.customer = h.customer
			WHERE h.source_id = source AND h.inputs IS NOT NULL AND h.history_id > coalesce(g.history_id, 0)
			ORDER BY h.customer, h.at, h.history_id) AS k
		GROUP BY k.customer
	)
	SELECT l.customer, w.at, w.cause, m.model_id, w.of_version, w.of_inputs, w.health, w.is_held, w.is_held_since, w.is_last, w.due_at, w.next_change
	FROM life AS l CROSS JOIN LATERAL pulse_internal.walk_life(l.models, l.versions, l.inputs, l.instants, until, l.held, l.held_since) AS w
	JOIN pulse_internal.model AS m ON m.name = w.of_model;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.replay_health(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.replay_health(integer, timestamptz) TO pulse_owner;

-- Compares, and where "mend" writes what should be; a row per customer and difference.
CREATE OR REPLACE FUNCTION pulse_internal.compare_replay(source integer, mend boolean, OUT customer text, OUT problem text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off
AS $$
#variable_conflict use_column
DECLARE
	up_to timestamptz;
BEGIN
	SELECT s.refreshed_at INTO up_to FROM pulse_internal.health_source AS s WHERE s.source_id = source FOR UPDATE;
	RETURN QUERY
	WITH life AS MATERIALIZED (
		SELECT r.* FROM pulse_internal.replay_health(source, up_to) AS r
	), stands AS (
		-- as of the step, or of when an override was written; nothing is due between the two
		SELECT l.customer, l.model_id, l.version, l.inputs, l.held, l.held_since, coalesce(w.health, l.health) AS health, c.computed_at,
			least(CASE WHEN w.step IS NULL THEN l.due_at ELSE w.due_at END, o.until) AS due_at,
			CASE WHEN w.step IS NULL THEN l.next_change ELSE w.next_change END AS next_change, coalesce(o.band, pulse.band(coalesce(w.health, l.health))) AS shown
		FROM life AS l
		JOIN pulse_internal.model AS m ON m.model_id = l.model_id
		LEFT JOIN pulse_internal.health_current AS c ON c.source_id = source AND c.customer = l.customer
		LEFT JOIN LATERAL (
			SELECT x.step, x.health, x.due_at, x.next_change FROM pulse_internal.walk_health(m.name, l.version, l.inputs, l.held, l.held_since,
				c.computed_at, NULL, NULL, NULL, c.computed_at, NULL, NULL) AS x WHERE c.computed_at <> l.at OFFSET 0) AS w ON true
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = l.customer
			AND pulse_internal.is_in_force(o.since, o.until, up_to)
		WHERE l.is_final
	), wrong AS MATERIALIZED (
		SELECT s.* FROM stands AS s
		LEFT JOIN pulse_internal.health_current AS c ON c.source_id = source AND c.customer = s.customer
		WHERE (c.model_id, c.version, c.held, c.held_since, c.due_at, c.next_change, c.shown)
				IS DISTINCT FROM (s.model_id, s.version, s.held, s.held_since, s.due_at, s.next_change, s.shown)
			OR c.inputs IS DISTINCT FROM s.inputs OR c.health IS NULL OR NOT c.health OPERATOR(pulse.=) s.health
	), passed AS MATERIALIZED (
		SELECT l.customer, l.at, l.model_id, l.version, l.health, l.held, l.held_since
		FROM life AS l WHERE l.cause = 'time'
	), written AS MATERIALIZED (
		SELECT h.history_id, h.customer, h.at, h.model_id, h.version, h.health, h.held, h.held_since
		FROM pulse_internal.health_history AS h
		JOIN life AS l ON l.customer = h.customer AND l.is_final
		LEFT JOIN (SELECT g.customer, max(g.history_id) AS history_id FROM pulse_internal.health_history AS g
			WHERE g.source_id = source AND g.cause = 'gone' GROUP BY g.customer) AS g ON g.customer = h.customer
		WHERE h.source_id = source AND h.cause = 'time' AND h.history_id > coalesce(g.history_id, 0)
	), lacking AS MATERIALIZED (
		SELECT p.* FROM passed AS p WHERE NOT EXISTS (SELECT FROM written AS w WHERE w.customer = p.customer AND w.at = p.at
			AND w.health OPERATOR(pulse.=) p.health AND w.held IS NOT DISTINCT FROM p.held AND w.held_since IS NOT DISTINCT FROM p.held_since)
	), needless AS MATERIALIZED (
		SELECT w.* FROM written AS w WHERE NOT EXISTS (SELECT FROM passed AS p WHERE w.customer = p.customer AND w.at = p.at
			AND w.health OPERATOR(pulse.=) p.health AND w.held IS NOT DISTINCT FROM p.held AND w.held_since IS NOT DISTINCT FROM p.held_since)
	), mended AS (
		INSERT INTO pulse_internal.health_current AS c (source_id, customer, model_id, version, inputs, health, held, held_since, shown, shown_since,
			computed_at, due_at, next_change)
		SELECT source, w.customer, w.model_id, w.version, w.inputs, w.health, w.held, w.held_since, w.shown, up_to, coalesce(w.computed_at, up_to),
			w.due_at, w.next_change
		FROM wrong AS w WHERE mend
		ON CONFLICT ON CONSTRAINT health_current_pkey DO UPDATE SET model_id = excluded.model_id, version = excluded.version, inputs = excluded.inputs,
			health = excluded.health, held = excluded.held, held_since = excluded.held_since, shown = excluded.shown,
			shown_since = CASE WHEN c.shown = excluded.shown THEN c.shown_since ELSE excluded.shown_since END,
			due_at = excluded.due_at, next_change = excluded.next_change
	), put AS (
		INSERT INTO pulse_internal.health_history (source_id, customer, at, recorded, cause, model_id, version, health, held, held_since, shown)
		SELECT source, l.customer, l.at, up_to, 'time', l.model_id, l.version, l.health, l.held, l.held_since,
			coalesce(o.band, pulse.band(l.health))
		FROM lacking AS l LEFT JOIN LATERAL pulse_internal.override_at(source, l.customer, l.at) AS o ON true WHERE mend
	), taken AS (
		DELETE FROM pulse_internal.health_history AS h USING needless AS n WHERE h.history_id = n.history_id AND mend
	)
	SELECT w.customer, 'its standing is another one' FROM wrong AS w
	UNION ALL
	SELECT l.customer, format('a change at %s is lacking', l.at) FROM lacking AS l
	UNION ALL
	SELECT n.customer, format('there was no change at %s', n.at) FROM needless AS n
	ORDER BY 1, 2;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.compare_replay(integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.compare_replay(integer, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.check_health(model text, OUT customer text, OUT problem text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
	RETURN QUERY SELECT c.customer, c.problem FROM pulse_internal.compare_replay(pulse_internal.stored_source(model), false) AS c;
END
$$;
ALTER FUNCTION pulse.check_health(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.check_health(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_health(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_health(text) IS
'Where the stored health by a model differs from what its whole past gives, recomputed from the data that was read and the versions in force then; no rows: nowhere. Reads all history. Error SP304: not stored.';

CREATE OR REPLACE FUNCTION pulse_internal.rebuild_stored(model text, caller oid) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	source integer := pulse_internal.own_source(model, caller);
BEGIN
	PERFORM pulse_internal.refresh_source(source, true);
	RETURN (SELECT count(DISTINCT c.customer) FROM pulse_internal.compare_replay(source, true) AS c);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.rebuild_stored(text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.rebuild_stored(text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.rebuild_health(model text) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rebuild_health';
ALTER FUNCTION pulse.rebuild_health(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.rebuild_health(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rebuild_health(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.rebuild_health(text) IS
'Reads all rows, recomputes the stored health by a model from its whole past, as check_health(), and mends what differs: nothing, if all is well. What was read, overrides and models that were in force stay as they are. Returns the number of customers that were mended. Errors as refresh_health().';

-- ---- care: questions about the past ---------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.require_past(source integer, at timestamptz) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kept record;
BEGIN
	SELECT m.name, s.history_since INTO kept FROM pulse_internal.health_source AS s JOIN pulse_internal.model AS m ON m.model_id = s.model_id
	WHERE s.source_id = source AND at < s.history_since;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP306', MESSAGE = format('the past of health by model "%s" is known since %s only', kept.name, kept.history_since),
			DETAIL = format('It was asked for %s. What is older than the setting "keep_health_history" is deleted each night.', at),
			HINT = 'Ask for a later instant. pulse.set_setting(''keep_health_history'', ...) keeps more from now on.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_past(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_past(integer, timestamptz) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.health_at(model text, customer text, at timestamptz, known_at timestamptz DEFAULT NULL,
		OUT score numeric, OUT band text, OUT low numeric, OUT high numeric, OUT coverage integer, OUT computed_score numeric,
		OUT computed_band text, OUT scored_by text, OUT version integer, OUT inputs jsonb, OUT since timestamptz) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.stored_source(model);
	step record;
	o record;
	then_health pulse.health;
BEGIN
	PERFORM pulse_internal.require_past(source, least(at, known_at));
	SELECT h.cause, h.shown, h.health, h.at INTO step FROM pulse_internal.health_history AS h
	WHERE h.source_id = source AND h.customer = health_at.customer AND h.at <= health_at.at AND (known_at IS NULL OR h.recorded <= known_at)
	ORDER BY h.at DESC, h.history_id DESC LIMIT 1;
	IF NOT FOUND OR step.cause = 'gone' THEN
		RETURN;
	END IF;
	SELECT m.name, h.version, h.inputs INTO scored_by, version, inputs FROM pulse_internal.health_history AS h
	JOIN pulse_internal.model AS m ON m.model_id = h.model_id
	WHERE h.source_id = source AND h.customer = health_at.customer AND h.at <= health_at.at AND (known_at IS NULL OR h.recorded <= known_at)
		AND h.inputs IS NOT NULL
	ORDER BY h.at DESC, h.history_id DESC LIMIT 1;
	-- one that was set later was not known then
	SELECT * INTO o FROM pulse_internal.override_at(source, customer, least(at, known_at));
	then_health := pulse_internal.score_inputs(scored_by, version, inputs, at);
	computed_score := pulse.score(then_health);
	computed_band := pulse.band(step.health);
	score := coalesce(o.score, computed_score);
	band := step.shown;
	low := pulse.low(then_health);
	high := pulse.high(then_health);
	coverage := pulse.coverage(then_health);
	since := step.at;
	RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION pulse.health_at(text, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.health_at(text, text, timestamptz, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.health_at(text, text, timestamptz, timestamptz) IS
'How a customer was at an instant: score and band with the override of then, bounds, coverage, what was computed, by which model and version of what inputs, and since when. known_at: by what had been written down by then; a change that time brought may have been noticed later than it happened. No rows: nothing was stored of the customer. Errors: SP304 not stored, SP306 an instant whose past is forgotten.';

CREATE OR REPLACE FUNCTION pulse.healths_at(model text, at timestamptz DEFAULT NULL, OUT customer text, OUT score numeric, OUT band text, OUT low numeric,
		OUT high numeric, OUT coverage integer, OUT since timestamptz, OUT health pulse.health) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	source integer := pulse_internal.stored_source(model);
	then_at timestamptz := coalesce(at, pulse.clock());
BEGIN
	PERFORM pulse_internal.require_past(source, then_at);
	RETURN QUERY
	SELECT t.customer, coalesce(o.score, pulse.score(x.health)), t.shown, pulse.low(x.health), pulse.high(x.health), pulse.coverage(x.health), t.at, x.health
	FROM (SELECT DISTINCT ON (h.customer) h.customer, h.at, h.cause, h.shown FROM pulse_internal.health_history AS h
		WHERE h.source_id = source AND h.at <= then_at ORDER BY h.customer, h.at DESC, h.history_id DESC) AS t
	JOIN (SELECT DISTINCT ON (h.customer) h.customer, h.model_id, h.version, h.inputs FROM pulse_internal.health_history AS h
		WHERE h.source_id = source AND h.at <= then_at AND h.inputs IS NOT NULL ORDER BY h.customer, h.at DESC, h.history_id DESC) AS r ON r.customer = t.customer
	JOIN pulse_internal.model AS m ON m.model_id = r.model_id
	LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = t.customer AND pulse_internal.is_in_force(o.since, o.until, then_at)
	CROSS JOIN LATERAL (SELECT pulse_internal.score_inputs(m.name, r.version, r.inputs, then_at) AS health OFFSET 0) AS x
	WHERE t.cause <> 'gone';
END
$$;
REVOKE ALL ON FUNCTION pulse.healths_at(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.healths_at(text, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.healths_at(text, timestamptz) IS
'How all customers of a stored health were at an instant (default: now): as health_at(), a row per customer; health: as it was computed, for evaluation(). Errors: SP304 not stored, SP306 an instant whose past is forgotten.';

CREATE OR REPLACE FUNCTION pulse.diff_health(model text, customer text, since timestamptz, until timestamptz DEFAULT NULL, lang text DEFAULT NULL,
		OUT cause text, OUT dimension text, OUT change numeric, OUT sentence text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	source integer := pulse_internal.stored_source(model);
	ends timestamptz := coalesce(until, pulse.clock());
	said_in text := coalesce(lang, pulse.setting('language'));
	begins timestamptz;
BEGIN
	IF said_in <> ALL ('{en,zh}') THEN
		PERFORM pulse_internal.store_error(format('unknown language "%s"', said_in), 'Health is explained in English and Chinese.', 'Type ''en'' or ''zh''.');
	END IF;
	PERFORM pulse_internal.require_past(source, least(since, ends));
	-- the life that "ends" lies in; before it began there is nothing to compare with
	SELECT min(h.at) INTO begins FROM pulse_internal.health_history AS h
	WHERE h.source_id = source AND h.customer = diff_health.customer AND h.inputs IS NOT NULL
		AND h.history_id > coalesce((SELECT max(g.history_id) FROM pulse_internal.health_history AS g
			WHERE g.source_id = source AND g.customer = diff_health.customer AND g.cause = 'gone' AND g.at <= ends), 0);
	IF begins IS NULL OR begins > ends THEN
		RAISE EXCEPTION USING ERRCODE = 'SP305', MESSAGE = format('no health is stored for "%s"', customer),
			DETAIL = format('Nothing was known of it at %s.', ends), HINT = 'Look at SELECT customer, at FROM pulse.health_history.';
	END IF;
	begins := greatest(begins, since);
	IF ends < begins THEN
		PERFORM pulse_internal.store_error('the span ends before it begins', format('It would be from %s to %s.', begins, ends), 'Give the earlier instant first.');
	END IF;
	RETURN QUERY
	WITH mark AS MATERIALIZED (
		SELECT row_number() OVER (ORDER BY h.at, h.history_id) AS n, h.cause, greatest(h.at, begins) AS at, h.at > begins AS within,
			coalesce(lead(h.at) OVER (ORDER BY h.at, h.history_id), ends) AS next_at, m.name AS model, h.version, h.inputs
		FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m ON m.model_id = h.model_id
		WHERE h.source_id = source AND h.customer = diff_health.customer AND h.inputs IS NOT NULL AND h.at <= ends
	), part AS (
		SELECT 'time' AS cause, e.dimension, e.contribution AS change FROM mark AS k, LATERAL pulse_internal.explain_inputs(k.model, k.version, k.inputs, k.next_at, 'en') AS e
		WHERE k.next_at > begins
		UNION ALL
		SELECT 'time', e.dimension, -e.contribution FROM mark AS k, LATERAL pulse_internal.explain_inputs(k.model, k.version, k.inputs, k.at, 'en') AS e
		WHERE k.next_at > begins
		UNION ALL
		SELECT k.cause, e.dimension, e.contribution FROM mark AS k, LATERAL pulse_internal.explain_inputs(k.model, k.version, k.inputs, k.at, 'en') AS e
		WHERE k.within AND k.n > 1
		UNION ALL
		SELECT k.cause, e.dimension, -e.contribution FROM mark AS k JOIN mark AS b ON b.n = k.n - 1,
			LATERAL pulse_internal.explain_inputs(b.model, b.version, b.inputs, k.at, 'en') AS e WHERE k.within
		UNION ALL
		SELECT 'override', NULL, t.sign * (o.score - a.computed_score) FROM (VALUES (1, ends), (-1, begins)) AS t(sign, at),
			LATERAL pulse_internal.override_at(source, diff_health.customer, t.at) AS o,
			LATERAL pulse.health_at(model, diff_health.customer, t.at) AS a
	), summed AS (
		SELECT p.cause, p.dimension, sum(p.change) AS change FROM part AS p WHERE p.change IS NOT NULL
		GROUP BY p.cause, p.dimension HAVING sum(p.change) <> 0
	)
	SELECT s.cause, s.dimension, s.change, CASE said_in
		WHEN 'zh' THEN format('%s：因%s，%s%s分。', coalesce(l.label, s.dimension, '得分'),
			CASE s.cause WHEN 'data' THEN '数据更新' WHEN 'time' THEN '时间推移' WHEN 'model' THEN '模型更新' ELSE '人工设定' END,
			CASE WHEN s.change > 0 THEN '增加' ELSE '减少' END, trim_scale(abs(s.change)))
		ELSE format('%s: %s points %s, as %s.', coalesce(l.label, s.dimension, 'Score'), trim_scale(abs(s.change)), CASE WHEN s.change > 0 THEN 'more' ELSE 'fewer' END,
			CASE s.cause WHEN 'data' THEN 'the data changed' WHEN 'time' THEN 'time passed' WHEN 'model' THEN 'the model changed' ELSE 'somebody set it' END) END
	FROM summed AS s
	LEFT JOIN LATERAL (
		SELECT d.labels ->> said_in AS label FROM mark AS k JOIN pulse_internal.model AS m ON m.name = k.model
		JOIN pulse_internal.model_dimension AS d ON d.model_id = m.model_id AND d.version = k.version
		WHERE d.dimension = s.dimension ORDER BY k.n DESC LIMIT 1) AS l ON true
	ORDER BY s.cause, abs(s.change) DESC, s.dimension;
END
$$;
REVOKE ALL ON FUNCTION pulse.diff_health(text, text, timestamptz, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.diff_health(text, text, timestamptz, timestamptz, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.diff_health(text, text, timestamptz, timestamptz, text) IS
'Why the score of a customer is another one than it was: points by cause and dimension, along the way that it went. data: what was read anew; time: what passed while the data stayed (dates that aged, values that expired); model: new versions; override: the score that somebody set. They add up to the difference of health_at() exactly (a score that was not known counts as 0). sentence says the same in words, in lang ''en'' or ''zh'' (default: setting "language"), by the labels of the model. until: now. From the first reading on, where since lies before it. Errors: SP304 not stored, SP305 unknown customer, SP306 an instant whose past is forgotten, 22023 a span that ends before it begins, another language.';

CREATE OR REPLACE FUNCTION pulse.health_trend(model text, days integer DEFAULT 30, as_of timestamptz DEFAULT NULL, OUT customer text,
		OUT score numeric, OUT score_before numeric, OUT change numeric, OUT direction text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	source integer := pulse_internal.stored_source(model);
	now_at timestamptz := coalesce(as_of, pulse.clock());
	then_at timestamptz := coalesce(as_of, pulse.clock()) - make_interval(hours => 24 * days);
BEGIN
	PERFORM pulse_internal.require_past(source, least(now_at, then_at));
	RETURN QUERY
	SELECT t.customer, t.score, t.score_before, t.score - t.score_before,
		CASE sign(t.score - t.score_before) WHEN 1 THEN 'up' WHEN -1 THEN 'down' WHEN 0 THEN 'level' END
	FROM (SELECT c.customer,
			(SELECT pulse.score(pulse_internal.score_inputs(m.name, h.version, h.inputs, now_at))
				FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m ON m.model_id = h.model_id
				WHERE h.source_id = source AND h.customer = c.customer AND h.at <= now_at AND h.inputs IS NOT NULL
				ORDER BY h.at DESC, h.history_id DESC LIMIT 1) AS score,
			(SELECT pulse.score(pulse_internal.score_inputs(m.name, h.version, h.inputs, then_at))
				FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m ON m.model_id = h.model_id
				WHERE h.source_id = source AND h.customer = c.customer AND h.at <= then_at AND h.inputs IS NOT NULL
				ORDER BY h.at DESC, h.history_id DESC LIMIT 1) AS score_before
		FROM pulse_internal.health_current AS c WHERE c.source_id = source) AS t;
END
$$;
REVOKE ALL ON FUNCTION pulse.health_trend(text, integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.health_trend(text, integer, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.health_trend(text, integer, timestamptz) IS
'The computed score of each customer against that of so many times 24 hours before, and the direction: up, down, level; NULL where one of them was not known. Errors: SP304 not stored, SP306 an instant whose past is forgotten.';
