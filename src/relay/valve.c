/*
 * valve.c
 *	  Rate limits and pauses of one channel.
 *
 * Invariants: however long requests and replies travel, the service sees at
 * most limit.count messages in any window of limit.seconds, since a message
 * holds its place from its claim until the window after its end.  A channel
 * whose server failed three times in a row pauses; then one message at a time
 * tries it, until one comes through.
 */
#include "valve.h"

#include <stdlib.h>

#define FAILURES_BEFORE_PAUSE	3
#define FIRST_PAUSE				5.0
#define LONGEST_PAUSE			300.0
#define A_DAY					86400.0
#define WINDOW_MARGIN			0.2 /* clocks differ a little */

typedef struct Window
{
	int			count;
	double		seconds;
	double	   *ends;			/* of the last count messages, a ring */
	int			next;			/* the oldest of them */
} Window;

struct Valve
{
	int			batch;
	int			in_flight;
	Window		windows[MAX_LIMITS];
	int			window_count;
	int			failures;		/* in a row */
	double		pause;			/* length of the last one; 0: none since a
								 * success */
	double		paused_until;
};

Valve *
valve_new(const Channel *channel, int batch, double now, bool full)
{
	Valve	   *valve = relay_alloc(sizeof(Valve));

	valve->batch = batch;
	valve->window_count = channel->limit_count;
	for (int i = 0; i < valve->window_count; i++)
	{
		Window	   *window = &valve->windows[i];

		window->count = channel->limits[i].count;
		window->seconds = channel->limits[i].seconds + WINDOW_MARGIN;
		window->ends = relay_alloc(sizeof(double) * (size_t) window->count);
		for (int k = 0; k < window->count; k++)
			window->ends[k] = full ? now : now - A_DAY - window->seconds;
	}
	return valve;
}

void
valve_free(Valve *valve)
{
	for (int i = 0; i < valve->window_count; i++)
		free(valve->windows[i].ends);
	free(valve);
}

static bool
tries_one_at_a_time(const Valve *valve)
{
	return valve->failures >= FAILURES_BEFORE_PAUSE;
}

bool
valve_open(const Valve *valve, double now)
{
	return valve->window_count == 0 && !tries_one_at_a_time(valve) &&
		now >= valve->paused_until && valve->in_flight * 2 < valve->batch;
}

/* Places of a window that nobody holds. */
static int
window_room(const Window *window, double now)
{
	int			room = 0;

	/* ends are in order from the oldest on */
	while (room < window->count &&
		   window->ends[(window->next + room) % window->count] <= now - window->seconds)
		room++;
	return room;
}

int
valve_room(const Valve *valve, double now)
{
	int			room = valve->batch;

	if (now < valve->paused_until || valve->in_flight * 2 >= valve->batch)
		return 0;
	if (tries_one_at_a_time(valve))
		room = 1;
	for (int i = 0; i < valve->window_count; i++)
	{
		int			places = window_room(&valve->windows[i], now);

		room = places < room ? places : room;
	}
	return room > valve->in_flight ? room - valve->in_flight : 0;
}

double
valve_next(const Valve *valve, double now)
{
	double		next = A_DAY;

	if (now < valve->paused_until)
		return valve->paused_until - now;
	for (int i = 0; i < valve->window_count; i++)
	{
		const Window *window = &valve->windows[i];
		int			room = window_room(window, now);
		double		left;

		if (room == window->count)
			continue;
		left = window->ends[(window->next + room) % window->count] + window->seconds - now;
		next = left < next ? left : next;
	}
	return next > 0.001 ? next : 0.001;
}

int
valve_in_flight(const Valve *valve)
{
	return valve->in_flight;
}

double
valve_pause(const Valve *valve, double now)
{
	return now < valve->paused_until ? valve->paused_until - now : 0;
}

void
valve_begin(Valve *valve)
{
	valve->in_flight++;
}

static ValveChange
note_failure(Valve *valve, double now, const Outcome *outcome)
{
	bool		asked = outcome->blame == BLAME_CHANNEL && outcome->retry_after > 0;
	double		doubled = valve->pause > 0 ? 2 * valve->pause : FIRST_PAUSE;

	valve->failures++;
	if (valve->failures < FAILURES_BEFORE_PAUSE && !asked)
		return VALVE_SAME;
	valve->failures = FAILURES_BEFORE_PAUSE;
	valve->pause = doubled < LONGEST_PAUSE ? doubled : LONGEST_PAUSE;
	valve->paused_until = now + (asked && (double) outcome->retry_after > valve->pause ?
								 (double) outcome->retry_after : valve->pause);
	return VALVE_PAUSED;
}

ValveChange
valve_end(Valve *valve, double now, const Outcome *outcome)
{
	bool		was_trying = tries_one_at_a_time(valve);

	valve->in_flight--;
	for (int i = 0; i < valve->window_count; i++)
	{
		Window	   *window = &valve->windows[i];

		window->ends[window->next] = now;
		window->next = (window->next + 1) % window->count;
	}
	/* what began before the pause says nothing about the time after it */
	if (now < valve->paused_until)
		return VALVE_SAME;
	if (outcome->blame != BLAME_MESSAGE)
		return note_failure(valve, now, outcome);
	valve->failures = 0;
	valve->pause = 0;
	return was_trying ? VALVE_RESUMED : VALVE_SAME;
}
