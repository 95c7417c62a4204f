-- ---- jobs: work of the users' own ----------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.store_job(name text, statement text, day_time time, every interval, time_limit interval) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_store_job';
CREATE OR REPLACE FUNCTION pulse_internal.remove_job(name text) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_job';
CREATE OR REPLACE FUNCTION pulse_internal.run_job(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_run_job';
REVOKE ALL ON FUNCTION pulse_internal.store_job(text, text, time, interval, interval), pulse_internal.remove_job(text), pulse_internal.run_job(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.store_job(text, text, time, interval, interval), pulse_internal.remove_job(text) TO pulse_admin, pulse_author;
GRANT EXECUTE ON FUNCTION pulse_internal.run_job(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.create_job(name text, statement text, day_time time DEFAULT NULL, every interval DEFAULT NULL,
		time_limit interval DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS NULL OR statement IS NULL OR num_nonnulls(day_time, every) <> 1 OR every <= interval '0' OR NOT isfinite(every) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a job needs a name, a statement, and either day_time or every',
			DETAIL = 'day_time: once a day, in the business time zone; every: so long after the run before, more than nothing.',
			HINT = 'Type pulse.create_job(''nightly'', ''SELECT app.nightly()'', day_time => ''03:30'').';
	ELSIF time_limit < interval '1 millisecond' OR time_limit > interval '1 day' OR NOT isfinite(time_limit) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid time limit of a job',
			DETAIL = 'A job may take a millisecond to a day.', HINT = 'Type time_limit => ''10 minutes''; NULL is the setting job_time_limit.';
	ELSIF name = 'tick' OR EXISTS (SELECT FROM pulse_internal.job_definitions() AS d WHERE d.name = create_job.name)
		  OR EXISTS (SELECT FROM pulse.stat_jobs AS s WHERE s.job = create_job.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('there is a job "%s"', name),
			HINT = format('Choose another name, or SELECT pulse.drop_job(%L).', name);
	END IF;
	PERFORM pulse_internal.store_job(name, statement, day_time, every, time_limit);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_job(text, text, time, interval, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_job(text, text, time, interval, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_job(text, text, time, interval, interval) IS
'Has the tick run one SQL statement: once a day at day_time in the business time zone, or every so long; the first time when that comes next. It runs with your rights, its names written in full (the path is pg_catalog), for at most time_limit (NULL: the setting job_time_limit), in a transaction of its own where pulse.run() runs it, else in the tick''s. What takes longer is ended and undone. A failure is seen in pulse.stat_jobs and pulse.status, and it is tried again when next due. Errors: 22023 unusable arguments, 42601 not SQL, 42710 there is a job of that name.';

CREATE OR REPLACE FUNCTION pulse.drop_job(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF pulse_internal.remove_job(name) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'SP903', MESSAGE = format('there is no job "%s" of yours', name),
			HINT = 'SELECT * FROM pulse.stat_jobs has all; a job is dropped by who made it and by pulse_admin.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.drop_job(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_job(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_job(text) IS 'Ends a job that create_job() made, by its author or pulse_admin. Error SP903: there is none, or it is somebody else''s.';
