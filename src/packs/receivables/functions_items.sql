-- ---- what is open as of a day ---------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.open_items(as_of date DEFAULT NULL, basis text DEFAULT 'effective',
		known_at timestamptz DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (kind text, item_id bigint, document text, customer_id bigint, contract_id bigint, issued_on date, due_on date,
		amount pulse.amount, open_amount pulse.amount, days_past_due int, paused_days int)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	today date := coalesce(open_items.as_of, pulse.day_of(pulse.clock()));
	day date := CASE open_items.basis WHEN 'effective' THEN today ELSE 'infinity' END;
	upto timestamptz := least(coalesce(open_items.known_at, 'infinity'),
							  CASE open_items.basis WHEN 'booked' THEN pulse.day_start(today + 1) - interval '1 microsecond' ELSE 'infinity' END);
BEGIN
	IF open_items.basis NOT IN ('effective', 'booked') OR open_items.basis IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown basis "%s"', open_items.basis),
			HINT = 'effective: by the documents'' own dates; booked: by when they were written here.';
	END IF;
	PERFORM set_config('search_path', receivables.path(open_items.schema), true);
	RETURN QUERY
	WITH counted AS MATERIALIZED (
		-- an allocation counts from the last of three days on: the payment's, the invoice's, its own
		SELECT a.payment_id, a.instalment_id, a.amount
		FROM allocation AS a JOIN payment AS p USING (payment_id) JOIN instalment AS i USING (instalment_id) JOIN invoice AS v USING (invoice_id)
		WHERE greatest(a.applied_on, p.received_on, v.issued_on) <= day AND greatest(a.booked_at, p.booked_at, v.booked_at) <= upto
	), item AS (
		SELECT 'instalment' AS kind, i.instalment_id AS item_id, v.number AS document, v.customer_id, v.contract_id, v.issued_on,
			   coalesce(CASE WHEN upto < 'infinity' THEN
				   (SELECT c.due_on FROM due_change AS c WHERE c.instalment_id = i.instalment_id AND c.changed_at > upto
					ORDER BY c.changed_at LIMIT 1) END, i.due_on) AS due_on,
			   i.amount, CASE WHEN s.applied IS NULL THEN i.amount ELSE i.amount OPERATOR(pulse.-) s.applied END AS open_amount
		FROM instalment AS i JOIN invoice AS v USING (invoice_id)
		LEFT JOIN (SELECT c.instalment_id, pulse.sum(c.amount) AS applied FROM counted AS c GROUP BY c.instalment_id) AS s USING (instalment_id)
		WHERE v.issued_on <= day AND v.booked_at <= upto
		UNION ALL
		SELECT p.kind, p.payment_id, p.reference, p.customer_id, p.contract_id, p.received_on, p.received_on,
			   OPERATOR(pulse.-) p.amount, OPERATOR(pulse.-) CASE WHEN s.applied IS NULL THEN p.amount ELSE p.amount OPERATOR(pulse.-) s.applied END
		FROM payment AS p
		LEFT JOIN (SELECT c.payment_id, pulse.sum(c.amount) AS applied FROM counted AS c GROUP BY c.payment_id) AS s USING (payment_id)
		WHERE p.received_on <= day AND p.booked_at <= upto
	), paused AS (
		-- days of (due, today] that lie in a pause; overlapping pauses count once
		SELECT u.instalment_id, range_agg(daterange(u.since, u.until)) AS days
		FROM pause AS u WHERE u.booked_at <= upto GROUP BY u.instalment_id
	)
	SELECT o.kind, o.item_id, o.document, o.customer_id, o.contract_id, o.issued_on, o.due_on, o.amount, o.open_amount, today - o.due_on,
		   CASE WHEN u.days IS NULL OR o.due_on >= today THEN 0 ELSE
			   (SELECT coalesce(sum(upper(d) - lower(d)), 0)::int
				FROM unnest(u.days * datemultirange(daterange(o.due_on, today))) AS d) END
	FROM item AS o LEFT JOIN paused AS u ON o.kind = 'instalment' AND u.instalment_id = o.item_id
	WHERE o.open_amount OPERATOR(pulse.<>) 0;
END
$$;
COMMENT ON FUNCTION receivables.open_items(date, text, timestamptz, text) IS
'Instalments not settled as of a day (today unless given), and payments and credit notes with something left, as negative amounts. basis: effective (the documents'' own dates) or booked (when they were written here); known_at: only what had been booked by that instant. An allocation counts from the last of its own, its payment''s and its invoice''s date on. paused_days: days past due on which a dispute or promise stopped the clock. Errors: SP801, 22023 unknown basis.';

CREATE OR REPLACE FUNCTION receivables.rate(currency text, into_currency text, day date, schema text DEFAULT NULL) RETURNS numeric
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found numeric;
BEGIN
	IF rate.currency = rate.into_currency THEN
		RETURN 1;
	END IF;
	PERFORM set_config('search_path', receivables.path(rate.schema), true);
	SELECT r.rate INTO found FROM fx_rate AS r
	WHERE r.currency = rate.currency AND r.into_currency = rate.into_currency AND r.since <= rate.day
	ORDER BY r.since DESC LIMIT 1;
	IF found IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP101', MESSAGE = format('there is no rate from %s to %s on %s', rate.currency, rate.into_currency, rate.day),
			HINT = 'Add the row to fx_rate (currency, into_currency, since, rate).';
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION receivables.rate(text, text, date, text) IS
'The rate of fx_rate in force on a day. Errors: SP801, SP101 no rate by then.';

CREATE OR REPLACE FUNCTION receivables.aging_report(as_of date DEFAULT NULL, by text[] DEFAULT '{customer}', basis text DEFAULT 'effective',
		known_at timestamptz DEFAULT NULL, into_currency text DEFAULT NULL, rates text DEFAULT 'as_of', pauses boolean DEFAULT false,
		edges int[] DEFAULT '{30,60,90}', schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, not_due numeric, buckets numeric[], overdue numeric, credits numeric, total numeric, profile pulse.aging_profile)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	today date := coalesce(aging_report.as_of, pulse.day_of(pulse.clock()));
BEGIN
	IF NOT aging_report.by <@ '{customer,rep,region,contract}' OR aging_report.rates NOT IN ('as_of', 'booked') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown column in by, or unknown rates',
			HINT = 'by: customer, rep, region, contract (the currency is always apart); rates: as_of, booked.';
	END IF;
	PERFORM set_config('search_path', receivables.path(aging_report.schema), true);
	RETURN QUERY
	WITH item AS (
		SELECT o.customer_id, o.contract_id, o.due_on + CASE WHEN aging_report.pauses THEN o.paused_days ELSE 0 END AS due_on,
			   CASE WHEN aging_report.into_currency IS NULL OR pulse.currency(o.open_amount) = aging_report.into_currency THEN o.open_amount
			   ELSE pulse.convert(o.open_amount, aging_report.into_currency, receivables.rate(pulse.currency(o.open_amount), aging_report.into_currency,
					CASE aging_report.rates WHEN 'as_of' THEN today ELSE o.issued_on END, aging_report.schema)) END AS open_amount
		FROM receivables.open_items(today, aging_report.basis, aging_report.known_at, aging_report.schema) AS o
	), aged AS (
		SELECT k.customer, k.rep, k.region, k.contract, pulse.currency(i.open_amount) AS currency,
			   pulse.aging(i.open_amount, i.due_on, today, aging_report.edges) AS profile
		FROM item AS i JOIN debtor AS d USING (customer_id),
			 LATERAL (SELECT CASE WHEN 'customer' = ANY (aging_report.by) THEN i.customer_id END AS customer,
							 CASE WHEN 'rep' = ANY (aging_report.by) THEN d.rep END AS rep,
							 CASE WHEN 'region' = ANY (aging_report.by) THEN d.region END AS region,
							 CASE WHEN 'contract' = ANY (aging_report.by) THEN i.contract_id END AS contract) AS k
		GROUP BY 1, 2, 3, 4, 5
	)
	SELECT (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
			FROM jsonb_each(jsonb_build_object('customer', a.customer, 'rep', a.rep, 'region', a.region, 'contract', a.contract)) AS e
			WHERE e.key = ANY (aging_report.by)),
		   a.currency, pulse.not_due(a.profile),
		   (SELECT array_agg(b.amount ORDER BY b.bucket) FROM pulse.buckets(a.profile) AS b WHERE b.bucket >= 1),
		   pulse.overdue(a.profile), pulse.credits(a.profile), pulse.total(a.profile), a.profile
	FROM aged AS a ORDER BY a.customer, a.rep, a.region, a.contract, a.currency;
END
$$;
COMMENT ON FUNCTION receivables.aging_report(date, text[], text, timestamptz, text, text, boolean, int[], text) IS
'Aging as of a day (today unless given) by any of customer, rep, region, contract, and by currency; or all in one currency, at the rates of that day (rates => as_of) or of each document''s day (booked). pauses: days in dispute or promise do not count. basis and known_at as for open_items(). The figures add up to what is open. Errors: SP801, 22023 unknown basis, by or rates, SP101 a rate is missing.';

-- ---- snapshots ------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.take_snapshot(day date DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	taken timestamptz;
	made bigint;
BEGIN
	PERFORM set_config('search_path', receivables.path(take_snapshot.schema), true);
	-- writers that began before are waited for: what is booked by "taken" is then all there
	LOCK TABLE invoice, instalment, payment, allocation, pause, due_change IN SHARE MODE;
	taken := pulse.clock();
	INSERT INTO aging_snapshot (day, customer_id, currency, profile, taken_at)
	SELECT pulse.as_of(r.profile), (r.keys ->> 'customer')::bigint, r.currency, r.profile, taken
	FROM receivables.aging_report(take_snapshot.day, known_at => taken, schema => take_snapshot.schema) AS r
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS made = ROW_COUNT;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.take_snapshot(date, text) IS
'Keeps the aging per customer and currency as of a day (today unless given) in aging_snapshot; a day that has one keeps it. aging_report(day, known_at => taken_at) says the same at any later time. Waits for open writers, and they for it. Returns the rows written. Error SP801.';
