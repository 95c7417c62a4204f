-- ---- what is open as of a day ---------------------------------------------------------

-- The statement over what is open, for open_items() and the report: $1 the day up to
-- which documents and allocations count, $2 the instant up to which they were booked,
-- $3 the day of the report.  What is open now and what was settled since are looked
-- at apart, so that the cost follows what is open and what came since, not history.
CREATE OR REPLACE FUNCTION receivables.items_statement(as_known boolean, documents boolean, pauses boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	later text := 'SELECT a.%1$s AS id, pulse.sum(%2$s) AS amount FROM allocation AS a WHERE (a.counts_on > $1 OR a.counts_at > $2) AND a.%1$s IS NOT NULL GROUP BY a.%1$s';
	later_due text := format(later, 'instalment_id', 'a.amount');
	later_paid text := format(later, 'payment_id', 'coalesce(a.paid, a.amount)');
	open_amount text := 'CASE WHEN %1$s.applied IS NULL THEN %1$s.amount WHEN l.amount IS NULL THEN %1$s.amount OPERATOR(pulse.-) %1$s.applied
		ELSE %1$s.amount OPERATOR(pulse.-) %1$s.applied OPERATOR(pulse.+) l.amount END';
	-- what is open now was open then, unless something that came since says otherwise
	still_open text := '(l.amount IS NULL OR %1$s.amount OPERATOR(pulse.-) %1$s.applied OPERATOR(pulse.+) l.amount OPERATOR(pulse.<>) 0)';
	instalments text := format($q$SELECT 'instalment' AS kind, i.instalment_id AS item_id, %s AS document, i.customer_id, %s AS contract_id, i.issued_on, %s AS due_on,
			i.amount, %s AS open_amount FROM %%s%s WHERE %%s AND i.issued_on <= $1 AND i.booked_at <= $2$q$,
		CASE WHEN documents THEN 'v.number' ELSE 'NULL::text' END, CASE WHEN documents THEN 'v.contract_id' ELSE 'NULL::bigint' END,
		CASE WHEN as_known THEN '(SELECT coalesce((SELECT c.due_on FROM due_change AS c WHERE c.instalment_id = i.instalment_id AND c.changed_at > $2
			ORDER BY c.changed_at LIMIT 1), i.due_on))' ELSE 'i.due_on' END,
		format(open_amount, 'i'), CASE WHEN documents THEN ' JOIN invoice AS v USING (invoice_id)' ELSE '' END);
	payments text := format($q$SELECT p.kind, p.payment_id, p.reference, p.customer_id, p.contract_id, p.received_on, p.received_on,
			OPERATOR(pulse.-) p.amount, OPERATOR(pulse.-) (%s) FROM %%s WHERE %%s AND p.received_on <= $1 AND p.booked_at <= $2$q$, format(open_amount, 'p'));
BEGIN
	RETURN format('SELECT o.*, %s AS paused_days FROM (%s UNION ALL %s UNION ALL %s UNION ALL %s) AS o %s',
		-- days of (due, today] that lie in a pause; overlapping pauses count once
		CASE WHEN pauses THEN 'CASE WHEN u.days IS NULL OR o.due_on >= $3 THEN 0 ELSE (SELECT coalesce(sum(upper(d) - lower(d)), 0)::int
			FROM unnest(u.days * datemultirange(daterange(o.due_on, $3))) AS d) END' ELSE '0' END,
		format(instalments, format('instalment AS i LEFT JOIN (%s) AS l ON l.id = i.instalment_id', later_due), '(i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount) AND ' || format(still_open, 'i')),
		format(instalments, format('(%s) AS l JOIN instalment AS i ON i.instalment_id = l.id', later_due), 'i.applied OPERATOR(pulse.=) i.amount AND l.amount OPERATOR(pulse.<>) 0'),
		format(payments, format('payment AS p LEFT JOIN (%s) AS l ON l.id = p.payment_id', later_paid), '(p.applied IS NULL OR p.applied OPERATOR(pulse.<>) p.amount) AND ' || format(still_open, 'p')),
		format(payments, format('(%s) AS l JOIN payment AS p ON p.payment_id = l.id', later_paid), 'p.applied OPERATOR(pulse.=) p.amount AND l.amount OPERATOR(pulse.<>) 0'),
		CASE WHEN pauses THEN $q$LEFT JOIN (SELECT u.instalment_id, range_agg(daterange(u.since, u.until)) AS days FROM pause AS u WHERE u.booked_at <= $2
			GROUP BY u.instalment_id) AS u ON o.kind = 'instalment' AND u.instalment_id = o.item_id$q$ ELSE '' END);
END
$$;
COMMENT ON FUNCTION receivables.items_statement(boolean, boolean, boolean) IS
'Used by open_items() and aging_report(): the statement over what is open. as_known: due dates as they were known; documents: with their numbers and contracts; pauses: with paused days.';

-- the day up to which, and the instant by which
CREATE OR REPLACE FUNCTION receivables.bounds(as_of date, basis text, known_at timestamptz, OUT today date, OUT day date, OUT upto timestamptz)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF bounds.basis NOT IN ('effective', 'booked') OR bounds.basis IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown basis "%s"', bounds.basis),
			HINT = 'effective: by the documents'' own dates; booked: by when they were written here.';
	END IF;
	today := coalesce(bounds.as_of, pulse.day_of(pulse.clock()));
	day := CASE bounds.basis WHEN 'effective' THEN today ELSE 'infinity' END;
	upto := least(coalesce(bounds.known_at, 'infinity'), CASE bounds.basis WHEN 'booked' THEN pulse.day_start(today + 1) - interval '1 microsecond' ELSE 'infinity' END);
END
$$;
COMMENT ON FUNCTION receivables.bounds(date, text, timestamptz) IS 'Used by open_items() and aging_report(): what a day and a basis mean. Error 22023: unknown basis.';

CREATE OR REPLACE FUNCTION receivables.open_items(as_of date DEFAULT NULL, basis text DEFAULT 'effective',
		known_at timestamptz DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (kind text, item_id bigint, document text, customer_id bigint, contract_id bigint, issued_on date, due_on date,
		amount pulse.amount, open_amount pulse.amount, days_past_due int, paused_days int)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bound record := receivables.bounds(as_of, basis, known_at);
BEGIN
	PERFORM set_config('search_path', receivables.path(open_items.schema), true);
	RETURN QUERY EXECUTE format('SELECT o.kind, o.item_id, o.document, o.customer_id, o.contract_id, o.issued_on, o.due_on, o.amount, o.open_amount, CASE WHEN isfinite(o.due_on) THEN $3 - o.due_on END, o.paused_days
		FROM (%s) AS o', receivables.items_statement(bound.upto < 'infinity', true, true)) USING bound.day, bound.upto, bound.today;
END
$$;
COMMENT ON FUNCTION receivables.open_items(date, text, timestamptz, text) IS
'Instalments not settled as of a day (today unless given), and payments and credit notes with something left, as negative amounts. basis: effective (the documents'' own dates) or booked (when they were written here); known_at: only what had been booked by that instant. An allocation counts from the last of its own, its payment''s and its invoice''s date on. paused_days: days past due on which a dispute or promise stopped the clock. Errors: SP801, 22023 unknown basis.';
