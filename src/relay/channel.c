/*
 * channel.c
 *	  The configuration of one channel: what each transport needs and allows.
 */
#include "channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime.h"

#define LEASE_MARGIN	5		/* seconds between the longest transfer and
								 * the lease's end */

#define COMMON_FIELDS \
	"transport", "url", "url_env", "url_file", "timeout", "ca_file", "unknown", "limits"
#define SECRET_FIELDS	"secret", "secret_env", "secret_file"
#define PASSWORD_FIELDS "username", "password", "password_env", "password_file"
#define TEMPLATE_FIELDS "key_id", "region", "sign_name", "template", "parameters"

static const char *const smtp_fields[] = {
	COMMON_FIELDS, PASSWORD_FIELDS, "from", "tls", "max_bytes", NULL
};
static const char *const webhook_fields[] = {
	COMMON_FIELDS, SECRET_FIELDS, "headers", "max_bytes", NULL
};
static const char *const signed_robot_fields[] = {
	COMMON_FIELDS, SECRET_FIELDS, "format", "max_bytes", NULL
};
static const char *const plain_robot_fields[] = {COMMON_FIELDS, "format", "max_bytes", NULL};
static const char *const kannel_fields[] = {
	COMMON_FIELDS, PASSWORD_FIELDS, "from", "max_parts", NULL
};
static const char *const aliyun_fields[] = {COMMON_FIELDS, SECRET_FIELDS, TEMPLATE_FIELDS, NULL};
static const char *const tencent_fields[] = {
	COMMON_FIELDS, SECRET_FIELDS, TEMPLATE_FIELDS, "app_id", NULL
};

static const char *const tls_modes[] = {"none", "starttls", "tls", NULL};
static const char *const uncertain_policies[] = {"hold", "retry", "sent", NULL};
static const char *const formats[] = {"text", "markdown", NULL};

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

/* The URL, which may be a secret itself; without a fallback it is required. */
static void
read_url(const Fields *fields, Channel *channel, const char *fallback,
		 const char *plain, const char *secure)
{
	size_t		errors_before = fields->errors->length;

	channel->url = fields_secret(fields, "url");
	if (channel->url == NULL && errors_before == fields->errors->length)
	{
		if (fallback == NULL)
			fields_complain(fields, "url", "is missing");
		channel->url = relay_strdup(fallback);
	}
	if (channel->url == NULL || begins_with(channel->url, plain) || begins_with(channel->url, secure))
		return;
	fields_complain(fields, "url", "must begin with %s or %s", plain, secure);
	free(channel->url);
	channel->url = NULL;
}

/* A URL of HTTP that is not to be read on the way, or anything it says. */
static void
read_secure_url(const Fields *fields, Channel *channel, const char *fallback)
{
	read_url(fields, channel, fallback, "http://", "https://");
	if (channel->url != NULL && begins_with(channel->url, "http://") && !is_loopback(channel->url))
		fields_complain(fields, "url", "must begin with https://: what it carries is secret");
}

static void
read_policy(const Fields *fields, Channel *channel, Uncertain fallback)
{
	channel->uncertain = (Uncertain) fields_choice(fields, "unknown", (int) fallback,
												   uncertain_policies);
}

static void
read_size(const Fields *fields, Channel *channel, int fallback, int max)
{
	channel->max_bytes = fields_int(fields, "max_bytes", fallback, 100, max);
}

static void
read_smtp(const Fields *fields, Channel *channel)
{
	char	   *from;

	fields_known(fields, smtp_fields);
	read_url(fields, channel, NULL, "smtp://", "smtps://");
	from = fields_string(fields, "from", true);
	if (from != NULL && !mail_split_address(from, &channel->from_name, &channel->from_address))
		fields_complain(fields, "from", "must be an address, or a name and an address in <>");
	free(from);
	channel->username = fields_string(fields, "username", false);
	channel->password = fields_secret(fields, "password");
	channel->tls = (TlsMode) fields_choice(fields, "tls", TLS_STARTTLS, tls_modes);
	read_policy(fields, channel, UNCERTAIN_HOLD);
	read_size(fields, channel, 5000000, 100000000);
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
	read_url(fields, channel, NULL, "http://", "https://");
	channel->secret = fields_secret(fields, "secret");
	read_policy(fields, channel, UNCERTAIN_RETRY);
	read_size(fields, channel, 1000000, 100000000);
	read_headers(fields, channel);
}

static void
read_dingtalk(const Fields *fields, Channel *channel)
{
	fields_known(fields, signed_robot_fields);
	read_secure_url(fields, channel, NULL);
	channel->secret = fields_secret(fields, "secret");
	channel->markdown = fields_choice(fields, "format", 0, formats) == 1;
	read_policy(fields, channel, UNCERTAIN_RETRY);	/* msgUuid sees a repeat */
	read_size(fields, channel, 18000, 18000);
}

static void
read_wecom(const Fields *fields, Channel *channel)
{
	int			max;

	fields_known(fields, plain_robot_fields);
	read_secure_url(fields, channel, NULL);
	channel->markdown = fields_choice(fields, "format", 0, formats) == 1;
	max = channel->markdown ? 4096 : 2048;
	read_policy(fields, channel, UNCERTAIN_HOLD);
	read_size(fields, channel, max, max);
}

static void
read_feishu(const Fields *fields, Channel *channel)
{
	fields_known(fields, signed_robot_fields);
	read_secure_url(fields, channel, NULL);
	channel->secret = fields_secret(fields, "secret");
	if (fields_choice(fields, "format", 0, formats) == 1)
		fields_complain(fields, "format", "Feishu's robot takes \"text\" only");
	read_policy(fields, channel, UNCERTAIN_HOLD);
	read_size(fields, channel, 18000, 18000);
}

static void
read_kannel(const Fields *fields, Channel *channel)
{
	fields_known(fields, kannel_fields);
	read_url(fields, channel, NULL, "http://", "https://");
	channel->username = fields_string(fields, "username", true);
	channel->password = fields_secret(fields, "password");
	if (channel->password == NULL && channel->username != NULL)
		fields_complain(fields, "password", "is missing");
	channel->from_address = fields_string(fields, "from", false);
	channel->max_parts = fields_int(fields, "max_parts", 4, 1, 10);
	read_policy(fields, channel, UNCERTAIN_HOLD);
}

/* What Aliyun and Tencent both want. */
static void
read_template(const Fields *fields, Channel *channel, const char *region)
{
	channel->key_id = fields_string(fields, "key_id", true);
	channel->secret = fields_secret(fields, "secret");
	if (channel->secret == NULL)
		fields_complain(fields, "secret", "is missing");
	channel->region = fields_string(fields, "region", false);
	if (channel->region == NULL)
		channel->region = relay_strdup(region);
	channel->sign_name = fields_string(fields, "sign_name", true);
	channel->template = fields_string(fields, "template", false);
	channel->parameters = fields_strings(fields, "parameters", &channel->parameter_count);
	read_policy(fields, channel, UNCERTAIN_HOLD);
}

static void
read_aliyun(const Fields *fields, Channel *channel)
{
	fields_known(fields, aliyun_fields);
	read_secure_url(fields, channel, "https://dysmsapi.aliyuncs.com");
	read_template(fields, channel, "cn-hangzhou");
}

static void
read_tencent(const Fields *fields, Channel *channel)
{
	fields_known(fields, tencent_fields);
	read_secure_url(fields, channel, "https://sms.tencentcloudapi.com");
	channel->app_id = fields_string(fields, "app_id", true);
	read_template(fields, channel, "ap-guangzhou");
}

/* The transports: their names, how they are read, what their services allow. */
static const struct
{
	const char *name;
	void		(*read) (const Fields *fields, Channel *channel);
	RateLimit	limits[MAX_LIMITS];
	int			limit_count;
}			transports[] = {
	[TRANSPORT_SMTP] = {"smtp", read_smtp, {{0, 0}}, 0},
	[TRANSPORT_WEBHOOK] = {"webhook", read_webhook, {{0, 0}}, 0},
	[TRANSPORT_DINGTALK] = {"dingtalk", read_dingtalk, {{20, 60}}, 1},
	[TRANSPORT_WECOM] = {"wecom", read_wecom, {{20, 60}}, 1},
	[TRANSPORT_FEISHU] = {"feishu", read_feishu, {{100, 60}, {5, 1}}, 2},
	[TRANSPORT_KANNEL] = {"kannel", read_kannel, {{0, 0}}, 0},
	[TRANSPORT_ALIYUN] = {"aliyun", read_aliyun, {{0, 0}}, 0},
	[TRANSPORT_TENCENT] = {"tencent", read_tencent, {{0, 0}}, 0},
};

#define TRANSPORT_COUNT ((int) (sizeof(transports) / sizeof(transports[0])))

const char *
transport_name(Transport transport)
{
	return transports[transport].name;
}

static int
read_transport(const Fields *fields)
{
	const char *names[TRANSPORT_COUNT + 1] = {NULL};

	for (int i = 0; i < TRANSPORT_COUNT; i++)
		names[i] = transports[i].name;
	if (!cJSON_HasObjectItem(fields->object, "transport"))
		fields_complain(fields, "transport", "is missing; it is such as \"smtp\" or \"webhook\"");
	return fields_choice(fields, "transport", -1, names);
}

static void
read_limits(const Fields *fields, Channel *channel, int transport)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(fields->object, "limits");
	const cJSON *item;

	channel->limit_count = transports[transport].limit_count;
	memcpy(channel->limits, transports[transport].limits, sizeof(channel->limits));
	if (array == NULL)
		return;
	channel->limit_count = 0;
	cJSON_ArrayForEach(item, array)
	{
		const cJSON *count = cJSON_GetArrayItem(item, 0);
		const cJSON *seconds = cJSON_GetArrayItem(item, 1);

		if (channel->limit_count == MAX_LIMITS || cJSON_GetArraySize(item) != 2 ||
			!cJSON_IsNumber(count) || !cJSON_IsNumber(seconds) || count->valueint < 1 ||
			count->valueint > 10000 || seconds->valueint < 1 || seconds->valueint > 86400)
			break;
		channel->limits[channel->limit_count++] = (RateLimit)
		{
			count->valueint, seconds->valueint
		};
	}
	if (!cJSON_IsArray(array) || channel->limit_count != cJSON_GetArraySize(array))
		fields_complain(fields, "limits", "must be at most %d pairs of a count and seconds, "
						"such as [[20, 60]]: at most 20 messages in any minute", MAX_LIMITS);
}

void
channel_read(const Fields *fields, Channel *channel, int lease)
{
	int			transport = read_transport(fields);

	if (transport < 0)
		return;
	channel->transport = (Transport) transport;
	channel->ca_file = fields_string(fields, "ca_file", false);
	channel->timeout = fields_int(fields, "timeout", 20, 1, 600);
	if (channel->timeout + LEASE_MARGIN > lease)
		fields_complain(fields, "timeout", "must be at least %d seconds shorter than the lease of %d",
						LEASE_MARGIN, lease);
	read_limits(fields, channel, transport);
	transports[transport].read(fields, channel);
}

static void
free_strings(char **strings, int count)
{
	for (int i = 0; i < count; i++)
		free(strings[i]);
	free(strings);
}

void
channel_free(Channel *channel)
{
	char	   *texts[] = {
		channel->name, channel->url, channel->ca_file, channel->from_name, channel->from_address,
		channel->username, channel->password, channel->secret, channel->key_id, channel->app_id,
		channel->region, channel->sign_name, channel->template
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	free_strings(channel->headers, channel->header_count);
	free_strings(channel->parameters, channel->parameter_count);
}
