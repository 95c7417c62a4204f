#!/bin/bash
# deps.sh: install what building and testing salespulse needs. Idempotent.
#
# On Debian 12 as root or with sudo it installs; elsewhere it names what is
# missing and stops. Nothing is installed when everything is there.
set -euo pipefail

packages=(
	build-essential					# cc, make
	postgresql-15 postgresql-server-dev-15		# the server, its headers, pg_regress; clang comes with them
	postgresql-15-cron postgresql-15-pgtap		# run by the tests
	postgresql-15-plpgsql-check			# reads the bodies of PL/pgSQL functions
	libtap-parser-sourcehandler-pgtap-perl		# pg_prove
	libipc-run-perl					# the TAP tests of clusters
	libpq-dev libcurl4-openssl-dev libcjson-dev libssl-dev	# the relay
	kannel kannel-extras				# an SMS gateway with a fake SMSC, for the relay's tests
	libio-socket-ssl-perl openssl			# a mail server with TLS, likewise
	pg-bsd-indent git				# lint
)

# what some tests need and skip without: it is tried once, and said when it fails
optional=(
	chromium fonts-noto-cjk				# looks at the pages
	prometheus-postgres-exporter			# reads the monitoring views
	python3-numpy python3-pandas			# make the daily sales that anomalies are sought in
	postgresql-15-hll postgresql-15-tdigest		# sketches of approximate figures
)

missing=()
absent=()
if command -v dpkg-query >/dev/null; then
	for package in "${packages[@]}"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
	done
	for package in "${optional[@]}"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || absent+=("$package")
	done
	[ ${#missing[@]} = 0 ] && [ ${#absent[@]} = 0 ] && exit 0
fi

. /etc/os-release 2>/dev/null || true
if [ "${ID:-}" != debian ] || [ "${VERSION_ID:-}" != 12 ]; then
	if [ ${#missing[@]} = 0 ] && [ ${#absent[@]} != 0 ]; then
		echo "  Not installed, so some tests are skipped: ${absent[*]}" >&2
		exit 0
	fi
	cat >&2 <<-END
	This script installs packages on Debian 12 only; this is ${PRETTY_NAME:-an unknown system}.
	Please install what Debian calls: ${missing[*]:-${packages[*]}}
	(a C compiler, make, PostgreSQL 15 or later with its server headers, pg_cron, pgTAP with pg_prove,
	plpgsql_check, Perl's IPC::Run, and the headers of libpq, libcurl, cJSON and OpenSSL).
	If all is there under other names, set PULSE_DEPS=skip.
	END
	[ "${PULSE_DEPS:-}" = skip ] && exit 0
	exit 1
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
	if [ ${#missing[@]} = 0 ] && ! sudo -n true 2>/dev/null; then
		echo "  Not installed, so some tests are skipped: ${absent[*]}" >&2
		exit 0
	fi
	command -v sudo >/dev/null || { echo "Run as root, or install sudo. Missing: ${missing[*]}" >&2; exit 1; }
	as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# RUNLEVEL=1: the packages' own services are not started; the tests bring clusters of their own
get() {
	"${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null
}
echo "  installing: ${missing[*]} ${absent[*]}" >&2
"${as_root[@]}" apt-get update -q >"$log" 2>&1 </dev/null || true
if [ ${#missing[@]} != 0 ] && ! get "${missing[@]}"; then
	cat "$log" >&2
	exit 1
fi
for package in "${absent[@]}"; do
	get "$package" || echo "  CANNOT BE INSTALLED, so some tests are skipped: $package" >&2
done
