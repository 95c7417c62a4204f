-- ---- rule: the language ----------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.rule_in(cstring) RETURNS pulse.rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_in';
CREATE OR REPLACE FUNCTION pulse_internal.rule_out(pulse.rule) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_out';
CREATE OR REPLACE FUNCTION pulse_internal.rule_recv(internal) RETURNS pulse.rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_recv';
CREATE OR REPLACE FUNCTION pulse_internal.rule_send(pulse.rule) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_send';
CREATE OR REPLACE FUNCTION pulse_internal.rule_eq(pulse.rule, pulse.rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_eq';
CREATE OR REPLACE FUNCTION pulse_internal.rule_ne(pulse.rule, pulse.rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_ne';
CREATE OR REPLACE FUNCTION pulse_internal.rule_hash(pulse.rule) RETURNS int
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_rule_hash';

CREATE OR REPLACE FUNCTION pulse.rule_text(rule pulse.rule, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_rule_text';
COMMENT ON FUNCTION pulse.rule_text(pulse.rule, text) IS
'The canonical sentence of a rule with the labels of this database, in ''en'' or ''zh'' (NULL: setting "language"). Error 22023: another language.';

CREATE OR REPLACE FUNCTION pulse.create_rule(name text, sentence text, mode text DEFAULT 'draft') RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_create';
REVOKE ALL ON FUNCTION pulse.create_rule(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_rule(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_rule(text, text, text) IS
'Makes a rule of a sentence in English or Chinese, by labels or names; returns the canonical sentence. Mode: draft (checked, not running), shadow (runs, sends nothing), live. The rule belongs to the caller and runs with the caller''s rights. Errors: SP501 a mistake in the sentence, SP502 an unknown name, SP503 a text with two meanings, SP505 a construct that is not supported yet, 42710 the name is taken, 42501 the caller can''t read an event.';

CREATE OR REPLACE FUNCTION pulse.alter_rule(name text, sentence text DEFAULT NULL, new_name text DEFAULT NULL,
		running text DEFAULT 'keep', active_from timestamptz DEFAULT NULL) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_alter';
REVOKE ALL ON FUNCTION pulse.alter_rule(text, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_rule(text, text, text, text, timestamptz) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_rule(text, text, text, text, timestamptz) IS
'Gives a rule another sentence (its version goes up, its mode stays) or another name; returns the canonical sentence when one is given. running says what becomes of open waits: ''keep'' (they go on by the new steps, what is due stays due), ''restart'' (they begin anew with the events that opened them, as the new sentence has it; what it would have had due before now passes in silence, or fires where it says FIRE PAST) or ''end''; where the first event or the key is another they end. active_from: the change is made by the first tick from then on (until then pulse.rule_versions has it as to come, and another one takes its place; what it means is decided now, whatever labels change). pulse.preview_rule_change() lists it first, pulse.rule_versions has the old sentences. Errors: SP504 no such rule, 42501 it belongs to another, 22023 unknown running, 25000 restart under REPEATABLE READ, and those of create_rule.';

CREATE OR REPLACE FUNCTION pulse.drop_rule(name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_drop';
REVOKE ALL ON FUNCTION pulse.drop_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_rule(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_rule(text) IS
'Drops a rule with its waits and condition functions; its firings stay. Errors: SP504 no such rule, 42501 it belongs to another.';

CREATE OR REPLACE FUNCTION pulse.set_rule_mode(name text, mode text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_set_mode';
REVOKE ALL ON FUNCTION pulse.set_rule_mode(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_rule_mode(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.set_rule_mode(text, text) IS
'Sets a rule to draft, shadow or live, and takes up a suspended one again. A rule that leaves draft is active from pulse.clock() on: for what was due before it fires only if it says FIRE PAST; a notice counts what is due already. It means what it meant when it was written, also where labels have changed since. Errors: SP504 no such rule, 22023 no such mode, 42501 it belongs to another, SP502 its names are gone.';

CREATE OR REPLACE FUNCTION pulse.check_rule(sentence text, OUT ok boolean, OUT message text, OUT detail text,
		OUT hint text, OUT char_position int, OUT canonical_en text, OUT canonical_zh text) RETURNS record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_check';
REVOKE ALL ON FUNCTION pulse.check_rule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_rule(text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.check_rule(text) IS
'Checks a sentence without making a rule: either ok with the canonical sentence in both languages, or what is wrong, at which character (from 1), and what to type. Never raises for a mistake in the sentence.';

CREATE OR REPLACE FUNCTION pulse.load_rules(sentences text) RETURNS TABLE (name text, outcome text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_load';
REVOKE ALL ON FUNCTION pulse.load_rules(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.load_rules(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.load_rules(text) IS
'Creates (as drafts) or alters the rules of a text: "rule NAME: sentence." or 规则 名称：句子。 one after the other. All or none. Returns each name with created, altered or unchanged. Errors: those of create_rule, with the place in the whole text.';

CREATE OR REPLACE FUNCTION pulse_internal.rule_problem(rule pulse.rule, trigger_kind int, absent_kind int, until_kind int,
		earlier_kind int, lacking_kind int)
	RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_problem';

CREATE OR REPLACE FUNCTION pulse.label(class text, name text, en text DEFAULT NULL, zh text DEFAULT NULL,
		scope text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'label_set';
REVOKE ALL ON FUNCTION pulse.label(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.label(text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.label(text, text, text, text, text) IS
'Says what an event, column, key, role, channel, template, value or relation is called in sentences, in English and Chinese. Several labels are separated by |: any is read, the first is printed. A relation is a table or view that sentences with WHILE may be about. Scope: for a column the event, relation or described key, for a value the column; NULL: wherever the name occurs. Without labels the entry goes. Errors: 22023 unknown class or unusable label, 22004 no class or name, 42P01 no such relation. Warns of labels that begin with a keyword or name something else, too.';

-- Is a role mapped to people?  Mappings belong to a room further down, where it is.
CREATE OR REPLACE FUNCTION pulse_internal.known_role(role text) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known boolean := false;
BEGIN
	IF to_regclass('pulse_internal.mapping') IS NOT NULL THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE kind = ''role'' AND name = $1)',
					   to_regclass('pulse_internal.mapping')) INTO known USING role;
	END IF;
	RETURN known;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.known_role(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.known_role(text) TO pulse_owner;

-- INSERT, UPDATE and DELETE on pulse.rules
CREATE OR REPLACE FUNCTION pulse_internal.change_rule() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF tg_op = 'DELETE' THEN
		PERFORM pulse.drop_rule(old.name);
		RETURN old;
	END IF;
	IF tg_op = 'INSERT' THEN
		PERFORM pulse.create_rule(new.name, new.sentence, coalesce(new.mode, 'draft'));
		RETURN new;
	END IF;
	IF new.name IS DISTINCT FROM old.name THEN
		PERFORM pulse.alter_rule(old.name, new_name => new.name);
	END IF;
	IF new.sentence IS DISTINCT FROM old.sentence THEN
		PERFORM pulse.alter_rule(new.name, coalesce(new.sentence, ''));
	END IF;
	IF new.mode IS DISTINCT FROM old.mode THEN
		PERFORM pulse.set_rule_mode(new.name, new.mode);
	END IF;
	RETURN new;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.change_rule() FROM PUBLIC;
