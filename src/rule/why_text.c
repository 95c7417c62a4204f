/*
 * why_text.c
 *	  The sentences of pulse.why(), in English and Chinese.
 *
 * One function per sentence, both tongues side by side, so that they say the
 * same.
 */
#include "rule/shell.h"
#include "rule/why.h"

#include "lib/stringinfo.h"

static const char *const unit_names_en[] = {
	"minute", "hour", "day", "week", "month", "calendar day", "working day", "working hour"
};
static const char *const unit_names_zh[] = {
	"分钟", "小时", "天", "周", "个月", "个自然日", "个工作日", "个工作小时"
};

/* What people call it: the label, or the name itself. */
static const char *
called(const WhyFacts *facts, Tongue tongue, LabelClass class, const char *scope,
	   const char *name)
{
	const Vocabulary *vocabulary = facts->vocabulary;
	const char *label = vocabulary == NULL || name == NULL ? NULL
	: vocabulary->label(vocabulary->context, tongue, class, scope, name);

	return label != NULL ? label : name;
}

static void
append_duration(StringInfo text, Duration span, Tongue tongue)
{
	if (tongue == TONGUE_ZH)
		appendStringInfo(text, INT64_FORMAT "%s", (int64) span.count, unit_names_zh[span.unit]);
	else
		appendStringInfo(text, INT64_FORMAT " %s%s", (int64) span.count,
						 unit_names_en[span.unit], span.count == 1 ? "" : "s");
}

static void
say_what(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	int			count = facts->rule != NULL ? facts->rule->step_count : facts->step + 1;
	const char *key_name = called(facts, tongue, LABEL_KEY, NULL, facts->key_name);

	char	   *time = "";

	if (facts->repetition > 0)
		time = psprintf(tongue == TONGUE_ZH ? "的第%d次" : ", repetition %d,", facts->repetition);
	if (tongue == TONGUE_ZH)
		appendStringInfo(text, "规则“%s”对%s %s 触发了第%d步%s（共%d步）。", facts->rule_name,
						 key_name, facts->key, facts->step + 1, time, count);
	else
		appendStringInfo(text, "Rule \"%s\" fired step %d of %d%s for %s %s.", facts->rule_name,
						 facts->step + 1, count, time, key_name, facts->key);
}

/* (grade A, city Suzhou). */
static void
say_columns(StringInfo text, const WhyFacts *facts, Tongue tongue, const char *scope)
{
	bool		zh = tongue == TONGUE_ZH;
	bool		any = facts->column_count > 0;

	for (int i = 0; i < facts->column_count; i++)
		appendStringInfo(text, zh ? "%s%s：%s" : "%s%s %s",
						 i > 0 ? (zh ? "，" : ", ") : (zh ? "（" : " ("),
						 called(facts, tongue, LABEL_COLUMN, scope, facts->columns[2 * i]),
						 facts->columns[2 * i + 1]);
	appendStringInfoString(text, any ? (zh ? "）。" : ").") : (zh ? "。" : "."));
}

/* Of rules about members and states: the row that the sweep found. */
static void
say_subject(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;
	const Rule *rule = facts->rule;
	bool		member = rule->form == FORM_MEMBER;
	const char *name = called(facts, tongue, member ? LABEL_MEMBER : LABEL_RELATION, NULL,
							  rule->trigger.event);

	if (member)
		appendStringInfo(text, zh ? "\n%s %s 当时" : "\nThis is what %s %s was like", name, facts->key);
	else
		appendStringInfo(text, zh ? "\n%s当时" : "\nThis is what was found in %s", name);
	say_columns(text, facts, tongue, rule->trigger.event);
	if (rule->streak.count != 0)
	{
		appendStringInfoString(text, zh ? "\n已连续" : "\nThat had been so for ");
		append_duration(text, rule->streak, tongue);
		appendStringInfo(text, zh ? "如此，至 %s 满。" : " in a row by %s.", facts->anchor);
	}
	else if (!member)
		appendStringInfo(text, zh ? "\n自 %s 起如此。" : "\nIt has been so since %s.", facts->anchor);
}

static void
say_trigger(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;

	if (facts->rule != NULL && facts->rule->form != FORM_EVENT)
	{
		say_subject(text, facts, tongue);
		return;
	}
	if (facts->missed != NULL)
	{
		appendStringInfo(text, zh ? "\n规则按时执行，时刻为 %s。" : "\nIt goes by the clock; its time was %s.", facts->due_at);
		if (strcmp(facts->missed, "0") != 0)
			appendStringInfo(text, zh ? "\n此前有%s次因停机而错过，只补这一次。" :
							 "\nIt stands for %s earlier ones, which an outage had missed.", facts->missed);
		return;
	}
	if (facts->trigger_at == NULL)
	{
		appendStringInfoString(text, zh ? "\n起因事件的记录已不存在。"
							   : "\nThe row of the event behind it is gone.");
		return;
	}
	appendStringInfo(text, zh ? "\n起因：%s 发生于 %s" : "\nIt began with %s at %s",
					 called(facts, tongue, LABEL_EVENT, NULL, facts->trigger_event),
					 facts->trigger_at);
	say_columns(text, facts, tongue, facts->trigger_event);
}

static void
say_window(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;

	if (facts->window_event == NULL)
		return;
	if (facts->rule != NULL && facts->rule->lead.count == 0)
	{
		appendStringInfoString(text, zh ? "\n时限为" : "\nThe window of ");
		append_duration(text, facts->rule->window, tongue);
		if (facts->rule->date_column != NULL)
			appendStringInfo(text, zh ? "，从%s之后算起" : " after %s",
							 called(facts, tongue, LABEL_COLUMN, facts->trigger_event,
									facts->rule->date_column));
		appendStringInfo(text, zh ? "，自 %s 起，至 %s 止。" : " began %s and ended %s.",
						 facts->anchor, facts->window_until);
	}
	appendStringInfo(text, zh ? "\n自 %s 至 %s 之前未发现%s。"
					 : "\nFrom %s until before %s no %s was found.",
					 facts->window_since, facts->window_until,
					 called(facts, tongue, LABEL_EVENT, NULL, facts->window_event));
}

/* 60 days before a date. */
static void
say_lead(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;
	const char *column;

	if (facts->rule == NULL || facts->rule->lead.count == 0)
		return;
	column = called(facts, tongue, LABEL_COLUMN, facts->trigger_event, facts->rule->date_column);
	appendStringInfoString(text, zh ? "\n规则在" : "\nThe rule comes ");
	if (zh)
		appendStringInfo(text, "%s前", column);
	append_duration(text, facts->rule->lead, tongue);
	if (zh)
		appendStringInfo(text, "触发，即 %s 之前。", facts->anchor);
	else
		appendStringInfo(text, " before %s, that is before %s.", column, facts->anchor);
}

/* What came before the trigger, or did not. */
static void
say_pattern(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;
	const Rule *rule = facts->rule;

	if (rule != NULL && rule->count != 0)
	{
		appendStringInfoString(text, zh ? "\n至此" : "\nThat made it ");
		if (!zh)
			appendStringInfo(text, "%d within ", rule->count);
		append_duration(text, rule->count_within, tongue);
		appendStringInfo(text, zh ? "内发生满%d次。" : ".", rule->count);
	}
	if (rule != NULL && rule->earlier.event != NULL)
	{
		appendStringInfo(text, zh ? "\n它发生在%s之后" : "\nIt followed %s within ",
						 called(facts, tongue, LABEL_EVENT, NULL, rule->earlier.event));
		append_duration(text, rule->earlier_within, tongue);
		appendStringInfoString(text, zh ? "内。" : ".");
	}
	if (rule != NULL && rule->lacking.event != NULL)
	{
		if (!zh)
			appendStringInfo(text, "\nNo %s was found in the ",
							 called(facts, tongue, LABEL_EVENT, NULL, rule->lacking.event));
		else
			appendStringInfoString(text, "\n此前");
		append_duration(text, rule->lacking_within, tongue);
		appendStringInfo(text, zh ? "内未发现%s。" : " before it.",
						 called(facts, tongue, LABEL_EVENT, NULL, rule->lacking.event));
	}
}

/* Later steps: what would have ended the wait did not come. */
static void
say_silence(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	const char *event;

	if ((facts->step == 0 && facts->repetition < 2) || facts->rule == NULL)
		return;
	event = facts->rule->until.event != NULL ? facts->rule->until.event
		: facts->rule->absent.event;
	if (event == NULL)
		return;
	event = called(facts, tongue, LABEL_EVENT, NULL, event);
	if (tongue == TONGUE_ZH)
		appendStringInfo(text, "\n直到 %s 本步骤到期，仍未发现%s。", facts->due_at, event);
	else
		appendStringInfo(text, "\nNor was %s found before %s, when this step was due.",
						 event, facts->due_at);
}

static void
say_moments(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;

	appendStringInfo(text, zh ? "\n到期 %s；扫描 %s；" : "\nIt was due %s, was seen %s and ",
					 facts->due_at, facts->swept_at);
	if (facts->released_at != NULL)
		appendStringInfo(text, zh ? "执行 %s。" : "was released %s.", facts->released_at);
	else
		appendStringInfoString(text, zh ? "尚未执行。" : "has not been released.");
}

/* The step's guard, and what it found. */
static void
say_guard(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;

	if (facts->withheld == NULL)
		return;
	if (strcmp(facts->withheld, "digest") == 0 && facts->released_at == NULL)
		appendStringInfoString(text, zh ? "\n等待当天的汇总。" : "\nIt waits for the digest of its day.");
	else if (strcmp(facts->withheld, "digest") == 0)
		appendStringInfoString(text, zh ? "\n事项在汇总之前已经了结，因此本步骤没有执行。"
							   : "\nIts case was closed before the digest, so this step did nothing.");
	else if (strcmp(facts->withheld, "rule open") == 0)
		appendStringInfo(text, zh ? "\n规则“%s”尚有未结事项，因此本步骤没有执行。" :
						 "\nA case of rule \"%s\" was open, so this step did nothing.",
						 facts->rule != NULL && facts->rule->unless_rule != NULL ? sp_from_utf8(facts->rule->unless_rule) : "");
	else if (strcmp(facts->withheld, "acknowledged") == 0)
		appendStringInfoString(text, zh ? "\n事项已被确认，因此本步骤没有执行。"
							   : "\nThe case had been acknowledged, so this step did nothing.");
	else if (strcmp(facts->withheld, "done") == 0)
		appendStringInfoString(text, zh ? "\n任务已完成，因此本步骤没有执行。"
							   : "\nIts tasks were done, so this step did nothing.");
	else if (facts->released_at == NULL)
		appendStringInfoString(text, zh ? "\n等待此前的消息送达或最终失败。"
							   : "\nIt waits until the step before has acted and its messages are delivered or have failed for good.");
	else
		appendStringInfoString(text, zh ? "\n此前的消息尚未送达，因此本步骤没有执行。"
							   : "\nNo earlier message had been delivered, so this step did nothing.");
}

/* Whom it reached, as whom; by their ids, since not everybody may know people. */
static void
say_told(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;

	for (int i = 0; i < facts->told_count; i++)
	{
		const char **told = &facts->told[i * TOLD_FIELDS];
		const char *role = called(facts, tongue, LABEL_ROLE, NULL, told[TOLD_ROLE]);
		const char *found_by = told[TOLD_FOUND_BY];

		if (strcmp(found_by, "nobody") == 0)
			appendStringInfo(text, zh ? "\n未找到%s，也无人可代为通知。" :
							 "\nNobody was found as %s, and nobody to tell instead.", role);
		else
			appendStringInfo(text, strcmp(found_by, "fallback") == 0
							 ? (zh ? "\n未找到%s，改为通知人员 %s（%s" : "\nNobody was found as %s; told instead: staff %s by %s")
							 : strcmp(found_by, "copy") == 0
							 ? (zh ? "\n除%s外，抄送人员 %s（%s" : "\nBeside %s, copied: staff %s by %s")
							 : (zh ? "\n已通知%s：人员 %s（%s" : "\nTold as %s: staff %s by %s"),
							 role, told[TOLD_STAFF], told[TOLD_CHANNEL]);
		if (strcmp(found_by, "nobody") == 0)
			continue;
		if (told[TOLD_INSTEAD_OF][0] != '\0')
			appendStringInfo(text, zh ? "，代理人员 %s" : ", deputy of %s", told[TOLD_INSTEAD_OF]);
		appendStringInfoString(text, zh ? "）。" : ".");
	}
}

/* What is special about it. */
static void
say_notes(StringInfo text, const WhyFacts *facts, Tongue tongue)
{
	bool		zh = tongue == TONGUE_ZH;

	if (facts->calendar != NULL)
		appendStringInfo(text, zh ? "\n工作日按日历“%s”计算。"
						 : "\nWorking days are those of calendar \"%s\".", facts->calendar);
	if (facts->superseded)
		appendStringInfoString(text, zh
							   ? "\n同一次扫描中后续步骤也已到期或等待已结束，因此本步骤只作记录。"
							   : "\nThe same sweep learnt of a later step or of the end,"
							   " so this step was only recorded.");
	if (facts->late_answer_at != NULL)
		appendStringInfo(text, zh ? "\n答复发生于 %s，本来及时，但在触发之后才获知。"
						 : "\nIt was answered in time, at %s, but that was learnt of only afterwards.",
						 facts->late_answer_at);
	if (facts->shadow)
		appendStringInfoString(text, zh ? "\n规则当时试运行，未发送任何消息。"
							   : "\nThe rule ran in shadow: nothing was sent.");
}

char *
sp_why_text(const WhyFacts *facts, Tongue tongue)
{
	StringInfoData text;

	initStringInfo(&text);
	say_what(&text, facts, tongue);
	say_trigger(&text, facts, tongue);
	say_pattern(&text, facts, tongue);
	say_lead(&text, facts, tongue);
	say_window(&text, facts, tongue);
	say_silence(&text, facts, tongue);
	say_moments(&text, facts, tongue);
	say_guard(&text, facts, tongue);
	say_told(&text, facts, tongue);
	say_notes(&text, facts, tongue);
	return text.data;
}
