/*
 * relay_config_test.c
 *	  The relay's configuration: what is accepted, and what each mistake says.
 *
 * sources: src/relay/config.c src/relay/channel.c src/relay/fields.c src/relay/mime.c src/relay/mime_body.c src/relay/text.c src/relay/sign.c src/relay/buffer.c
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
	return strcmp(name, "SET") == 0 ? relay_strdup("from environment") :
		strcmp(name, "URL") == 0 ? relay_strdup("https://robot\n") : NULL;
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
									"\"secret_env\":\"SET\",\"headers\":{\"X-Tenant\":\"north\"},\"unknown\":\"hold\"}}}");
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
	CHECK_EQ(mail->uncertain, UNCERTAIN_HOLD);
	CHECK_STR(sms->secret, "from environment");
	CHECK_STR(sms->headers[0], "X-Tenant: north");
	CHECK_EQ(sms->uncertain, UNCERTAIN_HOLD);
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
				  "colour: unknown field; known are database, identity, worker, batch, lease, poll, receipts, channels\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":3}}", "channels.mail: must be an object\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{\"url\":\"smtp://x\"}}}",
				  "channels.mail.transport: is missing; it is such as \"smtp\" or \"webhook\"\n");
	check_mistake("{" TOP ",\"channels\":{\"mail\":{\"transport\":\"pigeon\"}}}",
				  "channels.mail.transport: must be one of \"smtp\", \"webhook\", \"dingtalk\", \"wecom\", \"feishu\", \"kannel\", \"aliyun\", \"tencent\"\n");
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

static void
test_robots_and_sms(void)
{
	Config	   *config = check_good("{" TOP ",\"receipts\":{\"listen\":\"127.0.0.1:8090\",\"url\":\"http://relay:8090\","
									"\"secret\":\"0123456789abcdef\"},\"channels\":{"
									"\"group\":{\"transport\":\"dingtalk\",\"url_env\":\"URL\",\"secret_env\":\"SET\"},"
									"\"wecom\":{\"transport\":\"wecom\",\"url\":\"https://w\",\"format\":\"markdown\",\"limits\":[[10,60],[2,1]]},"
									"\"feishu\":{\"transport\":\"feishu\",\"url\":\"https://f\",\"unknown\":\"sent\"},"
									"\"sms\":{\"transport\":\"kannel\",\"url\":\"http://k\",\"username\":\"u\",\"password\":\"p\",\"limits\":[]},"
									"\"ali\":{\"transport\":\"aliyun\",\"key_id\":\"k\",\"secret\":\"s\",\"sign_name\":\"n\","
									"\"template\":\"SMS_1\",\"parameters\":[\"about\",\"due\"]}}}");
	const Channel *group;
	const Channel *wecom;

	if (config == NULL)
		return;
	group = config_channel(config, "group");
	wecom = config_channel(config, "wecom");
	CHECK_STR(config->receipts.host, "127.0.0.1");
	CHECK_EQ(config->receipts.port, 8090);
	CHECK_STR(group->url, "https://robot");
	CHECK_EQ(group->limits[0].count, 20);
	CHECK_EQ(group->limits[0].seconds, 60);
	CHECK_EQ(group->uncertain, UNCERTAIN_RETRY);
	CHECK_EQ(wecom->max_bytes, 4096);
	CHECK_EQ(wecom->limit_count, 2);
	CHECK_EQ(wecom->limits[1].count, 2);
	CHECK_EQ(wecom->uncertain, UNCERTAIN_HOLD);
	CHECK_EQ(config_channel(config, "feishu")->limit_count, 2);
	CHECK_EQ(config_channel(config, "feishu")->uncertain, UNCERTAIN_SENT);
	CHECK_EQ(config_channel(config, "sms")->limit_count, 0);
	CHECK_STR(config_channel(config, "ali")->url, "https://dysmsapi.aliyuncs.com");
	CHECK_STR(config_channel(config, "ali")->parameters[1], "due");
	config_free(config);
}

static void
test_robot_and_sms_mistakes(void)
{
	check_mistake("{" TOP ",\"channels\":{\"g\":{\"transport\":\"dingtalk\",\"url\":\"http://oapi.dingtalk.com/x\"}}}",
				  "channels.g.url: must begin with https://: what it carries is secret\n");
	check_mistake("{" TOP ",\"channels\":{\"g\":{\"transport\":\"wecom\",\"url\":\"https://w\",\"max_bytes\":4096}}}",
				  "channels.g.max_bytes: must be a whole number from 100 to 2048\n");
	check_mistake("{" TOP ",\"channels\":{\"g\":{\"transport\":\"feishu\",\"url\":\"https://w\",\"limits\":[[0,60]]}}}",
				  "channels.g.limits: must be at most 3 pairs of a count and seconds, such as [[20, 60]]: at most 20 messages in any minute\n");
	check_mistake("{" TOP ",\"channels\":{\"g\":{\"transport\":\"tencent\",\"parameters\":[1]}}}",
				  "channels.g.app_id: is missing\nchannels.g.key_id: is missing\nchannels.g.secret: is missing\n"
				  "channels.g.sign_name: is missing\nchannels.g.parameters: must be an array of texts\n");
	check_mistake("{" TOP ",\"receipts\":{\"listen\":\"8090\",\"url\":\"http://r\",\"secret\":\"short\"},\"channels\":{\"mail\":{" MAIL "}}}",
				  "receipts.listen: must be an address and a port, such as \"127.0.0.1:8090\"\n"
				  "receipts.secret: must be given and have at least 16 characters\n");
}

int
main(void)
{
	test_robots_and_sms();
	test_robot_and_sms_mistakes();
	test_good();
	test_loopback_without_tls();
	test_mistakes();
	test_channel_mistakes();
	return check_done();
}
