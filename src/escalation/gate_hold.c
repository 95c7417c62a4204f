/*
 * gate_hold.c
 *	  What a gate leaves behind: held rows, their holds, and firings.
 *
 * Invariant: a row has one open hold at most, and while it has, its state
 * column says that it is held.  Firings of gates are written in the
 * application's transaction; the tick acts on them.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "escalation/gate.h"
#include "event/event.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* {"id": 7}, or false where the table has no primary key */
static bool
primary_key(const GateRow *row, StringInfo json)
{
	Bitmapset  *keys = RelationGetIndexAttrBitmap(row->rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	int			attno = -1;

	initStringInfo(json);
	while ((attno = bms_next_member(keys, attno)) >= 0)
	{
		AttrNumber	column = attno + FirstLowInvalidHeapAttributeNumber;
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(row->rel), column - 1);
		char	   *value;
		bool		isnull;
		Datum		datum = slot_getattr(row->new_row, column, &isnull);
		Oid			output;
		bool		varlena;

		getTypeOutputInfo(att->atttypid, &output, &varlena);
		value = isnull ? "" : OidOutputFunctionCall(output, datum);
		appendStringInfoString(json, json->len == 0 ? "{" : ", ");
		escape_json(json, NameStr(att->attname));
		appendStringInfoString(json, ": ");
		escape_json(json, value);
	}
	if (json->len == 0)
		return false;
	appendStringInfoChar(json, '}');
	return true;
}

static Datum
conflicting_ids(const GateRow *row, bool live)
{
	Datum	   *ids = palloc(sizeof(Datum) * Max(row->gate->rule_count, 1));
	int			count = 0;

	for (int i = 0; i < row->gate->rule_count; i++)
		if (row->gate->rules[i].conflicts && row->gate->rules[i].live == live)
			ids[count++] = Int32GetDatum(row->gate->rules[i].rule_id);
	return PointerGetDatum(construct_array(ids, count, INT4OID, 4, true, TYPALIGN_INT));
}

static bool
any_conflict(const GateRow *row, bool live)
{
	for (int i = 0; i < row->gate->rule_count; i++)
		if (row->gate->rules[i].conflicts && row->gate->rules[i].live == live)
			return true;
	return false;
}

/* Has somebody answered for all that speaks against the row? */
static bool
is_overridden(const GateRow *row)
{
	Oid			types[3] = {OIDOID, TEXTOID, INT4ARRAYOID};
	Datum		values[3] = {ObjectIdGetDatum(row->gate->watched), row->row_key, conflicting_ids(row, true)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.hold AS h WHERE h.relation = $1"
							   " AND h.row_key = $2::pg_catalog.jsonb AND h.state = 'overridden' AND h.rule_ids @> $3"
							   " AND (h.valid_until IS NULL OR h.valid_until > pulse.clock()) LIMIT 1",
							   SPI_OK_SELECT, 3, types, values, NULL) > 0;
}

/* ---- the row's state column ---- */

static AttrNumber
state_attribute(const GateRow *row)
{
	return get_attnum(RelationGetRelid(row->rel), row->gate->column);
}

static char *
state_of(const GateRow *row)
{
	return SPI_getvalue(row->tuple, RelationGetDescr(row->rel), state_attribute(row));
}

static HeapTuple
with_state(const GateRow *row, char *value)
{
	int			attribute = state_attribute(row);
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(row->rel), attribute - 1);
	Oid			input;
	Oid			parameter;
	bool		isnull = value == NULL;
	Datum		datum;

	getTypeInputInfo(att->atttypid, &input, &parameter);
	datum = isnull ? (Datum) 0 : OidInputFunctionCall(input, value, parameter, att->atttypmod);
	return heap_modify_tuple_by_cols(row->tuple, RelationGetDescr(row->rel), 1, &attribute, &datum, &isnull);
}

/* ---- firings ---- */

static const char *const firing_query =
"WITH wait AS ("
" INSERT INTO pulse_internal.wait (rule_id, key, opened_at, trigger_kind, trigger_event, trigger_recorded, anchor, next_step,"
"  first_due, previous_due, end_reason, ended_at)"
" SELECT $1, coalesce($2, ''), pulse.clock(), $3, 0, pulse.clock(), pulse.clock(), 1, pulse.clock(), pulse.clock(),"
"  CASE WHEN $6 = 0 THEN 'completed' END, CASE WHEN $6 = 0 THEN pulse.clock() END"
" RETURNING wait_id"
"), linked AS ("
" INSERT INTO pulse_internal.hold_wait (hold_id, wait_id, rule_id) SELECT $6, w.wait_id, $1 FROM wait AS w WHERE $6 <> 0"
"), counted AS ("
" INSERT INTO pulse_internal.rule_stat AS s (rule_id, events, waits, firings, last_event_at, last_firing_at)"
" VALUES ($1, 1, 1, 1, pulse.clock(), pulse.clock()) ON CONFLICT (rule_id) DO UPDATE SET events = s.events + 1,"
"  waits = s.waits + 1, firings = s.firings + 1, last_event_at = excluded.last_event_at, last_firing_at = excluded.last_firing_at"
") INSERT INTO pulse_internal.firing (rule_id, wait_id, key, key_name, step, due_at, swept_at, superseded, mode, trigger_kind,"
" trigger_event, trigger_recorded, evidence)"
" SELECT $1, w.wait_id, coalesce($2, ''), $4, 0, pulse.clock(), pulse.clock(), false, r.mode, $3, 0, pulse.clock(),"
"  pg_catalog.jsonb_build_object('rule', r.name, 'trigger', $5::pg_catalog.jsonb, 'anchor', pulse.clock(),"
"   'gate', CASE WHEN $6 = 0 THEN 'shadow' ELSE 'hold' END)"
" FROM wait AS w, pulse_internal.rule AS r WHERE r.rule_id = $1";

/* hold_id 0: it is only recorded. */
static void
write_firing(const GateRule *rule, int64 hold_id)
{
	Oid			types[6] = {INT4OID, TEXTOID, INT4OID, TEXTOID, TEXTOID, INT8OID};
	Datum		values[6] = {
		Int32GetDatum(rule->rule_id), rule->key == NULL ? (Datum) 0 : CStringGetTextDatum(rule->key),
		Int32GetDatum(rule->kind_id), CStringGetTextDatum(rule->key_name), CStringGetTextDatum(rule->facts),
		Int64GetDatum(hold_id)
	};

	(void) sp_execute_as_owner(firing_query, SPI_OK_INSERT, 6, types, values, rule->key == NULL ? " n    " : NULL);
}

static void
write_firings(const GateRow *row, bool live, int64 hold_id)
{
	for (int i = 0; i < row->gate->rule_count; i++)
		if (row->gate->rules[i].conflicts && row->gate->rules[i].live == live)
			write_firing(&row->gate->rules[i], hold_id);
}

/* ---- holds ---- */

static const GateRule *
first_conflict(const GateRow *row)
{
	for (int i = 0; i < row->gate->rule_count; i++)
		if (row->gate->rules[i].conflicts && row->gate->rules[i].live)
			return &row->gate->rules[i];
	return NULL;
}

static Datum
reasons_of(const GateRow *row)
{
	Datum	   *reasons = palloc(sizeof(Datum) * Max(row->gate->rule_count, 1));
	int			count = 0;

	for (int i = 0; i < row->gate->rule_count; i++)
		if (row->gate->rules[i].conflicts && row->gate->rules[i].live)
			reasons[count++] = CStringGetTextDatum(psprintf("%s: %s", row->gate->rules[i].name, row->gate->rules[i].sentence));
	return PointerGetDatum(construct_array(reasons, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* A new hold, or the one there is with what speaks against the row now. */
static int64
write_hold(const GateRow *row, char *wanted)
{
	const GateRule *first = first_conflict(row);
	Oid			types[11] = {OIDOID, TEXTOID, TEXTOID, TEXTOID, INT4ARRAYOID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, TEXTOID};
	Datum		values[11] = {
		ObjectIdGetDatum(row->gate->watched), row->row_key, CStringGetTextDatum(first->key_name),
		first->key == NULL ? (Datum) 0 : CStringGetTextDatum(first->key), conflicting_ids(row, true), reasons_of(row),
		row->gate->amount_column == NULL ? (Datum) 0 : CStringGetTextDatum(row->gate->amount_column),
		wanted == NULL ? (Datum) 0 : CStringGetTextDatum(wanted),
		CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false)), Int64GetDatum(row->hold_id),
		CStringGetTextDatum(first->facts)
	};
	char		nulls[12] = "           ";
	SpSpiScope	scope;
	int64		hold_id;
	bool		isnull;

	nulls[3] = first->key == NULL ? 'n' : ' ';
	nulls[6] = row->gate->amount_column == NULL ? 'n' : ' ';
	nulls[7] = wanted == NULL ? 'n' : ' ';
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("INSERT INTO pulse_internal.hold AS h (relation, row_key, key_name, key, rule_ids, reasons, amount,"
							  " previous_state, held_at, held_by)"
							  " VALUES ($1::pg_catalog.regclass, $2::pg_catalog.jsonb, $3, $4, $5, $6, $11::pg_catalog.jsonb ->> $7, $8, pulse.clock(), $9)"
							  " ON CONFLICT (relation, row_key) WHERE state = 'open' DO UPDATE"
							  " SET rule_ids = excluded.rule_ids, reasons = excluded.reasons, amount = excluded.amount,"
							  " previous_state = CASE WHEN $10 <> 0 THEN coalesce(excluded.previous_state, h.previous_state) ELSE excluded.previous_state END"
							  " RETURNING h.hold_id",
							  11, types, values, nulls, false, 0) != SPI_OK_INSERT_RETURNING)
		elog(ERROR, "could not write a hold");
	hold_id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	sp_spi_end(&scope);
	return hold_id;
}

static HeapTuple
hold_row(const GateRow *row)
{
	char	   *wanted = state_of(row);
	bool		is_held = wanted != NULL && strcmp(wanted, row->gate->held) == 0;
	int64		hold_id = write_hold(row, is_held ? NULL : wanted);

	if (row->hold_id == 0)
		write_firings(row, true, hold_id);
	return is_held ? row->tuple : with_state(row, pstrdup(row->gate->held));
}

/* Nothing speaks against the row any more, or somebody answers for it. */
static HeapTuple
release_row(const GateRow *row)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(row->hold_id)};
	char	   *now = state_of(row);

	(void) sp_execute_as_owner("SELECT pulse_internal.close_hold($1, 'released', 'nothing speaks against it any more', NULL)",
							   SPI_OK_SELECT, 1, types, values, NULL);
	return now != NULL && strcmp(now, row->gate->held) == 0 ? with_state(row, row->previous_state) : row->tuple;
}

/* The row as it is to be written. */
HeapTuple
sp_settle_holds(GateRow *row)
{
	write_firings(row, false, 0);
	if (row->gate->column == NULL)
		return row->tuple;
	if (any_conflict(row, true) && !is_overridden(row))
		return hold_row(row);
	return row->hold_id != 0 ? release_row(row) : row->tuple;
}

/* ---- what is known of the row before it is judged ---- */

static void
read_hold(GateRow *row)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[2] = {OIDOID, TEXTOID};
	Datum		values[2] = {ObjectIdGetDatum(row->gate->watched), row->row_key};
	SpSpiScope	scope;
	bool		isnull;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT h.hold_id, h.previous_state FROM pulse_internal.hold AS h"
							  " WHERE h.relation = $1 AND h.row_key = $2::pg_catalog.jsonb AND h.state = 'open'",
							  2, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read a hold");
	if (SPI_processed == 1)
	{
		MemoryContext spi = MemoryContextSwitchTo(caller);

		row->hold_id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		row->previous_state = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
		MemoryContextSwitchTo(spi);
	}
	sp_spi_end(&scope);
}

/* Its open hold; a row that is held is judged as what it wanted to be. */
void
sp_find_hold(GateRow *row)
{
	StringInfoData key;
	char	   *state;

	if (row->gate->column == NULL || !primary_key(row, &key))
		return;
	row->row_key = CStringGetTextDatum(key.data);
	if (row->old_row == NULL)
		return;
	read_hold(row);
	state = state_of(row);
	if (row->hold_id == 0 || state == NULL || strcmp(state, row->gate->held) != 0)
		return;
	row->new_row = MakeSingleTupleTableSlot(RelationGetDescr(row->rel), &TTSOpsHeapTuple);
	ExecStoreHeapTuple(with_state(row, row->previous_state), row->new_row, false);
}
