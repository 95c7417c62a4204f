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
		   coalesce(f.evidence -> 'trigger', '{}') - ARRAY['event_id', 'at', 'recorded', 'txid', 'dedup_key'] AS facts,
		   f.evidence ? 'schedule' AS by_clock
	FROM pulse_internal.firing AS f
	JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind
	WHERE f.released_at IS NULL AND f.withheld IS NULL;
COMMENT ON VIEW pulse_internal.acting IS 'Firings that release_firings() turns into messages and tasks.';
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

-- Who holds which wanted role for which acting firing.  A firing is about its
-- own key and about the columns of its trigger that roles are found by; the
-- nearest of them that leads to somebody counts.
CREATE OR REPLACE FUNCTION pulse_internal.holders_of_firings()
	RETURNS TABLE (firing_id bigint, role text, staff text, name text, email text, mobile text,
				   channel text, language text, instead_of text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH wanted AS MATERIALIZED (
		-- step by step: there are few steps and many firings
		SELECT a.firing_id, t.role
		FROM pulse_internal.acting AS a
		JOIN (SELECT DISTINCT ra.rule_id, ra.step, w.role
			  FROM pulse_internal.rule_action AS ra,
				   LATERAL unnest(coalesce(ra.copies, '{}') || ra.role || pulse_internal.fallback_role(ra.rule_id)) AS w(role)
			  WHERE ra.role IS NOT NULL AND ra.rule_id IN (SELECT x.rule_id FROM pulse_internal.acting AS x)) AS t
		  ON t.rule_id = a.rule_id AND t.step = a.step
	), about AS MATERIALIZED (
		SELECT a.firing_id, a.key_name, a.key, 0 AS distance FROM pulse_internal.acting AS a
		WHERE a.key_name IN (SELECT m.key_name FROM pulse_internal.mapping AS m WHERE m.kind = 'role')
		UNION ALL
		SELECT a.firing_id, m.key_name, a.facts ->> m.key_name, 1
		FROM pulse_internal.acting AS a
		JOIN (SELECT DISTINCT x.key_name FROM pulse_internal.mapping AS x WHERE x.kind = 'role') AS m ON m.key_name <> a.key_name
		WHERE a.facts ->> m.key_name IS NOT NULL
		UNION ALL
		-- a step of a case is about what its case is about
		SELECT a.firing_id, fact.key, fact.value, 1
		FROM pulse_internal.acting AS a
		CROSS JOIN LATERAL (SELECT x.wait_id, x.key_name, x.key FROM pulse_internal.cases AS x
							WHERE x.case_id = CASE WHEN a.key_name = 'case_id' AND a.key ~ '^[0-9]{1,18}$' THEN a.key::bigint END LIMIT 1) AS c,
			 LATERAL (SELECT f.evidence FROM pulse_internal.firing AS f WHERE f.wait_id = c.wait_id LIMIT 1) AS first,
			 LATERAL (SELECT c.key_name, c.key UNION ALL SELECT t.key, t.value
					  FROM jsonb_each_text(first.evidence -> 'trigger') AS t WHERE t.key <> c.key_name) AS fact(key, value)
		WHERE fact.value IS NOT NULL AND fact.key IN (SELECT m.key_name FROM pulse_internal.mapping AS m WHERE m.kind = 'role')
	), pair AS (
		SELECT coalesce(array_agg(p.key_name), '{}') AS key_names, coalesce(array_agg(p.key), '{}') AS keys
		FROM (SELECT DISTINCT b.key_name, b.key FROM about AS b) AS p
	), resolved AS MATERIALIZED (
		SELECT r.*
		FROM pair AS p, LATERAL pulse_internal.resolve_roles(
			ARRAY(SELECT DISTINCT w.role FROM wanted AS w), p.key_names, p.keys, true) AS r
	), led_to AS MATERIALIZED (
		-- by key first: by role alone it is firings times holders
		SELECT b.firing_id, b.distance, r.*
		FROM about AS b JOIN resolved AS r ON r.key_name = b.key_name AND r.key = b.key
	), candidate AS (
		SELECT l.* FROM led_to AS l JOIN wanted AS w ON w.firing_id = l.firing_id AND w.role = l.role
		UNION ALL
		SELECT w.firing_id, 2, r.* FROM wanted AS w JOIN resolved AS r ON r.role = w.role AND r.key_name = ''
		UNION ALL
		-- what is about nothing in particular is for all who hold the role
		SELECT w.firing_id, 1, e.role, '', '', e.staff, e.name, e.email, e.mobile, e.channel, e.language, e.org_path
		FROM wanted AS w JOIN pulse_internal.acting AS a ON a.firing_id = w.firing_id AND a.by_clock,
			 LATERAL pulse_internal.everyone_as(w.role) AS e
	), ranked AS (
		SELECT c.*, rank() OVER (PARTITION BY c.firing_id, c.role ORDER BY c.distance, c.key_name) AS place
		FROM candidate AS c
	)
	SELECT DISTINCT ON (n.firing_id, n.role, coalesce(d.deputy, n.staff)) n.firing_id, n.role, coalesce(d.deputy, n.staff),
		   CASE WHEN d.deputy IS NULL THEN n.name ELSE d.name END, CASE WHEN d.deputy IS NULL THEN n.email ELSE d.email END,
		   CASE WHEN d.deputy IS NULL THEN n.mobile ELSE d.mobile END, coalesce(d.channel, n.channel),
		   CASE WHEN d.deputy IS NULL THEN n.language ELSE d.language END, CASE WHEN d.deputy IS NOT NULL THEN n.staff END
	FROM ranked AS n LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = n.staff
	WHERE n.place = 1
	ORDER BY n.firing_id, n.role, coalesce(d.deputy, n.staff), d.deputy NULLS FIRST, n.staff;
END;
REVOKE ALL ON FUNCTION pulse_internal.holders_of_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.holders_of_firings() TO pulse_owner;

-- Each action of each acting firing, with those it goes to: who holds the role
-- and can be reached, else who holds the fallback role, else nobody.  A copy
-- is a Cc of a mail; an action that sends none writes to its copies themselves.
CREATE OR REPLACE FUNCTION pulse_internal.addressed_actions()
	RETURNS TABLE (firing_id bigint, action int, verb text, role text, title text, due_in text,
				   found_by text, staff text, name text, channel text, recipient text, copies text[], language text, instead_of text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT h.* FROM pulse_internal.holders_of_firings() AS h
	), action AS MATERIALIZED (
		SELECT a.firing_id, a.rule_id, ra.action, ra.verb, ra.role, coalesce(ra.copies, '{}') AS copies, ra.body, ra.due_in
		FROM pulse_internal.acting AS a
		JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.role IS NOT NULL
	), reached AS MATERIALIZED (
		SELECT t.firing_id, t.action, t.verb, h.role = ANY (t.copies) AS is_copy, h.staff, h.name, h.email, h.language, h.instead_of,
			   CASE h.role WHEN t.role THEN 1 WHEN pulse_internal.fallback_role(t.rule_id) THEN 2 END AS preference,
			   c.channel, pulse_internal.address(c.channel, h.staff, h.email, h.mobile) AS recipient
		FROM action AS t JOIN holder AS h ON h.firing_id = t.firing_id,
			 LATERAL (SELECT pulse_internal.reachable_channel(t.verb, h.channel, h.staff, h.email, h.mobile)) AS c(channel)
	), chosen AS (
		-- a task may go to somebody without an address: it shows in my_tasks()
		SELECT r.*, rank() OVER (PARTITION BY r.firing_id, r.action ORDER BY r.preference) AS place
		FROM reached AS r
		WHERE r.preference IS NOT NULL AND (r.channel IS NOT NULL OR r.verb = 'assign')
	), principal AS MATERIALIZED (
		SELECT t.firing_id, t.action,
			   CASE c.preference WHEN 1 THEN 'role' WHEN 2 THEN 'fallback' ELSE 'nobody' END AS found_by,
			   c.staff, c.name, c.language, c.channel, c.recipient, c.instead_of
		FROM action AS t LEFT JOIN chosen AS c ON c.firing_id = t.firing_id AND c.action = t.action AND c.place = 1
	), addressed AS (
		SELECT p.firing_id, p.action, bool_or(p.channel = 'mail') AS by_mail, array_agg(p.staff) AS staff
		FROM principal AS p GROUP BY p.firing_id, p.action
	), copied AS MATERIALIZED (
		SELECT DISTINCT r.firing_id, r.action, r.staff, r.name, r.email, r.language, r.channel, r.recipient, r.instead_of,
			   coalesce(d.by_mail, false) AS as_cc
		FROM reached AS r JOIN addressed AS d ON d.firing_id = r.firing_id AND d.action = r.action
		WHERE r.is_copy AND (r.staff = ANY (d.staff)) IS NOT TRUE
	), carbon AS (
		SELECT c.firing_id, c.action, array_agg(DISTINCT c.email ORDER BY c.email) AS emails
		FROM copied AS c WHERE c.as_cc AND c.email <> '' GROUP BY c.firing_id, c.action
	), everyone AS (
		SELECT p.* FROM principal AS p
		UNION ALL
		SELECT c.firing_id, c.action, 'copy', c.staff, c.name, c.language, c.channel, c.recipient, c.instead_of
		FROM copied AS c WHERE NOT c.as_cc AND c.channel IS NOT NULL
	)
	SELECT t.firing_id, t.action, t.verb, t.role, t.body, t.due_in, e.found_by, e.staff, e.name,
		   coalesce(e.channel, CASE t.verb WHEN 'text' THEN 'sms' ELSE 'mail' END), e.recipient,
		   CASE WHEN e.channel = 'mail' AND e.found_by <> 'copy' THEN coalesce(b.emails, '{}') ELSE '{}' END,
		   CASE WHEN e.language IN ('en', 'zh') THEN e.language ELSE pulse.setting('language') END, e.instead_of
	FROM action AS t
	JOIN everyone AS e ON e.firing_id = t.firing_id AND e.action = t.action
	LEFT JOIN carbon AS b ON b.firing_id = t.firing_id AND b.action = t.action;
END;
REVOKE ALL ON FUNCTION pulse_internal.addressed_actions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.addressed_actions() TO pulse_owner;

-- an object of the values that are not null: (name, value, name, value ...), texts and whole numbers
CREATE OR REPLACE FUNCTION pulse_internal.present_values(VARIADIC "any") RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_present_values';
REVOKE ALL ON FUNCTION pulse_internal.present_values(VARIADIC "any") FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.present_values(VARIADIC "any") TO pulse_owner;

-- the columns of a trigger row as lines "label: value"
CREATE OR REPLACE FUNCTION pulse_internal.fact_lines(facts jsonb, event text, language text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_fact_lines';
REVOKE ALL ON FUNCTION pulse_internal.fact_lines(jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fact_lines(jsonb, text, text) TO pulse_owner;

-- when a task given now is to be finished
CREATE OR REPLACE FUNCTION pulse_internal.task_due(due_in text) RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_task_due';
REVOKE ALL ON FUNCTION pulse_internal.task_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.task_due(text) TO pulse_owner;

-- one message per recipient, written in his language; idle when all stands there already
CREATE OR REPLACE FUNCTION pulse_internal.write_messages() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH addressed AS MATERIALIZED (
		SELECT d.* FROM pulse_internal.addressed_actions() AS d WHERE d.verb <> 'send'
	), steps AS (
		SELECT ra.rule_id, max(ra.step) + 1 AS count FROM pulse_internal.rule_action AS ra
		WHERE ra.rule_id IN (SELECT a.rule_id FROM pulse_internal.acting AS a) GROUP BY ra.rule_id
	), shared AS MATERIALIZED (
		SELECT k.* FROM (
			SELECT array_agg(a.together) AS key_names, array_agg(a.together_key) AS keys
			FROM pulse_internal.acting AS a WHERE a.together_key IS NOT NULL) AS p,
			LATERAL pulse_internal.describe_keys(p.key_names, p.keys) AS k
	), composed AS MATERIALIZED (
		SELECT a.together, a.together_key, k.name AS together_name, k.url AS together_link,
			   CASE WHEN a.together_key IS NULL THEN a.firing_id END AS alone, c.case_id, a.rule_id, a.wait_id, a.step, a.repetition, s.count AS steps, d.*,
			   o.subject AS own_subject, o.body AS own_body, o.problem, coalesce(o.urgent, false) AS urgent,
			   CASE WHEN o.problem IS NULL AND o.body IS NOT NULL THEN a.facts - pulse_internal.relay_variables() END AS column_values, pulse_internal.present_values(
				   'rule', a.rule_name, 'title', CASE WHEN o.name IS DISTINCT FROM d.title THEN d.title END, 'step', a.step + 1, 'steps', s.count, 'repetition', nullif(a.repetition, 0),
				   'key_name', a.key_name, 'key', a.key, 'key_label', pulse_internal.word('key', '', a.key_name, d.language),
				   'about', coalesce(c.key_label, a.key), 'link', c.link, 'due', pulse_internal.instant_text(a.due_at),
				   'facts', pulse_internal.fact_lines(a.facts - a.key_name, a.event, d.language), 'recipient', d.name,
				   'task', CASE WHEN d.verb = 'assign' AND d.found_by <> 'copy' THEN coalesce(nullif(d.title, o.name), a.rule_name) END,
				   'instead_of', d.instead_of, 'task_due', pulse_internal.instant_text(pulse_internal.task_due(d.due_in)),
				   'fallback_for', CASE d.found_by WHEN 'fallback' THEN pulse_internal.word('role', '', d.role, d.language) END
			   ) AS own_variables
		FROM addressed AS d
		JOIN pulse_internal.acting AS a ON a.firing_id = d.firing_id
		-- LIMIT: by index, whatever the size of the table
		CROSS JOIN LATERAL (SELECT x.* FROM pulse_internal.cases AS x WHERE x.wait_id = a.wait_id LIMIT 1) AS c
		JOIN steps AS s ON s.rule_id = a.rule_id
		LEFT JOIN shared AS k ON k.key_name = a.together AND k.key = a.together_key
		LEFT JOIN LATERAL (SELECT t.* FROM pulse_internal.find_template(d.title, d.channel, d.language, a.facts) AS t
						   WHERE EXISTS (SELECT FROM pulse_internal.template)) AS o ON true
	), described AS (
		SELECT p.*, CASE WHEN p.column_values IS NULL THEN p.own_variables ELSE p.column_values || p.own_variables END AS variables
		FROM composed AS p
	), ranked AS (
		SELECT p.*, row_number() OVER party AS place, count(*) OVER whole AS size,
			   array_agg(p.case_id) OVER whole AS cases,
			   string_agg(concat_ws(', ', p.variables ->> 'about', p.variables ->> 'due'), E'\n') OVER whole AS list
		FROM described AS p WHERE p.alone IS NULL
		WINDOW party AS (PARTITION BY p.rule_id, p.step, p.together_key, p.action, p.found_by, p.staff, p.channel
						 ORDER BY p.firing_id),
			whole AS (party ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
	), placed AS (
		SELECT r.case_id, r.firing_id, r.rule_id, r.wait_id, r.step, r.repetition, r.action, r.verb, r.role, r.found_by,
			   r.staff, r.name, r.channel, r.recipient, r.copies, r.language, r.steps, r.instead_of, r.own_subject, r.own_body, r.problem, r.urgent,
			   NULL::bigint[] AS cases, r.variables
		FROM described AS r WHERE r.alone IS NOT NULL
		UNION ALL
		-- of what goes together the first firing writes, for all of them
		SELECT r.case_id, r.firing_id, r.rule_id, r.wait_id, r.step, r.repetition, r.action, r.verb, r.role, r.found_by,
			   r.staff, r.name, r.channel, r.recipient, r.copies, r.language, r.steps, r.instead_of, r.own_subject, r.own_body, r.problem, r.urgent,
			   CASE WHEN r.size > 1 THEN r.cases END AS cases,
			   CASE WHEN r.size = 1 THEN r.variables ELSE jsonb_strip_nulls(r.variables || jsonb_build_object(
				   'key_name', r.together, 'key', r.together_key, 'count', r.size, 'link', r.together_link, 'facts', r.list,
				   'key_label', pulse_internal.word('key', '', r.together, r.language),
				   'about', format('%s (%s)', coalesce(r.together_name, r.together_key), r.size))) END AS variables
		FROM ranked AS r WHERE r.place = 1
	), quiet AS MATERIALIZED (
		SELECT q.* FROM (SELECT array_agg(p.staff) AS staff, array_agg(p.channel) AS channels FROM placed AS p) AS z,
			LATERAL pulse_internal.quiet_until(z.staff, z.channels) AS q
	), written AS (
		INSERT INTO pulse_internal.message (case_id, firing_id, rule_id, wait_id, step, repetition, together, action, verb, role, found_by,
			staff, recipient_name, channel, recipient, copies, language, subject, body, variables,
			created_at, not_before, priority, instead_of)
		SELECT DISTINCT ON (m.firing_id, m.action, m.staff) m.case_id, m.firing_id, m.rule_id, m.wait_id, m.step, m.repetition, m.cases, m.action, m.verb, m.role, m.found_by,
			   m.staff, m.name, m.channel, m.recipient, m.copies, m.language,
			   pulse_internal.one_line(pulse_internal.render(CASE WHEN m.problem IS NULL AND m.own_body IS NOT NULL
				   THEN coalesce(m.own_subject, t.subject) ELSE t.subject END, m.variables)),
			   btrim(pulse_internal.render(CASE WHEN m.problem IS NULL AND m.own_body IS NOT NULL THEN m.own_body
				   WHEN m.channel = 'sms' THEN t.short_body ELSE t.body END, m.variables), E' \n'),
			   m.variables, pulse.clock(), CASE WHEN m.urgent THEN pulse.clock() ELSE greatest(pulse.clock(), q.not_before) END,
			   CASE WHEN m.urgent THEN -1 ELSE 0 END, m.instead_of
		FROM placed AS m
		JOIN pulse_internal.builtin_template AS t ON t.language = m.language AND t.ladder = (m.steps > 1)
		LEFT JOIN quiet AS q ON q.staff IS NOT DISTINCT FROM m.staff AND q.channel = m.channel
		-- not ON CONFLICT, which takes its time with every row; a tick is alone with its firings
		WHERE (SELECT true FROM pulse_internal.message AS x
			   WHERE x.wait_id = m.wait_id AND x.step = m.step AND x.repetition = m.repetition AND x.action = m.action
				 AND coalesce(x.staff, '') = coalesce(m.staff, '') LIMIT 1) IS NULL
		ORDER BY m.firing_id, m.action, m.staff
		-- not all columns: an update could drop none that this function names
		RETURNING message_id, case_id, rule_id, together, step, verb, role, found_by, staff, recipient_name, channel, recipient, copies, instead_of,
			priority, created_at, not_before
	), collected AS (
		INSERT INTO pulse_internal.digest_wait (message_id, digest_at)
		SELECT m.message_id, pulse_internal.next_digest(m.staff, m.channel) FROM written AS m
		WHERE EXISTS (SELECT FROM pulse_internal.digest) AND m.recipient IS NOT NULL AND m.priority >= 0 AND m.copies = '{}'
		  AND pulse_internal.next_digest(m.staff, m.channel) IS NOT NULL
		RETURNING message_id
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, priority, channel)
		SELECT m.message_id, CASE WHEN m.message_id IN (SELECT x.message_id FROM collected AS x) THEN 'infinity' WHEN m.priority < 0 OR m.together IS NOT NULL THEN m.not_before ELSE greatest(m.not_before, c.snoozed_until) END,
			   m.priority, m.channel
		FROM written AS m LEFT JOIN LATERAL (SELECT x.snoozed_until FROM pulse_internal.cases AS x WHERE x.case_id = m.case_id LIMIT 1) AS c ON true
		WHERE m.recipient IS NOT NULL
	), unaddressed AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)
		SELECT m.message_id, clock_timestamp(), 0, 0, 'unaddressed' FROM written AS m WHERE m.recipient IS NULL
	), refused AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT p.case_id, pulse.clock(), 'template', p.step, p.problem FROM placed AS p WHERE p.problem IS NOT NULL
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT about.case_id, m.created_at, CASE m.found_by WHEN 'role' THEN m.verb ELSE m.found_by END, m.step,
			   CASE m.found_by
				   WHEN 'nobody' THEN format('nobody was found as %s, nor as %s', m.role, pulse_internal.fallback_role(m.rule_id))
				   WHEN 'fallback' THEN format('nobody was found as %s: to %s (%s) as %s', m.role, m.recipient_name,
											   m.staff, pulse_internal.fallback_role(m.rule_id))
				   ELSE format('%s: %s (%s) by %s%s', m.role, m.recipient_name, m.staff, m.channel, ', deputy of ' || m.instead_of) END
		FROM written AS m, LATERAL unnest(coalesce(m.together, ARRAY[m.case_id])) AS about(case_id)
		ORDER BY m.message_id, about.case_id
	)
	-- one call wakes all workers; the lock it takes is database-wide
	SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM written AS w WHERE w.recipient IS NOT NULL LIMIT 1) AS any_queued;
END;
REVOKE ALL ON FUNCTION pulse_internal.write_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.write_messages() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.open_cases() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH pair AS (
		SELECT array_agg(a.key_name) AS key_names, array_agg(a.key) AS keys FROM pulse_internal.acting AS a
	), about AS MATERIALIZED (
		SELECT k.* FROM pair AS p, LATERAL pulse_internal.describe_keys(p.key_names, p.keys) AS k
	), opened AS (
		INSERT INTO pulse_internal.cases (wait_id, rule_id, rule_name, key_name, key, key_label, link, opened_at, last_step)
		SELECT DISTINCT ON (a.wait_id) a.wait_id, a.rule_id, a.rule_name, a.key_name, a.key, k.name, k.url,
			   pulse.clock(), a.step
		FROM pulse_internal.acting AS a LEFT JOIN about AS k ON k.key_name = a.key_name AND k.key = a.key
		WHERE (SELECT true FROM pulse_internal.cases AS x WHERE x.wait_id = a.wait_id LIMIT 1) IS NULL
		ORDER BY a.wait_id, a.step
		RETURNING case_id, opened_at
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what)
	SELECT o.case_id, o.opened_at, 'opened' FROM opened AS o ORDER BY o.case_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.open_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.open_cases() TO pulse_owner;

-- By index, like the other functions that look up cases of few waits among all.
CREATE OR REPLACE FUNCTION pulse_internal.note_steps() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	UPDATE pulse_internal.cases AS c
	SET last_step = a.step
	FROM (SELECT x.wait_id, max(x.step) AS step FROM pulse_internal.acting AS x WHERE x.step > 0 GROUP BY x.wait_id) AS a
	WHERE c.wait_id = a.wait_id AND c.last_step < a.step;
END;
REVOKE ALL ON FUNCTION pulse_internal.note_steps() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.note_steps() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.act_on_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.open_cases();
	SELECT pulse_internal.note_steps();
	SELECT pulse_internal.hold_digests()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.acts_at > pulse.clock());
	SELECT pulse_internal.write_messages();
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
	JOIN pulse_internal.message AS m ON m.wait_id = a.wait_id AND m.step = a.step AND m.repetition = a.repetition
	JOIN pulse_internal.rule_action AS ra ON ra.rule_id = m.rule_id AND ra.step = m.step AND ra.action = m.action
	WHERE m.verb = 'assign' AND m.found_by <> 'copy'
	  AND EXISTS (SELECT FROM pulse_internal.rule_action AS x WHERE x.verb = 'assign')
	  AND NOT EXISTS (
		SELECT FROM pulse_internal.task AS t
		WHERE (t.wait_id = m.wait_id OR t.together && coalesce(m.together, ARRAY[m.case_id]))
		  AND t.role = m.role AND t.title = m.variables ->> 'task' AND t.state = 'open')
	ON CONFLICT DO NOTHING;

	UPDATE pulse_internal.firing AS f
	SET released_at = pulse.clock(), evidence = f.evidence || coalesce(jsonb_build_object('told', nullif(ARRAY(
		SELECT pulse_internal.present_values('role', m.role, 'staff', m.staff, 'channel', m.channel,
											 'found_by', m.found_by, 'instead_of', m.instead_of)
		FROM pulse_internal.message AS m
		WHERE m.wait_id = f.wait_id AND m.step = f.step AND m.repetition = f.repetition ORDER BY m.message_id), '{}')), '{}')
	WHERE f.released_at IS NULL AND f.withheld IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.act_on_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.act_on_firings() TO pulse_owner;
