#!/bin/bash
# indent.sh [--fix] [FILE...]: C files are laid out by pg_bsd_indent with the
# server's own options. The names of types are read from the server's headers and from ours;
# those that a macro or a library makes stand below.
command -v pg_bsd_indent >/dev/null || { echo "pg_bsd_indent is missing: make deps"; exit 1; }
options="-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
	grep -rhoE '^\} ?[A-Za-z_][A-Za-z0-9_]*;|^typedef [^;(]* \**[A-Za-z_][A-Za-z0-9_]*;' "$(pg_config --includedir-server)" |
		grep -oE '[A-Za-z_][A-Za-z0-9_]*;$' | tr -d ';'
	grep -rhoE --include='*.[ch]' '^\}[[:space:]]*[A-Z][A-Za-z]*;|^typedef [^;(]* \**[A-Z][A-Za-z]*;|^typedef [^;]*\(\*[A-Z][A-Za-z]*\)' src test/unit |
		grep -oE '[A-Za-z]+[;)]$' | tr -d ';)'
	printf '%s\n' WideUnits Weight anomalyname_hash celltable_hash celltable_iterator bool int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ssize_t FILE time_t \
		PGconn PGresult cJSON CURL CURLM CURLcode CURLMsg __int128 wchar_t va_list uintptr_t
} | sort -u >"$work/typedefs"
fix= status=0
[ "${1:-}" = --fix ] && fix=1 && shift
for file in ${*:-$(git ls-files 'src/*.c' 'src/*.h')}; do
	[ -f "$file" ] || continue
	# as the server's own wrapper does afterwards: "type *" alone on the line above a function's name
	perl test/lint/ascii.pl encode "$work/codes" <"$file" >"$work/in"
	pg_bsd_indent $options -U"$work/typedefs" <"$work/in" 2>"$work/said" | sed -E 's/^([A-Za-z_][A-Za-z0-9_ ]*[A-Za-z0-9_])[ \t]+(\*+)$/\1 \2/' |
		perl test/lint/ascii.pl decode "$work/codes" >"$work/out"
	[ -s "$work/said" ] && { echo "$file: $(head -1 "$work/said")"; status=1; continue; }
	cmp -s "$file" "$work/out" && continue
	if [ -n "$fix" ]; then
		cat "$work/out" >"$file"
	else
		echo "$file: $(diff "$file" "$work/out" | grep -c '^[<>]') lines differ; type test/lint/indent.sh --fix $file"
		status=1
	fi
done
exit $status
