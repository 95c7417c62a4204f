/*
 * engine_pattern_test.c
 *	  Counts, sequences and absences before: by hand, and on random streams, in
 *	  one pass, in batches and with late events, against the oracle.
 *
 * sources: src/rule/engine.c src/rule/engine_step.c src/rule/engine_pattern.c src/base/arena.c
 * sources: test/unit/engine_oracle.c
 */
#include "engine_lane.h"

#define A INPUT_TRIGGER
#define B INPUT_ANSWER
#define E INPUT_EARLIER
#define L INPUT_LACKING

static uint64_t seed;

static int
below(int limit)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (int) ((seed >> 33) % (uint64_t) limit);
}

static Duration
days(int64_t count)
{
	Duration	span = {count, UNIT_DAY};

	return span;
}

static bool
fired(const Lane *lane, int64_t trigger)
{
	for (int i = 0; i < lane->outcome.firing_count; i++)
		if (lane->outcome.firings[i].trigger == trigger)
			return true;
	return false;
}

static const EngineWait *
wait_of(const Lane *lane, int64_t trigger)
{
	for (int i = 0; i < lane->outcome.wait_count; i++)
		if (lane->outcome.waits[i].trigger_event == trigger)
			return &lane->outcome.waits[i];
	abort();
}

/* ---- by hand ---- */

static void
test_count(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, false, false, 0);
	EngineEvent events[] = {
		event(0, 1, A), event(5, 2, A), event(10, 3, A),	/* the first is ten days
															 * old */
		event(14, 4, A), event(14, 5, A),	/* 5, 10, 14; one more is no news */
		event(40, 6, A), event(41, 7, A), event(42, 8, A)	/* again */
	};

	lane->rule.count = 3;
	lane->rule.count_within = days(10);
	lane_run(lane, events, 8, 50);
	CHECK_EQ(lane->outcome.firing_count, 2);
	CHECK(fired(lane, 4) && fired(lane, 8));
	free(lane);
}

static void
test_sequence(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, false, false, 0);
	EngineEvent events[] = {
		event(0, 1, A), event(5, 2, E), event(15, 3, A),	/* too late by nothing */
		event(20, 4, E), event(29, 5, A), event(29, 6, A),	/* the first only */
		event(40, 7, A | E), event(41, 8, A)	/* an event may be both */
	};

	lane->rule.earlier.event = "e";
	lane->rule.earlier_within = days(10);
	lane_run(lane, events, 8, 50);
	CHECK_EQ(lane->outcome.firing_count, 2);
	CHECK(fired(lane, 5) && fired(lane, 8));
	free(lane);
}

static void
test_lacking(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 30);
	EngineEvent events[] = {event(5, 1, L), event(14, 2, A), event(15, 3, A)};
	EngineEvent late = event(12, 4, L);

	lane->rule.lacking.event = "l";
	lane->rule.lacking_within = days(10);
	lane_run(lane, events, 3, 20);
	CHECK_EQ(lane->open_count, 1);
	CHECK_EQ(lane->open[0].trigger_event, 3);
	/* it was there after all */
	lane_run(lane, &late, 1, 21);
	CHECK_EQ(lane->open_count, 0);
	CHECK_EQ(lane->outcome.waits[0].end_reason, END_ANSWERED_LATE);
	free(lane);
}

/* Of a rule that is over with its step: the same, once, and nothing fires again. */
static void
test_lacking_over(Rearm rearm)
{
	Lane	   *lane = lane_begin(rearm, false, false, 0);
	EngineEvent events[] = {event(14, 1, A), event(15, 2, A), event(40, 3, A)};
	EngineEvent late[] = {event(4, 4, L), event(5, 5, L), event(10, 6, L)};
	EngineEvent more = event(41, 7, A);

	lane->rule.lacking.event = "l";
	lane->rule.lacking_within = days(10);
	lane_run(lane, events, 3, 50);
	CHECK_EQ(lane->outcome.firing_count, 3);
	/* ten days before to the instant is no more within them; nine are */
	lane_run(lane, &late[0], 1, 51);
	CHECK_EQ(wait_of(lane, 1)->end_reason, END_COMPLETED);
	lane_run(lane, &late[1], 1, 52);
	CHECK_EQ(wait_of(lane, 1)->end_reason, END_ANSWERED_LATE);
	CHECK_EQ(wait_of(lane, 1)->ended_at, 5);
	CHECK_EQ(wait_of(lane, 1)->end_event, 5);
	CHECK_EQ(wait_of(lane, 2)->end_reason, END_COMPLETED);
	/* the next one withdraws the second, and the first no more */
	lane_run(lane, &late[2], 1, 53);
	CHECK_EQ(wait_of(lane, 1)->end_event, 5);
	CHECK_EQ(wait_of(lane, 2)->end_reason, END_ANSWERED_LATE);
	CHECK_EQ(wait_of(lane, 3)->end_reason, END_COMPLETED);
	lane_run(lane, &more, 1, 60);
	CHECK_EQ(lane->outcome.firing_count, 4);
	CHECK_EQ(lane->open_count, 0);
	CHECK_EQ(lane->outcome.wait_count, 4);
	free(lane);
}

/* Late events make a past event the third, or show that an earlier one was. */
static void
test_late_count(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, false, false, 0);
	EngineEvent events[] = {event(1, 1, A), event(3, 2, A)};
	EngineEvent late[] = {event(2, 3, A), event(2, 4, A)};

	lane->rule.count = 3;
	lane->rule.count_within = days(10);
	lane_run(lane, events, 2, 20);
	CHECK_EQ(lane->outcome.firing_count, 0);
	lane_run(lane, &late[0], 1, 21);
	CHECK_EQ(lane->outcome.firing_count, 1);
	CHECK(fired(lane, 2));
	lane_run(lane, &late[1], 1, 22);
	CHECK_EQ(lane->outcome.firing_count, 1);
	free(lane);
}

/* ---- random streams ---- */

static Lane *
random_lane(void)
{
	Lane	   *lane = lane_begin(below(3), below(2), below(2), 1 + below(12));
	int			what = below(3);

	if (what == 0)
	{
		lane->rule.count = 1 + below(4);
		lane->rule.count_within = days(1 + below(15));
	}
	if (what == 1)
	{
		lane->rule.earlier.event = "e";
		lane->rule.earlier_within = days(1 + below(15));
	}
	if (what == 2 || below(3) == 0)
	{
		lane->rule.lacking.event = "l";
		lane->rule.lacking_within = days(1 + below(10));
	}
	return lane;
}

static int
random_events(const Lane *lane, EngineEvent *events)
{
	int			count = 1 + below(20);

	for (int i = 0; i < count; i++)
	{
		EngineEvent *e = &events[i];

		*e = event(below(40), i + 1, below(4) ? A : 0);
		if (lane->rule.earlier.event && below(2))
			e->input |= E;
		if (lane->rule.lacking.event && below(5) == 0)
			e->input |= L;
		if (lane->rule.absent.event && below(6) == 0)
			e->input |= B;
		if (lane->rule.until.event && below(6) == 0)
			e->input |= INPUT_UNTIL;
	}
	qsort(events, count, sizeof(EngineEvent), by_position);
	return count;
}

static bool
same_firings(const Lane *lane, const Oracle *oracle)
{
	int			expected = 0;

	for (int i = 0; i < oracle->wait_count; i++)
	{
		if (!oracle->waits[i].fired[0])
			continue;
		expected++;
		if (!fired(lane, oracle->waits[i].trigger->event_id))
			return false;
	}
	return expected == lane->outcome.firing_count;
}

/* in batches = by definition */
static bool
compare_in_order(void)
{
	Lane	   *lane = random_lane();
	EngineEvent events[MAX_EVENTS];
	EngineEvent triggers[MAX_EVENTS];
	int			count = random_events(lane, events);
	EngineInput input = {
		.rule = &lane->rule,.timekeeper = &keeper,.active_since = -FAR,
		.until = 100,.events = events,.event_count = count
	};
	Oracle	   *oracle = calloc(1, sizeof(Oracle));
	int			done = 0;
	bool		same;

	oracle_triggers(&input, triggers);
	input.events = triggers;
	oracle_run(oracle, &input);
	for (Instant watermark = below(30); watermark < 60; watermark += 1 + below(30))
	{
		int			first = done;

		while (done < count && events[done].at < watermark)
			done++;
		lane_run(lane, events + first, done - first, watermark);
	}
	lane_run(lane, events + done, count - done, 100);
	same = same_firings(lane, oracle);
	free(oracle);
	free(lane);
	return same;
}

/* EACH TIME, events in any order, nothing that takes a trigger back: all are found. */
static bool
compare_late(void)
{
	Lane	   *lane = random_lane();
	EngineEvent events[MAX_EVENTS];
	EngineEvent triggers[MAX_EVENTS];
	int			count;
	EngineInput input = {.rule = &lane->rule,.timekeeper = &keeper,.events = events};
	bool		same = true;
	int			expected = 0;

	lane->rule.rearm = REARM_EACH_TIME;
	lane->rule.lacking.event = lane->rule.absent.event = lane->rule.until.event = NULL;
	count = input.event_count = random_events(lane, events);
	oracle_triggers(&input, triggers);
	for (int i = 0; i < count; i++)
	{
		EngineEvent late = events[(i * 7 + 3) % count];

		if (count % 7 != 0)
			lane_run(lane, &late, 1, 50 + i);
	}
	for (int i = 0; i < count && count % 7 != 0; i++)
		if (triggers[i].input & A)
		{
			expected++;
			same = same && fired(lane, triggers[i].event_id);
		}
	same = same && (count % 7 == 0 || expected == lane->outcome.firing_count);
	free(lane);
	return same;
}

/* EACH TIME, over with its step: withdrawn is what by all that is known is no trigger. */
static bool
compare_withdrawn(void)
{
	Lane	   *lane = random_lane();
	EngineEvent events[MAX_EVENTS];
	EngineEvent triggers[MAX_EVENTS];
	EngineInput input = {.rule = &lane->rule,.timekeeper = &keeper,.events = events};
	bool		same = true;
	int			holding = 0;

	lane->rule.rearm = REARM_EACH_TIME;
	lane->rule.absent.event = lane->rule.until.event = NULL;
	lane->rule.lacking.event = "l";
	lane->rule.lacking_within = days(1 + below(10));
	input.event_count = random_events(lane, events);
	oracle_triggers(&input, triggers);
	for (int i = 0; i < input.event_count && input.event_count % 7 != 0; i++)
	{
		EngineEvent late = events[(i * 7 + 3) % input.event_count];

		lane_run(lane, &late, 1, 50 + i);
		holding += (triggers[i].input & A) != 0;
	}
	same = lane->open_count == 0 && lane->outcome.wait_count == lane->outcome.firing_count;
	for (int i = 0; i < lane->outcome.wait_count; i++)
		for (int j = 0; j < input.event_count; j++)
			if (triggers[j].event_id == lane->outcome.waits[i].trigger_event)
			{
				bool		holds = triggers[j].input & A;

				same = same && lane->outcome.waits[i].end_reason == (holds ? END_COMPLETED : END_ANSWERED_LATE);
				holding -= holds;
			}
	free(lane);
	return same && holding == 0;
}

/* One open wait per key, late events: a stretch that has fired fires no more. */
static bool
late_is_sound(void)
{
	Lane	   *lane = random_lane();
	EngineEvent events[MAX_EVENTS];
	int			count = random_events(lane, events);
	bool		sound = true;

	lane->rule.rearm = REARM_ONE_OPEN;
	for (int i = 0; i < count; i++)
	{
		EngineEvent late = events[(i * 11 + 3) % count];

		if (count % 11 != 0)
			lane_run(lane, &late, 1, 50 + 3 * i);
		sound = sound && lane->open_count <= 1;
	}
	for (int i = 0; i < lane->outcome.firing_count; i++)
		for (int j = 0; j < i; j++)
			sound = sound && (lane->outcome.firings[i].trigger != lane->outcome.firings[j].trigger ||
							  lane->outcome.firings[i].step != lane->outcome.firings[j].step);
	free(lane);
	return sound;
}

static void
test_random(const char *what, bool (*holds) (void))
{
	for (int i = 0; i < 6000 && checks_failed < 10; i++)
	{
		bool		good;

		seed = (uint64_t) i * 7919 + 1;
		good = holds();
		CHECK(good);
		if (!good)
			printf("    %s, case %d\n", what, i);
	}
}

int
main(void)
{
	test_count();
	test_sequence();
	test_lacking();
	test_lacking_over(REARM_EACH_TIME);
	test_lacking_over(REARM_ONE_OPEN);
	test_late_count();
	test_random("in order", compare_in_order);
	test_random("late, each time", compare_late);
	test_random("late, withdrawn", compare_withdrawn);
	test_random("late, one open", late_is_sound);
	return check_done();
}
