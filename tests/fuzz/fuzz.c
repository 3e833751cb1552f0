/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/record.h"
#include "wire/json.h"

void fuzz_must(bool good, const char *condition, const char *file, int line)
{
	if (good)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

/* --- cutting an input up -------------------------------------------------------------------- */

unsigned fuzz_byte(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

unsigned fuzz_below(struct fuzz_input *in, size_t n)
{
	return fuzz_byte(in) % (unsigned)n;
}

struct fuzz_input fuzz_part(struct fuzz_input *in, uint8_t stop)
{
	const uint8_t *end = in->left ? memchr(in->at, stop, in->left) : NULL;
	struct fuzz_input part = { in->at, end ? (size_t)(end - in->at) : in->left };

	in->left -= part.left + (end != NULL);
	in->at += part.left + (end != NULL);
	return part;
}

char *fuzz_text(struct fuzz_input part)
{
	size_t len = part.left ? strnlen((const char *)part.at, part.left) : 0;
	char *text = malloc(len + 1);

	FUZZ_MUST(text != NULL);
	if (len)
		memcpy(text, part.at, len);
	text[len] = '\0';
	return text;
}

void fuzz_values(struct fuzz_input *in, uint8_t stop, struct ems_kvlist *out)
{
	while (in->left) {
		struct fuzz_input part = fuzz_part(in, stop);
		char *name = fuzz_text(fuzz_part(&part, '='));
		char *value = fuzz_text(part);

		ems_kvlist_add(out, name, value);
		free(name);
		free(value);
	}
	FUZZ_MUST(out->rc == EMSIGN_OK);
}

/* --- what always holds ---------------------------------------------------------------------- */

static bool is_line(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return len < size && ems_text_utf8(text, len);
}

void fuzz_check(emsign_rc rc, const emsign_error *err)
{
	static const emsign_error none;

	FUZZ_MUST(err->rc == rc);
	FUZZ_MUST(strcmp(emsign_rc_name(rc), "UNKNOWN") != 0);
	FUZZ_MUST(is_line(err->message, sizeof(err->message)));
	FUZZ_MUST(is_line(err->ca_code, sizeof(err->ca_code)));
	FUZZ_MUST(is_line(err->request_id, sizeof(err->request_id)));
	FUZZ_MUST(err->retry_after >= 0);
	if (rc)
		FUZZ_MUST(err->message[0] != '\0');
	else
		FUZZ_MUST(memcmp(err, &none, sizeof(none)) == 0);
}

bool fuzz_is_json(const char *text, size_t len)
{
	const struct ems_node *root = NULL;
	struct ems_json *json = NULL;
	emsign_rc rc = ems_json_new(&ems_json_default_limits, NULL, NULL, NULL, &json, NULL);

	if (rc == EMSIGN_OK)
		rc = ems_json_feed(json, text, len, NULL);
	if (rc == EMSIGN_OK)
		rc = ems_json_end(json, &root, NULL);
	ems_json_free(json);
	return rc == EMSIGN_OK;
}

static void check_texts(const struct ems_kind *kind, const void *record)
{
	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];
		const void *slot = (const char *)record + m->offset;
		const char *const *list = *(const char *const *const *)slot;

		if (m->type == EMS_TEXT) {
			const char *text = *(const char *const *)slot;

			FUZZ_MUST(!text || ems_text_utf8(text, strlen(text)));
		}
		if (m->type == EMS_LIST)
			for (; list && *list; list++)
				FUZZ_MUST(ems_text_utf8(*list, strlen(*list)));
	}
}

static void check_row(const struct ems_kind *kind, const void *record)
{
	const char *id = *(const char *const *)record;
	emsign_kv *row = ems_record_row(kind, record);
	void *again = NULL;
	emsign_error err;
	emsign_rc rc;

	FUZZ_MUST(row != NULL);
	rc = ems_record_from_row(kind, id ? id : "", row, &again, &err);
	fuzz_check(rc, &err);
	FUZZ_MUST(rc == EMSIGN_OK);
	for (size_t i = 1; i < kind->n_members; i++)
		FUZZ_MUST(ems_record_same(&kind->members[i], record, again));
	emsign_free(again);
	emsign_free(row);
}

void fuzz_check_record(const char *name, const void *record)
{
	const struct ems_kind *kind = ems_kind_find(name);
	emsign_buf json = { NULL, 0, 0 };
	emsign_error err;

	FUZZ_MUST(kind != NULL);
	check_texts(kind, record);
	if (kind->reach != EMS_TRANSIENT)
		check_row(kind, record);
	if (kind->reach == EMS_PRIVATE)
		return;
	fuzz_check(emsign_record_json(name, record, &json, &err), &err);
	FUZZ_MUST(json.data && fuzz_is_json((const char *)json.data, json.len));
	emsign_buf_free(&json);
}

bool fuzz_holds_canary(const uint8_t *bytes, size_t len)
{
	static const char canary[] = "EMSIGN-CANARY-";

	for (size_t i = 0; i + sizeof(canary) <= len + 1; i++)
		if (memcmp(bytes + i, canary, sizeof(canary) - 1) == 0)
			return true;
	return false;
}

void fuzz_check_memory(void)
{
	FUZZ_MUST(emsign_set_allocator(NULL) == EMSIGN_OK);
}
