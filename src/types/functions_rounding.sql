-- ---- types: rounding by name, percent, conversion at a rate --------------------

CREATE OR REPLACE FUNCTION pulse.round_amount(value numeric, currency text, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_from_numeric_by_mode';
COMMENT ON FUNCTION pulse.round_amount(numeric, text, text) IS
'Amount of a number and an ISO 4217 code, rounded to the minor units of the currency by a mode of pulse.rounding_modes (half away from zero unless named). Errors: 22003 out of range, 22023 unknown mode, SP102 unknown currency.';

CREATE OR REPLACE FUNCTION pulse.round_to(amount pulse.amount, step numeric, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_round_to';
COMMENT ON FUNCTION pulse.round_to(pulse.amount, numeric, text) IS
'The amount rounded to a multiple of a step in its currency, such as 0.05 for cash in CHF, by a mode of pulse.rounding_modes. Errors: 22023 the step is not a positive whole number of minor units or the mode is unknown, 22003 out of range.';

CREATE OR REPLACE FUNCTION pulse.percent(amount pulse.amount, percentage numeric, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_percent';
COMMENT ON FUNCTION pulse.percent(pulse.amount, numeric, text) IS
'So many per cent of an amount, rounded once by a mode of pulse.rounding_modes. Errors: 22003 out of range, 22023 unknown mode.';

CREATE OR REPLACE FUNCTION pulse.convert(amount pulse.amount, currency text, rate numeric, mode text DEFAULT 'half_away') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_convert';
COMMENT ON FUNCTION pulse.convert(pulse.amount, text, numeric, text) IS
'The amount in another currency at a rate, the price of one unit of its own currency; rounded once by a mode of pulse.rounding_modes. Errors: 22023 the rate is not positive or the mode is unknown, 22003 out of range, SP102 unknown currency.';

CREATE OR REPLACE FUNCTION pulse_internal.rounding_modes(OUT name text, OUT aliases text[], OUT meaning text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'types_rounding_modes';

CREATE OR REPLACE FUNCTION pulse_internal.allocation_policies(OUT name text, OUT meaning text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 6 AS 'MODULE_PATHNAME', 'types_allocation_policies';
