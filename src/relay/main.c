/*
 * main.c
 *	  salespulse-relay: options, the configuration file, signals.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "relay.h"

typedef enum Task
{
	TASK_RUN,
	TASK_CHECK,
	TASK_DRY_RUN
} Task;

static const char usage[] =
"salespulse-relay delivers the messages of a salespulse outbox.\n"
"\n"
"Usage: salespulse-relay --config FILE [OPTION]...\n"
"  --config FILE    the configuration, JSON; see docs/relay.md\n"
"  --check          check the configuration and the database, then end\n"
"  --dry-run        show what would be delivered next, send and change nothing\n"
"  --once           deliver what is due, then end\n"
"  --run-every 5s   also call pulse.tick() at that interval (s, m; default unit s)\n"
"  --help, --version\n"
"\n"
"Ends with 0 when done, 1 on trouble, 2 on a mistake in options or\n"
"configuration, 3 when the database is not the configured one.\n";

static char *
secret_from_environment(const char *name)
{
	return relay_strdup(getenv(name));
}

/* The whole file; NULL with errno when it can't be read. */
static char *
read_file(const char *path)
{
	FILE	   *file = fopen(path, "r");
	Buffer		content = {0};
	char		chunk[4096];
	size_t		length;
	int			problem = 0;

	if (file == NULL)
		return NULL;
	buffer_add(&content, "", 0);
	while ((length = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buffer_add(&content, chunk, length);
	if (ferror(file))
		problem = errno;
	fclose(file);
	if (problem == 0)
		return content.data;
	buffer_free(&content);
	errno = problem;
	return NULL;
}

static Config *
load_config(const char *path)
{
	static const SecretSource secrets = {secret_from_environment, read_file};
	char	   *text = read_file(path);
	Buffer		errors = {0};
	Config	   *config;

	if (text == NULL)
	{
		fprintf(stderr, "salespulse-relay: cannot read \"%s\": %s\n", path, strerror(errno));
		return NULL;
	}
	config = config_parse(text, &secrets, &errors);
	if (config == NULL)
		fprintf(stderr, "salespulse-relay: \"%s\" has mistakes:\n%s", path, errors.data);
	buffer_free(&errors);
	free(text);
	return config;
}

static void
handle_signal(int number)
{
	(void) number;
	relay_stop();
}

static void
set_signals(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handle_signal;
	action.sa_flags = (int) SA_RESETHAND;	/* a second one ends at once */
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* "5s", "2m" or "5"; 0: not an interval. */
static double
parse_seconds(const char *text)
{
	char	   *end;
	double		number = strtod(text, &end);

	if (end == text ||!isdigit((unsigned char) *text))
		return 0;
	if (strcmp(end, "m") == 0)
		number *= 60;
	else if (*end != '\0' && strcmp(end, "s") != 0)
		return 0;
	return number >= 0.1 && number <= 86400 ? number : 0;
}

static int
complain_usage(const char *message)
{
	fprintf(stderr, "salespulse-relay: %s\nType salespulse-relay --help.\n", message);
	return EXIT_USAGE;
}

static int
perform(const char *config_path, Task task, const RelayOptions *options)
{
	Config	   *config = load_config(config_path);
	ExitCode	result;

	if (config == NULL)
		return EXIT_USAGE;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	set_signals();
	result = task == TASK_CHECK ? relay_check(config) :
		task == TASK_DRY_RUN ? relay_dry_run(config) : relay_run(config, options);
	curl_global_cleanup();
	config_free(config);
	return (int) result;
}

int
main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'},
		{"dry-run", no_argument, NULL, 'd'},
		{"once", no_argument, NULL, 'o'},
		{"run-every", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0}
	};
	const char *config_path = NULL;
	RelayOptions options = {0};
	Task		task = TASK_RUN;
	int			option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
	{
		if (option == 'c')
			config_path = optarg;
		else if (option == 'k')
			task = TASK_CHECK;
		else if (option == 'd')
			task = TASK_DRY_RUN;
		else if (option == 'o')
			options.once = true;
		else if (option == 'r' && (options.run_every = parse_seconds(optarg)) == 0)
			return complain_usage("--run-every takes an interval from 0.1s to 1440m, such as 5s");
		else if (option == 'h')
			return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_DONE;
		else if (option == 'v')
			return puts("salespulse-relay " SALESPULSE_VERSION) < 0 ? EXIT_TROUBLE : EXIT_DONE;
		else if (option == '?')
			return complain_usage("this option is unknown or lacks its argument");
	}
	if (optind < argc)
		return complain_usage("there is an argument that belongs to no option");
	if (config_path == NULL)
		return complain_usage("--config is missing");
	return perform(config_path, task, &options);
}
