-- ---- rule: explaining rules and helping to write them ------------------------------

CREATE OR REPLACE FUNCTION pulse.explain_rule(rule text, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_explain_rule';
REVOKE ALL ON FUNCTION pulse.explain_rule(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_rule(text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.explain_rule(text, text) IS
'A rule (its name, or a sentence that is no rule yet) said in sentences, one a line: what it watches, which instants are meant, the calendar, each step, what ends it, and one timeline that the engine worked out for an event at pulse.clock() that nobody answers (a date it counts from is put 14 days later). Instants are in the business time zone. lang: ''en'' or ''zh''; NULL is the setting language. Errors: SP504 unknown rule, 22023 unknown language, and for a sentence those of create_rule.';

CREATE OR REPLACE FUNCTION pulse.suggest_rule(sentence text, OUT suggestion text, OUT kind text, OUT char_position int,
		OUT completed text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_suggest_rule';
REVOKE ALL ON FUNCTION pulse.suggest_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.suggest_rule(text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.suggest_rule(text) IS
'What may come next in a sentence that is being written, for editors: each suggestion with its kind (keyword, unit, event, column, key, role, value, function, duration, number, currency, text, sign), the character (from 1) from which it replaces what stands there (a beginning of it; one past the end: nothing), and the text with it. In the sentence''s language, that of an empty one is setting "language". The longest beginning first, names before keywords. No rows: nothing can mend the text at its end (see check_rule), it is NULL or longer than 4000 bytes. Raises nothing.';

-- Is what a rule says about a key done with when it says it again: it has one open wait per
-- key, and nothing but its own steps ends that?
CREATE OR REPLACE FUNCTION pulse_internal.takes_place(rule pulse.rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_takes_place';
REVOKE ALL ON FUNCTION pulse_internal.takes_place(pulse.rule) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.takes_place(pulse.rule) TO pulse_owner;
