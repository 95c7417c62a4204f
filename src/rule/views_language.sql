-- ---- rule: pulse.rules, pulse.labels ---------------------------------------------

CREATE OR REPLACE VIEW pulse.labels WITH (security_invoker = true) AS
	SELECT l.class, nullif(l.scope, '') AS scope, l.name, l.en, l.zh
	FROM pulse_internal.label AS l;
COMMENT ON VIEW pulse.labels IS
'What names are called in sentences: class, scope (a column''s event, a value''s column), name, English and Chinese label. Set with pulse.label().';
GRANT SELECT ON pulse.labels TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

CREATE OR REPLACE VIEW pulse.rules WITH (security_invoker = true) AS
	SELECT r.name, r.sentence,
		pulse.rule_text(r.rule, 'en') AS sentence_en, pulse.rule_text(r.rule, 'zh') AS sentence_zh,
		r.mode,
		CASE WHEN r.state = 'ok' AND p.problem IS NOT NULL THEN 'broken' ELSE r.state END AS state,
		coalesce(CASE WHEN r.state <> 'ok' THEN pulse_internal.shown_reason('rule', r.rule_id::text) END, p.problem) AS reason,
		r.author, r.key_name, r.version, r.active_since, r.created_at, r.rule
	FROM pulse_internal.rule AS r,
		LATERAL (SELECT pulse_internal.rule_problem(r.rule, r.trigger_kind, r.absent_kind, r.until_kind, r.earlier_kind, r.lacking_kind) AS problem) AS p;
COMMENT ON VIEW pulse.rules IS
'Rules: name, sentence as written, canonical sentences in both languages, mode (draft, shadow, live), state (ok, suspended, broken) with its reason, author, key, version. Insert name and sentence to create a rule; update name, sentence or mode; delete to drop it. Errors: those of create_rule, alter_rule, set_rule_mode, drop_rule.';
GRANT SELECT ON pulse.rules TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;
GRANT INSERT, UPDATE, DELETE ON pulse.rules TO pulse_admin, pulse_author;
CREATE OR REPLACE TRIGGER change_rule INSTEAD OF INSERT OR UPDATE OR DELETE ON pulse.rules
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.change_rule();

CREATE OR REPLACE FUNCTION pulse.dump_rules(lang text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT string_agg(CASE coalesce(dump_rules.lang, r.language)
			WHEN 'zh' THEN '规则 ' || r.name || '：' || pulse.rule_text(r.rule, 'zh')
			ELSE 'rule ' || r.name || ': ' || pulse.rule_text(r.rule, coalesce(dump_rules.lang, r.language)) || '.' END,
		E'\n\n' ORDER BY r.name)
	FROM pulse_internal.rule AS r;
END;
REVOKE ALL ON FUNCTION pulse.dump_rules(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.dump_rules(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.dump_rules(text) IS
'All rules as one text that load_rules() reads, in ''en'', ''zh'' or (NULL) each in the language it was written in. NULL: there are none. Modes are not part of it. Error 22023: another language.';
