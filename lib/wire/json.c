/* SPDX-License-Identifier: MIT */
#include "wire/json.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/arena.h"

/* Looking for repeated members is quadratic in their number, so there is a ceiling to it. */
#define MAX_MEMBERS 4096

/* While a text grows the parser holds it up to four times; the rest is its own state. */
#define PARSER_MEMORY(text) (8 * (text) + 65536)

const struct ems_json_limits ems_json_default_limits = {
	.bytes = (size_t)1 << 30, /* the transport's limit is lower; this keeps sums safe */
	.depth = 64,
	.nodes = (size_t)1 << 18,
	.text = (size_t)1 << 20,
};

/* A container that is open. The one at the bottom stands for the text and holds one value. */
struct frame {
	struct ems_node *node; /* NULL: the bottom */
	struct ems_node *last;
	const char *key;       /* of the value that comes next */
	size_t members;
	uint64_t names;        /* a bit for each name so far: mostly tells that one is new */
	bool repeated;         /* that key stood there before: its value is passed over */
	bool on_path;          /* the way to the rows leads through this object */
	bool rows;             /* this is the array that is handed out */
};

struct ems_json {
	struct ems_json_limits limits;
	struct ems_arena arena;
	struct ems_pool tree;
	struct ems_pool row;
	yajl_handle parser;    /* lives in the arena */
	struct frame *frames;
	size_t depth;          /* of the top frame */
	size_t rows_depth;     /* of the frame that has the rows; 0: not inside it */
	size_t passed_over;    /* open containers of a repeated member */
	size_t bytes;
	size_t nodes;
	size_t row_nodes;
	char *path;
	ems_json_row_fn fn;
	void *ud;
	const struct ems_node *root;
	emsign_error failed;   /* what a first failure said; later calls repeat it */
};

/* What a callback returns after its sentence is in json->failed. */
static int stop(emsign_rc rc)
{
	return rc == EMSIGN_OK;
}

static struct frame *top(struct ems_json *json)
{
	return &json->frames[json->depth];
}

static struct ems_pool *pool(struct ems_json *json)
{
	return json->rows_depth ? &json->row : &json->tree;
}

/* --- the tree ------------------------------------------------------------------------------- */

/* Is it a value that must leave no trace, because its name stood there before? */
static bool is_passed_over(struct ems_json *json, bool container)
{
	struct frame *frame = top(json);

	if (json->passed_over) {
		json->passed_over += container;
		return true;
	}
	if (!frame->repeated)
		return false;
	frame->repeated = false;
	json->passed_over = container;
	return true;
}

static struct ems_node *add_node(struct ems_json *json, enum ems_json_type type)
{
	struct frame *frame = top(json);
	struct ems_node *node;

	if (json->nodes + json->row_nodes >= json->limits.nodes) {
		ems_fail(&json->failed, EMSIGN_E_PROTO,
			 "the answer holds more than %zu values at a time", json->limits.nodes);
		return NULL;
	}
	node = ems_pool_get(pool(json), sizeof(*node));
	if (!node) {
		ems_fail_nomem(&json->failed);
		return NULL;
	}
	*node = (struct ems_node){ .name = frame->key, .type = type };
	frame->key = NULL;
	if (json->rows_depth)
		json->row_nodes++;
	else
		json->nodes++;
	if (!frame->node)
		json->root = node;
	else if (!frame->rows && frame->last)
		frame->last->next = node;
	else if (!frame->rows)
		frame->node->first = node;
	frame->last = node;
	return node;
}

/* After a value is complete: when it is a row, it is handed out and forgotten. */
static int end_value(struct ems_json *json)
{
	struct frame *frame = top(json);
	emsign_rc rc;

	if (!frame->rows)
		return 1;
	rc = json->fn(json->ud, frame->last, &json->failed);
	if (rc) {
		json->failed.rc = rc;
		return stop(rc);
	}
	ems_ok(&json->failed);
	frame->last = NULL;
	json->row_nodes = 0;
	ems_pool_recycle(&json->row);
	return 1;
}

static bool check_text(struct ems_json *json, const char *bytes, size_t len)
{
	if (len > json->limits.text)
		return stop(ems_fail(&json->failed, EMSIGN_E_PROTO,
				     "the answer holds a text of more than %zu bytes",
				     json->limits.text));
	if (!ems_text_utf8(bytes, len))
		return stop(ems_fail(&json->failed, EMSIGN_E_PROTO,
				     "the answer holds text that is not UTF-8"));
	return true;
}

static int scalar(struct ems_json *json, enum ems_json_type type, const char *bytes, size_t len)
{
	struct ems_node *node;

	if (!check_text(json, bytes, len))
		return 0;
	if (is_passed_over(json, false))
		return 1;
	node = add_node(json, type);
	if (!node)
		return 0;
	if (type != EMS_JSON_NULL) {
		node->text = ems_pool_text(pool(json), bytes, len);
		if (!node->text)
			return stop(ems_fail_nomem(&json->failed));
	}
	return end_value(json);
}

/* --- the way to the rows -------------------------------------------------------------------- */

/* Is `name` the n-th step of the path? *last tells whether it is the end of it. */
static bool is_step(const char *path, size_t n, const char *name, bool *last)
{
	size_t len = strcspn(path, ".");

	for (; n; n--) {
		path += len;
		path += *path == '.';
		len = strcspn(path, ".");
	}
	*last = path[len] == '\0';
	return strlen(name) == len && memcmp(path, name, len) == 0;
}

/* The bottom has depth 0, so the members of the outermost object are step 0 at depth 1. */
static void follow_path(struct ems_json *json, const struct ems_node *node, struct frame *inner)
{
	const struct frame *outer = top(json);
	bool last;

	if (!json->path)
		return;
	if (!outer->node) {
		inner->on_path = node->type == EMS_JSON_OBJECT;
		return;
	}
	if (!outer->on_path || !is_step(json->path, json->depth - 1, node->name, &last))
		return;
	inner->on_path = !last && node->type == EMS_JSON_OBJECT;
	inner->rows = last && node->type == EMS_JSON_ARRAY;
}

static int open_container(struct ems_json *json, enum ems_json_type type)
{
	struct frame inner = { .last = NULL };
	struct ems_node *node;

	if (json->depth + json->passed_over >= json->limits.depth)
		return stop(ems_fail(&json->failed, EMSIGN_E_PROTO,
				     "the answer nests deeper than %zu levels",
				     json->limits.depth));
	if (is_passed_over(json, true))
		return 1;
	node = add_node(json, type);
	if (!node)
		return 0;
	inner.node = node;
	follow_path(json, node, &inner);
	json->frames[++json->depth] = inner;
	if (inner.rows)
		json->rows_depth = json->depth;
	return 1;
}

/* --- yajl's callbacks ----------------------------------------------------------------------- */

static int on_null(void *ctx)
{
	return scalar(ctx, EMS_JSON_NULL, "", 0);
}

static int on_boolean(void *ctx, int value)
{
	return value ? scalar(ctx, EMS_JSON_BOOL, "true", 4)
		     : scalar(ctx, EMS_JSON_BOOL, "false", 5);
}

static int on_number(void *ctx, const char *bytes, size_t len)
{
	return scalar(ctx, EMS_JSON_NUMBER, bytes, len);
}

static int on_text(void *ctx, const unsigned char *bytes, size_t len)
{
	return scalar(ctx, EMS_JSON_TEXT, (const char *)bytes, len);
}

static int on_object(void *ctx)
{
	return open_container(ctx, EMS_JSON_OBJECT);
}

static int on_array(void *ctx)
{
	return open_container(ctx, EMS_JSON_ARRAY);
}

static uint64_t name_bit(const unsigned char *bytes, size_t len)
{
	unsigned sum = (unsigned)len;

	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + bytes[i];
	return UINT64_C(1) << (sum >> 3 & 63);
}

static int on_name(void *ctx, const unsigned char *bytes, size_t len)
{
	struct ems_json *json = ctx;
	struct frame *frame = top(json);
	uint64_t bit = name_bit(bytes, len);

	if (!check_text(json, (const char *)bytes, len))
		return 0;
	if (json->passed_over)
		return 1;
	frame->key = ems_pool_text(pool(json), bytes, len);
	if (!frame->key)
		return stop(ems_fail_nomem(&json->failed));
	if (++frame->members > MAX_MEMBERS)
		return stop(ems_fail(&json->failed, EMSIGN_E_PROTO,
				     "an object of the answer has more than %d members",
				     MAX_MEMBERS));
	frame->repeated = frame->names & bit && ems_node_get(frame->node, frame->key);
	frame->names |= bit;
	return 1;
}

static int on_close(void *ctx)
{
	struct ems_json *json = ctx;

	if (json->passed_over) {
		json->passed_over--;
		return 1;
	}
	if (json->rows_depth == json->depth)
		json->rows_depth = 0;
	json->depth--;
	return end_value(json);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_text,
	.yajl_start_map = on_object,
	.yajl_map_key = on_name,
	.yajl_end_map = on_close,
	.yajl_start_array = on_array,
	.yajl_end_array = on_close,
};

/* --- the door ------------------------------------------------------------------------------- */

emsign_rc ems_json_new(const struct ems_json_limits *limits, const char *rows, ems_json_row_fn fn,
		       void *ud, struct ems_json **out, emsign_error *err)
{
	struct ems_json *json = ems_alloc(sizeof(*json));

	*out = NULL;
	if (!json)
		return ems_fail_nomem(err);
	json->limits = *limits;
	json->arena.max = PARSER_MEMORY(limits->text);
	json->fn = fn;
	json->ud = ud;
	json->path = ems_strdup(rows);
	json->frames = ems_alloc((limits->depth + 1) * sizeof(*json->frames));
	if (!json->frames || (rows && !json->path)) {
		ems_json_free(json);
		return ems_fail_nomem(err);
	}
	*out = json;
	return ems_ok(err);
}

/*
 * The only place that calls yajl. An allocation of it that fails comes back here by longjmp; yajl
 * is then never called again, and freed with the arena.
 */
static yajl_status parse(struct ems_json *json, const unsigned char *bytes, size_t len)
{
	if (setjmp(json->arena.escape)) {
		if (json->arena.exceeded)
			ems_fail(&json->failed, EMSIGN_E_PROTO,
				 "the answer holds a text of more than %zu bytes",
				 json->limits.text);
		else
			ems_fail_nomem(&json->failed);
		return yajl_status_client_canceled;
	}
	if (!json->parser) {
		yajl_alloc_funcs memory = { ems_arena_get, ems_arena_resize, ems_arena_put,
					    &json->arena };

		json->parser = yajl_alloc(&callbacks, &memory, json);
		/* our own check is the stricter one */
		yajl_config(json->parser, yajl_dont_validate_strings, 1);
	}
	return bytes ? yajl_parse(json->parser, bytes, len) : yajl_complete_parse(json->parser);
}

static emsign_rc repeat_failure(const struct ems_json *json, emsign_error *err)
{
	if (err)
		*err = json->failed;
	return json->failed.rc;
}

emsign_rc ems_json_feed(struct ems_json *json, const void *bytes, size_t len, emsign_error *err)
{
	if (json->failed.rc)
		return repeat_failure(json, err);
	if (len == 0)
		return ems_ok(err);
	if (len > json->limits.bytes - json->bytes) {
		ems_fail(&json->failed, EMSIGN_E_PROTO, "the answer is longer than %zu bytes",
			 json->limits.bytes);
		return repeat_failure(json, err);
	}
	if (parse(json, bytes, len) == yajl_status_error)
		ems_fail(&json->failed, EMSIGN_E_PROTO, "the answer is no JSON near byte %zu",
			 json->bytes + yajl_get_bytes_consumed(json->parser));
	json->bytes += len;
	return repeat_failure(json, err);
}

emsign_rc ems_json_end(struct ems_json *json, const struct ems_node **root, emsign_error *err)
{
	*root = NULL;
	if (!json->failed.rc && json->bytes == 0)
		ems_fail(&json->failed, EMSIGN_E_PROTO, "the answer is empty");
	if (!json->failed.rc && parse(json, NULL, 0) == yajl_status_error)
		ems_fail(&json->failed, EMSIGN_E_PROTO, "the answer ends in the middle");
	if (!json->failed.rc)
		*root = json->root;
	return repeat_failure(json, err);
}

void ems_json_free(struct ems_json *json)
{
	if (!json)
		return;
	ems_arena_drop(&json->arena);
	ems_pool_drop(&json->row);
	ems_pool_drop(&json->tree);
	ems_free(json->frames);
	ems_free(json->path);
	ems_free(json);
}

const struct ems_node *ems_node_get(const struct ems_node *node, const char *name)
{
	if (!node || node->type != EMS_JSON_OBJECT)
		return NULL;
	for (const struct ems_node *member = node->first; member; member = member->next)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

const char *ems_node_text(const struct ems_node *node, const char *name)
{
	const struct ems_node *member = ems_node_get(node, name);

	if (!member || member->type == EMS_JSON_ARRAY || member->type == EMS_JSON_OBJECT)
		return NULL;
	return ems_text_empty(member->text) ? NULL : member->text;
}
