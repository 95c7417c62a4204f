# Tables that 0.1.0 installed are altered by upgrade(): they come to have what a
# fresh installation has, their rows stay and say the same, and they work on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('receivables_update');
$node->init;
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(old fresh);
$node->safe_psql('old', q{
	CREATE EXTENSION salespulse VERSION '0.1.0' CASCADE;
	CREATE EXTENSION salespulse_receivables VERSION '0.1.0';
	CREATE ROLE regress_receivables_owner;
	GRANT CREATE ON DATABASE old TO regress_receivables_owner;
	GRANT pulse_author TO regress_receivables_owner;
	SET ROLE regress_receivables_owner;
	CREATE SCHEMA "Sales & co";
	SELECT receivables.install('Sales & co');
	SET search_path = "Sales & co", public;
	INSERT INTO debtor (customer_id, name, rep) VALUES (1, 'Hua', 'Ann'), (2, 'Lan', 'Bo');
	INSERT INTO payment_term VALUES ('halves', 1, 1, 10, false), ('halves', 2, 1, 40, false);
	INSERT INTO fx_rate VALUES ('USD', 'CNY', '2026-01-01', 7);
	INSERT INTO gate VALUES ('price', 'reject');
	INSERT INTO contract (contract_id, number, customer_id, currency, signed_on) VALUES (1, 'K1', 1, 'CNY', '2026-01-01');
	INSERT INTO contract_line (contract_id, product) VALUES (1, 'P');
	INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-01-01', 100, 5);
	INSERT INTO shipment (contract_id, ship_on, currency) VALUES (1, '2026-02-01', 'CNY');
	INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1, 'P', 60, 5);
	UPDATE shipment SET state = 'requested';
	SELECT receivables.invoice_shipment(1, '2026-02-01', 'halves', 'A1');
	SELECT receivables.issue_invoice(2, 'USD 100.00', '2026-02-10', number => 'A2');
	INSERT INTO payment (customer_id, received_on, amount) VALUES (1, '2026-02-05', 'CNY 200.00'), (2, '2026-02-20', 'USD 30.00');
	SELECT receivables.apply_payment(1, applied_on => '2026-02-15'), receivables.apply_payment(2, applied_on => '2026-02-11');
	SELECT receivables.unapply_payment(1, 2, '2026-02-25');
	INSERT INTO pause (instalment_id, kind, since) VALUES (3, 'dispute', '2026-03-01');
	UPDATE instalment SET due_on = due_on + 5 WHERE instalment_id = 1;
	SELECT receivables.take_snapshot('2026-03-31');
	SELECT pulse.watch('instalment', 'instalment_due', operations => '{insert,update}', changes_of => '{counted_due,reopened}',
		columns => 'instalment = instalment_id, customer = customer_id, invoice = invoice_id, due = counted_due, amount = amount',
		condition => 'applied IS NULL OR applied OPERATOR(pulse.<>) amount');
	SELECT pulse.watch('instalment', 'instalment_settled', operations => '{update}', changes_of => '{applied}',
		columns => 'instalment = instalment_id', condition => 'applied OPERATOR(pulse.=) amount');
	ALTER TABLE invoice ADD COLUMN our_own text DEFAULT 'kept';
});
my $asked = q{
	SELECT d.day, r.keys, r.currency, r.not_due, r.buckets, r.credits, r.total
	FROM (SELECT date '2026-01-31' + 7 * n AS day FROM generate_series(0, 12) AS n) AS d, receivables.aging_report(d.day) AS r ORDER BY 1, 2::text, 3;
	SELECT day, customer_id, currency, profile FROM "Sales & co".aging_snapshot ORDER BY 1, 2;
	SELECT instalment_id, due_on, amount, applied, customer_id, counted_due FROM "Sales & co".instalment ORDER BY 1;
	SELECT d.day, o.* FROM (SELECT date '2026-01-31' + 7 * n AS day FROM generate_series(0, 12) AS n) AS d, receivables.open_items(d.day) AS o ORDER BY 1, 2, 3;
};
my $before = $node->safe_psql('old', $asked);
cmp_ok(scalar(split /\n/, $before), '>', 60, 'what 0.1.0 says');
like($before, qr/-50\.00|USD/, 'is something');

$node->safe_psql('old', q{
	BEGIN;
	ALTER EXTENSION salespulse UPDATE;
	ALTER EXTENSION salespulse_receivables UPDATE;
	SET ROLE regress_receivables_owner;
	SELECT receivables.upgrade();
	SELECT receivables.install_ladder('en');
	COMMIT;
});
is($node->safe_psql('old', $asked), $before, 'upgraded, it says the same of each day');
is($node->safe_psql('old', 'SELECT (SELECT count(*) FROM pulse_event.instalment_due) + (SELECT count(*) FROM pulse_event.instalment_settled)'), '0', 'and was no news to who watches');

# the tables are what a fresh installation makes, but for the order of columns and what the user added
$node->safe_psql('fresh', q{
	CREATE EXTENSION salespulse_receivables CASCADE;
	GRANT CREATE ON DATABASE fresh TO regress_receivables_owner;
	CREATE SCHEMA "Sales & co" AUTHORIZATION regress_receivables_owner;
	GRANT pulse_author TO regress_receivables_owner;
	SET ROLE regress_receivables_owner;
	SELECT receivables.install('Sales & co');
	SELECT receivables.install_ladder('en');
	ALTER TABLE "Sales & co".invoice ADD COLUMN our_own text DEFAULT 'kept';
});
my $inventory = q{
	SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity
	FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relnamespace = '"Sales & co"'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY 1, 2;
	SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = '"Sales & co"'::regnamespace ORDER BY 1, 2;
	SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class AS c ON c.oid = indrelid WHERE c.relnamespace = '"Sales & co"'::regnamespace ORDER BY 1;
	SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
	WHERE NOT t.tgisinternal AND c.relnamespace = '"Sales & co"'::regnamespace ORDER BY 1;
	SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled <> 'O' ORDER BY 1, 2;
	SELECT relname, pg_get_viewdef(oid), reloptions FROM pg_class WHERE relnamespace = '"Sales & co"'::regnamespace AND relkind = 'v' ORDER BY 1;
	SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relnamespace = '"Sales & co"'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;
};
my ($old, $fresh) = map { $node->safe_psql($_, $inventory) } qw(old fresh);
is($old, $fresh, 'and the tables are those of a fresh installation');
like($old, qr/allocation\|counts_on\|date/, 'with the new columns');

# once more changes nothing
$node->safe_psql('old', 'SET ROLE regress_receivables_owner; SELECT receivables.upgrade()');
is($node->safe_psql('old', $inventory . $asked), $fresh . "\n" . $before, 'a second upgrade changes nothing');
is($node->safe_psql('old', q{SELECT string_agg(DISTINCT our_own, ' ') FROM "Sales & co".invoice}), 'kept', 'what the user added is there');

# it works on, with what is new
is($node->safe_psql('old', q{SET ROLE regress_receivables_owner; SELECT receivables.refund_payment(1, 'CNY 20.00', '2026-04-01')}), 'CNY 30.00', 'a refund');
is($node->safe_psql('old', q{SELECT counts_on, counts_at IS NOT NULL FROM "Sales & co".allocation WHERE instalment_id IS NULL}), '2026-04-01|t', 'counts from its day on');
my ($status, $out, $err) = $node->psql('old', q{UPDATE "Sales & co".allocation SET amount = amount});
like($err, qr/what is booked in allocation stays/, 'what is booked still stays');

# tenants can be had afterwards
$node->safe_psql('old', q{SET ROLE regress_receivables_owner; SELECT receivables.install('Sales & co', tenants => true)});
is($node->safe_psql('old', q{SELECT count(*) = cardinality(receivables.tables()) FROM pg_class WHERE relnamespace = '"Sales & co"'::regnamespace AND relrowsecurity}), 't', 'tenants, afterwards');

$node->stop;
done_testing();
