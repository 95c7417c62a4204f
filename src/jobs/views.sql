-- ---- jobs: how all is doing ------------------------------------------------------------

GRANT SELECT (name, day_time, every) ON pulse_internal.user_job TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.job, pulse_internal.progress
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT (kind, name, key_name, state, reason) ON pulse_internal.mapping TO pg_monitor, pulse_analyst;
GRANT SELECT ON pulse_internal.rule, pulse_internal.cases TO pg_monitor;

CREATE OR REPLACE VIEW pulse.progress WITH (security_invoker = true) AS
	SELECT p.task, p.done, p.total, p.started_at,
		   round((p.done / nullif(extract(epoch FROM p.changed_at - p.started_at), 0))::numeric, 1) AS rate,
		   CASE WHEN p.done > 0 AND p.total > p.done
				THEN clock_timestamp() + (p.changed_at - p.started_at) * ((p.total - p.done)::float8 / p.done) END AS eta
	FROM pulse_internal.progress AS p;
COMMENT ON VIEW pulse.progress IS
'Long work under way: done of total (NULL: not known) units, started_at, rate per second, eta (when it should be done at that rate). The run of the tick is task "run", counted in events.';
GRANT SELECT ON pulse.progress TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_jobs WITH (security_invoker = true) AS
	SELECT coalesce(d.name, j.name) AS job,
		   CASE WHEN d.day_time IS NOT NULL THEN 'daily at ' || to_char(d.day_time, 'HH24:MI')
				WHEN d.every IS NOT NULL THEN 'every ' || d.every ELSE 'as called' END AS due,
		   CASE WHEN d.name IS NOT NULL THEN j.next_run_at END AS next_run_at,
		   j.last_run_at, j.finished_at, coalesce(j.runs, 0) AS runs, coalesce(j.failures, 0) AS failures, j.last_error
	FROM (SELECT o.name, o.day_time, o.every FROM pulse_internal.job_definitions() AS o
		  UNION ALL SELECT u.name, u.day_time, u.every FROM pulse_internal.user_job AS u) AS d
	FULL JOIN pulse_internal.job AS j ON j.name = d.name;
COMMENT ON VIEW pulse.stat_jobs IS
'The tick and the work it does beside the sweep: when due (times of day are of the business time zone), next and last run by pulse.clock(), finished_at by the system''s clock, runs, failures, and the error of the last run (NULL: it succeeded).';
GRANT SELECT ON pulse.stat_jobs TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_outbox WITH (security_invoker = true) AS
	SELECT m.channel, s.state, count(*) AS messages, min(m.created_at) AS oldest, max(s.changed_at) AS last_change,
		   max(s.attempt) AS attempts,
		   CASE s.state WHEN 'queued' THEN greatest(count(*) FILTER (WHERE s.is_due) - pulse_internal.channel_room(m.channel), 0)
			   END AS held_by_limit
	FROM pulse_internal.message AS m
	JOIN pulse_internal.message_progress AS s ON s.message_id = m.message_id
	GROUP BY m.channel, s.state;
COMMENT ON VIEW pulse.stat_outbox IS
'Messages by channel and state: how many, when the oldest was written (by pulse.clock()), the last change, the most attempts; held_by_limit: of the queued ones, how many are due and wait for the limits of their channel (null: it has none for all, or another state). Reads the whole outbox.';
GRANT SELECT ON pulse.stat_outbox TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- one row per finding, worst first within a component; pulse.status adds what is well
CREATE OR REPLACE VIEW pulse_internal.status_outbox WITH (security_invoker = true) AS
	WITH waiting AS (
		SELECT count(*) AS messages, min(q.not_before) AS oldest
		FROM pulse_internal.queue AS q
		WHERE NOT q.withdraw AND q.not_before <= pulse.clock()
	), trouble AS (
		SELECT d.state, count(*) AS messages FROM pulse_internal.delivery AS d
		WHERE d.state IN ('unknown', 'failed', 'dead', 'unaddressed') GROUP BY d.state
	)
	SELECT 'delivery' AS component, 'fail' AS state, 'held' AS value,
		   'This database is a copy or was restored. If it is the one that delivers: SELECT pulse.resume_delivery();' AS what_to_do
	WHERE pulse_internal.delivery_held()
	UNION ALL
	SELECT 'outbox', CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'warn' ELSE 'ok' END,
		   format('%s waiting%s', w.messages, ', the oldest for ' || (pulse.clock() - w.oldest)::interval(0)),
		   CASE WHEN w.oldest < pulse.clock() - interval '15 minutes' THEN 'Start the relay, or see its log.' END
	FROM waiting AS w
	UNION ALL
	SELECT 'outbox', CASE t.state WHEN 'unknown' THEN 'warn' WHEN 'failed' THEN 'warn' ELSE 'fail' END,
		   format('%s %s', t.messages, t.state),
		   CASE t.state
			   WHEN 'unaddressed' THEN 'Nobody was found, or has no address: mend the roles (pulse.messages says which), then SELECT pulse.readdress_messages();'
			   WHEN 'unknown' THEN 'They may have been sent. Look at the provider; pulse.retry_messages(ids) sends again.'
			   ELSE 'SELECT message_id, last_error FROM pulse.messages; then pulse.retry_messages(ids).' END
	FROM trouble AS t;
COMMENT ON VIEW pulse_internal.status_outbox IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_events WITH (security_invoker = true) AS
	SELECT format('consumer %s', c.consumer) AS component,
		   CASE WHEN c.holder_passed OR c.behind > interval '15 minutes' THEN 'warn' ELSE 'ok' END AS state,
		   format('%s behind%s', greatest(c.behind, interval '0')::interval(0),
				  ', held back by process ' || c.holder || ' since ' || c.held_since::timestamptz(0)) AS value,
		   CASE WHEN c.holder_passed THEN format('Process %s writes events in a transaction that stays open: end it.', c.holder)
				WHEN c.behind > interval '15 minutes' THEN 'Let the tick run: CALL pulse.run();' END AS what_to_do
	FROM pulse.stat_consumers AS c
	UNION ALL
	SELECT format('watch %s', w.relation), CASE w.state WHEN 'broken' THEN 'fail' ELSE 'warn' END,
		   concat_ws(': ', w.state, w.reason),
		   format('SELECT pulse.repair_watch(%L, %L);', w.relation::text, k.name)
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id WHERE w.state <> 'ok'
	UNION ALL
	SELECT format('watch %s', w.relation), 'warn', format('%s gaps, the first since %s', w.gaps, w.first_gap_at::timestamptz(0)),
		   format('SELECT pulse.repair_watch(%L, %L);', w.relation::text, w.event)
	FROM pulse.stat_watches AS w WHERE w.state = 'ok' AND w.gaps > 0
	UNION ALL
	SELECT 'capture', 'warn', format('%s rows could not be captured, the last at %s', count(*), max(e.failed_at)::timestamptz(0)),
		   'SELECT * FROM pulse.capture_errors;'
	FROM pulse_internal.capture_error AS e HAVING count(*) > 0
	UNION ALL
	-- rows whose month has no leaf go to the default one: it should be empty
	SELECT format('event %s', k.name), 'warn', 'no partition for the month to come',
		   'Let the tick run: CALL pulse.run(); SELECT * FROM pulse.stat_jobs says what stopped it.'
	FROM pulse_internal.event_kind AS k
	JOIN pg_class AS c ON c.oid = k.relation	-- it may have been dropped by hand
	WHERE NOT pulse_internal.has_leaf(k.relation, (date_trunc('month', pulse.clock() AT TIME ZONE 'UTC')
												   + interval '1 month') AT TIME ZONE 'UTC');
COMMENT ON VIEW pulse_internal.status_events IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_rules WITH (security_invoker = true) AS
	SELECT format('rule %s', r.name) AS component, 'fail' AS state, concat_ws(': ', r.state, r.reason) AS value,
		   CASE r.state WHEN 'suspended' THEN format('Mend it, then SELECT pulse.set_rule_mode(%L, %L);', r.name, r.mode)
				ELSE 'Its names have vanished: pulse.alter_rule() or pulse.drop_rule().' END AS what_to_do
	FROM pulse.rules AS r WHERE r.state <> 'ok'
	UNION ALL
	SELECT 'staff', 'warn', 'not mapped', 'SELECT pulse.map_staff(...): nobody can be written to before.'
	WHERE NOT EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'staff')
	  AND EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.mode = 'live')
	UNION ALL
	-- who gets what nobody is found for, where a live rule may need it
	SELECT 'fallback role', CASE WHEN k.known THEN 'ok' ELSE 'warn' END,
		   concat_ws(' ', k.role, 'of rule ' || quote_ident(k.rule), CASE WHEN NOT k.known THEN 'is not mapped' END),
		   CASE WHEN NOT k.known THEN format('SELECT pulse.map_role(%L, holder => ...); nobody gets what finds nobody before.', k.role) END
	FROM (SELECT f.rule, f.role, EXISTS (SELECT FROM pulse_internal.mapping AS m WHERE m.kind = 'role' AND m.name = f.role) AS known
		  FROM (SELECT NULL AS rule, pulse.setting('fallback_role') AS role
				WHERE EXISTS (SELECT FROM pulse_internal.rule AS r LEFT JOIN pulse_internal.rule_fallback AS o ON o.rule_id = r.rule_id
							  WHERE r.mode = 'live' AND o.rule_id IS NULL)
				UNION ALL
				SELECT r.name, o.role FROM pulse_internal.rule_fallback AS o JOIN pulse_internal.rule AS r ON r.rule_id = o.rule_id
				WHERE r.mode = 'live') AS f) AS k
	UNION ALL
	SELECT concat_ws(' ', m.kind, nullif(m.name, '')), 'fail', concat_ws(': ', m.state, m.reason),
		   format('Its table cannot be read as mapped: pulse.%s again.',
				  CASE m.kind WHEN 'staff' THEN 'map_staff()' WHEN 'role' THEN 'map_role()' ELSE 'describe_key()' END)
	FROM pulse_internal.mapping AS m WHERE m.state <> 'ok'
	UNION ALL
	SELECT format('report %s', p.name), 'fail', concat_ws(': ', p.state, p.reason),
		   format('Mend what it reads, or SELECT pulse.create_report(%L, ...) anew.', p.name)
	FROM pulse_internal.report AS p WHERE p.state <> 'ok'
	UNION ALL
	SELECT format('rollup %s', u.name), CASE u.state WHEN 'stale' THEN 'warn' ELSE 'fail' END, concat_ws(': ', u.state, u.reason),
		   format('SELECT pulse.rebuild_rollup(%L);', u.name)
	FROM pulse.rollups AS u WHERE u.state <> 'ok'
	UNION ALL
	SELECT format('health %s', h.model), 'fail', concat_ws(': ', h.state, h.reason),
		   format('Mend the model or its table, then SELECT pulse.refresh_health(%L).', h.model)
	FROM pulse.stored_health AS h WHERE h.state <> 'ok';
COMMENT ON VIEW pulse_internal.status_rules IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_jobs WITH (security_invoker = true) AS
	SELECT 'version' AS component, CASE WHEN v.same THEN 'ok' ELSE 'fail' END AS state,
		   CASE WHEN v.same THEN v.library ELSE format('library %s, SQL %s', v.library, v.installed) END AS value,
		   CASE WHEN NOT v.same THEN 'ALTER EXTENSION salespulse UPDATE; in each database, and reconnect.' END AS what_to_do
	FROM (SELECT l.library, e.extversion AS installed, l.library = e.extversion AS same
		  FROM pg_extension AS e, (SELECT pulse_internal.library_version()::text AS library) AS l
		  WHERE e.extname = 'salespulse') AS v
	UNION ALL
	SELECT 'clock', 'warn', 'stopped at ' || to_char(pulse.clock() AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI') || ' (' || pulse.setting('timezone') || ')', 'SELECT pulse.set_clock(NULL); when the replay is over.'
	WHERE pulse.setting('clock') <> 'system'
	UNION ALL
	SELECT 'tick', CASE WHEN t.last_error IS NOT NULL THEN 'fail'
						WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN 'ok' ELSE 'warn' END,
		   CASE WHEN t.last_error IS NOT NULL THEN 'failed: ' || t.last_error
				WHEN t.finished_at IS NULL THEN 'has never run'
				ELSE format('last run %s ago', (clock_timestamp() - t.finished_at)::interval(0)) END,
		   CASE WHEN t.last_error IS NOT NULL THEN 'SELECT pulse.tick(); shows the error in full.'
				WHEN t.finished_at > clock_timestamp() - interval '5 minutes' THEN NULL
				ELSE 'SELECT pulse.schedule(); or let any scheduler CALL pulse.run() each minute.' END
	FROM (SELECT 1) AS always LEFT JOIN pulse_internal.job AS t ON t.name = 'tick'
	UNION ALL
	SELECT format('job %s', j.name), 'fail', 'failed: ' || j.last_error, 'It is tried again when next due; SELECT * FROM pulse.stat_jobs.'
	FROM pulse_internal.job AS j WHERE j.name <> 'tick' AND j.last_error IS NOT NULL;
COMMENT ON VIEW pulse_internal.status_jobs IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse_internal.status_reports WITH (security_invoker = true) AS
	SELECT format('KPI %s', k.name) AS component, 'fail' AS state, k.reason AS value,
		   format('SELECT * FROM pulse.check_kpi(%L); then mend its function, or pulse.alter_kpi().', k.name) AS what_to_do
	FROM pulse_internal.kpi AS k WHERE k.state <> 'ok'
	UNION ALL
	SELECT format('page %s', p.name), 'fail', 'could not be sent: ' || p.reason,
		   format('SELECT * FROM pulse.check_page(%L); it is tried again each minute.', p.name)
	FROM pulse_internal.page AS p WHERE p.reason IS NOT NULL;
COMMENT ON VIEW pulse_internal.status_reports IS 'Part of pulse.status.';

CREATE OR REPLACE VIEW pulse.status WITH (security_invoker = true) AS
	SELECT s.component, s.state, s.value, s.what_to_do
	FROM (SELECT * FROM pulse_internal.status_jobs
		  UNION ALL SELECT * FROM pulse_internal.status_events
		  UNION ALL SELECT * FROM pulse_internal.status_rules
		  UNION ALL SELECT * FROM pulse_internal.status_outbox
		  UNION ALL SELECT * FROM pulse_internal.status_reports) AS s
	ORDER BY array_position(ARRAY['fail', 'warn', 'ok'], s.state), s.component, s.value;
COMMENT ON VIEW pulse.status IS
'How salespulse is doing here, the worst first: component, state (ok, warn, fail), value, and what_to_do, the statement to type. No row but ok: nothing to do.';
GRANT SELECT ON pulse.status, pulse_internal.status_jobs, pulse_internal.status_events,
	pulse_internal.status_rules, pulse_internal.status_outbox, pulse_internal.status_reports
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
