-- ---- report: receivables, health, rules as pages ---------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.receivables_sections(items text, unit text, digits int, history boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- what was open at the end of the day
	open_now text := format($q$(SELECT i.customer, i.amount, i.due FROM (%s) AS i WHERE ($1 IS NULL OR i.scope = $1 OR starts_with(i.scope, $1 || '.'))
		AND coalesce(i.issued <= $2, true) AND coalesce(i.paid > $2, true))$q$, items);
	aged text := format($q$WITH aged AS (SELECT %s AS customer, pulse.aging(i.amount, i.due, $2) AS profile FROM %s AS i GROUP BY @by HAVING count(*) > 0)$q$, 'min(i.customer)', open_now);
	headings_en jsonb := jsonb_build_array('', 'not due', '1–30 days', '31–60', '61–90', 'over 90');
	headings_zh jsonb := jsonb_build_array('', '未到期', '1–30 天', '31–60', '61–90', '90 以上');
	sections jsonb;
BEGIN
	sections := jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'Open', 'title_zh', '未收', 'unit', unit, 'digits', digits, 'query', format($q$
			WITH p AS (SELECT pulse.aging(i.amount, i.due, $2) AS profile, count(*) AS items, count(DISTINCT i.customer) FILTER (WHERE i.due < $2) AS late
					   FROM %1$s AS i)
			SELECT x.label, x.value, x.unit, x.digits, x.note
			FROM (SELECT p.*, $3 = 'zh' AS zh FROM p) AS p, LATERAL (VALUES
				(1, CASE WHEN p.zh THEN '应收合计' ELSE 'Receivable' END, coalesce(pulse.total(p.profile), 0), %2$L::text, %3$L::int,
				 CASE WHEN p.zh THEN p.items || ' 笔未结' ELSE p.items || ' open items' END),
				(2, CASE WHEN p.zh THEN '未到期' ELSE 'Not due' END, coalesce(pulse.not_due(p.profile), 0), %2$L, %3$L, NULL),
				(3, CASE WHEN p.zh THEN '已逾期' ELSE 'Overdue' END, coalesce(pulse.overdue(p.profile), 0), %2$L, %3$L,
				 CASE WHEN p.zh THEN p.late || ' 家客户' ELSE p.late || ' customers' END),
				(4, CASE WHEN p.zh THEN '逾期占比' ELSE 'Share overdue' END,
				 round(pulse.overdue(p.profile) * 100 / nullif(pulse.total(p.profile), 0), 1), 'percent', 1, NULL)) AS x(n, label, value, unit, digits, note)
			ORDER BY x.n $q$, open_now, unit, digits)),
		jsonb_build_object('kind', 'stack', 'title_en', 'Aging', 'title_zh', '账龄', 'unit', unit, 'digits', digits,
			'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', replace(aged, '@by', '()') || $q$ SELECT CASE $3 WHEN 'zh' THEN '合计' ELSE 'All' END AS customer, b.* FROM aged AS a, LATERAL (SELECT max(f.amount) FILTER (WHERE f.bucket = 0) AS not_due, max(f.amount) FILTER (WHERE f.bucket = 1) AS d1_30,
				max(f.amount) FILTER (WHERE f.bucket = 2) AS d31_60, max(f.amount) FILTER (WHERE f.bucket = 3) AS d61_90, max(f.amount) FILTER (WHERE f.bucket = 4) AS d91_plus
				FROM pulse.buckets(a.profile) AS f) AS b $q$),
		jsonb_build_object('kind', 'stack', 'title_en', 'Who owes most past due', 'title_zh', '逾期最多的客户', 'unit', unit, 'digits', digits,
			'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', replace(aged, '@by', 'i.customer') || $q$ SELECT a.customer, b.* FROM aged AS a, LATERAL (SELECT NULL::numeric AS not_due, max(f.amount) FILTER (WHERE f.bucket = 1) AS d1_30,
				max(f.amount) FILTER (WHERE f.bucket = 2) AS d31_60, max(f.amount) FILTER (WHERE f.bucket = 3) AS d61_90, max(f.amount) FILTER (WHERE f.bucket = 4) AS d91_plus
				FROM pulse.buckets(a.profile) AS f) AS b
			WHERE pulse.overdue(a.profile) > 0 ORDER BY pulse.overdue(a.profile) DESC, a.customer LIMIT 8 $q$));
	IF history THEN
		sections := jsonb_insert(sections, '{0}', jsonb_build_object('kind', 'figures', 'title_en', 'How fast it comes in', 'title_zh', '回款速度', 'unit', 'days', 'digits', 1, 'query', format($q$
			WITH i AS (SELECT i.* FROM (%s) AS i WHERE ($1 IS NULL OR i.scope = $1 OR starts_with(i.scope, $1 || '.')) AND i.issued <= $2),
			sold AS (SELECT sum(i.amount) FILTER (WHERE i.issued > $2 - 90) AS sales, sum(i.amount) FILTER (WHERE coalesce(i.paid > $2, true)) AS receivable,
							pulse.km_median(greatest(least(coalesce(i.paid, $2), $2) - i.issued, 0)::double precision, coalesce(i.paid <= $2, false))
								FILTER (WHERE i.issued > $2 - 365 AND i.amount > 0) AS median FROM i)
			SELECT x.label, x.value, x.note
			FROM sold AS s, LATERAL (VALUES
				(1, CASE $3 WHEN 'zh' THEN '应收账款周转天数' ELSE 'Days sales outstanding' END, round((pulse.dso(s.receivable, s.sales, 90)).value, 1),
				 CASE $3 WHEN 'zh' THEN '按近 90 天销售' ELSE 'on the sales of 90 days' END),
				(2, CASE $3 WHEN 'zh' THEN '回款中位天数' ELSE 'Median days to pay' END, round(s.median::numeric, 1),
				 CASE $3 WHEN 'zh' THEN '未付的也计入' ELSE 'open ones counted as longer' END)) AS x(n, label, value, note) ORDER BY x.n $q$, items)), true) || jsonb_build_object('kind', 'line', 'title_en', 'Open at each month''s end', 'title_zh', '各月末余额', 'unit', unit, 'digits', digits,
			'headings_en', jsonb_build_array('', 'receivable', 'overdue'), 'headings_zh', jsonb_build_array('', '应收', '逾期'), 'query', format($q$
			SELECT to_char(g.day, 'YYYY-MM') AS month, coalesce(sum(i.amount), 0) AS receivable, coalesce(sum(i.amount) FILTER (WHERE i.due < g.day), 0) AS overdue
			FROM (SELECT least((date_trunc('month', $2::timestamp) - make_interval(months => n) + interval '1 month - 1 day')::date, $2) AS day
				  FROM generate_series(12, 0, -1) AS n) AS g
			LEFT JOIN (SELECT i.* FROM (%s) AS i WHERE ($1 IS NULL OR i.scope = $1 OR starts_with(i.scope, $1 || '.'))) AS i
				   ON coalesce(i.issued <= g.day, true) AND coalesce(i.paid > g.day, true)
			GROUP BY g.day ORDER BY g.day $q$, items));
	END IF;
	RETURN sections || jsonb_build_object('kind', 'table', 'title_en', 'Largest debtors past due', 'title_zh', '逾期大户', 'digits', digits, 'wide', true,
		'units', jsonb_build_array('', unit, unit, unit, 'count', ''),
		'headings_en', jsonb_build_array('Customer', 'Receivable', 'Overdue', 'Over 90 days', 'Items', 'Oldest due'),
		'headings_zh', jsonb_build_array('客户', '应收', '逾期', '90 天以上', '笔数', '最早到期'), 'query', format($q$
		SELECT i.customer, sum(i.amount) AS receivable, sum(i.amount) FILTER (WHERE i.due < $2) AS overdue,
			   coalesce(sum(i.amount) FILTER (WHERE $2 - i.due > 90), 0) AS over_90, count(*) FILTER (WHERE i.due < $2) AS items, min(i.due)::text AS oldest
		FROM %s AS i GROUP BY 1 HAVING sum(i.amount) FILTER (WHERE i.due < $2) > 0 ORDER BY 3 DESC, 1 LIMIT 15 $q$, open_now));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.receivables_sections(text, text, int, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.receivables_sections(text, text, int, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_receivables_page(name text, relation regclass, amount text, due text, customer text,
		issued text DEFAULT NULL, paid text DEFAULT NULL, scope text DEFAULT NULL, condition text DEFAULT NULL,
		unit text DEFAULT NULL, digits int DEFAULT 0, recipients text DEFAULT NULL, send_at time DEFAULT NULL,
		title_en text DEFAULT 'Receivables', title_zh text DEFAULT '应收账款') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	items text;
BEGIN
	IF num_nulls(relation, amount, due, customer) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a page of receivables needs a relation, amount, due date and customer',
			DETAIL = 'One of them is null.',
			HINT = 'Type pulse.create_receivables_page(''receivables'', ''app.invoice'', amount => ''total - paid'', due => ''due_date'', customer => ''customer_id'').';
	END IF;
	items := format($q$SELECT (%s)::text AS customer, (%s)::numeric AS amount, (%s)::date AS due, (%s)::date AS issued, (%s)::date AS paid, (%s)::text AS scope FROM %s%s$q$,
		customer, amount, due, coalesce(issued, 'NULL'), coalesce(paid, 'NULL'), coalesce(scope, 'NULL'), relation, ' WHERE ' || condition);
	PERFORM pulse.create_page(name, title_en,
		pulse_internal.receivables_sections(items, coalesce(unit, pulse.setting('currency')), digits, issued IS NOT NULL AND paid IS NOT NULL),
		title_zh, recipients => recipients, send_at => send_at);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_receivables_page(text, regclass, text, text, text, text, text, text, text, text, int, text, time, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_receivables_page(text, regclass, text, text, text, text, text, text, text, text, int, text, time, text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_receivables_page(text, regclass, text, text, text, text, text, text, text, text, int, text, time, text, text) IS
'Makes a page over a table or view with one row per open item: aging in all and of who owes most, largest debtors past due. With issued and paid (the day it was paid in full, NULL: open) amount is the whole invoice, the page can be of any past day, and shows what was open at each month''s end, DSO over 90 days and the median days to pay. amount must be of one currency and castable to numeric; all are columns or expressions. Errors: as create_page().';

CREATE OR REPLACE FUNCTION pulse.create_health_page(name text, relation regclass, model text, key text, label text DEFAULT NULL, scope text DEFAULT NULL,
		recipients text DEFAULT NULL, send_at time DEFAULT NULL, title_en text DEFAULT 'Customer health', title_zh text DEFAULT '客户健康') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_stored boolean := EXISTS (SELECT FROM pulse.stored_health AS s WHERE s.model = create_health_page.model);
	scored text;
BEGIN
	IF num_nulls(relation, model, key) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a page of health needs a relation, a model and a key',
			DETAIL = 'One of them is null.',
			HINT = 'Type pulse.create_health_page(''health'', ''app.customer_facts'', ''standard'', key => ''customer_id'').';
	END IF;
	-- a day is looked at as it ends: figures of that day are in; what is stored is known until now
	scored := format(CASE WHEN is_stored THEN $q$
		WITH moment AS MATERIALIZED (
			SELECT least(($2 + 1)::timestamptz, pulse.clock()) AS at, coalesce(s.history_since, s.created_at) AS known_since, s.refreshed_at, s.state FROM pulse.stored_health AS s WHERE s.model = %4$L
		), scored AS MATERIALIZED (
			SELECT (%1$s)::text AS key, (%2$s)::text AS label, h.score, h.band, coalesce(w.band, h.band) AS before, h.coverage, m.at
			FROM moment AS m CROSS JOIN LATERAL pulse.healths_at(%4$L, m.at) AS h JOIN %3$s AS f ON (%1$s)::text = h.customer
			LEFT JOIN LATERAL pulse.healths_at(%4$L, greatest(m.at - interval '7 days', m.known_since)) AS w ON w.customer = h.customer
			WHERE $1 IS NULL OR (%5$s)::text = $1 OR starts_with((%5$s)::text, $1 || '.')
		)$q$ ELSE $q$
		WITH scored AS MATERIALIZED (
			SELECT (%1$s)::text AS key, (%2$s)::text AS label, pulse.score(h.now) AS score, pulse.band(h.now) AS band, pulse.band(h.before) AS before,
				pulse.coverage(h.now) AS coverage, f AS facts, ($2 + 1)::timestamptz AS at
			FROM %3$s AS f, LATERAL (SELECT pulse.health(%4$L, f, ($2 + 1)::timestamptz) AS now, pulse.health(%4$L, f, ($2 - 6)::timestamptz) AS before OFFSET 0) AS h
			WHERE $1 IS NULL OR (%5$s)::text = $1 OR starts_with((%5$s)::text, $1 || '.')
		)$q$ END, key, coalesce(label, key), relation, model, coalesce(scope, 'NULL'));
	PERFORM pulse.create_page(name, title_en, jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'All customers', 'title_zh', '全部客户', 'query', scored || $q$
			SELECT x.label, x.value, x.unit, x.digits, x.note
			FROM (SELECT count(*) AS customers, avg(s.score) AS score, count(*) FILTER (WHERE s.band IS DISTINCT FROM s.before) AS turned,
						 avg(s.coverage) AS coverage FROM scored AS s) AS f,
				 LATERAL (VALUES
					(1, CASE $3 WHEN 'zh' THEN '客户数' ELSE 'Customers' END, f.customers::numeric, 'count', 0, NULL),
					(2, CASE $3 WHEN 'zh' THEN '平均得分' ELSE 'Mean score' END, round(f.score, 1), 'points', 1, CASE $3 WHEN 'zh' THEN '满分 100' ELSE 'of 100' END),
					(3, CASE $3 WHEN 'zh' THEN '七日内变档' ELSE 'Changed band' END, f.turned, 'count', 0, CASE $3 WHEN 'zh' THEN '健康档有变化的客户' ELSE 'customers, in seven days' END),
					(4, CASE $3 WHEN 'zh' THEN '数据覆盖' ELSE 'Data there' END, round(f.coverage, 1), 'percent', 0,
						CASE $3 WHEN 'zh' THEN '模型所需数据的占比' ELSE 'of what the model looks at' END)) AS x(n, label, value, unit, digits, note)
			ORDER BY x.n $q$),
		jsonb_build_object('kind', 'bands', 'title_en', 'Bands', 'title_zh', '健康档', 'unit', 'count', 'query', scored || $q$
			SELECT s.band AS label, count(*) AS value FROM scored AS s GROUP BY 1 ORDER BY min(s.score) $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Lowest scores', 'title_zh', '得分最低', 'digits', 1, 'units', jsonb_build_array('', 'points', 'band'),
			'headings_en', jsonb_build_array('Customer', 'Score', 'Band'), 'headings_zh', jsonb_build_array('客户', '得分', '健康档'), 'query', scored || $q$
			SELECT s.label, s.score, s.band FROM scored AS s ORDER BY s.score, s.key LIMIT 10 $q$),
		jsonb_build_object('kind', 'table', 'title_en', 'Changed band in seven days', 'title_zh', '七日内变档', 'units', jsonb_build_array('', 'band', 'band', 'points'), 'digits', 1,
			'headings_en', jsonb_build_array('Customer', 'From', 'To', 'Score'), 'headings_zh', jsonb_build_array('客户', '从', '到', '得分'),
			'note_en', CASE WHEN is_stored THEN 'As the history of health has it.' ELSE 'What the passing of time alone did, with the facts as they are today.' END,
			'note_zh', CASE WHEN is_stored THEN '按健康度历史记录。' ELSE '按今日数据随时间推移计算。' END, 'query', scored || $q$
			SELECT s.label, s.before, s.band AS now, s.score FROM scored AS s
			WHERE s.band IS DISTINCT FROM s.before ORDER BY s.score, s.key LIMIT 12 $q$),
		CASE WHEN is_stored THEN
			jsonb_build_object('kind', 'table', 'title_en', 'Will change band if nothing happens', 'title_zh', '若无变化将变档', 'units', jsonb_build_array('', 'band', ''),
				'headings_en', jsonb_build_array('Customer', 'Now', 'On'), 'headings_zh', jsonb_build_array('客户', '现在', '日期'), 'query', scored || format($q$
				SELECT s.label, s.band AS now, h.next_change::date AS on_day
				FROM scored AS s JOIN pulse.healths AS h ON h.model = %1$L AND h.customer = s.key
				WHERE s.at = pulse.clock() AND h.next_change < s.at + interval '14 days' ORDER BY h.next_change, s.key LIMIT 12 $q$, model))
		ELSE
			jsonb_build_object('kind', 'table', 'title_en', 'Will change band if nothing happens', 'title_zh', '若无变化将变档', 'units', jsonb_build_array('', 'band', 'band', ''),
				'headings_en', jsonb_build_array('Customer', 'Now', 'Then', 'On'), 'headings_zh', jsonb_build_array('客户', '现在', '届时', '日期'), 'query', scored || format($q$
				SELECT s.label, s.band AS now, pulse.band(pulse.health(%1$L, s.facts, n.next)) AS later, n.next::date AS on_day
				FROM scored AS s, LATERAL (SELECT pulse.next_change(%1$L, s.facts, s.at) AS next OFFSET 0) AS n
				WHERE n.next < s.at + interval '14 days' ORDER BY n.next, s.key LIMIT 12 $q$, model)) END)
		|| CASE WHEN is_stored THEN jsonb_build_array(
			jsonb_build_object('kind', 'table', 'title_en', 'Stored health', 'title_zh', '健康度存档', 'headings_en', jsonb_build_array('As of', 'Refreshed', 'State'),
				'headings_zh', jsonb_build_array('截至', '刷新于', '状态'), 'query', scored || $q$
				SELECT to_char(m.at, 'YYYY-MM-DD HH24:MI'), to_char(m.refreshed_at, 'YYYY-MM-DD HH24:MI'),
					CASE WHEN m.state = 'ok' THEN CASE $3 WHEN 'zh' THEN '正常' ELSE 'up to date' END ELSE CASE $3 WHEN 'zh' THEN '无法刷新' ELSE 'cannot be refreshed' END END FROM moment AS m $q$))
		ELSE '[]' END,
		title_zh, recipients => recipients, send_at => send_at);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_health_page(text, regclass, text, text, text, text, text, time, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_health_page(text, regclass, text, text, text, text, text, time, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_health_page(text, regclass, text, text, text, text, text, time, text, text) IS
'Makes a page over a table or view that a health model scores, one row per customer: how many are in each band, the lowest, who turned in the last seven days (as time alone moves today''s facts), and who turns within fourteen if nothing happens. key, label and scope are columns or expressions of the row, called f. Where health by the model is stored (store_health()) when the page is made, it shows that: the bands that are kept, who turned by the history, and as of when it was refreshed; key is the key that it is stored by. Errors: as create_page(), SP302 and SP303 of the model.';
