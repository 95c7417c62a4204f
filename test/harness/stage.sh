#!/bin/sh
# stage.sh FOLDER: a private copy of the PostgreSQL installation in FOLDER.
#
# The server finds its files relative to where its binary lies.  So a copy of
# the binaries, beside links to all the rest, is an installation of its own:
# what is installed into it disturbs neither the system nor another clone.
# Prints the path of the private pg_config.
set -eu
stage=$1
pg_config=${PG_CONFIG:-pg_config}

bindir=$($pg_config --bindir)
[ -x "$bindir/pg_config" ] && pg_config=$bindir/pg_config
link_tree() {	# folder: real folders, linked files
	mkdir -p "$stage$1"
	cp -rs "$1/." "$stage$1/" 2>/dev/null || cp -rs --remove-destination "$1/." "$stage$1/"
}
mkdir -p "$stage"
mkdir -p "$stage$bindir"
cp -L "$bindir"/* "$stage$bindir/"
link_tree "$($pg_config --pkglibdir)"
link_tree "$($pg_config --sharedir)"
mkdir -p "$stage$(dirname "$($pg_config --includedir)")"
for dir in "$($pg_config --includedir)" "$(dirname "$($pg_config --includedir-server)")"; do
	mkdir -p "$stage$(dirname "$dir")"
	[ -e "$stage$dir" ] || ln -s "$dir" "$stage$dir"
done
echo "$stage$bindir/pg_config"
