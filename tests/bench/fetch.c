/* SPDX-License-Identifier: MIT */
/*
 * Floor: libcurl alone. The same requests as the import's, made ready beforehand, with the same
 * number in flight over kept connections, and the same demands on TLS. Answers are put together in
 * memory and thrown away, or recorded for the other floors.
 *
 *   fetch [-H HEADER] URL CA-FILE IN-FLIGHT REQUESTS [RECORDING]
 *
 * REQUESTS has one request per line: what follows the URL, a blank, the body; GET where that is
 * empty.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"

#define MOST_IN_FLIGHT 256

struct transfer {
	CURL *easy;
	char url[1024];
	char *body;
	size_t len, room;
	size_t nth; /* of the requests */
};

struct fetch {
	CURLM *multi;
	struct curl_slist *headers;
	const char *base;
	char *next; /* request; NULL when all are under way */
	size_t n;
	int64_t n_answers, n_bytes;
	char **recorded; /* NULL: not */
	size_t *lengths;
};

static size_t on_body(char *data, size_t size, size_t n, void *ud)
{
	struct transfer *t = ud;

	(void)size;
	if (t->room - t->len < n) {
		t->room = 2 * (t->len + n);
		t->body = realloc(t->body, t->room);
		if (!t->body)
			floor_fail("fetch", "out of memory");
	}
	memcpy(t->body + t->len, data, n);
	t->len += n;
	return n;
}

static CURL *make_easy(struct fetch *f, struct transfer *t, const char *ca_file)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		floor_fail("fetch", "out of memory");
	curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f->headers);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	return easy;
}

/* Puts the next request on its way; false when there is none. */
static bool start(struct fetch *f, struct transfer *t)
{
	char *line = f->next, *body, *end;

	if (!line || !*line)
		return false;
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	f->next = end ? end + 1 : NULL;
	body = strchr(line, ' ');
	if (!body)
		floor_fail("fetch", "a request without a body");
	*body++ = '\0';
	(void)snprintf(t->url, sizeof(t->url), "%s%s", f->base, line);
	t->len = 0;
	t->nth = f->n++;
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
	if (*body)
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, body);
	else
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
	return curl_multi_add_handle(f->multi, t->easy) == CURLM_OK;
}

static void finish(struct fetch *f, struct transfer *t, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status != 200)
		floor_fail("fetch", code ? curl_easy_strerror(code) : "not status 200");
	f->n_answers++;
	f->n_bytes += (int64_t)t->len;
	if (f->recorded) {
		f->recorded[t->nth] = t->body;
		f->lengths[t->nth] = t->len;
		t->body = NULL;
		t->room = 0;
	}
	curl_multi_remove_handle(f->multi, t->easy);
}

static void run(struct fetch *f, struct transfer *transfers, int n)
{
	int running = 0, left, i;

	for (i = 0; i < n; i++)
		running += start(f, &transfers[i]);
	while (running > 0) {
		CURLMsg *message;
		int active;

		curl_multi_perform(f->multi, &active);
		while ((message = curl_multi_info_read(f->multi, &left))) {
			struct transfer *t = NULL;

			if (message->msg != CURLMSG_DONE)
				continue;
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
			finish(f, t, message->data.result);
			running -= !start(f, t);
		}
		if (active > 0)
			curl_multi_poll(f->multi, NULL, 0, 1000, NULL);
	}
}

static void make_recording(struct fetch *f, const char *requests)
{
	size_t n = 1;

	while ((requests = strchr(requests, '\n'))) {
		requests++;
		n++;
	}
	f->recorded = calloc(n, sizeof(*f->recorded));
	f->lengths = calloc(n, sizeof(*f->lengths));
	if (!f->recorded || !f->lengths)
		floor_fail("fetch", "out of memory");
}

static void write_recording(struct fetch *f, const char *path)
{
	FILE *stream = fopen(path, "wb");
	size_t i;

	if (!stream)
		floor_fail(path, "cannot be written");
	for (i = 0; i < f->n; i++) {
		fprintf(stream, "%zu\n", f->lengths[i]);
		fwrite(f->recorded[i], 1, f->lengths[i], stream);
		free(f->recorded[i]);
	}
	if (fclose(stream))
		floor_fail(path, "cannot be written");
	free(f->recorded);
	free(f->lengths);
}

static void measure(struct fetch *f, const char *header, const char *ca_file, int in_flight)
{
	static struct transfer transfers[MOST_IN_FLIGHT];
	int i;

	floor_start();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	f->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (header)
		f->headers = curl_slist_append(f->headers, header);
	f->multi = curl_multi_init();
	for (i = 0; i < in_flight; i++)
		transfers[i].easy = make_easy(f, &transfers[i], ca_file);
	run(f, transfers, in_flight);
	for (i = 0; i < in_flight; i++) {
		curl_easy_cleanup(transfers[i].easy);
		free(transfers[i].body);
	}
	curl_multi_cleanup(f->multi);
	curl_slist_free_all(f->headers);
	floor_stop(f->n_answers, f->n_bytes);
}

int main(int argc, char **argv)
{
	struct fetch f = { NULL };
	const char *header = NULL;
	int in_flight;
	size_t len;
	char *text;

	if (argc > 2 && strcmp(argv[1], "-H") == 0) {
		header = argv[2];
		argv += 2;
		argc -= 2;
	}
	in_flight = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
	if (argc < 5 || argc > 6 || in_flight < 1 || in_flight > MOST_IN_FLIGHT) {
		fputs("usage: fetch [-H HEADER] URL CA-FILE IN-FLIGHT REQUESTS [RECORDING]\n",
		      stderr);
		return 2;
	}
	f.base = argv[1];
	f.next = text = floor_load(argv[4], &len);
	if (argc == 6)
		make_recording(&f, text);
	measure(&f, header, argv[2], in_flight);
	if (argc == 6)
		write_recording(&f, argv[5]);
	free(text);
	return 0;
}
