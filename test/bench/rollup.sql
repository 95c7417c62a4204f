-- @before insert
SELECT nextval('bench.round') AS round \gset
-- @bench insert vs insert
INSERT INTO bench.scan SELECT nextval('bench.ids'), at, store, sku, quantity, amount FROM bench.stage WHERE round = :round AND kind = 'new';
-- @bench insert_and_upsert vs insert
BEGIN;
INSERT INTO bench.scan_hand SELECT nextval('bench.ids'), at, store, sku, quantity, amount FROM bench.stage WHERE round = :round AND kind = 'new';
INSERT INTO bench.by_hand AS b
SELECT (at AT TIME ZONE 'UTC')::date, store, sku, sum(quantity), sum(amount)::bigint, count(*) FROM bench.scan_hand
WHERE id > (SELECT last_id FROM bench.mark) GROUP BY 1, 2, 3
ON CONFLICT (day, store, sku) DO UPDATE SET quantity = b.quantity + excluded.quantity, amount = b.amount + excluded.amount, rows = b.rows + excluded.rows;
UPDATE bench.mark SET last_id = (SELECT max(id) FROM bench.scan_hand);
COMMIT;
-- @bench insert_captured vs insert aim 2.2
INSERT INTO bench.scan_rollup SELECT nextval('bench.ids'), at, store, sku, quantity, amount FROM bench.stage WHERE round = :round AND kind = 'new';
-- @bench fold_new vs insert
SELECT pulse_internal.fold_rollups(1000000);
-- @bench late_plain vs late_plain
INSERT INTO bench.scan SELECT nextval('bench.ids'), at, store, sku, quantity, amount FROM bench.stage WHERE round = :round AND kind = 'late';
-- @bench late_captured vs late_plain
INSERT INTO bench.scan_rollup SELECT nextval('bench.ids'), at, store, sku, quantity, amount FROM bench.stage WHERE round = :round AND kind = 'late';
-- @bench fold_late vs insert
SELECT pulse_internal.fold_rollups(1000000);
-- @bench refresh vs insert
REFRESH MATERIALIZED VIEW bench.refreshed;
