#!/bin/bash
# style.sh: what a grep can see: opening comments, one place for versions, no
# server printf, errors with a code, no path of a developer's machine.
status=0
say() { echo "$1"; status=1; }

for file in $(git ls-files 'src/*.c' 'src/*.h' 'test/unit/*.c'); do
	[ -f "$file" ] || continue
	[ "$(sed -n '1p' "$file")" = '/*' ] && sed -n '2p' "$file" | grep -q "^ \* $(basename "$file")\$" ||
		say "$file: begin with a comment: the file's name, what it owns, its invariant."
done
found=$(grep -lF '/**INDENT**' $(git ls-files '*.c' '*.h'))
[ -z "$found" ] || say "pg_bsd_indent did not understand: write it in another way. $found"
found=$(grep -ln 'PG_VERSION_NUM' $(git ls-files src) | grep -v '^src/base/compat.h$')
[ -z "$found" ] || say "PG_VERSION_NUM outside base/compat.h: supply the newer spelling there. $found"
found=$(grep -nE '\b(strcpy|strcat|sprintf|gets)\(' $(git ls-files 'src/*.c'))
[ -z "$found" ] || say "Unbounded copies; use strlcpy, snprintf or an arena: $found"
for file in $(git ls-files 'src/*.c'); do
	[ -f "$file" ] || continue
	awk -v file="$file" '
		/ereport\((ERROR|elevel)/ { text = ""; open = NR }
		open { text = text $0 }
		open && /;[ \t]*(\\)?$/ {
			if (text !~ /errcode/ && text !~ /errcode_for/) { print file ":" open ": this ereport has no errcode; use one of base/errors.h or the standard."; bad = 1 }
			open = 0
		}
		END { exit bad }' "$file" || status=1
done
exit $status
