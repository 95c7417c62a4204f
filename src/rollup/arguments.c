/*
 * arguments.c
 *	  From the arguments of create_rollup() to a definition that can be kept.
 */
#include "base/base.h"
#include "rollup/arguments.h"

#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/varlena.h"

#define MAX_DIMENSIONS	8
#define MAX_NAME		(NAMEDATALEN - 1 - 7)	/* room for "_deltas" */

static void
reject(const char *argument, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unusable %s of a rollup", argument),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static char *
text_argument(FunctionCallInfo fcinfo, int n, const char *argument, const char *hint)
{
	if (PG_ARGISNULL(n) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(n)) == 0)
		reject(argument, "It is missing.", hint);
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static List *
array_argument(FunctionCallInfo fcinfo, int n, const char *argument)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *list = NIL;

	if (PG_ARGISNULL(n))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT,
					  &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			reject(argument, "There is a NULL in it.", "Leave it out.");
		list = lappend(list, TextDatumGetCString(values[i]));
	}
	return list;
}

static bool
list_has(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
		return true;
	return false;
}

/* "sum(column)", the column as an identifier; NULL when it is not of that form */
static char *
summed_column(const char *measure)
{
	char	   *text = pstrdup(measure);
	size_t		length = strlen(text);
	List	   *names;

	if (pg_strncasecmp(text, "sum(", 4) != 0 || text[length - 1] != ')')
		return NULL;
	text[		length - 1] = '\0';

	if (!SplitIdentifierString(text +4, ',', &names) || list_length(names) != 1)
		return NULL;
	return linitial(names);
}

static void
add_figure(RollupDef *def, RollupFigure *figure)
{
	ListCell   *lc;

	foreach(lc, def->figures)
		if (strcmp(sp_figure_name(lfirst(lc)), sp_figure_name(figure)) == 0)
		reject("measures", psprintf("\"%s\" stands there twice.", sp_figure_measure(figure)), "Leave one out.");
	def->figures = lappend(def->figures, figure);
}

static void
read_measures(RollupDef *def, List *measures)
{
	ListCell   *lc;

	if (measures == NIL)
		reject("measures", "There is none.", "Type '{count}' or '{count,sum(total)}'.");
	foreach(lc, measures)
	{
		const char *measure = lfirst(lc);
		char	   *column = summed_column(measure);
		RollupFigure *figure = column == NULL ? sp_read_figure(measure) : NULL;

		if (strcmp(measure, "count") == 0)
			def->counts = true;
		else if (figure != NULL)
			add_figure(def, figure);
		else if (column == NULL)
			reject("measures", psprintf("\"%s\" is no measure.", measure),
				   "Type 'count', 'sum(column)', 'min(column)', 'max(column)', 'distinct(column)', 'median(column)', 'quantile(column, 0.95)', 'approx_distinct(column)' or 'approx_quantile(column, 0.95)'; averages are sum / count of the rollup.");
		else if (list_has(def->sums, column))
			reject("measures", psprintf("\"%s\" stands there twice.", measure), "Leave one out.");
		else
			def->sums = lappend(def->sums, column);
	}
}

static void
check_dimensions(RollupDef *def)
{
	static const char *const taken[] = {"period", "currency", "count", "row_count"};
	List	   *seen = NIL;
	ListCell   *lc;

	if (list_length(def->dimensions) > MAX_DIMENSIONS)
		reject("dimensions", "There are more than eight.", "Name fewer columns.");
	foreach(lc, def->dimensions)
	{
		const char *name = lfirst(lc);

		if (list_has(seen, name))
			reject("dimensions", psprintf("\"%s\" stands there twice.", name), "Leave one out.");
		for (int i = 0; i < lengthof(taken); i++)
			if (strcmp(taken[i], name) == 0)
				reject("dimensions", psprintf("The rollup has a column \"%s\" of its own.", name),
					   "Add a generated column of another name to the source, and name that.");
		seen = lappend(seen, (char *) name);
	}
}

static void
refuse_source(Relation source, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("\"%s\" cannot be the source of a rollup", RelationGetRelationName(source)),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

void
sp_check_rollup_source(Relation source)
{
	char		kind = source->rd_rel->relkind;

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		refuse_source(source, "It is not a table.", "Name the table that the rows are written to.");
	if (source->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		refuse_source(source, "It is a temporary table.", "Name a table that stays.");
	if (source->rd_rel->relispartition)
		refuse_source(source, "It is a partition, and rows written through the partitioned table would not be seen.",
					  psprintf("Name the partitioned table, %s.",
							   get_rel_name(llast_oid(get_partition_ancestors(RelationGetRelid(source))))));
	if (kind == RELKIND_RELATION && (has_subclass(RelationGetRelid(source)) ||
									 has_superclass(RelationGetRelid(source))))
		refuse_source(source, "It is part of table inheritance.", "Use a partitioned table.");
	if (pg_class_aclcheck(RelationGetRelid(source), GetUserId(), ACL_TRIGGER) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(source));
}

/* The text that is kept: under any search_path it means what it means now. */
static char *
full_condition(const char *text, Relation source)
{
	Node	   *condition = sp_rollup_condition(text, source);
	List	   *context = deparse_context_for(RelationGetRelationName(source), RelationGetRelid(source));
	int			nestlevel = NewGUCNestLevel();
	char	   *full;

	RestrictSearchPath();
	full = deparse_expression(condition, context, false, false);
	AtEOXact_GUC(false, nestlevel);
	return full;
}

/* Name, grain, dimensions, measures: what a coarser rollup may choose, too. */
RollupDef *
sp_read_rollup_shape(FunctionCallInfo fcinfo)
{
	RollupDef  *def = palloc0(sizeof(RollupDef));

	def->name = text_argument(fcinfo, 0, "name", "Type the name of the view to make, such as 'daily_sales'.");
	if (strlen(def->name) > MAX_NAME)
		reject("name", "It is longer than 56 bytes.", "Type a shorter one.");
	def->time_column = text_argument(fcinfo, 2, "time_column", "Type the column that says when, such as 'created_at'.");
	def->grain = sp_grain(text_argument(fcinfo, 3, "grain", "Type 'day', 'week' or 'month'."));
	def->dimensions = array_argument(fcinfo, 4, "dimensions");
	check_dimensions(def);
	read_measures(def, array_argument(fcinfo, 5, "measures"));
	return def;
}

RollupDef *
sp_read_rollup_arguments(FunctionCallInfo fcinfo, Relation source)
{
	RollupDef  *def = sp_read_rollup_shape(fcinfo);

	def->relid = RelationGetRelid(source);
	if (!PG_ARGISNULL(6))
		def->condition = full_condition(text_to_cstring(PG_GETARG_TEXT_PP(6)), source);
	def->timezone = pstrdup(sp_setting("timezone"));
	return def;
}
