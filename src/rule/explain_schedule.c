/*
 * explain_schedule.c
 *	  explain_rule() of a rule that goes by the clock: its next instants.
 */
#include "rule/explain.h"

#include "lib/stringinfo.h"
#include "rule/lang_internal.h"
#include "rule/live.h"
#include "rule/shell.h"
#include "utils/builtins.h"

#define SHOWN	5

static const char *
sentence_of(Arena *arena, const ExplainFacts *facts, bool zh)
{
	return lang_print(arena, facts->rule, zh ? TONGUE_ZH : TONGUE_EN, facts->vocabulary);
}

/* In UTF-8; minute_text shows an instant in the business time zone. */
char *
sp_explain_schedule(const ExplainFacts *facts, Tongue tongue, Instant now,
					const char *(*minute_text) (Instant at))
{
	const Schedule *schedule = &facts->rule->schedule;
	ScheduleClock clock = sp_clock_of(facts->rule);
	bool		zh = tongue == TONGUE_ZH;
	Instant		at = now;
	Arena		arena;
	StringInfoData text;

	sp_arena_init(&arena, CurrentMemoryContext);
	initStringInfo(&text);
	if (facts->name != NULL)
		appendStringInfo(&text, zh ? "规则“%s”：%s" : "Rule \"%s\": %s", facts->name, sentence_of(&arena, facts, zh));
	else
		appendStringInfoString(&text, sentence_of(&arena, facts, zh));
	appendStringInfo(&text, zh ? "\n它按时执行，不需要事件；时刻以时区 %s 为准。" :
					 "\nIt goes by the clock and needs no event; its times are those of the zone %s.", facts->zone);
	if (schedule->working)
		appendStringInfo(&text, zh ? "\n工作日按日历“%s”计算。" : "\nWorking days are those of calendar \"%s\".",
						 facts->calendar);
	appendStringInfoString(&text, zh ? "\n停机之后只补一次。" :
						   "\nAfter an outage it comes once, for the last of the instants that were missed.");
	for (int i = 0; i < SHOWN; i++)
	{
		at = schedule_next(schedule, &clock, at);
		if (at == INSTANT_NONE)
			break;
		appendStringInfo(&text, i == 0 ? (zh ? "\n接下来：%s" : "\nNext: %s") : zh ? "；%s" : "; %s",
						 sp_to_utf8(minute_text(at)));
	}
	appendStringInfoString(&text, zh ? "。" : ".");
	return text.data;
}
