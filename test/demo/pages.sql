-- pages.sql: tills of stores beside the ledger, a KPI or two, and pages over all of it
CREATE TABLE app.till (store text NOT NULL, region text NOT NULL, day date NOT NULL, receipts int NOT NULL, total numeric(12,2) NOT NULL, target numeric(12,2) NOT NULL);
SELECT pulse.create_rollup('till_daily', 'app.till', 'day', 'day', '{store,region}', '{sum(receipts),sum(total),sum(target)}');
-- made up, always the same: twelve regions of five stores, busier weekends, a store that fell away, one whose newest day is late
INSERT INTO app.till
SELECT format('%s %s', city.name, s), 'company.' || city.code, day.d, base.n / 40, base.n, 1000 + 60 * s + 15 * city.r
FROM (VALUES (1, 'hangzhou', '杭州'), (2, 'ningbo', '宁波'), (3, 'wenzhou', '温州'), (4, 'jiaxing', '嘉兴'), (5, 'huzhou', '湖州'), (6, 'shaoxing', '绍兴'),
			 (7, 'jinhua', '金华'), (8, 'quzhou', '衢州'), (9, 'zhoushan', '舟山'), (10, 'taizhou', '台州'), (11, 'lishui', '丽水'), (12, 'suzhou', '苏州')) AS city(r, code, name),
	 generate_series(1, 5) AS s, generate_series(0, 149) AS n, LATERAL (SELECT date '2013-09-30' - 149 + n) AS day(d),
	 LATERAL (SELECT (950 + 70 * s + 20 * city.r + 260 * (extract(isodow FROM day.d) > 5)::int + n
					  + hashtext(city.code || s || day.d::text) % 120)::numeric(12,2)
					 * CASE WHEN city.r = 4 AND s = 2 AND day.d > '2013-09-27' THEN 0.2 ELSE 1 END AS n) AS base
WHERE NOT (city.r = 9 AND s = 3 AND day.d = '2013-09-30');
-- the rollup waits for each store; what people call it, and the regions
SELECT pulse.expect_members('till_daily', 'store', close_at => '07:00');
SELECT pulse.label('relation', 'pulse_event.till_daily', en => 'Tills by day', zh => '门店日销售');
SELECT pulse.label('value', 'company.' || r.code, en => initcap(r.code), zh => r.name, scope => 'region')
FROM (SELECT DISTINCT split_part(region, '.', 2) AS code, split_part(store, ' ', 1) AS name FROM app.till) AS r;
-- who reads which region's board
CREATE TABLE app.region_manager (region text PRIMARY KEY, staff_id text NOT NULL);
INSERT INTO app.staff SELECT 'M-' || split_part(r.region, '.', 2), initcap(split_part(r.region, '.', 2)) || ' manager', split_part(r.region, '.', 2) || '@example.com',
	NULL, r.region, 'region_manager' FROM (SELECT DISTINCT region FROM app.till) AS r;
INSERT INTO app.region_manager SELECT unit, id FROM app.staff WHERE job = 'region_manager';

-- lists of the company's own, cut by region like the rest of the board
CREATE TABLE app.audit (store text NOT NULL, region text NOT NULL, finding_en text NOT NULL, finding_zh text NOT NULL, opened date NOT NULL, due date NOT NULL, closed date);
INSERT INTO app.audit
SELECT t.store, t.region, f.en, f.zh, date '2013-09-20' + f.n, date '2013-10-02' + f.n * 2, CASE WHEN f.n = 3 THEN date '2013-09-29' END
FROM (SELECT DISTINCT till.store, till.region FROM app.till) AS t,
	 (VALUES (1, 'Price labels missing', '缺少价签'), (2, 'Cold chain log not kept', '冷链记录不全'), (3, 'Shelf plan not followed', '陈列不符')) AS f(n, en, zh)
WHERE abs(hashtext(t.store || f.en)) % 9 = 0;
CREATE TABLE app.stock_warning (store text NOT NULL, region text NOT NULL, item text NOT NULL, on_hand int NOT NULL, days numeric NOT NULL);
INSERT INTO app.stock_warning
SELECT t.store, t.region, i.item, abs(hashtext(t.store || i.item)) % 20, 0.5 + 0.6 * (abs(hashtext(i.item || t.store)) % 30)
FROM (SELECT DISTINCT till.store, till.region FROM app.till) AS t, (VALUES ('二甲双胍缓释片 0.5g'), ('Amlodipine 5 mg'), ('阿托伐他汀钙片 20mg')) AS i(item)
WHERE abs(hashtext(i.item || t.store)) % 30 < 4;

SELECT pulse.create_morning_board('morning', 'pulse_event.till_daily', day => 'period', member => 'store', value => 'sum_total',
	scope => 'region', target => 'sum_target', recipients => 'SELECT m.region, m.staff_id FROM app.region_manager AS m', sections => $$[
	{"kind": "table", "title_en": "Open audits", "title_zh": "未结巡检", "headings_en": ["Store", "Finding", "Due"], "headings_zh": ["门店", "问题", "期限"], "query":
	 "SELECT a.store, CASE $3 WHEN 'zh' THEN a.finding_zh ELSE a.finding_en END AS finding, a.due FROM app.audit AS a WHERE a.opened < $2 AND coalesce(a.closed >= $2, true) AND ($1 IS NULL OR a.region = $1 OR starts_with(a.region, $1 || '.')) ORDER BY a.due, a.store LIMIT 5"},
	{"kind": "table", "title_en": "Stock warnings", "title_zh": "库存预警", "units": ["", "", "count", "days"], "digits": 1, "headings_en": ["Store", "Item", "On hand", "Lasts"], "headings_zh": ["门店", "商品", "在手", "可用"], "query":
	 "SELECT w.store, w.item, w.on_hand, w.days FROM app.stock_warning AS w WHERE w.days < 3 AND ($1 IS NULL OR w.region = $1 OR starts_with(w.region, $1 || '.')) ORDER BY w.days, w.store LIMIT 5"}]$$);
CREATE VIEW app.invoice_paid AS
SELECT i.id, c.name AS customer, 'company.r' || c.region AS region, i.total, (i.created_at AT TIME ZONE 'Asia/Shanghai')::date AS issued, i.due_date AS due,
	   (SELECT min((p.paid_at AT TIME ZONE 'Asia/Shanghai')::date) FROM app.payment AS p WHERE p.invoice_id = i.id) AS paid
FROM app.invoice AS i JOIN app.customer AS c ON c.id = i.customer_id;
SELECT pulse.create_receivables_page('receivables', 'app.invoice_paid', amount => 'total', due => 'due', customer => 'customer', issued => 'issued', paid => 'paid',
	scope => 'region', digits => 0);
CREATE VIEW app.health_facts AS SELECT f.*, c.name AS customer, 'company.r' || c.region AS region FROM app.customer_facts AS f JOIN app.customer AS c ON c.id = f.customer_id;
SELECT pulse.create_health_page('health', 'app.health_facts', 'payer', key => 'customer_id', label => 'customer', scope => 'region');
SELECT pulse.create_rule_page('rules');
