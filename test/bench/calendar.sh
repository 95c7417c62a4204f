#!/bin/bash
# calendar.sh: calendar calls against plain date arithmetic and against counting
# days. Run it inside with_cluster.sh:
#   test/harness/with_cluster.sh test/bench/calendar.sh
# ROWS (200000), RUNS (5), LOAD=0 keeps the table of the run before.
set -euo pipefail
cd "$(dirname "$0")"
: "${ROWS:=200000}" "${RUNS:=5}" "${LOAD:=1}"
export RUNS PGDATABASE=bench_calendar
if [ "$LOAD" = 1 ]; then
	psql -qXd postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS bench_calendar" -c "CREATE DATABASE bench_calendar"
	psql -qX -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" -c "CREATE EXTENSION salespulse CASCADE" \
		-v rows="$ROWS" -f calendar_load.sql >/dev/null
fi
echo "calendar: $ROWS pairs of instants over five years, medians of $RUNS"
./ratio.pl calendar.sql --set max_parallel_workers_per_gather=0 --set jit=off --title "per row, serial"
psql -qXAt -v ON_ERROR_STOP=1 -f calendar_rate.sql
