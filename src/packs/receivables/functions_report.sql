-- ---- the aging report, DSO and its family -------------------------------------------

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
	WHERE r.currency = rate.currency AND r.into_currency = rate.into_currency AND r.since <= rate.day AND r.tenant = coalesce(pulse.acting_tenant(), '')
	ORDER BY r.since DESC LIMIT 1;
	IF found IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP101', MESSAGE = format('there is no rate from %s to %s on %s', rate.currency, rate.into_currency, rate.day),
			HINT = 'Add the row to fx_rate (currency, into_currency, since, rate).';
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION receivables.rate(text, text, date, text) IS
'The rate of fx_rate in force on a day; of the acting tenant, where there are tenants. Errors: SP801, SP101 no rate by then.';

-- what the report is grouped by: how each word is computed from a customer's profile and from his row
CREATE OR REPLACE FUNCTION receivables.report_keys(by text[]) RETURNS TABLE (name text, expression text)
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	SELECT b INTO unknown FROM unnest(by) AS b WHERE (b IN ('customer', 'rep', 'region', 'contract', 'currency')) IS NOT TRUE LIMIT 1;
	IF FOUND OR by IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('nothing is reported by "%s"', unknown),
			HINT = 'by is any of customer, rep, region, contract, currency (which is always apart); {} is all in one.';
	END IF;
	RETURN QUERY SELECT k.name, k.expression
		FROM (VALUES (1, 'customer', 'p.customer_id'), (2, 'rep', 'd.rep'), (3, 'region', 'd.region'), (4, 'contract', 'p.contract_id'),
					 (5, 'currency', 'pulse.currency(p.profile)')) AS k (place, name, expression)
		WHERE k.name = ANY (by) ORDER BY k.place;
END
$$;
COMMENT ON FUNCTION receivables.report_keys(text[]) IS 'Used by the reports: the columns of a grouping. Error 22023: an unknown one.';

CREATE OR REPLACE FUNCTION receivables.aging_report(as_of date DEFAULT NULL, by text[] DEFAULT '{customer}', basis text DEFAULT 'effective',
		known_at timestamptz DEFAULT NULL, into_currency text DEFAULT NULL, rates text DEFAULT 'as_of', pauses boolean DEFAULT false,
		edges int[] DEFAULT '{30,60,90}', rule text DEFAULT '', aged_by text DEFAULT 'due', schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, not_due numeric, buckets numeric[], overdue numeric, credits numeric, total numeric, profile pulse.aging_profile)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bound record := receivables.bounds(as_of, basis, known_at);
	by_contract boolean := 'contract' = ANY (by);
	items text;
	profiles text;
	keys_of text[];
	names text[];
BEGIN
	SELECT array_agg(k.expression), array_agg(k.name) INTO keys_of, names FROM receivables.report_keys(by) AS k;
	IF (rates IN ('as_of', 'booked') AND aged_by IN ('due', 'issued')) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown rates "%s", or aged_by "%s"', rates, aged_by),
			HINT = 'rates: as_of, booked; aged_by: due, issued.';
	END IF;
	PERFORM set_config('search_path', receivables.path(aging_report.schema), true);
	items := format('SELECT i.customer_id, i.contract_id, i.issued_on, i.%s%s AS counted_from, i.open_amount FROM (%s) AS i',
		CASE aged_by WHEN 'due' THEN 'due_on' ELSE 'issued_on' END, CASE WHEN pauses THEN ' + i.paused_days' ELSE '' END,
		receivables.items_statement(bound.upto < 'infinity', by_contract, pauses));
	IF into_currency IS NOT NULL THEN
		-- each currency's (and day's) rate is looked up once
		items := format('SELECT i.customer_id, i.contract_id, i.counted_from, CASE WHEN r.rate IS NULL THEN i.open_amount ELSE pulse.convert(i.open_amount, $7, r.rate) END AS open_amount
			FROM (%1$s) AS i LEFT JOIN (SELECT n.currency, n.day, receivables.rate(n.currency, $7, n.day, $8) AS rate
				FROM (SELECT DISTINCT pulse.currency(i.open_amount) AS currency, %2$s AS day FROM (%1$s) AS i) AS n WHERE n.currency <> $7) AS r
			ON r.currency = pulse.currency(i.open_amount) AND r.day = %2$s', items, CASE rates WHEN 'as_of' THEN '$3' ELSE 'i.issued_on' END);
	END IF;
	profiles := format('SELECT i.customer_id, %s AS contract_id, pulse.aging(i.open_amount, i.counted_from, $3, $4, $5) AS profile
		FROM (%s) AS i GROUP BY i.customer_id, pulse.currency_number(i.open_amount)%s', CASE WHEN by_contract THEN 'i.contract_id' ELSE 'NULL::bigint' END, items,
		CASE WHEN by_contract THEN ', i.contract_id' ELSE '' END);
	IF 'customer' = ANY (by) THEN
		profiles := format('SELECT %s, p.profile FROM (%s) AS p JOIN debtor AS d USING (customer_id)', (SELECT string_agg(format('%s AS %I', e, n), ', ') FROM unnest(keys_of, names) AS k (e, n)), profiles);
	ELSE
		profiles := format('SELECT %spulse.sum(p.profile) AS profile FROM (%s) AS p JOIN debtor AS d USING (customer_id) GROUP BY %spulse.currency(p.profile)',
			(SELECT string_agg(format('%s AS %I, ', e, n), '') FROM unnest(keys_of, names) AS k (e, n)), profiles, (SELECT string_agg(e || ', ', '') FROM unnest(keys_of) AS e));
	END IF;
	RETURN QUERY EXECUTE format('SELECT jsonb_build_object(%s), pulse.currency(a.profile), pulse.not_due(a.profile),
			ARRAY[%s],
			pulse.overdue(a.profile), pulse.credits(a.profile), pulse.total(a.profile), a.profile
		FROM (%s) AS a ORDER BY %s2', (SELECT string_agg(format('%L, a.%I', n, n), ', ') FROM unnest(names) AS n),
			(SELECT string_agg(format('pulse.bucket(a.profile, %s)', n), ', ') FROM generate_series(1, cardinality(edges) + 1) AS n), profiles,
			(SELECT string_agg(format('a.%I, ', n), '') FROM unnest(names) AS n))
	USING bound.day, bound.upto, bound.today, edges, rule, NULL::text, into_currency, aging_report.schema;
END
$$;
COMMENT ON FUNCTION receivables.aging_report(date, text[], text, timestamptz, text, text, boolean, int[], text, text, text) IS
'Aging as of a day (today unless given) by any of customer, rep, region, contract, currency (which is always apart); or all in one currency, at the rates of that day (rates => as_of) or of each document''s day (booked). aged_by: due or issued date. pauses: days in dispute or promise do not count. edges and rule (which bucket an edge, the day itself, what is not due and credits belong to): as for pulse.aging(). basis and known_at as for open_items(). The figures add up to what is open. Errors: SP801, 22023 unknown basis, by, rates, aged_by or rule, SP101 a rate is missing.';

CREATE OR REPLACE FUNCTION receivables.metrics(as_of date DEFAULT NULL, months int DEFAULT 3, by text[] DEFAULT '{}', schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, metric text, value numeric, status text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	day date := coalesce(as_of, pulse.day_of(pulse.clock()));
	settlement regclass;
	history regclass;
BEGIN
	PERFORM receivables.report_keys(by);
	PERFORM set_config('search_path', receivables.path(metrics.schema), true);
	settlement := to_regclass('settlement');
	IF EXISTS (SELECT FROM allocation AS a WHERE a.amount OPERATOR(pulse.<) 0) THEN
		history := to_regclass('settlement_history');
	END IF;
	-- sums take what was taken back off by themselves; days late are of what stayed settled
	RETURN QUERY SELECT receivables.view_keys(by, m.keys, m.currency), m.currency, m.metric,
			CASE WHEN history IS NULL OR m.metric <> 'weighted_days_late' THEN m.value ELSE l.value END,
			CASE WHEN history IS NULL OR m.metric <> 'weighted_days_late' THEN m.status ELSE coalesce(l.status, 'no_receivable') END
		FROM pulse.receivable_metrics(settlement, 'amount', 'issued_on', 'due_on', 'settled_on', day, months, receivables.view_columns(by)) WITH ORDINALITY AS m
		LEFT JOIN pulse.receivable_metrics(coalesce(history, settlement), 'amount', 'issued_on', 'due_on', 'settled_on', day, months, receivables.view_columns(by),
			CASE WHEN history IS NULL THEN 'false' ELSE receivables.in_force(day) END) AS l
		ON l.metric = 'weighted_days_late' AND m.metric = l.metric AND l.keys = m.keys AND l.currency IS NOT DISTINCT FROM m.currency
		ORDER BY m.ordinality;
END
$$;
COMMENT ON FUNCTION receivables.metrics(date, int, text[], text) IS
'DSO and its family as pulse.receivable_metrics() defines them, over what was invoiced and settled here, partial payments included; what was taken back by as_of is not settled; open credits are not deducted. by: as for aging_report(). Errors: SP801, 22023.';

CREATE OR REPLACE FUNCTION receivables.view_columns(by text[]) RETURNS text[]
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- the view's "customer" is a name
	RETURN ARRAY(SELECT CASE b WHEN 'customer' THEN 'customer_id' WHEN 'contract' THEN 'contract_id' ELSE b END FROM unnest(by) AS b WHERE b <> 'currency') || ARRAY['currency'];
END
$$;
COMMENT ON FUNCTION receivables.view_columns(text[]) IS 'Used by metrics(): columns of the view settlement.';

CREATE OR REPLACE FUNCTION receivables.view_keys(by text[], keys jsonb, currency text) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(b, CASE b WHEN 'currency' THEN to_jsonb(currency) WHEN 'customer' THEN keys -> 'customer_id'
				WHEN 'contract' THEN keys -> 'contract_id' ELSE keys -> b END), '{}') FROM unnest(by) AS b);
END
$$;
COMMENT ON FUNCTION receivables.view_keys(text[], jsonb, text) IS 'Used by metrics(): the keys by the words of "by".';

CREATE OR REPLACE FUNCTION receivables.in_force(day date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.format('since <= %1$L AND until > %1$L', in_force.day);
END;
COMMENT ON FUNCTION receivables.in_force(date) IS 'Used by metrics() and collection_days(): the rows of settlement_history that hold as of a day.';

CREATE OR REPLACE FUNCTION receivables.collection_days(as_of date DEFAULT NULL, by text[] DEFAULT '{}', since date DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, method text, items bigint, open_items bigint, median_days double precision, mean_days double precision,
		paid_mean_days double precision, status text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	day date := coalesce(as_of, pulse.day_of(pulse.clock()));
	history regclass;
BEGIN
	PERFORM receivables.report_keys(by);
	PERFORM set_config('search_path', receivables.path(collection_days.schema), true);
	history := to_regclass('settlement_history');
	RETURN QUERY SELECT receivables.view_keys(by, m.keys, m.currency), m.currency, m.method, m.items, m.open_items,
			m.median_days, m.mean_days, m.paid_mean_days, m.status
		FROM pulse.collection_days(history, 'amount', 'issued_on', 'settled_on', day, receivables.view_columns(by),
			receivables.in_force(day) || CASE WHEN since IS NOT NULL THEN format(' AND issued_on >= %L', since) ELSE '' END) AS m;
END
$$;
COMMENT ON FUNCTION receivables.collection_days(date, text[], date, text) IS
'Days from issue to settlement as pulse.collection_days() defines them: parts of instalments each with its own day, open ones as not settled within their age; what was taken back by as_of is open. since: only what was issued from then on. by: as for aging_report(). Errors: SP801, 22023.';
