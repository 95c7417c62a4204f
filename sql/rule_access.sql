-- what a rule found is for its author, and for who administers and analyses
\set SHOW_CONTEXT never
CREATE ROLE regress_acc_author IN ROLE pulse_author;
CREATE ROLE regress_acc_member IN ROLE pulse_author, regress_acc_author;
CREATE ROLE regress_acc_other IN ROLE pulse_author;
CREATE ROLE regress_acc_analyst IN ROLE pulse_analyst;
SELECT pulse.set_clock('2026-01-05 09:00+00');
SELECT pulse.create_event('acc_order', 'customer text, total numeric');
GRANT USAGE ON SCHEMA pulse_event TO regress_acc_author, regress_acc_other;
GRANT SELECT ON pulse_event.acc_order TO regress_acc_author;
SET client_min_messages = error;
SET ROLE regress_acc_author;
SELECT pulse.create_rule('acc mine', 'when acc_order where total > 1 per customer then notify rep', 'shadow');
RESET ROLE;
RESET client_min_messages;
INSERT INTO pulse_event.acc_order (customer, total) VALUES ('secret', 7);
SELECT pulse.set_clock('2026-01-05 10:00+00');
SELECT events, firings FROM pulse.tick();
SELECT firing_id AS firing FROM pulse.firings WHERE rule = 'acc mine' \gset

-- the author, and who is a member of his role
SET ROLE regress_acc_author;
SELECT key FROM pulse.firings WHERE rule = 'acc mine';
SELECT pulse.why(:firing) ~ 'secret' AS says, (SELECT count(*) > 5 FROM pulse.why_rows(:firing)) AS shows;
SELECT key, step FROM pulse.backtest('acc mine', '2026-01-01', '2026-02-01');
SET ROLE regress_acc_member;
SELECT pulse.why(:firing) ~ 'secret' AS says, (SELECT count(*) FROM pulse.backtest('acc mine', '2026-01-01', '2026-02-01')) AS found;
SET ROLE regress_acc_analyst;
SELECT pulse.why(:firing) ~ 'secret' AS says, (SELECT count(*) FROM pulse.backtest('acc mine', '2026-01-01', '2026-02-01')) AS found,
	(SELECT count(*) FROM pulse.firings WHERE rule = 'acc mine') AS seen;
-- another author
SET ROLE regress_acc_other;
SELECT count(*) FROM pulse.firings WHERE rule = 'acc mine';
SELECT count(*) FROM pulse_internal.firing;
SELECT count(*) FROM pulse.waits WHERE rule = 'acc mine';
SELECT count(*) FROM pulse.waiting('secret');
SELECT count(*) FROM pulse.why_rows(:firing);
\set VERBOSITY terse
SELECT pulse.why(:firing);
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.backtest('acc mine', '2026-01-01', '2026-02-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- a condition that went with a column is not replaced by somebody else's function of that name
ALTER TABLE pulse_event.acc_order ADD COLUMN weight int;
GRANT CREATE ON SCHEMA pulse_event TO regress_acc_other;
SET client_min_messages = error;
SET ROLE regress_acc_author;
SELECT pulse.create_rule('acc lost', 'when acc_order where weight > 1 per customer then notify rep', 'shadow');
RESET ROLE;
SELECT format('rule_%s_trigger', rule_id) AS lost FROM pulse_internal.rule WHERE name = 'acc lost' \gset
ALTER TABLE pulse_event.acc_order DROP COLUMN weight CASCADE;
SET ROLE regress_acc_other;
CREATE FUNCTION pulse_event.:"lost"(pulse_event.acc_order) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'runs as %', current_user; END $$;
GRANT EXECUTE ON FUNCTION pulse_event.:"lost"(pulse_event.acc_order) TO PUBLIC;
RESET ROLE;
INSERT INTO pulse_event.acc_order (customer, total) VALUES ('secret', 0);
SELECT pulse.set_clock('2026-01-05 11:00+00');
SELECT firings FROM pulse.tick();
SELECT state, reason FROM pulse.rules WHERE name = 'acc lost';
SELECT pulse.drop_rule('acc lost');
DROP FUNCTION pulse_event.:"lost"(pulse_event.acc_order);
RESET client_min_messages;
-- a function that only looks like the rule's condition is not dropped with it
SELECT set_config('regress.rule', rule_id::text, false) <> '' AS kept FROM pulse_internal.rule WHERE name = 'acc mine';
DO $$ BEGIN
	EXECUTE format('CREATE FUNCTION pulse_event.rule_%s_trigger(n int) RETURNS int LANGUAGE sql AS $f$SELECT n$f$', current_setting('regress.rule'));
END $$;
SELECT pulse.drop_rule('acc mine');
SELECT format_type(p.proargtypes[0], NULL) FROM pg_proc AS p WHERE p.proname = format('rule_%s_trigger', current_setting('regress.rule'));
DO $$ BEGIN
	EXECUTE format('DROP FUNCTION pulse_event.rule_%s_trigger(int)', current_setting('regress.rule'));
END $$;
-- of a dropped rule nobody is the author any more
SET ROLE regress_acc_author;
SELECT count(*) FROM pulse.firings WHERE rule = 'acc mine';
\set VERBOSITY terse
SELECT pulse.why(:firing);
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
RESET ROLE;

DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.wait;
SELECT pulse.drop_event('acc_order');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
SELECT pulse.set_clock(NULL);
REVOKE ALL ON SCHEMA pulse_event FROM regress_acc_author, regress_acc_other;
DROP ROLE regress_acc_member, regress_acc_author, regress_acc_other, regress_acc_analyst;
