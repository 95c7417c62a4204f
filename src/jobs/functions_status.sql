-- ---- jobs: the texts of pulse.status, in both languages ----------------------------------

-- One catalogue: what is found is told by the key of a text and what to put into it.
CREATE OR REPLACE FUNCTION pulse_internal.status_text(key text, said text[], lang text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format(CASE status_text.lang WHEN 'zh' THEN t.zh ELSE t.en END,
				  VARIADIC CASE WHEN status_text.lang = 'zh' THEN ARRAY(
						SELECT CASE WHEN u.s ~ '^-?\d+ (year|mon|day)s?\y.*\d\d:\d\d:\d\d$'	-- an interval
									THEN regexp_replace(regexp_replace(regexp_replace(u.s, ' years?\y', ' 年'), ' mons?\y', ' 个月'), ' days?\y', ' 天') ELSE u.s END
						FROM unnest(status_text.said) WITH ORDINALITY AS u(s, n) ORDER BY u.n)
					ELSE coalesce(status_text.said, '{}') END)
	FROM (VALUES
		-- what it is about
		('version', 'version', '版本'),
		('clock', 'clock', '时钟'),
		('tick', 'tick', '定时处理'),
		('job', 'job %s', '任务 %s'),
		('delivery', 'delivery', '投递'),
		('outbox', 'outbox', '发件箱'),
		('capture', 'capture', '采集'),
		('consumer', 'consumer %s', '消费者 %s'),
		('watch', 'watch %s', '监视 %s'),
		('event', 'event %s', '事件 %s'),
		('rule', 'rule %s', '规则 %s'),
		('report', 'report %s', '报表 %s'),
		('rollup', 'rollup %s', '汇总 %s'),
		('health', 'health %s', '健康度 %s'),
		('KPI', 'KPI %s', '指标 %s'),
		('page', 'page %s', '页面 %s'),
		('staff', 'staff', '员工映射'),
		('role', 'role %s', '角色 %s'),
		('key', 'key %s', '对象键 %s'),
		('fallback role', 'fallback role', '兜底角色'),
		-- how it is
		('as it says', '%s', '%s'),
		('library differs', 'library %s, SQL %s', '程序库 %s，SQL %s'),
		('clock stopped', 'stopped at %s (%s)', '停在 %s（%s）'),
		('failed', 'failed: %s', '失败：%s'),
		('never run', 'has never run', '从未运行'),
		('last run', 'last run %s ago', '上次运行在 %s 前'),
		('held', 'held', '已暂停'),
		('waiting', '%s waiting', '待发 %s 条'),
		('waiting since', '%s waiting, the oldest for %s', '待发 %s 条，最早的已等 %s'),
		('n unknown', '%s unknown', '%s 条结果不明'),
		('n failed', '%s failed', '%s 条失败'),
		('n dead', '%s dead', '%s 条已放弃'),
		('n unaddressed', '%s unaddressed', '%s 条无收件人'),
		('behind', '%s behind', '落后 %s'),
		('held back', '%s behind, held back by process %s since %s', '落后 %s，自 %3$s 起被进程 %2$s 挡住'),
		('gaps', '%s gaps, the first since %s', '有 %s 处缺口，最早的自 %s 起'),
		('not captured', '%s rows could not be captured, the last at %s', '%s 行未能采集，最近一次在 %s'),
		('no partition', 'no partition for the month to come', '下个月没有分区'),
		('broken', 'broken', '已失效'),
		('broken by', 'broken: %s', '已失效：%s'),
		('suspended', 'suspended', '已停用'),
		('suspended by', 'suspended: %s', '已停用：%s'),
		('stale', 'stale', '待重建'),
		('stale by', 'stale: %s', '待重建：%s'),
		('not mapped', 'not mapped', '未映射'),
		('role known', '%s', '%s'),
		('role unknown', '%s is not mapped', '%s 未映射'),
		('role of rule', '%s of rule %s', '规则 %2$s 的 %1$s'),
		('role of rule unknown', '%s of rule %s is not mapped', '规则 %2$s 的 %1$s 未映射'),
		('not sent', 'could not be sent: %s', '未能发送：%s'),
		-- what to do
		('do update', 'ALTER EXTENSION salespulse UPDATE; in each database, and reconnect.', '在每个数据库执行 ALTER EXTENSION salespulse UPDATE; 然后重新连接。'),
		('do set clock', 'SELECT pulse.set_clock(NULL); when the replay is over.', '回放结束后执行 SELECT pulse.set_clock(NULL);'),
		('do tick', 'SELECT pulse.tick(); shows the error in full.', 'SELECT pulse.tick(); 显示完整的错误。'),
		('do schedule', 'SELECT pulse.schedule(); or let any scheduler CALL pulse.run() each minute.', '执行 SELECT pulse.schedule(); 或让任何调度程序每分钟执行 CALL pulse.run()。'),
		('do wait for job', 'It is tried again when next due; SELECT * FROM pulse.stat_jobs.', '下次到期时再试；见 SELECT * FROM pulse.stat_jobs。'),
		('do resume', 'This database is a copy or was restored. If it is the one that delivers: SELECT pulse.resume_delivery();', '此库是副本或恢复所得。若应由它投递，执行 SELECT pulse.resume_delivery();'),
		('do relay', 'Start the relay, or see its log.', '启动投递程序，或查看其日志。'),
		('do readdress', 'Nobody was found, or has no address: mend the roles (pulse.messages says which), then SELECT pulse.readdress_messages();',
			'找不到人，或其没有地址：修正角色（pulse.messages 列出是哪些），再执行 SELECT pulse.readdress_messages();'),
		('do look at provider', 'They may have been sent. Look at the provider; pulse.retry_messages(ids) sends again.', '可能已经发出。请到服务商处核对；pulse.retry_messages(ids) 会重发。'),
		('do retry', 'SELECT message_id, last_error FROM pulse.messages; then pulse.retry_messages(ids).', '执行 SELECT message_id, last_error FROM pulse.messages; 再执行 pulse.retry_messages(ids)。'),
		('do end transaction', 'Process %s writes events in a transaction that stays open: end it.', '进程 %s 在一个未结束的事务中写入事件：请结束它。'),
		('do run', 'Let the tick run: CALL pulse.run();', '让定时处理运行：CALL pulse.run();'),
		('do repair watch', 'SELECT pulse.repair_watch(%s, %s);', '执行 SELECT pulse.repair_watch(%s, %s);'),
		('do look at errors', 'SELECT * FROM pulse.capture_errors;', '见 SELECT * FROM pulse.capture_errors;'),
		('do run for partition', 'Let the tick run: CALL pulse.run(); SELECT * FROM pulse.stat_jobs says what stopped it.', '让定时处理运行：CALL pulse.run(); SELECT * FROM pulse.stat_jobs 说明它为何停止。'),
		('do resume rule', 'Mend it, then SELECT pulse.set_rule_mode(%s, %s);', '修正后执行 SELECT pulse.set_rule_mode(%s, %s);'),
		('do alter rule', 'Its names have vanished: pulse.alter_rule() or pulse.drop_rule().', '它引用的名称已不存在：执行 pulse.alter_rule() 或 pulse.drop_rule()。'),
		('do map staff', 'SELECT pulse.map_staff(...): nobody can be written to before.', '执行 SELECT pulse.map_staff(...)：此前无法给任何人发消息。'),
		('do map role', 'SELECT pulse.map_role(%s, holder => ...); nobody gets what finds nobody before.', '执行 SELECT pulse.map_role(%s, holder => ...)；此前找不到收件人的消息无人收到。'),
		('do map again', 'Its table cannot be read as mapped: pulse.%s again.', '其表已不能按映射读取：重新执行 pulse.%s。'),
		('do mend report', 'Mend what it reads, or SELECT pulse.create_report(%s, ...) anew.', '修正它读取的对象，或重新执行 SELECT pulse.create_report(%s, ...)。'),
		('do rebuild', 'SELECT pulse.rebuild_rollup(%s);', '执行 SELECT pulse.rebuild_rollup(%s);'),
		('do refresh health', 'Mend the model or its table, then SELECT pulse.refresh_health(%s).', '修正模型或其表，再执行 SELECT pulse.refresh_health(%s)。'),
		('do check KPI', 'SELECT * FROM pulse.check_kpi(%s); then mend its function, or pulse.alter_kpi().', '执行 SELECT * FROM pulse.check_kpi(%s); 再修正其函数，或执行 pulse.alter_kpi()。'),
		('do check page', 'SELECT * FROM pulse.check_page(%s); it is tried again each minute.', '执行 SELECT * FROM pulse.check_page(%s); 每分钟会再试。')
		) AS t(key, en, zh)
	WHERE t.key = status_text.key;
END;
REVOKE ALL ON FUNCTION pulse_internal.status_text(text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.status_text(text, text[], text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- Of what has a state and perhaps a reason.
CREATE OR REPLACE FUNCTION pulse_internal.state_text(state text, reason text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN state || CASE WHEN reason IS NULL THEN '' ELSE ' by' END;
REVOKE ALL ON FUNCTION pulse_internal.state_text(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.state_text(text, text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
