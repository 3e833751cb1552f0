/* SPDX-License-Identifier: MIT */
#include "under.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#ifdef HAVE_CURL
#include <curl/curl.h>
#endif
#ifdef HAVE_SQLITE
#include <sqlite3.h>
#endif

/* Stands before each block: SQLite asks for sizes. */
union head {
	size_t size;
	max_align_t align;
};

static atomic_long live[FAIL_OPENSSL + 1]; /* the test server's threads use OpenSSL, too */

static void *get(unsigned whose, void *old, size_t size)
{
	union head *head = old ? (union head *)old - 1 : NULL;

	if (fail_hits(whose))
		return NULL;
	head = realloc(head, sizeof(*head) + size);
	if (!head)
		abort();
	head->size = size;
	if (!old)
		atomic_fetch_add(&live[whose], 1);
	return head + 1;
}

static void put(unsigned whose, void *block)
{
	if (!block)
		return;
	atomic_fetch_sub(&live[whose], 1);
	free((union head *)block - 1);
}

long under_live(unsigned whose)
{
	return atomic_load(&live[whose]);
}

/* --- OpenSSL ------------------------------------------------------------------------------ */

static void *ssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return get(FAIL_OPENSSL, NULL, size);
}

static void *ssl_realloc(void *block, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return get(FAIL_OPENSSL, block, size);
}

static void ssl_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	put(FAIL_OPENSSL, block);
}

/* --- libcurl ------------------------------------------------------------------------------ */

#ifdef HAVE_CURL
static void *curl_malloc(size_t size)
{
	return get(FAIL_CURL, NULL, size);
}

static void *curl_realloc(void *block, size_t size)
{
	return get(FAIL_CURL, block, size);
}

static void *curl_calloc(size_t n, size_t size)
{
	void *block = get(FAIL_CURL, NULL, n * size);

	if (block)
		memset(block, 0, n * size);
	return block;
}

static char *curl_strdup(const char *text)
{
	char *copy = get(FAIL_CURL, NULL, strlen(text) + 1);

	return copy ? memcpy(copy, text, strlen(text) + 1) : NULL;
}

static void curl_put(void *block)
{
	put(FAIL_CURL, block);
}
#endif

/* --- SQLite ------------------------------------------------------------------------------- */

#ifdef HAVE_SQLITE
static void *sql_malloc(int size)
{
	return get(FAIL_SQLITE, NULL, (size_t)size);
}

static void *sql_realloc(void *block, int size)
{
	return get(FAIL_SQLITE, block, (size_t)size);
}

static void sql_free(void *block)
{
	put(FAIL_SQLITE, block);
}

static int sql_size(void *block)
{
	return block ? (int)((union head *)block - 1)->size : 0;
}

static int sql_round(int size)
{
	return (size + 7) & ~7;
}

static int sql_init(void *ud)
{
	(void)ud;
	return SQLITE_OK;
}

static void sql_shutdown(void *ud)
{
	(void)ud;
}
#endif

static void must(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "under: %s keeps its own memory\n", what);
		abort();
	}
}

void under_libraries(void)
{
#ifdef HAVE_SQLITE
	static const sqlite3_mem_methods methods = { sql_malloc, sql_free, sql_realloc, sql_size,
						     sql_round, sql_init, sql_shutdown, NULL };
#endif

	must(CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free), "OpenSSL");
#ifdef HAVE_SQLITE
	must(!sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), "SQLite");
	/* no slots beside the allocator: each allocation is to be seen */
	must(!sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), "SQLite");
#endif
#ifdef HAVE_CURL
	must(!curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, curl_put, curl_realloc,
				   curl_strdup, curl_calloc), "libcurl");
#endif
}
