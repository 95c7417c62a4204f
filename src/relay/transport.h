/*
 * transport.h
 *	  The transports that speak HTTP: each composes a request and judges the reply.
 */
#ifndef RELAY_TRANSPORT_H
#define RELAY_TRANSPORT_H

#include "config.h"
#include "message.h"
#include "outcome.h"
#include "request.h"

typedef struct TransportDef
{
	/*
	 * Composes the request.  False: it can't be, and the problem says why; no
	 * repeat will help.
	 */
	bool		(*build) (const Channel *channel, const Message *message, const Moment *moment,
						  Request *request, Buffer *problem);

	/*
	 * The meaning of a reply that came with 2xx (unless reads_all).  Where it
	 * names the message, provider_id gets that name.
	 */
	Outcome		(*judge) (const Channel *channel, const TransferResult *result,
						  const char *reply, Buffer *provider_id);
	bool		reads_all;		/* judges replies of other statuses, too */
} TransportDef;

/* Never of smtp, which is no HTTP. */
extern const TransportDef *transport_def(Transport transport);

/* The whole judgement: the exchange first, then the reply. */
extern Outcome transport_judge(const Channel *channel, const TransferResult *result,
							   const char *reply, Buffer *provider_id);

/* webhook.c */
extern bool webhook_build(const Channel *channel, const Message *message, const Moment *moment,
						  Request *request, Buffer *problem);
extern Outcome webhook_judge(const Channel *channel, const TransferResult *result,
							 const char *reply, Buffer *provider_id);

/* dingtalk.c, wecom.c, feishu.c */
extern bool dingtalk_build(const Channel *channel, const Message *message, const Moment *moment,
						   Request *request, Buffer *problem);
extern Outcome dingtalk_judge(const Channel *channel, const TransferResult *result,
							  const char *reply, Buffer *provider_id);
extern bool wecom_build(const Channel *channel, const Message *message, const Moment *moment,
						Request *request, Buffer *problem);
extern Outcome wecom_judge(const Channel *channel, const TransferResult *result,
						   const char *reply, Buffer *provider_id);
extern bool feishu_build(const Channel *channel, const Message *message, const Moment *moment,
						 Request *request, Buffer *problem);
extern Outcome feishu_judge(const Channel *channel, const TransferResult *result,
							const char *reply, Buffer *provider_id);

/* kannel.c, aliyun.c, tencent.c */
extern bool kannel_build(const Channel *channel, const Message *message, const Moment *moment,
						 Request *request, Buffer *problem);
extern Outcome kannel_judge(const Channel *channel, const TransferResult *result,
							const char *reply, Buffer *provider_id);
extern bool aliyun_build(const Channel *channel, const Message *message, const Moment *moment,
						 Request *request, Buffer *problem);
extern Outcome aliyun_judge(const Channel *channel, const TransferResult *result,
							const char *reply, Buffer *provider_id);
extern bool tencent_build(const Channel *channel, const Message *message, const Moment *moment,
						  Request *request, Buffer *problem);
extern Outcome tencent_judge(const Channel *channel, const TransferResult *result,
							 const char *reply, Buffer *provider_id);

#endif							/* RELAY_TRANSPORT_H */
