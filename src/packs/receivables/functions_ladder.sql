-- ---- the overdue ladder -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.install_ladder(language text DEFAULT NULL, mode text DEFAULT 'draft', name text DEFAULT 'overdue', by_step boolean DEFAULT false,
		schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tongue text := coalesce(install_ladder.language, pulse.setting('language'));
BEGIN
	IF tongue NOT IN ('en', 'zh') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('the ladder is not written in "%s"', tongue), HINT = 'Languages are en and zh.';
	END IF;
	PERFORM set_config('search_path', receivables.path(install_ladder.schema), true);
	-- a settled instalment that is open again, a moved date and a pause tell the date that counts now
	IF NOT EXISTS (SELECT FROM pulse.watches AS w WHERE w.relation = 'instalment'::regclass AND w.event = 'instalment_due') THEN
		PERFORM pulse.watch('instalment', 'instalment_due', operations => '{insert,update}', changes_of => '{counted_due,reopened}',
			columns => 'instalment = instalment_id, customer = customer_id, invoice = invoice_id, due = counted_due, amount = amount',
			condition => 'applied IS NULL OR applied OPERATOR(pulse.<>) amount');
		PERFORM pulse.watch('instalment', 'instalment_settled', operations => '{update}', changes_of => '{applied}',
			columns => 'instalment = instalment_id', condition => 'applied OPERATOR(pulse.=) amount');
	END IF;
	PERFORM pulse.label(l.class, l.name, l.en, l.zh, l.scope)
	FROM (VALUES ('event', 'instalment_due', 'instalment due', '登记应收', NULL), ('event', 'instalment_settled', 'instalment settled', '结清', NULL),
				 ('column', 'due', 'due date', '到期日', 'instalment_due'), ('key', 'instalment', 'instalment', '分期', NULL),
				 ('role', 'rep', 'rep', '销售代表', NULL), ('role', 'regional_director', 'regional director', '区域总监', NULL),
				 ('role', 'finance', 'finance', '财务部', NULL)) AS l (class, name, en, zh, scope)
	WHERE NOT EXISTS (SELECT FROM pulse.labels AS k WHERE k.class = l.class AND k.name = l.name AND k.scope IS NOT DISTINCT FROM l.scope);
	-- by step: each level waits for the one before to be delivered or to have failed for good; else the one that is due
	RETURN pulse.create_rule(install_ladder.name, CASE tongue
		WHEN 'en' THEN format('WHEN instalment_due PER instalment AND NOT instalment_settled WITHIN 30 days AFTER due '
			'THEN text rep; 7 days later%1$s: mail regional_director CC rep; '
			'another 7 days later%1$s: assign finance "Check the overdue invoice" DUE IN 3 working days UNTIL instalment_settled', CASE WHEN by_step THEN ' WHEN DELIVERED' ELSE '' END)
		ELSE format('当登记应收（每笔分期），且到期日后30天内未发生结清时，短信通知销售代表；7天后%1$s，邮件通知区域总监，抄送销售代表；再过7天%1$s，指派财务部“核查逾期发票”，限3个工作日完成；直到结清为止。',
			CASE WHEN by_step THEN '，送达后' ELSE '' END) END,
		install_ladder.mode);
END
$$;
REVOKE ALL ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) IS
'Makes the overdue ladder over installed tables, in English (en) or Chinese (zh): more than 30 days past due a text to the rep, 7 days later a mail to the regional director with a copy to the rep, another 7 days later a task for finance, due in 3 working days. Watches instalment (events instalment_due, instalment_settled) and makes a rule, a draft unless mode says otherwise; change it like any other. by_step: a level comes only after the one before was delivered or has failed for good, also after an outage; otherwise it is the level that is due by then. Map the roles with pulse.map_role(). Returns the sentence. Errors: SP801, 22023 another language, 42710 the rule is there, and those of watch().';
