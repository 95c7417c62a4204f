-- ---- escalation: what firings become ---------------------------------------------------

CREATE OR REPLACE VIEW pulse_internal.builtin_template WITH (security_invoker = true) AS
	SELECT * FROM (VALUES
	('en', true, '{rule}: {about} (step {step} of {steps})',
	 E'{title}\n\n{rule}: {key_label} {about}, step {step} of {steps}, due {due}.\nReminder number {repetition}.\n\n{facts}\n\n{link}\n'
	 'Task: {task}\nFinish before {task_due}\n'
	 'You receive this because nobody was found as {fallback_for}.\n',
	 '{rule}: {about}, step {step} of {steps}, due {due}. {title}'),
	('en', false, '{rule}: {about}',
	 E'{title}\n\n{rule}: {key_label} {about}, due {due}.\nReminder number {repetition}.\n\n{facts}\n\n{link}\n'
	 'Task: {task}\nFinish before {task_due}\n'
	 'You receive this because nobody was found as {fallback_for}.\n',
	 '{rule}: {about}, due {due}. {title}'),
	('zh', true, '{rule}：{about}（第{step}步，共{steps}步）',
	 E'{title}\n\n{rule}：{key_label} {about}，第{step}步，共{steps}步，到期 {due}。\n第{repetition}次提醒。\n\n{facts}\n\n{link}\n'
	 '任务：{task}\n请于 {task_due} 前完成\n'
	 '因未找到{fallback_for}，本消息转给您。\n',
	 '{rule}：{about}，第{step}步，共{steps}步，到期 {due}。{title}'),
	('zh', false, '{rule}：{about}',
	 E'{title}\n\n{rule}：{key_label} {about}，到期 {due}。\n第{repetition}次提醒。\n\n{facts}\n\n{link}\n'
	 '任务：{task}\n请于 {task_due} 前完成\n'
	 '因未找到{fallback_for}，本消息转给您。\n',
	 '{rule}：{about}，到期 {due}。{title}')
	) AS t(language, ladder, subject, body, short_body);
COMMENT ON VIEW pulse_internal.builtin_template IS 'Texts of messages, by language, of rules of several steps (ladder) and of one; the short one is for SMS.';
GRANT SELECT ON pulse_internal.builtin_template TO pulse_owner;

-- Firings to act on; those that need no act were released before (pass_over_firings),
-- those that wait for an earlier step's messages are marked (guard_firings).
CREATE OR REPLACE VIEW pulse_internal.acting WITH (security_invoker = true) AS
	SELECT f.firing_id, f.rule_id, r.name AS rule_name, f.wait_id, f.key_name, f.key, f.step, f.repetition, f.due_at,
		   coalesce(k.name, '') AS event,
		   f.together, f.evidence -> 'trigger' ->> f.together AS together_key,
		   f.evidence -> 'trigger' AS facts,
		   f.evidence ? 'schedule' AS by_clock, f.acts_at
	FROM pulse_internal.firing AS f
	JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind
	WHERE f.released_at IS NULL AND f.withheld IS NULL;
COMMENT ON VIEW pulse_internal.acting IS 'Firings that release_firings() turns into messages and tasks; facts: the row of the trigger.';
GRANT SELECT ON pulse_internal.acting TO pulse_owner;

-- names and links of keys, for many at once
CREATE OR REPLACE FUNCTION pulse_internal.describe_keys(key_names text[], keys text[])
	RETURNS TABLE (key_name text, key text, name text, url text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (m.name, r.c[1]) m.name, r.c[1], pulse_internal.one_line(r.c[2]), pulse_internal.one_line(r.c[3])
	FROM pulse_internal.mapping AS m,
		 LATERAL (SELECT array_agg(DISTINCT k.key) AS keys
				  FROM unnest(key_names, keys) AS k(key_name, key) WHERE k.key_name = m.name) AS wanted,
		 LATERAL pulse_internal.read_mapping(m.mapping_id, wanted.keys, true) AS r(c)
	WHERE m.kind = 'key' AND wanted.keys IS NOT NULL
	ORDER BY m.name, r.c[1], r.c;
END;
REVOKE ALL ON FUNCTION pulse_internal.describe_keys(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.describe_keys(text[], text[]) TO pulse_owner;

-- Nobody knows beforehand how many firings a tick brings, and joining ten
-- thousand to ten thousand by nested loops, as the planner would for one, takes
-- a minute: hence enable_nestloop below (and jit, which the price put on the
-- loops that remain would start).  These functions read no large table.

-- Who holds which role for which keys, as resolve_roles() has it, with deputies in their
-- places and how each is reached: whatever way he likes, by text, by mail. Of clock_roles
-- all holders, for no key (key_name null).
CREATE OR REPLACE FUNCTION pulse_internal.holders(roles text[], key_names text[], keys text[], clock_roles text[])
	RETURNS TABLE (role text, key_name text, key text, staff text, name text, email text, language text, instead_of text,
				   channels text[], addresses text[])
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH held AS (
		SELECT r.role, r.key_name, r.key, r.staff, r.name, r.email, r.mobile, r.channel, r.language
		FROM pulse_internal.resolve_roles(holders.roles, holders.key_names, holders.keys, true) AS r
		UNION ALL
		-- what is about nothing in particular is for all who hold the role
		SELECT e.role, NULL, NULL, e.staff, e.name, e.email, e.mobile, e.channel, e.language
		FROM unnest(holders.clock_roles) AS w(role), LATERAL pulse_internal.everyone_as(w.role) AS e
	), present AS (
		SELECT DISTINCT ON (h.role, h.key_name, h.key, coalesce(d.deputy, h.staff)) h.role, h.key_name, h.key, coalesce(d.deputy, h.staff) AS staff,
			   CASE WHEN d.deputy IS NULL THEN h.name ELSE d.name END AS name, CASE WHEN d.deputy IS NULL THEN h.email ELSE d.email END AS email,
			   CASE WHEN d.deputy IS NULL THEN h.mobile ELSE d.mobile END AS mobile, coalesce(d.channel, h.channel) AS channel,
			   CASE WHEN d.deputy IS NULL THEN h.language ELSE d.language END AS language, CASE WHEN d.deputy IS NOT NULL THEN h.staff END AS instead_of
		FROM held AS h LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = h.staff
		ORDER BY h.role, h.key_name, h.key, coalesce(d.deputy, h.staff), d.deputy NULLS FIRST, h.staff
	), reached AS MATERIALIZED (
		SELECT p.*, pulse_internal.reachable_channel('notify', p.channel, p.staff, p.email, p.mobile) AS by_any,
			   pulse_internal.reachable_channel('text', p.channel, p.staff, p.email, p.mobile) AS by_text,
			   pulse_internal.reachable_channel('mail', p.channel, p.staff, p.email, p.mobile) AS by_mail
		FROM present AS p
	)
	SELECT r.role, r.key_name, r.key, r.staff, r.name, r.email, r.language, r.instead_of, ARRAY[r.by_any, r.by_text, r.by_mail],
		   ARRAY[pulse_internal.address(r.by_any, r.staff, r.email, r.mobile), pulse_internal.address(r.by_text, r.staff, r.email, r.mobile),
				 pulse_internal.address(r.by_mail, r.staff, r.email, r.mobile)]
	FROM reached AS r;
END;
REVOKE ALL ON FUNCTION pulse_internal.holders(text[], text[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.holders(text[], text[], text[], text[]) TO pulse_owner;

-- an object of the values that are not null: (name, value, name, value ...), texts and whole numbers
CREATE OR REPLACE FUNCTION pulse_internal.present_values(VARIADIC "any") RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_present_values';
REVOKE ALL ON FUNCTION pulse_internal.present_values(VARIADIC "any") FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.present_values(VARIADIC "any") TO pulse_owner;

-- when a task given now is to be finished
CREATE OR REPLACE FUNCTION pulse_internal.task_due(due_in text) RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_task_due';
REVOKE ALL ON FUNCTION pulse_internal.task_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.task_due(text) TO pulse_owner;

-- By index, like the other functions that look up cases of few waits among all.
CREATE OR REPLACE FUNCTION pulse_internal.note_steps(case_ids bigint[], steps int[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	UPDATE pulse_internal.cases AS c
	SET last_step = u.step
	FROM unnest(note_steps.case_ids, note_steps.steps) AS u(case_id, step)
	WHERE c.case_id = u.case_id AND c.last_step < u.step;
END;
REVOKE ALL ON FUNCTION pulse_internal.note_steps(bigint[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.note_steps(bigint[], int[]) TO pulse_owner;

-- Cases of all acting firings, and messages of those that wait for no digest.
CREATE OR REPLACE FUNCTION pulse_internal.write_messages() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_act_on_firings';
REVOKE ALL ON FUNCTION pulse_internal.write_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.write_messages() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.act_on_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.write_messages();
	SELECT pulse_internal.hold_digests()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.acts_at > pulse.clock());
	-- of what no rule does at all the firings are not asked
	SELECT pulse_internal.perform_effects()
	WHERE EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb IN ('emit', 'call'))
	  AND EXISTS (SELECT FROM pulse_internal.acting AS a
				  JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.verb IN ('emit', 'call'));
	SELECT pulse_internal.write_reports()
	WHERE EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb = 'send')
	  AND EXISTS (SELECT FROM pulse_internal.acting AS a
				  JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.verb = 'send');

	-- one open task of an episode: a repeat, or a later step, gives it again only when it is done
	INSERT INTO pulse_internal.task (case_id, firing_id, wait_id, step, repetition, together, action, role, staff, title, created_at, due_at)
	SELECT m.case_id, m.firing_id, m.wait_id, m.step, m.repetition, m.together, m.action, m.role, m.staff, m.variables ->> 'task',
		   pulse.clock(), pulse_internal.task_due(ra.due_in)
	FROM pulse_internal.acting AS a
	JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
	JOIN pulse_internal.message AS m ON m.case_id = c.case_id AND m.step = a.step AND m.repetition = a.repetition
	JOIN pulse_internal.rule_action AS ra ON ra.rule_id = m.rule_id AND ra.step = m.step AND ra.action = m.action
	WHERE m.verb = 'assign' AND m.found_by <> 'copy'
	  AND EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb = 'assign')
	  AND NOT EXISTS (
		SELECT FROM pulse_internal.task AS t
		WHERE (t.wait_id = m.wait_id OR t.together && coalesce(m.together, ARRAY[m.case_id]))
		  AND t.role = m.role AND t.title = m.variables ->> 'task' AND t.state = 'open')
	ORDER BY m.message_id
	ON CONFLICT DO NOTHING;

	UPDATE pulse_internal.firing AS f
	SET released_at = pulse.clock(), evidence = f.evidence || coalesce(jsonb_build_object('told', nullif(ARRAY(
		SELECT pulse_internal.present_values('role', m.role, 'staff', m.staff, 'channel', m.channel,
											 'found_by', m.found_by, 'instead_of', m.instead_of)
		FROM pulse_internal.cases AS c JOIN pulse_internal.message AS m ON m.case_id = c.case_id
		WHERE c.wait_id = f.wait_id AND m.step = f.step AND m.repetition = f.repetition ORDER BY m.message_id), '{}')), '{}')
	WHERE f.released_at IS NULL AND f.withheld IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.act_on_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.act_on_firings() TO pulse_owner;
