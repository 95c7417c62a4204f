/*
 * live_index.c
 *	  Which events of a slice a rule can care for at all: column = constant.
 *
 * Many rules about one event kind are told apart by such a condition (each
 * store, each stage has its own).  The column is read once for all rules of one
 * author, and a rule reads the events that have its constant, or none.  The
 * condition itself is still asked of them.  Invariant: an event that is left
 * out does not satisfy the condition: so only types are used whose equality is
 * that of their texts.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define MAX_CONSTANTS	64		/* of one part of a rule */
#define LEAST_RULES		4		/* with a constant, for reading to pay */

typedef struct IndexedEvent
{
	const char *value;
	int64		event_id;
} IndexedEvent;

struct SliceIndex
{
	int32		kind_id;
	Oid			author;
	const char *column;
	IndexedEvent *events;		/* by value */
	int			count;
	struct SliceIndex *next;
};

typedef struct Constants
{
	const char *column;
	const char *texts[MAX_CONSTANTS];
	int			count;
} Constants;

/* ---- what a rule asks ---- */

static const RuleEvent *
event_of_role(const Rule *rule, int role)
{
	const RuleEvent *const events[ROLE_COUNT] = {
		&rule->trigger, &rule->absent, &rule->until, &rule->earlier, &rule->lacking
	};

	return events[role];
}

/* Plain digits without leading zeros, as an integer prints. */
static bool
is_plain_integer(const char *text)
{
	size_t		digits;

	if (*text == '-')
		text++;
	digits = strspn(text, "0123456789");
	return digits > 0 && digits < 10 && text[digits] == '\0' && (text[0] != '0');
}

/* Do texts of this column's values tell what is equal to the constant? */
static bool
is_told_by_text(Oid relid, const char *column, const RuleValue *value)
{
	AttrNumber	attnum = get_attnum(relid, column);
	Oid			type;
	Oid			collation;
	int32		typmod;

	if (attnum == InvalidAttrNumber)
		return false;
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	if (value->kind == VALUE_NUMBER)
		return (type == INT2OID || type == INT4OID || type == INT8OID) &&
			is_plain_integer(value->text);
	return value->kind == VALUE_TEXT && type == TEXTOID && get_collation_isdeterministic(collation);
}

static bool
take_constants(Oid relid, const RuleExpr *expr, Constants *constants)
{
	if (constants->column != NULL && strcmp(constants->column, expr->column) != 0)
		return false;
	for (int i = 0; i < expr->value_count; i++)
		if (constants->count + expr->value_count > MAX_CONSTANTS ||
			!is_told_by_text(relid, expr->column, &expr->values[i]))
			return false;
	constants->column = expr->column;
	for (int i = 0; i < expr->value_count; i++)
		constants->texts[constants->count++] = expr->values[i].text;
	return true;
}

/* One of the comparisons that must all hold. */
static bool
find_constants(Oid relid, const RuleExpr *expr, Constants *constants)
{
	if (expr == NULL)
		return false;
	if (expr->kind == EXPR_AND)
		return find_constants(relid, expr->left, constants) ||
			find_constants(relid, expr->right, constants);
	if (expr->kind == EXPR_IN || (expr->kind == EXPR_COMPARE && expr->comparison == COMPARE_EQ))
		return take_constants(relid, expr, constants);
	return false;
}

/* What an event of this kind must have to be any of the rule's; false: nothing. */
static bool
constants_of(const BoundRule *rule, const RuleSource *source, Constants *constants)
{
	memset(constants, 0, sizeof(Constants));
	if (sp_is_look(rule))
		return false;
	for (int role = 0; role < ROLE_COUNT; role++)
		if (source->plays[role] &&
			!find_constants(source->relid, event_of_role(rule->rule, role)->condition, constants))
			return false;
	return constants->column != NULL;
}

/* ---- the column of the slice ---- */

static int
compare_indexed(const void *a, const void *b)
{
	const IndexedEvent *x = a;
	const IndexedEvent *y = b;
	int			order = strcmp(x->value, y->value);

	return order != 0 ? order : (x->event_id > y->event_id) - (x->event_id < y->event_id);
}

/* As the rule's author, in whose name other rules of his may use it, too. */
static SliceIndex *
build_index(Sweep *sweep, const BoundRule *rule, const RuleSource *source, const char *column,
			Datum *slice)
{
	Oid			types[4] = {INT8ARRAYOID, INT8OID, INT8OID, TIMESTAMPTZOID};
	SliceIndex *index = MemoryContextAllocZero(sweep->context, sizeof(SliceIndex));
	char	   *table = quote_qualified_identifier(get_namespace_name(get_rel_namespace(source->relid)),
												   get_rel_name(source->relid));

	sp_run_query(psprintf("SELECT e.event_id, e.%s::pg_catalog.text FROM %s AS e WHERE e.event_id = ANY ($1)"
						  " AND e.event_id BETWEEN $2 AND $3 AND e.recorded >= $4 AND e.%s IS NOT NULL",
						  quote_identifier(column), table, quote_identifier(column)),
				 4, types, slice);
	index->kind_id = source->kind_id;
	index->author = rule->author;
	index->column = MemoryContextStrdup(sweep->context, column);
	index->events = MemoryContextAllocHuge(sweep->context, sizeof(IndexedEvent) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		char	   *value = SPI_getvalue(row, SPI_tuptable->tupdesc, 2);
		bool		isnull;

		index->events[index->count].value = MemoryContextStrdup(sweep->context, value);
		index->events[index->count++].event_id =
			DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
		pfree(value);
	}
	SPI_freetuptable(SPI_tuptable);
	qsort(index->events, index->count, sizeof(IndexedEvent), compare_indexed);
	index->next = sweep->indexes;
	sweep->indexes = index;
	return index;
}

static SliceIndex *
find_index(Sweep *sweep, const BoundRule *rule, const RuleSource *source, const char *column)
{
	for (SliceIndex *index = sweep->indexes; index != NULL; index = index->next)
		if (index->kind_id == source->kind_id && index->author == rule->author &&
			strcmp(index->column, column) == 0)
			return index;
	return NULL;
}

/* The ids with one value, appended. */
static int
add_matches(const SliceIndex *index, const char *value, Datum *ids, int count)
{
	IndexedEvent sought = {value, PG_INT64_MIN};
	int			low = 0;
	int			high = index->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_indexed(&index->events[middle], &sought) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < index->count && strcmp(index->events[low].value, value) == 0; low++)
		ids[count++] = Int64GetDatum(index->events[low].event_id);
	return count;
}

/* How many of the running rules hear this kind?  Counted once. */
static bool
pays(Sweep *sweep, int32 kind_id)
{
	int			rules = 0;

	for (int i = 0; i < sweep->rule_count && rules < LEAST_RULES; i++)
		for (int j = 0; j < sweep->rules[i].source_count; j++)
			rules += sweep->rules[i].sources[j].kind_id == kind_id;
	return rules >= LEAST_RULES;
}

/*
 * The events of a slice of one kind that the rule may care for, as the first of
 * the slice's parameters (see slice_of_kind()).  False: none.
 */
bool
sp_narrow_slice(Sweep *sweep, const BoundRule *rule, const RuleSource *source, Datum *slice)
{
	Constants	constants;
	SliceIndex *index;
	Datum	   *ids;
	int			count = 0;

	if (!pays(sweep, source->kind_id) || !constants_of(rule, source, &constants))
		return true;
	index = find_index(sweep, rule, source, constants.column);
	if (index == NULL)
		index = build_index(sweep, rule, source, constants.column, slice);
	ids = palloc(sizeof(Datum) * ((size_t) index->count * constants.count + 1));
	for (int i = 0; i < constants.count; i++)
		count = add_matches(index, constants.texts[i], ids, count);
	slice[0] = PointerGetDatum(construct_array(ids, count, INT8OID, 8, true, TYPALIGN_DOUBLE));
	pfree(ids);
	return count > 0;
}
