-- suggest_rule: what may come next
SELECT pulse.create_event('sug_order', 'customer text, total numeric, "select" text');
SELECT pulse.create_event('sug_order_paid', 'customer text');
SELECT pulse.label('event', 'sug_order', 'order placed', '下单'), pulse.label('event', 'sug_order_paid', 'order paid', '付款'),
	pulse.label('key', 'customer', 'customer', '客户'), pulse.label('role', 'sug_rep', 'rep', '销售代表');
SELECT suggestion, kind, char_position, completed FROM pulse.suggest_rule('WHEN order ');
SELECT suggestion, kind, completed FROM pulse.suggest_rule('WHEN order placed P');
SELECT suggestion, kind FROM pulse.suggest_rule('WHEN order placed WHERE ') WHERE kind = 'column' ORDER BY 1;
SELECT suggestion, kind, char_position, completed FROM pulse.suggest_rule('当下单时，通知销');
SELECT suggestion, kind FROM pulse.suggest_rule('当下单（每个客户），且3天内未发生') WHERE kind = 'event';
SELECT suggestion FROM pulse.suggest_rule('') WHERE kind = 'keyword';
SELECT pulse.set_setting('language', 'zh');
SELECT suggestion FROM pulse.suggest_rule('') WHERE kind = 'keyword';
SELECT pulse.set_setting('language', 'en');
-- what is suggested can be written on: every suggestion keeps check_rule from finding a mistake before its end
SELECT count(*) > 20 AS many, array_agg(s.completed || ' | ' || c.message) FILTER (WHERE NOT c.ok AND c.char_position <= length(s.completed) - length(s.suggestion)) AS wrong
FROM unnest(ARRAY['', 'WHEN ', 'WHEN order placed', 'WHEN order placed WHERE total ', 'WHEN order placed PER customer AND NOT order paid WITHIN ',
	'WHEN order placed PER customer THEN ', 'WHEN order placed PER customer THEN notify ', '当', '当下单', '当下单（每个', '当下单（每个客户）时，', '当下单（每个客户）时，通知销售代表；']) AS t(given),
	LATERAL pulse.suggest_rule(t.given) AS s, LATERAL pulse.check_rule(s.completed) AS c
WHERE (s.kind <> 'event' OR t.given NOT LIKE '%NOT %') AND coalesce(c.message !~ '暂不支持|not supported', true);
-- nothing raises
SELECT count(*) FROM pulse.suggest_rule(NULL);
SELECT count(*) FROM pulse.suggest_rule(repeat('WHEN ', 1000));
SELECT count(*) FROM pulse.suggest_rule('no such thing ');
SELECT count(*) >= 0 AS fine FROM pulse.suggest_rule(E'"“」\t；：%s%n\\');
SELECT pulse.drop_event('sug_order'), pulse.drop_event('sug_order_paid');
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
