-- delivery of a copy, as an administrator and others see it
BEGIN;
SELECT plan(8);

CREATE ROLE regress_delivery_admin;
CREATE ROLE regress_delivery_app;
GRANT pulse_admin TO regress_delivery_admin;
GRANT pulse_app TO regress_delivery_app;

SELECT matches(pulse.delivery_identity(), '^[0-9]+/[0-9]+$', 'an identity is system identifier and database oid');
SELECT is(split_part(pulse.delivery_identity(), '/', 2)::oid, (SELECT oid FROM pg_database WHERE datname = current_database()), 'of this database');
SET ROLE regress_delivery_app;
SELECT throws_ok('SELECT pulse.resume_delivery()', '42501', NULL, 'an application may not resume delivery');
SELECT throws_ok('SELECT * FROM pulse.stat_consumers', '42501', NULL, 'nor look at consumers');
RESET ROLE;
SET ROLE regress_delivery_admin;
SELECT lives_ok('SELECT pulse.resume_delivery()', 'an administrator may');
SELECT lives_ok('SELECT * FROM pulse.stat_consumers', 'and sees consumers');
SELECT lives_ok('SELECT * FROM pulse.stat_events', 'and event kinds');
RESET ROLE;
SELECT ok(NOT pulse_internal.delivery_held(), 'nothing is held');

SELECT * FROM finish();
ROLLBACK;
