-- ---- tenants: whose row it is, and who sees it ----------------------------------------

-- The fence is restrictive, so that policies a user adds can only narrow what is seen; the other policy lets
-- all through, and may be replaced by one that goes by region or rep.  What a
-- row refers to has to be visible to who writes it: foreign keys do not ask.
CREATE OR REPLACE FUNCTION receivables.define_tenants(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
DECLARE
	made record;
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	FOR made IN
		SELECT t.name, c.oid, coalesce(f.visible, '') AS visible, f.parent, f.parent_key, f.child_key
		FROM unnest(receivables.tables()) AS t (name)
		JOIN pg_class AS c ON c.relname = t.name AND c.relnamespace = quote_ident(place)::regnamespace
		LEFT JOIN LATERAL (
			SELECT string_agg(format(' AND (%1$I IS NULL OR EXISTS (SELECT FROM %2$s AS p WHERE p.%3$I = %4$I.%1$I))',
						a.attname, k.confrelid::regclass, b.attname, t.name), '' ORDER BY k.conname) AS visible,
				   (array_agg(k.confrelid::regclass::text ORDER BY NOT a.attnotnull, k.conkey))[1] AS parent,
				   (array_agg(b.attname ORDER BY NOT a.attnotnull, k.conkey))[1] AS parent_key,
				   (array_agg(a.attname ORDER BY NOT a.attnotnull, k.conkey))[1] AS child_key
			FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
			JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
			WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid IN (SELECT o.oid FROM pg_class AS o
				WHERE o.relnamespace = c.relnamespace AND o.relname = ANY (receivables.tables()))) AS f ON true
	LOOP
		EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', place, made.name);
		EXECUTE format('DROP POLICY IF EXISTS receivables_tenant ON %I.%I', place, made.name);
		EXECUTE format('CREATE POLICY receivables_tenant ON %I.%I AS RESTRICTIVE USING (tenant = pulse.acting_tenant())
			WITH CHECK (tenant = pulse.acting_tenant()%s)', place, made.name, made.visible);
		IF NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = made.oid AND p.polpermissive) THEN
			EXECUTE format('CREATE POLICY receivables_everyone ON %I.%I USING (true)', place, made.name);
		END IF;
		-- who sees all, because the tables are his, need not say for whom he writes what belongs to something else
		IF made.parent IS NOT NULL THEN
			EXECUTE format('CREATE OR REPLACE TRIGGER receivables_tenant BEFORE INSERT ON %I.%I FOR EACH ROW WHEN (new.tenant = '''')
				EXECUTE FUNCTION receivables.fill_tenant(%L, %L, %L)', place, made.name, made.parent, made.parent_key, made.child_key);
		END IF;
		IF made.name IN ('debtor', 'contract', 'shipment', 'invoice', 'instalment', 'payment', 'allocation') THEN
			EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I.%I (tenant)', made.name || '_tenant', place, made.name);
		END IF;
	END LOOP;
END
$define$;
COMMENT ON FUNCTION receivables.define_tenants(text) IS 'Used by install(): policies by tenant on the tables of a schema.';

CREATE OR REPLACE FUNCTION receivables.has_tenants(place text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
				   WHERE p.polname = 'receivables_tenant' AND n.nspname = place);
END
$$;
COMMENT ON FUNCTION receivables.has_tenants(text) IS 'Used by install(): whether the tables of a schema are fenced by tenant.';

-- arguments: the relation referred to, its key, and the column that refers
CREATE OR REPLACE FUNCTION receivables.fill_tenant() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found text;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	EXECUTE format('SELECT p.tenant FROM %s AS p WHERE p.%I = (to_jsonb($1) ->> %L)::bigint', tg_argv[0], tg_argv[1], tg_argv[2]) INTO found USING new;
	new.tenant := coalesce(found, new.tenant);
	RETURN new;
END
$$;
REVOKE ALL ON FUNCTION receivables.fill_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.fill_tenant() TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.fill_tenant() IS 'Trigger of fenced tables: a row written by who sees all belongs to the tenant of what it refers to.';
