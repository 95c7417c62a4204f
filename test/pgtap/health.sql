-- customer health as its users see it
BEGIN;
SET LOCAL search_path = public, pulse, pg_catalog;
SELECT plan(34);

SELECT lives_ok($$SELECT create_model('tap', '[
	{"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0", "weight": 2},
	{"dimension": "satisfaction", "column": "nps", "curve": "linear -100:0 100:100", "missing": "neutral"},
	{"dimension": "overdue", "curve": "linear 0:100 50000:0", "missing": "worst"}]', minimum_coverage => 60)$$, 'an author makes a model');
CREATE TABLE client (id int, days_silent int, nps int, overdue numeric);
INSERT INTO client VALUES (1, 0, 100, 0), (2, 45, 0, 25000), (3, 9, NULL, NULL), (4, NULL, NULL, NULL);
SELECT results_eq($$SELECT id, health('tap', c)::text FROM client AS c ORDER BY id$$,
	$$VALUES (1, '100 green'), (2, '50 amber'), (3, '57.5 grey [45, 95] 50%'), (4, '25 grey [0, 100] 0%')$$, 'anyone scores rows with it');
SELECT results_eq($$SELECT id FROM client AS c WHERE band(health('tap', c)) = 'grey' ORDER BY id$$, ARRAY[3, 4], 'grey is what is not known');
SELECT results_eq($$SELECT id FROM client AS c ORDER BY health('tap', c) DESC, id$$, ARRAY[1, 3, 2, 4], 'healthy first');
SELECT is((SELECT sum(contribution) FROM client AS c, explain_health('tap', c) WHERE id = 3), 57.50, 'the contributions are the score');
SELECT results_eq($$SELECT dimension, status FROM client AS c, explain_health('tap', c) WHERE id = 3$$,
	$$VALUES ('silence', 'measured'), ('satisfaction', 'neutral'), ('overdue', 'worst')$$, 'and say what was not measured');
SELECT ok((SELECT low(health('tap', x)) <= low(health('tap', c)) FROM client AS c, LATERAL (SELECT c.days_silent, NULL::int AS nps, c.overdue) AS x WHERE id = 2),
	'losing a measure makes nobody surer');
SELECT results_eq($$SELECT dimension, share FROM explain_model('tap')$$,
	$$VALUES ('silence', 0.5000), ('satisfaction', 0.2500), ('overdue', 0.2500)$$, 'weights are shares');
SELECT is((SELECT count(*) FROM check_model('tap', 'client')), 0::bigint, 'a table that fits');
ALTER TABLE client RENAME nps TO satisfaction_score;
SELECT is((SELECT problem FROM check_model('tap', 'client')), 'client has no column "nps"', 'and one that does not any more');
SELECT throws_ok($$SELECT health('tap', c) FROM client AS c$$, 'SP302', NULL, 'is refused');
SELECT is(alter_model('tap', '[{"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0"}]'), 2, 'a change is a version');
SELECT is((SELECT health('tap', c)::text FROM client AS c WHERE id = 3), '90 green', 'which the next statement uses');
SELECT throws_ok($$SELECT create_model('tap', '[{"dimension": "a", "curve": "linear 0:1"}]')$$, '42710', NULL, 'a name stands for one model');
SELECT throws_ok($$SELECT alter_model('tap', bands => '{"red": 10}')$$, 'SP302', NULL, 'bands have no gap');
SELECT lives_ok($$SELECT create_model('tap ahead', '[{"dimension": "silence", "column": "visited", "curve": "linear 0:100 90:0"}]',
	vetoes => '[{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"}]')$$, 'a model of dates, with a veto');
SELECT is((SELECT next_change('tap ahead', x, '2026-03-01 12:00+00') FROM (SELECT timestamptz '2026-02-28 12:00+00' AS visited, timestamptz '2026-03-10 08:00+00' AS contract_end) AS x),
	timestamptz '2026-03-10 08:00+00', 'says when its band will change');
SELECT is((SELECT band(health('tap ahead', x, '2026-03-10 08:00+00')) FROM (SELECT timestamptz '2026-02-28 12:00+00' AS visited, timestamptz '2026-03-10 08:00+00' AS contract_end) AS x),
	'red', 'and it does');
SELECT lives_ok($$SELECT drop_model('tap')$$, 'dropped');
SELECT throws_ok($$SELECT health('tap', c) FROM client AS c$$, 'SP303', NULL, 'and gone');

-- kept
SELECT set_clock('2026-03-01 08:00+00');
SELECT lives_ok($$SELECT import_model(sample_model('sales company'))$$, 'a model to begin with');
SELECT is(export_model('sales company'), sample_model('sales company'), 'goes out as it came in');
SELECT create_model('tap kept', '[{"dimension": "silence", "column": "visited", "curve": "linear 0:100 90:0"}]', bands => '{"red": 0, "amber": 50, "green": {"lower": 75, "hysteresis": 5}}');
CREATE TABLE kept (id int PRIMARY KEY, visited timestamptz);
INSERT INTO kept VALUES (1, '2026-02-25 08:00+00'), (2, NULL);
SELECT is(store_health('tap kept', 'kept', 'id', event => NULL), 2::bigint, 'an author keeps the health of a table');
SELECT results_eq($$SELECT customer, band, next_change FROM healths WHERE model = 'tap kept' ORDER BY 1$$,
	$$VALUES ('1', 'green', timestamptz '2026-03-24 08:06:28.8864+00'), ('2', 'grey', NULL)$$, 'with the instant when it will turn, past the hysteresis') ;
SELECT set_clock('2026-03-25 08:00+00');
SELECT is(refresh_health('tap kept'), 1::bigint, 'what came due is refreshed');
SELECT results_eq($$SELECT at, recorded, band FROM health_history WHERE model = 'tap kept' AND cause = 'time'$$,
	$$SELECT timestamptz '2026-03-24 08:06:28.8864+00', timestamptz '2026-03-25 08:00+00', 'amber'$$, 'and kept with the instant when it happened');
SELECT override_health('tap kept', '2', 'red', 'they said so');
UPDATE kept SET visited = '2026-03-25' WHERE id = 2;
SELECT refresh_health('tap kept');
SELECT results_eq($$SELECT band, computed_band, override_reason FROM healths WHERE model = 'tap kept' AND customer = '2'$$,
	$$VALUES ('red', 'green', 'they said so')$$, 'an override stands beside what is computed');
SELECT is((SELECT sum(change) FROM diff_health('tap kept', '1', '2026-03-01 08:00+00')), -26.67, 'a difference has its reasons');
SELECT is_empty($$SELECT * FROM check_health('tap kept')$$, 'and all is as the past says');

SELECT results_eq($$SELECT customer, band FROM healths_at('tap kept', '2026-03-02 08:00+00') ORDER BY 1$$,
	$$SELECT c.customer, a.band FROM (VALUES ('1'), ('2')) AS c(customer), health_at('tap kept', c.customer, '2026-03-02 08:00+00') AS a ORDER BY 1$$, 'all as they were at an instant');
SELECT matches((SELECT sentence FROM diff_health('tap kept', '1', '2026-03-01 08:00+00', lang => 'zh')), '因时间推移，减少26.67分', 'the reasons are sentences');

-- judged by what happened within so many days of the day on which each was scored
SELECT create_model('tap left', '[{"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0"}]');
CREATE TABLE left_later AS SELECT g AS id, g * 10 AS days_silent, date '2026-01-01' AS taken_on,
	CASE g WHEN 9 THEN date '2026-01-20' WHEN 8 THEN '2026-02-20' WHEN 7 THEN '2025-12-31' END AS left_on FROM generate_series(1, 9) AS g;
SELECT results_eq($$SELECT horizon, good, bad, censored, past, auc FROM evaluate_model('tap left', 'left_later', happened => 'left_on', scored_at => 'taken_on')$$,
	$$VALUES (30, 7::bigint, 1::bigint, 0::bigint, 1::bigint, 1.000000), (60, 6, 2, 0, 1, 1.000000), (90, 0, 0, 8, 1, NULL)$$,
	'a model is judged horizon by horizon; what is not over yet does not count');
SELECT results_eq($$SELECT sum(good), sum(bad) FROM confusion('tap left', 'left_later', 'left_on', 'taken_on', '{60}')$$, $$VALUES (6::numeric, 2::numeric)$$, 'and band by band');
SELECT throws_ok($$SELECT * FROM evaluate_model('tap left', 'left_later', 'id', 'taken_on')$$, 'SP302', NULL, 'an outcome has a date');

SELECT * FROM finish();
ROLLBACK;
