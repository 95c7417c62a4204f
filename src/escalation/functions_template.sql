-- ---- escalation: texts of one's own -----------------------------------------------------

-- the names in {braces}, as render() reads them: {{ is a brace, a name ends in its line
CREATE OR REPLACE FUNCTION pulse_internal.placeholders(template text) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(replace(template, '{{', ''), '\{([^}\n]+)\}', 'g') AS m ORDER BY 1);
REVOKE ALL ON FUNCTION pulse_internal.placeholders(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.placeholders(text) TO pulse_owner, pulse_admin, pulse_author;

-- what every message has, beside the columns of the event that it is about
CREATE OR REPLACE FUNCTION pulse_internal.message_variables() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '{rule,title,step,steps,repetition,key_name,key,key_label,about,link,due,facts,recipient,task,task_due,fallback_for,instead_of,count}'::text[];
REVOKE ALL ON FUNCTION pulse_internal.message_variables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.message_variables() TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.check_template(texts text[], event text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	IF event IS NOT NULL AND NOT EXISTS (SELECT FROM pulse_internal.event_kind AS k WHERE k.name = check_template.event) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP401', MESSAGE = format('unknown event "%s"', event),
			DETAIL = 'A template may name the columns of its event.', HINT = 'Look at SELECT * FROM pulse.events.';
	END IF;
	SELECT p.name INTO unknown
	FROM unnest(texts) AS t(template), LATERAL unnest(pulse_internal.placeholders(t.template)) AS p(name)
	WHERE p.name <> ALL (pulse_internal.message_variables())
	  AND NOT EXISTS (SELECT FROM pulse_internal.event_kind AS k
					  JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attnum > 0 AND NOT a.attisdropped
					  WHERE a.attname = p.name AND (check_template.event IS NULL OR k.name = check_template.event))
	LIMIT 1;
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('unknown placeholder {%s}', unknown),
			DETAIL = CASE WHEN event IS NULL THEN 'No event has a column of that name.'
					 ELSE format('The event "%s" has no column of that name.', event) END,
			HINT = format('Type a column, or one of {%s}; a brace that is meant as such is typed {{.',
						  array_to_string(pulse_internal.message_variables(), '}, {'));
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_template(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_template(text[], text) TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.require_template(name text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.name = require_template.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP606', MESSAGE = format('unknown template: "%s"', name),
			DETAIL = 'There is no template of that name.', HINT = 'Look at SELECT * FROM pulse.templates.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_template(text) TO pulse_admin, pulse_author, pulse_analyst;

-- the template, as whoever writes it at the moment leaves it, for who may change it
CREATE OR REPLACE FUNCTION pulse_internal.own_template(name text) RETURNS pulse_internal.template
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result pulse_internal.template;
BEGIN
	PERFORM pulse_internal.require_template(name);
	SELECT * INTO result FROM pulse_internal.template AS t WHERE t.name = own_template.name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be author of template "%s"', name),
			DETAIL = 'A template belongs to who made it.', HINT = 'Ask its author, or a member of pulse_admin.';
	END IF;
	RETURN result;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.own_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.own_template(text) TO pulse_admin, pulse_author;

-- what create_template and alter_template ask of a template as it would be
CREATE OR REPLACE FUNCTION pulse_internal.check_template(name text, texts text[], event text, channel text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF coalesce(name, '') = '' OR length(name) > 100 OR coalesce(texts[2], texts[4], '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a template needs a name and a text',
			DETAIL = 'A name has 1 to 100 characters; the text is in English, in Chinese, or both.',
			HINT = 'Type such as create_template(''reminder'', ''{rule}: {about}'', ''Dear {recipient}, ...'').';
	END IF;
	PERFORM pulse_internal.check_template(texts, event);
	IF channel IS NOT NULL AND NOT pg_has_role('pulse_admin', 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'permission denied for the template of a channel',
			DETAIL = 'It is the text of everybody''s messages on that channel.', HINT = 'Ask a member of pulse_admin.';
	END IF;
	IF EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.channel = check_template.channel AND t.name <> check_template.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('channel "%s" has a template already', channel),
			DETAIL = 'A channel has one template.', HINT = 'SELECT * FROM pulse.templates; drop the other first.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_template(text, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_template(text, text[], text, text) TO pulse_admin, pulse_author;

-- The caller is who writes: policies of the table say what is whose.
CREATE OR REPLACE FUNCTION pulse.create_template(name text, subject_en text DEFAULT NULL, body_en text DEFAULT NULL,
		subject_zh text DEFAULT NULL, body_zh text DEFAULT NULL, event text DEFAULT NULL, channel text DEFAULT NULL,
		urgent boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.check_template(name, ARRAY[subject_en, body_en, subject_zh, body_zh], event, channel);
	IF EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.name = create_template.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('template "%s" exists already', name),
			DETAIL = 'Templates are told apart by their names.', HINT = 'Change it with pulse.alter_template().';
	END IF;
	INSERT INTO pulse_internal.template (name, subject_en, body_en, subject_zh, body_zh, channel, event, urgent, author, created_at)
	VALUES (create_template.name, create_template.subject_en, create_template.body_en, create_template.subject_zh,
			create_template.body_zh, create_template.channel, create_template.event, coalesce(create_template.urgent, false),
			quote_ident(current_user)::regrole, pulse.clock());
END
$$;
REVOKE ALL ON FUNCTION pulse.create_template(text, text, text, text, text, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_template(text, text, text, text, text, text, text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_template(text, text, text, text, text, text, text, boolean) IS
'Makes a text that actions use by its name (mail rep "reminder"), with {placeholders}: what every message has ({rule} {title} {step} {steps} {repetition} {key_name} {key} {key_label} {about} {link} {due} {facts} {recipient} {task} {task_due} {fallback_for} {instead_of} {count}) and the columns of the event it is about. With event, only its columns may be named; with channel it is the text of all messages on that channel that name no other. Everybody gets his language; where it is missing, the other. A line whose placeholders are all empty is left out. Urgent messages go first, and do not wait for quiet hours. Errors: 42703 an unknown placeholder, SP401 an unknown event, 42710 it exists, 22023 no name or text, 42501 a channel''s template is an administrator''s.';

CREATE OR REPLACE FUNCTION pulse.alter_template(name text, subject_en text DEFAULT NULL, body_en text DEFAULT NULL,
		subject_zh text DEFAULT NULL, body_zh text DEFAULT NULL, event text DEFAULT NULL, channel text DEFAULT NULL,
		urgent boolean DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	old pulse_internal.template := pulse_internal.own_template(name);
	texts text[];
BEGIN
	texts := ARRAY[nullif(coalesce(subject_en, old.subject_en), ''), nullif(coalesce(body_en, old.body_en), ''),
				   nullif(coalesce(subject_zh, old.subject_zh), ''), nullif(coalesce(body_zh, old.body_zh), '')];
	PERFORM pulse_internal.check_template(name, texts, nullif(coalesce(event, old.event), ''), nullif(coalesce(channel, old.channel), ''));
	UPDATE pulse_internal.template AS t
	SET subject_en = texts[1], body_en = texts[2], subject_zh = texts[3], body_zh = texts[4],
		event = nullif(coalesce(alter_template.event, old.event), ''), channel = nullif(coalesce(alter_template.channel, old.channel), ''),
		urgent = coalesce(alter_template.urgent, old.urgent)
	WHERE t.name = alter_template.name;
END
$$;
REVOKE ALL ON FUNCTION pulse.alter_template(text, text, text, text, text, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_template(text, text, text, text, text, text, text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_template(text, text, text, text, text, text, text, boolean) IS
'Changes what create_template said: what is NULL stays, an empty text takes away. It counts for messages written from then on; those that are written keep their text (pulse.messages), which is why a template, unlike a rule, has no versions. pulse.check_template() tells which rules cannot fill it. Errors: SP606 no such template, 42501 another author''s, and those of create_template.';

CREATE OR REPLACE FUNCTION pulse.drop_template(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.own_template(name);
	DELETE FROM pulse_internal.template AS t WHERE t.name = drop_template.name;
END
$$;
REVOKE ALL ON FUNCTION pulse.drop_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_template(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_template(text) IS
'Drops a template; actions that name it then have its name as their title. Errors: SP606 no such template, 42501 another author''s.';

CREATE OR REPLACE FUNCTION pulse.set_rule_fallback(rule text, role text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found record;
BEGIN
	SELECT r.rule_id, r.author INTO found FROM pulse_internal.rule AS r WHERE r.name = set_rule_fallback.rule;
	IF found.rule_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP504', MESSAGE = format('unknown rule "%s"', rule),
			DETAIL = 'There is no rule of that name.', HINT = 'See SELECT name FROM pulse.rules.';
	END IF;
	IF NOT pg_has_role(found.author, 'USAGE') AND NOT pg_has_role('pulse_admin', 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be author of rule "%s"', rule),
			DETAIL = format('The rule belongs to %s.', found.author), HINT = 'Ask its author, or a member of pulse_admin.';
	END IF;
	DELETE FROM pulse_internal.rule_fallback AS f WHERE f.rule_id = found.rule_id;
	INSERT INTO pulse_internal.rule_fallback (rule_id, role) SELECT found.rule_id, set_rule_fallback.role WHERE set_rule_fallback.role IS NOT NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse.set_rule_fallback(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_rule_fallback(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.set_rule_fallback(text, text) IS
'Which role gets what a rule finds nobody for; null: that of the setting fallback_role. Errors: SP504 no such rule, 42501 another author''s.';

CREATE OR REPLACE FUNCTION pulse_internal.fallback_role(rule_id int) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT f.role FROM pulse_internal.rule_fallback AS f WHERE f.rule_id = fallback_role.rule_id),
					pulse.setting('fallback_role'));
REVOKE ALL ON FUNCTION pulse_internal.fallback_role(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fallback_role(int) TO pulse_owner;

-- Is the text of that name one for this rule?  Else whoever may write templates could write the messages of another's
-- rules.  It is when the template is an administrator's, or one of the two authors has the rights of the other.
CREATE OR REPLACE FUNCTION pulse_internal.is_template_for(rule_id int, title text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN NOT EXISTS (SELECT FROM pulse_internal.template AS t JOIN pulse_internal.rule AS r ON r.rule_id = is_template_for.rule_id
		WHERE t.name = is_template_for.title AND NOT (pg_has_role(t.author, r.author, 'USAGE') OR pg_has_role(r.author, t.author, 'USAGE')
			OR pg_has_role(t.author, 'pulse_admin', 'USAGE')));
REVOKE ALL ON FUNCTION pulse_internal.is_template_for(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_template_for(int, text) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst;
