/* SPDX-License-Identifier: MIT */
#include "floor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static struct rusage used;
static struct timespec began;

_Noreturn void floor_fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

char *floor_load(const char *path, size_t *len)
{
	FILE *stream = fopen(path, "rb");
	char *data = NULL;
	long size;

	if (!stream || fseek(stream, 0, SEEK_END) || (size = ftell(stream)) < 0)
		floor_fail(path, "cannot be read");
	rewind(stream);
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, stream) != (size_t)size)
		floor_fail(path, "cannot be read");
	fclose(stream);
	data[size] = '\0';
	*len = (size_t)size;
	return data;
}

const char *floor_answer(const char **at, const char *end, size_t *len)
{
	char *body;

	if (*at >= end)
		return NULL;
	*len = strtoul(*at, &body, 10);
	if (*body++ != '\n' || (size_t)(end - body) < *len)
		floor_fail("recording", "is damaged");
	*at = body + *len;
	return body;
}

void floor_start(void)
{
	getrusage(RUSAGE_SELF, &used);
	clock_gettime(CLOCK_MONOTONIC, &began);
}

static double seconds(struct timeval from, struct timeval till)
{
	return (double)(till.tv_sec - from.tv_sec) + (double)(till.tv_usec - from.tv_usec) / 1e6;
}

void floor_stop(int64_t n, int64_t bytes)
{
	struct timespec now;
	struct rusage total;

	clock_gettime(CLOCK_MONOTONIC, &now);
	getrusage(RUSAGE_SELF, &total);
	printf("{\"n\":%" PRId64 ",\"bytes\":%" PRId64 ",\"cpu\":%.6f,\"wall\":%.6f}\n", n, bytes,
	       seconds(used.ru_utime, total.ru_utime) + seconds(used.ru_stime, total.ru_stime),
	       (double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9);
}
