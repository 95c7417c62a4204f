-- The same invoices with money as bigint minor units, numeric and pulse.amount.
-- Variables: rows, customers. Few customers have many invoices, as in life.
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42);
DROP TABLE IF EXISTS invoice8, invoice, invoice_amount;
CREATE TABLE invoice8 (id bigint NOT NULL, customer_id int NOT NULL, issued date NOT NULL, due date NOT NULL,
	total bigint NOT NULL, paid bigint NOT NULL);
INSERT INTO invoice8
SELECT g, 1 + floor(:customers * r1 ^ 3)::int, day, day + (ARRAY[0, 15, 30, 45, 60, 90])[1 + floor(r2 * 6)::int], total,
	CASE WHEN r3 < 0.70 THEN total WHEN r3 < 0.80 THEN floor(total * r4)::bigint ELSE 0 END
FROM (SELECT g, random() AS r1, random() AS r2, random() AS r3, random() AS r4,
			 date '2026-06-30' - floor(900 * random() ^ 1.5)::int AS day, (exp(random() * 6 + 2) * 100)::bigint AS total
	  FROM generate_series(1, :rows) AS g OFFSET 0) AS drawn;
CREATE TABLE invoice (id bigint NOT NULL, customer_id int NOT NULL, issued date NOT NULL, due date NOT NULL,
	total numeric(18, 2) NOT NULL, paid numeric(18, 2) NOT NULL);
INSERT INTO invoice SELECT id, customer_id, issued, due, total * 0.01, paid * 0.01 FROM invoice8;
CREATE TABLE invoice_amount (id bigint NOT NULL, customer_id int NOT NULL, issued date NOT NULL, due date NOT NULL,
	total pulse.amount NOT NULL, paid pulse.amount NOT NULL);
INSERT INTO invoice_amount
SELECT id, customer_id, issued, due, pulse.amount(total, 'CNY'), pulse.amount(paid, 'CNY') FROM invoice;
VACUUM (ANALYZE, FREEZE) invoice8;
VACUUM (ANALYZE, FREEZE) invoice;
VACUUM (ANALYZE, FREEZE) invoice_amount;
