-- ---- stats: histories and models of purchases --------------------------------------

CREATE TYPE pulse.purchase_history AS (repeats integer, recency double precision, age double precision);
COMMENT ON TYPE pulse.purchase_history IS
'A customer''s purchases as the BG/NBD model sees them: how many after the first, the time from the first to the last (0 without repeats), and from the first until now. In days, where pulse.purchase_history(day, as_of) made it.';

CREATE TYPE pulse.purchase_model AS (
	status text, customers bigint, r double precision, alpha double precision, a double precision, b double precision,
	log_likelihood double precision
);
COMMENT ON TYPE pulse.purchase_model IS
'A fitted BG/NBD model: purchase rates are gamma distributed over the customers (shape r, rate alpha, in the unit of time of the histories), the chance to leave after a purchase is beta distributed (a, b). status: ok; at_bound (the histories leave a parameter open: it stands at the end of its range, predictions still hold); no_repeats (nobody bought twice: the parameters are NULL).';
