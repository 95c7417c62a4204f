/*
 * check.h
 *	  The little that a unit test of a pure core needs.
 *
 * CHECK(condition) counts; CHECK_EQ and CHECK_STR also show what came instead.
 * A test's main() ends with `return check_done();`, which prints the counts.
 */
#ifndef SP_CHECK_H
#define SP_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int	checks_passed;
static int	checks_failed;

static inline void
check_count(int passed, const char *file, int line, const char *what)
{
	if (passed)
		checks_passed++;
	else
	{
		checks_failed++;
		printf("%s:%d: failed: %s\n", file, line, what);
	}
}

#define CHECK(condition) check_count((condition) ? 1 : 0, __FILE__, __LINE__, #condition)

#define CHECK_EQ(got, expected) \
	do { \
		int64_t		got_ = (int64_t) (got); \
		int64_t		expected_ = (int64_t) (expected); \
		check_count(got_ == expected_, __FILE__, __LINE__, #got " == " #expected); \
		if (got_ != expected_) \
			printf("    got %" PRId64 ", expected %" PRId64 "\n", got_, expected_); \
	} while (0)

#define CHECK_STR(got, expected) \
	do { \
		const char *got_ = (got); \
		const char *expected_ = (expected); \
		int			same_ = got_ != NULL && strcmp(got_, expected_) == 0; \
		check_count(same_, __FILE__, __LINE__, #got " == " #expected); \
		if (!same_) \
			printf("    got      \"%s\"\n    expected \"%s\"\n", got_ ? got_ : "(null)", expected_); \
	} while (0)

static inline int
check_done(void)
{
	printf("%d passed, %d failed\n", checks_passed, checks_failed);
	return checks_failed == 0 ? 0 : 1;
}

#endif							/* SP_CHECK_H */
