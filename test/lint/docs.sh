#!/bin/bash
# docs.sh: what the documents name is there: functions, views and types of schema pulse, links, make targets.
cd "$(dirname "$0")/../.."
known=$(sed -nE 's/.*(FUNCTION|PROCEDURE|AGGREGATE|VIEW|TYPE|TABLE|DOMAIN) (IF EXISTS )?(pulse|receivables)\.([a-z_0-9]+).*/\3.\4/p' src/*/*.sql src/packs/*/*.sql src/*.sql | sort -u)
status=0
for document in README.md docs/*.md; do
	while read -r name; do
		grep -qxF "$name" <<<"$known" && continue
		echo "$document names $name, which does not exist"
		status=1
	done < <(grep -oE '\b(pulse|receivables)\.[a-z_0-9]+[a-z0-9]\b' "$document" | grep -vE '\.(sql|md|c|h|json|html|conf|sh|pl)$' | sort -u)
	while read -r link; do
		[ -e "$(dirname "$document")/${link%%#*}" ] && continue
		echo "$document links to $link, which does not exist"
		status=1
	done < <(grep -oE '\]\([^)#:]+[^):]*\)' "$document" | sed 's/^](//; s/)$//' | sort -u)
	while read -r target; do
		grep -qE "^$target:" Makefile && continue
		echo "$document says make $target, which is no target"
		status=1
	done < <(grep -oE '(^|[`&] *)    ?make [a-z-]+' "$document" | sed 's/.*make //' | grep -v '^install' | sort -u)
done
exit $status
