/*
 * bind_condition.c
 *	  Conditions as SQL over the parameter event_row, with their types checked.
 *
 * A value is converted here as far as its column needs, so that what is stored
 * can't fail later; a value that does not fit is a mistake at its place in the
 * sentence.  Operators and types are named in full.
 */
#include "rule/shell.h"

#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "rule/lang_internal.h"
#include "types/amount.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define AMOUNT_MAX_DIGITS	15	/* of minor units */

typedef enum ColumnKind
{
	COLUMN_TEXT,
	COLUMN_ENUM,
	COLUMN_NUMBER,
	COLUMN_AMOUNT,
	COLUMN_DATE,
	COLUMN_INSTANT,
	COLUMN_BOOLEAN,
	COLUMN_OTHER				/* compared by its text, for equality */
} ColumnKind;

typedef struct ConditionColumn
{
	const char *name;
	Oid			type;			/* beneath domains */
	ColumnKind	kind;
	char	   *sql;
} ConditionColumn;

/* ---- columns ---- */

bool
sp_is_amount(Oid type)
{
	return type == GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("amount"),
								   ObjectIdGetDatum(get_namespace_oid("pulse", true)));
}

static ColumnKind
kind_of_type(Oid type)
{
	if (sp_is_amount(type))
		return COLUMN_AMOUNT;
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return COLUMN_NUMBER;
		case DATEOID:
			return COLUMN_DATE;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return COLUMN_INSTANT;
		case BOOLOID:
			return COLUMN_BOOLEAN;
	}
	if (type_is_enum(type))
		return COLUMN_ENUM;
	return TypeCategory(type) == TYPCATEGORY_STRING ? COLUMN_TEXT : COLUMN_OTHER;
}

/* The column as it is compared: an instant by its day in the business time zone. */
static char *
column_sql(const char *name, Oid type, ColumnKind kind)
{
	char	   *plain = psprintf("(event_row).%s", quote_identifier(sp_from_utf8(name)));

	if (kind == COLUMN_TEXT || kind == COLUMN_OTHER)
		return psprintf("%s::pg_catalog.text", plain);
	if (type == TIMESTAMPTZOID)
		return psprintf("pg_catalog.timezone(pulse.setting('timezone'), %s)::pg_catalog.date", plain);
	if (type == TIMESTAMPOID)
		return psprintf("%s::pg_catalog.date", plain);
	return plain;
}

static bool
bind_column(ConditionBinder *binder, const RuleExpr *expr, ConditionColumn *column)
{
	AttrNumber	attnum = get_attnum(binder->kind->relid, sp_from_utf8(expr->column));

	if (attnum <= 0)
		return sp_lang_fail(binder->error, LANG_UNKNOWN_NAME, expr->offset,
							lang_format(binder->arena, in_tongue(binder->tongue, "event \"%s\" has no column \"%s\"",
																 "事件“%s”没有字段“%s”"),
										sp_shown(binder->tongue, LABEL_EVENT, NULL, sp_to_utf8(binder->kind->name)),
										expr->column),
							in_tongue(binder->tongue, "A condition is about columns of its event.",
									  "条件只能使用该事件的字段。"),
							in_tongue(binder->tongue, "See the columns of the event's table with \\d.",
									  "可用 \\d 查看事件表的字段。"));
	column->name = sp_shown(binder->tongue, LABEL_COLUMN, sp_to_utf8(binder->kind->name), expr->column);
	column->type = getBaseType(get_atttype(binder->kind->relid, attnum));
	column->kind = kind_of_type(column->type);
	column->sql = column_sql(expr->column, column->type, column->kind);
	return true;
}

/* ---- values ---- */

static bool
fail_value(ConditionBinder *binder, const ConditionColumn *column, size_t offset,
		   const char *hint)
{
	return sp_lang_fail(binder->error, LANG_SYNTAX, offset,
						lang_format(binder->arena, in_tongue(binder->tongue, "column \"%s\" can't be compared with this value",
															 "字段“%s”不能与这个值比较"),
									column->name),
						lang_format(binder->arena, in_tongue(binder->tongue, "The column's type is %s.", "该字段的类型是 %s。"),
									sp_to_utf8(format_type_be(column->type))),
						hint);
}

static const char *
value_hint(const ConditionBinder *binder, ColumnKind kind)
{
	switch (kind)
	{
		case COLUMN_NUMBER:
			return in_tongue(binder->tongue, "Write a number, without a currency.", "请写不带货币的数字。");
		case COLUMN_AMOUNT:
			return in_tongue(binder->tongue, "Write an amount with its currency, such as 100,000 CNY.",
							 "请写带货币的金额，如10万元。");
		case COLUMN_DATE:
		case COLUMN_INSTANT:
			return in_tongue(binder->tongue, "Write a date such as 2026-03-31.", "请写日期，如2026年3月31日。");
		case COLUMN_BOOLEAN:
			return in_tongue(binder->tongue, "Write is true or is false.", "请写“为是”或“为否”。");
		default:
			return in_tongue(binder->tongue, "Write text in quotes, with is, is not or in.",
							 "请写引号中的文字，用“为”“不为”或“之一”。");
	}
}

static bool
amount_sql(ConditionBinder *binder, const ConditionColumn *column, const RuleValue *value,
		   StringInfo sql)
{
	const Currency *currency = strlen(value->currency) == 3 ? currency_by_code(value->currency) : NULL;
	const char *point = strchr(value->text, '.');
	size_t		fraction = point == NULL ? 0 : strlen(point + 1);

	if (currency == NULL)
		return sp_lang_fail(binder->error, LANG_UNKNOWN_NAME, value->offset,
							lang_format(binder->arena, in_tongue(binder->tongue, "unknown currency \"%s\"", "没有货币“%s”"),
										value->currency),
							in_tongue(binder->tongue, "It is not an ISO 4217 code.", "它不是 ISO 4217 代码。"),
							value_hint(binder, COLUMN_AMOUNT));
	if (fraction > currency->digits ||
		strlen(value->text) - fraction + currency->digits > AMOUNT_MAX_DIGITS)
		return fail_value(binder, column, value->offset,
						  lang_format(binder->arena, in_tongue(binder->tongue, "%s has %d decimals, and at most %d digits in all.",
															   "%s 有 %d 位小数，最多 %d 位数字。"),
									  value->currency, currency->digits, AMOUNT_MAX_DIGITS));
	appendStringInfo(sql, "'%s %s'::pulse.amount", value->currency, value->text);
	return true;
}

static bool
enum_sql(ConditionBinder *binder, const ConditionColumn *column, const RuleValue *value,
		 StringInfo sql)
{
	char	   *label = sp_from_utf8(value->text);

	if (strlen(label) >= NAMEDATALEN ||
		!SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(column->type), CStringGetDatum(label)))
		return fail_value(binder, column, value->offset,
						  lang_format(binder->arena, in_tongue(binder->tongue, "\"%s\" is none of its values.", "“%s”不在它的取值之中。"),
									  value->text));
	appendStringInfo(sql, "%s::%s", quote_literal_cstr(label), format_type_be_qualified(column->type));
	return true;
}

static bool
value_fits(ColumnKind kind, ValueKind value)
{
	switch (kind)
	{
		case COLUMN_NUMBER:
			return value == VALUE_NUMBER;
		case COLUMN_AMOUNT:
			return value == VALUE_MONEY;
		case COLUMN_DATE:
		case COLUMN_INSTANT:
			return value == VALUE_DATE;
		case COLUMN_BOOLEAN:
			return value == VALUE_BOOLEAN;
		default:
			return value == VALUE_TEXT;
	}
}

/* Another column of the event: one of its own kind; a date goes with an instant's day. */
static bool
append_other_column(ConditionBinder *binder, const ConditionColumn *column, const RuleValue *value,
					StringInfo sql)
{
	RuleExpr	named = {.column = value->text,.offset = value->offset};
	ConditionColumn other;
	bool		fits;

	if (!bind_column(binder, &named, &other))
		return false;
	fits = other.kind == column->kind && (column->kind != COLUMN_ENUM || other.type == column->type);
	if ((other.kind == COLUMN_DATE && column->kind == COLUMN_INSTANT) ||
		(other.kind == COLUMN_INSTANT && column->kind == COLUMN_DATE))
		fits = true;
	if (!fits)
		return fail_value(binder, column, value->offset,
						  lang_format(binder->arena, in_tongue(binder->tongue, "\"%s\" is of type %s: compare columns of one kind.",
															   "“%s”的类型是 %s，只能比较同类字段。"),
									  other.name, sp_to_utf8(format_type_be(other.type))));
	appendStringInfoString(sql, other.sql);
	return true;
}

static bool
append_value(ConditionBinder *binder, const ConditionColumn *column, const RuleValue *value,
			 StringInfo sql)
{
	if (value->kind == VALUE_COLUMN)
		return append_other_column(binder, column, value, sql);
	if (!value_fits(column->kind, value->kind))
		return fail_value(binder, column, value->offset, value_hint(binder, column->kind));
	switch (column->kind)
	{
		case COLUMN_AMOUNT:
			return amount_sql(binder, column, value, sql);
		case COLUMN_ENUM:
			return enum_sql(binder, column, value, sql);
		case COLUMN_NUMBER:
			appendStringInfo(sql, "'%s'::pg_catalog.numeric", value->text);
			return true;
		case COLUMN_DATE:
		case COLUMN_INSTANT:
			appendStringInfo(sql, "'%s'::pg_catalog.date", value->text);
			return true;
		case COLUMN_BOOLEAN:
			appendStringInfoString(sql, value->text);
			return true;
		default:
			appendStringInfo(sql, "%s::pg_catalog.text", quote_literal_cstr(sp_from_utf8(value->text)));
			return true;
	}
}

/* ---- comparisons ---- */

static bool
is_ordered(ColumnKind kind)
{
	return kind == COLUMN_NUMBER || kind == COLUMN_AMOUNT || kind == COLUMN_DATE ||
		kind == COLUMN_INSTANT || kind == COLUMN_ENUM;
}

static bool
append_comparison(ConditionBinder *binder, const ConditionColumn *column, Comparison comparison,
				  const RuleValue *value, StringInfo sql)
{
	static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};

	if (comparison != COMPARED_EQ && comparison != COMPARED_NE && !is_ordered(column->kind))
		return fail_value(binder, column, value->offset, value_hint(binder, column->kind));
	appendStringInfo(sql, "%s OPERATOR(%s.%s) ", column->sql,
					 column->kind == COLUMN_AMOUNT ? "pulse" : "pg_catalog", operators[comparison]);
	return append_value(binder, column, value, sql);
}

static bool
append_in(ConditionBinder *binder, const ConditionColumn *column, const RuleExpr *expr,
		  StringInfo sql)
{
	for (int i = 0; i < expr->value_count; i++)
	{
		appendStringInfoString(sql, i == 0 ? "(" : " OR ");
		if (!append_comparison(binder, column, COMPARED_EQ, &expr->values[i], sql))
			return false;
	}
	appendStringInfoChar(sql, ')');
	return true;
}

static bool
append_between(ConditionBinder *binder, const ConditionColumn *column, const RuleExpr *expr,
			   StringInfo sql)
{
	appendStringInfoChar(sql, '(');
	if (!append_comparison(binder, column, COMPARED_GE, &expr->values[0], sql))
		return false;
	appendStringInfoString(sql, " AND ");
	if (!append_comparison(binder, column, COMPARED_LE, &expr->values[1], sql))
		return false;
	appendStringInfoChar(sql, ')');
	return true;
}

/* the value before the change, which the watch has to fill in: old_stage */
static bool
bind_old_column(ConditionBinder *binder, const RuleExpr *expr, const ConditionColumn *column,
				ConditionColumn *old)
{
	const char *name = psprintf("old_%s", expr->column);
	AttrNumber	attnum = get_attnum(binder->kind->relid, sp_from_utf8(name));

	if (attnum <= 0 || getBaseType(get_atttype(binder->kind->relid, attnum)) != column->type)
		return sp_lang_fail(binder->error, LANG_UNKNOWN_NAME, expr->offset,
							lang_format(binder->arena, in_tongue(binder->tongue, "event \"%s\" does not carry the old value of \"%s\"",
																 "事件“%s”没有带“%s”的旧值"),
										sp_shown(binder->tongue, LABEL_EVENT, NULL, sp_to_utf8(binder->kind->name)),
										column->name),
							lang_format(binder->arena, in_tongue(binder->tongue, "It would be its column \"%s\", of type %s.",
																 "它应在字段“%s”中，类型为 %s。"),
										name, sp_to_utf8(format_type_be(column->type))),
							lang_format(binder->arena, in_tongue(binder->tongue, "Let the watch fill it in: %s = old.%s.",
																 "请在采集时填写：%s = old.%s。"),
										name, expr->column));
	*old = *column;
	old->sql = column_sql(name, old->type, old->kind);
	return true;
}

/* A row that is new changes to what it has. */
static bool
append_changes(ConditionBinder *binder, const ConditionColumn *column, const RuleExpr *expr,
			   StringInfo sql)
{
	const char *equals = column->kind == COLUMN_AMOUNT ? "OPERATOR(pulse.=)" : "OPERATOR(pg_catalog.=)";
	ConditionColumn old;

	if (!bind_old_column(binder, expr, column, &old))
		return false;
	if (expr->value_count == 0)
	{
		appendStringInfo(sql, "(NOT coalesce(%s %s %s, %s IS NULL AND %s IS NULL))",
						 old.sql, equals, column->sql, old.sql, column->sql);
		return true;
	}
	appendStringInfoChar(sql, '(');
	if (!append_comparison(binder, column, COMPARED_EQ, &expr->values[0], sql))
		return false;
	appendStringInfoString(sql, expr->value_count == 1 ? " AND NOT coalesce(" : " AND coalesce(");
	if (!append_comparison(binder, &old, COMPARED_EQ, &expr->values[expr->value_count - 1], sql))
		return false;
	appendStringInfoString(sql, ", false))");
	return true;
}

static bool
append_test(ConditionBinder *binder, const RuleExpr *expr, StringInfo sql)
{
	ConditionColumn column;

	if (!bind_column(binder, expr, &column))
		return false;
	switch (expr->kind)
	{
		case EXPR_BETWEEN:
			return append_between(binder, &column, expr, sql);
		case EXPR_IN:
			return append_in(binder, &column, expr, sql);
		case EXPR_CHANGES:
			return append_changes(binder, &column, expr, sql);
		case EXPR_IS_MISSING:
			appendStringInfo(sql, "%s IS NULL", column.sql);
			return true;
		case EXPR_STARTS_WITH:
			if (column.kind != COLUMN_TEXT)
				return fail_value(binder, &column, expr->values[0].offset,
								  in_tongue(binder->tongue, "Only text starts with something.", "只有文字字段可以用“开头”。"));
			appendStringInfo(sql, "pg_catalog.starts_with(%s, ", column.sql);
			if (!append_value(binder, &column, &expr->values[0], sql))
				return false;
			appendStringInfoChar(sql, ')');
			return true;
		default:
			return append_comparison(binder, &column, expr->comparison, &expr->values[0], sql);
	}
}

bool
sp_condition_sql(ConditionBinder *binder, const RuleExpr *expr, StringInfo sql)
{
	check_stack_depth();
	if (expr->kind == EXPR_AND || expr->kind == EXPR_OR)
	{
		appendStringInfoChar(sql, '(');
		if (!sp_condition_sql(binder, expr->left, sql))
			return false;
		appendStringInfoString(sql, expr->kind == EXPR_AND ? " AND " : " OR ");
		if (!sp_condition_sql(binder, expr->right, sql))
			return false;
		appendStringInfoChar(sql, ')');
		return true;
	}
	if (expr->kind == EXPR_NOT)
	{
		appendStringInfoString(sql, "(NOT ");
		if (!sp_condition_sql(binder, expr->left, sql))
			return false;
		appendStringInfoChar(sql, ')');
		return true;
	}
	return expr->kind == EXPR_SQL ? sp_append_sql(binder, expr, sql) : append_test(binder, expr, sql);
}
