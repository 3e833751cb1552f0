/* SPDX-License-Identifier: MIT */
/* Starts the world, tells where it is, and cleans up. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const char *what, const char *which)
{
	fprintf(stderr, "emsign-sim: cannot %s '%s'%s%s\n", what, which, errno ? ": " : "",
		errno ? strerror(errno) : "");
	return 1;
}

/* A file that appears whole or not at all. */
static bool write_file(struct sim *sim, const char *name, const char *text, mode_t mode)
{
	char *path = sim_mem_printf(&sim->arena, "%s/%s", sim->dir, name);
	char *part = sim_mem_printf(&sim->arena, "%s.tmp", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0 && close(fd))
		done = false;
	return done && !rename(part, path);
}

static const char *read_secret(struct sim *sim, const char *path)
{
	char text[1024] = "";
	FILE *stream = fopen(path, "r");
	size_t len;

	if (!stream)
		return NULL;
	len = fread(text, 1, sizeof(text) - 1, stream);
	fclose(stream);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	return len ? sim_mem_text(&sim->arena, text) : NULL;
}

/* A secret of somebody's own, or a new one in our folder. */
static bool take_secret(struct sim *sim, const char *given, const char *name, int digits,
			const char **secret, char **path)
{
	if (given) {
		*path = realpath(given, NULL);
		*secret = *path ? read_secret(sim, *path) : NULL;
		return *secret != NULL;
	}
	*secret = sim_clock_hex(sim, digits);
	return asprintf(path, "%s/%s", sim->dir, name) > 0 && write_file(sim, name, *secret, 0600);
}

static bool make_account(struct sim *sim)
{
	const struct sim_options *options = sim->options;

	sim->account.number = options->account ? options->account :
		sim_mem_printf(&sim->arena, "%llu", (unsigned long long)
			       (7000000000 + sim_clock_random(sim) % 1000000000));
	return take_secret(sim, options->access_key_file, "access.key", 40, &sim->account.key,
			   &sim->access_key_file) &&
		take_secret(sim, options->client_secret_file, "client.secret", 32,
			    &sim->account.secret, &sim->client_secret_file);
}

static bool write_ready(struct sim *sim)
{
	struct sim_buf text = { 0 };
	struct sim_json_out out = { .buf = &text };
	bool done;

	sim_json_open(&out, NULL, '{');
	sim_json_text(&out, "base_url", sim_mem_printf(&sim->arena, "https://127.0.0.1:%d%s",
						       sim->port, SIM_CONTEXT));
	sim_json_text(&out, "account_number", sim->account.number);
	sim_json_text(&out, "access_key_file", sim->access_key_file);
	sim_json_text(&out, "ca_file", sim->ca_file);
	sim_json_number(&out, "pid", getpid());
	sim_json_text(&out, "root_file", sim_mem_printf(&sim->arena, "%s/root.pem", sim->dir));
	sim_json_text(&out, "group_number", sim->account.groups->number);
	sim_json_text(&out, "requestor_email", sim->account.email);
	sim_json_text(&out, "v2_url", sim_mem_printf(&sim->arena, "https://127.0.0.1:%d/",
						     sim->port));
	sim_json_text(&out, "token_url", sim_mem_printf(&sim->arena,
							"https://127.0.0.1:%d/oauth/token",
							sim->port));
	sim_json_text(&out, "client_secret_file", sim->client_secret_file);
	sim_json_close(&out, '}');
	sim_buf_text(&text, "\n");
	done = write_file(sim, "ready.json", text.data, 0644);
	sim_buf_free(&text);
	return done;
}

static int start(struct sim *sim)
{
	const struct sim_options *options = sim->options;
	int i;

	errno = 0;
	if (mkdir(options->dir, 0700) && errno != EEXIST)
		return complain("make the folder", options->dir);
	sim->dir = realpath(options->dir, NULL);
	if (!sim->dir)
		return complain("open the folder", options->dir);
	unlink(sim_mem_printf(&sim->arena, "%s/ready.json", sim->dir));
	sim->ca_file = sim_mem_printf(&sim->arena, "%s/tls-root.pem", sim->dir);
	RAND_bytes((unsigned char *)&sim->random, sizeof(sim->random));
	errno = 0;
	if (!make_account(sim))
		return complain("use the secrets of the account in", sim->dir);
	sim_account_seed(sim);
	sim_history_start(sim);
	if (!sim_drift_start(sim))
		return complain("understand the drift", options->drift);
	for (i = 0; i < options->n_faults; i++)
		if (!sim_fault_add_text(sim, options->faults[i]))
			return complain("understand the fault", options->faults[i]);
	if (options->log_file && !(sim->log = fopen(options->log_file, "a")))
		return complain("write the log", options->log_file);
	if (!sim_ca_start(sim))
		return complain("make certificates in", sim->dir);
	if (!sim_tls_start(sim))
		return complain("use the server certificate", sim->ca_file);
	return 0;
}

static int run(struct sim *sim)
{
	int listener = sim_server_listen(sim), code;

	if (listener < 0)
		return complain("listen on", "127.0.0.1");
	if (!write_ready(sim))
		return complain("write ready.json in", sim->dir);
	/* whoever started it may wait for this line instead of for the file */
	printf("listening on https://127.0.0.1:%d%s\n", sim->port, SIM_CONTEXT);
	fflush(stdout);
	code = sim_server_run(sim, listener);
	unlink(sim_mem_printf(&sim->arena, "%s/ready.json", sim->dir));
	return code;
}

static void stop(struct sim *sim)
{
	size_t i;

	sim_ca_stop(sim);
	sim_map_free(&sim->by_number);
	sim_map_free(&sim->by_request);
	sim_map_free(&sim->txns);
	sim_map_free(&sim->csrs);
	sim_map_free(&sim->calls);
	sim_map_free(&sim->replays);
	sim_map_free(&sim->history.owned);
	sim_drift_stop(sim);
	sim_history_stop(sim);
	for (i = 0; i < sizeof(sim->log_lines) / sizeof(sim->log_lines[0]); i++)
		free(sim->log_lines[i]);
	if (sim->log)
		fclose(sim->log);
	free(sim->dir);
	free(sim->access_key_file);
	free(sim->client_secret_file);
	sim_mem_drop(&sim->arena);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
}

static void block_signals(void)
{
	sigset_t set;

	/* before any thread begins: the server reads them from a descriptor */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct sim_options options = { 0 };
	pid_t parent = getppid();
	int code;

	if (!sim)
		return 1;
	pthread_mutex_init(&sim->lock, NULL);
	sim->options = &options;
	code = sim_options_read(&options, &sim->arena, argc, argv);
	if (code < 0) {
		block_signals();
		if (options.exit_with_parent) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			if (getppid() != parent)
				raise(SIGTERM);
		}
		code = start(sim);
		if (!code)
			code = run(sim);
	}
	stop(sim);
	return code;
}
