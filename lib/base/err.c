/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#ifndef EMS_VERSION
#define EMS_VERSION "0"
#endif

static const struct {
	emsign_rc rc;
	const char *name;
	const char *text;
} codes[] = {
	{ EMSIGN_OK, "OK", "no error" },
#define ROW(name, value, text) { EMSIGN_E_##name, #name, text },
	EMSIGN_RC_MAP(ROW)
#undef ROW
};

const char *emsign_version(void)
{
	return EMS_VERSION;
}

const char *emsign_rc_name(emsign_rc rc)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].rc == rc)
			return codes[i].name;
	return "UNKNOWN";
}

const char *emsign_rc_text(emsign_rc rc)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].rc == rc)
			return codes[i].text;
	return "unknown error";
}

emsign_rc ems_ok(emsign_error *err)
{
	if (err)
		memset(err, 0, sizeof(*err));
	return EMSIGN_OK;
}

static bool is_control(const unsigned char *c, size_t len)
{
	return len == 1 ? *c < 0x20 || *c == 0x7f : len == 2 && c[0] == 0xc2 && c[1] < 0xa0;
}

/*
 * One line of UTF-8 without control characters. Values are quoted with a limit in bytes, so half
 * characters can stand anywhere; one at the end of a full message is left out.
 */
static void tidy(char *message, size_t size)
{
	size_t len = strlen(message);
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		unsigned char *c = (unsigned char *)message + i;

		n = ems_text_char(message + i, len - i);
		if (n == 0 && *c >= 0xc0 && len + 1 == size && len - i < 4) {
			*c = '\0';
			return;
		}
		if (*c == '\n' || *c == '\t')
			*c = ' ';
		else if (n == 0 || is_control(c, n))
			memset(c, '?', n ? n : 1);
		n = n ? n : 1;
	}
}

emsign_rc ems_fail(emsign_error *err, emsign_rc rc, const char *format, ...)
{
	char message[sizeof(err->message)] = "";
	va_list args;

	if (!err)
		return rc;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	tidy(message, sizeof(message));
	memset(err, 0, sizeof(*err));
	err->rc = rc;
	memcpy(err->message, message, sizeof(message));
	return rc;
}

emsign_rc ems_fail_nomem(emsign_error *err)
{
	return ems_fail(err, EMSIGN_E_NOMEM, "out of memory");
}

void ems_fail_in(emsign_error *err, const char *format, ...)
{
	char before[sizeof(err->message)];
	char message[2 * sizeof(err->message) + 2] = ""; /* all of it: err may be copied anywhere */
	va_list args;

	if (!err)
		return;
	va_start(args, format);
	vsnprintf(before, sizeof(before), format, args);
	va_end(args);
	snprintf(message, sizeof(message), "%s: %s", before, err->message);
	memcpy(err->message, message, sizeof(err->message) - 1);
	err->message[sizeof(err->message) - 1] = '\0';
	tidy(err->message, sizeof(err->message));
}
