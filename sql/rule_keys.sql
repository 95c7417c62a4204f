-- several keys; columns compared with columns; SQL as a condition
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-03-01 08:00+00');
SELECT pulse.create_event('keys_count', 'store text, sku int, price numeric, list_price int, on_hand int, best date, counted timestamptz, note text');
SELECT pulse.create_event('keys_order', 'store text, sku int');
SELECT pulse.label('key', 'store', 'store', '门店'), pulse.label('key', 'sku', 'product', '商品'), pulse.label('event', 'keys_count', zh => '盘点'), pulse.label('event', 'keys_order', zh => '补货');

SELECT pulse.create_rule('keys', 'WHEN keys_count WHERE on_hand < 5 PER store, product AND NOT keys_order WITHIN 2 days THEN notify keys_rep', 'live');
SELECT sentence_en, sentence_zh, key_name FROM pulse.rules WHERE name = 'keys';
SELECT pulse.create_rule('keys zh', '盘点（每家门店、商品），其on_hand低于5，且2天内未发生补货时，通知keys_rep');
SELECT rule::text = (SELECT rule::text FROM pulse.rules WHERE name = 'keys') AS same FROM pulse.rules WHERE name = 'keys zh';
SELECT message, hint FROM pulse.check_rule('WHEN keys_order PER store, note THEN notify keys_rep');
SELECT * FROM pulse.tick();
INSERT INTO pulse_event.keys_count (store, sku, on_hand) VALUES ('a', 1, 3), ('a', 2, 3), ('b', 1, 3), ('b', NULL, 3), ('a, 1', 2, 1), ('a', 3, 9);
INSERT INTO pulse_event.keys_order (store, sku) VALUES ('a', 2), ('b', 2);
SELECT pulse.set_clock('2026-03-03 09:00+00');
SELECT * FROM pulse.tick();
SELECT key_name, key, evidence -> 'trigger' ->> 'store' AS store FROM pulse.firings WHERE rule = 'keys' ORDER BY key COLLATE "C";
SELECT key, superseded FROM pulse.backtest('keys', '2026-03-01', '2026-03-05') ORDER BY key COLLATE "C";

-- columns with columns
SELECT pulse.create_rule('columns', 'WHEN keys_count WHERE price < list_price and best >= counted and note <> store PER store EACH TIME THEN notify keys_rep', 'live');
SELECT sentence_zh FROM pulse.rules WHERE name = 'columns';
SELECT message, detail, hint FROM pulse.check_rule('WHEN keys_count WHERE price < note PER store THEN notify keys_rep');
SELECT message, detail FROM pulse.check_rule('WHEN keys_count WHERE note < store PER store THEN notify keys_rep');
-- SQL
SELECT pulse.create_rule('sql', 'WHEN keys_count WHERE SQL (on_hand % 2 = 0 AND coalesce(note, '')'') <> ''x'') and sku > 0 PER store EACH TIME THEN notify keys_rep', 'live');
SELECT sentence_en, sentence_zh FROM pulse.rules WHERE name = 'sql';
SELECT s, message, detail FROM unnest(ARRAY['no_such = 1', 'on_hand', 'on_hand = (SELECT 1)', 'true) OR (true', 'true), (false', 'count(*) > 1', 'on_hand = ', '$1', 'true -- '',', '''x''::no_type IS NULL']) AS s,
	pulse.check_rule('WHEN keys_count WHERE SQL (' || s || ') PER store THEN notify keys_rep');
SELECT pulse.create_rule('sql bad', 'WHEN keys_count WHERE SQL (no_such = 1) PER store THEN notify keys_rep');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.tick();
INSERT INTO pulse_event.keys_count (store, sku, on_hand, price, list_price, best, counted, note)
	VALUES ('a', 1, 10, 9.5, 10, '2026-03-03', '2026-03-03 12:00+00', 'n'), ('b', 1, 11, 10, 10, '2026-03-03', '2026-03-03 12:00+00', 'n'),
	('c', 1, 12, 9, 10, '2026-03-02', '2026-03-03 12:00+00', 'n'), ('d', 1, 14, 9, 10, '2026-03-09', '2026-03-03 12:00+00', 'd'), ('e', -1, 14, 9, 10, NULL, NULL, 'x');
SELECT pulse.set_clock('2026-03-03 13:00+00');
SELECT * FROM pulse.tick();
SELECT rule, key FROM pulse.firings WHERE rule IN ('columns', 'sql') ORDER BY rule, key;

-- what is in the text is read as its author, who makes the function himself
CREATE ROLE regress_keys IN ROLE pulse_author;
GRANT USAGE ON SCHEMA pulse_event TO regress_keys;
GRANT SELECT ON pulse_event.keys_count TO regress_keys;
SET ROLE regress_keys;
SELECT pulse.create_rule('his sql', 'WHEN keys_count WHERE SQL (on_hand > 1) PER store THEN notify keys_rep');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT CREATE ON SCHEMA pulse_event TO regress_keys;
CREATE SCHEMA regress_keys AUTHORIZATION regress_keys;
SET ROLE regress_keys;
CREATE TABLE regress_keys.seen (who text);
CREATE FUNCTION regress_keys.who(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO regress_keys.seen VALUES (current_user); RETURN true; END $$;
CREATE DOMAIN regress_keys.odd AS int CHECK (regress_keys.who(value));
CREATE TYPE regress_keys.trap AS (x regress_keys.odd);
SELECT pulse.create_rule('his sql', 'WHEN keys_count WHERE SQL (''(1)''::regress_keys.trap IS NOT NULL) PER store THEN notify keys_rep');
RESET ROLE;
SELECT pulse.set_rule_mode('his sql', 'live');
SELECT pulse.alter_rule('his sql', 'WHEN keys_count WHERE SQL (''(2)''::regress_keys.trap IS NOT NULL) PER store THEN notify keys_rep');
SELECT p.proowner::regrole FROM pg_proc AS p, pulse_internal.rule AS r WHERE r.name = 'his sql' AND p.proname = r.trigger_function;
SELECT DISTINCT who FROM regress_keys.seen;

SELECT pulse.drop_rule(name) FROM unnest(ARRAY['keys', 'keys zh', 'columns', 'sql', 'his sql']) AS name;
DROP SCHEMA regress_keys CASCADE;
REVOKE ALL ON SCHEMA pulse_event FROM regress_keys;
REVOKE ALL ON pulse_event.keys_count FROM regress_keys;
DROP ROLE regress_keys;
SELECT pulse.drop_event('keys_count'), pulse.drop_event('keys_order');
DELETE FROM pulse_internal.label;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
