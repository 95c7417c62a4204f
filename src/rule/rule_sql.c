/*
 * rule_sql.c
 *	  pulse.rule_sql(): the statement by which a rule reads.
 */
#include "rule/backtest.h"

#include "executor/spi.h"
#include "utils/builtins.h"

static char *
statement_of(const BoundRule *rule)
{
	StringInfoData sql;

	initStringInfo(&sql);
	if (rule->rule->form == FORM_MEMBER)
	{
		sp_append_members(&sql, rule);
		return sql.data;
	}
	if (rule->rule->form == FORM_STATE)
		return rule->rule->streak.count != 0 ? sp_streak_query(rule) : sp_state_query(rule);
	for (int i = 0; i < rule->source_count; i++)
	{
		appendStringInfoString(&sql, i > 0 ? "\nUNION ALL " : "");
		sp_source_query(&sql, rule, &rule->sources[i], "");
	}
	return sql.data;
}

PG_FUNCTION_INFO_V1(sp_rule_sql);

Datum
sp_rule_sql(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	BoundRule	rule;
	SpSpiScope	scope;
	Arena		arena;
	char	   *sql;

	sp_arena_init(&arena, CurrentMemoryContext);
	sp_spi_begin_as(&scope, sp_owner_role());
	sp_find_rule(text_to_cstring(PG_GETARG_TEXT_PP(0)), &rule);
	sp_bind_rule(&arena, &rule);
	sql = MemoryContextStrdup(context, statement_of(&rule));
	sp_spi_end(&scope);
	PG_RETURN_TEXT_P(cstring_to_text(sql));
}
