-- pulse.sql: everything that is said to salespulse
CREATE EXTENSION IF NOT EXISTS salespulse CASCADE;
SELECT count(*) AS settings FROM pulse.setup(timezone => 'Asia/Shanghai', currency => 'USD');

-- the history will be replayed, so the clock stands at its beginning: a rule fires for nothing that was due before it went live
SELECT pulse.set_clock((SELECT min(issued) FROM app.ledger)::timestamp AT TIME ZONE 'Asia/Shanghai');

-- the application's tables become streams of dated facts
SELECT pulse.watch('app.invoice', 'invoice_issued',
	columns => $$ at = created_at, customer = customer_id, invoice = id, due = due_date, amount = pulse.amount(total, 'USD') $$);
SELECT pulse.watch('app.payment', 'invoice_settled',
	columns => $$ at = paid_at, customer = customer_id, invoice = invoice_id, amount = pulse.amount(amount, 'USD') $$);

-- two years are replayed in a minute, and all of it is looked at in the end
SELECT pulse.set_setting('keep_messages', '3650 days'), pulse.set_setting('keep_cases', '3650 days'), pulse.set_setting('keep_firings', '3650 days');

-- words of both languages
SELECT pulse.label('event', 'invoice_issued', en => 'invoice issued', zh => '开票');
SELECT pulse.label('event', 'invoice_settled', en => 'invoice settled', zh => '结清');
SELECT pulse.label('column', 'due', en => 'due date', zh => '到期日');
SELECT pulse.label('column', 'amount', en => 'amount', zh => '金额');
SELECT pulse.label('key', 'customer', en => 'customer', zh => '客户');
SELECT pulse.label('key', 'invoice', en => 'invoice', zh => '发票');
SELECT pulse.label('role', 'rep', en => 'rep', zh => '销售代表');
SELECT pulse.label('role', 'regional_director', en => 'regional director', zh => '区域总监');
SELECT pulse.label('role', 'finance', en => 'finance', zh => '财务部');

-- people are where the application keeps them
SELECT pulse.map_staff('app.staff', id => 'id', name => 'full_name', email => 'email', mobile => 'mobile', org_path => 'unit');
SELECT pulse.map_role('rep', key => 'customer', relation => 'app.customer', staff => 'owner_id');
SELECT pulse.map_role('regional_director', above => 'rep', relation => 'app.staff', org_path => 'unit', staff => 'id',
	condition => $$job = 'regional_director'$$);
SELECT pulse.map_role('finance', holder => '{F1}');
SELECT pulse.map_role('sales_operations', holder => '{O1}');
SELECT pulse.describe_key('invoice', relation => 'app.invoice', name => 'id');

-- the rule, as a business person writes it
SELECT pulse.create_rule('overdue ladder', $$
	当开票（每张发票），且到期日后5天内未发生结清时，短信通知销售代表；
	5天后，邮件通知区域总监，抄送销售代表；
	再过10天，指派财务部“核查逾期发票”；直到结清为止。$$);
SELECT pulse.set_rule_mode('overdue ladder', 'live');

SELECT pulse.create_rollup('invoiced_daily', source => 'app.invoice', time_column => 'created_at', grain => 'day',
	dimensions => '{customer_id}', measures => '{count,sum(total)}');
