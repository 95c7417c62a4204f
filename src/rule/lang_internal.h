/*
 * lang_internal.h
 *	  What the files of the rule language share among themselves.
 *
 * A sentence is folded once (full-width forms become ASCII, "origin" leads back
 * to the bytes of the original) and then read by recursive descent.  There is
 * no separate token stream: Chinese without spaces can only be cut with the
 * labels at hand, so each function asks at the current place for what its
 * grammar allows there.  Invariant: p->at never leaves [0, p->length], and the
 * first mistake stands; whoever returns false has recorded it.
 */
#ifndef SP_LANG_INTERNAL_H
#define SP_LANG_INTERNAL_H

#include <stdint.h>

#include "rule/lang.h"
#include "rule/words.h"

/* short names: not to be confused with those of the server or of libc */
#pragma GCC visibility push(hidden)

#define LANG_MAX_LENGTH		65536	/* bytes of a sentence */
#define LANG_MAX_DEPTH		100 /* nesting of a condition */
#define LANG_MAX_TERMS		200 /* comparisons of a condition */
#define LANG_MAX_COUNT		100000	/* of a duration's units */
#define LANG_MAX_KEYS		5	/* of PER */

typedef struct Parser
{
	Arena	   *arena;
	const Vocabulary *vocabulary;	/* NULL: names stand for themselves */
	Tongue		tongue;
	const char *source;			/* the sentence as given */
	const char *folded;			/* full-width forms are ASCII here */
	size_t		length;			/* of folded */
	const uint32_t *origin;		/* offset in source of each byte of folded and
								 * of its end */
	size_t		at;				/* where we are in folded */
	int			depth;
	int			terms;
	const char *last_role;		/* whom the last action addressed */
	const char *event;			/* whose columns may stand for values, or NULL */
	const char *several;		/* 同一客户有多张…: what it
								 * is put together by */
	size_t		several_offset;
	const char *task_title;		/* of 给角色派任务, "give the rep
								 * a task", or NULL: it has to be said */
	bool		plain;			/* everyday English is being read */
	bool		worded;			/* ... and has had a word of its own */
	bool		lasting;		/* ... of a state */
	const char *subject;		/* what it is about, as it was written */
	size_t		endless;		/* where a repeat without AT MOST begins, plus
								 * one */
	LangError  *error;
} Parser;

/* ---- utf8.c ---- */

extern int	utf8_decode(const char *text, size_t length, uint32_t *character);
extern size_t utf8_count(const char *text, size_t length);
extern uint32_t utf8_fold(uint32_t character);
extern bool utf8_is_letter(uint32_t character);
extern bool utf8_is_han(uint32_t character);

/* ---- scan.c ---- */

extern bool scan_begin(Parser *p, const char *text, size_t length);
extern void scan_tongue(Parser *p, Tongue tongue);
extern void skip_space(Parser *p);
extern size_t scan_space(const Parser *p, size_t at);
extern bool at_end(Parser *p);
extern size_t scan_choice(const Parser *p, size_t at, const char *spellings);
extern size_t scan_word(const Parser *p, size_t at, Word word);
extern size_t scan_longest(const Parser *p, size_t at, const Word *words, Word *found);
extern bool next_is(Parser *p, Word word);
extern bool take_word(Parser *p, Word word);
extern bool take_symbol(Parser *p, const char *symbol);
extern bool next_is_symbol(Parser *p, const char *symbol);
extern size_t scan_plain_word(const Parser *p, size_t at);
extern size_t scan_passage(const Parser *p, size_t at);
extern size_t scan_string(const Parser *p, size_t at);
extern const char *string_content(const Parser *p, size_t at, size_t size);

/* ---- name.c ---- */

extern size_t scan_name(const Parser *p, size_t at, LabelClass class, const char *scope,
						const char **name, const char **other);
extern bool expect_name(Parser *p, LabelClass class, const char *scope, const char **name);
extern size_t offset_here(Parser *p);
extern bool accept_unless_label(Parser *p, Word word, LabelClass class, const char *scope);

/* ---- numeral.c ---- */

extern size_t scan_number(const Parser *p, size_t at, const char **digits);
extern size_t numeral_scan(Arena *arena, const char *text, size_t length, const char **digits);

/* ---- parse_value.c ---- */

extern bool expect_value(Parser *p, const char *column, RuleValue *value);
extern size_t scan_duration(const Parser *p, size_t at, Duration *span);
extern bool expect_duration(Parser *p, Duration *span);
extern bool expect_count(Parser *p, int *count);
extern size_t scan_period(const Parser *p, size_t at, Duration *span);

/* ---- parse_condition.c ---- */

extern bool parse_condition(Parser *p, const char *event, const RuleExpr **condition);
extern const RuleExpr *both_of(Parser *p, const RuleExpr *left, const RuleExpr *right);
extern RuleExpr *column_compared(const Parser *p, const char *column, Comparison comparison,
								 const RuleValue *value, size_t offset);
extern const RuleExpr *column_is(const Parser *p, const char *column, ValueKind kind,
								 const char *content, size_t offset);
extern bool take_inequality(Parser *p, Comparison *comparison);

/* ---- parse_en.c, parse_zh.c ---- */

extern const Rule *parse_sentence_en(Parser *p);
extern bool absence_ahead_en(Parser *p);
extern bool parse_key_en(Parser *p, Rule *rule);
extern const Rule *parse_sentence_zh(Parser *p);
extern bool absence_ahead_zh(Parser *p);

/* ---- parse_pattern.c ---- */

extern bool lead_ahead_en(Parser *p);
extern bool parse_lead_en(Parser *p, Rule *rule);
extern bool lead_ahead_zh(Parser *p, const char *event);
extern bool parse_lead_zh(Parser *p, Rule *rule);
extern bool parse_owned_change(Parser *p, Rule *rule);
extern bool parse_count_en(Parser *p, Rule *rule);
extern bool parse_pattern_en(Parser *p, Rule *rule);
extern size_t scan_count_zh(const Parser *p, size_t at);
extern bool parse_count_zh(Parser *p, Rule *rule);

/* ---- parse_zh_absence.c ---- */

extern bool zh_has_name(const Parser *p, size_t at, LabelClass class, size_t *size);
extern size_t zh_scan_window(const Parser *p, size_t at);
extern bool zh_conjunction_ahead(Parser *p);
extern bool zh_parse_event_condition(Parser *p, RuleEvent *event);
extern bool zh_parse_absence(Parser *p, Rule *rule);

/* ---- parse_schedule.c ---- */

extern bool schedule_ahead(Parser *p);
extern bool parse_schedule(Parser *p, Rule *rule);
extern bool expect_clock(Parser *p, int *minute);

/* ---- parse_option.c ---- */

extern bool accept_option(Parser *p, Rule *rule);
extern bool parse_unless(Parser *p, Rule *rule);
extern bool parse_more_keys(Parser *p, Rule *rule);
extern bool unacknowledged_ahead(Parser *p);
extern bool parse_unacknowledged(Parser *p, Rule *rule);
extern bool several_ahead_zh(Parser *p);
extern bool parse_several_zh(Parser *p, Rule *rule, const char **together);
extern bool accept_sql(Parser *p, RuleExpr *expr);
extern bool check_rule_shape(Parser *p, const Rule *rule);

/* ---- parse_clause.c ---- */

extern bool accept_clause(Parser *p, Rule *rule);
extern bool check_clauses(Parser *p, const Rule *rule);

/* ---- parse_effect.c ---- */

extern bool effect_ahead(Parser *p);
extern bool parse_effect(Parser *p, RuleAction *action);

/* ---- parse_member.c ---- */

extern size_t scan_adjective(const Parser *p, size_t at, const char *scope, const RuleExpr **condition);
extern bool member_ahead_en(Parser *p);
extern bool take_member_phrase(Parser *p, Rule *rule);
extern bool parse_member_en(Parser *p, Rule *rule);
extern bool member_ahead_zh(Parser *p);
extern bool parse_member_zh(Parser *p, Rule *rule);

/* ---- parse_state.c ---- */

extern bool state_ahead(Parser *p);
extern bool parse_state_en(Parser *p, Rule *rule);
extern bool parse_state_zh(Parser *p, Rule *rule);
extern bool accept_streak_en(Parser *p, Rule *rule);
extern bool check_lasting(Parser *p, const Rule *rule, size_t at);
extern bool check_cleared(Parser *p, const Rule *rule, size_t at);
extern bool parse_cleared_en(Parser *p, Rule *rule);
extern bool cleared_ahead_zh(const Parser *p, const Rule *rule);
extern bool parse_cleared_zh(Parser *p, Rule *rule);

/* ---- parse_action.c ---- */

extern bool parse_actions_en(Parser *p, RuleStep *step);
extern bool parse_actions_zh(Parser *p, RuleStep *step);
extern bool action_ahead(Parser *p);

/* ---- parse_step.c ---- */

extern bool parse_steps_en(Parser *p, Rule *rule);
extern bool parse_steps_zh(Parser *p, Rule *rule);
extern bool check_ladder(Parser *p, const Rule *rule);

/* ---- plain_word.c, parse_plain.c, parse_plain_*.c: everyday English; see plain.h ---- */

extern bool reads_plain(const Parser *p);
extern bool take_article(Parser *p);
extern bool parse_plain(Parser *p, Rule *rule);
extern bool plain_clause_ahead(Parser *p);
extern bool parse_plain_event(Parser *p, RuleEvent *event);
extern bool plain_cleared_ahead(Parser *p, const Rule *rule);
extern bool parse_plain_cleared(Parser *p, Rule *rule);
extern void set_plain_title(Parser *p, const Rule *rule);
extern bool plain_send_ahead(Parser *p);
extern bool parse_plain_send(Parser *p, RuleAction *action);
extern bool plain_action_ahead(Parser *p);
extern bool parse_plain_action(Parser *p, RuleAction *action);
extern bool take_plain_object(Parser *p);
extern bool take_plain_end(Parser *p);
extern bool plain_remind_ahead(Parser *p);
extern bool parse_plain_remind(Parser *p, RuleStep *step);
extern bool plain_grouping_ahead(Parser *p);
extern bool parse_plain_grouping(Parser *p, Rule *rule, RuleStep *steps);

/* ---- lang_error.c ---- */

extern char *lang_format(Arena *arena, const char *format,...) __attribute__((format(printf, 2, 3)));
extern const char *in_tongue(Tongue tongue, const char *en, const char *zh);
extern const char *lang_say(const Parser *p, const char *en, const char *zh);
extern bool fail_at(Parser *p, LangErrorCode code, size_t at, const char *message,
					const char *detail, const char *hint);
extern bool fail_expected(Parser *p, const char *en, const char *zh);
extern bool fail_unsupported(Parser *p, size_t at, size_t size);
extern bool fail_unknown(Parser *p, LabelClass class, const char *scope, size_t at, size_t size);
extern bool fail_ambiguous(Parser *p, size_t at, size_t size, const char *first,
						   const char *second);
extern const char *name_shown(const Parser *p, LabelClass class, const char *scope, const char *name);
extern const char *class_noun(const Parser *p, LabelClass class);
extern size_t scan_unknown(const Parser *p, size_t at);

/* an array that grows in an arena, doubling: see lang_grow() in scan.c */
extern void *lang_grow(Arena *arena, void *items, int count, size_t size);

/* ---- out.c: text being printed ---- */

typedef struct Out
{
	Arena	   *arena;
	char	   *data;
	size_t		length;
	size_t		room;
} Out;

typedef struct Printer
{
	Out			out;
	Tongue		tongue;
	const Vocabulary *vocabulary;
	const char *event;			/* whose columns may stand for values, or NULL */
} Printer;

extern void put_plain(Printer *pr, const char *text);
extern void put_bytes(Printer *pr, const char *text, size_t length);
extern void put_word(Printer *pr, Word word);
extern void put_text(Printer *pr, const char *text);
extern void put_name(Printer *pr, LabelClass class, const char *scope, const char *name);
extern void put_duration(Printer *pr, Duration span);
extern void put_value(Printer *pr, const char *column, const RuleValue *value);
extern const char *out_text(const Printer *pr);

/* ---- print_condition.c, print_en.c, print_zh.c, print_form.c ---- */

extern void print_condition(Printer *pr, const char *event, const RuleExpr *condition);
extern void print_sentence_en(Printer *pr, const Rule *rule);
extern void print_sentence_zh(Printer *pr, const Rule *rule);
extern void print_event_en(Printer *pr, const RuleEvent *event);
extern void print_acts_en(Printer *pr, const RuleStep *step);
extern void print_acts_zh(Printer *pr, const RuleStep *step);
extern void print_keys_en(Printer *pr, const Rule *rule);
extern void print_event_zh(Printer *pr, const RuleEvent *event);
extern void print_keys_zh(Printer *pr, const Rule *rule);
extern void print_form_en(Printer *pr, const Rule *rule);
extern void print_form_zh(Printer *pr, const Rule *rule);
extern void print_cleared(Printer *pr, const Rule *rule);

/* ---- print_extra.c ---- */

extern void print_schedule(Printer *pr, const Schedule *schedule);
extern void print_clock(Printer *pr, int minute);
extern bool is_unacknowledged(const Printer *pr, const Rule *rule);
extern void print_unacknowledged(Printer *pr, const Rule *rule);
extern bool print_effect(Printer *pr, const RuleAction *action);
extern void print_cooldown(Printer *pr, const Rule *rule);
extern void print_unless(Printer *pr, const Rule *rule);
extern void print_clauses(Printer *pr, const Rule *rule);

#pragma GCC visibility pop

#endif							/* SP_LANG_INTERNAL_H */
