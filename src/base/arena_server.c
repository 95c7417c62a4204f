/*
 * arena_server.c
 *	  Arenas whose blocks live in a memory context.
 */
#include "base/base.h"

#include "utils/memutils.h"

static void *
context_block(void *context, size_t size)
{
	return MemoryContextAllocHuge((MemoryContext) context, size);
}

static void
free_context_block(void *context, void *block)
{
	pfree(block);
}

void
sp_arena_init(Arena *arena, MemoryContext context)
{
	arena_init(arena, context, context_block, free_context_block);
}
