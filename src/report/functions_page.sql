-- ---- report: pages ------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.report_html(name text, scope text DEFAULT NULL, as_of date DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'sp_report_html';
REVOKE ALL ON FUNCTION pulse.report_html(text, text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.report_html(text, text, date, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_owner;
COMMENT ON FUNCTION pulse.report_html(text, text, date, text) IS
'A page as one HTML document that refers to nothing outside itself and holds no script: for phone, screen and print, light and dark, in English or Chinese (lang ''en'', ''zh''; NULL: the setting). scope: the part it is of, as its queries understand it (NULL: everything); as_of: the day it is read (NULL: today in the business time zone). Figures are also in data-value attributes as the queries gave them. Queries run as the page''s author; those that read a table with row-level security that holds for you run as you, and call no VOLATILE function and none of the author. Save it with: psql -XAtc "SELECT pulse.report_html(''rules'')" >page.html. Errors: SP753 unknown page, 22008 the day, 22023 the language, 42501 a table with row-level security that you may not read, and what a query raises.';

CREATE OR REPLACE FUNCTION pulse.report_text(name text, scope text DEFAULT NULL, as_of date DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'sp_report_text';
REVOKE ALL ON FUNCTION pulse.report_text(text, text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.report_text(text, text, date, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_owner;
COMMENT ON FUNCTION pulse.report_text(text, text, date, text) IS
'The same page as plain text for a message: its figures and the first five rows of each table. Arguments and errors as report_html().';

CREATE OR REPLACE FUNCTION pulse_internal.save_page(name text, title_en text, title_zh text, sections jsonb, freshness text,
		recipients text, send_at time, replace_it boolean) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_page';
REVOKE ALL ON FUNCTION pulse_internal.save_page(text, text, text, jsonb, text, text, time, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_page(text, text, text, jsonb, text, text, time, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.page_recipients(name text, as_of date) RETURNS text[]
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_page_recipients';
REVOKE ALL ON FUNCTION pulse_internal.page_recipients(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.page_recipients(text, date) TO pulse_owner;

-- What is wrong with the sections of a page, in words; NULL: nothing.
CREATE OR REPLACE FUNCTION pulse_internal.section_problem(sections jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN sections IS NULL OR jsonb_typeof(sections) <> 'array' OR jsonb_array_length(sections) NOT BETWEEN 1 AND 40
			THEN 'Sections are an array of 1 to 40 objects.'
		ELSE (SELECT format('Section %s: %s.', x.n, CASE
				WHEN jsonb_typeof(x.s) <> 'object' THEN 'it is no object'
				WHEN coalesce(x.s ->> 'kind', '') NOT IN ('figures', 'table', 'line', 'bar', 'stack', 'bands', 'heat_map', 'funnel', 'calendar', 'text')
					THEN format('kind "%s" is none of figures, table, line, bar, stack, bands, heat_map, funnel, calendar, text', x.s ->> 'kind')
				WHEN coalesce(x.s ->> 'title_en', '') = '' THEN 'it has no title_en'
				WHEN coalesce(x.s ->> 'query', '') = '' THEN 'it has no query'
				WHEN x.s ? 'digits' AND x.s ->> 'digits' !~ '^([0-9]|1[0-2])$' THEN 'digits is no number from 0 to 12'
				WHEN x.s ? 'wide' AND jsonb_typeof(x.s -> 'wide') <> 'boolean' THEN 'wide is neither true nor false'
				WHEN coalesce(jsonb_typeof(x.s -> 'headings_en'), 'array') <> 'array' OR coalesce(jsonb_typeof(x.s -> 'headings_zh'), 'array') <> 'array'
					OR coalesce(jsonb_typeof(x.s -> 'units'), 'array') <> 'array' THEN 'headings and units are arrays'
				ELSE (SELECT format('"%s" is no property of a section', min(k.k)) FROM jsonb_object_keys(x.s) AS k(k)
					  WHERE k.k NOT IN ('kind', 'title_en', 'title_zh', 'note_en', 'note_zh', 'query', 'unit', 'digits', 'headings_en', 'headings_zh', 'units', 'wide')
					  HAVING count(*) > 0) END)
			  FROM jsonb_array_elements(sections) WITH ORDINALITY AS x(s, n)
			  WHERE jsonb_typeof(x.s) <> 'object'
				 OR coalesce(x.s ->> 'kind', '') NOT IN ('figures', 'table', 'line', 'bar', 'stack', 'bands', 'heat_map', 'funnel', 'calendar', 'text')
				 OR coalesce(x.s ->> 'title_en', '') = '' OR coalesce(x.s ->> 'query', '') = ''
				 OR (x.s ? 'digits' AND x.s ->> 'digits' !~ '^([0-9]|1[0-2])$') OR (x.s ? 'wide' AND jsonb_typeof(x.s -> 'wide') <> 'boolean')
				 OR coalesce(jsonb_typeof(x.s -> 'headings_en'), 'array') <> 'array' OR coalesce(jsonb_typeof(x.s -> 'headings_zh'), 'array') <> 'array'
				 OR coalesce(jsonb_typeof(x.s -> 'units'), 'array') <> 'array'
				 OR EXISTS (SELECT FROM jsonb_object_keys(CASE jsonb_typeof(x.s) WHEN 'object' THEN x.s ELSE '{}' END) AS k(k)
							WHERE k.k NOT IN ('kind', 'title_en', 'title_zh', 'note_en', 'note_zh', 'query', 'unit', 'digits', 'headings_en', 'headings_zh', 'units', 'wide'))
			  ORDER BY x.n LIMIT 1) END;
END;
REVOKE ALL ON FUNCTION pulse_internal.section_problem(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.section_problem(jsonb) TO pulse_admin, pulse_author;

-- checked, written, and tried: a page that cannot be shown is none
CREATE OR REPLACE FUNCTION pulse_internal.put_page(name text, title_en text, title_zh text, sections jsonb, freshness text,
		recipients text, send_at time, replace_it boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	problem text := CASE WHEN sections IS NOT NULL OR NOT replace_it THEN pulse_internal.section_problem(sections) END;
BEGIN
	IF coalesce(name, '') = '' OR (coalesce(title_en, '') = '' AND NOT replace_it) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a page needs a name and a title',
			DETAIL = 'One of them is null or empty.', HINT = 'Type pulse.create_page(''sales'', ''Sales'', ...).';
	ELSIF problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('page "%s" cannot be made', name),
			DETAIL = problem,
			HINT = 'A section is such as {"kind": "line", "title_en": "Sales", "title_zh": "销售", "query": "SELECT day, sum(total) FROM app.sale WHERE day < $2 GROUP BY 1 ORDER BY 1", "unit": "CNY"}.';
	END IF;
	PERFORM pulse_internal.save_page(name, title_en, title_zh, sections, freshness, recipients, send_at, replace_it);
	PERFORM pulse.report_html(name);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.put_page(text, text, text, jsonb, text, text, time, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.put_page(text, text, text, jsonb, text, text, time, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_page(name text, title_en text, sections jsonb, title_zh text DEFAULT NULL,
		freshness text DEFAULT NULL, recipients text DEFAULT NULL, send_at time DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.put_page(create_page.name, create_page.title_en, create_page.title_zh, create_page.sections,
		create_page.freshness, create_page.recipients, create_page.send_at, false);
END;
REVOKE ALL ON FUNCTION pulse.create_page(text, text, jsonb, text, text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_page(text, text, jsonb, text, text, text, time) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_page(text, text, jsonb, text, text, text, time) IS
'Makes a page of sections, an array of objects with kind, title_en, title_zh, query, and as wanted unit, digits, note_en, note_zh, headings_en and headings_zh (of columns), units (of a table''s columns, also "band" and "sparkline"), wide. A query is one SELECT with names in full; $1 is the scope (text, NULL: everything), $2 the day (date), $3 the language; it runs as you, and admins, authors and analysts may see the page. By kind it gives: figures (label, value, and unit, digits, note, verdict better or worse), table (any columns), line, bar, stack (label, one column per series), bands (label, value; label a colour), heat_map (row, column, value), funnel (label, value), calendar (day, value), text (paragraphs). freshness: a query of source, watermark and what is missing (NULL: complete), shown on top. recipients: a query of scope and staff id; each gets the page of that scope as text, daily at send_at in the business time zone, or by send_page(). Errors: 22023 what is wrong with it, 42710 the name is taken, and what a query raises when it is tried.';

CREATE OR REPLACE FUNCTION pulse.alter_page(name text, title_en text DEFAULT NULL, sections jsonb DEFAULT NULL, title_zh text DEFAULT NULL,
		freshness text DEFAULT NULL, recipients text DEFAULT NULL, send_at time DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.put_page(alter_page.name, alter_page.title_en, alter_page.title_zh, alter_page.sections,
		alter_page.freshness, alter_page.recipients, alter_page.send_at, true);
END;
REVOKE ALL ON FUNCTION pulse.alter_page(text, text, jsonb, text, text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_page(text, text, jsonb, text, text, text, time) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_page(text, text, jsonb, text, text, text, time) IS
'Changes what is given of a page; sections replace all sections. From then on it runs as you. Errors: SP753 unknown page, 42501 not yours; else as create_page().';

CREATE OR REPLACE FUNCTION pulse.drop_page(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_page';
REVOKE ALL ON FUNCTION pulse.drop_page(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_page(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_page(text) IS
'Drops a page; messages that hold it stay. Errors: SP753 unknown page, 42501 not yours.';

CREATE OR REPLACE FUNCTION pulse.check_page(name text, OUT language text, OUT problem text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	FOREACH language IN ARRAY ARRAY['en', 'zh'] LOOP
		BEGIN
			PERFORM pulse.report_html(check_page.name, NULL, NULL, language);
			PERFORM pulse.report_text(check_page.name, NULL, NULL, language);
		EXCEPTION
			WHEN SQLSTATE 'SP753' OR query_canceled THEN
				RAISE;
			WHEN others THEN
				GET STACKED DIAGNOSTICS what_to_do = PG_EXCEPTION_CONTEXT;
				problem := sqlerrm;
				what_to_do := 'Mend it' || coalesce(': ' || (regexp_match(what_to_do, '(?:^|\n)([^\n]* of page "[^\n]*")'))[1], '.');
				RETURN NEXT;
		END;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse.check_page(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_page(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_page(text) IS
'Tries a page of everything for today in both languages: a row for each that cannot be shown, with the error and the section it is in. No rows: all is well. Error SP753: unknown page.';

-- ---- report: pages as messages ---------------------------------------------------------

-- One message per recipient, page, day and scope; the row of the page is locked, so
-- that two who send at once do not both.
CREATE OR REPLACE FUNCTION pulse.send_page(name text, as_of date DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	page pulse_internal.page;
	day date := coalesce(as_of, pulse.day_of(pulse.clock()));
	reader record;
	message bigint;
	sent bigint := 0;
BEGIN
	SELECT p.* INTO page FROM pulse_internal.page AS p WHERE p.name = send_page.name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP753', MESSAGE = format('unknown page "%s"', send_page.name),
			DETAIL = 'There is no page of that name.', HINT = 'Look at SELECT name FROM pulse.pages.';
	ELSIF page.recipients IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('page "%s" has no recipients', send_page.name),
			DETAIL = 'A query of scope and staff id says who gets it.',
			HINT = format('SELECT pulse.alter_page(%L, recipients => ''SELECT region, director_id FROM app.region'');', send_page.name);
	END IF;
	-- who had no address then may have one now
	WITH again AS (
		DELETE FROM pulse_internal.page_message AS s USING pulse_internal.delivery AS d
		WHERE s.page_id = page.page_id AND s.as_of = day AND d.message_id = s.message_id AND d.state = 'unaddressed'
		RETURNING s.message_id
	), forgotten AS (
		DELETE FROM pulse_internal.delivery AS d USING again AS a WHERE d.message_id = a.message_id
	)
	DELETE FROM pulse_internal.message AS m USING again AS a WHERE m.message_id = a.message_id;
	FOR reader IN
		WITH pair AS (
			SELECT r.texts[2 * n.n - 1] AS scope, r.texts[2 * n.n] AS staff
			FROM (SELECT pulse_internal.page_recipients(send_page.name, day) AS texts) AS r,
				 LATERAL generate_series(1, cardinality(r.texts) / 2) AS n(n)
		)
		SELECT DISTINCT w.scope, w.staff, p.name, c.channel, pulse_internal.address(c.channel, p.id, p.email, p.mobile) AS recipient,
			   CASE WHEN p.language IN ('en', 'zh') THEN p.language ELSE pulse.setting('language') END AS language
		FROM pair AS w LEFT JOIN pulse_internal.people(true) AS p ON p.id = w.staff,
			 LATERAL (SELECT pulse_internal.reachable_channel('mail', p.channel, p.id, p.email, p.mobile) AS channel) AS c
		WHERE NOT EXISTS (SELECT FROM pulse_internal.page_message AS s
						  WHERE s.page_id = page.page_id AND s.as_of = day AND s.scope = w.scope AND s.staff = w.staff)
		ORDER BY w.scope, w.staff
	LOOP
		INSERT INTO pulse_internal.message (verb, found_by, staff, recipient_name, channel, recipient, language, subject, body, variables,
											created_at, not_before)
		SELECT 'report', 'page', reader.staff, reader.name, coalesce(reader.channel, 'mail'), reader.recipient, reader.language,
			   pulse_internal.one_line(split_part(t.body, E'\n', 1) || ' ' || split_part(t.body, E'\n', 2)),
			   -- a text message takes its first lines
			   CASE reader.channel WHEN 'sms' THEN left(t.body, 300) ELSE t.body END,
			   jsonb_build_object('page', page.name, 'scope', reader.scope, 'as_of', day),
			   pulse.clock(), pulse.clock()
		FROM (SELECT btrim(pulse.report_text(page.name, nullif(reader.scope, ''), day, reader.language), E' \n') AS body) AS t
		RETURNING message_id INTO message;
		INSERT INTO pulse_internal.queue (message_id, not_before, channel)
		SELECT message, pulse.clock(), coalesce(reader.channel, 'mail') WHERE reader.recipient IS NOT NULL;
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)
		SELECT message, clock_timestamp(), 0, 0, 'unaddressed' WHERE reader.recipient IS NULL;
		INSERT INTO pulse_internal.page_message (page_id, as_of, scope, staff, message_id)
		VALUES (page.page_id, day, reader.scope, reader.staff, message);
		sent := sent + 1;
	END LOOP;
	IF sent > 0 THEN
		PERFORM pg_notify('pulse_outbox', '');
	END IF;
	RETURN sent;
END
$$;
ALTER FUNCTION pulse.send_page(text, date) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.send_page(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.send_page(text, date) TO pulse_admin;
COMMENT ON FUNCTION pulse.send_page(text, date) IS
'Writes a page into the outbox, as text and in the reader''s language, once for each recipient, scope and day (NULL: today), and returns how many it wrote: a second call writes none. Who has no address gets a message of state unaddressed, which the next call tries again. Errors: SP753 unknown page, 22023 it has no recipients, and what a query raises.';

-- the job of the tick: a page that fails is tried again a minute later
CREATE OR REPLACE FUNCTION pulse_internal.send_pages() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	failure text;
	today date := pulse.day_of(pulse.clock());
BEGIN
	FOR due IN
		SELECT p.page_id, p.name FROM pulse_internal.page AS p
		WHERE p.send_at <= (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::time
		  AND p.sent_for IS DISTINCT FROM today AND p.recipients IS NOT NULL
		ORDER BY p.page_id
	LOOP
		failure := NULL;
		BEGIN
			PERFORM pulse.send_page(due.name, today);
		EXCEPTION WHEN query_canceled OR admin_shutdown OR deadlock_detected OR serialization_failure THEN
			RAISE;
		WHEN others THEN
			failure := sqlerrm;
		END;
		UPDATE pulse_internal.page AS p
		SET sent_for = CASE WHEN failure IS NULL THEN today ELSE p.sent_for END, reason = failure
		WHERE p.page_id = due.page_id;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.send_pages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.send_pages() TO pulse_owner;
