# A real application's tables: LedgerSMB's schema, as Debian ships it, aged in one
# statement, and compared with the application's own report. Where they differ,
# the difference is named to the cent.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($sql) = grep { defined && -f "$_/Pg-database.sql" }
	($ENV{LEDGERSMB_SQL}, 'test/.ledgersmb', '/usr/share/ledgersmb/sql');
plan skip_all => 'the SQL of LedgerSMB is not here (test/harness/ledgersmb.sh, or LEDGERSMB_SQL=folder)' unless $sql;

my $node = PostgreSQL::Test::Cluster->new('ledgersmb');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE ledger');
$node->safe_psql('ledger', "CREATE EXTENSION $_") for qw(btree_gist tablefunc pg_trgm);

# its schema as its own installer loads it; a change marked "!" may have been made before
sub load_files
{
	my ($folder, @skipped) = @_;
	open my $list, '<', "$sql/$folder/LOADORDER" or die "$sql/$folder/LOADORDER: $!";
	for (<$list>)
	{
		s/#.*//;
		my ($fixed, $file) = /^\s*(!?)(\S+)/ or next;
		next if grep { $_ eq $file } @skipped;
		my ($status) = $node->psql('ledger', undef, extra_params => [ '-1', '-f', "$sql/$folder/$file" ], on_error_stop => 1);
		die "$folder/$file does not load" if $status && !$fixed;
	}
}
$node->command_ok([ 'psql', '-qXAt', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', "$sql/Pg-database.sql", $node->connstr('ledger') ], 'its schema');
load_files('changes');
load_files('modules', qw(admin.sql Roles.sql Duplicates_Functions.sql));
is($node->safe_psql('ledger', q{SELECT count(*) FROM pg_proc WHERE proname = 'report__invoice_aging_summary'}), '1', 'and its functions');
cmp_ok($node->safe_psql('ledger', q{SELECT count(*) FROM pg_tables WHERE schemaname = 'public'}), '>', 150, 'all of its tables');

# 40 customers, 800 invoices with partial and late payments; money is in acc_trans, a receivable below zero
$node->safe_psql('ledger', q{
	SELECT setseed(0.42);
	INSERT INTO account_heading (id, accno, description) VALUES (1000, 'h', 'assets');
	INSERT INTO account (id, accno, description, category, heading) VALUES (1200, '1200', 'receivables', 'A', 1000), (1060, '1060', 'bank', 'A', 1000), (4000, '4000', 'sales', 'I', 1000);
	INSERT INTO account_link (account_id, description) VALUES (1200, 'AR'), (1060, 'AR_paid'), (4000, 'AR_amount');
	INSERT INTO entity (id, name, entity_class, country_id) SELECT 500 + n, 'Customer ' || n, 2, min(c.id) FROM generate_series(1, 40) AS n, country AS c GROUP BY n;
	INSERT INTO entity_credit_account (id, entity_id, entity_class, meta_number, curr, ar_ap_account_id)
		SELECT 500 + n, 500 + n, 2, 'C' || lpad(n::text, 2, '0'), 'USD', 1200 FROM generate_series(1, 40) AS n;
	CREATE TABLE drawn AS SELECT 10000 + n AS id, 501 + n % 40 AS customer, date '2026-06-30' - (random() * 200)::int AS day, (random() * 1000 + 1)::numeric(9, 2) AS total,
		(ARRAY[0, 14, 30, 45])[1 + (random() * 3)::int] AS days, random() AS r FROM generate_series(1, 800) AS n;
	INSERT INTO ar (id, invnumber, transdate, amount, netamount, duedate, invoice, curr, entity_credit_account, approved)
		SELECT id, 'I' || id, day, total, total, day + days, false, 'USD', customer, true FROM drawn;
	INSERT INTO acc_trans (trans_id, chart_id, amount, transdate) SELECT id, 1200, - total, day FROM drawn UNION ALL SELECT id, 4000, total, day FROM drawn;
	INSERT INTO acc_trans (trans_id, chart_id, amount, transdate)
		SELECT p.id, a.chart, CASE a.chart WHEN 1200 THEN p.paid ELSE - p.paid END, p.day
		FROM (SELECT id, CASE WHEN r < 0.4 THEN total WHEN r < 0.6 THEN round(total / 3, 2) ELSE round(total * 1.1, 2) END AS paid, day + (r * 90)::int AS day FROM drawn WHERE r < 0.65) AS p,
			(VALUES (1200), (1060)) AS a (chart);
	CREATE EXTENSION salespulse CASCADE;
});

# the one statement: a part of its receivables account is as much of the open amount; its rule is that day 30 begins the
# second bucket, and what is not due is in the first
my $ours = q{
	SELECT c.meta_number AS customer, pulse.aging(- t.amount, a.duedate, date 'DAY', '{30,60,90}', 'exclusive, not_due_in_first, credits_aged') AS profile
	FROM ar AS a JOIN acc_trans AS t ON t.trans_id = a.id JOIN account_link AS l ON l.account_id = t.chart_id AND l.description = 'AR'
	JOIN entity_credit_account AS c ON c.id = a.entity_credit_account
	WHERE CONDITION GROUP BY c.meta_number};
sub ours { my ($day, $condition) = @_; return $ours =~ s/DAY/$day/r =~ s/CONDITION/$condition/r; }
sub theirs { my ($day, $use_due) = @_; return "SELECT account_number, c0, c30, c60, c90 FROM report__invoice_aging_summary(NULL, 2, NULL, '$day', NULL, " . ($use_due // 'true') . ', NULL)'; }
sub figures { return "SELECT customer, pulse.bucket(profile, 1), pulse.bucket(profile, 2), pulse.bucket(profile, 3), pulse.bucket(profile, 4) FROM ($_[0]) AS o WHERE (pulse.total(profile) <> 0 OR pulse.bucket(profile, 1) <> 0 OR pulse.bucket(profile, 4) <> 0)"; }
sub difference
{
	my ($one, $other) = @_;
	return $node->safe_psql('ledger', "SELECT count(*) FROM (($one EXCEPT $other) UNION ALL ($other EXCEPT $one)) AS d");
}

# all is paid and due by then: equal to the cent
cmp_ok($node->safe_psql('ledger', 'SELECT count(*) FROM (' . theirs('2026-12-31') . ') AS t'), '>=', 39, 'its report has something to say');
is(difference(figures(ours('2026-12-31', 'true')), theirs('2026-12-31')), '0', 'after everything: the same figures for each customer');
is(difference(figures(ours('2026-07-31', 'true')), theirs('2026-07-31')), '0', 'and on a day on which all buckets are filled');
like($node->safe_psql('ledger', 'SELECT bool_and(s > 0) FROM (SELECT sum(c0), sum(c30), sum(c60), sum(c90) FROM (' . theirs('2026-07-31') . ') AS t) AS x (a, b, c, d), unnest(ARRAY[a, b, c, d]) AS s'),
	qr/^t$/, 'as they are');

# by date of issue
is(difference(figures(ours('2026-07-31', 'true') =~ s/a\.duedate/a.transdate/r), theirs('2026-07-31', 'false')), '0', 'by date of issue, too');

# what is due more than 29 days ahead is in none of its columns, so its columns do not add up to the ledger
my $open = $node->safe_psql('ledger', q{SELECT - sum(t.amount) FROM acc_trans AS t WHERE t.chart_id = 1200});
my $far = $node->safe_psql('ledger', q{SELECT coalesce(- sum(t.amount), 0) FROM ar AS a JOIN acc_trans AS t ON t.trans_id = a.id WHERE t.chart_id = 1200 AND a.duedate - date '2026-06-30' > 29});
cmp_ok($far, '>', 0, 'something is due in more than 29 days');
is($node->safe_psql('ledger', 'SELECT sum(c0 + c30 + c60 + c90) + ' . $far . ' FROM (' . theirs('2026-06-30') . ') AS t'), $open, 'its columns leave that out');
is($node->safe_psql('ledger', 'SELECT sum(pulse.total(profile)) FROM (' . ours('2026-06-30', 'true') . ') AS t'), $open, 'ours add up to the ledger');

# a day that is past: its figures know of all that was booked later
my $then = "t.transdate <= date '2026-04-15' AND a.transdate <= date '2026-04-15'";
is($node->safe_psql('ledger', 'SELECT sum(pulse.total(profile)) FROM (' . ours('2026-04-15', $then) . ') AS t'),
	$node->safe_psql('ledger', q{SELECT - sum(amount) FROM acc_trans WHERE chart_id = 1200 AND transdate <= '2026-04-15'}), 'as of a past day ours are the ledger of that day');
isnt($node->safe_psql('ledger', 'SELECT sum(c0 + c30 + c60 + c90) FROM (' . theirs('2026-04-15') . ') AS t'),
	$node->safe_psql('ledger', q{SELECT - sum(amount) FROM acc_trans WHERE chart_id = 1200 AND transdate <= '2026-04-15'}), 'its are not');
is(difference('SELECT customer, pulse.bucket(profile, 1) FROM (' . ours('2026-04-15', "a.duedate - date '2026-04-15' <= 29") . ') AS o WHERE pulse.bucket(profile, 1) <> 0',
		'SELECT account_number, c0 FROM (' . theirs('2026-04-15') . ') AS t WHERE c0 <> 0'), '0', 'but what is known today, dated back');

# a customer with two billing addresses is counted twice
$node->safe_psql('ledger', q{
	INSERT INTO location (id, line_one, city, country_id) SELECT 900 + n, n || ' Main Street', 'Town', min(c.id) FROM generate_series(1, 2) AS n, country AS c GROUP BY n;
	INSERT INTO entity_to_location (entity_id, location_id, location_class) VALUES (501, 901, 3), (501, 902, 3);
});
is(difference('SELECT customer, 2 * pulse.total(profile) FROM (' . ours('2026-12-31', 'true') . ") AS o WHERE customer = 'C01'",
		'SELECT account_number, c0 + c30 + c60 + c90 FROM (' . theirs('2026-12-31') . ") AS t WHERE account_number = 'C01'"), '0', 'a second billing address doubles its figures');
is(difference(figures(ours('2026-12-31', 'true')) . " AND customer <> 'C01'", theirs('2026-12-31') . " WHERE account_number <> 'C01'"), '0', 'and leaves the others alone');

# the report and the view, over a view of the application's
$node->safe_psql('ledger', q{
	CREATE VIEW receivable AS SELECT c.meta_number AS customer, a.invnumber, a.duedate, a.curr::text AS currency, - sum(t.amount) AS open
		FROM ar AS a JOIN acc_trans AS t ON t.trans_id = a.id JOIN account_link AS l ON l.account_id = t.chart_id AND l.description = 'AR'
		JOIN entity_credit_account AS c ON c.id = a.entity_credit_account GROUP BY a.id, c.meta_number;
	CALL pulse.create_aging_view('aging', 'receivable', amount => 'open', due => 'duedate', by => '{customer,currency}');
});
is($node->safe_psql('ledger', q{SELECT sum(total) FROM pulse.aging_report('receivable', 'open', 'duedate', '2026-06-30', '{customer}')}), $open, 'reported by customer');
is($node->safe_psql('ledger', 'SELECT sum(total) FROM aging'), $open, 'and as a view');
$node->stop;
done_testing();
