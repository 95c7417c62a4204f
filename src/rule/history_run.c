/*
 * history_run.c
 *	  What of a history does not fit in memory: runs on temporary files.
 *
 * A run is a sequence of stretches in the order of their keys: the key's length
 * with its terminator (uint32), the number of events (uint32), the key, the events.
 */
#include "rule/history.h"

#include "storage/buffile.h"

void
sp_past_write(PastRun *run, const void *bytes, Size size)
{
	BufFileWrite(run->file, unconstify(void *, bytes), size);
}

void
sp_past_read(PastRun *run, void *bytes, Size size)
{
	if (BufFileRead(run->file, bytes, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read a temporary file of a backtest"),
				 errdetail("It is shorter than what was written to it."),
				 errhint("Look at the disk of the temporary tablespace, and try again.")));
}

PastRun *
sp_past_create(void)
{
	PastRun    *run = palloc0(sizeof(PastRun));

	run->file = BufFileCreateTemp(false);
	return run;
}

/* "count" events are to follow. */
void
sp_past_begin_key(PastRun *run, const char *key, uint32 count)
{
	uint32		key_size = strlen(key) + 1;

	sp_past_write(run, &key_size, sizeof(key_size));
	sp_past_write(run, &count, sizeof(count));
	sp_past_write(run, key, key_size);
}

void
sp_past_rewind(PastRun *run)
{
	if (BufFileSeek(run->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not go back in a temporary file of a backtest: %m")));
}

/* Goes on to the next stretch; false at the end, where the file is closed. */
bool
sp_past_next_key(PastRun *run)
{
	uint32		key_size;

	if (BufFileRead(run->file, &key_size, sizeof(key_size)) != sizeof(key_size))
	{
		BufFileClose(run->file);
		run->file = NULL;
		return false;
	}
	sp_past_read(run, &run->count, sizeof(run->count));
	if (key_size > run->key_room)
	{
		if (run->key != NULL)
			pfree(run->key);
		run->key_room = Max(key_size, 32);
		run->key = palloc(run->key_room);
	}
	sp_past_read(run, run->key, key_size);
	return true;
}
