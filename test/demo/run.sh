#!/bin/bash
# run.sh: the demonstration, inside with_cluster.sh.
set -euo pipefail
cd "$(dirname "$0")"
db=salespulse_demo
sql() { psql -qX -v ON_ERROR_STOP=1 -d "$db" "$@"; }
export PGOPTIONS='-c client_min_messages=warning'

echo "== an application of its own: customers, invoices, payments"
ledger=$(./load.sh $db)
echo "   with $ledger"
sql -c '\pset footer off' -c 'SELECT count(*) AS invoices, count(DISTINCT customer) AS customers, sum(amount) AS total, min(issued) AS first, max(issued) AS last FROM app.ledger'
echo "== salespulse is told what the tables mean, who is who, and one rule"
sql -f pulse.sql >/dev/null
sql -c '\pset footer off' -c "SELECT sentence_zh FROM pulse.rules WHERE name = 'overdue ladder'"
echo "== the history, replayed day by day, with the relay delivering (some twenty seconds)"
. ./relay.sh
sql -v wait_for_relay=true -f replay.sql
stop_relay
sql -f report.sql
echo "== What the relay delivered, to a mail server and a web server on loopback"
echo "   mails accepted by the mail server: $(find "$folder" -name 'mail.*' | wc -l)"
echo "   texts accepted by the web server:  $(find "$folder" -name 'http.*' | wc -l)"
sql -f health.sql | sed '/create_model/,/^$/d'
echo "== Pages, as people look at them: the morning board, receivables, health, rules"
sql -f pages.sql >/dev/null
pages=${PULSE_PAGES:-$(mktemp -d "${TMPDIR:-/tmp}/salespulse-pages.XXXXXX")}
perl pages.pl "$pages" "$db"
echo "   in English and Chinese, with pictures for phone and desktop: $pages"
