/*
 * parse_condition.c
 *	  Conditions over the columns of an event, in both tongues.
 *
 *	  or := and (OR and)*      and := not (AND not)*
 *	  not := NOT not | ( or ) | column test
 *
 * The AND that begins an absence (AND NOT b WITHIN d) is not ours: the
 * sentence's parser is asked before each AND is taken.  Invariant: depth and
 * the number of comparisons are bounded, so that whoever walks the tree may
 * recurse.
 */
#include "rule/lang_internal.h"

#include <strings.h>

static bool parse_or(Parser *p, const char *event, const RuleExpr **result);

static RuleExpr *
make_expr(Parser *p, ExprKind kind, const RuleExpr *left, const RuleExpr *right)
{
	RuleExpr   *expr = arena_alloc(p->arena, sizeof(RuleExpr));

	expr->kind = kind;
	expr->left = (RuleExpr *) left;
	expr->right = (RuleExpr *) right;
	return expr;
}

static RuleValue *
make_values(Parser *p, int count)
{
	return arena_alloc(p->arena, count * sizeof(RuleValue));
}

/* ---- what may be said of a column ---- */

static bool
comparison_of_word(Word word, Comparison *comparison)
{
	switch (word)
	{
		case W_IS:
			*comparison = COMPARED_EQ;
			return true;
		case W_IS_NOT:
			*comparison = COMPARED_NE;
			return true;
		case W_LT:
			*comparison = COMPARED_LT;
			return true;
		case W_LE:
		case W_UP_TO:
			*comparison = COMPARED_LE;
			return true;
		case W_GT:
		case W_BEYOND:
			*comparison = COMPARED_GT;
			return true;
		case W_GE:
		case W_FROM_ON:
			*comparison = COMPARED_GE;
			return true;
		default:
			return false;
	}
}

/* 等级为“A”、“B”之一 or in ("A", "B"): the values after the first word */
static bool
parse_list(Parser *p, RuleExpr *expr)
{
	RuleValue  *values = NULL;
	bool		closed = take_symbol(p, "(");

	if (!closed && p->tongue == TONGUE_EN)
		return fail_expected(p, "a list in parentheses", "括号中的列表");
	do
	{
		values = lang_grow(p->arena, values, expr->value_count, sizeof(RuleValue));
		if (!expect_value(p, expr->column, &values[expr->value_count]))
			return false;
		expr->value_count++;
	} while (take_symbol(p, ",") || take_symbol(p, "、"));
	expr->kind = EXPR_IN;
	expr->values = values;
	if (closed && !take_symbol(p, ")"))
		return fail_expected(p, "a comma or a closing parenthesis", "顿号或右括号");
	return true;
}

static bool
parse_between(Parser *p, RuleExpr *expr)
{
	RuleValue  *values = make_values(p, 2);

	expr->kind = EXPR_BETWEEN;
	expr->values = values;
	expr->value_count = 2;
	if (!expect_value(p, expr->column, &values[0]))
		return false;
	if (!take_word(p, W_BETWEEN_AND))
		return fail_expected(p, "AND and the upper bound", "“和”与上限");
	if (!expect_value(p, expr->column, &values[1]))
		return false;
	if (p->tongue == TONGUE_ZH && !take_word(p, W_BETWEEN_END))
		return fail_expected(p, "", "“之间”");
	return true;
}

static bool
parse_starts(Parser *p, RuleExpr *expr)
{
	RuleValue  *value = make_values(p, 1);

	skip_space(p);
	if (scan_string(p, p->at) == 0)
		return fail_expected(p, "text in quotes", "引号中的文字");
	expr->kind = EXPR_STARTS_WITH;
	expr->values = value;
	expr->value_count = 1;
	if (!expect_value(p, NULL, value))
		return false;
	if (p->tongue == TONGUE_ZH && !take_word(p, W_STARTS_END))
		return fail_expected(p, "", "“开头”");
	return true;
}

/* no keyword: a role may be an assistant to somebody */
static bool
take_to(Parser *p)
{
	skip_space(p);
	if (p->tongue == TONGUE_ZH)
		return take_word(p, W_CHANGES_TO);
	if (scan_plain_word(p, p->at) != 2 || strncasecmp(p->folded + p->at, "TO", 2) != 0)
		return false;
	p->at += 2;
	return true;
}

/* CHANGES [[FROM a] TO b], 由a变为b */
static bool
parse_changes(Parser *p, RuleExpr *expr, Word word)
{
	RuleValue  *values = make_values(p, 2);

	expr->kind = EXPR_CHANGES;
	expr->values = values;
	if (word == W_CHANGES)
		return true;
	expr->value_count = word == W_CHANGES_FROM ? 2 : 1;
	if (word == W_CHANGES_FROM)
	{
		if (!expect_value(p, expr->column, &values[1]))
			return false;
		if (!take_to(p))
			return fail_expected(p, "TO and the new value", "“变为”加新值");
	}
	return expect_value(p, expr->column, &values[0]);
}

/* Chinese lists have their word at the end: 为“A”、“B”之一 */
static bool
list_ahead(Parser *p, const char *column)
{
	Parser		probe = *p;
	LangError	ignored = {LANG_OK};
	RuleValue	value;

	probe.error = &ignored;
	if (p->tongue != TONGUE_ZH || !expect_value(&probe, column, &value))
		return false;
	return next_is_symbol(&probe, "、") || next_is(&probe, W_ONE_OF_END);
}

static bool
parse_comparison(Parser *p, RuleExpr *expr, Comparison comparison)
{
	RuleValue  *value;

	if ((comparison == COMPARED_EQ || comparison == COMPARED_NE) && list_ahead(p, expr->column))
	{
		if (!parse_list(p, expr))
			return false;
		return take_word(p, W_ONE_OF_END) || fail_expected(p, "", "“之一”");
	}
	value = make_values(p, 1);
	expr->kind = EXPR_COMPARE;
	expr->comparison = comparison;
	expr->values = value;
	expr->value_count = 1;
	return expect_value(p, expr->column, value);
}

/* 金额10万元以上, 金额在10万元以上: the comparison stands behind the value */
static bool
accept_trailing_comparison(Parser *p, RuleExpr *expr)
{
	static const Word trailing[] = {W_FROM_ON, W_UP_TO, W_BEYOND, W_NONE};
	Parser		probe = *p;
	LangError	ignored = {LANG_OK};
	RuleValue  *value = make_values(p, 1);
	Word		word;
	size_t		size;

	if (p->tongue != TONGUE_ZH)
		return false;
	probe.error = &ignored;
	(void) take_word(&probe, W_IN_TIME);
	if (!expect_value(&probe, expr->column, value))
		return false;
	skip_space(&probe);
	size = scan_longest(&probe, probe.at, trailing, &word);
	if (size == 0)
		return false;
	p->at = probe.at + size;
	expr->kind = EXPR_COMPARE;
	(void) comparison_of_word(word, &expr->comparison);
	expr->values = value;
	expr->value_count = 1;
	return true;
}

/* IN needs its list: IN THE LAST is another word */
static bool
parse_negative(Parser *p, RuleExpr *expr, Word word, const RuleExpr **result)
{
	bool		fine = true;

	if (word == W_NOT_IN)
		fine = parse_list(p, expr);
	else if (word == W_NOT_STARTS)
		fine = parse_starts(p, expr);
	else
		expr->kind = EXPR_IS_MISSING;
	*result = make_expr(p, EXPR_NOT, expr, NULL);
	return fine;
}

static bool
parse_test(Parser *p, RuleExpr *expr, const RuleExpr **result)
{
	static const Word tests[] = {
		W_IS, W_IS_NOT, W_LT, W_LE, W_GT, W_GE, W_BETWEEN, W_IN, W_NOT_IN,
		W_MISSING, W_NOT_MISSING, W_STARTS, W_NOT_STARTS, W_CHANGES, W_CHANGES_TO,
		W_CHANGES_FROM, W_NONE
	};
	Word		word;
	Comparison	comparison;
	size_t		size;

	*result = expr;
	if (accept_trailing_comparison(p, expr))
		return true;
	skip_space(p);
	size = scan_longest(p, p->at, tests, &word);
	if (size == 0)
		return fail_expected(p, "a comparison such as is, <, >=, between, in, is missing",
							 "比较，如“为”“超过”“不超过”“介于”“为空”");
	p->at += size;
	if (comparison_of_word(word, &comparison))
	{
		if (!parse_comparison(p, expr, comparison))
			return false;
		if (expr->kind == EXPR_IN && comparison == COMPARED_NE)
			*result = make_expr(p, EXPR_NOT, expr, NULL);
		return true;
	}
	switch (word)
	{
		case W_BETWEEN:
			return parse_between(p, expr);
		case W_IN:
			return parse_list(p, expr);
		case W_STARTS:
			return parse_starts(p, expr);
		case W_CHANGES:
		case W_CHANGES_TO:
		case W_CHANGES_FROM:
			return parse_changes(p, expr, word);
		case W_MISSING:
			expr->kind = EXPR_IS_MISSING;
			return true;
		default:
			return parse_negative(p, expr, word, result);
	}
}

/* ---- and, or, not ---- */

static bool
fail_too_large(Parser *p)
{
	return fail_at(p, LANG_SYNTAX, p->at,
				   lang_say(p, "the condition is too large", "条件过大"),
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "一个条件最多%d项比较、%d层括号。", LANG_MAX_TERMS, LANG_MAX_DEPTH) :
				   lang_format(p->arena, "A condition has at most %d comparisons and %d levels of nesting.",
							   LANG_MAX_TERMS, LANG_MAX_DEPTH),
				   lang_say(p, "Use in (...) for lists of values, or a column computed by the watch.",
							"列举取值请用“之一”，或在采集时算出一个字段。"));
}

static bool
parse_not(Parser *p, const char *event, const RuleExpr **result)
{
	RuleExpr   *expr;
	const RuleExpr *inner;
	bool		fine;

	if (p->depth >= LANG_MAX_DEPTH || p->terms >= LANG_MAX_TERMS)
		return fail_too_large(p);
	if (accept_unless_label(p, W_NOT, LABEL_COLUMN, event))
	{
		p->depth++;
		fine = parse_not(p, event, &inner);
		p->depth--;
		*result = fine ? make_expr(p, EXPR_NOT, inner, NULL) : NULL;
		return fine;
	}
	if (take_symbol(p, "("))
	{
		p->depth++;
		fine = parse_or(p, event, result);
		p->depth--;
		if (fine && !take_symbol(p, ")"))
			return fail_expected(p, "a closing parenthesis", "右括号");
		return fine;
	}
	p->terms++;
	expr = make_expr(p, EXPR_COMPARE, NULL, NULL);
	expr->offset = offset_here(p);
	*result = expr;
	if (accept_sql(p, expr))
		return true;
	return p->error->code == LANG_OK && expect_name(p, LABEL_COLUMN, event, &expr->column) && parse_test(p, expr, result);
}

/* Another term of this condition, not the absence that follows it. */
static bool
accept_and(Parser *p)
{
	size_t		start = p->at;

	if (p->tongue == TONGUE_ZH ? absence_ahead_zh(p) : absence_ahead_en(p) || (p->plain && plain_clause_ahead(p)))
		return false;
	if (p->tongue == TONGUE_ZH)
		(void) take_symbol(p, ",");
	if (take_word(p, W_AND))
	{
		if (p->tongue == TONGUE_ZH)
			(void) take_word(p, W_WHERE);
		return true;
	}
	p->at = start;
	return false;
}

static bool
parse_and(Parser *p, const char *event, const RuleExpr **result)
{
	const RuleExpr *right;

	if (!parse_not(p, event, result))
		return false;
	while (accept_and(p))
	{
		if (!parse_not(p, event, &right))
			return false;
		*result = make_expr(p, EXPR_AND, *result, right);
	}
	return true;
}

static bool
accept_or(Parser *p)
{
	size_t		start = p->at;

	if (p->tongue == TONGUE_ZH)
		(void) take_symbol(p, ",");
	if (take_word(p, W_OR))
		return true;
	p->at = start;
	return false;
}

static bool
parse_or(Parser *p, const char *event, const RuleExpr **result)
{
	const RuleExpr *right;

	if (!parse_and(p, event, result))
		return false;
	while (accept_or(p))
	{
		if (!parse_and(p, event, &right))
			return false;
		*result = make_expr(p, EXPR_OR, *result, right);
	}
	return true;
}

bool
parse_condition(Parser *p, const char *event, const RuleExpr **condition)
{
	const char *outer = p->event;
	bool		fine;

	p->depth = p->terms = 0;
	p->event = event;
	fine = parse_or(p, event, condition);
	p->event = outer;
	return fine;
}

/* ---- conditions that a sentence says in other words ---- */

/* left may be NULL */
const RuleExpr *
both_of(Parser *p, const RuleExpr *left, const RuleExpr *right)
{
	return left == NULL ? right : make_expr(p, EXPR_AND, left, right);
}

RuleExpr *
column_compared(const Parser *p, const char *column, Comparison comparison, const RuleValue *value, size_t offset)
{
	RuleExpr   *expr = arena_alloc(p->arena, sizeof(RuleExpr));

	expr->kind = EXPR_COMPARE;
	expr->comparison = comparison;
	expr->column = column;
	expr->values = value;
	expr->value_count = 1;
	expr->offset = offset;
	return expr;
}

const RuleExpr *
column_is(const Parser *p, const char *column, ValueKind kind, const char *content, size_t offset)
{
	RuleValue  *value = arena_alloc(p->arena, sizeof(RuleValue));

	value->kind = kind;
	value->text = content;
	value->offset = offset;
	return column_compared(p, column, COMPARED_EQ, value, offset);
}

/* less than, at least */
bool
take_inequality(Parser *p, Comparison *comparison)
{
	static const Word words[] = {W_LT, W_LE, W_GT, W_GE, W_NONE};
	Word		word;
	size_t		size;

	skip_space(p);
	size = scan_longest(p, p->at, words, &word);
	p->at += size;
	return size > 0 && comparison_of_word(word, comparison);
}
