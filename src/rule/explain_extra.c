/*
 * explain_extra.c
 *	  What pulse.explain_rule() says of a rule beside when it fires: what it is
 *	  about, when it is silent, how it ends, and what a gate does.
 *
 * Both tongues side by side, as in explain_text.c.
 */
#include "rule/explain.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "rule/engine.h"
#include "rule/lang_internal.h"
#include "rule/shell.h"
#include "rule/streak.h"
#include "utils/builtins.h"

#define SAY(remark, en, zh_text, ...) \
	appendStringInfo((remark)->text, (remark)->zh ? (zh_text) : (en), __VA_ARGS__)
#define SAY_PLAIN(remark, en, zh_text) \
	appendStringInfoString((remark)->text, (remark)->zh ? (zh_text) : (en))

static Printer
printer(Remark *remark)
{
	Printer		pr = {.out = {.arena = remark->arena},.vocabulary = remark->facts->vocabulary};

	pr.tongue = remark->zh ? TONGUE_ZH : TONGUE_EN;
	return pr;
}

static bool
has_verb(const Rule *rule, RuleVerb verb)
{
	for (int i = 0; i < rule->step_count; i++)
		for (int j = 0; j < rule->steps[i].action_count; j++)
			if (rule->steps[i].actions[j].verb == verb)
				return true;
	return false;
}

static bool
tells_somebody(const Rule *rule)
{
	for (int i = 0; i < rule->step_count; i++)
		for (int j = 0; j < rule->steps[i].action_count; j++)
			if (rule->steps[i].actions[j].role != NULL)
				return true;
	return false;
}

/* ---- what it is about ---- */

/* "store and product", 门店、商品 */
const char *
sp_explain_keys(Remark *remark)
{
	const Rule *rule = remark->facts->rule;
	Printer		pr = printer(remark);

	put_name(&pr, LABEL_KEY, NULL, rule->key);
	for (int i = 0; i < rule->more_key_count; i++)
	{
		put_plain(&pr, remark->zh ? "、" : i + 1 < rule->more_key_count ? ", " : " and ");
		put_name(&pr, LABEL_KEY, NULL, rule->more_keys[i]);
	}
	return out_text(&pr);
}

void
sp_explain_key(Remark *remark)
{
	const Rule *rule = remark->facts->rule;
	const char *of = rule->more_key_count > 0 ? "combination of " : "";
	const char *keys;

	if (rule->key == NULL || lang_is_gate(rule))
		return;
	keys = sp_explain_keys(remark);
	if (remark->zh)
		appendStringInfo(remark->text,
						 rule->rearm == REARM_EACH_TIME ? "\n针对同一%s，每次事件各自开始一次等待。"
						 : rule->rearm == REARM_ONCE ? "\n同一%s只等待一次，以后不再触发。"
						 : "\n同一%s同时只有一次等待；其间的后续事件都归于它。", keys);
	else if (rule->rearm == REARM_EACH_TIME)
		appendStringInfo(remark->text, "\nIt is about one %s%s, and each event opens a wait of its own.", of, keys);
	else if (rule->rearm == REARM_ONCE)
		appendStringInfo(remark->text, "\nEach %s%s has one wait, ever.", of, keys);
	else
		appendStringInfo(remark->text, "\nEach %s%s has one open wait at a time; further events meanwhile belong to it.",
						 of, keys);
}

static const char *
span_words(Remark *remark, Duration span)
{
	Printer		pr = printer(remark);

	put_duration(&pr, span);
	return out_text(&pr);
}

/* A setting such as "30 days", 30天; one that is said otherwise, as it is. */
const char *
sp_explain_setting(Remark *remark, const char *name)
{
	static const struct
	{
		const char *unit;
		const char *zh;
	}			units[] = {{"second", "秒"}, {"minute", "分钟"}, {"hour", "小时"}, {"day", "天"}, {"week", "周"}, {"month", "个月"}};
	const char *value = sp_setting(name);
	size_t		digits = strspn(value, "0123456789");

	for (int i = 0; remark->zh && digits > 0 && i < lengthof(units); i++)
	{
		size_t		length = strlen(units[i].unit);
		const char *unit = value + digits + 1;

		if (value[digits] == ' ' && strncmp(unit, units[i].unit, length) == 0 &&
			(unit[length] == '\0' || strcmp(unit + length, "s") == 0))
			return psprintf("%.*s%s", (int) digits, value, units[i].zh);
	}
	return value;
}

/* ---- streaks ---- */

void
sp_explain_streak(Remark *remark)
{
	MissingDays missing = streak_missing(remark->facts->rule);

	SAY(remark, "\nIt fires when the last of %s in a row is over, once for each %s and run.",
		"\n连续%s都符合，到最后一天结束时触发，同一%s每次连续只触发一次。",
		span_words(remark, remark->facts->rule->streak), sp_explain_keys(remark));
	if (missing == MISSING_COUNT)
		SAY_PLAIN(remark, "\nA day without a row counts.", "\n没有数据的日子计入。");
	else if (missing == MISSING_BREAK)
		SAY_PLAIN(remark, "\nA day without a row breaks the run.", "\n没有数据的日子使连续中断。");
	else
		SAY_PLAIN(remark, "\nA day without a row is passed over.", "\n没有数据的日子跳过不计。");
	SAY(remark, "\nIt is looked at when a day is over, and every %s in between, for corrections.",
		"\n每天结束时查看，其间每隔%s再查看一次有无更正。", sp_explain_setting(remark, "streak_interval"));
}

/* ---- when it is silent ---- */

/* UNLESS rule other IS OPEN, AT MOST ONCE IN 7 days */
void
sp_explain_silence(Remark *remark)
{
	const Rule *rule = remark->facts->rule;
	const char *keys = rule->key == NULL ? NULL : sp_explain_keys(remark);

	if (rule->cooldown.count != 0 && keys != NULL)
		SAY(remark, "\nOnce it has fired it says nothing more about the same %s for %s, counted from the due time; at the end of that it may fire again.",
			"\n对同一%s触发后%s内不再触发，自到期时刻算起；届满即可再次触发。", keys, span_words(remark, rule->cooldown));
	if (rule->unless_rule == NULL)
		return;
	if (keys != NULL)
		SAY(remark, "\nA step that comes due while a case of rule \"%s\" about the same %s is open, or opens in the same tick, does nothing and is not made up for.",
			"\n步骤到期时，若规则“%s”对同一%s的事项未结，或在同一次扫描中产生，则不执行，也不补做。", rule->unless_rule, keys);
	else
		SAY(remark, "\nA step that comes due while a case of rule \"%s\" about the same is open, or opens in the same tick, does nothing and is not made up for.",
			"\n步骤到期时，若规则“%s”对同一对象的事项未结，或在同一次扫描中产生，则不执行，也不补做。", rule->unless_rule);
}

/* ---- gates ---- */

/* The tables that are watched for an event, in UTF-8; NULL: there are none. */
const char *
sp_explain_tables(int32 kind_id)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(kind_id)};
	char	   *tables = NULL;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT string_agg(DISTINCT w.relation::text, ', ') FROM pulse_internal.watch AS w WHERE w.kind_id = $1",
							  1, types, values, NULL, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read the watches");
	tables = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (tables != NULL)
		tables = MemoryContextStrdup(caller, tables);
	sp_spi_end(&scope);
	return tables == NULL ? NULL : sp_to_utf8(tables);
}

void
sp_explain_gate(Remark *remark)
{
	const char *tables = remark->facts->tables;

	if (tables != NULL)
		SAY(remark, "\nIt is a gate, inside the statement that writes: each row of %s is judged by itself before it is written.",
			"\n这是关卡，在写入数据的语句中执行：%s的每一行在写入前各自判断。", tables);
	else
		SAY_PLAIN(remark, "\nIt is a gate, inside the statement that writes: each row of the tables watched for the event is judged by itself before it is written. None is watched yet.",
				  "\n这是关卡，在写入数据的语句中执行：该事件所监视的表，每一行在写入前各自判断。目前尚未监视任何表。");
	if (has_verb(remark->facts->rule, VERB_HOLD))
		SAY_PLAIN(remark, "\nA row for which that is so is held: it is written in the state that create_gate() names, and stays so until no rule objects or somebody overrides it. In mode shadow it is only recorded.",
				  "\n符合的行被扣住：以 create_gate() 指定的状态写入，直到没有规则反对或有人放行为止。shadow 模式下只记录。");
	else
		SAY_PLAIN(remark, "\nA row for which that is so is refused with error SP613, and the statement with it. In mode shadow it is only recorded.",
				  "\n符合的行被拒绝（错误 SP613），整条语句随之失败。shadow 模式下只记录。");
}

/* ---- how it ends ---- */

static void
say_standing(Remark *remark)
{
	const Rule *rule = remark->facts->rule;
	const char *days = sp_explain_setting(remark, "expire_cases");

	SAY_PLAIN(remark, "\nIt is over with its last step.", "\n最后一步之后即告结束。");
	if (!tells_somebody(rule))
		return;
	if (rule->rearm == REARM_ONE_OPEN && rule->key != NULL)
		SAY(remark, " Its case stays open until somebody resolves it, the rule fires again about the same %s, or %s have passed.",
			"其事项保持未结，直到有人了结、规则对同一%s再次触发，或满%s为止。", sp_explain_keys(remark), days);
	else
		SAY(remark, " Its case stays open until somebody resolves it, or %s have passed.",
			"其事项保持未结，直到有人了结，或满%s为止。", days);
}

/* Of a rule that no event ends. */
void
sp_explain_end(Remark *remark)
{
	const Rule *rule = remark->facts->rule;

	if (has_verb(rule, VERB_HOLD))
		SAY_PLAIN(remark, "\nIt ends when the row passes (release_hold) or somebody overrides it (override_hold).",
				  "\n该行通过（release_hold）或有人放行（override_hold）即告结束。");
	else if (has_verb(rule, VERB_REJECT))
		SAY_PLAIN(remark, "\nNothing is left of it: the row is not written.", "\n该行不写入，不留下事项。");
	else if (engine_ends_itself(rule))
		say_standing(remark);
	else
		SAY(remark, "\nIt ends when an event of the same %s has another date, or none.",
			"\n同一%s的事件改了日期或没有日期时结束。", sp_explain_keys(remark));
}

/* ---- the example ---- */

void
sp_explain_example(Remark *remark)
{
	const ExplainFacts *facts = remark->facts;
	const Rule *rule = facts->rule;

	if (has_verb(rule, VERB_HOLD))
		SAY_PLAIN(remark, "\n  the row is written as held; its case is open until it passes or is overridden",
				  "\n  该行以扣住状态写入；通过或放行前事项未结");
	else if (has_verb(rule, VERB_REJECT))
		SAY_PLAIN(remark, "\n  the statement fails, and nothing is written", "\n  语句失败，什么也不写入");
	if (facts->cooldown_over != NULL)
		SAY(remark, "\n  %s  it may fire again about the same %s", "\n  %s  对同一%s可再次触发",
			facts->cooldown_over, sp_explain_keys(remark));
	if (rule->unless_rule != NULL)
		SAY(remark, "\n  while a case of rule \"%s\" about it is open: nothing is done", "\n  规则“%s”对它的事项未结期间：不执行",
			rule->unless_rule);
}
