-- health: what is wrong with a model, a curve, a row or an outcome is said; nothing is half saved
SET client_min_messages = error;
SET timezone = 'UTC';
SET datestyle = ISO;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+00');
\set SHOW_CONTEXT never
CREATE TABLE mistake_client (id int PRIMARY KEY, silent int, nps float8, visited date, lost boolean, kept boolean, told boolean);
INSERT INTO mistake_client SELECT g, g % 40, g % 100, date '2026-02-01' + g % 20, g % 3 = 0, true, g % 3 = 0 FROM generate_series(1, 120) AS g;
SELECT pulse.create_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 90:0"}]');
SELECT pulse.store_health('mistake live', 'mistake_client', 'id', event => NULL);
-- all that models and stored health are kept in, as one number
CREATE FUNCTION mistake_digest() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	part text;
	said text := '';
	digest text;
BEGIN
	FOR part IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'pulse_internal'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^(model|health)' ORDER BY 1 LOOP
		EXECUTE format('SELECT %L || md5(coalesce(string_agg(t::text, E''\n'' ORDER BY t::text), '''')) FROM pulse_internal.%I AS t', part, part) INTO digest;
		said := said || digest;
	END LOOP;
	RETURN md5(said);
END $$;
SELECT mistake_digest() AS before \gset

-- bands that overlap
SELECT pulse.create_model('mistake', '[{"dimension": "silent", "curve": "linear 0:100 90:0"}]', '{"red": 0, "amber": {"lower": 50, "hysteresis": 10}, "green": {"lower": 60, "hysteresis": 5}}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', bands => '{"red": 0, "amber": 50, "green": 50}');
\echo :LAST_ERROR_SQLSTATE
-- a gap below the lowest
SELECT pulse.alter_model('mistake live', bands => '{"red": 10, "green": 50}');
\echo :LAST_ERROR_SQLSTATE
-- weights all zero
SELECT pulse.create_model('mistake', '[{"dimension": "silent", "curve": "linear 0:100 90:0", "weight": 0}, {"dimension": "nps", "curve": "linear 0:0 100:100", "weight": 0.0}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 90:0", "group": "g"}]', groups => '[{"group": "g", "weight": 0}]');
\echo :LAST_ERROR_SQLSTATE
-- an unknown column
SELECT pulse.create_model('mistake unknown', '[{"dimension": "silent", "column": "quiet", "curve": "linear 0:100 90:0"}]');
SELECT count(pulse.health('mistake unknown', c)) FROM mistake_client AS c;
\echo :LAST_ERROR_SQLSTATE
SELECT problem, hint FROM pulse.check_model('mistake unknown', 'mistake_client');
SELECT pulse.store_health('mistake unknown', 'mistake_client', 'id');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.store_health('mistake live', 'mistake_client', 'ident');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_model('mistake unknown');
-- curves with a gap: none can be written, as each point goes on to the next, and what a map lacks is missing
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 30: 90:0"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 30-60:50 90:0"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "steps 0:100 60:50 30:0"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.points('linear 0:100 30:60 90:0', 29.999999), pulse.points('linear 0:100 30:60 90:0', 30.000001), pulse.points('steps 0:100 30:60', 29.999999), pulse.points('steps 0:100 30:60', 30);
-- NaN and infinity
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 NaN:0"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 Infinity:0"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "decay half_life infinity days"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_model('mistake live', '[{"dimension": "silent", "curve": "linear 0:100 90:0", "weight": "NaN"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_health('mistake live', '1', 'green', 'for nothing', score => 'NaN');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_health('mistake live', '1', 'green', 'for ever', 'infinity', 'Infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT :'before' = mistake_digest() AS nothing_saved;
-- in rows they are no mistake: NaN is not known, infinity is at the curve's end; an infinite date never comes, or is long past
BEGIN;
SELECT pulse.create_model('mistake odd', '[{"dimension": "nps", "curve": "linear 0:0 100:100"}, {"dimension": "visited", "curve": "linear -10:100 90:0"}]');
SELECT r.*, pulse.health('mistake odd', r), pulse.next_change('mistake odd', r) FROM (VALUES ('NaN'::float8, '2026-03-01'::date), ('Infinity', 'infinity'), ('-Infinity', '-infinity'), (1e300, '2026-03-01')) AS r(nps, visited);
ROLLBACK;
-- a column that is renamed under a live model: no row is scored by what is left, and what was stored stands
ALTER TABLE mistake_client RENAME silent TO quiet;
SELECT count(pulse.health('mistake live', c)) FROM mistake_client AS c;
\echo :LAST_ERROR_SQLSTATE
-- at the next tick it is known, before anything is written, and that it fits again
SELECT pulse_internal.refresh_health();
SELECT state, reason FROM pulse.stored_health WHERE model = 'mistake live';
ALTER TABLE mistake_client RENAME quiet TO silent;
SELECT pulse_internal.refresh_health();
SELECT state, reason FROM pulse.stored_health WHERE model = 'mistake live';
ALTER TABLE mistake_client RENAME id TO ident;
SELECT pulse_internal.refresh_health();
SELECT state, reason FROM pulse.stored_health WHERE model = 'mistake live';
ALTER TABLE mistake_client RENAME ident TO id;
SELECT pulse_internal.refresh_health();
ALTER TABLE mistake_client RENAME silent TO quiet;
UPDATE mistake_client SET quiet = 90 WHERE id = 1;
SELECT mistake_digest() AS touched \gset
SELECT pulse.refresh_health('mistake live');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.rebuild_health('mistake live');
\echo :LAST_ERROR_SQLSTATE
SELECT :'touched' = mistake_digest() AS nothing_saved;
SELECT score, band FROM pulse.healths WHERE model = 'mistake live' AND customer = '1';
ALTER TABLE mistake_client RENAME quiet TO silent;
SELECT pulse.refresh_health('mistake live');
SELECT score, band FROM pulse.healths WHERE model = 'mistake live' AND customer = '1';
SELECT mistake_digest() AS before \gset
-- an outcome with one class, to fit and to judge by
SELECT * FROM pulse.fit_model('mistake', 'mistake_client', 'kept', '{silent,nps}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.evaluate_model('mistake live', 'mistake_client', 'kept');
\echo :LAST_ERROR_SQLSTATE
-- an outcome that the columns tell apart
SELECT * FROM pulse.fit_model('mistake', 'mistake_client', 'lost', '{silent,told}');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE mistake_client ADD COLUMN low boolean, ADD COLUMN even boolean, ADD COLUMN low_even boolean;
UPDATE mistake_client SET low = id <= 40, even = id % 2 = 0, low_even = id <= 40 AND id % 2 = 0;
SELECT * FROM pulse.fit_model('mistake', 'mistake_client', 'low_even', '{low,even}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.refresh_health('mistake live');
SELECT count(*) AS models FROM pulse.models WHERE name <> 'mistake live' AND (name LIKE 'mistake%' OR name LIKE 'being fitted%');
SELECT :'before' = mistake_digest() AS nothing_saved;

DROP TABLE mistake_client;
SELECT pulse_internal.refresh_health();
SELECT state, reason FROM pulse.stored_health WHERE model = 'mistake live';
SELECT pulse.forget_health('mistake live'), pulse.drop_model('mistake live');
DROP FUNCTION mistake_digest();
SELECT pulse.set_clock(NULL);
