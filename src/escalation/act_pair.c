/*
 * act_pair.c
 *	  What acting asks SQL with, and gets: pairs of texts, rows.
 */
#include "escalation/act_pair.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* ---- rows ---- */

char *
sp_act_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

Datum
sp_act_datum(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

int32
sp_act_int(uint64 row, int column)
{
	bool		isnull;

	return DatumGetInt32(sp_act_datum(row, column, &isnull));
}

bool
sp_act_bool(uint64 row, int column)
{
	bool		isnull;
	Datum		value = sp_act_datum(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

int64
sp_act_bigint(uint64 row, int column)
{
	bool		isnull;

	return DatumGetInt64(sp_act_datum(row, column, &isnull));
}

char **
sp_act_texts(uint64 row, int column, int *count)
{
	bool		isnull;
	Datum		array = sp_act_datum(row, column, &isnull);
	Datum	   *values;
	bool	   *nulls;
	char	  **result;

	*count = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, count);
	result = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		result[i] = nulls[i] ? NULL : TextDatumGetCString(values[i]);
	return result;
}

int
sp_act_order(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

void
sp_act_ask(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values)
{
	if (*plan == NULL)
	{
		*plan = SPI_prepare(sql, nargs, types);
		if (*plan == NULL || SPI_keepplan(*plan) != 0)
			elog(ERROR, "SPI_prepare failed for: %s", sql);
	}
	if (SPI_execute_plan(*plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", sql);
}

/* ---- pairs of texts, as two arrays ---- */

void
sp_pair_add(PairList *list, const char *first, const char *second)
{
	const Pair *last = list->count > 0 ? &list->pairs[list->count - 1] : NULL;

	if (last != NULL && sp_act_order(last->first, first) == 0 && sp_act_order(last->second, second) == 0)
		return;
	GROW(list, pairs, count, room);
	list->pairs[list->count++] = (Pair)
	{
		first, second
	};
}

static int
compare_pairs(const void *a, const void *b)
{
	const Pair *x = a;
	const Pair *y = b;
	int			order = sp_act_order(x->first, y->first);

	return order != 0 ? order : sp_act_order(x->second, y->second);
}

/* Each once. */
void
sp_pair_sort(PairList *list)
{
	int			kept = 0;

	if (list->count > 1)
		qsort(list->pairs, list->count, sizeof(Pair), compare_pairs);
	for (int i = 0; i < list->count; i++)
		if (kept == 0 || compare_pairs(&list->pairs[kept - 1], &list->pairs[i]) != 0)
			list->pairs[kept++] = list->pairs[i];
	list->count = kept;
}

Datum
sp_pair_array(const PairList *list, bool second)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list->count, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(list->count, 1));
	int			dims[1] = {list->count};
	int			lower[1] = {1};

	for (int i = 0; i < list->count; i++)
	{
		const char *value = second ? list->pairs[i].second : list->pairs[i].first;

		nulls[i] = value == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(value);
	}
	if (list->count == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return PointerGetDatum(construct_md_array(values, nulls, 1, dims, lower, TEXTOID, -1, false, TYPALIGN_INT));
}

bool
sp_is_among(char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}
