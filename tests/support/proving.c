/* SPDX-License-Identifier: MIT */
#include "proving.h"

#include <stdio.h>
#include <string.h>

static const emsign_kv json[] = { { "Content-Type", "application/json;charset=UTF-8" },
				  { NULL, NULL } };

enum { PRESENT, READY, CLEANUP };

static void leave_trail(struct proving *world, char letter)
{
	size_t len = strlen(world->trail);

	assert_true(len + 1 < sizeof(world->trail));
	world->trail[len] = letter;
	world->trail[len + 1] = '\0';
}

/* --- the world ---------------------------------------------------------------------------- */

static size_t find(const struct proving *world, const char *place, const char *value)
{
	size_t i = 0;

	while (i < world->n_shown && (strcmp(world->shown[i].place, place) != 0 ||
				      strcmp(world->shown[i].value, value) != 0))
		i++;
	return i;
}

bool proving_shows(const struct proving *world, const char *place, const char *value)
{
	return find(world, place, value) < world->n_shown;
}

static const char *place_of(const emsign_challenge *c)
{
	return strcmp(c->method, "dns") == 0 ? c->record_name : c->file_url;
}

static const char *value_of(const emsign_challenge *c)
{
	return strcmp(c->method, "dns") == 0 ? c->record_value : c->file_content;
}

static emsign_rc fault(struct proving *world, int slot, const emsign_challenge *c,
		       emsign_error *err)
{
	if (!world->fail[slot] || (world->fail_name && strcmp(world->fail_name, c->domain) != 0))
		return EMSIGN_OK;
	memset(err, 0, sizeof(*err));
	err->rc = world->fail[slot];
	(void)snprintf(err->message, sizeof(err->message), "the solver broke");
	return err->rc;
}

static emsign_rc present(void *self, const emsign_challenge *c, emsign_error *err)
{
	struct proving *world = self;
	struct proving_shown *shown = &world->shown[world->n_shown];
	emsign_rc rc = fault(world, PRESENT, c, err);

	leave_trail(world, 'P');
	if (world->hook)
		world->hook(world, 'P', c);
	if ((rc && !world->after) || proving_shows(world, place_of(c), value_of(c)))
		return rc;
	assert_true(world->n_shown++ < PROVING_MAX);
	(void)snprintf(shown->place, sizeof(shown->place), "%s", place_of(c));
	(void)snprintf(shown->value, sizeof(shown->value), "%s", value_of(c));
	return rc;
}

static emsign_rc ready(void *self, const emsign_challenge *c, emsign_error *err)
{
	struct proving *world = self;
	emsign_rc rc = fault(world, READY, c, err);

	leave_trail(world, 'R');
	if (world->hook)
		world->hook(world, 'R', c);
	if (rc)
		return rc;
	return world->invisible-- > 0 ? EMSIGN_E_PENDING : EMSIGN_OK;
}

static emsign_rc cleanup(void *self, const emsign_challenge *c, emsign_error *err)
{
	struct proving *world = self;
	size_t i = find(world, place_of(c), value_of(c));
	emsign_rc rc = fault(world, CLEANUP, c, err);

	leave_trail(world, 'C');
	if (world->hook)
		world->hook(world, 'C', c);
	if ((rc && !world->after) || i == world->n_shown)
		return rc;
	world->shown[i] = world->shown[--world->n_shown];
	return rc;
}

/* --- the CA ------------------------------------------------------------------------------- */

struct proving_name *proving_name(struct proving *world, const char *order, const char *name)
{
	for (size_t i = 0; i < world->n_names; i++)
		if (strcmp(world->names[i].order, order) == 0 &&
		    strcmp(world->names[i].name, name) == 0)
			return &world->names[i];
	return NULL;
}

/* The name that a question is about. */
static struct proving_name *asked_for(struct proving *world, const char *body)
{
	for (size_t i = 0; i < world->n_names; i++) {
		char order[64], domain[128];

		(void)snprintf(order, sizeof(order), "\"orderNumber\":\"%s\"",
			       world->names[i].order);
		(void)snprintf(domain, sizeof(domain), "\"domainName\":\"%s\"",
			       world->names[i].name);
		if (strstr(body, order) && strstr(body, domain))
			return &world->names[i];
	}
	return NULL;
}

static void say(struct proving *world, const char *code, const char *words, const char *block)
{
	(void)snprintf(world->answer, sizeof(world->answer),
		       "{%s%s\"meta\":{\"ver\":\"1.0\",\"txn\":\"t\",\"status\":\"%d\","
		       "\"errorCode\":\"%s\",\"errorMessage\":\"%s\"}}",
		       block ? block : "", block ? "," : "", !*code, code, words);
}

static void track(struct proving *world, const char *body)
{
	char block[4096];
	size_t at = (size_t)snprintf(block, sizeof(block),
				     "\"orderDetails\":{\"orderStatusId\":\"%d\","
				     "\"certificateStatusId\":\"%d\",\"domainVerification\":{",
				     world->order, world->certificate);

	for (size_t i = 0; i < world->n_names; i++) {
		struct proving_name *name = &world->names[i];
		char order[64];

		(void)snprintf(order, sizeof(order), "\"orderNumber\":\"%s\"", name->order);
		if (!strstr(body, order) || name->unlisted)
			continue;
		if (name->accepted && name->status == '0' && name->lag-- <= 0)
			name->status = '1';
		at += (size_t)snprintf(block + at, sizeof(block) - at,
				       "\"%s\":{\"dcvMethod\":\"\",\"dcvStatus\":\"%c\"},",
				       name->name, name->status);
	}
	(void)snprintf(block + at, sizeof(block) - at, "\"status\":\"0\"}}");
	say(world, "", "", block);
}

static void get(struct proving *world, const char *body)
{
	struct proving_name *name = asked_for(world, body);
	char block[1024];

	if (!name) {
		say(world, "EMS-1164", "Domain Name is not matching", NULL);
	} else if (world->gate > 0) {
		world->gate--;
		say(world, "EMS-956", "Invalid Request for this API", NULL);
	} else if (name->status == '1') {
		say(world, "EMS-1080", "Domain is already verified", NULL);
	} else if (strstr(body, "\"dcvMethod\":\"1\"")) {
		(void)snprintf(block, sizeof(block), "\"dcvDetails\":{\"token\":\"%s\"}",
			       name->token);
		say(world, "", "", block);
	} else {
		(void)snprintf(block, sizeof(block),
			       "\"dcvDetails\":{\"fileName\":\"%s\",\"fileContent\":\"%s\"}",
			       world->file_name ? world->file_name : name->token, name->token);
		say(world, "", "", block);
	}
}

static bool visible(const struct proving *world, const struct proving_name *name, bool dns)
{
	const char *bare = strncmp(name->name, "*.", 2) == 0 ? name->name + 2 : name->name;
	char place[512];

	(void)snprintf(place, sizeof(place), dns ? "%s" : "http://%s/.well-known/pki-validation/"
							   "%s.txt",
		       bare, world->file_name ? world->file_name : name->token);
	return proving_shows(world, place, name->token);
}

static void verify(struct proving *world, const char *body)
{
	struct proving_name *name = asked_for(world, body);
	bool dns = strstr(body, "\"dcvMethod\":\"1\"") != NULL;

	assert_non_null(name);
	if (name->status == '1') {
		say(world, "EMS-1080", "Domain is already verified", NULL);
	} else if (visible(world, name, dns)) {
		name->accepted = true;
		name->status = '0';
		say(world, "", "", NULL);
	} else if (dns) {
		say(world, "EMS-1077", "No valid TXT record found", NULL);
	} else {
		say(world, "EMS-1078", "No valid record found", NULL);
	}
}

static void answer(void *ud, size_t number, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	static const struct {
		const char *verb;
		void (*run)(struct proving *world, const char *body);
	} rows[] = { { "TrackOrder", track }, { "GetDcv", get }, { "VerifyDcv", verify } };
	const char *verb = strrchr(request->url, '/') + 1;
	struct proving *world = ud;
	bool refuse;

	(void)number;
	leave_trail(world, verb[0]);
	refuse = ++world->calls == world->refuse_at ||
		 (world->refuse_verb && strcmp(verb, world->refuse_verb) == 0 &&
		  (!world->refuse_name || strstr(request->body, world->refuse_name)));
	out->status = 200;
	out->headers = json;
	out->body = world->answer;
	if (refuse) {
		say(world, world->refuse_code, "the CA says no", NULL);
		return;
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].verb, verb) == 0)
			rows[i].run(world, request->body);
}

/* --- life --------------------------------------------------------------------------------- */

static void set_solvers(struct proving *world)
{
	struct play *p = world->play;

	PLAY_OK(p, emsign_client_set_solver(p->client, "dns", world->solver, &p->err));
	PLAY_OK(p, emsign_client_set_solver(p->client, "http", world->solver, &p->err));
}

void proving_open(struct proving *world, struct play *p, enum scripted_mode mode,
		  const emsign_kv *config)
{
	static const emsign_solver_ops ops = {
		.size = sizeof(ops), .name = "test", .present = present, .ready = ready,
		.cleanup = cleanup,
	};

	memset(world, 0, sizeof(*world));
	world->play = p;
	world->certificate = 24;
	world->order = 2;
	play_open(p, mode, config);
	scripted_on_request(p->net, answer, world);
	PLAY_OK(p, emsign_solver_new(&ops, world, &world->solver, &p->err));
	set_solvers(world);
}

void proving_restart(struct proving *world)
{
	play_restart(world->play);
	set_solvers(world);
}

void proving_close(struct proving *world)
{
	play_close(world->play);
	emsign_solver_free(world->solver);
}

void proving_order(struct proving *world, const char *number, const char *const *names)
{
	emsign_kv form[PROVING_MAX + 2] = { { "product", names[1] ? "844" : "842" } };
	struct play *p = world->play;

	for (size_t i = 0; names[i]; i++) {
		struct proving_name *name = &world->names[world->n_names++];

		assert_true(world->n_names <= PROVING_MAX);
		form[i + 1] = (emsign_kv){ i ? "san" : "domain", names[i] };
		*name = (struct proving_name){ .order = number, .name = names[i], .status = '0' };
		(void)snprintf(name->token, sizeof(name->token), "token-%s-%zu", number, i);
	}
	play_placed(p, number);
	PLAY_OK(p, emsign_account_place(p->account, form, NULL, &p->err));
}

size_t proving_on_record(struct proving *world)
{
	return play_rows(world->play, "presented");
}
