-- ---- jobs: what needs somebody ------------------------------------------------------------
-- Views of findings: what it is about (the key of a text, and a name), the state, how it is and
-- what to do (keys, and what to put in); see functions_status.sql.

CREATE OR REPLACE VIEW pulse_internal.found_outbox WITH (security_invoker = true) AS
	WITH waiting AS (
		SELECT count(*) AS messages, min(q.not_before) AS oldest
		FROM pulse_internal.queue AS q
		WHERE NOT q.withdraw AND q.not_before <= pulse.clock()
	), trouble AS (
		SELECT d.state, count(*) AS messages FROM pulse_internal.delivery AS d
		WHERE d.state IN ('unknown', 'failed', 'dead', 'unaddressed') GROUP BY d.state
	)
	SELECT 'delivery' AS about, NULL::text AS name, 'fail' AS state, 'held' AS says, NULL::text[] AS says_of, 'do resume' AS advice, NULL::text[] AS advice_of
	WHERE pulse_internal.delivery_held()
	UNION ALL
	SELECT 'outbox', NULL, CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'warn' ELSE 'ok' END,
		   CASE WHEN w.oldest IS NULL THEN 'waiting' ELSE 'waiting since' END,
		   ARRAY[w.messages::text, (pulse.clock() - w.oldest)::interval(0)::text],
		   CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'do relay' END, NULL
	FROM waiting AS w
	UNION ALL
	SELECT 'outbox', NULL, CASE t.state WHEN 'unknown' THEN 'warn' WHEN 'failed' THEN 'warn' ELSE 'fail' END,
		   'n ' || t.state, ARRAY[t.messages::text],
		   CASE t.state WHEN 'unaddressed' THEN 'do readdress' WHEN 'unknown' THEN 'do look at provider' ELSE 'do retry' END, NULL
	FROM trouble AS t;
COMMENT ON VIEW pulse_internal.found_outbox IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_events WITH (security_invoker = true) AS
	SELECT 'consumer' AS about, c.consumer AS name, CASE WHEN c.holder_passed OR c.behind > interval '15 minutes' THEN 'warn' ELSE 'ok' END AS state,
		   CASE WHEN c.holder IS NULL THEN 'behind' ELSE 'held back' END AS says,
		   ARRAY[greatest(c.behind, interval '0')::interval(0)::text, c.holder::text, c.held_since::timestamptz(0)::text] AS says_of,
		   CASE WHEN c.holder_passed THEN 'do end transaction' WHEN c.behind > interval '15 minutes' THEN 'do run' END AS advice,
		   ARRAY[c.holder::text] AS advice_of
	FROM pulse.stat_consumers AS c
	UNION ALL
	SELECT 'watch', w.relation::text, CASE w.state WHEN 'broken' THEN 'fail' ELSE 'warn' END,
		   pulse_internal.state_text(w.state, w.reason), ARRAY[w.reason],
		   'do repair watch', ARRAY[quote_literal(w.relation::text), quote_literal(k.name)]
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id WHERE w.state <> 'ok'
	UNION ALL
	SELECT 'watch', w.relation::text, 'warn', 'gaps', ARRAY[w.gaps::text, w.first_gap_at::timestamptz(0)::text],
		   'do repair watch', ARRAY[quote_literal(w.relation::text), quote_literal(w.event)]
	FROM pulse.stat_watches AS w WHERE w.state = 'ok' AND w.gaps > 0
	UNION ALL
	SELECT 'capture', NULL, 'warn', 'not captured', ARRAY[count(*)::text, max(e.failed_at)::timestamptz(0)::text], 'do look at errors', NULL
	FROM pulse_internal.capture_error AS e HAVING count(*) > 0
	UNION ALL
	-- rows whose month has no leaf go to the default one: it should be empty
	SELECT 'event', k.name, 'warn', 'no partition', NULL, 'do run for partition', NULL
	FROM pulse_internal.event_kind AS k
	JOIN pg_class AS c ON c.oid = k.relation	-- it may have been dropped by hand
	WHERE NOT pulse_internal.has_leaf(k.relation, (date_trunc('month', pulse.clock() AT TIME ZONE 'UTC')
												   + interval '1 month') AT TIME ZONE 'UTC');
COMMENT ON VIEW pulse_internal.found_events IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_rules WITH (security_invoker = true) AS
	SELECT 'rule' AS about, r.name, 'fail' AS state, pulse_internal.state_text(r.state, r.reason) AS says, ARRAY[r.reason] AS says_of,
		   CASE r.state WHEN 'suspended' THEN 'do resume rule' ELSE 'do alter rule' END AS advice,
		   ARRAY[quote_literal(r.name), quote_literal(r.mode)] AS advice_of
	FROM pulse.rules AS r WHERE r.state <> 'ok'
	UNION ALL
	SELECT 'staff', NULL, 'warn', 'not mapped', NULL, 'do map staff', NULL
	WHERE NOT EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'staff')
	  AND EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.mode = 'live')
	UNION ALL
	-- who gets what nobody is found for, where a live rule may need it
	SELECT 'fallback role', NULL, CASE WHEN k.known THEN 'ok' ELSE 'warn' END,
		   CASE WHEN k.rule IS NULL THEN 'role ' || CASE WHEN k.known THEN 'known' ELSE 'unknown' END
				ELSE 'role of rule' || CASE WHEN k.known THEN '' ELSE ' unknown' END END,
		   ARRAY[k.role, quote_ident(k.rule)],
		   CASE WHEN NOT k.known THEN 'do map role' END, ARRAY[quote_literal(k.role)]
	FROM (SELECT f.rule, f.role, EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'role' AND m.name = f.role) AS known
		  FROM (SELECT NULL AS rule, pulse.setting('fallback_role') AS role
				WHERE EXISTS (SELECT FROM pulse_internal.rule AS r LEFT JOIN pulse_internal.rule_fallback AS o ON o.rule_id = r.rule_id
							  WHERE r.mode = 'live' AND o.rule_id IS NULL)
				UNION ALL
				SELECT r.name, o.role FROM pulse_internal.rule_fallback AS o JOIN pulse_internal.rule AS r ON r.rule_id = o.rule_id
				WHERE r.mode = 'live') AS f) AS k
	UNION ALL
	SELECT m.kind, nullif(m.name, ''), 'fail', pulse_internal.state_text(m.state, m.reason), ARRAY[m.reason],
		   'do map again', ARRAY[CASE m.kind WHEN 'staff' THEN 'map_staff()' WHEN 'role' THEN 'map_role()' ELSE 'describe_key()' END]
	FROM (SELECT g.kind, g.name, g.state, pulse_internal.shown_reason('mapping', g.mapping_id::text) AS reason
		  FROM pulse_internal.mapping AS g WHERE g.state <> 'ok') AS m
	UNION ALL
	SELECT 'report', p.name, 'fail', pulse_internal.state_text(p.state, p.reason), ARRAY[p.reason], 'do mend report', ARRAY[quote_literal(p.name)]
	FROM (SELECT g.name, g.state, pulse_internal.shown_reason('report', g.report_id::text) AS reason FROM pulse_internal.report AS g WHERE g.state <> 'ok') AS p
	UNION ALL
	SELECT 'rollup', u.name, CASE u.state WHEN 'stale' THEN 'warn' ELSE 'fail' END,
		   pulse_internal.state_text(u.state, u.reason), ARRAY[u.reason], 'do rebuild', ARRAY[quote_literal(u.name)]
	FROM pulse.rollups AS u WHERE u.state <> 'ok'
	UNION ALL
	SELECT 'health', h.model, 'fail', pulse_internal.state_text(h.state, h.reason), ARRAY[h.reason], 'do refresh health', ARRAY[quote_literal(h.model)]
	FROM pulse.stored_health AS h WHERE h.state <> 'ok';
COMMENT ON VIEW pulse_internal.found_rules IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_jobs WITH (security_invoker = true) AS
	SELECT 'version' AS about, NULL::text AS name, CASE WHEN v.same THEN 'ok' ELSE 'fail' END AS state,
		   CASE WHEN v.same THEN 'as it says' ELSE 'library differs' END AS says, ARRAY[v.library, v.installed] AS says_of,
		   CASE WHEN NOT v.same THEN 'do update' END AS advice, NULL::text[] AS advice_of
	FROM (SELECT l.library, e.extversion AS installed, l.library = e.extversion AS same
		  FROM pg_extension AS e, (SELECT pulse_internal.library_version()::text AS library) AS l
		  WHERE e.extname = 'salespulse') AS v
	UNION ALL
	SELECT 'clock', NULL, 'warn', 'clock stopped',
		   ARRAY[to_char(pulse.clock() AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI'), pulse.setting('timezone')],
		   'do set clock', NULL
	WHERE pulse.setting('clock') <> 'system'
	UNION ALL
	SELECT 'tick', NULL, CASE WHEN t.last_error IS NOT NULL THEN 'fail'
							  WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN 'ok' ELSE 'warn' END,
		   CASE WHEN t.last_error IS NOT NULL THEN 'failed' WHEN t.finished_at IS NULL THEN 'never run' ELSE 'last run' END,
		   ARRAY[coalesce(t.last_error, (clock_timestamp() - t.finished_at)::interval(0)::text)],
		   CASE WHEN t.last_error IS NOT NULL THEN 'do tick'
				WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN NULL ELSE 'do schedule' END, NULL
	FROM (SELECT 1) AS always LEFT JOIN (SELECT g.finished_at, pulse_internal.shown_reason('job', g.name) AS last_error
			FROM pulse_internal.job AS g WHERE g.name = 'tick') AS t ON true
	UNION ALL
	SELECT 'job', j.name, 'fail', 'failed', ARRAY[j.last_error], 'do wait for job', NULL
	FROM (SELECT g.name, pulse_internal.shown_reason('job', g.name) AS last_error FROM pulse_internal.job AS g WHERE g.name <> 'tick') AS j
	WHERE j.last_error IS NOT NULL;
COMMENT ON VIEW pulse_internal.found_jobs IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found_reports WITH (security_invoker = true) AS
	SELECT 'KPI' AS about, k.name, 'fail' AS state, 'as it says' AS says, ARRAY[k.reason] AS says_of, 'do check KPI' AS advice, ARRAY[quote_literal(k.name)] AS advice_of
	FROM (SELECT g.name, pulse_internal.shown_reason('kpi', g.kpi_id::text) AS reason FROM pulse_internal.kpi AS g WHERE g.state <> 'ok') AS k
	UNION ALL
	SELECT 'page', p.name, 'fail', 'not sent', ARRAY[p.reason], 'do check page', ARRAY[quote_literal(p.name)]
	FROM (SELECT g.name, pulse_internal.shown_reason('page', g.page_id::text) AS reason FROM pulse_internal.page AS g) AS p WHERE p.reason IS NOT NULL;
COMMENT ON VIEW pulse_internal.found_reports IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.found WITH (security_invoker = true) AS
	SELECT * FROM pulse_internal.found_jobs
	UNION ALL SELECT * FROM pulse_internal.found_events
	UNION ALL SELECT * FROM pulse_internal.found_rules
	UNION ALL SELECT * FROM pulse_internal.found_outbox
	UNION ALL SELECT * FROM pulse_internal.found_reports;
COMMENT ON VIEW pulse_internal.found IS 'What pulse.status tells, before it is put into words.';

CREATE OR REPLACE VIEW pulse.status WITH (security_invoker = true) AS
	SELECT pulse_internal.status_text(f.about, ARRAY[f.name], 'en') AS component, f.state,
		   pulse_internal.status_text(f.says, f.says_of, 'en') AS value, pulse_internal.status_text(f.advice, f.advice_of, 'en') AS what_to_do
	FROM pulse_internal.found AS f
	ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], f.state), 1, 3;
COMMENT ON VIEW pulse.status IS
'How salespulse is doing here, the worst first: component, state (ok, warn, fail), value, and what_to_do, the statement to type. No row but ok: nothing to do. In Chinese: pulse.explain_status(''zh'').';
GRANT SELECT ON pulse.status, pulse_internal.found, pulse_internal.found_jobs, pulse_internal.found_events,
	pulse_internal.found_rules, pulse_internal.found_outbox, pulse_internal.found_reports
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_status(lang text DEFAULT NULL, OUT component text, OUT state text, OUT value text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
	SELECT pulse_internal.status_text(f.about, ARRAY[f.name], l.lang), f.state,
		   pulse_internal.status_text(f.says, f.says_of, l.lang), pulse_internal.status_text(f.advice, f.advice_of, l.lang)
	FROM pulse_internal.found AS f, pulse_internal.check_tongue(explain_status.lang) AS l(lang)
	ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], f.state), 1, 3;
END;
REVOKE ALL ON FUNCTION pulse.explain_status(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_tongue(text) TO pg_monitor;
GRANT EXECUTE ON FUNCTION pulse.explain_status(text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_status(text) IS
'pulse.status in words of a language (''en'', ''zh''; NULL: the setting): component, state (ok, warn, fail), value, what_to_do. What the database itself reports stays as it was said. Error 22023: another language.';
