/*
 * fields.c
 *	  Reading the fields of a JSON object.  A mistake is written down and the
 *	  reading goes on, so that one run shows them all.
 */
#include "fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fields_complain(const Fields *fields, const char *name, const char *format,...)
{
	char		message[512];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	buffer_printf(fields->errors, "%s%s%s: %s\n", fields->path,
				  fields->path[0] != '\0' ? "." : "", name, message);
}

static const cJSON *
get_field(const Fields *fields, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(fields->object, name);
}

void
fields_known(const Fields *fields, const char *const *names)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, fields->object)
	{
		Buffer		list = {0};
		bool		known = false;

		for (int i = 0; names[i] != NULL; i++)
		{
			known |= strcmp(names[i], item->string) == 0;
			buffer_printf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
		}
		if (!known)
			fields_complain(fields, item->string, "unknown field; known are %s", list.data);
		else if (get_field(fields, item->string) != item)
			fields_complain(fields, item->string, "stands there twice");
		buffer_free(&list);
	}
}

char *
fields_string(const Fields *fields, const char *name, bool required)
{
	const cJSON *item = get_field(fields, name);

	if (item == NULL && required)
		fields_complain(fields, name, "is missing");
	if (item == NULL)
		return NULL;
	if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
	{
		fields_complain(fields, name, "must be a text that is not empty");
		return NULL;
	}
	for (const char *c = item->valuestring; *c != '\0'; c++)
	{
		if ((unsigned char) *c < ' ')
		{
			fields_complain(fields, name, "has a line break or another control character in it");
			return NULL;
		}
	}
	return relay_strdup(item->valuestring);
}

char **
fields_strings(const Fields *fields, const char *name, int *count)
{
	const cJSON *array = get_field(fields, name);
	const cJSON *item;
	char	  **strings;

	*count = 0;
	if (array == NULL)
		return NULL;
	strings = relay_alloc(sizeof(char *) * (size_t) (cJSON_GetArraySize(array) + 1));
	cJSON_ArrayForEach(item, array)
		if (cJSON_IsArray(array) && cJSON_IsString(item))
		strings[(*count)++] = relay_strdup(item->valuestring);
	if (!cJSON_IsArray(array) || *count != cJSON_GetArraySize(array))
		fields_complain(fields, name, "must be an array of texts");
	return strings;
}

int
fields_int(const Fields *fields, const char *name, int fallback, int min, int max)
{
	const cJSON *item = get_field(fields, name);

	if (item == NULL)
		return fallback;
	if (!cJSON_IsNumber(item) || item->valuedouble != floor(item->valuedouble) ||
		item->valuedouble < min || item->valuedouble > max)
	{
		fields_complain(fields, name, "must be a whole number from %d to %d", min, max);
		return fallback;
	}
	return (int) item->valuedouble;
}

int
fields_choice(const Fields *fields, const char *name, int fallback, const char *const *choices)
{
	const cJSON *item = get_field(fields, name);
	Buffer		list = {0};

	if (item == NULL)
		return fallback;
	for (int i = 0; choices[i] != NULL; i++)
	{
		if (cJSON_IsString(item) && strcmp(choices[i], item->valuestring) == 0)
		{
			buffer_free(&list);
			return i;
		}
		buffer_printf(&list, "%s\"%s\"", i > 0 ? ", " : "", choices[i]);
	}
	fields_complain(fields, name, "must be one of %s", list.data);
	buffer_free(&list);
	return fallback;
}

static void
trim_line_end(char *text)
{
	size_t		length = strlen(text);

	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		text[	  --length] = '\0';
}

char *
fields_secret(const Fields *fields, const char *name)
{
	char		env_name[64];
	char		file_name[64];
	char	   *direct = fields_string(fields, name, false);
	char	   *env;
	char	   *file;
	char	   *value = direct;

	snprintf(env_name, sizeof(env_name), "%s_env", name);
	snprintf(file_name, sizeof(file_name), "%s_file", name);
	env = fields_string(fields, env_name, false);
	file = fields_string(fields, file_name, false);
	if ((direct != NULL) + (env != NULL) + (file != NULL) > 1)
		fields_complain(fields, name, "give only one of %s, %s and %s", name, env_name, file_name);
	else if (env != NULL && (value = fields->secrets->from_environment(env)) == NULL)
		fields_complain(fields, env_name, "environment variable %s is not set", env);
	else if (file != NULL && (value = fields->secrets->from_file(file)) == NULL)
		fields_complain(fields, file_name, "cannot read file \"%s\"", file);
	if (value != NULL)
		trim_line_end(value);
	free(env);
	free(file);
	return value;
}
