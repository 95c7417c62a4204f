-- ---- escalation: steps of cases as events --------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.case_steps() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_case_steps';
REVOKE ALL ON FUNCTION pulse_internal.case_steps() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.overdue_steps() RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_overdue_steps';
REVOKE ALL ON FUNCTION pulse_internal.overdue_steps() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.overdue_steps() TO pulse_owner;

-- the kinds there are, their columns beside those of the case, and what people call them
CREATE OR REPLACE FUNCTION pulse_internal.case_event_kinds(OUT kind text, OUT columns text, OUT en text, OUT zh text)
	RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	VALUES ('case_opened', '', 'case opened', '事项发生'),
		('case_addressed', ', step int, role text', 'case addressed', '事项告知'),
		('case_acknowledged', ', staff text', 'case acknowledged', '事项确认'),
		('case_resolved', ', reason text, late boolean', 'case resolved', '事项解决'),
		('task_created', ', task_id bigint, title text, role text, staff text, due_at timestamptz', 'task created', '任务派发'),
		('task_done', ', task_id bigint, title text, role text, staff text, due_at timestamptz, outcome text', 'task done', '任务完成'),
		('task_overdue', ', task_id bigint, title text, role text, staff text, due_at timestamptz', 'task overdue', '任务超期'),
		('message_delivered', ', message_id bigint, role text, staff text, channel text', 'message delivered', '消息送达'),
		('message_failed', ', message_id bigint, role text, staff text, channel text, reason text', 'message failed', '消息失败');
END;
REVOKE ALL ON FUNCTION pulse_internal.case_event_kinds() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.case_event_kinds() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_case_events(kinds text[] DEFAULT NULL) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted record;
	unknown text;
BEGIN
	SELECT w INTO unknown FROM unnest(kinds) AS w WHERE w NOT IN (SELECT k.kind FROM pulse_internal.case_event_kinds() AS k) LIMIT 1;
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no step of a case is called "%s"', unknown),
			DETAIL = (SELECT 'There are ' || string_agg(k.kind, ', ') || '.' FROM pulse_internal.case_event_kinds() AS k),
			HINT = 'Type pulse.create_case_events() for all of them.';
	END IF;
	FOR wanted IN
		SELECT k.* FROM pulse_internal.case_event_kinds() AS k
		WHERE (kinds IS NULL OR k.kind = ANY (kinds))
		  AND NOT EXISTS (SELECT FROM pulse.events AS e WHERE e.name = k.kind)
	LOOP
		PERFORM pulse.create_event(wanted.kind, 'case_id bigint, rule text, key_name text, key text' || wanted.columns);
		PERFORM pulse.label('event', wanted.kind, wanted.en, wanted.zh)
		WHERE NOT EXISTS (SELECT FROM pulse.labels AS l WHERE l.class = 'event' AND l.name = wanted.kind);
		RETURN NEXT wanted.kind;
	END LOOP;
	PERFORM pulse.label('key', 'case_id', 'case', '事项')
	WHERE NOT EXISTS (SELECT FROM pulse.labels AS l WHERE l.class = 'key' AND l.name = 'case_id');
END
$$;
REVOKE ALL ON FUNCTION pulse.create_case_events(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_case_events(text[]) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_case_events(text[]) IS
'Makes event kinds of the steps of cases, so that rules can hear them: case_opened, case_addressed (a role was told), case_acknowledged, case_resolved, task_created, task_done, task_overdue, message_delivered, message_failed; kinds: only these. They hold case_id, rule, key_name, key, and what they are about. They are written in the transaction of the step, from then on; cases of rules about such events write none. Then WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours is a rule. Returns the kinds made. Errors: 22023 no such step, those of create_event.';
