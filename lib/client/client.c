/* SPDX-License-Identifier: MIT */
#include "client/client.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "client/op.h"
#include "crypto/crypto.h"
#include "model/fields.h"
#include "store/store.h"
#include "transport/transport.h"

/* --- the world ---------------------------------------------------------------------------- */

static int64_t real_now_ms(void *ud)
{
	struct timespec t;

	(void)ud;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static emsign_rc real_random(void *ud, void *bytes, size_t len)
{
	(void)ud;
	return ems_digest_random(bytes, len, NULL);
}

static const emsign_world real_world = { sizeof(emsign_world), real_now_ms, real_random, NULL,
					 NULL };

emsign_rc emsign_client_set_world(emsign_client *client, const emsign_world *world,
				  emsign_error *err)
{
	emsign_world next = { 0 };

	if (!world || world->size < offsetof(emsign_world, wait) || !world->now_ms ||
	    !world->random)
		return ems_fail(err, EMSIGN_E_INVALID,
				"a world needs `size`, `now_ms` and `random`");
	memcpy(&next, world, world->size < sizeof(next) ? world->size : sizeof(next));
	if (!ems_guard_enter(client, err))
		return EMSIGN_E_STATE;
	client->world = next;
	return ems_guard_leave(client, ems_ok(err));
}

int64_t ems_client_now_ms(emsign_client *client)
{
	return client->world.now_ms(client->world.ud);
}

int64_t ems_client_now(emsign_client *client)
{
	return ems_client_now_ms(client) / 1000;
}

emsign_rc ems_client_random(emsign_client *client, void *bytes, size_t len, emsign_error *err)
{
	if (client->world.random(client->world.ud, bytes, len) == EMSIGN_OK)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_CRYPTO, "no random numbers to be had");
}

/* --- life --------------------------------------------------------------------------------- */

static int64_t number(const struct ems_kvlist *config, const char *name, int64_t otherwise)
{
	int64_t value;

	if (!ems_text_int(ems_kv_get(ems_kvlist_kv(config), name), 0, INT64_MAX, &value))
		return otherwise;
	return value;
}

static struct ems_limiter limiter(const struct ems_kvlist *config)
{
	int64_t per_minute = number(config, "place_rate", 0);

	return (struct ems_limiter){
		.place_every_ms = per_minute ? (60000 + per_minute - 1) / per_minute : 0,
		.place_burst = number(config, "place_burst", 1),
		.backoff_ms = number(config, "backoff_ms", 1),
	};
}

static emsign_rc read_config(emsign_client *client, const emsign_kv *said, emsign_error *err)
{
	struct ems_kvlist config = { 0 };
	const char *label;
	emsign_rc rc = ems_fields_check("client", EMS_FIELDS_WHOLE, said, &config, err);

	if (rc)
		goto out;
	client->limits.capacity = number(&config, "capacity", -1);
	client->limits.timeout_ms = number(&config, "timeout_ms", -1);
	client->limits.parallel = number(&config, "parallel", 1);
	client->limits.rate = number(&config, "rate", 0);
	client->limits.limiter = limiter(&config);
	client->limits.max_answer = number(&config, "max_answer", 0);
	client->limits.policy.attempts = number(&config, "attempts", 1);
	client->limits.policy.backoff_ms = number(&config, "backoff_ms", 1);
	client->limits.settle_ms = number(&config, "settle_ms", -1);
	client->limits.dcv_wait_ms = number(&config, "dcv_wait_ms", 0);
	client->limits.dcv_poll_ms = number(&config, "dcv_poll_ms", 1);
	client->limits.mark_orders = ems_kv_yes(ems_kvlist_kv(&config), "mark_orders");
	label = ems_kv_get(ems_kvlist_kv(&config), "dcv_label");
	client->limits.dcv_label = ems_strdup(label);
	if (label && !client->limits.dcv_label)
		rc = ems_fail_nomem(err);
out:
	ems_kvlist_free(&config);
	return rc;
}

emsign_rc emsign_client_new(const emsign_kv *config, emsign_store *store,
			    emsign_transport *transport, emsign_secret *sealing_key,
			    emsign_client **out, emsign_error *err)
{
	emsign_client *client;
	emsign_rc rc;

	*out = NULL;
	client = ems_alloc(sizeof(*client));
	if (!client)
		return ems_fail_nomem(err);
	atomic_init(&client->refs, 1);
	client->world = real_world;
	client->epoll = -1;
	client->timer = -1;
	client->transport = ems_transport_ref(transport);
	client->sealing_key = ems_secret_ref(sealing_key);
	rc = read_config(client, config, err);
	if (rc)
		goto out;
	client->store = ems_store_ref(store);
	if (!store)
		rc = ems_store_memory(&client->store, err);
	if (rc == EMSIGN_OK && sealing_key)
		rc = ems_vault_check(client, err);
	if (rc)
		goto out;
	*out = client;
	return ems_ok(err);
out:
	emsign_client_free(client);
	return rc;
}

emsign_client *ems_client_ref(emsign_client *client)
{
	atomic_fetch_add(&client->refs, 1);
	return client;
}

static void set_event(emsign_client *client, emsign_event_fn fn, void *ud, emsign_drop_fn drop)
{
	if (client->event_drop)
		client->event_drop(client->event_ud);
	client->on_event = fn;
	client->event_ud = ud;
	client->event_drop = drop;
}

static void set_log(emsign_client *client, int level, emsign_log_fn fn, void *ud,
		    emsign_drop_fn drop)
{
	if (client->log_drop)
		client->log_drop(client->log_ud);
	client->on_log = fn;
	client->log_level = level;
	client->log_ud = ud;
	client->log_drop = drop;
}

/* The last one may go in any thread: whoever is inside holds it. */
void emsign_client_free(emsign_client *client)
{
	if (!client || atomic_fetch_sub(&client->refs, 1) > 1)
		return;
	set_event(client, NULL, NULL, NULL);
	set_log(client, 0, NULL, NULL, NULL);
	if (client->epoll >= 0)
		close(client->epoll);
	if (client->timer >= 0)
		close(client->timer);
	for (size_t i = 0; i < EMS_SOLVERS; i++)
		emsign_solver_free(client->solvers[i]);
	emsign_transport_free(client->transport);
	emsign_store_free(client->store);
	emsign_secret_free(client->sealing_key);
	ems_issuers_free(client->issuers);
	ems_free(client->limits.dcv_label);
	ems_free(client);
}

/* --- those who watch ---------------------------------------------------------------------- */

void emsign_client_on_event(emsign_client *client, emsign_event_fn fn, void *ud,
			    emsign_drop_fn drop)
{
	if (ems_guard_enter(client, NULL)) {
		set_event(client, fn, ud, drop);
		(void)ems_guard_leave(client, EMSIGN_OK);
	} else if (drop) {
		drop(ud);
	}
}

void emsign_client_on_log(emsign_client *client, int level, emsign_log_fn fn, void *ud,
			  emsign_drop_fn drop)
{
	if (ems_guard_enter(client, NULL)) {
		set_log(client, level, fn, ud, drop);
		(void)ems_guard_leave(client, EMSIGN_OK);
	} else if (drop) {
		drop(ud);
	}
}

emsign_rc ems_client_tell(emsign_client *client, const emsign_event *event, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	if (!client->on_event)
		return EMSIGN_OK;
	client->busy++;
	rc = client->on_event(client->event_ud, event);
	client->busy--;
	if (rc == EMSIGN_OK)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_CALLBACK, "the observer of events stopped '%s'", event->verb);
}

emsign_rc ems_client_progress(emsign_client *client, const char *verb, const char *text,
			      int64_t done, int64_t total, emsign_error *err)
{
	emsign_event event = { .type = EMSIGN_EVENT_PROGRESS, .verb = verb, .text = text,
			       .done = done, .total = total };

	return ems_client_tell(client, &event, err);
}

void ems_client_log(emsign_client *client, int level, const char *text, const emsign_kv *fields)
{
	static const emsign_kv none[] = { { NULL, NULL } };

	if (!client->on_log || level > client->log_level)
		return;
	client->busy++;
	client->on_log(client->log_ud, level, text, fields ? fields : none);
	client->busy--;
}
