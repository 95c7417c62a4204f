-- batches: what a consumer is given, when, and that nothing is lost or given twice
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT pulse.set_clock('2026-03-01 00:00+00');
CREATE SCHEMA event_batch;
CREATE FUNCTION event_batch.make(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE event_batch.%I (
		event_id bigint NOT NULL DEFAULT pulse_internal.next_event_id(),
		at timestamptz NOT NULL DEFAULT pulse_internal.event_at(),
		recorded timestamptz NOT NULL DEFAULT pulse_internal.event_recorded(),
		txid bigint NOT NULL DEFAULT pulse_internal.event_txid(),
		note text) PARTITION BY RANGE (recorded)', name);
	INSERT INTO pulse_internal.event_kind (name, relation, created_at)
	VALUES (name, format('event_batch.%I', name)::regclass, now());
	PERFORM pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind AS k WHERE k.name = make.name;
END
$$;
CREATE FUNCTION event_batch.clock(instant text) RETURNS void LANGUAGE sql
AS $$ SELECT pulse.set_clock(('2026-' || instant || '+00')::timestamptz) $$;
SELECT event_batch.make('batch_a');
SELECT event_batch.make('batch_b');
CREATE VIEW event_batch.everything AS
	SELECT * FROM event_batch.batch_a UNION ALL SELECT * FROM event_batch.batch_b;
CREATE FUNCTION event_batch.next(consumer text, max_events int DEFAULT 100)
	RETURNS TABLE (note text, at timestamptz, late boolean) LANGUAGE sql VOLATILE
AS $$ SELECT e.note, b.at, b.late FROM pulse_internal.next_batch(consumer, max_events) AS b
	JOIN event_batch.everything AS e USING (event_id) $$;

-- a consumer starts now, or where it is told to
INSERT INTO event_batch.batch_a (note) VALUES ('before');
SELECT event_batch.clock('03-01 00:01');
SELECT * FROM event_batch.next('batch_1');
SELECT pulse_internal.register_consumer('batch_2', '2026-02-28');
SELECT pulse_internal.register_consumer('batch_2');
SELECT * FROM event_batch.next('batch_2');

-- by (at, event_id), over all kinds, in slices; an event of this instant waits for the next
INSERT INTO event_batch.batch_a (note) VALUES ('one'), ('two');
INSERT INTO event_batch.batch_b (at, note) VALUES (DEFAULT, 'three'), ('2026-02-01', 'late');
SELECT * FROM event_batch.next('batch_1');
SELECT event_batch.clock('03-01 00:02');
SELECT * FROM event_batch.next('batch_1', 2);
SELECT consumer, watermark, behind, in_batch, batches, events, late_events FROM pulse.stat_consumers WHERE consumer = 'batch_1';
SELECT event, leaves, newest, pending FROM pulse.stat_events WHERE event LIKE 'batch%' ORDER BY event;
SELECT * FROM event_batch.next('batch_1', 2);
SELECT * FROM event_batch.next('batch_1', 2);
SELECT consumer, watermark, behind, in_batch, batches, events, late_events, holder FROM pulse.stat_consumers WHERE consumer = 'batch_1';

-- what a transaction writes itself comes after its commit
BEGIN;
INSERT INTO event_batch.batch_a (note) VALUES ('own, before');
SELECT event_batch.clock('03-01 00:03');
SELECT * FROM event_batch.next('batch_1');
INSERT INTO event_batch.batch_a (note) VALUES ('own, after');
SELECT * FROM event_batch.next('batch_1');
COMMIT;
SELECT event_batch.clock('03-01 00:04');
SELECT * FROM event_batch.next('batch_1');
SELECT * FROM event_batch.next('batch_1');

-- a slice that is rolled back is given again
INSERT INTO event_batch.batch_a (note) VALUES ('again');
SELECT event_batch.clock('03-01 00:05');
BEGIN;
SELECT * FROM event_batch.next('batch_1');
ROLLBACK;
SELECT * FROM event_batch.next('batch_1');

-- an event of the future waits until it has happened, even when its leaf is no longer read
INSERT INTO event_batch.batch_b (at, note) VALUES
	('2026-03-01 00:10', 'in minutes'), ('2026-09-01', 'in months'), ('2026-09-20', 'in months and days'), ('infinity', 'never');
SELECT event_batch.clock('03-01 00:20');
SELECT * FROM event_batch.next('batch_1');
SELECT event_batch.clock('04-15 00:00');
SELECT pulse_internal.maintain_events();
SELECT * FROM event_batch.next('batch_1');
SELECT event_batch.clock('08-15 00:00');
SELECT pulse_internal.maintain_events();
SELECT * FROM event_batch.next('batch_1');
SELECT since, next_at FROM pulse_internal.consumer_leaf WHERE consumer = 'batch_1';
SELECT event, leaves, pending FROM pulse.stat_events WHERE event LIKE 'batch%' ORDER BY event;
SELECT event_batch.clock('09-10 00:00');
SELECT * FROM event_batch.next('batch_1');
SELECT since, next_at FROM pulse_internal.consumer_leaf WHERE consumer = 'batch_1';

-- leaves go when they are old, unless somebody needs them
UPDATE pulse_internal.event_kind SET keep = '1 month' WHERE name LIKE 'batch%';
CREATE VIEW event_batch.leaves AS SELECT relname FROM pg_class
	WHERE relnamespace = 'event_batch'::regnamespace AND relispartition AND relkind = 'r' ORDER BY relname;
SELECT count(pulse_internal.maintain_events()) FROM generate_series(1, 2);
SELECT * FROM event_batch.leaves;		-- batch_2 has not read for months
SELECT count(*) FROM event_batch.next('batch_2');
SELECT count(pulse_internal.maintain_events()) FROM generate_series(1, 2);
SELECT * FROM event_batch.leaves;		-- batch_b's first month holds the event to come
SELECT event_batch.clock('09-21 00:00');
SELECT * FROM event_batch.next('batch_1');
DELETE FROM event_batch.batch_b WHERE at = 'infinity';
UPDATE pulse_internal.consumer_leaf SET next_at = '2026-09-21' WHERE next_at = 'infinity';
SELECT event_batch.clock('09-22 00:00');
SELECT * FROM event_batch.next('batch_1');
SELECT count(*) FROM event_batch.next('batch_2');
INSERT INTO pulse_internal.wait (rule_id, key, opened_at, trigger_kind, trigger_event, trigger_recorded, anchor, next_step)
	SELECT -1, 'batch', now(), kind_id, 1, '2026-06-15', now(), 0 FROM pulse_internal.event_kind WHERE name = 'batch_b';
SELECT count(pulse_internal.maintain_events()) FROM generate_series(1, 2);
SELECT * FROM event_batch.leaves;		-- a wait was opened by an event of June
DELETE FROM pulse_internal.wait WHERE rule_id = -1;
SELECT count(pulse_internal.maintain_events()) FROM generate_series(1, 2);
SELECT * FROM event_batch.leaves;

-- a clock that is set back: its events are late, not lost
SELECT event_batch.clock('05-05 00:00');
INSERT INTO event_batch.batch_a (note) VALUES ('in May');
SELECT event_batch.clock('09-23 00:00');
INSERT INTO event_batch.batch_a (note) VALUES ('in September');
SELECT event_batch.clock('09-24 00:00');
SELECT * FROM event_batch.next('batch_1');

-- rows that move from the default leaf to their own come once
SELECT event_batch.clock('12-24 00:00');
INSERT INTO event_batch.batch_a (note) VALUES ('read before it moves');
SELECT event_batch.clock('12-24 00:01');
SELECT * FROM event_batch.next('batch_1');
INSERT INTO event_batch.batch_a (note) VALUES ('read after it moves');
SELECT pulse_internal.maintain_events();
SELECT tableoid::regclass, note FROM event_batch.batch_a WHERE at >= '2026-12-01' ORDER BY event_id;
SELECT event_batch.clock('12-24 00:02');
SELECT * FROM event_batch.next('batch_1');

-- a backlog larger than the memory of a run, in one transaction, in slices
SET maintenance_work_mem = '1MB';
INSERT INTO event_batch.batch_a (at, note)
	SELECT timestamptz '2026-12-24 00:02' + i * 7919 % 30011 * interval '1 ms', 'bulk' FROM generate_series(1, 60000) AS i;
SELECT event_batch.clock('12-24 00:03');
CREATE TABLE event_batch.delivered (slice int, n bigint GENERATED ALWAYS AS IDENTITY, event_id bigint, at timestamptz);
CREATE PROCEDURE event_batch.drain(consumer text, max_events int) LANGUAGE plpgsql AS $$
DECLARE
	slice int := 0;
BEGIN
	LOOP
		INSERT INTO event_batch.delivered (slice, event_id, at)
			SELECT slice, b.event_id, b.at FROM pulse_internal.next_batch(consumer, max_events) AS b;
		EXIT WHEN NOT FOUND;
		slice := slice + 1;
		COMMIT;
	END LOOP;
END
$$;
CALL event_batch.drain('batch_1', 7000);
SELECT count(*), count(DISTINCT event_id), max(slice) + 1 AS slices, bool_and(in_order) AS in_order
FROM (SELECT *, coalesce((at, event_id) > lag((at, event_id)) OVER (ORDER BY n), true) AS in_order FROM event_batch.delivered) AS d;
RESET maintenance_work_mem;
TRUNCATE event_batch.delivered;

-- random transactions, interleaved by slices of random size: each event once, in order
SELECT setseed(0.20260301);
ALTER TABLE event_batch.delivered ADD batch bigint, ADD late boolean, ADD watermark timestamptz;
CREATE PROCEDURE event_batch.play(rounds int) LANGUAGE plpgsql AS $$
DECLARE
	instant timestamptz := '2026-12-25 00:00+00';
	number bigint;
	before timestamptz;
BEGIN
	PERFORM pulse.set_clock(instant), pulse_internal.register_consumer('batch_play');
	COMMIT;
	FOR round IN 1 .. rounds LOOP
		-- some in a savepoint, some of it undone; some happened before, some will
		FOR part IN 1 .. 1 + floor(random() * 3) LOOP
			BEGIN
				EXECUTE format('INSERT INTO event_batch.%I (at, note) SELECT pulse.clock() + (random() ^ 3 * 2 - 1) * interval ''3 hours'', ''play'''
							   ' FROM generate_series(1, 1 + floor(random() * 20)::int)', CASE WHEN random() < 0.5 THEN 'batch_a' ELSE 'batch_b' END);
				IF random() < 0.2 THEN
					RAISE EXCEPTION 'undone';
				END IF;
			EXCEPTION WHEN raise_exception THEN NULL;
			END;
		END LOOP;
		IF random() < 0.2 THEN
			ROLLBACK;
		ELSE
			COMMIT;
		END IF;
		instant := instant + random() * interval '10 minutes';
		PERFORM pulse.set_clock(instant);
		COMMIT;
		SELECT batches, watermark INTO number, before FROM pulse_internal.consumer WHERE name = 'batch_play';
		INSERT INTO event_batch.delivered (slice, batch, event_id, at, late, watermark)
			SELECT round, number, b.event_id, b.at, b.late, before
			FROM pulse_internal.next_batch('batch_play', 1 + floor(random() * 40)::int) AS b;
		IF random() < 0.1 THEN
			ROLLBACK;
		ELSE
			COMMIT;
		END IF;
	END LOOP;
	PERFORM pulse.set_clock(instant + interval '4 hours');
	COMMIT;
	FOR round IN 1 .. 1000 LOOP
		SELECT batches, watermark INTO number, before FROM pulse_internal.consumer WHERE name = 'batch_play';
		INSERT INTO event_batch.delivered (slice, batch, event_id, at, late, watermark)
			SELECT round, number, b.event_id, b.at, b.late, before
			FROM pulse_internal.next_batch('batch_play', 100) AS b;
		EXIT WHEN NOT FOUND;
		COMMIT;
	END LOOP;
END
$$;
CALL event_batch.play(400);
SELECT count(*) > 1000 AS many, count(DISTINCT batch) > 50 AS batches, count(*) FILTER (WHERE late) > 100 AS some_late FROM event_batch.delivered;
-- what was given and not written, or written and not given; what was given twice
SELECT (SELECT count(*) FROM event_batch.delivered) - (SELECT count(*) FROM event_batch.everything WHERE note = 'play') AS difference;
SELECT count(*) FROM (SELECT event_id FROM event_batch.everything WHERE note = 'play' EXCEPT SELECT event_id FROM event_batch.delivered) AS lost;
SELECT count(*) FROM (SELECT event_id FROM event_batch.delivered GROUP BY event_id HAVING count(*) > 1) AS twice;
SELECT count(*) AS out_of_order FROM (SELECT (at, event_id) <= lag((at, event_id)) OVER (PARTITION BY batch ORDER BY n) AS bad FROM event_batch.delivered) AS d WHERE bad;
SELECT count(*) AS wrongly_late FROM event_batch.delivered WHERE late <> (at < watermark);
-- between batches only what is late comes behind
SELECT count(*) AS overtaken FROM (SELECT at < max(at) OVER (ORDER BY batch GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AND NOT late AS bad FROM event_batch.delivered) AS d WHERE bad;
SELECT events = (SELECT count(*) FROM event_batch.delivered) AS counted, late_events = (SELECT count(*) FROM event_batch.delivered WHERE late) AS late_counted
FROM pulse.stat_consumers WHERE consumer = 'batch_play';
SELECT sum(pending) FROM pulse_internal.pending_events() WHERE consumer = 'batch_play';

-- bad input
SELECT * FROM pulse_internal.next_batch('batch_1', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse_internal.next_batch('', 1);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse_internal.next_batch(repeat('x', 64), 1);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM pulse_internal.next_batch('batch_1', 1);
ROLLBACK;
\echo :LAST_ERROR_SQLSTATE
SET ROLE pulse_analyst;
SELECT * FROM pulse_internal.next_batch('batch_1', 1);
SELECT consumer FROM pulse.stat_consumers WHERE consumer LIKE 'batch%' ORDER BY 1;
SELECT event FROM pulse.stat_events WHERE event LIKE 'batch%' ORDER BY 1;
RESET ROLE;

SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.consumer WHERE name LIKE 'batch\_%';
DELETE FROM pulse_internal.event_kind WHERE name LIKE 'batch\_%';
SET client_min_messages = warning;
DROP SCHEMA event_batch CASCADE;
