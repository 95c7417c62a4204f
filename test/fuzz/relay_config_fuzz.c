/*
 * relay_config_fuzz.c
 *	  Random configurations of the relay: mutations of good ones.  A mistake is
 *	  named, or the configuration can be worked with.
 *
 * sources: src/relay/config.c src/relay/channel.c src/relay/fields.c src/relay/mime.c src/relay/mime_body.c src/relay/text.c src/relay/sign.c src/relay/buffer.c
 * libs: -lcjson -lcrypto
 */
#include <stdint.h>

#include "relay/config.h"
#include "mutate.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
no_secret(const char *name)
{
	return *name == 'S' ? relay_strdup("https://secret") : NULL;
}

static void
must(bool fact, const char *what, const char *text)
{
	if (fact)
		return;
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

static bool
try_config(const char *text)
{
	static const SecretSource secrets = {no_secret, no_secret};
	Buffer		errors = {0};
	Config	   *config = config_parse(text, &secrets, &errors);

	must((config == NULL) == (errors.length > 0), "neither good nor bad", text);
	buffer_free(&errors);
	if (config == NULL)
		return false;
	must(config->batch > 0 && config->lease > 0 && config->channel_count > 0, "out of range", text);
	for (int i = 0; i < config->channel_count; i++)
	{
		const Channel *channel = &config->channels[i];

		must(config_channel(config, channel->name) == channel, "a name that stands there twice", text);
		must(channel->url != NULL && strpbrk(channel->url, "\r\n") == NULL, "no usable URL", text);
		must(channel->timeout < config->lease, "a lease too short", text);
		must(channel->limit_count <= MAX_LIMITS, "too many limits", text);
		for (int k = 0; k < channel->limit_count; k++)
			must(channel->limits[k].count > 0 && channel->limits[k].seconds > 0, "no limit", text);
	}
	config_free(config);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = malloc(size + 1);

	memcpy(text, data, size);
	text[		size] = '\0';

	try_config(text);
	free(text);
	return 0;
}

#ifndef LIBFUZZER

#define TOP "{\"database\":\"dbname=x\",\"identity\":\"7300/16384\",\"batch\":3,\"lease\":40,\"poll\":2,"

static const char *const seeds[] = {
	TOP "\"channels\":{\"mail\":{\"transport\":\"smtp\",\"url\":\"smtp://mx:25\",\"from\":\"Desk <a@b.c>\",\"username\":\"u\","
	"\"password_env\":\"S\"},\"w\":{\"transport\":\"webhook\",\"url_file\":\"S\",\"headers\":{\"X-A\":\"b\"}}}}",
	TOP "\"receipts\":{\"listen\":\"[::1]:80\",\"url\":\"http://r\",\"secret\":\"0123456789abcdef\"},\"channels\":{"
	"\"sms\":{\"transport\":\"kannel\",\"url\":\"http://k\",\"username\":\"u\",\"password\":\"p\",\"limits\":[[20,60],[5,1]]}}}",
	TOP "\"channels\":{\"a\":{\"transport\":\"aliyun\",\"key_id\":\"k\",\"secret\":\"s\",\"sign_name\":\"n\",\"parameters\":[\"x\",\"y\"]},"
	"\"b\":{\"transport\":\"dingtalk\",\"url\":\"https://d\",\"format\":\"markdown\",\"unknown\":\"sent\"}}}",
};

#define SEED_COUNT (sizeof(seeds) / sizeof(seeds[0]))

static const char bytes[] = "{}[]\":,0123456789-.eE \\u/?&=%\r\n<>@\x01\xe9\x80\xf0\x9f\xff";

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? atol(argv[1]) : 20000;
	long		good = 0;
	char text[	MOST_TEXT];

	srandom(argc > 2 ? (unsigned) atol(argv[2]) : 0);
	must(try_config(seeds[1]) && try_config(seeds[2]), "a seed is refused", "");
	for (long i = 0; i < rounds; i++)
	{
		mutate(text, seeds[random() % SEED_COUNT], bytes);
		good += try_config(text);
	}
	printf("%ld mutations, %ld of them good\n", rounds, good);
	return 0;
}

#endif
