#!/bin/bash
# aging.sh: aging against one plain sum. Run it inside with_cluster.sh:
#   PULSE_CONF="shared_buffers = 4GB" test/harness/with_cluster.sh test/bench/aging.sh
# ROWS (1000000), CUSTOMERS (ROWS / 50), RUNS (5), LOAD=0 keeps the tables of the run before.
set -euo pipefail
cd "$(dirname "$0")"
: "${ROWS:=1000000}" "${RUNS:=5}" "${LOAD:=1}"
: "${CUSTOMERS:=$((ROWS / 50))}"
export RUNS PGDATABASE=bench_aging
if [ "$LOAD" = 1 ]; then
	psql -qXd postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS bench_aging" -c "CREATE DATABASE bench_aging"
	psql -qX -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" -c "CREATE EXTENSION salespulse CASCADE" -c "CREATE EXTENSION pg_prewarm" \
		-v rows="$ROWS" -v customers="$CUSTOMERS" -f aging_load.sql >/dev/null
fi
echo "aging: $ROWS open items, $CUSTOMERS customers, medians of $RUNS"
status=0
./ratio.pl aging.sql --set max_parallel_workers_per_gather=0 --set jit=off --set work_mem=256MB --title serial || status=1
./ratio.pl aging.sql --set max_parallel_workers_per_gather=0 --set jit=on --set work_mem=256MB --only '^(aging|filter)' --title "serial, JIT" || status=1
./ratio.pl aging.sql --set max_parallel_workers_per_gather=2 --set jit=off --set work_mem=256MB --title "two parallel workers" || status=1
exit $status
