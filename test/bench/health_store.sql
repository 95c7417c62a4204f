-- Keeping the health of all customers: scoring and writing all of them, and
-- keeping it up to date when one in a hundred has changed.
-- @setup
SET search_path = public, pulse;
SELECT set_clock('2026-03-01 08:00+08');
SELECT import_model(export_model('bench'), 'stored');
DROP TABLE IF EXISTS scored;
CREATE TABLE scored AS SELECT id, health('bench', c) FROM customer AS c;
ALTER TABLE scored ADD PRIMARY KEY (id);
DROP TABLE IF EXISTS mirror;
CREATE TABLE mirror (LIKE customer INCLUDING ALL);
INSERT INTO mirror SELECT * FROM customer;
CREATE TABLE IF NOT EXISTS rounds (n int);
TRUNCATE rounds;
SELECT store_health('stored', 'customer', 'id', event => NULL);
VACUUM ANALYZE pulse_internal.health_current;
VACUUM ANALYZE customer;
-- @check what is kept is what is scored
SELECT count(*) = 0 FROM customer AS c JOIN pulse_internal.health_current AS k ON k.customer = c.id::text WHERE k.health <> health('stored', c);
-- @bench create_with_coalesce_sum
CREATE TABLE made AS SELECT id, coalesce(recency_days, 0) + coalesce(orders_90d, 0) + coalesce(ticket, 0) + coalesce(payment_delay, 0) + coalesce(nps, 0) + coalesce(tickets_open, 0)
	+ coalesce(returns_pct, 0) + coalesce(contact_age, 0) + coalesce(tenure, 0) + coalesce(discount_pct, 0) + coalesce(logins_30d, 0) AS sum FROM customer;
-- @after create_with_coalesce_sum
DROP TABLE made;
-- @bench create_with_health vs create_with_coalesce_sum aim 1.5
CREATE TABLE made AS SELECT id, health('bench', c) FROM customer AS c;
-- @after create_with_health
DROP TABLE made;
-- @bench update_all vs create_with_health
UPDATE scored AS s SET health = health('bench', c) FROM customer AS c WHERE c.id = s.id;
-- @after update_all
VACUUM scored;
-- @before update_what_changed
INSERT INTO rounds VALUES (1);
UPDATE customer SET nps = 100 - nps, contact_age = contact_age + 1 WHERE id % 100 = (SELECT count(*) FROM rounds);
-- @bench update_what_changed vs update_all
UPDATE scored AS s SET health = x.health FROM (SELECT id, health('bench', c) FROM customer AS c) AS x WHERE x.id = s.id AND x.health <> s.health;
-- @after update_what_changed
VACUUM customer;
SELECT refresh_health('stored');
-- @bench rebuild
SELECT rebuild_health('stored');
-- @before refresh_of_one_percent
INSERT INTO rounds VALUES (1);
UPDATE customer SET nps = 100 - nps, contact_age = contact_age + 1 WHERE id % 100 = (SELECT count(*) FROM rounds);
-- @bench refresh_of_one_percent vs rebuild aim 0.03
SELECT refresh_health('stored');
-- @after refresh_of_one_percent
VACUUM customer;
VACUUM pulse_internal.health_current;
VACUUM pulse_internal.health_touched;
-- @bench refresh_of_nothing vs rebuild aim 0.001
SELECT refresh_health('stored');
-- @bench compare_all_rows vs rebuild
SELECT refresh_health('stored', true);
-- @before store_from_nothing
SELECT forget_health('stored');
VACUUM pulse_internal.health_current;
VACUUM pulse_internal.health_history;
-- @bench store_from_nothing
SELECT store_health('stored', 'customer', 'id', event => NULL);
-- @before one_percent_against_storing
UPDATE customer SET nps = 100 - nps WHERE id % 100 = 3;
VACUUM ANALYZE pulse_internal.health_current;
-- @bench one_percent_against_storing vs store_from_nothing aim 0.03
SELECT refresh_health('stored');
-- @bench write_one_percent_untouched
UPDATE mirror SET nps = 100 - nps WHERE id % 100 = 7;
-- @bench write_one_percent_touched vs write_one_percent_untouched
UPDATE customer SET nps = 100 - nps WHERE id % 100 = 7;
-- @teardown
SELECT forget_health('stored'), drop_model('stored');
