-- health: models judged by what happened within so many days, without looking ahead
SET timezone = 'America/New_York';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-07-01 09:00+08');
SELECT pulse.create_model('horizon', '[
	{"dimension": "visit", "column": "visited", "curve": "linear 0:100 90:0", "weight": 2},
	{"dimension": "nps", "curve": "linear 0:0 100:100", "measured_at": "asked", "valid_days": 90}]', minimum_coverage => 70);
-- customers as they were at the first of five months, with when they left
SELECT setseed(0.5);
CREATE TABLE horizon AS
	SELECT g AS id, m.taken, m.taken - (random() * 100)::int AS visited, CASE WHEN random() < 0.8 THEN (random() * 100)::int END AS nps,
		(m.taken - (random() * 120)::int + CASE WHEN random() < 0.03 THEN 130 ELSE 0 END) AS asked,
		CASE WHEN random() < 0.5 THEN (m.taken + (random() * 140)::int - 5) END AS left_on
	FROM generate_series(1, 400) AS g, (SELECT (date '2026-01-01' + make_interval(months => n))::date AS taken FROM generate_series(0, 4) AS n) AS m;
CREATE TABLE horizon_figures AS SELECT * FROM pulse.evaluate_model('horizon', 'horizon', happened => 'left_on', scored_at => 'taken');
SELECT horizon, good > 100 AS good, bad > 50 AS bad, censored > 0 AS censored, past > 0 AS past, late > 0 AS late FROM horizon_figures ORDER BY horizon;

-- recomputed, pair by pair
CREATE VIEW horizon_judged AS
	SELECT s.*, d.days, CASE WHEN h.asked > h.taken THEN 'late' WHEN h.left_on <= h.taken THEN 'past' WHEN h.taken + d.days > date '2026-07-01' THEN 'censored'
		WHEN h.left_on <= h.taken + d.days THEN 'bad' ELSE 'good' END AS fate
	FROM horizon AS h, (VALUES (30), (60), (90)) AS d(days),
		LATERAL (SELECT pulse.score(x.health) AS score, pulse.band(x.health) AS band
			FROM (SELECT pulse.health('horizon', h, h.taken::timestamp AT TIME ZONE 'Asia/Shanghai') AS health) AS x) AS s;
SELECT f.horizon, f.good = c.good AS good, f.bad = c.bad AS bad, f.censored = c.censored AS censored, f.past = c.past AS past, f.late = c.late AS late,
	abs(f.auc - p.auc) < 0.000001 AS auc, abs(f.brier - c.brier) < 0.000001 AS brier, abs(f.ks - k.ks) < 0.000001 AS ks
FROM horizon_figures AS f,
	LATERAL (SELECT count(*) FILTER (WHERE fate = 'good' AND score IS NOT NULL) AS good, count(*) FILTER (WHERE fate = 'bad' AND score IS NOT NULL) AS bad,
		count(*) FILTER (WHERE fate = 'censored') AS censored, count(*) FILTER (WHERE fate = 'past') AS past, count(*) FILTER (WHERE fate = 'late') AS late,
		avg(((fate = 'bad')::int - (1 - score / 100)) ^ 2) FILTER (WHERE fate IN ('good', 'bad')) AS brier
		FROM horizon_judged AS j WHERE j.days = f.horizon) AS c,
	LATERAL (SELECT avg(CASE WHEN b.score < g.score THEN 1 WHEN b.score = g.score THEN 0.5 ELSE 0 END) AS auc
		FROM horizon_judged AS b, horizon_judged AS g WHERE b.days = f.horizon AND g.days = f.horizon AND b.fate = 'bad' AND g.fate = 'good'
			AND b.score IS NOT NULL AND g.score IS NOT NULL) AS p,
	LATERAL (SELECT max(abs(x.bad::numeric / c.bad - x.good::numeric / c.good)) AS ks FROM (
		SELECT sum((j.fate = 'bad')::int) OVER w AS bad, sum((j.fate = 'good')::int) OVER w AS good
		FROM horizon_judged AS j WHERE j.days = f.horizon AND j.fate IN ('good', 'bad') AND j.score IS NOT NULL WINDOW w AS (ORDER BY j.score)) AS x) AS k
ORDER BY f.horizon;
CREATE TABLE horizon_bands AS SELECT * FROM pulse.confusion('horizon', 'horizon', happened => 'left_on', scored_at => 'taken');
SELECT horizon, string_agg(band, ' ' ORDER BY horizon, place) AS bands FROM (SELECT *, row_number() OVER () AS place FROM pulse.confusion('horizon', 'horizon', 'left_on', 'taken')) AS c
GROUP BY horizon ORDER BY horizon;
SELECT count(*) AS wrong FROM (
	SELECT horizon, band, good, bad, bad_share, lift, caught FROM horizon_bands
	EXCEPT
	SELECT j.days, j.band, count(*) FILTER (WHERE fate = 'good'), count(*) FILTER (WHERE fate = 'bad'), round(avg((fate = 'bad')::int), 6),
		round(avg((fate = 'bad')::int) / a.share, 6), round(count(*) FILTER (WHERE fate = 'bad') / a.bad, 6)
	FROM horizon_judged AS j, LATERAL (SELECT avg((i.fate = 'bad')::int) AS share, sum((i.fate = 'bad')::int)::numeric AS bad FROM horizon_judged AS i WHERE i.days = j.days AND i.fate IN ('good', 'bad')) AS a
	WHERE fate IN ('good', 'bad') GROUP BY j.days, j.band, a.share, a.bad) AS x;
SELECT count(*) AS wrong FROM horizon_bands AS h WHERE h.band <> 'grey' AND h.accuracy <> (
	SELECT round(avg(((fate = 'bad') = (CASE h.band WHEN 'red' THEN band = 'red' WHEN 'amber' THEN band IN ('red', 'amber') ELSE true END))::int), 6)
	FROM horizon_judged WHERE days = h.horizon AND fate IN ('good', 'bad') AND band <> 'grey');

-- what becomes known later changes no figure of what was known then; nor does what is read of today
CREATE TABLE horizon_then AS SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'left_on', 'taken', known_until => '2026-05-15 00:00+08');
UPDATE horizon SET left_on = NULL WHERE left_on > '2026-05-15';
SELECT pulse.set_clock('2027-07-01 09:00+08');
SELECT count(*) AS changed FROM (SELECT * FROM horizon_then EXCEPT SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'left_on', 'taken', known_until => '2026-05-15 00:00+08')) AS x;
-- timestamps and other horizons; by the instant and no day before
CREATE TABLE horizon_instants (r text, nps int, visited timestamptz, asked timestamptz, taken timestamp, left_at timestamptz);
INSERT INTO horizon_instants SELECT 'a column of this name', 10, '2026-01-01', '2026-01-01', '2026-02-01 12:00', l FROM unnest('{2026-02-08 12:00:00+08, 2026-02-08 12:00:00.000001+08, 2026-02-01 12:00+08, NULL}'::timestamptz[]) AS l;
SELECT horizon, good, bad, censored, past, late FROM pulse.evaluate_model('horizon', 'horizon_instants', 'left_at', 'taken', '{7,400}', '2026-03-01');

-- anyone who may read the rows may judge
CREATE ROLE regress_horizon;
GRANT SELECT ON horizon_instants TO regress_horizon;
SET ROLE regress_horizon;
SELECT horizon, good, bad FROM pulse.evaluate_model('horizon', 'public.horizon_instants', 'left_at', 'taken', '{7}');
SELECT horizon, band, good, bad FROM pulse.confusion('horizon', 'public.horizon_instants', 'left_at', 'taken', '{7}');
SELECT horizon FROM pulse.evaluate_model('horizon', 'public.horizon', 'left_on', 'taken');
RESET ROLE;
-- mistakes
SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'id', 'taken');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'left_on', 'nothing');
SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'left_on', 'taken', '{}');
SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'left_on', 'taken', '{30,-1}');
SELECT * FROM pulse.evaluate_model('horizon', 'horizon', 'visited', 'taken');
SELECT * FROM pulse.confusion('horizon', 'horizon', 'asked', 'taken');
SELECT * FROM pulse.evaluate_model('nobody', 'horizon', 'left_on', 'taken');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_model('horizon');
DROP VIEW horizon_judged;
DROP TABLE horizon, horizon_figures, horizon_bands, horizon_then, horizon_instants;
DROP ROLE regress_horizon;
SELECT pulse.set_clock(NULL);
