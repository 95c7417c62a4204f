#!/bin/bash
# catalog.sh: the house rules over what CREATE EXTENSION made.
cd "$(dirname "$0")/../.."
found=$(PULSE_QUIET=1 test/harness/with_cluster.sh psql -qXAt -v ON_ERROR_STOP=1 -f test/lint/catalog.sql 2>&1)
status=$?
[ -z "$found" ] && [ $status = 0 ] && exit 0
echo "$found"
exit 1
