-- what changed in schema.sql between 0.1.0 and 0.2.0 stands here
DROP FUNCTION IF EXISTS receivables.install(text);
DROP FUNCTION IF EXISTS receivables.aging_report(date, text[], text, timestamptz, text, text, boolean, int[], text);
DROP FUNCTION IF EXISTS receivables.apply_payment(bigint, text, jsonb, date, text);
