/* SPDX-License-Identifier: MIT */
/*
 * What moves while somebody pages through the report: rows of the history that are hidden and come
 * back, and new ones at the front.  Nothing is stored but the few rows that differ, so a page of a
 * million orders still costs what its rows cost.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* --- sorted sets of indexes ---------------------------------------------------------------- */

/* How many members are smaller than the index. */
static size_t below(const struct sim_set *set, long index)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->items[middle] < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct sim_set *set, long index)
{
	size_t at = below(set, index);

	return at < set->n && set->items[at] == index;
}

static void insert(struct sim_set *set, long index)
{
	size_t at = below(set, index);

	if (at < set->n && set->items[at] == index)
		return;
	if (set->n == set->room) {
		set->room = set->room ? 2 * set->room : 64;
		set->items = realloc(set->items, set->room * sizeof(*set->items));
		if (!set->items)
			abort();
	}
	memmove(set->items + at + 1, set->items + at, (set->n - at) * sizeof(*set->items));
	set->items[at] = index;
	set->n++;
}

static void take_out(struct sim_set *set, long index)
{
	size_t at = below(set, index);

	if (at == set->n || set->items[at] != index)
		return;
	set->n--;
	memmove(set->items + at, set->items + at + 1, (set->n - at) * sizeof(*set->items));
}

static void copy(struct sim_set *to, const struct sim_set *from)
{
	size_t i;

	to->n = 0;
	for (i = 0; i < from->n; i++)
		insert(to, from->items[i]);
}

/* --- what is listed now -------------------------------------------------------------------- */

bool sim_drift_hides(const struct sim *sim, long index)
{
	return has(&sim->drift.hidden, index);
}

long sim_drift_visible(const struct sim *sim, long low, long high)
{
	const struct sim_set *hidden = &sim->drift.hidden;

	return high > low ? high - low - (long)(below(hidden, high) - below(hidden, low)) : 0;
}

long sim_drift_nth(const struct sim *sim, long low, long high, long nth)
{
	/* the greatest index with more than nth listed rows from it up to the top */
	long from = low, till = high;

	if (nth >= sim_drift_visible(sim, low, high))
		return -1;
	while (till - from > 1) {
		long middle = from + (till - from) / 2;

		if (sim_drift_visible(sim, middle, high) > nth)
			from = middle;
		else
			till = middle;
	}
	return from;
}

/* --- changes ------------------------------------------------------------------------------- */

static void hide(struct sim *sim, long index)
{
	insert(&sim->drift.hidden, index);
	insert(&sim->drift.touched, index);
	sim->drift.moves++;
}

static void show(struct sim *sim, long index)
{
	take_out(&sim->drift.hidden, index);
	take_out(&sim->drift.unseen, index);
	sim->drift.moves++;
}

static void hide_some(struct sim *sim, long n)
{
	struct sim_drift *drift = &sim->drift;
	long visible;

	for (; n > 0 && (visible = sim_drift_visible(sim, 0, sim->history.n)) > 0; n--) {
		drift->random += UINT64_C(0x9e3779b97f4a7c15);
		hide(sim, sim_drift_nth(sim, 0, sim->history.n, (long)
					(sim_mem_mix(drift->random) % (uint64_t)visible)));
	}
}

static void show_some(struct sim *sim, long n)
{
	struct sim_drift *drift = &sim->drift;

	for (; n > 0 && drift->hidden.n; n--) {
		drift->random += UINT64_C(0x9e3779b97f4a7c15);
		show(sim, drift->hidden.items[sim_mem_mix(drift->random) % drift->hidden.n]);
	}
}

static void append(struct sim *sim, long n)
{
	sim->history.n += n;
	sim->drift.moves += n > 0;
}

static void apply(struct sim *sim, const struct sim_drift_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->show.n; i++)
		show(sim, rule->show.items[i]);
	show_some(sim, rule->show_some);
	for (i = 0; i < rule->hide.n; i++)
		hide(sim, rule->hide.items[i]);
	hide_some(sim, rule->hide_some);
	append(sim, rule->insert);
}

/* From here on it is watched what stays, what came and what went. */
static void mark(struct sim *sim)
{
	struct sim_drift *drift = &sim->drift;

	copy(&drift->touched, &drift->hidden);
	copy(&drift->unseen, &drift->hidden);
	drift->marked_history = sim->history.n;
	drift->marked_orders = sim->n_orders;
}

static void free_rule(struct sim_drift_rule *rule)
{
	free(rule->show.items);
	free(rule->hide.items);
	free(rule);
}

static void forget(struct sim *sim)
{
	struct sim_drift *drift = &sim->drift;

	while (drift->rules) {
		struct sim_drift_rule *rule = drift->rules;

		drift->rules = rule->next;
		free_rule(rule);
	}
	while (drift->hidden.n)
		show(sim, drift->hidden.items[drift->hidden.n - 1]);
}

void sim_drift_called(struct sim *sim)
{
	struct sim_drift_rule **at = &sim->drift.rules;

	while (*at) {
		struct sim_drift_rule *rule = *at;

		if (--rule->left > 0) {
			at = &rule->next;
			continue;
		}
		apply(sim, rule);
		rule->left = rule->every;
		if (rule->every) {
			at = &rule->next;
		} else {
			*at = rule->next;
			free_rule(rule);
		}
	}
}

/* --- how it is told ------------------------------------------------------------------------ */

/* An index of the history, or a ten-digit number of an order or request; -1 is neither. */
static long row_of(const struct sim *sim, const char *text)
{
	long index;

	if (!sim_check_digits(text, 1, 10))
		return -1;
	if (strlen(text) == 10) {
		index = sim_history_index(sim, text);
		return index >= 0 ? index : sim_history_request_index(sim, text);
	}
	index = strtol(text, NULL, 10);
	return index < sim->history.n ? index : -1;
}

/* A list of rows, or how many rows that chance picks; false when it is neither. */
static bool read_rows(struct sim *sim, const struct sim_json *request, const char *key,
		      struct sim_set *rows, long *some)
{
	const struct sim_json *list = sim_json_arr(request, key), *item;
	const char *text = sim_json_str(request, key);

	for (item = list ? list->first : NULL; item; item = item->next) {
		long index = row_of(sim, sim_json_scalar(item));

		if (index < 0)
			return false;
		insert(rows, index);
	}
	if (*text && !sim_check_digits(text, 1, 7))
		return false;
	*some = strtol(text, NULL, 10);
	return list || *text || !sim_json_get(request, key);
}

static bool read_count(const struct sim_json *request, const char *key, long *out)
{
	const char *text = sim_json_str(request, key);

	*out = strtol(text, NULL, 10);
	return !sim_json_get(request, key) || sim_check_digits(text, 1, 7);
}

static bool is_true(const struct sim_json *request, const char *key)
{
	return !strcmp(sim_json_str(request, key), "true") ||
		!strcmp(sim_json_str(request, key), "1");
}

static const char *read_rule(struct sim *sim, const struct sim_json *request,
			     struct sim_drift_rule *rule)
{
	if (!read_rows(sim, request, "hide", &rule->hide, &rule->hide_some) ||
	    !read_rows(sim, request, "show", &rule->show, &rule->show_some))
		return "hide and show are lists of rows (index or number), or how many";
	if (!read_count(request, "insert", &rule->insert) ||
	    !read_count(request, "every", &rule->every) ||
	    !read_count(request, "after", &rule->left))
		return "insert, every and after are numbers";
	if (sim->history.n + rule->insert > SIM_HISTORY_MOST)
		return "there are too many orders";
	if (rule->every)
		rule->left = rule->every;
	return NULL;
}

const char *sim_drift_tell(struct sim *sim, const struct sim_json *request)
{
	struct sim_drift_rule *rule = calloc(1, sizeof(*rule));
	const char *seed = sim_json_str(request, "seed"), *error;

	if (!rule)
		abort();
	error = read_rule(sim, request, rule);
	if (error) {
		free_rule(rule);
		return error;
	}
	if (is_true(request, "clear"))
		forget(sim);
	if (is_true(request, "mark"))
		mark(sim);
	if (*seed)
		sim->drift.random = sim_mem_mix(strtoull(seed, NULL, 10));
	if (rule->left) {
		rule->next = sim->drift.rules;
		sim->drift.rules = rule;
	} else {
		apply(sim, rule);
		free_rule(rule);
	}
	return NULL;
}

/* "every=3,hide=2,insert=1" is the same as JSON: the words are the members. */
static bool read_option(struct sim *sim, const char *text)
{
	static const char *const words[] = { "every", "after", "hide", "show", "insert", "seed" };
	struct sim_arena arena = { 0 };
	struct sim_json request = { .type = SIM_JSON_OBJECT };
	char *part, *save = NULL, *rest = sim_mem_text(&arena, text);
	bool done = true;

	for (; done && (part = strtok_r(rest, ",", &save)); rest = NULL) {
		struct sim_json *member = sim_mem_alloc(&arena, sizeof(*member));
		char *equals = strchr(part, '=');
		size_t i = 0;

		if (equals)
			*equals++ = '\0';
		while (i < sizeof(words) / sizeof(words[0]) && strcmp(words[i], part) != 0)
			i++;
		done = equals && i < sizeof(words) / sizeof(words[0]);
		*member = (struct sim_json){ .type = SIM_JSON_TEXT, .key = part, .text = equals,
					     .next = request.first };
		request.first = member;
	}
	done = done && !sim_drift_tell(sim, &request);
	sim_mem_drop(&arena);
	return done;
}

bool sim_drift_start(struct sim *sim)
{
	sim->drift.random = sim_mem_mix((uint64_t)sim->options->seed);
	mark(sim);
	return !sim->options->drift || read_option(sim, sim->options->drift);
}

/* --- the truth ----------------------------------------------------------------------------- */

/* Was it listed the whole time since the mark, at some time since then, or is it now? */
enum listed { NOW, STEADY, EVER };

static bool is_listed(const struct sim *sim, long index, enum listed when)
{
	const struct sim_drift *drift = &sim->drift;

	if (when == NOW)
		return !has(&drift->hidden, index);
	if (when == EVER)
		return !has(&drift->unseen, index);
	return index < drift->marked_history && !has(&drift->touched, index);
}

static const char *name_of(const struct sim_order *order)
{
	return *order->number ? order->number : order->request;
}

static void put_list(struct sim *sim, struct sim_json_out *out, const char *key, enum listed when)
{
	long newer = when == STEADY ? sim->n_orders - sim->drift.marked_orders : 0, index;
	const struct sim_order *order;

	sim_json_open(out, key, '[');
	for (order = sim->orders; order; order = order->next)
		if (newer-- <= 0)
			sim_json_text(out, NULL, name_of(order));
	for (index = sim->history.n - 1; index >= 0; index--) {
		struct sim_arena arena = { 0 };

		if (!is_listed(sim, index, when))
			continue;
		order = sim_map_get(&sim->history.owned, (uint64_t)index + 1);
		if (!order)
			order = sim_history_order(sim, &arena, index, false);
		sim_json_text(out, NULL, name_of(order));
		sim_mem_drop(&arena);
	}
	sim_json_close(out, ']');
}

void sim_drift_truth(struct sim *sim, struct sim_json_out *out)
{
	sim_json_number(out, "total", sim->n_orders +
			sim_drift_visible(sim, 0, sim->history.n));
	put_list(sim, out, "now", NOW);
	put_list(sim, out, "steady", STEADY);
	put_list(sim, out, "ever", EVER);
}

void sim_drift_stop(struct sim *sim)
{
	forget(sim);
	free(sim->drift.hidden.items);
	free(sim->drift.touched.items);
	free(sim->drift.unseen.items);
}
