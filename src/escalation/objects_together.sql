-- ---- escalation: is anything put together at all? -----------------------------------------

CREATE INDEX message_is_together ON pulse_internal.message (message_id) WHERE together IS NOT NULL;
CREATE INDEX task_is_together ON pulse_internal.task (task_id) WHERE together IS NOT NULL;
