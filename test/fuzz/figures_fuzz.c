/*
 * figures_fuzz.c
 *	  Random texts for aging profiles and curves: mutations of good ones.
 *	  Whatever is read must print and read back as itself.
 *
 * figures_fuzz [N [SEED]] runs N mutations and prints a count; built with
 * -fsanitize=fuzzer -DLIBFUZZER it is a libFuzzer target instead.
 *
 * sources: src/aging/profile.c src/aging/profile_text.c src/aging/decimal.c src/types/currency.c src/health/curve.c src/health/curve_power.c src/health/curve_text.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aging/profile.h"
#include "health/curve.h"
#include "mutate.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef union Room
{
	Profile		profile;
	char		bytes[offsetof(Profile, figures) + AGING_MAX_FIGURES * sizeof(Wide)];
}			Room;

static void
must(bool truth, const char *what, const char *text, const char *printed)
{
	if (truth)
		return;
	fprintf(stderr, "%s\n  text: %s\n  printed: %s\n", what, text, printed);
	abort();
}

static bool
try_profile(const char *text)
{
	Room		room = {0};
	Room		again = {0};
	AgingEdges	edges;
	AgingEdges	again_edges;
	char		printed[PROFILE_TEXT_SIZE];

	if (!aging_profile_parse(text, &room.profile, &edges))
		return false;
	aging_profile_print(&room.profile, printed);
	must(aging_profile_parse(printed, &again.profile, &again_edges), "a printed profile does not parse", text, printed);
	must(aging_profile_equal(&room.profile, &again.profile), "another profile", text, printed);
	return true;
}

static bool
try_curve(const char *text)
{
	Curve		curve;
	Curve		again;
	const char *problem = NULL;
	char		printed[CURVE_TEXT_SIZE + 1];

	if (!curve_parse(text, &curve, &problem))
	{
		must(problem != NULL, "a refusal says nothing", text, "");
		return false;
	}
	printed[curve_print(&curve, printed)] = '\0';
	must(curve_parse(printed, &again, &problem), "a printed curve does not parse", text, printed);
	must(memcmp(&curve, &again, sizeof(Curve)) == 0, "another curve", text, printed);
	for (int i = 0; i < curve.count; i++)
		must(curve_points(&curve, curve.at[i].value) == curve.at[i].points, "a curve misses its point", text, printed);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = malloc(size + 1);

	memcpy(text, data, size);
	text[		size] = '\0';

	try_profile(text);
	try_curve(text);
	free(text);
	return 0;
}

#ifndef LIBFUZZER

static const char *const seeds[] = {
	"CNY not_due 1.00, 1-30 2.00, 31-60 0.00, 61-90 0.00, 91+ 5.00, credits -3.00",
	"not_due 0, 1+ 170141183460469231731687303715884105727, credits 0",
	"JPY not_due 1, 1-7 2, 8-14 3, 15+ 0, credits 0",
	"not_due -1, 0-29 2, 30+ 3", "CNY up_to_30 1.00, 31+ 0.00, credits 0.00", "all 1", "up_to_0 0, 1+ 5",
	"linear 0:100 90:0", "linear -5.5:0 0.000001:99.9 30:1", "linear -9223372036854:0 9223372036854:100",
};

#define SEED_COUNT (sizeof(seeds) / sizeof(seeds[0]))
static const char bytes[] = "0123456789.:-+, CNYJPYlinearcreditsnot_dueup_to_\t\xe5\xff";

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? atol(argv[1]) : 20000;
	long		good = 0;
	char text[	MOST_TEXT];

	srandom(argc > 2 ? (unsigned) atol(argv[2]) : 0);
	for (size_t i = 0; i < SEED_COUNT; i++)
		must(try_profile(seeds[i]) || try_curve(seeds[i]), "a seed is refused", seeds[i], "");
	for (long i = 0; i < rounds; i++)
	{
		mutate(text, seeds[random() % SEED_COUNT], bytes);
		good += try_profile(text) || try_curve(text);
	}
	printf("%ld mutations, %ld of them good\n", rounds, good);
	return 0;
}

#endif
