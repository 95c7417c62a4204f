-- report.sql: see report.sh
-- @check the figure of the page is that of the table
SELECT (regexp_match(pulse.report_html('year', lang => 'en'), 'data-figure="Sales" data-value="([0-9.]*)"'))[1]::numeric = (SELECT sum(total) FROM app.sale);
-- @check a board of a region has the figure of the region
SELECT (regexp_match(pulse.report_html('morning', 'east.r7', lang => 'en'), 'data-figure="Yesterday" data-value="([0-9.]*)"'))[1]::numeric = (SELECT sum(total) FROM app.sale WHERE region = 'east.r7' AND day = '2025-06-30');
-- @bench year_summed_from_the_table
SELECT day, sum(total) FROM app.sale WHERE day >= '2024-07-01' GROUP BY 1;
-- @bench page_of_the_year vs year_summed_from_the_table
SELECT length(pulse.report_html('year'));
-- @bench morning_board_of_the_company vs year_summed_from_the_table
SELECT length(pulse.report_html('morning'));
-- @bench morning_board_of_a_region vs year_summed_from_the_table
SELECT length(pulse.report_html('morning', 'east.r7'));
