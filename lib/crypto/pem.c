/* SPDX-License-Identifier: MIT */
#include "crypto/pem.h"

#include <string.h>

#include "base/err.h"
#include "crypto/crypto.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LABEL_MAX 64
#define LINE_BYTES 48 /* make 64 characters */

/* The text is not NUL-terminated. */
static bool starts(const char *at, const char *end, const char *word, size_t len)
{
	return (size_t)(end - at) >= len && memcmp(at, word, len) == 0;
}

static const char *find(const char *at, const char *end, const char *word, size_t len)
{
	while ((size_t)(end - at) >= len) {
		const char *hit = memchr(at, word[0], (size_t)(end - at) - len + 1);

		if (!hit)
			return NULL;
		if (memcmp(hit, word, len) == 0)
			return hit;
		at = hit + 1;
	}
	return NULL;
}

static size_t label_length(const char *at, const char *end)
{
	size_t room = (size_t)(end - at);
	size_t len = 0;

	while (len < room && len < LABEL_MAX &&
	       ((at[len] >= 'A' && at[len] <= 'Z') || (at[len] >= '0' && at[len] <= '9') ||
		at[len] == ' '))
		len++;
	return len;
}

/* "-----BEGIN LABEL-----"; what only begins like that is text like any other. */
static bool find_begin(struct ems_pem *scan, struct ems_pem_block *block)
{
	const char *at;

	while ((at = find(scan->at, scan->end, BEGIN, strlen(BEGIN))) != NULL) {
		at += strlen(BEGIN);
		block->label = at;
		block->label_len = label_length(at, scan->end);
		at += block->label_len;
		scan->at = at;
		if (block->label_len && starts(at, scan->end, DASHES, strlen(DASHES))) {
			block->body = at + strlen(DASHES);
			return true;
		}
	}
	return false;
}

static bool is_end_of(const struct ems_pem_block *block, const char *at, const char *end)
{
	at += strlen(END);
	return starts(at, end, block->label, block->label_len) &&
	       starts(at + block->label_len, end, DASHES, strlen(DASHES));
}

emsign_rc ems_pem_next(struct ems_pem *scan, struct ems_pem_block *block, emsign_error *err)
{
	const char *end;

	memset(block, 0, sizeof(*block));
	if (!find_begin(scan, block)) {
		block->label = NULL;
		return ems_ok(err);
	}
	end = find(block->body, scan->end, END, strlen(END));
	if (!end || !is_end_of(block, end, scan->end))
		return ems_fail(err, EMSIGN_E_INVALID, "PEM block '%.*s' has no end",
				(int)block->label_len, block->label);
	block->body_len = (size_t)(end - block->body);
	scan->at = end + strlen(END) + block->label_len + strlen(DASHES);
	return ems_ok(err);
}

bool ems_pem_is(const struct ems_pem_block *block, const char *label)
{
	return block->label_len == strlen(label) &&
	       memcmp(block->label, label, block->label_len) == 0;
}

void ems_pem_write(struct ems_buf *out, const char *label, const void *der, size_t len)
{
	const unsigned char *at = der;

	ems_buf_print(out, BEGIN "%s" DASHES "\n", label);
	while (len) {
		size_t take = len < LINE_BYTES ? len : LINE_BYTES;

		ems_digest_base64(out, at, take);
		ems_buf_char(out, '\n');
		at += take;
		len -= take;
	}
	ems_buf_print(out, END "%s" DASHES "\n", label);
}
