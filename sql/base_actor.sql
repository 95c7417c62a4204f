-- who is asking: said by pulse_app alone, for the transaction
CREATE ROLE regress_actor_app;
GRANT pulse_app TO regress_actor_app;
CREATE ROLE regress_actor_clerk;
CREATE TABLE actor_row (tenant text, value int);
INSERT INTO actor_row SELECT CASE WHEN n % 4 = 0 THEN 'a' ELSE 'b' END, n FROM generate_series(1, 4000) AS n;
ALTER TABLE actor_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON actor_row USING (tenant = pulse.acting_tenant());
GRANT SELECT ON actor_row TO regress_actor_app, regress_actor_clerk;
ANALYZE actor_row;

SET ROLE regress_actor_app;
SELECT pulse.acting_staff(), pulse.acting_tenant(), count(*) FROM actor_row;
BEGIN;
SELECT pulse.act_as('7', 'a');
SELECT pulse.acting_staff(), pulse.acting_tenant(), count(*), min(value), bool_and(tenant = 'a') FROM actor_row;
-- a savepoint takes it back with the rest
SAVEPOINT s;
SELECT pulse.act_as('8', 'b');
SELECT pulse.acting_tenant(), count(*) FROM actor_row;
ROLLBACK TO s;
SELECT pulse.acting_staff(), pulse.acting_tenant();
SELECT pulse.act_as(NULL);
SELECT pulse.acting_staff(), pulse.acting_tenant(), count(*) FROM actor_row;
SELECT pulse.act_as('7', 'a');
COMMIT;
SELECT pulse.acting_staff(), pulse.acting_tenant(), count(*) FROM actor_row;

-- parallel workers know it
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- its name before server 16, and since
SELECT set_config(name, 'on', true) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT pulse.act_as('7', 'b');
EXPLAIN (COSTS OFF) SELECT count(*) FROM actor_row;
SELECT count(*) FROM actor_row;
ROLLBACK;

-- nobody says it by hand, or for another
SET pulse.acting_tenant = 'b';
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT pulse.act_as('7', 'a');
SET LOCAL pulse.acting_tenant = 'b';
ROLLBACK;
SELECT set_config('pulse.acting_tenant', 'b', false);
-- forgetting leads to nobody
BEGIN;
SELECT pulse.act_as('7', 'a');
RESET ALL;
SELECT pulse.acting_tenant(), count(*) FROM actor_row;
ROLLBACK;
RESET ROLE;
SET ROLE regress_actor_clerk;
SELECT pulse.act_as('7', 'a');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- what is said before the library is there counts for nothing
\set VERBOSITY terse
\c -
SET ROLE regress_actor_clerk;
SET pulse.acting_tenant = 'b';
SELECT count(*) FROM actor_row;
SELECT current_setting('pulse.acting_tenant') AS tenant;
SET pulse.acting_tenant = 'b';
RESET ROLE;
DROP TABLE actor_row;
DROP ROLE regress_actor_app, regress_actor_clerk;
