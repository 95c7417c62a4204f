-- ---- types: amounts as people write them ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.format_amount(amount pulse.amount, style text DEFAULT 'code',
		group_separator text DEFAULT ',', decimal_point text DEFAULT '.') RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_format';
COMMENT ON FUNCTION pulse.format_amount(pulse.amount, text, text, text) IS
'An amount for people, whatever the locale. Styles: code (CNY -142,800.00), symbol (-¥142,800.00), number (-142,800.00), plain (-142800.00), accounting ((142,800.00)). Errors: 22023 unknown style or unusable separators.';

CREATE OR REPLACE FUNCTION pulse.parse_amount(value text, currency text DEFAULT NULL,
		group_separator text DEFAULT ',', decimal_point text DEFAULT '.') RETURNS pulse.amount
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_parse';
COMMENT ON FUNCTION pulse.parse_amount(text, text, text, text) IS
'The amount that a person wrote: groups of three digits, a code or symbol before or after, a minus sign or parentheses. The currency may be left out where the text names one; a symbol of several currencies needs it. Errors: 22P02 not an amount, 22003 out of range, 22023 unusable separators, SP102 unknown currency.';
