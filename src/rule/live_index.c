/*
 * live_index.c
 *	  Which events of a slice a rule can care for at all: column = constant.
 *
 * Many rules about one event kind are told apart by such a condition (each
 * store, each stage has its own).  The column is read once for all rules, as the
 * event's owner, and shown to nobody; a rule whose constant does not occur is
 * not run, and one whose constant does reads only those events.  The condition
 * itself is still asked of them.  Invariant: an event that is left out does not
 * satisfy the condition: so only types are used whose equality is that of their
 * texts.  And a rule is left out only when none of its waits can end, either.
 */
#include "rule/live.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "executor/spi.h"
#include "rule/engine_pattern.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

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
	const char *column;
	IndexedEvent *events;		/* by value */
	int			count;
	bool		failed;			/* then it tells nothing, and all rules read */
	struct SliceIndex *next;
};

/* the constants that a rule's trigger must have one of; kept in the session */
typedef struct Constants
{
	int32		rule_id;		/* key of the table of them */
	char	   *text;			/* the rule they are of */
	char	   *column;			/* NULL: it has none */
	RuleValue  *values;
	int			count;
	MemoryContext context;
} Constants;

static HTAB *kept_constants = NULL;

/* ---- what a rule asks ---- */

/* Plain digits without leading zeros, as an integer prints. */
static bool
is_plain_integer(const char *text)
{
	size_t		digits;

	if (*text == '-')
		text	  ++;

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

/* One of the comparisons that must all hold. */
static const RuleExpr *
find_constants(const RuleExpr *expr)
{
	const RuleExpr *found;

	if (expr == NULL)
		return NULL;
	if (expr->kind == EXPR_AND)
	{
		found = find_constants(expr->left);
		return found != NULL ? found : find_constants(expr->right);
	}
	if (expr->kind == EXPR_COMPARE && expr->comparison != COMPARED_EQ)
		return NULL;
	if ((expr->kind != EXPR_IN && expr->kind != EXPR_COMPARE) || expr->value_count > MAX_CONSTANTS)
		return NULL;
	for (int i = 0; i < expr->value_count; i++)
		if (expr->values[i].kind != VALUE_TEXT && expr->values[i].kind != VALUE_NUMBER)
			return NULL;
	return expr;
}

static void
keep_constants(Constants *kept, const Rule *rule)
{
	const RuleExpr *expr = rule == NULL || rule_has_pattern(rule) ? NULL
	: find_constants(rule->trigger.condition);
	MemoryContext caller;

	if (expr == NULL)
		return;
	caller = MemoryContextSwitchTo(kept->context);
	kept->values = palloc0(sizeof(RuleValue) * expr->value_count);
	for (int i = 0; i < expr->value_count; i++)
	{
		kept->values[i].kind = expr->values[i].kind;
		kept->values[i].text = pstrdup(expr->values[i].text);
	}
	kept->count = expr->value_count;
	kept->column = pstrdup(expr->column);
	MemoryContextSwitchTo(caller);
}

/* Read once in a session, as long as the rule says the same. */
static const Constants *
constants_of(const BoundRule *rule)
{
	HASHCTL		control = {.keysize = sizeof(int32),.entrysize = sizeof(Constants)};
	Constants  *kept;
	bool		found;
	Arena		arena;
	LangError	error;

	if (kept_constants == NULL)
		kept_constants = hash_create("salespulse constants of rules", 256, &control,
									 HASH_ELEM | HASH_BLOBS);
	kept = hash_search(kept_constants, &rule->rule_id, HASH_ENTER, &found);
	if (found && strcmp(kept->text, rule->text) == 0)
		return kept;
	if (found)
		MemoryContextDelete(kept->context);
	memset((char *) kept + sizeof(int32), 0, sizeof(Constants) - sizeof(int32));
	kept->context = AllocSetContextCreate(TopMemoryContext, "salespulse constants", ALLOCSET_SMALL_SIZES);
	kept->text = MemoryContextStrdup(kept->context, rule->text);
	sp_arena_init(&arena, CurrentMemoryContext);
	keep_constants(kept, lang_parse(&arena, rule->text, strlen(rule->text), TONGUE_EN, NULL, &error));
	arena_free(&arena);
	return kept;
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

/*
 * Planning a query runs what the table's owner put into its indexes and
 * constraints, so nobody else reads it here.
 */
static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

typedef struct IndexAttempt
{
	Sweep	   *sweep;
	SliceIndex *index;
	Oid			relid;
} IndexAttempt;

static void
read_index(void *argument)
{
	IndexAttempt *attempt = argument;
	Sweep	   *sweep = attempt->sweep;
	SliceIndex *index = attempt->index;
	Oid			types[4] = {INT8ARRAYOID, INT8OID, INT8OID, TIMESTAMPTZOID};
	char	   *table = sp_relation_name(attempt->relid);
	const char *column = quote_identifier(index->column);
	SpSpiScope	scope;
	Datum		slice[4];
	int			count;

	count = sp_slice_of_kind(&sweep->batch, index->kind_id, slice);
	if (count == 0)
		return;
	sp_spi_begin_as(&scope, owner_of(attempt->relid));
	sp_run_query(psprintf("SELECT e.event_id, e.%s::pg_catalog.text FROM %s AS e WHERE e.recorded >= $4"
						  " AND e.%s IS NOT NULL AND%s",
						  column, table, column, sp_among_ids(slice, count)),
				 4, types, slice);
	index->events = MemoryContextAllocHuge(sweep->context, sizeof(IndexedEvent) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		index->events[index->count].value = MemoryContextStrdup(sweep->context, sp_text_at(i, 2));
		index->events[index->count++].event_id = sp_bigint_at(i, 1);
	}
	sp_spi_end(&scope);
	qsort(index->events, index->count, sizeof(IndexedEvent), compare_indexed);
}

/* What the owner of the table put into its indexes may fail: then rules read as ever. */
static SliceIndex *
build_index(Sweep *sweep, int32 kind_id, Oid relid, const char *column)
{
	SliceIndex *index = MemoryContextAllocZero(sweep->context, sizeof(SliceIndex));
	IndexAttempt attempt = {sweep, index, relid};
	const char *failure;

	index->kind_id = kind_id;
	index->column = MemoryContextStrdup(sweep->context, column);
	index->next = sweep->indexes;
	sweep->indexes = index;
	failure = sp_attempt_reading(read_index, &attempt);
	if (failure != NULL)
	{
		index->failed = true;
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("column \"%s\" of %s could not be read for rules: %s", column, get_rel_name(relid), failure),
				 errdetail("Each rule about it reads its events by itself, and is suspended where it can't."),
				 errhint("Mend the indexes and constraints of the table.")));
	}
	return index;
}

static SliceIndex *
get_index(Sweep *sweep, int32 kind_id, Oid relid, const char *column)
{
	for (SliceIndex *index = sweep->indexes; index != NULL; index = index->next)
		if (index->kind_id == kind_id && strcmp(index->column, column) == 0)
			return index;
	return build_index(sweep, kind_id, relid, column);
}

/* Where a value begins in the index. */
static int
seek_value(const SliceIndex *index, const char *value)
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
	return low;
}

static bool
has_value(const SliceIndex *index, int place, const char *value)
{
	return place < index->count && strcmp(index->events[place].value, value) == 0;
}

/* ---- open waits of the keys of the slice ---- */

struct WaitingRules
{
	int32		kind_id;
	const char *key_name;
	int32	   *rule_ids;		/* ascending */
	int			count;
	bool		any;			/* nobody can tell */
	struct WaitingRules *next;
};

/* The rules that have an open wait for a key that an event of the kind has. */
static WaitingRules *
find_waiting(Sweep *sweep, int32 kind_id, Oid relid, const char *key_name)
{
	static SPIPlanPtr plan = NULL;
	SliceIndex *index = get_index(sweep, kind_id, relid, key_name);
	WaitingRules *result = MemoryContextAllocZero(sweep->context, sizeof(WaitingRules));
	char	  **keys = palloc(sizeof(char *) * (index->count + 1));
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];
	int			count = 0;

	for (int i = 0; i < index->count; i++)
		if (i == 0 || strcmp(index->events[i].value, index->events[i - 1].value) != 0)
			keys[count++] = unconstify(char *, index->events[i].value);
	values[0] = sp_text_array(keys, count);
	sp_run_kept(&plan, "SELECT DISTINCT w.rule_id FROM unnest($1) AS t(key)"
				" CROSS JOIN LATERAL (SELECT x.rule_id FROM pulse_internal.wait AS x"
				" WHERE x.key = t.key AND x.end_reason IS NULL OFFSET 0) AS w"
				" ORDER BY w.rule_id", 1, types, values);
	result->any = index->failed;
	result->kind_id = kind_id;
	result->key_name = MemoryContextStrdup(sweep->context, key_name);
	result->rule_ids = sp_read_ids(sweep->context, &result->count);
	result->next = sweep->waiting;
	sweep->waiting = result;
	return result;
}

static bool
waits_for(Sweep *sweep, const BoundRule *rule, int32 kind_id, Oid relid)
{
	WaitingRules *waiting = sweep->waiting;

	while (waiting != NULL && (waiting->kind_id != kind_id || strcmp(waiting->key_name, rule->key_name) != 0))
		waiting = waiting->next;
	if (waiting == NULL)
		waiting = find_waiting(sweep, kind_id, relid, rule->key_name);
	return waiting->any || sp_has_id(waiting->rule_ids, waiting->count, rule->rule_id);
}

/* ---- what it is for ---- */

/* Do enough of the running rules hear this kind? */
static bool
pays(Sweep *sweep, int32 kind_id)
{
	int			rules = 0;

	for (int i = 0; i < sweep->rule_count && rules < LEAST_RULES; i++)
		for (int j = 0; j < sweep->rules[i].source_count; j++)
			rules += sweep->rules[i].sources[j].kind_id == kind_id;
	return rules >= LEAST_RULES;
}

/* The constants, where they tell what is a trigger. */
static const Constants *
usable_constants(Sweep *sweep, const BoundRule *rule, Oid relid)
{
	const Constants *constants;

	if (sp_is_look(rule) || !OidIsValid(relid) || !pays(sweep, rule->sources[0].kind_id))
		return NULL;
	constants = constants_of(rule);
	if (constants->column == NULL)
		return NULL;
	for (int i = 0; i < constants->count; i++)
		if (!is_told_by_text(relid, constants->column, &constants->values[i]))
			return NULL;
	return constants;
}

static Oid
relid_of_kind(int32 kind_id)
{
	const EventKind *kind = sp_event_kind_by_id(kind_id, true);

	return kind == NULL || get_rel_name(kind->relid) == NULL ? InvalidOid : kind->relid;
}

/* A rule that is not bound yet: can events of the slice be triggers, or end waits? */
bool
sp_may_care(Sweep *sweep, const BoundRule *rule)
{
	int32		trigger_kind = rule->sources[0].kind_id;
	Oid			relid = relid_of_kind(trigger_kind);
	const Constants *constants = usable_constants(sweep, rule, relid);
	SliceIndex *index;

	if (constants == NULL)
		return true;
	index = get_index(sweep, trigger_kind, relid, constants->column);
	if (index->failed)
		return true;
	for (int i = 0; i < constants->count; i++)
		if (has_value(index, seek_value(index, constants->values[i].text), constants->values[i].text))
			return true;
	for (int i = 0; i < rule->source_count; i++)
	{
		const RuleSource *source = &rule->sources[i];
		Oid			other = relid_of_kind(source->kind_id);
		bool		only_triggers = i == 0 && !source->plays[1] && !source->plays[2];

		if (!OidIsValid(other) || get_attnum(other, rule->key_name) == InvalidAttrNumber)
			return true;		/* let it say so itself */
		if (!only_triggers && waits_for(sweep, rule, source->kind_id, other))
			return true;
	}
	return false;
}

/*
 * The events of a slice of one kind that may be the rule's, as the first of the
 * slice's parameters (see sp_slice_of_kind()).  False: none.
 */
bool
sp_narrow_slice(Sweep *sweep, const BoundRule *rule, const RuleSource *source, Datum *slice)
{
	const Constants *constants;
	SliceIndex *index;
	Datum	   *ids;
	int			count = 0;

	if (source != &rule->sources[0])
		return true;
	for (int role = 1; role < ROLE_COUNT; role++)
		if (source->plays[role])
			return true;
	constants = usable_constants(sweep, rule, source->relid);
	if (constants == NULL)
		return true;
	index = get_index(sweep, source->kind_id, source->relid, constants->column);
	if (index->failed)
		return true;
	ids = palloc(sizeof(Datum) * ((size_t) index->count * constants->count + 1));
	for (int i = 0; i < constants->count; i++)
	{
		const char *value = constants->values[i].text;

		for (int place = seek_value(index, value); has_value(index, place, value); place++)
			ids[count++] = Int64GetDatum(index->events[place].event_id);
	}
	slice[0] = PointerGetDatum(construct_array(ids, count, INT8OID, 8, true, TYPALIGN_DOUBLE));
	pfree(ids);
	return count > 0;
}
