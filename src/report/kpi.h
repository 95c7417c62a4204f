/*
 * kpi.h
 *	  A KPI as it is called.
 */
#ifndef SP_REPORT_KPI_H
#define SP_REPORT_KPI_H

#include "report/report.h"

typedef struct KpiFunction
{
	const char *name;
	int			version;
	const char *function;		/* in full */
	Oid			author;
} KpiFunction;

extern void kpi_argument_types(Oid *types);
extern Oid	kpi_function_owner(Oid function);
extern const char *kpi_result_sql(Oid type);	/* NULL: it is no figure */

extern void kpi_load(const char *name, int version, KpiFunction *kpi);	/* 0: in force */
extern Datum kpi_call(const KpiFunction *kpi, Datum period, const char *scope, bool *isnull);
extern Datum kpi_try(const KpiFunction *kpi);

#endif							/* SP_REPORT_KPI_H */
