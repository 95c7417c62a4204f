-- ---- escalation: holds show keys and amounts of the rows they hold -----------------------
-- The owner of the table, the engine, is not held to the policies.

ALTER TABLE pulse_internal.hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.hold FOR SELECT TO pulse_admin, pulse_analyst, pulse_app USING (true);
CREATE POLICY readable ON pulse_internal.hold FOR SELECT TO pulse_author USING (has_any_column_privilege(relation::oid, 'SELECT'));
