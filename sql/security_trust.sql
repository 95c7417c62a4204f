-- what salespulse does on its own for a superuser runs no code of anybody else
SET timezone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-02 08:00+00');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
-- a name that is the same on every machine
CREATE ROLE regress_trust_super SUPERUSER;
CREATE ROLE regress_trust_other IN ROLE pulse_author;
CREATE ROLE regress_trust_admin IN ROLE pulse_admin;
SELECT pulse.create_event('trust_first', 'n int');	-- makes the schema, if need be
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_trust_other, regress_trust_admin;
CREATE SCHEMA trust_app AUTHORIZATION regress_trust_other;
GRANT USAGE ON SCHEMA trust_app TO PUBLIC;
CREATE FUNCTION trust_tick(instant timestamptz, OUT firings int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$;

-- ---- what the other role lays out: each is code that comes with something that is read or written ----
SET ROLE regress_trust_other;
CREATE FUNCTION trust_app.spy(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN RAISE 'ran as a superuser'; END IF;
	RETURN n;
END $$;
CREATE TYPE trust_app.mood AS ENUM ('good', 'bad');
CREATE FUNCTION trust_app.mood_text(trust_app.mood) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'mood ' || trust_app.spy(1) $$;
CREATE CAST (trust_app.mood AS text) WITH FUNCTION trust_app.mood_text(trust_app.mood) AS ASSIGNMENT;
CREATE FUNCTION trust_app.mood_json(trust_app.mood) RETURNS json LANGUAGE sql STABLE AS $$ SELECT to_json(trust_app.spy(1)) $$;
CREATE CAST (trust_app.mood AS json) WITH FUNCTION trust_app.mood_json(trust_app.mood);
CREATE DOMAIN trust_app.checked AS int CHECK (trust_app.spy(VALUE) > 0);
CREATE DOMAIN trust_app.plainly AS int CHECK (pg_catalog.pg_backend_pid() > VALUE - VALUE);	-- functions of the server can do harm, too
CREATE TABLE trust_app.stock (item int PRIMARY KEY, n int, seen date, owner text);
INSERT INTO trust_app.stock VALUES (1, 1, '2026-02-25', 's');
CREATE VIEW trust_app.calling AS SELECT item, n, seen, owner FROM trust_app.stock WHERE trust_app.spy(item) > 0;
CREATE VIEW trust_app.serving AS SELECT item, n, seen, owner FROM trust_app.stock WHERE pg_catalog.pg_backend_pid() > 0;
CREATE FUNCTION trust_app.take(item int) RETURNS void LANGUAGE sql AS $$ SELECT trust_app.spy(item) $$;
SELECT pulse.create_event('trust_mood', 'item int, mood trust_app.mood');
SELECT pulse.create_event('trust_index', 'item int');
CREATE INDEX ON pulse_event.trust_index ((trust_app.spy(1)));
SELECT pulse.create_event('trust_plain', 'item int, n int');
CREATE FUNCTION trust_app.whoever() RETURNS name LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT current_user';

-- ---- refused where it is defined ----
SET ROLE regress_trust_super;
CREATE TABLE trust_own (id int PRIMARY KEY, mood trust_app.mood);
SELECT pulse.label('relation', 'trust_app.calling', 'trust calling'), pulse.label('relation', 'trust_app.serving', 'trust serving');
SELECT pulse.create_rule('trust state', 'WHILE trust serving WHERE n < 7 PER item THEN notify rep', 'live');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT pulse.create_rule('trust state', 'WHILE trust calling WHERE n < 7 PER item THEN notify rep', 'live');
SELECT pulse.create_rule('trust emit', 'WHEN trust_first PER n THEN emit event trust_plain (item n)', 'live');
SELECT pulse.create_rule('trust call', 'WHEN trust_first PER n THEN call function "trust_app.take" (n)', 'live');
SELECT pulse.describe_key('item', 'trust_app.serving', name => 'owner');
SELECT pulse.map_staff('trust_app.serving', id => 'owner', name => 'owner');
SELECT pulse.map_role('trust_rep', key => 'item', relation => 'trust_app.calling', id => 'item', staff => 'owner');
SELECT pulse.watch('trust_own', 'trust_mood', 'item = id, mood = mood');	-- by itself harmless
SELECT pulse.watch('trust_own', 'trust_text', 'item = id, mood = mood::text');
SELECT pulse.watch('trust_own', 'trust_text', 'item = id', 'trust_app.spy(id) > 0');
SELECT pulse.watch('trust_own', 'trust_text', 'item = id::trust_app.checked');
SELECT pulse.watch('trust_own', 'trust_text', 'item = id::trust_app.plainly');
SELECT pulse.create_rollup('trust_rollup', 'trust_app.stock', 'seen', 'day', '{owner}', '{count}', 'trust_app.spy(n) > 0');
SELECT pulse.create_model('trust', '[{"dimension": "visit", "column": "seen", "curve": "linear 0:100 90:0"}]', bands => '{"red": 0, "amber": 50, "green": 75}');
SELECT pulse.store_health('trust', 'trust_app.serving', 'item', event => NULL);
SELECT pulse.create_page('trust', 'Trust', '[{"kind": "table", "title_en": "T", "query": "SELECT item FROM trust_app.serving"}]');
SELECT pulse.create_pilot('trust', baseline => '[2026-01-05,2026-02-02)', started => '2026-02-02', direction => 'up', relation => 'trust_app.serving',
	day => 'seen', value => 'n', member => 'owner');
CREATE FUNCTION trust_figure(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE RETURN (SELECT sum(item) FROM trust_app.serving);
SELECT pulse.create_kpi('trust', 'cost', 'count', 'down', 'trust_figure');
\set VERBOSITY default
-- nothing was left behind, neither objects nor the state of being at work
SELECT count(*) FROM pulse.watches WHERE event = 'trust_text';
SELECT item FROM trust_app.serving;

-- ---- refused when it would run ----
SELECT pulse.create_rule('trust key', 'WHEN trust_mood PER mood THEN notify rep', 'live');
SELECT pulse.create_rule('trust index', 'WHEN trust_index PER item THEN notify rep', 'live');
SELECT pulse.create_rule('trust domain', 'WHEN trust_plain WHERE SQL (item::trust_app.plainly > 0) PER item THEN notify rep', 'live');
-- plain columns of somebody else's table, and a function that runs as its owner, are nobody's danger
SELECT pulse.create_rule('trust plain', 'WHEN trust_plain WHERE n > 1 PER item THEN notify rep', 'live');
SELECT pulse.create_rule('trust definer', 'WHEN trust_plain WHERE SQL (trust_app.whoever() = ''regress_trust_other'') PER item THEN notify rep', 'live');
SELECT pulse.create_job('trust job', 'SELECT count(*) FROM trust_app.serving', every => '1 hour');
SELECT pulse.create_job('trust write', 'DELETE FROM trust_app.stock WHERE item < 0', every => '1 hour');
SELECT pulse.create_job('trust read', 'SELECT count(*) FROM trust_app.stock', every => '1 hour');
RESET ROLE;
INSERT INTO trust_own VALUES (1, 'good');
SET ROLE regress_trust_other;
INSERT INTO pulse_event.trust_index (item) VALUES (1);
INSERT INTO pulse_event.trust_plain (item, n) VALUES (1, 2);
RESET ROLE;
SELECT trust_tick('2026-03-02 09:30+00'), pulse_internal.run_user_jobs();
SELECT name, state, reason FROM pulse.rules WHERE name LIKE 'trust %' ORDER BY name COLLATE "C";
SELECT rule, key FROM pulse.firings WHERE rule LIKE 'trust %' ORDER BY rule COLLATE "C", key;
SELECT job, runs, failures, last_error FROM pulse.stat_jobs WHERE job LIKE 'trust %' ORDER BY job COLLATE "C";
SET ROLE regress_trust_super;
\set VERBOSITY terse
SELECT * FROM pulse.backtest('trust key', '2026-01-01', '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
SELECT pulse.drop_job('trust job'), pulse.drop_job('trust write'), pulse.drop_job('trust read');
-- a plan made before, when the superuser looked himself, is no way round
CREATE FUNCTION trust_peep(item int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM trust_app.serving AS s WHERE s.item = trust_peep.item); END $$;
SELECT trust_peep(1), trust_peep(1), trust_peep(1), trust_peep(1), trust_peep(1), trust_peep(1);
SELECT pulse.create_rule('trust peep', 'WHEN trust_plain WHERE SQL (public.trust_peep(item) > 0) PER item THEN notify rep', 'live');
INSERT INTO pulse_event.trust_plain (item, n) VALUES (2, 0);
SELECT trust_tick('2026-03-02 10:30+00');
SELECT state, reason FROM pulse.rules WHERE name = 'trust peep';

-- ---- a gate, where the other role writes the row ----
SET ROLE regress_trust_other;
CREATE TABLE trust_app.request (id int PRIMARY KEY, worth int, mood trust_app.mood, state text NOT NULL DEFAULT 'new');
SELECT pulse.create_event('trust_request', 'request int, worth int, mood trust_app.mood');
SET ROLE regress_trust_super;
SELECT pulse.watch('trust_app.request', 'trust_request', columns => 'request = id, worth = worth, mood = mood');
SELECT pulse.create_gate('trust_app.request', 'state', amount => 'worth');
SELECT pulse.create_rule('trust gate', 'WHEN trust_request WHERE worth > 10 PER request THEN hold', 'live');
SET ROLE regress_trust_other;
INSERT INTO trust_app.request VALUES (1, 20, 'good');
SELECT state, reason FROM pulse.rules WHERE name = 'trust gate';

-- ---- what changes hands later ----
SET ROLE regress_trust_super;
CREATE VIEW trust_view AS SELECT item, n FROM trust_app.stock;
SELECT pulse.label('relation', 'public.trust_view', 'trust view');
SELECT pulse.create_rule('trust hands', 'WHILE trust view WHERE n < 7 PER item THEN notify rep', 'live');
SELECT trust_tick('2026-03-02 11:30+00');
ALTER VIEW trust_view OWNER TO regress_trust_other;
SELECT trust_tick('2026-03-02 12:30+00');
SELECT state, reason FROM pulse.rules WHERE name = 'trust hands';
\set VERBOSITY terse
SELECT pulse.set_rule_mode('trust hands', 'live');
\set VERBOSITY default
ALTER VIEW trust_view OWNER TO regress_trust_super;
SELECT pulse.set_rule_mode('trust hands', 'live');
SELECT trust_tick('2026-03-02 13:30+00');
SELECT state FROM pulse.rules WHERE name = 'trust hands';

-- ---- the owner himself defines it: that is what the hint says ----
SET ROLE regress_trust_other;
SELECT pulse.create_rule('trust by owner', 'WHILE trust calling WHERE n < 7 PER item THEN notify rep', 'live');
RESET ROLE;
SELECT trust_tick('2026-03-02 14:30+00');
SELECT state, reason FROM pulse.rules WHERE name = 'trust by owner';
SELECT key FROM pulse.firings WHERE rule = 'trust by owner';

-- ---- the table's owner changes a superuser's watch in another part ----
SET ROLE regress_trust_other;
CREATE TABLE trust_app.thing (id int PRIMARY KEY, mood trust_app.mood);
SET ROLE regress_trust_super;
SELECT pulse.watch('trust_app.thing', 'trust_thing', 'item = id');
UPDATE pulse_internal.watch SET columns = 'item = trust_app.spy(id)' WHERE relation = 'trust_app.thing'::regclass;	-- a restored row
SET ROLE regress_trust_other;
\set VERBOSITY terse
SELECT pulse.alter_watch('trust_app.thing', 'trust_thing', operations => '{insert,update}');
\set VERBOSITY default
INSERT INTO trust_app.thing VALUES (1, 'good');
RESET ROLE;
SELECT event, row_key, message FROM pulse.capture_errors WHERE event = 'trust_thing';
SELECT state, reason FROM pulse.watches WHERE event = 'trust_thing';

-- ---- a trigger that he was allowed to put on a superuser's event table: capture writes there as its owner ----
SET ROLE regress_trust_super;
CREATE TABLE trust_deed (id int PRIMARY KEY);
SELECT pulse.watch('trust_deed', 'trust_deed', 'item = id');
GRANT TRIGGER ON pulse_event.trust_deed TO regress_trust_other;
GRANT INSERT ON trust_deed TO regress_trust_other;
SET ROLE regress_trust_other;
CREATE FUNCTION trust_app.spy_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM trust_app.spy(1); RETURN new; END';
CREATE TRIGGER spy AFTER INSERT ON pulse_event.trust_deed FOR EACH STATEMENT EXECUTE FUNCTION trust_app.spy_row();
INSERT INTO trust_deed VALUES (1);
RESET ROLE;
SELECT event, row_key, message FROM pulse.capture_errors WHERE event = 'trust_deed';

-- ---- who writes the sentence must have the rights that it runs with ----
SET ROLE regress_trust_admin;
SELECT pulse.alter_rule('trust plain', 'WHEN trust_plain WHERE SQL (pg_catalog.pg_read_file(''PG_VERSION'') <> '''') PER item THEN notify rep');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT pulse.alter_rule('trust plain', 'WHEN trust_first PER n THEN notify rep', active_from => '2026-04-01');
SELECT pulse.alter_rule('trust by owner', 'WHEN trust_first PER n THEN notify rep');
\set VERBOSITY default
SELECT pulse.set_rule_mode('trust plain', 'draft'), pulse.drop_rule('trust by owner');
-- nobody turns it off but a superuser
SET ROLE regress_trust_other;
SET pulse.working = off;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

SELECT count(pulse.drop_rule(name)) > 0 AS dropped FROM pulse.rules WHERE name LIKE 'trust %';
SELECT count(pulse.drop_watch(relation, event)) AS dropped FROM pulse.watches WHERE event LIKE 'trust\_%';
SELECT count(pulse.drop_event(name)) > 0 AS dropped FROM pulse.events WHERE name LIKE 'trust\_%';
SELECT pulse.drop_model('trust');
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.hold_wait;
DELETE FROM pulse_internal.hold;
DELETE FROM pulse_internal.gate;
DELETE FROM pulse_internal.label WHERE name LIKE '%trust%';
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
DROP FUNCTION trust_tick(timestamptz), trust_figure(pulse.period, text), trust_peep(int);
DROP SCHEMA trust_app CASCADE;
DROP OWNED BY regress_trust_other, regress_trust_admin, regress_trust_super CASCADE;
DROP ROLE regress_trust_super, regress_trust_other, regress_trust_admin;
SELECT pulse.set_clock(NULL);
