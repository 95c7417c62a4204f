-- ---- rule: what is not divided over lanes --------------------------------------------

CREATE TABLE pulse_internal.whole_rule (
	rule_id int PRIMARY KEY
);
COMMENT ON TABLE pulse_internal.whole_rule IS
'Rules that one lane has to itself, as of when the batch was shared out.';
ALTER TABLE pulse_internal.whole_rule OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.whole_rule', '');
