#!/bin/bash
# run.sh: the demonstration, inside with_cluster.sh.
set -euo pipefail
cd "$(dirname "$0")"
db=salespulse_demo
sql() { psql -qX -v ON_ERROR_STOP=1 -d "$db" "$@"; }

echo "== an application of its own: customers, invoices, payments"
echo "   with $(./load.sh $db)"
sql -c 'SELECT count(*) AS invoices, count(DISTINCT customer) AS customers, sum(amount) AS total, min(issued) AS first, max(issued) AS last FROM app.ledger'
echo "== salespulse is told what the tables mean, who is who, and one rule"
sql -f pulse.sql >/dev/null
sql -c '\pset footer off' -c "SELECT sentence_zh FROM pulse.rules WHERE name = 'overdue ladder'"
echo "== the history, replayed day by day (about half a minute)"
sql -f replay.sql
sql -f report.sql
sql -f health.sql
echo "== the relay delivers to a mail server and a web server on loopback"
./deliver.sh $db
sql -c "\\pset footer off" -c "SELECT channel, state, count(*) FROM pulse.messages GROUP BY 1, 2 ORDER BY 1, 2"
