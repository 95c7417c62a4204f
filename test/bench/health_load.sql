-- Eleven measures of a customer, a tenth of each missing. Variable: rows.
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42);
DROP TABLE IF EXISTS customer CASCADE;
CREATE TABLE customer (id int PRIMARY KEY, recency_days float8, orders_90d float8, ticket float8, payment_delay float8,
	nps float8, tickets_open float8, returns_pct float8, contact_age int, tenure float8, discount_pct int, logins_30d int);
INSERT INTO customer
SELECT g, CASE WHEN random() < .9 THEN floor(120 * random()) END, CASE WHEN random() < .9 THEN floor(1500 * random() ^ 2) END,
	CASE WHEN random() < .9 THEN 30 * random() ^ 2 END, CASE WHEN random() < .9 THEN 120 * random() ^ 2 END,
	CASE WHEN random() < .9 THEN floor(100 * random()) END, CASE WHEN random() < .9 THEN floor(150 * random() ^ 3) END,
	CASE WHEN random() < .9 THEN 60 * random() ^ 2 END, CASE WHEN random() < .9 THEN floor(1000 * random())::int END,
	CASE WHEN random() < .9 THEN 100 * random() END, CASE WHEN random() < .9 THEN floor(50 * random())::int END,
	CASE WHEN random() < .9 THEN floor(120 * random())::int END
FROM generate_series(1, :rows) AS g;
VACUUM (ANALYZE, FREEZE) customer;
CREATE VIEW customer_view AS SELECT id, recency_days + 0 AS recency_days, orders_90d, ticket, payment_delay, nps, tickets_open,
	returns_pct, contact_age, tenure, discount_pct, logins_30d FROM customer;

SELECT pulse.create_model('bench', '[
	{"dimension": "recency_days", "curve": "linear 0:0 30:60 90:100", "weight": 15, "missing": "neutral"},
	{"dimension": "orders_90d", "curve": "linear 0:0 200:60 1000:100", "weight": 12, "missing": "neutral"},
	{"dimension": "ticket", "curve": "linear 0:0 5:60 20:100", "weight": 10, "missing": "neutral"},
	{"dimension": "payment_delay", "curve": "linear 0:0 20:60 100:100", "weight": 10, "missing": "neutral"},
	{"dimension": "nps", "curve": "linear 0:0 50:60 100:100", "weight": 9, "missing": "neutral"},
	{"dimension": "tickets_open", "curve": "linear 0:0 30:60 120:100", "weight": 9, "missing": "neutral"},
	{"dimension": "returns_pct", "curve": "linear 0:0 10:60 50:100", "weight": 8, "missing": "neutral"},
	{"dimension": "contact_age", "curve": "linear 0:0 300:60 900:100", "weight": 8, "missing": "neutral"},
	{"dimension": "tenure", "curve": "linear 0:0 20:60 100:100", "weight": 7, "missing": "neutral"},
	{"dimension": "discount_pct", "curve": "linear 0:0 10:60 40:100", "weight": 6, "missing": "neutral"},
	{"dimension": "logins_30d", "curve": "linear 0:0 40:60 100:100", "weight": 6, "missing": "neutral"}]');

-- the same by hand, as one would write it
CREATE FUNCTION by_hand(x float8, mid float8, most float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN x IS NULL THEN 50 WHEN x <= 0 THEN 0 WHEN x < mid THEN 60 * x / mid WHEN x < most THEN 60 + 40 * (x - mid) / (most - mid) ELSE 100 END $$;
-- and as a function of the row
CREATE FUNCTION by_hand_plpgsql(c customer) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN (15 * by_hand(c.recency_days, 30, 90) + 12 * by_hand(c.orders_90d, 200, 1000) + 10 * by_hand(c.ticket, 5, 20)
		+ 10 * by_hand(c.payment_delay, 20, 100) + 9 * by_hand(c.nps, 50, 100) + 9 * by_hand(c.tickets_open, 30, 120) + 8 * by_hand(c.returns_pct, 10, 50)
		+ 8 * by_hand(c.contact_age, 300, 900) + 7 * by_hand(c.tenure, 20, 100) + 6 * by_hand(c.discount_pct, 10, 40) + 6 * by_hand(c.logins_30d, 40, 100)) / 100;
END $$;
-- the model in four groups
SELECT pulse.import_model(jsonb_set(pulse.export_model('bench'), '{dimensions}', (SELECT jsonb_agg(d.value || jsonb_build_object('group', 'g' || d.ordinality % 4) ORDER BY d.ordinality)
		FROM jsonb_array_elements(pulse.export_model('bench') -> 'dimensions') WITH ORDINALITY AS d))
	|| '{"model": "bench grouped", "groups": [{"group": "g0"}, {"group": "g1"}, {"group": "g2"}, {"group": "g3"}]}');
