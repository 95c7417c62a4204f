-- ---- care: stored health shows what the rows it was read from say ------------------------
-- The owner of the tables, the engine, is not held to the policies.

DO $$
DECLARE
	held text;
BEGIN
	FOREACH held IN ARRAY '{health_current,health_history,health_override}'::text[] LOOP
		EXECUTE format('ALTER TABLE pulse_internal.%I ENABLE ROW LEVEL SECURITY', held);
		EXECUTE format('CREATE POLICY everything ON pulse_internal.%I FOR SELECT TO pulse_admin, pulse_analyst, pulse_app USING (true)', held);
		EXECUTE format('CREATE POLICY readable ON pulse_internal.%I FOR SELECT TO pulse_author
			USING (source_id IN (SELECT s.source_id FROM pulse_internal.health_source AS s
								 WHERE pg_has_role(s.author, ''USAGE'')
									OR (has_any_column_privilege(s.relation::oid, ''SELECT'') AND NOT row_security_active(s.relation::oid))))', held);
	END LOOP;
END
$$;
