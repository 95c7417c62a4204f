#!/bin/bash
# run.sh: the house rules. Each lint prints what it found and how to fix it.
# With names as arguments runs only those.
set -uo pipefail
cd "$(dirname "$0")/../.."
test/harness/deps.sh || exit 1
status=0
for lint in ${*:-rooms symbols sizes style indent docs warnings catalog}; do
	printf '   %-10s' "$lint"
	if found=$(test/lint/"$lint".sh 2>&1); then
		echo "clean"
	else
		echo "found:"
		sed 's/^/      /' <<<"$found"
		status=1
	fi
done
exit $status
