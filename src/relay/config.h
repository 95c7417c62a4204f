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
	TRANSPORT_WEBHOOK,
	TRANSPORT_DINGTALK,
	TRANSPORT_WECOM,
	TRANSPORT_FEISHU,
	TRANSPORT_KANNEL,
	TRANSPORT_ALIYUN,
	TRANSPORT_TENCENT
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
	UNCERTAIN_HOLD,				/* state "unknown" in the outbox: people
								 * decide */
	UNCERTAIN_RETRY,			/* perhaps twice rather than not at all */
	UNCERTAIN_SENT				/* perhaps not at all rather than twice */
} Uncertain;

/* At most count messages in any seconds. */
typedef struct RateLimit
{
	int			count;
	int			seconds;
} RateLimit;

#define MAX_LIMITS	3

typedef struct Channel
{
	char	   *name;
	Transport	transport;
	char	   *url;
	int			timeout;		/* seconds for one transfer */
	Uncertain	uncertain;
	char	   *ca_file;		/* NULL: the system's */
	int			max_bytes;		/* of a text; longer ones are cut or refused */
	RateLimit	limits[MAX_LIMITS];
	int			limit_count;
	char	   *secret;			/* key of signatures; NULL: none */
	/* smtp */
	TlsMode		tls;
	char	   *from_name;		/* may be NULL */
	char	   *from_address;	/* kannel: the sender's number, may be NULL */
	char	   *username;		/* NULL: no authentication */
	char	   *password;
	/* webhook */
	char	  **headers;		/* "Name: value" */
	int			header_count;
	/* robots */
	bool		markdown;
	/* sms */
	int			max_parts;
	char	   *key_id;			/* whose secret it is */
	char	   *app_id;
	char	   *region;
	char	   *sign_name;
	char	   *template;		/* may be NULL: each message brings its own */
	char	  **parameters;		/* names of variables, in the template's order */
	int			parameter_count;
	const struct Receipts *receipts;	/* NULL: none are awaited */
} Channel;

/* The listener for delivery receipts. */
typedef struct Receipts
{
	char	   *host;			/* an address to listen at; NULL: no listener */
	int			port;
	char	   *url;			/* how gateways reach it */
	char	   *secret;			/* proves that a receipt is for a message of
								 * ours */
} Receipts;

typedef struct Config
{
	char	   *conninfo;
	char	   *identity;		/* what pulse.delivery_identity() must say */
	char	   *worker;
	int			batch;			/* most messages in flight */
	int			lease;			/* seconds */
	int			poll;			/* seconds between looks without a
								 * notification */
	Receipts	receipts;
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

/* The name of a channel's transport, as it stands in the configuration. */
extern const char *transport_name(Transport transport);

#endif							/* RELAY_CONFIG_H */
