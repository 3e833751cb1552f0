/* SPDX-License-Identifier: MIT */
/* What goes out: JSON or words on stdout; log and warnings on stderr. */
#include "cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

emsign_rc call_fail(struct call *c, emsign_rc rc, const char *format, ...)
{
	va_list list;

	memset(&c->err, 0, sizeof(c->err));
	c->err.rc = rc;
	va_start(list, format);
	(void)vsnprintf(c->err.message, sizeof(c->err.message), format, list);
	va_end(list);
	return rc;
}

/* --- for people ----------------------------------------------------------------------------- */

static void say(struct call *c, FILE *out, const char *prefix, const char *format, va_list list)
{
	char line[1024];
	struct text clean = { 0 };

	(void)vsnprintf(line, sizeof(line), format, list);
	text_clean(&clean, line);
	bar_clear(c);
	fprintf(out, "%s%s\n", prefix, text_str(&clean));
	text_free(&clean);
}

void output_line(struct call *c, const char *format, ...)
{
	va_list list;

	if (c->json)
		return;
	va_start(list, format);
	say(c, stdout, "", format, list);
	va_end(list);
}

void output_gap(struct call *c)
{
	if (!c->json)
		puts("");
}

void output_hint(struct call *c, const char *format, ...)
{
	va_list list;

	if (c->json || c->log_level < EMSIGN_LOG_WARNING)
		return;
	va_start(list, format);
	say(c, stderr, "", format, list);
	va_end(list);
}

void output_warn(struct call *c, const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	if (c->warnings.len)
		text_add(&c->warnings, ",");
	text_json(&c->warnings, line);
	output_log(c, EMSIGN_LOG_WARNING, line, NULL);
}

/* --- records and JSON ----------------------------------------------------------------------- */

/* What went wrong before is not forgotten because the record could be told. */
emsign_rc output_record(struct call *c, const char *kind, const void *record)
{
	emsign_buf json = { 0 };
	emsign_error err;
	emsign_rc rc;

	if (!c->json) {
		bar_clear(c);
		view_details(kind, record, stdout);
		return EMSIGN_OK;
	}
	rc = emsign_record_json(kind, record, &json, &err);
	if (rc)
		c->err = err;
	if (rc == EMSIGN_OK && json.len > 2) {
		text_add(&c->body, ",");
		text_put(&c->body, (const char *)json.data + 1, json.len - 2); /* without braces */
	}
	emsign_buf_free(&json);
	return rc;
}

emsign_rc output_json_line(struct call *c, const char *kind, const void *record)
{
	emsign_buf json = { 0 };
	emsign_rc rc = emsign_record_json(kind, record, &json, &c->err);

	if (rc == EMSIGN_OK)
		printf("%s\n", (const char *)json.data);
	emsign_buf_free(&json);
	return rc;
}

void output_member(struct call *c, const char *name, const char *value)
{
	if (!value)
		return;
	text_print(&c->body, ",\"%s\":", name);
	text_json(&c->body, value);
}

/* Rows of one JSON list follow each other: the list is closed when the object is. */
static emsign_rc stats_json(struct call *c, const char *credential, const emsign_stats *stats)
{
	emsign_buf json = { 0 };
	emsign_rc rc = emsign_record_json("stats", stats, &json, &c->err);

	if (rc == EMSIGN_OK) {
		text_add(&c->stats, c->stats.len ? ",{\"credential\":" : "{\"credential\":");
		text_json(&c->stats, credential);
		text_add(&c->stats, json.len > 2 ? "," : "");
		text_add(&c->stats, (const char *)json.data + 1);
	}
	emsign_buf_free(&json);
	return rc;
}

emsign_rc output_stats(struct call *c, const char *credential, const emsign_stats *stats)
{
	struct {
		int64_t n;
		const char *word;
	} const rows[] = {
		{ stats->added, "new" },
		{ stats->changed, "changed" },
		{ stats->gone, "gone" },
		{ stats->fetched, "certificates fetched" },
		{ stats->left_out, "certificates left out" },
		{ stats->failed, "failed" },
	};
	struct text line = { 0 };

	if (stats->failed)
		output_warn(c, "%" PRId64 " records failed; the log tells which", stats->failed);
	if (c->json)
		return stats_json(c, credential, stats);
	text_print(&line, "%s: %s: %" PRId64 " seen", credential, stats->id ? stats->id : "all",
		   stats->seen);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].n)
			text_print(&line, ", %" PRId64 " %s", rows[i].n, rows[i].word);
	output_line(c, "%s", text_str(&line));
	text_free(&line);
	return EMSIGN_OK;
}

static void error_members(struct call *c)
{
	output_member(c, "code", emsign_rc_name(c->err.rc));
	output_member(c, "message",
		      c->err.message[0] ? c->err.message : emsign_rc_text(c->err.rc));
	output_member(c, "ca_code", c->err.ca_code);
	output_member(c, "request_id", c->err.request_id);
	if (c->err.retry_after)
		text_print(&c->body, ",\"retry_after\":%d", (int)c->err.retry_after);
}

static void object(struct call *c, bool ok)
{
	if (c->stats.len)
		text_print(&c->body, ",\"stats\":[%s]", text_str(&c->stats));
	printf("{\"schema\":\"emsign/1\",\"ok\":%s,\"changed\":%s,\"warnings\":[%s]%s}\n",
	       ok ? "true" : "false", c->changed ? "true" : "false", text_str(&c->warnings),
	       text_str(&c->body));
	text_reset(&c->stats);
	text_reset(&c->body);
	text_reset(&c->warnings);
}

void output_flush(struct call *c)
{
	c->listed = true;
	if (c->json)
		object(c, true);
}

/* What the CA's support wants to know, unless the sentence says it already. */
static void error_reference(struct call *c, struct text *line)
{
	bool code = c->err.ca_code[0] && !strstr(c->err.message, c->err.ca_code);
	bool request = c->err.request_id[0] && !strstr(c->err.message, c->err.request_id);

	if (code)
		text_print(line, " (CA code %s%s", c->err.ca_code, request ? ", " : ")");
	if (request)
		text_print(line, "%srequest %s)", code ? "" : " (", c->err.request_id);
}

static bool is_ordering(const struct verb *verb)
{
	return verb->run == verb_order || verb->run == verb_promote || verb->run == verb_reissue;
}

static void error_words(struct call *c)
{
	struct text line = { 0 };
	struct text clean = { 0 };

	text_print(&line, "emsign: %s",
		   c->err.message[0] ? c->err.message : emsign_rc_text(c->err.rc));
	error_reference(c, &line);
	text_clean(&clean, text_str(&line));
	fprintf(stderr, "%s\n", text_str(&clean));
	text_free(&clean);
	text_free(&line);
	if (c->err.retry_after)
		output_hint(c, "The CA asks to wait %d seconds.", (int)c->err.retry_after);
	if (c->err.rc == EMSIGN_E_INDOUBT ||
	    (c->err.rc == EMSIGN_E_CANCELED && c->verb && is_ordering(c->verb)))
		output_hint(c, "Run the same command again: it first finds out what happened, and "
			       "never orders twice.");
}

int output_end(struct call *c, emsign_rc rc)
{
	int code;

	bar_end(c);
	if (rc && !c->err.rc)
		(void)call_fail(c, rc, "%s", emsign_rc_text(rc));
	if (rc == EMSIGN_OK)
		memset(&c->err, 0, sizeof(c->err));
	if (rc && !c->json)
		error_words(c);
	if (rc && c->json)
		error_members(c);
	if (c->json && (rc || !c->listed))
		object(c, rc == EMSIGN_OK);
	code = exit_code(&c->err);
	if ((fflush(stdout) || ferror(stdout)) && code == 0) {
		fputs("emsign: standard output could not be written\n", stderr);
		code = 7;
	}
	return code;
}

/* --- log and events ------------------------------------------------------------------------- */

static const char *level_word(int level)
{
	if (level <= EMSIGN_LOG_ERROR)
		return "error";
	if (level <= EMSIGN_LOG_WARNING)
		return "warning";
	return level <= EMSIGN_LOG_INFO ? "info" : "debug";
}

static void logfmt_value(struct text *line, const char *value)
{
	bool plain = *value && !strpbrk(value, " =\"\\");

	for (const char *p = value; *p; p++)
		plain = plain && (unsigned char)*p > ' ' && (unsigned char)*p != 0x7f;
	if (plain)
		text_clean(line, value);
	else
		text_json(line, value);
}

void output_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	struct call *c = ud;
	struct text line = { 0 };
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32] = "";

	if (level > c->log_level)
		return;
	if (gmtime_r(&now, &tm))
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	text_print(&line, "ts=%s level=%s msg=", stamp, level_word(level));
	text_json(&line, text);
	for (; fields && fields->key; fields++) {
		if (!fields->value)
			continue;
		text_print(&line, " %s=", fields->key);
		logfmt_value(&line, fields->value);
	}
	bar_clear(c);
	fprintf(stderr, "%s\n", text_str(&line));
	text_free(&line);
}

emsign_rc output_event(void *ud, const emsign_event *e)
{
	struct call *c = ud;

	switch (e->type) {
	case EMSIGN_EVENT_PROGRESS:
		bar_event(c, e);
		break;
	case EMSIGN_EVENT_ADDED:
	case EMSIGN_EVENT_CHANGED:
	case EMSIGN_EVENT_GONE:
		c->changed = true;
		break;
	default:
		break;
	}
	return EMSIGN_OK;
}
