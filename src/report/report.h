/*
 * report.h
 *	  What the server side of the report room shares.
 */
#ifndef SP_REPORT_H
#define SP_REPORT_H

#include "base/base.h"

#include "report/figure.h"
#include "utils/array.h"

/* ---- arguments.c ---- */

extern char *report_text_argument(FunctionCallInfo fcinfo, int n);	/* NULL: null */
extern FigureUnit report_unit(const char *name);	/* raises when unknown */
extern ReportLanguage report_language(const char *name);	/* NULL: the setting */
extern int	report_digits(FunctionCallInfo fcinfo, int n);	/* -1: null */
extern void report_require(const char *value, const char *argument, const char *hint);

/* ---- author.c: functions and queries that run as whoever wrote them ---- */

extern char *report_function_named(const char *text, int nargs, const Oid *types, Oid *function);
extern void report_check_function(Oid function);
extern void report_require_author(Oid author, const char *what, const char *name);
extern void report_require_reader(Oid author, const char *what, const char *name);

#endif							/* SP_REPORT_H */
