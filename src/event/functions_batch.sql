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

CREATE OR REPLACE FUNCTION pulse_internal.begin_incarnation() RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_begin_incarnation';
REVOKE ALL ON FUNCTION pulse_internal.begin_incarnation() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.delivery_held() RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_delivery_held';

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
