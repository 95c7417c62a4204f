-- ---- escalation: cases and tasks, for people ----------------------------------------------

CREATE OR REPLACE VIEW pulse.cases WITH (security_invoker = true) AS
	SELECT c.case_id, c.rule_name AS rule, c.key_name, c.key, c.key_label, c.link, c.state, c.opened_at,
		   c.last_step + 1 AS step, c.waiting, c.acknowledged_at, c.acknowledged_by,
		   c.closed_at, c.reason, c.resolved_late, c.snoozed_until
	FROM pulse_internal.cases AS c;
COMMENT ON VIEW pulse.cases IS
'One row per wait that has fired: which rule, about which key, its state (open, acknowledged, resolved, expired: reason says why), the step reached (from 1), whether more may come (waiting), why it was closed, and whether what resolved it was learnt late; snoozed_until: its messages wait until then.';
GRANT SELECT ON pulse_internal.cases, pulse.cases TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.case_history WITH (security_invoker = true) AS
	SELECT c.case_id, 0::bigint AS number, c.opened_at AS at, 'opened'::text AS what, NULL::int AS step, NULL::text AS actor, NULL::text AS detail
	FROM pulse_internal.cases AS c
	UNION ALL
	SELECT e.case_id, e.number, e.at, e.what, e.step + 1, e.actor, e.detail
	FROM pulse_internal.case_event AS e;
COMMENT ON VIEW pulse.case_history IS
'What happened to each case, by number: opened; notify, text, mail, assign, copy with who was written to; fallback and nobody where a role had no holder; acknowledged, task done, withheld (a step that asked for the case''s state), resolved, expired; by whom (a staff id; null: salespulse).';
GRANT SELECT ON pulse_internal.case_event, pulse.case_history TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.tasks WITH (security_invoker = true) AS
	SELECT t.task_id, t.case_id, c.rule_name AS rule, c.key_name, c.key, c.key_label, t.title, t.role, t.staff,
		   t.created_at, t.due_at, t.state, t.finished_at, t.finished_by, t.outcome, t.together, t.snoozed_until, t.assigned_by
	FROM pulse_internal.task AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id;
COMMENT ON VIEW pulse.tasks IS
'Things to do that rules assigned: to whom (staff; null: nobody was found), until when, state open, done (by finished_by) or closed (its case was resolved first); together: all cases it is about, where the rule put several together; snoozed_until: my_tasks shows it again then; assigned_by: who gave it to staff by hand (null: the rule).';
GRANT SELECT ON pulse_internal.task, pulse.tasks TO pulse_admin, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.my_tasks(staff text) RETURNS SETOF pulse.tasks
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.* FROM pulse.tasks AS t
	WHERE t.staff = my_tasks.staff AND t.state = 'open'
	  AND (t.snoozed_until IS NULL OR t.snoozed_until <= pulse.clock())
	ORDER BY t.due_at NULLS LAST, t.task_id;
END;
REVOKE ALL ON FUNCTION pulse.my_tasks(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.my_tasks(text) TO pulse_app, pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.my_tasks(text) IS
'Open tasks of somebody that are not snoozed, the most urgent first; rows of pulse.tasks.';

CREATE OR REPLACE FUNCTION pulse.acknowledge_case(case_id bigint, staff text) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(acknowledge_case.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = acknowledge_case.case_id),
								  'case', acknowledge_case.case_id::text);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = acknowledge_case.staff),
								  'staff', acknowledge_case.staff);
	WITH acknowledged AS (
		UPDATE pulse_internal.cases AS c
		SET state = 'acknowledged', acknowledged_at = pulse.clock(), acknowledged_by = acknowledge_case.staff
		WHERE c.case_id = acknowledge_case.case_id AND c.state = 'open'
		RETURNING c.case_id
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, actor)
	SELECT a.case_id, pulse.clock(), 'acknowledged', acknowledge_case.staff FROM acknowledged AS a;
	SELECT c.state FROM pulse_internal.cases AS c WHERE c.case_id = acknowledge_case.case_id;
END;
ALTER FUNCTION pulse.acknowledge_case(bigint, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.acknowledge_case(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.acknowledge_case(bigint, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.acknowledge_case(bigint, text) IS
'Somebody of the staff has seen an open case; its steps go on. Returns the state it is in now; a closed case stays closed. Errors: SP603 no such case, SP602 no such staff, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.resolve_case(case_id bigint, reason text DEFAULT 'by hand', staff text DEFAULT NULL)
	RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(resolve_case.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.case_id = resolve_case.case_id),
								  'case', resolve_case.case_id::text);
	WITH standing AS MATERIALIZED (
		SELECT c.case_id FROM pulse_internal.cases AS c
		WHERE c.case_id = resolve_case.case_id AND c.state IN ('open', 'acknowledged') FOR UPDATE
	), closed AS MATERIALIZED (
		SELECT s.case_id, pulse_internal.close_cases(ARRAY[s.case_id], 'resolved',
			coalesce(nullif(resolve_case.reason, ''), 'by hand'), false, pulse_internal.check_actor(resolve_case.staff)) FROM standing AS s
	)
	SELECT EXISTS (SELECT FROM closed);
END;
ALTER FUNCTION pulse.resolve_case(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.resolve_case(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resolve_case(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.resolve_case(bigint, text, text) IS
'Closes a case by hand: its further steps do not act, its tasks close, its messages not yet sent are withdrawn. True when it was open. Errors: SP603 no such case, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.finish_task(task_id bigint, staff text DEFAULT NULL, outcome text DEFAULT NULL)
	RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(finish_task.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.task AS t WHERE t.task_id = finish_task.task_id),
								  'task', finish_task.task_id::text);
	WITH finished AS (
		UPDATE pulse_internal.task AS t
		SET state = 'done', finished_at = pulse.clock(), finished_by = coalesce(pulse_internal.check_actor(finish_task.staff), t.staff),
			outcome = finish_task.outcome
		WHERE t.task_id = finish_task.task_id AND t.state = 'open'
		RETURNING t.case_id, t.title, t.finished_by, t.step
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, step, actor, detail)
	SELECT f.case_id, pulse.clock(), 'task done', f.step, f.finished_by, f.title FROM finished AS f;
	-- a case that waits for nothing more is resolved with its last task
	SELECT pulse_internal.close_cases(ARRAY[c.case_id], 'resolved', 'tasks done', false, t.finished_by)
	FROM pulse_internal.task AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id
	WHERE t.task_id = finish_task.task_id AND t.state = 'done' AND NOT c.waiting AND c.state IN ('open', 'acknowledged')
	  AND NOT EXISTS (SELECT FROM pulse_internal.task AS o WHERE o.case_id = c.case_id AND o.state = 'open');
	SELECT t.state = 'done' FROM pulse_internal.task AS t WHERE t.task_id = finish_task.task_id;
END;
ALTER FUNCTION pulse.finish_task(bigint, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.finish_task(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.finish_task(bigint, text, text) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.finish_task(bigint, text, text) IS
'Says that a task is done, by whom, with what outcome. With the last task of a case that waits for nothing more the case is resolved. True: the task is done (now or before); false: it was closed with its case. Errors: SP604 no such task, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.readdress_messages() RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	-- what is there already is not written again: the key of a message says so
	WITH unaddressed AS (
		DELETE FROM pulse_internal.delivery AS d USING pulse_internal.message AS m, pulse_internal.cases AS c
		WHERE d.state = 'unaddressed' AND m.message_id = d.message_id
		  AND c.case_id = m.case_id AND c.state IN ('open', 'acknowledged')
		RETURNING d.message_id
	), taken AS (
		DELETE FROM pulse_internal.message AS m USING unaddressed AS u WHERE m.message_id = u.message_id
		RETURNING m.firing_id, m.case_id, m.step
	), given_back AS (
		DELETE FROM pulse_internal.task AS t USING taken AS m
		WHERE t.firing_id = m.firing_id AND t.staff IS NULL AND t.state = 'open'
	), again AS (
		UPDATE pulse_internal.firing AS f SET released_at = NULL
		WHERE f.firing_id IN (SELECT m.firing_id FROM taken AS m)
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step)
		SELECT DISTINCT m.case_id, pulse.clock(), 'readdressed', m.step FROM taken AS m
	)
	SELECT count(*) FROM taken;
END;
ALTER FUNCTION pulse.readdress_messages() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.readdress_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.readdress_messages() TO pulse_admin;
COMMENT ON FUNCTION pulse.readdress_messages() IS
'Lets the next tick look again for recipients of messages that found none (state unaddressed), once roles or addresses were mended. Only of cases that are open. Returns how many messages.';
