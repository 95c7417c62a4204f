/*
 * claim_scan.c
 *	  The queue in order of priority and age, channel by channel.
 *
 * One index, (channel, priority, not_before, message_id), is read from one scan
 * per channel, and the scans are merged.  So messages of a channel that is
 * stopped lie in nobody's way, and those of a later time are jumped over.
 *
 * What was sent leaves dead entries at the head of each channel until a vacuum.
 * A session that claims on and on would walk over them each time: it remembers
 * where it left off, for an instant, and goes on there.  Whoever finds too
 * little that way looks again from the head, so nothing is missed; a message
 * that became due behind the remembered place waits for that instant at most.
 */
#include "escalation/claim.h"

#include "access/relscan.h"
#include "catalog/pg_collation.h"
#include "escalation/channel.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define REMEMBERED_CHANNELS	32
#define REMEMBERED_FOR		(50 * 1000) /* microseconds */

#define ORDER_CHANNEL	1
#define ORDER_PRIORITY	2
#define ORDER_DUE		3
#define ORDER_MESSAGE	4

typedef struct RememberedChannel
{
	char		name[NAMEDATALEN];
	QueuePlace	passed;
} RememberedChannel;

static const QueuePlace beginning = {PG_INT32_MIN, DT_NOBEGIN, PG_INT64_MIN};

static struct
{
	RememberedChannel channels[REMEMBERED_CHANNELS];
	int			count;
	TimestampTz until;
}			remembered;

/* ---- one channel ---- */

/* Entries of this channel after *place. */
static void
begin_after(ChannelScan *one, const QueuePlace *place)
{
	ScanKeyData keys[2];
	ScanKeyData *members = one->members;

	ScanKeyInit(&keys[0], ORDER_CHANNEL, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(one->channel));
	ScanKeyEntryInitialize(&members[0], SK_ROW_MEMBER, ORDER_PRIORITY, BTGreaterStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT4CMP, Int32GetDatum(place->priority));
	ScanKeyEntryInitialize(&members[1], SK_ROW_MEMBER, ORDER_DUE, BTGreaterStrategyNumber,
						   InvalidOid, InvalidOid, F_TIMESTAMP_CMP, TimestampTzGetDatum(place->not_before));
	ScanKeyEntryInitialize(&members[2], SK_ROW_MEMBER | SK_ROW_END, ORDER_MESSAGE, BTGreaterStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT8CMP, Int64GetDatum(place->message_id));
	memset(&keys[1], 0, sizeof(ScanKeyData));
	keys[1].sk_flags = SK_ROW_HEADER;
	keys[1].sk_attno = ORDER_PRIORITY;
	keys[1].sk_strategy = BTGreaterStrategyNumber;
	keys[1].sk_argument = PointerGetDatum(members);
	index_rescan(one->scan, keys, 2, NULL, 0);
}

/* Entries of this channel and of later priorities. */
static void
begin_next_priority(ChannelScan *one, int32 priority)
{
	QueuePlace	last = {priority, DT_NOEND, PG_INT64_MAX};

	begin_after(one, &last);
}

/* To the next message that may be claimed. */
static void
advance(QueueScan *scan, ChannelScan *one)
{
	TupleTableSlot *row = one->row;

	while (index_getnext_slot(one->scan, ForwardScanDirection, row))
	{
		int32		priority;

		slot_getallattrs(row);
		priority = DatumGetInt32(QUEUE_VALUE(row, QUEUE_PRIORITY));
		if (one->urgent_only && priority >= 0)
			break;
		if (DatumGetTimestampTz(QUEUE_VALUE(row, QUEUE_NOT_BEFORE)) > scan->clock)
		{
			begin_next_priority(one, priority);
			continue;
		}
		if (DatumGetTimestampTz(QUEUE_VALUE(row, QUEUE_HELD_UNTIL)) > scan->now ||
			DatumGetBool(QUEUE_VALUE(row, QUEUE_WITHDRAW)))
			continue;
		one->place.priority = priority;
		one->place.not_before = DatumGetTimestampTz(QUEUE_VALUE(row, QUEUE_NOT_BEFORE));
		one->place.message_id = DatumGetInt64(QUEUE_VALUE(row, QUEUE_MESSAGE_ID));
		return;
	}
	one->done = true;
}

/* ---- which channels ---- */

static bool
has_text(ArrayType *array, Datum text)
{
	ArrayIterator iterator = array_create_iterator(array, 0, NULL);
	Datum		value;
	bool		isnull;
	bool		found = false;

	while (!found && array_iterate(iterator, &value, &isnull))
		found = !isnull && DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, value, text));
	array_free_iterator(iterator);
	return found;
}

static bool
is_wanted(const QueueScan *scan, const char *channel)
{
	Datum		name = CStringGetTextDatum(channel);

	return (scan->channels == NULL || has_text(scan->channels, name)) &&
		(scan->except == NULL || !has_text(scan->except, name));
}

static void
add_channel(QueueScan *scan, const char *channel, const QueuePlace *after)
{
	ChannelScan *one = &scan->channel_scans[scan->count];
	int			room = is_wanted(scan, channel) ? scan->room(scan->context, channel) : 0;

	if (room <= 0)
		return;
	memset(one, 0, sizeof(ChannelScan));
	one->channel = pstrdup(channel);
	one->room = room;
	one->urgent_only = sp_channel_is_quiet(channel, scan->clock);
	one->passed = *after;
	scan->count++;
}

/* The channels of the queue, by skipping from one to the next. */
static void
find_channels(QueueScan *scan)
{
	IndexScanDesc skip = BeginIndexScan(scan->queue->rel, scan->order_index, scan->snapshot, 1);
	TupleTableSlot *row = scan->queue->row;
	int			allocated = 8;
	ScanKeyData key;

	scan->channel_scans = palloc(sizeof(ChannelScan) * allocated);
	ScanKeyInit(&key, ORDER_CHANNEL, BTGreaterEqualStrategyNumber, F_TEXT_GE, CStringGetTextDatum(""));
	index_rescan(skip, &key, 1, NULL, 0);
	while (index_getnext_slot(skip, ForwardScanDirection, row))
	{
		Datum		channel;

		slot_getallattrs(row);
		channel = QUEUE_VALUE(row, QUEUE_CHANNEL);
		if (scan->count == allocated)
			scan->channel_scans = repalloc(scan->channel_scans, sizeof(ChannelScan) * (allocated *= 2));
		add_channel(scan, TextDatumGetCString(channel), &beginning);
		ScanKeyInit(&key, ORDER_CHANNEL, BTGreaterStrategyNumber, F_TEXT_GT,
					PointerGetDatum(DatumGetTextPCopy(channel)));
		index_rescan(skip, &key, 1, NULL, 0);
	}
	index_endscan(skip);
}

static void
begin_channels(QueueScan *scan)
{
	for (int i = 0; i < scan->count; i++)
	{
		ChannelScan *one = &scan->channel_scans[i];

		one->scan = BeginIndexScan(scan->queue->rel, scan->order_index, scan->snapshot, 2);
		one->row = MakeSingleTupleTableSlot(RelationGetDescr(scan->queue->rel), &TTSOpsBufferHeapTuple);
		begin_after(one, &one->passed);
		advance(scan, one);
	}
}

bool
sp_scan_remembered(QueueScan *scan)
{
	if (remembered.count == 0 || remembered.until < scan->now)
		return false;
	scan->channel_scans = palloc(sizeof(ChannelScan) * remembered.count);
	for (int i = 0; i < remembered.count; i++)
		add_channel(scan, remembered.channels[i].name, &remembered.channels[i].passed);
	begin_channels(scan);
	return true;
}

void
sp_scan_all(QueueScan *scan)
{
	remembered.count = 0;
	remembered.until = scan->now + REMEMBERED_FOR;
	find_channels(scan);
	begin_channels(scan);
}

/* ---- all channels ---- */

static bool
goes_before(const QueuePlace *a, const QueuePlace *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	if (a->not_before != b->not_before)
		return a->not_before < b->not_before;
	return a->message_id < b->message_id;
}

ChannelScan *
sp_scan_next(QueueScan *scan)
{
	ChannelScan *first = NULL;

	for (int i = 0; i < scan->count; i++)
	{
		ChannelScan *one = &scan->channel_scans[i];

		if (!one->done && one->room > 0 &&
			(first == NULL || goes_before(&one->place, &first->place)))
			first = one;
	}
	return first;
}

void
sp_scan_pass(QueueScan *scan, ChannelScan *from)
{
	from->passed = from->place;
	advance(scan, from);
}

static void
remember(const ChannelScan *one)
{
	RememberedChannel *entry = NULL;

	for (int i = 0; i < remembered.count && entry == NULL; i++)
		if (strcmp(remembered.channels[i].name, one->channel) == 0)
			entry = &remembered.channels[i];
	if (entry == NULL)
	{
		if (remembered.count == REMEMBERED_CHANNELS || strlen(one->channel) >= NAMEDATALEN)
		{
			remembered.until = DT_NOBEGIN;	/* too many: never from memory */
			return;
		}
		entry = &remembered.channels[remembered.count++];
		strlcpy(entry->name, one->channel, NAMEDATALEN);
	}
	entry->passed = one->passed;
}

void
sp_scan_end(QueueScan *scan)
{
	for (int i = 0; i < scan->count; i++)
	{
		ChannelScan *one = &scan->channel_scans[i];

		remember(one);
		index_endscan(one->scan);
		ExecDropSingleTupleTableSlot(one->row);
	}
	scan->count = 0;
}
