-- ---- escalation: sending reports ----------------------------------------------------------

CREATE OR REPLACE VIEW pulse.reports WITH (security_invoker = true) AS
	SELECT r.name, r.author, r.query, r.max_rows, r.on_empty, r.layout, r.state,
		   CASE WHEN r.state <> 'ok' THEN pulse_internal.shown_reason('report', r.report_id::text) END AS reason, r.created_at, r.last_run_at
	FROM pulse_internal.report AS r;
COMMENT ON VIEW pulse.reports IS
'Named queries whose results rules send (pulse.create_report): whose they are and run as, how many rows at most, what an empty result does, and whether the last run failed (state broken, reason).';
GRANT SELECT ON pulse.reports TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.report TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.report', 'reason', '{pulse_author}');
REVOKE SELECT ON pulse_internal.report FROM pg_monitor;
GRANT SELECT (report_id, name, state) ON pulse_internal.report TO pg_monitor;

-- one message per recipient with his own result; what is not sent is noted
CREATE OR REPLACE FUNCTION pulse_internal.write_reports() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH addressed AS MATERIALIZED (
		SELECT d.*, a.rule_id, a.rule_name, a.wait_id, a.step, a.repetition, a.due_at, a.key, c.case_id
		FROM pulse_internal.addressed_reports() AS d
		JOIN pulse_internal.acting AS a ON a.firing_id = d.firing_id
		JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
	), written AS MATERIALIZED (
		SELECT d.*, b.body, b.parts, b.failure
		FROM addressed AS d
		LEFT JOIN LATERAL pulse_internal.report_message(d.title, d.staff, d.language, d.channel) AS b ON d.staff IS NOT NULL
	), sent AS (
		INSERT INTO pulse_internal.message (case_id, firing_id, rule_id, wait_id, step, repetition, action, verb, role, found_by,
			staff, recipient_name, channel, recipient, copies, language, subject, body, variables, created_at, not_before, instead_of)
		SELECT w.case_id, w.firing_id, w.rule_id, w.wait_id, w.step, w.repetition, w.action, 'send', w.role, w.found_by,
			   w.staff, w.name, w.channel, w.recipient, w.copies, w.language,
			   pulse_internal.one_line(format(CASE w.language WHEN 'zh' THEN '%s（%s）' ELSE '%s (%s)' END,
											  w.title, pulse_internal.instant_text(w.due_at))),
			   coalesce(w.body, ''),
			   jsonb_strip_nulls(jsonb_build_object('rule', w.rule_name, 'title', w.title, 'due', pulse_internal.instant_text(w.due_at),
													'recipient', w.name)) || coalesce(w.parts, '{}'),
			   pulse.clock(), greatest(pulse.clock(), (SELECT q.not_before FROM pulse_internal.quiet_until(ARRAY[w.staff], ARRAY[w.channel]) AS q)),
			   w.instead_of
		FROM written AS w
		WHERE w.body IS NOT NULL OR w.staff IS NULL
		ORDER BY w.firing_id, w.action, w.staff
		ON CONFLICT DO NOTHING
		RETURNING message_id, not_before, priority, channel, recipient
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, priority, channel)
		SELECT m.message_id, m.not_before, m.priority, m.channel FROM sent AS m WHERE m.recipient IS NOT NULL
	), unaddressed AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)
		SELECT m.message_id, clock_timestamp(), 0, 0, 'unaddressed' FROM sent AS m WHERE m.recipient IS NULL
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT w.case_id, pulse.clock(),
			   CASE WHEN w.staff IS NULL THEN 'nobody' WHEN w.failure IS NOT NULL THEN 'failed'
					WHEN w.body IS NULL THEN 'empty' WHEN w.found_by = 'role' THEN 'send' ELSE w.found_by END,
			   w.step,
			   CASE WHEN w.staff IS NULL THEN format('%s: nobody was found as %s, nor as %s', w.title, w.role, w.fallback)
					WHEN w.failure IS NOT NULL THEN format('%s for %s (%s): %s', w.title, w.name, w.staff, w.failure)
					WHEN w.body IS NULL THEN format('%s for %s (%s): no rows, not sent', w.title, w.name, w.staff)
					ELSE format('%s: %s (%s) by %s%s', w.title, w.name, w.staff, w.channel, ', deputy of ' || w.instead_of) END
		FROM written AS w ORDER BY w.firing_id, w.action, w.staff
	)
	SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM sent AS s WHERE s.recipient IS NOT NULL LIMIT 1) AS any_queued;
END;
REVOKE ALL ON FUNCTION pulse_internal.write_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.write_reports() TO pulse_owner;
