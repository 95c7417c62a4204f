-- staff, roles and keys are read from the application's own tables
\set SHOW_CONTEXT never
CREATE SCHEMA regress_app;
CREATE TABLE regress_app.users (id int PRIMARY KEY, first_name text, family_name text, email text, phone text,
	org public.ltree, likes text, left_on date);
INSERT INTO regress_app.users VALUES
	(1, 'Ann', 'Li', 'ann@example.com', '13800000001', 'cn.north.beijing', 'sms', NULL),
	(2, 'Bo', 'Wang', 'bo@example.com', NULL, 'cn.north', NULL, NULL),
	(3, 'Cy', 'Zhao', 'cy@example.com', NULL, 'cn', NULL, NULL),
	(4, 'Di', 'Gone', 'di@example.com', NULL, 'cn.north.beijing', NULL, '2025-12-31'),
	(5, 'Ed', 'Sun', 'ed@example.com', NULL, 'cn.northern.tianjin', NULL, NULL),
	(6, 'Fay', 'Ops', 'fay@example.com', NULL, 'cn', NULL, NULL);
CREATE TABLE regress_app.customer (id int PRIMARY KEY, name text, owner_id int);
INSERT INTO regress_app.customer VALUES (17, 'Acme', 1), (18, 'Beta', 4), (19, 'Gamma', 5), (20, 'Delta', NULL), (21, 'North itself', 2);
CREATE TABLE regress_app.unit (path public.ltree, director int);
INSERT INTO regress_app.unit VALUES ('cn', 3), ('cn.north', 2);

SELECT pulse.map_staff('regress_app.users', id => 'id', name => $$first_name || ' ' || family_name$$, email => 'email',
	mobile => 'phone', org_path => 'org', channel => 'likes', condition => 'left_on IS NULL');
SELECT id, name, email, mobile, org_path, channel FROM pulse.staff ORDER BY id;

SELECT pulse.map_role('rep', key => 'customer', relation => 'regress_app.customer', staff => 'owner_id');
SELECT pulse.map_role('regional_director', above => 'rep', relation => 'regress_app.unit', org_path => 'path', staff => 'director');
SELECT pulse.map_role('vp', above => 'regional_director', relation => 'regress_app.unit', org_path => 'path', staff => 'director');
SELECT pulse.map_role('sales_operations', holder => '{6}');
SELECT role, key, relation, holder, above, state FROM pulse.roles ORDER BY role;

-- who holds what, and how it was found
SELECT * FROM pulse.explain_role('rep', 'customer', '17');
SELECT staff, name FROM pulse.explain_role('regional_director', 'customer', '17');
SELECT staff, name FROM pulse.explain_role('vp', 'customer', '17');
SELECT staff, name, found_by FROM pulse.explain_role('sales_operations');
-- cn.northern is not below cn.north; the director himself is not his own director
SELECT staff, name FROM pulse.explain_role('regional_director', 'customer', '19');
SELECT staff, name FROM pulse.explain_role('regional_director', 'customer', '21');
-- nobody: who left, no owner, no such customer, a key that is no number, no such role
SELECT count(*) FROM pulse.explain_role('rep', 'customer', '18');
SELECT count(*) FROM pulse.explain_role('rep', 'customer', '20');
SELECT count(*) FROM pulse.explain_role('rep', 'customer', '99');
SELECT count(*) FROM pulse.explain_role('rep', 'customer', 'C-17');
SELECT count(*) FROM pulse.explain_role('rep', 'customer', '0017');
SELECT count(*) FROM pulse.explain_role('rep', 'customer', NULL);
SELECT count(*) FROM pulse.explain_role('nobody');
-- keys of other types meet by their text
CREATE TABLE regress_app.account (account_no text, rep int);
INSERT INTO regress_app.account VALUES ('A/1', 1);
SELECT pulse.map_role('rep', key => 'account', relation => 'regress_app.account', id => 'account_no', staff => 'rep');
SELECT staff, found_by FROM pulse.explain_role('rep', 'account', 'A/1');
CREATE TABLE regress_app.site (site uuid, rep int);
INSERT INTO regress_app.site VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1);
SELECT pulse.map_role('rep', key => 'site', relation => 'regress_app.site', staff => 'rep');
SELECT staff FROM pulse.explain_role('rep', 'site', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
SELECT staff FROM pulse.explain_role('rep', 'site', 'no uuid');
-- one role may be found by several keys, and one way be dropped
SELECT pulse.drop_role('rep', 'site');
SELECT role, key FROM pulse.roles WHERE role = 'rep' ORDER BY key;

-- each bad input says what is wrong, and changes nothing
SELECT pulse.map_staff('regress_app.users', id => 'id', name => 'nickname');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.map_staff('regress_app.users', id => 'id', name => '');
SELECT pulse.map_staff(NULL, id => 'id', name => 'email');
SELECT pulse.map_staff('regress_app.users', id => 'id', name => 'email', condition => 'left_on IS');
SELECT pulse.map_role('rep');
SELECT pulse.map_role('rep', key => 'customer', holder => '{1}');
SELECT pulse.map_role('rep', holder => '{}');
SELECT pulse.map_role('rep', above => 'rep', relation => 'regress_app.unit', org_path => 'path', staff => 'director');
SELECT pulse.map_role('rep', key => 'customer', relation => 'regress_app.customer');
SELECT pulse.map_role('rep', key => 'customer', staff => 'owner_id');
SELECT pulse.map_role('rep', key => 'invoice', relation => 'regress_app.unit', staff => 'director');
SELECT pulse.map_role('', holder => '{1}');
SELECT pulse.map_role('a_role_with_a_name_that_is_too_long_for_the_view', key => 'customer_number', relation => 'regress_app.customer', staff => 'owner_id');
SELECT pulse.drop_role('nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.describe_key('customer', 'regress_app.customer');
SELECT id, name FROM pulse.staff ORDER BY id LIMIT 1;
SELECT role, key FROM pulse.roles ORDER BY role, key;

-- a mapping never has more rights than its author
CREATE ROLE regress_author IN ROLE pulse_author;
GRANT USAGE ON SCHEMA regress_app TO regress_author;
SET ROLE regress_author;
SELECT pulse.map_role('spy', key => 'customer', relation => 'regress_app.customer', staff => 'owner_id');
RESET ROLE;
GRANT CREATE, USAGE ON SCHEMA pulse_event TO regress_author;
SET ROLE regress_author;
SELECT pulse.map_role('spy', key => 'customer', relation => 'regress_app.customer', staff => 'owner_id');
RESET ROLE;
GRANT SELECT ON regress_app.customer, pulse_event.staff_directory TO regress_author;
SET ROLE regress_author;
SELECT pulse.map_role('keeper', key => 'customer', relation => 'regress_app.customer', staff => 'owner_id');
SELECT staff FROM pulse.explain_role('keeper', 'customer', '17');
-- another's view is not his to lend
SELECT pulse.map_staff('regress_app.customer', id => 'id', name => 'name');
RESET ROLE;
SELECT author FROM pulse.roles WHERE role = 'keeper';
-- rights withdrawn: who looks sees the error; a tick notes it and finds nobody
REVOKE SELECT ON regress_app.customer FROM regress_author;
SELECT staff FROM pulse.explain_role('keeper', 'customer', '17');
SELECT count(*) FROM pulse_internal.resolve_roles('{keeper}', '{customer}', '{17}', true);
SELECT role, state, reason FROM pulse.roles WHERE role = 'keeper';
GRANT SELECT ON regress_app.customer TO regress_author;
SELECT count(*) FROM pulse_internal.resolve_roles('{keeper}', '{customer}', '{17}', true);
SELECT role, state, reason FROM pulse.roles WHERE role = 'keeper';
-- who is told is not for another author to change
CREATE ROLE regress_author2 IN ROLE pulse_author;
SET ROLE regress_author2;
SELECT pulse.drop_role('keeper');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_role('keeper', 'customer');
SELECT pulse_internal.save_mapping('staff', '', '', NULL, NULL, NULL, NULL);
SELECT pulse.map_role('keeper2', holder => '{6}');
SELECT pulse.drop_role('keeper2');
RESET ROLE;
DROP ROLE regress_author2;
-- a mapping follows a renamed column; it is in the way of dropping one
ALTER TABLE regress_app.customer RENAME owner_id TO sales_id;
SELECT staff FROM pulse.explain_role('keeper', 'customer', '17');
ALTER TABLE regress_app.customer DROP COLUMN sales_id;
-- dropped all the same: broken, and nobody is found
SET client_min_messages = warning;
ALTER TABLE regress_app.customer DROP COLUMN sales_id CASCADE;
RESET client_min_messages;
SELECT count(*) FROM pulse_internal.resolve_roles('{rep,keeper,sales_operations}', '{customer}', '{17}', true);
SELECT role, key, state, reason FROM pulse.roles WHERE state <> 'ok' ORDER BY role;
-- what a mapping's expression does cannot write
CREATE TABLE regress_app.touched (n int);
CREATE FUNCTION regress_app.touch(n int) RETURNS int LANGUAGE sql AS 'INSERT INTO regress_app.touched VALUES (n) RETURNING n';
SELECT pulse.map_role('toucher', key => 'customer', relation => 'regress_app.customer', staff => 'regress_app.touch(id)');
SELECT count(*) FROM pulse_internal.resolve_roles('{toucher}', '{customer}', '{17}', true);
SELECT reason FROM pulse.roles WHERE role = 'toucher';
SELECT count(*) FROM regress_app.touched;

SET client_min_messages = warning;
DROP SCHEMA regress_app CASCADE;
DROP VIEW IF EXISTS pulse_event.staff_directory, pulse_event.role_keeper_by_customer;
REVOKE ALL ON SCHEMA pulse_event FROM regress_author;
DROP ROLE regress_author;
DELETE FROM pulse_internal.mapping;
