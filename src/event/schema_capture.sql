-- ---- event: what capture keeps beside the catalogs -----------------------------

CREATE TABLE pulse_internal.event_dedup (
	kind_id int NOT NULL,
	dedup_key text NOT NULL,
	recorded timestamptz NOT NULL,
	PRIMARY KEY (kind_id, dedup_key)
);
COMMENT ON TABLE pulse_internal.event_dedup IS
'Keys of the events that have one, across the leaves of their kinds: a second event of the same key is not stored.';
ALTER TABLE pulse_internal.event_dedup OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.event_dedup', '');

CREATE INDEX capture_error_watch ON pulse_internal.capture_error (watch_id);
CREATE INDEX event_gap_watch ON pulse_internal.event_gap (watch_id);

-- whoever makes event tables and watches names functions of this schema in them
GRANT USAGE ON SCHEMA pulse_internal TO pulse_admin, pulse_author;
GRANT SELECT ON pulse_internal.watch, pulse_internal.event_gap TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;
-- messages quote values: who monitors counts them
GRANT SELECT ON pulse_internal.capture_error TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT (watch_id, failed_at) ON pulse_internal.capture_error TO pg_monitor;
