#!/bin/bash
# demo.sh: the main job, from an application's own tables to delivered messages,
# in a throwaway cluster. Uses the real invoices where the data set lies beside
# the repository, a made-up ledger of the same shape where not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
echo "== what is needed"
"$here/deps.sh"
echo "== build, and a cluster of its own"
exec "$here/with_cluster.sh" test/demo/run.sh
