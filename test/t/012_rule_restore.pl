# A dump in the middle of ladders is restored into another cluster: the rest of the
# steps fire there, each once, as the backtest has it; nothing goes out before
# resume_delivery(), and what was sent before is not sent again.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($first, $second) = map {
	my $node = PostgreSQL::Test::Cluster->new($_);
	$node->init;
	$node->append_conf('postgresql.conf', "client_min_messages = error\ntimezone = UTC");
	$node->start;
	$node;
} 'first', 'second';
my $end = '2026-02-15 00:00+00';

sub sql
{
	my ($node, $text) = @_;
	return $node->safe_psql('shop', $text);
}

# each its own transaction, as the clock goes and ticks come
sub tick_at
{
	my ($node, $at) = @_;
	sql($node, "SELECT pulse.set_clock('$at')");
	sql($node, 'CALL pulse.run(60)');
}

# what the worker sends, as rule, key and step; and how often each message was sent, by its number
my %sent;
sub deliver
{
	my ($node) = @_;
	my ($what, $ids) = split /\|/, sql($node, q{
		WITH got AS MATERIALIZED (SELECT * FROM pulse.claim_messages('w', 1000)),
			done AS MATERIALIZED (SELECT g.message_id FROM got AS g WHERE pulse.ack_message(g.message_id, g.lease_token, 'p', 'delivered') IS NOT NULL)
		SELECT string_agg(c.rule || ' ' || c.key || ' ' || m.step, ', ' ORDER BY c.rule, c.key, m.step), string_agg(d.message_id::text, ' ')
		FROM done AS d JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS c USING (case_id)});
	$sent{ $node->name }{$_}++ for split / /, $ids // '';
	return $what // '';
}

# why the restored database gives nothing to a worker
sub refused
{
	my ($code, $out, $err) = $second->psql('shop', q{SELECT * FROM pulse.claim_messages('w', 1000)});
	return $err;
}

sub differences
{
	my ($node) = @_;
	return sql($node, qq{
		WITH live AS (SELECT rule, key, step, repetition, due_at FROM pulse.firings),
			right_answer AS (SELECT r.name AS rule, b.key, b.step, b.repetition, b.due_at FROM pulse.rules AS r, LATERAL pulse.backtest(r.name, '2026-01-01', '$end') AS b)
		SELECT count(*) || ' ' || (SELECT count(*) FROM right_answer) FROM (
			(SELECT * FROM live EXCEPT ALL SELECT * FROM right_answer) UNION ALL (SELECT * FROM right_answer EXCEPT ALL SELECT * FROM live)) AS d});
}

$first->safe_psql('postgres', 'CREATE DATABASE shop');
sql($first, q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_clock('2026-01-05 08:00+00');
	SELECT pulse.create_event('billed', 'customer text'), pulse.create_event('paid', 'customer text');
	CREATE TABLE staff (id int, name text, email text, mobile text);
	INSERT INTO staff VALUES (1, 'Ann', 'ann@example.com', '13800000001');
	SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
	SELECT pulse.map_role('rep', holder => '{1}');
	SELECT pulse.create_rule('ladder', 'WHEN billed PER customer AND NOT paid WITHIN 7 days THEN text rep; 3 days later: mail rep; another 4 days later: assign rep "Call"', 'live');
	SELECT pulse.create_rule('again', 'WHEN billed PER customer THEN mail rep; every 5 days at most 4 times: mail rep UNTIL paid', 'live')});
tick_at($first, '2026-01-05 08:30+00');
sql($first, q{INSERT INTO pulse_event.billed (at, customer) VALUES ('2026-01-05 08:10+00', 'c0');
	INSERT INTO pulse_event.billed (customer) VALUES ('c1'), ('c2'), ('c3')});
tick_at($first, '2026-01-05 12:00+00');
is(deliver($first), 'again c0 1, again c1 1, again c2 1, again c3 1', 'the first steps are out');
$sent{second} = { %{ $sent{first} } };
sql($first, q{INSERT INTO pulse_event.paid (at, customer) VALUES ('2026-01-10 09:00+00', 'c2')});
tick_at($first, '2026-01-12 12:00+00');
# c0's and c1's first ladder steps are written; nobody has claimed them when the dump is taken
cmp_ok(sql($first, q{SELECT count(*) FROM pulse.messages WHERE state = 'queued'}), '>', 3, 'messages are queued');
cmp_ok(sql($first, q{SELECT count(*) FROM pulse.waits WHERE end_reason IS NULL}), '>', 4, 'and waits are open');
my $queued = sql($first, q{SELECT count(*) FROM pulse.messages WHERE state = 'queued'});

my $dump = $first->basedir . '/shop.sql';
$first->command_ok([ 'pg_dump', '-Fp', '-f', $dump, '-d', $first->connstr('shop') ], 'dump');
$second->safe_psql('postgres', 'CREATE DATABASE shop');
$second->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $second->connstr('shop'), '-f', $dump ], 'restore');
is(sql($second, q{SELECT count(*) FROM pulse.messages WHERE state = 'queued'}), $queued, 'what was queued is there');

# the copy works on, and sends nothing
like(refused(), qr/resume_delivery/, 'nothing goes out, and the hint says what to type');
sql($second, q{INSERT INTO pulse_event.paid (at, customer) VALUES ('2026-01-13 09:00+00', 'c0')});
tick_at($second, '2026-01-14 00:00+00');
sql($second, q{INSERT INTO pulse_event.billed (customer) VALUES ('new')});
tick_at($second, '2026-01-20 00:00+00');
like(refused(), qr/resume_delivery/, 'still nothing');
is(sql($second, q{SELECT string_agg(DISTINCT m.state, ', ') FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'ladder' AND c.key = 'c0'}), 'withdrawn',
	'what its customer has paid for meanwhile will never go out');
sql($second, 'SELECT pulse.resume_delivery()');
isnt(deliver($second), '', 'now it does');
tick_at($second, '2026-01-26 00:00+00');
tick_at($second, $end);
my ($wrong, $right) = split / /, differences($second);
cmp_ok($right, '>', 15, "there was something to fire ($right)");
is($wrong, 0, 'the firings are those of the backtest');
is(sql($second, q{SELECT count(*) FROM (SELECT case_id, step, repetition, action, staff FROM pulse_internal.message GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1) AS d}), 0, 'no message was written twice');
deliver($second);
cmp_ok(scalar keys %{ $sent{second} }, '>', 8, 'the restored database has sent more than there was sent before');
is_deeply([ grep { $sent{second}{$_} > 1 } sort keys %{ $sent{second} } ], [], 'nor sent twice');
is(sql($second, q{SELECT count(*) FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'again' AND m.step = 1 AND c.key ~ '^c[0-3]$'}), 4, 'what was sent before the dump was not written again');

# the original goes its own way
tick_at($first, '2026-01-13 12:00+00');
isnt(deliver($first), '', 'the original sends');
tick_at($first, $end);
($wrong, $right) = split / /, differences($first);
is($wrong, 0, "and fires what its own events say ($right)");
$first->stop;
$second->stop;
done_testing();
