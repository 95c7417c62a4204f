-- ---- rollup: pulse.rollups -------------------------------------------------------

CREATE OR REPLACE VIEW pulse.rollups WITH (security_invoker = true) AS
	SELECT r.name, r.relation AS source, r.time_column, r.grain, r.dimensions,
		   CASE WHEN r.counts THEN ARRAY['count'] ELSE '{}' END
		   || ARRAY(SELECT 'sum(' || quote_ident(s.column_name) || ')'
					FROM unnest(r.sums) WITH ORDINALITY AS s(column_name, n) ORDER BY s.n)
		   || r.figures AS measures,
		   r.condition, r.timezone, r.readable AS view_name,
		   CASE WHEN r.state <> 'ok' THEN r.state
				WHEN g.reason IS NOT NULL THEN 'stale' ELSE 'ok' END AS state,
		   coalesce(r.reason, g.reason) AS reason,
		   g.since AS stale_since, r.built_at,
		   (SELECT f.name FROM pulse_internal.rollup AS f WHERE f.rollup_id = r.finer_id) AS made_from
	FROM pulse_internal.rollup AS r
	LEFT JOIN LATERAL (
		SELECT p.reason, p.since FROM pulse_internal.rollup_gap AS p
		WHERE p.rollup_id = r.rollup_id ORDER BY p.since LIMIT 1
	) AS g ON true;
COMMENT ON VIEW pulse.rollups IS
'Rollups: source, definition, the time zone its days are in, the view to read it by, and its state: ok; stale (something happened that deltas cannot say, see reason; rebuild_rollup() ends it); broken (it cannot be folded, see reason). made_from: the finer rollup it gets its numbers from, if any.';
GRANT SELECT ON pulse_internal.rollup, pulse_internal.rollup_gap, pulse_internal.rollup_member, pulse.rollups
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
