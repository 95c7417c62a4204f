#!/bin/bash
# report.sh: a page over a year of rollups, against the plain sum of the same year.
# Run it inside with_cluster.sh. STORES (867), RUNS (5).
set -euo pipefail
cd "$(dirname "$0")"
: "${STORES:=867}" "${RUNS:=5}"
export RUNS PGDATABASE=bench_report
psql -qXd postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS bench_report" -c "CREATE DATABASE bench_report"
psql -qX -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" -c "CREATE EXTENSION salespulse CASCADE" -v stores="$STORES" -f report_load.sql >/dev/null
echo "report: $STORES stores, 365 days of a daily rollup, medians of $RUNS"
./ratio.pl report.sql
