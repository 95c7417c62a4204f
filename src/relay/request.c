/*
 * request.c
 *	  An HTTP request before it is sent.
 */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define HEADERS_AT_ONCE	8

void
request_header(Request *request, const char *name, const char *value)
{
	Buffer		line = {0};

	if (request->header_count % HEADERS_AT_ONCE == 0)
	{
		char	  **grown = relay_alloc(sizeof(char *) * (size_t) (request->header_count + HEADERS_AT_ONCE));

		if (request->header_count > 0)
			memcpy(grown, request->headers, sizeof(char *) * (size_t) request->header_count);
		free(request->headers);
		request->headers = grown;
	}
	buffer_printf(&line, "%s:%s", name, *value != '\0' ? " " : "");
	for (; *value != '\0'; value++)
		buffer_char(&line, (unsigned char) *value < ' ' || *value == 0x7F ? ' ' : *value);
	request->headers[request->header_count++] = line.data;
}

void
request_query(Request *request, const char *name, const char *value)
{
	buffer_char(&request->url, strchr(request->url.data, '?') != NULL ? '&' : '?');
	text_percent_encode(&request->url, name);
	buffer_char(&request->url, '=');
	text_percent_encode(&request->url, value);
}

void
request_json(Request *request, cJSON *object)
{
	char	   *printed = cJSON_PrintUnformatted(object);

	request->post = true;
	request->body.length = 0;
	buffer_text(&request->body, printed);
	cJSON_free(printed);
	cJSON_Delete(object);
}

void
request_free(Request *request)
{
	buffer_free(&request->url);
	buffer_free(&request->body);
	for (int i = 0; i < request->header_count; i++)
		free(request->headers[i]);
	free(request->headers);
	memset(request, 0, sizeof(Request));
}
