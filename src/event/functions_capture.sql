-- ---- event: kinds, watches, capture ---------------------------------------------

-- Whoever may make a watch may attach these; what they write is in the watch catalog.
CREATE OR REPLACE FUNCTION pulse_internal.capture() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_capture';
REVOKE ALL ON FUNCTION pulse_internal.capture() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.capture() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.keep_first() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_keep_first';
REVOKE ALL ON FUNCTION pulse_internal.keep_first() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.keep_first() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_event(name text, columns text, dedup boolean DEFAULT false,
		indexed text[] DEFAULT '{}', keep interval DEFAULT NULL) RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_event';
REVOKE ALL ON FUNCTION pulse.create_event(text, text, boolean, text[], interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_event(text, text, boolean, text[], interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_event(text, text, boolean, text[], interval) IS
'Makes an event kind: a table of the caller''s in the schema of the setting event_schema, partitioned by month of arrival. columns: names and types as in CREATE TABLE, such as ''customer int, due date''; event_id, at, recorded and txid come in front. dedup: adds dedup_key text; a second event of the same key is not stored. indexed: columns with a b-tree, for looking back by key. keep: span after which whole months are dropped; NULL keeps all. Returns the table. Errors: SP402 the event exists, 42601 unreadable columns, 42701 a column twice or of the header, 42703 an unknown column to index, 22023 a keep that is not positive.';

CREATE OR REPLACE FUNCTION pulse.alter_event(event text, keep interval DEFAULT NULL,
		add_columns text DEFAULT NULL, keep_forever boolean DEFAULT false) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_event';
REVOKE ALL ON FUNCTION pulse.alter_event(text, interval, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_event(text, interval, text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_event(text, interval, text, boolean) IS
'Changes an event kind: how long its events are kept (keep, or keep_forever), and columns to add, such as ''region text''. NULL changes nothing. Only the owner of its table may. Errors: SP401 unknown event, 42501 not the owner, 22023, 42601 and 42701 as in create_event().';

CREATE OR REPLACE FUNCTION pulse.drop_event(event text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_event';
REVOKE ALL ON FUNCTION pulse.drop_event(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_event(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_event(text) IS
'Drops an event kind, its table and all its events. Only the owner of the table may. Errors: SP401 unknown event, 42501 not the owner, 2BP01 a watch still writes it or something else depends on it.';

CREATE OR REPLACE FUNCTION pulse.watch(relation regclass, event text, columns text DEFAULT NULL,
		condition text DEFAULT NULL, operations text[] DEFAULT '{insert}', changes_of text[] DEFAULT NULL,
		capture_level text DEFAULT NULL, on_failure text DEFAULT 'record', backfill boolean DEFAULT false,
		lock_timeout interval DEFAULT '5 seconds') RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_watch';
REVOKE ALL ON FUNCTION pulse.watch(regclass, text, text, text, text[], text[], text, text, boolean, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.watch(regclass, text, text, text, text[], text[], text, text, boolean, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.watch(regclass, text, text, text, text[], text[], text, text, boolean, interval) IS
'Binds a table to an event: from now on each row that is inserted (or as operations say: insert, update, delete) becomes an event, in the same transaction. columns: the mapping, such as ''at = created_at, customer = customer_id, amount = total - paid''; without one, columns of the same name. The first watch of an event makes it, with the types of the expressions. condition: only rows that meet it. changes_of: only updates that change one of these columns; an update that changes nothing never counts. capture_level: statement or row; NULL chooses row where a logical-replication subscription fills the table. on_failure: record (a row that cannot be captured is stored all the same, see pulse.capture_errors) or raise. backfill: also the rows that are there already. Waits for its lock at most lock_timeout. Needs the TRIGGER privilege on the table. Returns the event''s table. Errors: 42809 a relation that cannot be watched, SP402 watched for this event already, 42601 unreadable mapping or condition, 42703 unknown column, 42804 types that do not fit, 42501 missing rights, 55P03 lock not available.';

CREATE OR REPLACE FUNCTION pulse.alter_watch(relation regclass, event text, columns text DEFAULT NULL,
		condition text DEFAULT NULL, operations text[] DEFAULT NULL, changes_of text[] DEFAULT NULL,
		capture_level text DEFAULT NULL, on_failure text DEFAULT NULL,
		lock_timeout interval DEFAULT '5 seconds') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_watch';
REVOKE ALL ON FUNCTION pulse.alter_watch(regclass, text, text, text, text[], text[], text, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_watch(regclass, text, text, text, text[], text[], text, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_watch(regclass, text, text, text, text[], text[], text, text, interval) IS
'Changes a watch; NULL leaves a part as it is, condition => ''true'' takes the condition away, changes_of => ''{}'' the columns. Who writes columns or condition becomes the author, and where the watch is another''s has to write both; the other parts leave the author as he is. A broken watch that fits again goes on. Waits for its lock at most lock_timeout. Errors: SP403 no such watch, and those of watch().';

CREATE OR REPLACE FUNCTION pulse.pause_watch(relation regclass, event text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_pause_watch';
REVOKE ALL ON FUNCTION pulse.pause_watch(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.pause_watch(regclass, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.pause_watch(regclass, text) IS
'Stops a watch for everybody until resume_watch(), and begins a gap that repair_watch() can fill later. Its author, the owner of the table and members of pulse_admin may. Errors: SP403 no such watch, 42501.';

CREATE OR REPLACE FUNCTION pulse.resume_watch(relation regclass, event text,
		lock_timeout interval DEFAULT '5 seconds') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_resume_watch';
REVOKE ALL ON FUNCTION pulse.resume_watch(regclass, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resume_watch(regclass, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.resume_watch(regclass, text, interval) IS
'Lets a paused or broken watch go on, from the end of this transaction; the gap stays listed until repair_watch(). Waits for open writers at most lock_timeout. Errors: SP403 no such watch, 42501, 55P03 lock not available, and what still breaks it.';

CREATE OR REPLACE FUNCTION pulse.repair_watch(relation regclass, event text,
		lock_timeout interval DEFAULT '5 seconds') RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_repair_watch';
REVOKE ALL ON FUNCTION pulse.repair_watch(regclass, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.repair_watch(regclass, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.repair_watch(regclass, text, interval) IS
'Reads from the table what a watch missed: rows whose "at" lies in a gap (all rows, where "at" is not mapped) and rows that failed, unless their event is there. Updates and deletes of the gap cannot be read back. A broken watch that fits again goes on. Rows that still fail are recorded again. Returns the number of events written. Errors: SP403 no such watch, 55000 the watch is paused, 25001 in a REPEATABLE READ transaction, 42501, and what still breaks it.';

CREATE OR REPLACE FUNCTION pulse.drop_watch(relation regclass, event text,
		lock_timeout interval DEFAULT '5 seconds') RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_watch';
REVOKE ALL ON FUNCTION pulse.drop_watch(regclass, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_watch(regclass, text, interval) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_watch(regclass, text, interval) IS
'Ends a watch; the events stay. The table''s triggers go with its last watch, where the caller owns the table. Waits for its lock at most lock_timeout. Errors: SP403 no such watch, 42501, 55P03 lock not available.';

CREATE OR REPLACE FUNCTION pulse.emit_event(event text, columns jsonb, at timestamptz DEFAULT NULL) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_emit_event';
REVOKE ALL ON FUNCTION pulse.emit_event(text, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.emit_event(text, jsonb, timestamptz) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.emit_event(text, jsonb, timestamptz) IS
'Writes one event: columns as a JSON object, at the instant when it happened (NULL: now). With the caller''s rights: it needs INSERT on the event''s table. Returns event_id; NULL when an event with the same dedup_key is there. An INSERT into the table does the same. Errors: SP401 unknown event, 42703 unknown column, 22023 not an object or a header column, 42501.';

CREATE OR REPLACE FUNCTION pulse_internal.maintain_watches() RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_maintain_watches';
REVOKE ALL ON FUNCTION pulse_internal.maintain_watches() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.maintain_watches() TO pulse_owner;
