-- a firing explains itself: sentences in both languages, rows; what is waiting
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-01 08:00+08');
SELECT * FROM pulse_internal.sweep_rules(100);
SELECT pulse.create_event('why_issued', 'invoice text, due date, amount pulse.amount');
SELECT pulse.create_event('why_settled', 'invoice text');
SELECT count(*) FROM pulse.create_rule('why ladder',
	'WHEN why_issued PER invoice AND NOT why_settled WITHIN 30 days AFTER due'
	' THEN text rep; 7 days later: mail director', 'live');
SELECT count(*) FROM pulse.create_rule('why quick',
	'WHEN why_issued PER invoice AND NOT why_settled WITHIN 3 working days THEN notify rep', 'shadow');
SELECT count(*) FROM pulse.create_rule('why at once', 'WHEN why_issued PER invoice THEN notify rep', 'live');
INSERT INTO pulse_event.why_issued (invoice, due, amount) VALUES ('A-17', '2026-01-10', 'CNY 142800.00');
SELECT pulse.set_clock('2026-01-02 08:00+08');
SELECT * FROM pulse_internal.sweep_rules(100);
SELECT * FROM pulse.waiting('A-17');
SELECT * FROM pulse.waiting('nothing');
SELECT pulse.set_clock('2026-02-20 08:00+08');
SELECT * FROM pulse_internal.sweep_rules(100);
SELECT rule, key_name, key, step, due_at, superseded, mode, trigger_event, evidence -> 'window' AS search
FROM pulse.firings WHERE rule LIKE 'why %' ORDER BY rule, step;

-- in sentences
SELECT pulse.why(firing_id, 'en') FROM pulse.firings WHERE rule = 'why ladder' ORDER BY step;
SELECT pulse.why(firing_id) FROM pulse.firings WHERE rule IN ('why quick', 'why at once') ORDER BY rule;
-- with the labels of this database
SELECT pulse.label('event', 'why_issued', en => 'invoice issued', zh => '开票');
SELECT pulse.label('event', 'why_settled', en => 'settlement', zh => '结清');
SELECT pulse.label('column', 'due', en => 'due date', zh => '到期日', scope => 'why_issued');
SELECT pulse.label('column', 'amount', zh => '金额', scope => 'why_issued');
SELECT pulse.label('key', 'invoice', zh => '发票');
SELECT pulse.why(firing_id, 'zh') FROM pulse.firings WHERE rule LIKE 'why %' ORDER BY rule, step;
SELECT pulse.why(firing_id, 'en') FROM pulse.firings WHERE rule = 'why ladder' AND step = 1;
-- in rows
SELECT topic, name, value FROM pulse.firings, pulse.why_rows(firing_id)
WHERE rule = 'why ladder' AND step = 2 AND name NOT IN ('txid', 'event_id');

-- paid in time, entered long after
INSERT INTO pulse_event.why_settled (at, invoice) VALUES ('2026-02-12 10:00+08', 'A-17');
SELECT pulse.set_clock('2026-02-21 08:00+08');
SELECT * FROM pulse_internal.sweep_rules(100);
SELECT rule, step, due_at, late_answer_at FROM pulse.firings WHERE rule LIKE 'why %' ORDER BY rule, step;
SELECT pulse.why(firing_id, l) FROM pulse.firings, unnest(ARRAY['en', 'zh']) AS l WHERE rule = 'why ladder' AND step = 2 ORDER BY l;

-- the explanation is what was recorded then: the event may be gone, the rule too
SELECT pulse.drop_rule('why at once');
SELECT pulse.why(firing_id, 'en') FROM pulse.firings WHERE rule = 'why at once';

-- bad input
SELECT pulse.why(0);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.why(firing_id, 'fr') FROM pulse.firings WHERE rule = 'why quick';
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.why(NULL) IS NULL AS unknown;
SELECT count(*) FROM pulse.why_rows(0);

-- who may look
CREATE ROLE regress_why_nobody;
SET ROLE regress_why_nobody;
SELECT pulse.why(1);
SELECT * FROM pulse.firings;
SELECT * FROM pulse.waiting('A-17');
RESET ROLE;
CREATE ROLE regress_why_analyst;
GRANT pulse_analyst TO regress_why_analyst;
SET ROLE regress_why_analyst;
SELECT count(*) FROM pulse.firings WHERE rule = 'why ladder';
SELECT rule, waits_for, next_step, end_reason FROM pulse.waits WHERE rule LIKE 'why %' ORDER BY rule;
RESET ROLE;

DROP ROLE regress_why_nobody, regress_why_analyst;
SELECT pulse.label('event', 'why_issued'), pulse.label('event', 'why_settled'), pulse.label('key', 'invoice'),
	pulse.label('column', 'due', scope => 'why_issued'), pulse.label('column', 'amount', scope => 'why_issued');
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'why %' ORDER BY name;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.wait;
SELECT pulse.drop_event('why_issued'), pulse.drop_event('why_settled');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock(NULL);
