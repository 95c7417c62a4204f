/*
 * template_test.c
 *	  Placeholders, vanishing lines, braces, and values that look like templates.
 *
 * sources: src/escalation/template.c src/base/arena.c
 */
#include "check.h"

#include "escalation/template.h"

static const char *
lookup(void *context, const char *name, size_t length)
{
	if (length == 4 && strncmp(name, "name", 4) == 0)
		return "Acme";
	if (length == 4 && strncmp(name, "evil", 4) == 0)
		return "{name}\n{name}";
	if (length == 5 && strncmp(name, "empty", 5) == 0)
		return "";
	if (length == 6 && strncmp(name, "金额", 6) == 0)
		return "142,800 元";
	return NULL;
}

static const char *
render(Arena *arena, const char *text)
{
	return template_render(arena, text, lookup, NULL);
}

int
main(void)
{
	Arena		arena;
	char		long_text[3001];

	arena_init_malloc(&arena);

	/* replacing */
	CHECK_STR(render(&arena, ""), "");
	CHECK_STR(render(&arena, "plain"), "plain");
	CHECK_STR(render(&arena, "{name}"), "Acme");
	CHECK_STR(render(&arena, "Dear {name}, {name}!"), "Dear Acme, Acme!");
	CHECK_STR(render(&arena, "客户{name}欠{金额}。"), "客户Acme欠142,800 元。");
	CHECK_STR(render(&arena, "a {empty}b {unknown}c {name}"), "a b c Acme");

	/* a line whose placeholders are all empty vanishes, others stay */
	CHECK_STR(render(&arena, "one\nLink: {empty}\ntwo"), "one\ntwo");
	CHECK_STR(render(&arena, "Link: {empty}"), "");
	CHECK_STR(render(&arena, "one\n\ntwo\n"), "one\n\ntwo\n");
	CHECK_STR(render(&arena, "{empty} {name}\n{empty}{unknown}\nend\n"), " Acme\nend\n");

	/* braces */
	CHECK_STR(render(&arena, "{{name}"), "{name}");
	CHECK_STR(render(&arena, "a { b"), "a { b");
	CHECK_STR(render(&arena, "{name"), "{name");
	CHECK_STR(render(&arena, "{}"), "{}");
	CHECK_STR(render(&arena, "{na\nme}"), "{na\nme}");
	CHECK_STR(render(&arena, "}{name}{"), "}Acme{");

	/* a value is never read as a template */
	CHECK_STR(render(&arena, "<{evil}>"), "<{name}\n{name}>");

	/* growing */
	memset(long_text, 'x', 3000);
	long_text[3000] = '\0';
	CHECK_EQ(strlen(render(&arena, long_text)), 3000);

	arena_free(&arena);
	return check_done();
}
