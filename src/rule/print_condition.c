/*
 * print_condition.c
 *	  A condition in its canonical form, in both tongues.
 *
 * Parentheses stand where the tree needs them and nowhere else, so that what
 * is printed reads back as the same tree.
 */
#include "rule/lang_internal.h"

typedef enum Binding
{
	BIND_OR,
	BIND_AND,
	BIND_NOT
} Binding;

static void print_expr(Printer *pr, const char *event, const RuleExpr *expr, Binding least);

static bool
zh(const Printer *pr)
{
	return pr->tongue == TONGUE_ZH;
}

static void
blank(Printer *pr)
{
	if (!zh(pr))
		put_plain(pr, " ");
}

static void
open_parenthesis(Printer *pr)
{
	put_plain(pr, zh(pr) ? "（" : "(");
}

static void
close_parenthesis(Printer *pr)
{
	put_plain(pr, zh(pr) ? "）" : ")");
}

static Word
word_of_comparison(Comparison comparison)
{
	static const Word words[] = {W_IS, W_IS_NOT, W_LT, W_LE, W_GT, W_GE};

	return words[comparison];
}

/* in ("A", "B") or 为“A”、“B”之一 */
static void
print_list(Printer *pr, const RuleExpr *expr, bool negated)
{
	if (zh(pr))
		put_word(pr, negated ? W_IS_NOT : W_IS);
	else
	{
		put_word(pr, negated ? W_NOT_IN : W_IN);
		put_plain(pr, " (");
	}
	for (int i = 0; i < expr->value_count; i++)
	{
		if (i > 0)
			put_plain(pr, zh(pr) ? "、" : ", ");
		put_value(pr, expr->column, &expr->values[i]);
	}
	if (zh(pr))
		put_word(pr, W_ONE_OF_END);
	else
		put_plain(pr, ")");
}

static void
print_bounds(Printer *pr, const RuleExpr *expr)
{
	put_word(pr, W_BETWEEN);
	blank(pr);
	put_value(pr, expr->column, &expr->values[0]);
	blank(pr);
	put_word(pr, W_BETWEEN_AND);
	blank(pr);
	put_value(pr, expr->column, &expr->values[1]);
	put_word(pr, W_BETWEEN_END);
}

/* CHANGES FROM a TO b, 由a变为b */
static void
print_changes(Printer *pr, const RuleExpr *expr)
{
	if (expr->value_count == 0)
	{
		put_word(pr, W_CHANGES);
		return;
	}
	if (expr->value_count == 2)
	{
		put_word(pr, W_CHANGES_FROM);
		blank(pr);
		put_value(pr, expr->column, &expr->values[1]);
		blank(pr);
	}
	if (expr->value_count == 2 && !zh(pr))
		put_plain(pr, "TO");
	else
		put_word(pr, W_CHANGES_TO);
	blank(pr);
	put_value(pr, expr->column, &expr->values[0]);
}

/* What is said of one column; negated only where there is a word for it. */
static void
print_test(Printer *pr, const char *event, const RuleExpr *expr, bool negated)
{
	if (expr->kind == EXPR_SQL)
	{
		put_word(pr, W_SQL);
		put_plain(pr, " (");
		put_plain(pr, expr->sql);
		put_plain(pr, ")");
		return;
	}
	put_name(pr, LABEL_COLUMN, event, expr->column);
	blank(pr);
	switch (expr->kind)
	{
		case EXPR_BETWEEN:
			print_bounds(pr, expr);
			break;
		case EXPR_IN:
			print_list(pr, expr, negated);
			break;
		case EXPR_IS_MISSING:
			put_word(pr, negated ? W_NOT_MISSING : W_MISSING);
			break;
		case EXPR_STARTS_WITH:
			put_word(pr, negated ? W_NOT_STARTS : W_STARTS);
			blank(pr);
			put_value(pr, NULL, &expr->values[0]);
			put_word(pr, W_STARTS_END);
			break;
		case EXPR_CHANGES:
			print_changes(pr, expr);
			break;
		default:
			put_word(pr, word_of_comparison(expr->comparison));
			blank(pr);
			put_value(pr, expr->column, &expr->values[0]);
			break;
	}
}

static void
print_not(Printer *pr, const char *event, const RuleExpr *inner)
{
	if (inner->kind == EXPR_IN || inner->kind == EXPR_IS_MISSING || inner->kind == EXPR_STARTS_WITH)
	{
		print_test(pr, event, inner, true);
		return;
	}
	put_word(pr, W_NOT);
	blank(pr);
	open_parenthesis(pr);
	print_expr(pr, event, inner, BIND_OR);
	close_parenthesis(pr);
}

static void
print_pair(Printer *pr, const char *event, const RuleExpr *expr, Binding binding)
{
	print_expr(pr, event, expr->left, binding);
	blank(pr);
	put_word(pr, binding == BIND_OR ? W_OR : W_AND);
	blank(pr);
	print_expr(pr, event, expr->right, binding + 1);
}

static void
print_expr(Printer *pr, const char *event, const RuleExpr *expr, Binding least)
{
	Binding		binding = expr->kind == EXPR_OR ? BIND_OR :
	expr->kind == EXPR_AND ? BIND_AND : BIND_NOT;

	if (binding < least)
		open_parenthesis(pr);
	if (binding == BIND_NOT)
	{
		if (expr->kind == EXPR_NOT)
			print_not(pr, event, expr->left);
		else
			print_test(pr, event, expr, false);
	}
	else
		print_pair(pr, event, expr, binding);
	if (binding < least)
		close_parenthesis(pr);
}

void
print_condition(Printer *pr, const char *event, const RuleExpr *condition)
{
	const char *outer = pr->event;

	pr->event = event;
	print_expr(pr, event, condition, BIND_OR);
	pr->event = outer;
}
