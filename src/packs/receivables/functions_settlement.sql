-- ---- what was settled when, as of any day ----------------------------------------------

-- What was taken back had been settled until then, and is open since: so a part
-- counts for the days from since until before until.  Of one payment's parts in
-- an instalment the first are taken back first.  What is open follows from the
-- parts, so that on each day all rows in force add up to the instalment: below
-- zero where a payment counts before the day on which another was taken back.
CREATE OR REPLACE FUNCTION receivables.define_settlement(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE OR REPLACE VIEW settlement_history WITH (security_invoker = true) AS
		WITH entry AS (
			SELECT a.allocation_id, a.payment_id, a.instalment_id, a.counts_on, e.amount > 0 AS settles, abs(e.amount) AS amount,
				   sum(abs(e.amount)) OVER (PARTITION BY a.payment_id, a.instalment_id, e.amount > 0 ORDER BY a.counts_on, a.allocation_id) AS upto
			FROM allocation AS a, LATERAL (SELECT pulse.to_numeric(a.amount) AS amount) AS e WHERE a.instalment_id IS NOT NULL
		), step AS (
			SELECT s.allocation_id, s.instalment_id, s.counts_on, s.counts_on AS day, s.amount FROM entry AS s WHERE s.settles
			UNION ALL
			SELECT s.allocation_id, s.instalment_id, s.counts_on, greatest(b.counts_on, s.counts_on), greatest(s.upto - s.amount, b.upto - b.amount) - least(s.upto, b.upto)
			FROM entry AS s JOIN entry AS b ON b.payment_id = s.payment_id AND b.instalment_id = s.instalment_id AND NOT b.settles
				 AND b.upto > s.upto - s.amount AND s.upto > b.upto - b.amount
			WHERE s.settles
		), part AS (
			SELECT p.instalment_id, p.counts_on AS settled_on, p.since, p.until, p.amount
			FROM (SELECT t.instalment_id, t.counts_on, t.day AS since, coalesce(lead(t.day) OVER each, 'infinity') AS until, sum(t.amount) OVER each AS amount
				  FROM (SELECT s.allocation_id, s.instalment_id, s.counts_on, s.day, sum(s.amount) AS amount FROM step AS s
						GROUP BY s.allocation_id, s.instalment_id, s.counts_on, s.day) AS t
				  WINDOW each AS (PARTITION BY t.allocation_id ORDER BY t.day)) AS p WHERE p.amount > 0
		), change AS (
			SELECT c.instalment_id, c.day, sum(c.amount) AS amount
			FROM (SELECT p.instalment_id, p.since AS day, p.amount FROM part AS p
				  UNION ALL SELECT p.instalment_id, p.until, - p.amount FROM part AS p WHERE p.until < 'infinity') AS c
			GROUP BY c.instalment_id, c.day
		), settled AS (
			SELECT c.instalment_id, c.day AS since, coalesce(lead(c.day) OVER each, 'infinity') AS until, sum(c.amount) OVER each AS amount,
				   lag(c.day) OVER each IS NULL AS is_first
			FROM change AS c WINDOW each AS (PARTITION BY c.instalment_id ORDER BY c.day)
		), state AS (
			SELECT p.instalment_id, p.since, p.until, p.settled_on, p.amount FROM part AS p
			UNION ALL
			SELECT i.instalment_id, s.since, s.until, NULL, pulse.to_numeric(i.amount) - s.amount
			FROM settled AS s JOIN instalment AS i USING (instalment_id) WHERE pulse.to_numeric(i.amount) <> s.amount
			UNION ALL
			SELECT i.instalment_id, '-infinity', coalesce(s.since, 'infinity'), NULL, pulse.to_numeric(i.amount)
			FROM instalment AS i LEFT JOIN settled AS s ON s.instalment_id = i.instalment_id AND s.is_first
		)
		SELECT t.instalment_id, i.invoice_id, v.number AS document, i.customer_id, d.name AS customer, d.rep, d.region, v.contract_id,
			   pulse.currency(i.amount) AS currency, i.issued_on, i.due_on, t.settled_on, t.amount, t.since, t.until, i.tenant
		FROM state AS t JOIN instalment AS i USING (instalment_id) JOIN invoice AS v USING (invoice_id) JOIN debtor AS d ON d.customer_id = i.customer_id;
	COMMENT ON VIEW settlement_history IS 'As the view settlement, as of any day: rows with since <= day and until > day are the parts of each instalment as they stood then, settled (settled_on) or open (NULL), and add up to it. What was taken back is a part until that day; an open part below zero is what was settled twice until then.';
END
$define$;
COMMENT ON FUNCTION receivables.define_settlement(text) IS 'Used by install(): the view of what was settled as of any day, in a schema.';
