/* SPDX-License-Identifier: MIT */
/*
 * Words by themselves: names, times, numbers, status words, specs of keys. Input: a text for all of
 * them, up to a line break, and a second one for those that take two.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "fuzz.h"
#include "model/form.h"
#include "model/name.h"
#include <emsign/key.h>

/* The one spelling of a name is its own spelling, and covers itself. */
static void check_name(const char *text, const char *other, bool internal)
{
	char name[EMS_NAME_MAX], again[EMS_NAME_MAX], twin[EMS_NAME_MAX];
	emsign_error err;
	emsign_rc rc = ems_name_canonical("san", text, internal, name, &err);

	fuzz_check(rc, &err);
	(void)ems_name_covers(text, other);
	if (rc)
		return;
	for (const char *c = name; *c; c++)
		FUZZ_MUST(strchr("abcdefghijklmnopqrstuvwxyz0123456789-._*", *c));
	rc = ems_name_canonical("san", name, internal, again, &err);
	FUZZ_MUST(rc == EMSIGN_OK && strcmp(name, again) == 0);
	FUZZ_MUST(ems_name_covers(name, name));
	if (ems_form_twin(name, twin, sizeof(twin)))
		FUZZ_MUST(strcmp(name, twin) != 0);
}

static void check_time(const char *text)
{
	char written[EMS_TIME_TEXT];
	int64_t t, again;

	if (!ems_time_parse(text, &t))
		return;
	ems_time_rfc3339(t, written);
	FUZZ_MUST(ems_time_parse(written, &again));
	FUZZ_MUST(again == t || t < EMS_TIME_MIN || t > EMS_TIME_MAX);
	ems_time_offset(t, written);
	FUZZ_MUST(ems_time_parse(written, &again));
	ems_time_date(ems_time_add_years(t, 1), written);
	FUZZ_MUST(ems_time_parse(written, &again));
}

static void check_number(const char *text)
{
	char written[EMS_TEXT_INT];
	int64_t n, again;

	if (!ems_text_int(text, 0, INT64_MAX, &n))
		return;
	ems_text_put_int(written, n);
	FUZZ_MUST(n >= 0 && ems_text_int(written, 0, INT64_MAX, &again) && again == n);
}

static void check_status(const char *text)
{
	int64_t status = emsign_status_parse(text);

	FUZZ_MUST(status < 0 || strcmp(emsign_status_name(status), text) == 0);
	FUZZ_MUST(status >= 0 || status == -1);
}

/* Only what is wrong: making a key takes its time. */
static void check_spec(const char *text)
{
	emsign_key *key = NULL;
	emsign_error err;

	if (ems_text_starts_nocase(text, "RSA:") || ems_text_starts_nocase(text, "EC:P-"))
		return;
	fuzz_check(emsign_key_make(text, &key, &err), &err);
	FUZZ_MUST(!key && err.rc == EMSIGN_E_INVALID);
}

static void check_file(const char *text)
{
	if (ems_name_is_file(text))
		FUZZ_MUST(text[0] && text[0] != '.' && !strpbrk(text, "/\\%\n\r"));
}

static void check_choice(const char *choices, const char *word)
{
	const char *canonical = NULL;
	size_t len = 0;

	if (ems_text_choice(choices, word, &canonical, &len))
		FUZZ_MUST(canonical >= choices && canonical + len <= choices + strlen(choices) &&
			  len == strlen(word));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	char *text = fuzz_text(fuzz_part(&in, '\n'));
	char *other = fuzz_text(in);

	check_name(text, other, true);
	check_name(text, other, false);
	check_time(text);
	check_number(text);
	check_status(text);
	check_spec(text);
	check_file(text);
	check_choice(text, other);
	(void)ems_name_is_email(text);
	free(text);
	free(other);
	fuzz_check_memory();
	return 0;
}
