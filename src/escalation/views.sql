-- ---- escalation: views of the outbox ---------------------------------------------

CREATE OR REPLACE VIEW pulse.messages WITH (security_invoker = true) AS
	SELECT m.message_id, m.case_id, m.step + 1 AS step, nullif(m.repetition, 0) AS repetition, m.role, m.found_by, m.staff, m.recipient_name,
		   m.channel, m.recipient, m.copies, m.language, m.subject, m.body,
		   m.state, m.attempt, m.created_at, m.not_before,
		   m.worker, m.provider_id, m.last_error, m.changed_at, m.idempotency_key::text AS idempotency_key, m.together
	FROM pulse_internal.message AS m;
COMMENT ON VIEW pulse.messages IS
'The outbox: what was written to whom, on which channel and address, and how far it has come (state: queued, claimed, unknown, sent, delivered, failed, dead, withdrawn, unaddressed). step: of the rule, from 1; repetition: of a step that repeats, from 1. together: all cases it is about, where the rule put several together. found_by says how the recipient was found: role, fallback, nobody.';
GRANT SELECT ON pulse_internal.message, pulse.messages TO pulse_admin;
