/*
 * lang_parse_test.c
 *	  Sentences in both tongues and the trees they are expected to make; each
 *	  is printed in both tongues and read back, with and without labels.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "lang_samples.h"

#define LADDER \
	"when invoice_issued per invoice not invoice_settled in 30d after due |0 text:rep" \
	" |first+7d mail:regional_director,cc:rep |prev+7d assign:finance'"

#define ABSENT "when complaint per customer not visit in 3d |0 notify:rep"

static const Sample english[] = {
	{"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date\n"
		"THEN text rep;\n  7 days later: mail regional director CC rep;\n"
		"  another 7 days later: assign finance \"Check the overdue invoice\"\nUNTIL invoice settled",
	LADDER "Check the overdue invoice until invoice_settled"},
	{"when complaint per customer and not visit within 3 days then notify rep", ABSENT},
	{"WHEN complaint PER customer AND NO visit WITHIN 3 days THEN notify rep.", ABSENT},
	{"IF complaint PER customer, BUT NOT visit WITHIN 3 days, notify rep", ABSENT},
	{"complaint per customer and not visit within 3 days, then notify rep", ABSENT},
	{"WHEN complaint AND NOT visit PER customer WITHIN 3 days THEN notify rep", ABSENT},
	{"WHEN complaint AND NOT visit WITHIN 3 days PER customer THEN notify rep;", ABSENT},
	{"  WHEN\tcomplaint\nPER  customer AND   NOT visit WITHIN 3   days THEN notify   rep  ", ABSENT},
	{"WHEN complaint PER customer THEN notify rep", "when complaint per customer |0 notify:rep"},
	{"WHEN complaint THEN notify rep", "when complaint |0 notify:rep"},
	{"WHEN complaint EACH TIME THEN notify rep", "when complaint each |0 notify:rep"},
	{"WHEN complaint PER customer ONCE THEN notify rep", "when complaint per customer once |0 notify:rep"},
	{"WHEN complaint THEN notify rep \"Call \"\"now\"\"\"", "when complaint |0 notify:rep'Call \"now\""},
	{"WHEN complaint THEN text rep, mail finance and assign logistics \"Go\"",
	"when complaint |0 text:rep mail:finance assign:logistics'Go"},
	{"WHEN complaint THEN mail rep CC finance, logistics and text rep",
	"when complaint |0 mail:rep,cc:finance,cc:logistics text:rep"},
	{"WHEN complaint THEN mail rep CC finance and logistics; 2 days later: text rep",
	"when complaint |0 mail:rep,cc:finance,cc:logistics |first+2d text:rep"},
	{"WHEN complaint THEN assign service manager \"Visit\" DUE IN 2 working days",
	"when complaint |0 assign:service_manager'Visit,due:2wd"},
	{"WHEN complaint THEN assign rep \"A\" DUE IN 1 day and assign finance \"B\" DUE IN 8 working hours",
	"when complaint |0 assign:rep'A,due:1d assign:finance'B,due:8wh"},
	{"WHEN complaint THEN sms rep; 1 hour later: email finance; another 30 minutes later: notify rep",
	"when complaint |0 text:rep |first+1h mail:finance |prev+30min notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 2 working hours THEN notify rep",
	"when complaint per customer not visit in 2wh |0 notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 5 calendar days THEN notify rep",
	"when complaint per customer not visit in 5cd |0 notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 2 weeks THEN notify rep",
	"when complaint per customer not visit in 2w |0 notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 1 month THEN notify rep",
	"when complaint per customer not visit in 1mon |0 notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 3 business days THEN notify rep",
	"when complaint per customer not visit in 3wd |0 notify:rep"},
	{"WHEN complaint THEN notify marketing lead", "when complaint |0 notify:marketing_lead"},
	{"WHEN complaint THEN notify \"the boss\" \"Hi\"", "when complaint |0 notify:the boss'Hi"},
	{"WHEN order approved WHERE amount > 100,000 CNY PER order AND NOT shipped WITHIN 3 working days"
		" THEN mail logistics",
	"when order_approved(> amount $100000CNY) per sales_order not shipped in 3wd |0 mail:logistics"},
	{"WHEN invoice issued WHERE amount is over CNY 1,200.50 THEN notify rep",
	"when invoice_issued(> amount $1200.50CNY) |0 notify:rep"},
	{"WHEN invoice issued WHERE grade is \"A\" and amount >= 5 or not approved is true THEN notify rep",
	"when invoice_issued(or(and(= grade 'A)(>= amount #5))(not(= approved ?true))) |0 notify:rep"},
	{"WHEN invoice issued WHERE grade = \"A\" and (amount >= 5 or approved is false) THEN notify rep",
	"when invoice_issued(and(= grade 'A)(or(>= amount #5)(= approved ?false))) |0 notify:rep"},
	{"WHEN invoice issued WHERE amount between 1 and 2.50 and grade in (\"A\", \"B\") THEN notify rep",
	"when invoice_issued(and(between amount #1 #2.50)(in grade 'A 'B)) |0 notify:rep"},
	{"WHEN invoice issued WHERE phone is missing and grade is not missing THEN notify rep",
	"when invoice_issued(and(missing phone)(not(missing grade))) |0 notify:rep"},
	{"WHEN invoice issued WHERE title starts with \"Hua\" and title does not start with \"Huawei\" THEN notify rep",
	"when invoice_issued(and(starts title 'Hua)(not(starts title 'Huawei))) |0 notify:rep"},
	{"WHEN invoice issued WHERE grade not in (\"C\") THEN notify rep",
	"when invoice_issued(not(in grade 'C)) |0 notify:rep"},
	{"WHEN invoice issued WHERE issued on >= 2026-03-31 THEN notify rep",
	"when invoice_issued(>= issued_on @2026-03-31) |0 notify:rep"},
	{"WHEN invoice issued WHERE grade <> \"A\" AND amount <= -3 PER invoice AND NOT invoice settled"
		" WHERE method is \"cash\" WITHIN 3 days THEN notify rep",
		"when invoice_issued(and(<> grade 'A)(<= amount #-3)) per invoice"
	" not invoice_settled(= method 'cash) in 3d |0 notify:rep"},
	{"WHEN invoice issued WHERE grade is \"A\" AND NOT invoice settled WITHIN 3 days THEN notify rep",
	"when invoice_issued(= grade 'A) not invoice_settled in 3d |0 notify:rep"},
	{"WHEN invoice issued WHERE grade is \"A\" AND NOT grade in (\"B\") THEN notify rep",
	"when invoice_issued(and(= grade 'A)(not(in grade 'B))) |0 notify:rep"},
	{"WHEN invoice issued WHERE not paid > 3 AND not paid < 9 THEN notify rep",
	"when invoice_issued(and(> unpaid #3)(< unpaid #9)) |0 notify:rep"},
	{"WHEN opportunity changed WHERE stage is \"negotiation\" THEN notify rep",
	"when opportunity_changed(= stage 'negotiation) |0 notify:rep"},
	{"WHEN opportunity changed WHERE stage is negotiation THEN notify rep",
	"when opportunity_changed(= stage 'negotiation) |0 notify:rep"},
	{"WHEN complaint WHERE severity is at least 3 THEN notify rep UNTIL visit",
	"when complaint(>= severity #3) |0 notify:rep until visit"},
	{"WHEN complaint THEN notify rep UNTIL invoice settled WHERE method is \"cash\" AND method is not \"x\"",
	"when complaint |0 notify:rep until invoice_settled(and(= method 'cash)(<> method 'x))"},
	{"WHEN after-sales service THEN notify rep", "when after_sales |0 notify:rep"},
	{"WHEN complaint THEN assign rep \"Visit\"; every 10 days AT MOST 5 TIMES: text rep; another 7 days later: mail finance",
	"when complaint |0 assign:rep'Visit |every 10d x5 text:rep |prev+7d mail:finance"},
	{"WHEN complaint THEN text rep; every 2 working days up to 1 time, text rep; every week at most 3 times: mail finance",
	"when complaint |0 text:rep |every 2wd x1 text:rep |every 1w x3 mail:finance"},
	{"WHEN complaint THEN notify rep; 24 hours later UNLESS ACKNOWLEDGED: notify finance; another 1 day later unless done, text rep",
	"when complaint |0 notify:rep |first+24h UNLESS ACKNOWLEDGED notify:finance |prev+1d UNLESS DONE text:rep"},
	{"WHEN complaint THEN notify rep; 1 hour later when delivered: text rep; every day at most 3 times if not done: text rep",
	"when complaint |0 notify:rep |first+1h WHEN DELIVERED text:rep |every 1d x3 UNLESS DONE text:rep"},
	{"WHEN invoice issued PER invoice THEN assign rep \"Renewal\" TOGETHER PER customer; every 10 days AT MOST 5 TIMES: text rep CC finance together per customer",
	"when invoice_issued per invoice |0 together customer assign:rep'Renewal |every 10d x5 together customer text:rep,cc:finance"},
	{"WHEN complaint THEN every day: notify rep UNTIL visit", "when complaint |every 1d notify:rep until visit"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 3 days THEN notify rep; every 12 hours: text rep, mail finance",
	"when complaint per customer not visit in 3d |0 notify:rep |every 12h text:rep mail:finance"},
	{"WHEN invoice_issued PER INVOICE THEN notify REP", "when invoice_issued per invoice |0 notify:rep"},
	{"WHEN 60 days BEFORE contract end OF service contract PER equipment AND NOT contract renewed"
		" THEN assign rep \"Renewal\" UNTIL contract renewed",
		"when service_contract per equipment not contract_renewed before ends by 60d"
	" |0 assign:rep'Renewal until contract_renewed"},
	{"IF 3 working days before due date of invoice issued where grade is \"A\" per invoice THEN text rep",
	"when invoice_issued(= grade 'A) per invoice before due by 3wd |0 text:rep"},
	{"WHEN 2 months BEFORE due date OF service contract PER equipment THEN notify rep",
	"when service_contract per equipment before until_day by 2mon |0 notify:rep"},
	{"2 months BEFORE ends OF service_contract PER equipment, notify head of sales",
	"when service_contract per equipment before ends by 2mon |0 notify:head_of_sales"},
	{"WHEN complaint HAPPENS 3 TIMES WITHIN 30 days PER customer THEN notify service manager",
	"when complaint x3 in 30d per customer |0 notify:service_manager"},
	{"when complaint where severity > 2 per customer happens more than 3 times within 2 weeks each time then notify rep",
	"when complaint(> severity #2) x4 in 2w per customer each |0 notify:rep"},
	{"IF complaint OCCURS at least 1 time WITHIN 8 working hours PER customer AND NOT visit WITHIN 1 day, notify rep",
	"when complaint x1 in 8wh per customer not visit in 1d |0 notify:rep"},
	{"WHEN complaint HAPPENS 5 times or more WITHIN 1 month THEN notify rep",
	"when complaint x5 in 1mon |0 notify:rep"},
	{"WHEN complaint FOLLOWED BY competitor contact WITHIN 14 days PER customer THEN notify rep",
	"after complaint in 14d when competitor_contact per customer |0 notify:rep"},
	{"WHEN complaint WHERE severity > 2 FOLLOWED BY invoice issued WHERE grade is \"A\" WITHIN 36 hours"
		" PER customer EACH TIME AND NOT visit WITHIN 3 days THEN notify rep UNTIL visit",
		"after complaint(> severity #2) in 36h when invoice_issued(= grade 'A) per customer each"
	" not visit in 3d |0 notify:rep until visit"},
	{"WHEN complaint PER customer AND NO visit IN THE LAST 30 days THEN notify rep",
	"when complaint per customer no visit in the last 30d |0 notify:rep"},
	{"WHEN complaint WHERE severity > 2 PER customer AND NOT invoice settled WHERE method is \"cash\" IN THE LAST 30 days"
		" AND NOT visit WITHIN 2 days THEN notify rep",
		"when complaint(> severity #2) per customer no invoice_settled(= method 'cash) in the last 30d"
	" not visit in 2d |0 notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 2 days AND NO shipped IN THE LAST 3 working days THEN notify rep",
	"when complaint per customer no shipped in the last 3wd not visit in 2d |0 notify:rep"},
	{"WHEN complaint HAPPENS 2 TIMES WITHIN 5 days PER customer AND NO complaint IN THE LAST 1 day THEN notify rep",
	"when complaint x2 in 5d per customer no complaint in the last 1d |0 notify:rep"},
	{"WHEN opportunity changed WHERE stage CHANGES TO \"negotiation\" PER customer"
		" AND NOT opportunity changed WHERE stage CHANGES WITHIN 10 working days THEN notify rep",
		"when opportunity_changed(changes stage 'negotiation) per customer"
	" not opportunity_changed(changes stage) in 10wd |0 notify:rep"},
	{"WHEN opportunity changed WHERE stage changes from \"won\" to negotiation and not stage changes to \"x\" THEN notify rep",
	"when opportunity_changed(and(changes stage 'negotiation 'won)(not(changes stage 'x))) |0 notify:rep"},
	{"ＷＨＥＮ complaint ＴＨＥＮ notify rep；３ days later： text rep。",
	"when complaint |0 notify:rep |first+3d text:rep"},
};

static const Sample chinese[] = {
	{"当开票（每张发票），且到期日后30天内未发生结清时，短信通知销售代表；7天后，邮件通知区域总监，抄送销售代表；"
		"再过7天，指派财务部“核查逾期发票”；直到结清为止。",
	LADDER "核查逾期发票 until invoice_settled"},
	{"当投诉（每个客户），且3天内未发生回访时，通知销售代表。", ABSENT},
	{"当投诉发生（每个客户）且3天内未发生回访时，通知销售代表", ABSENT},
	{"如果投诉发生（每个客户），但3天内没有回访，则通知销售代表", ABSENT},
	{"若投诉发生（每个客户）且回访3天内未发生，通知销售代表", ABSENT},
	{"凡投诉（每个客户）后3天内未回访的，通知销售代表", ABSENT},
	{"投诉后3天内未回访（每个客户）的，通知销售代表", ABSENT},
	{"投诉（每个客户），且3天内回访未发生时：通知销售代表", ABSENT},
	{"当 投诉 （每个 客户），且 在 3 天 之内 未发生 回访 时， 通知 销售代表 。", ABSENT},
	{"当投诉发生(每客户),且三天内未发生回访时,通知销售代表", ABSENT},
	{"当投诉（每个客户），并且３日以内尚未发生回访时，就通知销售代表。", ABSENT},
	{"当投诉（每个客户）且回访在3天内未发生时，则通知销售代表。", ABSENT},
	{"当投诉（每个客户）时，通知销售代表。", "when complaint per customer |0 notify:rep"},
	{"当投诉时，通知销售代表", "when complaint |0 notify:rep"},
	{"投诉的，通知销售代表", "when complaint |0 notify:rep"},
	{"当投诉（每次）时，通知销售代表", "when complaint each |0 notify:rep"},
	{"当投诉（每个客户，仅一次）时，通知销售代表", "when complaint per customer once |0 notify:rep"},
	{"当投诉时，通知销售代表「请“马上”致电」", "when complaint |0 notify:rep'请“马上”致电"},
	{"当投诉时，短信通知销售代表，邮件通知财务部，同时指派物流部“处理”",
	"when complaint |0 text:rep mail:finance assign:logistics'处理"},
	{"当投诉时，邮件通知销售代表，抄送财务部、物流部，同时短信通知销售代表",
	"when complaint |0 mail:rep,cc:finance,cc:logistics text:rep"},
	{"当投诉时，邮件通知销售代表抄送财务部；2天后短信通知销售代表",
	"when complaint |0 mail:rep,cc:finance |first+2d text:rep"},
	{"当投诉时，指派客服主管“回访”，限2个工作日完成。", "when complaint |0 assign:service_manager'回访,due:2wd"},
	{"当投诉时，指派客服主管“回访”，限两个工作日内完成；再过半导体“”", NULL},
	{"当投诉时，短信通知销售代表；1小时后，邮件通知财务部；再过30分钟，通知销售代表",
	"when complaint |0 text:rep |first+1h mail:finance |prev+30min notify:rep"},
	{"当投诉时，短信通知销售代表，再过七天邮件通知财务部，直到回访",
	"when complaint |0 text:rep |prev+7d mail:finance until visit"},
	{"当投诉（每个客户），且2个工作小时内未发生回访时，通知销售代表",
	"when complaint per customer not visit in 2wh |0 notify:rep"},
	{"当投诉（每个客户），且5个自然日内未发生回访时，通知销售代表",
	"when complaint per customer not visit in 5cd |0 notify:rep"},
	{"当投诉（每个客户），且两周内未发生回访时，通知销售代表",
	"when complaint per customer not visit in 2w |0 notify:rep"},
	{"当投诉（每个客户），且十二个月内未发生回访时，通知销售代表",
	"when complaint per customer not visit in 12mon |0 notify:rep"},
	{"当投诉（每个客户），且一百零五分钟内未发生回访时，通知销售代表",
	"when complaint per customer not visit in 105min |0 notify:rep"},
	{"当投诉时，指派销售代表“拜访”；每10天、最多5次，短信通知销售代表；再过7天，邮件通知财务部。",
	"when complaint |0 assign:rep'拜访 |every 10d x5 text:rep |prev+7d mail:finance"},
	{"当投诉时，短信通知销售代表，每隔两个工作日最多一次短信通知销售代表，每周，至多三次：邮件通知财务部",
	"when complaint |0 text:rep |every 2wd x1 text:rep |every 1w x3 mail:finance"},
	{"当投诉时，通知销售代表；24小时后，如未确认，通知财务部；再过1天若未完成短信通知销售代表",
	"when complaint |0 notify:rep |first+24h UNLESS ACKNOWLEDGED notify:finance |prev+1d UNLESS DONE text:rep"},
	{"当投诉时，通知销售代表；1小时后，送达后，短信通知销售代表；每天、最多3次，如尚未完成：短信通知销售代表",
	"when complaint |0 notify:rep |first+1h WHEN DELIVERED text:rep |every 1d x3 UNLESS DONE text:rep"},
	{"当开票（每张发票）时，按客户合并，指派销售代表“续签”；每10天、最多5次，按客户汇总，短信通知销售代表。",
	"when invoice_issued per invoice |0 together customer assign:rep'续签 |every 10d x5 together customer text:rep"},
	{"当投诉时，每天提醒一次销售代表，直到回访", "when complaint |every 1d notify:rep until visit"},
	{"投诉后3天内没有回访（每个客户）的，通知销售代表，每12小时，短信通知销售代表，同时邮件通知财务部",
	"when complaint per customer not visit in 3d |0 notify:rep |every 12h text:rep mail:finance"},
	{"当投诉时，通知店长", "when complaint |0 notify:店长"},
	{"订单审批通过后3个工作日内未发货，邮件通知物流部，抄送销售代表",
	"when order_approved not shipped in 3wd |0 mail:logistics,cc:rep"},
	{"当订单审批通过（每张订单），其金额超过10万元，且3个工作日内未发生发货时，邮件通知物流部。",
	"when order_approved(> amount $100000CNY) per sales_order not shipped in 3wd |0 mail:logistics"},
	{"当开票，其金额10万元以上时，通知销售代表", "when invoice_issued(>= amount $100000CNY) |0 notify:rep"},
	{"当开票，其金额在1.2万以下时，通知销售代表", "when invoice_issued(<= amount #12000) |0 notify:rep"},
	{"当开票，其金额不足三块五时，通知销售代表", "when invoice_issued(< amount $3.5CNY) |0 notify:rep"},
	{"当开票，其金额达到两百八美元时，通知销售代表", "when invoice_issued(>= amount $280USD) |0 notify:rep"},
	{"当开票，其等级为“A”且金额不少于5或非（已审批为是）时，通知销售代表",
	"when invoice_issued(or(and(= grade 'A)(>= amount #5))(not(= approved ?true))) |0 notify:rep"},
	{"当开票，其等级为“A”且（金额不低于5或已审批为否）时，通知销售代表",
	"when invoice_issued(and(= grade 'A)(or(>= amount #5)(= approved ?false))) |0 notify:rep"},
	{"当开票，其金额介于1和2.50之间，且等级为“A”、“B”之一时，通知销售代表",
	"when invoice_issued(and(between amount #1 #2.50)(in grade 'A 'B)) |0 notify:rep"},
	{"当开票，其电话为空且等级不为空时，通知销售代表",
	"when invoice_issued(and(missing phone)(not(missing grade))) |0 notify:rep"},
	{"当开票，其名称以“华”开头且名称不以“华为”开头时，通知销售代表",
	"when invoice_issued(and(starts title '华)(not(starts title '华为))) |0 notify:rep"},
	{"当开票，其等级不为“C”之一时，通知销售代表", "when invoice_issued(not(in grade 'C)) |0 notify:rep"},
	{"当开票，其开票日达到2026年3月31日时，通知销售代表",
	"when invoice_issued(>= issued_on @2026-03-31) |0 notify:rep"},
	{"当开票（每张发票），其等级不是“A”，且3天内未发生结清（其方式为“现金”）时，通知销售代表",
	"when invoice_issued(<> grade 'A) per invoice not invoice_settled(= method 'cash) in 3d |0 notify:rep"},
	{"当开票（其等级为“A”）时，通知销售代表", "when invoice_issued(= grade 'A) |0 notify:rep"},
	{"当开票，其未付金额超过3，且未付金额低于9时，通知销售代表",
	"when invoice_issued(and(> unpaid #3)(< unpaid #9)) |0 notify:rep"},
	{"当商机变更，其阶段为“谈判”时，通知销售代表", "when opportunity_changed(= stage 'negotiation) |0 notify:rep"},
	{"当商机变更，其阶段为谈判时，通知销售代表", "when opportunity_changed(= stage 'negotiation) |0 notify:rep"},
	{"当投诉，其严重程度满三时，通知销售代表；直到回访为止",
	"when complaint(>= severity #3) |0 notify:rep until visit"},
	{"当日达时，通知销售代表", "when same_day |0 notify:rep"},
	{"当当日达时，通知销售代表", "when same_day |0 notify:rep"},
	{"售后服务后3天内未成交，通知销售代表", "when after_sales not deal in 3d |0 notify:rep"},
	{"当每日盘点时，通知销售代表", "when stock_count |0 notify:rep"},
	{"当 投诉 超过 30 天 且 未回访 时，短信通知 销售代表；再过 7 天 邮件抄送 区域总监",
	"when complaint not visit in 30d |0 text:rep |prev+7d mail:rep,cc:regional_director"},
	{"当服务合同的合同到期日前60天（每台设备），且未发生续签时，指派销售代表“续签”；直到续签为止。",
		"when service_contract per equipment not contract_renewed before ends by 60d"
	" |0 assign:rep'续签 until contract_renewed"},
	{"服务合同的合同到期日之前两个月，若未续签，通知销售代表",
	"when service_contract not contract_renewed before ends by 2mon |0 notify:rep"},
	{"当开票到期日前3个工作日（每张发票），其等级为“A”时，短信通知销售代表",
	"when invoice_issued(= grade 'A) per invoice before due by 3wd |0 text:rep"},
	{"同一客户30天内投诉满3次，通知客服主管", "when complaint x3 in 30d per customer |0 notify:service_manager"},
	{"同一客户30天内投诉超过3次，通知客服主管", "when complaint x4 in 30d per customer |0 notify:service_manager"},
	{"同一客户30天内投诉3次以上，通知客服主管", "when complaint x3 in 30d per customer |0 notify:service_manager"},
	{"当同一customer在30天内complaint超过三次时，通知rep", "when complaint x4 in 30d per customer |0 notify:rep"},
	{"当同一个客户在30天之内发生投诉达到三次（每次），其严重程度超过2时，通知客服主管",
	"when complaint(> severity #2) x3 in 30d per customer each |0 notify:service_manager"},
	{"当同一个客户在30天之内投诉发生达到三次（每次），其严重程度超过2时，通知客服主管",
	"when complaint(> severity #2) x3 in 30d per customer each |0 notify:service_manager"},
	{"当投诉（其严重程度超过2）（每个客户）两周内不少于5次时，通知客服主管",
	"when complaint(> severity #2) x5 in 2w per customer |0 notify:service_manager"},
	{"当30天内投诉满3次，且3天内未发生回访时，通知客服主管",
	"when complaint x3 in 30d not visit in 3d |0 notify:service_manager"},
	{"当投诉之后14天内发生竞品接触（每个客户）时，通知销售代表",
	"after complaint in 14d when competitor_contact per customer |0 notify:rep"},
	{"投诉（其严重程度超过2）后14天内发生开票（每个客户，每次），其等级为“A”，且3天内未回访的，通知销售代表；直到回访为止",
		"after complaint(> severity #2) in 14d when invoice_issued(= grade 'A) per customer each"
	" not visit in 3d |0 notify:rep until visit"},
	{"当投诉（每个客户），且之前30天内未发生回访时，通知销售代表",
	"when complaint per customer no visit in the last 30d |0 notify:rep"},
	{"投诉，且回访在之前30天内未发生的，通知销售代表", "when complaint no visit in the last 30d |0 notify:rep"},
	{"当投诉（每个客户），其严重程度超过2，且之前30天内没有结清（其方式为“现金”），且2天内未发生回访时，通知销售代表",
		"when complaint(> severity #2) per customer no invoice_settled(= method 'cash) in the last 30d"
	" not visit in 2d |0 notify:rep"},
	{"当投诉（每个客户），且2天内未发生回访，且之前3个工作日内未发生发货时，通知销售代表",
	"when complaint per customer no shipped in the last 3wd not visit in 2d |0 notify:rep"},
	{"当商机变更（每个客户），其阶段变为“谈判”，且10个工作日内未发生商机变更（其阶段发生变化）时，通知销售代表",
		"when opportunity_changed(changes stage 'negotiation) per customer"
	" not opportunity_changed(changes stage) in 10wd |0 notify:rep"},
	{"当商机变更，其阶段由“甲”变为谈判时，通知销售代表", "when opportunity_changed(changes stage 'negotiation '甲) |0 notify:rep"},
	{"当商机变更，其阶段由谈判变成“甲”且非（阶段有变化）时，通知销售代表",
	"when opportunity_changed(and(changes stage '甲 'negotiation)(not(changes stage))) |0 notify:rep"},
	{"投诉后，3天内没有回访，则通知销售代表", "when complaint not visit in 3d |0 notify:rep"},
	{"当发生投诉后，通知销售代表", "when complaint |0 notify:rep"},
	{"当投诉时，给销售代表派任务“拜访”，给店长发短信；2天后给财务部发邮件“请查收”",
	"when complaint |0 assign:rep'拜访 text:店长 |first+2d mail:finance'请查收"},
	{"当invoice_issued（每张invoice），且due后30天内未发生invoice_settled时，通知rep",
	"when invoice_issued per invoice not invoice_settled in 30d after due |0 notify:rep"},
};

int
main(void)
{
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);

	check_samples(english, sizeof(english) / sizeof(english[0]), TONGUE_EN, &vocabulary);
	check_samples(chinese, sizeof(chinese) / sizeof(chinese[0]), TONGUE_ZH, &vocabulary);
	check_canonical(&vocabulary,
					"when invoice_issued per invoice and no invoice_settled within 30 days after due"
					" then text rep; 7 days later: mail regional_director cc rep;"
					" another 7 days later: assign finance \"核查逾期发票\" until invoice_settled.",
					"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date\n"
					"THEN text rep;\n"
					"  7 days later: mail regional director CC rep;\n"
					"  another 7 days later: assign finance \"核查逾期发票\"\n"
					"UNTIL invoice settled",
					"当开票（每张发票），且到期日后30天内未发生结清时，短信通知销售代表；7天后，邮件通知区域总监，"
					"抄送销售代表；再过7天，指派财务部“核查逾期发票”；直到结清为止。",
					"WHEN invoice_issued PER invoice AND NOT invoice_settled WITHIN 30 days AFTER due"
					" THEN text rep; 7 days later: mail regional_director CC rep;"
					" another 7 days later: assign finance \"核查逾期发票\" UNTIL invoice_settled");
	check_canonical(&vocabulary,
					"当订单审批通过（每张订单），其金额超过10万元，且1个工作日内未发生发货时，邮件通知物流部，"
					"抄送销售代表、店长，同时指派财务部“看”，限2天完成",
					"WHEN order approved WHERE amount > 100,000 CNY PER order AND NOT shipped WITHIN 1 working day\n"
					"THEN mail logistics CC rep, \"店长\" and assign finance \"看\" DUE IN 2 days",
					"当订单审批通过（每张订单），其金额超过10万元，且1个工作日内未发生发货时，邮件通知物流部，"
					"抄送销售代表、店长，同时指派财务部“看”，限2天完成。",
					"WHEN order_approved WHERE amount > 100,000 CNY PER sales_order AND NOT shipped"
					" WITHIN 1 working day THEN mail logistics CC rep, \"店长\" and assign finance \"看\" DUE IN 2 days");
	check_canonical(&vocabulary,
					"WHEN invoice issued WHERE not (amount between 1.5 and 12,345 and grade in (\"A\", \"B\"))"
					" or issued on < 2026-11-05 or amount is 14,000 USD THEN notify rep",
					"WHEN invoice issued WHERE NOT (amount between 1.5 AND 12345 AND grade in (\"A\", \"B\"))"
					" OR issued on < 2026-11-05 OR amount is 14,000 USD\nTHEN notify rep",
					"当开票，其非（金额介于1.5和12345之间且等级为“A”、“B”之一）或开票日低于2026年11月5日或金额为1.4万美元时，"
					"通知销售代表。",
					"WHEN invoice_issued WHERE NOT (amount between 1.5 AND 12345 AND grade in (\"A\", \"B\"))"
					" OR issued_on < 2026-11-05 OR amount is 14,000 USD THEN notify rep");
	check_canonical(&vocabulary,
					"WHEN 60 days BEFORE contract end OF service contract PER equipment AND NOT contract renewed"
					" THEN assign rep \"Renewal\" TOGETHER PER customer; every 10 days AT MOST 5 TIMES: text rep UNTIL contract renewed",
					"WHEN 60 days BEFORE contract end OF service contract PER equipment AND NOT contract renewed\n"
					"THEN assign rep \"Renewal\" TOGETHER PER customer; every 10 days AT MOST 5 TIMES: text rep UNTIL contract renewed",
					"当服务合同的合同到期日前60天（每台设备），且未发生续签时，按客户合并，指派销售代表“Renewal”；每10天、最多5次，"
					"短信通知销售代表；直到续签为止。",
					"WHEN 60 days BEFORE ends OF service_contract PER equipment AND NOT contract_renewed"
					" THEN assign rep \"Renewal\" TOGETHER PER customer; every 10 days AT MOST 5 TIMES: text rep UNTIL contract_renewed");
	check_canonical(&vocabulary,
					"当服务合同的合同到期日前60天，若未续签，每10天提醒一次销售代表，直到续签",
					"WHEN 60 days BEFORE contract end OF service contract AND NOT contract renewed\n"
					"THEN every 10 days: notify rep UNTIL contract renewed",
					"当服务合同的合同到期日前60天，且未发生续签时，每10天，通知销售代表；直到续签为止。",
					"WHEN 60 days BEFORE ends OF service_contract AND NOT contract_renewed"
					" THEN every 10 days: notify rep UNTIL contract_renewed");
	return check_done();
}
