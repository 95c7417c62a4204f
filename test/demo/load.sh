#!/bin/bash
# load.sh DATABASE [days]: the application with its ledger, and salespulse told
# about it; with days, only the ledger's first so many. The real invoices come
# from the data set beside the repository where PULSE_LEDGER is not "generated".
set -euo pipefail
cd "$(dirname "$0")"
db=$1 days=${2:-}
csv=${PULSE_SHARED:-}/data/ar_ibm/WA_Fn-UseC_-Accounts-Receivable.csv
sql() { psql -qX -v ON_ERROR_STOP=1 -d "$db" "$@" >/dev/null; }

dropdb --if-exists --force "$db" 2>/dev/null
createdb "$db"
sql -f app.sql
if [ "${PULSE_LEDGER:-}" != generated ] && [ -r "$csv" ]; then
	sql -c "SET datestyle = 'ISO, MDY'" -c "\\copy app.ledger FROM '$csv' WITH (FORMAT csv, HEADER)"
	echo "the real invoices"
else
	sql -f ledger_generated.sql
	echo "a generated ledger"
fi
[ -z "$days" ] || sql -c "DELETE FROM app.ledger WHERE issued >= (SELECT min(issued) FROM app.ledger) + $days"
sql -f people.sql
