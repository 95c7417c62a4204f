# A watch on the subscriber of a logical replication: the apply worker fires
# nothing but ALWAYS row triggers, and watch() chooses them by itself.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;

# the application's server knows nothing of salespulse
my $application = q{
CREATE SCHEMA app;
CREATE TABLE app.invoice (id int PRIMARY KEY, customer text, total numeric, settled boolean DEFAULT false);
CREATE TABLE app.visit (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE app.visit_north PARTITION OF app.visit FOR VALUES IN ('north');
CREATE TABLE app.local (id int PRIMARY KEY);
};
$publisher->safe_psql('postgres', $application);
$publisher->safe_psql('postgres', q{
INSERT INTO app.invoice VALUES (1, '10', 100);
CREATE PUBLICATION pub FOR TABLE app.invoice, app.visit;
});
$subscriber->safe_psql('postgres', $application);
$subscriber->safe_psql('postgres', 'CREATE EXTENSION salespulse CASCADE');
my $source = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION sub CONNECTION '$source' PUBLICATION pub");
$subscriber->wait_for_subscription_sync($publisher, 'sub');

$subscriber->safe_psql('postgres', q{
SELECT pulse.watch('app.invoice', 'invoice_issued', 'customer = customer::int, invoice = id, total = total', backfill => true);
SELECT pulse.watch('app.invoice', 'invoice_settled', 'invoice = id', operations => '{update}',
	changes_of => '{settled}', condition => 'settled');
SELECT pulse.watch('app.invoice', 'invoice_voided', 'invoice = id, total = total', operations => '{delete}');
SELECT pulse.watch('app.visit', 'visit');
SELECT pulse.watch('app.local', 'local');
});
is($subscriber->safe_psql('postgres',
		q{SELECT string_agg(event || ' ' || capture_level, ', ' ORDER BY event) FROM pulse.watches}),
	'invoice_issued row, invoice_settled row, invoice_voided row, local statement, visit row',
	'row level where the subscription fills the table');
is($subscriber->safe_psql('postgres', 'SELECT invoice FROM pulse_event.invoice_issued'),
	'1', 'what the initial copy brought is filled in on request');

$publisher->safe_psql('postgres', q{
INSERT INTO app.invoice VALUES (2, '20', 200), (3, 'thirty', 300), (4, '40', 400);
UPDATE app.invoice SET total = total + 1;
UPDATE app.invoice SET settled = true WHERE id IN (1, 2);
UPDATE app.invoice SET settled = true;
DELETE FROM app.invoice WHERE id = 2;
INSERT INTO app.visit VALUES (7, 'north');
BEGIN;
INSERT INTO app.invoice VALUES (5, '50', 500);
ROLLBACK;
});
$publisher->wait_for_catchup('sub');
is($subscriber->safe_psql('postgres',
		q{SELECT string_agg(invoice || ':' || customer || ':' || total, ' ' ORDER BY event_id) FROM pulse_event.invoice_issued}),
	'1:10:100 2:20:200 4:40:400', 'inserts are captured, once each');
is($subscriber->safe_psql('postgres',
		q{SELECT string_agg(invoice::text, ' ' ORDER BY event_id) FROM pulse_event.invoice_settled}),
	'1 2 3 4', 'updates are captured where the column changed');
is($subscriber->safe_psql('postgres', q{SELECT invoice, total FROM pulse_event.invoice_voided}),
	'2|201', 'a delete is captured');
is($subscriber->safe_psql('postgres', q{SELECT id, region FROM pulse_event.visit}),
	'7|north', 'a leaf of a partitioned table is captured');
is($subscriber->safe_psql('postgres',
		q{SELECT event, row_key, sqlstate_code FROM pulse.capture_errors}),
	'invoice_issued|3|22P02', 'a row that fails does not stop the apply worker');
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM app.invoice}),
	$publisher->safe_psql('postgres', q{SELECT count(*) FROM app.invoice}), 'nothing is missing in the copy');

# one transaction of the publisher is one transaction of the events
$publisher->safe_psql('postgres', q{INSERT INTO app.invoice SELECT g, g::text, g FROM generate_series(1001, 3000) AS g});
$publisher->wait_for_catchup('sub');
is($subscriber->safe_psql('postgres',
		q{SELECT count(*), count(DISTINCT txid), count(DISTINCT event_id) FROM pulse_event.invoice_issued WHERE invoice > 1000}),
	'2000|1|2000', 'many rows of one transaction');

# a TRUNCATE that replication brings leaves a gap
$publisher->safe_psql('postgres', 'TRUNCATE app.invoice');
$publisher->wait_for_catchup('sub');
is($subscriber->safe_psql('postgres',
		q{SELECT count(*) FROM pulse.stat_watches WHERE relation = 'app.invoice'::regclass AND gaps = 1}),
	'3', 'TRUNCATE leaves a gap');

# a local writer on a row-level watch is captured as well
$subscriber->safe_psql('postgres', q{INSERT INTO app.invoice VALUES (9, '90', 900)});
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM pulse_event.invoice_issued WHERE invoice = 9}),
	'1', 'so are rows that are written on the subscriber itself');

$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION sub');
$subscriber->stop;
$publisher->stop;
done_testing();
