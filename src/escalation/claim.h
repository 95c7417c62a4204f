/*
 * claim.h
 *	  Which messages of the queue come next.
 */
#ifndef SP_CLAIM_H
#define SP_CLAIM_H

#include "escalation/queue.h"

#include "access/skey.h"
#include "utils/array.h"

/* a place in the queue's order within one channel */
typedef struct QueuePlace
{
	int32		priority;
	TimestampTz not_before;
	int64		message_id;
} QueuePlace;

/* one channel's messages, in order */
typedef struct ChannelScan
{
	char	   *channel;
	QueuePlace	passed;			/* of the message before it */
	QueuePlace	place;			/* of the message at hand */
	ScanKeyData members[3];		/* of the key that the scan began with */
	int			room;			/* how many more may be claimed */
	bool		urgent_only;	/* it is quiet there now */
	IndexScanDesc scan;
	TupleTableSlot *row;		/* the message at hand, all columns; or done */
	bool		done;
} ChannelScan;

typedef struct QueueScan
{
	HotTable   *queue;
	Relation	order_index;
	Snapshot	snapshot;
	TimestampTz now;			/* leases and pauses are over by then */
	TimestampTz clock;			/* not_before is by pulse.clock() */
	ArrayType  *channels;		/* only these, or NULL */
	ArrayType  *except;			/* none of these, or NULL */
	int			(*room) (void *context, const char *channel);
	void	   *context;
	ChannelScan *channel_scans;
	int			count;
} QueueScan;

/* false: no place is remembered, so there is nothing to scan from */
extern bool sp_scan_remembered(QueueScan *scan);
extern void sp_scan_all(QueueScan *scan);

/* the next message by priority and age that may be claimed, or NULL; it is passed */
extern ChannelScan *sp_scan_next(QueueScan *scan);
extern void sp_scan_pass(QueueScan *scan, ChannelScan *from);
extern void sp_scan_end(QueueScan *scan);

/* how many more messages recipients may get in a claim; each is asked about once */
typedef struct RecipientRooms
{
	TimestampTz now;
	struct HTAB *rooms;
} RecipientRooms;

/* False: the recipient has had as many on the channel as he may. */
extern bool sp_recipient_has_room(RecipientRooms *rooms, const char *channel, Datum recipient);
extern void sp_recipient_gets(RecipientRooms *rooms, const char *channel, Datum recipient);

#endif							/* SP_CLAIM_H */
