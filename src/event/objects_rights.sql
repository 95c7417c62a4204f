-- ---- event: errors of capture show rows of the watched table -----------------------------
-- The owner of the table, the engine, is not held to the policies.

ALTER TABLE pulse_internal.capture_error ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.capture_error FOR SELECT TO pulse_admin, pulse_analyst, pg_monitor USING (true);
CREATE POLICY readable ON pulse_internal.capture_error FOR SELECT TO pulse_author
	USING (watch_id IN (SELECT w.watch_id FROM pulse_internal.watch AS w
						WHERE pg_has_role(w.author, 'USAGE') OR has_any_column_privilege(w.relation::oid, 'SELECT')));
