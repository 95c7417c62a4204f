-- what happens after a rule was started is read for it, also before the first tick
BEGIN;
SELECT plan(5);

SELECT is((SELECT count(*) FROM pulse.stat_consumers WHERE consumer = 'rules'), 0::bigint, 'nobody reads for rules that are not there');
SELECT pulse.create_event('first_order', 'customer text');
SELECT pulse.create_event('first_visit', 'customer text');
SELECT pulse.emit_event('first_order', '{"customer": "before"}');
SELECT pulse.create_rule('first', 'when first_order per customer and not first_visit within 3 days then notify rep');
SELECT is((SELECT count(*) FROM pulse.stat_consumers WHERE consumer = 'rules'), 0::bigint, 'nor for a draft');
SELECT pulse.set_rule_mode('first', 'shadow');
SELECT is((SELECT count(*) FROM pulse.stat_consumers WHERE consumer = 'rules'), 1::bigint, 'but for one that has been started');
SELECT pulse.emit_event('first_order', '{"customer": "after"}');
SELECT cmp_ok((SELECT pending FROM pulse.stat_events WHERE event = 'first_order'), '>=', 1::bigint, 'an event since then waits to be read');
SELECT lives_ok($$ SELECT pulse.set_rule_mode('first', 'live') $$, 'and going live starts nothing anew');

SELECT * FROM finish();
ROLLBACK;
