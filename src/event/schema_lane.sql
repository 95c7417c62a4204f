-- ---- event: lanes of a batch that several sessions work off --------------------------

CREATE TABLE pulse_internal.consumer_lane (
	consumer text NOT NULL REFERENCES pulse_internal.consumer ON UPDATE CASCADE ON DELETE CASCADE,
	lane int NOT NULL,
	slice_at timestamptz NOT NULL,	-- its last consumed event; infinity: all of them
	slice_event bigint NOT NULL,
	finished boolean NOT NULL DEFAULT false,
	events bigint NOT NULL DEFAULT 0,
	late_events bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (consumer, lane)
) WITH (fillfactor = 10);
COMMENT ON TABLE pulse_internal.consumer_lane IS
'Parts of the batch of a consumer that is shared out, each worked off by whoever holds its row; see pulse.stat_lanes.';
ALTER TABLE pulse_internal.consumer_lane OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.consumer_lane', '');
