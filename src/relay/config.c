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

#include "fields.h"
#include "mime.h"

#define LEASE_MARGIN	5		/* seconds between the longest transfer and
								 * the lease's end */

static const char *const top_fields[] = {
	"database", "identity", "worker", "batch", "lease", "poll", "channels", NULL
};
static const char *const smtp_fields[] = {
	"transport", "url", "from", "username", "password", "password_env", "password_file",
	"tls", "ca_file", "timeout", "uncertain", NULL
};
static const char *const webhook_fields[] = {
	"transport", "url", "secret", "secret_env", "secret_file", "headers", "ca_file",
	"timeout", "uncertain", NULL
};
static const char *const transports[] = {"smtp", "webhook", NULL};
static const char *const tls_modes[] = {"none", "starttls", "tls", NULL};
static const char *const uncertain_policies[] = {"report", "retry", NULL};

static bool
begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The host of a URL is this machine, so nothing said to it crosses a wire. */
static bool
is_loopback(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t		length = strcspn(host, ":/");

	return begins_with(host, "[::1]") ||
		(length == 9 && begins_with(host, "localhost")) ||
		(length == 9 && begins_with(host, "127.0.0.1"));
}

static void
check_url(const Fields *fields, char **url, const char *plain, const char *secure)
{
	if (*url == NULL || begins_with(*url, plain) || begins_with(*url, secure))
		return;
	fields_complain(fields, "url", "must begin with %s or %s", plain, secure);
	free(*url);
	*url = NULL;
}

static void
read_smtp(const Fields *fields, Channel *channel)
{
	char	   *from = fields_string(fields, "from", true);

	fields_known(fields, smtp_fields);
	check_url(fields, &channel->url, "smtp://", "smtps://");
	if (from != NULL && !mail_split_address(from, &channel->from_name, &channel->from_address))
		fields_complain(fields, "from", "must be an address, or a name and an address in <>");
	free(from);
	channel->username = fields_string(fields, "username", false);
	channel->password = fields_secret(fields, "password");
	channel->tls = (TlsMode) fields_choice(fields, "tls", TLS_STARTTLS, tls_modes);
	channel->uncertain = (Uncertain) fields_choice(fields, "uncertain", UNCERTAIN_REPORT,
												   uncertain_policies);
	if ((channel->username != NULL) != (channel->password != NULL))
		fields_complain(fields, "username", "username and password go together");
	if (channel->url == NULL)
		return;
	if (begins_with(channel->url, "smtps://") != (channel->tls == TLS_WHOLE))
		fields_complain(fields, "tls", "\"tls\" goes with smtps://, \"starttls\" and \"none\" with smtp://");
	if (channel->username != NULL && channel->tls == TLS_NONE && !is_loopback(channel->url))
		fields_complain(fields, "tls", "\"none\" would send the password in the clear");
}

static void
read_headers(const Fields *fields, Channel *channel)
{
	const cJSON *headers = cJSON_GetObjectItemCaseSensitive(fields->object, "headers");
	Fields		inner = *fields;
	char		path[256];
	const cJSON *item;

	if (headers == NULL)
		return;
	if (!cJSON_IsObject(headers))
	{
		fields_complain(fields, "headers", "must be an object of names and texts");
		return;
	}
	snprintf(path, sizeof(path), "%s.headers", fields->path);
	inner.object = headers;
	inner.path = path;
	channel->headers = relay_alloc(sizeof(char *) * (size_t) (cJSON_GetArraySize(headers) + 1));
	cJSON_ArrayForEach(item, headers)
	{
		char	   *value = fields_string(&inner, item->string, true);
		Buffer		line = {0};

		if (item->string[0] == '\0' ||
			item->string[strspn(item->string, "abcdefghijklmnopqrstuvwxyz"
								"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] != '\0')
			fields_complain(&inner, item->string, "is not the name of a header");
		else if (value != NULL)
		{
			buffer_printf(&line, "%s: %s", item->string, value);
			channel->headers[channel->header_count++] = line.data;
		}
		free(value);
	}
}

static void
read_webhook(const Fields *fields, Channel *channel)
{
	fields_known(fields, webhook_fields);
	check_url(fields, &channel->url, "http://", "https://");
	channel->secret = fields_secret(fields, "secret");
	channel->uncertain = (Uncertain) fields_choice(fields, "uncertain", UNCERTAIN_RETRY,
												   uncertain_policies);
	read_headers(fields, channel);
}

static void
read_channel(const Fields *top, const cJSON *item, Channel *channel, int lease)
{
	char		path[256];
	Fields		fields = *top;
	int			transport;

	snprintf(path, sizeof(path), "channels.%s", item->string);
	fields.object = item;
	fields.path = path;
	channel->name = relay_strdup(item->string);
	if (!cJSON_IsObject(item))
	{
		fields_complain(top, path, "must be an object");
		return;
	}
	transport = fields_choice(&fields, "transport", -1, transports);
	if (transport < 0)
	{
		if (!cJSON_HasObjectItem(item, "transport"))
			fields_complain(&fields, "transport", "is missing; it is \"smtp\" or \"webhook\"");
		return;
	}
	channel->transport = (Transport) transport;
	channel->url = fields_string(&fields, "url", true);
	channel->ca_file = fields_string(&fields, "ca_file", false);
	channel->timeout = fields_int(&fields, "timeout", 20, 1, 600);
	if (channel->timeout + LEASE_MARGIN > lease)
		fields_complain(&fields, "timeout", "must be at least %d seconds shorter than the lease of %d",
						LEASE_MARGIN, lease);
	if (channel->transport == TRANSPORT_SMTP)
		read_smtp(&fields, channel);
	else
		read_webhook(&fields, channel);
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
		read_channel(fields, item, &config->channels[config->channel_count++], config->lease);
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

static void
free_channel(Channel *channel)
{
	free(channel->name);
	free(channel->url);
	free(channel->ca_file);
	free(channel->from_name);
	free(channel->from_address);
	free(channel->username);
	free(channel->password);
	free(channel->secret);
	for (int i = 0; i < channel->header_count; i++)
		free(channel->headers[i]);
	free(channel->headers);
}

void
config_free(Config *config)
{
	for (int i = 0; i < config->channel_count; i++)
		free_channel(&config->channels[i]);
	free(config->channels);
	free(config->conninfo);
	free(config->identity);
	free(config->worker);
	free(config);
}
