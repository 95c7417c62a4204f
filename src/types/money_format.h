/*
 * money_format.h
 *	  Money as people write it: groups of digits, symbols, parentheses.  Pure C.
 *
 * Nothing depends on a locale: the separators are the caller's, a comma and a
 * point unless he says otherwise.  Text is UTF-8.
 */
#ifndef SP_MONEY_FORMAT_H
#define SP_MONEY_FORMAT_H

#include "types/money.h"

typedef enum MoneyStyle
{
	STYLE_CODE,					/* CNY -142,800.00 */
	STYLE_SYMBOL,				/* -¥142,800.00 */
	STYLE_NUMBER,				/* -142,800.00 */
	STYLE_PLAIN,				/* -142800.00 */
	STYLE_ACCOUNTING			/* (142,800.00) */
} MoneyStyle;

/* Each is the text of one separator; group may be empty. */
typedef struct MoneySeparators
{
	const char *group;
	const char *point;
} MoneySeparators;

#define SEPARATOR_SIZE		4	/* bytes of a separator at most */
#define MONEY_FORMAT_SIZE	256

extern bool money_style_named(const char *name, MoneyStyle *style);
extern const char *currency_symbol(const Currency *currency);	/* NULL: none */
extern int	money_format(char *string, const Currency *currency, WideUnits units,
						 MoneyStyle style, const MoneySeparators *separators);

/* what else may be wrong with a text that people wrote */
typedef enum MoneyReading
{
	READ_OK,
	READ_SYNTAX,
	READ_GROUPS,				/* a group is not of three digits */
	READ_UNKNOWN_CURRENCY,		/* the code or symbol is nobody's */
	READ_NO_CURRENCY,			/* neither the text nor the caller names one */
	READ_AMBIGUOUS,				/* the symbol is that of several */
	READ_OTHER_CURRENCY,		/* text and caller name two */
	READ_TOO_PRECISE,
	READ_OUT_OF_RANGE
} MoneyReading;

/* money->currency is what the caller expects, or NULL */
extern MoneyReading money_read(const char *string, size_t length,
							   const MoneySeparators *separators, MoneyText *money);

#endif							/* SP_MONEY_FORMAT_H */
