/*
 * request.h
 *	  An HTTP request as a transport composes it, before it is sent.  No I/O.
 */
#ifndef RELAY_REQUEST_H
#define RELAY_REQUEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

typedef struct Request
{
	bool		post;			/* else a GET without a body */
	Buffer		url;
	Buffer		body;
	char	  **headers;		/* "Name: value" */
	int			header_count;
} Request;

/* What a request takes from its time, so that the same moment gives the same bytes. */
typedef struct Moment
{
	int64_t		ms;				/* since 1970 */
	char		nonce[33];		/* 32 hex digits, new each time */
} Moment;

/* A header line; no byte of it can end it. */
extern void request_header(Request *request, const char *name, const char *value);

/* ?name=value or &name=value */
extern void request_query(Request *request, const char *name, const char *value);

/* A JSON object as the body; takes the object over. */
extern void request_json(Request *request, cJSON *object);
extern void request_free(Request *request);

#endif							/* RELAY_REQUEST_H */
