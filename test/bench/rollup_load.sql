-- 90 days, 867 stores, 2000 SKUs, skewed; the last day is today, and half over
CREATE EXTENSION salespulse CASCADE;
SELECT pulse.set_setting('timezone', 'UTC');
CREATE SCHEMA bench;
SET search_path = bench, public;
CREATE SEQUENCE ids START 1000000000;
SELECT setseed(0.42);
CREATE TABLE scan (id bigint NOT NULL, at timestamptz NOT NULL, store int NOT NULL, sku int NOT NULL, quantity int NOT NULL, amount bigint NOT NULL);
INSERT INTO scan
SELECT g, timestamptz '2026-04-01 00:00+00' + interval '89.5 days' * (g::float8 / :rows), 1 + floor(867 * random() ^ 2)::int,
	1 + floor(2000 * random() ^ 3)::int, 1 + floor(5 * random())::int, (100 + 9900 * random() ^ 2)::bigint
FROM generate_series(1, :rows) AS g;
ALTER TABLE scan ADD PRIMARY KEY (id);
CREATE TABLE scan_hand (LIKE scan);
INSERT INTO scan_hand TABLE scan;
ALTER TABLE scan_hand ADD PRIMARY KEY (id);
CREATE TABLE scan_rollup (LIKE scan);
INSERT INTO scan_rollup TABLE scan;
ALTER TABLE scan_rollup ADD PRIMARY KEY (id);
CREATE TABLE stage AS
SELECT round, 'new' AS kind, timestamptz '2026-06-29 12:00+00' + interval '10 hours' * random() AS at, 1 + floor(867 * random() ^ 2)::int AS store,
	1 + floor(2000 * random() ^ 3)::int AS sku, 1 + floor(5 * random())::int AS quantity, (100 + 9900 * random() ^ 2)::bigint AS amount
FROM generate_series(0, :runs) AS round, generate_series(1, :new)
UNION ALL
SELECT round, 'late', timestamptz '2026-06-29 12:00+00' - interval '89 days' * random(), 1 + floor(867 * random() ^ 2)::int,
	1 + floor(2000 * random() ^ 3)::int, 1 + floor(5 * random())::int, (100 + 9900 * random() ^ 2)::bigint
FROM generate_series(0, :runs) AS round, generate_series(1, :late);
CREATE INDEX ON stage (round, kind);
VACUUM (ANALYZE) scan;
VACUUM (ANALYZE) scan_hand;
VACUUM (ANALYZE) scan_rollup;
ANALYZE stage;

SELECT pulse.create_rollup('daily', 'bench.scan_rollup', 'at', 'day', '{store,sku}', '{count,sum(quantity),sum(amount)}', rollup_schema => 'bench');
CREATE TABLE by_hand AS
SELECT (at AT TIME ZONE 'UTC')::date AS day, store, sku, sum(quantity) AS quantity, sum(amount)::bigint AS amount, count(*) AS rows
FROM scan_hand GROUP BY 1, 2, 3;
ALTER TABLE by_hand ADD PRIMARY KEY (day, store, sku);
CREATE MATERIALIZED VIEW refreshed AS
SELECT (at AT TIME ZONE 'UTC')::date AS day, store, sku, sum(quantity) AS quantity, sum(amount) AS amount, count(*) AS rows
FROM scan GROUP BY 1, 2, 3;
CREATE TABLE mark AS SELECT max(id) AS last_id FROM scan_hand;
-- the same upsert in a statement trigger, as people write it when the sums have to be right at once
CREATE TABLE busy (LIKE by_hand INCLUDING ALL);
CREATE TABLE scan_busy (LIKE scan INCLUDING ALL);
CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO bench.busy AS b
	SELECT (at AT TIME ZONE 'UTC')::date, store, sku, sum(quantity), sum(amount), count(*) FROM new_rows GROUP BY 1, 2, 3
	ON CONFLICT (day, store, sku) DO UPDATE SET quantity = b.quantity + excluded.quantity, amount = b.amount + excluded.amount, rows = b.rows + excluded.rows;
	RETURN NULL;
END $$;
CREATE TRIGGER busy AFTER INSERT ON scan_busy REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION busy();
VACUUM (ANALYZE) by_hand;
VACUUM (ANALYZE) daily_cells;
CREATE SEQUENCE round START 0 MINVALUE 0;
CHECKPOINT;
