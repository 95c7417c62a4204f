# The main job on the demonstration's application: every figure that can be
# computed in plain SQL from the ledger is computed so, and agrees to the cent.
# Once on the generated ledger, and on the real invoices where they are there.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main_job');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

my $real = ($ENV{PULSE_SHARED} // '') . '/data/ar_ibm/WA_Fn-UseC_-Accounts-Receivable.csv';

sub main_job
{
	my ($db, $what, $ledger) = @_;

	local $ENV{PULSE_LEDGER} = $ledger;
	my $loaded = `test/demo/load.sh $db`;
	is($?, 0, "$what: the application is there");
	for my $file ('pulse.sql', 'replay.sql')
	{
		my ($status, $out, $err) = $node->psql($db, "\\set wait_for_relay false\n\\i test/demo/$file", on_error_stop => 1);
		is($status, 0, "$what: $file") or diag($err);
	}
	my $query = sub { return $node->safe_psql($db, $_[0]); };

	# the ladder: step n fires for what was settled later than 5, 10, 20 days past due, or never
	for my $step ([ 1, 5 ], [ 2, 10 ], [ 3, 20 ])
	{
		my ($n, $days) = @$step;
		is( $query->(
				"SELECT key::bigint, (due_at AT TIME ZONE 'Asia/Shanghai')::date FROM pulse.firings
				 WHERE rule = 'overdue ladder' AND step = $n AND NOT superseded ORDER BY 1"),
			$query->(
				"SELECT invoice, due + $days + 1 FROM app.ledger
				 WHERE settled IS NULL OR settled > due + $days ORDER BY 1"),
			"$what: step $n fired for exactly what was more than $days days late, on the day");
	}
	is( $query->(q{SELECT count(*) FROM pulse.firings AS f WHERE NOT EXISTS
			(SELECT FROM app.ledger AS l WHERE l.invoice = f.key::bigint AND f.due_at < coalesce(l.settled::timestamp, 'infinity') AT TIME ZONE 'Asia/Shanghai' + interval '12 hours')}),
		0, "$what: nothing fired after the payment");

	# messages and tasks follow the firings one to one
	is( $query->(q{SELECT channel, count(*) FROM pulse.messages WHERE step < 3 GROUP BY 1 ORDER BY 1}),
		$query->(q{SELECT 'mail', count(*) FROM app.ledger WHERE settled IS NULL OR settled > due + 10
			UNION ALL SELECT 'sms', count(*) FROM app.ledger WHERE settled IS NULL OR settled > due + 5 ORDER BY 1}),
		"$what: one text per first step, one mail per second");
	is( $query->(q{SELECT count(*) FROM pulse.messages AS m WHERE m.channel = 'mail' AND m.step = 2 AND NOT EXISTS
			(SELECT FROM app.customer AS c JOIN app.staff AS rep ON rep.id = c.owner_id
			 JOIN app.staff AS director ON director.job = 'regional_director' AND director.unit = 'company.r' || c.region
			 JOIN app.ledger AS l ON l.customer = c.id
			 JOIN pulse.cases AS k ON k.key = l.invoice::text AND k.case_id = m.case_id
			 WHERE m.recipient = director.email AND m.copies = ARRAY[rep.email])}),
		0, "$what: each mail goes to the customer's regional director with a copy to its rep");
	is( $query->(q{SELECT state, count(*) FROM pulse.tasks GROUP BY 1 ORDER BY 1}),
		$query->(q{SELECT CASE WHEN settled IS NULL THEN 'open' ELSE 'closed' END, count(*) FROM app.ledger
			WHERE settled IS NULL OR settled > due + 20 GROUP BY 1 HAVING count(*) > 0 ORDER BY 1 }),
		"$what: a task for each third step, closed by the payment");
	is( $query->(q{SELECT state, count(*) FROM pulse.cases GROUP BY 1 ORDER BY 1}),
		$query->(q{SELECT CASE WHEN settled IS NULL THEN 'open' ELSE 'resolved' END, count(*) FROM app.ledger
			WHERE settled IS NULL OR settled > due + 5 GROUP BY 1 ORDER BY 1}),
		"$what: cases are resolved by payment");

	# aging at each quarter's end
	is( $query->(q{SELECT q, pulse.not_due(a), b.label, b.amount FROM generate_series(date '2012-03-31', date '2013-12-31', interval '3 months') AS g(d),
			LATERAL (SELECT (date_trunc('month', d) + interval '1 month - 1 day')::date AS q) AS quarter,
			LATERAL (SELECT pulse.aging(amount, due, q) AS a FROM app.ledger WHERE issued <= q AND (settled IS NULL OR settled > q)) AS x,
			LATERAL pulse.buckets(a) AS b WHERE b.from_days > 0 AND a IS NOT NULL ORDER BY 1, b.from_days}),
		$query->(q{SELECT q, coalesce(sum(amount) FILTER (WHERE due >= q), 0.00), b.label, coalesce(sum(amount) FILTER (WHERE q - due BETWEEN b.lo AND b.hi), 0.00)
			FROM generate_series(date '2012-03-31', date '2013-12-31', interval '3 months') AS g(d),
			LATERAL (SELECT (date_trunc('month', d) + interval '1 month - 1 day')::date AS q) AS quarter,
			(VALUES ('1-30', 1, 30), ('31-60', 31, 60), ('61-90', 61, 90), ('91+', 91, 99999)) AS b(label, lo, hi), app.ledger
			WHERE issued <= q AND (settled IS NULL OR settled > q) GROUP BY q, b.label, b.lo ORDER BY 1, b.lo}),
		"$what: aging at each quarter's end, to the cent");

	# the rollup
	is($query->("SELECT * FROM pulse.check_rollup('invoiced_daily')"), '', "$what: the rollup equals its recomputation");
	is( $query->(q{SELECT sum(count), sum(sum_total) FROM pulse_event.invoiced_daily}),
		$query->(q{SELECT count(*), sum(amount) FROM app.ledger}),
		"$what: and sums to the ledger");

	# backtest over the same history fires the same
	is( $query->(q{SELECT key, step, due_at FROM pulse.backtest('overdue ladder', '2011-01-01', '2015-01-01') WHERE NOT superseded ORDER BY 1, 2}),
		$query->(q{SELECT key, step, due_at FROM pulse.firings WHERE NOT superseded ORDER BY 1, 2}),
		"$what: the backtest gives what live fired");
	return $query;
}

main_job('generated', 'generated ledger', 'generated');

SKIP:
{
	skip 'the real invoices are not there', 1 unless -r $real;
	my $query = main_job('real', 'real invoices', '');
	is( $query->('SELECT count(*), count(DISTINCT customer), sum(amount), round(avg(settled - issued), 4) FROM app.ledger'),
		'2466|100|147703.18|26.4448', 'the real ledger is the known one');
	is( $query->('SELECT step, count(*) FROM pulse.firings GROUP BY 1 ORDER BY 1'),
		"1|569\n2|338\n3|81", 'steps at 5, 10 and 20 days fired 569, 338 and 81 times');
	is( $query->(q{SELECT pulse.total(a), pulse.not_due(a) FROM (SELECT pulse.aging(amount, due, '2013-06-30') AS a
		FROM app.ledger WHERE issued <= '2013-06-30' AND (settled IS NULL OR settled > '2013-06-30')) AS x}),
		'5119.85|4284.29', 'open on 2013-06-30');
}

$node->stop;
done_testing();
