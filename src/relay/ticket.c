/*
 * ticket.c
 *	  How a gateway names a message in its receipt.  No I/O.
 */
#include "receipt.h"
#include "sign.h"

void
receipt_ticket(Buffer *out, const char *secret, const char *channel,
			   const char *message_id, const char *lease_token)
{
	Buffer text = {0};
	char		mac[MAC_HEX_SIZE];

	buffer_printf(&text, "%s/%s/%s", channel, message_id, lease_token);
	short_mac(secret, text.data, mac);
	buffer_printf(out, "%s-%s-%s", message_id, lease_token, mac);
	buffer_free(&text);
}

void
receipt_channel_key(Buffer *out, const char *secret, const char *channel)
{
	Buffer text = {0};
	char		mac[MAC_HEX_SIZE];

	/* no ticket has this form: those end with two numbers */
	buffer_printf(&text, "channel %s", channel);
	short_mac(secret, text.data, mac);
	buffer_text(out, mac);
	buffer_free(&text);
}
