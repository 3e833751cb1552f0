/* SPDX-License-Identifier: MIT */
/* Files: written in one step and for nobody else; secrets and sealing keys read from them. */
#include "../support/fail.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <emsign/keystore.h>
#include <emsign/secret.h>

#include "client/file.h"

#define FOLDER "test-output/file"

static emsign_error err;

static int set_up(void **state)
{
	(void)state;
	(void)mkdir("test-output", 0755);
	(void)mkdir(FOLDER, 0755);
	return fail_setup(state);
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fail_teardown)

static void write_file(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static size_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, size);
	assert_true(n >= 0);
	close(fd);
	return (size_t)n;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static int entries(void)
{
	DIR *dir = opendir(FOLDER);
	int n = 0;

	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += strstr(e->d_name, ".tmp") != NULL;
	closedir(dir);
	return n;
}

/* --- saving ------------------------------------------------------------------------------- */

static void test_p12_a_saved_file_is_private_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077 };
	const emsign_buf bytes = { (unsigned char *)(uintptr_t)"EMSIGN-CANARY-x", 15, 15 };
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(masks); i++) {
		mode_t before = umask(masks[i]);
		emsign_rc rc;

		(void)unlink(FOLDER "/password.pem");
		rc = emsign_keystore_save(FOLDER "/password.pem", &bytes, &err);
		umask(before);
		assert_int_equal(rc, EMSIGN_OK);
		assert_int_equal(mode_of(FOLDER "/password.pem"), 0600);
		assert_int_equal(read_file(FOLDER "/password.pem", text, sizeof(text)), 15);
		assert_memory_equal(text, "EMSIGN-CANARY-x", 15);
	}
}

/* A reader that opened the old file goes on reading it; a wide mode is not taken over. */
static void test_p38_a_file_is_replaced_whole(void **state)
{
	char text[64];
	int fd;

	(void)state;
	write_file(FOLDER "/plain.txt", "old content", 11, 0644);
	fd = open(FOLDER "/plain.txt", O_RDONLY);
	assert_int_equal(ems_file_save(FOLDER "/plain.txt", "new", 3, &err), EMSIGN_OK);
	assert_int_equal(read(fd, text, sizeof(text)), 11);
	assert_memory_equal(text, "old content", 11);
	close(fd);
	assert_int_equal(read_file(FOLDER "/plain.txt", text, sizeof(text)), 3);
	assert_int_equal(mode_of(FOLDER "/plain.txt"), 0600);
	assert_int_equal(entries(), 0);
}

static void test_a_failure_leaves_nothing_behind(void **state)
{
	(void)state;
	(void)mkdir(FOLDER "/folder", 0755);
	assert_int_equal(ems_file_save(FOLDER "/folder", "x", 1, &err), EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "cannot replace '" FOLDER "/folder'"));
	assert_int_equal(entries(), 0);
	assert_int_equal(ems_file_save(FOLDER "/none/file", "x", 1, &err), EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "No such file"));
	assert_int_equal(emsign_keystore_save(NULL, NULL, &err), EMSIGN_E_INVALID);
}

static void test_an_empty_file_and_one_in_this_folder(void **state)
{
	const emsign_buf nothing = { NULL, 0, 0 };

	(void)state;
	assert_int_equal(emsign_keystore_save(FOLDER "/empty", &nothing, &err), EMSIGN_OK);
	assert_int_equal(mode_of(FOLDER "/empty"), 0600);
	assert_int_equal(chdir(FOLDER), 0);
	assert_int_equal(emsign_keystore_save("here", &nothing, &err), EMSIGN_OK);
	assert_int_equal(unlink("here"), 0);
	assert_int_equal(chdir("../.."), 0);
}

static emsign_rc save_once(void)
{
	return ems_file_save(FOLDER "/memory", "x", 1, &err);
}

static void test_saving_without_memory(void **state)
{
	(void)state;
	/* making the folder durable may lack memory: the file is there all the same */
	for (size_t n = 0; n < 8; n++) {
		emsign_rc rc;

		fail_from(n);
		rc = save_once();
		assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM);
		fail_never();
		assert_int_equal(entries(), 0);
	}
	assert_int_equal(save_once(), EMSIGN_OK);
}

/* --- secrets ------------------------------------------------------------------------------ */

static emsign_rc compare(void *ud, const void *bytes, size_t len)
{
	const char *want = ud;

	return len == strlen(want) && memcmp(bytes, want, len) == 0 ? EMSIGN_OK : EMSIGN_E_MISMATCH;
}

static void test_one_line_ending_is_not_part_of_a_secret(void **state)
{
	static const char *const rows[][2] = {
		{ "EMSIGN-CANARY-a", "EMSIGN-CANARY-a" },
		{ "EMSIGN-CANARY-b\n", "EMSIGN-CANARY-b" },
		{ "EMSIGN-CANARY-c\r\n", "EMSIGN-CANARY-c" },
		{ "x\n\n", "x\n" },
		{ " y \n", " y " },
	};

	(void)state;
	fail_watch("EMSIGN-CANARY");
	for (size_t i = 0; i < COUNT(rows); i++) {
		char want[32];
		emsign_secret *secret = NULL;

		memcpy(want, rows[i][1], strlen(rows[i][1]) + 1);
		write_file(FOLDER "/access-key", rows[i][0], strlen(rows[i][0]), 0600);
		assert_int_equal(emsign_secret_file(FOLDER "/access-key", &secret, &err),
				 EMSIGN_OK);
		assert_int_equal(emsign_secret_use(secret, compare, want, &err), EMSIGN_OK);
		emsign_secret_free(secret);
	}
	assert_int_equal(fail_spilled(), 0);
	fail_watch(NULL);
}

static void test_files_that_hold_no_secret(void **state)
{
	static char big[65537];
	emsign_secret *secret = NULL;

	(void)state;
	memset(big, 'x', sizeof(big));
	write_file(FOLDER "/access-key", "\n", 1, 0600);
	assert_int_equal(emsign_secret_file(FOLDER "/access-key", &secret, &err), EMSIGN_E_INVALID);
	assert_non_null(strstr(err.message, "it is empty"));
	write_file(FOLDER "/access-key", big, sizeof(big), 0600);
	assert_int_equal(emsign_secret_file(FOLDER "/access-key", &secret, &err), EMSIGN_E_INVALID);
	assert_non_null(strstr(err.message, "more than 65536 bytes"));
	assert_int_equal(emsign_secret_file(FOLDER "/none", &secret, &err), EMSIGN_E_IO);
	assert_int_equal(emsign_secret_file(FOLDER, &secret, &err), EMSIGN_E_IO);
	assert_null(secret);
}

/* --- sealing keys ------------------------------------------------------------------------- */

static void test_p12_a_key_file_is_made_once_and_private(void **state)
{
	static const mode_t masks[] = { 0, 077 };
	char first[64], second[64];

	(void)state;
	for (size_t i = 0; i < COUNT(masks); i++) {
		emsign_secret *a = NULL, *b = NULL;
		mode_t before = umask(masks[i]);

		(void)unlink(FOLDER "/sealing-access-key");
		assert_int_equal(emsign_secret_key_file(FOLDER "/sealing-access-key", &a, &err),
				 EMSIGN_OK);
		umask(before);
		assert_int_equal(mode_of(FOLDER "/sealing-access-key"), 0600);
		assert_int_equal(read_file(FOLDER "/sealing-access-key", first, 64), 32);
		assert_int_equal(emsign_secret_key_file(FOLDER "/sealing-access-key", &b, &err),
				 EMSIGN_OK);
		assert_int_equal(read_file(FOLDER "/sealing-access-key", second, 64), 32);
		assert_memory_equal(first, second, 32);
		assert_int_equal(entries(), 0);
		emsign_secret_free(a);
		emsign_secret_free(b);
	}
}

static void test_a_key_file_for_everybody_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0644, 0610 };
	emsign_secret *key = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		write_file(FOLDER "/sealing-access-key", "0123456789abcdef0123456789abcdef", 32,
			   modes[i]);
		assert_int_equal(emsign_secret_key_file(FOLDER "/sealing-access-key", &key, &err),
				 EMSIGN_E_DENIED);
		assert_non_null(strstr(err.message, "chmod 600"));
		assert_int_equal(mode_of(FOLDER "/sealing-access-key"), modes[i]);
	}
	assert_null(key);
}

static void test_a_key_file_has_32_bytes(void **state)
{
	static const size_t sizes[] = { 0, 31, 33 };
	emsign_secret *key = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		write_file(FOLDER "/sealing-access-key", "0123456789abcdef0123456789abcdefX",
			   sizes[i], 0600);
		assert_int_equal(emsign_secret_key_file(FOLDER "/sealing-access-key", &key, &err),
				 EMSIGN_E_INVALID);
		assert_non_null(strstr(err.message, "is no sealing key"));
		assert_null(strstr(err.message, "0123456789"));
	}
	assert_int_equal(emsign_secret_key_file(FOLDER "/none/key", &key, &err), EMSIGN_E_IO);
	assert_null(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_p12_a_saved_file_is_private_whatever_the_umask),
		FILE_TEST(test_p38_a_file_is_replaced_whole),
		FILE_TEST(test_a_failure_leaves_nothing_behind),
		FILE_TEST(test_an_empty_file_and_one_in_this_folder),
		FILE_TEST(test_saving_without_memory),
		FILE_TEST(test_one_line_ending_is_not_part_of_a_secret),
		FILE_TEST(test_files_that_hold_no_secret),
		FILE_TEST(test_p12_a_key_file_is_made_once_and_private),
		FILE_TEST(test_a_key_file_for_everybody_is_refused),
		FILE_TEST(test_a_key_file_has_32_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
