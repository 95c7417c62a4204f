/*
 * config.c
 *	  The configuration, read with cJSON and checked field by field.
 *
 * Invariant: a Config that config_parse() returns can be worked with: each
 * field is in range, each channel has what its transport needs, and no text
 * that goes into a header has a control character in it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"

static const char *const top_fields[] = {
	"database", "identity", "worker", "batch", "lease", "poll", "receipts", "channels", NULL
};
static const char *const receipt_fields[] = {
	"listen", "url", "secret", "secret_env", "secret_file", NULL
};

/* Splits "127.0.0.1:8090" or "[::1]:8090"; false: it is neither. */
static bool
split_address(const char *text, char **host, int *port)
{
	const char *colon = strrchr(text, ':');
	size_t		length;
	char	   *end;
	long		number;

	if (colon == NULL || colon == text)
		return false;
	number = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || number < 0 || number > 65535)
		return false;
	length = (size_t) (colon - text);
	if (text[0] == '[' && text[length - 1] == ']')
		text	  ++,
					length -= 2;

	*host = relay_strdup(text);
	(*host)[length] = '\0';
	*port = (int) number;
	return true;
}

static void
read_receipts(const Fields *top, Config *config)
{
	Fields		fields = *top;
	char	   *listen;

	fields.object = cJSON_GetObjectItemCaseSensitive(top->object, "receipts");
	fields.path = "receipts";
	if (fields.object == NULL)
		return;
	if (!cJSON_IsObject(fields.object))
	{
		fields_complain(top, "receipts", "must be an object");
		return;
	}
	fields_known(&fields, receipt_fields);
	listen = fields_string(&fields, "listen", true);
	if (listen != NULL && !split_address(listen, &config->receipts.host, &config->receipts.port))
		fields_complain(&fields, "listen", "must be an address and a port, such as \"127.0.0.1:8090\"");
	free(listen);
	config->receipts.url = fields_string(&fields, "url", true);
	config->receipts.secret = fields_secret(&fields, "secret");
	if (config->receipts.secret == NULL || strlen(config->receipts.secret) < 16)
		fields_complain(&fields, "secret", "must be given and have at least 16 characters");
}

static void
read_channel(const Fields *top, const cJSON *item, Config *config, Channel *channel)
{
	char		path[256];
	Fields		fields = *top;

	snprintf(path, sizeof(path), "channels.%s", item->string);
	fields.object = item;
	fields.path = path;
	channel->name = relay_strdup(item->string);
	channel->receipts = config->receipts.host != NULL ? &config->receipts : NULL;
	if (cJSON_IsObject(item))
		channel_read(&fields, channel, config->lease);
	else
		fields_complain(top, path, "must be an object");
}

static void
read_channels(const Fields *fields, Config *config)
{
	const cJSON *channels = cJSON_GetObjectItemCaseSensitive(fields->object, "channels");
	const cJSON *item;

	if (!cJSON_IsObject(channels) || cJSON_GetArraySize(channels) == 0)
	{
		fields_complain(fields, "channels", "must be an object with at least one channel");
		return;
	}
	config->channels = relay_alloc(sizeof(Channel) * (size_t) cJSON_GetArraySize(channels));
	cJSON_ArrayForEach(item, channels)
	{
		if (config_channel(config, item->string) != NULL)
			fields_complain(fields, "channels", "\"%s\" stands there twice", item->string);
		read_channel(fields, item, config, &config->channels[config->channel_count++]);
	}
}

/* Two numbers with a slash between: the system identifier and the database's oid. */
static bool
identity_valid(const char *identity)
{
	size_t		first = strspn(identity, "0123456789");
	size_t		second = identity[first] == '/' ? strspn(identity + first + 1, "0123456789") : 0;

	return first > 0 && second > 0 && identity[first + 1 + second] == '\0';
}

static void
read_top(const Fields *fields, Config *config)
{
	fields_known(fields, top_fields);
	config->conninfo = fields_string(fields, "database", true);
	config->identity = fields_string(fields, "identity", true);
	if (config->identity != NULL && !identity_valid(config->identity))
		fields_complain(fields, "identity", "must be what SELECT pulse.delivery_identity() returns, "
						"such as \"7300000000000000000/16384\"");
	config->worker = fields_string(fields, "worker", false);
	if (config->worker == NULL)
		config->worker = relay_strdup("relay");
	config->batch = fields_int(fields, "batch", 16, 1, 1000);
	config->lease = fields_int(fields, "lease", 60, 2, 86400);
	config->poll = fields_int(fields, "poll", 5, 1, 3600);
	read_receipts(fields, config);
	read_channels(fields, config);
}

static void
complain_syntax(const char *text, const char *at, Buffer *errors)
{
	int			line = 1;

	for (; text <at; text ++)
		line += *text == '\n';
	buffer_printf(errors, "line %d: this is not JSON; something is wrong here or just before\n", line);
}

Config *
config_parse(const char *text, const SecretSource *secrets, Buffer *errors)
{
	const char *end = text;
	cJSON	   *root = cJSON_ParseWithOpts(text, &end, true);
	Fields		fields = {root, "", secrets, errors};
	Config	   *config;
	size_t		errors_before = errors->length;

	if (root == NULL)
	{
		complain_syntax(text, end, errors);
		return NULL;
	}
	config = relay_alloc(sizeof(Config));
	if (cJSON_IsObject(root))
		read_top(&fields, config);
	else
		buffer_text(errors, "configuration: must be an object\n");
	cJSON_Delete(root);
	if (errors->length == errors_before)
		return config;
	config_free(config);
	return NULL;
}

const Channel *
config_channel(const Config *config, const char *name)
{
	for (int i = 0; i < config->channel_count; i++)
		if (strcmp(config->channels[i].name, name) == 0)
			return &config->channels[i];
	return NULL;
}

void
config_free(Config *config)
{
	for (int i = 0; i < config->channel_count; i++)
		channel_free(&config->channels[i]);
	free(config->channels);
	free(config->conninfo);
	free(config->identity);
	free(config->worker);
	free(config->receipts.host);
	free(config->receipts.url);
	free(config->receipts.secret);
	free(config);
}
