-- ---- jobs: how all is doing ------------------------------------------------------------

GRANT SELECT (name, day_time, every) ON pulse_internal.user_job TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.progress TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.job TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.job', 'last_error', '{pulse_author,pg_monitor}');
REVOKE SELECT ON pulse_internal.mapping FROM pg_monitor, pulse_analyst;
GRANT SELECT (mapping_id, kind, name, key_name, state) ON pulse_internal.mapping TO pg_monitor, pulse_analyst;
GRANT SELECT ON pulse_internal.cases TO pg_monitor;

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
		   j.last_run_at, j.finished_at, coalesce(j.runs, 0) AS runs, coalesce(j.failures, 0) AS failures,
		   pulse_internal.shown_reason('job', j.name) AS last_error
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
