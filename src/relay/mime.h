/*
 * mime.h
 *	  A message as an Internet mail.
 */
#ifndef RELAY_MIME_H
#define RELAY_MIME_H

#include <stdbool.h>

#include "buffer.h"
#include "message.h"

/* Splits "Sales desk <desk@example.com>" or a bare address; false: neither. */
extern bool mail_split_address(const char *text, char **name, char **address);

/* NULL when the address can stand in a header and in an SMTP command, else why not. */
extern const char *mail_address_problem(const char *address);

/*
 * The whole mail, lines ending in CR LF.  The same message always gives the
 * same bytes, so that a repeat is seen to be one: Message-ID comes from the
 * idempotency key, Date from the time the message was made.
 */
extern void mail_build(Buffer *out, const Message *message,
					   const char *from_name, const char *from_address);
extern void mail_message_id(Buffer *out, const char *key, const char *from_address);

/*
 * Its body with the headers that describe it.  The message's variables may
 * bring mail_html (the text as HTML), mail_csv (a table, attached) and
 * mail_csv_name.
 */
extern void mail_body(Buffer *out, const Message *message);

/* parts of it */
extern void mail_base64(Buffer *out, const char *data, size_t length);	/* at most 57 bytes */
extern void mail_header_text(Buffer *out, const char *text);
extern void mail_quoted_printable(Buffer *out, const char *text);

#endif							/* RELAY_MIME_H */
