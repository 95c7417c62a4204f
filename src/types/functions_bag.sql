-- ---- types: bag --------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.bag_in(cstring) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_in';

CREATE OR REPLACE FUNCTION pulse_internal.bag_out(pulse.bag) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_out';

CREATE OR REPLACE FUNCTION pulse_internal.bag_recv(internal) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_recv';

CREATE OR REPLACE FUNCTION pulse_internal.bag_send(pulse.bag) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_send';

CREATE OR REPLACE FUNCTION pulse.bag(amount pulse.amount) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_from_amount';
COMMENT ON FUNCTION pulse.bag(pulse.amount) IS
'The bag of one amount; empty for an amount of zero.';

CREATE OR REPLACE FUNCTION pulse.amount_of(bag pulse.bag, currency text) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_amount_of';
COMMENT ON FUNCTION pulse.amount_of(pulse.bag, text) IS
'The total of a bag in one currency; zero where the bag has none. Errors: SP102 unknown currency, 22003 the total is larger than an amount (see totals).';

CREATE OR REPLACE FUNCTION pulse.amounts(bag pulse.bag) RETURNS SETOF pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'bag_amounts';
COMMENT ON FUNCTION pulse.amounts(pulse.bag) IS
'The totals of a bag as amounts, by currency code. Error 22003: a total is larger than an amount (see totals).';

CREATE OR REPLACE FUNCTION pulse.totals(bag pulse.bag, OUT currency text, OUT total numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'bag_totals';
COMMENT ON FUNCTION pulse.totals(pulse.bag) IS
'The totals of a bag as currency code and number, by code; whatever their size.';

CREATE OR REPLACE FUNCTION pulse_internal.bag_pl(pulse.bag, pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_pl';

CREATE OR REPLACE FUNCTION pulse_internal.bag_mi(pulse.bag, pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_mi';

CREATE OR REPLACE FUNCTION pulse_internal.bag_um(pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_um';

CREATE OR REPLACE FUNCTION pulse_internal.bag_eq(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_eq';

CREATE OR REPLACE FUNCTION pulse_internal.bag_ne(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_ne';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_lt(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_lt';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_le(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_le';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_gt(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_gt';

CREATE OR REPLACE FUNCTION pulse_internal.bag_total_ge(pulse.bag, pulse.bag) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_total_ge';

CREATE OR REPLACE FUNCTION pulse_internal.bag_cmp(pulse.bag, pulse.bag) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_cmp';

CREATE OR REPLACE FUNCTION pulse_internal.bag_hash(pulse.bag) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_hash';

CREATE OR REPLACE FUNCTION pulse_internal.bag_hash_extended(pulse.bag, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'bag_hash_extended';

-- the aggregate: its steps
CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_add(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_add';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_remove(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_remove';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_add_bag(internal, pulse.bag) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_add_bag';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_remove_bag(internal, pulse.bag) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_remove_bag';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_combine';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_final(internal) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_final';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_serialize';

CREATE OR REPLACE FUNCTION pulse_internal.bag_tally_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_tally_deserialize';

-- the server calls these itself; nobody else has to. Not so input and output: a cast to or from text
-- of a constant is planned as a call of them, with the rights of whoever asks.
REVOKE ALL ON FUNCTION
	pulse_internal.bag_recv(internal),
	pulse_internal.bag_send(pulse.bag),
	pulse_internal.bag_tally_add(internal, pulse.amount),
	pulse_internal.bag_tally_remove(internal, pulse.amount),
	pulse_internal.bag_tally_add_bag(internal, pulse.bag),
	pulse_internal.bag_tally_remove_bag(internal, pulse.bag),
	pulse_internal.bag_tally_combine(internal, internal),
	pulse_internal.bag_tally_final(internal),
	pulse_internal.bag_tally_serialize(internal),
	pulse_internal.bag_tally_deserialize(bytea, internal)
FROM PUBLIC;
