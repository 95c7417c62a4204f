-- ---- escalation: what came of rules ------------------------------------------------------

GRANT SELECT (firing_id, case_id, rule_id, wait_id, step, repetition, action, together, verb, role, found_by)
	ON pulse_internal.message TO pulse_author, pulse_analyst;
GRANT SELECT (task_id, firing_id, case_id, wait_id, step, repetition, action, together, role, state, created_at, due_at, finished_at, outcome)
	ON pulse_internal.task TO pulse_author;
GRANT SELECT (case_id, wait_id, state, opened_at, acknowledged_at, closed_at, reason, resolved_late)
	ON pulse_internal.cases TO pulse_author;

CREATE OR REPLACE VIEW pulse.rule_outcomes WITH (security_invoker = true) AS
	SELECT f.firing_id, coalesce(r.name, f.evidence ->> 'rule') AS rule, f.version, f.mode, f.key_name, f.key,
		f.step + 1 AS step, nullif(f.repetition, 0) AS repetition, f.due_at, f.swept_at, f.released_at,
		CASE WHEN f.released_at IS NULL THEN 'not yet' WHEN f.superseded THEN 'superseded' WHEN f.mode <> 'live' THEN 'shadow'
			WHEN f.withheld IS NOT NULL THEN f.withheld WHEN a.verb IS NULL THEN 'nothing' ELSE 'acted' END AS action_state,
		a.action, a.verb, a.role, a.message_id, a.task_id, a.channel, a.state AS delivery, a.acted_at,
		c.case_id, c.state AS case_state, c.acknowledged_at, c.closed_at, c.reason AS outcome, c.resolved_late, f.late_answer_at,
		c.closed_at - f.due_at AS closed_after
	FROM pulse_internal.firing AS f
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.cases AS c ON c.wait_id = f.wait_id
	LEFT JOIN LATERAL (
		SELECT m.action + 1 AS action, m.verb, m.role, m.message_id, NULL::bigint AS task_id, m.channel, s.state, s.changed_at AS acted_at
		FROM pulse_internal.message AS m LEFT JOIN pulse_internal.message_progress AS s ON s.message_id = m.message_id
		WHERE (m.case_id = c.case_id OR m.together @> ARRAY[c.case_id])
		  AND m.step = f.step AND m.repetition = f.repetition
		UNION ALL
		SELECT t.action + 1, 'assign', t.role, NULL, t.task_id, NULL, t.state, coalesce(t.finished_at, t.created_at)
		FROM pulse_internal.task AS t
		WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id])
		  AND t.step = f.step AND t.repetition = f.repetition
	) AS a ON true;
COMMENT ON VIEW pulse.rule_outcomes IS
'Rule, firing, action and outcome in one row per action of a firing (one row with nulls where it did nothing): rule and its version then, key, step and repetition (from 1), the three moments; action_state (not yet, acted, superseded, shadow, acknowledged, done, not delivered, nothing); action (from 1 within the step), verb, role, the message with its channel or the task, delivery (state of the message or task) since acted_at; the case, its state, when it was acknowledged and closed, outcome (answered, until, answered_late, by hand ...), resolved_late, and closed_after (from the due time to the end).';
GRANT SELECT ON pulse.rule_outcomes TO pulse_admin, pulse_author, pulse_analyst;
