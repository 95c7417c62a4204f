/*
 * lang_fixture.h
 *	  A vocabulary of a sales company, and a dump of rule trees, for the tests
 *	  of the rule language.
 */
#ifndef SP_LANG_FIXTURE_H
#define SP_LANG_FIXTURE_H

#include <stdlib.h>

#include "check.h"
#include "rule/vocabulary.h"

static const LabelEntry fixture_entries[] = {
	{LABEL_EVENT, NULL, "invoice_issued", "invoice issued", "开票"},
	{LABEL_EVENT, NULL, "invoice_settled", "invoice settled", "结清"},
	{LABEL_EVENT, NULL, "complaint", "complaint", "投诉"},
	{LABEL_EVENT, NULL, "visit", "visit", "回访"},
	{LABEL_EVENT, NULL, "order_approved", "order approved", "订单审批通过"},
	{LABEL_EVENT, NULL, "shipped", "shipped", "发货"},
	{LABEL_EVENT, NULL, "deal", "deal", "成交"},
	{LABEL_EVENT, NULL, "after_sales", "after-sales service", "售后服务"},
	{LABEL_EVENT, NULL, "same_day", "same-day delivery", "当日达"},
	{LABEL_EVENT, NULL, "stock_count", "daily stock count", "每日盘点"},
	{LABEL_EVENT, NULL, "opportunity_changed", "opportunity changed", "商机变更"},
	{LABEL_EVENT, NULL, "service_contract", "service contract", "服务合同"},
	{LABEL_EVENT, NULL, "competitor_contact", "competitor contact", "竞品接触"},
	{LABEL_EVENT, NULL, "contract_renewed", "contract renewed", "续签"},
	{LABEL_COLUMN, "invoice_issued", "due", "due date", "到期日"},
	{LABEL_COLUMN, "invoice_issued", "amount", "amount", "金额"},
	{LABEL_COLUMN, "invoice_issued", "grade", "grade", "等级"},
	{LABEL_COLUMN, "invoice_issued", "phone", "phone", "电话"},
	{LABEL_COLUMN, "invoice_issued", "title", "title", "名称"},
	{LABEL_COLUMN, "invoice_issued", "approved", "approved", "已审批"},
	{LABEL_COLUMN, "invoice_issued", "issued_on", "issued on", "开票日"},
	{LABEL_COLUMN, "invoice_issued", "unpaid", "not paid", "未付金额"},
	{LABEL_COLUMN, "invoice_settled", "method", "method", "方式"},
	{LABEL_COLUMN, "complaint", "severity", "severity", "严重程度"},
	{LABEL_COLUMN, "order_approved", "amount", "amount", "金额"},
	{LABEL_COLUMN, "opportunity_changed", "stage", "stage", "阶段"},
	{LABEL_COLUMN, "opportunity_changed", "customer", NULL, NULL},
	{LABEL_COLUMN, "service_contract", "ends", "contract end", "合同到期日"},
	{LABEL_COLUMN, "service_contract", "until_day", "due date", "到期日"},
	{LABEL_KEY, NULL, "invoice", "invoice", "发票"},
	{LABEL_KEY, NULL, "customer", "customer", "客户"},
	{LABEL_KEY, NULL, "sales_order", "order", "订单"},
	{LABEL_KEY, NULL, "equipment", "equipment", "设备"},
	{LABEL_ROLE, NULL, "rep", "rep", "销售代表"},
	{LABEL_ROLE, NULL, "regional_director", "regional director", "区域总监"},
	{LABEL_ROLE, NULL, "finance", "finance", "财务部"},
	{LABEL_ROLE, NULL, "service_manager", "service manager", "客服主管"},
	{LABEL_ROLE, NULL, "logistics", "logistics", "物流部"},
	{LABEL_ROLE, NULL, "regional_manager", "regional manager", "区域经理"},
	{LABEL_ROLE, NULL, "vp_sales", "vp sales", "销售副总"},
	{LABEL_ROLE, NULL, "commerce", "commerce", "商务"},
	{LABEL_EVENT, NULL, "shipment_request", "shipment request", "发货申请"},
	{LABEL_COLUMN, "shipment_request", "unit_price", "unit price", "单价"},
	{LABEL_COLUMN, "shipment_request", "contract_price", "contract price", "合同价"},
	{LABEL_EVENT, NULL, "lead_assigned", "lead assigned", "线索分配"},
	{LABEL_EVENT, NULL, "first_contact", "first contact", "首次联系"},
	{LABEL_EVENT, NULL, "lead_returned", "lead returned", "线索退回"},
	{LABEL_COLUMN, "lead_returned", "reason", "reason", "原因"},
	{LABEL_COLUMN, "lead_returned", "rep", "rep", "代表"},
	{LABEL_COLUMN, "lead_assigned", "owner", "owner", "负责人"},
	{LABEL_FUNCTION, NULL, "app.take_back", "return to pool", "收回公海"},
	{LABEL_EVENT, NULL, "invoice_overdue", "invoice overdue", "发票逾期"},
	{LABEL_KEY, NULL, "store", "store", "门店"},
	{LABEL_KEY, NULL, "sku", "product", "商品"},
	{LABEL_MEMBER, NULL, "client", "client", "档案客户"},
	{LABEL_COLUMN, "client", "rating", "rating", "评级"},
	{LABEL_COLUMN, "client", "city", "city", "城市"},
	{LABEL_VALUE, "rating", "A", "A-grade", "A类"},
	{LABEL_RELATION, NULL, "app.stock", "stock position", "库存"},
	{LABEL_COLUMN, "app.stock", "class", "item class", "品类"},
	{LABEL_COLUMN, "app.stock", "supply", "days of supply", "供应天数"},
	{LABEL_RELATION, NULL, "store_sales", "store sales", "门店销售"},
	{LABEL_COLUMN, "store_sales", "units", "units", "销量"},
	{LABEL_COLUMN, "store_sales", "threshold", "threshold", "阈值"},
	{LABEL_VALUE, "stage", "negotiation", "negotiation", "谈判"},
	{LABEL_VALUE, "method", "cash", "cash", "现金"},
};

static const LabelSet fixture_set = {
	fixture_entries, sizeof(fixture_entries) / sizeof(fixture_entries[0])
};

/* ---- the tree as text: (rule (trigger x) ...) ---- */

typedef struct Dump
{
	char text[	65536];
	size_t		used;
} Dump;

static void
dump(Dump *d, const char *text)
{
	size_t		length = strlen(text);

	if (d->used + length + 1 > sizeof(d->text))
		abort();
	memcpy(d->text +d->used, text, length + 1);
	d->used += length;
}

static void
dump_pair(Dump *d, const char *what, const char *value)
{
	dump(d, what);
	dump(d, value == NULL ? "-" : value);
}

static void
dump_span(Dump *d, Duration span)
{
	static const char *const units[] = {"min", "h", "d", "w", "mon", "cd", "wd", "wh"};
	char text[	64];

	snprintf(text, sizeof(text), "%lld%s", (long long) span.count, units[span.unit]);
	dump(d, text);
}

static void
dump_clock(Dump *d, const char *what, int minute)
{
	char text[	64];

	snprintf(text, sizeof(text), "%s%d:%02d", what, minute / 60, minute % 60);
	dump(d, text);
}

static void
dump_value(Dump *d, const RuleValue *value)
{
	static const char *const values[] = {"'", "#", "$", "@", "?", "."};

	dump_pair(d, values[value->kind], value->text);
	if (value->currency != NULL)
		dump(d, value->currency);
}

static void
dump_schedule(Dump *d, const Schedule *schedule)
{
	static const char *const periods[] = {"", "day", "week", "month"};
	char text[	64];

	snprintf(text, sizeof(text), "every %s%s %x %d", schedule->working ? "working " : "",
			 periods[schedule->period], schedule->weekdays, schedule->day);
	dump(d, text);
	dump_clock(d, " at ", schedule->minute);
}

static void
dump_expr(Dump *d, const RuleExpr *e)
{
	static const char *const kinds[] = {"and", "or", "not", "cmp", "between", "in", "missing", "starts", "changes", "sql"};
	static const char *const comparisons[] = {"=", "<>", "<", "<=", ">", ">="};

	dump(d, "(");
	dump(d, e->kind == EXPR_COMPARE ? comparisons[e->comparison] : kinds[e->kind]);
	if (e->left != NULL)
		dump_expr(d, e->left);
	if (e->right != NULL)
		dump_expr(d, e->right);
	if (e->column != NULL)
		dump_pair(d, " ", e->column);
	if (e->sql != NULL)
		dump_pair(d, " ", e->sql);
	for (int i = 0; i < e->value_count; i++)
	{
		dump(d, " ");
		dump_value(d, &e->values[i]);
	}
	dump(d, ")");
}

static void
dump_event(Dump *d, const char *what, const RuleEvent *event)
{
	if (event->event == NULL)
		return;
	dump_pair(d, what, event->event);
	if (event->condition != NULL)
		dump_expr(d, event->condition);
}

static void
dump_step(Dump *d, const RuleStep *step)
{
	static const char *const timings[] = {" |0", " |first+", " |prev+", " |every "};

	dump(d, timings[step->timing]);
	if (step->timing != STEP_AT_ONCE)
		dump_span(d, step->delay);
	if (step->at_most > 0)
	{
		char		count[32];

		snprintf(count, sizeof(count), " x%d", step->at_most);
		dump(d, count);
	}
	if (step->guard != GUARD_NONE)
		dump_pair(d, " ", lang_guard_name(step->guard));
	if (step->together != NULL)
		dump_pair(d, " together ", step->together);
	if (step->daily)
		dump_clock(d, " daily ", step->daily_at);
	for (int i = 0; i < step->action_count; i++)
	{
		const RuleAction *a = &step->actions[i];

		dump_pair(d, " ", lang_verb_name(a->verb));
		if (a->role != NULL)
			dump_pair(d, ":", a->role);
		if (a->target != NULL)
			dump_pair(d, ">", a->target);
		for (int n = 0; n < a->argument_count; n++)
		{
			dump_pair(d, ",", a->arguments[n].column == NULL ? "" : a->arguments[n].column);
			dump_value(d, &a->arguments[n].value);
		}
		if (a->text !=NULL)
			dump_pair(d, "'", a->text);
		for (int c = 0; c < a->copy_count; c++)
			dump_pair(d, ",cc:", a->copies[c]);
		if (a->due_in.count != 0)
		{
			dump(d, ",due:");
			dump_span(d, a->due_in);
		}
	}
}

static inline const char *
dump_rule(Dump *d, const Rule *rule)
{
	static const char *const missing[] = {"", " count", " break", " skip"};

	d->used = 0;
	d->text[0] = '\0';
	if (rule->schedule.period != SCHEDULE_NONE)
		dump_schedule(d, &rule->schedule);
	if (rule->form != FORM_EVENT)
		dump(d, rule->form == FORM_MEMBER ? "each " : "while ");
	if (rule->streak.count != 0)
	{
		dump(d, "on ");
		dump_span(d, rule->streak);
		dump(d, missing[rule->missing]);
		dump(d, " ");
	}
	if (rule->form == FORM_STATE && rule->window.count != 0)
	{
		dump(d, "for ");
		dump_span(d, rule->window);
		dump(d, " ");
	}
	dump_event(d, "after ", &rule->earlier);
	if (rule->earlier.event != NULL)
	{
		dump(d, " in ");
		dump_span(d, rule->earlier_within);
		dump(d, " ");
	}
	dump_event(d, "when ", &rule->trigger);
	if (rule->count != 0)
	{
		char		count[32];

		snprintf(count, sizeof(count), " x%d in ", rule->count);
		dump(d, count);
		dump_span(d, rule->count_within);
	}
	if (rule->key != NULL)
		dump_pair(d, " per ", rule->key);
	for (int i = 0; i < rule->more_key_count; i++)
		dump_pair(d, "+", rule->more_keys[i]);
	if (rule->cooldown.count != 0)
	{
		dump(d, " at most once in ");
		dump_span(d, rule->cooldown);
	}
	if (rule->unless_rule != NULL)
		dump_pair(d, " unless ", rule->unless_rule);
	if (rule->calendar != NULL)
		dump_pair(d, " calendar ", rule->calendar);
	if (rule->fire_past)
		dump_pair(d, " past", "");
	if (rule->rearm != REARM_ONE_OPEN)
		dump(d, rule->rearm == REARM_ONCE ? " once" : " each");
	dump_event(d, " no ", &rule->lacking);
	if (rule->lacking.event != NULL)
	{
		dump(d, " in the last ");
		dump_span(d, rule->lacking_within);
	}
	dump_event(d, " not ", &rule->absent);
	if (rule->absent.event != NULL && rule->window.count != 0)
	{
		dump(d, " in ");
		dump_span(d, rule->window);
	}
	if (rule->date_column != NULL)
		dump_pair(d, rule->lead.count != 0 ? " before " : " after ", rule->date_column);
	if (rule->lead.count != 0)
	{
		dump(d, " by ");
		dump_span(d, rule->lead);
	}
	for (int i = 0; i < rule->step_count; i++)
		dump_step(d, &rule->steps[i]);
	dump_event(d, " until ", &rule->until);
	dump_event(d, " cleared ", &rule->cleared);
	return d->text;
}

#endif							/* SP_LANG_FIXTURE_H */
