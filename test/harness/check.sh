#!/bin/bash
# check.sh: everything a change must pass. Installs what is needed, builds, and
# runs all tests in a private copy of the server; ends with a plain count.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
start=$SECONDS
echo "== what is needed"
"$here/deps.sh"
"$here/ledgersmb.sh"
echo "== build, and a cluster of its own"
status=0
PULSE_COPT="${PULSE_COPT:-${CI:+-Werror}}" "$here/with_cluster.sh" test/harness/suites.sh || status=$?
echo "   ($((SECONDS - start)) seconds)"
exit $status
