/*
 * writer.h
 *	  Inside the event room: what readers of events know about writers, and the
 *	  incarnation that numbers of transactions belong to.
 */
#ifndef SP_WRITER_H
#define SP_WRITER_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* ---- stamp.c ---- */

typedef struct OpenWriter
{
	int			pid;			/* 0: a prepared transaction */
	TimestampTz since;			/* none of its events is older by default */
} OpenWriter;

extern int	sp_open_writers(OpenWriter **writers);

/* ---- incarnation.c ---- */

/*
 * Number of the incarnation that this database is in; where it was copied or
 * restored, begins the next one.
 */
extern int	sp_incarnation(void);

#endif							/* SP_WRITER_H */
