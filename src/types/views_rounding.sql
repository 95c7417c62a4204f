-- ---- types: what modes and policies there are -----------------------------------

CREATE OR REPLACE VIEW pulse.rounding_modes WITH (security_invoker = true) AS
	SELECT m.name, m.aliases, m.meaning FROM pulse_internal.rounding_modes() AS m;
COMMENT ON VIEW pulse.rounding_modes IS
'Rounding modes by name and other names. Up and down are towards plus and minus infinity, away and zero go by the size: each word has one meaning.';

CREATE OR REPLACE VIEW pulse.allocation_policies WITH (security_invoker = true) AS
	SELECT p.name, p.meaning FROM pulse_internal.allocation_policies() AS p;
COMMENT ON VIEW pulse.allocation_policies IS
'Who gets what rounding leaves over when an amount is allocated.';

GRANT SELECT ON pulse.rounding_modes, pulse.allocation_policies TO PUBLIC;

-- here and not among the functions: a type gets its array type when it is complete
CREATE OR REPLACE FUNCTION pulse.allocate(amount pulse.amount, ratios numeric[], policy text DEFAULT 'largest_remainder') RETURNS pulse.amount[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_allocate';
COMMENT ON FUNCTION pulse.allocate(pulse.amount, numeric[], text) IS
'The amount in parts by ratios, which need not add up to 1 or 100. The parts add up to the amount; a ratio of zero gets nothing; a refund mirrors the charge. Policies: pulse.allocation_policies. Error 22023: ratios NULL, negative, not finite, all zero or of more than 21 digits; unknown policy.';

CREATE OR REPLACE FUNCTION pulse.allocate(amount pulse.amount, parts integer, policy text DEFAULT 'largest_remainder') RETURNS pulse.amount[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'amount_allocate_equally';
COMMENT ON FUNCTION pulse.allocate(pulse.amount, integer, text) IS
'The amount in so many equal parts; they differ by one minor unit at most (but for policies that name one part) and add up to the amount. Errors: 22023 no part or unknown policy, 54000 too many parts.';
