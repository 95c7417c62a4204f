-- ---- the open items as a page -----------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.create_page(name text DEFAULT 'receivables', schema text DEFAULT NULL, currency text DEFAULT NULL,
		recipients text DEFAULT NULL, send_at time DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	shown text := coalesce(currency, pulse.setting('currency'));
	items text := format($q$SELECT o.customer_id::text AS customer, pulse.to_numeric(o.open_amount) AS amount, o.due_on AS due,
		NULL::date AS issued, NULL::date AS paid, NULL::text AS scope
		FROM receivables.open_items($2, schema => %L) AS o WHERE pulse.currency(o.open_amount) = %L$q$,
		coalesce(schema, (SELECT min(i.schema::text) FROM receivables.installations AS i HAVING count(*) = 1)), shown);
BEGIN
	PERFORM pulse.create_page(name, 'Receivables', pulse_internal.receivables_sections(items, shown, 0, false), '应收账款',
		recipients => recipients, send_at => send_at);
END
$$;
COMMENT ON FUNCTION receivables.create_page(text, text, text, text, time) IS
'Makes a page (pulse.report_html(name)) of the open items of one currency, of any day: aging in all and of the customers that owe most, and the largest past due. It runs as you. Errors: SP801 not installed, 42710 the name is taken, 42501 you may not make pages; those of pulse.create_page().';
