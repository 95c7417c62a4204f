-- ledger_generated.sql: a made-up ledger of the same shape, always the same, whose
-- upper buckets are fuller: a tail of very late payers and some who never pay.
INSERT INTO app.ledger (country, customer, invoice, issued, due, amount, disputed, settled)
WITH RECURSIVE draw(i, s) AS (
	SELECT 1, 42::bigint
	UNION ALL
	SELECT i + 1, (s * 1103515245 + 12345) % 2147483648 FROM draw WHERE i < 2400
), invoice AS (
	SELECT i, (s / 65536) % 100 AS customer, date '2012-01-02' + (i - 1) * 700 / 2400 AS issued,
		   1000 + (s / 512) % 9000 AS cents, (s / 1024) % 1000 AS temper, (s / 4096) % 30 AS spread
	FROM draw
)
SELECT (array['391', '406', '818', '897'])[1 + customer % 4], format('C%s', lpad(customer::text, 3, '0')),
	   100000 + i, issued, issued + 30, cents / 100.0, CASE WHEN temper % 5 = 0 THEN 'Yes' ELSE 'No' END,
	   CASE WHEN temper < 620 THEN issued + 10 + spread::int			-- in time, or just
			WHEN temper < 900 THEN issued + 30 + spread::int			-- up to a month late
			WHEN temper < 985 THEN issued + 60 + 4 * spread::int		-- very late
	   END
FROM invoice;
