/*
 * watch_repair.c
 *	  Events of rows that the table holds already.
 */
#include "base/base.h"

#include "event/watch.h"

int64
sp_backfill(WatchDef *watch)
{
	return 0;
}
