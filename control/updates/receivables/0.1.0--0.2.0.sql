-- what changed in schema.sql between 0.1.0 and 0.2.0 stands here
DROP FUNCTION IF EXISTS receivables.install(text);
DROP FUNCTION IF EXISTS receivables.aging_report(date, text[], text, timestamptz, text, text, boolean, int[], text);
DROP FUNCTION IF EXISTS receivables.apply_payment(bigint, text, jsonb, date, text);
DROP FUNCTION IF EXISTS receivables.define_contract();
DROP FUNCTION IF EXISTS receivables.define_money();
DROP FUNCTION IF EXISTS receivables.define_triggers();
DROP FUNCTION IF EXISTS receivables.define_views();
DROP FUNCTION IF EXISTS receivables.conflicts(bigint, bigint, date, text, text, text);
DROP FUNCTION IF EXISTS receivables.shipment_value(bigint, text);
DROP FUNCTION IF EXISTS receivables.credit_conflicts(bigint, pulse.amount, pulse.amount, int, numeric, text);
DROP FUNCTION IF EXISTS receivables.lock_credit(bigint, bigint, date);
DROP FUNCTION IF EXISTS receivables.commit_lines(bigint, bigint, int);
DROP FUNCTION IF EXISTS receivables.counted_due(bigint, date);
DROP FUNCTION IF EXISTS receivables.install_ladder(text, text, text, text);
