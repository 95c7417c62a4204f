-- counts, sequences and absences before, live: they look back by key
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-01 00:00+00');
SELECT pulse.create_event('pattern_complaint', 'customer text, weight int');
SELECT pulse.create_event('pattern_contact', 'customer text');
SELECT pulse.create_event('pattern_visit', 'customer text');
SELECT count(*) FROM pulse.create_rule('pattern three', '同一customer在30天内pattern_complaint满3次，通知manager', 'live');
SELECT count(*) FROM pulse.create_rule('pattern more',
	'WHEN pattern_complaint WHERE weight > 5 HAPPENS MORE THAN 1 TIME WITHIN 2 days PER customer EACH TIME THEN notify manager', 'live');
SELECT count(*) FROM pulse.create_rule('pattern rival',
	'WHEN pattern_complaint FOLLOWED BY pattern_contact WITHIN 14 days PER customer THEN notify manager', 'live');
SELECT count(*) FROM pulse.create_rule('pattern neglect',
	'WHEN pattern_complaint PER customer AND NO pattern_visit IN THE LAST 30 days AND NOT pattern_visit WITHIN 3 days THEN notify rep', 'live');
SELECT name, sentence_en, sentence_zh FROM pulse.rules WHERE name LIKE 'pattern %' ORDER BY name;
SELECT r.earlier_kind IS NOT NULL AS earlier, r.lacking_kind IS NOT NULL AS lacking FROM pulse_internal.rule AS r
WHERE name LIKE 'pattern %' ORDER BY name;

CREATE VIEW pattern_firings AS
	SELECT f.rule, f.key, f.due_at, f.late_answer_at FROM pulse.firings AS f WHERE f.rule LIKE 'pattern %' ORDER BY f.rule, f.due_at, f.key;
CREATE FUNCTION pattern_sweep(instant timestamptz, max_events int DEFAULT 1000, OUT firings int) AS $$
DECLARE
	s record;
BEGIN
	PERFORM pulse.set_clock(instant);
	firings := 0;
	LOOP
		SELECT * INTO s FROM pulse_internal.sweep_rules(max_events);
		firings := firings + s.firings;
		EXIT WHEN NOT s.more;
	END LOOP;
END $$ LANGUAGE plpgsql;
SELECT * FROM pattern_sweep('2026-01-01 01:00');
INSERT INTO pulse_event.pattern_complaint (at, customer, weight) VALUES
	('2026-01-01 00:30', 'a', 9), ('2026-01-01 00:30', 'b', 9);
SELECT * FROM pattern_sweep('2026-01-05');
INSERT INTO pulse_event.pattern_complaint (customer, weight) VALUES ('a', 9), ('b', 1);
INSERT INTO pulse_event.pattern_visit (customer) VALUES ('b');
SELECT * FROM pattern_sweep('2026-01-10');
-- the third of a; the first of b is 30 days old to the microsecond
INSERT INTO pulse_event.pattern_complaint (at, customer, weight) VALUES ('2026-01-09', 'a', 1);
INSERT INTO pulse_event.pattern_contact (customer) VALUES ('a'), ('c');
SELECT * FROM pattern_sweep('2026-01-31 00:30');
INSERT INTO pulse_event.pattern_complaint (customer, weight) VALUES ('b', 9), ('c', 9);
INSERT INTO pulse_event.pattern_contact (customer) VALUES ('a');
SELECT * FROM pattern_sweep('2026-02-01');
SELECT * FROM pattern_firings;
-- late: a third complaint of b, and so the next one, 30 days after the first, is a third again; one of a that is no news
INSERT INTO pulse_event.pattern_complaint (at, customer, weight) VALUES ('2026-01-20', 'b', 9), ('2026-01-06', 'a', 9);
-- late: contacts after complaints; a visit that was there before
INSERT INTO pulse_event.pattern_contact (at, customer) VALUES ('2026-01-14 00:29:59', 'b'), ('2026-01-08', 'a');
INSERT INTO pulse_event.pattern_visit (at, customer) VALUES ('2026-01-30', 'c');
SELECT * FROM pattern_sweep('2026-02-01 01:00');
SELECT * FROM pattern_firings;
SELECT * FROM pattern_sweep('2026-03-01');
SELECT * FROM pattern_firings WHERE rule = 'pattern neglect';
SELECT regexp_replace(pulse.why(f.firing_id, l.lang), E'\nIt was due.*|\n到期.*', '') AS why
FROM pulse.firings AS f, unnest(ARRAY['en', 'zh']) WITH ORDINALITY AS l(lang, n)
WHERE f.key = 'a' AND f.rule IN ('pattern three', 'pattern rival', 'pattern neglect') AND f.due_at < '2026-01-12' ORDER BY f.rule, f.firing_id, l.n;
-- a backtest says the same
SELECT r.name, (SELECT count(*) FROM pulse.backtest(r.name, '2026-01-01', '2026-04-01', 'arrived')) AS backtest,
	(SELECT count(*) FROM pulse.firings AS f WHERE f.rule = r.name) AS live
FROM pulse.rules AS r WHERE r.name LIKE 'pattern %' ORDER BY r.name;

-- slices cut late events apart, in between and within one instant
INSERT INTO pulse_event.pattern_complaint (at, customer, weight)
	SELECT '2026-02-10', 'd', 1 FROM generate_series(1, 5);
INSERT INTO pulse_event.pattern_contact (at, customer) SELECT '2026-02-10', 'd' FROM generate_series(1, 5);
SELECT * FROM pattern_sweep('2026-03-01 01:00', 1);
SELECT * FROM pattern_firings WHERE key = 'd';
SELECT r.name, (SELECT count(*) FROM pulse.backtest(r.name, '2026-01-01', '2026-04-01', 'happened') AS b WHERE b.key = 'd') AS happened
FROM pulse.rules AS r WHERE r.name LIKE 'pattern %' ORDER BY r.name;

-- an event of a pattern goes: the rule says so
SELECT pulse.drop_event('pattern_visit');
SELECT name, state, reason FROM pulse.rules WHERE name LIKE 'pattern %' ORDER BY name;
SELECT pulse.create_rule('pattern bad', 'WHEN pattern_complaint FOLLOWED BY pattern_visit WITHIN 3 days PER customer THEN notify rep');

DROP VIEW pattern_firings;
DROP FUNCTION pattern_sweep;
SELECT count(*) FROM (SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'pattern %') AS d;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
SELECT pulse.drop_event('pattern_complaint'), pulse.drop_event('pattern_contact');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
