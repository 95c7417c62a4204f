-- ---- escalation: finding what is old -----------------------------------------------------

CREATE INDEX message_age ON pulse_internal.message USING brin (created_at) WITH (autosummarize = on);
CREATE INDEX cases_age ON pulse_internal.cases USING brin (closed_at) WITH (autosummarize = on);
CREATE INDEX firing_age ON pulse_internal.firing USING brin (swept_at, due_at) WITH (autosummarize = on);
