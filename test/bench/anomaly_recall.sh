#!/bin/bash
# anomaly_recall.sh: how many labelled events the anomalies find, out of sample. Run it inside with_cluster.sh:
#   PULSE_SHARED=/path/to/shared test/harness/with_cluster.sh test/bench/anomaly_recall.sh
# The generator of sales (PULSE_SHARED/tools/retail.py, python3 with numpy and pandas) makes 400 days, 12 cities.
# The threshold is calibrated on days 60 to 199 of its own seed to 0.1 false alarms in a month of a store, then kept:
# measured are the later days (200 to 399, with both holidays, which the first days have not), then other seeds and other
# numbers of stores, all days. Nothing is chosen by what is measured. SAMPLES ("seed:stores ..."), FALSE (0.10).
set -euo pipefail
: "${SAMPLES:=20260101:867 11:867 12:867 13:867 14:867 15:867 21:120 22:300 23:2000}" "${FALSE:=0.10}"
generator=${PULSE_SHARED:-}/tools/retail.py
if [ ! -r "$generator" ] || ! python3 -c 'import numpy, pandas' 2>/dev/null; then
	echo "anomaly_recall: skipped, the generator of sales (PULSE_SHARED) or its python libraries are not there"
	exit 0
fi
export PGDATABASE=bench_recall PGOPTIONS='-c client_min_messages=warning -c jit=off'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_recall" -c "CREATE DATABASE bench_recall"
sql -c "CREATE EXTENSION salespulse CASCADE" >/dev/null
load() {	# seed, stores
	sed "s/20260101/$1/; s/S,C,T=867,12,400/S,C,T=$2,12,400/" "$generator" >"$work/retail.py"
	(cd "$work" && python3 retail.py)
	sql <<-SQL
	DROP TABLE IF EXISTS sale, event;
	CREATE TABLE sale (store int, city int, day date, quantity int, label int);
	\copy sale FROM '$work/daily_sales.csv' (FORMAT csv, HEADER)
	CREATE TABLE event AS SELECT store, min(day) AS first, max(day) AS last
	FROM (SELECT store, day, day - (row_number() OVER (PARTITION BY store ORDER BY day))::int AS run FROM sale WHERE label = 1) AS l GROUP BY store, run;
	ANALYZE sale;
	SQL
}
judge() {	# first day, day after the last (numbers of days), threshold: recall, false alarms, events
	sql -F ' ' <<-SQL
	CREATE TEMPORARY TABLE episode AS SELECT series::int AS store, started, ended FROM pulse.anomalies('sale', 'quantity', 'day', 'store', 'city',
		since => timestamp '2025-01-01' + $1 * interval '1 day', until => timestamp '2025-01-01' + $2 * interval '1 day', threshold => $3);
	CREATE TEMPORARY TABLE judged AS SELECT * FROM event WHERE first >= date '2025-01-01' + $1 AND first < date '2025-01-01' + $2;
	SELECT round(avg(EXISTS (SELECT FROM episode AS e WHERE e.store = v.store AND e.started <= v.last AND e.ended > v.first)::int), 3),
		(SELECT round(count(*) FILTER (WHERE NOT EXISTS (SELECT FROM event AS v WHERE e.store = v.store AND e.started <= v.last AND e.ended > v.first))
			/ ((SELECT count(DISTINCT store) FROM sale) * ($2 - $1) / 30.0), 3) FROM episode AS e), count(*) FROM judged AS v;
	SQL
}
threshold=
for sample in $SAMPLES; do
	seed=${sample%:*} stores=${sample#*:}
	load "$seed" "$stores"
	if [ -z "$threshold" ]; then
		low=2.0 high=6.0
		for ((i = 0; i < 7; i++)); do
			threshold=$(awk "BEGIN { print ($low + $high) / 2 }")
			read -r recall false events < <(judge 60 200 "$threshold")
			if awk "BEGIN { exit !($false > $FALSE) }"; then low=$threshold; else high=$threshold; fi
		done
		threshold=$high
		read -r recall false events < <(judge 60 200 "$threshold")
		echo "calibrated on the first days: threshold $threshold (recall $recall at $false false alarms in a month of a store, $events events)"
		printf '%-10s %6s  %-12s %9s %7s %7s %7s\n' seed stores days threshold events recall false
		read -r recall false events < <(judge 200 400 "$threshold")
		printf '%-10s %6s  %-12s %9s %7s %7s %7s\n' "$seed" "$stores" "200-399" "$threshold" "$events" "$recall" "$false"
	else
		for t in "$threshold" 3.5; do
			read -r recall false events < <(judge 60 400 "$t")
			printf '%-10s %6s  %-12s %9s %7s %7s %7s\n' "$seed" "$stores" "60-399" "$t" "$events" "$recall" "$false"
		done
	fi
done
