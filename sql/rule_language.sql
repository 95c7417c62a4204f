-- the rule language: type pulse.rule, sentences in both tongues, mistakes
SET client_min_messages = warning;

-- the name form reads without any table
SELECT 'when no_such_event per customer and not other_event within 3 days then notify rep'::pulse.rule;
SELECT 'WHEN a THEN assign "the boss" "say ""hi"""  DUE IN 2 working days;1 hour later:text x , mail y CC z'::pulse.rule;
SELECT 'WHEN a WHERE (x > 1 or y is "b") and z between 2026-01-01 and 2026-12-31 PER k EACH TIME THEN text r UNTIL c WHERE m <= 12.50 CNY'::pulse.rule;

-- its text is canonical, so equal rules are equal values
SELECT 'when a then text b'::pulse.rule OPERATOR(pulse.=) 'WHEN  a  THEN sms b.'::pulse.rule AS same,
	'when a then text b'::pulse.rule OPERATOR(pulse.<>) 'when a then mail b'::pulse.rule AS other;
SELECT count(*), count(DISTINCT r::text)
FROM unnest('{"when a then text b", "WHEN a THEN text b.", "when a then mail b"}'::pulse.rule[]) AS r;
SELECT r::text::pulse.rule OPERATOR(pulse.=) r AS round_trip
FROM (SELECT 'when a where b in ("x", "y") per c then text d'::pulse.rule) AS t(r);

-- what is no rule
SELECT ''::pulse.rule;
SELECT 'WHEN a THEN'::pulse.rule;
\echo :LAST_ERROR_SQLSTATE
SELECT 'WHEN a PER b AND NOT c THEN text d'::pulse.rule;
SELECT 'WHEN a THEN hold'::pulse.rule;
\echo :LAST_ERROR_SQLSTATE
SELECT 'WHEN a THEN text "never closed'::pulse.rule;
SELECT 'WHEN a WHERE b > 2026-02-30 THEN text d'::pulse.rule;

-- binary format: a version word, then the same text
SELECT pulse_internal.rule_send('when a then text b'::pulse.rule);
\copy (SELECT 'when a where b >= 3 then text c'::pulse.rule) TO 'results/rule_language.bin' (FORMAT binary)
CREATE TEMP TABLE copied (rule pulse.rule);
\copy copied FROM 'results/rule_language.bin' (FORMAT binary)
SELECT * FROM copied;
\copy (SELECT decode('0000000257', 'hex')) TO 'results/rule_language.bin' (FORMAT binary)
\copy copied FROM 'results/rule_language.bin' (FORMAT binary)
\copy (SELECT decode('00000001', 'hex') || 'drop table'::bytea) TO 'results/rule_language.bin' (FORMAT binary)
\copy copied FROM 'results/rule_language.bin' (FORMAT binary)
DROP TABLE copied;

-- with labels
CREATE TYPE lang_grade AS ENUM ('C', 'B', 'A');
SELECT pulse.create_event('lang_invoice', 'invoice bigint, customer text, due date, amount pulse.amount, total numeric,
	grade lang_grade, title text, paid boolean, seen timestamptz, place point');
SELECT pulse.create_event('lang_settled', 'invoice bigint, customer text, method text');
SELECT pulse.create_event('lang_complaint', 'customer text, severity int');
SELECT pulse.create_event('lang_visit', 'customer text');
SELECT pulse.label('event', 'lang_invoice', 'invoice issued', '开票'),
	pulse.label('event', 'lang_settled', 'invoice settled', '结清'),
	pulse.label('event', 'lang_complaint', 'complaint', '投诉'),
	pulse.label('event', 'lang_visit', 'visit', '回访'),
	pulse.label('column', 'due', 'due date', '到期日'),
	pulse.label('column', 'amount', zh => '金额'),
	pulse.label('column', 'grade', zh => '等级', scope => 'lang_invoice'),
	pulse.label('column', 'severity', zh => '严重程度'),
	pulse.label('column', 'method', zh => '方式'),
	pulse.label('value', 'cash', zh => '现金', scope => 'method'),
	pulse.label('key', 'invoice', 'invoice', '发票'),
	pulse.label('key', 'customer', 'customer', '客户'),
	pulse.label('role', 'rep', 'rep', '销售代表'),
	pulse.label('role', 'regional_director', 'regional director', '区域总监'),
	pulse.label('role', 'finance', 'finance', '财务部');

-- each prints as the other
SELECT canonical_en, canonical_zh FROM pulse.check_rule('WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date
THEN text rep; 7 days later: mail regional director CC rep; another 7 days later: assign finance "Check the overdue invoice" UNTIL invoice settled');
SELECT canonical_en, canonical_zh FROM pulse.check_rule('凡开票（其金额10万元以上且等级达到“B”）后三个工作日内未结清（其方式不为“现金”）的，通知销售代表，同时指派财务部“核查”，限两天完成')
	-- the events share two columns
	WHERE NOT ok;
SELECT ok, message, detail, hint, char_position FROM pulse.check_rule('凡开票后三个工作日内未结清的，通知销售代表');
SELECT canonical_en, canonical_zh FROM pulse.check_rule('当开票（每张发票），其金额10万元以上且等级达到“B”，且三个工作日内未发生结清（其方式不为“现金”）时，通知销售代表，同时指派财务部“核查”，限两天完成');
SELECT canonical_en, canonical_zh FROM pulse.check_rule('当投诉发生且回访3天内未发生时，通知销售代表');	-- they share one column

-- what check_rule says is what create_rule raises
CREATE TEMP TABLE sentence (number int GENERATED ALWAYS AS IDENTITY, sentence text);
INSERT INTO sentence (sentence) VALUES
	('WHEN invoice isued PER invoice THEN text rep'),
	('WHEN invoice issued PER custmer THEN text rep'),
	('WHEN complaint PER invoice THEN text rep'),
	('WHEN invoice issued PER invoice AND NOT complaint WITHIN 3 days THEN text rep'),
	('WHEN invoice issued PER invoice AND NOT invoice settled THEN text rep'),
	('WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 3 days AFTER amount THEN text rep'),
	('WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 3 days AFTER method THEN text rep'),
	('WHEN invoice issued WHERE amount > 5 PER invoice THEN text rep'),
	('WHEN invoice issued WHERE amount > 5.001 CNY PER invoice THEN text rep'),
	('WHEN invoice issued WHERE amount > 5 XQZ PER invoice THEN text rep'),
	('WHEN invoice issued WHERE amount > 99999999999999999999 CNY PER invoice THEN text rep'),
	('WHEN invoice issued WHERE total > 5 CNY PER invoice THEN text rep'),
	('WHEN invoice issued WHERE grade is "D" PER invoice THEN text rep'),
	('WHEN invoice issued WHERE due > "soon" PER invoice THEN text rep'),
	('WHEN invoice issued WHERE title > "a" PER invoice THEN text rep'),
	('WHEN invoice issued WHERE paid >= true PER invoice THEN text rep'),
	('WHEN invoice issued WHERE paid is 1 PER invoice THEN text rep'),
	('WHEN invoice issued WHERE total starts with "1" PER invoice THEN text rep'),
	('WHEN invoice issued WHERE severity > 3 PER invoice THEN text rep'),
	('WHEN invoice issued WHERE place > 3 PER invoice THEN text rep'),
	('WHEN invoice issued WHERE total CHANGES TO 3 PER invoice THEN text rep'),
	('WHEN invoice issued PER invoice UNLESS paid THEN text rep'),
	('WHEN invoice issued PER invoice THEN call rep'),
	('当开漂（每张发票）时，通知销售代表'),
	('当开票（每张发票）且结清未发生时，通知销售代表'),
	('当开票（每张发票），其金额超过5时，通知销售代表'),
	('当开票（每张发票），其等级为“丁”时，通知销售代表'),
	('当开票（每张发票），且金额后3天内未发生结清时，通知销售代表'),
	('当投诉（每张发票）时，通知销售代表'),
	('当投诉（每个客户）时，每10天提醒一次销售代表'),
	('');
SELECT number, ok, char_position, message, detail, hint FROM sentence, LATERAL pulse.check_rule(sentence) ORDER BY number;
SELECT pulse.create_rule('lang_bad', 'WHEN invoice issued WHERE amount > 5 PER invoice THEN text rep');
SELECT pulse.create_rule('lang_bad', '当开票（每张发票），其等级为“丁”时，通知销售代表');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pulse.rules WHERE name LIKE 'lang%';

-- conditions are SQL functions that the server understands
SELECT pulse.create_rule('lang_conditions', 'WHEN invoice issued WHERE amount between 1 CNY and 2,000.50 CNY and total in (1, 2.5)
	and (grade is not "C" or not (paid is true)) and title starts with "O''Neill \" and seen >= 2026-03-31 and due is not missing
	PER customer AND NOT invoice settled WHERE method is "cash" WITHIN 3 days THEN text rep UNTIL visit');
SELECT r.trigger_function = 'rule_' || rule_id || '_trigger' AS trigger_named, r.absent_function = 'rule_' || rule_id || '_absent' AS absent_named,
	r.until_function, pg_get_function_sqlbody(p.oid), p.proowner = r.author AS of_author, p.proacl
FROM pulse_internal.rule AS r JOIN pg_proc AS p ON p.proname IN (r.trigger_function, r.absent_function)
WHERE r.name = 'lang_conditions' ORDER BY p.proname DESC;
CREATE FUNCTION pg_temp.holds(rule_name text, row_json jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	result boolean;
BEGIN
	EXECUTE format('SELECT pulse_event.%I(jsonb_populate_record(NULL::pulse_event.lang_invoice, $1))',
		(SELECT trigger_function FROM pulse_internal.rule WHERE name = rule_name)) INTO result USING row_json;
	RETURN result;
END
$$;
-- an instant is compared by its day
SELECT pg_temp.holds('lang_conditions', base || change) AS holds, change
FROM (VALUES ('{"amount": "CNY 2000.50", "total": 2.5, "grade": "A", "paid": false, "title": "O''Neill \\ Co", "seen": "2026-03-31 12:00Z", "due": "2026-01-01"}'::jsonb)) AS b(base),
	(VALUES (1, '{}'::jsonb), (2, '{"amount": "CNY 2000.51"}'), (3, '{"amount": "USD 100.00"}'), (4, '{"total": 2}'), (5, '{"total": 3}'),
		(6, '{"grade": "C"}'), (7, '{"grade": "C", "paid": true}'), (8, '{"title": "Neill"}'), (9, '{"seen": "2026-03-30 03:00Z"}'),
		(10, '{"due": null}')) AS c(number, change)
ORDER BY number;
SELECT pulse.drop_rule('lang_conditions');
SELECT count(*) FROM pg_proc WHERE proname ~ '^rule_[0-9]+_(trigger|absent|until)$' AND pronamespace = 'pulse_event'::regnamespace;

SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels WHERE name NOT LIKE 'zz%';
SELECT pulse.drop_event('lang_invoice'), pulse.drop_event('lang_settled'), pulse.drop_event('lang_complaint'), pulse.drop_event('lang_visit');
DROP TYPE lang_grade;
