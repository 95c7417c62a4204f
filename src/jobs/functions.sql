-- ---- jobs: the tick, and who calls it ---------------------------------------------

-- Rows of work under way, for pulse.progress; NULL more_to_do takes the row away.
CREATE OR REPLACE FUNCTION pulse_internal.report_progress(task text, more_done bigint, total bigint, more_to_do boolean)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	DELETE FROM pulse_internal.progress AS p WHERE p.task = report_progress.task AND NOT report_progress.more_to_do;
	INSERT INTO pulse_internal.progress AS p (task, done, total, started_at, changed_at)
	SELECT report_progress.task, report_progress.more_done, report_progress.total, clock_timestamp(), clock_timestamp()
	WHERE report_progress.more_to_do
	ON CONFLICT ON CONSTRAINT progress_pkey DO UPDATE
	SET done = p.done + excluded.done, total = excluded.total, changed_at = excluded.changed_at;
END;
ALTER FUNCTION pulse_internal.report_progress(text, bigint, bigint, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.report_progress(text, bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.report_progress(text, bigint, bigint, boolean) TO pulse_admin, pulse_author;

-- The instant after "since" at which a job is due again: a time of day in the
-- business time zone, whatever zone pg_cron lives in, or a while later.
CREATE OR REPLACE FUNCTION pulse_internal.next_run(since timestamptz, day_time time, every interval) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN day_time IS NULL THEN since + every
		ELSE (((since AT TIME ZONE pulse.setting('timezone'))::date
			   + CASE WHEN (since AT TIME ZONE pulse.setting('timezone'))::time < day_time THEN 0 ELSE 1 END)
			  + day_time) AT TIME ZONE pulse.setting('timezone') END;
REVOKE ALL ON FUNCTION pulse_internal.next_run(timestamptz, time, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_run(timestamptz, time, interval) TO pulse_owner;

-- Cases that nothing will ever end: their rule was dropped, their wait with it.
CREATE OR REPLACE FUNCTION pulse_internal.expire_cases() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'expired', 'its rule is gone', false, NULL)
	FROM pulse_internal.cases AS c
	WHERE c.state IN ('open', 'acknowledged') AND c.waiting
	  AND NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.wait_id = c.wait_id);
END;
REVOKE ALL ON FUNCTION pulse_internal.expire_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.expire_cases() TO pulse_owner;

-- All work beside the sweep: its function, and a time of day or an interval.
CREATE OR REPLACE FUNCTION pulse_internal.job_definitions(
		OUT name text, OUT day_time time, OUT every interval) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.name, d.day_time, d.every
	FROM (VALUES ('maintain_events', NULL::time, interval '1 minute'),
				 ('maintain_watches', NULL, interval '1 minute'),
				 ('close_rollups', NULL, interval '1 minute'),
				 ('refresh_health', NULL, interval '1 minute'),
				 ('compare_health', time '02:00', NULL),
				 ('reassign_tasks', NULL, interval '5 minutes'),
				 ('forget_old', NULL, interval '1 hour'),
				 ('forget_health_history', time '03:30', NULL),
				 ('expire_cases', time '03:00', NULL),
				 ('refresh_kpis', time '05:30', NULL),
				 ('send_pages', NULL, interval '1 minute')) AS d(name, day_time, every);
END;
REVOKE ALL ON FUNCTION pulse_internal.job_definitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.job_definitions()
	TO pulse_owner, pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- Runs what is due.  A job that fails is noted and tried again when next due;
-- neither the sweep nor the other jobs fail with it.  A clock that was set back
-- makes all due.
CREATE OR REPLACE FUNCTION pulse_internal.run_due_jobs() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	now_at timestamptz := pulse.clock();
	failure text;
BEGIN
	FOR due IN
		SELECT d.* FROM (SELECT o.name, o.day_time, o.every, format('SELECT pulse_internal.%I()', o.name) AS call FROM pulse_internal.job_definitions() AS o
			  UNION ALL SELECT u.name, u.day_time, u.every, format('SELECT pulse_internal.run_job(%L)', u.name) FROM pulse_internal.user_job AS u) AS d
		LEFT JOIN pulse_internal.job AS j ON j.name = d.name
		WHERE j.name IS NULL OR j.next_run_at <= now_at OR j.last_run_at > now_at
		ORDER BY d.name
	LOOP
		failure := NULL;
		BEGIN
			EXECUTE due.call;
		EXCEPTION WHEN others THEN
			failure := sqlerrm;
		END;
		INSERT INTO pulse_internal.job AS j (name, next_run_at, last_run_at, finished_at, runs, failures, last_error)
		VALUES (due.name, pulse_internal.next_run(now_at, due.day_time, due.every), now_at, clock_timestamp(), 1,
				(failure IS NOT NULL)::int, failure)
		ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE
		SET next_run_at = excluded.next_run_at, last_run_at = excluded.last_run_at, finished_at = excluded.finished_at,
			runs = j.runs + 1, failures = j.failures + excluded.failures, last_error = excluded.last_error;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.run_due_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_due_jobs() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.has_leaf(relation regclass, instant timestamptz) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_has_leaf';
REVOKE ALL ON FUNCTION pulse_internal.has_leaf(regclass, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.has_leaf(regclass, timestamptz)
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.note_tick(failure text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO pulse_internal.job AS j (name, last_run_at, finished_at, runs, failures, last_error)
	VALUES ('tick', pulse.clock(), clock_timestamp(), 1, (failure IS NOT NULL)::int, failure)
	ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE
	SET last_run_at = excluded.last_run_at, finished_at = excluded.finished_at,
		runs = j.runs + 1, failures = j.failures + excluded.failures, last_error = excluded.last_error;
END;
REVOKE ALL ON FUNCTION pulse_internal.note_tick(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.note_tick(text) TO pulse_owner;

-- One slice of everything.  The lock is of this transaction: ticks that overlap
-- return at once and do nothing, so they never pile up.
CREATE OR REPLACE FUNCTION pulse_internal.tick_once(max_events int, OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	events := 0;
	firings := 0;
	more := false;
	IF NOT pg_try_advisory_xact_lock(1400139381, 1) THEN	-- 'Stcu', the tick
		RETURN;
	END IF;
	IF EXISTS (SELECT FROM pulse_internal.rule_change AS c WHERE c.failure IS NULL AND c.active_from <= pulse.clock()) THEN
		PERFORM pulse_internal.apply_rule_changes();
	END IF;
	SELECT s.events, s.firings, s.more INTO events, firings, more FROM pulse_internal.sweep_rules(max_events) AS s;
	PERFORM pulse_internal.release_firings();
	PERFORM pulse_internal.overdue_steps();
	more := pulse_internal.fold_rollups() >= 100000 OR more;	-- it folds no more at once
	PERFORM pulse_internal.run_due_jobs();
	PERFORM pulse_internal.note_tick(NULL);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.tick_once(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.tick_once(int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.tick(max_events int DEFAULT 10000, on_failure text DEFAULT 'raise',
		OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	failure text;
BEGIN
	IF max_events IS NULL OR max_events < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_events',
			DETAIL = 'A slice has at least one event.', HINT = 'Type a number such as 10000.';
	END IF;
	IF on_failure = 'raise' THEN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.tick_once(max_events) AS t;
		RETURN;
	ELSIF on_failure IS DISTINCT FROM 'record' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid on_failure',
			DETAIL = 'A tick that fails raises its error, or records it.', HINT = 'Type ''raise'' or ''record''.';
	END IF;
	BEGIN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.tick_once(max_events) AS t;
	EXCEPTION WHEN others THEN
		GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
		PERFORM pulse_internal.note_tick(failure);
		events := NULL;
		firings := NULL;
		more := false;
	END;
	PERFORM pulse_internal.report_progress('run', events, NULL, more);
END
$$;
ALTER FUNCTION pulse.tick(int, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.tick(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.tick(int, text) TO pulse_admin, pulse_relay;
COMMENT ON FUNCTION pulse.tick(int, text) IS
'Does one slice of all work in one transaction: reads at most max_events events, fires rules, writes cases, messages and tasks, folds rollups, and once a minute maintains the event tables. Returns the events read, the steps that came due, and whether there is more to do at once. A tick that another one is working beside does nothing. on_failure ''record'' notes an error for pulse.status and returns nulls where ''raise'' raises it. Error 22023: unusable argument.';

CREATE OR REPLACE PROCEDURE pulse.run(max_seconds int DEFAULT 50)
	LANGUAGE plpgsql
AS $$
DECLARE
	slice record;
	until timestamptz;
BEGIN
	IF max_seconds IS NULL OR max_seconds OPERATOR(pg_catalog.<) 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_seconds',
			DETAIL = 'A run lasts at least a second.', HINT = 'Type a number such as 50.';
	END IF;
	until := pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => max_seconds);
	LOOP
		SELECT t.events, t.firings, t.more INTO slice FROM pulse.tick(on_failure => 'record') AS t;
		COMMIT;
		EXIT WHEN slice.events IS NULL OR NOT slice.more
			OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>=) until;
	END LOOP;
	IF slice.events IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'internal_error', MESSAGE = 'the tick failed',
			DETAIL = 'What it had begun was undone; what earlier slices did stays.',
			HINT = 'SELECT * FROM pulse.stat_jobs says why; SELECT pulse.tick() shows the error in full.';
	END IF;
END
$$;
REVOKE ALL ON PROCEDURE pulse.run(int) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE pulse.run(int) TO pulse_admin;
COMMENT ON PROCEDURE pulse.run(int) IS
'Calls pulse.tick() and commits, slice by slice, until nothing is left to do or max_seconds are over. For pg_cron (pulse.schedule()) or any scheduler, each minute: runs that overlap end at once. Errors: 22023 unusable argument, XX000 the tick failed (see pulse.stat_jobs).';
