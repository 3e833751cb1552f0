/* SPDX-License-Identifier: MIT */
/* Orders to visit: read from the store some at a time, so that any number of them fits. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "client/import.h"

#define PIECE 256

static emsign_rc take(void *ud, const char *kind, const void *record)
{
	struct ems_queue *queue = ud;
	const emsign_order *order = record;
	char *id = ems_strdup(order->id);

	(void)kind;
	if (!id)
		return EMSIGN_E_NOMEM;
	ems_free(queue->after);
	queue->after = id;
	queue->end = false;
	if (!queue->wanted || queue->wanted(queue->ud, order))
		ems_kvlist_add(&queue->ids, id, "");
	return queue->ids.rc;
}

/* A piece may hold nothing that is wanted; then the next one may. */
static emsign_rc fill(emsign_client *client, struct ems_queue *queue, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	ems_kvlist_free(&queue->ids);
	queue->at = 0;
	while (rc == EMSIGN_OK && !queue->ids.n && !queue->end) {
		char *after = queue->after; /* the scan's own: each row brings the next one */

		queue->after = NULL;
		queue->end = true;
		rc = emsign_client_scan(client, "order", queue->filter, after, PIECE, take, queue,
					err);
		if (!queue->after)
			queue->after = after;
		else
			ems_free(after);
	}
	return rc;
}

emsign_rc ems_queue_next(emsign_client *client, struct ems_queue *queue, const char **id,
			 emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	*id = NULL;
	if (queue->most && queue->given == queue->most)
		return EMSIGN_OK;
	if (queue->at == queue->ids.n)
		rc = fill(client, queue, err);
	if (rc || queue->at == queue->ids.n)
		return rc;
	*id = queue->ids.items[queue->at++].key;
	queue->given++;
	return EMSIGN_OK;
}

void ems_queue_free(struct ems_queue *queue)
{
	ems_kvlist_free(&queue->ids);
	ems_free(queue->after);
	memset(queue, 0, sizeof(*queue));
}

struct count {
	const struct ems_queue *like;
	int64_t n;
};

static emsign_rc count_one(void *ud, const char *kind, const void *record)
{
	struct count *count = ud;

	(void)kind;
	count->n += !count->like->wanted || count->like->wanted(count->like->ud, record);
	return EMSIGN_OK;
}

emsign_rc ems_queue_count(emsign_client *client, const struct ems_queue *like, int64_t *n,
			  emsign_error *err)
{
	struct count count = { like, 0 };
	emsign_rc rc = emsign_client_scan(client, "order", like->filter, NULL, 0, count_one,
					  &count, err);

	*n = like->most && count.n > like->most ? like->most : count.n;
	return rc;
}
