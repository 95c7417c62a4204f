#!/bin/bash
# suites.sh: run inside with_cluster.sh. Each suite's output is shown only where
# it fails; the last line counts what passed.
set -uo pipefail
log=$PULSE_WORK/suites
mkdir -p "$log"
passed=0 failed=0 skipped=0

report() {	# suite passed failed skipped
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
	printf '   %-12s %5d passed, %d failed%s\n' "$1" "$2" "$3" "$([ "$4" = 0 ] || echo ", $4 skipped")"
}
sum() { awk -v n="$1" '{ total += $n } END { print total + 0 }'; }

pg_make() {
	make -s installcheck REGRESS= ISOLATION= TAP_TESTS= PG_CONFIG="$PG_CONFIG" with_llvm=no "$@"
}

unit() {
	make -s -k -C test/unit check >"$log/unit" 2>&1
	local status=$? bad
	bad=$(grep -Eo '[0-9]+ failed' "$log/unit" | sum 1)
	[ $status != 0 ] && { cat "$log/unit"; [ "$bad" != 0 ] || bad=1; }
	report unit "$(grep -Eo '[0-9]+ passed' "$log/unit" | sum 1)" "$bad" 0
}

fuzz() {
	make -s -k -C test/fuzz check >"$log/fuzz" 2>&1
	local status=$?
	[ $status = 0 ] || cat "$log/fuzz"
	report fuzz "$(grep -c ' mutations' "$log/fuzz")" $((status != 0)) 0
}

regress() {	# name, make variable, diff file
	pg_make "$2" >"$log/$1" 2>&1
	local status=$? ok bad
	ok=$(grep -Ec '^(test .*|ok .*|     .*)\.\.\. ok|^ok ' "$log/$1")
	bad=$(grep -Ec '\.\.\. FAILED|^not ok' "$log/$1")
	if [ $status != 0 ]; then
		cat "$3" 2>/dev/null || cat "$log/$1"
		[ "$bad" != 0 ] || bad=1
	fi
	report "$1" "$ok" "$bad" 0
}

prove() {	# name, command...
	local name=$1 ok bad skip
	shift
	"$@" >"$log/$name" 2>&1
	local status=$?
	ok=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$log/$name" | sum 1)
	bad=$(sed -n 's/.*Failed: \([0-9]*\)).*/\1/p' "$log/$name" | sum 1)
	skip=$(grep -Ec '\.\. skipped:| # (skip|SKIP)' "$log/$name")
	if [ $status != 0 ]; then
		cat "$log/$name"
		[ "$bad" != 0 ] || bad=1
	fi
	report "$name" $((ok - bad)) "$bad" "$skip"
}

gates() {
	test/gates/run.sh >"$log/gates" 2>&1
	local status=$? bad
	bad=$(grep -c '^not ok' "$log/gates")
	[ $status != 0 ] && { cat "$log/gates"; [ "$bad" != 0 ] || bad=1; }
	report gates "$(grep -c '^ok' "$log/gates")" "$bad" "$(grep -c '^skip' "$log/gates")"
}


pgtap() {
	createdb pulse_pgtap &&
		psql -qX -v ON_ERROR_STOP=1 -d pulse_pgtap -c 'CREATE EXTENSION pgtap; CREATE EXTENSION salespulse CASCADE' &&
		pg_prove --ext .sql -d pulse_pgtap --psql-bin "$(command -v psql)" test/pgtap/*.sql
}

echo "== tests"
for suite in ${PULSE_SUITES:-unit fuzz regress isolation pgtap tap gates}; do
	case $suite in
		unit) unit ;;
		fuzz) fuzz ;;
		regress) regress regress REGRESS="$(cd sql && echo *.sql | sed 's/\.sql//g')" regression.diffs ;;
		isolation) regress isolation ISOLATION="$(cd test/isolation/specs && echo *.spec | sed 's/\.spec//g')" output_iso/regression.diffs ;;
		pgtap) prove pgtap pgtap ;;
		tap) prove tap pg_make TAP_TESTS=1 PROVE_TESTS="$(echo test/t/*.pl)" ;;
		gates) gates ;;
	esac
done
echo "== $passed passed, $failed failed, $skipped skipped"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
