#!/bin/bash
# anomaly_nab.sh: the standard score of the Numenta Anomaly Benchmark, of series with steps of minutes to an hour. Run it inside
#   NAB=/folder/of/NAB test/harness/with_cluster.sh test/bench/anomaly_nab.sh
# NAB has data/*/*.csv and labels/combined_windows.json; without it there is nothing to do. THRESHOLDS ("1 1.05 1.1"): the
# benchmark takes the best of all thresholds for each detector; 1 is as shipped. Random alarms score 11 to 17.
# An alarm is the start of an episode. The first alarm in a window of an event counts by how early it is, each one outside costs 0.11.
set -euo pipefail
: "${THRESHOLDS:=0.9 1 1.05 1.1 1.2}"
if [ ! -r "${NAB:-}/labels/combined_windows.json" ]; then
	echo "anomaly_nab: skipped, the benchmark is not there (NAB=/folder/of/NAB)"
	exit 0
fi
export PGDATABASE=bench_nab PGOPTIONS='-c client_min_messages=warning -c jit=off'
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_nab" -c "CREATE DATABASE bench_nab"
sql -v windows="$(cat "$NAB/labels/combined_windows.json")" >/dev/null <<'SQL'
CREATE EXTENSION salespulse CASCADE;
CREATE TABLE given (n int GENERATED ALWAYS AS IDENTITY (START 0 MINVALUE 0), at timestamp, value float8);
CREATE TABLE reading (file text, n int, at timestamp, value float8, step interval);
CREATE TABLE label AS
SELECT f.file, w.n, (w.bounds ->> 0)::timestamp(0) AS first, (w.bounds ->> 1)::timestamp(0) AS last
FROM jsonb_each(:'windows') AS f(file, windows), jsonb_array_elements(f.windows) WITH ORDINALITY AS w(bounds, n);
SQL
for file in "$NAB"/data/*/*.csv; do
	sql -v file="$(basename "$(dirname "$file")")/$(basename "$file")" >/dev/null <<-SQL
	TRUNCATE given RESTART IDENTITY;
	\copy given (at, value) FROM '$file' (FORMAT csv, HEADER)
	INSERT INTO reading SELECT :'file', n, at, value, (SELECT mode() WITHIN GROUP (ORDER BY d.d) FROM (SELECT at - lag(at) OVER (ORDER BY n) AS d FROM given) AS d) FROM given;
	SQL
done
sql >/dev/null <<'SQL'
CREATE INDEX ON reading (file, at);
CREATE TABLE event AS
SELECT l.file, l.n, min(r.n) AS first, max(r.n) AS last FROM label AS l JOIN reading AS r ON r.file = l.file AND r.at BETWEEN l.first AND l.last GROUP BY 1, 2;
CREATE FUNCTION worth(place float8) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN CASE WHEN place > 3 THEN -1 ELSE 2 / (1 + exp(5 * place)) - 1 END;
ANALYZE;
SQL
sql -c "SELECT format('%s series, %s readings, %s events', (SELECT count(DISTINCT file) FROM reading), (SELECT count(*) FROM reading), (SELECT count(*) FROM event))"
printf '%9s %6s %6s %6s\n' threshold score found false
for threshold in $THRESHOLDS; do
	sql -F ' ' -v threshold="$threshold" <<-'SQL' | xargs printf '%9s %6s %6s %6s\n'
	WITH episode AS MATERIALIZED (
		SELECT s.file, e.started
		FROM (SELECT file, pulse.anomaly_episodes(file, at, value, NULL, NULL, step, 'level', :threshold) AS episodes FROM reading GROUP BY file, step) AS s, unnest(s.episodes) AS e
	), alarm AS (
		SELECT e.file, (SELECT r.n FROM reading AS r WHERE r.file = e.file AND r.at >= e.started ORDER BY r.at, r.n LIMIT 1) AS n FROM episode AS e
	), counted AS (	-- the first seventh of a series, at most 750 readings, is for learning
		SELECT a.* FROM alarm AS a WHERE a.n >= (SELECT floor(0.15 * least(count(*), 5000)) FROM reading AS r WHERE r.file = a.file)
	), found AS (
		SELECT v.file, v.n, max(worth(-(v.last - a.n + 1) / (v.last - v.first + 1)::float8) / worth(-1)) AS score
		FROM event AS v JOIN counted AS a ON a.file = v.file AND a.n BETWEEN v.first AND v.last GROUP BY 1, 2
	), false_alarm AS (
		SELECT 0.11 * coalesce((SELECT worth((a.n - v.last) / (v.last - v.first)::float8) FROM event AS v WHERE v.file = a.file AND v.last < a.n ORDER BY v.last DESC LIMIT 1), -1) AS score
		FROM counted AS a WHERE NOT EXISTS (SELECT FROM event AS v WHERE v.file = a.file AND a.n BETWEEN v.first AND v.last)
	)
	SELECT :threshold, round((100 * ((SELECT coalesce(sum(score), 0) FROM found) - (e.events - f.found) + (SELECT coalesce(sum(score), 0) FROM false_alarm) + e.events) / (2 * e.events))::numeric, 1),
		f.found, (SELECT count(*) FROM false_alarm)
	FROM (SELECT count(*) AS events FROM event) AS e, (SELECT count(*) AS found FROM found) AS f;
	SQL
done
