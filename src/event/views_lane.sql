-- ---- event: lanes ----------------------------------------------------------------------

GRANT SELECT ON pulse_internal.consumer_lane TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_lanes WITH (security_invoker = true) AS
	SELECT l.consumer, l.lane, CASE WHEN isfinite(l.slice_at) THEN l.slice_at END AS read_until, l.slice_at = 'infinity' AS all_read,
		l.finished, l.events, l.late_events
	FROM pulse_internal.consumer_lane AS l;
COMMENT ON VIEW pulse.stat_lanes IS
'Lanes of a batch that is shared out, none between such batches: read_until (instant of the last event it has read), all_read (it has read all of the batch), finished (and all waits that were due), events and late_events read so far (each lane reads all of the batch). The last lane is that of rules that are not divided by key.';
GRANT SELECT ON pulse.stat_lanes TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
