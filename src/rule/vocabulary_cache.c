/*
 * vocabulary_cache.c
 *	  The vocabulary of this database: names of events, columns, keys and roles
 *	  with their labels.
 *
 * Names are those of event kinds, of keys that pulse.describe_key() described and
 * of labelled relations, and of the columns of their tables; labels are rows of
 * pulse_internal.label, where several for one name are separated by '|'.  Invariant: the cache is used as long as no
 * change to a label, a kind or any relation has been heard of.
 */
#include "rule/shell.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "event/watch.h"
#include "rule/vocabulary.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define LABEL_ATT_CLASS		1
#define LABEL_ATT_SCOPE		2
#define LABEL_ATT_NAME		3
#define LABEL_ATT_EN		4
#define LABEL_ATT_ZH		5

typedef struct VocabularyStamp
{
	uint64		labels;
	uint64		kinds;
	uint64		relations;		/* of columns that come, go and change names */
} VocabularyStamp;

typedef struct VocabularyBuilder
{
	Arena	   *arena;
	LabelEntry *entries;
	int			count;
	const LabelEntry *labels;	/* as declared */
	int			label_count;
} VocabularyBuilder;

static SpWatchedTable label_table = {.table_name = "label"};
static MemoryContext vocabulary_context = NULL;
static Arena vocabulary_arena;
static LabelSet vocabulary_set;
static Vocabulary vocabulary;
static VocabularyStamp vocabulary_stamp;

static const struct
{
	const char *name;
	LabelClass	class;
}			label_classes[] = {
	{"event", LABEL_EVENT}, {"column", LABEL_COLUMN}, {"key", LABEL_KEY}, {"role", LABEL_ROLE},
	{"channel", LABEL_CHANNEL}, {"template", LABEL_TEMPLATE}, {"value", LABEL_VALUE},
	{"function", LABEL_FUNCTION}, {"relation", LABEL_RELATION}
};

static void *
grow_entries(Arena *arena, LabelEntry *entries, int count)
{
	LabelEntry *bigger;

	if (count != 0 && (count < 64 || (count & (count - 1)) != 0))
		return entries;
	bigger = arena_alloc(arena, (count == 0 ? 64 : 2 * (Size) count) * sizeof(LabelEntry));
	if (count > 0)
		memcpy(bigger, entries, count * sizeof(LabelEntry));
	return bigger;
}

static void
add_entry(VocabularyBuilder *builder, LabelClass class, const char *scope, const char *name,
		  const char *en, const char *zh)
{
	LabelEntry *entry;

	builder->entries = grow_entries(builder->arena, builder->entries, builder->count);
	entry = &builder->entries[builder->count++];
	entry->class = class;
	entry->scope = scope;
	entry->name = name;
	entry->en = en;
	entry->zh = zh;
}

/* The label at *next of those separated by '|', which moves behind it; NULL: no more. */
static const char *
next_label(Arena *arena, const char **next)
{
	const char *start = *next;
	size_t		length;

	if (start == NULL || *start == '\0')
		return NULL;
	length = strcspn(start, "|");
	*next = start[length] == '|' ? start + length + 1 : NULL;
	return label_fold(arena, arena_string(arena, start, length));
}

/* An entry for each of its labels; the first of each language is printed. */
static void
add_entries(VocabularyBuilder *builder, LabelClass class, const char *scope, const char *name,
			const LabelEntry *label, ColumnUse use)
{
	const char *en = label == NULL ? NULL : label->en;
	const char *zh = label == NULL ? NULL : label->zh;

	do
	{
		const char *first = next_label(builder->arena, &en);
		const char *second = next_label(builder->arena, &zh);

		add_entry(builder, class, scope, name, first, second);
		builder->entries[builder->count - 1].use = use;
	} while ((en != NULL && *en != '\0') || (zh != NULL && *zh != '\0'));
}

static ColumnUse
use_of_type(Oid type)
{
	if (type == BOOLOID)
		return USE_TRUTH;
	return sp_is_amount(type) ? USE_MONEY : USE_PLAIN;
}

/* ---- what is declared ---- */

static const char *
folded_attribute(Arena *arena, HeapTuple tuple, TupleDesc desc, int attribute)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attribute, desc, &isnull);

	return isnull ? NULL : label_fold(arena, sp_to_utf8(TextDatumGetCString(value)));
}

static void
read_labels(VocabularyBuilder *builder)
{
	Relation	rel = table_open(sp_watched_relid(&label_table), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	TupleDesc	desc = RelationGetDescr(rel);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		const char *class = folded_attribute(builder->arena, tuple, desc, LABEL_ATT_CLASS);
		const char *scope = folded_attribute(builder->arena, tuple, desc, LABEL_ATT_SCOPE);

		for (int i = 0; i < lengthof(label_classes); i++)
			if (strcmp(class, label_classes[i].name) == 0)
				add_entry(builder, label_classes[i].class, scope[0] == '\0' ? NULL : scope,
						  folded_attribute(builder->arena, tuple, desc, LABEL_ATT_NAME),
						  folded_attribute(builder->arena, tuple, desc, LABEL_ATT_EN),
						  folded_attribute(builder->arena, tuple, desc, LABEL_ATT_ZH));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	builder->labels = builder->entries;
	builder->label_count = builder->count;
	builder->entries = NULL;
	builder->count = 0;
}

/* The label declared for a name: in its scope, else without one. */
static const LabelEntry *
declared(const VocabularyBuilder *builder, LabelClass class, const char *scope, const char *name)
{
	const LabelEntry *found = NULL;

	for (int i = 0; i < builder->label_count; i++)
	{
		const LabelEntry *label = &builder->labels[i];

		if (label->class != class || strcmp(label->name, name) != 0)
			continue;
		if (label->scope == NULL && found == NULL)
			found = label;
		else if (label->scope != NULL && scope != NULL && strcmp(label->scope, scope) == 0)
			return label;
	}
	return found;
}

/* ---- what exists ---- */

static void
add_column(VocabularyBuilder *builder, const char *event, const char *column, Oid type, bool may_be_key)
{
	const char *name = arena_string(builder->arena, column, strlen(column));
	const LabelEntry *label = declared(builder, LABEL_COLUMN, event, name);
	const LabelEntry *key_label = declared(builder, LABEL_KEY, NULL, name);

	if (label == NULL)
		label = key_label;
	if (key_label == NULL)
		key_label = label;
	add_entries(builder, LABEL_COLUMN, event, name, label, use_of_type(type));
	if (may_be_key)
		add_entries(builder, LABEL_KEY, NULL, name, key_label, USE_PLAIN);
}

/* What has columns; the first "header" of them are no keys. */
static void
add_relation(VocabularyBuilder *builder, LabelClass class, const char *name, const LabelEntry *label,
			 Oid relid, int header)
{
	Relation	rel = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : NULL;

	add_entries(builder, class, NULL, name, label, USE_PLAIN);
	if (rel == NULL)
		return;
	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), i);

		if (!attribute->attisdropped)
			add_column(builder, name, sp_to_utf8(NameStr(attribute->attname)), attribute->atttypid, i >= header);
	}
	relation_close(rel, AccessShareLock);
}

static void
add_event(VocabularyBuilder *builder, const EventKind *kind)
{
	char	   *utf8_name = sp_to_utf8(kind->name);
	const char *name = arena_string(builder->arena, utf8_name, strlen(utf8_name));

	add_relation(builder, LABEL_EVENT, name, declared(builder, LABEL_EVENT, NULL, name), kind->relid,
				 EVENT_HEADER_ATTS);
}

static void
add_members(VocabularyBuilder *builder)
{
	ListCell   *cell;

	foreach(cell, sp_described_keys())
	{
		char	   *utf8_name = sp_to_utf8(lfirst(cell));
		const char *name = arena_string(builder->arena, utf8_name, strlen(utf8_name));

		add_relation(builder, LABEL_MEMBER, name, declared(builder, LABEL_KEY, NULL, name),
					 sp_member_relation(lfirst(cell), NULL), 0);
	}
}

static void
build_vocabulary(Arena *arena, LabelSet *set)
{
	VocabularyBuilder builder = {.arena = arena};
	ListCell   *cell;

	read_labels(&builder);
	foreach(cell, sp_event_kinds())
		add_event(&builder, lfirst(cell));
	add_members(&builder);
	for (int i = 0; i < builder.label_count; i++)
	{
		const LabelEntry *label = &builder.labels[i];

		/* what no table of the engine knows, a label makes known */
		if (label->class & (LABEL_KEY | LABEL_ROLE | LABEL_CHANNEL | LABEL_TEMPLATE | LABEL_VALUE | LABEL_FUNCTION))
			add_entries(&builder, label->class, label->scope, label->name, label, USE_PLAIN);
		if (label->class == LABEL_RELATION)
			add_relation(&builder, LABEL_RELATION, label->name, label,
						 sp_relation_by_name(sp_from_utf8(label->name)), 0);
	}
	set->entries = builder.entries;
	set->count = builder.count;
}

static VocabularyStamp
current_stamp(void)
{
	VocabularyStamp stamp;

	memset(&stamp, 0, sizeof(stamp));
	AcceptInvalidationMessages();
	(void) sp_watched_relid(&label_table);
	stamp.labels = label_table.changes;
	stamp.kinds = sp_event_kind_changes();
	stamp.relations = sp_relation_changes();
	return stamp;
}

const Vocabulary *
sp_vocabulary(void)
{
	VocabularyStamp stamp = current_stamp();
	MemoryContext context;
	Arena		arena;
	LabelSet	set;

	if (vocabulary_context != NULL && memcmp(&stamp, &vocabulary_stamp, sizeof(stamp)) == 0)
		return &vocabulary;
	context = AllocSetContextCreate(CurrentMemoryContext, "salespulse vocabulary",
									ALLOCSET_DEFAULT_SIZES);
	sp_arena_init(&arena, context);
	build_vocabulary(&arena, &set);

	/* from here nothing can fail */
	MemoryContextSetParent(context, CacheMemoryContext);
	sp_retire_context(vocabulary_context);
	vocabulary_context = context;
	vocabulary_arena = arena;
	vocabulary_set = set;
	vocabulary = label_vocabulary(&vocabulary_set);
	vocabulary_stamp = stamp;
	return &vocabulary;
}

/* A name as the reader of a message calls it. */
const char *
sp_shown(Tongue tongue, LabelClass class, const char *scope, const char *name)
{
	const Vocabulary *current = sp_vocabulary();
	const char *label = current->label(current->context, tongue, class, scope, name);

	return pstrdup(label != NULL ? label : name);
}
