SET timezone = 'UTC';
SELECT pulse.set_clock('2026-03-01 00:00:00+00');
CREATE SCHEMA event_batch;
CREATE FUNCTION event_batch.make(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE event_batch.%I (
		event_id bigint NOT NULL DEFAULT pulse_internal.next_event_id(),
		at timestamptz NOT NULL DEFAULT pulse_internal.event_at(),
		recorded timestamptz NOT NULL DEFAULT pulse_internal.event_recorded(),
		txid bigint NOT NULL DEFAULT pulse_internal.event_txid(),
		customer text) PARTITION BY RANGE (recorded)', name);
	INSERT INTO pulse_internal.event_kind (name, relation, created_at)
	VALUES (name, format('event_batch.%I', name)::regclass, now());
	PERFORM pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind AS k WHERE k.name = make.name;
END
$$;
SELECT event_batch.make('batch_a');
SELECT event_batch.make('batch_b');
INSERT INTO event_batch.batch_a (customer) VALUES ('before');
SELECT pulse.set_clock('2026-03-01 00:01:00+00');
SELECT * FROM pulse_internal.next_batch('batch_test', 10);
INSERT INTO event_batch.batch_a (customer) VALUES ('one'), ('two');
INSERT INTO event_batch.batch_b (customer) VALUES ('three');
SELECT kind, at, late FROM pulse_internal.next_batch('batch_test', 10);
SELECT pulse.set_clock('2026-03-01 00:02:00+00');
SELECT kind, at, late FROM pulse_internal.next_batch('batch_test', 2);
SELECT kind, at, late FROM pulse_internal.next_batch('batch_test', 2);
SELECT kind, at, late FROM pulse_internal.next_batch('batch_test', 2);
SELECT consumer, watermark, behind, in_batch, batches, events, late_events, holder FROM pulse.stat_consumers WHERE consumer LIKE 'batch%';
SELECT event, leaves, newest, pending FROM pulse.stat_events WHERE event LIKE 'batch%' ORDER BY event;
SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.consumer WHERE name LIKE 'batch\_%';
DELETE FROM pulse_internal.event_kind WHERE name LIKE 'batch\_%';
SET client_min_messages = warning;
DROP SCHEMA event_batch CASCADE;
