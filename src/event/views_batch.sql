-- ---- event: what consumers and event tables are doing -----------------------------

CREATE OR REPLACE VIEW pulse.stat_consumers WITH (security_invoker = true) AS
	SELECT c.name AS consumer, c.incarnation, c.watermark,
		pulse.clock() - c.watermark AS behind,
		c.batch_snapshot IS NOT NULL AS in_batch,
		c.batches, c.events, c.late_events,
		held.pid AS holder, held.since AS held_since,
		coalesce(held.passed, false) AS holder_passed, coalesce(held.writers, 0) AS open_writers
	FROM pulse_internal.consumer AS c
	LEFT JOIN LATERAL (
		SELECT w.pid, w.since, w.passed, count(*) OVER () AS writers
		FROM pulse_internal.open_writers() AS w
		ORDER BY w.since FETCH FIRST ROW ONLY) AS held ON true;
COMMENT ON VIEW pulse.stat_consumers IS
'Readers of events, one row each: watermark (events before it are consumed), behind (how far the clock is ahead of it), in_batch (a batch is being worked off in slices), batches, events and late_events consumed so far; holder and held_since: process and start of the oldest open transaction that has written events (holder NULL: a prepared one, see pg_prepared_xacts); holder_passed: it has been open longer than max_hold, so the watermark no longer waits for it and its events will be late; open_writers: how many there are.';
GRANT SELECT ON pulse.stat_consumers TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_events WITH (security_invoker = true) AS
	SELECT k.name AS event, k.relation,
		(SELECT count(*) FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.relation) AS leaves,
		(SELECT sum(pg_catalog.pg_total_relation_size(i.inhrelid))::bigint
		 FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.relation) AS bytes,
		pulse_internal.newest_recorded(k.relation) AS newest,
		coalesce(waiting.pending, 0) AS pending
	FROM pulse_internal.event_kind AS k
	JOIN pg_catalog.pg_class AS t ON t.oid = k.relation
	LEFT JOIN (SELECT p.kind_id, max(p.pending) AS pending
			   FROM pulse_internal.pending_events() AS p GROUP BY p.kind_id) AS waiting
		ON waiting.kind_id = k.kind_id;
COMMENT ON VIEW pulse.stat_events IS
'Event kinds, one row each: leaves (partitions by month of arrival, UTC, with the default one), bytes with indexes, newest (when the last event arrived, from the last page written), pending (committed events that the consumer furthest behind has not consumed, among them those that have not happened yet). Counting pending costs a read of the backlog.';
GRANT SELECT ON pulse.stat_events TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
