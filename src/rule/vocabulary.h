/*
 * vocabulary.h
 *	  A Vocabulary over an array of names with their labels.
 */
#ifndef SP_VOCABULARY_H
#define SP_VOCABULARY_H

#include "rule/lang.h"

#pragma GCC visibility push(hidden)

typedef enum ColumnUse
{
	USE_PLAIN,
	USE_MONEY,
	USE_TRUTH					/* yes or no: its label may be a verb */
} ColumnUse;

typedef struct LabelEntry
{
	LabelClass	class;
	const char *scope;			/* a column's event, a value's column; NULL:
								 * any */
	const char *name;
	const char *en;				/* labels, folded; NULL: none */
	const char *zh;
	ColumnUse	use;			/* of a column */
} LabelEntry;

typedef struct LabelSet
{
	const LabelEntry *entries;
	int			count;
} LabelSet;

/* The set must outlive the vocabulary. */
extern Vocabulary label_vocabulary(const LabelSet *set);

/* How much of a text a label, or a name, covers from its beginning; 0: it does not. */
extern size_t label_cover(const char *label, bool is_name, const char *text, size_t length, Tongue tongue);

/* Is something of these classes named so? */
extern bool label_is_named(const LabelSet *set, unsigned classes, const char *name);

/* Has the event or relation such a column?  scope: NULL: any */
extern bool label_has_column(const LabelSet *set, const char *scope, const char *column);

/* A label as sentences are folded: full-width forms to ASCII, outer blanks gone. */
extern const char *label_fold(Arena *arena, const char *label);

/* The keyword a label begins with, or NULL: such labels deserve a warning. */
extern const char *label_keyword(Arena *arena, Tongue tongue, const char *label);

/* Edits between two texts, in characters; whole: else a beginning of "text" will do. */
extern int	label_distance(const char *label, const char *text, size_t length, bool whole);

#pragma GCC visibility pop

#endif							/* SP_VOCABULARY_H */
