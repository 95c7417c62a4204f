/*
 * ticker.h
 *	  --run-every: calling pulse.tick() where no scheduler does.
 */
#ifndef RELAY_TICKER_H
#define RELAY_TICKER_H

#include "config.h"

typedef struct Ticker Ticker;

extern Ticker *ticker_new(const Config *config, double every_seconds);
extern void ticker_free(Ticker *ticker);

/* Does what can be done without waiting. */
extern void ticker_work(Ticker *ticker);

/* Seconds until it wants to work again, and the socket it waits for (-1: none). */
extern double ticker_wait(const Ticker *ticker, int *socket);
extern bool ticker_busy(const Ticker *ticker);

#endif							/* RELAY_TICKER_H */
