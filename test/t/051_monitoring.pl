# The exporter's queries run with pg_monitor and nothing else; the dashboards use
# only metrics that the exporter gives, and SQL that runs. Where Debian's
# exporter is not installed the queries are run by psql alone, and what it
# would have said is skipped, and counted as skipped.
use strict;
use warnings;

use IO::Socket::INET;
use IPC::Run ();
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('monitoring');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PULSE_LEDGER} = 'generated';
my $db = 'monitoring';
`test/demo/load.sh $db 60`;
for my $file ('pulse.sql', 'replay.sql')
{
	my ($status, $out, $err) = $node->psql($db, "\\set wait_for_relay false\n\\i test/demo/$file", on_error_stop => 1);
	is($status, 0, $file) or diag($err);
}
$node->safe_psql($db, q{CREATE ROLE exporter LOGIN IN ROLE pg_monitor; CREATE ROLE board LOGIN IN ROLE pulse_analyst;
	CREATE FUNCTION app.invoiced(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE
		RETURN (SELECT sum(i.total) FROM app.invoice AS i JOIN app.customer AS c ON c.id = i.customer_id
			WHERE (i.created_at AT TIME ZONE 'Asia/Shanghai')::date <@ pulse.date_range(period) AND (scope IS NULL OR c.region = scope));
	SELECT pulse.create_kpi('invoiced', 'cost', 'USD', 'up', 'app.invoiced', scopes => '{391,406}'); SELECT pulse.refresh_kpis()});

sub slurp { my ($file) = @_; open(my $in, '<', $file) or die "$file: $!"; local $/; return scalar <$in>; }
my $yaml = slurp('control/monitoring/exporter-queries.yml');
my %columns;	# of each query, as the file says
my $name;
my %query;
for (split /\n/, $yaml)
{
	$name = $1 if /^(\w+):/;
	$query{$name} = $1 if /^  query: "(.*)"$/;
	push @{ $columns{$name} }, [ $1, $2 ] if /^    - (\w+): \{ usage: "(\w+)"/;
}
cmp_ok(scalar keys %query, '>=', 7, 'the file has its queries');
for my $metric (sort keys %query)
{
	my $got = $node->safe_psql($db, "SELECT count(*), count(DISTINCT (" . join(', ', map { "q.$_->[0]" } grep { $_->[1] eq 'LABEL' } @{ $columns{$metric} }) . ")),"
		. join(', ', map { "count(q.$_->[0])" } @{ $columns{$metric} }) . " FROM ($query{$metric}) AS q", extra_params => [ '-U', 'exporter' ]);
	my ($rows, $labels) = split /\|/, $got;
	cmp_ok($rows, '>', 0, "$metric has rows for who is only in pg_monitor");
	is($rows, $labels, "$metric: no two rows of the same labels");
}

# and what whoever is only in pg_monitor may read at all shows nobody's address, name, number, text or key
$node->safe_psql($db, q{INSERT INTO pulse_internal.capture_error (watch_id, failed_at, row_key, sqlstate_code, message) SELECT watch_id, clock_timestamp(), 'its key', '22P02', 'the value of a row' FROM pulse_internal.watch LIMIT 1});
my @readable = split /\n/, $node->safe_psql($db, q{SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('pulse', 'pulse_event', 'app') AND c.relkind IN ('v', 'r', 'p', 'm') AND has_table_privilege('exporter', c.oid, 'SELECT') AND has_schema_privilege('exporter', n.oid, 'USAGE') ORDER BY 1});
cmp_ok(scalar @readable, '>', 10, 'it may read some views');
my %secret = (error => 'SELECT message FROM pulse_internal.capture_error', address => 'SELECT email FROM app.staff UNION SELECT mobile FROM app.staff', name => 'SELECT name FROM app.customer', body => q{SELECT split_part(body, chr(10), 1) FROM pulse_internal.message
		WHERE strpos((SELECT string_agg(concat(r.sentence, r.sentence_zh), ' ') FROM pulse.rules AS r), split_part(body, chr(10), 1)) = 0},
	subject => 'SELECT subject FROM pulse_internal.message', key => "SELECT key_text FROM (SELECT DISTINCT key AS key_text FROM pulse.firings) AS k WHERE length(key_text) > 6");
my %texts = map { my $what = $_; ($what => [ grep { length($_) > 5 } split /\n/, $node->safe_psql($db, "SELECT x FROM ($secret{$what}) AS s(x) WHERE x IS NOT NULL LIMIT 400") ]) } keys %secret;
for my $view (@readable)
{
	my $shown = $node->safe_psql($db, "SELECT v::text FROM $view AS v", extra_params => [ '-U', 'exporter' ]);
	for my $what (sort keys %texts)
	{
		my ($found) = grep { index($shown, $_) >= 0 } @{ $texts{$what} };
		is($found, undef, "$view shows the monitor no $what");
	}
}
my ($status) = $node->psql($db, 'SELECT * FROM pulse_internal.message', extra_params => [ '-U', 'exporter' ]);
isnt($status, 0, 'nor does the outbox itself');

# dashboards: each metric exists, each statement runs
my %known = map { my $m = $_; map { ("${m}_$_->[0]" => 1) } grep { $_->[1] ne 'LABEL' } @{ $columns{$m} } } keys %query;
my $operations = decode_json(slurp('control/monitoring/grafana-operations.json'));
my $used = 0;
for my $panel (@{ $operations->{panels} })
{
	for my $target (@{ $panel->{targets} })
	{
		for my $metric ($target->{expr} =~ /(salespulse_\w+)/g)
		{
			$used++;
			ok($known{$metric}, "$panel->{title}: $metric is exported");
		}
	}
}
cmp_ok($used, '>', 15, 'the dashboard shows something');
my $kpis = decode_json(slurp('control/monitoring/grafana-kpis.json'));
for my $what ((map { [ $_->{title}, map { $_->{rawSql} } @{ $_->{targets} } ] } @{ $kpis->{panels} }),
	(map { [ $_->{name}, $_->{query} ] } grep { $_->{type} eq 'query' } @{ $kpis->{templating}{list} }))
{
	my ($title, @sql) = @$what;
	for my $sql (@sql)
	{
		$sql =~ s/\$kpi/'invoiced'/g;
		$sql =~ s/\$scope/'everything'/g;
		cmp_ok($node->safe_psql($db, "SELECT count(*) FROM ($sql) AS q", extra_params => [ '-U', 'board' ]), '>', 0, "KPIs, $title: rows for an analyst");
	}
}

# as Prometheus sees it
my ($exporter) = grep { -x } map { ("$_/prometheus-postgres-exporter", "$_/postgres_exporter") } split /:/, $ENV{PATH};
SKIP:
{
	skip('prometheus-postgres-exporter is not installed: nothing was scraped', scalar(keys %known) + 1) unless $exporter;
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	local $ENV{DATA_SOURCE_NAME} = 'host=' . $node->host . ' port=' . $node->port . " user=exporter dbname=$db sslmode=disable";
	my $run = IPC::Run::start([ $exporter, '--extend.query-path', "$ENV{PULSE_TREE}/control/monitoring/exporter-queries.yml", '--disable-default-metrics',
			'--disable-settings-metrics', "--web.listen-address=127.0.0.1:$port" ], '<', \undef, '>', '/dev/null', '2>', \my $log);
	my $page = '';
	for (1 .. 100)
	{
		my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5);
		if ($socket)
		{
			print $socket "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
			local $/;
			$page = <$socket> // '';
			last if $page =~ /salespulse_/;
		}
		select(undef, undef, undef, 0.2);
	}
	$run->kill_kill(grace => 2);
	ok($page =~ /salespulse_/, 'it answers') or diag($log // '');
	for my $metric (sort keys %known)
	{
		ok($page =~ /^$metric\{.*\} [-+0-9.eE]+$/m, "$metric is scraped");
	}
}
$node->stop;
done_testing();
