/*
 * fields.h
 *	  Reading the fields of a JSON object, with complaints that name them.
 */
#ifndef RELAY_FIELDS_H
#define RELAY_FIELDS_H

#include <cjson/cJSON.h>

#include "config.h"

typedef struct Fields
{
	const cJSON *object;
	const char *path;			/* "channels.mail"; "" at the top */
	const SecretSource *secrets;
	Buffer	   *errors;
} Fields;

extern void fields_complain(const Fields *fields, const char *name, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* Complains about fields that are not in the NULL-ended list, and about repeated ones. */
extern void fields_known(const Fields *fields, const char *const *names);

/* New memory; NULL when missing (complained about if required) or not a string. */
extern char *fields_string(const Fields *fields, const char *name, bool required);

/* An array of texts, new memory; complains where it is anything else. */
extern char **fields_strings(const Fields *fields, const char *name, int *count);
extern int	fields_int(const Fields *fields, const char *name, int fallback, int min, int max);

/* Index of the value in the NULL-ended list. */
extern int	fields_choice(const Fields *fields, const char *name, int fallback,
						  const char *const *choices);

/* NAME, NAME_env or NAME_file: at most one of them. */
extern char *fields_secret(const Fields *fields, const char *name);

#endif							/* RELAY_FIELDS_H */
