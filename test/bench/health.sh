#!/bin/bash
# health.sh: scoring against summing the columns. Run it inside with_cluster.sh:
#   PULSE_CONF="shared_buffers = 1GB" test/harness/with_cluster.sh test/bench/health.sh
# ROWS (1000000), RUNS (5), LOAD=0 keeps the table of the run before.
set -euo pipefail
cd "$(dirname "$0")"
: "${ROWS:=1000000}" "${RUNS:=5}" "${LOAD:=1}"
export RUNS PGDATABASE=bench_health
if [ "$LOAD" = 1 ]; then
	psql -qXd postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS bench_health" -c "CREATE DATABASE bench_health"
	psql -qX -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" -c "CREATE EXTENSION salespulse CASCADE" \
		-c "CREATE EXTENSION pg_prewarm" -v rows="$ROWS" -f health_load.sql >/dev/null
fi
echo "health: $ROWS rows, 11 dimensions, medians of $RUNS"
status=0
./ratio.pl health.sql --set max_parallel_workers_per_gather=0 --set jit=off --title serial || status=1
./ratio.pl health.sql --set max_parallel_workers_per_gather=0 --set jit=on --title "serial, JIT" || status=1
./ratio.pl health.sql --set max_parallel_workers_per_gather=2 --set jit=off --title "two parallel workers" || status=1
# writing: the ratio of the refresh to the rebuild grows as the rows become few
./ratio.pl health_store.sql --set jit=off --set max_parallel_workers_per_gather=0 --title "written, and kept; serial" || status=1
./ratio.pl health_store.sql --set jit=off --set max_parallel_workers_per_gather=2 --only 'create|update|rebuild' --title "written, and rebuilt; two parallel workers" || status=1
exit $status
