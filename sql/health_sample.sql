-- health: the model that is shipped: eleven dimensions of a sales company, for any view with those columns
SET timezone = 'UTC';
SET datestyle = ISO;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-04-01 09:00+08');
SELECT pulse.import_model(pulse.sample_model());
-- what comes in goes out
SELECT pulse.export_model('sales company') = pulse.sample_model('sales company') AS equal, pulse.import_model(pulse.export_model('sales company')) AS version;
SELECT dimension, curve, share, missing, group_name FROM pulse.explain_model('sales company');
SELECT group_name, weight, dimensions FROM pulse.explain_groups('sales company');
SELECT count(*) AS dimensions, count(labels -> 'en') AS english, count(labels -> 'zh') AS chinese FROM pulse.explain_model('sales company');
-- a view of whatever an application has
CREATE TABLE sample_customer (id int PRIMARY KEY, contract_end date, service_end date, last_visit timestamptz, competitor date, contact_confirmed date,
	interactions int, orders_now int, orders_before int, value_now numeric, value_before numeric, unpaid_due date, complaints int, tickets int);
INSERT INTO sample_customer VALUES
	(1, '2027-01-31', '2026-12-31', '2026-03-25 10:00+08', '-infinity', '2026-03-01', 12, 8, 7, 50000, 42000, NULL, 0, 1),
	(2, '2026-05-20', '2026-06-30', '2026-02-10 10:00+08', '2026-03-10', '2025-10-01', 3, 3, 6, 12000, 30000, '2026-03-01', 1, 2),
	(3, '2026-03-31', '2026-12-31', '2026-03-30 10:00+08', '-infinity', '2026-03-01', 20, 8, 7, 50000, 42000, NULL, 0, 0),
	(4, '2027-01-31', '2026-12-31', '2026-03-30 10:00+08', '-infinity', '2026-03-01', 20, 8, 7, 50000, 42000, '2026-01-01', 0, 0),
	(5, '2026-08-31', NULL, NULL, NULL, NULL, NULL, 2, 2, NULL, NULL, NULL, NULL, NULL);
CREATE VIEW sample_facts AS
SELECT id, contract_end, service_end, last_visit, competitor AS competitor_contact, contact_confirmed AS key_contact_confirmed, interactions AS interactions_30d,
	orders_now::numeric / nullif(orders_before, 0) AS order_count_ratio, value_now / nullif(value_before, 0) AS order_value_ratio,
	coalesce(unpaid_due, 'infinity') AS oldest_unpaid_due, complaints AS complaints_90d, tickets AS tickets_open
FROM sample_customer;
SELECT * FROM pulse.check_model('sales company', 'sample_facts');
SELECT id, pulse.health('sales company', f), pulse.next_change('sales company', f) AS next_change FROM sample_facts AS f ORDER BY id;
SELECT count(*) AS customers, count(*) FILTER (WHERE e.sum = pulse.score(pulse.health('sales company', f))) AS exact
FROM sample_facts AS f, LATERAL (SELECT sum(contribution) FROM pulse.explain_health('sales company', f)) AS e;
SELECT sentence FROM sample_facts AS f, pulse.explain_health('sales company', f, lang => 'en') WHERE id = 2;
SELECT sentence FROM sample_facts AS f, pulse.explain_health('sales company', f, lang => 'zh') WHERE id = 2;
SELECT id, dimension, status FROM sample_facts AS f, pulse.explain_health('sales company', f) WHERE points IS NULL AND status LIKE '%veto%' ORDER BY id, dimension;
-- each measure that gets worse never makes the score better
SELECT d.dimension, count(*) FILTER (WHERE d.points > d.before) AS rises
FROM (SELECT m.dimension, p.points, lag(p.points) OVER (PARTITION BY m.dimension ORDER BY v * m.worse) AS before
	FROM (SELECT dimension, curve, CASE WHEN dimension IN ('engagement', 'purchase frequency', 'purchase value', 'competitor contact') THEN -1 ELSE 1 END AS worse
		FROM pulse.explain_model('sales company')) AS m, generate_series(-400.0, 400, 0.25) AS v, LATERAL (SELECT pulse.points(m.curve, v) AS points) AS p) AS d
GROUP BY d.dimension ORDER BY d.dimension;
SELECT pulse.sample_model('bakery');
\echo :LAST_ERROR_SQLSTATE
DROP TABLE sample_customer CASCADE;
SELECT pulse.drop_model('sales company');
SELECT pulse.set_clock(NULL);
