-- ---- escalation: messages as HTML, for mail -------------------------------------------------

-- What a text says, with nothing in it that HTML would take for its own; addresses of pages become links.
CREATE OR REPLACE FUNCTION pulse_internal.html_text(given text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN regexp_replace(
		replace(replace(replace(replace(given, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'),
		'(https?://(?:(?!&quot;|&lt;|&gt;)[^\s，。；！？）])*(?!&quot;|&lt;|&gt;)[^\s.,;:!?)，。；：！？）])', '<a href="\1">\1</a>', 'g');
REVOKE ALL ON FUNCTION pulse_internal.html_text(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.html_text(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.html_page(content text, language text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN '<!DOCTYPE html>' || E'\n' || '<html lang="' || CASE language WHEN 'zh' THEN 'zh' ELSE 'en' END
		|| '"><head><meta charset="utf-8"></head>' || E'\n' || '<body>' || content || '</body></html>';
REVOKE ALL ON FUNCTION pulse_internal.html_page(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.html_page(text, text) TO pulse_owner;

-- one entry of a digest: what its mail would have said, with the table that html_page() was given for it
CREATE OR REPLACE FUNCTION pulse_internal.html_item(subject text, body text, page text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<li><strong>' || pulse_internal.html_text(subject) || '</strong>' || E'\n'
		|| coalesce(substring(page FROM '<body>(.*)</body></html>$'),
					'<div style="white-space: pre-wrap">' || pulse_internal.html_text(body) || '</div>') || '</li>';
REVOKE ALL ON FUNCTION pulse_internal.html_item(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.html_item(text, text, text) TO pulse_owner;

-- rows (JSON objects with the same columns) as a table with a head; numbers stand to the right
CREATE OR REPLACE FUNCTION pulse_internal.rows_as_html(rows text[], language text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH cell AS MATERIALIZED (
		SELECT r.n, e.place, e.name, coalesce(e.value, '') AS value
		FROM unnest(rows) WITH ORDINALITY AS r(line, n),
			 LATERAL json_each_text(r.line::json) WITH ORDINALITY AS e(name, value, place)
	), head AS MATERIALIZED (
		SELECT c.place, c.name, bool_and(c.value = '' OR c.value ~ '^-?[0-9][0-9.,]*$') AS number
		FROM cell AS c GROUP BY c.place, c.name
	), lines AS (
		SELECT c.n, '<tr>' || string_agg(CASE WHEN h.number THEN '<td align="right">' ELSE '<td>' END
										 || pulse_internal.html_text(c.value) || '</td>', '' ORDER BY c.place) || '</tr>' AS line
		FROM cell AS c JOIN head AS h ON h.place = c.place GROUP BY c.n
	)
	SELECT '<table border="1" cellspacing="0" cellpadding="4">' || E'\n<tr>'
		|| (SELECT string_agg('<th>' || pulse_internal.html_text(pulse_internal.word('column', '', h.name, rows_as_html.language)) || '</th>',
							  '' ORDER BY h.place) FROM head AS h)
		|| E'</tr>\n' || string_agg(l.line, E'\n' ORDER BY l.n) || E'\n</table>'
	FROM lines AS l;
END;
REVOKE ALL ON FUNCTION pulse_internal.rows_as_html(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rows_as_html(text[], text) TO pulse_owner;
