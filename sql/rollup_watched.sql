-- a rollup over an event kind whose rows come from a watched table: one delta per
-- touched cell and statement, however many loads the events are written in
CREATE SCHEMA regress_watched;
CREATE TABLE regress_watched.scan (id int PRIMARY KEY, store int, quantity int);
SELECT pulse.watch('regress_watched.scan', 'regress_watched_scanned', 'nr = id, store = store, quantity = quantity', operations => '{insert,update}');
SELECT pulse.create_rollup('regress_watched_day', 'pulse_event.regress_watched_scanned', 'at', 'day', '{store}', '{count,sum(quantity),max(quantity)}',
	rollup_schema => 'regress_watched');
CREATE VIEW regress_watched.answer AS
SELECT (SELECT count(*) FROM regress_watched.regress_watched_day_deltas) AS deltas, (SELECT sum(count) FROM regress_watched.regress_watched_day) AS counted,
	(SELECT sum(sum_quantity) FROM regress_watched.regress_watched_day) AS quantity, (SELECT max(max_quantity) FROM regress_watched.regress_watched_day) AS largest,
	(SELECT count(*) FROM pulse_event.regress_watched_scanned) AS events, (SELECT count(*) FROM pulse.check_rollup('regress_watched_day')) AS wrong;
INSERT INTO regress_watched.scan SELECT n, n % 5, 1 FROM generate_series(1, 3000) AS n;
TABLE regress_watched.answer;
UPDATE regress_watched.scan SET quantity = 7 WHERE store = 3;
TABLE regress_watched.answer;
SELECT pulse_internal.fold_rollups(1000000) AS folded;
TABLE regress_watched.answer;

-- what is rolled back leaves nothing
BEGIN;
INSERT INTO regress_watched.scan SELECT n, 1, 1 FROM generate_series(4001, 4010) AS n;
SAVEPOINT later;
INSERT INTO regress_watched.scan SELECT n, 1, 100 FROM generate_series(4011, 4020) AS n;
ROLLBACK TO later;
COMMIT;
TABLE regress_watched.answer;

-- rows whose event the kind refuses are not counted, the others are
ALTER TABLE pulse_event.regress_watched_scanned ADD CHECK (quantity < 1000);
INSERT INTO regress_watched.scan SELECT n, n % 5, CASE WHEN n IN (5003, 6100) THEN 1000 ELSE 2 END FROM generate_series(5001, 6500) AS n;
TABLE regress_watched.answer;
ALTER TABLE pulse_event.regress_watched_scanned ADD COLUMN cost int DEFAULT 5;
CREATE INDEX regress_watched_cost ON pulse_event.regress_watched_scanned ((100 / nullif(quantity, 3)));
INSERT INTO regress_watched.scan SELECT n, n % 5, n % 4 FROM generate_series(7001, 7100) AS n;
TABLE regress_watched.answer;
DROP INDEX pulse_event.regress_watched_cost;

-- beside a trigger of somebody else: that one fires, too, and nothing is counted twice
CREATE TABLE regress_watched.heard (n bigint);
GRANT USAGE ON SCHEMA regress_watched TO pulse_owner;
GRANT INSERT ON regress_watched.heard TO pulse_owner;
CREATE FUNCTION regress_watched.hear() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO regress_watched.heard SELECT count(*) FROM new_rows;
	RETURN NULL;
END $$;
CREATE TRIGGER hear AFTER INSERT ON pulse_event.regress_watched_scanned REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION regress_watched.hear();
INSERT INTO regress_watched.scan SELECT n, n % 5, 1 FROM generate_series(8001, 8100) AS n;
TABLE regress_watched.answer;
TABLE regress_watched.heard;
SELECT pulse_internal.fold_rollups(1000000) > 0 AS folded;
TABLE regress_watched.answer;
SELECT state FROM pulse.rollups WHERE name = 'regress_watched_day';

SET client_min_messages = warning;
DROP VIEW regress_watched.answer;
SELECT pulse.drop_rollup('regress_watched_day');
SELECT pulse.drop_watch('regress_watched.scan', 'regress_watched_scanned');
SELECT pulse.drop_event('regress_watched_scanned');
DROP SCHEMA regress_watched CASCADE;
