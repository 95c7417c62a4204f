-- care: rules that hear of health, in both languages, of customers and of their parents; who turns before long
SET timezone = 'Asia/Shanghai';
SET datestyle = ISO;
SET client_min_messages = error;
\set SHOW_CONTEXT never
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE TABLE care_client (id int PRIMARY KEY, region text, visited date, contract_end date);
INSERT INTO care_client VALUES (1, 'north', '2026-02-20', '2026-03-20'), (2, 'north', '2026-01-20', '2026-12-31'), (3, 'south', '2026-02-28', '2026-12-31'), (4, 'south', NULL, '2026-12-31');
SELECT pulse.create_model('rules of care', '[{"dimension": "visit", "column": "visited", "curve": "linear 0:100 100:0"}]',
	vetoes => '[{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"}]');
SELECT pulse.store_health('rules of care', 'care_client', 'id');
CREATE VIEW care_region AS SELECT * FROM pulse.parent_health('rules of care', 'care_client', child => 'id', parent => 'region');
SELECT pulse.create_model('regions of care', '[{"dimension": "children", "column": "score", "curve": "linear 0:0 100:100"},
	{"dimension": "worst", "column": "share_worst", "curve": "linear 0:100 1:0"}]');
SELECT pulse.store_health('regions of care', 'care_region', 'parent_key', key_name => 'region', event => 'region_health', follows => 'rules of care');
SELECT model, key_name, capture, event, follows FROM pulse.stored_health ORDER BY model;
SELECT customer, score, band, next_change FROM pulse.healths ORDER BY model DESC, customer;

-- who turns within two weeks, by an index
SELECT customer, band, next_change FROM pulse.healths WHERE model = 'rules of care' AND next_change < pulse.clock() + interval '14 days' ORDER BY next_change;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'pulse_internal.health_current'::regclass AND NOT indisunique ORDER BY 1;

-- the same in both languages, of a customer and of a region
SELECT pulse.create_rule('care en', 'WHEN health changes WHERE health CHANGES TO "red" PER customer THEN notify rep', 'live') IS NOT NULL AS en,
	pulse.create_rule('care zh', '当健康度变化（每个客户），其健康度变为红时，通知rep', 'live') IS NOT NULL AS zh,
	pulse.create_rule('region en', 'WHEN region_health WHERE band CHANGES FROM "green" TO "red" PER region THEN notify rep', 'live') IS NOT NULL AS region_en,
	pulse.create_rule('region zh', '当region_health（每个region），其band由绿变红时，通知rep', 'live') IS NOT NULL AS region_zh,
	pulse.create_rule('low score', 'WHEN health changes WHERE health score < 60 AND cause = "time" PER customer THEN assign rep "Visit {customer}"', 'live') IS NOT NULL AS score;
SELECT name, sentence_en, sentence_zh FROM pulse.rules WHERE name IN ('care en', 'region zh', 'low score') ORDER BY name;
SELECT firings FROM pulse_internal.sweep_rules(1000);
-- a tick refreshes, the next one's rules hear of it
CREATE VIEW care_heard AS SELECT rule, key, due_at, mode FROM pulse.firings WHERE swept_at > pulse.clock() - interval '2 minutes';
\set go 'SELECT events FROM pulse.tick(); SELECT pulse.set_clock(pulse.clock() + interval ''1 minute''); SELECT events FROM pulse.tick(); SELECT * FROM care_heard ORDER BY rule, key;'
-- nothing is written: customer 1 ends its contract on the 20th, customer 2 falls below amber and the regions with them
SELECT pulse.set_clock('2026-03-10 08:00+08');
:go
SELECT pulse.set_clock('2026-03-20 08:00+08');
:go
SELECT customer, score, band, old_band, cause FROM pulse_event.health_changed ORDER BY at, customer;
SELECT region, score, band, old_band, cause FROM pulse_event.region_health ORDER BY at, region;
-- a region follows its customers in the same tick, and an override of one of them
UPDATE care_client SET contract_end = '2026-12-31', visited = '2026-03-20' WHERE id < 3;
SELECT pulse.set_clock('2026-03-21 08:00+08');
:go
SELECT customer, score, band FROM pulse.healths WHERE model = 'regions of care' ORDER BY 1;
SELECT pulse.override_health('rules of care', '2', 'red', 'they leave', score => 0);
SELECT pulse.set_clock('2026-03-21 09:00+08');
:go
SELECT p.parent_key, p.score, p.share_worst, h.score = round((p.score + 100 * (1 - p.share_worst)) / 2, 2) AS kept FROM care_region AS p JOIN pulse.healths AS h ON h.model = 'regions of care' AND h.customer = p.parent_key ORDER BY 1;
SELECT * FROM pulse.check_health('rules of care') UNION ALL SELECT * FROM pulse.check_health('regions of care');
-- what is followed may go
SELECT pulse.create_model('care stray', '[{"dimension": "children", "column": "score", "curve": "linear 0:0 100:100"}]');
SELECT pulse.store_health('care stray', 'care_region', 'parent_key', event => NULL, follows => 'nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.forget_health('rules of care');
SELECT model, follows FROM pulse.stored_health ORDER BY model;
SELECT pulse.refresh_health('regions of care');
\echo :LAST_ERROR_SQLSTATE

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name IN ('care en', 'care zh', 'region en', 'region zh', 'low score') ORDER BY name;
SELECT pulse.forget_health('regions of care');
SELECT pulse.drop_event('health_changed'), pulse.drop_event('region_health');
SELECT pulse.drop_model(name) FROM pulse.models WHERE name LIKE '%care%' ORDER BY name;
DROP VIEW care_region;
DROP TABLE care_client;
DROP VIEW care_heard;
DELETE FROM pulse_internal.label WHERE class IN ('event', 'column', 'value') AND name IN ('health_changed', 'region_health', 'band', 'score', 'red', 'amber', 'green', 'grey') OR (class, name) = ('key', 'customer');
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
SELECT pulse.set_clock(NULL);
