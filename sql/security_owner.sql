-- what belongs to one author is no other's to end, change or answer for
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-02 08:00+00');
CREATE ROLE regress_own_author IN ROLE pulse_author;
CREATE ROLE regress_own_member IN ROLE regress_own_author;
CREATE ROLE regress_own_other IN ROLE pulse_author;
CREATE ROLE regress_own_admin IN ROLE pulse_admin;
CREATE ROLE regress_own_app IN ROLE pulse_app;
CREATE ROLE regress_own_clerk IN ROLE pulse_app;
CREATE SCHEMA IF NOT EXISTS pulse_event;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_own_author, regress_own_other;
CREATE SCHEMA own_app AUTHORIZATION regress_own_author;

-- ---- stored health: its owner's ----
SET ROLE regress_own_author;
CREATE TABLE own_app.customer (id int PRIMARY KEY, visited date);
INSERT INTO own_app.customer VALUES (1, '2026-02-25'), (2, '2026-01-01');
SELECT pulse.create_model('own', '[{"dimension": "visit", "column": "visited", "curve": "linear 0:100 90:0"}]', bands => '{"red": 0, "amber": 50, "green": 75}');
SELECT pulse.store_health('own', 'own_app.customer', 'id', event => NULL);
SELECT pulse.override_health('own', '1', 'red', 'as I know them');
SET ROLE regress_own_other;
SELECT pulse.forget_health('own');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT pulse_internal.delete_health_source('own');
SELECT pulse.refresh_health('own');
SELECT pulse.rebuild_health('own');
SELECT pulse.override_health('own', '1', 'green', 'I want it green');
SELECT pulse.end_override('own', '1');
SELECT pulse_internal.delete_own_source('own', 10);
SELECT pulse_internal.close_override('own', '1', 10);
SET ROLE regress_own_app;
SELECT pulse.override_health('own', '1', 'green', 'I want it green');
SELECT pulse.end_override('own', '1');
\set VERBOSITY default
RESET ROLE;
SELECT customer, band, override_reason FROM pulse.healths WHERE model = 'own' ORDER BY customer;
-- who has his role may, and an administrator
SET ROLE regress_own_member;
SELECT pulse.refresh_health('own') AS refreshed, pulse.end_override('own', '1') AS ended;
SET ROLE regress_own_admin;
SELECT pulse.override_health('own', '2', 'green', 'the board says so');
SELECT pulse.end_override('own', '2');
SET ROLE regress_own_member;
SELECT pulse.forget_health('own');
SELECT pulse.drop_model('own');

-- ---- holds: of who may write the row ----
SET ROLE regress_own_author;
CREATE TABLE own_app.request (id int, part text COLLATE "C", owner text, worth int, state text NOT NULL DEFAULT 'new', PRIMARY KEY (id, part));
CREATE TABLE own_app.written (id int, state text, by text, path text);
CREATE FUNCTION own_app.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO own_app.written VALUES (new.id, new.state, current_user, current_setting('search_path'));
	RETURN NULL;
END $$;
SELECT pulse.create_event('own_request', 'request int, worth int');
SELECT pulse.watch('own_app.request', 'own_request', columns => 'request = id, worth = worth');
SELECT pulse.create_gate('own_app.request', 'state', amount => 'worth');
SELECT pulse.create_rule('own big', 'WHEN own_request WHERE worth > 10 PER request THEN hold', 'live');
RESET ROLE;
ALTER SEQUENCE pulse_internal.hold_hold_id_seq RESTART 7001;
SET ROLE regress_own_author;
INSERT INTO own_app.request VALUES (1, 'it''s', 'regress_own_clerk', 20, 'sold'), (2, 'b', 'somebody', 20, 'sold'), (3, 'c', 'regress_own_clerk', 20, NULL), (4, 'd', 'regress_own_clerk', 20, 'sold');
CREATE TRIGGER note AFTER UPDATE ON own_app.request FOR EACH ROW EXECUTE FUNCTION own_app.note();
SELECT id, state FROM own_app.request ORDER BY id;
RESET ROLE;
CREATE TABLE own_numbers AS SELECT h.hold_id, (h.row_key ->> 'id')::int AS id FROM pulse.holds AS h WHERE h.relation = 'own_app.request'::regclass;
GRANT SELECT ON own_numbers TO PUBLIC;
GRANT USAGE ON SCHEMA own_app TO regress_own_other, regress_own_app, regress_own_clerk;
GRANT INSERT ON own_app.written TO regress_own_clerk;
-- without the right to update the table
SET ROLE regress_own_other;
SELECT pulse_internal.answer_hold(hold_id, 'I answer for it', NULL, NULL, true) FROM own_numbers WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_own_app;
SELECT pulse.override_hold(hold_id, 'I answer for it') FROM own_numbers WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.release_hold(hold_id, 'it is mended') FROM own_numbers WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT n.id, h.state, h.reason FROM pulse.holds AS h JOIN own_numbers AS n USING (hold_id) ORDER BY n.id;
-- with it, but not to this row
ALTER TABLE own_app.request ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON own_app.request USING (owner = current_user);
GRANT SELECT, UPDATE (state) ON own_app.request TO regress_own_clerk;
SET ROLE regress_own_clerk;
SELECT pulse.override_hold(hold_id, 'I answer for it') FROM own_numbers WHERE id = 2;
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.release_hold(hold_id, 'it is mended') FROM own_numbers WHERE id = 2;
\echo :LAST_ERROR_SQLSTATE
-- with both: the table's trigger runs as if he had typed the UPDATE
SET search_path = own_app, pulse, public;
SELECT release_hold(hold_id, 'try it') AS passed FROM public.own_numbers WHERE id = 1;
SELECT override_hold(hold_id, 'agreed on the phone') FROM public.own_numbers WHERE id = 1;
RESET search_path;
SELECT pulse.override_hold(hold_id, 'agreed on the phone') FROM own_numbers WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
-- he may act as who is asking, as nobody else
RESET ROLE;
BEGIN;
SELECT pulse.act_as('clerk one', NULL);
SAVEPOINT s;
SELECT pulse.override_hold(hold_id, 'agreed', 'the boss') FROM own_numbers WHERE id = 4;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
SELECT pulse.override_hold(hold_id, 'agreed') FROM own_numbers WHERE id = 4;
COMMIT;
SELECT n.id, h.state, h.reason, CASE h.closed_by WHEN session_user THEN 'the session' ELSE h.closed_by END AS closed_by
FROM pulse.holds AS h JOIN own_numbers AS n USING (hold_id) ORDER BY n.id;
SELECT id, state FROM own_app.request ORDER BY id;
SELECT id, state, CASE by WHEN session_user THEN 'the session' ELSE by END AS by, path FROM own_app.written ORDER BY id, state;
-- a null, an unknown number, a renamed column
SELECT pulse.release_hold(NULL);
SELECT pulse.override_hold(0, 'why');
ALTER TABLE own_app.request RENAME part TO piece;
SELECT pulse.release_hold(hold_id) FROM own_numbers WHERE id = 2;
\echo :LAST_ERROR_SQLSTATE

-- ---- the end ----
SELECT pulse.drop_rule('own big');
SELECT pulse.drop_watch('own_app.request', 'own_request');
SELECT pulse.drop_event('own_request');
DROP TABLE own_numbers;
DROP SCHEMA own_app CASCADE;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.hold_wait;
DELETE FROM pulse_internal.hold;
DELETE FROM pulse_internal.gate;
REVOKE ALL ON SCHEMA pulse_event FROM regress_own_author, regress_own_other;
DROP ROLE regress_own_author, regress_own_member, regress_own_other, regress_own_admin, regress_own_app, regress_own_clerk;
SELECT pulse.set_clock(NULL);
