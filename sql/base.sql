-- settings: defaults, a change, a bad value changes nothing
SELECT name, value, default_value FROM pulse.settings ORDER BY name;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.setting('timezone');
SELECT pulse.set_setting('timezone', 'Asia/Nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.setting('timezone');
SELECT pulse.set_setting('colour', 'red');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_setting('currency', 'yuan');
SELECT pulse.set_setting('fiscal_year_start', '13-01');
SELECT pulse.set_setting('language', 'fr');
SELECT pulse.set_setting('max_hold', '-1 second');
SELECT pulse.set_setting('clock', 'tomorrow-ish');

-- the clock can be stopped, and given back
SELECT pulse.set_clock('2026-03-01 00:00+08');
SELECT pulse.clock() = timestamptz '2026-03-01 00:00+08' AS stopped;
SELECT pulse.set_clock(NULL);
SELECT pulse.clock() BETWEEN now() AND clock_timestamp() AS running;

-- a rolled-back change is forgotten
BEGIN;
SELECT pulse.set_setting('language', 'zh');
SELECT pulse.setting('language');
ROLLBACK;
SELECT pulse.setting('language');
