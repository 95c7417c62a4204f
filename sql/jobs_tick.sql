-- the tick, its jobs, the run, and the status
\set SHOW_CONTEXT never
SELECT component, state, regexp_replace(value, '^[0-9.]+$', 'its number') AS value, what_to_do FROM pulse.status WHERE component IN ('version', 'tick', 'clock', 'delivery', 'outbox') ORDER BY 1;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-02 02:30+08');
SELECT firings FROM pulse.tick();
SELECT job, due, next_run_at AT TIME ZONE 'Asia/Shanghai' AS next_run, runs, failures, last_error FROM pulse.stat_jobs ORDER BY job;
-- not due again within the minute; daily work when its time of day has come in the business time zone
SELECT pulse.set_clock('2026-03-02 02:30:59+08');
SELECT firings FROM pulse.tick();
SELECT job, runs FROM pulse.stat_jobs ORDER BY job;
SELECT pulse.set_clock('2026-03-02 03:00+08');
SELECT firings FROM pulse.tick();
SELECT job, next_run_at AT TIME ZONE 'Asia/Shanghai' AS next_run, runs FROM pulse.stat_jobs ORDER BY job;
-- a clock set back does not stop the work
SELECT pulse.set_clock('2026-01-05 12:00+08');
SELECT firings FROM pulse.tick();
SELECT job, next_run_at AT TIME ZONE 'Asia/Shanghai' AS next_run, runs FROM pulse.stat_jobs ORDER BY job;
SELECT component, state, value, what_to_do FROM pulse.status WHERE component = 'clock';
SELECT pulse.set_clock(NULL);

-- the run commits by itself, so it has no place in a transaction
CALL pulse.run();
CALL pulse.run(max_seconds => 1);
SELECT state FROM pulse.status WHERE component = 'tick';
BEGIN; CALL pulse.run(); ROLLBACK;
SELECT runs FROM pulse.stat_jobs WHERE job = 'tick';

-- a job that fails stops nothing, and is seen
ALTER FUNCTION pulse_internal.expire_cases() RENAME TO expire_cases_was;
SELECT pulse.set_clock('2026-03-02 03:00+08');
SELECT firings FROM pulse.tick();
SELECT job, failures, last_error FROM pulse.stat_jobs ORDER BY job;
SELECT component, state, value FROM pulse.status WHERE component LIKE 'job%';
ALTER FUNCTION pulse_internal.expire_cases_was() RENAME TO expire_cases;
SELECT pulse.set_clock('2026-03-03 03:00+08');
SELECT firings FROM pulse.tick();
SELECT component, state, value FROM pulse.status WHERE component LIKE 'job%';
-- a tick that fails raises; a run records it first
ALTER FUNCTION pulse_internal.run_due_jobs() RENAME TO run_due_jobs_was;
SELECT pulse.tick();
SELECT events IS NULL AS failed FROM pulse.tick(on_failure => 'record');
CALL pulse.run();
SELECT failures, last_error FROM pulse.stat_jobs WHERE job = 'tick';
SELECT component, state, value, what_to_do FROM pulse.status WHERE component = 'tick';
ALTER FUNCTION pulse_internal.run_due_jobs_was() RENAME TO run_due_jobs;
CALL pulse.run();
SELECT component, state FROM pulse.status WHERE component = 'tick';
SELECT pulse.set_clock(NULL);

-- work under way
SELECT pulse_internal.report_progress('counting', 40, 100, true);
SELECT pulse_internal.report_progress('counting', 10, 100, true);
SELECT task, done, total, rate IS NOT NULL AS rated, eta > started_at AS eta FROM pulse.progress;
SELECT pulse_internal.report_progress('counting', 50, 100, false);
SELECT count(*) FROM pulse.progress;

-- what the outbox wants is in the status
WITH given AS MATERIALIZED (
	SELECT nextval('pulse_internal.message_message_id_seq') AS id, g.* FROM (VALUES ('mail', 'a@example.com', interval '1 hour', NULL),
		('mail', 'a@example.com', '0', 'dead'), ('mail', NULL, '0', 'unaddressed'), ('sms', '1', '0', 'unknown')) AS g(channel, recipient, age, state)
), written AS (
	INSERT INTO pulse_internal.message (message_id, channel, recipient, language, subject, body, created_at, not_before)
	SELECT id, channel, recipient, 'en', 's', 'b', pulse.clock() - age, pulse.clock() - age FROM given
), queued AS (
	INSERT INTO pulse_internal.queue (message_id, channel, not_before) SELECT id, channel, pulse.clock() - age FROM given WHERE state IS NULL
)
INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)
SELECT id, clock_timestamp(), 0, 0, state FROM given WHERE state IS NOT NULL;
SELECT component, state, regexp_replace(value, '\d\d:.*', '...'), what_to_do FROM pulse.status WHERE component = 'outbox' ORDER BY value;
SELECT channel, state, messages FROM pulse.stat_outbox ORDER BY 1, 2;
-- who monitors sees all of that, and no address
CREATE ROLE regress_monitor IN ROLE pg_monitor;
SET ROLE regress_monitor;
SELECT count(*) > 4 AS some FROM pulse.status;
SELECT count(*) FROM pulse.stat_outbox;
SELECT count(*) > 0 AS some FROM pulse.stat_jobs;
SELECT count(*) FROM pulse.progress;
SELECT count(*) FROM pulse.messages;
SELECT pulse.tick();
RESET ROLE;
DROP ROLE regress_monitor;
TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery;

-- an event without a partition for the month to come is found, in any time zone
SELECT pulse.set_clock('2026-03-02 12:00+00');
SELECT pulse.create_event('regress_leafy', 'customer int');
SELECT count(*) FROM pulse.status WHERE component LIKE 'event%';
SET timezone = 'Asia/Shanghai';
SELECT count(*) FROM pulse.status WHERE component LIKE 'event%';
SET datestyle = 'SQL, DMY'; SET timezone = 'America/Los_Angeles';
SELECT count(*) FROM pulse.status WHERE component LIKE 'event%';
RESET datestyle; RESET timezone;
DROP TABLE pulse_event.regress_leafy_2026_04;
SELECT component, state, value FROM pulse.status WHERE component LIKE 'event%';
SELECT pulse.tick(); SELECT pulse.set_clock('2026-03-02 12:02+00'); SELECT pulse.tick();
SELECT count(*) FROM pulse.status WHERE component LIKE 'event%';
SELECT pulse.drop_event('regress_leafy');
SELECT pulse.set_clock(NULL);

-- what cannot be asked
SELECT pulse.tick(0);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.tick(NULL);
SELECT pulse.tick(on_failure => 'ignore');
CALL pulse.run(0);
-- without pg_cron: what to do is said
SELECT pulse.schedule();
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.unschedule();
SELECT pulse.set_setting('timezone', 'UTC');
DELETE FROM pulse_internal.job; DELETE FROM pulse_internal.consumer WHERE name = 'rules';
