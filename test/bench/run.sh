#!/bin/bash
# run.sh [NAME...]: the benches, each in a cluster of its own; with names only those.
#
# Every figure is a ratio within one run, the median of at least five rounds,
# with the answer checked. ROWS, CUSTOMERS and RUNS shrink a run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../harness/deps.sh"
names=$*
[ -n "$names" ] || names=$(cd "$here" && ls *.sh | grep -v '^run.sh$' | sed 's/\.sh$//')
export PULSE_QUIET=1
export PULSE_CONF="${PULSE_CONF:-}
shared_buffers = '2GB'
max_wal_size = '16GB'
checkpoint_timeout = '1h'
jit = off
autovacuum = off"
for name in $names; do
	echo "== $name"
	"$here/../harness/with_cluster.sh" test/bench/"$name".sh
done
