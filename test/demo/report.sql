-- report.sql: what the main job brought, for people to read
\pset footer off
\pset null ''
\echo
\echo '== Aging at each quarter''s end, in USD: what was open on that day'
SELECT q.quarter_end AS as_of, pulse.not_due(a.profile) AS not_due, b.d1_30, b.d31_60, b.d61_90, b.d91_plus, pulse.total(a.profile) AS total
FROM (SELECT (generate_series(date_trunc('quarter', min(issued)), max(issued), interval '3 months') + interval '3 months - 1 day')::date AS quarter_end
	  FROM app.ledger) AS q
CROSS JOIN LATERAL (
	SELECT pulse.aging(pulse.amount(i.total, 'USD'), i.due_date, q.quarter_end) AS profile
	FROM app.invoice AS i
	WHERE (i.created_at AT TIME ZONE 'Asia/Shanghai')::date <= q.quarter_end
	  AND NOT EXISTS (SELECT FROM app.payment AS p WHERE p.invoice_id = i.id
					  AND (p.paid_at AT TIME ZONE 'Asia/Shanghai')::date <= q.quarter_end)) AS a
CROSS JOIN LATERAL (
	SELECT max(amount) FILTER (WHERE label = '1-30') AS d1_30, max(amount) FILTER (WHERE label = '31-60') AS d31_60,
		   max(amount) FILTER (WHERE label = '61-90') AS d61_90, max(amount) FILTER (WHERE label = '91+') AS d91_plus
	FROM pulse.buckets(a.profile)) AS b
ORDER BY 1;

\echo '== Days to collect (settled invoices)'
SELECT count(*) AS settled, round(avg(days), 4) AS mean_days, percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS median_days,
	   round(sum(days * amount) / sum(amount), 4) AS amount_weighted,
	   (SELECT count(*) FROM app.invoice AS i WHERE NOT EXISTS (SELECT FROM app.payment AS p WHERE p.invoice_id = i.id)) AS still_open
FROM (SELECT (p.paid_at AT TIME ZONE 'Asia/Shanghai')::date - (i.created_at AT TIME ZONE 'Asia/Shanghai')::date AS days, p.amount
	  FROM app.payment AS p JOIN app.invoice AS i ON i.id = p.invoice_id) AS d;

\echo '== The rule, in both languages'
SELECT sentence_en FROM pulse.rules WHERE name = 'overdue ladder';
SELECT sentence_zh FROM pulse.rules WHERE name = 'overdue ladder';

\echo '== What the ladder fired, by month and step'
SELECT to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
	   count(*) FILTER (WHERE step = 1) AS "text rep, 5 days", count(*) FILTER (WHERE step = 2) AS "mail director, 10 days",
	   count(*) FILTER (WHERE step = 3) AS "finance, 20 days"
FROM pulse.firings WHERE rule = 'overdue ladder' GROUP BY ROLLUP (1) ORDER BY 1;

\echo '== The daily rollup: the five days with the most invoices, and its comparison with the tables'
SELECT period, sum(count) AS invoices, sum(sum_total) AS total FROM pulse_event.invoiced_daily GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) AS cells_that_differ FROM pulse.check_rollup('invoiced_daily');

\echo '== Cases'
SELECT state, count(*) FROM pulse.cases GROUP BY 1 ORDER BY 1;
\echo '== Open tasks (the first five)'
SELECT title, staff, key, due_at::date FROM pulse.tasks WHERE state = 'open' ORDER BY task_id LIMIT 5;
SELECT state, count(*) FROM pulse.tasks GROUP BY 1 ORDER BY 1;

\echo '== The outbox'
SELECT channel, state, count(*) FROM pulse.messages GROUP BY 1, 2 ORDER BY 1, 2;

\echo '== Why one firing happened'
SELECT firing_id AS example FROM pulse.firings WHERE step = 3 ORDER BY firing_id LIMIT 1 \gset
SELECT pulse.why(:example, 'en') AS why;
SELECT pulse.why(:example, 'zh') AS why;
