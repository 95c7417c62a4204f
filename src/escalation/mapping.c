/*
 * mapping.c
 *	  Reads the application's own staff, roles and keys, as who mapped them.
 *
 * A mapping is a view that its author owns, so PostgreSQL tracks what it
 * depends on.  Invariant: a mapping is read as the owner of its view, in a
 * restricted context, read only; so it never has more rights than its author.
 * What it cannot read makes it broken, and never fails a tick.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "escalation/attempt.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* The view of a mapping, or an error. */
static Oid
mapping_source(int32 mapping_id)
{
	SpSpiScope	scope;
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(mapping_id)};
	bool		isnull = true;
	Datum		source = (Datum) 0;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT source::oid FROM pulse_internal.mapping WHERE mapping_id = $1",
							  1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read pulse_internal.mapping");
	if (SPI_processed == 1)
		source = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	sp_spi_end(&scope);
	if (isnull)
		elog(ERROR, "mapping %d has no view", mapping_id);
	return DatumGetObjectId(source);
}

/* Its owner, and how many columns it has. */
static Oid
view_owner(Oid relid, int *natts)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the view of a mapping is gone"),
				 errdetail("It was dropped, perhaps with the table it read."),
				 errhint("Map the staff, role or key again.")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	*natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * The engine reads every mapping, and so may an administrator; anybody else
 * reads one with his own rights, since it shows him what its author sees.
 */
static void
check_may_look(int32 mapping_id)
{
	Oid			user = GetUserId();
	Oid			source;

	if (user == sp_owner_role() || has_privs_of_role(user, get_role_oid("pulse_admin", false)))
		return;
	source = mapping_source(mapping_id);
	if (get_rel_name(source) == NULL || pg_class_aclcheck(source, user, ACL_SELECT) == ACLCHECK_OK)
		return;					/* a view that is gone is told of when it is
								 * read */
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for mapping %s", get_rel_name(source)),
			 errdetail("It shows what its author may read, and was not shared with you."),
			 errhint("Have its owner type GRANT SELECT ON %s TO %s.",
					 sp_relation_name(source),
					 quote_identifier(GetUserNameFromId(user, false)))));
}

/*
 * Keys meet by their text output.  Where the type of the column allows it the
 * texts are turned into values of that type, so that its index serves.
 */
static const char *
key_condition(Oid key_type)
{
	switch (key_type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return " WHERE m.%s = ANY (ARRAY(SELECT k::int8 FROM unnest($1) AS k"
				" WHERE k ~ '^(0|-?[1-9][0-9]{0,17})$'))";
		case UUIDOID:
			return " WHERE m.%s = ANY (ARRAY(SELECT k::uuid FROM unnest($1) AS k"
				" WHERE k ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'))";
		default:
			return " WHERE m.%s::text = ANY ($1)";
	}
}

/* In the view of a key, what rules about its members read stands behind. */
static bool
is_of_members(Oid source, AttrNumber attnum)
{
	return attnum == 4 && strcmp(get_attname(source, attnum, false), "since") == 0;
}

/* SELECT ARRAY[its columns as text] FROM the view [WHERE its first column is one of $1] */
static char *
mapping_query(Oid source, int natts, bool by_key)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ARRAY[");
	for (AttrNumber attnum = 1; attnum <= natts && !is_of_members(source, attnum); attnum++)
		appendStringInfo(&sql, "%sm.%s::text", attnum > 1 ? ", " : "",
						 quote_identifier(get_attname(source, attnum, false)));
	appendStringInfo(&sql, "] FROM %s AS m",
					 sp_relation_name(source));
	if (by_key)
		appendStringInfo(&sql, key_condition(get_atttype(source, 1)),
						 quote_identifier(get_attname(source, 1, false)));
	return sql.data;
}

typedef struct MappingRead
{
	int32		mapping_id;
	bool		by_key;
	Datum		keys;			/* text[] */
	ReturnSetInfo *result;
} MappingRead;

static void
read_rows(void *argument)
{
	MappingRead *read = argument;
	Oid			source = mapping_source(read->mapping_id);
	int			natts;
	Oid			owner = view_owner(source, &natts);
	char	   *sql = mapping_query(source, natts, read->by_key);
	SpSpiScope	scope;
	Oid			types[1] = {TEXTARRAYOID};

	sp_spi_begin_as(&scope, owner);
	if (SPI_execute_with_args(sql, read->by_key ? 1 : 0, types, &read->keys, NULL,
							  true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read mapping %d", read->mapping_id);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		row = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		tuplestore_putvalues(read->result->setResult, read->result->setDesc, &row, &isnull);
	}
	sp_spi_end(&scope);
}

/* Only a change is written: a tick that finds all well writes nothing. */
static void
note_state(int32 mapping_id, const char *reason)
{
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2] = {Int32GetDatum(mapping_id), (Datum) 0};
	char		nulls[3] = {' ', 'n', '\0'};

	if (reason != NULL)
	{
		values[1] = CStringGetTextDatum(reason);
		nulls[1] = ' ';
	}
	(void) sp_execute_as_owner("UPDATE pulse_internal.mapping"
							   " SET state = CASE WHEN $2 IS NULL THEN 'ok' ELSE 'broken' END, reason = $2"
							   " WHERE mapping_id = $1 AND reason IS DISTINCT FROM $2",
							   SPI_OK_UPDATE, 2, types, values, nulls);
}

PG_FUNCTION_INFO_V1(sp_read_mapping);

/*
 * (mapping_id, keys or NULL for all, tolerant) -> setof text[], the columns of
 * the view.  Tolerant: what cannot be read is written to the mapping, as the
 * tick needs it; else it is raised, as a person who looks needs it.
 */
Datum
sp_read_mapping(PG_FUNCTION_ARGS)
{
	MappingRead read = {.mapping_id = PG_GETARG_INT32(0),.by_key = !PG_ARGISNULL(1)};
	bool		tolerant = PG_GETARG_BOOL(2);
	char	   *reason;

	if (read.by_key)
		read.keys = PG_GETARG_DATUM(1);
	check_may_look(read.mapping_id);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	read.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (!tolerant)
	{
		read_rows(&read);
		return (Datum) 0;
	}
	reason = sp_attempt(read_rows, &read);
	if (reason != NULL)
		tuplestore_clear(read.result->setResult);
	note_state(read.mapping_id, reason);
	return (Datum) 0;
}

/* Whoever registers a view lends its owner's rights: so it must be his. */
static void
check_source(Oid source)
{
	if (!object_ownercheck(RelationRelationId, source, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of view %s", get_rel_name(source)),
				 errdetail("A mapping is read with the rights of its view's owner."),
				 errhint("Ask its owner to map it.")));
}

static void
check_mapped_name(const char *what, const char *name)
{
	if (name[0] == '\0' || strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid %s: \"%s\"", what, name),
				 errdetail("It is empty or longer than a name may be."),
				 errhint("Type a name of 1 to 63 bytes.")));
}

/* Of the mappings that $1, $2 and $3 choose (NULL: whatever it is): those of other people. */
static const char *const mappings_of_others =
"SELECT FROM pulse_internal.mapping AS m LEFT JOIN pg_class AS c ON c.oid = m.source"
" WHERE m.kind = $1 AND m.name = $2 AND m.key_name = coalesce($3, m.key_name)"
" AND pg_has_role($4::oid, coalesce(c.relowner, m.author), 'USAGE') IS NOT TRUE"
" AND NOT pg_has_role($4::oid, 'pulse_admin', 'USAGE')";

/* Who is told is decided by mappings: nobody may take another's away. */
static void
check_may_replace(const char *kind, Datum name, Datum key_name, bool any_key)
{
	Oid			types[4] = {TEXTOID, TEXTOID, TEXTOID, OIDOID};
	Datum		values[4] = {CStringGetTextDatum(kind), name, key_name, ObjectIdGetDatum(GetUserId())};

	if (sp_execute_as_owner(mappings_of_others, SPI_OK_SELECT, 4, types, values,
							any_key ? "  n " : NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for mapping \"%s\"",
						strcmp(kind, "staff") == 0 ? kind : TextDatumGetCString(name)),
				 errdetail("It belongs to who mapped it."),
				 errhint("Ask its author, or a member of pulse_admin.")));
}

PG_FUNCTION_INFO_V1(sp_save_mapping);

/* (kind, name, key_name, source, relation, holder, above): void */
Datum
sp_save_mapping(PG_FUNCTION_ARGS)
{
	Oid			types[9] = {TEXTOID, TEXTOID, TEXTOID, REGCLASSOID, REGCLASSOID,
	TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID, REGROLEOID};
	Datum		values[9];
	char		nulls[10] = "         ";
	const char *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (strcmp(kind, "staff") != 0)
		check_mapped_name(kind, PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (!PG_ARGISNULL(3))
		check_source(PG_GETARG_OID(3));
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		check_may_replace(kind, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), false);
	for (int i = 0; i < 7; i++)
	{
		values[i] = fcinfo->args[i].value;
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
	}
	values[7] = TimestampTzGetDatum(sp_clock());
	values[8] = ObjectIdGetDatum(GetUserId());
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.mapping"
							   " (kind, name, key_name, source, relation, holder, above, created_at, author)"
							   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
							   " ON CONFLICT (kind, name, key_name) DO UPDATE SET source = excluded.source,"
							   " relation = excluded.relation, holder = excluded.holder, above = excluded.above,"
							   " state = 'ok', reason = NULL, created_at = excluded.created_at, author = excluded.author",
							   SPI_OK_INSERT, 9, types, values, nulls);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_drop_role_mapping);

/* (role, key_name or NULL for all its mappings): void */
Datum
sp_drop_role_mapping(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2];
	char		nulls[3] = "  ";

	for (int i = 0; i < 2; i++)
	{
		values[i] = fcinfo->args[i].value;
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
	}
	if (!PG_ARGISNULL(0))
		check_may_replace("role", PG_GETARG_DATUM(0), values[1], PG_ARGISNULL(1));
	if (sp_execute_as_owner("DELETE FROM pulse_internal.mapping"
							" WHERE kind = 'role' AND name = $1 AND key_name = coalesce($2, key_name)",
							SPI_OK_DELETE, 2, types, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_ROLE),
				 errmsg("unknown role"),
				 errdetail("No role of that name is mapped by that key."),
				 errhint("Look at SELECT * FROM pulse.roles.")));
	PG_RETURN_VOID();
}
