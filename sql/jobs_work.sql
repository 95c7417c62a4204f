-- jobs of the users' own: who makes them, as whom they run, what a failure does
SET timezone = 'UTC';
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock('2026-03-01 08:00+00');
DELETE FROM pulse_internal.job;
CREATE ROLE regress_job_author;
GRANT pulse_author TO regress_job_author;
CREATE ROLE regress_job_other;
GRANT pulse_author TO regress_job_other;
CREATE SCHEMA job_work;
GRANT USAGE ON SCHEMA job_work TO regress_job_author, regress_job_other;
CREATE TABLE job_work.done (who text DEFAULT current_user, at timestamptz DEFAULT pulse.clock());
CREATE TABLE job_work.secret (n int);
GRANT INSERT ON job_work.done TO regress_job_author;
CREATE FUNCTION job_work.run(instant timestamptz) RETURNS void LANGUAGE sql AS 'SELECT pulse.set_clock($1); SELECT pulse_internal.run_user_jobs()';
SET ROLE regress_job_author;
SELECT pulse.create_job('nightly', 'INSERT INTO job_work.done DEFAULT VALUES', day_time => '03:30');
SELECT pulse.create_job('hourly', 'INSERT INTO job_work.done DEFAULT VALUES', every => '1 hour');
SELECT pulse.create_job('curious', 'SELECT * FROM job_work.secret', every => '1 hour');
SELECT pulse.create_job('climber', 'SET ROLE pulse_admin', every => '1 hour');
-- bad input
SELECT pulse.create_job('nightly', 'SELECT 1', day_time => '03:30');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_job('tick', 'SELECT 1', day_time => '03:30');
SELECT pulse.create_job('both', 'SELECT 1', day_time => '03:30', every => '1 hour');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_job('never', 'SELECT 1', every => '-1 hour');
SELECT pulse.create_job('two', 'SELECT 1; SELECT 2', every => '1 hour');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_job('none', '', every => '1 hour');
SELECT pulse.create_job('nonsense', 'SELEKT 1', every => '1 hour');
\echo :LAST_ERROR_SQLSTATE
SELECT job, due, next_run_at, runs FROM pulse.stat_jobs WHERE job IN ('nightly', 'hourly', 'both', 'two', 'none') ORDER BY job;
RESET ROLE;
-- when they are due, as their author, with his rights
SELECT job_work.run('2026-03-01 08:59:59+00');
SELECT count(*) FROM job_work.done;
SELECT job_work.run('2026-03-01 09:00+00'), job_work.run('2026-03-02 03:30+00');
SELECT who, at FROM job_work.done ORDER BY at, who;
SELECT job, runs, failures, last_error FROM pulse.stat_jobs WHERE job IN ('nightly', 'hourly', 'curious', 'climber') ORDER BY job;
SELECT component, state, value FROM pulse.status WHERE component LIKE 'job %' ORDER BY 1;
-- the extension's own cannot be put off by calling what is underneath
SET ROLE regress_job_author;
SELECT pulse_internal.store_job('send_pages', 'SELECT 1', NULL, '100 years', NULL);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- a job is its author's
SET ROLE regress_job_other;
SELECT pulse.drop_job('nightly');
\echo :LAST_ERROR_SQLSTATE
SELECT statement FROM pulse_internal.user_job;
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_author;
SELECT pulse.drop_job('hourly');
SELECT pulse.drop_job('hourly');
SELECT pulse_internal.run_job('nightly');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- what a job sets ends with it: neither the tick nor its caller goes on with its names
SET ROLE regress_job_author;
SELECT pulse.create_job('stayer', $$SELECT pg_catalog.set_config('search_path', 'job_work, pg_catalog', false)$$, every => '1 hour');
RESET ROLE;
SELECT job_work.run('2026-03-02 12:00+00');
SELECT runs, failures FROM pulse.stat_jobs WHERE job = 'stayer';
SELECT current_schemas(false) && '{job_work}' AS stayed;
SELECT pulse.drop_job('stayer');
-- a job has its time, and hears its cancel again if it will not listen
CREATE TABLE job_work.log (what text);
SELECT pulse.create_job('sleeper', 'SELECT pg_sleep(1000)', every => '1 hour', time_limit => '50 milliseconds');
CREATE FUNCTION job_work.deaf() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO job_work.log VALUES ('undone');
	BEGIN PERFORM pg_sleep(1000); EXCEPTION WHEN query_canceled THEN NULL; END;
	PERFORM pg_sleep(1000);
END $$;
SELECT pulse.create_job('deaf', 'SELECT job_work.deaf()', every => '1 hour', time_limit => '50 milliseconds');
SELECT pulse.create_job('brisk', $$INSERT INTO job_work.log VALUES ('done')$$, every => '1 hour');
SELECT job_work.run('2026-03-02 13:30+00');
SELECT job, runs, failures, last_error FROM pulse.stat_jobs WHERE job IN ('sleeper', 'deaf', 'brisk') ORDER BY job;
SELECT what FROM job_work.log;
SELECT pulse.create_job('never', 'SELECT 1', every => '1 hour', time_limit => '0');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_setting('job_time_limit', '-1 second');
-- an author who is gone
DROP OWNED BY regress_job_author;
DROP ROLE regress_job_author;
SELECT job_work.run('2026-03-03 03:30+00');
SELECT job, last_error FROM pulse.stat_jobs WHERE job = 'nightly';
SELECT count(*) FROM (SELECT pulse.drop_job(name) FROM pulse_internal.user_job) AS d;
DROP SCHEMA job_work CASCADE;
DROP OWNED BY regress_job_other;
DROP ROLE regress_job_other;
DELETE FROM pulse_internal.job;
SELECT pulse.set_clock(NULL);
