-- report.sql: see report.sh
-- @check the page's figure is that of the table
SELECT (regexp_match(pulse.report_html('year', lang => 'en'), 'data-figure="Sales" data-value="([0-9.]*)"'))[1]::numeric = (SELECT sum(total) FROM app.sale);
-- @check a board of a region has the region's figure
SELECT (regexp_match(pulse.report_html('morning', 'east.r7', lang => 'en'), 'data-figure="Yesterday" data-value="([0-9.]*)"'))[1]::numeric = (SELECT sum(total) FROM app.sale WHERE region = 'east.r7' AND day = '2025-06-30');
-- @bench the year, summed by day from the table
SELECT day, sum(total) FROM app.sale WHERE day >= '2024-07-01' GROUP BY 1;
-- @bench page of the year vs the year, summed by day from the table
SELECT length(pulse.report_html('year'));
-- @bench morning board of the company vs the year, summed by day from the table
SELECT length(pulse.report_html('morning'));
-- @bench morning board of a region vs the year, summed by day from the table
SELECT length(pulse.report_html('morning', 'east.r7'));
