/*
 * engine_test.c
 *	  The rule engine: each boundary of time by hand.
 *
 * sources: src/rule/engine.c src/rule/engine_pattern.c src/rule/engine_step.c src/base/arena.c
 */
#include "engine_lane.h"

#define A INPUT_TRIGGER
#define B INPUT_ANSWER
#define C INPUT_UNTIL
#define RUN(lane, until, ...) \
	do { \
		EngineEvent events_[] = {__VA_ARGS__}; \
		lane_run(lane, events_, sizeof(events_) / sizeof(EngineEvent), until); \
	} while (0)
#define SWEEP(lane, until) lane_run(lane, NULL, 0, until)
#define FIRED(lane, i, trigger_, step_, due) \
	do { \
		CHECK_EQ((lane)->outcome.firings[i].trigger, trigger_); \
		CHECK_EQ((lane)->outcome.firings[i].step, step_); \
		CHECK_EQ((lane)->outcome.firings[i].due_at, due); \
	} while (0)
#define FIRINGS(lane, count) CHECK_EQ((lane)->outcome.firing_count, count)
#define ENDED(lane, i, reason, id) \
	do { \
		CHECK_EQ((lane)->outcome.waits[i].end_reason, reason); \
		CHECK_EQ((lane)->outcome.waits[i].end_event, id); \
	} while (0)

/* ---- each boundary by hand ----------------------------------------------------- */

static void
test_window_is_half_open(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	RUN(lane, 5, event(0, 1, A));
	SWEEP(lane, 9);
	FIRINGS(lane, 0);
	SWEEP(lane, 10);			/* due at 10, swept up to and including 10 */
	FIRED(lane, 0, 1, 0, 10);
	CHECK(!lane->outcome.firings[0].superseded);
	free(lane);

	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 20, event(0, 1, A), event(9, 2, B));
	FIRINGS(lane, 0);
	ENDED(lane, 0, END_ANSWERED, 2);
	free(lane);

	/* stamped exactly then is too late: the due time goes first */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 20, event(0, 1, A), event(10, 2, B));
	FIRED(lane, 0, 1, 0, 10);
	ENDED(lane, 0, END_ANSWERED, 2);
	CHECK(lane->outcome.firings[0].superseded);
	free(lane);
}

static void
test_order_within_an_instant(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	/* before its trigger in order is no answer, after it is */
	RUN(lane, 5, event(0, 1, B), event(0, 2, A));
	CHECK_EQ(lane->open_count, 1);
	RUN(lane, 6, event(5, 3, A), event(5, 4, B));
	ENDED(lane, 0, END_ANSWERED, 4);
	CHECK_EQ(lane->open_count, 0);
	free(lane);
}

static void
test_cancel_that_matches(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	RUN(lane, 30, event(0, 1, A | B), event(8, 2, A | B));
	FIRED(lane, 0, 2, 0, 18);	/* the second cancelled the first, and waits */
	FIRINGS(lane, 1);
	free(lane);
}

static void
test_at_once(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, false, false, 0);

	RUN(lane, 5, event(1, 1, A), event(1, 2, A), event(3, 3, A));
	FIRINGS(lane, 3);			/* nothing keeps such a wait open */
	FIRED(lane, 1, 2, 0, 1);
	ENDED(lane, 2, END_COMPLETED, 0);
	free(lane);

	lane = lane_begin(REARM_ONE_OPEN, false, true, 0);
	RUN(lane, 5, event(1, 1, A), event(2, 2, A), event(3, 3, C), event(4, 4, A));
	FIRINGS(lane, 2);			/* UNTIL keeps it open */
	FIRED(lane, 1, 4, 0, 4);
	CHECK(!lane->outcome.firings[0].superseded);	/* it did happen */
	free(lane);
}

static void
test_anchor(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	EngineEvent late_due = event(0, 1, A);
	EngineEvent no_due = event(0, 2, A);

	lane->rule.date_column = "due";
	late_due.anchor = 30;
	no_due.anchor = INSTANT_NONE;
	RUN(lane, 50, no_due, late_due);
	FIRED(lane, 0, 1, 0, 40);
	FIRINGS(lane, 1);
	free(lane);

	/* paid before it is due; a date in the past is due at once */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	lane->rule.date_column = "due";
	late_due.anchor = 30;
	RUN(lane, 50, late_due, event(5, 2, B));
	FIRINGS(lane, 0);
	late_due = event(60, 3, A);
	late_due.anchor = 45;
	RUN(lane, 61, late_due);
	FIRED(lane, 0, 3, 0, 55);
	free(lane);
}

static void
test_ladder(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, true, 10);

	lane_step(lane, STEP_AFTER_FIRST, 7);
	lane_step(lane, STEP_AFTER_PREVIOUS, 7);
	lane_step(lane, STEP_AFTER_FIRST, 20);
	RUN(lane, 10, event(0, 1, A));
	SWEEP(lane, 17);
	RUN(lane, 24, event(17, 2, A), event(18, 3, B));	/* UNTIL says otherwise */
	FIRINGS(lane, 3);
	FIRED(lane, 0, 1, 0, 10);
	FIRED(lane, 1, 1, 1, 17);
	FIRED(lane, 2, 1, 2, 24);
	RUN(lane, 30, event(25, 4, C));
	SWEEP(lane, 100);
	FIRINGS(lane, 3);
	ENDED(lane, 0, END_UNTIL, 4);
	free(lane);

	/* without UNTIL the answer ends the ladder */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	lane_step(lane, STEP_AFTER_FIRST, 7);
	RUN(lane, 100, event(0, 1, A), event(12, 2, B));
	FIRINGS(lane, 1);
	ENDED(lane, 0, END_ANSWERED, 2);
	free(lane);
}

static void
test_outage(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	lane_step(lane, STEP_AFTER_FIRST, 7);
	lane_step(lane, STEP_AFTER_FIRST, 14);
	RUN(lane, 5, event(0, 1, A));
	SWEEP(lane, 20);			/* asleep from 5 to 20: step 1 is the one that
								 * is due */
	FIRINGS(lane, 2);
	FIRED(lane, 1, 1, 1, 17);
	CHECK(lane->outcome.firings[0].superseded);
	CHECK(!lane->outcome.firings[1].superseded);
	SWEEP(lane, 24);
	FIRED(lane, 2, 1, 2, 24);
	CHECK_EQ(lane->open_count, 1);	/* all fired: open until the answer */
	CHECK_EQ(lane->open[0].due_at, INSTANT_NONE);
	free(lane);
}

#define REPEATED(lane, i, repetition_) CHECK_EQ((lane)->outcome.firings[i].repetition, repetition_)

static void
test_repeat(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, true, 10);

	lane_repeat(lane, 5, 3);
	lane_step(lane, STEP_AFTER_PREVIOUS, 7);
	RUN(lane, 10, event(0, 1, A));
	SWEEP(lane, 15);
	FIRINGS(lane, 2);
	FIRED(lane, 1, 1, 1, 15);
	REPEATED(lane, 0, 0);
	REPEATED(lane, 1, 1);
	SWEEP(lane, 26);			/* asleep: of two repetitions the latest acts */
	FIRINGS(lane, 4);
	FIRED(lane, 3, 1, 1, 25);
	REPEATED(lane, 3, 3);
	CHECK(lane->outcome.firings[2].superseded);
	CHECK(!lane->outcome.firings[3].superseded);
	SWEEP(lane, 32);			/* the next step counts from the last */
	FIRINGS(lane, 5);
	FIRED(lane, 4, 1, 2, 32);
	REPEATED(lane, 4, 0);
	free(lane);

	/*
	 * without end, until the answer; the first step repeats from the firing
	 * on
	 */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	lane->steps[0].timing = STEP_EVERY;
	lane->steps[0].delay.count = 4;
	lane->steps[0].delay.unit = UNIT_DAY;
	RUN(lane, 10, event(0, 1, A));
	SWEEP(lane, 14);
	SWEEP(lane, 18);
	RUN(lane, 40, event(19, 2, B));
	FIRINGS(lane, 3);
	FIRED(lane, 0, 1, 0, 10);
	FIRED(lane, 2, 1, 0, 18);
	REPEATED(lane, 2, 3);
	ENDED(lane, 0, END_ANSWERED, 2);
	free(lane);
}

/* A step that comes only when something was delivered takes no other's place. */
static void
test_when_delivered(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	lane_step(lane, STEP_AFTER_FIRST, 5);
	lane_step(lane, STEP_AFTER_FIRST, 9);
	lane->steps[1].guard = GUARD_UNLESS_DONE;
	lane->steps[2].guard = GUARD_WHEN_DELIVERED;
	RUN(lane, 5, event(0, 1, A));
	SWEEP(lane, 30);
	FIRINGS(lane, 3);
	CHECK(lane->outcome.firings[0].superseded);
	CHECK(!lane->outcome.firings[1].superseded);
	CHECK(!lane->outcome.firings[2].superseded);
	free(lane);
}

/* Repetitions that nothing can end close the wait; those before activation are silent. */
static void
test_repeat_ends(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, false, false, 0);

	lane_repeat(lane, 5, 2);
	RUN(lane, 9, event(0, 1, A));
	CHECK_EQ(lane->open_count, 1);
	CHECK_EQ(lane->open[0].repetition, 1);
	SWEEP(lane, 10);
	FIRINGS(lane, 3);
	ENDED(lane, 0, END_COMPLETED, 0);
	free(lane);

	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	lane_repeat(lane, 5, 0);
	lane->active_since = 22;
	RUN(lane, 26, event(0, 1, A));
	FIRINGS(lane, 1);
	FIRED(lane, 0, 1, 1, 25);
	REPEATED(lane, 0, 3);
	free(lane);
}

static void
test_activation(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	lane_step(lane, STEP_AFTER_FIRST, 7);
	lane->active_since = 12;
	RUN(lane, 30, event(0, 1, A));
	FIRINGS(lane, 1);
	FIRED(lane, 0, 1, 1, 17);
	free(lane);

	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	lane->active_since = 10;	/* not before: at it is */
	RUN(lane, 30, event(0, 1, A));
	FIRINGS(lane, 1);
	free(lane);
}

/* FIRE PAST: a date in the past, and what comes late, fire with their true due times. */
static void
test_fire_past(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 5);
	EngineEvent due_before = {20, 1, A, 3};

	lane_step(lane, STEP_AFTER_FIRST, 20);
	lane->rule.date_column = "due";
	lane->rule.fire_past = true;
	lane->active_since = 20;
	lane_run(lane, &due_before, 1, 21);
	CHECK_EQ(lane->outcome.firing_count, 1);
	CHECK_EQ(lane->outcome.firings[0].due_at, 8);
	CHECK_EQ(lane->outcome.firings[0].superseded, false);
	lane_run(lane, NULL, 0, 28);
	CHECK_EQ(lane->outcome.firing_count, 2);
	CHECK_EQ(lane->outcome.firings[1].due_at, 28);
	free(lane);
}

static void
test_rearm(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	RUN(lane, 40, event(0, 1, A), event(5, 2, A), event(15, 3, A), event(20, 4, B),
		event(21, 5, A));
	FIRINGS(lane, 2);
	FIRED(lane, 1, 5, 0, 31);
	free(lane);

	lane = lane_begin(REARM_EACH_TIME, true, false, 10);
	RUN(lane, 40, event(0, 1, A), event(5, 2, A), event(12, 3, B), event(20, 4, A));
	FIRINGS(lane, 2);
	FIRED(lane, 0, 1, 0, 10);	/* the answer ended both, one of them in time */
	FIRED(lane, 1, 4, 0, 30);
	free(lane);

	lane = lane_begin(REARM_ONCE, true, false, 10);
	RUN(lane, 5, event(0, 1, A), event(2, 2, B));
	RUN(lane, 40, event(6, 3, A));
	FIRINGS(lane, 0);
	free(lane);
}

static void
test_altered_ladder(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	/* a step less: nothing fires that the rule does not have */
	lane_step(lane, STEP_AFTER_FIRST, 7);
	RUN(lane, 12, event(0, 1, A));
	lane->rule.step_count = 1;
	SWEEP(lane, 20);
	FIRINGS(lane, 1);
	CHECK_EQ(lane->open[0].due_at, INSTANT_NONE);
	/* and two more */
	lane->rule.step_count = 2;
	lane_step(lane, STEP_AFTER_FIRST, 14);
	SWEEP(lane, 24);
	FIRINGS(lane, 3);
	FIRED(lane, 2, 1, 2, 24);
	free(lane);
}

/* ---- late events by hand --------------------------------------------------------- */

static void
test_late_answer(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	RUN(lane, 12, event(0, 1, A));
	FIRINGS(lane, 1);
	RUN(lane, 13, event(9, 2, B));	/* was in time, was learnt after */
	ENDED(lane, 0, END_ANSWERED_LATE, 2);
	free(lane);

	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 12, event(0, 1, A));
	RUN(lane, 13, event(10, 2, B));
	ENDED(lane, 0, END_ANSWERED, 2);
	free(lane);

	/* a trigger that the wait hid counts when the wait should have been over */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 8, event(0, 1, A), event(6, 3, A));
	RUN(lane, 9, event(4, 2, B));
	CHECK_EQ(lane->open_count, 1);
	CHECK_EQ(lane->open[0].trigger_event, 3);
	CHECK_EQ(lane->open[0].due_at, 16);
	free(lane);

	/* an answer from before the trigger is none */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 8, event(5, 2, A));
	RUN(lane, 9, event(4, 1, B));
	CHECK_EQ(lane->open_count, 1);
	free(lane);
}

static void
test_late_trigger(void)
{
	Lane	   *lane = lane_begin(REARM_ONE_OPEN, true, false, 10);

	/* answered before it was learnt */
	RUN(lane, 8, event(5, 2, B));
	RUN(lane, 9, event(1, 1, A));
	ENDED(lane, 0, END_ANSWERED, 2);
	FIRINGS(lane, 0);
	free(lane);

	/* the window passed before it was learnt */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	SWEEP(lane, 20);
	RUN(lane, 21, event(1, 1, A));
	FIRED(lane, 0, 1, 0, 11);
	free(lane);

	/* a later wait goes back to the earlier trigger */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 8, event(5, 2, A));
	RUN(lane, 9, event(1, 1, A));
	CHECK_EQ(lane->open_count, 1);
	CHECK_EQ(lane->open[0].trigger_event, 1);
	CHECK_EQ(lane->open[0].due_at, 11);
	CHECK_EQ(lane->outcome.wait_count, 0);
	free(lane);

	/* an earlier one stays; one that has fired stands for both */
	lane = lane_begin(REARM_ONE_OPEN, true, false, 10);
	RUN(lane, 8, event(1, 1, A));
	RUN(lane, 9, event(5, 2, A));
	CHECK_EQ(lane->open[0].trigger_event, 1);
	SWEEP(lane, 11);
	RUN(lane, 12, event(0, 3, A));
	CHECK_EQ(lane->open_count, 1);
	CHECK_EQ(lane->open[0].trigger_event, 1);
	FIRINGS(lane, 1);
	free(lane);
}

int
main(void)
{
	test_window_is_half_open();
	test_order_within_an_instant();
	test_cancel_that_matches();
	test_at_once();
	test_anchor();
	test_ladder();
	test_outage();
	test_repeat();
	test_repeat_ends();
	test_when_delivered();
	test_activation();
	test_fire_past();
	test_rearm();
	test_altered_ladder();
	test_late_answer();
	test_late_trigger();
	return check_done();
}
