-- ---- event: what people see of kinds and watches ---------------------------------

CREATE OR REPLACE VIEW pulse.events WITH (security_invoker = true) AS
	SELECT k.name, k.relation,
		ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
			  WHERE a.attrelid = k.relation AND a.attnum > 4 AND NOT a.attisdropped
			  ORDER BY a.attnum) AS columns,
		k.indexed, k.dedup, k.keep, k.created_at
	FROM pulse_internal.event_kind AS k;
COMMENT ON VIEW pulse.events IS
'Event kinds: name, table, columns of their own (after event_id, at, recorded, txid), columns indexed for looking back, whether a repeated dedup_key is left out, how long events are kept (NULL: for ever), since when.';
GRANT SELECT ON pulse.events TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;

CREATE OR REPLACE VIEW pulse.watches WITH (security_invoker = true) AS
	SELECT w.relation, k.name AS event, w.operations, w.columns, w.condition, w.changes_of,
		w.capture_level, w.on_failure, w.author, w.state, w.reason, w.created_at
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id;
COMMENT ON VIEW pulse.watches IS
'Watches: table, event, operations, mapping and condition (with every name in full), columns whose change counts, level of capture, what a failure does, author; state ok, paused or broken, and why.';
GRANT SELECT ON pulse.watches TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;

CREATE OR REPLACE VIEW pulse.capture_errors WITH (security_invoker = true) AS
	SELECT w.relation, k.name AS event, e.failed_at, e.row_key, e.sqlstate_code, e.message
	FROM pulse_internal.capture_error AS e
	JOIN pulse_internal.watch AS w ON w.watch_id = e.watch_id
	JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id;
COMMENT ON VIEW pulse.capture_errors IS
'Rows that are stored but whose event could not be written: table, event, when, primary key (NULL where the table has none), SQLSTATE, message. pulse.repair_watch(relation, event) tries them again.';
GRANT SELECT ON pulse.capture_errors TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.stat_watches WITH (security_invoker = true) AS
	SELECT w.relation, k.name AS event, w.state,
		(SELECT pg_catalog.count(*) FROM pulse_internal.capture_error AS e
		 WHERE e.watch_id = w.watch_id) AS errors,
		(SELECT pg_catalog.max(e.failed_at) FROM pulse_internal.capture_error AS e
		 WHERE e.watch_id = w.watch_id) AS last_error_at,
		(SELECT pg_catalog.count(*) FROM pulse_internal.event_gap AS g
		 WHERE g.watch_id = w.watch_id) AS gaps,
		(SELECT pg_catalog.min(g.since) FROM pulse_internal.event_gap AS g
		 WHERE g.watch_id = w.watch_id) AS first_gap_at,
		(SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(i.inhrelid))::bigint
		 FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.relation) AS event_rows
	FROM pulse_internal.watch AS w JOIN pulse_internal.event_kind AS k ON k.kind_id = w.kind_id;
COMMENT ON VIEW pulse.stat_watches IS
'How watches do: state, rows that failed and when last, gaps and since when, and the rows written to the event by all its watches and writers since the statistics were reset.';
GRANT SELECT ON pulse.stat_watches TO pulse_admin, pulse_author, pulse_analyst, pg_monitor;
