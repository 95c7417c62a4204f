-- ---- escalation: putting off, and giving to somebody else -------------------------------

CREATE OR REPLACE FUNCTION pulse.snooze_case(case_id bigint, until timestamptz, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(snooze_case.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = snooze_case.case_id),
								  'case', snooze_case.case_id::text);
	WITH snoozed AS (
		UPDATE pulse_internal.cases AS c SET snoozed_until = CASE WHEN snooze_case.until > pulse.clock() THEN snooze_case.until END
		WHERE c.case_id = snooze_case.case_id AND c.state IN ('open', 'acknowledged')
		RETURNING c.case_id, c.snoozed_until
	), waiting AS (
		-- a later instant is no reason to wait less for the end of quiet hours
		UPDATE pulse_internal.queue AS q SET not_before = greatest(m.not_before, s.snoozed_until)
		FROM pulse_internal.message AS m, snoozed AS s
		WHERE m.case_id = s.case_id AND m.together IS NULL AND q.message_id = m.message_id AND NOT q.claimed AND q.priority >= 0
		  AND NOT EXISTS (SELECT FROM pulse_internal.digest_wait AS d WHERE d.message_id = q.message_id)	-- see release_digests()
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, actor, detail)
		SELECT s.case_id, pulse.clock(), CASE WHEN s.snoozed_until IS NULL THEN 'awake' ELSE 'snoozed' END,
			   pulse_internal.check_actor(snooze_case.staff), 'until ' || pulse_internal.instant_text(s.snoozed_until) FROM snoozed AS s
	)
	SELECT EXISTS (SELECT FROM snoozed);
END;
ALTER FUNCTION pulse.snooze_case(bigint, timestamptz, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.snooze_case(bigint, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.snooze_case(bigint, timestamptz, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.snooze_case(bigint, timestamptz, text) IS
'Puts a case off: its messages, those that are queued and those that its next steps write, wait until then (urgent ones and lists about several cases do not; what is for a digest is in the first one after that); tasks and steps go on. An instant in the past ends it. True when the case was open. Errors: SP603 no such case, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.snooze_task(task_id bigint, until timestamptz, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(snooze_task.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = snooze_task.task_id),
								  'task', snooze_task.task_id::text);
	WITH snoozed AS (
		UPDATE pulse_internal.task AS t SET snoozed_until = CASE WHEN snooze_task.until > pulse.clock() THEN snooze_task.until END
		WHERE t.task_id = snooze_task.task_id AND t.state = 'open'
		RETURNING t.case_id, t.step, t.title, t.snoozed_until
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, actor, detail)
		SELECT s.case_id, pulse.clock(), CASE WHEN s.snoozed_until IS NULL THEN 'task awake' ELSE 'task snoozed' END, s.step,
			   pulse_internal.check_actor(snooze_task.staff), concat_ws(' until ', s.title, pulse_internal.instant_text(s.snoozed_until))
		FROM snoozed AS s
	)
	SELECT EXISTS (SELECT FROM snoozed);
END;
ALTER FUNCTION pulse.snooze_task(bigint, timestamptz, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.snooze_task(bigint, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.snooze_task(bigint, timestamptz, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.snooze_task(bigint, timestamptz, text) IS
'Puts a task off: my_tasks does not show it before then; its due time stays. An instant in the past ends it. True when the task was open. Errors: SP604 no such task, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.reassign_task(task_id bigint, to_staff text, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(reassign_task.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = reassign_task.task_id),
								  'task', reassign_task.task_id::text);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = reassign_task.to_staff),
								  'staff', reassign_task.to_staff);
	WITH old AS MATERIALIZED (
		SELECT t.task_id, t.staff FROM pulse_internal.task AS t
		WHERE t.task_id = reassign_task.task_id AND t.state = 'open' FOR UPDATE
	), moved AS (
		UPDATE pulse_internal.task AS t
		SET staff = reassign_task.to_staff, assigned_by = coalesce(pulse_internal.check_actor(reassign_task.staff), session_user),
			snoozed_until = NULL
		FROM old AS o
		WHERE t.task_id = o.task_id
		RETURNING t.case_id, t.step, t.title, o.staff AS before
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, actor, detail)
		SELECT m.case_id, pulse.clock(), 'reassigned', m.step, pulse_internal.check_actor(reassign_task.staff),
			   format('%s: %s -> %s', m.title, coalesce(m.before, 'nobody'), reassign_task.to_staff)
		FROM moved AS m
	)
	SELECT EXISTS (SELECT FROM moved);
END;
ALTER FUNCTION pulse.reassign_task(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.reassign_task(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.reassign_task(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.reassign_task(bigint, text, text) IS
'Gives an open task to somebody else, by staff. It then stays with him, also when the holder of its role changes. True when the task was open. Errors: SP604 no such task, SP602 no such staff, 23505 he has the same task of that step already, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.reassign_case(case_id bigint, to_staff text, staff text DEFAULT NULL) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = reassign_case.case_id),
								  'case', reassign_case.case_id::text);
	SELECT count(*) FILTER (WHERE pulse.reassign_task(t.task_id, reassign_case.to_staff, reassign_case.staff))
	FROM pulse_internal.task AS t
	WHERE t.case_id = reassign_case.case_id AND t.state = 'open' AND t.staff IS DISTINCT FROM reassign_case.to_staff;
END;
ALTER FUNCTION pulse.reassign_case(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.reassign_case(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.reassign_case(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.reassign_case(bigint, text, text) IS
'Gives all open tasks of a case to somebody else; returns how many moved. Errors: SP603 no such case, and those of reassign_task.';

-- Open tasks follow their role: when the customer gets another rep, or a deputy's days are
-- over, the task is the new one's.  What somebody gave by hand stays; so does a task whose
-- role nobody holds now.
CREATE OR REPLACE FUNCTION pulse_internal.reassign_tasks() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	-- OFFSET 0: case and firing of each open task by their keys, whatever else there is of them
	WITH open_task AS MATERIALIZED (
		SELECT t.task_id, t.case_id, t.role, t.staff, t.wait_id, t.step, t.repetition, t.action, t.title, c.key_name, c.key,
			   coalesce((SELECT f.evidence -> 'trigger' FROM pulse_internal.firing AS f WHERE f.firing_id = t.firing_id OFFSET 0), '{}') AS facts
		FROM pulse_internal.task AS t
		CROSS JOIN LATERAL (SELECT x.key_name, x.key FROM pulse_internal.cases AS x WHERE x.case_id = t.case_id OFFSET 0) AS c
		WHERE t.state = 'open' AND t.assigned_by IS NULL
	), about AS MATERIALIZED (
		SELECT t.task_id, t.role, t.key_name, t.key, 0 AS distance FROM open_task AS t
		UNION ALL
		SELECT t.task_id, t.role, fact.key, fact.value, 1
		FROM open_task AS t, LATERAL jsonb_each_text(t.facts) AS fact
		WHERE fact.value IS NOT NULL AND fact.key <> t.key_name
		  AND fact.key IN (SELECT m.key_name FROM pulse_internal.mapping AS m WHERE m.kind = 'role')
	), resolved AS MATERIALIZED (
		SELECT r.role, r.key_name, r.key, r.staff
		FROM (SELECT array_agg(DISTINCT a.role) AS roles FROM about AS a) AS x,
			 (SELECT array_agg(p.key_name) AS key_names, array_agg(p.key) AS keys
			  FROM (SELECT DISTINCT a.key_name, a.key FROM about AS a) AS p) AS y,
			 LATERAL pulse_internal.resolve_roles(x.roles, y.key_names, y.keys, true) AS r
	), candidate AS (
		SELECT a.task_id, a.distance, a.key_name, r.staff
		FROM about AS a JOIN resolved AS r ON r.role = a.role AND r.key_name = a.key_name AND r.key = a.key
		UNION ALL
		SELECT t.task_id, 2, '', r.staff FROM open_task AS t JOIN resolved AS r ON r.role = t.role AND r.key_name = ''
	), holder AS MATERIALIZED (
		SELECT n.task_id, coalesce(d.deputy, n.staff) AS staff
		FROM (SELECT c.*, rank() OVER (PARTITION BY c.task_id ORDER BY c.distance, c.key_name) AS place FROM candidate AS c) AS n
		LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = n.staff
		WHERE n.place = 1
	), moved AS (
		SELECT t.task_id, t.case_id, t.step, t.title, t.role, t.staff AS before, min(h.staff) AS staff
		FROM open_task AS t JOIN holder AS h ON h.task_id = t.task_id
		GROUP BY t.task_id, t.case_id, t.step, t.title, t.role, t.staff, t.wait_id, t.repetition, t.action
		HAVING bool_and(h.staff IS DISTINCT FROM t.staff)
		   AND NOT EXISTS (SELECT FROM pulse_internal.task AS o
						   WHERE o.wait_id = t.wait_id AND o.step = t.step AND o.repetition = t.repetition AND o.action = t.action
							 AND o.staff = min(h.staff))
	), given AS (
		UPDATE pulse_internal.task AS t SET staff = m.staff FROM moved AS m WHERE t.task_id = m.task_id AND t.state = 'open'
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
	SELECT m.case_id, pulse.clock(), 'reassigned', m.step,
		   format('%s: %s -> %s as %s', m.title, coalesce(m.before, 'nobody'), m.staff, m.role)
	FROM moved AS m ORDER BY m.task_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.reassign_tasks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.reassign_tasks() TO pulse_owner;

CREATE OR REPLACE VIEW pulse.templates WITH (security_invoker = true) AS
	SELECT t.name, t.subject_en, t.body_en, t.subject_zh, t.body_zh, t.event, t.channel, t.urgent, t.author
	FROM pulse_internal.template AS t;
COMMENT ON VIEW pulse.templates IS 'Texts that actions name, and texts of channels; see create_template.';
GRANT SELECT ON pulse.templates TO pulse_admin, pulse_author, pulse_analyst;
