-- explain_rule: a rule in sentences, with a timeline
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.create_event('exp_issued', 'customer text, invoice text, due date, amount numeric');
SELECT pulse.create_event('exp_settled', 'invoice text, customer text');
SELECT pulse.create_event('exp_contract', 'customer text, ends timestamptz');
SELECT pulse.label('event', 'exp_issued', 'invoice issued', '开票'), pulse.label('event', 'exp_settled', 'invoice settled', '结清'),
	pulse.label('event', 'exp_contract', 'service contract', '服务合同'), pulse.label('column', 'due', 'due date', '到期日'),
	pulse.label('column', 'amount', 'amount', '金额'), pulse.label('column', 'ends', 'contract end', '合同到期日'),
	pulse.label('key', 'customer', 'customer', '客户'), pulse.label('key', 'invoice', 'invoice', '发票'),
	pulse.label('role', 'rep', 'rep', '销售代表'), pulse.label('role', 'finance', 'finance', '财务部');
SELECT pulse.set_clock('2026-01-05 01:00+00');
SELECT pulse.create_rule('exp overdue', 'WHEN invoice issued WHERE amount > 100 PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date
	THEN text rep; 7 days later UNLESS ACKNOWLEDGED: mail finance CC rep; another 2 working days later: assign finance "Check" DUE IN 2 days UNTIL invoice settled');
\pset tuples_only on
\pset format unaligned
SELECT pulse.explain_rule('exp overdue', 'en');
SELECT pulse.explain_rule('exp overdue', 'zh');
-- a repeat goes on; a time before a date; hours; a sentence that is no rule yet
SELECT pulse.explain_rule('WHEN 60 days BEFORE contract end OF service contract PER customer AND NOT invoice settled THEN assign rep "Renewal"; every 10 days: text rep', 'en');
SELECT pulse.explain_rule('当开票（每张发票，每次），且2个工作小时内未发生结清时，通知销售代表；1天后，如未完成，邮件通知财务部', 'zh');
SELECT pulse.explain_rule('WHEN invoice issued HAPPENS 3 TIMES WITHIN 30 days PER customer THEN notify rep; every 1 hour AT MOST 2 TIMES WHEN DELIVERED: text rep', 'en');
SELECT pulse.explain_rule('WHEN invoice issued FOLLOWED BY invoice settled WITHIN 14 calendar days PER invoice ONCE AND NO service contract IN THE LAST 2 weeks THEN notify rep', 'zh');
SELECT pulse.explain_rule('WHEN invoice issued FOLLOWED BY invoice settled WITHIN 14 calendar days PER customer ONCE AND NO service contract IN THE LAST 2 weeks THEN notify rep', 'en');
SELECT pulse.explain_rule('WHEN invoice issued FOLLOWED BY invoice settled WITHIN 14 calendar days PER customer ONCE AND NO service contract IN THE LAST 2 weeks THEN notify rep', 'zh');
-- cooldown, inhibition, several keys; each time and once
SELECT pulse.create_rule('exp other', 'WHEN service contract PER customer THEN notify rep');
SELECT pulse.explain_rule('WHEN invoice issued PER customer, invoice AT MOST ONCE IN 2 working days UNLESS rule "exp other" IS OPEN THEN notify rep', 'en');
SELECT pulse.explain_rule('WHEN invoice issued PER customer, invoice AT MOST ONCE IN 2 working days UNLESS rule "exp other" IS OPEN THEN notify rep', 'zh');
SELECT pulse.explain_rule('WHEN invoice issued PER customer, invoice EACH TIME AT MOST ONCE IN 36 hours AND NOT invoice settled WITHIN 3 days THEN notify rep; 2 days later: mail finance', 'en');
SELECT pulse.explain_rule('WHEN invoice issued PER customer, invoice EACH TIME AT MOST ONCE IN 36 hours AND NOT invoice settled WITHIN 3 days THEN notify rep; 2 days later: mail finance', 'zh');
SELECT pulse.explain_rule('WHEN invoice issued PER customer, invoice ONCE THEN emit service contract', 'en');
-- a date that nothing else ends
SELECT pulse.explain_rule('WHEN 10 days BEFORE contract end OF service contract PER customer THEN notify rep', 'en');
SELECT pulse.explain_rule('WHEN 10 days BEFORE contract end OF service contract PER customer THEN notify rep', 'zh');
-- gates: before a table is watched, and with one
SELECT pulse.explain_rule('WHEN invoice issued WHERE amount > 100 PER invoice THEN hold "Too much" and notify rep', 'en');
CREATE TABLE exp_request (id int PRIMARY KEY, invoice text, customer text, amount numeric, state text, created_at timestamptz DEFAULT now());
SELECT pulse.watch('exp_request', 'exp_issued', columns => 'customer = customer, invoice = invoice, amount = amount');
SELECT pulse.explain_rule('WHEN invoice issued WHERE amount > 100 PER invoice THEN hold "Too much" and notify rep', 'en');
SELECT pulse.explain_rule('WHEN invoice issued WHERE amount > 100 PER invoice THEN hold "Too much" and notify rep', 'zh');
SELECT pulse.explain_rule('WHEN invoice issued WHERE amount > 100 PER invoice THEN reject "Too much"', 'en');
SELECT pulse.explain_rule('WHEN invoice issued WHERE amount > 100 PER invoice THEN reject "Too much"', 'zh');
-- a state of several keys, inhibited; a streak
SELECT pulse.label('relation', 'exp_request', 'request', '申请');
CREATE VIEW exp_day AS SELECT customer, invoice, amount, created_at::date AS day FROM exp_request;
SELECT pulse.label('relation', 'exp_day', 'daily requests', '逐日申请');
SELECT pulse.explain_rule('WHILE request WHERE amount > 100 FOR 2 days PER customer, invoice UNLESS rule "exp other" IS OPEN THEN notify rep', 'en');
SELECT pulse.explain_rule('WHILE request WHERE amount > 100 FOR 2 days PER customer, invoice UNLESS rule "exp other" IS OPEN THEN notify rep', 'zh');
SELECT pulse.explain_rule('WHILE daily requests WHERE amount > 100 ON 3 CONSECUTIVE days PER customer, invoice THEN notify rep', 'en');
SELECT pulse.explain_rule('WHILE daily requests WHERE amount > 100 ON 3 CONSECUTIVE days PER customer, invoice THEN notify rep', 'zh');
\pset tuples_only off
\pset format aligned
-- the cooldown is over when the timeline says so
SELECT pulse.create_rule('exp cool', 'WHEN service contract PER customer AT MOST ONCE IN 36 hours THEN notify rep');
INSERT INTO pulse_event.exp_contract (at, customer, ends) VALUES ('2026-01-05 01:00+00', 'k', NULL), ('2026-01-06 12:59:59+00', 'k', NULL), ('2026-01-06 13:00+00', 'k', NULL);
SELECT to_char(b.due_at AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI') AS at,
	pulse.explain_rule('exp cool', 'en') LIKE '%' || to_char(b.due_at AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI') || '  ' ||
	CASE row_number() OVER (ORDER BY b.due_at) WHEN 1 THEN 'step 1' ELSE 'it may fire again' END || '%' AS explained
FROM pulse.backtest('exp cool', '2026-01-01', '2027-01-01') AS b ORDER BY b.due_at;
SELECT pulse.drop_rule('exp cool'), pulse.drop_rule('exp other'), pulse.drop_watch('exp_request', 'exp_issued');
DROP VIEW exp_day;
DROP TABLE exp_request;
-- the timeline is what the rule does: the same instants from a backtest
INSERT INTO pulse_event.exp_issued (at, customer, invoice, due, amount) VALUES ('2026-01-05 01:00+00', 'c', 'i', '2026-01-19', 500);
SELECT b.step, to_char(b.due_at AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI') AS at,
	pulse.explain_rule('exp overdue', 'en') LIKE '%' || to_char(b.due_at AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD HH24:MI') || '  step ' || b.step || '%' AS explained
FROM pulse.backtest('exp overdue', '2026-01-01', '2027-01-01') AS b ORDER BY b.step;
-- bad input
SELECT pulse.explain_rule('nobody', 'en');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.explain_rule('exp overdue', 'fr');
SELECT pulse.explain_rule('WHEN invoice issued THEN', 'en');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.explain_rule(NULL) IS NULL AS nothing;
SELECT pulse.drop_rule('exp overdue');
SELECT pulse.drop_event('exp_issued'), pulse.drop_event('exp_settled'), pulse.drop_event('exp_contract');
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
SELECT pulse.set_clock(NULL);

-- overdue_waits: what has come due and was not acted on, and why
SELECT pulse.create_event('exp_order', 'customer text');
SELECT pulse.set_clock('2026-01-05 09:00+00');
SELECT pulse.create_rule('exp wait', 'WHEN exp_order PER customer THEN notify rep; 1 day later: notify rep; 2 days later: notify rep', 'shadow');
INSERT INTO pulse_event.exp_order (at, recorded, customer) VALUES ('2026-01-05 09:30+00', '2026-01-05 09:30+00', 'c');
SELECT pulse.set_clock('2026-01-05 10:00+00');
SELECT firings FROM pulse.tick();
SELECT count(*) FROM pulse.overdue_waits;
SELECT pulse.set_clock('2026-01-06 10:00+00');
SELECT rule, key, next_step, overdue, reason, what_to_do FROM pulse.overdue_waits;
SELECT count(*) FROM pulse.overdue_waits WHERE overdue > '1 hour';
UPDATE pulse_internal.rule SET state = 'suspended', reason = 'division by zero (22012)' WHERE name = 'exp wait';
SELECT reason, what_to_do FROM pulse.overdue_waits;
SELECT firings FROM pulse.tick();
SELECT pulse.set_rule_mode('exp wait', 'shadow');
-- the consumer has passed the due time: a backlog
SELECT reason, what_to_do FROM pulse.overdue_waits;
SELECT pulse.set_rule_mode('exp wait', 'draft');
SELECT reason, what_to_do FROM pulse.overdue_waits;
SELECT pulse.set_rule_mode('exp wait', 'shadow');
SELECT firings FROM pulse.tick();
SELECT count(*) FROM pulse.overdue_waits;
SELECT pulse.drop_rule('exp wait');
SELECT pulse.drop_event('exp_order');
DELETE FROM pulse_internal.firing WHERE key_name = 'customer' AND mode = 'shadow';
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
