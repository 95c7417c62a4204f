-- people.sql: who sells to whom; one region per country, five reps a region
INSERT INTO app.staff
SELECT 'D' || country, 'Director ' || country, 'director' || country || '@example.com', NULL, 'company.r' || country, 'regional_director'
FROM (SELECT DISTINCT country FROM app.ledger) AS c
UNION ALL
SELECT format('R%s-%s', country, n), format('Rep %s-%s', country, n), format('rep%s-%s@example.com', country, n),
	   format('1380000%s%s', country, n), format('company.r%s.team%s', country, n), 'rep'
FROM (SELECT DISTINCT country FROM app.ledger) AS c, generate_series(1, 5) AS n
UNION ALL VALUES ('F1', 'Finance desk', 'finance@example.com', NULL, 'company', 'finance'),
				 ('O1', 'Sales operations', 'operations@example.com', NULL, 'company', 'sales_operations');

INSERT INTO app.customer
SELECT customer, 'Customer ' || customer, country,
	   format('R%s-%s', country, 1 + rank() OVER (PARTITION BY country ORDER BY customer) % 5)
FROM (SELECT customer, min(country) AS country FROM app.ledger GROUP BY customer) AS c;
