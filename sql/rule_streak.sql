-- streaks of days, with gaps, late rows and corrections, against counting anew each day; PULSE_LONG makes it 50 stores x 5 products x 180 days
\set stores 12
\set products 4
\set days 70
\getenv long PULSE_LONG
\if :{?long}
\set stores 50
\set products 5
\set days 180
\endif
CREATE TEMP TABLE streak_size AS SELECT :stores AS stores, :products AS products, :days AS days;
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
SET jit = off;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-01 06:00+08');
CREATE TABLE streak_sales (store text, sku text, day date, units int, threshold int, PRIMARY KEY (store, sku, day));
SELECT pulse.label('relation', 'streak_sales', 'drug sales', '门店慢病药品'), pulse.label('column', 'units', 'units', '销量', 'public.streak_sales'),
	pulse.label('column', 'threshold', 'threshold', '阈值', 'public.streak_sales'), pulse.label('key', 'store', 'store', '门店'), pulse.label('key', 'sku', 'product', '商品');
SELECT pulse.create_rule('streak count', 'WHILE drug sales WHERE units < threshold ON 3 CONSECUTIVE days PER store, product THEN notify manager', 'live');
SELECT pulse.create_rule('streak break', '当门店慢病药品（每家门店、商品）连续3日销量低于阈值，缺日中断时，通知店长', 'live');
SELECT pulse.create_rule('streak skip', 'WHILE drug sales WHERE units < threshold ON 4 CONSECUTIVE days MISSING DAYS ARE SKIPPED PER store, product THEN notify manager', 'live');
SELECT pulse.create_rule('streak working', 'WHILE drug sales WHERE units < threshold ON 3 CONSECUTIVE working days PER store, product THEN notify manager', 'live');
SELECT sentence_zh FROM pulse.rules WHERE name LIKE 'streak %' ORDER BY name;

-- what each rule should do, told plainly
CREATE TABLE streak_policy (rule text, need int, missing text, working boolean);
INSERT INTO streak_policy VALUES ('streak count', 3, 'count', false), ('streak break', 3, 'break', false),
	('streak skip', 4, 'skip', false), ('streak working', 3, 'count', true);
CREATE TABLE streak_expected (rule text, key text, start date, reached date, late boolean, over boolean);

-- all runs as of now that end on the last counted day, and the bad days
CREATE FUNCTION streak_day(today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE mark ON COMMIT DROP AS
	SELECT p.rule, p.need, k.key, d::date AS day,
		coalesce(s.units < s.threshold, CASE p.missing WHEN 'count' THEN true WHEN 'break' THEN false END) AS good
	FROM streak_policy AS p
		CROSS JOIN (SELECT store || ', ' || sku AS key, min(day) AS first FROM streak_sales GROUP BY 1) AS k
		CROSS JOIN LATERAL generate_series(k.first, today - 1, interval '1 day') AS d
		LEFT JOIN (SELECT store || ', ' || sku AS key, day, units, threshold FROM streak_sales) AS s ON s.key = k.key AND s.day = d::date
	WHERE NOT (p.working AND extract(isodow FROM d) > 5);
	DELETE FROM mark WHERE good IS NULL;
	ANALYZE mark;
	-- runs that were open and are not any more
	UPDATE streak_expected AS e SET over = true, late = b.day <= e.reached
	FROM (SELECT e.rule, e.key, e.start, min(m.day) AS day FROM streak_expected AS e JOIN mark AS m
		  ON m.rule = e.rule AND m.key = e.key AND m.day >= e.start AND NOT m.good WHERE NOT e.over GROUP BY 1, 2, 3) AS b
	WHERE b.rule = e.rule AND b.key = e.key AND b.start = e.start AND NOT e.over;
	-- runs that go on now and are new
	INSERT INTO streak_expected
	SELECT r.rule, r.key, r.start, r.reached, false, false
	FROM (SELECT m.rule, m.key, min(m.day) AS start, (array_agg(m.day ORDER BY m.day))[m.need] AS reached
		  FROM mark AS m LEFT JOIN (SELECT b.rule, b.key, max(b.day) AS day FROM mark AS b WHERE NOT b.good GROUP BY 1, 2) AS b
		  ON b.rule = m.rule AND b.key = m.key
		  WHERE m.good AND m.day > coalesce(b.day, '-infinity')
		  GROUP BY m.rule, m.key, m.need HAVING count(*) >= m.need) AS r
	WHERE NOT EXISTS (SELECT FROM streak_expected AS e WHERE e.rule = r.rule AND e.key = r.key AND (NOT e.over OR e.start = r.start));
	DROP TABLE mark;
END $$;
CREATE FUNCTION streak_draw(below int) RETURNS int LANGUAGE sql AS $$ SELECT (random() * 1e9)::int % below $$;

DO $$
DECLARE
	size streak_size;
BEGIN
	SELECT * INTO size FROM streak_size;
	PERFORM setseed(0.42);
	FOR d IN 1 .. size.days LOOP
		-- yesterday's rows, some of them late; corrections of the past week
		INSERT INTO streak_sales
		SELECT 'S' || s, 'P' || p, greatest(date '2026-01-01', date '2026-01-01' + d - 1 - CASE WHEN random() < 0.12 THEN 1 + streak_draw(6) ELSE 0 END), streak_draw(12), 8
		FROM generate_series(1, size.stores) AS s, generate_series(1, size.products) AS p
		WHERE random() < 0.8
		ON CONFLICT (store, sku, day) DO NOTHING;
		UPDATE streak_sales SET units = streak_draw(12) WHERE day > date '2026-01-01' + d - 8 AND random() < 0.02;
		DELETE FROM streak_sales WHERE day > date '2026-01-01' + d - 8 AND random() < 0.005;
		PERFORM pulse.set_clock(timestamptz '2026-01-01 06:00+08' + d * interval '1 day');
		PERFORM pulse_internal.sweep_rules(1000);
		PERFORM streak_day(date '2026-01-01' + d);
	END LOOP;
END $$;
CREATE VIEW streak_found AS
	SELECT f.rule, f.key, date '2000-01-01' + f.trigger_id::int AS start, ((f.due_at AT TIME ZONE 'Asia/Shanghai')::date - 1) AS reached,
		f.late_answer_at IS NOT NULL AS late, w.end_reason IS NOT NULL AS over
	FROM pulse.firings AS f JOIN pulse.waits AS w ON w.wait_id = f.wait_id WHERE f.rule LIKE 'streak %';
SELECT rule, count(*) > 50 AS many, count(*) FILTER (WHERE late) > 0 AS some_late
FROM streak_expected GROUP BY rule ORDER BY rule;
(TABLE streak_expected EXCEPT TABLE streak_found) UNION ALL (TABLE streak_found EXCEPT TABLE streak_expected) ORDER BY 1, 2, 3 LIMIT 10;
SELECT count(*) = (SELECT count(*) FROM streak_expected) AS once_each FROM streak_found;
SELECT DISTINCT end_reason FROM pulse.waits WHERE rule LIKE 'streak %' ORDER BY 1;

-- why, and what a change of the number of days does: it counts anew
SELECT count(*) FROM pulse.alter_rule('streak count', 'WHILE drug sales WHERE units < threshold ON 60 CONSECUTIVE days PER store, product THEN notify manager');
SELECT count(*) FROM pulse.waits WHERE rule = 'streak count' AND end_reason IS NULL;
TRUNCATE streak_sales;
INSERT INTO streak_sales SELECT 'X', 'Y', d, 1, 8 FROM generate_series(date '2026-09-01', date '2026-09-03', interval '1 day') AS d;
SELECT pulse.set_clock('2026-09-04 07:00+08');
SELECT firings FROM pulse_internal.sweep_rules(1000);
SELECT pulse.why((SELECT max(firing_id) FROM pulse.firings WHERE rule = 'streak break' AND key = 'X, Y'), l) FROM (VALUES ('en'), ('zh')) AS t(l);
SELECT regexp_replace(pulse.rule_sql('streak break'), 'rule_\d+', 'rule_N', 'g');

-- between the ends of two days it looks each streak_interval; a correction is then learnt of
CREATE FUNCTION streak_looked(at text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(at::timestamptz), pulse_internal.sweep_rules(1000);
	RETURN (SELECT to_char(l.looked_at, 'MM-DD HH24:MI') FROM pulse_internal.rule_look AS l JOIN pulse_internal.rule AS r USING (rule_id) WHERE r.name = 'streak break');
END $$;
UPDATE streak_sales SET units = 100 WHERE day = '2026-09-02';
SELECT at, streak_looked(at) AS looked FROM unnest('{2026-09-04 07:30+08,2026-09-04 07:59:59+08}'::text[]) AS at;
SELECT bool_or(late_answer_at IS NOT NULL) AS late FROM pulse.firings WHERE rule = 'streak break' AND key = 'X, Y';
SELECT streak_looked('2026-09-04 08:00+08') AS looked;
SELECT bool_or(late_answer_at IS NOT NULL) AS late FROM pulse.firings WHERE rule = 'streak break' AND key = 'X, Y';
SELECT at, streak_looked(at) AS looked FROM unnest('{2026-09-04 23:30+08,2026-09-05 00:01+08,2026-09-05 00:02+08}'::text[]) AS at;
SELECT pulse.set_setting('streak_interval', '10 minutes');
SELECT at, streak_looked(at) AS looked FROM unnest('{2026-09-05 00:10+08,2026-09-05 00:11+08}'::text[]) AS at;
SELECT pulse.set_setting('streak_interval', '1 hour');
DROP FUNCTION streak_looked;

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'streak %';
DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.label WHERE class = 'relation' OR scope = 'public.streak_sales' OR name IN ('store', 'sku');
DROP VIEW streak_found;
DROP FUNCTION streak_day, streak_draw;
DROP TABLE streak_sales, streak_policy, streak_expected, streak_size;
SELECT pulse.set_clock(NULL);
SELECT pulse.set_setting('timezone', 'UTC');
