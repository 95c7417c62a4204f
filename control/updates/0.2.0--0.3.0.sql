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
DROP PROCEDURE IF EXISTS pulse.create_aging_view(text, regclass, text, text, text[], integer[], text);

ALTER TABLE pulse_internal.consumer ADD COLUMN lanes int;	-- over which the batch is shared out; NULL: it is not
ALTER TABLE pulse_internal.due_floor ADD COLUMN lane int NOT NULL DEFAULT -1 UNIQUE;	-- of a batch that is shared out; -1: the sweep that is not
ALTER TABLE pulse_internal.due_floor ADD COLUMN resets bigint NOT NULL DEFAULT 0;	-- how often a rule that started has reset it
COMMENT ON TABLE pulse_internal.due_floor IS
'A row, and while lanes share a batch one for each, not dumped: no wait of a running rule is open and due before this, in the order (due_at, wait_id). The sweep looks for due waits from here on, past the entries of those that are gone.';
ALTER TABLE pulse_internal.user_job ADD COLUMN time_limit interval;	-- NULL: setting job_time_limit
DROP FUNCTION IF EXISTS pulse_internal.tick_once(int);
DROP FUNCTION IF EXISTS pulse_internal.store_job(text, text, time, interval);
DROP FUNCTION IF EXISTS pulse.create_job(text, text, time, interval);
DROP FUNCTION IF EXISTS pulse.schedule();
-- a hold is answered in C, as the caller
CREATE OR REPLACE FUNCTION pulse.release_hold(hold_id bigint, reason text DEFAULT NULL, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_release_hold';
DROP FUNCTION IF EXISTS pulse_internal.hold_is_closed(bigint);
DROP FUNCTION IF EXISTS pulse_internal.try_row(regclass, jsonb, text, text);
DROP FUNCTION IF EXISTS pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean);
ALTER TABLE pulse_internal.wait DROP CONSTRAINT wait_end_reason_check,
	ADD CONSTRAINT wait_end_reason_check CHECK (end_reason IN ('answered', 'until', 'answered_late', 'moved', 'completed', 'cleared', 'ended'));
DROP FUNCTION IF EXISTS pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text);
DROP FUNCTION IF EXISTS pulse_internal.board_sections(text, text, int, text, text, boolean);
DROP FUNCTION IF EXISTS pulse_internal.board_alerts(regclass, text, text, text, text, text, int, text, text, boolean);
DROP FUNCTION IF EXISTS pulse_internal.board_freshness(regclass, text);
COMMENT ON TYPE pulse.cox_model IS
'A fitted Cox model, in the order of its covariates: a covariate one unit higher multiplies the hazard by exp(coefficient). hazards: the cumulative hazard, at the durations at which it happened, of a row whose covariates are at the means. null_log_likelihood: without covariates. status: ok; collinear (a covariate says no more than those before it: coefficient 0, standard error NULL; predictions hold); separable (a covariate tells all apart, or it never happened to those who have it, so its coefficient would grow without end: it stands where the search stopped); nothing_happened (no row has it happened: the rest is NULL).';
ALTER TABLE pulse_internal.model_version ADD COLUMN segments jsonb;
DROP FUNCTION IF EXISTS pulse.create_model(text, jsonb, jsonb, integer, jsonb, jsonb);
DROP FUNCTION IF EXISTS pulse.alter_model(text, jsonb, jsonb, integer, jsonb, jsonb);
DROP FUNCTION IF EXISTS pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, jsonb, oid);
DROP FUNCTION IF EXISTS pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, jsonb, oid);
ALTER TABLE pulse_internal.health_source ADD COLUMN follows integer REFERENCES pulse_internal.health_source ON DELETE SET NULL, ADD COLUMN due_column text;
DROP FUNCTION IF EXISTS pulse_internal.insert_health_source(text, regclass, text, text, text, jsonb, text, text, oid);
DROP FUNCTION IF EXISTS pulse_internal.add_health_source(text, regclass, text, text, text, jsonb, text, text);
DROP FUNCTION IF EXISTS pulse.store_health(text, regclass, text, text, jsonb, text, text);
-- as when it is declared before it is defined: it then needs what is dropped no more
CREATE OR REPLACE FUNCTION pulse_internal.write_reports() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NULL::void;
END;
DROP FUNCTION IF EXISTS pulse_internal.report_body(text, text, text);
-- firings are acted on in C
DROP FUNCTION IF EXISTS pulse_internal.open_cases() CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.note_steps() CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.write_messages() CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.addressed_actions() CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.holders_of_firings() CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.fact_lines(jsonb, text, text) CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.find_template(text, text, text, jsonb) CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.render(text, jsonb) CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.relay_variables() CASCADE;
-- messages are found by their case; that a case was opened stands in it
DROP INDEX pulse_internal.message_once, pulse_internal.message_by_case;
CREATE UNIQUE INDEX message_once ON pulse_internal.message
	(case_id, step, repetition, action, coalesce(staff, ''));
DELETE FROM pulse_internal.case_event WHERE what = 'opened';
ALTER TABLE pulse_internal.rule_change ADD COLUMN language text, ADD COLUMN rule pulse.rule;
DROP FUNCTION IF EXISTS pulse_internal.alter_rule_now(text, text, text, text, timestamptz);
DROP FUNCTION IF EXISTS pulse_internal.next_digest(text, text);
ALTER TABLE pulse_internal.rule ADD COLUMN calendar text;	-- USING CALENDAR; NULL: that of the setting
-- messages of capture errors quote values: who monitors counts them
REVOKE SELECT ON pulse.capture_errors, pulse_internal.capture_error FROM pg_monitor;
GRANT SELECT (watch_id, failed_at) ON pulse_internal.capture_error TO pg_monitor;
-- a wait is found by a time that stays as it is when its last step is done
ALTER TABLE pulse_internal.wait ADD COLUMN sweep_at timestamptz;
ALTER TABLE pulse_internal.wait SET (fillfactor = 65);
UPDATE pulse_internal.wait SET sweep_at = due_at;
DROP INDEX pulse_internal.wait_due;
CREATE INDEX wait_due ON pulse_internal.wait (sweep_at, wait_id) WHERE sweep_at IS NOT NULL;
ALTER TABLE pulse_internal.wait DROP CONSTRAINT wait_pkey;
DROP INDEX pulse_internal.wait_key;
ALTER TABLE pulse_internal.wait ADD CONSTRAINT wait_key PRIMARY KEY (key, rule_id, wait_id);
DROP INDEX pulse_internal.cases_by_key;
CREATE INDEX cases_by_key ON pulse_internal.cases (key, key_name);
