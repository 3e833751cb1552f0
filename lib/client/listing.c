/* SPDX-License-Identifier: MIT */
/*
 * Every order that the CA lists, and the proof that it is every one. The CA turns pages by number,
 * so a row that comes or goes shifts all that follow, and a page asked for a moment later may have
 * lost one. Therefore:
 *  - each page begins with the last rows of the one before; where they are not in it there is a
 *    gap, and both are asked for again;
 *  - each order is counted once (its row remembers the listing that held it), and in the end the
 *    count has to be the CA's own total, which must not have changed meanwhile; when it did, the
 *    head is looked at once more, because that is where new orders come in;
 *  - what cannot be proven so is listed again, and after the third time that is the outcome.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/import.h"

#define PAGE_MAX 100
#define OVERLAP 2
#define REPAIRS 3
#define PASSES 3

/* Rows in one transaction: many, because each page of an index that is touched is written whole. */
#define BATCH 4000

/* Pages that may wait for one before them. */
#define WINDOW(op) (4 * (size_t)(op)->client->limits.parallel)

/* What one page asks, and what came; the work of a hand. */
struct page_work {
	unsigned round;
	struct ems_page page;
	const char *from, *till; /* of the boss */
	struct ems_fact *rows;
	int64_t n_rows;
	int64_t total;
};

static struct ems_listing *listing_of(emsign_op *op)
{
	return &((struct ems_import_work *)op->work)->listing;
}

/* --- one page ----------------------------------------------------------------------------- */

static emsign_rc page_came(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct page_work *work = op->work;

	(void)err;
	if (rc)
		return rc;
	ems_op_move_facts(op, "order", &work->rows);
	work->n_rows = op->turn.verdict.rows;
	work->total = op->turn.verdict.total;
	return EMSIGN_OK;
}

static emsign_rc page_ask(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct page_work *work = op->work;

	(void)rc;
	ems_op_arg_int(op, "page", work->page.page);
	ems_op_arg_int(op, "size", work->page.size);
	if (*work->from) {
		ems_op_arg(op, "from", work->from);
		ems_op_arg(op, "till", work->till);
	}
	return ems_op_ask(op, EMS_VERB_REPORT, page_came, err);
}

static void page_drop(emsign_op *op)
{
	ems_fact_free(((struct page_work *)op->work)->rows);
}

static const char *const no_args[] = { NULL };

static const struct ems_task page_task = {
	.verb = "import", .args = no_args, .work_size = sizeof(struct page_work),
	.start = page_ask, .drop = page_drop,
};

/* --- the plan ----------------------------------------------------------------------------- */

static void listed_free(struct ems_listed *listed)
{
	ems_free(listed->names);
	ems_free(listed);
}

static void drop_plan(struct ems_listing *l)
{
	while (l->plan) {
		struct ems_listed *first = l->plan;

		l->plan = first->next;
		listed_free(first);
	}
	l->n_plan = 0;
	l->round++;
}

/* Plans on from where rows hang together. */
static void plan_from_here(struct ems_listing *l)
{
	drop_plan(l);
	l->planned = l->reached;
}

static struct ems_page next_page(const struct ems_listing *l)
{
	if (l->fixed)
		return (struct ems_page){ l->planned / PAGE_MAX + 1, PAGE_MAX };
	return ems_page_after(l->planned, OVERLAP, PAGE_MAX);
}

static bool is_planned(const struct ems_listing *l)
{
	if (l->total < 0 || l->untold) /* one after the other until more is known */
		return l->plan || (l->untold && l->planned >= l->total);
	return l->planned >= (l->until ? l->until : l->total);
}

/* The last page has to be the last by its own word, whatever total others told after it. */
static bool is_read(const struct ems_listing *l)
{
	return is_planned(l) && (l->plan || l->ended || l->until || l->untold || l->total < 0);
}

static emsign_rc next_hand(emsign_op *op, emsign_op **hand, emsign_error *err)
{
	const struct ems_import_work *import = op->work;
	struct ems_listing *l = listing_of(op);
	struct ems_listed **end = &l->plan;
	struct ems_listed *listed;
	struct page_work *work;
	emsign_rc rc;

	if (is_read(l) || l->n_plan >= WINDOW(op))
		return EMSIGN_OK;
	listed = ems_alloc(sizeof(*listed));
	rc = listed ? ems_op_new(op->account, &page_task, NULL, hand, err) : ems_fail_nomem(err);
	if (rc) {
		ems_free(listed);
		return rc;
	}
	listed->page = next_page(l);
	while (*end)
		end = &(*end)->next;
	*end = listed;
	l->n_plan++;
	l->planned = ems_page_begin(listed->page) + listed->page.size;
	work = (*hand)->work;
	work->round = l->round;
	work->page = listed->page;
	work->from = import->from;
	work->till = import->till;
	return EMSIGN_OK;
}

/* --- what came ---------------------------------------------------------------------------- */

static uint64_t hash_text(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; text && *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

/* Never 0, which stands for "none", and a number that the lease can note. */
static uint64_t hash_name(const emsign_order *order)
{
	uint64_t h = hash_text(order->number ? order->number : order->request_number);

	return (h & INT64_MAX) | 1;
}

static emsign_rc note_names(struct ems_listed *listed, const struct ems_fact *rows,
			    emsign_error *err)
{
	size_t n = 0;

	for (const struct ems_fact *f = rows; f; f = f->next)
		n++;
	listed->names = ems_alloc((n + 1) * sizeof(*listed->names));
	if (!listed->names)
		return ems_fail_nomem(err);
	for (const struct ems_fact *f = rows; f; f = f->next)
		listed->names[listed->n_names++] = hash_name(f->record);
	return EMSIGN_OK;
}

static void note_total(struct ems_listing *l, const struct page_work *page)
{
	int64_t end = ems_page_begin(page->page) + page->n_rows;

	if (page->total < 0) {
		l->untold = true;
		l->total = end + (page->n_rows == page->page.size);
		return;
	}
	l->varied = l->varied || (l->total >= 0 && l->total != page->total);
	l->total = page->total;
}

static void take_rows(struct ems_listing *l, struct page_work *page)
{
	if (!l->rows)
		l->rows_end = &l->rows;
	*l->rows_end = page->rows;
	page->rows = NULL;
	while (*l->rows_end) {
		l->rows_end = &(*l->rows_end)->next;
		l->n_rows++;
	}
}

/* --- do they hang together? --------------------------------------------------------------- */

static bool holds(const struct ems_listed *listed, uint64_t name)
{
	for (size_t i = 0; i < listed->n_names; i++)
		if (listed->names[i] == name)
			return true;
	return false;
}

/* Rows that the page has to have by the total that it told itself. */
static int64_t expected_rows(const struct ems_listed *listed)
{
	int64_t left = listed->total - ems_page_begin(listed->page);

	if (listed->total < 0)
		return 0;
	return left < 0 ? 0 : left < listed->page.size ? left : listed->page.size;
}

static emsign_rc repair(struct ems_listing *l, const struct ems_listed *listed, emsign_error *err)
{
	if (l->repairs++ < REPAIRS) {
		l->reached = l->reached_before;
		l->last = l->last_before;
		plan_from_here(l);
		return EMSIGN_OK;
	}
	if (listed->rows < expected_rows(listed))
		return ems_fail(err, EMSIGN_E_PROTO,
				"the CA's list of orders is broken: page %" PRId64 " of %" PRId64
				" rows has %" PRId64 " where %" PRId64 " are due; what came is "
				"kept, import again",
				listed->page.page, listed->page.size, listed->rows,
				expected_rows(listed));
	return ems_fail(err, EMSIGN_E_CONFLICT,
			"the CA's list of orders moved again and again while it was read, near row "
			"%" PRId64 "; what came is kept, import again",
			ems_page_begin(listed->page));
}

static emsign_rc advance(struct ems_listing *l, emsign_error *err)
{
	while (l->plan && l->plan->here) {
		struct ems_listed *first = l->plan;
		bool gap = l->last && !l->fixed && !holds(first, l->last);

		if (gap || first->rows < expected_rows(first))
			return repair(l, first, err);
		l->reached_before = l->reached;
		l->last_before = l->last;
		/* rows may have gone by now that stood before it: it alone knows of its own time */
		l->ended = first->total <= ems_page_begin(first->page) + first->rows;
		l->reached = ems_page_begin(first->page) + first->rows;
		l->last = first->n_names ? first->names[first->n_names - 1] : 0;
		if (l->reached > l->furthest) {
			l->furthest = l->reached;
			l->repairs = 0;
		}
		l->plan = first->next;
		l->n_plan--;
		listed_free(first);
	}
	return EMSIGN_OK;
}

static struct ems_listed *find_listed(struct ems_listing *l, struct ems_page page)
{
	struct ems_listed *at = l->plan;

	while (at && (at->page.page != page.page || at->page.size != page.size || at->here))
		at = at->next;
	return at;
}

/* It takes only pages of 100; then there is no overlap, and only the count proves something. */
static emsign_rc fix_size(struct ems_listing *l)
{
	l->fixed = true;
	l->reached = l->reached / PAGE_MAX * PAGE_MAX;
	l->last = 0;
	plan_from_here(l);
	return EMSIGN_OK;
}

static emsign_rc tell(emsign_op *op, emsign_error *err)
{
	const struct ems_listing *l = listing_of(op);
	int64_t total = l->untold ? 0 : l->total;

	return ems_client_progress(op->client, op->task->verb, "orders",
				   total && l->furthest > total ? total : l->furthest, total, err);
}

static emsign_rc page_ended(emsign_op *op, emsign_op *hand, emsign_rc rc, emsign_error *err)
{
	struct ems_listing *l = listing_of(op);
	struct page_work *page = hand->work;
	struct ems_listed *listed;
	emsign_error kept;

	if (page->round != l->round)
		return EMSIGN_OK;
	if (rc == EMSIGN_E_UNSUPPORTED && !l->fixed && page->page.size != PAGE_MAX)
		return fix_size(l);
	if (rc) {
		(void)ems_import_keep_rows(op, &kept); /* why the listing failed is what counts */
		return rc;
	}
	listed = find_listed(l, page->page);
	listed->here = true;
	listed->rows = page->n_rows;
	listed->total = page->total;
	note_total(l, page);
	rc = note_names(listed, page->rows, err);
	if (rc)
		return rc;
	take_rows(l, page);
	rc = advance(l, err);
	if (rc || l->n_rows >= BATCH) {
		emsign_rc also = ems_import_keep_rows(op, rc ? &kept : err);

		rc = rc ? rc : also;
	}
	return rc ? rc : tell(op, err);
}

/* --- the end ------------------------------------------------------------------------------ */

static emsign_rc list_pages(emsign_op *op, emsign_error *err);

static void begin_pass(emsign_op *op, struct ems_listing *l)
{
	struct ems_import_work *work = op->work;
	ems_import *state = &work->lease.now;
	int64_t before = state->stamp > state->listed_at ? state->stamp : state->listed_at;
	int64_t now = ems_client_now(op->client);

	/* the stamp of a listing tells it from every earlier one */
	state->stamp = now > before ? now : before + 1;
	l->seen = 0;
	l->total = -1;
	l->varied = false;
	l->ended = false;
	l->looked_again = false;
	l->until = 0;
	l->repairs = 0;
	l->furthest = 0;
	l->reached = l->reached_before = 0;
	l->last = l->last_before = 0;
	plan_from_here(l);
}

/* New orders are expected at the head; what was there is known already. */
static emsign_rc look_again(emsign_op *op, struct ems_listing *l, emsign_error *err)
{
	l->looked_again = true;
	l->until = 1;
	l->reached = l->reached_before = 0;
	l->last = l->last_before = 0;
	plan_from_here(l);
	return list_pages(op, err);
}

static emsign_rc not_proven(const struct ems_listing *l, emsign_error *err)
{
	if (l->varied)
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"the CA's list of orders changed each time it was read (now it has "
				"%" PRId64 ", and %" PRId64 " came); what came is kept, import "
				"again",
				l->total, l->seen);
	return ems_fail(err, EMSIGN_E_PROTO,
			"the CA has %" PRId64 " orders but listed %" PRId64
			"; what came is kept, import again",
			l->total, l->seen);
}

static emsign_rc pages_done(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_listing *l = listing_of(op);
	bool quiet = !l->varied && !l->fixed;

	rc = ems_import_keep_rows(op, err);
	if (rc)
		return rc;
	/* a list that changed, or is without overlaps, wants a second look at its head */
	if (l->untold || (l->seen == l->total && (quiet || l->looked_again)))
		return l->then(op, EMSIGN_OK, err);
	if (!l->looked_again)
		return look_again(op, l, err);
	if (++l->passes == PASSES)
		return not_proven(l, err);
	begin_pass(op, l);
	return list_pages(op, err);
}

static emsign_rc list_pages(emsign_op *op, emsign_error *err)
{
	const struct ems_crew crew = { .most = (size_t)op->client->limits.parallel,
				       .next = next_hand, .ended = page_ended,
				       .then = pages_done };

	return ems_crew_begin(op, &crew, err);
}

emsign_rc ems_listing_begin(emsign_op *op, ems_step_fn then, emsign_error *err)
{
	struct ems_listing *l = listing_of(op);

	l->then = then;
	begin_pass(op, l);
	return list_pages(op, err);
}

emsign_rc ems_listing_resume(emsign_op *op, ems_step_fn then, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	const ems_import *state = &work->lease.now;
	struct ems_listing *l = &work->listing;

	l->then = then;
	l->reached = state->reached;
	(void)ems_text_int(state->last, 0, INT64_MAX, (int64_t *)&l->last);
	l->seen = state->seen;
	l->total = state->total;
	l->varied = true; /* nobody knows what happened meanwhile */
	if (state->listed_at == state->stamp) /* only what comes after it was interrupted */
		return then(op, EMSIGN_OK, err);
	plan_from_here(l);
	return list_pages(op, err);
}

void ems_listing_note(const struct ems_listing *l, struct ems_lease *lease)
{
	(void)ems_text_put_int(lease->last, (int64_t)l->last);
	lease->now.reached = l->looked_again ? l->total : l->reached;
	lease->now.seen = l->seen;
	lease->now.total = l->total;
}

void ems_listing_free(struct ems_listing *l)
{
	drop_plan(l);
	ems_fact_free(l->rows);
	l->rows = NULL;
}
