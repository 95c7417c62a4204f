-- what pulse.status tells, in both languages
\set SHOW_CONTEXT never
-- every text that the views of findings name is in the catalogue, with as many places as it is given
CREATE TEMP TABLE named AS
SELECT DISTINCT k.k[1] AS key
FROM pg_views AS v, regexp_matches(v.definition, '''((?:do|n) [a-zA-Z ]+|[a-z][a-zA-Z ]+)''::text', 'g') AS k(k)
WHERE v.schemaname = 'pulse_internal' AND v.viewname LIKE 'found%';
SELECT count(*) > 50 AS many FROM named;
SELECT key FROM named WHERE pulse_internal.status_text(key, '{a,b,c}', 'en') IS NULL
	AND key NOT IN ('ok', 'warn', 'fail', 'unknown', 'known', 'dead', 'unaddressed', 'n ', 'role ', 'live', 'month', 'system', 'timezone', 'kpi', 'mapping') ORDER BY 1;
SELECT key FROM named AS n WHERE pulse_internal.status_text(key, '{a,b,c}', 'zh') !~ '[一-龥]' OR pulse_internal.status_text(key, '{a,b,c}', 'en') ~ '[一-龥]' ORDER BY 1;
-- the same is said of the same things in both
SELECT s.state, (SELECT count(*) FROM pulse.explain_status('zh')) = (SELECT count(*) FROM pulse.status) AS as_many
FROM pulse.explain_status('zh') AS s WHERE s.component = '版本';
SELECT component, state, what_to_do FROM pulse.explain_status('zh') WHERE component = '定时处理';
SELECT component FROM pulse.explain_status('zh') WHERE component !~ '[一-龥]' OR what_to_do !~ '[一-龥]';
SELECT count(*) FROM ((SELECT * FROM pulse.explain_status('en') WHERE component <> 'tick') EXCEPT (SELECT * FROM pulse.status)) AS x;
SELECT pulse_internal.status_text('waiting since', '{3,2 days 01:02:03}', 'en'), pulse_internal.status_text('waiting since', '{3,1 year 2 mons 1 day 01:02:03}', 'zh'),
	   pulse_internal.status_text('role of rule unknown', '{r,s}', 'zh'), pulse_internal.status_text('rule', '{%s 30 days}', 'zh');
SELECT pulse_internal.status_text('as it says', '{NULL}', 'en'), pulse_internal.status_text('nothing', NULL, 'en') IS NULL AS unknown;
SELECT pulse.explain_status('fr');
\echo :LAST_ERROR_SQLSTATE
CREATE ROLE regress_status_monitor IN ROLE pg_monitor;
CREATE ROLE regress_status_nobody;
SET ROLE regress_status_monitor;
SELECT count(*) > 0 AS seen FROM pulse.explain_status('zh');
SET ROLE regress_status_nobody;
SELECT pulse.explain_status('zh');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP ROLE regress_status_monitor, regress_status_nobody;
DROP TABLE named;
