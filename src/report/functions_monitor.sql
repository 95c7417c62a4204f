-- ---- report: how the rules are doing, as a page ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_rule_page(name text DEFAULT 'rules', title_en text DEFAULT 'Rules', title_zh text DEFAULT '规则监控') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse.create_page(name, title_en, jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'Rules', 'title_zh', '规则', 'unit', 'count', 'query', $q$
			SELECT x.label, x.value, x.note, x.verdict
			FROM (SELECT count(*) FILTER (WHERE r.mode = 'live') AS live, count(*) FILTER (WHERE r.state <> 'ok') AS broken, sum(r.open_waits) AS waits
				  FROM pulse.stat_rules AS r) AS r,
				 (SELECT count(*) FILTER (WHERE f.due_at >= ($2 - 6)::timestamptz) AS week, count(*) FILTER (WHERE f.due_at < ($2 - 6)::timestamptz) AS before
				  FROM pulse.firings AS f WHERE f.due_at >= ($2 - 13)::timestamptz AND f.due_at < ($2 + 1)::timestamptz AND NOT f.superseded) AS f,
				 (SELECT sum(o.messages) FILTER (WHERE o.state IN ('queued', 'claimed')) AS waiting,
						 sum(o.messages) FILTER (WHERE o.state IN ('failed', 'dead', 'unknown', 'unaddressed')) AS trouble FROM pulse.stat_outbox AS o) AS o,
				 LATERAL (VALUES
					(1, CASE $3 WHEN 'zh' THEN '运行中的规则' ELSE 'Live' END, r.live::numeric,
					 CASE $3 WHEN 'zh' THEN r.broken || ' 条有故障' ELSE r.broken || ' broken' END, CASE WHEN r.broken > 0 THEN 'worse' END),
					(2, CASE $3 WHEN 'zh' THEN '等待中' ELSE 'Waiting' END, coalesce(r.waits, 0), CASE $3 WHEN 'zh' THEN '等待结果的事项' ELSE 'for something to happen' END, NULL),
					(3, CASE $3 WHEN 'zh' THEN '近七日触发' ELSE 'Fired in seven days' END, f.week,
					 CASE $3 WHEN 'zh' THEN '前七日 ' || f.before ELSE f.before || ' in the seven before' END, NULL),
					(4, CASE $3 WHEN 'zh' THEN '待发消息' ELSE 'Messages waiting' END, coalesce(o.waiting, 0),
					 CASE $3 WHEN 'zh' THEN coalesce(o.trouble, 0) || ' 条有问题' ELSE coalesce(o.trouble, 0) || ' in trouble' END,
					 CASE WHEN o.trouble > 0 THEN 'worse' END)) AS x(n, label, value, note, verdict)
			ORDER BY x.n $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Each rule', 'title_zh', '各条规则', 'wide', true,
			'units', jsonb_build_array('', '', 'band', 'count', 'count', 'count', ''),
			'note_en', 'Answered: what the rule waited for has happened.', 'note_zh', '已有结果：所等待的事已经发生。',
			'headings_en', jsonb_build_array('Rule', 'Mode', 'State', 'Waiting', 'Fired', 'Answered', 'Last fired'),
			'headings_zh', jsonb_build_array('规则', '模式', '状态', '等待中', '触发', '已有结果', '最近触发'), 'query', $q$
			SELECT r.rule, CASE WHEN $3 <> 'zh' THEN r.mode ELSE CASE r.mode WHEN 'live' THEN '运行' WHEN 'shadow' THEN '影子' ELSE '草稿' END END AS mode, CASE r.state WHEN 'ok' THEN 'ok' ELSE 'fail' END AS state, r.open_waits, r.firings, r.answered,
				   to_char(r.last_firing_at, 'YYYY-MM-DD HH24:MI') AS last_fired
			FROM pulse.stat_rules AS r ORDER BY r.state = 'ok', r.firings DESC, r.rule LIMIT 50 $q$),
		jsonb_build_object('kind', 'line', 'title_en', 'Fired a day', 'title_zh', '每日触发', 'unit', 'count', 'query', $q$
			SELECT to_char(g.day, 'MM-DD') AS day, count(f.firing_id) AS fired
			FROM (SELECT $2 - n AS day FROM generate_series(27, 0, -1) AS n) AS g
			LEFT JOIN pulse.firings AS f ON f.due_at >= g.day::timestamptz AND f.due_at < (g.day + 1)::timestamptz AND NOT f.superseded
			GROUP BY g.day ORDER BY g.day $q$),
		jsonb_build_object('kind', 'bar', 'title_en', 'Outbox', 'title_zh', '发件箱', 'unit', 'count', 'query', $q$
			SELECT CASE WHEN $3 = 'zh' THEN CASE o.channel WHEN 'mail' THEN '邮件' WHEN 'sms' THEN '短信' ELSE o.channel END ELSE o.channel END || CASE $3 WHEN 'zh' THEN '，' ELSE ', ' END || CASE WHEN $3 <> 'zh' THEN o.state ELSE CASE o.state WHEN 'queued' THEN '待发' WHEN 'claimed' THEN '发送中'
					 WHEN 'unknown' THEN '不明' WHEN 'sent' THEN '已发' WHEN 'delivered' THEN '已达' WHEN 'failed' THEN '失败' WHEN 'dead' THEN '放弃'
					 WHEN 'withdrawn' THEN '撤回' ELSE '无收件人' END END AS label, o.messages
			FROM pulse.stat_outbox AS o ORDER BY o.channel, o.state LIMIT 30 $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Due next', 'title_zh', '即将到期',
			'headings_en', jsonb_build_array('Rule', 'Key', 'Waits for', 'Due'), 'headings_zh', jsonb_build_array('规则', '对象', '等待', '到期'), 'query', $q$
			SELECT w.rule, w.key, w.waits_for, to_char(w.due_at, 'MM-DD HH24:MI') AS due
			FROM pulse.waits AS w WHERE w.due_at IS NOT NULL AND w.end_reason IS NULL ORDER BY w.due_at, w.rule, w.key LIMIT 10 $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Status', 'title_zh', '运行状态', 'wide', true, 'units', jsonb_build_array('', 'band', '', ''),
			'headings_en', jsonb_build_array('Component', 'State', 'Value', 'What to do'), 'headings_zh', jsonb_build_array('组件', '状态', '值', '怎么办'), 'query', $q$
			SELECT pulse_internal.status_text(f.about, ARRAY[f.name], $3) AS component, f.state, pulse_internal.status_text(f.says, f.says_of, $3) AS value,
				   pulse_internal.status_text(f.advice, f.advice_of, $3) AS what_to_do
			FROM pulse_internal.found AS f ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], f.state), 1, 3 $q$)),
		title_zh);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_rule_page(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_rule_page(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_rule_page(text, text, text) IS
'Makes a page that shows how the rules are doing: which are live or broken, waits open, firings by day, the outbox by channel and state, what comes due next, and pulse.status. Errors: as create_page().';
