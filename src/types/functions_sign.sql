-- ---- types: bags times a number, bags and amounts against zero ---------------------

CREATE OR REPLACE FUNCTION pulse_internal.bag_mul_numeric(pulse.bag, numeric) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_mul_numeric';

CREATE OR REPLACE FUNCTION pulse_internal.numeric_mul_bag(numeric, pulse.bag) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'numeric_mul_bag';

CREATE OR REPLACE FUNCTION pulse_internal.bag_div_numeric(pulse.bag, numeric) RETURNS pulse.bag
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_div_numeric';

CREATE OR REPLACE FUNCTION pulse.sign(bag pulse.bag) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_sign';
COMMENT ON FUNCTION pulse.sign(pulse.bag) IS
'-1 when all totals are negative, 1 when all are positive, 0 for the empty bag, NULL where there are both: currencies cannot be set off against each other.';

CREATE OR REPLACE FUNCTION pulse_internal.bag_lt_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_lt_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_le_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_le_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_eq_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_eq_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_ne_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_ne_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_ge_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_ge_zero';

CREATE OR REPLACE FUNCTION pulse_internal.bag_gt_zero(pulse.bag, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bag_gt_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_lt_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_lt_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_le_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_le_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_eq_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_eq_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ne_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_ne_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_ge_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_ge_zero';

CREATE OR REPLACE FUNCTION pulse_internal.amount_gt_zero(pulse.amount, integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_gt_zero';
