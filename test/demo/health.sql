-- health.sql: how the customers are, by three facts the application holds
SELECT pulse.create_model('payer', dimensions => $$[
		{"dimension": "late", "column": "mean_days_late", "curve": "linear 0:100 20:0", "weight": 3},
		{"dimension": "overdue", "column": "overdue_share", "curve": "linear 0:100 0.5:0", "weight": 2},
		{"dimension": "silence", "column": "days_silent", "curve": "linear 30:100 180:0", "weight": 1, "missing": "worst"}]$$,
	bands => $${"red": 0, "amber": 40, "green": 70}$$);

CREATE VIEW app.customer_facts AS
SELECT i.customer_id,
	   avg(greatest((p.paid_at AT TIME ZONE 'Asia/Shanghai')::date - i.due_date, 0)) AS mean_days_late,
	   coalesce(sum(i.total) FILTER (WHERE p.id IS NULL AND i.due_date < date '2013-09-30'), 0) / sum(i.total) AS overdue_share,
	   date '2013-09-30' - max((i.created_at AT TIME ZONE 'Asia/Shanghai')::date) AS days_silent
FROM app.invoice AS i
LEFT JOIN app.payment AS p ON p.invoice_id = i.id AND p.paid_at < timestamptz '2013-10-01 00:00+08'
WHERE i.created_at < timestamptz '2013-10-01 00:00+08'
GROUP BY 1;

\pset footer off
\echo '== How the customers were on 2013-09-30: the five worst, and why the first'
SELECT customer_id, pulse.score(h) AS score, pulse.band(h) AS band, round(mean_days_late, 1) AS mean_days_late, days_silent
FROM (SELECT f.*, pulse.health('payer', f) AS h FROM app.customer_facts AS f) AS x ORDER BY pulse.score(h), customer_id LIMIT 5;
SELECT e.* FROM (SELECT f FROM app.customer_facts AS f ORDER BY pulse.score(pulse.health('payer', f)), customer_id LIMIT 1) AS worst,
	LATERAL pulse.explain_health('payer', worst.f) AS e;

-- the model that is shipped, over what a sales team knows of three of the customers
\o /dev/null
SELECT pulse.import_model(pulse.sample_model('sales company'));
CREATE TABLE app.relation (customer_id text PRIMARY KEY, contract_end date, service_end date, last_visit date, competitor_contact date, key_contact_confirmed date,
	interactions_30d int, order_count_ratio numeric, order_value_ratio numeric, oldest_unpaid_due date, complaints_90d int, tickets_open int);
INSERT INTO app.relation
SELECT c.id, f.contract_end, f.service_end, f.last_visit, f.competitor, f.confirmed, f.interactions, f.orders, f.worth, f.unpaid, f.complaints, f.tickets
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM app.customer) AS c
JOIN (VALUES
	(1, date '2014-12-31', date '2014-10-31', date '2014-01-20', date '-infinity', date '2013-12-15', 9, 1.1, 1.2, date 'infinity', 0, 1),
	(2, '2014-03-31', '2014-06-30', '2013-12-10', '2014-01-25', '2013-06-01', 2, 0.6, 0.5, '2014-01-10', 1, 3),
	(3, '2014-09-30', NULL, NULL, NULL, NULL, NULL, 1.0, NULL, 'infinity', NULL, NULL))
	AS f(n, contract_end, service_end, last_visit, competitor, confirmed, interactions, orders, worth, unpaid, complaints, tickets) USING (n);
SELECT pulse.set_clock('2014-02-03 09:00+08');
SELECT pulse.store_health('sales company', 'app.relation', key => 'customer_id');
\o
\echo '== The model that is shipped, on 2014-02-03: how three customers are, and when that will turn'
SELECT customer, score, band, low, high, coverage, (next_change AT TIME ZONE 'Asia/Shanghai')::date AS turns_on FROM pulse.healths WHERE model = 'sales company' ORDER BY customer;
SELECT format(l.sentence, h.customer, l.old ->> h.band, (h.next_change AT TIME ZONE 'Asia/Shanghai')::date) AS sentence
FROM pulse.healths AS h, (VALUES (1, 'If nothing happens, %s leaves %s on %s.', '{"red": "red", "amber": "amber", "green": "green", "grey": "grey"}'::jsonb),
	(2, '若无变化，%s将于%3$s离开%2$s档。', '{"red": "红", "amber": "黄", "green": "绿", "grey": "灰"}')) AS l(n, sentence, old)
WHERE h.model = 'sales company' ORDER BY h.customer, l.n;
\echo '== Why the second is so, in both languages'
SELECT e.sentence FROM (SELECT customer FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1) AS c, pulse.explain_stored('sales company', c.customer, lang => 'en') AS e;
SELECT e.sentence FROM (SELECT customer FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1) AS c, pulse.explain_stored('sales company', c.customer, lang => 'zh') AS e;
\o /dev/null
SELECT pulse.set_clock('2014-03-10 09:00+08');
UPDATE app.relation SET last_visit = '2014-03-10', oldest_unpaid_due = 'infinity' WHERE customer_id = (SELECT customer_id FROM app.relation ORDER BY customer_id OFFSET 1 LIMIT 1);
SELECT pulse.refresh_health('sales company');
SELECT pulse.set_clock('2014-04-03 09:00+08');
SELECT pulse.refresh_health('sales company');
\o
\echo '== Two months later, after a visit and a payment: what changed its score, point by point'
SELECT d.cause, d.dimension, d.change FROM (SELECT customer FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1) AS c, pulse.diff_health('sales company', c.customer, '2014-02-03 09:00+08') AS d;
SELECT d.sentence FROM (SELECT customer FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1) AS c, pulse.diff_health('sales company', c.customer, '2014-02-03 09:00+08', lang => 'en') AS d;
SELECT d.sentence FROM (SELECT customer FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1) AS c, pulse.diff_health('sales company', c.customer, '2014-02-03 09:00+08', lang => 'zh') AS d;
\echo '== and its band, each change at the instant when it happened'
SELECT h.at AT TIME ZONE 'Asia/Shanghai' AS at, h.cause, h.band, h.score FROM pulse.health_history AS h
WHERE h.model = 'sales company' AND h.customer = (SELECT customer FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1) ORDER BY h.at, h.recorded;
