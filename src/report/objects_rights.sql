-- ---- report: the baseline of a pilot is what its author read -----------------------------
-- The owner of the table, the engine, is not held to the policies.

ALTER TABLE pulse_internal.pilot_baseline ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.pilot_baseline FOR SELECT TO pulse_admin, pulse_analyst USING (true);
CREATE POLICY own_pilots ON pulse_internal.pilot_baseline FOR SELECT TO pulse_author
	USING (pilot_id IN (SELECT p.pilot_id FROM pulse_internal.pilot AS p WHERE pg_has_role(p.author, 'USAGE')));
