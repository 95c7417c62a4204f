/*
 * lang_random.h
 *	  Random values, conditions and events over the fixture's vocabulary.
 */
#ifndef SP_LANG_RANDOM_H
#define SP_LANG_RANDOM_H

#include "lang_samples.h"
#include "rule/lang_internal.h"

static uint64_t state = 0x9e3779b97f4a7c15ULL;
static Arena arena;

static int
below(int limit)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return (int) ((state >> 20) % (uint64_t) limit);
}

/* once in so many */
static bool
one_in(int times)
{
	return below(times) == 0;
}

static void *
room(size_t size)
{
	return memset(arena_alloc(&arena, size), 0, size);
}

#define PICK(list)	(list)[below((int) (sizeof(list) / sizeof((list)[0])))]

/* ---- what sentences are made of ---- */

static const char *const texts[] = {
	"A", "negotiation", "", "it is \"so\"", "“引号”", "逾期；直到为止", "UNTIL visit", "a; b, c.", "cash", "当日达", "'", "10万元", "￥", "（每个客户）"
};
static const char *const numbers[] = {"0", "1", "7", "100000", "12.5", "-3", "0.001", "20000000000"};
static const char *const days[] = {"2026-03-31", "2024-02-29", "1999-12-01"};
static const char *const roles[] = {"rep", "finance", "regional_director", "vp_sales", "nobody_known", "till"};
static const char *const rules[] = {"overdue", "逾期", "a \"b\"", "x”y"};

/* an event and its columns */
typedef struct Scope
{
	const char *name;
	const char *columns[7];
	int			column_count;
} Scope;

static const Scope events[] = {
	{"invoice_issued", {"due", "amount", "grade", "phone", "approved", "issued_on", "unpaid"}, 7},
	{"invoice_settled", {"method"}, 1}, {"complaint", {"severity"}, 1}, {"opportunity_changed", {"stage", "customer"}, 2},
	{"service_contract", {"ends", "until_day"}, 2}, {"shipment_request", {"unit_price", "contract_price"}, 2},
	{"lead_assigned", {"owner"}, 1}
};
static const char *const plain_events[] = {"visit", "deal", "shipped", "after_sales", "same_day", "stock_count", "contract_renewed", "order_approved"};
static const char *const keys[] = {"invoice", "customer", "sales_order", "equipment", "store", "sku"};
static const Scope client = {"client", {"rating", "city"}, 2};
static const Scope relations[] = {{"app.stock", {"class", "supply"}, 2}, {"store_sales", {"units", "threshold"}, 2}};

static const char *
column_of(const Scope *scope)
{
	return scope->columns[below(scope->column_count)];
}

static Duration
span(bool whole_days)
{
	static const DurationUnit units[] = {
		UNIT_MINUTE, UNIT_HOUR, UNIT_WORKING_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_CALENDAR_DAY, UNIT_WORKING_DAY
	};

	return (Duration)
	{
		1 + below(40), units[whole_days ? 3 + below(5) : below(8)]
	};
}

static RuleValue
value(const Scope *scope)
{
	RuleValue	made = {.kind = (ValueKind) below(6)};

	switch (made.kind)
	{
		case VALUE_TEXT:
			made.text = PICK(texts);
			break;
		case VALUE_NUMBER:
			made.text = PICK(numbers);
			break;
		case VALUE_MONEY:
			made.text = PICK(numbers);
			made.currency = one_in(3) ? "USD" : "CNY";
			break;
		case VALUE_DATE:
			made.text = PICK(days);
			break;
		case VALUE_BOOLEAN:
			made.text = one_in(2) ? "true" : "false";
			break;
		case VALUE_COLUMN:
			made.text = column_of(scope);
			break;
	}
	return made;
}

static const RuleValue *
values(const Scope *scope, int count)
{
	RuleValue  *made = room(sizeof(RuleValue) * (count + 1));

	for (int i = 0; i < count; i++)
		made[i] = value(scope);
	return made;
}

static const RuleValue *
text_values(const Scope *scope, int count)
{
	RuleValue  *made = room(sizeof(RuleValue) * (count + 1));

	for (int i = 0; i < count; i++)
		made[i] = (RuleValue)
	{
		VALUE_TEXT, PICK(texts)
	};
	return made;
}

static RuleExpr *
leaf(const Scope *scope)
{
	RuleExpr   *made = room(sizeof(RuleExpr));

	made->kind = (ExprKind) (EXPR_COMPARE + below(EXPR_SQL - EXPR_COMPARE + 1));
	made->column = column_of(scope);
	switch (made->kind)
	{
		case EXPR_COMPARE:
			made->comparison = (Comparison) below(6);
			made->value_count = 1;
			break;
		case EXPR_BETWEEN:
			made->value_count = 2;
			break;
		case EXPR_IN:
			made->value_count = 1 + below(3);
			break;
		case EXPR_CHANGES:
			made->value_count = below(3);
			break;
		case EXPR_STARTS_WITH:
			made->value_count = 1;
			made->values = text_values(scope, 1);
			return made;
		case EXPR_SQL:
			made->column = NULL;
			made->sql = one_in(2) ? "a % 2 = 0" : "f('(', \"x)\") IS NOT NULL";
			return made;
		default:
			return made;
	}
	made->values = values(scope, made->value_count);
	return made;
}

static RuleExpr *
condition(const Scope *scope, int depth)
{
	RuleExpr   *made;

	if (depth == 0 || one_in(2))
		return leaf(scope);
	made = room(sizeof(RuleExpr));
	made->kind = (ExprKind) below(3);
	made->left = condition(scope, depth - 1);
	if (made->kind != EXPR_NOT)
		made->right = condition(scope, depth - 1);
	return made;
}

static RuleEvent
event(const Scope **scope)
{
	RuleEvent	made = {PICK(plain_events)};

	if (scope != NULL)
		*scope = NULL;
	if (scope == NULL && one_in(3))
		return made;
	if (scope == NULL || one_in(2))
	{
		const Scope *its = &PICK(events);

		made.event = its->name;
		made.condition = one_in(2) ? condition(its, 3) : NULL;
		if (scope != NULL)
			*scope = its;
	}
	return made;
}

#endif							/* SP_LANG_RANDOM_H */
