-- what changed in schema.sql and objects.sql between 0.1.0 and 0.2.0 stands here

-- a mapping has an author: of a view its owner; one without a view is an administrator's
ALTER TABLE pulse_internal.mapping ADD COLUMN author regrole;
UPDATE pulse_internal.mapping AS m SET author = c.relowner::regrole FROM pg_class AS c WHERE c.oid = m.source;
-- health: groups, labels, hysteresis and dwell
ALTER TABLE pulse_internal.model_dimension ADD COLUMN group_name text, ADD COLUMN labels jsonb;
ALTER TABLE pulse_internal.model_veto ADD COLUMN labels jsonb;
ALTER TABLE pulse_internal.model_band
	ADD COLUMN hysteresis numeric NOT NULL DEFAULT 0
		CHECK (hysteresis >= 0 AND hysteresis < 100 AND hysteresis = pg_catalog.round(hysteresis, 2)),
	ADD COLUMN dwell_days numeric NOT NULL DEFAULT 0
		CHECK (dwell_days BETWEEN 0 AND 100000 AND dwell_days = pg_catalog.round(dwell_days, 6));
DROP FUNCTION pulse.create_model(text, jsonb, jsonb, integer, jsonb);
DROP FUNCTION pulse.alter_model(text, jsonb, jsonb, integer, jsonb);
DROP FUNCTION pulse_internal.insert_model_version(text, jsonb, jsonb, integer, jsonb, oid);
DROP FUNCTION pulse_internal.insert_model(text, jsonb, jsonb, integer, jsonb, oid);
DROP FUNCTION pulse.fit_model(text, regclass, text, text[], integer, boolean);
DROP FUNCTION pulse_internal.model_error(text, text);
DROP FUNCTION pulse.explain_model(text);
DROP FUNCTION pulse.explain_vetoes(text);
DROP FUNCTION pulse.explain_health(text, record);
DROP FUNCTION pulse.explain_health(text, record, timestamptz);
ALTER TABLE pulse_internal.firing ADD COLUMN version int;
DROP FUNCTION IF EXISTS pulse.alter_rule(text, text, text);

ALTER TABLE pulse_internal.label DROP CONSTRAINT label_class_check;
ALTER TABLE pulse_internal.label ADD CONSTRAINT label_class_check
	CHECK (class IN ('event', 'column', 'key', 'role', 'channel', 'template', 'value', 'function', 'relation'));

ALTER TABLE pulse_internal.rule_action DROP CONSTRAINT rule_action_verb_check;
ALTER TABLE pulse_internal.rule_action ADD CONSTRAINT rule_action_verb_check
	CHECK (verb IN ('notify', 'text', 'mail', 'assign', 'send', 'hold', 'reject', 'emit', 'call'));
ALTER TABLE pulse_internal.rule_action ALTER COLUMN role DROP NOT NULL;
ALTER TABLE pulse_internal.rule_action ADD COLUMN target text;
ALTER TABLE pulse_internal.rule_action ADD COLUMN arguments jsonb NOT NULL DEFAULT '[]';
-- rules about members and states
ALTER TABLE pulse_internal.wait DROP CONSTRAINT wait_end_reason_check,
	ADD CONSTRAINT wait_end_reason_check CHECK (end_reason IN ('answered', 'until', 'answered_late', 'moved', 'completed', 'cleared'));
DROP FUNCTION pulse.describe_key(text, regclass, text, text, text, text);
DROP INDEX pulse_internal.wait_key, pulse_internal.wait_of_key;
CREATE INDEX wait_key ON pulse_internal.wait (key, rule_id);
DROP INDEX pulse_internal.firing_rule;
CREATE INDEX firing_due ON pulse_internal.firing (due_at);
-- rollup: measures computed anew, coarser rollups, event kinds as sources
ALTER TABLE pulse_internal.rollup ADD COLUMN figures text[] NOT NULL DEFAULT '{}', ADD COLUMN finer_id int, ADD COLUMN trimmed_at timestamptz;
-- snoozed cases and tasks, tasks given by hand, messages to deputies
ALTER TABLE pulse_internal.cases ADD COLUMN snoozed_until timestamptz;
ALTER TABLE pulse_internal.task ADD COLUMN snoozed_until timestamptz, ADD COLUMN assigned_by text;
ALTER TABLE pulse_internal.message ADD COLUMN instead_of text;
-- these tell for whom a deputy stands in, and all that is built on them runs again below
DROP FUNCTION IF EXISTS pulse_internal.holders_of_firings() CASCADE;
DROP FUNCTION IF EXISTS pulse_internal.addressed_actions() CASCADE;
ALTER TABLE pulse_internal.firing ADD COLUMN acts_at timestamptz;
ALTER TABLE pulse_internal.rule ADD COLUMN unless_rule text;
ALTER TABLE pulse_internal.rule ADD COLUMN is_gate boolean NOT NULL DEFAULT false;
DROP FUNCTION IF EXISTS pulse.aging_report(regclass, text, text, date, text[], integer[], text, text);
