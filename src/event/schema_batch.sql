-- ---- event: what consumers remember of leaves they need not read any more ---------

CREATE TABLE pulse_internal.consumer_leaf (
	consumer text NOT NULL REFERENCES pulse_internal.consumer ON UPDATE CASCADE ON DELETE CASCADE,
	kind_id int NOT NULL REFERENCES pulse_internal.event_kind ON DELETE CASCADE,
	since timestamptz NOT NULL,	-- lower bound of the leaf
	next_at timestamptz NOT NULL,
	PRIMARY KEY (consumer, kind_id, since)
);
COMMENT ON TABLE pulse_internal.consumer_leaf IS
'Leaves of earlier months with events that have not happened yet: the least of their instants.';
ALTER TABLE pulse_internal.consumer_leaf OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.consumer_leaf', '');
