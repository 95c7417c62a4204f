-- ---- where the tables are ---------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.place(schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schemas text[];
BEGIN
	-- as receivables.installations, by what leads there fast: every call asks
	SELECT array_agg(n.nspname::text) INTO schemas
	FROM pg_depend AS d JOIN pg_trigger AS t ON t.oid = d.objid JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'receivables.keep_applied()'::regprocedure AND d.classid = 'pg_trigger'::regclass
	  AND (place.schema IS NULL OR n.nspname = place.schema);
	IF schemas IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP801',
			MESSAGE = CASE WHEN schema IS NULL THEN 'the receivables tables are not installed'
				ELSE format('the receivables tables are not installed in schema "%s"', schema) END,
			HINT = format('Type: SELECT receivables.install(schema => %L)', coalesce(schema, 'sales'));
	ELSIF cardinality(schemas) > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'SP801', MESSAGE = 'the receivables tables are installed in several schemas',
			DETAIL = format('They are %s.', array_to_string(schemas, ', ')),
			HINT = format('Say which: schema => %L.', schemas[1]);
	ELSIF NOT has_schema_privilege(schemas[1], 'USAGE') THEN
		-- else its tables would be said not to exist
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('permission denied for schema %I', schemas[1]),
			DETAIL = 'The receivables tables are there.',
			HINT = format('Let its owner type: GRANT USAGE ON SCHEMA %1$I TO %2$I; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I;', schemas[1], current_user);
	END IF;
	RETURN schemas[1];
END
$$;
COMMENT ON FUNCTION receivables.place(text) IS
'The schema where the tables are; without a name, of the only installation. Errors: SP801 there is none, or more than one; 42501 it may not be used.';

CREATE OR REPLACE FUNCTION receivables.path(schema text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT pg_catalog.format('pg_catalog, %I, pg_temp', receivables.place(path.schema));
END;
COMMENT ON FUNCTION receivables.path(text) IS
'The search_path under which the pack''s functions find the tables of a schema; without one, of the only installation. Error SP801: there is none, or more than one.';

-- ---- triggers -----------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.define_triggers(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE OR REPLACE TRIGGER receivables_keep_applied AFTER INSERT ON allocation
		REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION receivables.keep_applied();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE UPDATE OR DELETE ON allocation
		FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_stays BEFORE UPDATE ON invoice FOR EACH ROW
		WHEN (old.issued_on <> new.issued_on OR old.booked_at <> new.booked_at OR old.amount OPERATOR(pulse.<>) new.amount OR old.customer_id <> new.customer_id)
		EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_stays BEFORE UPDATE ON instalment FOR EACH ROW
		WHEN (old.amount OPERATOR(pulse.<>) new.amount OR old.invoice_id <> new.invoice_id OR old.issued_on <> new.issued_on OR old.booked_at <> new.booked_at)
		EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_stays BEFORE UPDATE ON payment FOR EACH ROW
		WHEN (old.received_on <> new.received_on OR old.booked_at <> new.booked_at OR old.amount OPERATOR(pulse.<>) new.amount OR old.customer_id <> new.customer_id
			  OR old.kind <> new.kind) EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE DELETE ON instalment FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE DELETE ON payment FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_keep_due AFTER UPDATE OF due_on ON instalment
		FOR EACH ROW WHEN (old.due_on <> new.due_on) EXECUTE FUNCTION receivables.keep_due();
	CREATE OR REPLACE TRIGGER receivables_fill BEFORE INSERT OR UPDATE OF invoice_id, due_on ON instalment
		FOR EACH ROW EXECUTE FUNCTION receivables.fill_instalment();
	CREATE OR REPLACE TRIGGER receivables_fill BEFORE INSERT ON allocation
		FOR EACH ROW EXECUTE FUNCTION receivables.fill_allocation();
	CREATE OR REPLACE TRIGGER receivables_keep_pause AFTER INSERT OR UPDATE OR DELETE ON pause
		FOR EACH ROW EXECUTE FUNCTION receivables.keep_pause();
	CREATE OR REPLACE TRIGGER receivables_gate BEFORE INSERT OR UPDATE OR DELETE ON shipment
		FOR EACH ROW EXECUTE FUNCTION receivables.gate_shipment();
	CREATE OR REPLACE TRIGGER receivables_keep_lines BEFORE INSERT OR UPDATE OR DELETE ON shipment_line
		FOR EACH ROW EXECUTE FUNCTION receivables.keep_lines();
	CREATE OR REPLACE TRIGGER receivables_keep_invoiced AFTER DELETE OR UPDATE OF shipment_line_id, quantity ON invoice_line
		FOR EACH ROW EXECUTE FUNCTION receivables.keep_invoiced();
	DROP TRIGGER IF EXISTS receivables_total ON invoice;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT ON invoice
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
	DROP TRIGGER IF EXISTS receivables_total ON instalment;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT ON instalment
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
	DROP TRIGGER IF EXISTS receivables_total ON invoice_line;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT OR DELETE OR UPDATE OF invoice_id, amount, quantity, shipment_line_id ON invoice_line
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
END
$define$;
COMMENT ON FUNCTION receivables.define_triggers(text) IS 'Used by install(): the triggers on the tables, in a schema.';

-- ---- install, upgrade, uninstall ----------------------------------------------------

-- the same at install and upgrade: what is there is altered, each definition says IF NOT EXISTS or OR REPLACE
CREATE OR REPLACE FUNCTION receivables.define(place text, tenants boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM receivables.define_changes(place);
	PERFORM receivables.define_contract(place), receivables.define_money(place), receivables.define_credit(place), receivables.define_triggers(place), receivables.define_views(place),
		receivables.define_settlement(place), receivables.define_checks(place);
	IF tenants OR receivables.has_tenants(place) THEN
		PERFORM receivables.define_tenants(place);
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.define(text, boolean) IS 'Used by install() and upgrade(): all definitions in a schema.';

CREATE OR REPLACE FUNCTION receivables.install(schema text, tenants boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
BEGIN
	IF schema IS NULL OR NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = install.schema) THEN
		RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = format('schema "%s" does not exist', schema),
			HINT = format('Type: CREATE SCHEMA %I', coalesce(schema, 'sales'));
	END IF;
	PERFORM receivables.define(schema, tenants);
END
$$;
COMMENT ON FUNCTION receivables.install(text, boolean) IS
'Makes the tables of receivables, with their triggers and views, in a schema: they belong to whoever calls. What is there already stays. tenants: row-level security lets others see and write only rows of the tenant that pulse.act_as() named; who owns the tables sees all. Errors: 3F000 no such schema, 42501 no right to create in it, others where a table of that name has other columns.';

CREATE OR REPLACE FUNCTION receivables.upgrade(schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
BEGIN
	PERFORM receivables.define(receivables.place(upgrade.schema), false);
END
$$;
COMMENT ON FUNCTION receivables.upgrade(text) IS
'Brings installed tables, triggers and views up to this version of the pack; rows stay. Error SP801: not installed there.';

CREATE OR REPLACE FUNCTION receivables.uninstall(schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place text := receivables.place(uninstall.schema);
	made record;
BEGIN
	FOR made IN
		SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_trigger AS t
		JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_class AS c ON c.oid = t.tgrelid
		JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE p.pronamespace = 'receivables'::regnamespace AND NOT t.tgisinternal
		  AND n.nspname = place
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.relation);
	END LOOP;
	FOR made IN SELECT g.relation FROM receivables.order_gates() AS g WHERE g.schema = place LOOP
		PERFORM receivables.drop_order_gate(made.relation);
	END LOOP;
	IF has_function_privilege('pulse.drop_job(text)', 'EXECUTE') AND EXISTS (SELECT FROM pulse.stat_jobs AS s WHERE s.job = format('snapshots of %s', place)) THEN
		PERFORM pulse.drop_job(format('snapshots of %s', place));
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.uninstall(text) IS
'Takes the pack''s triggers off the tables of a schema, and ends its job; tables, rows and views stay, and DROP EXTENSION works. install() puts them back. Error SP801: not installed there.';
