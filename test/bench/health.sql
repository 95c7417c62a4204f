-- Scoring all customers by a model of eleven dimensions, against summing the
-- same columns, and beside the same curves written by hand as CASE.
-- @setup
SET search_path = public, pulse;
SELECT pg_prewarm('customer');
-- @check the scores are those of the CASE written by hand, to a hundredth
SELECT bool_and(abs(score(health('bench', c)) - ((15 * by_hand(recency_days, 30, 90) + 12 * by_hand(orders_90d, 200, 1000) + 10 * by_hand(ticket, 5, 20)
	+ 10 * by_hand(payment_delay, 20, 100) + 9 * by_hand(nps, 50, 100) + 9 * by_hand(tickets_open, 30, 120) + 8 * by_hand(returns_pct, 10, 50)
	+ 8 * by_hand(contact_age, 300, 900) + 7 * by_hand(tenure, 20, 100) + 6 * by_hand(discount_pct, 10, 40) + 6 * by_hand(logins_30d, 40, 100)) / 100)::numeric) <= 0.00501)
FROM customer AS c;
-- @bench sum_of_columns
SELECT count(*), sum(recency_days + orders_90d + ticket + payment_delay + nps + tickets_open + returns_pct + contact_age + tenure + discount_pct + logins_30d) FROM customer;
-- @bench health vs sum_of_columns aim 2
SELECT count(health('bench', c)) FROM customer AS c;
-- @bench sum_with_coalesce
SELECT count(*), sum(coalesce(recency_days, 0) + coalesce(orders_90d, 0) + coalesce(ticket, 0) + coalesce(payment_delay, 0) + coalesce(nps, 0) + coalesce(tickets_open, 0)
	+ coalesce(returns_pct, 0) + coalesce(contact_age, 0) + coalesce(tenure, 0) + coalesce(discount_pct, 0) + coalesce(logins_30d, 0)) FROM customer;
-- @bench health_against_coalesce vs sum_with_coalesce aim 1.5
SELECT count(health('bench', c)) FROM customer AS c;
-- @bench health_in_groups vs sum_with_coalesce
SELECT count(health('bench grouped', c)) FROM customer AS c;
-- @bench health_of_a_view vs sum_of_columns
SELECT count(health('bench', c)) FROM customer_view AS c;
-- @bench health_of_a_formed_row vs sum_of_columns
SELECT count(health((SELECT 'bench'), c)) FROM customer AS c;
-- @bench by_hand_plpgsql vs sum_with_coalesce
SELECT count(*), sum(by_hand_plpgsql(c)) FROM customer AS c;
-- @bench by_hand_case vs sum_of_columns
SELECT count(*), sum((15 * by_hand(recency_days, 30, 90) + 12 * by_hand(orders_90d, 200, 1000) + 10 * by_hand(ticket, 5, 20)
	+ 10 * by_hand(payment_delay, 20, 100) + 9 * by_hand(nps, 50, 100) + 9 * by_hand(tickets_open, 30, 120) + 8 * by_hand(returns_pct, 10, 50)
	+ 8 * by_hand(contact_age, 300, 900) + 7 * by_hand(tenure, 20, 100) + 6 * by_hand(discount_pct, 10, 40) + 6 * by_hand(logins_30d, 40, 100)) / 100) FROM customer;
