#!/bin/bash
# symbols.sh: what the C offers to SQL, SQL names, of this version or of one that was
# released and is to be updated beside this library (the reverse CREATE EXTENSION
# and the update gate prove), and what a file exports a header declares.
status=0
in_sql=$(cat src/*/*.sql src/packs/*/*.sql control/released/*.sql 2>/dev/null | grep -oE "'MODULE_PATHNAME', *'[a-z_0-9]+'" | grep -oE "[a-z_0-9]+'$" | tr -d "'" | sort -u)
in_c=$(cat $(git ls-files 'src/*.c' | grep -v '^src/relay/') | sed -n 's/^PG_FUNCTION_INFO_V1(\([a-z_0-9]*\)).*/\1/p' | sort)
unused=$(comm -13 <(echo "$in_sql") <(sort -u <<<"$in_c"))
[ -z "$unused" ] || { echo "PG_FUNCTION_INFO_V1 without a CREATE FUNCTION; remove it: $unused"; status=1; }
twice=$(uniq -d <<<"$in_c")
[ -z "$twice" ] || { echo "Defined twice: $twice"; status=1; }

headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
cat $(git ls-files 'src/*.h') >"$headers"
for file in $(git ls-files 'src/*.c'); do
	[ -f "$file" ] || continue
	# a function's name stands at the start of a line, its type on the line above
	while read -r name; do
		[ "$name" = main ] || grep -qw "$name" "$headers" || grep -q "PG_FUNCTION_INFO_V1($name)" "$file" ||
			{ echo "$file: $name() is not static, and no header declares it: make it static, or declare it."; status=1; }
	done < <(awk '/^[a-z_][a-z_0-9]*\(/ && before !~ /^static/ && before ~ /^[A-Za-z_]/ && before !~ /[;{}]$/ { sub(/\(.*/, ""); print } { before = $0 }' "$file")
done
exit $status
