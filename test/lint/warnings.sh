#!/bin/bash
# warnings.sh: gcc and clang have nothing to say at -Wall -Wextra.
status=0
include="-Isrc -I$(pg_config --includedir-server) -I$(pg_config --includedir) -DSALESPULSE_VERSION=\"0\" -D_GNU_SOURCE"
flags="-std=gnu11 -O1 -Wall -Wextra -Werror -Wmissing-prototypes -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -fsyntax-only"
clang=$(command -v clang || command -v clang-14 || true)
[ -n "$clang" ] || { echo "clang is missing: make deps"; exit 1; }
for file in $(git ls-files 'src/*.c'); do
	[ -f "$file" ] || continue
	gcc $flags $include "$file" || status=1
	$clang $flags -Wno-unknown-warning-option $include "$file" || status=1
done 2>&1
exit $status
