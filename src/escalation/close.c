/*
 * close.c
 *	  Cases that end: what is still to be sent is withdrawn, tasks are closed.
 *
 * Messages that a worker has are marked, and withdrawn when he fails or is lost.
 * What was put together of several cases stands until the last of them closes.
 * The statement is planned once a session, and goes by index: from the few cases
 * to what is theirs.
 */
#include "escalation/act_pair.h"
#include "escalation/close.h"

#include "catalog/pg_type.h"
#include "rule/live_param.h"
#include "utils/builtins.h"
#include "utils/guc.h"

/* $1: cases; $2: the state they get; $3: reason; $4: late; $5: who, or null */
static const char *const close_statement =
"WITH closed AS ("
" UPDATE pulse_internal.cases AS c"
" SET state = $2, closed_at = pulse.clock(), reason = $3,"
" resolved_late = $4,"
" waiting = c.waiting AND EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = c.key AND w.rule_id = c.rule_id AND w.wait_id = c.wait_id AND coalesce(w.end_reason, 'completed') IN ('completed', 'ended'))"
" WHERE c.case_id = ANY ($1) AND c.state IN ('open', 'acknowledged')"
" RETURNING c.case_id"
" ), theirs AS MATERIALIZED ("
" SELECT m.message_id, NULL::bigint AS task_id, m.together"
" FROM pulse_internal.message AS m WHERE m.case_id IN (SELECT c.case_id FROM closed AS c)"
" UNION SELECT m.message_id, NULL, m.together"
" FROM pulse_internal.message AS m WHERE m.together && ARRAY(SELECT c.case_id FROM closed AS c)"
" AND EXISTS (SELECT FROM pulse_internal.message AS x WHERE x.together IS NOT NULL)"
" UNION SELECT NULL, t.task_id, t.together"
" FROM pulse_internal.task AS t WHERE t.case_id IN (SELECT c.case_id FROM closed AS c)"
" UNION SELECT NULL, t.task_id, t.together"
" FROM pulse_internal.task AS t WHERE t.together && ARRAY(SELECT c.case_id FROM closed AS c)"
" AND EXISTS (SELECT FROM pulse_internal.task AS x WHERE x.together IS NOT NULL)"
" ), over AS MATERIALIZED ("
" SELECT x.message_id, x.task_id FROM theirs AS x"
" WHERE NOT EXISTS ("
" SELECT FROM unnest(x.together) AS other(case_id) JOIN pulse_internal.cases AS c ON c.case_id = other.case_id"
" WHERE c.state IN ('open', 'acknowledged') AND c.case_id <> ALL ($1))"
" ), unsent AS MATERIALIZED ("
" SELECT q.message_id, q.claimed FROM pulse_internal.queue AS q"
" WHERE q.message_id IN (SELECT o.message_id FROM over AS o) AND $2 = 'resolved'"
" FOR UPDATE"
" ), marked AS ("
" UPDATE pulse_internal.queue AS q SET withdraw = true"
" WHERE q.message_id IN (SELECT u.message_id FROM unsent AS u WHERE u.claimed)"
" ), taken AS ("
" DELETE FROM pulse_internal.queue AS q"
" WHERE q.message_id IN (SELECT u.message_id FROM unsent AS u WHERE NOT u.claimed)"
" RETURNING q.*"
" ), withdrawn AS ("
" INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, last_error)"
" SELECT t.message_id, clock_timestamp(), t.lease_token, t.attempt, 'withdrawn', t.worker, t.last_error FROM taken AS t"
" ), pointless AS ("
" UPDATE pulse_internal.delivery AS d SET state = 'withdrawn', changed_at = clock_timestamp()"
" WHERE d.message_id IN (SELECT o.message_id FROM over AS o) AND d.state = 'unaddressed'"
" AND $2 = 'resolved'"
" ), tasks AS ("
" UPDATE pulse_internal.task AS t"
" SET state = 'closed', finished_at = pulse.clock(), outcome = $3"
" WHERE t.task_id IN (SELECT o.task_id FROM over AS o) AND t.state = 'open'"
" )"
" INSERT INTO pulse_internal.case_event (case_id, at, what, actor, detail)"
" SELECT c.case_id, pulse.clock(), $2, $5,"
" $3 || CASE WHEN $4 THEN '" RESOLVED_LATE "' ELSE '' END"
" FROM closed AS c ORDER BY c.case_id";

static void
begin(SpSpiScope *scope)
{
	static const char *const off[] = {"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"};

	sp_spi_begin_as(scope, sp_owner_role());
	for (int i = 0; i < lengthof(off); i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* What is to be withdrawn and no worker has. */
void
sp_withdraw_marked(void)
{
	static SPIPlanPtr plan = NULL;

	sp_call_kept(&plan, "SELECT pulse_internal.withdraw_messages()"
				 " WHERE EXISTS (SELECT FROM pulse_internal.queue AS q WHERE q.withdraw)", 0, NULL, NULL);
}

/* Those of them that stand open; values and nulls as the statement's. */
static void
close_cases(Datum *values, const char *nulls)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[5] = {INT8ARRAYOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID};
	SpSpiScope	scope;

	begin(&scope);
	if (SPI_execute_plan(sp_kept_plan(&plan, close_statement, lengthof(types), types), values, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not close cases");
	sp_withdraw_marked();
	sp_spi_end(&scope);
}

PG_FUNCTION_INFO_V1(sp_close_cases);

/* (case_ids, new_state, reason, late, actor) -> void */
Datum
sp_close_cases(PG_FUNCTION_ARGS)
{
	Datum		values[5];
	char		nulls[6] = "     ";

	for (int i = 0; i < lengthof(values); i++)
	{
		values[i] = fcinfo->args[i].value;
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
	}
	if (!PG_ARGISNULL(0))
		close_cases(values, nulls);
	PG_RETURN_VOID();
}

/* ---- within the sweep ---- */

void
sp_close_ended(const ArrayParam *case_ids, EndReason reason)
{
	Datum		values[5] = {
		sp_param_array(case_ids), CStringGetTextDatum("resolved"), CStringGetTextDatum(sp_end_reason_name(reason)),
		BoolGetDatum(reason == END_ANSWERED_LATE), (Datum) 0
	};

	close_cases(values, "    n");
}
