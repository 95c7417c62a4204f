#!/bin/bash
# anomaly.sh: the anomalies of the newest day, of many stores over 56 days.
# Run it inside with_cluster.sh:
#   test/harness/with_cluster.sh test/bench/anomaly.sh
# STORES (867), CITIES (12), DAYS (56), RUNS (11). The floor is the plain sum by city, store and day.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${STORES:=867}" "${CITIES:=12}" "${DAYS:=56}" "${RUNS:=11}"
export PGDATABASE=bench_anomaly PGOPTIONS='-c client_min_messages=warning -c jit=off -c max_parallel_workers_per_gather=0'
psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_anomaly" -c "CREATE DATABASE bench_anomaly"
psql -qXAt -v ON_ERROR_STOP=1 -v stores="$STORES" -v cities="$CITIES" -v days="$DAYS" >/dev/null <<'SQL'
CREATE EXTENSION salespulse CASCADE;
SELECT setseed(0.5);
CREATE TABLE sale AS
SELECT store, store % :cities AS city, date '2026-01-05' + day AS day,
	   CASE WHEN store = 7 AND day = :days - 1 THEN 0
			ELSE greatest(0, base * (1 + (day % 7 / 5) * 0.3) + sqrt(base) * (random() + random() + random() - 1.5) * 2)::int END AS quantity
FROM (SELECT store, exp(3 + 2 * random()) AS base FROM generate_series(1, :stores) AS store) AS stores,
	 generate_series(0, :days - 1) AS day;
VACUUM ANALYZE sale;
SQL
sql=$(mktemp)
trap 'rm -f "$sql"' EXIT
cat >"$sql" <<SQL
-- @check the outage of the last day is found
SELECT bool_or(series = '7' AND direction = 'low') FROM pulse.anomalies('sale', 'quantity', 'day', 'store', 'city',
	since => timestamp '2026-01-05' + ($DAYS - 1) * interval '1 day', until => timestamp '2026-01-05' + $DAYS * interval '1 day');
-- @bench plain_sum vs plain_sum
SELECT count(*) FROM (SELECT city, store, day, sum(quantity) FROM sale GROUP BY 1, 2, 3) AS s;
-- @bench newest_day vs plain_sum aim 12
SELECT count(*) FROM pulse.anomalies('sale', 'quantity', 'day', 'store', 'city',
	since => timestamp '2026-01-05' + ($DAYS - 1) * interval '1 day', until => timestamp '2026-01-05' + $DAYS * interval '1 day');
SQL
"$here/ratio.pl" "$sql" --runs "$RUNS" --title "anomalies of the newest day: $STORES stores, $DAYS days"
