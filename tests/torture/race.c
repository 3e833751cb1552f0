/* SPDX-License-Identifier: MIT */
/*
 * One of several processes that order the same names at the same moment.
 *
 *   race v1|v2 URL CA-FILE ACCOUNT SECRET-FILE DIR
 *
 * Reads lines "FIELD=VALUE FIELD=VALUE..." of the order form, places such an order as soon as it
 * has read one, and says what came of it:
 *
 *   LOOKED SENT CODE TEXT
 *
 * LOOKED: when it had seen which orders are known; SENT: when its question left, 0 for never; both
 * in nanoseconds of a clock that all processes share. TEXT: the order's id, or the sentence.
 */
#include <emsign/emsign.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "life_client.h"

#define FIELDS_MAX 16

struct race {
	emsign_client *client;
	emsign_account *account;
	long long looked;
	long long sent;
};

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void at_store(void *ud, const char *slot, const char *kind, bool after)
{
	struct race *race = ud;

	if (after && !race->looked && strcmp(slot, "scan") == 0 && strcmp(kind, "order") == 0)
		race->looked = now_ns();
}

/* In v2 a new order goes to the collection of its family. */
static bool places(const char *call)
{
	static const char collection[] = "-certificates";
	size_t len = strlen(call);

	return strstr(call, "GenerateOrder") ||
	       (len >= sizeof(collection) &&
		strcmp(call + len - (sizeof(collection) - 1), collection) == 0);
}

static emsign_rc on_event(void *ud, const emsign_event *event)
{
	struct race *race = ud;

	if (event->type == EMSIGN_EVENT_CALL && places(event->text))
		race->sent = now_ns();
	return EMSIGN_OK;
}

static void read_form(char *line, emsign_kv *form)
{
	char *word = strtok(line, " \n");
	size_t n = 0;

	for (; word && n < FIELDS_MAX - 1; word = strtok(NULL, " \n")) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		form[n++] = (emsign_kv){ word, value };
	}
	form[n] = (emsign_kv){ NULL, NULL };
}

static void place(struct race *race, const emsign_kv *form)
{
	emsign_order *order = NULL;
	emsign_error err;
	emsign_rc rc;

	race->looked = 0;
	race->sent = 0;
	rc = emsign_account_place(race->account, form, &order, &err);
	printf("%lld %lld %s %s\n", race->looked, race->sent, emsign_rc_name(rc),
	       rc ? err.message : order->id);
	fflush(stdout);
	emsign_free(order);
}

static emsign_rc open_race(struct race *race, char **argv, emsign_error *err)
{
	static const emsign_kv config[] = { { "settle_ms", "3000" }, { "attempts", "1" },
					    { NULL, NULL } };
	const struct life_around around = { .tell = at_store, .ud = race };
	emsign_rc rc = life_client_open(argv[LIFE_CA_WORDS], config, &around, &race->client, err);

	if (rc == EMSIGN_OK)
		rc = life_client_account(race->client, argv, &race->account, err);
	if (rc == EMSIGN_OK)
		emsign_client_on_event(race->client, on_event, race, NULL);
	return rc;
}

int main(int argc, char **argv)
{
	struct race race = { 0 };
	emsign_kv form[FIELDS_MAX];
	char line[1024];
	emsign_error err;
	emsign_rc rc;

	if (argc != LIFE_CA_WORDS + 2) {
		fputs("usage: race v1|v2 URL CA-FILE ACCOUNT SECRET-FILE DIR\n", stderr);
		return 2;
	}
	rc = open_race(&race, argv + 1, &err);
	printf("0 0 %s %s\n", emsign_rc_name(rc), rc ? err.message : "ready");
	fflush(stdout);
	while (rc == EMSIGN_OK && fgets(line, sizeof(line), stdin)) {
		read_form(line, form);
		place(&race, form);
	}
	emsign_account_free(race.account);
	emsign_client_free(race.client);
	return rc == EMSIGN_OK ? 0 : 1;
}
