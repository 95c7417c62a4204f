-- ---- rule: the watchdog ---------------------------------------------------------------

CREATE OR REPLACE VIEW pulse.overdue_waits WITH (security_invoker = true) AS
	SELECT w.wait_id, r.name AS rule, r.mode, r.key_name, w.key, w.next_step + 1 AS next_step, w.due_at,
		n.now_at - w.due_at AS overdue,
		CASE WHEN r.mode = 'draft' THEN 'draft'
			WHEN r.state <> 'ok' THEN r.state
			WHEN c.watermark IS NULL OR c.watermark < w.due_at THEN
				CASE WHEN c.held_since <= w.due_at AND NOT c.holder_passed THEN 'held' ELSE 'not swept' END
			ELSE 'sweep behind' END AS reason,
		CASE WHEN r.mode = 'draft' THEN format('SELECT pulse.set_rule_mode(%L, ''live'');', r.name)
			WHEN r.state <> 'ok' THEN format('%s; then SELECT pulse.set_rule_mode(%L, %L);', r.reason, r.name, r.mode)
			WHEN c.watermark IS NULL OR c.watermark < w.due_at THEN
				CASE WHEN c.held_since <= w.due_at AND NOT c.holder_passed THEN
					format('A transaction has been writing events since %s (process %s; none: a prepared one).', c.held_since, c.holder)
				ELSE 'Let pulse.run() be called: pulse.schedule(), or the relay.' END
			ELSE 'More came due than a slice works off: the sweep goes on, see pulse.progress.' END AS what_to_do
	FROM pulse_internal.wait AS w
	JOIN pulse_internal.rule AS r ON r.rule_id = w.rule_id
	LEFT JOIN pulse.stat_consumers AS c ON c.consumer = 'rules'
	CROSS JOIN (SELECT pulse.clock() AS now_at) AS n
	WHERE w.due_at <= n.now_at AND w.end_reason IS NULL;
COMMENT ON VIEW pulse.overdue_waits IS
'The watchdog: waits whose due time has passed and that no sweep has acted on. overdue: for how long, so that WHERE overdue > ''10 minutes'' alarms. reason: not swept (nobody calls the tick), held (an open transaction writes events from before the due time; the sweep waits for it at most max_hold), sweep behind (a backlog is being worked off), suspended (the rule failed), draft (the rule was stopped); what_to_do says it at length. No rows: all is done.';
GRANT SELECT ON pulse.overdue_waits TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
