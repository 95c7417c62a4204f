#!/bin/bash
# warnings.sh: gcc and clang have nothing to say at -Wall -Wextra.
include="-Isrc -isystem $(pg_config --includedir-server) -isystem $(pg_config --includedir) -DSALESPULSE_VERSION=\"0\" -D_GNU_SOURCE"
flags="-std=gnu11 -O1 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -fsyntax-only"
clang=$(command -v clang || command -v clang-14)
[ -n "$clang" ] || { echo "clang is missing: make deps"; exit 1; }
said=$(for file in $(git ls-files 'src/*.c'); do
	[ -f "$file" ] || continue
	gcc $flags $include "$file"
	$clang $flags -Wno-unknown-warning-option $include "$file"
done 2>&1 | head -60)
[ -z "$said" ] && exit 0
echo "$said"
exit 1
