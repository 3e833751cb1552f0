/* SPDX-License-Identifier: MIT */
/* Secrets: where their bytes are, who sees them, when they go. */
#include "../support/fail.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/secret.h"

static const char canary[] = "canary-7f3a-of-the-access-key";

struct seen {
	int calls;
	const void *bytes;
	size_t len;
	char copy[100];
	emsign_rc answer;
};

static emsign_rc see(void *ud, const void *bytes, size_t len)
{
	struct seen *seen = ud;

	seen->calls++;
	seen->bytes = bytes;
	seen->len = len;
	if (len < sizeof(seen->copy))
		memcpy(seen->copy, bytes, len);
	return seen->answer;
}

static void bytes_are_lent_once(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_new(canary, strlen(canary), &secret, &err), EMSIGN_OK);
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_OK);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.len, strlen(canary));
	assert_memory_equal(seen.copy, canary, seen.len);
	emsign_secret_free(secret);
}

static void sizes(void **state)
{
	static char big[65537];
	emsign_secret *secret = (emsign_secret *)big;
	struct seen seen = { 0 };
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_new("", 0, &secret, &err), EMSIGN_E_INVALID);
	assert_null(secret);
	assert_string_equal(err.message, "a secret has 1 to 65536 bytes, not 0");
	assert_int_equal(emsign_secret_new(NULL, 10, &secret, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_secret_new(big, 65537, &secret, &err), EMSIGN_E_INVALID);
	assert_null(secret);
	assert_int_equal(emsign_secret_new(big, 65536, &secret, &err), EMSIGN_OK);
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_OK);
	assert_int_equal(seen.len, 65536);
	emsign_secret_free(secret);
	assert_int_equal(emsign_secret_new("\0", 1, &secret, &err), EMSIGN_OK);
	emsign_secret_free(secret);
}

static void what_the_borrower_says_is_returned(void **state)
{
	struct seen seen = { .answer = EMSIGN_E_CRYPTO };
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	emsign_secret_new("abc", 3, &secret, NULL);
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_E_CRYPTO);
	assert_int_equal(err.rc, EMSIGN_E_CRYPTO);
	assert_true(strlen(err.message) > 0);
	assert_int_equal(emsign_secret_use(secret, see, &seen, NULL), EMSIGN_E_CRYPTO);
	assert_int_equal(emsign_secret_use(NULL, see, &seen, &err), EMSIGN_E_INVALID);
	assert_int_equal(emsign_secret_use(secret, NULL, NULL, &err), EMSIGN_E_INVALID);
	emsign_secret_free(secret);
}

static emsign_rc fail_in_detail(void *ud, const void *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return ems_fail(ud, EMSIGN_E_CRYPTO, "the key has a wrong length");
}

static void what_the_borrower_wrote_is_kept(void **state)
{
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	emsign_secret_new("abc", 3, &secret, NULL);
	assert_int_equal(emsign_secret_use(secret, fail_in_detail, &err, &err), EMSIGN_E_CRYPTO);
	assert_string_equal(err.message, "the key has a wrong length");
	emsign_secret_free(secret);
}

/* What the kernel says of the mapping at an address; "" when it does not say. */
static void vm_flags(const void *address, char flags[256])
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false;

	flags[0] = '\0';
	while (maps && fgets(line, sizeof(line), maps)) {
		char *dash;
		uintptr_t first = strtoull(line, &dash, 16);

		if (*dash == '-' && dash != line)
			inside = (uintptr_t)address >= first &&
				 (uintptr_t)address < strtoull(dash + 1, NULL, 16);
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, 256, "%.250s", line + 8);
	}
	if (maps)
		fclose(maps);
}

static void pages_are_locked_and_left_out_of_dumps(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;
	char flags[256];

	(void)state;
	emsign_secret_new(canary, strlen(canary), &secret, NULL);
	emsign_secret_use(secret, see, &seen, NULL);
	assert_int_equal((uintptr_t)seen.bytes % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
	vm_flags(seen.bytes, flags);
	emsign_secret_free(secret);
	if (!strstr(flags, " rd")) {
		print_message("no VmFlags here, nothing was checked\n");
		return;
	}
	assert_non_null(strstr(flags, " dd"));
	if (!strstr(flags, " lo"))
		print_message("pages cannot be locked here (RLIMIT_MEMLOCK)\n");
}

/* Takes the place of the C library's: looks at pages before they go. */
static const void *watched_pages;
static int looks, dirty_bytes;

int munmap(void *pages, size_t len)
{
	looks += pages == watched_pages;
	for (size_t i = 0; pages == watched_pages && i < len; i++)
		dirty_bytes += ((const char *)pages)[i] != 0;
	return (int)syscall(SYS_munmap, pages, len);
}

static void pages_are_wiped(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;

	(void)state;
	emsign_secret_new(canary, strlen(canary), &secret, NULL);
	emsign_secret_use(secret, see, &seen, NULL);
	watched_pages = seen.bytes;
	emsign_secret_free(secret);
	watched_pages = NULL;
	assert_int_equal(looks, 1);
	assert_int_equal(dirty_bytes, 0);
}

static void bytes_are_nowhere_on_the_heap(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;

	(void)state;
	fail_watch(canary);
	emsign_secret_new(canary, strlen(canary), &secret, NULL);
	emsign_secret_use(secret, see, &seen, NULL);
	emsign_secret_free(secret);
	assert_int_equal(fail_spilled(), 0);
	emsign_secret_free(NULL);
}

static void the_last_reference_takes_the_pages_along(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;
	char flags[256];

	(void)state;
	emsign_secret_new(canary, strlen(canary), &secret, NULL);
	assert_ptr_equal(ems_secret_ref(secret), secret);
	assert_null(ems_secret_ref(NULL));
	emsign_secret_free(secret);
	assert_int_equal(fail_live(), 1);
	assert_int_equal(emsign_secret_use(secret, see, &seen, NULL), EMSIGN_OK);
	assert_memory_equal(seen.copy, canary, strlen(canary));
	emsign_secret_free(secret);
	assert_int_equal(fail_live(), 0);
	vm_flags(seen.bytes, flags);
	assert_string_equal(flags, "");
}

/* A program that turns into a daemon after it made its sealing key still has the key, not zeros. */
static void a_forked_child_has_the_secret(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;
	int status = -1;
	pid_t child;

	(void)state;
	emsign_secret_new(canary, strlen(canary), &secret, NULL);
	child = fork();
	if (child == 0) {
		emsign_secret_use(secret, see, &seen, NULL);
		emsign_secret_free(secret);
		_exit(memcmp(seen.copy, canary, strlen(canary)) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	emsign_secret_free(secret);
}

struct source {
	int fetched, destroyed, gives;
	emsign_rc answer;
};

static emsign_rc fetch(void *self, emsign_secret_fn give, void *give_ud, emsign_error *err)
{
	struct source *s = self;
	emsign_rc rc = EMSIGN_OK;

	s->fetched++;
	if (s->answer)
		return ems_fail(err, s->answer, "the vault is closed");
	for (int i = 0; i < s->gives && rc == EMSIGN_OK; i++)
		rc = give(give_ud, "from afar", 9);
	return rc;
}

static void destroy(void *self)
{
	((struct source *)self)->destroyed++;
}

static const emsign_secret_source source_ops = { sizeof(source_ops), fetch, destroy };

static void sources_are_asked_each_time(void **state)
{
	struct source s = { .gives = 1 };
	struct seen seen = { 0 };
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_from(&source_ops, &s, &secret, &err), EMSIGN_OK);
	assert_int_equal(s.fetched, 0);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_OK);
		assert_int_equal(s.fetched, i);
		assert_int_equal(seen.calls, i);
	}
	assert_memory_equal(seen.copy, "from afar", 9);
	seen.answer = EMSIGN_E_CANCELED;
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_E_CANCELED);
	assert_int_equal(err.rc, EMSIGN_E_CANCELED);
	ems_secret_ref(secret);
	emsign_secret_free(secret);
	assert_int_equal(s.destroyed, 0);
	emsign_secret_free(secret);
	assert_int_equal(s.destroyed, 1);
}

static void sources_that_fail_are_heard(void **state)
{
	struct source s = { .answer = EMSIGN_E_IO };
	struct seen seen = { 0 };
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	emsign_secret_from(&source_ops, &s, &secret, NULL);
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_E_IO);
	assert_string_equal(err.message, "the vault is closed");
	assert_int_equal(seen.calls, 0);
	emsign_secret_free(secret);
}

static void sources_have_to_give_once(void **state)
{
	struct source s = { .gives = 0 };
	struct seen seen = { 0 };
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	emsign_secret_from(&source_ops, &s, &secret, NULL);
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_E_CALLBACK);
	assert_string_equal(err.message,
			    "the source of a secret gave it 0 times; it has to give it once");
	s.gives = 2;
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_E_CALLBACK);
	assert_int_equal(err.rc, EMSIGN_E_CALLBACK);
	assert_int_equal(seen.calls, 1);
	emsign_secret_free(secret);
}

static void tables_of_sources_are_checked_and_copied(void **state)
{
	emsign_secret_source ops = { sizeof(ops), NULL, destroy };
	struct source s = { .gives = 1 };
	struct seen seen = { 0 };
	emsign_secret *secret;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_from(NULL, &s, &secret, &err), EMSIGN_E_INVALID);
	assert_int_equal(emsign_secret_from(&ops, &s, &secret, &err), EMSIGN_E_INVALID);
	assert_null(secret);
	ops.fetch = fetch;
	ops.size = sizeof(size_t);
	assert_int_equal(emsign_secret_from(&ops, &s, &secret, &err), EMSIGN_E_INVALID);
	fail_at(0);
	assert_int_equal(emsign_secret_from(&source_ops, &s, &secret, &err), EMSIGN_E_NOMEM);
	assert_null(secret);
	assert_int_equal(s.destroyed, 0);

	/* the table of an older program, which had no destroy */
	ops.size = offsetof(emsign_secret_source, destroy);
	assert_int_equal(emsign_secret_from(&ops, &s, &secret, &err), EMSIGN_OK);
	memset(&ops, 0, sizeof(ops));
	assert_int_equal(emsign_secret_use(secret, see, &seen, &err), EMSIGN_OK);
	emsign_secret_free(secret);
	assert_int_equal(s.destroyed, 0);
}

static emsign_rc fill_three(void *ud, void *bytes, size_t *len)
{
	assert_int_equal(*len, 10);
	memcpy(bytes, "abc", 3);
	*len = *(const size_t *)ud;
	return EMSIGN_OK;
}

static emsign_rc fill_fails(void *ud, void *bytes, size_t *len)
{
	(void)bytes;
	(void)len;
	return ems_fail(ud, EMSIGN_E_IO, "no random numbers");
}

static void made_in_place(void **state)
{
	struct seen seen = { 0 };
	emsign_secret *secret;
	emsign_error err;
	size_t len = 3;

	(void)state;
	assert_int_equal(ems_secret_make(10, fill_three, &len, &secret, &err), EMSIGN_OK);
	emsign_secret_use(secret, see, &seen, NULL);
	assert_int_equal(seen.len, 3);
	emsign_secret_free(secret);
	len = 0;
	assert_int_equal(ems_secret_make(10, fill_three, &len, &secret, &err), EMSIGN_E_INVALID);
	assert_null(secret);
	len = 11;
	assert_int_equal(ems_secret_make(10, fill_three, &len, &secret, &err), EMSIGN_E_INVALID);
	assert_int_equal(ems_secret_make(10, fill_fails, &err, &secret, &err), EMSIGN_E_IO);
	assert_string_equal(err.message, "no random numbers");
	assert_null(secret);
}

static emsign_rc make_one(void)
{
	emsign_secret *secret = (emsign_secret *)(uintptr_t)canary;
	emsign_rc rc = emsign_secret_new("abc", 3, &secret, NULL);

	assert_true((rc == EMSIGN_OK) == (secret != NULL));
	emsign_secret_free(secret);
	return rc;
}

static void survives_any_failing_allocation(void **state)
{
	(void)state;
	fail_each(make_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(bytes_are_lent_once),
		FAIL_TEST(sizes),
		FAIL_TEST(what_the_borrower_says_is_returned),
		FAIL_TEST(what_the_borrower_wrote_is_kept),
		FAIL_TEST(pages_are_locked_and_left_out_of_dumps),
		FAIL_TEST(pages_are_wiped),
		FAIL_TEST(bytes_are_nowhere_on_the_heap),
		FAIL_TEST(the_last_reference_takes_the_pages_along),
		FAIL_TEST(a_forked_child_has_the_secret),
		FAIL_TEST(sources_are_asked_each_time),
		FAIL_TEST(sources_that_fail_are_heard),
		FAIL_TEST(sources_have_to_give_once),
		FAIL_TEST(tables_of_sources_are_checked_and_copied),
		FAIL_TEST(made_in_place),
		FAIL_TEST(survives_any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
