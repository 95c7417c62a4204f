-- ---- escalation: who may change a template ------------------------------------------------

CREATE POLICY authors_change ON pulse_internal.template FOR UPDATE TO pulse_author
	USING (pg_has_role(author, 'USAGE')) WITH CHECK (pg_has_role(author, 'USAGE') AND channel IS NULL);
GRANT UPDATE (subject_en, body_en, subject_zh, body_zh, event, channel, urgent) ON pulse_internal.template TO pulse_admin, pulse_author;
