/*
 * config.h
 *	  The configuration of the relay: what it reads, whom it delivers through.
 */
#ifndef RELAY_CONFIG_H
#define RELAY_CONFIG_H

#include <stdbool.h>

#include "buffer.h"

typedef enum Transport
{
	TRANSPORT_SMTP,
	TRANSPORT_WEBHOOK
} Transport;

typedef enum TlsMode
{
	TLS_NONE,
	TLS_STARTTLS,
	TLS_WHOLE					/* "tls": from the first byte */
} TlsMode;

/* What becomes of a message of which nobody knows whether it arrived. */
typedef enum Uncertain
{
	UNCERTAIN_REPORT,			/* state "unknown" in the outbox: people
								 * decide */
	UNCERTAIN_RETRY				/* the receiver knows a repeat by its key */
} Uncertain;

typedef struct Channel
{
	char	   *name;
	Transport	transport;
	char	   *url;
	int			timeout;		/* seconds for one transfer */
	Uncertain	uncertain;
	TlsMode		tls;
	char	   *ca_file;		/* NULL: the system's */
	/* smtp */
	char	   *from_name;		/* may be NULL */
	char	   *from_address;
	char	   *username;		/* NULL: no authentication */
	char	   *password;
	/* webhook */
	char	   *secret;			/* NULL: not signed */
	char	  **headers;		/* "Name: value" */
	int			header_count;
} Channel;

typedef struct Config
{
	char	   *conninfo;
	char	   *identity;		/* what pulse.delivery_identity() must say */
	char	   *worker;
	int			batch;			/* most messages in flight */
	int			lease;			/* seconds */
	int			poll;			/* seconds between looks without a
								 * notification */
	Channel    *channels;
	int			channel_count;
} Config;

/* Value of an environment variable or content of a file, as new memory; NULL: there is none. */
typedef struct SecretSource
{
	char	   *(*from_environment) (const char *name);
	char	   *(*from_file) (const char *path);
} SecretSource;

/*
 * Reads a configuration.  Every mistake adds a line "field: what is wrong" to
 * errors; with any, the result is NULL.
 */
extern Config *config_parse(const char *text, const SecretSource *secrets, Buffer *errors);
extern const Channel *config_channel(const Config *config, const char *name);
extern void config_free(Config *config);

#endif							/* RELAY_CONFIG_H */
