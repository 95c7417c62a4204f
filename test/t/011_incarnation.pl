# Copies and restores: the old incarnation is read to its end, nothing comes
# twice, the new one starts empty, and delivery is held until somebody says so.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('first');
$node->init;
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\ntimezone = 'UTC'\ndatestyle = 'ISO'");
$node->start;

sub sql
{
	my ($database, $text, $on) = @_;
	return ($on // $node)->safe_psql($database, $text);
}

# what a slice gives, as the notes in order
sub next_slice
{
	my ($database, $max_events, $on) = @_;
	my $rows = sql($database, qq{
		SELECT string_agg(e.note, ' ' ORDER BY b.at, b.event_id)
		FROM pulse_internal.next_batch('c', $max_events) AS b JOIN app.ev AS e USING (event_id)}, $on);
	return $rows;
}

sub incarnations
{
	my ($database, $on) = @_;
	return sql($database, q{SELECT string_agg(number || CASE WHEN delivery_held THEN ' held' ELSE '' END, ', ' ORDER BY number)
		FROM pulse_internal.incarnation}, $on);
}

sub tick_clock
{
	my ($database, $minute, $on) = @_;
	sql($database, sprintf(q{SELECT pulse.set_clock('2026-03-01 00:%02d+00')}, $minute), $on);
}

sql('postgres', 'CREATE DATABASE work');
sql('work', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_clock('2026-03-01 00:00+00');
	CREATE SCHEMA app;
	CREATE TABLE app.ev (
		event_id bigint NOT NULL DEFAULT pulse_internal.next_event_id(),
		at timestamptz NOT NULL DEFAULT pulse_internal.event_at(),
		recorded timestamptz NOT NULL DEFAULT pulse_internal.event_recorded(),
		txid bigint NOT NULL DEFAULT pulse_internal.event_txid(),
		note text) PARTITION BY RANGE (recorded);
	INSERT INTO pulse_internal.event_kind (name, relation, created_at) VALUES ('ev', 'app.ev', now());
	SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind;
	SELECT pulse_internal.register_consumer('c');
});
is(incarnations('work'), '1', 'a database begins its first incarnation by itself');
is(sql('work', 'SELECT pulse_internal.delivery_held()'), 'f', 'and may send');

# read; in the middle of a batch; not read; of the future
sql('work', q{INSERT INTO app.ev (note) VALUES ('read')});
tick_clock('work', 1);
is(next_slice('work', 10), 'read', 'read before the copy');
sql('work', q{INSERT INTO app.ev (note) VALUES ('slice1'), ('slice2'), ('slice3')});
tick_clock('work', 2);
is(next_slice('work', 1), 'slice1', 'a batch is in work');
sql('work', q{INSERT INTO app.ev (at, note) VALUES (DEFAULT, 'unread'), ('2026-03-01 00:09+00', 'future')});

# ---- a copy within the cluster ----

sql('postgres', 'CREATE DATABASE copy TEMPLATE work');
is(sql('copy', 'SELECT pulse_internal.delivery_held()'), 't', 'a copy sends nothing');
isnt(sql('copy', 'SELECT pulse.delivery_identity()'), sql('work', 'SELECT pulse.delivery_identity()'), 'and has an identity of its own');
sql('copy', q{INSERT INTO app.ev (note) VALUES ('new')});
is(incarnations('copy'), '1, 2 held', 'the first write begins the next incarnation');
is(sql('copy', q{SELECT txid >> 48 FROM app.ev WHERE note = 'new'}), '2', 'and is stamped with it');
tick_clock('copy', 3);
is(next_slice('copy', 1), 'slice2', 'the batch in work goes on where it was');
is(next_slice('copy', 10), 'slice3', 'to its end');
is(next_slice('copy', 10), 'unread new', 'then what was not read of the old incarnation, and the new one');
is(next_slice('copy', 10), '', 'nothing twice');
tick_clock('copy', 10);
is(next_slice('copy', 10), 'future', 'the future of the old incarnation comes');
sql('copy', 'SELECT pulse.resume_delivery()');
is(sql('copy', 'SELECT pulse_internal.delivery_held()'), 'f', 'delivery is resumed');
is(incarnations('copy'), '1, 2', 'in the same incarnation');

# the original knows nothing of it
is(incarnations('work'), '1', 'the original is not touched');

# ---- dump and restore into another cluster, where transactions count from below ----

my $other = PostgreSQL::Test::Cluster->new('second');
$other->init;
$other->append_conf('postgresql.conf', "timezone = 'UTC'\ndatestyle = 'ISO'");
$other->start;
sql('work', q{DO $$ BEGIN FOR i IN 1 .. 3000 LOOP BEGIN CREATE TEMP TABLE t (); DROP TABLE t; EXCEPTION WHEN others THEN NULL; END; END LOOP; END $$});
sql('work', q{INSERT INTO app.ev (note) VALUES ('high transaction number')});
my $dump = $node->basedir . '/work.sql';
$node->command_ok([ 'pg_dump', '-Fp', '-f', $dump, '-d', $node->connstr('work') ], 'dump');
sql('postgres', 'CREATE DATABASE work', $other);
$other->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $other->connstr('work'), '-f', $dump ], 'restore');
cmp_ok(sql('work', 'SELECT pg_current_xact_id()::text::bigint', $other), '<',
	sql('work', q{SELECT txid & ((1::bigint << 48) - 1) FROM app.ev WHERE note = 'high transaction number'}, $other),
	'numbers of transactions begin anew');
is(sql('work', 'SELECT pulse_internal.delivery_held()', $other), 't', 'a restored database sends nothing');
tick_clock('work', 3, $other);
is(next_slice('work', 1, $other), 'slice2', 'a tick goes on in the batch');
is(incarnations('work', $other), '1, 2 held', 'and has begun the next incarnation');
sql('work', q{INSERT INTO app.ev (note) VALUES ('after the restore')}, $other);
is(sql('work', q{SELECT count(*) = count(DISTINCT event_id) FROM app.ev}, $other), 't', 'ids go on');
is(next_slice('work', 10, $other), 'slice3', 'the batch ends');
tick_clock('work', 4, $other);
is(next_slice('work', 10, $other), 'unread high transaction number after the restore', 'old and new, once');
is(next_slice('work', 10, $other), '', 'nothing twice');
tick_clock('work', 20, $other);
is(next_slice('work', 10, $other), 'future', 'the future comes');

# ---- a copy of the copy, of which nobody has written yet ----

sql('postgres', 'CREATE DATABASE copy2 TEMPLATE copy');
sql('copy2', 'SELECT pulse.resume_delivery()');
is(incarnations('copy2'), '1, 2, 3', 'resume_delivery begins it, and it is not held');
is(next_slice('copy2', 10), '', 'nothing comes again');

$other->stop;
$node->stop;
done_testing();
