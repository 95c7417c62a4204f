-- ---- escalation: cases that stand open for people alone -----------------------------------

ALTER TABLE pulse_internal.cases ADD COLUMN stands_since timestamptz;	-- its wait is over and nobody has closed it
CREATE INDEX cases_standing ON pulse_internal.cases (rule_id, key)
	WHERE stands_since IS NOT NULL AND state IN ('open', 'acknowledged');
CREATE INDEX cases_unanswered ON pulse_internal.cases (stands_since)
	WHERE stands_since IS NOT NULL AND state IN ('open', 'acknowledged');
