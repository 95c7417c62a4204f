SET search_path = public, pulse;
SET datestyle = 'ISO';

-- the core has no rates
SELECT convert(amount 'USD 1', 'CNY', date '2026-03-05');
\echo :LAST_ERROR_SQLSTATE
SELECT rate('USD', 'CNY', '2026-03-05');

-- a table as a central bank publishes it: so much of a currency for one euro
CREATE TABLE types_rates_ecb (day date, code char(3), value numeric, PRIMARY KEY (code, day));
INSERT INTO types_rates_ecb VALUES ('2026-01-05', 'USD', 1.1), ('2026-01-05', 'CNY', 7.8), ('2026-02-02', 'USD', 1.25), ('2026-02-02', 'CNY', 8), ('2026-02-02', 'JPY', 170.3);
SELECT map_rates('types_rates_ecb', day => 'day', rate => 'value', from_currency => 'EUR', to_currency => 'code');
SELECT * FROM rate_sources;
-- as of: the latest row up to the day
SELECT day, rate('EUR', 'USD', day) FROM unnest('{2026-01-05,2026-02-01,2026-02-02,2027-01-01}'::date[]) AS day ORDER BY 1;
SELECT rate('USD', 'EUR', '2026-02-02'), rate('EUR', 'EUR', '1900-01-01');
SELECT convert(amount 'EUR 100', 'CNY', date '2026-01-31'), convert(amount 'CNY 780', 'EUR', date '2026-01-31'), convert(amount 'EUR 1', 'JPY', as_of => '2026-03-01', mode => 'up'), convert(amount 'CNY 5', 'CNY', date '1900-01-01');
-- not crossed unless a pivot says how; then rounded once
SELECT convert(amount 'USD 100', 'CNY', date '2026-02-02');
\echo :LAST_ERROR_SQLSTATE
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'code', pivot => 'EUR');
SELECT convert(amount 'USD 100', 'CNY', date '2026-02-02'), convert(amount 'CNY 1', 'USD', date '2026-01-05'), rate('USD', 'CNY', '2026-02-02'),
	   convert(amount 'USD -0.01', 'JPY', date '2026-02-02'), convert(amount 'USD 3', 'JPY', date '2026-02-02', 'zero');
-- every pair there and back stays within a unit
SELECT count(*) FROM unnest('{EUR,USD,CNY}'::text[]) AS x, unnest('{EUR,USD,CNY}'::text[]) AS y, generate_series(-200, 200, 7) AS n
WHERE abs(to_numeric(convert(convert(amount(n, x), y, date '2026-02-02'), x, date '2026-02-02')) - n) > 0.05;
-- bags: each total converted and rounded, then added
SELECT convert(bag '{USD 100,EUR 10,CNY 0.5}', 'CNY', date '2026-02-02'), convert(bag '{}', 'CNY', date '2026-02-02'), convert(bag '{USD -100,EUR 80}', 'EUR', date '2026-02-02');
SELECT convert(bag_sum(a), 'CNY', date '2026-02-02') = sum(convert(a, 'CNY', date '2026-02-02')) AS small_difference_or_none
FROM unnest('{EUR 1,EUR 2,CNY 3}'::amount[]) AS a;
-- a rate that is missing names currency and date
SELECT convert(bag '{USD 1,GBP 1}', 'CNY', date '2026-02-02');
SELECT convert(amount 'EUR 1', 'USD', date '2026-01-04');
\echo :LAST_ERROR_SQLSTATE
SELECT convert(amount 'EUR 1', 'USD', date 'infinity');
SELECT convert(amount 'EUR 1', 'usd', date '2026-01-05');
SELECT convert(amount 'EUR 1', 'USD', date '2026-01-05', 'sideways');
SELECT convert(amount 'EUR 1', 'USD', date '2026-01-05', rates => 'mine');
\echo :LAST_ERROR_SQLSTATE
SELECT convert(amount 'EUR 90071992547409.91', 'CNY', date '2026-02-02');
SELECT convert(NULL::amount, 'CNY', date '2026-02-02'), convert(amount 'EUR 1', 'CNY', NULL::date);
-- not too old
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'code', pivot => 'EUR', max_age => 7);
SELECT rate('EUR', 'USD', '2026-02-09');
SELECT rate('EUR', 'USD', '2026-02-10');
-- a rate that is no price
INSERT INTO types_rates_ecb VALUES ('2026-03-01', 'USD', 0), ('2026-03-01', 'CNY', NULL);
SELECT rate('EUR', 'USD', '2026-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT rate('EUR', 'CNY', '2026-03-01');
DELETE FROM types_rates_ecb WHERE day = '2026-03-01';

-- pairs in two columns, quoted names, a view, several sources side by side
CREATE TABLE types_rates_pair ("from" text, "to-currency" varchar(3), "as of" date, price float8);
INSERT INTO types_rates_pair VALUES ('USD', 'CNY', '2026-01-01', 7.1), ('CNY', 'USD', '2026-06-01', 0.125);
SELECT map_rates('types_rates_pair', 'as of', 'price', 'from', 'to-currency', name => 'booked');
SELECT rate('USD', 'CNY', '2026-05-31', 'booked'), rate('CNY', 'USD', '2026-06-01', 'booked'), rate('USD', 'CNY', '2026-06-01', 'booked') AS the_later_row_counts;
CREATE VIEW types_rates_view AS SELECT day, 'EUR' AS base, code::text AS quote, value FROM types_rates_ecb;
SELECT map_rates('types_rates_view', 'day', 'value', 'base', 'quote', name => 'seen');
SELECT convert(amount 'EUR 1', 'USD', date '2026-02-02', rates => 'seen'), (SELECT count(*) FROM rate_sources);
ALTER TABLE types_rates_pair RENAME TO types_rates_renamed;
SELECT rate('USD', 'CNY', '2026-05-31', 'booked') AS renamed;
ALTER TABLE types_rates_renamed RENAME TO types_rates_pair;
-- new rates are seen in the same transaction; mappings too
BEGIN;
INSERT INTO types_rates_ecb VALUES ('2026-02-03', 'USD', 2);
SELECT rate('EUR', 'USD', '2026-02-03', 'seen');
SELECT unmap_rates('seen');
SELECT rate('EUR', 'USD', '2026-02-03', 'seen');
ROLLBACK;
SELECT rate('EUR', 'USD', '2026-02-03', 'seen');

-- with the rights of whoever converts
CREATE ROLE regress_rates_reader;
CREATE ROLE regress_rates_admin IN ROLE pulse_admin;
SET ROLE regress_rates_reader;
SELECT rate('EUR', 'USD', '2026-02-02');
\echo :LAST_ERROR_SQLSTATE
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'code');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON types_rates_ecb TO regress_rates_reader;
SET ROLE regress_rates_reader;
SELECT rate('EUR', 'USD', '2026-02-02');
SET ROLE regress_rates_admin;
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'code', name => 'admin');
RESET ROLE;

-- nonsense
SELECT map_rates('types_rates_ecb', 'date', 'value', 'EUR', 'code');
\echo :LAST_ERROR_SQLSTATE
SELECT map_rates('types_rates_ecb', 'day', 'rate', 'EUR', 'code');
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'currency');
SELECT map_rates('types_rates_ecb', 'day', 'value', 'XYZ', 'code');
\echo :LAST_ERROR_SQLSTATE
SELECT map_rates('types_rates_ecb', 'code', 'value', 'EUR', 'code');
\echo :LAST_ERROR_SQLSTATE
SELECT map_rates('types_rates_ecb', 'day', 'day', 'EUR', 'code');
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'value');
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'code', pivot => 'euro');
SELECT map_rates('types_rates_ecb', 'day', 'value', 'EUR', 'code', max_age => -1);
\echo :LAST_ERROR_SQLSTATE
SELECT map_rates(NULL, 'day', 'value', 'EUR', 'code');
SELECT map_rates('types_rates_ecb', 'day', 'value', NULL, 'code');
SELECT unmap_rates('mars');
\echo :LAST_ERROR_SQLSTATE
-- a relation that is gone
DROP TABLE types_rates_pair;
SELECT rate('USD', 'CNY', '2026-05-31', 'booked');
\c -
SET search_path = public, pulse;
SELECT rate('USD', 'CNY', '2026-05-31', 'booked');
\echo :LAST_ERROR_SQLSTATE
SELECT unmap_rates(name) FROM rate_sources ORDER BY name;
DROP VIEW types_rates_view;
DROP TABLE types_rates_ecb;
DROP ROLE regress_rates_reader, regress_rates_admin;
