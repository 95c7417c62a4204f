/*
 * act_pair.c
 *	  What acting asks SQL with, and gets: pairs of texts, rows.
 */
#include "escalation/act_pair.h"

#include "catalog/pg_type.h"
#include "rule/live_param.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* ---- rows ---- */

char **
sp_act_texts(uint64 row, int column, int *count)
{
	bool		isnull;
	Datum		array = sp_datum_at(row, column, &isnull);
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
	ArrayParam	param = {.type = TEXTOID};

	for (int i = 0; i < list->count; i++)
		sp_add_text(&param, second ? list->pairs[i].second : list->pairs[i].first);
	return sp_param_array(&param);
}

bool
sp_is_among(char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}
