-- labels: what names are called in sentences
SELECT pulse.create_event('lab_sale', 'customer text, stage text');
SELECT pulse.create_event('lab_lost', 'customer text, stage text');
SELECT pulse.create_event('lab_visit', 'customer text, kind text');

-- names do without labels, also with blanks
SELECT canonical_en, canonical_zh FROM pulse.check_rule('when lab sale per customer and not lab_visit within 3 days then notify zz_rep');

-- a label is known at once, and so is its going
SELECT pulse.label('event', 'lab_sale', en => 'sale', zh => '成交');
SELECT pulse.label('event', 'lab_visit', zh => '拜访');
SELECT pulse.label('key', 'customer', zh => '客户');
SELECT canonical_en, canonical_zh FROM pulse.check_rule('when sale per customer and not lab_visit within 3 days then notify zz_rep');
SELECT pulse.label('event', 'lab_visit', en => 'customer visit');	-- the Chinese one stays
SELECT pulse.label('column', 'stage', en => 'stage of the deal', zh => '阶段', scope => 'lab_sale');
SELECT pulse.label('value', 'won', en => 'won', zh => '赢单', scope => 'stage');
SELECT canonical_en, canonical_zh FROM pulse.check_rule('当成交（每个客户），其阶段为“赢单”，且3天内未发生拜访时，通知zz_rep');
SELECT * FROM pulse.labels WHERE name LIKE 'lab%' OR name IN ('customer', 'stage', 'won') ORDER BY class, name;
-- another event's column of that name has no label
SELECT ok, message, hint FROM pulse.check_rule('when lab_lost where stage of the deal is "won" per customer then notify zz_rep');

-- the longest label wins; where both readings stand, the sentence is refused
SELECT pulse.label('event', 'lab_lost', en => 'not sale', zh => '未成交');
SELECT message, detail, hint, char_position FROM pulse.check_rule('当拜访（每个客户），且3天内未成交时，通知zz_rep');
SELECT message, detail, hint, char_position FROM pulse.check_rule('when customer visit per customer and not sale within 3 days then notify zz_rep');
SELECT canonical_zh FROM pulse.check_rule('当未成交（每个客户），且3天内未发生成交时，通知zz_rep');
-- one label for two names
SELECT pulse.label('event', 'lab_visit', en => 'sale');
SELECT message, detail, hint, char_position FROM pulse.check_rule('when sale per customer then notify zz_rep');
-- such a label is not used for printing
SELECT canonical_en FROM pulse.check_rule('当拜访（每个客户）时，通知zz_rep');

-- bad input
SELECT pulse.label('verb', 'lab_sale', 'sale');
SELECT pulse.label(NULL, 'lab_sale', 'sale');
SELECT pulse.label('event', '', 'sale');
SELECT pulse.label('event', 'lab_sale', '');
SELECT pulse.label('event', 'lab_sale', 'sa"le');
SELECT pulse.label('event', 'lab_sale', zh => '成交，');
SELECT pulse.label('event', 'lab_sale', repeat('x', 61));
SELECT en, zh FROM pulse.labels WHERE name = 'lab_sale';

-- without labels the entry goes; full-width forms are folded
SELECT pulse.label('event', 'lab_lost');
SELECT pulse.label('event', 'lab_visit');
SELECT pulse.label('event', 'lab_visit', zh => ' Ａ类　拜访 ');
SELECT name, en, zh FROM pulse.labels WHERE name LIKE 'lab%' ORDER BY name;
SELECT canonical_zh FROM pulse.check_rule('当Ａ类 拜访（每个客户）时，通知zz_rep');

-- who may
CREATE ROLE regress_lab_nobody;
SET ROLE regress_lab_nobody;
SELECT pulse.label('event', 'lab_sale', 'x');
SELECT * FROM pulse.labels;
RESET ROLE;
DROP ROLE regress_lab_nobody;

SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
SELECT pulse.drop_event('lab_sale'), pulse.drop_event('lab_lost'), pulse.drop_event('lab_visit');
