/*
 * batch_core.c
 *	  Positions, their snapshots as text, and runs; see batch_core.h.
 *
 * Invariant of a run while it is filled: events[0 .. count) hold the least
 * "limit" events added so far, in any order, perhaps with some more; once cut,
 * nothing behind "last" is kept.
 */
#include "event/batch_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XID_MASK	(((uint64_t) 1 << TXID_BITS) - 1)

static int
compare_xids(const void *a, const void *b)
{
	uint64_t	x = *(const uint64_t *) a;
	uint64_t	y = *(const uint64_t *) b;

	return x < y ? -1 : x > y;
}

bool
position_sees(const Position *position, int64_t txid)
{
	int			incarnation = (int) (txid >> TXID_BITS);
	uint64_t	xid = (uint64_t) txid & XID_MASK;

	if (incarnation != position->incarnation)
		return incarnation < position->incarnation;
	if (xid >= position->xmax)
		return false;
	return position->open_count == 0 ||
		bsearch(&xid, position->open, position->open_count, sizeof(xid), compare_xids) == NULL;
}

bool
position_consumed(const Position *position, int64_t txid, int64_t at)
{
	return at < position->watermark && position_sees(position, txid);
}

/* A number at *text, which is moved behind it and the separator. */
static bool
read_xid(const char **text, char separator, uint64_t *xid)
{
	char	   *end;

	if (**text <'0' || **text >'9')
		return false;
	*xid = strtoull(*text, &end, 10);
	if (*end != separator && *end != '\0')
		return false;
	*text = *end == '\0' ? end : end + 1;
	return true;
}

/* As pg_snapshot: xmin:xmax:open,open,open */
bool
snapshot_parse(const char *text, Arena *arena, Position *position)
{
	uint64_t	xmin;
	int			room = 0;

	if (!read_xid(&text, ':', &xmin) || !read_xid(&text, ':', &position->xmax) || xmin > position->xmax)
		return false;
	for (const char *p = text; *p != '\0'; p++)
		room += *p == ',';
	position->open = arena_alloc(arena, sizeof(uint64_t) * (room + 1));
	position->open_count = 0;
	while (*text !='\0')
	{
		uint64_t	xid;

		if (!read_xid(&text, ',', &xid) || xid < xmin || xid >= position->xmax)
			return false;
		position->open[position->open_count++] = xid;
	}
	if (position->open_count > 0)
		qsort(position->open, position->open_count, sizeof(uint64_t), compare_xids);
	return true;
}

char *
snapshot_print(const Position *position, Arena *arena)
{
	size_t		room = 22 * (size_t) (position->open_count + 2);
	char	   *text = arena_alloc(arena, room);
	uint64_t	xmin = position->open_count > 0 ? position->open[0] : position->xmax;
	size_t		used = snprintf(text, room, "%" PRIu64 ":%" PRIu64 ":", xmin, position->xmax);

	for (int i = 0; i < position->open_count; i++)
		used += snprintf(text +used, room - used, "%s%" PRIu64, i > 0 ? "," : "", position->open[i]);
	return text;
}

static int
compare_keys(int64_t at, int64_t id, int64_t other_at, int64_t other_id)
{
	if (at != other_at)
		return at < other_at ? -1 : 1;
	return id < other_id ? -1 : id > other_id;
}

static int
compare_events(const void *a, const void *b)
{
	const RunEvent *x = a;
	const RunEvent *y = b;

	return compare_keys(x->at, x->event_id, y->at, y->event_id);
}

void
run_begin(Run *run, size_t limit, int64_t after_at, int64_t after_id,
		  void *(*resize) (void *, void *, size_t), void *context)
{
	memset(run, 0, sizeof(*run));
	run->limit = limit;
	run->after_at = after_at;
	run->after_id = after_id;
	run->resize = resize;
	run->context = context;
}

static void
keep_first(Run *run)
{
	if (run->count > 1)
		qsort(run->events, run->count, sizeof(RunEvent), compare_events);
	if (run->count <= run->limit)
		return;
	run->count = run->limit;
	run->last = run->events[run->count - 1];
	run->cut = true;
}

static void
make_room(Run *run)
{
	size_t		most = run->limit + run->limit / 2 + 1;

	if (run->count >= most)
		keep_first(run);
	else
	{
		run->room = run->room == 0 ? 64 : run->room * 2;
		if (run->room > most)
			run->room = most;
		run->events = run->resize(run->context, run->events, run->room * sizeof(RunEvent));
	}
}

void
run_add(Run *run, const RunEvent *event)
{
	if (compare_keys(event->at, event->event_id, run->after_at, run->after_id) <= 0)
		return;
	if (run->cut && compare_events(event, &run->last) > 0)
		return;
	if (run->count == run->room)
		make_room(run);
	run->events[run->count++] = *event;
}

void
run_end(Run *run)
{
	keep_first(run);
}

/* Whether what follows the key can be read from the run. */
bool
run_covers(const Run *run, int64_t at, int64_t event_id)
{
	if (compare_keys(at, event_id, run->after_at, run->after_id) < 0)
		return false;
	return !run->cut || compare_keys(at, event_id, run->last.at, run->last.event_id) < 0;
}

/* Index of the first event behind the key. */
size_t
run_seek(const Run *run, int64_t at, int64_t event_id)
{
	size_t		low = 0;
	size_t		high = run->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		const RunEvent *event = &run->events[middle];

		if (compare_keys(event->at, event->event_id, at, event_id) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
