-- ---- escalation: whole roles, and the text of reports ---------------------------------

-- all who hold a role, for whatever key
CREATE OR REPLACE FUNCTION pulse_internal.everyone_as(role text)
	RETURNS TABLE (role text, staff text, name text, email text, mobile text, channel text, language text, org_path text)
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
	WITH held(staff) AS MATERIALIZED (
		SELECT r.c[2]
		FROM pulse_internal.mapping AS m, LATERAL pulse_internal.read_mapping(m.mapping_id, NULL, true) AS r(c)
		WHERE m.kind = 'role' AND m.name = everyone_as.role AND m.holder IS NULL
		UNION
		SELECT h FROM pulse_internal.mapping AS m, unnest(m.holder) AS h
		WHERE m.kind = 'role' AND m.name = everyone_as.role
	)
	SELECT everyone_as.role, p.id, p.name, p.email, p.mobile, coalesce(nullif(p.channel, ''), 'mail'), p.language, p.org_path
	FROM held AS h JOIN pulse_internal.people(true) AS p ON p.id = h.staff;
END;
REVOKE ALL ON FUNCTION pulse_internal.everyone_as(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.everyone_as(text) TO pulse_owner;

-- What a report says to somebody: its text and, in a mail, parts for the relay: the table as HTML beside it, or
-- the CSV attached instead of in it. No body: it is not sent.
CREATE OR REPLACE FUNCTION pulse_internal.report_message(report text, recipient text, language text, channel text,
		OUT body text, OUT parts jsonb, OUT failure text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT CASE
			WHEN n.failure IS NOT NULL THEN NULL
			WHEN cardinality(n.rows) = 0 THEN CASE WHEN p.on_empty = 'send' THEN
				CASE report_message.language WHEN 'zh' THEN '没有数据。' ELSE 'There is nothing to report.' END END
			ELSE CASE WHEN p.layout = 'csv' AND report_message.channel = 'mail' THEN
						format(CASE report_message.language WHEN 'zh' THEN '%s行，见附件“%s”。' WHEN 'en' THEN CASE cardinality(n.rows) WHEN 1 THEN '%s row, attached as %s.' ELSE '%s rows, attached as %s.' END END, cardinality(n.rows), f.name)
					  WHEN p.layout = 'csv' THEN pulse_internal.rows_as_csv(n.rows)
					  ELSE pulse_internal.rows_as_table(n.rows, report_message.language) END
				|| coalesce(E'\n\n' || f.note, '')
		END,
		CASE WHEN report_message.channel <> 'mail' OR cardinality(n.rows) = 0 THEN NULL
			WHEN p.layout = 'csv' THEN jsonb_build_object('mail_csv', pulse_internal.rows_as_csv(n.rows), 'mail_csv_name', f.name)
			ELSE jsonb_build_object('mail_html', pulse_internal.html_page(pulse_internal.rows_as_html(n.rows, report_message.language)
				|| coalesce('<p>' || f.note || '</p>', ''), report_message.language)) END,
		n.failure
	FROM pulse_internal.run_report(report, recipient) AS n
	LEFT JOIN pulse_internal.report AS p ON p.name = report_message.report
	CROSS JOIN LATERAL (
		SELECT translate(report_message.report, '/\:', '___') || '.csv',
			   CASE WHEN n.cut THEN format(CASE report_message.language WHEN 'zh' THEN '仅列出前%s行。' ELSE 'Only the first %s rows are shown.' END, p.max_rows) END
	) AS f(name, note);
END;
REVOKE ALL ON FUNCTION pulse_internal.report_message(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.report_message(text, text, text, text) TO pulse_owner;

-- Declared before what calls it; views_report.sql says what it does.
CREATE OR REPLACE FUNCTION pulse_internal.write_reports() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NULL::void;
END;

CREATE OR REPLACE FUNCTION pulse_internal.perform_effects() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT NULL::void;
END;

-- ---- digests of a day ------------------------------------------------------------------------

-- what came since the last digest waits for the next one; its case is open meanwhile
CREATE OR REPLACE FUNCTION pulse_internal.hold_digests() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.firing AS f SET withheld = 'digest'
	WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.acts_at > pulse.clock();
END;
REVOKE ALL ON FUNCTION pulse_internal.hold_digests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.hold_digests() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.wake_digests() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.firing AS f SET withheld = NULL
	WHERE f.released_at IS NULL AND f.withheld = 'digest' AND f.acts_at <= pulse.clock();
END;
REVOKE ALL ON FUNCTION pulse_internal.wake_digests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.wake_digests() TO pulse_owner;

-- ---- UNLESS rule other IS OPEN -----------------------------------------------------------------

-- A case of the other rule about the same key is open, or opens in this tick.  Of
-- two rules that keep each other silent the one whose case is open does.
CREATE OR REPLACE FUNCTION pulse_internal.inhibit_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH asked AS MATERIALIZED (
		SELECT f.firing_id, f.wait_id, f.step, r.unless_rule
		FROM pulse_internal.firing AS f
		JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id AND r.unless_rule IS NOT NULL
		JOIN pulse_internal.rule AS o ON o.name = r.unless_rule
		WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.mode = 'live'
		  AND (EXISTS (SELECT FROM pulse_internal.cases AS c
					   WHERE c.rule_id = o.rule_id AND c.state IN ('open', 'acknowledged')
						 AND ((c.key_name = f.key_name AND c.key = f.key) OR c.key = f.evidence -> 'trigger' ->> c.key_name))
			   OR (o.unless_rule IS NULL
				   AND EXISTS (SELECT FROM pulse_internal.firing AS x
							   WHERE x.rule_id = o.rule_id AND x.released_at IS NULL AND x.mode = 'live' AND NOT x.superseded
								 AND ((x.key_name = f.key_name AND x.key = f.key) OR x.key = f.evidence -> 'trigger' ->> x.key_name))))
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT c.case_id, pulse.clock(), 'withheld', a.step, format('rule %s is open', a.unless_rule)
		FROM asked AS a JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id ORDER BY a.firing_id
	)
	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock(), withheld = 'rule open'
	FROM asked AS a WHERE f.firing_id = a.firing_id;
END;
REVOKE ALL ON FUNCTION pulse_internal.inhibit_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.inhibit_firings() TO pulse_owner;
