-- rollups, as an analyst uses them
BEGIN;
SELECT plan(9);

CREATE ROLE regress_rollup_analyst;
GRANT pulse_analyst TO regress_rollup_analyst;
CREATE SCHEMA shop AUTHORIZATION regress_rollup_analyst;
SET ROLE regress_rollup_analyst;
CREATE TABLE shop.receipt (id int PRIMARY KEY, paid_at timestamptz, till text, total numeric, weight float8);
INSERT INTO shop.receipt VALUES (1, '2026-03-01 12:00+00', 'a', 10, 1.5), (2, '2026-03-02 12:00+00', 'b', 20, 2.5);

SELECT is(pulse.create_rollup('receipts', 'shop.receipt', 'paid_at', 'month', '{till}', '{count,sum(total)}',
							  rollup_schema => 'shop')::text, 'shop.receipts', 'create_rollup returns the view');
SELECT results_eq('SELECT period, till, count, sum_total FROM shop.receipts ORDER BY till',
	$$ VALUES (date '2026-03-01', 'a', 1::bigint, 10::numeric), ('2026-03-01', 'b', 1, 20) $$, 'built from what is there');
INSERT INTO shop.receipt VALUES (3, '2026-03-31 12:00+00', 'a', 5);
DELETE FROM shop.receipt WHERE id = 2;
SELECT results_eq('SELECT period, till, count, sum_total FROM shop.receipts ORDER BY till',
	$$ VALUES (date '2026-03-01', 'a', 2::bigint, 15::numeric) $$, 'reading is real-time');
SELECT is_empty($$ SELECT * FROM pulse.check_rollup('receipts') $$, 'check_rollup finds no difference');
SELECT is((SELECT r.state FROM pulse.rollups AS r WHERE r.name = 'receipts'), 'ok', 'state ok');
SELECT throws_ok($$ SELECT pulse.create_rollup('weights', 'shop.receipt', 'paid_at', measures => '{sum(weight)}') $$,
	'0A000', NULL, 'float8 is refused');
TRUNCATE shop.receipt;
SELECT is((SELECT r.state FROM pulse.rollups AS r WHERE r.name = 'receipts'), 'stale', 'stale after TRUNCATE');
SELECT is(pulse.rebuild_rollup('receipts'), 0::bigint, 'rebuild_rollup returns the number of cells');
SELECT lives_ok($$ SELECT pulse.drop_rollup('receipts') $$, 'drop_rollup');

SELECT * FROM finish();
ROLLBACK;
