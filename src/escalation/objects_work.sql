-- ---- escalation: whose templates and fallbacks ------------------------------------------

ALTER TABLE pulse_internal.template ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON pulse_internal.template FOR SELECT USING (true);
CREATE POLICY administrators ON pulse_internal.template FOR ALL TO pulse_admin USING (true) WITH CHECK (true);
CREATE POLICY authors_add ON pulse_internal.template FOR INSERT TO pulse_author
	WITH CHECK (pg_has_role(author, 'USAGE') AND channel IS NULL);
CREATE POLICY authors_drop ON pulse_internal.template FOR DELETE TO pulse_author USING (pg_has_role(author, 'USAGE'));
GRANT SELECT, INSERT, DELETE ON pulse_internal.template TO pulse_admin, pulse_author;
GRANT SELECT ON pulse_internal.template TO pulse_analyst;

ALTER TABLE pulse_internal.rule_fallback ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON pulse_internal.rule_fallback FOR SELECT USING (true);
CREATE POLICY own_rules ON pulse_internal.rule_fallback FOR ALL TO pulse_admin, pulse_author
	USING (pg_has_role('pulse_admin', 'USAGE')
		   OR rule_id IN (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE pg_has_role(r.author, 'USAGE')));
GRANT SELECT, INSERT, DELETE ON pulse_internal.rule_fallback TO pulse_admin, pulse_author;
GRANT SELECT ON pulse_internal.rule_fallback TO pulse_analyst, pg_monitor;

CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.quiet_hours
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
