/*
 * explain_text.c
 *	  The sentences of pulse.explain_rule(), in English and Chinese.
 *
 * One function per sentence, both tongues side by side, so that they say the
 * same.  What is said in the words of the rule is printed by the printers of
 * the language.
 */
#include "rule/explain.h"

#include "lib/stringinfo.h"
#include "rule/lang_internal.h"

typedef struct Talk
{
	const ExplainFacts *facts;
	const Rule *rule;
	bool		zh;
	Arena		arena;
	StringInfoData text;
} Talk;

/* ---- words of the rule ---- */

static Printer
printer(Talk *talk)
{
	Printer		pr = {.out = {.arena = &talk->arena},.vocabulary = talk->facts->vocabulary};

	pr.tongue = talk->zh ? TONGUE_ZH : TONGUE_EN;
	return pr;
}

static const char *
event_words(Talk *talk, const RuleEvent *event)
{
	Printer		pr = printer(talk);

	if (talk->zh)
		print_event_zh(&pr, event);
	else
		print_event_en(&pr, event);
	return out_text(&pr);
}

static const char *
name_words(Talk *talk, LabelClass class, const char *scope, const char *name)
{
	Printer		pr = printer(talk);

	put_name(&pr, class, scope, name);
	return out_text(&pr);
}

static const char *
event_name(Talk *talk, const RuleEvent *event)
{
	return name_words(talk, LABEL_EVENT, NULL, event->event);
}

static const char *
span_words(Talk *talk, Duration span)
{
	Printer		pr = printer(talk);

	put_duration(&pr, span);
	return out_text(&pr);
}

static const char *
acts_words(Talk *talk, const RuleStep *step)
{
	Printer		pr = printer(talk);

	if (talk->zh)
		print_acts_zh(&pr, step);
	else
		print_acts_en(&pr, step);
	return out_text(&pr);
}

static const char *
sentence_words(Talk *talk)
{
	return lang_print(&talk->arena, talk->rule, talk->zh ? TONGUE_ZH : TONGUE_EN,
					  talk->facts->vocabulary);
}

static const char *
date_words(Talk *talk)
{
	return name_words(talk, LABEL_COLUMN, talk->rule->trigger.event, talk->rule->date_column);
}

static Remark
remark(Talk *talk)
{
	return (Remark)
	{
		talk->facts, talk->zh, &talk->arena, &talk->text
	};
}

#define SAY(talk, en, zh_text, ...) \
	appendStringInfo(&(talk)->text, (talk)->zh ? (zh_text) : (en), __VA_ARGS__)
#define SAY_PLAIN(talk, en, zh_text) \
	appendStringInfoString(&(talk)->text, (talk)->zh ? (zh_text) : (en))

/* ---- what it watches ---- */

/* customer WHERE grade is "A": what rules about members and states look at */
static const char *
subject_words(Talk *talk)
{
	const RuleEvent *subject = &talk->rule->trigger;
	Printer		pr = printer(talk);

	put_name(&pr, talk->rule->form == FORM_MEMBER ? LABEL_MEMBER : LABEL_RELATION, NULL, subject->event);
	if (subject->condition != NULL)
	{
		put_plain(&pr, talk->zh ? "（其" : " WHERE ");
		print_condition(&pr, subject->event, subject->condition);
		put_plain(&pr, talk->zh ? "）" : "");
	}
	return out_text(&pr);
}

static const char *
watched_words(Talk *talk)
{
	return talk->rule->form == FORM_EVENT ? event_words(talk, &talk->rule->trigger) : subject_words(talk);
}

static void
say_trigger(Talk *talk)
{
	const Rule *rule = talk->rule;

	if (rule->trigger.event == NULL)
		SAY(talk, "It says: %s", "规则：%s", sentence_words(talk));
	else if (talk->facts->name != NULL)
		SAY(talk, "Rule \"%s\" watches %s.", "规则“%s”关注：%s。", talk->facts->name,
			watched_words(talk));
	else
		SAY(talk, "The rule watches %s.", "规则关注：%s。", watched_words(talk));
}

static void
say_pattern(Talk *talk)
{
	const Rule *rule = talk->rule;

	if (rule->count != 0 && talk->zh)
		appendStringInfo(&talk->text, "\n每当%s内（含此刻）累计满%d次时算作一次起因。",
						 span_words(talk, rule->count_within), rule->count);
	else if (rule->count != 0)
		appendStringInfo(&talk->text, "\nIt counts when %d of them are within %s, the last one included.",
						 rule->count, span_words(talk, rule->count_within));
	if (rule->earlier.event != NULL)
		SAY(talk, "\nIt counts when it follows %s by less than %s.", "\n只有在%s之后不满%s时才算。",
			event_words(talk, &rule->earlier), span_words(talk, rule->earlier_within));
	if (rule->lacking.event != NULL)
		SAY(talk, "\nIt counts only if there was no %s in the %s before it.",
			"\n只有此前没有%s（时限：%s）时才算。",
			event_words(talk, &rule->lacking), span_words(talk, rule->lacking_within));
}

/* ---- when it fires ---- */

static void
say_date(Talk *talk)
{
	const Rule *rule = talk->rule;

	if (rule->lead.count == 0)
		SAY(talk, "\nThe window of %s counts from %s", "\n时限%s从%s算起",
			span_words(talk, rule->window), date_words(talk));
	else if (talk->zh)
		appendStringInfo(&talk->text, "\n在%s前%s触发", date_words(talk),
						 span_words(talk, rule->lead));
	else
		appendStringInfo(&talk->text, "\nIt fires %s before %s", span_words(talk, rule->lead),
						 date_words(talk));
	if (talk->facts->whole_day && rule->lead.count == 0)
		SAY_PLAIN(talk, "; a date stands for its whole day, so from the end of that day",
				  "；日期代表一整天，因此自当天结束时开始");
	else if (talk->facts->whole_day)
		SAY_PLAIN(talk, "; a date stands for its whole day, so before that day begins",
				  "；日期代表一整天，因此从当天开始时往前算");
	SAY_PLAIN(talk, ".", "。");
}

static void
say_absence(Talk *talk)
{
	const Rule *rule = talk->rule;
	const char *absent;

	if (rule->date_column != NULL)
		say_date(talk);
	if (rule->absent.event == NULL)
	{
		Remark		said = remark(talk);

		if (lang_is_gate(rule))
			sp_explain_gate(&said);
		else if (rule->date_column == NULL)
			SAY_PLAIN(talk, "\nIt fires at that instant.", "\n当即触发。");
		return;
	}
	absent = event_words(talk, &rule->absent);
	if (rule->date_column != NULL)
		SAY(talk, "\nIt fires if no %s came from the first event until then; at that very instant is too late.",
			"\n自起因起至此刻前没有%s则触发；恰在此刻发生的已来不及。", absent);
	else
		SAY(talk, "\nIt fires %s after the event if no %s came before then; at that very instant is too late.",
			"\n事件发生%s后，若此前没有%s则触发；恰在此刻发生的已来不及。",
			span_words(talk, rule->window), absent);
}

/* ---- members and states ---- */

static void
say_member(Talk *talk)
{
	const char *absent = event_words(talk, &talk->rule->absent);

	SAY(talk, "\nEach of them has one wait, which counts from the last %s, or, without one, from since when he is one.",
		"\n每个对象有一次等待，从最后一次%s算起；没有的从成为对象时算起。", absent);
	SAY(talk, "\nIt fires %s after that if no %s came before then; who becomes one when he is overdue already is told of then.",
		"\n此后%s，若其间没有%s则触发；后来成为对象时已超时的立即触发。", span_words(talk, talk->rule->window), absent);
	SAY(talk, "\nWho they are is looked up every %s.", "\n每隔%s核对一次有哪些对象。", sp_setting("member_interval"));
}

static void
say_state(Talk *talk)
{
	Remark		said = remark(talk);
	const char *keys = sp_explain_keys(&said);

	if (talk->rule->streak.count != 0)
	{
		sp_explain_streak(&said);
		return;
	}
	if (talk->rule->window.count != 0)
		SAY(talk, "\nIt fires when that has held for %s, once for each %s and time that it holds.",
			"\n持续成立满%s时触发，同一%s每次成立只触发一次。", span_words(talk, talk->rule->window), keys);
	else
		SAY(talk, "\nIt fires when that begins to hold, once for each %s and time that it holds.",
			"\n开始成立时触发，同一%s每次成立只触发一次。", keys);
	SAY(talk, "\nIt is looked at every %s.", "\n每隔%s查看一次。", sp_explain_setting(&said, "state_interval"));
}

static void
say_form(Talk *talk)
{
	Remark		said = remark(talk);

	if (talk->rule->form == FORM_MEMBER)
		say_member(talk);
	else if (talk->rule->form == FORM_STATE)
		say_state(talk);
	else
	{
		say_pattern(talk);
		sp_explain_key(&said);
		say_absence(talk);
	}
	sp_explain_silence(&said);
}

static void
say_cleared(Talk *talk)
{
	Printer		pr = printer(talk);

	if (talk->rule->streak.count != 0)
		SAY_PLAIN(talk, "\nIt ends with the first day that does not fit.", "\n到第一个不符合的日子结束。");
	else if (talk->rule->cleared.event == NULL)
		SAY_PLAIN(talk, "\nIt ends when that holds no more.", "\n不再成立即告结束。");
	else
	{
		print_condition(&pr, talk->rule->cleared.event, talk->rule->cleared.condition);
		SAY(talk, "\nIt ends when %s.", "\n%s时结束。", out_text(&pr));
	}
}

/* ---- what the units mean ---- */

static void
say_units(Talk *talk)
{
	unsigned	used = lang_units(talk->rule);
	unsigned	wall = 1u << UNIT_DAY | 1u << UNIT_WEEK | 1u << UNIT_MONTH;

	if (used & (1u << UNIT_MINUTE | 1u << UNIT_HOUR))
		SAY_PLAIN(talk, "\nMinutes and hours are elapsed time.", "\n分钟、小时按实际经过的时间计算。");
	if (used & wall)
		SAY(talk, "\nDays, weeks and months keep the time of day in %s.",
			"\n天、周、月保持钟点不变（时区 %s）。", talk->facts->zone);
	if (used & 1u << UNIT_CALENDAR_DAY)
		SAY(talk, "\nCalendar days end when the last of them ends in %s.",
			"\n自然日到最后一天结束时为止（时区 %s）。", talk->facts->zone);
	if (used & 1u << UNIT_WORKING_DAY)
		SAY(talk, "\nWorking days are those of calendar \"%s\" and end when the last of them ends.",
			"\n工作日按日历“%s”计算，到最后一个工作日结束时为止。", talk->facts->calendar);
	if (used & 1u << UNIT_WORKING_HOUR)
		SAY(talk, "\nWorking hours pass only within the hours of calendar \"%s\".",
			"\n工作小时只在日历“%s”的工作时段内累计。", talk->facts->calendar);
}

/* ---- the ladder ---- */

static void
say_when(Talk *talk, const RuleStep *step)
{
	const char *span = step->delay.count == 0 ? "" : span_words(talk, step->delay);

	switch (step->timing)
	{
		case STEP_AT_ONCE:
			SAY_PLAIN(talk, "when it fires", "触发时");
			break;
		case STEP_AFTER_FIRST:
			SAY(talk, "%s after the first firing", "首次触发%s后", span);
			break;
		case STEP_AFTER_PREVIOUS:
			SAY(talk, "%s after the step before", "上一步%s后", span);
			break;
		case STEP_EVERY:
			SAY(talk, "every %s", "每%s", span);
			if (step->at_most > 0)
				SAY(talk, ", at most %d times", "，最多%d次", step->at_most);
			break;
	}
}

static void
say_guard(Talk *talk, const RuleStep *step)
{
	switch (step->guard)
	{
		case GUARD_UNLESS_ACKNOWLEDGED:
			SAY_PLAIN(talk, ", unless its case is acknowledged by then", "，届时事项未被确认的");
			break;
		case GUARD_UNLESS_DONE:
			SAY_PLAIN(talk, ", unless its tasks are done by then", "，届时任务未完成的");
			break;
		case GUARD_WHEN_DELIVERED:
			SAY_PLAIN(talk, ", if an earlier message has been delivered by then", "，届时此前的消息已送达的");
			break;
		case GUARD_NONE:
			break;
	}
}

static void
say_steps(Talk *talk)
{
	for (int i = 0; i < talk->rule->step_count; i++)
	{
		const RuleStep *step = &talk->rule->steps[i];

		SAY(talk, "\nStep %d, ", "\n第%d步，", i + 1);
		say_when(talk, step);
		say_guard(talk, step);
		SAY(talk, ": %s.", "：%s。", acts_words(talk, step));
	}
}

static void
say_end(Talk *talk)
{
	const Rule *rule = talk->rule;
	const RuleEvent *end = rule->until.event != NULL ? &rule->until : &rule->absent;
	Remark		said = remark(talk);

	if (rule->form == FORM_STATE)
		say_cleared(talk);
	else if (end->event == NULL)
		sp_explain_end(&said);
	else
		SAY(talk, "\nIt ends with %s.", "\n%s发生即告结束。", event_words(talk, end));
}

/* ---- the example ---- */

/* what the timeline begins with */
static const char *
opening_words(Talk *talk)
{
	if (talk->rule->form == FORM_MEMBER)
		return event_name(talk, &talk->rule->absent);
	if (talk->rule->form == FORM_STATE && talk->rule->streak.count != 0)
		return talk->zh ? "连续的最后一天结束" : "the last day in a row is over";
	if (talk->rule->form == FORM_STATE)
		return talk->zh ? "开始成立" : "it begins to hold";
	return event_name(talk, &talk->rule->trigger);
}

static void
say_opened(Talk *talk)
{
	const ExplainFacts *facts = talk->facts;
	const char *event = opening_words(talk);

	SAY(talk, "\nExample, times of %s:", "\n举例（时区 %s）：", facts->zone);
	SAY(talk, "\n  %s  %s", "\n  %s  %s", facts->opened, event);
	if (facts->date != NULL)
		SAY(talk, ", %s %s", "，%s %s", date_words(talk), facts->date);
	if (facts->date != NULL && talk->rule->lead.count == 0)
		SAY(talk, "\n  %s  the window begins", "\n  %s  时限开始", facts->anchor);
}

static void
say_timeline(Talk *talk)
{
	const ExplainFacts *facts = talk->facts;
	Remark		said = remark(talk);

	if (facts->opened == NULL)
		return;
	say_opened(talk);
	for (int i = 0; i < facts->step_count; i++)
	{
		const ExplainedStep *shown = &facts->steps[i];

		SAY(talk, "\n  %s  step %d", "\n  %s  第%d步", shown->at, shown->step + 1);
		if (shown->repetition > 0)
			SAY(talk, ", repetition %d", "的第%d次", shown->repetition);
		SAY(talk, ": %s", "：%s", acts_words(talk, &talk->rule->steps[shown->step]));
	}
	if (facts->goes_on)
		SAY_PLAIN(talk, "\n  and so on", "\n  以此类推");
	if (talk->rule->absent.event != NULL && facts->step_count > 0)
		SAY(talk, "\n  %s before %s: nothing fires", "\n  %s发生在 %s 之前：不触发",
			event_name(talk, &talk->rule->absent), facts->steps[0].at);
	sp_explain_example(&said);
}

char *
sp_explain_text(const ExplainFacts *facts, Tongue tongue)
{
	Talk		talk = {.facts = facts,.rule = facts->rule,.zh = tongue == TONGUE_ZH};

	sp_arena_init(&talk.arena, CurrentMemoryContext);
	initStringInfo(&talk.text);
	say_trigger(&talk);
	if (talk.rule->trigger.event == NULL)
		return talk.text.data;
	say_form(&talk);
	appendStringInfoString(&talk.text, sp_explain_past(talk.rule, tongue));
	say_units(&talk);
	say_steps(&talk);
	say_end(&talk);
	say_timeline(&talk);
	return talk.text.data;
}
