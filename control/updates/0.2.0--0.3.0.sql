-- what changed in schema.sql and objects.sql between 0.2.0 and 0.3.0 stands here
DROP FUNCTION IF EXISTS pulse_internal.walk_health(text, integer, jsonb, text, timestamptz, timestamptz, text, integer, jsonb, timestamptz, timestamptz);
ALTER TABLE pulse_internal.health_current DROP CONSTRAINT health_current_source_id_fkey;
ALTER TABLE pulse_internal.health_history DROP CONSTRAINT health_history_source_id_fkey;
DROP FUNCTION IF EXISTS pulse_internal.replay_health(integer, timestamptz);
DROP FUNCTION IF EXISTS pulse.confusion(text, regclass, text);
ALTER TABLE pulse_internal.health_source ADD COLUMN history_since timestamptz;
ALTER TABLE pulse_internal.case_event DROP CONSTRAINT case_event_case_id_fkey;
DROP INDEX pulse_internal.firing_due, pulse_internal.firing_age;
CREATE INDEX firing_age ON pulse_internal.firing USING brin (swept_at, due_at) WITH (autosummarize = on);
DROP FUNCTION IF EXISTS pulse.diff_health(text, text, timestamptz, timestamptz);
