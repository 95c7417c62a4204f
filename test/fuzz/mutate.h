/*
 * mutate.h
 *	  Good texts with a few bytes changed, for the fuzzers that run without
 *	  libFuzzer.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TEXT 2000

static inline void
mutate_once(char *text, const char *bytes, size_t count)
{
	size_t		length = strlen(text);
	size_t		at = random() % (length + 1);
	size_t		span = random() % 12;

	switch (random() % 4)
	{
		case 0:					/* take out */
			if (at + span < length)
				memmove(text + at, text + at + span, length - at - span + 1);
			break;
		case 1:					/* change */
			if (at < length)
				text[at] = bytes[random() % count];
			break;
		case 2:					/* repeat a piece */
			if (at + span < length && length + span < MOST_TEXT - 1)
			{
				memmove(text + at + span, text + at, length - at + 1);
				memcpy(text + at, text + at + span, span);
			}
			break;
		default:				/* put in */
			if (length + 2 < MOST_TEXT)
			{
				memmove(text + at + 1, text + at, length - at + 1);
				text[at] = bytes[random() % count];
			}
	}
}

/* text, of MOST_TEXT bytes, becomes the seed with up to seven changes; bytes are what may be put in */
static inline void
mutate(char *text, const char *seed, const char *bytes)
{
	snprintf(text, MOST_TEXT, "%s", seed);
	for (int n = random() % 8; n > 0; n--)
		mutate_once(text, bytes, strlen(bytes));
}

#endif							/* FUZZ_MUTATE_H */
