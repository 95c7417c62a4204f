-- ---- report: pages, to look at ---------------------------------------------------------

GRANT SELECT ON pulse_internal.page_section TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.page TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.page', 'reason', '{pulse_author}');
REVOKE SELECT ON pulse_internal.page FROM pg_monitor;
GRANT SELECT (page_id, name, send_at, sent_for) ON pulse_internal.page TO pg_monitor;

CREATE OR REPLACE VIEW pulse.pages WITH (security_invoker = true) AS
	SELECT p.name, p.title_en, p.title_zh, (SELECT count(*) FROM pulse_internal.page_section AS s WHERE s.page_id = p.page_id) AS sections,
		   p.freshness, p.recipients, p.send_at, p.sent_for, pulse_internal.shown_reason('page', p.page_id::text) AS reason, p.author, p.created_at
	FROM pulse_internal.page AS p;
COMMENT ON VIEW pulse.pages IS
'Pages: titles, how many sections, the query of their sources'' freshness, who gets them (a query) and when, the last day they were sent for by the tick and why not since, and the author whose rights their queries have.';

CREATE OR REPLACE VIEW pulse.page_sections WITH (security_invoker = true) AS
	SELECT p.name AS page, s.ordinal, s.kind, s.title_en, s.title_zh, s.note_en, s.note_zh, s.query, s.unit, s.digits,
		   s.headings_en, s.headings_zh, s.units, s.wide
	FROM pulse_internal.page AS p JOIN pulse_internal.page_section AS s ON s.page_id = p.page_id;
COMMENT ON VIEW pulse.page_sections IS
'What stands on each page, in order: kind, titles and notes in both languages, the query, and how its figures are written.';
GRANT SELECT ON pulse.pages, pulse.page_sections TO pulse_admin, pulse_author, pulse_analyst;
