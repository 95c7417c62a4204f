-- a mapping is its author's, with or without a view; what it shows is for who may read its view
\set SHOW_CONTEXT never
CREATE SCHEMA regress_acc;
CREATE TABLE regress_acc.users (id int PRIMARY KEY, name text, email text);
INSERT INTO regress_acc.users VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com');
CREATE TABLE regress_acc.customer (id int PRIMARY KEY, owner_id int);
INSERT INTO regress_acc.customer VALUES (17, 1);
CREATE ROLE regress_map_author IN ROLE pulse_author;
CREATE ROLE regress_map_other IN ROLE pulse_author;
CREATE ROLE regress_map_admin IN ROLE pulse_admin;
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS pulse_event;
RESET client_min_messages;
GRANT CREATE, USAGE ON SCHEMA pulse_event TO regress_map_author;
GRANT USAGE ON SCHEMA pulse_event, regress_acc TO regress_map_author, regress_map_other;
GRANT SELECT ON ALL TABLES IN SCHEMA regress_acc TO regress_map_author;

SET ROLE regress_map_author;
SELECT pulse.map_staff('regress_acc.users', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('rep', key => 'customer', relation => 'regress_acc.customer', staff => 'owner_id');
SELECT pulse.map_role('finance', holder => '{2}');
SELECT staff, name, email FROM pulse.explain_role('finance');
SELECT role, author FROM pulse.roles ORDER BY role;

-- another author may neither replace nor drop, view or not
SET ROLE regress_map_other;
SELECT pulse.map_role('finance', holder => '{1}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_role('finance');
SELECT pulse.drop_role('rep');
SELECT pulse.map_role('desk', holder => '{1}');
SELECT pulse.drop_role('desk');
-- nor read people whom he may not read in their table
SELECT * FROM pulse.staff;
SELECT * FROM pulse.explain_role('finance');
SELECT * FROM pulse.explain_role('rep', 'customer', '17');
SELECT * FROM pulse_internal.resolve_roles('{rep}', '{customer}', '{17}', true);
SELECT * FROM pulse_internal.read_mapping((SELECT mapping_id FROM pulse_internal.mapping WHERE kind = 'staff'), NULL, true);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT DISTINCT state FROM pulse_internal.mapping;
-- shared by its owner, he may
SET ROLE regress_map_author;
GRANT SELECT ON pulse_event.staff_directory, pulse_event.role_rep_by_customer TO regress_map_other;
SET ROLE regress_map_other;
SELECT staff, name FROM pulse.explain_role('rep', 'customer', '17');
-- an administrator may anyway, and replace
SET ROLE regress_map_admin;
SELECT count(*) FROM pulse.staff;
SELECT pulse.map_role('finance', holder => '{1}');
SET ROLE regress_map_author;
SELECT pulse.map_role('finance', holder => '{2}');
RESET ROLE;
-- one from before authors were kept is an administrator's
UPDATE pulse_internal.mapping SET author = NULL WHERE name = 'finance';
SET ROLE regress_map_other;
SELECT pulse.map_role('finance', holder => '{2}');
RESET ROLE;

DROP VIEW pulse_event.staff_directory, pulse_event.role_rep_by_customer;
DELETE FROM pulse_internal.mapping;
DROP TABLE regress_acc.users, regress_acc.customer;
DROP SCHEMA regress_acc;
REVOKE ALL ON SCHEMA pulse_event FROM regress_map_author, regress_map_other;
DROP ROLE regress_map_author, regress_map_other, regress_map_admin;
