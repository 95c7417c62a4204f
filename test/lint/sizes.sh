#!/bin/bash
# sizes.sh: files under 500 lines, C functions of at most 100.
status=0
for file in $(git ls-files 'src/*.c' 'src/*.h' 'src/*.sql' 'test/*.c' 'test/*.sh' 2>/dev/null || find src test -name '*.[ch]'); do
	[ -f "$file" ] || continue
	lines=$(wc -l <"$file")
	case $file in
		*currency*.c) ;;			# a table
		*) [ "$lines" -lt 500 ] || { echo "$file has $lines lines: split it by topic."; status=1; } ;;
	esac
	case $file in *.c)
		awk -v file="$file" '
			/^\{/ { start = NR }
			/^\}/ && start { if (NR - start - 1 > 100) { print file ":" start " a function of " NR - start - 1 " lines: split it."; bad = 1 } start = 0 }
			END { exit bad }' "$file" || status=1 ;;
	esac
done
exit $status
