/*
 * money_format.c
 *	  Money written for people.  Pure C: no server, no allocation.
 *
 * A symbol of several currencies ($, the yen and yuan sign, kr) is fine to
 * write but not to read back alone: money_read() asks for the currency then.
 */
#include "types/money_format.h"

#include <string.h>

static const struct
{
	char		code[4];
	const char *symbol;
}			symbols[] = {
	{"AUD", "A$"}, {"AZN", "₼"}, {"BRL", "R$"}, {"CAD", "C$"},
	{"CNY", "¥"}, {"CRC", "₡"}, {"CZK", "Kč"}, {"DKK", "kr"},
	{"EUR", "€"}, {"GBP", "£"}, {"GEL", "₾"}, {"GHS", "₵"},
	{"HKD", "HK$"}, {"HUF", "Ft"}, {"ILS", "₪"}, {"INR", "₹"},
	{"ISK", "kr"}, {"JPY", "¥"}, {"KHR", "៛"}, {"KRW", "₩"},
	{"KZT", "₸"}, {"LAK", "₭"}, {"MNT", "₮"}, {"MOP", "MOP$"},
	{"MXN", "MX$"}, {"NGN", "₦"}, {"NOK", "kr"}, {"NZD", "NZ$"},
	{"PHP", "₱"}, {"PLN", "zł"}, {"PYG", "₲"}, {"RUB", "₽"},
	{"SEK", "kr"}, {"SGD", "S$"}, {"THB", "฿"}, {"TRY", "₺"},
	{"TWD", "NT$"}, {"UAH", "₴"}, {"USD", "$"}, {"VND", "₫"},
	{"ZAR", "R"}
};

static const char *const style_names[] = {"code", "symbol", "number", "plain", "accounting"};

bool
money_style_named(const char *name, MoneyStyle *style)
{
	for (int i = 0; i < (int) (sizeof(style_names) / sizeof(style_names[0])); i++)
		if (strcmp(style_names[i], name) == 0)
		{
			*style = (MoneyStyle) i;
			return true;
		}
	return false;
}

const char *
currency_symbol(const Currency *currency)
{
	for (int i = 0; i < (int) (sizeof(symbols) / sizeof(symbols[0])); i++)
		if (strcmp(symbols[i].code, currency->code) == 0)
			return symbols[i].symbol;
	return NULL;
}

static char *
append(char *end, const char *text)
{
	size_t		length = strlen(text);

	memcpy(end, text, length);
	return end + length;
}

/* the digits of money_print() with separators */
static char *
append_number(char *end, const char *digits, const MoneySeparators *separators, bool grouped)
{
	int			whole = (int) strcspn(digits, ".");

	for (int i = 0; i < whole; i++)
	{
		if (grouped && i > 0 && (whole - i) % 3 == 0)
			end = append(end, separators->group);
		*end++ = digits[i];
	}
	if (digits[whole] == '.')
	{
		end = append(end, separators->point);
		end = append(end, digits + whole + 1);
	}
	return end;
}

/* what stands before the number, with the sign where the style has it */
static char *
append_prefix(char *end, const Currency *currency, MoneyStyle style, bool negative)
{
	const char *symbol = currency_symbol(currency);

	if (style == STYLE_SYMBOL && symbol !=NULL)
	{
		if (negative)
			*end++ = '-';
		return append(end, symbol);
	}
	if (style == STYLE_CODE || style == STYLE_SYMBOL)
	{
		end = append(end, currency->code);
		*end++ = ' ';
	}
	if (negative)
		*end++ = style == STYLE_ACCOUNTING ? '(' : '-';
	return end;
}

/* Returns the length; string has room for MONEY_FORMAT_SIZE. */
int
money_format(char *string, const Currency *currency, WideUnits units,
			 MoneyStyle style, const MoneySeparators *separators)
{
	char		money[MONEY_TEXT_SIZE];
	const char *digits = money + 4;
	bool		negative = units < 0;
	char	   *end;

	(void) money_print(money, currency, units);
	end = append_prefix(string, currency, style, negative);
	end = append_number(end, digits + negative, separators, style != STYLE_PLAIN);
	if (negative && style == STYLE_ACCOUNTING)
		*end++ = ')';
	*end = '\0';
	return (int) (end - string);
}
