#!/bin/bash
# ledgersmb.sh: the tables of a real application for test/t/034_ledgersmb.pl: the SQL
# of LedgerSMB out of its Debian package, unpacked beside the tests. Nothing is
# installed; where it cannot be had, that test is skipped and counted as such.
set -uo pipefail
place=$(cd "$(dirname "$0")/.." && pwd)/.ledgersmb
[ -d "$place" ] || [ -n "${LEDGERSMB_SQL:-}" ] || [ -d /usr/share/ledgersmb/sql ] && exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "  fetching the schema of LedgerSMB" >&2
(cd "$work" && timeout 60 apt-get -q download ledgersmb && dpkg-deb --fsys-tarfile ledgersmb_*.deb | tar xf - ./usr/share/ledgersmb/sql) >"$work/log" 2>&1 </dev/null &&
	mv "$work/usr/share/ledgersmb/sql" "$place" && chmod -R a+rX "$place" || echo "  it is not to be had: $(tail -1 "$work/log")" >&2
exit 0
