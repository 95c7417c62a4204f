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
	-- first by the few rules there are: most open cases have theirs
	WITH orphan AS MATERIALIZED (
		SELECT c.case_id, c.wait_id, c.rule_id, c.key FROM pulse_internal.cases AS c
		WHERE c.state IN ('open', 'acknowledged') AND c.waiting
		  AND c.rule_id NOT IN (SELECT r.rule_id FROM pulse_internal.rule AS r)
	)
	SELECT pulse_internal.close_cases(array_agg(o.case_id ORDER BY o.case_id), 'expired', 'its rule is gone', false, NULL)
	FROM orphan AS o
	WHERE NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = o.key AND w.rule_id = o.rule_id AND w.wait_id = o.wait_id);
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
				 ('expire_unanswered', NULL, interval '1 hour'),
				 ('forget_old', NULL, interval '1 hour'),
				 ('forget_health_history', time '03:30', NULL),
				 ('expire_cases', time '03:00', NULL),
				 ('refresh_kpis', time '05:30', NULL),
				 ('send_pages', NULL, interval '1 minute')) AS d(name, day_time, every);
END;
REVOKE ALL ON FUNCTION pulse_internal.job_definitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.job_definitions()
	TO pulse_owner, pg_monitor, pulse_admin, pulse_author, pulse_analyst;

-- Runs one job and notes what became of it: one that fails is tried again when next due;
-- neither the sweep nor the other jobs fail with it.
CREATE OR REPLACE FUNCTION pulse_internal.perform_job(name text, call text, day_time time, every interval) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	now_at timestamptz := pulse.clock();
	failure text;
BEGIN
	BEGIN
		EXECUTE call;
	EXCEPTION WHEN others THEN
		failure := sqlerrm;
	END;
	INSERT INTO pulse_internal.job AS j (name, next_run_at, last_run_at, finished_at, runs, failures, last_error)
	VALUES (perform_job.name, pulse_internal.next_run(now_at, day_time, every), now_at, clock_timestamp(), 1,
			(failure IS NOT NULL)::int, failure)
	ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE
	SET next_run_at = excluded.next_run_at, last_run_at = excluded.last_run_at, finished_at = excluded.finished_at,
		runs = j.runs + 1, failures = j.failures + excluded.failures, last_error = excluded.last_error;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.perform_job(text, text, time, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.perform_job(text, text, time, interval) TO pulse_owner;

-- Is it due?  A clock that was set back makes all due.
CREATE OR REPLACE FUNCTION pulse_internal.is_job_due(name text) RETURNS boolean
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NOT EXISTS (SELECT FROM pulse_internal.job AS j
					   WHERE j.name = is_job_due.name AND j.next_run_at > pulse.clock() AND (j.last_run_at <= pulse.clock()) IS NOT false);
END;
REVOKE ALL ON FUNCTION pulse_internal.is_job_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_job_due(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.is_any_job_due() RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM pulse_internal.job_definitions() AS d WHERE pulse_internal.is_job_due(d.name));
END;
REVOKE ALL ON FUNCTION pulse_internal.is_any_job_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_any_job_due() TO pulse_owner;

-- Runs the extension's own jobs that are due.
CREATE OR REPLACE FUNCTION pulse_internal.run_due_jobs() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
BEGIN
	FOR due IN
		SELECT d.* FROM pulse_internal.job_definitions() AS d
		WHERE pulse_internal.is_job_due(d.name) ORDER BY d.name
	LOOP
		PERFORM pulse_internal.perform_job(due.name, format('SELECT pulse_internal.%I()', due.name), due.day_time, due.every);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.run_due_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_due_jobs() TO pulse_owner;

-- Runs one of the users' jobs that is due and that nobody else is running. False: there is none.
CREATE OR REPLACE FUNCTION pulse_internal.run_user_job() RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	due record;
BEGIN
	LOOP
		SELECT u.name, u.day_time, u.every INTO due FROM pulse_internal.user_job AS u
		WHERE pulse_internal.is_job_due(u.name) ORDER BY u.name FOR UPDATE SKIP LOCKED LIMIT 1;
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		-- asked again: it may have run between the question and the lock
		IF pulse_internal.is_job_due(due.name) THEN
			PERFORM pulse_internal.perform_job(due.name, format('SELECT pulse_internal.run_job(%L)', due.name), due.day_time, due.every);
			RETURN true;
		END IF;
	END LOOP;
END
$$;
ALTER FUNCTION pulse_internal.run_user_job() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.run_user_job() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_user_job() TO pulse_admin;

-- All of them, in this transaction.
CREATE OR REPLACE FUNCTION pulse_internal.run_user_jobs() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	WHILE pulse_internal.run_user_job() LOOP
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.run_user_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_user_jobs() TO pulse_owner;

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

-- A lock of the engine's, until the end of the transaction, that no statement of anybody
-- else takes. 1: what only one tick does; 2: acting on firings.
CREATE OR REPLACE FUNCTION pulse_internal.engine_lock(part int, wait boolean) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_engine_lock';
REVOKE ALL ON FUNCTION pulse_internal.engine_lock(int, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.engine_lock(int, boolean) TO pulse_owner;

-- One slice of everything that nobody else is doing: ticks that overlap share lanes, or
-- return at once and do nothing (busy), so they never pile up. Firings are acted on by
-- one session at a time: what is put together, or silent while another case is open, is so
-- whoever found it. While lanes share a batch, the other work is done in ticks of its own, so
-- that no lane waits for it.
CREATE OR REPLACE FUNCTION pulse_internal.tick_once(max_events int, OUT events int, OUT firings int, OUT more boolean, OUT busy boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first boolean := pulse_internal.engine_lock(1, false);
	shared boolean;
BEGIN
	IF first AND EXISTS (SELECT FROM pulse_internal.rule_change AS c WHERE c.failure IS NULL AND c.active_from <= pulse.clock()) THEN
		PERFORM pulse_internal.apply_rule_changes();
	END IF;
	SELECT c.lanes IS NOT NULL INTO shared FROM pulse_internal.consumer AS c WHERE c.name = 'rules';
	events := 0;
	firings := 0;
	more := false;
	busy := false;
	IF shared IS NULL AND NOT first THEN	-- whoever is first is about to make it
		busy := true;
		RETURN;
	END IF;
	IF first AND shared AND pulse_internal.is_any_job_due() THEN
		more := true;
	ELSE
		SELECT s.events, s.firings, s.more, s.busy INTO events, firings, more, busy FROM pulse_internal.sweep_lane(max_events) AS s;
		IF busy AND NOT first THEN
			RETURN;
		END IF;
		IF pulse_internal.engine_lock(2, NOT busy) THEN
			PERFORM pulse_internal.release_firings();
		END IF;
		first := first AND shared IS NOT TRUE;
	END IF;
	IF first THEN
		PERFORM pulse_internal.overdue_steps();
		more := pulse_internal.fold_rollups() >= 100000 OR more;	-- it folds no more at once
		PERFORM pulse_internal.run_due_jobs();
	END IF;
	PERFORM pulse_internal.note_tick(NULL);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.tick_once(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.tick_once(int) TO pulse_owner;

-- One that fails leaves nothing behind but its error; events is NULL then.
CREATE OR REPLACE FUNCTION pulse_internal.try_tick(max_events int, OUT events int, OUT firings int, OUT more boolean, OUT busy boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	failure text;
BEGIN
	BEGIN
		SELECT t.events, t.firings, t.more, t.busy INTO events, firings, more, busy FROM pulse_internal.tick_once(max_events) AS t;
	EXCEPTION WHEN others THEN
		GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
		PERFORM pulse_internal.note_tick(failure);
		events := NULL;
		firings := NULL;
		more := false;
		busy := false;
	END;
	IF NOT busy THEN
		PERFORM pulse_internal.report_progress('run', events, NULL, more);
	END IF;
END
$$;
ALTER FUNCTION pulse_internal.try_tick(int) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.try_tick(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.try_tick(int) TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.tick(max_events int DEFAULT 10000, on_failure text DEFAULT 'raise',
		OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
	IF max_events IS NULL OR max_events < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_events',
			DETAIL = 'A slice has at least one event.', HINT = 'Type a number such as 10000.';
	END IF;
	IF on_failure = 'raise' THEN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.tick_once(max_events) AS t;
	ELSIF on_failure = 'record' THEN
		SELECT t.events, t.firings, t.more INTO events, firings, more FROM pulse_internal.try_tick(max_events) AS t;
	ELSE
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid on_failure',
			DETAIL = 'A tick that fails raises its error, or records it.', HINT = 'Type ''raise'' or ''record''.';
	END IF;
	PERFORM pulse_internal.run_user_jobs();
END
$$;
ALTER FUNCTION pulse.tick(int, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.tick(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.tick(int, text) TO pulse_admin, pulse_relay;
COMMENT ON FUNCTION pulse.tick(int, text) IS
'Does one slice of all work in one transaction: reads at most max_events events, fires rules, writes cases, messages and tasks, folds rollups, and once a minute maintains the event tables. Returns the events read, the steps that came due, and whether there is more to do at once. A tick that another one is working beside does nothing, or works for another lane (setting lanes). Jobs of create_job() run at its end, each within its time limit. on_failure ''record'' notes an error for pulse.status and returns nulls where ''raise'' raises it. Error 22023: unusable argument.';

CREATE OR REPLACE PROCEDURE pulse.run(max_seconds int DEFAULT 50)
	LANGUAGE plpgsql
AS $$
DECLARE
	slice record;
	job_ran boolean;
	until timestamptz;
BEGIN
	IF max_seconds IS NULL OR max_seconds OPERATOR(pg_catalog.<) 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'invalid max_seconds',
			DETAIL = 'A run lasts at least a second.', HINT = 'Type a number such as 50.';
	END IF;
	until := pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => max_seconds);
	LOOP
		SELECT t.events, t.firings, t.more, t.busy INTO slice FROM pulse_internal.try_tick(10000) AS t;
		COMMIT;
		-- one job between two slices, in a transaction of its own
		SELECT pulse_internal.run_user_job() INTO job_ran;
		COMMIT;
		EXIT WHEN slice.events IS NULL OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>=) until;
		IF slice.busy THEN
			-- where lanes share the work another session may be about to share it out
			EXIT WHEN pulse.setting('lanes') OPERATOR(pg_catalog.=) '1' AND NOT job_ran;
			PERFORM pg_catalog.pg_sleep(0.05);
		ELSE
			EXIT WHEN NOT slice.more AND NOT job_ran;
		END IF;
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
'Does what pulse.tick() does and commits, slice by slice, with jobs of create_job() between slices, each in a transaction of its own, until nothing is left to do or max_seconds are over. For pg_cron (pulse.schedule()) or any scheduler, each minute. Runs that overlap end at once; where setting lanes is more than 1 they share the work of the rules. Errors: 22023 unusable argument, XX000 the tick failed (see pulse.stat_jobs).';
