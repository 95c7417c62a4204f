/*
 * parse_clause.c
 *	  What a sentence says of all its times, in both tongues.
 *
 *	  USING CALENDAR "china": whose working days and hours are meant
 *	  FIRE PAST: what was due before the rule became active fires, too
 *	  使用日历“china”，含此前已到期的
 *
 * They stand where UNLESS rule IS OPEN may stand, in any order.
 */
#include "rule/lang_internal.h"

static bool
expect_calendar(Parser *p, Rule *rule)
{
	size_t		size;

	skip_space(p);
	rule->calendar_offset = offset_here(p);
	size = scan_string(p, p->at);
	if (size > 0)
		rule->calendar = string_content(p, p->at, size);
	if (size == 0 || rule->calendar[0] == '\0')
		return fail_expected(p, "the name of a calendar in quotes", "引号中的日历名称");
	p->at += size;
	return true;
}

/* True: one was here, or (see p->error) a mistake in one. */
bool
accept_clause(Parser *p, Rule *rule)
{
	size_t		start = p->at;

	(void) take_symbol(p, ",");
	if (rule->calendar == NULL && take_word(p, W_USING_CALENDAR))
		return expect_calendar(p, rule);
	if (!rule->fire_past && take_word(p, W_FIRE_PAST))
	{
		rule->fire_past = true;
		return true;
	}
	p->at = start;
	return false;
}

/* A gate answers its statement at once, and a schedule has no past. */
static bool
check_fire_past(Parser *p, const Rule *rule)
{
	if (!rule->fire_past || (rule->schedule.period == SCHEDULE_NONE && !lang_is_gate(rule)))
		return true;
	return fail_at(p, LANG_SYNTAX, 0,
				   lang_say(p, "there is no past to fire for here", "此处没有可补发的过去"),
				   lang_say(p, "A schedule begins when the rule is started, and a gate answers the statement that writes the row.",
							"定时规则从启动时开始，扣住和拒绝只针对正在写入的行。"),
				   lang_say(p, "Leave out FIRE PAST.", "请去掉“含此前已到期的”。"));
}

static unsigned
unit_of(Duration span)
{
	return span.count == 0 ? 0 : 1u << span.unit;
}

/* A streak counts days; only working days need to be told what they are. */
unsigned
lang_units(const Rule *rule)
{
	unsigned	used = unit_of(rule->streak) & 1u << UNIT_WORKING_DAY;

	used |= unit_of(rule->lead) | unit_of(rule->window) | unit_of(rule->cooldown);
	used |= unit_of(rule->earlier_within) | unit_of(rule->count_within) | unit_of(rule->lacking_within);
	for (int i = 0; i < rule->step_count; i++)
	{
		const RuleStep *step = &rule->steps[i];

		used |= unit_of(step->delay);
		for (int j = 0; j < step->action_count; j++)
			used |= unit_of(step->actions[j].due_in);
	}
	return used;
}

/* Does anything in the sentence go by working days or hours? */
bool
lang_counts_working_time(const Rule *rule)
{
	return (lang_units(rule) & WORKING_UNITS) != 0 ||
		(rule->schedule.period != SCHEDULE_NONE && rule->schedule.working);
}

static bool
check_calendar(Parser *p, const Rule *rule)
{
	if (rule->calendar == NULL || lang_counts_working_time(rule))
		return true;
	(void) fail_at(p, LANG_SYNTAX, 0,
				   lang_say(p, "the calendar is asked for nothing", "这句话用不到日历"),
				   lang_say(p, "Only working days and working hours go by a calendar.", "只有工作日和工作小时按日历计算。"),
				   lang_say(p, "Write working days, or leave out USING CALENDAR.", "请改用工作日，或去掉“使用日历”。"));
	p->error->offset = rule->calendar_offset;
	p->error->mendable = true;	/* by a later step */
	return false;
}

bool
check_clauses(Parser *p, const Rule *rule)
{
	return check_fire_past(p, rule) && check_calendar(p, rule);
}

void
print_clauses(Printer *pr, const Rule *rule)
{
	bool		chinese = pr->tongue == TONGUE_ZH;

	if (rule->calendar != NULL)
	{
		put_plain(pr, chinese ? "" : " ");
		put_word(pr, W_USING_CALENDAR);
		put_plain(pr, chinese ? "" : " ");
		put_text(pr, rule->calendar);
		put_plain(pr, chinese ? "，" : "");
	}
	if (rule->fire_past)
	{
		put_plain(pr, chinese ? "" : " ");
		put_word(pr, W_FIRE_PAST);
		put_plain(pr, chinese ? "，" : "");
	}
}
