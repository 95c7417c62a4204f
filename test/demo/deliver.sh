#!/bin/bash
# deliver.sh DATABASE: the relay delivers the outbox to a mail server and a web
# server on loopback (test/relay/receiver.pl), which keep what they accept.
set -euo pipefail
cd "$(dirname "$0")/../.."
db=$1
folder=$PULSE_WORK/delivered
sql() { psql -qXAt -v ON_ERROR_STOP=1 -d "$db" "$@"; }

make -s relay
rm -rf "$folder" && mkdir -p "$folder"
perl test/relay/receiver.pl "$folder" &
receiver=$!
trap 'kill $receiver 2>/dev/null || true' EXIT
for _ in $(seq 100); do [ -s "$folder/ports" ] && break; sleep 0.1; done
read -r smtp http <"$folder/ports"

sql -c "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'demo_courier') THEN CREATE ROLE demo_courier LOGIN; END IF; END \$\$" \
	-c 'GRANT pulse_relay TO demo_courier'
cat >"$folder/relay.json" <<END
{
  "database": "host=$PGHOST port=$PGPORT dbname=$db user=demo_courier",
  "identity": "$(sql -c 'SELECT pulse.delivery_identity()')",
  "worker": "demo",
  "channels": {
    "mail": { "transport": "smtp", "url": "smtp://127.0.0.1:$smtp", "from": "salespulse@example.com" },
    "sms": { "transport": "webhook", "url": "http://127.0.0.1:$http/ok", "secret": "demonstration" }
  }
}
END
build/salespulse-relay --config "$folder/relay.json" --once 2>"$folder/log" || { tail -5 "$folder/log" >&2; exit 1; }
echo "   mails accepted by the mail server: $(ls "$folder" | grep -c '^mail\.')"
echo "   texts accepted by the web server:  $(ls "$folder" | grep -c '^http\.')"
