-- ---- rule: the watchdog ---------------------------------------------------------------

CREATE OR REPLACE VIEW pulse.overdue_waits WITH (security_invoker = true) AS
	SELECT w.wait_id, r.name AS rule, r.mode, r.key_name, w.key, w.next_step + 1 AS next_step, w.due_at,
		n.now_at - greatest(w.due_at, r.active_since) AS overdue,	-- nobody could act on it before
		CASE WHEN r.mode = 'draft' THEN 'draft'
			WHEN r.state <> 'ok' THEN r.state
			WHEN c.watermark IS NULL OR c.watermark < w.due_at THEN
				CASE WHEN c.held_since <= w.due_at AND NOT c.holder_passed THEN 'held' ELSE 'not swept' END
			ELSE 'sweep behind' END AS reason,
		CASE WHEN r.mode = 'draft' THEN format('SELECT pulse.set_rule_mode(%L, ''live''); what is due by then passes in silence without FIRE PAST.', r.name)
			WHEN r.state <> 'ok' THEN format('%s; then SELECT pulse.set_rule_mode(%L, %L);', pulse_internal.shown_reason('rule', r.rule_id::text), r.name, r.mode)
			WHEN c.watermark IS NULL OR c.watermark < w.due_at THEN
				CASE WHEN c.held_since <= w.due_at AND NOT c.holder_passed THEN
					format('A transaction has been writing events since %s (process %s; none: a prepared one).', c.held_since, c.holder)
				ELSE 'Let pulse.run() be called: pulse.schedule(), or the relay.' END
			ELSE 'More came due than a slice works off: the sweep goes on, see pulse.progress.' END AS what_to_do
	FROM pulse_internal.wait AS w
	JOIN pulse_internal.rule AS r ON r.rule_id = w.rule_id
	LEFT JOIN pulse.stat_consumers AS c ON c.consumer = 'rules'
	CROSS JOIN (SELECT pulse.clock() AS now_at) AS n
	WHERE w.due_at <= n.now_at AND w.end_reason IS NULL
	-- by index, and past those whose steps are done
	AND w.sweep_at <= n.now_at AND w.sweep_at >= (
		SELECT CASE WHEN EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.mode = 'draft' OR r.state <> 'ok') THEN '-infinity'
			ELSE (SELECT min(d.due_at) FROM pulse_internal.due_floor AS d) END);
COMMENT ON VIEW pulse.overdue_waits IS
'The watchdog: waits whose due time has passed and that no sweep has acted on. overdue: for how long (since the rule became active, if it was due before), so that WHERE overdue > ''10 minutes'' alarms. reason: not swept (nobody calls the tick), held (an open transaction writes events from before the due time; the sweep waits for it at most max_hold), sweep behind (a backlog is being worked off), suspended (the rule failed), draft (the rule was stopped); what_to_do says it at length. No rows: all is done.';
GRANT SELECT ON pulse_internal.due_floor TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse.overdue_waits TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- ---- rule: versions ------------------------------------------------------------------

CREATE OR REPLACE VIEW pulse.rule_versions WITH (security_invoker = true) AS
	SELECT coalesce(r.name, v.name) AS rule, v.version, v.sentence,
		pulse.rule_text(v.rule, 'en') AS sentence_en, pulse.rule_text(v.rule, 'zh') AS sentence_zh,
		v.since, lead(v.since) OVER (PARTITION BY v.rule_id ORDER BY v.version) AS until,
		CASE WHEN r.rule_id IS NULL THEN 'dropped' WHEN v.version = r.version THEN 'in force' ELSE 'past' END AS state,
		v.running, v.changed_by, NULL::text AS failure
	FROM pulse_internal.rule_version AS v
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = v.rule_id
	UNION ALL
	SELECT r.name, NULL, c.sentence, pulse.rule_text(c.rule, 'en'), pulse.rule_text(c.rule, 'zh'), c.active_from, NULL,
		CASE WHEN c.failure IS NULL THEN 'to come' ELSE 'failed' END, c.running, c.changed_by, c.failure
	FROM pulse_internal.rule_change AS c JOIN pulse_internal.rule AS r ON r.rule_id = c.rule_id;
COMMENT ON VIEW pulse.rule_versions IS
'Every version of every rule, dropped ones included: the sentence as written and canonical in both languages, since when and until when it was the rule''s (by pulse.clock()), what became of open waits (running: keep, restart, end; NULL: the first version), who changed it. state: in force, past, dropped; to come (version NULL: alter_rule with active_from; from since on) or failed, with the reason in failure. pulse.firings and pulse.rule_outcomes name the version that fired.';
GRANT SELECT ON pulse.rule_versions TO pulse_admin, pulse_author, pulse_analyst;
