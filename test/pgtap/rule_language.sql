-- a sales director's rules: written in one language, read in the other
BEGIN;
SELECT plan(18);

SELECT pulse.create_event('tap_invoice', 'invoice bigint, customer text, due date, amount pulse.amount');
SELECT pulse.create_event('tap_settled', 'invoice bigint, customer text');
SELECT pulse.label('event', 'tap_invoice', 'invoice issued', '开票'), pulse.label('event', 'tap_settled', 'invoice settled', '结清'),
	pulse.label('column', 'due', 'due date', '到期日'), pulse.label('key', 'invoice', 'invoice', '发票'),
	pulse.label('column', 'amount', 'amount', '金额'), pulse.label('role', 'rep', 'rep', '销售代表'),
	pulse.label('role', 'regional_director', 'regional director', '区域总监'), pulse.label('role', 'finance', 'finance', '财务部');

SELECT is(pulse.create_rule('逾期催收', '当开票（每张发票），且到期日后30天内未发生结清时，短信通知销售代表；7天后，邮件通知区域总监，抄送销售代表；再过7天，指派财务部“核查逾期发票”；直到结清为止。'),
	'当开票（每张发票），且到期日后30天内未发生结清时，短信通知销售代表；7天后，邮件通知区域总监，抄送销售代表；再过7天，指派财务部“核查逾期发票”；直到结清为止。',
	'the canonical Chinese sentence prints as it was written');
SELECT is(sentence_en,
	E'WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date\nTHEN text rep;\n  7 days later: mail regional director CC rep;\n  another 7 days later: assign finance "核查逾期发票"\nUNTIL invoice settled',
	'and in English') FROM pulse.rules WHERE name = '逾期催收';
SELECT lives_ok($$ SELECT pulse.create_rule('copy', (SELECT sentence_en FROM pulse.rules WHERE name = '逾期催收')) $$, 'which is a rule, too');
SELECT is((SELECT rule::text FROM pulse.rules WHERE name = 'copy'), (SELECT rule::text FROM pulse.rules WHERE name = '逾期催收'), 'and the same one');
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('en')) WHERE outcome <> 'unchanged'), 0::bigint, 'dump_rules is the inverse of load_rules, in English');
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('zh')) WHERE outcome <> 'unchanged'), 0::bigint, 'and in Chinese');

SELECT throws_ok($$SELECT pulse.create_rule('x', 'WHEN invoice issued PER invoice AND NOT invoice settled THEN text rep')$$, 'SP501', NULL, 'an absence needs a window');
SELECT throws_ok($$SELECT pulse.create_rule('x', 'WHEN invoice isued PER invoice THEN text rep')$$, 'SP502', NULL, 'an unknown event');
SELECT throws_ok($$SELECT pulse.create_rule('x', 'WHEN invoice issued PER invoice UNLESS paid THEN text rep')$$, 'SP505', NULL, 'a construct that is not run');
SELECT throws_ok($$SELECT pulse.alter_rule('nobody', 'WHEN invoice issued PER invoice THEN text rep')$$, 'SP504', NULL, 'an unknown rule');
SELECT is(hint, 'Perhaps you meant "invoice issued".', 'the hint names the nearest') FROM pulse.check_rule('WHEN invoice isued PER invoice THEN text rep');
SELECT is(char_position, 2, 'the place is in characters') FROM pulse.check_rule('当开漂（每张发票）时，通知销售代表');
SELECT is(message, '没有名为“开漂”的事件', 'the message in the language of the sentence') FROM pulse.check_rule('当开漂（每张发票）时，通知销售代表');

INSERT INTO pulse.rules (name, sentence) VALUES ('big', '当开票（每张发票），其金额10万元以上时，通知销售代表');
SELECT is(sentence_en, 'WHEN invoice issued WHERE amount >= 100,000 CNY PER invoice THEN notify rep', '以上 includes the number') FROM pulse.rules WHERE name = 'big';
UPDATE pulse.rules SET sentence = '当开票（每张发票），其金额超过10万元时，通知销售代表', mode = 'shadow' WHERE name = 'big';
SELECT is(sentence_en || ' ' || mode || ' ' || version, 'WHEN invoice issued WHERE amount > 100,000 CNY PER invoice THEN notify rep shadow 2', '超过 excludes it') FROM pulse.rules WHERE name = 'big';
SELECT has_function('pulse_event', trigger_function, 'its condition is a function') FROM pulse_internal.rule WHERE name = 'big';
DELETE FROM pulse.rules;
SELECT is((SELECT count(*) FROM pulse.rules), 0::bigint, 'dropped');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname ~ '^rule_\d+_trigger$'), 0::bigint, 'with its condition');

SELECT * FROM finish();
ROLLBACK;
