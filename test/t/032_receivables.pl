# A rejected shipment is recorded although its statement fails; the tables are the
# user's: they dump, restore without the pack, and take it up again.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('receivables');
$node->init;
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(first second third);
$node->safe_psql('first', q{
	CREATE EXTENSION salespulse_receivables CASCADE;
	CREATE ROLE regress_receivables_clerk;
	GRANT CREATE ON DATABASE first TO regress_receivables_clerk;
	GRANT pulse_author TO regress_receivables_clerk;
	SET ROLE regress_receivables_clerk;
	CREATE SCHEMA "Sales & co";
	SELECT receivables.install('Sales & co');
	SET search_path = "Sales & co", public;
	INSERT INTO debtor (customer_id, name) VALUES (1, 'Hua');
	INSERT INTO contract (customer_id, currency, signed_on) VALUES (1, 'CNY', '2026-01-01');
	INSERT INTO contract_line (contract_id, product) VALUES (1, 'P');
	INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-01-01', 100, 5);
	INSERT INTO shipment (contract_id, ship_on, currency) VALUES (1, '2026-02-01', 'CNY'), (1, '2026-02-01', 'CNY');
	INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1, 'P', 60, 5), (2, 'P', 60, 4);
	INSERT INTO gate VALUES ('price', 'reject');
	ALTER TABLE invoice ADD COLUMN our_own text DEFAULT 'kept';
	SELECT receivables.issue_invoice(1, 'CNY 100.00', '2026-02-01');
	INSERT INTO payment (customer_id, received_on, amount) VALUES (1, '2026-02-05', 'CNY 30.00');
	SELECT receivables.apply_payment(1, applied_on => '2026-02-05');
});
is($node->safe_psql('first', 'SELECT owner FROM receivables.installations'), 'regress_receivables_clerk', 'they belong to who installed them');

# rejections
is($node->psql('first', 'CALL receivables.request_shipment(1)'), 0, 'a shipment without conflicts passes');
my ($status, $out, $err) = $node->psql('first', 'CALL receivables.request_shipment(2)', on_error_stop => 1);
is($status, 3, 'one with a conflict is rejected');
like($err, qr/shipment 2 is rejected\nDETAIL:  price: the price is not the contract's \(asked 4, allowed 5; contract_line_version:1\@2026-01-01\)\.\nquantity: more than is left of the contract \(asked 60, allowed 40; contract_line_version:1\@2026-01-01\)\./,
	'and says everything at once');
is($node->safe_psql('first', 'SELECT shipment_id, outcome, at_risk, jsonb_array_length(conflicts) FROM "Sales & co".gate_attempt'), '2|rejected|CNY 240.00|2', 'that it was tried is kept');
is($node->safe_psql('first', 'SELECT string_agg(state, \' \' ORDER BY shipment_id) FROM "Sales & co".shipment'), 'released draft', 'and nothing else');
($status, $out, $err) = $node->psql('first', q{UPDATE "Sales & co".shipment SET state = 'requested' WHERE shipment_id = 2});
like($err, qr/SP802|is rejected/, 'a plain UPDATE is rejected as well');
is($node->safe_psql('first', q{SELECT count(*) FROM "Sales & co".gate_attempt}), '1', 'of which nothing is kept');
is($node->safe_psql('first', q{SELECT c ->> 'kind', c ->> 'reason', c ->> 'clause' FROM "Sales & co".gate_attempt, jsonb_array_elements(conflicts) AS c}),
	"price|the price is not the contract's (asked 4, allowed 5).|contract_line_version:1\@2026-01-01\n"
	. "quantity|more than is left of the contract (asked 60, allowed 40).|contract_line_version:1\@2026-01-01", 'by kind and clause');
my $verbose = q{\set VERBOSITY verbose} . "\n";
($status, $out, $err) = $node->psql('first', $verbose . q{CALL receivables.request_shipment(2)}, on_error_stop => 1);
like($err, qr/SP802.*SCHEMA NAME:  Sales & co\nTABLE NAME:  shipment\nCOLUMN NAME:  2\nDATATYPE NAME:  CNY 240\.00\nCONSTRAINT NAME:  contract_line_version:1\@2026-01-01/s, 'the fields of the error say which');
($status, $out, $err) = $node->psql('first', $verbose . q{CALL receivables.attempt('UPDATE "Sales & co".shipment SET state = ''requested'' WHERE shipment_id = 2')}, on_error_stop => 1);
like($err, qr/SP802.*CONSTRAINT NAME:  contract_line_version:1\@2026-01-01/s, 'an attempt says the same');
is($node->safe_psql('first', q{SELECT count(*) FROM "Sales & co".gate_attempt WHERE shipment_id = 2 AND relation IS NULL AND at_risk::text = 'CNY 240.00'}), '3', 'and is kept as well');

# orders of the application's own: the same, and what was tried is kept where the application asks for that
$node->safe_psql('first', q{
	CREATE TABLE orders (id int PRIMARY KEY, buyer int, total numeric, is_firm boolean DEFAULT false);
	INSERT INTO orders VALUES (1, 1, 60), (2, 1, 60);
	INSERT INTO "Sales & co".credit_limit (customer_id, name, components, allowed) VALUES (1, 'orders', '{ordered,requested}', 'CNY 100.00');
	SELECT receivables.create_order_gate('orders', key => 'id', customer => 'buyer', amount => 'total', currency => '''CNY''', condition => 'is_firm');
});
is($node->psql('first', q{CALL receivables.attempt('UPDATE orders SET is_firm = true WHERE id = 1')}), 0, 'an order without conflicts passes');
($status, $out, $err) = $node->psql('first', q{CALL receivables.attempt('UPDATE orders SET is_firm = true WHERE id = 2')}, on_error_stop => 1);
is($status, 3, 'one over the limit is rejected');
like($err, qr/order 2 of (public\.)?orders is rejected\nDETAIL:  credit_limit:orders: over the limit "orders" of the customer \(asked 120: ordered 60, requested 60, allowed CNY 100\.00; credit_limit:1\)\./, 'and says why');
is($node->safe_psql('first', q{SELECT relation, key, outcome, at_risk, conflicts #>> '{0,kind}', conflicts #>> '{0,clause}' FROM "Sales & co".gate_attempt WHERE key IS NOT NULL}),
	'orders|2|rejected|CNY 60.00|credit_limit:orders|credit_limit:1', 'that it was tried is kept');
is($node->safe_psql('first', 'SELECT string_agg(is_firm::text, \' \' ORDER BY id) FROM orders'), 'true false', 'and nothing else');
($status, $out, $err) = $node->psql('first', q{BEGIN; CALL receivables.attempt('UPDATE orders SET is_firm = true WHERE id = 2'); COMMIT}, on_error_stop => 1);
like($err, qr/invalid transaction termination/, 'inside a transaction nothing can be kept, which is an error');
is($node->safe_psql('first', q{SELECT FROM receivables.drop_order_gate('orders'); SELECT count(*) FROM pg_trigger WHERE tgrelid = 'orders'::regclass}), '0', 'the gate comes off');
$node->safe_psql('first', q{DROP TABLE orders; DELETE FROM "Sales & co".order_request; DELETE FROM "Sales & co".credit_limit});

$node->safe_psql('first', q{
	CREATE TABLE "Sales & co".kept (id int PRIMARY KEY, buyer int, total numeric, state text);
	CREATE TABLE "Sales & co".bill (client int, open numeric);
	SELECT receivables.create_exposure('bills', '"Sales & co".bill', customer => 'client', amount => 'open', currency => '''CNY''');
	SELECT receivables.create_order_gate('"Sales & co".kept', key => 'id', customer => 'buyer', amount => 'total', currency => '''CNY''', condition => 'state = ''firm''', held => '{"state": "held"}');
	INSERT INTO "Sales & co".bill VALUES (1, 30);
	CREATE TABLE "Sales & co"."Strict one" (id int PRIMARY KEY, buyer int, total numeric);
	SELECT receivables.create_order_gate('"Sales & co"."Strict one"', key => 'id', customer => 'buyer', amount => 'total', currency => '''CNY''');
	UPDATE "Sales & co".debtor SET credit_limit = 'CNY 50.00';
});
($status, $out, $err) = $node->psql('first', $verbose . q{CALL receivables.attempt('INSERT INTO "Sales & co"."Strict one" VALUES (7, 1, 40)')}, on_error_stop => 1);
like($err, qr/SP802.*SCHEMA NAME:  Sales & co\nTABLE NAME:  Strict one\nCOLUMN NAME:  7\nDATATYPE NAME:  CNY 40\.00\nCONSTRAINT NAME:  debtor:1\n/s, 'a table in the schema of the receivables, which is not in the path');
is($node->safe_psql('first', q{SELECT outcome, at_risk, conflicts #>> '{0,kind}' FROM "Sales & co".gate_attempt WHERE relation = '"Sales & co"."Strict one"'::regclass AND key = '7'}), 'rejected|CNY 40.00|credit_limit', 'is kept');
$node->safe_psql('first', q{DROP TABLE "Sales & co"."Strict one" CASCADE; UPDATE "Sales & co".debtor SET credit_limit = NULL});

my $reading = 'SELECT customer, currency, d1_30 + d31_60 + d61_90 + d91_plus + not_due, credits, total FROM "Sales & co".receivable_aging';
my $before = $node->safe_psql('first', $reading);
is($before, 'Hua|CNY|70.00|0|70.00', 'what is open');

# with the pack
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('first') ], 'dumped');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('second') ], 'restored');
is($node->safe_psql('second', $reading), $before, 'it says the same');
is($node->safe_psql('second', q{UPDATE "Sales & co".debtor SET credit_limit = 'CNY 410.00';
	INSERT INTO "Sales & co".kept VALUES (1, 1, 11, 'firm'), (2, 1, 10, 'firm') RETURNING state}), "held\nfirm", 'a gate on orders goes with it, and what else it counts');
is($node->safe_psql('second', q{INSERT INTO "Sales & co".payment (customer_id, received_on, amount) VALUES (1, '2026-02-06', 'CNY 80.00'); SELECT receivables.apply_payment(2)}),
	'CNY 10.00', 'and goes on');

# without it
($status, $out, $err) = $node->psql('first', 'DROP EXTENSION salespulse_receivables');
like($err, qr/other objects depend/, 'the pack does not go while its triggers are there');
$node->safe_psql('first', 'SELECT receivables.uninstall(); DROP EXTENSION salespulse_receivables');
is($node->safe_psql('first', $reading), $before, 'tables and views stay when it goes');
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('first') ], 'dumped without the pack');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('third') ], 'restored without it');
is($node->safe_psql('third', $reading), $before, 'it says the same');
is($node->safe_psql('third', 'SELECT our_own FROM "Sales & co".invoice'), 'kept', 'with a column the user added');
$node->safe_psql('third', q{CREATE EXTENSION salespulse_receivables; SELECT receivables.install('Sales & co')});
is($node->safe_psql('third', q{SELECT sum(total) FROM receivables.aging_report()}), '70.00', 'and the pack takes it up again');
is($node->safe_psql('third', q{INSERT INTO "Sales & co".payment (customer_id, received_on, amount) VALUES (1, '2026-02-06', 'CNY 80.00'); SELECT receivables.apply_payment(2)}),
	'CNY 10.00', 'and goes on');

$node->stop;
done_testing();
