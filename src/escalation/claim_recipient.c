/*
 * claim_recipient.c
 *	  How many messages each recipient may still get in a claim.
 *
 * The channel is locked for the claim and its instant is one, so what was found
 * for a recipient holds until the end, less what he gets meanwhile: a recipient
 * who has had enough is asked about once, however many messages wait for him.
 */
#include "escalation/claim.h"

#include "common/hashfn.h"
#include "escalation/channel.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

typedef struct RecipientRoom
{
	const char *name;			/* channel, line end, recipient */
	int			room;
} RecipientRoom;

static uint32
hash_name(const void *key, Size size)
{
	const char *name = *(const char *const *) key;

	return string_hash(name, strlen(name) + 1);
}

static int
compare_names(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static HTAB *
make_rooms(void)
{
	HASHCTL		control = {
		.keysize = sizeof(char *),.entrysize = sizeof(RecipientRoom),.hash = hash_name,
		.match = compare_names,.hcxt = CurrentMemoryContext
	};

	return hash_create("rooms of recipients", 64, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

static RecipientRoom *
room_of(RecipientRooms *rooms, const char *channel, Datum recipient)
{
	char	   *name = psprintf("%s\n%s", channel, TextDatumGetCString(recipient));
	RecipientRoom *entry;
	bool		found;

	if (rooms->rooms == NULL)
		rooms->rooms = make_rooms();
	entry = hash_search(rooms->rooms, &name, HASH_ENTER, &found);
	if (found)
		pfree(name);
	else
		entry->room = sp_recipient_room(channel, recipient, rooms->now);
	return entry;
}

bool
sp_recipient_has_room(RecipientRooms *rooms, const char *channel, Datum recipient)
{
	return !sp_channel_has_recipient_limit(channel) || room_of(rooms, channel, recipient)->room > 0;
}

void
sp_recipient_gets(RecipientRooms *rooms, const char *channel, Datum recipient)
{
	RecipientRoom *entry;

	if (!sp_channel_has_recipient_limit(channel))
		return;
	entry = room_of(rooms, channel, recipient);
	if (entry->room != UNLIMITED)
		entry->room--;
}
