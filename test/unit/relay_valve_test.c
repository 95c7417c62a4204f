/*
 * relay_valve_test.c
 *	  Limits that no window exceeds, pauses of a channel that is down, and array
 *	  literals.
 *
 * sources: src/relay/valve.c src/relay/array.c src/relay/outcome.c src/relay/buffer.c
 */
#include <stdlib.h>

#include "check.h"
#include "relay/array.h"
#include "relay/valve.h"

static const Outcome fine = {OUTCOME_SENT, BLAME_MESSAGE, 0, ""};
static const Outcome down = {OUTCOME_RETRY, BLAME_CHANNEL, 0, "no connection"};
static const Outcome banned = {OUTCOME_RETRY, BLAME_CHANNEL, 600, "too fast"};

static Channel
channel_of(int count, int seconds)
{
	Channel		channel = {0};

	channel.limits[0] = (RateLimit) {count, seconds};
	channel.limit_count = count > 0 ? 1 : 0;
	return channel;
}

static void
test_open(void)
{
	Channel		channel = channel_of(0, 0);
	Valve	   *valve = valve_new(&channel, 4, 0, true);

	CHECK(valve_open(valve, 0));
	CHECK_EQ(valve_room(valve, 0), 4);
	valve_begin(valve);
	CHECK(valve_open(valve, 0));
	valve_begin(valve);
	CHECK(!valve_open(valve, 0));	/* half a batch is in flight */
	CHECK_EQ(valve_room(valve, 0), 0);
	CHECK_EQ(valve_end(valve, 1, &fine), VALVE_SAME);
	CHECK(valve_open(valve, 1));
	CHECK_EQ(valve_in_flight(valve), 1);
	valve_free(valve);
}

static void
test_pauses(void)
{
	Channel		channel = channel_of(0, 0);
	Valve	   *valve = valve_new(&channel, 100, 0, true);

	for (int i = 0; i < 10; i++)
		valve_begin(valve);
	CHECK_EQ(valve_end(valve, 1, &down), VALVE_SAME);
	CHECK_EQ(valve_end(valve, 1, &down), VALVE_SAME);
	CHECK_EQ(valve_end(valve, 1, &down), VALVE_PAUSED);
	CHECK_EQ(valve_end(valve, 2, &down), VALVE_SAME);	/* began before the pause */
	CHECK(!valve_open(valve, 2));
	CHECK_EQ(valve_room(valve, 2), 0);
	CHECK_EQ(valve_next(valve, 2), 4);
	for (int i = 0; i < 6; i++)
		valve_end(valve, 3, &fine);
	CHECK_EQ(valve_room(valve, 5.9), 0);
	CHECK_EQ(valve_room(valve, 6), 1);	/* one tries */
	valve_begin(valve);
	CHECK_EQ(valve_room(valve, 6), 0);
	CHECK_EQ(valve_end(valve, 7, &down), VALVE_PAUSED);
	CHECK_EQ(valve_pause(valve, 7), 10);
	valve_begin(valve);
	CHECK_EQ(valve_end(valve, 17, &fine), VALVE_RESUMED);
	CHECK(valve_open(valve, 17));
	valve_begin(valve);
	CHECK_EQ(valve_end(valve, 18, &banned), VALVE_PAUSED);	/* asked for, so at once */
	CHECK_EQ(valve_pause(valve, 18), 600);
	valve_free(valve);
}

/* Random traffic: the service, at some moment between begin and end, never sees too many. */
static void
test_limit_holds(void)
{
	Channel		channel = channel_of(5, 10);
	Valve	   *valve = valve_new(&channel, 1000, 0, false);
	static double seen[100000];
	double		ends[100];
	int			seen_count = 0;
	int			flying = 0;
	int			most = 0;

	srand(7);
	for (double now = 0; now < 2000; now += 0.1)
	{
		while (valve_room(valve, now) > 0 && flying < 100 && rand() % 3 == 0)
		{
			double		travel = (rand() % 80) / 10.0;

			valve_begin(valve);
			ends[flying++] = now + travel;
			seen[seen_count++] = now + travel * (rand() % 100) / 100.0;
		}
		for (int i = 0; i < flying; i++)
		{
			if (ends[i] > now)
				continue;
			valve_end(valve, now, &fine);
			ends[i--] = ends[--flying];
		}
	}
	for (int i = 0; i < seen_count; i++)
	{
		int			within = 0;

		for (int k = 0; k < seen_count; k++)
			within += seen[k] >= seen[i] && seen[k] < seen[i] + 10;
		most = within > most ? within : most;
	}
	CHECK(seen_count > 500);
	CHECK_EQ(most, 5);
	valve_free(valve);
}

static void
test_full_at_start(void)
{
	Channel		channel = channel_of(20, 60);
	Valve	   *valve = valve_new(&channel, 100, 1000, true);
	Valve	   *fresh = valve_new(&channel, 100, 1000, false);

	CHECK_EQ(valve_room(valve, 1000), 0);
	CHECK_EQ(valve_room(valve, 1059), 0);
	CHECK_EQ(valve_room(valve, 1061), 20);
	CHECK(valve_next(valve, 1000) > 60 && valve_next(valve, 1000) < 61);
	CHECK_EQ(valve_room(fresh, 1000), 20);
	CHECK(!valve_open(fresh, 1000));	/* a limited channel is claimed alone */
	valve_free(valve);
	valve_free(fresh);
}

static void
test_arrays(void)
{
	Buffer		array = {0};

	CHECK_STR(array_end(&array), "{}");
	buffer_free(&array);
	array_add(&array, "a\"b\\c");
	array_add(&array, NULL);
	array_add(&array, "");
	CHECK_STR(array_end(&array), "{\"a\\\"b\\\\c\",NULL,\"\"}");
	buffer_free(&array);
}

int
main(void)
{
	test_open();
	test_pauses();
	test_limit_holds();
	test_full_at_start();
	test_arrays();
	return check_done();
}
