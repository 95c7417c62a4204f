-- why something failed may quote a row: it is shown to whoever has the rights of its author
SET timezone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-02 08:00+00');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
CREATE ROLE regress_reason_author IN ROLE pulse_author;
CREATE ROLE regress_reason_other IN ROLE pulse_author;
CREATE ROLE regress_reason_analyst IN ROLE pulse_analyst;
CREATE ROLE regress_reason_monitor IN ROLE pg_monitor;
CREATE ROLE regress_reason_app IN ROLE pulse_app;
CREATE SCHEMA IF NOT EXISTS pulse_event;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_reason_author;
CREATE SCHEMA reason_app AUTHORIZATION regress_reason_author;
SET ROLE regress_reason_author;
CREATE TABLE reason_app.deal (id text, owner text, note text);
INSERT INTO reason_app.deal VALUES ('1', 's', 'a secret');
SELECT pulse.create_event('reason_deal', 'deal text, note text');
SELECT pulse.create_rule('reason rule', 'WHEN reason_deal WHERE SQL (note::int > 0) PER deal THEN notify reason_rep', 'live');
SELECT pulse.map_role('reason_rep', key => 'deal', relation => 'reason_app.deal', id => 'id', staff => 'note::int::text');
SELECT pulse.create_report('reason report', 'SELECT note::int FROM reason_app.deal');
SELECT pulse.create_job('reason job', 'SELECT note::int FROM reason_app.deal', every => '1 hour');
INSERT INTO pulse_event.reason_deal (deal, note) VALUES ('1', 'a secret');
RESET ROLE;
SELECT pulse.set_clock('2026-03-02 09:30+00');
SELECT events FROM pulse.tick();
SELECT pulse_internal.run_user_jobs() IS NOT NULL AS ran;
SELECT count(*) FROM pulse_internal.read_mapping((SELECT mapping_id FROM pulse_internal.mapping WHERE name = 'reason_rep'), '{1}', true);
SELECT failure IS NOT NULL AS failed FROM pulse_internal.run_report('reason report', 's');

CREATE FUNCTION reason_shown() RETURNS TABLE (whom text, place text, told text) LANGUAGE plpgsql AS $$
DECLARE
	source record;
BEGIN
	whom := current_user;
	FOR source IN SELECT * FROM (VALUES ('rules', 'SELECT reason FROM pulse.rules WHERE name = ''reason rule'''), ('stat_rules', 'SELECT reason FROM pulse.stat_rules WHERE rule = ''reason rule'''),
		('roles', 'SELECT reason FROM pulse.roles WHERE role = ''reason_rep'''), ('reports', 'SELECT reason FROM pulse.reports WHERE name = ''reason report'''),
		('stat_jobs', 'SELECT last_error FROM pulse.stat_jobs WHERE job = ''reason job'''),
		('status', 'SELECT string_agg(value, '' | '' ORDER BY component COLLATE "C") FROM pulse.status WHERE component ~ ''reason'''),
		('table rule', 'SELECT max(reason) FROM pulse_internal.rule'), ('table mapping', 'SELECT max(reason) FROM pulse_internal.mapping'), ('table report', 'SELECT max(reason) FROM pulse_internal.report'),
		('table job', 'SELECT max(last_error) FROM pulse_internal.job'), ('table page', 'SELECT max(reason) FROM pulse_internal.page'), ('table kpi', 'SELECT max(reason) FROM pulse_internal.kpi'),
		('table health_source', 'SELECT max(reason) FROM pulse_internal.health_source')) AS s(place, query)
	LOOP
		place := source.place;
		BEGIN
			EXECUTE source.query INTO told;
		EXCEPTION WHEN insufficient_privilege THEN told := 'refused: ' || sqlerrm;
		END;
		RETURN NEXT;
	END LOOP;
END $$;
SET ROLE regress_reason_author; SELECT * FROM reason_shown();
SET ROLE regress_reason_other; SELECT * FROM reason_shown();
SET ROLE regress_reason_app; SELECT * FROM reason_shown();
SET ROLE regress_reason_monitor; SELECT * FROM reason_shown();
SET ROLE regress_reason_analyst; SELECT * FROM reason_shown() WHERE place IN ('rules', 'status');
RESET ROLE;
GRANT regress_reason_author TO regress_reason_other;
SET ROLE regress_reason_other; SELECT * FROM reason_shown() WHERE place = 'rules';
RESET ROLE;

SELECT pulse.drop_rule('reason rule'), pulse.drop_role('reason_rep'), pulse.drop_report('reason report'), pulse.drop_job('reason job');
SELECT pulse.drop_event('reason_deal');
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
DROP FUNCTION reason_shown();
DROP SCHEMA reason_app CASCADE;
DROP OWNED BY regress_reason_author, regress_reason_other CASCADE;
DROP ROLE regress_reason_author, regress_reason_other, regress_reason_analyst, regress_reason_monitor, regress_reason_app;
SELECT pulse.set_clock(NULL);
