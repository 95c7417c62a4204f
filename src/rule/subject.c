/*
 * subject.c
 *	  What rules about members and states read: the view that pulse.describe_key()
 *	  made of a key, and relations by their names.
 *
 * Keys are described in a room further down, so the table is looked up by its
 * name.  The view of a key has its members' rows in a column "member", whose
 * type is the row type of the relation that was described.
 */
#include "rule/shell.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"
#include "utils/varlena.h"

#define MAPPING_ATT_KIND	2
#define MAPPING_ATT_NAME	3
#define MAPPING_ATT_SOURCE	5

typedef bool (*MappingVisitor) (void *context, const char *key, Oid source);

/* Of all keys that are described, until the visitor has seen enough. */
static void
visit_described_keys(MappingVisitor visit, void *context)
{
	Oid			relid = sp_internal_relid("mapping", true);
	bool		more = true;
	SysScanDesc scan;
	Relation	rel;
	HeapTuple	tuple;

	if (!OidIsValid(relid))
		return;
	rel = table_open(relid, AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (more && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		kind = heap_getattr(tuple, MAPPING_ATT_KIND, RelationGetDescr(rel), &isnull);
		Datum		name = heap_getattr(tuple, MAPPING_ATT_NAME, RelationGetDescr(rel), &isnull);
		Datum		source = heap_getattr(tuple, MAPPING_ATT_SOURCE, RelationGetDescr(rel), &isnull);

		if (!isnull && strcmp(TextDatumGetCString(kind), "key") == 0)
			more = visit(context, TextDatumGetCString(name), DatumGetObjectId(source));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static bool
list_key(void *context, const char *key, Oid source)
{
	List	  **keys = context;

	*keys = lappend(*keys, pstrdup(key));
	return true;
}

List *
sp_described_keys(void)
{
	List	   *keys = NIL;

	visit_described_keys(list_key, &keys);
	return keys;
}

typedef struct KeySearch
{
	const char *key;
	Oid			source;
} KeySearch;

static bool
match_key(void *context, const char *key, Oid source)
{
	KeySearch  *search = context;

	if (strcmp(key, search->key) != 0)
		return true;
	search->source = source;
	return false;
}

/* The relation whose rows are the members; *view (if asked for): what to read. */
Oid
sp_member_relation(const char *key, Oid *view)
{
	KeySearch	search = {key, InvalidOid};
	AttrNumber	attnum;

	visit_described_keys(match_key, &search);
	if (view != NULL)
		*view = search.source;
	if (!OidIsValid(search.source) || get_rel_name(search.source) == NULL)
		return InvalidOid;
	attnum = get_attnum(search.source, "member");
	return attnum == InvalidAttrNumber ? InvalidOid
		: get_typ_typrelid(get_atttype(search.source, attnum));
}

Oid
sp_relation_by_name(const char *name)
{
	char	   *copy = pstrdup(name);
	List	   *parts;
	Oid			schema;

	if (!SplitIdentifierString(copy, '.', &parts) || list_length(parts) != 2)
		return InvalidOid;
	schema = get_namespace_oid(linitial(parts), true);
	return OidIsValid(schema) ? get_relname_relid(lsecond(parts), schema) : InvalidOid;
}

const char *
sp_day_column(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	const char *found = NULL;
	int			count = 0;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), i);

		if (attribute->attisdropped || getBaseType(attribute->atttypid) != DATEOID)
			continue;
		found = pstrdup(NameStr(attribute->attname));
		count++;
	}
	relation_close(rel, AccessShareLock);
	return count == 1 ? found : NULL;
}
