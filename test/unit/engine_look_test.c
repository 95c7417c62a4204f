/*
 * engine_look_test.c
 *	  Members and states: random histories, learnt in any order, against what
 *	  follows from all that is known by then.
 *
 * sources: src/rule/engine.c src/rule/engine_pattern.c src/rule/engine_step.c src/base/arena.c
 */
#include "engine_lane.h"

#define ROUNDS	20000
#define END		120
#define VISITS	8

static uint64_t state = 42;

static int
draw(int below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int) ((state >> 33) % below);
}

/* ---- members ---------------------------------------------------------------- */

typedef struct Visit
{
	int			at;
	int			known;
} Visit;

typedef struct Member
{
	int			joined;
	int			start;			/* the last visit of before, or since when */
	int			span;
	bool		standing;		/* one when the rule became active, at joined */
	bool		fire_past;
	Visit		visits[VISITS];
	int			count;
} Member;

/* the latest visit known at an instant, or the start */
static int
counts_from(const Member *member, int now)
{
	int			latest = member->start;

	for (int i = 0; i < member->count; i++)
		if (member->visits[i].known <= now && member->visits[i].at <= now && member->visits[i].at > latest)
			latest = member->visits[i].at;
	return latest;
}

static int
due_from(const Member *member, int anchor)
{
	int			due = anchor + member->span;

	return due < member->joined && !member->standing ? member->joined : due;
}

/* The wait that is open has fired if it is due, or has passed in silence. */
static void
check_fired(const Member *member, const Lane *lane, int due, int now)
{
	int			found = 0;

	for (int i = 0; i < lane->outcome.firing_count; i++)
		found += lane->outcome.firings[i].trigger == lane->open[0].trigger_event;
	CHECK_EQ(found, due <= now && (due >= member->joined || member->fire_past));
}

/* Is an anchor overdue at "due", as far as is known?  A visit stamped then is too late. */
static bool
is_due(const Member *member, int due, int now)
{
	for (int i = -1; i < member->count; i++)
	{
		int			anchor = i < 0 ? member->start : member->visits[i].at;
		bool		answered = false;

		if (i >= 0 && (member->visits[i].known > now || anchor < member->start))
			continue;
		if (due_from(member, anchor) != due)
			continue;
		for (int j = 0; j < member->count; j++)
			answered |= member->visits[j].known <= now && member->visits[j].at > anchor && member->visits[j].at < due;
		if (!answered)
			return true;
	}
	return false;
}

static void
check_member(const Member *member, const Lane *lane, int now, int first_firing)
{
	int			anchor = counts_from(member, now);
	int			due = due_from(member, anchor);

	CHECK_EQ(lane->open_count, 1);
	if (lane->open_count != 1)
		return;
	CHECK_EQ(lane->open[0].anchor, anchor);
	CHECK_EQ(lane->open[0].first_due, due <= now ? due : INSTANT_NONE);
	check_fired(member, lane, due, now);
	for (int i = first_firing; i < lane->outcome.firing_count; i++)
	{
		CHECK(is_due(member, (int) lane->outcome.firings[i].due_at, now));
		CHECK(member->fire_past || lane->outcome.firings[i].due_at >= member->joined);
		CHECK_EQ(lane->outcome.firings[i].superseded, lane->outcome.firings[i].due_at != due);
	}
}

static void
test_random_member(void)
{
	Member		member = {.joined = 20 + draw(20),.span = 1 + draw(25),.standing = draw(2),.fire_past = draw(2)};
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, member.span);
	int			swept = -FAR;

	lane->rule.form = FORM_MEMBER;
	lane->active_since = member.joined;
	lane->rule.fire_past = member.fire_past;
	member.start = member.joined - draw(40);
	member.count = draw(VISITS + 1);
	for (int i = 0; i < member.count; i++)
	{
		member.visits[i].at = member.start + 1 + draw(END - member.start);
		member.visits[i].known = member.visits[i].at + (draw(3) ? 0 : draw(30));
		if (member.visits[i].known <= member.joined)	/* the start would be it */
			member.visits[i].known = member.joined + 1 + draw(10);
	}
	for (int now = member.joined; now <= END + 40; now += 1 + draw(12))
	{
		EngineEvent events[VISITS + 1];
		int			count = 0;
		int			first_firing = lane->outcome.firing_count;

		if (swept == -FAR)
			events[count++] = (EngineEvent)
		{
			member.joined, 1, INPUT_TRIGGER | (member.standing ? INPUT_STANDING : 0), member.start
		};
		for (int i = 0; i < member.count; i++)
		{
			int			known = member.visits[i].known;

			if (known > swept && known <= now && member.visits[i].at <= now)
				events[count++] = event(member.visits[i].at, 10 + i, INPUT_TRIGGER | INPUT_ANSWER);
		}
		qsort(events, count, sizeof(EngineEvent), by_position);
		lane_run(lane, events, count, now);
		check_member(&member, lane, now, first_firing);
		swept = now;
	}
	free(lane);
}

/* ---- states ----------------------------------------------------------------- */

/* What a look sees: 0 low, 1 between the thresholds, 2 high. */
static void
test_random_state(void)
{
	int			span = draw(3) ? draw(10) : 0;
	bool		two = draw(2);
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, false, false, span);
	int			since = -1;		/* of the episode; -1: none is open */
	int			expected = 0;

	lane->rule.form = FORM_STATE;
	lane->rule.fire_past = draw(2);
	lane->active_since = 1 - draw(2);
	lane->rule.cleared.event = two ? "r" : NULL;
	for (int now = 1; now <= END; now += 1 + draw(6))
	{
		int			level = draw(3);
		bool		fired = since >= 0 && since + span <= now;
		bool		fired_before = lane->open_count > 0 && lane->open[0].first_due != INSTANT_NONE;
		EngineEvent look = {now, now, 0, now};

		if (since < 0 && level == 0)
			look.input = INPUT_TRIGGER;
		else if (since >= 0 && level > 0)
			look.input = level == 2 && two ? INPUT_CLEARED : two ? INPUT_ANSWER : INPUT_CLEARED;
		lane_run(lane, &look, look.input != 0, now);
		expected += fired && !fired_before;
		if (look.input == INPUT_TRIGGER)
		{
			since = now;
			expected += span == 0;
		}
		else if (look.input == INPUT_CLEARED || (look.input == INPUT_ANSWER && !fired))
			since = -1;
		CHECK_EQ(lane->open_count, since >= 0);
		CHECK_EQ(lane->outcome.firing_count, expected);
		if (since >= 0 && lane->open_count == 1)
			CHECK_EQ(lane->open[0].anchor, since);
		for (int i = 0; i < lane->outcome.wait_count; i++)
			CHECK_EQ(lane->outcome.waits[i].end_reason, END_CLEARED);
	}
	free(lane);
}

int
main(void)
{
	for (int i = 0; i < ROUNDS && checks_failed < 10; i++)
	{
		test_random_member();
		test_random_state();
	}
	return check_done();
}
