-- ---- jobs: what older releases had, once nothing above reads it any more --------------

-- 0.1.0 kept a message's state beside its text; see escalation/schema_outbox.sql
ALTER TABLE pulse_internal.message
	DROP COLUMN IF EXISTS held_until, DROP COLUMN IF EXISTS state, DROP COLUMN IF EXISTS withdraw,
	DROP COLUMN IF EXISTS attempt, DROP COLUMN IF EXISTS lease_token, DROP COLUMN IF EXISTS worker,
	DROP COLUMN IF EXISTS provider_id, DROP COLUMN IF EXISTS last_error, DROP COLUMN IF EXISTS changed_at;
DROP FUNCTION IF EXISTS pulse_internal.check_claim(text, int, interval, boolean);
DROP FUNCTION IF EXISTS pulse_internal.check_outcome(text);

-- up to 0.2.0 the status was found and told at once
DROP VIEW IF EXISTS pulse_internal.status_outbox, pulse_internal.status_events, pulse_internal.status_rules,
	pulse_internal.status_jobs, pulse_internal.status_reports;
