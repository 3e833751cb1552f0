/* SPDX-License-Identifier: MIT */
/* One line per call, without secrets: in a file when asked, the last ones in memory. */
#include "sim.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#define N_LINES ((long)(sizeof(((struct sim *)0)->log_lines) / sizeof(char *)))

void sim_log_line(struct sim *sim, const char *format, ...)
{
	struct timespec now;
	struct tm tm;
	char day[32], text[384];
	char **slot;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	pthread_mutex_lock(&sim->lock);
	slot = &sim->log_lines[sim->n_log++ % N_LINES];
	free(*slot);
	if (asprintf(slot, "%s.%03ldZ %s", day, now.tv_nsec / 1000000, text) < 0)
		*slot = NULL;
	if (sim->log && *slot) {
		fprintf(sim->log, "%s\n", *slot);
		fflush(sim->log);
	}
	pthread_mutex_unlock(&sim->lock);
}

void sim_log_count(struct sim *sim, const char *verb)
{
	uint64_t key = sim_mem_hash(verb);
	struct sim_count *count = sim_map_get(&sim->calls, key);

	if (!count) {
		count = sim_mem_alloc(&sim->arena, sizeof(*count));
		count->name = verb;
		count->next = sim->counts;
		sim->counts = count;
		sim_map_put(&sim->calls, key, count);
	}
	count->calls++;
}

void sim_log_write(struct sim *sim, struct sim_json_out *out)
{
	long i = sim->n_log > N_LINES ? sim->n_log - N_LINES : 0;

	sim_json_open(out, "log", '[');
	for (; i < sim->n_log; i++)
		sim_json_text(out, NULL, sim->log_lines[i % N_LINES]);
	sim_json_close(out, ']');
}
