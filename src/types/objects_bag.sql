-- ---- types: bag --------------------------------------------------------------

CREATE TYPE pulse.bag (
	INPUT = pulse_internal.bag_in,
	OUTPUT = pulse_internal.bag_out,
	RECEIVE = pulse_internal.bag_recv,
	SEND = pulse_internal.bag_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE pulse.bag IS
'One exact total per currency. Text: {CNY 10.00,USD 3.50}, by code; a total of zero is left out. Range: 2^117 minor units each way. Error 22P02: not a bag.';

CREATE CAST (pulse.amount AS pulse.bag) WITH FUNCTION pulse.bag(pulse.amount);

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.bag_pl,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.+)
);
COMMENT ON OPERATOR pulse.+ (pulse.bag, pulse.bag) IS
'Sum of two bags, currency by currency. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.bag_mi,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag
);
COMMENT ON OPERATOR pulse.- (pulse.bag, pulse.bag) IS
'Difference of two bags, currency by currency. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.bag_um,
	RIGHTARG = pulse.bag
);
COMMENT ON OPERATOR pulse.- (NONE, pulse.bag) IS
'The bag with the other signs. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.bag_eq,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.=),
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pulse.= (pulse.bag, pulse.bag) IS
'The same total in every currency.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.bag_ne,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.<>),
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.bag, pulse.bag) IS
'Another total in some currency.';

CREATE OPERATOR pulse.#< (
	FUNCTION = pulse_internal.bag_total_lt,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#>),
	NEGATOR = OPERATOR(pulse.#>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pulse.#< (pulse.bag, pulse.bag) IS
'Before in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR pulse.#<= (
	FUNCTION = pulse_internal.bag_total_le,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#>=),
	NEGATOR = OPERATOR(pulse.#>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pulse.#<= (pulse.bag, pulse.bag) IS
'Before or equal in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR pulse.#> (
	FUNCTION = pulse_internal.bag_total_gt,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#<),
	NEGATOR = OPERATOR(pulse.#<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pulse.#> (pulse.bag, pulse.bag) IS
'After in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR pulse.#>= (
	FUNCTION = pulse_internal.bag_total_ge,
	LEFTARG = pulse.bag, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.#<=),
	NEGATOR = OPERATOR(pulse.#<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pulse.#>= (pulse.bag, pulse.bag) IS
'After or equal in the total order of indexes and ORDER BY, which says nothing about worth.';

CREATE OPERATOR CLASS pulse.bag_ops DEFAULT FOR TYPE pulse.bag USING btree AS
	OPERATOR 1 pulse.#<,
	OPERATOR 2 pulse.#<=,
	OPERATOR 3 pulse.=,
	OPERATOR 4 pulse.#>=,
	OPERATOR 5 pulse.#>,
	FUNCTION 1 pulse_internal.bag_cmp(pulse.bag, pulse.bag),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS pulse.bag_ops USING btree IS
'Total order of bags, for sorting and DISTINCT; it says nothing about worth.';
COMMENT ON OPERATOR FAMILY pulse.bag_ops USING btree IS 'Total order of bags.';

CREATE OPERATOR CLASS pulse.bag_ops DEFAULT FOR TYPE pulse.bag USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.bag_hash(pulse.bag),
	FUNCTION 2 pulse_internal.bag_hash_extended(pulse.bag, bigint);
COMMENT ON OPERATOR CLASS pulse.bag_ops USING hash IS 'Hashing of bags: all totals.';
COMMENT ON OPERATOR FAMILY pulse.bag_ops USING hash IS 'Hashing of bags.';
