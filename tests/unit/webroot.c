/* SPDX-License-Identifier: MIT */
/* Files below a web root: written whole, readable, removed only when they are one's own. */
#include "../support/fail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <emsign/solver.h>

#define PROOFS ".well-known/pki-validation"

static char root[64];
static char path[512];
static emsign_solver *solver;
static emsign_error err;

static const emsign_challenge challenge = {
	.domain = "www.example.com", .method = "http", .file_name = "abc.txt",
	.file_content = "what the CA wants",
};

static int set_up(void **state)
{
	(void)mkdir("test-output", 0755);
	(void)snprintf(root, sizeof(root), "test-output/webroot-XXXXXX");
	return fail_setup(state) || !mkdtemp(root) || emsign_solver_webroot(root, &solver, NULL);
}

static int tear_down(void **state)
{
	emsign_solver_free(solver);
	return fail_teardown(state);
}

#define ROOT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const char *at(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void put_at(const char *where, const char *text)
{
	FILE *f = fopen(where, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void put(const char *name, const char *text)
{
	put_at(at(name), text);
}

/* The file holds exactly that; NULL: there is none. */
static void assert_holds(const char *name, const char *text)
{
	char bytes[4096];
	FILE *f = fopen(at(name), "r");
	size_t n;

	assert_int_equal(f != NULL, text != NULL);
	if (!f)
		return;
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(bytes, text, n);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(at(name), &st), 0);
	return st.st_mode;
}

static int entries(const char *name)
{
	DIR *dir = opendir(at(name));
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void present(emsign_rc rc)
{
	assert_int_equal(emsign_solver_present(solver, &challenge, &err), rc);
}

static void cleanup(emsign_rc rc)
{
	assert_int_equal(emsign_solver_cleanup(solver, &challenge, &err), rc);
}

/* --- publishing --------------------------------------------------------------------------- */

static void test_a_file_is_there_for_everybody_whatever_the_umask(void **state)
{
	mode_t before = umask(077);

	(void)state;
	present(EMSIGN_OK);
	present(EMSIGN_OK); /* once more after an interruption */
	umask(before);
	assert_holds(PROOFS "/abc.txt", "what the CA wants");
	assert_int_equal(mode_of(PROOFS "/abc.txt") & 07777, 0644);
	assert_int_equal(mode_of(".well-known") & 07777, 0755);
	assert_int_equal(mode_of(PROOFS) & 07777, 0755);
	assert_int_equal(entries(PROOFS), 1);
	assert_int_equal(emsign_solver_ready(solver, &challenge, &err), EMSIGN_OK);
}

static void test_folders_that_are_there_stay_as_they_are(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at(".well-known"), 0700), 0);
	cleanup(EMSIGN_OK);
	put(".well-known/security.txt", "hands off");
	present(EMSIGN_OK);
	cleanup(EMSIGN_OK);
	assert_int_equal(mode_of(".well-known") & 07777, 0700);
	assert_holds(".well-known/security.txt", "hands off");
}

/* Who read half of the old file goes on reading it. */
static void test_a_file_is_replaced_whole(void **state)
{
	char bytes[16];
	int fd;

	(void)state;
	present(EMSIGN_OK);
	put(PROOFS "/abc.txt", "old");
	fd = open(at(PROOFS "/abc.txt"), O_RDONLY);
	present(EMSIGN_OK);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 3);
	close(fd);
	assert_holds(PROOFS "/abc.txt", "what the CA wants");
}

static void test_names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const names[] = { "../abc.txt", "a/b.txt", "/abc.txt", ".htaccess", "..",
					     ".", "", "a\\b", "a b", "abc.txt\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		emsign_challenge bad = challenge;

		bad.file_name = names[i];
		assert_int_equal(emsign_solver_present(solver, &bad, &err), EMSIGN_E_PROTO);
		assert_non_null(strstr(err.message, "no plain file name"));
		/* and there is nothing of it that could be taken away */
		assert_int_equal(emsign_solver_cleanup(solver, &bad, &err), EMSIGN_OK);
	}
	assert_int_equal(entries("."), 0);
}

/* Somebody put a link where the file belongs: it is replaced, and what it leads to stays. */
static void test_links_are_not_followed(void **state)
{
	(void)state;
	present(EMSIGN_OK);
	put("precious", "what the CA wants");
	assert_int_equal(unlink(at(PROOFS "/abc.txt")), 0);
	assert_int_equal(symlink("../../precious", at(PROOFS "/abc.txt")), 0);
	cleanup(EMSIGN_OK); /* not what was written, so it is not removed either */
	assert_true(S_ISLNK(mode_of(PROOFS "/abc.txt")));
	put("precious", "precious");
	present(EMSIGN_OK);
	assert_true(S_ISREG(mode_of(PROOFS "/abc.txt")));
	assert_holds("precious", "precious");
}

static void test_a_dns_challenge_is_refused(void **state)
{
	const emsign_challenge dns = { .domain = "www.example.com", .method = "dns",
				       .record_name = "www.example.com", .record_value = "v" };

	(void)state;
	assert_int_equal(emsign_solver_present(solver, &dns, &err), EMSIGN_E_INVALID);
	assert_non_null(strstr(err.message, "method 'http'"));
	assert_int_equal(emsign_solver_cleanup(solver, &dns, &err), EMSIGN_OK);
}

static void test_trouble_is_told_with_its_place(void **state)
{
	(void)state;
	put(".well-known", "a file, no folder");
	present(EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "cannot open '.well-known/pki-validation' in the web "
					    "root 'test-output/webroot-"));
	assert_int_equal(unlink(at(".well-known")), 0);
	present(EMSIGN_OK);
	assert_int_equal(unlink(at(PROOFS "/abc.txt")), 0);
	assert_int_equal(mkdir(at(PROOFS "/abc.txt"), 0755), 0);
	present(EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "cannot write 'abc.txt'"));
	cleanup(EMSIGN_E_IO);
	assert_int_equal(entries(PROOFS), 1); /* no temporary file is left */
}

/* A slip of the pen makes no new tree, and leaves nothing to be taken away either. */
static void test_the_root_itself_is_not_made(void **state)
{
	(void)state;
	assert_int_equal(rmdir(root), 0);
	present(EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "cannot open the web root 'test-output/webroot-"));
	assert_non_null(strstr(err.message, "No such file or directory"));
	cleanup(EMSIGN_OK);
	put_at("test-output/not-a-root", "x");
	emsign_solver_free(solver);
	assert_int_equal(emsign_solver_webroot("test-output/not-a-root", &solver, NULL), EMSIGN_OK);
	present(EMSIGN_E_IO);
	cleanup(EMSIGN_E_IO);
}

static void test_a_path_is_needed(void **state)
{
	emsign_solver *none = solver;

	(void)state;
	assert_int_equal(emsign_solver_webroot("", &none, &err), EMSIGN_E_INVALID);
	assert_null(none);
	assert_int_equal(emsign_solver_webroot(NULL, &none, NULL), EMSIGN_E_INVALID);
}

/* --- taking away -------------------------------------------------------------------------- */

static void test_p22_only_what_was_written_is_removed(void **state)
{
	static const char *const others[] = { "", "what the CA want", "what the CA wants more",
					      "What the CA wants" };
	char big[3000];

	(void)state;
	cleanup(EMSIGN_OK); /* nothing there at all */
	present(EMSIGN_OK);
	put(PROOFS "/other.txt", "of another order");
	cleanup(EMSIGN_OK);
	assert_holds(PROOFS "/abc.txt", NULL);
	cleanup(EMSIGN_OK); /* twice is fine */
	for (size_t i = 0; i < COUNT(others); i++) {
		put(PROOFS "/abc.txt", others[i]);
		cleanup(EMSIGN_OK);
		assert_holds(PROOFS "/abc.txt", others[i]);
	}
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	memcpy(big, challenge.file_content, strlen(challenge.file_content));
	put(PROOFS "/abc.txt", big);
	cleanup(EMSIGN_OK);
	assert_holds(PROOFS "/abc.txt", big);
	assert_holds(PROOFS "/other.txt", "of another order");
}

static void test_long_contents_are_compared_to_their_end(void **state)
{
	emsign_challenge longer = challenge;
	char text[2000];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	longer.file_content = text;
	assert_int_equal(emsign_solver_present(solver, &longer, &err), EMSIGN_OK);
	assert_holds(PROOFS "/abc.txt", text);
	text[sizeof(text) - 2] = 'z';
	assert_int_equal(emsign_solver_cleanup(solver, &longer, &err), EMSIGN_OK);
	assert_int_equal(entries(PROOFS), 1);
	text[sizeof(text) - 2] = 'y';
	assert_int_equal(emsign_solver_cleanup(solver, &longer, &err), EMSIGN_OK);
	assert_int_equal(entries(PROOFS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_a_file_is_there_for_everybody_whatever_the_umask),
		ROOT_TEST(test_folders_that_are_there_stay_as_they_are),
		ROOT_TEST(test_a_file_is_replaced_whole),
		ROOT_TEST(test_names_that_lead_elsewhere_are_refused),
		ROOT_TEST(test_links_are_not_followed),
		ROOT_TEST(test_a_dns_challenge_is_refused),
		ROOT_TEST(test_trouble_is_told_with_its_place),
		ROOT_TEST(test_the_root_itself_is_not_made),
		ROOT_TEST(test_a_path_is_needed),
		ROOT_TEST(test_p22_only_what_was_written_is_removed),
		ROOT_TEST(test_long_contents_are_compared_to_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
