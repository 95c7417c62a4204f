/*
 * release.c
 *	  What a tick does after its sweep: firings that others were to look at first,
 *	  ended waits, withdrawn messages, digests.
 *
 * Most ticks find nothing of it.  The questions are planned once a session, perhaps
 * when tables were small, and go by index whatever the planner thought then.
 */
#include "escalation/act_pair.h"

#include "utils/guc.h"

typedef struct Duty
{
	const char *is_there;
	const char *work;			/* a function of pulse_internal */
} Duty;

/* in this order, each asked for after the one before is done */
static const Duty duties[] = {
	{"EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL)", "release_unreleased"},
	{"EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL)", "settle_waits"},
	{"EXISTS (SELECT FROM pulse_internal.queue AS q WHERE q.withdraw)", "withdraw_messages"},
	{"EXISTS (SELECT FROM pulse_internal.digest_wait AS d WHERE d.digest_at <= (SELECT pulse.clock()))", "release_digests"},
	{"EXISTS (SELECT FROM pulse_internal.channel AS c WHERE c.overflow = 'digest')", "digest_overflow"},
};

static bool
is_there(int duty)
{
	static SPIPlanPtr plans[lengthof(duties)];
	SpSpiScope	scope;
	bool		result;

	sp_spi_begin_as(&scope, sp_owner_role());
	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	sp_call_kept(&plans[duty], psprintf("SELECT %s", duties[duty].is_there), 0, NULL, NULL);
	result = sp_bool_at(0, 1);
	sp_spi_end(&scope);
	return result;
}

PG_FUNCTION_INFO_V1(sp_release_firings);

/* () -> void */
Datum
sp_release_firings(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plans[lengthof(duties)];
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	for (int i = 0; i < lengthof(duties); i++)
		if (is_there(i))
			sp_call_kept(&plans[i], psprintf("SELECT pulse_internal.%s()", duties[i].work), 0, NULL, NULL);
	sp_spi_end(&scope);
	PG_RETURN_VOID();
}
