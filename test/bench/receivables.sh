#!/bin/bash
# receivables.sh: the pack's reports and its gate. Run it inside with_cluster.sh:
#   PULSE_CONF="shared_buffers = 4GB" test/harness/with_cluster.sh test/bench/receivables.sh
# ROWS (1000000; 10000000 is the long form), CUSTOMERS (ROWS / 50), RUNS (5), LOAD=0 keeps the tables of the run before.
set -euo pipefail
cd "$(dirname "$0")"
: "${ROWS:=1000000}" "${RUNS:=5}" "${LOAD:=1}"
: "${CUSTOMERS:=$((ROWS / 50))}"
export RUNS PGDATABASE=bench_receivables
if [ "$LOAD" = 1 ]; then
	psql -qXd postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS bench_receivables" -c "CREATE DATABASE bench_receivables"
	psql -qX -v ON_ERROR_STOP=1 -v rows="$ROWS" -v customers="$CUSTOMERS" -f receivables_load.sql >/dev/null
fi
echo "receivables: $ROWS open items, a third partly settled, $CUSTOMERS customers; 2000 shipments; medians of $RUNS"
status=0
./ratio.pl receivables.sql --set max_parallel_workers_per_gather=0 --set jit=off --set work_mem=256MB --title serial || status=1
./ratio.pl receivables.sql --set max_parallel_workers_per_gather=2 --set jit=off --set work_mem=256MB --only '^(customers|report|by_hand)' --title "two parallel workers" || status=1
exit $status
