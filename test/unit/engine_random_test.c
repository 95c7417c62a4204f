/*
 * engine_random_test.c
 *	  The rule engine on random rules and streams, in one pass, cut into batches,
 *	  and with late events, against the oracle.
 *
 * sources: src/rule/engine.c src/rule/engine_pattern.c src/rule/engine_step.c src/base/arena.c test/unit/engine_oracle.c
 */
#include "engine_lane.h"

#define A INPUT_TRIGGER
#define B INPUT_ANSWER
#define C INPUT_UNTIL

/* ---- random histories ------------------------------------------------------------ */

static uint64_t seed;

static int
below(int limit)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (int) ((seed >> 33) % (uint64_t) limit);
}

/* A first step that is a repeat, a last one without end. */
static void
random_ends(Lane *lane)
{
	RuleStep   *last = &lane->steps[lane->rule.step_count - 1];

	if (below(6) == 0)
	{
		lane->steps[0].timing = STEP_EVERY;
		lane->steps[0].delay.count = 1 + below(8);
		lane->steps[0].at_most = 1 + below(4);
	}
	if (last->timing == STEP_EVERY && (lane->rule.absent.event || lane->rule.until.event) &&
		below(2))
		last->at_most = 0;
}

/* USING CALENDAR: windows and delays by the days of one or the other calendar. */
static void
random_calendar(Lane *lane)
{
	static unsigned calendars[] = {0x7f, 0x15, 0x60};

	if (below(3) != 0)
		return;
	lane->rule.calendar = "of its own";
	lane->keeper.context = &calendars[below(3)];
	lane->rule.window.unit = lane->rule.lead.unit = lane->rule.cooldown.unit = UNIT_WORKING_DAY;
	for (int i = 0; i < lane->rule.step_count; i++)
		if (below(2))
			lane->steps[i].delay.unit = UNIT_WORKING_DAY;
}

static Lane *
random_lane(void)
{
	Lane	   *lane = lane_begin(below(3), below(4) > 0, below(2), 1 + below(12));
	int			more = below(ORACLE_STEPS);

	if (below(3) == 0)
		lane->rule.window.unit = UNIT_HOUR;
	for (int i = 0; i < more; i++)
	{
		if (below(4) == 0)
			lane_repeat(lane, 1 + below(8), 1 + below(5));
		else
			lane_step(lane, below(2) ? STEP_AFTER_FIRST : STEP_AFTER_PREVIOUS, below(8));
	}
	random_ends(lane);
	if (below(3) == 0 && lane->rule.absent.event)
		lane->rule.date_column = "due";
	if (below(6) == 0)
	{
		lane->rule.date_column = "ends";
		lane->rule.lead = (Duration)
		{
			1 + below(10), UNIT_DAY
		};
	}
	if (below(3) == 0)
		lane->active_since = below(40);
	lane->rule.fire_past = below(3) == 0;
	if (below(3) == 0)
		lane->rule.cooldown = (Duration)
	{
		1 + below(14), UNIT_DAY
	};
	random_calendar(lane);
	return lane;
}

static int
random_events(const Lane *lane, EngineEvent *events)
{
	int			count = 1 + below(14);

	for (int i = 0; i < count; i++)
	{
		EngineEvent *e = &events[i];

		*e = event(below(40), i + 1, below(3) ? A : B);
		if (below(6) == 0)
			e->input |= B;
		if (lane->rule.until.event && below(4) == 0)
			e->input = below(2) ? C : e->input | C;
		if (!lane->rule.absent.event)
			e->input &= ~B;
		if (lane->rule.date_column)
			e->anchor = below(8) == 0 ? INSTANT_NONE : 4 * (e->at / 4 + below(6) - 2);
	}
	qsort(events, count, sizeof(EngineEvent), by_position);
	return count;
}

/* Events before each cut, the due times up to it, and so on. */
static void
run_in_batches(Lane *lane, const EngineEvent *events, int count, int cuts)
{
	Instant		watermark = 0;
	int			done = 0;

	while (cuts-- > 0 && watermark < 60)
	{
		int			first = done;

		watermark += below(1 + 60 / (cuts + 1));
		if (watermark > 100)
			watermark = 100;
		while (done < count && events[done].at < watermark)
			done++;
		lane_run(lane, events + first, done - first, watermark);
	}
	lane_run(lane, events + done, count - done, 100);
	lane_finish(lane);
}

static bool
has_firing(const Outcome *outcome, int64_t trigger, int step, int repetition, Instant due_at)
{
	int			found = 0;

	for (int i = 0; i < outcome->firing_count; i++)
		found += outcome->firings[i].trigger == trigger &&
			outcome->firings[i].step == step && outcome->firings[i].repetition == repetition &&
			outcome->firings[i].due_at == due_at;
	return found == 1;
}

static const EngineWait *
wait_of(const Outcome *outcome, int64_t trigger)
{
	const EngineWait *found = NULL;

	for (int i = 0; i < outcome->wait_count; i++)
	{
		if (outcome->waits[i].trigger_event != trigger)
			continue;
		if (found != NULL)
			return NULL;		/* one trigger, two waits */
		found = &outcome->waits[i];
	}
	return found;
}

static bool
same_wait(const Lane *lane, const OracleWait *expected, int *firings)
{
	const EngineWait *wait = wait_of(&lane->outcome, expected->trigger->event_id);
	int			fired = 0;

	if (wait == NULL || wait->end_reason != expected->end_reason)
		return false;
	for (int k = 0; k < expected->due_count; k++)
	{
		if (!expected->fired[k])
			continue;
		fired++;
		if (oracle_is_silent(&lane->rule, lane->active_since, expected->due[k]))
			continue;
		(*firings)++;
		if (!has_firing(&lane->outcome, wait->trigger_event, expected->step[k],
						expected->repetition[k], expected->due[k]))
			return false;
	}
	if (fired == expected->due_count ? wait->next_step != lane->rule.step_count
		: wait->next_step != expected->step[fired] ||
		wait->repetition != expected->repetition[fired] - (expected->repetition[fired] > 0))
		return false;
	if (expected->end_reason != END_NONE)
		return wait->ended_at == expected->ended_at && wait->end_event == expected->end_event;
	return wait->due_at == (fired < expected->due_count ? expected->due[fired] : INSTANT_NONE);
}

static bool
same_outcome(const Lane *lane, const Oracle *oracle)
{
	int			firings = 0;

	if (lane->outcome.wait_count != oracle->wait_count)
		return false;
	for (int i = 0; i < oracle->wait_count; i++)
		if (!same_wait(lane, &oracle->waits[i], &firings))
			return false;
	return firings == lane->outcome.firing_count;
}

static EngineInput
whole_history(const Lane *lane, const EngineEvent *events, int count, Instant until)
{
	EngineInput input = {
		.rule = &lane->rule,.timekeeper = &lane->keeper,.active_since = lane->active_since,
		.until = until,.events = events,.event_count = count
	};

	return input;
}

/* in one pass = in batches = by definition */
static bool
compare_in_order(int cuts)
{
	Lane	   *lane = random_lane();
	EngineEvent events[MAX_EVENTS];
	int			count = random_events(lane, events);
	EngineInput input = whole_history(lane, events, count, 100);
	Oracle	   *oracle = calloc(1, sizeof(Oracle));
	bool		same;

	run_in_batches(lane, events, count, cuts);
	oracle_run(oracle, &input);
	same = same_outcome(lane, oracle);
	free(oracle);
	free(lane);
	return same;
}

/* The batches in which events arrive: at their time or some batches later. */
static int
next_arrivals(EngineEvent *waiting, int *waiting_count, Instant watermark, EngineEvent *batch)
{
	int			taken = 0;
	int			kept = 0;

	for (int i = 0; i < *waiting_count; i++)
	{
		if (watermark >= 100 || (waiting[i].at < watermark && below(2)))
			batch[taken++] = waiting[i];
		else
			waiting[kept++] = waiting[i];
	}
	*waiting_count = kept;
	qsort(batch, taken, sizeof(EngineEvent), by_position);
	return taken;
}

/* EACH TIME, late events: what was done stays done, the rest is as by definition */
static bool
compare_late_each_time(void)
{
	Lane	   *lane = random_lane();
	EngineEvent waiting[MAX_EVENTS];
	EngineEvent batch[MAX_EVENTS];
	Past	   *known = calloc(1, sizeof(Past));
	Oracle	   *oracle = calloc(1, sizeof(Oracle));
	int			count;
	bool		same;

	lane->rule.rearm = REARM_EACH_TIME;
	lane->rule.cooldown.count = 0;
	count = random_events(lane, waiting);
	for (Instant watermark = 0; watermark <= 100;
		 watermark = watermark == 100 ? 101 : watermark + 1 + below(30) < 60
		 ? watermark + 1 + below(30) : 100)
	{
		int			taken = next_arrivals(waiting, &count, watermark, batch);
		EngineInput input;

		lane_run(lane, batch, taken, watermark);
		memcpy(known->events + known->count, batch, taken * sizeof(EngineEvent));
		known->count += taken;
		input = whole_history(lane, known->events, known->count, watermark);
		oracle_learn(oracle, &input);
	}
	lane_finish(lane);
	same = same_outcome(lane, oracle);
	free(oracle);
	free(known);
	free(lane);
	return same;
}

static bool
same_open_waits(const Lane *lane, const Oracle *oracle)
{
	int			open = 0;

	for (int i = 0; i < oracle->wait_count; i++)
	{
		if (oracle->waits[i].end_reason != END_NONE)
			continue;
		open++;
		if (lane->open_count != 1 ||
			lane->open[0].trigger_event != oracle->waits[i].trigger->event_id ||
			lane->open[0].due_at != oracle->waits[i].due[0])
			return false;
	}
	return open == lane->open_count;
}

/* One open wait per key, late events, nothing fired yet: as if in order. */
static bool
compare_late_one_open(void)
{
	Lane	   *lane = random_lane();
	EngineEvent waiting[MAX_EVENTS];
	EngineEvent all[MAX_EVENTS];
	EngineEvent batch[MAX_EVENTS];
	Oracle	   *oracle = calloc(1, sizeof(Oracle));
	int			count;
	int			total;
	EngineInput input;
	bool		same;

	lane->rule.rearm = REARM_ONE_OPEN;
	lane->rule.absent.event = "b";
	lane->rule.lead.count = 0;
	lane->rule.window.count = 1000;
	total = count = random_events(lane, waiting);
	memcpy(all, waiting, sizeof(all));
	for (Instant watermark = 10; watermark <= 100; watermark += 30)
	{
		int			taken = next_arrivals(waiting, &count, watermark, batch);

		lane_run(lane, batch, taken, watermark);
	}
	input = whole_history(lane, all, total, 100);
	oracle_run(oracle, &input);
	same = same_open_waits(lane, oracle);
	free(oracle);
	free(lane);
	return same;
}

/* No other first step within the cooldown: what fired by mistake counts, too. */
static bool
stands_alone(const Lane *lane, int which)
{
	const Outcome *outcome = &lane->outcome;
	Instant		due = outcome->firings[which].due_at;

	if (outcome->firings[which].step != 0 || outcome->firings[which].repetition > 1)
		return true;
	for (int i = 0; i < outcome->firing_count; i++)
		if (i != which && outcome->firings[i].step == 0 && outcome->firings[i].repetition <= 1 &&
			outcome->firings[i].due_at <= due &&
			due < lane->keeper.add(lane->keeper.context, outcome->firings[i].due_at, lane->rule.cooldown))
			return false;
	return true;
}

/* One open wait per key, late events, all sorts fired: what must hold anyway. */
static bool
late_stays_sound(void)
{
	Lane	   *lane = random_lane();
	EngineEvent waiting[MAX_EVENTS];
	EngineEvent batch[MAX_EVENTS];
	int			count = random_events(lane, waiting);
	Outcome    *outcome = &lane->outcome;
	bool		sound = true;

	for (Instant watermark = 10; watermark <= 100; watermark += 15)
	{
		int			taken = next_arrivals(waiting, &count, watermark, batch);

		lane_run(lane, batch, taken, watermark);
		sound = sound && (lane->rule.rearm == REARM_EACH_TIME || lane->open_count <= 1);
	}
	for (int i = 0; i < outcome->firing_count; i++)
		sound = sound && !oracle_is_silent(&lane->rule, lane->active_since, outcome->firings[i].due_at) &&
			has_firing(outcome, outcome->firings[i].trigger, outcome->firings[i].step,
					   outcome->firings[i].repetition, outcome->firings[i].due_at);
	for (int i = 0; lane->rule.cooldown.count != 0 && i < outcome->firing_count; i++)
		sound = sound && stands_alone(lane, i);
	for (int i = 0; i < outcome->wait_count; i++)
		sound = sound && (outcome->waits[i].end_reason != END_ANSWERED_LATE ||
						  outcome->waits[i].ended_at < outcome->waits[i].previous_due);
	free(lane);
	return sound;
}

static void
test_random(const char *what, int cases, int kind)
{
	for (int i = 0; i < cases; i++)
	{
		bool		good;

		seed = (uint64_t) i * 7919 + kind;
		good = kind == 0 ? compare_in_order(0)
			: kind == 1 ? compare_in_order(1 + below(12))
			: kind == 2 ? compare_late_each_time()
			: kind == 3 ? compare_late_one_open() : late_stays_sound();
		CHECK(good);
		if (!good)
			printf("    %s, case %d\n", what, i);
		if (checks_failed > 10)
			return;
	}
}

int
main(void)
{
	test_random("one pass", 4000, 0);
	test_random("batches", 8000, 1);
	test_random("late, each time", 6000, 2);
	test_random("late, one open", 6000, 3);
	test_random("late, sound", 6000, 4);
	return check_done();
}
