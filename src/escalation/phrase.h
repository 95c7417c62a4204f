/*
 * phrase.h
 *	  What names, facts and instants are called in messages.
 */
#ifndef SP_PHRASE_H
#define SP_PHRASE_H

#include "base/base.h"

#include "utils/jsonb.h"

/* What a name is called; without a label it stands for itself. */
extern const char *sp_word_for(const char *class, const char *scope, const char *name, bool chinese);

/* As people of the business read it, or NULL; a bare day where it is its first instant. */
extern char *sp_instant_string(TimestampTz instant);

/*
 * The facts of a trigger's row are its columns but for those that every event
 * has.  The text of one, or NULL; has it this one, null or not?
 */
extern char *sp_fact(Jsonb *row, const char *name);
extern bool sp_has_fact(Jsonb *row, const char *name);
extern bool sp_is_fact(const char *name, int length);

/* The text of a string or number of an object, else NULL. */
extern const char *sp_plain_value(Jsonb *row, const char *name, size_t length);

/* Is the name, which ends after so many bytes, one of them? */
extern bool sp_is_named(const char *const *names, int count, const char *name, size_t length);

/* As lines "label: value", by name, without that of the key; NULL without any. */
extern char *sp_lines_of_facts(Jsonb *row, const char *key_name, const char *event, bool chinese);

#endif							/* SP_PHRASE_H */
