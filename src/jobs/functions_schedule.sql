-- ---- jobs: pg_cron, where there is one ----------------------------------------------

-- why pg_cron cannot be used from here, and what to do: message, detail, hint
CREATE OR REPLACE FUNCTION pulse_internal.cron_obstacle() RETURNS text[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	home text;
	by_hand text := ' Or let any scheduler run, each minute: psql -c "CALL pulse.run()", or start the relay with --run-every 5s.';
BEGIN
	IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		RETURN CASE WHEN NOT has_schema_privilege('cron', 'USAGE') THEN
			ARRAY['no right to use pg_cron', format('Role "%s" may not use schema cron.', current_user),
				format('Have a superuser type GRANT USAGE ON SCHEMA cron TO %I.', current_user) || by_hand] END;
	END IF;
	BEGIN
		-- not current_setting(): a line left in postgresql.conf is no pg_cron
		SELECT s.setting INTO home FROM pg_settings AS s WHERE s.name = 'cron.database_name';
		PERFORM current_setting('cron.database_name', true);
	EXCEPTION WHEN insufficient_privilege THEN
		-- it is loaded; who may not know where it lives gets the line for elsewhere
		home := 'postgres';
	END;
	IF home IS NULL THEN
		RETURN ARRAY['pg_cron is not running', 'The server has not loaded it.',
			'Install it (Debian: postgresql-' || current_setting('server_version_num')::int / 10000 || '-cron), set shared_preload_libraries = ''pg_cron'' and cron.database_name = '
			|| quote_literal(current_database()) || ', restart, type CREATE EXTENSION pg_cron.' || by_hand];
	ELSIF home = current_database() THEN
		RETURN ARRAY['pg_cron is not installed in this database', 'The server has loaded it for this database.',
			'Type CREATE EXTENSION pg_cron, then SELECT pulse.schedule() again.'];
	END IF;
	RETURN ARRAY['pg_cron lives in another database',
		format('The server keeps its jobs in the database that cron.database_name names (%s).', home),
		format('Connect to it and type SELECT cron.schedule_in_database(%L, ''* * * * *'', ''CALL pulse.run()'', %L);',
			   'salespulse ' || current_database(), current_database())];
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.cron_obstacle() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.cron_obstacle() TO pulse_admin;

-- The first lane's job has the plain name, the others have theirs behind it.
CREATE OR REPLACE FUNCTION pulse_internal.cron_job_name(lane int) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN format('salespulse %s', current_database()) || CASE WHEN cron_job_name.lane > 1 THEN format(', lane %s', cron_job_name.lane) ELSE '' END;
REVOKE ALL ON FUNCTION pulse_internal.cron_job_name(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.cron_job_name(int) TO pulse_admin;

-- Removes the jobs of all lanes above one; true: there were some. No setting has more lanes than it looks for.
CREATE OR REPLACE FUNCTION pulse_internal.drop_cron_jobs(cron name, above int) RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gone boolean;
BEGIN
	EXECUTE format('SELECT count(%1$I.unschedule(jobid)) > 0 FROM %1$I.job
					WHERE jobname = ANY ($1) AND database = current_database()', cron)
		INTO gone USING ARRAY(SELECT pulse_internal.cron_job_name(lane) FROM generate_series(above + 1, 64) AS lane);
	RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.drop_cron_jobs(name, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_cron_jobs(name, int) TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.schedule(lanes int DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text[] := pulse_internal.cron_obstacle();
	cron name := (SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = 'cron');
	job_id bigint;
	first_id bigint;
BEGIN
	IF lanes IS NOT NULL THEN
		PERFORM pulse.set_setting('lanes', lanes::text);
	END IF;
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = obstacle[1], DETAIL = obstacle[2], HINT = obstacle[3];
	END IF;
	-- a job of that name is replaced, not doubled
	FOR lane IN 1 .. pulse.setting('lanes')::int LOOP
		EXECUTE format('SELECT %I.schedule($1, $2, $3)', cron) INTO job_id
			USING pulse_internal.cron_job_name(lane), '* * * * *', 'CALL pulse.run()';
		first_id := coalesce(first_id, job_id);
	END LOOP;
	PERFORM pulse_internal.drop_cron_jobs(cron, pulse.setting('lanes')::int);
	RETURN first_id;
END
$$;
REVOKE ALL ON FUNCTION pulse.schedule(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.schedule(int) TO pulse_admin;
COMMENT ON FUNCTION pulse.schedule(int) IS
'Makes a pg_cron job that does CALL pulse.run() each minute, as you, or one for each lane where the setting lanes is more than 1; lanes: sets it. Returns the id of the first; a second call changes nothing. Errors: 22023 lanes is not from 1 to 64, 55000 pg_cron is not running here; the hint says what to type, or how to do without.';

CREATE OR REPLACE FUNCTION pulse.unschedule() RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text[] := pulse_internal.cron_obstacle();
	cron name := (SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = 'cron');
BEGIN
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = obstacle[1], DETAIL = obstacle[2],
			HINT = 'Remove the job where it was made: cron.unschedule(job_name) in the database of pg_cron, or in your scheduler.';
	END IF;
	RETURN pulse_internal.drop_cron_jobs(cron, 0);
END
$$;
REVOKE ALL ON FUNCTION pulse.unschedule() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.unschedule() TO pulse_admin;
COMMENT ON FUNCTION pulse.unschedule() IS
'Removes the pg_cron jobs that pulse.schedule() made. True: there were some. Error 55000: pg_cron is not running here.';
