/*
 * batch_core_test.c
 *	  Positions and runs, without a server.
 *
 * sources: src/event/batch_core.c src/base/arena.c
 */
#include "check.h"

#include <stdlib.h>

#include "event/batch_core.h"

static void *
resize(void *context, void *memory, size_t size)
{
	size_t	   *most = context;

	if (size > *most)
		*most = size;
	return realloc(memory, size);
}

static Position
parsed(const char *text, int incarnation, int64_t watermark, Arena *arena)
{
	Position	position = {.incarnation = incarnation,.watermark = watermark};

	CHECK(snapshot_parse(text, arena, &position));
	CHECK_STR(snapshot_print(&position, arena), text);
	return position;
}

static void
test_snapshots(Arena *arena)
{
	Position	p = parsed("10:20:10,12,19", 2, 100, arena);
	Position	none = {0};
	const char *bad[] = {"", "1", "20:10:", "1:2:3", "5:9:4", "a:b:", "1:5:2,x", "1:5:-2", "1 :5:"};

	CHECK(position_sees(&p, position_txid(&p, 9)));
	CHECK(position_sees(&p, position_txid(&p, 11)));
	CHECK(!position_sees(&p, position_txid(&p, 10)));
	CHECK(!position_sees(&p, position_txid(&p, 12)));
	CHECK(!position_sees(&p, position_txid(&p, 19)));
	CHECK(!position_sees(&p, position_txid(&p, 20)));
	/* an incarnation ago everything has ended; of a later one nothing is known */
	CHECK(position_sees(&p, ((int64_t) 1 << TXID_BITS) | 999));
	CHECK(!position_sees(&p, ((int64_t) 3 << TXID_BITS) | 1));
	CHECK(position_consumed(&p, position_txid(&p, 9), 99));
	CHECK(!position_consumed(&p, position_txid(&p, 9), 100));
	CHECK(!position_consumed(&p, position_txid(&p, 12), 99));
	(void) parsed("20:20:", 1, 0, arena);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!snapshot_parse(bad[i], arena, &none));
}

/* Random events, read in runs of every size: each once, in order, in bounded memory. */
static void
test_runs(size_t limit, int events)
{
	int64_t		at = INT64_MIN;
	int64_t		id = INT64_MIN;
	RunEvent   *all = malloc(sizeof(RunEvent) * events);
	int			seen = 0;
	bool		more = true;

	for (int i = 0; i < events; i++)
		all[i] = (RunEvent) {.at = rand() % 50,.event_id = i + 1};
	while (more)
	{
		Run			run;
		size_t		most = 0;

		run_begin(&run, limit, at, id, resize, &most);
		for (int i = 0; i < events; i++)
			run_add(&run, &all[i]);
		run_end(&run);
		CHECK(run.count <= limit);
		CHECK(most <= sizeof(RunEvent) * (limit + limit / 2 + 1));
		CHECK(run_covers(&run, at, id));
		CHECK_EQ(run_seek(&run, at, id), 0);
		for (size_t i = 0; i < run.count; i++)
		{
			CHECK(run.events[i].at > at || (run.events[i].at == at && run.events[i].event_id > id));
			at = run.events[i].at;
			id = run.events[i].event_id;
			CHECK_EQ(run_seek(&run, at, id), i + 1);
			seen++;
		}
		more = run.cut;
		CHECK_EQ(run_covers(&run, at, id), !more);
		free(run.events);
	}
	CHECK_EQ(seen, events);
	free(all);
}

int
main(void)
{
	Arena		arena;

	arena_init_malloc(&arena);
	test_snapshots(&arena);
	for (size_t limit = 1; limit < 70; limit += 7)
		for (int events = 0; events < 200; events += 33)
			test_runs(limit, events);
	arena_free(&arena);
	return check_done();
}
