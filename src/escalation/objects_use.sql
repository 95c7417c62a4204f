-- ---- escalation: what one recipient has had on a channel -----------------------------------

CREATE INDEX channel_use_recipient ON pulse_internal.channel_use (recipient, channel, last_at);
