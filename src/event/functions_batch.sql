-- ---- event: stamps, leaves, batches, incarnations -------------------------------

-- Defaults of the header columns of event tables. Whoever may insert may call them.
CREATE OR REPLACE FUNCTION pulse_internal.next_event_id() RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_next_event_id';
CREATE OR REPLACE FUNCTION pulse_internal.event_at() RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_event_at';
CREATE OR REPLACE FUNCTION pulse_internal.event_recorded() RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_event_recorded';
CREATE OR REPLACE FUNCTION pulse_internal.event_txid() RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_event_txid_value';

CREATE OR REPLACE FUNCTION pulse_internal.make_leaves(kind_id int, relation regclass) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_make_leaves_of';
REVOKE ALL ON FUNCTION pulse_internal.make_leaves(int, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.make_leaves(int, regclass) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.begin_incarnation() RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_begin_incarnation';
REVOKE ALL ON FUNCTION pulse_internal.begin_incarnation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.begin_incarnation() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.delivery_held() RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_delivery_held';
REVOKE ALL ON FUNCTION pulse_internal.delivery_held() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.delivery_held() TO pg_monitor, pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_relay;

CREATE OR REPLACE FUNCTION pulse.delivery_identity() RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_delivery_identity';
COMMENT ON FUNCTION pulse.delivery_identity() IS
'System identifier of the cluster and oid of this database, as ''identifier/oid''. A relay names the pair it expects, so that it never delivers for a copy.';

CREATE OR REPLACE FUNCTION pulse.resume_delivery() RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.begin_incarnation();
	UPDATE pulse_internal.incarnation SET delivery_held = false
	WHERE incarnation.delivery_held;
END;
ALTER FUNCTION pulse.resume_delivery() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.resume_delivery() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.resume_delivery() TO pulse_admin;
COMMENT ON FUNCTION pulse.resume_delivery() IS
'Lets messages go out again after this database was restored or copied from another. Until then nothing is delivered from a copy. Without effect where nothing is held.';

CREATE OR REPLACE FUNCTION pulse_internal.open_writers(
		OUT pid int, OUT since timestamptz, OUT passed boolean) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_open_writers_rows';
REVOKE ALL ON FUNCTION pulse_internal.open_writers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.open_writers() TO pg_monitor, pulse_owner, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.register_consumer(consumer text, since timestamptz DEFAULT 'infinity')
	RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_register_consumer';
REVOKE ALL ON FUNCTION pulse_internal.register_consumer(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.register_consumer(text, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.next_batch(consumer text, max_events int,
		OUT kind text, OUT event_id bigint, OUT at timestamptz, OUT late boolean) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_next_batch';
REVOKE ALL ON FUNCTION pulse_internal.next_batch(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_batch(text, int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.pending_events(
		OUT consumer text, OUT kind_id int, OUT pending bigint) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_pending_events';
REVOKE ALL ON FUNCTION pulse_internal.pending_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pending_events() TO pulse_owner;
GRANT EXECUTE ON FUNCTION pulse_internal.pending_events() TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.newest_recorded(relation regclass) RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_newest_recorded';
REVOKE ALL ON FUNCTION pulse_internal.newest_recorded(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.newest_recorded(regclass) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.drop_leaves(relation regclass, before timestamptz) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_leaves';
REVOKE ALL ON FUNCTION pulse_internal.drop_leaves(regclass, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_leaves(regclass, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.summarise_leaves(relation regclass) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_summarise_leaves';
REVOKE ALL ON FUNCTION pulse_internal.summarise_leaves(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.summarise_leaves(regclass) TO pulse_owner;

-- Leaves of a kind that end by this instant may go: "keep" allows it, every
-- consumer has read them, and no wait is open since before their end.  (Rollups sum
-- application tables; none needs events.)
CREATE OR REPLACE FUNCTION pulse_internal.keep_since(kind_id int, keep interval)
	RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
	instant timestamptz := pulse.clock() - keep;
	needed timestamptz;
BEGIN
	SELECT least(instant, min(date_trunc('month', c.recorded_floor) - interval '1 month'))
	INTO instant FROM pulse_internal.consumer AS c;
	SELECT least(instant, min(l.since)) INTO instant
	FROM pulse_internal.consumer_leaf AS l WHERE l.kind_id = keep_since.kind_id;
	-- a table of a room further down
	IF to_regclass('pulse_internal.wait') IS NOT NULL THEN
		EXECUTE format('SELECT min(trigger_recorded) FROM %s WHERE trigger_kind > 0', to_regclass('pulse_internal.wait')) INTO needed;
		instant := least(instant, needed);
	END IF;
	RETURN instant;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.keep_since(int, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.keep_since(int, interval) TO pulse_owner;

-- Upkeep of all event tables, a job of the tick.  What is locked now is done the
-- next time; a table that cannot be kept up does not stop the others.
CREATE OR REPLACE FUNCTION pulse_internal.maintain_events() RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT k.kind_id, k.name, k.relation FROM pulse_internal.event_kind AS k
		JOIN pg_class AS c ON c.oid = k.relation ORDER BY k.kind_id
	LOOP
		BEGIN
			PERFORM pulse_internal.make_leaves(kind.kind_id, kind.relation);
			PERFORM pulse_internal.summarise_leaves(kind.relation);
		EXCEPTION
			WHEN lock_not_available OR deadlock_detected THEN NULL;
			WHEN others THEN RAISE WARNING 'event %: %', kind.name, sqlerrm;
		END;
	END LOOP;

	-- one kind at a time: its writers wait until this transaction ends
	FOR kind IN
		SELECT k.name, k.relation, pulse_internal.keep_since(k.kind_id, k.keep) AS since FROM pulse_internal.event_kind AS k
		JOIN pg_class AS c ON c.oid = k.relation WHERE k.keep IS NOT NULL ORDER BY k.kind_id
	LOOP
		BEGIN
			EXIT WHEN pulse_internal.drop_leaves(kind.relation, kind.since) > 0;
		EXCEPTION
			WHEN lock_not_available OR deadlock_detected THEN NULL;
			WHEN others THEN RAISE WARNING 'event %: %', kind.name, sqlerrm;
		END;
	END LOOP;
END
$$;
ALTER FUNCTION pulse_internal.maintain_events() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.maintain_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.maintain_events() TO pulse_admin;

-- A clock that is set back makes events arrive in leaves that consumers have left behind.
CREATE OR REPLACE FUNCTION pulse_internal.look_back() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	instant timestamptz := CASE new.value WHEN 'system' THEN clock_timestamp() ELSE new.value::timestamptz END;
BEGIN
	UPDATE pulse_internal.consumer AS c
	SET recorded_floor = least(c.recorded_floor, instant), batch_floor = least(c.batch_floor, instant)
	WHERE c.recorded_floor > instant OR c.batch_floor > instant;
	RETURN NULL;
END
$$;
ALTER FUNCTION pulse_internal.look_back() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.look_back() FROM PUBLIC;
