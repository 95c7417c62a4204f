-- ---- types: conversion at dated rates ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.rate(from_currency text, to_currency text, as_of date, rates text DEFAULT 'default') RETURNS numeric
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'types_rate';
COMMENT ON FUNCTION pulse.rate(text, text, date, text) IS
'The price of one unit of a currency in another on a day, by the latest row up to it, in either direction, of a relation named by map_rates(); where there is none by way of the pivot currency. Errors: SP103 there is no rate, SP104 no relation was named, SP102 unknown currency, 22023 a rate is not positive.';

CREATE OR REPLACE FUNCTION pulse.convert(amount pulse.amount, currency text, as_of date,
		mode text DEFAULT 'half_away', rates text DEFAULT 'default') RETURNS pulse.amount
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'types_convert_amount';
COMMENT ON FUNCTION pulse.convert(pulse.amount, text, date, text, text) IS
'The amount in another currency at the rate of a day (see rate), rounded once by a mode of pulse.rounding_modes, also over inverse and crossed rates. Errors: those of rate; 22003 out of range, 22023 unknown mode.';

CREATE OR REPLACE FUNCTION pulse.convert(bag pulse.bag, currency text, as_of date,
		mode text DEFAULT 'half_away', rates text DEFAULT 'default') RETURNS pulse.amount
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'types_convert_bag';
COMMENT ON FUNCTION pulse.convert(pulse.bag, text, date, text, text) IS
'The worth of a bag in one currency at the rates of a day (see rate): each total is converted and rounded once, and they are added up. Errors: those of rate; 22003 out of range, 22023 unknown mode.';
