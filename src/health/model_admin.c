/*
 * model_admin.c
 *	  pulse.create_model, alter_model, drop_model.
 *
 * The tables belong to pulse_owner and name the model's author, which a
 * SECURITY DEFINER function could not know: so C hands the caller's role on.
 * What was written is read back and judged by health_model_prepare(); an error
 * there takes the rows with it.
 */
#include "health/health.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(sp_create_model);
PG_FUNCTION_INFO_V1(sp_alter_model);
PG_FUNCTION_INFO_V1(sp_drop_model);

#define ARG_NAME	0

static void
require_name(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_NAME) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(ARG_NAME)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_INVALID_MODEL),
				 errmsg("a health model needs a name"),
				 errdetail("The name is null or empty."),
				 errhint("Type a name such as 'standard'.")));
}

/* The version that the function makes is one that can be read. */
static int
write_model(FunctionCallInfo fcinfo, const char *function)
{
	const HealthModel *model;

	require_name(fcinfo);
	(void) sp_hand_on(fcinfo, function);

	/*
	 * read it back as a new command sees it: we may have waited for another
	 * author
	 */
	PushCopiedSnapshot(GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
	model = health_model_load(text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME)), CurrentMemoryContext, false);
	PopActiveSnapshot();
	return model->version;
}

Datum
sp_create_model(PG_FUNCTION_ARGS)
{
	(void) write_model(fcinfo, "insert_model");
	PG_RETURN_VOID();
}

Datum
sp_alter_model(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(write_model(fcinfo, "insert_model_version"));
}

Datum
sp_drop_model(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	require_name(fcinfo);
	values[0] = PG_GETARG_DATUM(ARG_NAME);
	if (sp_execute_as_owner("DELETE FROM pulse_internal.model WHERE name = $1",
							SPI_OK_DELETE, 1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_MODEL),
				 errmsg("unknown health model \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME))),
				 errdetail("There is no health model of that name."),
				 errhint("Look at SELECT name FROM pulse.models.")));
	PG_RETURN_VOID();
}
