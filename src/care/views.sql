-- ---- care: what shows: the override of then, or the band that was computed -------------------

-- a set, so that it becomes part of the query
CREATE OR REPLACE FUNCTION pulse_internal.override_at(source integer, of_customer text, at timestamptz,
		OUT band text, OUT score numeric, OUT until timestamptz) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT o.band, o.score, o.until FROM pulse_internal.health_override AS o
	WHERE o.source_id OPERATOR(pg_catalog.=) source AND o.customer OPERATOR(pg_catalog.=) of_customer
		AND o.since OPERATOR(pg_catalog.<=) at AND (o.until IS NULL OR at OPERATOR(pg_catalog.<) o.until)
	ORDER BY o.override_id DESC LIMIT 1;
END;
REVOKE ALL ON FUNCTION pulse_internal.override_at(integer, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.override_at(integer, text, timestamptz) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- ---- care: health as it stands, and its past ----------------------------------------------

CREATE OR REPLACE VIEW pulse.healths WITH (security_invoker = true) AS
	SELECT m.name AS model, c.customer, coalesce(o.score, pulse.score(h.health)) AS score, c.shown AS band, pulse.low(h.health) AS low, pulse.high(h.health) AS high,
		pulse.coverage(h.health) AS coverage, c.shown_since AS since, c.next_change, pulse.score(h.health) AS computed_score,
		pulse.band(c.health) AS computed_band, o.reason AS override_reason, o.author::text AS override_author, o.until AS override_until,
		n.name AS scored_by, c.version, c.computed_at
	FROM (SELECT pulse.clock() AS now_at) AS k
	CROSS JOIN pulse_internal.health_current AS c
	JOIN pulse_internal.health_source AS s ON s.source_id OPERATOR(pg_catalog.=) c.source_id
	JOIN pulse_internal.model AS m ON m.model_id OPERATOR(pg_catalog.=) s.model_id
	JOIN pulse_internal.model AS n ON n.model_id OPERATOR(pg_catalog.=) c.model_id
	CROSS JOIN LATERAL (SELECT pulse_internal.score_inputs(n.name, c.version, c.inputs, k.now_at) AS health OFFSET 0) AS h
	LEFT JOIN LATERAL (
		SELECT x.* FROM pulse_internal.health_override AS x
		WHERE x.source_id OPERATOR(pg_catalog.=) c.source_id AND x.customer OPERATOR(pg_catalog.=) c.customer
			AND x.since OPERATOR(pg_catalog.<=) k.now_at AND (x.until IS NULL OR k.now_at OPERATOR(pg_catalog.<) x.until)
		ORDER BY x.override_id DESC LIMIT 1) AS o ON true;
COMMENT ON VIEW pulse.healths IS
'Stored health, a row per model and customer: the score of this instant (0 to 100), the band that shows since when, bounds, coverage in percent; next_change: when the computed band will be another one if nothing happens (NULL: not within 200 years). An override stands in score and band, with its reason, author and end; computed_score and computed_band stay beside it. scored_by: the model of the segment. computed_at: when a change was written last.';
GRANT SELECT ON pulse.healths TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.health_history WITH (security_invoker = true) AS
	SELECT m.name AS model, h.customer, h.at, h.recorded, h.cause, h.shown AS band, pulse.band(h.health) AS computed_band, pulse.score(h.health) AS score,
		pulse.low(h.health) AS low, pulse.high(h.health) AS high, pulse.coverage(h.health) AS coverage, n.name AS scored_by, h.version, h.inputs
	FROM pulse_internal.health_history AS h
	JOIN pulse_internal.health_source AS s ON s.source_id OPERATOR(pg_catalog.=) h.source_id
	JOIN pulse_internal.model AS m ON m.model_id OPERATOR(pg_catalog.=) s.model_id
	JOIN pulse_internal.model AS n ON n.model_id OPERATOR(pg_catalog.=) h.model_id;
COMMENT ON VIEW pulse.health_history IS
'Each change of a stored health: at, when it happened; recorded, when it was noticed; cause: data (with the inputs that were read), time, model (a new version counts from here on; what was before stays as it was), override, gone; the band that showed from then on, the computed band and score of then, bounds, coverage in percent, and the model and version.';
GRANT SELECT ON pulse.health_history TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.stored_health WITH (security_invoker = true) AS
	SELECT m.name AS model, s.relation, s.key_column AS key, s.key_name, s.segment_column AS segment, s.capture, s.event, s.author::text AS author,
		s.state, CASE WHEN s.state OPERATOR(pg_catalog.<>) 'ok' THEN pulse_internal.shown_reason('health', s.source_id::text) END AS reason,
		s.created_at, s.refreshed_at, s.history_since, n.name AS follows, s.due_column AS due
	FROM pulse_internal.health_source AS s JOIN pulse_internal.model AS m ON m.model_id OPERATOR(pg_catalog.=) s.model_id
	LEFT JOIN pulse_internal.health_source AS f ON f.source_id OPERATOR(pg_catalog.=) s.follows
	LEFT JOIN pulse_internal.model AS n ON n.model_id OPERATOR(pg_catalog.=) f.model_id;
COMMENT ON VIEW pulse.stored_health IS
'Which health is stored: the model, the table or view with its key, the name of the key in events, the column of the segments, how changes are found (trigger, compare), the event, the author whose rights count, state (broken: the last refresh failed, reason says why), when it was refreshed last, since when its past is known (NULL: from the beginning on), the model whose stored health it is made of (follows), and the column that says when a row is due.';
SELECT pulse_internal.grant_without('pulse_internal.health_source', 'reason', '{pulse_author,pulse_app,pg_monitor}');
GRANT SELECT ON pulse.stored_health TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

CREATE OR REPLACE FUNCTION pulse.explain_stored(model text, customer text, as_of timestamptz DEFAULT NULL, lang text DEFAULT NULL,
		OUT dimension text, OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text, OUT group_name text, OUT sentence text) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.dimension, e.column_name, e.value, e.points, e.weight, e.share, e.contribution, e.status, e.group_name, e.sentence
	FROM pulse.health_at(explain_stored.model, explain_stored.customer, coalesce(explain_stored.as_of, pulse.clock())) AS h,
		LATERAL pulse_internal.explain_inputs(h.scored_by, h.version, h.inputs, coalesce(explain_stored.as_of, pulse.clock()), explain_stored.lang) AS e;
END;
REVOKE ALL ON FUNCTION pulse.explain_stored(text, text, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_stored(text, text, timestamptz, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.explain_stored(text, text, timestamptz, text) IS
'As explain_health(), of the stored health of a customer, now or at an instant, by what was read and the version in force then. No rows: nothing was stored of it. Errors: SP304 not stored, 22023 another language.';
