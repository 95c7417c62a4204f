-- a window in working hours elapses within the calendar's windows only
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_setting('calendar', 'china');
SELECT pulse.create_event('hours_asked', 'ticket text');
SELECT pulse.create_event('hours_answered', 'ticket text');
SELECT count(*) FROM pulse.create_rule('hours rule', 'WHEN hours_asked PER ticket AND NOT hours_answered WITHIN 4 working hours'
	' THEN text rep; 8 working hours later: mail director');
SELECT pulse.rule_text(rule, 'zh') FROM pulse_internal.rule WHERE name = 'hours rule';
INSERT INTO pulse_event.hours_asked (at, ticket) VALUES
	('2026-03-05 10:30+08', 'over lunch'), ('2026-03-06 16:00+08', 'over the weekend'), ('2026-03-07 11:00+08', 'on saturday'),
	('2026-02-14 15:00+08', 'before the festival'), ('2026-03-05 09:00+08', 'answered in time'), ('2026-03-05 09:00+08', 'answered late');
INSERT INTO pulse_event.hours_answered (at, ticket) VALUES ('2026-03-05 13:59:59+08', 'answered in time'), ('2026-03-05 14:00+08', 'answered late');
SELECT key, step, due_at AT TIME ZONE 'Asia/Shanghai' AS due, end_reason FROM pulse.backtest('hours rule', '2026-01-01', '2026-04-01') ORDER BY key, step;
-- as the calendar itself says
SELECT count(*) FROM pulse.backtest('hours rule', '2026-01-01', '2026-04-01')
WHERE due_at <> pulse.add_business_time(trigger_at, CASE step WHEN 1 THEN interval '4 hours' ELSE interval '12 hours' END, 'china');
SELECT pulse.drop_rule('hours rule');
SELECT pulse.drop_event('hours_asked'), pulse.drop_event('hours_answered');
SELECT pulse.set_setting('calendar', 'weekdays');
SELECT pulse.set_setting('timezone', 'UTC');
