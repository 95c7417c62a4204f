-- ---- types: operators of bags and numbers, and of money and zero ------------------

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.bag_mul_numeric,
	LEFTARG = pulse.bag, RIGHTARG = numeric,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (pulse.bag, numeric) IS
'Every total times a number, rounded half away from zero. Error 22003: a total is out of range.';

CREATE OPERATOR pulse.* (
	FUNCTION = pulse_internal.numeric_mul_bag,
	LEFTARG = numeric, RIGHTARG = pulse.bag,
	COMMUTATOR = OPERATOR(pulse.*)
);
COMMENT ON OPERATOR pulse.* (numeric, pulse.bag) IS
'Every total times a number, rounded half away from zero. Error 22003: a total is out of range.';

CREATE OPERATOR pulse./ (
	FUNCTION = pulse_internal.bag_div_numeric,
	LEFTARG = pulse.bag, RIGHTARG = numeric
);
COMMENT ON OPERATOR pulse./ (pulse.bag, numeric) IS
'Every total divided by a number, rounded half away from zero. Errors: 22012 division by zero, 22003 a total is out of range.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.bag_lt_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = scalarltsel
);
COMMENT ON OPERATOR pulse.< (pulse.bag, integer) IS
'Less than zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.bag_le_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = scalarlesel
);
COMMENT ON OPERATOR pulse.<= (pulse.bag, integer) IS
'At most zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.bag_eq_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel
);
COMMENT ON OPERATOR pulse.= (pulse.bag, integer) IS
'Zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.bag_ne_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel
);
COMMENT ON OPERATOR pulse.<> (pulse.bag, integer) IS
'Not zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.bag_ge_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = scalargesel
);
COMMENT ON OPERATOR pulse.>= (pulse.bag, integer) IS
'At least zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.bag_gt_zero,
	LEFTARG = pulse.bag, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = scalargtsel
);
COMMENT ON OPERATOR pulse.> (pulse.bag, integer) IS
'More than zero, in whatever currency; NULL where a bag has totals of both signs. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.amount_lt_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = scalarltsel
);
COMMENT ON OPERATOR pulse.< (pulse.amount, integer) IS
'Less than zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.amount_le_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = scalarlesel
);
COMMENT ON OPERATOR pulse.<= (pulse.amount, integer) IS
'At most zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.amount_eq_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel
);
COMMENT ON OPERATOR pulse.= (pulse.amount, integer) IS
'Zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.amount_ne_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel
);
COMMENT ON OPERATOR pulse.<> (pulse.amount, integer) IS
'Not zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.amount_ge_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = scalargesel
);
COMMENT ON OPERATOR pulse.>= (pulse.amount, integer) IS
'At least zero, in whatever currency. Error 22023: the number is not 0.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.amount_gt_zero,
	LEFTARG = pulse.amount, RIGHTARG = integer,
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = scalargtsel
);
COMMENT ON OPERATOR pulse.> (pulse.amount, integer) IS
'More than zero, in whatever currency. Error 22023: the number is not 0.';
