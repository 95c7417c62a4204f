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
