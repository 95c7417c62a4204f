/*
 * bind.c
 *	  A rollup's definition bound to the columns of a table.
 *
 * Invariant: what binds can be kept exactly.  Each measure is a sum in which
 * what was added can be taken away again, and a row always falls into the same
 * cell: the condition is immutable, the keys have equality.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static Form_pg_attribute
find_column(Relation source, const char *column)
{
	TupleDesc	desc = RelationGetDescr(source);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), column) == 0)
			return att;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of \"%s\" does not exist", column, RelationGetRelationName(source)),
			 errdetail("A rollup names columns of its source."),
			 errhint("Type the name as \\d %s shows it.", RelationGetRelationName(source))));
	return NULL;
}

static Oid
amount_type(void)
{
	Oid			schema = get_namespace_oid("pulse", true);

	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   PointerGetDatum("amount"), ObjectIdGetDatum(schema));
}

static void
bind_time(RollupPlan *plan, Relation source)
{
	Form_pg_attribute att = find_column(source, plan->def->time_column);

	plan->time_attno = att->attnum;
	plan->time_type = getBaseType(att->atttypid);
	if (plan->time_type != DATEOID && plan->time_type != TIMESTAMPOID &&
		plan->time_type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("time column \"%s\" is of type %s", plan->def->time_column,
						format_type_be(att->atttypid)),
				 errdetail("A period is taken from a date, a timestamp or a timestamptz."),
				 errhint("Name a column of one of these types.")));
	plan->zone = pg_tzset(plan->def->timezone);
	if (plan->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is not known to this server", plan->def->timezone),
				 errdetail("The rollup's days are in that zone."),
				 errhint("Set another with pulse.set_setting('timezone', ...), then call pulse.rebuild_rollup().")));
}

static void
bind_dimension(RollupDimension *dimension, Relation source, const char *column)
{
	Form_pg_attribute att = find_column(source, column);
	TypeCacheEntry *type = lookup_type_cache(att->atttypid,
											 TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);

	if (!OidIsValid(type->hash_proc) || !OidIsValid(type->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" cannot be a dimension", column),
				 errdetail("Type %s has no hash function to find equal values by.",
						   format_type_be(att->atttypid)),
				 errhint("Name another column, or add a generated column of type text.")));
	dimension->attno = att->attnum;
	dimension->type = att->atttypid;
	dimension->collation = att->attcollation;
	dimension->typlen = att->attlen;
	dimension->typbyval = att->attbyval;
	dimension->hash = &type->hash_proc_finfo;
	dimension->equal = &type->eq_opr_finfo;
}

static void
refuse_sum(Form_pg_attribute att)
{
	bool		is_float = att->atttypid == FLOAT4OID || att->atttypid == FLOAT8OID;

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("sum of column \"%s\" of type %s cannot be kept exactly",
					NameStr(att->attname), format_type_be(att->atttypid)),
			 is_float ? errdetail("Adding a binary fraction and taking it away again does not give the same sum.") :
			 errdetail("Exact sums are of smallint, integer, bigint, numeric and pulse.amount."),
			 is_float ? errhint("Sum a cast of it: ALTER TABLE ... ADD COLUMN exact numeric GENERATED ALWAYS AS (%s::numeric) STORED.",
								quote_identifier(NameStr(att->attname))) :
			 errhint("Sum a column of one of these types.")));
}

static void
bind_sum(RollupPlan *plan, RollupSum *sum, Relation source, const char *column)
{
	Form_pg_attribute att = find_column(source, column);
	Oid			type = getBaseType(att->atttypid);

	sum->attno = att->attnum;
	if (type == INT2OID)
		sum->kind = SUM_INT2;
	else if (type == INT4OID)
		sum->kind = SUM_INT4;
	else if (type == INT8OID)
		sum->kind = SUM_INT8;
	else if (type == NUMERICOID)
		sum->kind = SUM_NUMERIC;
	else if (OidIsValid(type) && type == amount_type())
		sum->kind = SUM_AMOUNT;
	else
		refuse_sum(att);
	if (sum->kind != SUM_AMOUNT)
		return;
	if (plan->amount_attno != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a rollup sums one amount column only"),
				 errdetail("The currency of the amount is a key of the cells, and two amounts of a row may have two."),
				 errhint("Make one rollup per amount column.")));
	plan->amount_attno = att->attnum;
}

/* The currency of an amount must be that of the cell. */
static void
bind_figure(RollupPlan *plan, RollupFigure *figure, Relation source)
{
	Form_pg_attribute att = find_column(source, figure->column);

	figure->amount = OidIsValid(amount_type()) && getBaseType(att->atttypid) == amount_type();
	if (sp_is_sketch(figure))
		sp_bind_sketch(figure, att);
	if (!figure->amount || figure->kind == FIGURE_DISTINCT || figure->kind == FIGURE_APPROX_DISTINCT ||
		(figure->fraction == NULL && plan->amount_attno == att->attnum))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("measure %s cannot be kept", sp_figure_measure(figure)),
			 errdetail("The smallest and the largest amount are those of a cell of one currency, which needs the sum of the same column; quantiles are of plain numbers."),
			 errhint("Add 'sum(%s)' to the measures, or add a generated column of pulse.to_numeric(%s).",
					 quote_identifier(figure->column), quote_identifier(figure->column))));
}

/* The type that min() of such a column has; invalid: we do not merge it. */
static Oid
merged_type(Oid type)
{
	switch (getBaseType(type))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TEXTOID:
			return getBaseType(type);
		case VARCHAROID:
			return TEXTOID;
	}
	return getBaseType(type) == amount_type() ? amount_type() : InvalidOid;
}

bool
sp_can_merge(RollupDef *def, Relation source)
{
	ListCell   *lc;

	foreach(lc, def->figures)
	{
		RollupFigure *figure = lfirst(lc);

		if ((figure->kind != FIGURE_MIN && figure->kind != FIGURE_MAX) ||
			!OidIsValid(merged_type(find_column(source, figure->column)->atttypid)))
			return false;
	}
	return def->figures != NIL;
}

bool
sp_merges(RollupDef *def)
{
	return OidIsValid(def->deltas) && get_attnum(def->deltas, "pulse_redo") != InvalidAttrNumber;
}

/* att: of the source, or of the deltas */
void
sp_bind_extreme(RollupExtreme *extreme, const RollupFigure *figure, Form_pg_attribute att)
{
	TypeCacheEntry *type;

	extreme->attno = att->attnum;
	extreme->type = merged_type(att->atttypid);
	if (!OidIsValid(extreme->type))
		elog(ERROR, "column \"%s\" cannot be merged", NameStr(att->attname));
	type = lookup_type_cache(extreme->type, TYPECACHE_CMP_PROC_FINFO);
	extreme->collation = att->attcollation;
	extreme->typlen = type->typlen;
	extreme->typbyval = type->typbyval;
	extreme->largest = figure->kind == FIGURE_MAX;
	extreme->compare = &type->cmp_proc_finfo;
}

/* Positions of errors are in the condition, not in the statement that gave it. */
static void
point_into_condition(void *query)
{
	int			position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(query);
}

static SelectStmt *
parse_condition(const char *text, const char *query)
{
	List	   *parsed = raw_parser(query, RAW_PARSE_DEFAULT);
	Node	   *statement = list_length(parsed) == 1 ? linitial_node(RawStmt, parsed)->stmt : NULL;
	SelectStmt *select = statement != NULL && IsA(statement, SelectStmt) ?
	(SelectStmt *) statement : NULL;

	if (select == NULL || select->op != SETOP_NONE || list_length(select->targetList) != 1 ||
		select->fromClause != NIL || select->whereClause != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("condition is not one expression: %s", text),
				 errdetail("It chooses rows of the source, as WHERE does."),
				 errhint("Type it as 'NOT draft AND total > 0'.")));
	return select;
}

/*
 * The condition as an expression over a row of source.  Names are looked up in
 * the search_path in force: the caller's when a rollup is made, the pinned one
 * for the stored text, which has all its names written in full.
 */
Node *
sp_rollup_condition(const char *text, Relation source)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item = addRangeTableEntryForRelation(pstate, source, AccessShareLock,
															 NULL, false, true);
	char	   *query = psprintf("SELECT (%s)", text);
	ErrorContextCallback callback = {error_context_stack, point_into_condition, query};
	SelectStmt *select;
	Node	   *condition;

	error_context_stack = &callback;
	select = parse_condition(text, query);
	pstate->p_sourcetext = query;
	addNSItemToQuery(pstate, item, false, true, true);
	condition = transformExpr(pstate, linitial_node(ResTarget, select->targetList)->val,
							  EXPR_KIND_CHECK_CONSTRAINT);
	condition = coerce_to_boolean(pstate, condition, "condition");
	assign_expr_collations(pstate, condition);
	sp_check_expression(condition);
	error_context_stack = callback.previous;
	if (contain_mutable_functions(condition))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("condition is not immutable: %s", text),
				 errdetail("A row must be taken out of the cell that it was put into, whenever that is and whoever does it."),
				 errhint("Use columns, constants and immutable functions; put what depends on the clock into the query over the rollup.")));
	free_parsestate(pstate);
	return condition;
}

RollupPlan *
sp_bind_rollup(RollupDef *def, Relation source)
{
	RollupPlan *plan = palloc0(sizeof(RollupPlan));
	ListCell   *lc;

	plan->def = def;
	bind_time(plan, source);
	plan->dimensions = palloc0(sizeof(RollupDimension) * Max(list_length(def->dimensions), 1));
	foreach(lc, def->dimensions)
		bind_dimension(&plan->dimensions[plan->dimension_count++], source, lfirst(lc));
	plan->sums = palloc0(sizeof(RollupSum) * Max(list_length(def->sums), 1));
	foreach(lc, def->sums)
		bind_sum(plan, &plan->sums[plan->sum_count++], source, lfirst(lc));
	foreach(lc, def->figures)
		bind_figure(plan, lfirst(lc), source);
	if (sp_merges(def))
	{
		plan->extremes = palloc0(sizeof(RollupExtreme) * list_length(def->figures));
		foreach(lc, def->figures)
			sp_bind_extreme(&plan->extremes[plan->extreme_count++], lfirst(lc),
							find_column(source, ((RollupFigure *) lfirst(lc))->column));
	}
	if (def->condition != NULL)
		plan->condition = (Node *) expression_planner((Expr *) sp_rollup_condition(def->condition, source));
	return plan;
}
