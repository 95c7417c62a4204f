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

-- the text of a report's run, or why there is none; NULL and NULL: there are no rows
CREATE OR REPLACE FUNCTION pulse_internal.report_body(report text, recipient text, language text, OUT body text, OUT failure text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT CASE
			WHEN n.failure IS NOT NULL THEN NULL
			WHEN cardinality(n.rows) = 0 THEN CASE WHEN p.on_empty = 'send' THEN
				CASE report_body.language WHEN 'zh' THEN '没有数据。' ELSE 'There is nothing to report.' END END
			ELSE CASE p.layout WHEN 'csv' THEN pulse_internal.rows_as_csv(n.rows)
							   ELSE pulse_internal.rows_as_table(n.rows, report_body.language) END
				|| CASE WHEN n.cut THEN E'\n\n' || format(CASE report_body.language WHEN 'zh' THEN '仅列出前%s行。'
					ELSE 'Only the first %s rows are shown.' END, p.max_rows) ELSE '' END
		END, n.failure
	FROM pulse_internal.run_report(report, recipient) AS n
	LEFT JOIN pulse_internal.report AS p ON p.name = report_body.report;
END;
REVOKE ALL ON FUNCTION pulse_internal.report_body(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.report_body(text, text, text) TO pulse_owner;

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
