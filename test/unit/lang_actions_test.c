/*
 * lang_actions_test.c
 *	  Schedules, gates, other actions, options and steps of the case in both
 *	  tongues: their trees, and how they print.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "lang_samples.h"

static const Sample english[] = {
	{"EVERY working day AT 08:00 THEN send \"morning board\" TO EACH regional manager",
	"every working day 0 0 at 8:00 |0 send:regional_manager'morning board"},
	{"every day at 8:30 pm, notify finance \"Close the till\"", "every day 0 0 at 20:30 |0 notify:finance'Close the till"},
	{"EVERY Monday, Wednesday and Friday AT 7:05 THEN text rep and send \"week\" to finance CC logistics",
	"every week 15 0 at 7:05 |0 text:rep send:finance'week,cc:logistics"},
	{"EVERY month ON the 5th AT 9 am THEN mail finance", "every month 0 5 at 9:00 |0 mail:finance"},
	{"EVERY month ON day 31 AT 12 am THEN mail finance", "every month 0 31 at 0:00 |0 mail:finance"},
	{"EVERY month on the 3rd working day AT 12:15 PM THEN mail finance", "every working month 0 3 at 12:15 |0 mail:finance"},
	{"EVERY month ON last working day AT 17:00 THEN mail finance", "every working month 0 -1 at 17:00 |0 mail:finance"},
	{"EVERY month ON the last day AT 23:59 THEN mail finance.", "every month 0 -1 at 23:59 |0 mail:finance"},
	{"daily stock count PER store, product THEN text rep", "when stock_count per store+sku |0 text:rep"},
	{"WHEN daily stock count PER store, product EACH TIME AT MOST ONCE IN 7 days AND NOT visit WITHIN 2 days THEN text rep",
	"when stock_count per store+sku at most once in 7d each not visit in 2d |0 text:rep"},
	{"WHEN complaint HAPPENS 3 TIMES WITHIN 30 days PER customer, store at most once every 2 weeks, text rep",
	"when complaint x3 in 30d per customer+store at most once in 2w |0 text:rep"},
	{"WHEN complaint PER customer UNLESS rule \"overdue\" IS OPEN THEN notify rep",
	"when complaint per customer unless overdue |0 notify:rep"},
	{"WHEN complaint PER customer AND NOT visit WITHIN 3 days UNLESS THE RULE overdue ladder is open, notify rep UNTIL visit",
	"when complaint per customer unless overdue ladder not visit in 3d |0 notify:rep until visit"},
	{"WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours THEN notify vp sales",
	"when case_addressed(= role 'regional_director) per case_id not case_acknowledged in 24h |0 notify:vp_sales"},
	{"rep hasn't acknowledged within 2 working hours, notify regional director",
	"when case_addressed(= role 'rep) per case_id not case_acknowledged in 2wh |0 notify:regional_director"},
	{"WHEN shipment request WHERE unit price < contract price THEN hold and notify commerce",
	"when shipment_request(< unit_price .contract_price) |0 hold notify:commerce"},
	{"WHEN shipment request WHERE unit_price is at least contract_price and unit price between 1 and contract price THEN reject \"too dear\"",
	"when shipment_request(and(>= unit_price .contract_price)(between unit_price #1 .contract_price)) |0 reject'too dear"},
	{"WHEN complaint AND NOT visit WITHIN 3 days THEN hold", NULL},
	{"WHEN complaint THEN text rep; 2 days later: reject", NULL},
	{"WHEN complaint THEN reject and notify rep", NULL},
	{"WHEN complaint HAPPENS 3 TIMES WITHIN 3 days PER customer THEN hold", NULL},
	{"EVERY day AT 08:00 THEN notify rep; 1 hour later: text rep", NULL},
	{"EVERY day AT 24:00 THEN notify rep", NULL},
	{"EVERY month ON working day 24 AT 08:00 THEN notify rep", NULL},
	{"WHEN lead assigned AND NOT first contact WITHIN 2 working hours THEN return to pool",
	"when lead_assigned not first_contact in 2wh |0 call>app.take_back"},
	{"WHEN lead assigned AND NOT first contact WITHIN 2 working hours THEN call function \"app.f\" (owner, \"late\", 3) and notify rep",
	"when lead_assigned not first_contact in 2wh |0 call>app.f,.owner,'late,#3 notify:rep"},
	{"WHEN lead assigned THEN text rep, emit event lead returned (reason \"late\", rep owner) and emit lead_returned",
	"when lead_assigned |0 text:rep emit>lead_returned,reason'late,rep.owner emit>lead_returned"},
	{"WHEN invoice overdue THEN notify rep TOGETHER PER customer ONCE A DAY AT 18:00",
	"when invoice_overdue |0 together customer daily 18:00 notify:rep"},
	{"WHEN invoice overdue THEN notify rep together by customer once per day",
	"when invoice_overdue |0 together customer daily 8:00 notify:rep"},
	{"WHEN complaint WHERE SQL (severity % 2 = 0 and note <> ')') and severity > 2 THEN text rep",
	"when complaint(and(sql severity % 2 = 0 and note <> ')')(> severity #2)) |0 text:rep"},
	{"WHEN complaint WHERE not SQL ( f(\"A)\", (1)) ) or SQL (true) THEN text rep",
	"when complaint(or(not(sql f(\"A)\", (1))))(sql true)) |0 text:rep"},
	{"WHEN complaint WHERE SQL (true THEN text rep", NULL},
	{"WHEN complaint WHERE SQL () THEN text rep", NULL},
};

static const Sample chinese[] = {
	{"每个工作日8:00，向每位区域经理发送“晨会看板”。", "every working day 0 0 at 8:00 |0 send:regional_manager'晨会看板"},
	{"每个工作日8点，把晨会看板发给各区域经理", "every working day 0 0 at 8:00 |0 send:regional_manager'晨会看板"},
	{"每天下午三点半，通知财务部“对账”", "every day 0 0 at 15:30 |0 notify:finance'对账"},
	{"每周一、周五的９：０５，则发送“周报”给财务部，同时短信通知销售代表", "every week 11 0 at 9:05 |0 send:finance'周报 text:rep"},
	{"每个月5号上午9点30分，邮件通知财务部", "every month 0 5 at 9:30 |0 mail:finance"},
	{"每月第3个工作日12:15，邮件通知财务部", "every working month 0 3 at 12:15 |0 mail:finance"},
	{"每月最后一个工作日17时，邮件通知财务部", "every working month 0 -1 at 17:00 |0 mail:finance"},
	{"每月末23:59，邮件通知财务部", "every month 0 -1 at 23:59 |0 mail:finance"},
	{"每日盘点（每家门店、商品）时，短信通知销售代表", "when stock_count per store+sku |0 text:rep"},
	{"当每日盘点（每家门店、商品，每次，7天内最多一次），且2天内未发生回访时，短信通知销售代表",
	"when stock_count per store+sku at most once in 7d each not visit in 2d |0 text:rep"},
	{"投诉（每个客户），7天内最多一次，通知销售代表", "when complaint per customer at most once in 7d |0 notify:rep"},
	{"同一客户、门店30天内投诉满3次（两周内至多一次），短信通知销售代表",
	"when complaint x3 in 30d per customer+store at most once in 2w |0 text:rep"},
	{"当投诉（每个客户）时，除非规则“逾期催收”未结，通知销售代表。", "when complaint per customer unless 逾期催收 |0 notify:rep"},
	{"投诉（每个客户），除非规则逾期催收未关闭，则通知销售代表", "when complaint per customer unless 逾期催收 |0 notify:rep"},
	{"区域总监24小时内未确认的，通知销售副总",
	"when case_addressed(= role 'regional_director) per case_id not case_acknowledged in 24h |0 notify:vp_sales"},
	{"当区域总监在两个工作日内没有确认时，通知销售副总；1天后，短信通知销售副总",
		"when case_addressed(= role 'regional_director) per case_id not case_acknowledged in 2wd |0 notify:vp_sales"
	" |first+1d text:vp_sales"},
	{"发货申请的单价低于合同价的，扣住并通知商务", "when shipment_request(< unit_price .contract_price) |0 hold notify:commerce"},
	{"当发货申请，其单价达到合同价时，拒绝“太贵”。", "when shipment_request(>= unit_price .contract_price) |0 reject'太贵"},
	{"投诉后3天内未回访的，扣住", NULL},
	{"线索分配后2个工作小时内未首次联系，收回公海", "when lead_assigned not first_contact in 2wh |0 call>app.take_back"},
	{"线索分配后2个工作小时内未首次联系的，执行“app.f”（负责人、“超时”），同时通知销售代表",
	"when lead_assigned not first_contact in 2wh |0 call>app.f,.owner,'超时 notify:rep"},
	{"当线索分配时，产生事件线索退回（原因为“超时”、代表为负责人）", "when lead_assigned |0 emit>lead_returned,reason'超时,rep.owner"},
	{"同一客户有多张发票逾期时，每天只发一条汇总给销售代表", "when invoice_overdue |0 together customer daily 8:00 notify:rep"},
	{"当发票逾期（每张发票）时，按客户合并，每天18:00一次，通知销售代表。",
	"when invoice_overdue per invoice |0 together customer daily 18:00 notify:rep"},
	{"当投诉，其SQL（severity % 2 = 0）且严重程度超过2时，短信通知销售代表",
	"when complaint(and(sql severity % 2 = 0)(> severity #2)) |0 text:rep"},
	{"当投诉时，向店长推送“话术包”，向销售代表派发潜在客户清单，同时向财务部发出补货预警",
	"when complaint |0 send:店长'话术包 send:rep'潜在客户清单 notify:finance'补货预警"},
};

int
main(void)
{
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);

	check_samples(english, sizeof(english) / sizeof(english[0]), TONGUE_EN, &vocabulary);
	check_samples(chinese, sizeof(chinese) / sizeof(chinese[0]), TONGUE_ZH, &vocabulary);
	check_canonical(&vocabulary, "every monday,friday at 8 am, send \"week\" to rep",
					"EVERY Monday, Friday AT 08:00 THEN send \"week\" TO EACH rep",
					"每周一、周五8:00，向每位销售代表发送“week”。",
					"EVERY Monday, Friday AT 08:00 THEN send \"week\" TO EACH rep");
	check_canonical(&vocabulary, "每个月第3个工作日8点半，把周报发给各销售代表",
					"EVERY month ON working day 3 AT 08:30 THEN send \"周报\" TO EACH rep",
					"每月第3个工作日8:30，向每位销售代表发送“周报”。",
					"EVERY month ON working day 3 AT 08:30 THEN send \"周报\" TO EACH rep");
	check_canonical(&vocabulary, "区域总监24小时内未确认的，通知销售副总",
					"WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours THEN notify vp sales",
					"当区域总监24小时内未确认时，通知销售副总。",
					"WHEN case_addressed WHERE role is \"regional_director\" PER case_id"
					" AND NOT case_acknowledged WITHIN 24 hours THEN notify vp_sales");
	check_canonical(&vocabulary, "发货申请的单价低于合同价的，扣住并通知商务",
					"WHEN shipment request WHERE unit price < contract price THEN hold and notify commerce",
					"当发货申请，其单价低于合同价时，扣住，同时通知商务。",
					"WHEN shipment_request WHERE unit_price < contract_price THEN hold and notify commerce");
	check_canonical(&vocabulary, "线索分配后2个工作小时内未首次联系，收回公海",
					"WHEN lead assigned AND NOT first contact WITHIN 2 working hours THEN call function return to pool",
					"当线索分配，且2个工作小时内未发生首次联系时，执行收回公海。",
					"WHEN lead_assigned AND NOT first_contact WITHIN 2 working hours THEN call function \"app.take_back\"");
	check_canonical(&vocabulary, "同一客户有多张发票逾期时，每天只发一条汇总给销售代表",
					"WHEN invoice overdue THEN notify rep TOGETHER PER customer ONCE A DAY AT 08:00",
					"当发票逾期时，按客户合并，每天8:00一次，通知销售代表。",
					"WHEN invoice_overdue THEN notify rep TOGETHER PER customer ONCE A DAY AT 08:00");
	check_canonical(&vocabulary, "每日盘点（每家门店、商品，7天内最多一次），除非规则甲未结，则通知rep",
					"WHEN daily stock count PER store, product AT MOST ONCE IN 7 days UNLESS rule \"甲\" IS OPEN THEN notify rep",
					"当每日盘点（每家门店、商品，7天内最多一次）时，除非规则“甲”未结，通知销售代表。",
					"WHEN stock_count PER store, sku AT MOST ONCE IN 7 days UNLESS rule \"甲\" IS OPEN THEN notify rep");
	return check_done();
}
