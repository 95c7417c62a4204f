/*
 * arena.h
 *	  Memory for the pure cores, which know neither palloc nor a server.
 *
 * The pure cores (rule language, engine, ...) take an Arena and never free:
 * the caller drops the whole arena at once.  In the server the arena's blocks
 * come from a memory context, in the unit tests from malloc; so an error in
 * between leaks nothing in either.  arena_alloc() returns zeroed memory and
 * never NULL: when memory runs out the block supplier does not return.
 */
#ifndef SP_ARENA_H
#define SP_ARENA_H

#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena
{
	void	   *(*get_block) (void *context, size_t size);
	void		(*free_block) (void *context, void *block);
	void	   *context;
	ArenaBlock *blocks;
	char	   *next;
	size_t		left;
	size_t		block_size;		/* of the latest, unless it was for one thing */
} Arena;

extern void arena_init(Arena *arena, void *context,
					   void *(*get_block) (void *, size_t),
					   void (*free_block) (void *, void *));
extern void arena_init_malloc(Arena *arena);
extern void *arena_alloc(Arena *arena, size_t size);
extern void *arena_copy(Arena *arena, const void *data, size_t size);
extern char *arena_string(Arena *arena, const char *text, size_t length);
extern void arena_free(Arena *arena);

#endif							/* SP_ARENA_H */
