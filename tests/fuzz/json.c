/* SPDX-License-Identifier: MIT */
/*
 * The reader of JSON, whole and in pieces: however a text is cut, the same comes out. Input: one
 * byte for the size of the pieces, one for the limits, then the text.
 */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "fuzz.h"
#include "wire/json.h"

static const struct ems_json_limits narrow = { .bytes = 4096, .depth = 4, .nodes = 16, .text = 24 };

enum { NARROW = 1, ROWS = 2 };

#define PIECES_MAX 1024

/* What came of a text. */
struct reading {
	struct ems_buf told;
	size_t rows;
	emsign_rc rc;
	emsign_error err;
};

static void write_down(struct ems_buf *out, const struct ems_node *node, size_t depth)
{
	FUZZ_MUST(depth <= ems_json_default_limits.depth);
	FUZZ_MUST((node->text != NULL) == (node->type == EMS_JSON_BOOL ||
					   node->type == EMS_JSON_NUMBER ||
					   node->type == EMS_JSON_TEXT));
	FUZZ_MUST(!node->text || ems_text_utf8(node->text, strlen(node->text)));
	FUZZ_MUST(!node->name || ems_text_utf8(node->name, strlen(node->name)));
	ems_buf_print(out, "%zu %d %s '%s'\n", depth, (int)node->type,
		      node->name ? node->name : "-", node->text ? node->text : "-");
	for (const struct ems_node *at = node->first; at; at = at->next)
		write_down(out, at, depth + 1);
}

static emsign_rc on_row(void *ud, const struct ems_node *row, emsign_error *err)
{
	struct reading *r = ud;

	(void)err;
	r->rows++;
	ems_buf_text(&r->told, "row\n");
	write_down(&r->told, row, 0);
	return EMSIGN_OK;
}

static void read_text(struct reading *r, const struct fuzz_input *text, size_t piece,
		      unsigned how)
{
	const struct ems_json_limits *limits = how & NARROW ? &narrow : &ems_json_default_limits;
	const char *rows = how & ROWS ? "orderDetails.ordersArray" : NULL;
	const struct ems_node *root = NULL;
	struct ems_json *json = NULL;

	*r = (struct reading){ .told = EMS_BUF((size_t)1 << 28) };
	r->rc = ems_json_new(limits, rows, on_row, r, &json, &r->err);
	for (size_t at = 0; r->rc == EMSIGN_OK && at < text->left; at += piece)
		r->rc = ems_json_feed(json, text->at + at,
				      piece < text->left - at ? piece : text->left - at, &r->err);
	if (r->rc == EMSIGN_OK)
		r->rc = ems_json_end(json, &root, &r->err);
	FUZZ_MUST((root != NULL) == (r->rc == EMSIGN_OK));
	if (root)
		write_down(&r->told, root, 0);
	ems_json_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	size_t piece = fuzz_byte(&in) + 1;
	unsigned how = fuzz_byte(&in);
	struct reading whole, pieces;

	/* yajl looks at a long text from its beginning with each piece; answers are read whole */
	if (piece < in.left / PIECES_MAX)
		piece = in.left / PIECES_MAX;
	read_text(&whole, &in, in.left ? in.left : 1, how);
	read_text(&pieces, &in, piece, how);
	fuzz_check(whole.rc, &whole.err);
	fuzz_check(pieces.rc, &pieces.err);
	FUZZ_MUST(whole.rc == pieces.rc && whole.rows == pieces.rows);
	FUZZ_MUST(whole.told.bytes.len == pieces.told.bytes.len);
	FUZZ_MUST(memcmp(ems_buf_str(&whole.told), ems_buf_str(&pieces.told),
			 whole.told.bytes.len) == 0);
	ems_buf_free(&whole.told);
	ems_buf_free(&pieces.told);
	fuzz_check_memory();
	return 0;
}
