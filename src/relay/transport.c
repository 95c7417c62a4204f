/*
 * transport.c
 *	  The table of transports that speak HTTP.
 */
#include "transport.h"

#include <stddef.h>

static const TransportDef defs[] = {
	[TRANSPORT_WEBHOOK] = {webhook_build, webhook_judge, false},
	[TRANSPORT_DINGTALK] = {dingtalk_build, dingtalk_judge, false},
	[TRANSPORT_WECOM] = {wecom_build, wecom_judge, false},
	[TRANSPORT_FEISHU] = {feishu_build, feishu_judge, true},
	[TRANSPORT_KANNEL] = {kannel_build, kannel_judge, true},
	[TRANSPORT_ALIYUN] = {aliyun_build, aliyun_judge, true},
	[TRANSPORT_TENCENT] = {tencent_build, tencent_judge, false},
};

const TransportDef *
transport_def(Transport transport)
{
	return &defs[transport];
}

Outcome
transport_judge(const Channel *channel, const TransferResult *result, const char *reply,
				Buffer *provider_id)
{
	const TransportDef *def = transport_def(channel->transport);
	bool		readable = def->reads_all && result->finished && result->code >= 400 &&
	result->code < 500 && result->code != 429;
	Outcome		outcome;

	if (!readable && outcome_of_exchange(result, channel->uncertain, &outcome))
		return outcome;
	outcome = def->judge(channel, result, reply, provider_id);
	/* a reply that says yes under a status that says no */
	if (readable && outcome.kind == OUTCOME_SENT)
		(void) outcome_of_exchange(result, channel->uncertain, &outcome);
	return outcome;
}
