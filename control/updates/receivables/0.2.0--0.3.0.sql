-- what changed in schema.sql between 0.2.0 and 0.3.0 stands here

-- requests are shipments and orders: the gate's helpers are asked about either
DROP FUNCTION IF EXISTS receivables.conflicts(text, bigint, bigint, date, text, text, text);
DROP FUNCTION IF EXISTS receivables.credit_conflicts(text, bigint, pulse.amount, pulse.amount, int, numeric, text);
DROP FUNCTION IF EXISTS receivables.lock_credit(text, bigint, bigint, date);
DROP FUNCTION IF EXISTS receivables.commit_lines(text, bigint, bigint, int);

-- parts of a shipment can be invoiced
DROP FUNCTION IF EXISTS receivables.invoice_shipment(bigint, date, text, text, text);

-- the clause that a conflict is about
DROP FUNCTION IF EXISTS receivables.check_shipment(bigint, text);
