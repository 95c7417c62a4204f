/*
 * settled.c
 *	  Addresses of a mail that are done with while others are tried again.
 *
 * The outbox knows a message, not its copies.  When a copy is deferred the
 * whole message is claimed again later, and those who have it must not get it
 * twice.  This is a memory of this process only: after a crash, or when another
 * relay claims the message, they get it again, with the same Message-ID.
 */
#include "settled.h"

#include <stdlib.h>
#include <string.h>

typedef struct SettledEntry
{
	char	   *key;			/* NULL: free */
	char	   *address;
	Outcome		outcome;
} SettledEntry;

struct Settled
{
	int			capacity;
	int			next;			/* the oldest entry gives way */
	SettledEntry entries[];
};

Settled *
settled_new(int capacity)
{
	Settled    *settled = relay_alloc(sizeof(Settled) + sizeof(SettledEntry) * (size_t) capacity);

	settled->capacity = capacity;
	return settled;
}

static void
clear_entry(SettledEntry *entry)
{
	free(entry->key);
	free(entry->address);
	entry->key = entry->address = NULL;
}

void
settled_free(Settled *settled)
{
	for (int i = 0; i < settled->capacity; i++)
		clear_entry(&settled->entries[i]);
	free(settled);
}

const Outcome *
settled_find(const Settled *settled, const char *key, const char *address)
{
	for (int i = 0; i < settled->capacity; i++)
	{
		const SettledEntry *entry = &settled->entries[i];

		if (entry->key != NULL && strcmp(entry->key, key) == 0 &&
			strcmp(entry->address, address) == 0)
			return &entry->outcome;
	}
	return NULL;
}

void
settled_remember(Settled *settled, const char *key, const char *address, const Outcome *outcome)
{
	SettledEntry *entry = &settled->entries[settled->next];

	if (settled_find(settled, key, address) != NULL)
		return;
	clear_entry(entry);
	entry->key = relay_strdup(key);
	entry->address = relay_strdup(address);
	entry->outcome = *outcome;
	settled->next = (settled->next + 1) % settled->capacity;
}

void
settled_forget(Settled *settled, const char *key)
{
	for (int i = 0; i < settled->capacity; i++)
		if (settled->entries[i].key != NULL && strcmp(settled->entries[i].key, key) == 0)
			clear_entry(&settled->entries[i]);
}
