-- ---- rule: authors see what their own rules found ------------------------------------
-- Evidence is rows of event tables.  The owner of these tables, the engine, is not held to
-- the policies.

ALTER TABLE pulse_internal.firing ENABLE ROW LEVEL SECURITY;
ALTER TABLE pulse_internal.wait ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON pulse_internal.firing FOR SELECT TO pulse_admin, pulse_analyst USING (true);
CREATE POLICY everything ON pulse_internal.wait FOR SELECT TO pulse_admin, pulse_analyst, pg_monitor USING (true);
CREATE POLICY own_rules ON pulse_internal.firing FOR SELECT TO pulse_author
	USING (rule_id IN (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE pg_has_role(r.author, 'USAGE')));
CREATE POLICY own_rules ON pulse_internal.wait FOR SELECT TO pulse_author
	USING (rule_id IN (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE pg_has_role(r.author, 'USAGE')));
