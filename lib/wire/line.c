/* SPDX-License-Identifier: MIT */
#include "wire/common.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

const struct ems_block *ems_line_block(const struct ems_block *blocks, size_t n,
				       enum ems_verb verb)
{
	for (size_t i = 0; i < n; i++)
		if (blocks[i].verb == verb)
			return &blocks[i];
	return NULL;
}

/* --- checking ------------------------------------------------------------------------------- */

/* Of words that mean the same the first alone is sent, and named once. */
static bool is_sent(const struct ems_word *words, const struct ems_word *at)
{
	return ems_text_equal(ems_word_id(words, at->word), at->id);
}

static emsign_rc refuse_word(const struct ems_line *line, const char *said, emsign_error *err)
{
	struct ems_buf choices = EMS_BUF(512);
	size_t n = 0, i = 0;

	for (const struct ems_word *w = line->words; w->id; w++)
		n += is_sent(line->words, w);
	for (const struct ems_word *w = line->words; w->id; w++) {
		if (!is_sent(line->words, w))
			continue;
		ems_buf_text(&choices, !i ? "" : i + 1 < n ? ", " : " and ");
		ems_buf_text(&choices, w->word);
		i++;
	}
	ems_fail(err, EMSIGN_E_INVALID, "%s '%.40s' is none that the CA takes; it takes %s",
		 line->arg, said, ems_buf_str(&choices));
	ems_buf_free(&choices);
	return EMSIGN_E_INVALID;
}

emsign_rc ems_line_check(const struct ems_block *block, const emsign_kv *args, emsign_error *err)
{
	if (!block)
		return EMSIGN_OK;
	for (const struct ems_line *line = block->lines; line->wire; line++) {
		const char *said = line->words ? ems_kv_get(args, line->arg) : NULL;

		if (line->words && !said && !line->preset)
			return ems_fail(err, EMSIGN_E_INVALID, "%s is missing", line->arg);
		if (said && !ems_word_id(line->words, said))
			return refuse_word(line, said, err);
	}
	return EMSIGN_OK;
}

/* --- writing -------------------------------------------------------------------------------- */

const char *ems_line_value(const struct ems_line *line, const emsign_kv *args)
{
	const char *value = line->arg ? ems_kv_get(args, line->arg) : NULL;

	if (value && line->words)
		value = ems_word_id(line->words, value);
	return value ? value : line->preset;
}

void ems_line_put(struct ems_jsonout *j, const struct ems_line *lines, const emsign_kv *args)
{
	for (; lines->wire; lines++)
		ems_jsonout_text(j, lines->wire, ems_line_value(lines, args));
}

void ems_line_put_bare(struct ems_jsonout *j, const struct ems_line *lines, const emsign_kv *args)
{
	for (; lines->wire; lines++) {
		const char *value = ems_line_value(lines, args);

		/* neither a number nor one of our own words: it must not get out of its place */
		if (lines->words || !lines->arg || ems_text_digits(value, 1, 18))
			ems_jsonout_raw(j, lines->wire, value);
		else
			ems_jsonout_text(j, lines->wire, value);
	}
}

void ems_line_object(struct ems_jsonout *j, const char *name, const struct ems_line *lines,
		     const emsign_kv *args)
{
	ems_jsonout_open(j, name);
	ems_line_put(j, lines, args);
	ems_jsonout_close(j);
}

void ems_line_object_if_said(struct ems_jsonout *j, const char *name, const struct ems_line *lines,
			     const emsign_kv *args)
{
	for (const struct ems_line *line = lines; line->wire; line++)
		if (line->arg && ems_kv_get(args, line->arg)) {
			ems_line_object(j, name, lines, args);
			return;
		}
}

void ems_line_list(struct ems_jsonout *j, const char *name, const emsign_kv *args, const char *arg,
		   const char *without)
{
	const char *value;
	bool open = false;

	for (size_t i = 0; (value = ems_kv_nth(args, arg, i)); i++) {
		if (ems_text_equal(value, without))
			continue;
		if (!open)
			ems_jsonout_list(j, name);
		open = true;
		ems_jsonout_text(j, NULL, value);
	}
	if (open)
		ems_jsonout_list_close(j);
}

static void put_custom(struct ems_jsonout *j, const char *id, const char *value, const char *custom)
{
	struct ems_buf name = EMS_BUF(512);
	size_t len = strcspn(custom, "=");

	ems_buf_put(&name, custom, len);
	if (name.rc)
		j->buf->rc = name.rc;
	ems_jsonout_open(j, NULL);
	ems_jsonout_text(j, id, ems_buf_str(&name));
	ems_jsonout_text(j, value, custom[len] ? custom + len + 1 : "");
	ems_jsonout_close(j);
	ems_buf_free(&name);
}

void ems_line_joined(struct ems_jsonout *j, const char *name, const emsign_kv *args,
		     const char *arg)
{
	struct ems_buf all = EMS_BUF(4096);
	const char *value;

	for (size_t i = 0; (value = ems_kv_nth(args, arg, i)); i++) {
		ems_buf_text(&all, i ? ", " : "");
		ems_buf_text(&all, value);
	}
	if (all.rc)
		j->buf->rc = all.rc;
	if (all.bytes.len)
		ems_jsonout_text(j, name, ems_buf_str(&all));
	ems_buf_free(&all);
}

void ems_line_custom(struct ems_jsonout *j, const char *id, const char *value,
		     const emsign_kv *args)
{
	const char *custom;

	if (!ems_kv_get(args, "custom"))
		return;
	ems_jsonout_list(j, "customFields");
	for (size_t i = 0; (custom = ems_kv_nth(args, "custom", i)); i++)
		put_custom(j, id, value, custom);
	ems_jsonout_list_close(j);
}

struct secret_member {
	struct ems_jsonout *out;
	const char *name;
};

static emsign_rc put_secret(void *ud, const void *bytes, size_t len)
{
	const struct secret_member *member = ud;
	struct ems_buf text = EMS_BUF(4096);

	ems_buf_put(&text, bytes, len);
	if (text.rc)
		member->out->buf->rc = text.rc;
	ems_jsonout_text(member->out, member->name, ems_buf_str(&text));
	ems_buf_free(&text);
	return EMSIGN_OK;
}

void ems_line_secret(struct ems_jsonout *j, const char *name, emsign_secret *secret)
{
	struct secret_member member = { j, name };

	if (secret && emsign_secret_use(secret, put_secret, &member, NULL) != EMSIGN_OK)
		j->buf->rc = EMSIGN_E_CRYPTO;
}

emsign_rc ems_line_rc(const struct ems_question *question, emsign_error *err)
{
	if (question->headers.rc)
		return ems_fail_nomem(err);
	if (question->body.rc == EMSIGN_E_CRYPTO)
		return ems_fail(err, EMSIGN_E_CRYPTO,
				"the organization's consent token cannot be read");
	return ems_buf_rc(&question->body, err);
}
