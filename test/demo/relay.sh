# relay.sh: sourced. Starts a mail and a web server on loopback (which keep what
# they accept in $folder) and the relay, delivering from $db; stop_relay ends all.
folder=$PULSE_WORK/delivered
rm -rf "$folder" && mkdir -p "$folder"
make -s -C ../.. relay
perl ../relay/receiver.pl "$folder" &
receiver=$! relay=
stop_relay() {
	[ -z "$relay" ] || { kill "$relay" && wait "$relay"; } || tail -5 "$folder/log" >&2
	relay=
	kill $receiver 2>/dev/null || true
}
trap stop_relay EXIT
for _ in $(seq 100); do [ -s "$folder/ports" ] && break; sleep 0.1; done
read -r smtp http <"$folder/ports"

sql -c "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'demo_courier') THEN CREATE ROLE demo_courier LOGIN; END IF; END \$\$" \
	-c 'GRANT pulse_relay TO demo_courier'
cat >"$folder/relay.json" <<END
{
  "database": "host=$PGHOST port=$PGPORT dbname=$db user=demo_courier",
  "identity": "$(sql -At -c 'SELECT pulse.delivery_identity()')",
  "worker": "demo",
  "channels": {
    "mail": { "transport": "smtp", "url": "smtp://127.0.0.1:$smtp", "tls": "none", "from": "salespulse@example.com" },
    "sms": { "transport": "webhook", "url": "http://127.0.0.1:$http/ok", "secret": "demonstration" }
  }
}
END
../../build/salespulse-relay --config "$folder/relay.json" 2>"$folder/log" &
relay=$!
