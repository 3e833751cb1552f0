/* SPDX-License-Identifier: MIT */
/*
 * Floor: yajl alone over the recorded answers, each with a parser of its own, in the pieces in
 * which libcurl hands a body over. Every callback is there and only counts. yajl's own check of
 * UTF-8 is on: somebody has to make that check, and the library does it elsewhere.
 *
 *   parse RECORDING...
 */
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "floor.h"

#define PIECE 16384

static int64_t values;

static int count(void *ud)
{
	(void)ud;
	values++;
	return 1;
}

static int count_bool(void *ud, int value)
{
	(void)value;
	return count(ud);
}

static int count_number(void *ud, const char *text, size_t len)
{
	(void)text, (void)len;
	return count(ud);
}

static int count_text(void *ud, const unsigned char *text, size_t len)
{
	(void)text, (void)len;
	return count(ud);
}

static const yajl_callbacks callbacks = {
	.yajl_null = count,
	.yajl_boolean = count_bool,
	.yajl_number = count_number,
	.yajl_string = count_text,
	.yajl_start_map = count,
	.yajl_map_key = count_text,
	.yajl_end_map = count,
	.yajl_start_array = count,
	.yajl_end_array = count,
};

static void parse(const char *body, size_t len)
{
	yajl_handle parser = yajl_alloc(&callbacks, NULL, NULL);
	yajl_status status = yajl_status_ok;

	while (len && status == yajl_status_ok) {
		size_t piece = len < PIECE ? len : PIECE;

		status = yajl_parse(parser, (const unsigned char *)body, piece);
		body += piece;
		len -= piece;
	}
	if (status != yajl_status_ok || yajl_complete_parse(parser) != yajl_status_ok)
		floor_fail("parse", "not JSON");
	yajl_free(parser);
}

int main(int argc, char **argv)
{
	const char *body, *at;
	char *recordings[16];
	int64_t bytes = 0;
	size_t lengths[16], len;
	int i, n = argc - 1;

	if (n < 1 || n > 16) {
		fputs("usage: parse RECORDING...\n", stderr);
		return 2;
	}
	for (i = 0; i < n; i++)
		recordings[i] = floor_load(argv[i + 1], &lengths[i]);
	floor_start();
	for (i = 0; i < n; i++) {
		at = recordings[i];
		while ((body = floor_answer(&at, recordings[i] + lengths[i], &len))) {
			parse(body, len);
			bytes += (int64_t)len;
		}
	}
	floor_stop(values, bytes);
	for (i = 0; i < n; i++)
		free(recordings[i]);
	return 0;
}
