-- recency, frequency and monetary value over any table, equal values scoring alike
SET search_path = public, pulse;
CREATE TABLE rfm_orders (customer text, ordered timestamptz, total numeric(12, 2), currency text, draft boolean DEFAULT false);
INSERT INTO rfm_orders VALUES
	('a', '2026-03-30 08:00+08', 100, 'CNY'), ('a', '2026-03-30 18:00+08', 50, 'CNY'), ('a', '2026-01-05 08:00+08', 10, 'CNY'),
	('b', '2026-03-01 08:00+08', 500, 'CNY'), ('c', '2026-03-01 08:00+08', 500, 'CNY'), ('d', '2026-02-01 08:00+08', 5, 'CNY'),
	('e', '2026-04-02 08:00+08', 7, 'CNY'), ('f', '2026-03-15 08:00+08', NULL, 'CNY'), ('a', '2026-02-15 08:00+08', 9, 'USD');
INSERT INTO rfm_orders VALUES ('d', '2026-03-31 08:00+08', 900, 'CNY', true);
SELECT * FROM rfm('rfm_orders', 'total', 'ordered', '{customer,currency}', '2026-04-01', condition => 'NOT draft');
-- with amounts the currency is theirs; what the score says by its definition
SELECT keys ->> 'customer' AS customer, currency, recency, frequency, monetary, recency_score AS r, frequency_score AS f, monetary_score AS m
FROM rfm('rfm_orders', $$amount(total, currency)$$, 'ordered', '{customer}', '2026-04-01', bins => 3);
CREATE TABLE rfm_random AS SELECT g AS id, g * 7919 % 400 AS customer, date '2026-01-01' + g * 104729 % 90 AS day, g % 17 AS total FROM generate_series(1, 2000) AS g;
WITH facts AS (
	SELECT customer, max(day) AS last, count(DISTINCT day) AS days, sum(total) AS total FROM rfm_random GROUP BY customer
)
SELECT count(*), bool_and(recency_score = 1 + 5 * (SELECT count(*) FROM facts AS o WHERE o.last < f.last) / n) AS recency,
	bool_and(frequency_score = 1 + 5 * (SELECT count(*) FROM facts AS o WHERE o.days < f.days) / n) AS frequency,
	bool_and(monetary_score = 1 + 5 * (SELECT count(*) FROM facts AS o WHERE o.total < f.total) / n) AS monetary
FROM rfm('rfm_random', 'total', 'day', '{customer}', '2026-03-31') AS got
JOIN facts AS f ON f.customer = (got.keys ->> 'customer')::int, (SELECT count(*) AS n FROM facts) AS c;
-- bad input
SELECT * FROM rfm('rfm_orders', 'total', 'ordered', '{customer}', bins => 1);
SELECT * FROM rfm('rfm_orders', NULL, 'ordered', '{customer}');
SELECT * FROM rfm('rfm_orders', 'total', 'customer', '{customer}');
SELECT * FROM rfm('rfm_orders', 'totl', 'ordered', '{customer}');
CREATE TABLE rfm_odd (customer int, day date, total numeric);
SELECT * FROM rfm('rfm_odd', 'total', 'day', '{customer}', '2026-04-01');
INSERT INTO rfm_odd VALUES (1, '2026-03-01', 5), (1, 'infinity', 5), (NULL, '2026-03-05', -2), (3, NULL, 9), (4, '2026-02-01', NULL);
-- what is bought at no day yet does not count; who bought may be unknown
SELECT * FROM rfm('rfm_odd', 'total', 'day', '{customer}', '2026-04-01');
INSERT INTO rfm_odd VALUES (1, '-infinity', 5);
SELECT * FROM rfm('rfm_odd', 'total', 'day', '{customer}', '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
UPDATE rfm_odd SET total = 'NaN', day = '2026-03-02' WHERE day = '-infinity';
SELECT * FROM rfm('rfm_odd', 'total', 'day', '{customer}', '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
SELECT keys, monetary FROM rfm('rfm_odd', 'total', 'day', '{customer}', '2026-04-01', condition => $$total < 'Infinity'$$);
DROP TABLE rfm_orders, rfm_random, rfm_odd;
