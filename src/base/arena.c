/*
 * arena.c
 *	  Bump allocation in blocks; see arena.h.
 *
 * Invariant: [next, next + left) is the unused tail of the newest block.
 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK_SIZE	1024	/* its header included; each is twice as
									 * large */
#define LAST_BLOCK_SIZE		8192	/* as the one before, up to this */
#define ARENA_ALIGN(size)	(((size) + 15) & ~(size_t) 15)

struct ArenaBlock
{
	ArenaBlock *older;
};

static void *
malloc_block(void *context, size_t size)
{
	void	   *block = malloc(size);

	(void) context;
	if (block == NULL)
		abort();
	return block;
}

static void
free_malloc_block(void *context, void *block)
{
	(void) context;
	free(block);
}

void
arena_init(Arena *arena, void *context,
		   void *(*get_block) (void *, size_t),
		   void (*free_block) (void *, void *))
{
	memset(arena, 0, sizeof(*arena));
	arena->context = context;
	arena->get_block = get_block;
	arena->free_block = free_block;
}

void
arena_init_malloc(Arena *arena)
{
	arena_init(arena, NULL, malloc_block, free_malloc_block);
}

static size_t
next_block_size(Arena *arena)
{
	if (arena->block_size == 0)
		arena->block_size = FIRST_BLOCK_SIZE;
	else if (arena->block_size < LAST_BLOCK_SIZE)
		arena->block_size *= 2;
	return arena->block_size;
}

void *
arena_alloc(Arena *arena, size_t size)
{
	void	   *result;

	size = ARENA_ALIGN(size);
	if (size > arena->left)
	{
		size_t		header = ARENA_ALIGN(sizeof(ArenaBlock));
		size_t		room = next_block_size(arena) - header;
		ArenaBlock *block;

		room = size > room ? size : room;
		block = arena->get_block(arena->context, header + room);
		block->older = arena->blocks;
		arena->blocks = block;
		arena->next = (char *) block + header;
		arena->left = room;
	}
	result = arena->next;
	arena->next += size;
	arena->left -= size;
	memset(result, 0, size);
	return result;
}

void *
arena_copy(Arena *arena, const void *data, size_t size)
{
	return size == 0 ? arena_alloc(arena, 1)
		: memcpy(arena_alloc(arena, size), data, size);
}

/* A terminated copy of length bytes. */
char *
arena_string(Arena *arena, const char *text, size_t length)
{
	char	   *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

void
arena_free(Arena *arena)
{
	while (arena->blocks != NULL)
	{
		ArenaBlock *block = arena->blocks;

		arena->blocks = block->older;
		arena->free_block(arena->context, block);
	}
	arena->next = NULL;
	arena->left = 0;
}
