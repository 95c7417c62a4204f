-- ---- rule: members and states --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.rule_sql(rule text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rule_sql';
REVOKE ALL ON FUNCTION pulse.rule_sql(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rule_sql(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.rule_sql(text) IS
'The statement by which a rule reads: of one about a state its keys that hold ($1: the keys with open episodes), of a streak the days of each key (from $1 to $2) and whether each is one, of members who they are, of events what they are to the rule. It runs with the rights of the rule''s author; conditions are functions in the event schema. Errors: SP504 unknown rule, 42P01 what it reads is gone.';
