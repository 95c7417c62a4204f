/*
 * figure.h
 *	  Figures as people read them: units, digits, signs, two languages.  Pure C.
 */
#ifndef SP_REPORT_FIGURE_H
#define SP_REPORT_FIGURE_H

#include <stdbool.h>

#include "base/arena.h"

typedef enum ReportLanguage
{
	REPORT_EN,
	REPORT_ZH,
	REPORT_LANGUAGES
} ReportLanguage;

typedef struct FigureUnit
{
	const char *name;
	const char *prefix;
	const char *suffix[REPORT_LANGUAGES];	/* of a value */
	const char *change_suffix[REPORT_LANGUAGES];	/* of a difference */
	int			digits;			/* after the point, unless somebody says
								 * otherwise */
	int			shift;			/* what is shown is what is stored times 10 to
								 * this power */
} FigureUnit;

typedef enum FigureForm
{
	FIGURE_VALUE,
	FIGURE_CHANGE				/* with its sign, in the unit of a difference */
} FigureForm;

#define FIGURE_MAX_DIGITS	12
#define FIGURE_MISSING		"\342\200\223"	/* a dash */

/* The relative change, in percent. */
extern const FigureUnit figure_relative;

extern bool figure_unit(const char *name, FigureUnit *unit);
extern bool figure_language(const char *name, ReportLanguage *language);

/*
 * decimal: [-]digits[.digits]; anything else, such as NaN or NULL, gives a dash.
 * digits < 0: those of the unit.  Rounds half away from zero, once.
 */
extern const char *figure_text(Arena *arena, const char *decimal, const FigureUnit *unit,
							   int digits, FigureForm form, ReportLanguage language);
extern const char *figure_double(Arena *arena, double value, const FigureUnit *unit,
								 int digits, ReportLanguage language);

/* short, for an axis: 12k, 1.5M; 1.2 in ten thousands and hundred millions in Chinese */
extern const char *figure_short(Arena *arena, double value, const FigureUnit *unit,
								ReportLanguage language);

#endif							/* SP_REPORT_FIGURE_H */
