SET search_path = public, pulse;

-- the cases people know
SELECT allocate(amount 'CNY 99.99', '{75,25}'::numeric[]) AS three_to_one, allocate(amount 'CNY -100', 3) AS refund, allocate(amount 'CNY 100', 3) AS charge;
SELECT allocate(amount 'CNY 0.05', ARRAY[0, 1, 0, 1]) AS zero_gets_nothing, allocate(amount 'JPY 10', 4), allocate(amount 'KWD 1', 3),
	   allocate(amount 'CNY 0', 2), allocate(amount 'CNY 7', ARRAY[0.333333333333333333333, 0.5]) AS fractions;
-- policies
SELECT p.name, allocate(amount 'CNY 1.01', ARRAY[0, 3, 7, 7, 0], p.name) AS charge, allocate(amount 'CNY -1.01', ARRAY[0, 3, 7, 7, 0], policy => p.name) AS refund
FROM allocation_policies AS p ORDER BY 1;
SELECT name, meaning FROM allocation_policies ORDER BY 1;
-- they add up, whatever the policy; zero shares get nothing
SELECT setseed(0.4);
SELECT count(*), count(*) FILTER (WHERE (SELECT sum(part) FROM unnest(allocate(a, ratios, policy)) AS part) = a) AS adds_up,
	   count(*) FILTER (WHERE cardinality(allocate(a, ratios, policy)) = cardinality(ratios)) AS all_parts,
	   count(*) FILTER (WHERE EXISTS (SELECT FROM unnest(allocate(a, ratios, policy), ratios) AS x(part, ratio) WHERE ratio = 0 AND part <> 0)) AS given_to_zero
FROM (SELECT amount(round((random() * 20000 - 10000)::numeric, 2), 'EUR') AS a, p.name AS policy,
			 (SELECT array_agg(CASE WHEN random() < 0.2 AND j > 1 THEN 0 ELSE round((random() * 100 + i * 0)::numeric, (random() * 6)::int) + 0.000001 END)
			  FROM generate_series(1, 1 + i % 9) AS j) AS ratios
	  FROM generate_series(1, 500) AS i, allocation_policies AS p OFFSET 0) AS x;
SELECT cardinality(allocate(amount 'CNY 100000', 100000)), (SELECT sum(part) FROM unnest(allocate(amount 'CNY 100000.01', 99999)) AS part);
SELECT allocate(NULL::amount, 3), allocate(amount 'CNY 1', NULL::numeric[]), allocate(amount 'CNY 1', 3, NULL);
-- nonsense
SELECT allocate(amount 'CNY 1', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT allocate(amount 'CNY 1', -1);
SELECT allocate(amount 'CNY 1', 2147483647);
\echo :LAST_ERROR_SQLSTATE
SELECT allocate(amount 'CNY 1', '{}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{0,0}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{1,NULL}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{2,-1}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{1,NaN}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{1,Infinity}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{1e30,1}'::numeric[]);
SELECT allocate(amount 'CNY 1', '{1e-300,1}'::numeric[]);
\echo :LAST_ERROR_SQLSTATE
SELECT allocate(amount 'CNY 1', 2, 'fair');
\echo :LAST_ERROR_SQLSTATE

-- rounding: each word one meaning
SELECT name, aliases, meaning FROM rounding_modes ORDER BY name COLLATE "C";
SELECT m.name, array_agg(to_numeric(round_amount(v, 'CNY', m.name)) ORDER BY v) AS rounded
FROM rounding_modes AS m, unnest('{-0.026,-0.025,-0.015,0.015,0.024,0.025}'::numeric[]) AS v WHERE m.name <> 'exact' GROUP BY 1 ORDER BY m.name COLLATE "C";
SELECT bool_and(round_amount(v, 'CNY', alias) = round_amount(v, 'CNY', m.name)) AS aliases_agree
FROM rounding_modes AS m, unnest(m.aliases) AS alias, unnest('{-0.026,-0.025,-0.015,0.015,0.024,0.025}'::numeric[]) AS v;
-- cash steps
SELECT round_to(amount 'CHF 9.97', 0.05), round_to(amount 'CHF 9.98', 0.05), round_to(amount 'CHF -9.98', 0.05, 'zero'), round_to(amount 'SEK 10.50', 1, 'half_even'),
	   round_to(amount 'JPY 1250', 100, 'half_even'), round_to(amount 'CHF 10.05', 0.05, 'exact');
-- per cent, and at a rate
SELECT percent(amount 'CNY 99.99', 6), percent(amount 'CNY 0.50', 13), percent(amount 'CNY 0.50', 13, 'half_even'), percent(amount 'CNY -100', 12.345678), percent(amount 'CNY 100', 13, 'exact');
SELECT convert(amount 'USD 100', 'CNY', 7.1234), convert(amount 'USD 0.01', 'JPY', 150.5), convert(amount 'JPY 1', 'KWD', 0.0021), convert(amount 'JPY 1', 'KWD', 0.0025, 'half_even'),
	   convert(amount 'CNY 5', 'CNY', 1), convert(amount 'USD -1', 'CNY', 7.125, 'half_up');
-- nonsense
SELECT round_amount(1, 'CNY', 'half');
\echo :LAST_ERROR_SQLSTATE
SELECT round_amount(1.005, 'CNY', 'exact');
\echo :LAST_ERROR_SQLSTATE
SELECT round_amount('NaN', 'CNY', 'up');
SELECT round_amount('Infinity', 'CNY', 'down');
SELECT round_amount(1e30, 'CNY', 'half_even');
\echo :LAST_ERROR_SQLSTATE
SELECT round_amount(1, 'RMB', 'up');
SELECT round_to(amount 'CHF 1', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT round_to(amount 'CHF 1', -0.05);
SELECT round_to(amount 'CHF 1', 0.005);
SELECT round_to(amount 'CHF 1', 'NaN');
SELECT round_to(amount 'CHF 1', 1e30);
SELECT round_to(amount 'CHF 1.01', 0.05, 'exact');
SELECT round_to(amount 'CHF 90071992547409.91', 0.05, 'up');
\echo :LAST_ERROR_SQLSTATE
SELECT convert(amount 'CNY 1', 'USD', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT convert(amount 'CNY 1', 'USD', -7);
SELECT convert(amount 'CNY 1', 'USD', rate => 'NaN');
SELECT convert(amount 'CNY 1', 'usd', 7);
SELECT convert(amount 'CNY 90071992547409.91', 'USD', 7);
SELECT percent(amount 'CNY 1', 'NaN');

-- for people
SELECT style, format_amount(amount 'CNY -142800', style), format_amount(amount 'JPY 1234567', style), format_amount(amount 'CHF 0.5', style)
FROM unnest('{code,symbol,number,plain,accounting}'::text[]) AS style ORDER BY 1;
SELECT format_amount(amount 'EUR 1234567.89', 'number', '.', ','), format_amount(amount 'EUR 1234567.89', 'symbol', '', ','), format_amount(amount 'CHF 1234567.89', 'code', '''');
SELECT text, parse_amount(text) FROM unnest(ARRAY['CNY 142,800.00', '142800元', '€5', '(£1,000.50)', '-HK$1', '1,000 SEK', ' EUR -5 ']) AS text ORDER BY 1;
SELECT parse_amount('¥1,000', 'CNY'), parse_amount('¥1,000', 'JPY'), parse_amount('1.234.567,89', 'EUR', '.', ','), parse_amount('$5', 'USD'), parse_amount(NULL, 'CNY');
SELECT bool_and(parse_amount(format_amount(a, style), currency(a)) = a) AS reads_back
FROM unnest('{code,symbol,number,plain,accounting}'::text[]) AS style,
	 unnest(ARRAY['CNY 0', 'CNY -0.01', 'JPY 1234567', 'KWD -1234.567', 'CNY 90071992547409.91', 'EUR -90071992547409.92']::amount[]) AS a;
SELECT parse_amount('5');
\echo :LAST_ERROR_SQLSTATE
SELECT parse_amount('$5');
SELECT parse_amount('1,50', 'EUR');
SELECT parse_amount('1.234', 'EUR');
SELECT parse_amount('€5', 'USD');
SELECT parse_amount('RMB 5');
\echo :LAST_ERROR_SQLSTATE
SELECT parse_amount('', 'CNY');
SELECT parse_amount('five', 'CNY');
SELECT parse_amount('90071992547409.92', 'CNY');
\echo :LAST_ERROR_SQLSTATE
SELECT parse_amount('5', 'CNY', '.', '.');
\echo :LAST_ERROR_SQLSTATE
SELECT parse_amount('5', 'CNY', ',', '');
SELECT parse_amount('5', 'CNY', '5', '.');
SELECT format_amount(amount 'CNY 5', 'roman');
\echo :LAST_ERROR_SQLSTATE
SELECT format_amount(amount 'CNY 5', 'code', 'thousand');

-- bags: times and by a number, against zero
SELECT bag '{CNY 10,USD 3.55}' * 0.5, 2 * bag '{JPY 5}', bag '{CNY 10,USD 0.01}' / 3, bag '{CNY 10}' / -4, bag '{CNY 10}' * 0, - bag '{CNY 10}';
SELECT bag '{CNY 900719925474099200000.01}' * 1.000000000000000000001;
SELECT b, sign(b), b > 0 AS gt, b >= 0 AS ge, b = 0 AS eq, b <> 0 AS ne, b <= 0 AS le, b < 0 AS lt
FROM unnest(ARRAY['{}', '{CNY 1}', '{CNY -1}', '{CNY 1,USD 2}', '{CNY -1,USD 2}', '{CNY -1,USD -2}']::bag[]) AS b ORDER BY b USING OPERATOR(pulse.#<);
SELECT a, a > 0 AS gt, a >= 0 AS ge, a = 0 AS eq, a <> 0 AS ne, a <= 0 AS le, a < 0 AS lt FROM unnest(ARRAY['CNY -1', 'USD 0', 'JPY 1']::amount[]) AS a ORDER BY a;
CREATE TABLE types_allocate_open AS SELECT amount(i % 7 - 3, (ARRAY['CNY', 'USD'])[i % 2 + 1]) AS a FROM generate_series(1, 1000) AS i;
ANALYZE types_allocate_open;
SELECT count(*) FILTER (WHERE a > 0) AS positive, (SELECT count(*) FROM types_allocate_open WHERE a > 0) AS found, (SELECT count(*) FROM types_allocate_open WHERE a = 0) AS zero,
	   (SELECT count(*) FROM types_allocate_open WHERE NOT a <> 0) AS not_other FROM types_allocate_open;
DROP TABLE types_allocate_open;
SELECT bag '{CNY 1}' > 1;
\echo :LAST_ERROR_SQLSTATE
SELECT amount 'CNY 1' > 1;
SELECT bag '{CNY 1}' / 0;
\echo :LAST_ERROR_SQLSTATE
SELECT bag '{CNY 1}' * 'NaN'::numeric;
SELECT bag '{CNY 1}' * 1e40;
\echo :LAST_ERROR_SQLSTATE
SELECT bag '{CNY 1}' / 'Infinity'::numeric;
RESET search_path;
