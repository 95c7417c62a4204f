/*
 * relay_config_test.c
 *	  The relay's configuration: what is accepted, and what each mistake says.
 *
 * sources: src/relay/config.c src/relay/fields.c src/relay/mime.c src/relay/sign.c src/relay/buffer.c
 * libs: -lcjson -lcrypto
 */
#include <stdlib.h>

#include "check.h"
#include "relay/config.h"

#define TOP "\"database\":\"dbname=x\",\"identity\":\"7300/16384\""
#define MAIL "\"transport\":\"smtp\",\"url\":\"smtp://mx.example.com:25\",\"from\":\"a@example.com\""

static char *
fake_environment(const char *name)
{
	return strcmp(name, "SET") == 0 ? relay_strdup("from environment") : NULL;
}

static char *
fake_file(const char *path)
{
	return strcmp(path, "/secret") == 0 ? relay_strdup("from file\n") : NULL;
}

static const SecretSource secrets = {fake_environment, fake_file};

/* The complaints about a configuration; it must have some. */
static void
check_mistake(const char *text, const char *expected)
{
	Buffer		errors = {0};
	Config	   *config = config_parse(text, &secrets, &errors);

	CHECK(config == NULL);
	CHECK_STR(errors.data, expected);
	buffer_free(&errors);
}

static Config *
check_good(const char *text)
{
	Buffer		errors = {0};
	Config	   *config = config_parse(text, &secrets, &errors);

	CHECK(config != NULL);
	if (errors.length > 0)
		printf("%s", errors.data);
	buffer_free(&errors);
	return config;
}

static void
test_good(void)
{
	Config	   *config = check_good("{" TOP ",\"batch\":3,\"lease\":30,\"channels\":{"
									"\"mail\":{" MAIL ",\"username\":\"u\",\"password_file\":\"/secret\",\"timeout\":9},"
									"\"sms\":{\"transport\":\"webhook\",\"url\":\"https://g.example.com/send\","
									"\"secret_env\":\"SET\",\"headers\":{\"X-Tenant\":\"north\"},\"uncertain\":\"report\"}}}");
	const Channel *mail;
	const Channel *sms;

	if (config == NULL)
		return;
	mail = config_channel(config, "mail");
	sms = config_channel(config, "sms");
	CHECK_EQ(config->batch, 3);
	CHECK_EQ(config->lease, 30);
	CHECK_EQ(config->poll, 5);
	CHECK_STR(config->worker, "relay");
	CHECK(config_channel(config, "fax") == NULL);
	CHECK_STR(mail->from_address, "a@example.com");
	CHECK_STR(mail->password, "from file");
	CHECK_EQ(mail->timeout, 9);
	CHECK_EQ(mail->tls, TLS_STARTTLS);
	CHECK_EQ(mail->uncertain, UNCERTAIN_REPORT);
	CHECK_STR(sms->secret, "from environment");
	CHECK_STR(sms->headers[0], "X-Tenant: north");
	CHECK_EQ(sms->uncertain, UNCERTAIN_REPORT);
	config_free(config);
}

static void
test_loopback_without_tls(void)
{
	Config	   *config = check_good("{" TOP ",\"channels\":{\"mail\":{\"transport\":\"smtp\","
									"\"url\":\"smtp://127.0.0.1:2525\",\"from\":\"Desk <a@example.com>\","
									"\"tls\":\"none\",\"username\":\"u\",\"password\":\"p\"}}}");

	if (config == NULL)
		return;
	CHECK_STR(config->channels[0].from_name, "Desk");
	config_free(config);
}

static void
test_mistakes(void)
{
	check_mistake("{\n\"database\": \"x\",\n\"identity\" 3}",
				  "line 3: this is not JSON; something is wrong here or just before\n");
	check_mistake("[]", "configuration: must be an object\n");
	check_mistake("{\"channels\":{\"mail\":{" MAIL "}}}",
				  "database: is missing\nidentity: is missing\n");
	check_mistake("{\"database\":\"x\",\"identity\":\"here\",\"channels\":{\"mail\":{" MAIL "}}}",
				  "identity: must be what SELECT pulse.delivery_identity() returns, such as \"7300000000000000000/16384\"\n");
	check_mistake("{" TOP ",\"channels\":{}}", "channels: must be an object with at least one channel\n");
	check_mistake("{" TOP ",\"poll\":0,\"lease\":\"long\",\"channels\":{\"mail\":{" MAIL "}}}",
				  "lease: must be a whole number from 2 to 86400\npoll: must be a whole number from 1 to 3600\n");
	check_mistake("{" TOP ",\"colour\":1,\"channels\":{\"mail\":{" MAIL "}}}",
				  "colour: unknown field; known are database, identity, worker, batch, lease, poll, channels\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":3}}", "channels.mail: must be an object\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{\"url\":\"smtp://x\"}}}",
				  "channels.mail.transport: is missing; it is \"smtp\" or \"webhook\"\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{\"transport\":\"pigeon\"}}}",
				  "channels.mail.transport: must be one of \"smtp\", \"webhook\"\n");
	check_mistake("{" TOP ",\"lease\":20,\"channels\":{\"mail\":{" MAIL ",\"timeout\":20}}}",
				  "channels.mail.timeout: must be at least 5 seconds shorter than the lease of 20\n");
}

static void
test_channel_mistakes(void)
{
	check_mistake("{" TOP ",\"channels\":{\"mail\":{" MAIL ",\"url\":\"smtp://y\"}}}",
				  "channels.mail.url: stands there twice\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{\"transport\":\"smtp\",\"url\":\"http://x\",\"from\":\"nobody\"}}}",
				  "channels.mail.url: must begin with smtp:// or smtps://\n"
				  "channels.mail.from: must be an address, or a name and an address in <>\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{" MAIL ",\"tls\":\"tls\"}}}",
				  "channels.mail.tls: \"tls\" goes with smtps://, \"starttls\" and \"none\" with smtp://\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{" MAIL ",\"username\":\"u\"}}}",
				  "channels.mail.username: username and password go together\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{" MAIL ",\"tls\":\"none\",\"username\":\"u\",\"password\":\"p\"}}}",
				  "channels.mail.tls: \"none\" would send the password in the clear\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{" MAIL ",\"username\":\"u\",\"password_env\":\"UNSET\"}}}",
				  "channels.mail.password_env: environment variable UNSET is not set\n"
				  "channels.mail.username: username and password go together\n");
	check_mistake("{" TOP ",\"channels\":{\"w\":{\"transport\":\"webhook\",\"url\":\"https://x\",\"secret\":\"s\",\"secret_file\":\"/gone\"}}}",
				  "channels.w.secret: give only one of secret, secret_env and secret_file\n");
	check_mistake("{" TOP ",\"channels\":{\"w\":{\"transport\":\"webhook\",\"url\":\"https://x\",\"secret_file\":\"/gone\"}}}",
				  "channels.w.secret_file: cannot read file \"/gone\"\n");
	check_mistake("{" TOP ",\"channels\":{\"w\":{\"transport\":\"webhook\",\"url\":\"https://x\","
				  "\"headers\":{\"X-A\":\"b\\r\\nX-C: d\",\"X B\":\"c\"}}}}",
				  "channels.w.headers.X-A: has a line break or another control character in it\n"
				  "channels.w.headers.X B: is not the name of a header\n");
}

int
main(void)
{
	test_good();
	test_loopback_without_tls();
	test_mistakes();
	test_channel_mistakes();
	return check_done();
}
