/*
 * words.h
 *	  The words of the rule language, in both tongues: one table, words.c.
 */
#ifndef SP_WORDS_H
#define SP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "rule/lang.h"

#pragma GCC visibility push(hidden)

typedef enum Word
{
	W_NONE,

	/* the sentence */
	W_WHEN,
	W_EACH,
	W_WITHOUT,
	W_FOR,						/* zh: 持续 */
	W_WHILE,
	W_CONSECUTIVE,
	W_MISSING_COUNT,
	W_MISSING_BREAK,
	W_MISSING_SKIP,
	W_CLEARED_WHEN,
	W_CLEARED_END,				/* zh: 时解除, after the condition */
	W_HAPPENS,
	W_WHERE,
	W_PER,
	W_EACH_TIME,
	W_ONCE,
	W_AND,
	W_ABSENT,					/* NOT b, NO b */
	W_WITHIN,
	W_IN_TIME,					/* zh: 在 before a window */
	W_AFTER,
	W_BEFORE,
	W_FOLLOWED_BY,
	W_IN_THE_LAST,
	W_OR_MORE,
	W_SAME,						/* zh: 同一, before a key */
	W_CLAUSE_END,				/* zh: 时, 的 */
	W_THEN,
	W_ANOTHER,
	W_LATER,
	W_EVERY,
	W_AT_MOST,
	W_TIMES,
	W_UNLESS_ACKNOWLEDGED,
	W_UNLESS_DONE,
	W_WHEN_DELIVERED,
	W_AT_MOST_ONCE,				/* zh: 最多一次, after 7天内 */
	W_UNLESS_RULE,
	W_IS_OPEN,
	W_NOT_ACKNOWLEDGED,			/* HAS NOT ACKNOWLEDGED */
	W_USING_CALENDAR,
	W_FIRE_PAST,
	W_TOGETHER,
	W_TOGETHER_END,				/* zh: 合并 */
	W_ONCE_A_DAY,
	W_ONCE_END,					/* zh: 一次, after 每天8:00 */
	W_SEVERAL,					/* zh: 有多, before 张发票 */
	W_SUMMARY,					/* zh: 只发一条汇总给, after
								 * 每天 */
	W_UNTIL,
	W_UNTIL_END,				/* zh: 为止 */
	W_BOTH,						/* zh: 同时 before a further action */

	/* actions */
	W_NOTIFY,
	W_TEXT,
	W_MAIL,
	W_ASSIGN,
	W_MAIL_COPY,				/* zh: 邮件抄送, to the one last
								 * addressed */
	W_GIVE,						/* zh: 给角色派任务 */
	W_GIVE_TASK,
	W_GIVE_TEXT,
	W_GIVE_MAIL,
	W_SEND,
	W_EACH_OF,					/* EACH, 每位 before whom it is sent to */
	W_TOWARD,					/* zh: 向 */
	W_ISSUE,					/* zh: 发出: a message */
	W_TAKE,						/* zh: 把 */
	W_SEND_TO,					/* zh: 发给 */
	W_HOLD,
	W_REJECT,
	W_EMIT,
	W_CALL,
	W_CC,
	W_DUE_IN,
	W_DUE_END,					/* zh: 完成 */

	/* conditions */
	W_OR,
	W_NOT,
	W_IS,
	W_IS_NOT,
	W_LT,
	W_LE,
	W_GT,
	W_GE,
	W_BETWEEN,
	W_BETWEEN_AND,
	W_BETWEEN_END,				/* zh: 之间 */
	W_IN,
	W_NOT_IN,
	W_ONE_OF_END,				/* zh: 之一 */
	W_MISSING,
	W_NOT_MISSING,
	W_STARTS,
	W_NOT_STARTS,
	W_CHANGES,
	W_CHANGES_TO,
	W_CHANGES_FROM,				/* zh: 由 before the old value */
	W_STARTS_END,				/* zh: 开头 */
	W_SQL,
	W_COLUMN,					/* before a column that stands for a value,
								 * where its name alone would be read
								 * otherwise */
	W_FROM_ON,					/* zh: 以上 after a value */
	W_UP_TO,					/* zh: 以下, 以内 */
	W_BEYOND,					/* zh: 以外 */
	W_TRUE,
	W_FALSE,

	/* units */
	W_MINUTES,
	W_HOURS,
	W_DAYS,
	W_WEEKS,
	W_MONTHS,
	W_CALENDAR_DAYS,
	W_WORKING_DAYS,
	W_WORKING_HOURS,

	/* zh: measure words after 每, counters after a number */
	W_MEASURE,
	W_COUNTER,

	/* constructs of the language that are not read yet */
	W_LATER_CONSTRUCT
} Word;

/*
 * The spellings of a word, separated by '|'; the first is the canonical one.
 * An empty string: the tongue has no such word.
 */
extern const char *word_spellings(Word word, Tongue tongue);

/* the canonical spelling and its length */
extern const char *word_canonical(Word word, Tongue tongue, size_t *length);

/* an English keyword?  beginnings: also the "due" of DUE IN */
extern bool word_is_english(const char *text, size_t length, bool beginnings);

/* the word of a guard; W_NONE for none */
extern Word word_of_guard(StepGuard guard);

/* the unit a word of the table stands for, and back */
extern const Word unit_words[];
extern DurationUnit unit_of_word(Word word);
extern Word word_of_unit(DurationUnit unit);

typedef struct CurrencyWord
{
	const char *code;
	const char *zh;				/* spellings; NULL: only the code */
	const char *en;				/* words for it, or NULL */
} CurrencyWord;

extern const CurrencyWord currency_words[];

#pragma GCC visibility pop

#endif							/* SP_WORDS_H */
