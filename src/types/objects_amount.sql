-- ---- types: amount -----------------------------------------------------------

CREATE TYPE pulse.amount (
	INPUT = pulse_internal.amount_in,
	OUTPUT = pulse_internal.amount_out,
	RECEIVE = pulse_internal.amount_recv,
	SEND = pulse_internal.amount_send,
	INTERNALLENGTH = 8,
	PASSEDBYVALUE,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE pulse.amount IS
'Exact money: minor units in an ISO 4217 currency, in 8 bytes. Text: CNY 142800.00, the code in front or behind. Range: -2^53 to 2^53 - 1 minor units. Errors: 22P02 not an amount, 22003 out of range, SP102 unknown currency.';

CREATE CAST (pulse.amount AS numeric) WITH FUNCTION pulse.to_numeric(pulse.amount);

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.amount_pl,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.+)
);
COMMENT ON OPERATOR pulse.+ (pulse.amount, pulse.amount) IS
'Sum of two amounts in one currency. Errors: SP101 two currencies, 22003 out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.amount_mi,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse.- (pulse.amount, pulse.amount) IS
'Difference of two amounts in one currency. Errors: SP101 two currencies, 22003 out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.amount_um,
	RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse.- (NONE, pulse.amount) IS
'The amount with the other sign. Error 22003: the least amount has no positive counterpart.';

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.amount_up,
	RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse.+ (NONE, pulse.amount) IS
'The amount itself.';

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.amount_mul_numeric,
	LEFTARG = pulse.amount, RIGHTARG = numeric,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (pulse.amount, numeric) IS
'Amount times a number, rounded to minor units half away from zero. Error 22003: out of range.';

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.numeric_mul_amount,
	LEFTARG = numeric, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (numeric, pulse.amount) IS
'A number times an amount, rounded to minor units half away from zero. Error 22003: out of range.';

CREATE OPERATOR pulse./ (
	FUNCTION = pulse_internal.amount_div_numeric,
	LEFTARG = pulse.amount, RIGHTARG = numeric
);
COMMENT ON OPERATOR pulse./ (pulse.amount, numeric) IS
'Amount divided by a number, rounded to minor units half away from zero. Errors: 22012 division by zero, 22003 out of range.';

CREATE OPERATOR pulse./ (
	FUNCTION = pulse_internal.amount_div_amount,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount
);
COMMENT ON OPERATOR pulse./ (pulse.amount, pulse.amount) IS
'Ratio of two amounts in one currency, as numeric. Errors: SP101 two currencies, 22012 division by zero.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.amount_eq,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.=),
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pulse.= (pulse.amount, pulse.amount) IS
'Same currency and same value; never NULL for two amounts.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.amount_ne,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.<>),
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.amount, pulse.amount) IS
'Another currency or another value; never NULL for two amounts.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.amount_lt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.>),
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.< (pulse.amount, pulse.amount) IS
'Less than, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.amount_le,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.>=),
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.<= (pulse.amount, pulse.amount) IS
'At most, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.amount_gt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.<),
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.> (pulse.amount, pulse.amount) IS
'More than, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.amount_ge,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.<=),
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = pulse_internal.amount_restriction_selectivity,
	JOIN = pulse_internal.amount_join_selectivity
);
COMMENT ON OPERATOR pulse.>= (pulse.amount, pulse.amount) IS
'At least, within one currency; NULL across currencies, which cannot be compared.';

CREATE OPERATOR pulse.#< (
	FUNCTION = pulse_internal.amount_total_lt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#>),
	NEGATOR = OPERATOR(pulse.#>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pulse.#< (pulse.amount, pulse.amount) IS
'Before in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR pulse.#<= (
	FUNCTION = pulse_internal.amount_total_le,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#>=),
	NEGATOR = OPERATOR(pulse.#>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pulse.#<= (pulse.amount, pulse.amount) IS
'Before or equal in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR pulse.#> (
	FUNCTION = pulse_internal.amount_total_gt,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#<),
	NEGATOR = OPERATOR(pulse.#<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pulse.#> (pulse.amount, pulse.amount) IS
'After in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR pulse.#>= (
	FUNCTION = pulse_internal.amount_total_ge,
	LEFTARG = pulse.amount, RIGHTARG = pulse.amount,
	COMMUTATOR = OPERATOR(pulse.#<=),
	NEGATOR = OPERATOR(pulse.#<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pulse.#>= (pulse.amount, pulse.amount) IS
'After or equal in the total order of indexes and ORDER BY: by ISO number of the currency, then by value.';

CREATE OPERATOR CLASS pulse.amount_ops DEFAULT FOR TYPE pulse.amount USING btree AS
	OPERATOR 1 pulse.#<,
	OPERATOR 2 pulse.#<=,
	OPERATOR 3 pulse.=,
	OPERATOR 4 pulse.#>=,
	OPERATOR 5 pulse.#>,
	FUNCTION 1 pulse_internal.amount_cmp(pulse.amount, pulse.amount),
	FUNCTION 2 pulse_internal.amount_sortsupport(internal),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS pulse.amount_ops USING btree IS
'Total order of amounts: currency number, then value. Serves < <= > >= with a comparand too.';
COMMENT ON OPERATOR FAMILY pulse.amount_ops USING btree IS 'Total order of amounts.';

CREATE OPERATOR CLASS pulse.amount_ops DEFAULT FOR TYPE pulse.amount USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.amount_hash(pulse.amount),
	FUNCTION 2 pulse_internal.amount_hash_extended(pulse.amount, bigint);
COMMENT ON OPERATOR CLASS pulse.amount_ops USING hash IS 'Hashing of amounts: currency and value.';
COMMENT ON OPERATOR FAMILY pulse.amount_ops USING hash IS 'Hashing of amounts.';
