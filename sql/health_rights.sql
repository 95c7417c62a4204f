-- health: a model of one author used by another, and by who only reads; rows that a policy hides
SET timezone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE ROLE regress_rights_maker IN ROLE pulse_author;
CREATE ROLE regress_rights_other IN ROLE pulse_author;
CREATE ROLE regress_rights_reader;
CREATE SCHEMA rights AUTHORIZATION regress_rights_other;
GRANT USAGE ON SCHEMA rights TO regress_rights_maker, regress_rights_reader;
SET ROLE regress_rights_maker;
SELECT pulse.create_model('rights', '[{"dimension": "nps", "curve": "linear 0:0 100:100"}]');
SET ROLE regress_rights_other;
CREATE TABLE rights.client (id int PRIMARY KEY, rep name, nps int);
INSERT INTO rights.client VALUES (1, 'regress_rights_reader', 80), (2, 'somebody', 20), (3, 'regress_rights_maker', 60);
ALTER TABLE rights.client ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON rights.client USING (rep = current_user);
GRANT SELECT ON rights.client TO regress_rights_reader, regress_rights_maker;
-- another author scores by it, stores by it, and makes its next version, which says who
SELECT id, pulse.health('rights', c) FROM rights.client AS c ORDER BY id;
SELECT pulse.store_health('rights', 'rights.client', 'id', event => NULL);
SELECT pulse.alter_model('rights', '[{"dimension": "nps", "curve": "linear 0:0 80:100"}]') AS version;
SELECT name, version, author FROM pulse.models WHERE name = 'rights';
SELECT pulse.refresh_health('rights');
-- who sees one row has one scored and explained, whatever the model; stored health is no way round
SET ROLE regress_rights_reader;
SELECT id, pulse.health('rights', c) FROM rights.client AS c ORDER BY id;
SELECT c.id, e.dimension, e.value, e.contribution FROM rights.client AS c, pulse.explain_health('rights', c) AS e ORDER BY id;
SELECT pulse.next_change('rights', c) FROM rights.client AS c;
SELECT * FROM pulse.healths;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.explain_stored('rights', '2');
\echo :LAST_ERROR_SQLSTATE
-- nor for an author whom a policy shows one row
SET ROLE regress_rights_maker;
SELECT customer FROM pulse.healths;
SELECT customer, inputs FROM pulse.health_history;
SELECT * FROM pulse.health_at('rights', '1', pulse.clock());
-- health by a model of his that another one stored is not the maker's to change
SET ROLE regress_rights_maker;
SELECT id, pulse.health('rights', c) FROM rights.client AS c ORDER BY id;
SELECT pulse.refresh_health('rights');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_health('rights', '1', 'red', 'why not');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.forget_health('rights');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_model('rights');
\echo :LAST_ERROR_SQLSTATE
-- without the policy he reads it
RESET ROLE;
ALTER TABLE rights.client DISABLE ROW LEVEL SECURITY;
SET ROLE regress_rights_maker;
SELECT customer, score FROM pulse.healths ORDER BY customer;
RESET ROLE;
ALTER TABLE rights.client ENABLE ROW LEVEL SECURITY;
-- rows are read with the rights of who stored them, and his policies: what a policy hides from him is gone
RESET ROLE;
ALTER TABLE rights.client FORCE ROW LEVEL SECURITY;
SET ROLE regress_rights_other;
CREATE POLICY author ON rights.client TO regress_rights_other USING (id > 1);
SELECT pulse.refresh_health('rights', whole => true);
SELECT customer, score FROM pulse.healths ORDER BY customer;
SELECT pulse.forget_health('rights');
RESET ROLE;
SELECT pulse.drop_model('rights');
DROP SCHEMA rights CASCADE;
DROP ROLE regress_rights_maker, regress_rights_other, regress_rights_reader;
SELECT pulse.set_clock(NULL);
