/*
 * bag.c
 *	  The type pulse.bag: input, output, and what is asked of a bag.
 *
 * The text form is "{CNY 10.00,USD 3.50}", by code.  Text input leaves totals
 * of zero out; binary input, which nobody writes by hand, must have the
 * canonical form, so no bag in a table breaks the invariants of bag.h.
 */
#include "types/bag.h"

#include "base/base.h"

#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(bag_in);
PG_FUNCTION_INFO_V1(bag_out);
PG_FUNCTION_INFO_V1(bag_recv);
PG_FUNCTION_INFO_V1(bag_send);
PG_FUNCTION_INFO_V1(bag_from_amount);
PG_FUNCTION_INFO_V1(bag_pl);
PG_FUNCTION_INFO_V1(bag_mi);
PG_FUNCTION_INFO_V1(bag_um);
PG_FUNCTION_INFO_V1(bag_amount_of);
PG_FUNCTION_INFO_V1(bag_amounts);
PG_FUNCTION_INFO_V1(bag_totals);

static const char *
skip_blanks(const char *at)
{
	while (isspace((unsigned char) *at))
		at++;
	return at;
}

/* Counts one total in; NULL when that is fine, else what is wrong with it. */
static const char *
read_total(Tally *tally, const char *at, size_t length)
{
	MoneyText	money;
	int			known = tally->length;

	switch (money_parse(at, length, &money))
	{
		case MONEY_OK:
			if (!bag_units_fit(money.units))
				return "A total is out of range.";
			*tally_total(tally, money.currency->number) = money.units;
			return tally->length == known ? "A currency occurs twice." : NULL;
		case MONEY_UNKNOWN_CURRENCY:
			return "A code is not that of an ISO 4217 currency with minor units.";
		case MONEY_TOO_PRECISE:
			return "A total has more digits than its currency.";
		case MONEY_OUT_OF_RANGE:
			return "A total is out of range.";
		default:
			return "A total is a currency code, a blank and a number without group separators.";
	}
}

static const char *
read_bag(Tally *tally, const char *at)
{
	const char *braces = "A bag is a list of totals in braces.";
	const char *wrong = NULL;

	at = skip_blanks(at);
	if (*at++ != '{')
		return braces;
	at = skip_blanks(at);
	while (*at != '}' && wrong == NULL)
	{
		size_t		length = strcspn(at, ",}");

		if (at[length] == '\0')
			return braces;
		wrong = read_total(tally, at, length);
		at += length;
		if (*at == ',' && *(at = skip_blanks(at + 1)) == '}')
			return braces;
	}
	return wrong != NULL ? wrong : *skip_blanks(at + 1) != '\0' ? braces : NULL;
}

Datum
bag_in(PG_FUNCTION_ARGS)
{
	const char *string = PG_GETARG_CSTRING(0);
	Tally	   *tally = new_tally(CurrentMemoryContext);
	const char *wrong = read_bag(tally, string);

	if (wrong != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "pulse.bag", string),
				 errdetail("%s", wrong),
				 errhint("Type it as '{CNY 10.00,USD 3.50}'.")));
	PG_RETURN_BAG_P(tally_bag(tally));
}

static int
compare_codes(const void *left, const void *right)
{
	return strcmp(sp_currency(bag_currency(left))->code, sp_currency(bag_currency(right))->code);
}

/* a copy of the totals, ordered by code for people */
static BagTotal *
totals_by_code(const Bag *bag)
{
	int			length = BAG_LENGTH(bag);
	BagTotal   *totals = palloc(Max(length, 1) * sizeof(BagTotal));

	memcpy(totals, bag->totals, length * sizeof(BagTotal));
	qsort(totals, length, sizeof(BagTotal), compare_codes);
	return totals;
}

Datum
bag_out(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	BagTotal   *totals = totals_by_code(bag);
	StringInfoData buffer;
	char		money[MONEY_TEXT_SIZE];

	initStringInfo(&buffer);
	appendStringInfoChar(&buffer, '{');
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		(void) money_print(money, sp_currency(bag_currency(&totals[i])), bag_units(&totals[i]));
		if (i > 0)
			appendStringInfoChar(&buffer, ',');
		appendStringInfoString(&buffer, money);
	}
	appendStringInfoChar(&buffer, '}');
	PG_RETURN_CSTRING(buffer.data);
}

static void
invalid_binary_bag(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of type %s", "pulse.bag"),
			 errdetail("%s", detail),
			 errhint("Send version 1, the number of totals, and each total as two words, ascending by ISO number.")));
}

Datum
bag_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	uint32		version = pq_getmsgint(buffer, 4);
	uint32		length = pq_getmsgint(buffer, 4);
	int			previous = -1;
	Bag		   *bag;

	if (version != BAG_VERSION)
		invalid_binary_bag("Its version is unknown.");
	if (length > AMOUNT_CURRENCIES)
		invalid_binary_bag("It has more totals than there are currencies.");
	bag = palloc0(BAG_SIZE(length));
	SET_VARSIZE(bag, BAG_SIZE(length));
	bag->version = version;
	for (int i = 0; i < length; i++)
	{
		BagTotal   *total = &bag->totals[i];

		total->high = pq_getmsgint64(buffer);
		total->low = pq_getmsgint64(buffer);
		if (currency_by_number(bag_currency(total)) == NULL)
			invalid_binary_bag("A total has a number that is no currency's.");
		if (bag_currency(total) <= previous)
			invalid_binary_bag("The totals do not ascend by currency number.");
		if (bag_units(total) == 0)
			invalid_binary_bag("A total is zero.");
		previous = bag_currency(total);
	}
	PG_RETURN_BAG_P(bag);
}

Datum
bag_send(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, bag->version);
	pq_sendint32(&buffer, BAG_LENGTH(bag));
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		pq_sendint64(&buffer, bag->totals[i].high);
		pq_sendint64(&buffer, bag->totals[i].low);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
bag_from_amount(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	Tally	   *tally = new_tally(CurrentMemoryContext);

	*tally_total(tally, amount_currency(amount)) = amount_units(amount);
	PG_RETURN_BAG_P(tally_bag(tally));
}

/* ---- operators ---- */

static Bag *
add_bags(const Bag *left, const Bag *right, int sign)
{
	Tally	   *tally = new_tally(CurrentMemoryContext);

	if (left != NULL)
		tally_add_bag(tally, left, 1);
	tally_add_bag(tally, right, sign);
	return tally_bag(tally);
}

Datum
bag_pl(PG_FUNCTION_ARGS)
{
	PG_RETURN_BAG_P(add_bags(PG_GETARG_BAG_P(0), PG_GETARG_BAG_P(1), 1));
}

Datum
bag_mi(PG_FUNCTION_ARGS)
{
	PG_RETURN_BAG_P(add_bags(PG_GETARG_BAG_P(0), PG_GETARG_BAG_P(1), -1));
}

Datum
bag_um(PG_FUNCTION_ARGS)
{
	PG_RETURN_BAG_P(add_bags(NULL, PG_GETARG_BAG_P(0), -1));
}

/* ---- accessors ---- */

Datum
bag_amount_of(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	int			currency = sp_currency_named(text_to_cstring(PG_GETARG_TEXT_PP(1)))->number;

	for (int i = 0; i < BAG_LENGTH(bag); i++)
		if (bag_currency(&bag->totals[i]) == currency)
			PG_RETURN_AMOUNT(sp_amount(currency, bag_units(&bag->totals[i])));
	PG_RETURN_AMOUNT(sp_amount(currency, 0));
}

Datum
bag_amounts(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	BagTotal   *totals = totals_by_code(bag);
	ReturnSetInfo *result;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		Datum		value = AmountGetDatum(sp_amount(bag_currency(&totals[i]), bag_units(&totals[i])));
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

Datum
bag_totals(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	BagTotal   *totals = totals_by_code(bag);
	ReturnSetInfo *result;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		const Currency *currency = sp_currency(bag_currency(&totals[i]));
		Datum		values[2] = {
			CStringGetTextDatum(currency->code),
			NumericGetDatum(sp_wide_numeric(currency, bag_units(&totals[i])))
		};
		bool		nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
