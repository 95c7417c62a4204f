-- ---- rule: gates -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_gate(relation regclass, state text, held text DEFAULT 'held', amount text DEFAULT NULL)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_gate';
REVOKE ALL ON FUNCTION pulse.create_gate(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_gate(regclass, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_gate(regclass, text, text, text) IS
'Says how a row of a watched table shows that a rule holds it: the column (state) and its value then (held); amount names a column of the event that says what is at risk. Only the table''s owner may, and it needs a primary key. A second call replaces it. After that a rule such as WHEN shipment request WHERE unit price < contract price THEN hold and notify commerce may run. Errors: 42703 no such column, 42501 not the owner, 42809 no primary key, 22P02 no such value.';
