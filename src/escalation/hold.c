/*
 * hold.c
 *	  pulse.release_hold() and override_hold(): somebody answers for a held row.
 *
 * The row is written by the caller, as if he had typed the UPDATE: with his
 * rights, row-level security and search_path, so that the table's own triggers
 * run with neither more nor less than they have on any other day.  What the hold
 * says is written as pulse_owner.  Invariant: without the right to update the
 * row nobody closes its hold.  The row is locked before its hold, as an UPDATE
 * and its gate do, so that the two neither deadlock nor answer one hold twice.
 */
#include "base/base.h"

#include "access/table.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

typedef struct HeldRow
{
	int64		hold_id;
	Oid			relid;
	char	   *state_column;
	char	   *wanted;			/* its state then, or NULL */
	int			key_count;
	Datum	   *names;			/* of the primary key's columns, text */
	Datum	   *values;			/* theirs, text */
} HeldRow;

/* ---- the hold, as pulse_owner ---- */

static const char *const find_query =
"SELECT h.relation::pg_catalog.oid, g.state_column, h.previous_state, pg_catalog.array_agg(k.key), pg_catalog.array_agg(k.value)"
" FROM pulse_internal.hold AS h JOIN pulse_internal.gate AS g ON g.relation = h.relation,"
" LATERAL pg_catalog.jsonb_each_text(h.row_key) AS k"
" WHERE h.hold_id = $1 AND h.state = 'open' GROUP BY h.hold_id, g.relation";

static void
texts_of(int column, MemoryContext context, Datum **texts, int *count)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	bool		isnull;
	Datum		array = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	deconstruct_array(DatumGetArrayTypePCopy(array), TEXTOID, -1, false, TYPALIGN_INT, texts, NULL, count);
	MemoryContextSwitchTo(caller);
}

static char *
text_of(int column, MemoryContext context)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return value == NULL ? NULL : MemoryContextStrdup(context, value);
}

static void
find_hold(int64 hold_id, HeldRow *row)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(hold_id)};
	SpSpiScope	scope;
	bool		isnull;

	row->hold_id = hold_id;
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(find_query, 1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read a hold");
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_HOLD),
				 errmsg("unknown hold: " INT64_FORMAT, hold_id),
				 errdetail("There is no open hold of that number."),
				 errhint("Look at SELECT * FROM pulse.holds.")));
	row->relid = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	row->state_column = text_of(2, caller);
	row->wanted = text_of(3, caller);
	texts_of(4, caller, &row->names, &row->key_count);
	texts_of(5, caller, &row->values, &row->key_count);
	sp_spi_end(&scope);
}

/* (hold_id, reason, staff, valid_until): of the caller's arguments */
static void
note_answer(FunctionCallInfo fcinfo, bool override)
{
	Oid			types[5] = {INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, BOOLOID};
	Datum		values[5] = {0, 0, 0, 0, BoolGetDatum(override)};
	char		nulls[6] = "   n ";

	for (int i = 0; i < PG_NARGS(); i++)
	{
		values[i] = fcinfo->args[i].value;
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	(void) sp_execute_as_owner("SELECT pulse_internal.answer_hold($1, $2, $3, $4, $5)", SPI_OK_SELECT, 5, types, values, nulls);
}

static bool
is_closed(int64 hold_id)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(hold_id)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.hold AS h WHERE h.hold_id = $1 AND h.state <> 'open'",
							   SPI_OK_SELECT, 1, types, values, NULL) > 0;
}

/* ---- the row, as the caller ---- */

static void
check_may_update(const HeldRow *row, Relation rel)
{
	AttrNumber	column = get_attnum(row->relid, row->state_column);

	if (pg_class_aclcheck(row->relid, GetUserId(), ACL_UPDATE) == ACLCHECK_OK ||
		(column > 0 && pg_attribute_aclcheck(row->relid, column, GetUserId(), ACL_UPDATE) == ACLCHECK_OK))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for table %s", RelationGetRelationName(rel)),
			 errdetail("Hold " INT64_FORMAT " is of one of its rows, and who answers for a row writes it.", row->hold_id),
			 errhint("Type GRANT SELECT, UPDATE ON %s TO %s.", sp_relation_name(RelationGetRelid(rel)),
					 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/* column OPERATOR(schema.=) 'value'::type, so that nobody's search_path matters */
static void
append_key(StringInfo sql, const HeldRow *row, int key)
{
	char	   *name = TextDatumGetCString(row->names[key]);
	AttrNumber	column = get_attnum(row->relid, name);
	Oid			type;
	Oid			equals;
	HeapTuple	tuple;

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of %s does not exist", name, get_rel_name(row->relid)),
				 errdetail("Hold " INT64_FORMAT " knows its row by that part of the primary key.", row->hold_id),
				 errhint("Give the column its name back, or update the row yourself.")));
	type = get_atttype(row->relid, column);
	equals = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(equals));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "type %u of a primary key has no equality", type);
	appendStringInfo(sql, "%s%s OPERATOR(%s.%s) %s::%s", key == 0 ? "" : " AND ", quote_identifier(name),
					 quote_identifier(get_namespace_name(((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace)),
					 NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname),
					 quote_literal_cstr(TextDatumGetCString(row->values[key])), format_type_be_qualified(type));
	ReleaseSysCache(tuple);
}

static void
append_row(StringInfo sql, const HeldRow *row)
{
	appendStringInfoString(sql, " WHERE ");
	for (int i = 0; i < row->key_count; i++)
		append_key(sql, row, i);
}

static char *
update_statement(const HeldRow *row, Relation rel)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s SET %s = %s", sp_relation_name(RelationGetRelid(rel)), quote_identifier(row->state_column),
					 row->wanted == NULL ? "NULL" : quote_literal_cstr(row->wanted));
	append_row(&sql, row);
	return sql.data;
}

/* Waits for whoever is writing the row; its hold may be another's afterwards. */
static void
lock_row(const HeldRow *row, Relation rel)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM %s", sp_relation_name(RelationGetRelid(rel)));
	append_row(&sql, row);
	appendStringInfoString(&sql, " FOR NO KEY UPDATE");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql.data, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not lock a held row");
	SPI_finish();
}

/* It becomes what it wanted to be, and the gate judges it again. */
static void
write_row(const HeldRow *row, const char *statement)
{
	int			result;
	uint64		written;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	result = SPI_execute(statement, false, 0);
	written = SPI_processed;
	if (result != SPI_OK_UPDATE && result != SPI_OK_REWRITTEN)
		elog(ERROR, "SPI_execute returned %d for: %s", result, statement);
	SPI_finish();
	if (written == 0 && check_enable_rls(row->relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for the row of hold " INT64_FORMAT, row->hold_id),
				 errdetail("Row-level security lets you update no such row of %s.", get_rel_name(row->relid)),
				 errhint("Ask somebody who may update it.")));
}

static void
answer(FunctionCallInfo fcinfo, bool override)
{
	HeldRow		row;
	Relation	rel;

	find_hold(PG_GETARG_INT64(0), &row);
	rel = try_table_open(row.relid, RowExclusiveLock);
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of hold " INT64_FORMAT " is gone", row.hold_id),
				 errdetail("It was dropped with the row that is held."),
				 errhint("Nothing is left to do about that hold.")));
	check_may_update(&row, rel);
	lock_row(&row, rel);
	find_hold(row.hold_id, &row);
	note_answer(fcinfo, override);
	write_row(&row, update_statement(&row, rel));
	table_close(rel, NoLock);
}

static void
check_number(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_HOLD),
				 errmsg("unknown hold: null"),
				 errdetail("There is no open hold of that number."),
				 errhint("Look at SELECT * FROM pulse.holds.")));
}

PG_FUNCTION_INFO_V1(sp_release_hold);
PG_FUNCTION_INFO_V1(sp_override_hold);

/* (hold_id, reason, staff): whether it passed */
Datum
sp_release_hold(PG_FUNCTION_ARGS)
{
	check_number(fcinfo);
	answer(fcinfo, false);
	PG_RETURN_BOOL(is_closed(PG_GETARG_INT64(0)));
}

/* (hold_id, reason, staff, valid_until): void */
Datum
sp_override_hold(PG_FUNCTION_ARGS)
{
	check_number(fcinfo);
	if (PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an override needs a reason"),
				 errdetail("Somebody answers for what the rules speak against."),
				 errhint("Type pulse.override_hold(7, 'agreed with the customer on the phone').")));
	answer(fcinfo, true);
	PG_RETURN_VOID();
}
