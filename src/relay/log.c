/*
 * log.c
 *	  Structured log lines with personal data masked.
 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mask.h"

/* values of these keys are written as they are */
static const char *const plain_keys[] = {
	"ts", "message", "attempt", "ms", "count", "identity", "expected", "worker",
	"seconds"
};

static bool
is_plain_key(const char *key)
{
	for (size_t i = 0; i < sizeof(plain_keys) / sizeof(plain_keys[0]); i++)
		if (strcmp(plain_keys[i], key) == 0)
			return true;
	return false;
}

static bool
needs_quotes(const char *value)
{
	if (*value == '\0')
		return true;
	for (; *value != '\0'; value++)
		if ((unsigned char) *value <= ' ' || *value == '"' || *value == '=' || *value == '\\')
			return true;
	return false;
}

static void
add_quoted(Buffer *line, const char *value)
{
	buffer_char(line, '"');
	for (; *value != '\0'; value++)
	{
		if (*value == '"' || *value == '\\')
			buffer_char(line, '\\');
		/* a line is a line, whatever a server replied */
		buffer_char(line, (unsigned char) *value < ' ' ? ' ' : *value);
	}
	buffer_char(line, '"');
}

void
log_pair(Buffer *line, const char *key, const char *value)
{
	Buffer		shown = {0};

	if (is_plain_key(key))
		buffer_text(&shown, value);
	else
		mask_text(&shown, value);
	if (line->length > 0)
		buffer_char(line, ' ');
	buffer_text(line, key);
	buffer_char(line, '=');
	if (needs_quotes(shown.data))
		add_quoted(line, shown.data);
	else
		buffer_text(line, shown.data);
	buffer_free(&shown);
}

void
log_event(const char *level, const char *event,...)
{
	Buffer		line = {0};
	char		stamp[32];
	time_t		now = time(NULL);
	struct tm	parts;
	va_list		arguments;
	const char *key;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
	log_pair(&line, "ts", stamp);
	log_pair(&line, "level", level);
	log_pair(&line, "event", event);
	va_start(arguments, event);
	while ((key = va_arg(arguments, const char *)) != NULL)
	{
		const char *value = va_arg(arguments, const char *);

		if (value != NULL)
			log_pair(&line, key, value);
	}
	va_end(arguments);
	buffer_char(&line, '\n');
	/* one write: lines of two relays on one terminal do not mix */
	if (write(STDERR_FILENO, line.data, line.length) < 0)
		(void) 0;				/* nowhere left to say it */
	buffer_free(&line);
}
