-- ---- escalation: templates and channels, looked at and said in sentences ------------------

-- Which steps of which rules write with a template: those that name it and that it is for, and of
-- the template of a channel those that write there and name none.
CREATE OR REPLACE VIEW pulse_internal.template_use WITH (security_invoker = true) AS
	SELECT t.name AS template, r.name AS rule, a.step, a.action, a.verb, a.role, k.kind_id, k.name AS event, k.relation
	FROM pulse_internal.template AS t
	JOIN pulse_internal.rule_action AS a ON a.role IS NOT NULL AND a.verb IN ('notify', 'text', 'mail', 'assign')
		AND (a.body = t.name AND pulse_internal.is_template_for(a.rule_id, t.name)
			 OR t.channel = CASE a.verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE t.channel END
				AND NOT EXISTS (SELECT FROM pulse_internal.template AS o
								WHERE o.name = a.body AND pulse_internal.is_template_for(a.rule_id, o.name)))
	JOIN pulse_internal.rule AS r ON r.rule_id = a.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = r.trigger_kind;
COMMENT ON VIEW pulse_internal.template_use IS 'Actions of rules that write with a template; event: what their rule is about (null: members, states, the clock).';
GRANT SELECT ON pulse_internal.template_use TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.has_column(relation regclass, name text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = name AND a.attnum > 0 AND NOT a.attisdropped);
REVOKE ALL ON FUNCTION pulse_internal.has_column(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.has_column(regclass, text) TO pulse_admin, pulse_author, pulse_analyst;

GRANT EXECUTE ON FUNCTION pulse_internal.placeholders(text), pulse_internal.message_variables() TO pulse_analyst;
GRANT EXECUTE ON FUNCTION pulse_internal.word(text, text, text, text) TO pulse_admin, pulse_author, pulse_analyst;

-- the columns that a template names
CREATE OR REPLACE FUNCTION pulse_internal.template_columns(template text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT p.name
	FROM pulse_internal.template AS t,
		 LATERAL unnest(pulse_internal.placeholders(concat_ws(E'\n', t.subject_en, t.body_en, t.subject_zh, t.body_zh))) AS p(name)
	WHERE t.name = template_columns.template AND p.name <> ALL (pulse_internal.message_variables())
	ORDER BY p.name;
END;
REVOKE ALL ON FUNCTION pulse_internal.template_columns(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.template_columns(text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.check_template(name text DEFAULT NULL,
		OUT template text, OUT rule text, OUT step int, OUT placeholder text, OUT problem text) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.name, NULL::text, NULL::int, p.name,
		   CASE WHEN k.name IS NULL THEN format('There is no event "%s" any more.', t.event)
				ELSE format('The event "%s" has no column "%s" any more.', t.event, p.name) END
	FROM pulse_internal.template AS t
		 LEFT JOIN pulse_internal.event_kind AS k ON k.name = t.event
		 CROSS JOIN LATERAL pulse_internal.template_columns(t.name) AS p(name)
	WHERE (check_template.name IS NULL OR t.name = check_template.name)
	  AND t.event IS NOT NULL AND NOT coalesce(pulse_internal.has_column(k.relation, p.name), false)
	UNION ALL
	SELECT u.template, u.rule, u.step + 1, p.name,
		   format('The event "%s" of the rule has no column "%s": the usual text is sent instead.', u.event, p.name)
	FROM (SELECT DISTINCT x.template, x.rule, x.step, x.event, x.relation FROM pulse_internal.template_use AS x
		  WHERE (check_template.name IS NULL OR x.template = check_template.name) AND x.event IS NOT NULL) AS u
		 CROSS JOIN LATERAL pulse_internal.template_columns(u.template) AS p(name)
	WHERE NOT pulse_internal.has_column(u.relation, p.name)
	ORDER BY 1, 2 NULLS FIRST, 3, 4;
END;
REVOKE ALL ON FUNCTION pulse.check_template(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_template(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_template(text) IS
'What is wrong with a template, or with all (name NULL): a row for each placeholder that the event of a rule which uses it has no column for (rule, step from 1), or that the template''s own event has no longer (rule NULL). Such a message gets the usual text, and its case''s history says why. Rules about members, states and the clock are not looked at. No rows: all is well, or there is no such template.';

CREATE OR REPLACE FUNCTION pulse_internal.check_tongue(lang text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF lang NOT IN ('en', 'zh') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unknown language "%s"', lang),
			DETAIL = 'Explanations are given in English and Chinese.', HINT = 'Type ''en'' or ''zh''.';
	END IF;
	RETURN coalesce(lang, pulse.setting('language'));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_tongue(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_tongue(text) TO pulse_admin, pulse_author, pulse_analyst;

-- "mail rep", 邮件通知销售代表
CREATE OR REPLACE FUNCTION pulse_internal.act_words(verb text, role text, lang text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE lang WHEN 'zh'
		THEN CASE verb WHEN 'text' THEN '短信通知' WHEN 'mail' THEN '邮件通知' WHEN 'assign' THEN '指派' ELSE '通知' END
		ELSE verb || ' ' END || pulse_internal.word('role', '', role, lang);
REVOKE ALL ON FUNCTION pulse_internal.act_words(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.act_words(text, text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.template_lines(name text, lang text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.line
	FROM (SELECT x.*, template_lines.lang = 'zh' AS zh FROM pulse_internal.template AS x WHERE x.name = template_lines.name) AS t
	CROSS JOIN LATERAL (SELECT string_agg('{' || v || '}', CASE WHEN t.zh THEN '、' ELSE ', ' END ORDER BY v) AS usual
		FROM unnest(pulse_internal.placeholders(concat_ws(E'\n', t.subject_en, t.body_en, t.subject_zh, t.body_zh))) AS v
		WHERE v = ANY (pulse_internal.message_variables())) AS p
	CROSS JOIN LATERAL (SELECT string_agg(format(CASE WHEN t.zh THEN '{%s}（%s）' ELSE '{%s} (%s)' END,
			c, pulse_internal.word('column', coalesce(t.event, ''), c, template_lines.lang)), CASE WHEN t.zh THEN '、' ELSE ', ' END ORDER BY c) AS own
		FROM pulse_internal.template_columns(t.name) AS c) AS o
	CROSS JOIN LATERAL (VALUES
		(1, format(CASE WHEN t.zh THEN '模板“%s”有%s文本。' ELSE 'Template "%s" is a text in %s.' END, t.name,
			CASE WHEN t.body_en IS NULL THEN CASE WHEN t.zh THEN '中文' ELSE 'Chinese' END
				 WHEN t.body_zh IS NULL THEN CASE WHEN t.zh THEN '英文' ELSE 'English' END
				 WHEN t.zh THEN '中英文' ELSE 'English and Chinese' END)),
		(2, CASE WHEN t.urgent THEN CASE WHEN t.zh THEN '紧急：其消息优先发送，不等免打扰时段结束。'
			ELSE 'It is urgent: its messages go first and do not wait for quiet hours.' END END),
		(3, format(CASE WHEN t.zh THEN '凡经渠道“%s”发送而未指定模板的消息都用它。'
			ELSE 'It is the text of all messages on channel "%s" that name no other.' END, t.channel)),
		(4, format(CASE WHEN t.zh THEN '取自每条消息：%s。' ELSE 'Of every message it names %s.' END, p.usual)),
		(5, CASE WHEN t.event IS NULL
			THEN format(CASE WHEN t.zh THEN '取自起因事件的列：%s。' ELSE 'Of the event that began the case it names %s.' END, o.own)
			ELSE format(CASE WHEN t.zh THEN '取自事件“%2$s”的列：%1$s。' ELSE 'Of the event %2$s it names %1$s.' END, o.own,
				pulse_internal.word('event', '', t.event, template_lines.lang)) END)
	) AS l(place, line)
	WHERE l.line IS NOT NULL AND (l.place <> 3 OR t.channel IS NOT NULL) AND (l.place <> 4 OR p.usual IS NOT NULL)
	  AND (l.place <> 5 OR o.own IS NOT NULL)
	ORDER BY l.place;
END;
REVOKE ALL ON FUNCTION pulse_internal.template_lines(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.template_lines(text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.template_use_lines(name text, lang text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	(SELECT format(CASE template_use_lines.lang WHEN 'zh' THEN '规则“%s”第%s步使用它：%s。' ELSE 'Rule "%s" uses it in step %s: %s.' END,
				   u.rule, u.step + 1, pulse_internal.act_words(u.verb, u.role, template_use_lines.lang))
	 FROM pulse_internal.template_use AS u WHERE u.template = template_use_lines.name
	 ORDER BY u.rule, u.step, u.action)
	UNION ALL
	SELECT CASE template_use_lines.lang WHEN 'zh' THEN '没有规则使用它。' ELSE 'No rule uses it.' END
	WHERE NOT EXISTS (SELECT FROM pulse_internal.template_use AS u WHERE u.template = template_use_lines.name)
	UNION ALL
	(SELECT CASE template_use_lines.lang WHEN 'zh'
			THEN CASE WHEN c.rule IS NULL THEN format('注意：其事件已没有列 {%s}。', c.placeholder)
					  ELSE format('注意：规则“%s”（第%s步）的事件没有列 {%s}，届时改发通用文本。', c.rule, c.step, c.placeholder) END
			ELSE CASE WHEN c.rule IS NULL THEN format('Mind: its event has no column {%s} any more.', c.placeholder)
					  ELSE format('Mind: the event of rule "%s" (step %s) has no column {%s}, the usual text is sent instead.', c.rule, c.step, c.placeholder) END END
	 FROM pulse.check_template(template_use_lines.name) AS c ORDER BY c.rule NULLS FIRST, c.step, c.placeholder);
END;
REVOKE ALL ON FUNCTION pulse_internal.template_use_lines(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.template_use_lines(text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_template(name text, lang text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tongue text := pulse_internal.check_tongue(lang);
BEGIN
	PERFORM pulse_internal.require_template(name);
	RETURN concat_ws(E'\n', VARIADIC ARRAY(SELECT l FROM pulse_internal.template_lines(name, tongue) AS l)
		|| ARRAY(SELECT l FROM pulse_internal.template_use_lines(name, tongue) AS l));
END
$$;
REVOKE ALL ON FUNCTION pulse.explain_template(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_template(text, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_template(text, text) IS
'A template said in sentences, one a line: its languages, what it names of every message and of the event (with the labels), whether it is urgent or a channel''s, which steps of which rules use it, and where a rule''s event lacks a column (see check_template). lang: ''en'' or ''zh''; NULL is the setting language. Errors: SP606 no such template, 22023 unknown language.';

-- ---- channels --------------------------------------------------------------------------------

-- "20 per minute", 每分钟20条
CREATE OR REPLACE FUNCTION pulse_internal.limit_words(max_messages int, span interval, lang text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE lang WHEN 'zh'
		THEN (SELECT '每' || p[1] || CASE p[2] WHEN 'second' THEN '秒' WHEN 'minute' THEN '分钟' WHEN 'hour' THEN '小时' ELSE '天' END || max_messages || '条'
			  FROM regexp_match(pulse_internal.limit_text(max_messages, span), 'per (\d*) ?(second|minute|hour|day)') AS p)
		ELSE pulse_internal.limit_text(max_messages, span) END;
REVOKE ALL ON FUNCTION pulse_internal.limit_words(int, interval, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.limit_words(int, interval, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.require_known_channel(name text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IN ('mail', 'sms') OR EXISTS (SELECT FROM pulse_internal.channel AS c WHERE c.name = require_known_channel.name)
		OR EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.channel = require_known_channel.name) THEN
		RETURN;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SP605', MESSAGE = format('unknown channel: "%s"', name),
		DETAIL = 'It is neither mail nor sms, nor made with pulse.create_channel(), and no template is for it.',
		HINT = 'Look at SELECT * FROM pulse.channels.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_known_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_known_channel(text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.channel_lines(name text, lang text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.line
	FROM (SELECT channel_lines.lang = 'zh' AS zh, CASE channel_lines.lang WHEN 'zh' THEN '、' ELSE ', ' END AS comma) AS t
	CROSS JOIN LATERAL (
		SELECT string_agg(pulse_internal.limit_words(l.max_messages, l.span, channel_lines.lang), t.comma ORDER BY l.span) FILTER (WHERE NOT l.per_recipient) AS whole,
			   string_agg(pulse_internal.limit_words(l.max_messages, l.span, channel_lines.lang), t.comma ORDER BY l.span) FILTER (WHERE l.per_recipient) AS each
		FROM pulse_internal.channel_limit AS l WHERE l.channel = channel_lines.name) AS o
	LEFT JOIN pulse_internal.channel AS c ON c.name = channel_lines.name
	LEFT JOIN pulse_internal.template AS m ON m.channel = channel_lines.name
	CROSS JOIN LATERAL (
		SELECT string_agg(format(CASE WHEN t.zh THEN '%s至%s%s' ELSE '%s to %s%s' END, to_char(q.since, 'HH24:MI'), to_char(q.until, 'HH24:MI'),
				CASE WHEN q.calendar IS NULL THEN ''
					 ELSE format(CASE WHEN t.zh THEN '（及日历“%s”的休息日）' ELSE ' (and on days off of calendar "%s")' END, q.calendar) END), t.comma ORDER BY q.since) AS hours
		FROM pulse.quiet_hours AS q WHERE q.channel = channel_lines.name AND q.staff IS NULL AND q.org_path IS NULL) AS q
	CROSS JOIN LATERAL (
		SELECT string_agg(format(CASE WHEN t.zh THEN '“%s”第%s步' ELSE '"%s" (step %s)' END, x.name, x.step + 1), t.comma ORDER BY x.name, x.step) AS rules
		FROM (SELECT DISTINCT r.name, a.step FROM pulse_internal.rule_action AS a JOIN pulse_internal.rule AS r ON r.rule_id = a.rule_id
			  WHERE a.verb = CASE channel_lines.name WHEN 'sms' THEN 'text' WHEN 'mail' THEN 'mail' END) AS x) AS u
	CROSS JOIN LATERAL (VALUES
		(1, CASE WHEN o.whole IS NOT NULL
			THEN format(CASE WHEN t.zh THEN '渠道“%s”：所有发送程序合计最多%s，此刻还可发%s条。'
				ELSE 'Channel "%s": at most %s, all workers together; %s may go now.' END, channel_lines.name, o.whole, pulse_internal.channel_room(channel_lines.name))
			ELSE format(CASE WHEN t.zh THEN '渠道“%s”：总量没有限制。' ELSE 'Channel "%s" has no limit for all.' END, channel_lines.name) END),
		(2, CASE WHEN o.each IS NOT NULL THEN format(CASE WHEN t.zh THEN '每个接收人最多%s。' ELSE 'For each recipient at most %s.' END, o.each) END),
		(3, CASE WHEN o.whole IS NULL AND o.each IS NULL THEN NULL
			WHEN c.overflow = 'digest' THEN CASE WHEN t.zh THEN '超过限制的，同一接收人合并成一条清单。' ELSE 'What is over a limit becomes one message for each recipient, with a list.' END
			ELSE CASE WHEN t.zh THEN '超过限制的排队等候。' ELSE 'What is over a limit waits.' END END),
		(4, CASE WHEN q.hours IS NOT NULL THEN format(CASE WHEN t.zh THEN '免打扰时段：%s；紧急消息除外。' ELSE 'It is quiet from %s, but for urgent messages.' END, q.hours) END),
		(5, CASE WHEN m.name IS NOT NULL THEN format(CASE WHEN t.zh THEN '未指定模板的消息用模板“%s”。' ELSE 'Messages that name no other template have "%s".' END, m.name) END),
		(6, CASE WHEN u.rules IS NOT NULL THEN format(CASE WHEN t.zh THEN '直接用它的规则：%s。' ELSE 'Rules that write on it: %s.' END, u.rules) END),
		(7, CASE WHEN t.zh THEN '“通知”和“指派”用接收人偏好的渠道。' ELSE 'Notify and assign take the channel that the recipient prefers.' END)
	) AS l(place, line)
	WHERE l.line IS NOT NULL ORDER BY l.place;
END;
REVOKE ALL ON FUNCTION pulse_internal.channel_lines(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.channel_lines(text, text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_channel(name text, lang text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tongue text := pulse_internal.check_tongue(lang);
BEGIN
	PERFORM pulse_internal.require_known_channel(name);
	RETURN array_to_string(ARRAY(SELECT l FROM pulse_internal.channel_lines(name, tongue) AS l), E'\n');
END
$$;
REVOKE ALL ON FUNCTION pulse.explain_channel(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_channel(text, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_channel(text, text) IS
'A channel said in sentences, one a line: its limits and what may go now, what becomes of messages over them, its quiet hours, its template, the rules that write on it. lang: ''en'' or ''zh''; NULL is the setting language. Errors: SP605 no such channel, 22023 unknown language.';

-- how many, not who: the caller may not be one who may read the staff
CREATE OR REPLACE FUNCTION pulse_internal.staff_without_address(channel text) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT count(*) FROM pulse_internal.people(true) AS s
			WHERE s.channel = staff_without_address.channel AND pulse_internal.address(s.channel, s.id, s.email, s.mobile) IS NULL);
ALTER FUNCTION pulse_internal.staff_without_address(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.staff_without_address(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.staff_without_address(text) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.check_channel(name text, OUT problem text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.require_known_channel(name);
	RETURN QUERY
	SELECT p.problem, p.what_to_do
	FROM (SELECT 1, format('Staff who prefer this channel and have no address on it: %s.', s.staff),
				 'Their messages go by mail, or by SMS: mend the columns of map_staff().'
		  FROM pulse_internal.staff_without_address(check_channel.name) AS s(staff) WHERE s.staff > 0
		  UNION ALL
		  SELECT 2, format('Messages that wait, though some may go: %s, the oldest for %s.', o.messages, (pulse.clock() - o.oldest)::interval(0)),
				 'No relay takes them: start it, with this channel in its configuration.'
		  FROM pulse.stat_outbox AS o
		  WHERE o.channel = check_channel.name AND o.state = 'queued' AND o.oldest < pulse.clock() - interval '15 minutes'
			AND coalesce(pulse_internal.channel_room(check_channel.name), 1) > 0
		  UNION ALL
		  SELECT 3, format('Messages that are %s: %s.', o.state, o.messages),
				 CASE o.state WHEN 'unaddressed' THEN 'Mend the roles; then SELECT pulse.readdress_messages();'
					WHEN 'unknown' THEN 'They may have been sent. Look at the provider; pulse.retry_messages(ids) sends again.'
					ELSE 'SELECT message_id, last_error FROM pulse.messages; then pulse.retry_messages(ids).' END
		  FROM pulse.stat_outbox AS o WHERE o.channel = check_channel.name AND o.state IN ('unknown', 'failed', 'dead', 'unaddressed')
		  UNION ALL
		  SELECT 4, format('Its template "%s"%s: %s', c.template, ', in rule "' || c.rule || '", step ' || c.step, c.problem), 'See pulse.explain_template().'
		  FROM pulse_internal.template AS t, LATERAL pulse.check_template(t.name) AS c WHERE t.channel = check_channel.name
	) AS p(place, problem, what_to_do) ORDER BY p.place, p.problem;
END
$$;
REVOKE ALL ON FUNCTION pulse.check_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_channel(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_channel(text) IS
'What is wrong with a channel, and what to do: staff who prefer it and have no address on it, messages that no relay takes, messages that failed, a template that some rule cannot fill. No rows: all is well. Reads the whole outbox. Error SP605: no such channel.';
