-- random histories: what capture writes equals what a row trigger by hand saw,
-- at statement and at row level, on a plain and on a partitioned table
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA history_app;
CREATE TABLE history_app.plain (id int PRIMARY KEY, region text, total numeric, note text);
CREATE TABLE history_app.parted (id int, region text, total numeric, note text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE history_app.parted_a PARTITION OF history_app.parted FOR VALUES IN ('a');
CREATE TABLE history_app.parted_b (note text, total numeric, region text, id int, PRIMARY KEY (id, region));
ALTER TABLE history_app.parted ATTACH PARTITION history_app.parted_b FOR VALUES IN ('b');
CREATE TABLE history_app.parted_rest PARTITION OF history_app.parted DEFAULT;

CREATE TABLE history_app.oracle (tab text, op text, id int, region text, total numeric);
CREATE FUNCTION history_app.observe() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	tab text := CASE WHEN TG_TABLE_NAME LIKE 'parted%' THEN 'parted' ELSE 'plain' END;
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO history_app.oracle VALUES (tab, 'i', NEW.id, NEW.region, NEW.total);
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO history_app.oracle VALUES (tab, 'd', OLD.id, OLD.region, OLD.total);
	ELSIF OLD IS DISTINCT FROM NEW THEN
		INSERT INTO history_app.oracle VALUES (tab, 'u', NEW.id, NEW.region, NEW.total);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER observe AFTER INSERT OR UPDATE OR DELETE ON history_app.plain FOR EACH ROW EXECUTE FUNCTION history_app.observe();
CREATE TRIGGER observe AFTER INSERT OR UPDATE OR DELETE ON history_app.parted FOR EACH ROW EXECUTE FUNCTION history_app.observe();
SELECT pulse.watch(('history_app.' || tab)::regclass, format('history_%s_%s', tab, op), 'id = id, region = region, total = total + 0', operations => ARRAY[op])
FROM (VALUES ('plain'), ('parted')) AS t(tab), (VALUES ('insert'), ('update'), ('delete')) AS o(op);

-- some minor releases (15.18 is one) hand a row that a MERGE has just inserted into a partitioned table
-- to the transition table of its UPDATE; where the server does so there is no MERGE into that one here
CREATE TABLE history_app.probe (id int, total int) PARTITION BY RANGE (id);
CREATE TABLE history_app.probe_all PARTITION OF history_app.probe DEFAULT;
CREATE TABLE history_app.probe_seen (id int, total int);
CREATE FUNCTION history_app.probe() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO history_app.probe_seen SELECT id, total FROM seen; RETURN NULL; END $$;
CREATE TRIGGER probe AFTER UPDATE ON history_app.probe REFERENCING NEW TABLE AS seen FOR EACH STATEMENT EXECUTE FUNCTION history_app.probe();
CREATE TRIGGER probe_insert AFTER INSERT ON history_app.probe REFERENCING NEW TABLE AS seen FOR EACH STATEMENT EXECUTE FUNCTION history_app.probe();
INSERT INTO history_app.probe VALUES (1, 0);
TRUNCATE history_app.probe_seen;
SET enable_hashjoin = off;	-- so that the row to insert comes first
SET enable_mergejoin = off;
MERGE INTO history_app.probe AS x USING (VALUES (7), (1)) AS s(id) ON x.id = s.id
	WHEN MATCHED THEN UPDATE SET total = 1 WHEN NOT MATCHED THEN INSERT (id, total) VALUES (s.id, 3);
RESET enable_hashjoin;
RESET enable_mergejoin;
CREATE FUNCTION history_app.merge_is_sound() RETURNS boolean LANGUAGE sql AS
	$$ SELECT array_agg((id, total) ORDER BY id, total) = ARRAY[(1, 1), (7, 3)] FROM history_app.probe_seen $$;

-- one statement of the history; keys collide now and then, and then nothing of it happened
CREATE FUNCTION history_app.step(tab text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	k int := floor(random() * 60);
	n int := 1 + floor(random() * 4);
	r text := substr('abc', 1 + floor(random() * 3)::int, 1);
	-- a leaf by name, sometimes; rows of partitions stay where they are, a move is tested elsewhere
	target text := CASE WHEN tab = 'parted' AND random() < 0.3 THEN 'parted_b' ELSE tab END;
BEGIN
	IF target = 'parted_b' THEN r := 'b'; END IF;
	CASE floor(random() * 8)::int
	WHEN 0, 1 THEN EXECUTE format('INSERT INTO history_app.%I (id, region, total, note) SELECT g, %L, g, %L FROM generate_series(%s, %s) AS g', target, r, 'n', k, k + n);
	WHEN 2 THEN EXECUTE format('INSERT INTO history_app.%I (id, region, total) VALUES (%s, %L, 1) ON CONFLICT DO NOTHING', target, k, r);
	WHEN 3 THEN EXECUTE format('INSERT INTO history_app.%I AS x (id, region, total) SELECT g, %L, 2 FROM generate_series(%s, %s) AS g ON CONFLICT (%s) DO UPDATE SET total = x.total + (x.id %% 2)',
		target, r, k, k + n, CASE tab WHEN 'plain' THEN 'id' ELSE 'id, region' END);
	WHEN 4 THEN EXECUTE format('UPDATE history_app.%I SET total = total + (id %% 3) WHERE id BETWEEN %s AND %s', target, k, k + 10);
	WHEN 5 THEN EXECUTE format('UPDATE history_app.%I SET note = %L WHERE id BETWEEN %s AND %s', target, 'note ' || n, k, k + 10);
	WHEN 6 THEN EXECUTE format('DELETE FROM history_app.%I WHERE id BETWEEN %s AND %s', target, k, k + n);
	ELSE IF tab = 'parted' AND NOT history_app.merge_is_sound() THEN RETURN; END IF;
	EXECUTE format('MERGE INTO history_app.%I AS x USING generate_series(%s, %s) AS g ON x.id = g AND x.region = %L WHEN MATCHED AND g %% 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET total = -1 WHEN NOT MATCHED THEN INSERT (id, region, total) VALUES (g, %L, 3)', target, k, k + n, r, r);
	END CASE;
	IF random() < 0.1 THEN RAISE division_by_zero; END IF;
EXCEPTION WHEN unique_violation OR division_by_zero OR feature_not_supported THEN NULL;
END $$;
CREATE FUNCTION history_app.run(steps int) RETURNS void LANGUAGE sql AS $$
	SELECT history_app.step(CASE WHEN g % 2 = 0 THEN 'plain' ELSE 'parted' END) FROM generate_series(1, steps) AS g $$;
CREATE VIEW history_app.captured AS
	SELECT split_part(event, '_', 2) AS tab, substr(split_part(event, '_', 3), 1, 1) AS op, id, region, total FROM (
		SELECT 'history_plain_insert' AS event, * FROM pulse_event.history_plain_insert UNION ALL
		SELECT 'history_plain_update', * FROM pulse_event.history_plain_update UNION ALL
		SELECT 'history_plain_delete', * FROM pulse_event.history_plain_delete UNION ALL
		SELECT 'history_parted_insert', * FROM pulse_event.history_parted_insert UNION ALL
		SELECT 'history_parted_update', * FROM pulse_event.history_parted_update UNION ALL
		SELECT 'history_parted_delete', * FROM pulse_event.history_parted_delete) AS e;
CREATE VIEW history_app.differences AS
	(SELECT 'not captured' AS what, * FROM (SELECT * FROM history_app.oracle EXCEPT ALL SELECT * FROM history_app.captured) AS m)
	UNION ALL
	(SELECT 'made up', * FROM (SELECT * FROM history_app.captured EXCEPT ALL SELECT * FROM history_app.oracle) AS f);

SELECT setseed(0.11);
SELECT history_app.run(1500);
SELECT tab, op, count(*) > 20 AS many FROM history_app.oracle GROUP BY tab, op ORDER BY tab, op;
SELECT * FROM history_app.differences ORDER BY 1, 2, 3, 4, 5, 6 LIMIT 5;

SELECT pulse.alter_watch(relation, event, capture_level => 'row') FROM pulse.watches WHERE event LIKE 'history\_%';
SELECT history_app.run(1000);
SELECT * FROM history_app.differences ORDER BY 1, 2, 3, 4, 5, 6 LIMIT 5;
SELECT count(*) FROM pulse.capture_errors;

SELECT pulse.drop_watch(relation, event) FROM pulse.watches WHERE event LIKE 'history\_%';
DROP SCHEMA history_app CASCADE;
SELECT pulse.drop_event(name) FROM pulse.events WHERE name LIKE 'history\_%';
