/*
 * source.c
 *	  The rows whose health is kept, and the events of its changes: read and
 *	  written with the rights of the author, who is named in the catalog and
 *	  never by a caller.
 */
#include "base/base.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "health/health.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

typedef struct HealthSource
{
	char	   *model;
	Oid			relation;
	char	   *key_column;
	char	   *key_name;
	char	   *segment_column; /* or NULL */
	char	   *segments;		/* CASE arms, quoted; or empty */
	char	   *event;			/* or NULL */
	char	   *due_column;		/* or NULL */
	Oid			author;
} HealthSource;

static char *
spi_text(int column, MemoryContext context)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return value == NULL ? NULL : MemoryContextStrdup(context, value);
}

static Oid
spi_oid(int column)
{
	bool		isnull;

	return DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull));
}

static void
load_source(int32 source_id, HealthSource *source)
{
	static const char *const sql =
	"SELECT m.name, s.relation::oid, s.key_column, s.key_name, s.segment_column, s.event, s.author::oid,"
	" (SELECT string_agg(format(' WHEN %L THEN %L::text', g.segment, n.name), '' ORDER BY g.segment)"
	"  FROM pulse_internal.health_segment g JOIN pulse_internal.model n USING (model_id) WHERE g.source_id = s.source_id), s.due_column"
	" FROM pulse_internal.health_source s JOIN pulse_internal.model m USING (model_id) WHERE s.source_id = $1";
	MemoryContext context = CurrentMemoryContext;
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(source_id)};
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(sql, 1, types, values, NULL, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "stored health %d is unknown", source_id);
	source->model = spi_text(1, context);
	source->relation = spi_oid(2);
	source->key_column = spi_text(3, context);
	source->key_name = spi_text(4, context);
	source->segment_column = spi_text(5, context);
	source->event = spi_text(6, context);
	source->author = spi_oid(7);
	source->segments = spi_text(8, context);
	source->due_column = spi_text(9, context);
	sp_spi_end(&scope);
}

static Oid
key_type(const HealthSource *source)
{
	AttrNumber	column;

	if (get_rel_name(source->relation) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the relation of stored health is gone"),
				 errdetail("Health model \"%s\" was stored for the rows of relation %u.", source->model, source->relation),
				 errhint("Type SELECT pulse.forget_health('%s').", source->model)));
	column = get_attnum(source->relation, source->key_column);
	if (column == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("\"%s\" has no column \"%s\"", get_rel_name(source->relation), source->key_column),
				 errdetail("It is the key of the stored health of model \"%s\".", source->model),
				 errhint("Give the column its name back, or forget_health() and store_health() again.")));
	return get_atttype(source->relation, column);
}

/* what the row says of when it is due, beside what the model reads of it: see walk.c */
static const char *
due_input(const HealthSource *source)
{
	if (source->due_column == NULL)
		return "";
	return psprintf(" OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('" HEALTH_DUE_INPUT "',"
					" pg_catalog.timezone('UTC', (x.measures).%s))", quote_identifier(source->due_column));
}

/* (customer, model, inputs) of all rows, or of those whose keys are in $1 */
static char *
read_statement(const HealthSource *source, bool some)
{
	StringInfoData sql;
	Oid			type = key_type(source);
	const char *key = quote_identifier(source->key_column);
	char	   *model = psprintf("%s::pg_catalog.text", quote_literal_cstr(source->model));

	if (source->segment_column != NULL && source->segments != NULL)
		model = psprintf("CASE pg_catalog.format('%%s', \"pulse row\".%s)%s ELSE %s END",
						 quote_identifier(source->segment_column), source->segments, model);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT x.customer, x.model, pulse_internal.health_inputs(x.model, x.measures)%s FROM ("
					 "SELECT pg_catalog.format('%%s', \"pulse row\".%s) AS customer, %s AS model, \"pulse row\" AS measures FROM %s AS \"pulse row\"",
					 due_input(source), key, model, sp_relation_name(source->relation));
	if (some && type < FirstNormalObjectId)
		appendStringInfo(&sql, " JOIN pg_catalog.unnest($1::%s[]) AS k(\"pulse key\") ON \"pulse row\".%s = k.\"pulse key\"",
						 format_type_be_qualified(getBaseType(type)), key);
	appendStringInfo(&sql, " WHERE \"pulse row\".%s IS NOT NULL", key);
	if (some && type >= FirstNormalObjectId)
		appendStringInfo(&sql, " AND pg_catalog.format('%%s', \"pulse row\".%s) = ANY ($1)", key);
	/* one model after the other, so that each is read once */
	appendStringInfo(&sql, "%s) AS x", source->segments != NULL ? " ORDER BY 2 OFFSET 0" : "");
	return sql.data;
}

/* Straight into the result and to the end, so that workers may read large tables. */
static void
read_rows(const char *sql, ParamListInfo params, ReturnSetInfo *result)
{
	SPIExecuteOptions options = {.params = params,.read_only = true};

	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult, result->econtext->ecxt_per_query_memory, false, NULL, NULL);
	if (SPI_execute_extended(sql, &options) != SPI_OK_SELECT)
		elog(ERROR, "the rows of stored health were not read");
	options.dest->rDestroy(options.dest);
}

static ParamListInfo
text_array_param(Datum array)
{
	ParamListInfo params = makeParamList(1);

	params->params[0] = (ParamExternData)
	{
		array, false, PARAM_FLAG_CONST, TEXTARRAYOID
	};
	return params;
}

PG_FUNCTION_INFO_V1(sp_read_health_rows);

/* (source_id, customers text[] or NULL for all) -> (customer, model, inputs) */
Datum
sp_read_health_rows(PG_FUNCTION_ARGS)
{
	HealthSource source;
	SpSpiScope	scope;
	char	   *sql;
	bool		some = !PG_ARGISNULL(1);

	InitMaterializedSRF(fcinfo, 0);
	load_source(PG_GETARG_INT32(0), &source);
	sql = read_statement(&source, some);
	sp_spi_begin_as(&scope, source.author);
	read_rows(sql, some ? text_array_param(PG_GETARG_DATUM(1)) : NULL, (ReturnSetInfo *) fcinfo->resultinfo);
	sp_spi_end(&scope);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(sp_emit_health_changes);

/*
 * (source_id, at[], customer[], band[], old_band[], score[], old_score[],
 * cause[], next_change[]): one event each, where the source has an event
 */
Datum
sp_emit_health_changes(PG_FUNCTION_ARGS)
{
	Oid			types[8] = {TIMESTAMPTZARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID};
	Datum		values[8];
	HealthSource source;
	SpSpiScope	scope;
	char	   *sql;

	load_source(PG_GETARG_INT32(0), &source);
	if (source.event == NULL)
		PG_RETURN_VOID();
	for (int i = 0; i < 8; i++)
		values[i] = PG_GETARG_DATUM(i + 1);
	sql = psprintf("INSERT INTO %s (at, %s, model, band, old_band, score, old_score, cause, next_change)"
				   " SELECT c.at, c.customer, %s, c.band, c.old_band, c.score, c.old_score, c.cause, c.next_change"
				   " FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
				   " pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8))"
				   " AS c(at, customer, band, old_band, score, old_score, cause, next_change)",
				   sp_relation_name(sp_event_kind_by_name(source.event, false)->relid), quote_identifier(source.key_name),
				   quote_literal_cstr(source.model));
	sp_spi_begin_as(&scope, source.author);
	if (SPI_execute_with_args(sql, 8, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "changes of health could not be written");
	sp_spi_end(&scope);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_as_owner_source);
PG_FUNCTION_INFO_V1(sp_override_health);
PG_FUNCTION_INFO_V1(sp_end_override);
PG_FUNCTION_INFO_V1(sp_refresh_health);
PG_FUNCTION_INFO_V1(sp_rebuild_health);
PG_FUNCTION_INFO_V1(sp_delete_health_source);

/*
 * (model, relation, key_column, key_name, segment_column, segments, capture,
 * event, follows, due)
 */
Datum
sp_as_owner_source(PG_FUNCTION_ARGS)
{
	return sp_hand_on(fcinfo, "insert_health_source");
}

/* (model, customer, band, reason, until, score) */
Datum
sp_override_health(PG_FUNCTION_ARGS)
{
	return sp_hand_on(fcinfo, "insert_override");
}

/* (model, customer): whether there was one */
Datum
sp_end_override(PG_FUNCTION_ARGS)
{
	return sp_hand_on(fcinfo, "close_override");
}

/* (model, whole): rows that something was written for */
Datum
sp_refresh_health(PG_FUNCTION_ARGS)
{
	return sp_hand_on(fcinfo, "refresh_stored");
}

/* (model): rows that were mended */
Datum
sp_rebuild_health(PG_FUNCTION_ARGS)
{
	return sp_hand_on(fcinfo, "rebuild_stored");
}

/* (model): the relation, where no health of it is stored any more */
Datum
sp_delete_health_source(PG_FUNCTION_ARGS)
{
	return sp_hand_on(fcinfo, "delete_own_source");
}
