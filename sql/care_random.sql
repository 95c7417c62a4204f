-- care: random histories under random clocks; what was kept step by step is what the whole past gives
SET timezone = 'America/New_York';
SET client_min_messages = warning;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
CREATE TABLE care_random (id int PRIMARY KEY, visited date, contract_end date, nps int, asked date, mood text, praised date);
INSERT INTO care_random (id) SELECT g FROM generate_series(1, 12) AS g;
SELECT pulse.set_clock('2026-01-01 09:00+08');

-- every curve, validities, vetoes that end and that do not; once with plain bands, once held
CREATE FUNCTION care_random_model(name text, held boolean) RETURNS integer LANGUAGE sql AS $$
	SELECT pulse.import_model(jsonb_build_object('model', name, 'minimum_coverage', 60, 'dimensions', '[
		{"dimension": "visit", "column": "visited", "curve": "linear 0:100 60:0", "weight": 3, "group": "contact"},
		{"dimension": "praise", "column": "praised", "curve": "decay half_life 20 days", "weight": 1, "group": "contact"},
		{"dimension": "contract", "column": "contract_end", "curve": "steps -90:100 -30:60 0:0", "weight": 2},
		{"dimension": "nps", "curve": "logistic rising middle 50 doubling 10", "measured_at": "asked", "valid_days": 45, "missing": "neutral"},
		{"dimension": "mood", "curve": "map bad=>0 good=>100 else=>50", "missing": "worst"}]'::jsonb,
		'groups', '[{"group": "contact", "weight": 4}]'::jsonb,
		'vetoes', '[{"veto": "ended", "column": "contract_end", "since": 0, "below": 40, "band": "red"}, {"veto": "lost", "column": "praised", "since": 120, "band": "amber"}]'::jsonb,
		'bands', CASE WHEN held THEN '{"red": 0, "amber": {"lower": 40, "hysteresis": 4, "dwell_days": 9}, "green": {"lower": 65, "hysteresis": 6, "dwell_days": 15}}'
			ELSE '{"red": 0, "amber": 40, "green": 65}' END::jsonb)) $$;
SELECT care_random_model('random plain', false), care_random_model('random held', true);
SELECT pulse.store_health('random plain', 'care_random', 'id', event => NULL), pulse.store_health('random held', 'care_random', 'id', event => NULL);

CREATE FUNCTION care_random_day(around timestamptz) RETURNS date LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.9 THEN around::date + (random() * 120)::int - 60 END $$;
CREATE PROCEDURE care_random_run(rounds int) LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := pulse.clock();
	who int;
	chance float8;
	version int := 1;
BEGIN
	FOR round IN 1 .. rounds LOOP
		at := at + make_interval(hours => CASE WHEN random() < 0.3 THEN 0 WHEN random() < 0.5 THEN (random() * 30)::int ELSE (random() * 300)::int END);
		PERFORM pulse.set_clock(at);
		who := 1 + (random() * 13)::int;
		chance := random();
		IF chance < 0.55 THEN
			UPDATE care_random SET visited = care_random_day(at), contract_end = care_random_day(at + interval '40 days') WHERE id IN (who, who / 2);
		ELSIF chance < 0.7 THEN
			UPDATE care_random SET nps = random() * 100, asked = care_random_day(at - interval '30 days'), praised = care_random_day(at - interval '60 days') WHERE id % 3 = who % 3;
		ELSIF chance < 0.75 THEN
			UPDATE care_random SET mood = (ARRAY['good', 'bad', 'odd'])[1 + (random() * 3)::int];
		ELSIF chance < 0.77 THEN
			DELETE FROM care_random WHERE id = who;
		ELSIF chance < 0.85 THEN
			INSERT INTO care_random (id, visited) VALUES (who, care_random_day(at)) ON CONFLICT DO NOTHING;
		ELSIF chance < 0.95 THEN
			PERFORM pulse.override_health(h.model, h.customer, (ARRAY['red', 'amber', 'green'])[1 + (random() * 2)::int], 'chance',
				CASE WHEN random() < 0.7 THEN at + make_interval(hours => 1 + (random() * 900)::int) END, CASE WHEN random() < 0.5 THEN (random() * 100)::int END)
			FROM pulse.healths AS h WHERE h.customer = who::text;
		ELSIF chance < 0.97 THEN
			PERFORM pulse.end_override(h.model, h.customer) FROM pulse.healths AS h WHERE h.override_reason IS NOT NULL;
		ELSE
			version := pulse.alter_model('random held', bands => jsonb_build_object('red', 0, 'amber', jsonb_build_object('lower', 35 + (random() * 10)::int, 'dwell_days', 9),
				'green', jsonb_build_object('lower', 65, 'hysteresis', 6, 'dwell_days', 15)));
			PERFORM pulse.alter_model('random plain', minimum_coverage => (random() * 100)::int);
		END IF;
		IF random() < 0.5 THEN
			PERFORM pulse.refresh_health('random plain'), pulse.refresh_health('random held');
		END IF;
	END LOOP;
	PERFORM pulse.refresh_health('random plain'), pulse.refresh_health('random held');
END
$$;
SELECT setseed(0.26);
CALL care_random_run(220);
SELECT model, cause, count(*) > 0 AS some FROM pulse.health_history WHERE model LIKE 'random%' GROUP BY model, cause ORDER BY model, cause;
SELECT * FROM pulse.check_health('random plain');
SELECT * FROM pulse.check_health('random held');
SELECT pulse.rebuild_health('random plain') AS plain, pulse.rebuild_health('random held') AS held;

-- plain bands are those of the score, at any instant between
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE a.computed_band <> pulse.band(pulse_internal.score_inputs(a.scored_by, a.version, a.inputs, t.at))) AS wrong
FROM (SELECT h.customer, timestamptz '2026-01-01 09:00+08' + random() * (pulse.clock() - timestamptz '2026-01-01 09:00+08') AS at
	FROM pulse.healths AS h, generate_series(1, 200) WHERE h.model = 'random plain') AS t, LATERAL pulse.health_at('random plain', t.customer, t.at) AS a;

-- differences add up to the difference, whatever lies between
SELECT count(*) > 300 AS many, count(*) FILTER (WHERE coalesce(d.sum, 0) <> coalesce(u.score, 0) - coalesce(s.score, 0)) AS wrong
FROM (SELECT h.model, h.customer, least(r.x, r.y) AS since, greatest(r.x, r.y) AS until FROM pulse.healths AS h,
	LATERAL (SELECT pulse.clock() - random() * interval '100 days' + h.score * interval '0' AS x, pulse.clock() - random() * interval '100 days' AS y FROM generate_series(1, 30)) AS r
	WHERE h.model LIKE 'random%') AS t,
	LATERAL pulse.health_at(t.model, t.customer, t.since) AS s, LATERAL pulse.health_at(t.model, t.customer, t.until) AS u,
	LATERAL (SELECT sum(change) FROM pulse.diff_health(t.model, t.customer, t.since, t.until)) AS d;

-- what is old is forgotten, and no answer about what came later is another one
CREATE TABLE care_random_past AS
SELECT t.*, to_jsonb(a) AS answer, (SELECT jsonb_agg(d ORDER BY d.cause, d.dimension) FROM pulse.diff_health(t.model, t.customer, t.at) AS d) AS diff
FROM (SELECT h.model, h.customer, pulse.clock() - random() * interval '60 days' AS at, CASE WHEN random() < 0.5 THEN pulse.clock() - random() * interval '60 days' END AS known_at
	FROM pulse.healths AS h, generate_series(1, 40) WHERE h.model LIKE 'random%') AS t LEFT JOIN LATERAL pulse.health_at(t.model, t.customer, t.at, t.known_at) AS a ON true;
SELECT count(*) AS rows_before FROM pulse.health_history WHERE model LIKE 'random%' \gset
SELECT pulse.set_setting('keep_health_history', '60 days');
SELECT pulse_internal.forget_health_history();
SELECT count(*) < :rows_before * 0.7 AS fewer FROM pulse.health_history WHERE model LIKE 'random%';
SELECT model, history_since = pulse.clock() - interval '60 days' AS since FROM pulse.stored_health WHERE model LIKE 'random%' ORDER BY model;
SELECT count(*) > 300 AS many, count(*) FILTER (WHERE t.answer IS DISTINCT FROM to_jsonb(a)
	OR t.diff IS DISTINCT FROM (SELECT jsonb_agg(d ORDER BY d.cause, d.dimension) FROM pulse.diff_health(t.model, t.customer, t.at) AS d)) AS wrong
FROM care_random_past AS t LEFT JOIN LATERAL pulse.health_at(t.model, t.customer, t.at, t.known_at) AS a ON true;
SELECT * FROM pulse.check_health('random plain');
SELECT * FROM pulse.check_health('random held');
SELECT pulse.rebuild_health('random plain') AS plain, pulse.rebuild_health('random held') AS held;
-- what is asked of before says so
\set SHOW_CONTEXT never
\set VERBOSITY terse
SELECT * FROM pulse.health_at('random held', '1', '2026-01-05');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.health_at('random held', '1', pulse.clock(), '2026-01-05');
SELECT * FROM pulse.diff_health('random held', '1', '2026-01-05');
SELECT * FROM pulse.explain_stored('random held', '1', '2026-01-05');
SELECT * FROM pulse.health_trend('random held', 365);
\set VERBOSITY default
SELECT count(*) > 0 AS trend FROM pulse.health_trend('random held', 59);
SELECT pulse.set_setting('keep_health_history', '1600 days');
-- a second time, with time and data between
CALL care_random_run(60);
SELECT pulse.set_setting('keep_health_history', '10 days'), pulse_internal.forget_health_history();
SELECT * FROM pulse.check_health('random plain') UNION ALL SELECT * FROM pulse.check_health('random held');
SELECT pulse.set_setting('keep_health_history', '1600 days');
DROP TABLE care_random_past;

-- held bands, hour by hour, written down anew
CREATE FUNCTION care_random_stand(INOUT held text, INOUT since timestamptz, of_model int, of_version int, scored pulse.health, at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	bands text[];
	up int;
	down int;
	now_held int;
	next_held int;
BEGIN
	SELECT array_agg(b.band ORDER BY b.lower), count(*) FILTER (WHERE b.lower + b.hysteresis <= pulse.score(scored)), count(*) FILTER (WHERE b.lower - b.hysteresis <= pulse.score(scored))
	INTO bands, up, down FROM pulse_internal.model_band AS b WHERE b.model_id = of_model AND b.version = of_version;
	now_held := array_position(bands, held);
	next_held := CASE WHEN now_held IS NULL THEN (SELECT count(*) FROM pulse_internal.model_band AS b WHERE b.model_id = of_model AND b.version = of_version AND b.lower <= pulse.score(scored))
		ELSE greatest(up, least(down, now_held)) END;
	IF next_held <> coalesce(now_held, 0) AND (now_held IS NULL OR at >= since + (SELECT b.dwell_days FROM pulse_internal.model_band AS b
			WHERE b.model_id = of_model AND b.version = of_version AND b.band = held) * interval '24 hours') THEN
		held := bands[next_held];
		since := at;
	END IF;
END
$$;
CREATE FUNCTION care_random_simulate(source int, who text, OUT held text, OUT since timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	mark record;
	last record;
	at timestamptz;
BEGIN
	FOR mark IN SELECT h.*, m.name FROM pulse_internal.health_history AS h JOIN pulse_internal.model AS m USING (model_id)
		WHERE h.source_id = source AND h.customer = who AND h.inputs IS NOT NULL AND h.history_id > coalesce((SELECT max(history_id)
			FROM pulse_internal.health_history AS g WHERE g.source_id = source AND g.customer = who AND g.cause = 'gone'), 0)
		UNION ALL SELECT NULL, NULL, NULL, pulse.clock(), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL ORDER BY 4, 1
	LOOP
		WHILE at < mark.at LOOP
			at := at + interval '1 hour';
			SELECT s.* INTO held, since FROM care_random_stand(held, since, last.model_id, last.version, pulse_internal.score_inputs(last.name, last.version, last.inputs, at), at) AS s;
		END LOOP;
		EXIT WHEN mark.history_id IS NULL;
		SELECT s.* INTO held, since FROM care_random_stand(held, since, mark.model_id, mark.version, pulse_internal.score_inputs(mark.name, mark.version, mark.inputs, mark.at), mark.at) AS s;
		at := mark.at;
		last := mark;
	END LOOP;
END
$$;
-- with all knowledge demanded of nobody: grey has its own test
SELECT pulse.alter_model('random held', minimum_coverage => 0) > 1 AS altered;
SELECT pulse.forget_health('random held');
DELETE FROM care_random WHERE id > 6;
SELECT pulse.store_health('random held', 'care_random', 'id', event => NULL) > 3 AS stored;
CREATE OR REPLACE PROCEDURE care_random_walk(rounds int) LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := pulse.clock();
BEGIN
	FOR round IN 1 .. rounds LOOP
		at := at + make_interval(hours => (random() * 200)::int);
		PERFORM pulse.set_clock(at);
		UPDATE care_random SET visited = at::date - (random() * 50)::int, nps = 20 + random() * 70, asked = at::date, contract_end = at::date + (random() * 100)::int, mood = 'good', praised = at::date - (random() * 50)::int
		WHERE id = 1 + round % 6;
		PERFORM pulse.refresh_health('random held');
	END LOOP;
END
$$;
CALL care_random_walk(40);
SELECT count(*) > 3 AS some, count(*) FILTER (WHERE (s.held, s.since) IS DISTINCT FROM (c.held, c.held_since)) AS wrong, count(DISTINCT c.held_since) > 2 AS differ
FROM pulse_internal.health_current AS c, LATERAL care_random_simulate(c.source_id, c.customer) AS s
WHERE c.source_id = (SELECT s.source_id FROM pulse_internal.health_source AS s JOIN pulse_internal.model AS m USING (model_id) WHERE m.name = 'random held');

-- damage is found, and mended
UPDATE pulse_internal.health_current SET held = 'red', due_at = NULL WHERE customer = '1';
DELETE FROM pulse_internal.health_history WHERE history_id = (SELECT max(history_id) FROM pulse_internal.health_history AS h JOIN pulse_internal.health_current AS c USING (source_id, customer)
	WHERE h.cause = 'time' AND NOT EXISTS (SELECT FROM pulse_internal.health_history AS g WHERE g.source_id = h.source_id AND g.customer = h.customer AND g.cause = 'gone'));
SELECT count(*) > 1 AS found FROM (SELECT * FROM pulse.check_health('random plain') UNION ALL SELECT * FROM pulse.check_health('random held')) AS c;
SELECT pulse.rebuild_health('random plain') + pulse.rebuild_health('random held') > 0 AS mended;
SELECT pulse.rebuild_health('random plain') + pulse.rebuild_health('random held') AS again;

SELECT pulse.forget_health('random plain'), pulse.forget_health('random held');
SELECT pulse.drop_model('random plain'), pulse.drop_model('random held');
DROP PROCEDURE care_random_run(int), care_random_walk(int);
DROP FUNCTION care_random_model(text, boolean), care_random_day(timestamptz), care_random_simulate(int, text), care_random_stand(text, timestamptz, int, int, pulse.health, timestamptz);
DROP TABLE care_random;
SELECT pulse.set_clock(NULL);
