-- health.sql: how the customers are, by three facts the application holds
SELECT pulse.create_model('payer', dimensions => $$[
		{"dimension": "late", "column": "mean_days_late", "curve": "linear 0:100 20:0", "weight": 3, "labels": {"en": "Days late on average", "zh": "平均逾期天数"}},
		{"dimension": "overdue", "column": "overdue_share", "curve": "linear 0:100 0.5:0", "weight": 2, "labels": {"en": "Share overdue", "zh": "逾期金额占比"}},
		{"dimension": "silence", "column": "days_silent", "curve": "linear 30:100 180:0", "weight": 1, "missing": "worst", "labels": {"en": "Days without an invoice", "zh": "未开票天数"}}]$$,
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
SELECT en.sentence AS english, zh.sentence AS chinese FROM (SELECT f FROM app.customer_facts AS f ORDER BY pulse.score(pulse.health('payer', f)), customer_id LIMIT 1) AS worst,
	LATERAL pulse.explain_health('payer', worst.f, lang => 'en') AS en JOIN LATERAL pulse.explain_health('payer', worst.f, lang => 'zh') AS zh USING (dimension);

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
-- the band that it turns to is that of its row at that instant
CREATE VIEW app.turning AS
SELECT h.customer, (h.next_change AT TIME ZONE 'Asia/Shanghai')::date AS day, h.band, pulse.band(pulse.health('sales company', r, h.next_change)) AS next_band
FROM pulse.healths AS h JOIN app.relation AS r ON r.customer_id = h.customer WHERE h.model = 'sales company';
SELECT format(l.sentence, t.customer, l.words ->> t.band, l.words ->> t.next_band, t.day) AS "If nothing happens / 若无变化"
FROM app.turning AS t, (VALUES (1, '%s turns from %s to %s on %s.', '{"red": "red", "amber": "amber", "green": "green", "grey": "grey (too little is known)"}'::jsonb),
	(2, '%1$s将于%4$s由%2$s转%3$s。', '{"red": "红", "amber": "黄", "green": "绿", "grey": "灰（已知太少）"}')) AS l(n, sentence, words)
ORDER BY t.customer, l.n;
SELECT customer AS second FROM pulse.healths WHERE model = 'sales company' ORDER BY customer OFFSET 1 LIMIT 1 \gset
\echo '== Why the second is no better: what costs it most, of 100 points, in both languages'
SELECT round(100 * en.share - en.contribution, 1) AS costs, en.sentence AS english, zh.sentence AS chinese
FROM pulse.explain_stored('sales company', :'second', lang => 'en') AS en JOIN pulse.explain_stored('sales company', :'second', lang => 'zh') AS zh USING (dimension)
WHERE en.points IS NOT NULL ORDER BY 100 * en.share - en.contribution DESC, dimension LIMIT 5;
\o /dev/null
SELECT pulse.set_clock('2014-03-10 09:00+08');
UPDATE app.relation SET last_visit = '2014-03-10', oldest_unpaid_due = 'infinity' WHERE customer_id = :'second';
SELECT pulse.refresh_health('sales company');
SELECT pulse.set_clock('2014-04-03 09:00+08');
SELECT pulse.refresh_health('sales company');
\o
\echo '== Two months later, after a visit and a payment: what it gained and lost, and how that adds up'
SELECT d.change, d.english, d.chinese
FROM (SELECT 1 AS n, en.change, en.sentence AS english, zh.sentence AS chinese
	FROM pulse.diff_health('sales company', :'second', '2014-02-03 09:00+08', lang => 'en') AS en
	JOIN pulse.diff_health('sales company', :'second', '2014-02-03 09:00+08', lang => 'zh') AS zh USING (cause, dimension)
	UNION ALL
	SELECT 2, now.score - was.score, format('From %s (%s) to %s (%s).', was.score, was.band, now.score, now.band), format('由%s分（%s）到%s分（%s）。', was.score, l.words ->> was.band, now.score, l.words ->> now.band)
	FROM pulse.health_at('sales company', :'second', '2014-02-03 09:00+08') AS was, pulse.health_at('sales company', :'second', '2014-04-03 09:00+08') AS now,
		(SELECT '{"red": "红", "amber": "黄", "green": "绿", "grey": "灰"}'::jsonb AS words) AS l) AS d
ORDER BY d.n, d.change DESC;
\echo '== and its band, each change at the instant when it happened'
SELECT h.at AT TIME ZONE 'Asia/Shanghai' AS at, h.cause, h.band, h.score FROM pulse.health_history AS h
WHERE h.model = 'sales company' AND h.customer = :'second' ORDER BY h.at, h.recorded;
\echo '== and why it is red although its score is not low'
SELECT en.sentence AS english, zh.sentence AS chinese FROM pulse.explain_stored('sales company', :'second', lang => 'en') AS en
JOIN pulse.explain_stored('sales company', :'second', lang => 'zh') AS zh USING (dimension) WHERE en.status LIKE 'veto%';
