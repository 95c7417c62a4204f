-- many rules about one kind, told apart by a constant: the same firings as each alone
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-05 08:00+00');
SELECT pulse.create_event('idx_a', 'customer text, store text, number int, big bigint, price numeric, note varchar(10)');
SELECT pulse.create_event('idx_b', 'customer text, store text, number int, big bigint');
-- constants of each kind of column; parts with and without one; lists; both parts of one kind; what can't be told by text
SELECT count(pulse.create_rule('idx ' || n, s, 'shadow')) FROM (VALUES
	(1, 'WHEN idx_a WHERE number is 1 PER customer EACH TIME THEN notify rep'),
	(2, 'WHEN idx_a WHERE number is 2 AND price > 3 PER customer EACH TIME THEN notify rep'),
	(3, 'WHEN idx_a WHERE store is "north" PER customer EACH TIME AND NOT idx_b WHERE store is "north" WITHIN 1 day THEN notify rep'),
	(4, 'WHEN idx_a WHERE store in ("north", "south") PER customer EACH TIME THEN notify rep'),
	(5, 'WHEN idx_a WHERE number in (1, 3) PER customer EACH TIME AND NOT idx_a WHERE number is 2 WITHIN 1 day THEN notify rep'),
	(6, 'WHEN idx_a WHERE number is 1 PER customer EACH TIME AND NOT idx_a WITHIN 1 day THEN notify rep'),
	(7, 'WHEN idx_a WHERE price is 5 PER customer EACH TIME THEN notify rep'),
	(8, 'WHEN idx_a WHERE note is "x" PER customer EACH TIME THEN notify rep'),
	(9, 'WHEN idx_a WHERE big is 12345678901 PER customer EACH TIME THEN notify rep'),
	(10, 'WHEN idx_a WHERE number is 1 OR store is "south" PER customer EACH TIME THEN notify rep'),
	(11, 'WHEN idx_a WHERE NOT (number is 1) PER customer EACH TIME THEN notify rep'),
	(12, 'WHEN idx_a WHERE number is 0 PER customer EACH TIME THEN notify rep'),
	(13, 'WHEN idx_a WHERE number is -2 PER customer EACH TIME THEN notify rep'),
	(14, 'WHEN idx_a WHERE store is "nowhere" PER customer EACH TIME THEN notify rep'),
	(15, 'WHEN idx_a WHERE number is 2.0 PER customer EACH TIME THEN notify rep')) AS r(n, s);
SELECT setseed(0.5);
INSERT INTO pulse_event.idx_a (at, recorded, customer, store, number, big, price, note)
SELECT t, t, 'c' || (random() * 9)::int, (ARRAY['north', 'south', 'East', NULL])[1 + floor(random() * 4)], floor(random() * 6)::int - 2,
	CASE WHEN random() < 0.3 THEN 12345678901 END, round((random() * 10)::numeric), (ARRAY['x', 'y'])[1 + floor(random() * 2)]
FROM (SELECT timestamptz '2026-01-05 09:00+00' + n * interval '7 minutes' AS t FROM generate_series(1, 500) AS n) AS s;
INSERT INTO pulse_event.idx_b (at, recorded, customer, store)
SELECT t, t, 'c' || (random() * 9)::int, (ARRAY['north', 'south'])[1 + floor(random() * 2)]
FROM (SELECT timestamptz '2026-01-05 09:03+00' + n * interval '31 minutes' AS t FROM generate_series(1, 100) AS n) AS s;
CREATE FUNCTION idx_run() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR h IN 1 .. 100 LOOP
		PERFORM pulse.set_clock('2026-01-05 08:00+00'::timestamptz + h * interval '2 hours');
		WHILE (SELECT t.more FROM pulse.tick(37) AS t) LOOP NULL; END LOOP;
	END LOOP;
END $$;
SELECT idx_run();
SELECT r.name, count(f.*) AS live, (SELECT count(*) FROM pulse.backtest(r.name, '2026-01-05 08:00+00', '2026-01-13 16:00+00')) AS backtest,
	(SELECT count(*) FROM (SELECT key, step, due_at, trigger_event FROM pulse.backtest(r.name, '2026-01-05 08:00+00', '2026-01-13 16:00+00')
		EXCEPT SELECT x.key, x.step, x.due_at, x.trigger_id FROM pulse.firings AS x WHERE x.rule = r.name) AS d) AS missing
FROM pulse.rules AS r LEFT JOIN pulse.firings AS f ON f.rule = r.name WHERE r.name LIKE 'idx %' GROUP BY r.name ORDER BY length(r.name), r.name;
SELECT count(pulse.drop_rule(name)) FROM pulse.rules WHERE name LIKE 'idx %';
DROP FUNCTION idx_run();
TRUNCATE pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('idx_a'), pulse.drop_event('idx_b');

-- what an event's owner put into its indexes runs as nobody else when the column is read
CREATE ROLE regress_idx IN ROLE pulse_author;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_idx;
SET ROLE regress_idx;
SELECT pulse.create_event('idx_c', 'customer text, number int');
SELECT count(pulse.create_rule('idx ' || n, format('WHEN idx_c WHERE number is %s PER customer EACH TIME THEN notify rep', n), 'shadow')) FROM generate_series(1, 6) AS n;
CREATE FUNCTION pulse_event.idx_planner(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	IF current_user <> 'regress_idx' AND current_setting('idx.watching', true) = 'yes' THEN
		RAISE EXCEPTION 'planned as %', current_user;
	END IF;
	RETURN n;
END $$;
CREATE INDEX ON pulse_event.idx_c ((pulse_event.idx_planner(1) + number));
SELECT pulse.emit_event('idx_c', '{"customer": "c", "number": 3}', pulse.clock()) IS NOT NULL AS emitted;
RESET ROLE;
SELECT pulse.set_clock(pulse.clock() + interval '1 minute');
\c -
SET client_min_messages = error;
SET idx.watching = 'yes';
SELECT events, firings FROM pulse.tick();
SELECT rule, key FROM pulse.firings;
RESET idx.watching;
SELECT count(pulse.drop_rule(name)) FROM pulse.rules WHERE name LIKE 'idx %';
TRUNCATE pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('idx_c');
DROP FUNCTION pulse_event.idx_planner(int);
REVOKE ALL ON SCHEMA pulse_event FROM regress_idx;
DROP ROLE regress_idx;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
