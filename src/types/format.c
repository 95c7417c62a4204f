/*
 * format.c
 *	  The SQL face of money as people write it.
 */
#include "types/money_format.h"

#include "base/base.h"
#include "types/types.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(amount_format);
PG_FUNCTION_INFO_V1(amount_parse);

static void
check_separators(const MoneySeparators *separators)
{
	const char *point = separators->point;
	const char *group = separators->group;

	if (strlen(point) == 0 || strlen(point) > SEPARATOR_SIZE || strlen(group) > SEPARATOR_SIZE ||
		strcmp(point, group) == 0 || strpbrk(point, "0123456789-+()") != NULL ||
		strpbrk(group, "0123456789-+()") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid separators for amounts: \"%s\" and \"%s\"", group, point),
				 errdetail("Each is one character and no digit, sign or parenthesis; they differ; only that of groups may be empty."),
				 errhint("Type ',' and '.', or '.' and ','.")));
}

/* arguments n and n + 1: groups, decimal point */
static MoneySeparators
separator_arguments(FunctionCallInfo fcinfo, int n)
{
	MoneySeparators separators;
	char	   *group = text_to_cstring(PG_GETARG_TEXT_PP(n));
	char	   *point = text_to_cstring(PG_GETARG_TEXT_PP(n + 1));

	separators.group = pg_server_to_any(group, (int) strlen(group), PG_UTF8);
	separators.point = pg_server_to_any(point, (int) strlen(point), PG_UTF8);
	check_separators(&separators);
	return separators;
}

Datum
amount_format(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	const char *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	MoneySeparators separators = separator_arguments(fcinfo, 2);
	MoneyStyle	style;
	char		string[MONEY_FORMAT_SIZE];
	int			length;

	if (!money_style_named(name, &style))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown style of amounts \"%s\"", name),
				 errdetail("The styles are code, symbol, number, plain and accounting."),
				 errhint("Type format_amount(amount, 'symbol').")));
	length = money_format(string, sp_currency(amount_currency(amount)), amount_units(amount), style, &separators);
	PG_RETURN_TEXT_P(cstring_to_text(pg_any_to_server(string, length, PG_UTF8)));
}

static const char *
reading_detail(MoneyReading reading)
{
	switch (reading)
	{
		case READ_GROUPS:
			return "A group of digits does not have three of them.";
		case READ_NO_CURRENCY:
			return "Neither the text nor the argument names a currency.";
		case READ_AMBIGUOUS:
			return "Several currencies use that symbol.";
		case READ_OTHER_CURRENCY:
			return "The text names another currency than the argument.";
		case READ_TOO_PRECISE:
			return "It has more digits after the point than the currency.";
		default:
			return "It is not a number with a currency code or symbol before or after it.";
	}
}

Datum
amount_parse(PG_FUNCTION_ARGS)
{
	char	   *string;
	const char *utf8;
	MoneySeparators separators;
	MoneyText	money = {0};
	MoneyReading reading;
	int64		units;

	/* not strict: without a currency the text must name one */
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
		money.currency = sp_currency_named(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	string = text_to_cstring(PG_GETARG_TEXT_PP(0));
	utf8 = pg_server_to_any(string, (int) strlen(string), PG_UTF8);
	separators = separator_arguments(fcinfo, 2);
	reading = money_read(utf8, strlen(utf8), &separators, &money);
	if (reading == READ_UNKNOWN_CURRENCY)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_CURRENCY),
				 errmsg("unknown currency in amount: \"%s\"", string),
				 errdetail("What stands beside the number is neither an ISO 4217 code nor a known symbol."),
				 errhint("Write the code in three capital letters, such as CNY.")));
	if (reading != READ_OK && reading != READ_OUT_OF_RANGE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("cannot read an amount from \"%s\"", string),
				 errdetail("%s", reading_detail(reading)),
				 errhint("Type it as 'CNY 142,800.00', or name currency, group_separator and decimal_point.")));
	if (reading == READ_OUT_OF_RANGE || !money_narrow(money.units, &units))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount out of range: \"%s\"", string),
				 errdetail("An amount holds from -2^53 to 2^53 - 1 minor units of its currency."),
				 errhint("Look for a value that was entered by mistake.")));
	PG_RETURN_AMOUNT(amount_make(money.currency->number, units));
}
