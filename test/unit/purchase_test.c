/*
 * purchase_test.c
 *	  The BG/NBD model against customers simulated one by one.
 *
 * sources: src/stats/purchase.c src/stats/purchase_fit.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "stats/purchase.h"

#define CUSTOMERS 20000

static uint64_t seed = 1;

static double
uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((seed >> 11) + 0.5) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Marsaglia and Tsang */
static double
gamma_draw(double shape)
{
	double		d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
	double		c = 1 / sqrt(9 * d);

	for (;;)
	{
		double		z = normal();
		double		v = (1 + c * z) * (1 + c * z) * (1 + c * z);

		if (v > 0 && log(uniform()) < z * z / 2 + d - d * v + d * log(v))
			return shape < 1 ? d * v * pow(uniform(), 1 / shape) : d * v;
	}
}

static const PurchaseModel truth = {.r = 0.6,.alpha = 12,.a = 0.8,.b = 2.5};

typedef struct Life
{
	PurchaseHistory history;
	bool		alive;
	int			later;			/* purchases in the span after the age */
}			Life;

/* one customer of the model: what the fit sees, and what came after */
static Life
live(double age, double span)
{
	double		rate = gamma_draw(truth.r) / truth.alpha;
	double		x = gamma_draw(truth.a);
	double		leaves = x / (x + gamma_draw(truth.b));
	Life		life = {.history = {0, 0, age},.alive = true};
	double		now = 0;

	for (;;)
	{
		now += -log(uniform()) / rate;
		if (now > age + span)
			return life;
		if (now <= age)
		{
			life.history.repeats++;
			life.history.recency = now;
		}
		else
			life.later++;
		if (uniform() < leaves)
		{
			life.alive = now > age;
			return life;
		}
	}
}

/* the logarithm of equation 6 of the paper, written out */
static double
log_likelihood(const PurchaseModel *model, const PurchaseHistory *history)
{
	int			x = history->repeats;
	double		r = model->r;
	double		a = model->a;
	double		b = model->b;
	double		stayed = lgamma(b + x) - lgamma(b) + lgamma(a + b) - lgamma(a + b + x) + lgamma(r + x) - lgamma(r) +
	r * log(model->alpha) - (r + x) * log(model->alpha + history->age);

	return x == 0 ? stayed : stayed +
		log1p(a / (b + x - 1) * pow((model->alpha + history->age) / (model->alpha + history->recency), r + x));
}

/* the likelihood summed plainly, for any parameters: an oracle of the fit */
static double
total(const PurchaseModel *model, const PurchaseCount *seen, size_t count)
{
	double		sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += seen[i].customers * log_likelihood(model, &seen[i].history);
	return sum;
}

static PurchaseCount seen[CUSTOMERS];
static Life lives[CUSTOMERS];

static size_t
simulate(void)
{
	for (int i = 0; i < CUSTOMERS; i++)
	{
		lives[i] = live(40 + i % 60, 50);
		seen[i] = (PurchaseCount)
		{
			lives[i].history, 1
		};
	}
	return purchase_compact(seen, CUSTOMERS);
}

static void
test_fit(size_t count)
{
	PurchaseModel model;
	double		best;

	purchase_fit(seen, count, &model);
	CHECK_EQ(model.status, PURCHASE_OK);
	CHECK(fabs(model.r / truth.r - 1) < 0.05);
	CHECK(fabs(model.alpha / truth.alpha - 1) < 0.08);
	CHECK(fabs(model.a / truth.a - 1) < 0.2);
	CHECK(fabs(model.b / truth.b - 1) < 0.25);
	best = total(&model, seen, count);
	CHECK(fabs(best / model.log_likelihood - 1) < 1e-10);
	CHECK(best >= total(&truth, seen, count));
	/* no neighbour is likelier */
	for (int i = 0; i < 8; i++)
	{
		PurchaseModel other = model;
		double	   *parameter[] = {&other.r, &other.alpha, &other.a, &other.b};

		*parameter[i / 2] *= i % 2 == 0 ? 1.003 : 0.997;
		CHECK(total(&other, seen, count) < best);
	}
}

static void
test_unit_of_time(size_t count)
{
	static PurchaseCount weeks[CUSTOMERS];
	PurchaseModel by_day;
	PurchaseModel by_week;

	for (size_t i = 0; i < count; i++)
	{
		weeks[i] = seen[i];
		weeks[i].history.recency /= 7;
		weeks[i].history.age /= 7;
	}
	purchase_fit(seen, count, &by_day);
	purchase_fit(weeks, count, &by_week);
	CHECK(fabs(by_day.r / by_week.r - 1) < 1e-6);
	CHECK(fabs(by_day.alpha / by_week.alpha / 7 - 1) < 1e-6);
	CHECK(fabs(by_day.b / by_week.b - 1) < 1e-5);
}

/* what the formulas say of groups of customers, against what became of them */
static void
test_predictions(void)
{
	for (int repeats = 1; repeats < 6; repeats++)
	{
		double		expected = 0;
		double		alive = 0;
		double		bought = 0;
		double		lived = 0;
		int			members = 0;

		for (int i = 0; i < CUSTOMERS; i++)
		{
			if (lives[i].history.repeats < repeats || (repeats < 5 && lives[i].history.repeats > repeats))
				continue;
			expected += purchase_expected(&truth, &lives[i].history, 50);
			alive += purchase_alive(&truth, &lives[i].history);
			bought += lives[i].later;
			lived += lives[i].alive;
			members++;
		}
		CHECK(members > 200);
		CHECK(fabs(expected / bought - 1) < 0.1);
		CHECK(fabs(alive / lived - 1) < 0.05);
	}
}

/* expected purchases: the span from 0 to infinity, loyal customers, a near 1 */
static void
test_expected(void)
{
	PurchaseHistory loyal = {5000, 5000, 5001};
	PurchaseHistory once = {0, 0, 100};
	PurchaseModel model = truth;
	double		below;
	double		at;

	CHECK(purchase_expected(&truth, &loyal, 0) == 0);
	CHECK(purchase_expected(&truth, &loyal, 100) > 95);
	CHECK(purchase_expected(&truth, &loyal, 100) < 101);
	CHECK(purchase_expected(&truth, &once, 1e7) > purchase_expected(&truth, &once, 1e6));
	CHECK(purchase_alive(&truth, &once) == 1);
	model.a = 1 - 2e-5;
	below = purchase_expected(&model, &once, 50);
	model.a = 1;
	at = purchase_expected(&model, &once, 50);
	CHECK(fabs(below / at - 1) < 1e-4);
	/* a small step at a time: the purchases of two spans are those of both */
	CHECK(fabs(purchase_expected(&truth, &once, 1e-4) / 1e-4 - truth.r / (truth.alpha + once.age)) < 1e-6);
}

static void
test_bounds(void)
{
	PurchaseCount never[1] = {{{0, 0, 10}, 50}};
	PurchaseCount same[1] = {{{3, 9, 10}, 50}};
	PurchaseHistory bad[] = {{-1, 0, 1}, {0, 1, 2}, {1, 0, 2}, {1, 3, 2}, {1, 1, INFINITY}, {1, NAN, 2}, {1, 1, NAN}};
	PurchaseModel model;

	purchase_fit(never, 1, &model);
	CHECK_EQ(model.status, PURCHASE_NO_REPEATS);
	purchase_fit(same, 1, &model);
	CHECK_EQ(model.status, PURCHASE_AT_BOUND);
	CHECK(isfinite(model.log_likelihood) && isfinite(purchase_expected(&model, &same[0].history, 10)));
	CHECK(fabs(purchase_expected(&model, &same[0].history, 10) - 3) < 0.5);
	for (int i = 0; i < 7; i++)
		CHECK(!purchase_history_valid(&bad[i]));
	CHECK(purchase_history_valid(&same[0].history) && purchase_history_valid(&never[0].history));
}

int
main(void)
{
	size_t		count = simulate();

	test_fit(count);
	test_unit_of_time(count);
	test_predictions();
	test_expected();
	test_bounds();
	return check_done();
}
