-- care: segments that a model has itself: rows scored by another model, in the version in force
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE TABLE segment_client (id int PRIMARY KEY, size text, nps int);
INSERT INTO segment_client VALUES (1, 'small', 60), (2, 'large', 60), (3, 'huge', 60), (4, NULL, 60);
SELECT pulse.import_model('{"model": "segments", "dimensions": [{"dimension": "nps", "curve": "linear 0:0 100:100"}], "segments": {"column": "size", "models": {"large": "segments large"}}}');
-- the other model is not there yet: that is said where health is to be stored
SELECT pulse.store_health('segments', 'segment_client', 'id', event => NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_model('segments large', '[{"dimension": "nps", "curve": "linear 0:0 60:0 100:100"}]'), pulse.create_model('segments huge', '[{"dimension": "nps", "curve": "linear 0:100 100:0"}]');
SELECT pulse.store_health('segments', 'segment_client', 'id', event => NULL, segments => '{"column": "size", "models": {"large": "segments huge"}}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.store_health('segments', 'segment_client', 'id', event => NULL);
SELECT customer, score, band, scored_by FROM pulse.healths WHERE model = 'segments' ORDER BY customer;
-- a new version has one more, another one has none; what was before stays as it was
SELECT pulse.set_clock('2026-03-02 08:00+08');
SELECT pulse.alter_model('segments', segments => '{"column": "size", "models": {"large": "segments large", "huge": "segments huge"}}');
SELECT pulse.refresh_health('segments');
SELECT customer, score, band, scored_by, version FROM pulse.healths WHERE model = 'segments' ORDER BY customer;
SELECT pulse.set_clock('2026-03-03 08:00+08');
SELECT pulse.alter_model('segments', segments => '{}');
SELECT pulse.refresh_health('segments');
SELECT customer, at, cause, score, scored_by, version FROM pulse.health_history WHERE model = 'segments' AND customer IN ('2', '3') ORDER BY customer, at;
SELECT * FROM pulse.check_health('segments');
-- a model that is named and not there leaves what is stored as it is
SELECT pulse.alter_model('segments', segments => '{"column": "size", "models": {"large": "nobody"}}');
SELECT pulse.refresh_health('segments');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse_internal.refresh_health();
SELECT model, state, reason FROM pulse.stored_health WHERE model = 'segments';
SELECT customer, score FROM pulse.healths WHERE model = 'segments' ORDER BY customer;
SELECT pulse.alter_model('segments', segments => '{"column": "size", "models": {"large": "segments large"}}');
SELECT pulse_internal.refresh_health();
SELECT model, state, reason, segment FROM pulse.stored_health WHERE model = 'segments';
SELECT customer, score, scored_by FROM pulse.healths WHERE model = 'segments' ORDER BY customer;
SELECT pulse.drop_model('segments large');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.rebuild_health('segments');
SELECT pulse.forget_health('segments'), pulse.drop_model('segments'), pulse.drop_model('segments large'), pulse.drop_model('segments huge');
DROP TABLE segment_client;
SELECT pulse.set_clock(NULL);
