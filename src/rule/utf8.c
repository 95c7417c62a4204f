/*
 * utf8.c
 *	  Characters of UTF-8, and which of them are the same to the language.
 *
 * Decoding is strict: no overlong forms, no surrogates, nothing past the last
 * code point.  A sentence that is not UTF-8 is refused before it is read.
 */
#include "rule/lang_internal.h"

/* The bytes of the first character, 0 when it is none. */
int
utf8_decode(const char *input, size_t length, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *) input;
	int			size;
	uint32_t	value;

	if (length == 0 || bytes[0] == 0)
		return 0;
	if (bytes[0] < 0x80)
	{
		*character = bytes[0];
		return 1;
	}
	size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc0 ? 2 : 0;
	if (size == 0 || bytes[0] > 0xf4 || (size_t) size > length)
		return 0;
	value = bytes[0] & (0xff >> (size + 1));
	for (int i = 1; i < size; i++)
	{
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return size;
}

/* Characters in well-formed text. */
size_t
utf8_count(const char *input, size_t length)
{
	size_t		count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char) input[i] & 0xc0) != 0x80;
	return count;
}

/* Full-width forms, blanks of all kinds and the Chinese full stop become ASCII. */
uint32_t
utf8_fold(uint32_t character)
{
	if (character >= 0xff01 && character <= 0xff5e)
		return character - 0xff01 + '!';
	switch (character)
	{
		case 0x3002:			/* 。 */
			return '.';
		case '\t':
		case '\n':
		case '\r':
		case '\f':
		case '\v':
		case 0xa0:
		case 0x200b:
		case 0x3000:
		case 0xfeff:
			return ' ';
		default:
			return character;
	}
}

/* May a name go on with it?  Punctuation beyond ASCII ends a name. */
bool
utf8_is_letter(uint32_t character)
{
	if (character < 0x80)
		return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
			(character >= '0' && character <= '9') || character == '_';
	return character >= 0xaa &&
		!(character >= 0x2000 && character <= 0x2bff) &&
		!(character >= 0x3000 && character <= 0x3004) &&
		!(character >= 0x3008 && character <= 0x3020) &&
		!(character >= 0xfe10 && character <= 0xfe6f) &&
		!(character >= 0xff00 && character <= 0xffef) &&
		character != 0xab && character != 0xac && character != 0xb1 &&
		character != 0xb7 && character != 0xbb && character != 0xd7;
}

bool
utf8_is_han(uint32_t character)
{
	return (character >= 0x3400 && character <= 0x9fff) ||
		(character >= 0xf900 && character <= 0xfaff) ||
		(character >= 0x20000 && character <= 0x3ffff);
}
