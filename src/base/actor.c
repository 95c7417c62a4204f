/*
 * actor.c
 *	  Who is asking, where an application's connections are pooled: a member of
 *	  staff and a tenant, until the end of the transaction.
 *
 * Both are variables of the server that an ordinary user can read but not set
 * (PGC_SUSET); act_as() sets them in his stead, and may be called by pulse_app
 * alone.  So savepoints, the end of the transaction and parallel workers are
 * the server's affair.  A value that somebody set before the library was loaded
 * is a placeholder's, and the server drops it, with a warning, when the variable
 * is defined.  Invariant: nobody asking is an empty string here, NULL in SQL.
 */
#include "base/base.h"

#include "utils/builtins.h"
#include "utils/guc.h"

static char *acting_staff;
static char *acting_tenant;

void
sp_define_actor(void)
{
	DefineCustomStringVariable("pulse.acting_staff", "Member of staff who is asking; see pulse.act_as().", NULL,
							   &acting_staff, "", PGC_SUSET, GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   NULL, NULL, NULL);
	DefineCustomStringVariable("pulse.acting_tenant", "Tenant for whom is asked; see pulse.act_as().", NULL,
							   &acting_tenant, "", PGC_SUSET, GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   NULL, NULL, NULL);
}

static void
set_local(const char *variable, FunctionCallInfo fcinfo, int argument)
{
	const char *value = PG_ARGISNULL(argument) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	(void) set_config_option(variable, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

static Datum
asking(FunctionCallInfo fcinfo, const char *value)
{
	if (value == NULL || value[0] == '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(value));
}

PG_FUNCTION_INFO_V1(sp_act_as);
PG_FUNCTION_INFO_V1(sp_acting_staff);
PG_FUNCTION_INFO_V1(sp_acting_tenant);

Datum
sp_act_as(PG_FUNCTION_ARGS)
{
	set_local("pulse.acting_staff", fcinfo, 0);
	set_local("pulse.acting_tenant", fcinfo, 1);
	PG_RETURN_VOID();
}

Datum
sp_acting_staff(PG_FUNCTION_ARGS)
{
	return asking(fcinfo, acting_staff);
}

Datum
sp_acting_tenant(PG_FUNCTION_ARGS)
{
	return asking(fcinfo, acting_tenant);
}
