-- care: parents that turn although nothing was written and no child turned
SET timezone = 'America/New_York';
SET datestyle = ISO;
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE TABLE parents_client (id int PRIMARY KEY, region text, turnover numeric, visited date, called timestamptz);
INSERT INTO parents_client VALUES (1, 'north', 3, '2026-02-28', '2026-02-28 10:00+08'), (2, 'north', 1, '2026-01-20', '2026-02-20 10:00+08'), (3, 'south', 1, '2026-02-10', NULL), (4, 'east', 1, NULL, NULL);
SELECT pulse.create_model('parents', '[{"dimension": "visit", "column": "visited", "curve": "linear 0:100 100:0", "weight": 2, "missing": "neutral"},
	{"dimension": "call", "column": "called", "curve": "decay half_life 40 days", "missing": "neutral"}]', minimum_coverage => 0);
SELECT pulse.store_health('parents', 'parents_client', 'id', event => NULL);
SELECT * FROM pulse.parent_next_change('parents', 'parents_client', child => 'id', parent => 'region', weight => 'turnover');
SELECT * FROM pulse.parent_next_change('parents', 'parents_client', child => 'id', parent => 'region', until => '2026-12-31');
CREATE VIEW parents_region AS SELECT p.*, t.next_change
	FROM pulse.parent_health('parents', 'parents_client', child => 'id', parent => 'region', weight => 'turnover') AS p
	LEFT JOIN pulse.parent_next_change('parents', 'parents_client', child => 'id', parent => 'region', weight => 'turnover') AS t USING (parent_key);
SELECT pulse.create_model('parents region', '[{"dimension": "children", "column": "score", "curve": "linear 0:0 100:100"}]');
SELECT pulse.store_health('parents region', 'parents_region', 'parent_key', event => NULL, follows => 'parents', due => 'next_change');
SELECT model, follows, due FROM pulse.stored_health WHERE model LIKE 'parents%' ORDER BY model;
SELECT customer, score, band, next_change FROM pulse.healths WHERE model = 'parents region' ORDER BY customer;
-- a minute before nothing is due, and then it has turned
SELECT min(next_change) - interval '1 minute' AS before, min(next_change) AS then FROM pulse.healths WHERE model = 'parents region' \gset
SELECT pulse.set_clock(:'before');
SELECT pulse_internal.refresh_health();
SELECT h.customer, h.band, p.band AS of_children FROM pulse.healths AS h JOIN parents_region AS p ON p.parent_key = h.customer WHERE model = 'parents region' ORDER BY customer;
SELECT pulse.set_clock(:'then');
SELECT pulse_internal.refresh_health();
SELECT h.customer, h.band, p.band AS of_children FROM pulse.healths AS h JOIN parents_region AS p ON p.parent_key = h.customer WHERE model = 'parents region' ORDER BY customer;
SELECT customer, at = :'then' AS then, cause, band FROM pulse.health_history WHERE model = 'parents region' AND at > :'before' ORDER BY customer;

-- every nine hours, with visits, calls, overrides: after a tick the stored band is that of the children of this instant
INSERT INTO parents_client SELECT g, 'region ' || g % 7, g % 4, NULL, NULL FROM generate_series(10, 40) AS g;
CREATE TABLE parents_seen (region text, at timestamptz, stored text, band text, noticed bool);
CREATE PROCEDURE parents_run(rounds int) LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz := pulse.clock();
BEGIN
	FOR round IN 1 .. rounds LOOP
		PERFORM pulse.set_clock(start + round * interval '9 hours');
		IF random() < 0.04 THEN
			UPDATE parents_client SET visited = pulse.clock()::date - (random() * 60)::int, called = pulse.clock() - random() * interval '50 days' WHERE id % 11 = round % 11;
		ELSIF random() < 0.03 THEN
			PERFORM pulse.override_health('parents', h.customer, 'red', 'chance', CASE WHEN random() < 0.7 THEN pulse.clock() + random() * interval '9 days' END, (random() * 100)::int)
			FROM pulse.healths AS h WHERE h.model = 'parents' AND random() < 0.1;
		END IF;
		PERFORM CASE round % 3 WHEN 0 THEN pulse_internal.compare_health() END;
		INSERT INTO parents_seen SELECT customer, pulse.clock(), band, NULL, false FROM pulse.healths WHERE model = 'parents region';
		PERFORM pulse_internal.refresh_health();
		INSERT INTO parents_seen SELECT h.customer, pulse.clock(), h.band, p.band, true FROM pulse.healths AS h JOIN parents_region AS p ON p.parent_key = h.customer WHERE h.model = 'parents region';
		COMMIT;
	END LOOP;
END
$$;
SELECT setseed(0.3);
CALL parents_run(50);
SELECT count(*) > 400 AS many, count(*) FILTER (WHERE stored <> band) AS wrong, count(DISTINCT band) AS bands FROM parents_seen WHERE noticed;
SELECT count(*) > 5 AS turned FROM (SELECT stored <> lag(stored) OVER (PARTITION BY region ORDER BY at, noticed) AS turns FROM parents_seen) AS t WHERE turns;
SELECT * FROM pulse.check_health('parents') UNION ALL SELECT * FROM pulse.check_health('parents region');
SELECT pulse.rebuild_health('parents region');

-- mistakes
SELECT pulse.create_model('parents stray', '[{"dimension": "visit", "column": "visited", "curve": "linear 0:100 100:0"}]');
SELECT pulse.store_health('parents stray', 'parents_client', 'id', due => 'turn');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.store_health('parents stray', 'parents_client', 'id', due => 'visited');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.parent_next_change('parents stray', 'parents_client', 'id', 'region');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_model('parents stray');
SELECT * FROM pulse.parent_next_change('parents', 'parents_client', 'id', 'territory');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.parent_health('parents', 'parents_client', 'id', 'region', weight => 'visited');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.parent_health('parents', 'parents_client', NULL, 'region');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.forget_health('parents region'), pulse.forget_health('parents');
SELECT pulse.drop_model('parents region'), pulse.drop_model('parents');
DROP PROCEDURE parents_run(int);
DROP VIEW parents_region;
DROP TABLE parents_client, parents_seen;
SELECT pulse.set_clock(NULL);
