-- ---- types: amount -----------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.amount_in(cstring) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_in';

CREATE OR REPLACE FUNCTION pulse_internal.amount_out(pulse.amount) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_out';

CREATE OR REPLACE FUNCTION pulse_internal.amount_recv(internal) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_recv';

CREATE OR REPLACE FUNCTION pulse_internal.amount_send(pulse.amount) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_send';

CREATE OR REPLACE FUNCTION pulse.amount(value numeric, currency text) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_from_numeric';
COMMENT ON FUNCTION pulse.amount(numeric, text) IS
'Amount of a number and an ISO 4217 code, exact. Errors: 22023 the number has more digits than the currency (see round_amount), 22003 out of range, SP102 unknown currency.';

CREATE OR REPLACE FUNCTION pulse.to_numeric(amount pulse.amount) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_to_numeric';
COMMENT ON FUNCTION pulse.to_numeric(pulse.amount) IS
'The number of an amount without its currency, with all minor digits.';

CREATE OR REPLACE FUNCTION pulse.currency(amount pulse.amount) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_currency_code';
COMMENT ON FUNCTION pulse.currency(pulse.amount) IS
'The ISO 4217 code of an amount, such as CNY.';

CREATE OR REPLACE FUNCTION pulse.abs(amount pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_abs';
COMMENT ON FUNCTION pulse.abs(pulse.amount) IS
'The amount without its sign. Error 22003: the least amount has no positive counterpart.';

CREATE OR REPLACE FUNCTION pulse.sign(amount pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_sign';
COMMENT ON FUNCTION pulse.sign(pulse.amount) IS
'-1, 0 or 1, as the amount is negative, zero or positive.';

-- operators: their functions
CREATE OR REPLACE FUNCTION pulse_internal.amount_pl(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_pl';

CREATE OR REPLACE FUNCTION pulse_internal.amount_mi(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_mi';

CREATE OR REPLACE FUNCTION pulse_internal.amount_um(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_um';

CREATE OR REPLACE FUNCTION pulse_internal.amount_up(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_up';

CREATE OR REPLACE FUNCTION pulse_internal.amount_mul_numeric(pulse.amount, numeric) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_mul_numeric';

CREATE OR REPLACE FUNCTION pulse_internal.numeric_mul_amount(numeric, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'numeric_mul_amount';

CREATE OR REPLACE FUNCTION pulse_internal.amount_div_numeric(pulse.amount, numeric) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_div_numeric';

CREATE OR REPLACE FUNCTION pulse_internal.amount_div_amount(pulse.amount, pulse.amount) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_div_amount';

-- comparison cannot fail, so it may run before a security barrier
CREATE OR REPLACE FUNCTION pulse_internal.amount_eq(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_eq';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ne(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_ne';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_lt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_lt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_le(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_le';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_gt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_gt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_ge(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_total_ge';

CREATE OR REPLACE FUNCTION pulse_internal.amount_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_support';

CREATE OR REPLACE FUNCTION pulse_internal.amount_lt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_lt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_le(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_le';

CREATE OR REPLACE FUNCTION pulse_internal.amount_gt(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_gt';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ge(pulse.amount, pulse.amount) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	SUPPORT pulse_internal.amount_support AS 'MODULE_PATHNAME', 'amount_ge';

CREATE OR REPLACE FUNCTION pulse_internal.amount_cmp(pulse.amount, pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_cmp';

CREATE OR REPLACE FUNCTION pulse_internal.amount_sortsupport(internal) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_sortsupport';

CREATE OR REPLACE FUNCTION pulse_internal.amount_hash(pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_hash';

CREATE OR REPLACE FUNCTION pulse_internal.amount_hash_extended(pulse.amount, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_hash_extended';

CREATE OR REPLACE FUNCTION pulse_internal.currency_first(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_currency_first';

CREATE OR REPLACE FUNCTION pulse_internal.currency_last(pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'amount_currency_last';

CREATE OR REPLACE FUNCTION pulse_internal.amount_restriction_selectivity(internal, oid, internal, integer) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_restriction_selectivity';

CREATE OR REPLACE FUNCTION pulse_internal.amount_join_selectivity(internal, oid, internal, smallint, internal) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_join_selectivity';

-- aggregates: their steps
CREATE OR REPLACE FUNCTION pulse_internal.amount_larger(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_larger';

CREATE OR REPLACE FUNCTION pulse_internal.amount_smaller(pulse.amount, pulse.amount) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_smaller';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_add(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_add';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_remove(internal, pulse.amount) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_remove';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_combine';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_serialize';

CREATE OR REPLACE FUNCTION pulse_internal.amount_total_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_total_deserialize';

CREATE OR REPLACE FUNCTION pulse_internal.amount_sum(internal) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_sum';

CREATE OR REPLACE FUNCTION pulse_internal.amount_avg(internal) RETURNS pulse.amount
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_avg';

-- the server calls these itself; nobody else has to. Not so input and output: a cast to or from text
-- of a constant is planned as a call of them, with the rights of whoever asks.
REVOKE ALL ON FUNCTION
	pulse_internal.amount_recv(internal),
	pulse_internal.amount_send(pulse.amount),
	pulse_internal.amount_support(internal),
	pulse_internal.amount_sortsupport(internal),
	pulse_internal.amount_restriction_selectivity(internal, oid, internal, integer),
	pulse_internal.amount_join_selectivity(internal, oid, internal, smallint, internal),
	pulse_internal.amount_larger(pulse.amount, pulse.amount),
	pulse_internal.amount_smaller(pulse.amount, pulse.amount),
	pulse_internal.amount_total_add(internal, pulse.amount),
	pulse_internal.amount_total_remove(internal, pulse.amount),
	pulse_internal.amount_total_combine(internal, internal),
	pulse_internal.amount_total_serialize(internal),
	pulse_internal.amount_total_deserialize(bytea, internal),
	pulse_internal.amount_sum(internal),
	pulse_internal.amount_avg(internal)
FROM PUBLIC;
