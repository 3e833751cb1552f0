/* SPDX-License-Identifier: MIT */
/* No public function is forgotten: each has an act that fails at every point, or a reason. */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
	const char *function;
	const char *act; /* of fault_verbs or fault_tools; NULL: none */
	const char *why; /* then: why there is none */
} rows[] = {
	{ "emsign_version", NULL, "gives static text" },
	{ "emsign_rc_name", NULL, "gives static text" },
	{ "emsign_rc_text", NULL, "gives static text" },
	{ "emsign_set_allocator", NULL, "copies a table; unit test alloc" },
	{ "emsign_free", NULL, "allocates nothing" },
	{ "emsign_buf_free", NULL, "allocates nothing" },
	{ "emsign_secret_new", "secret_new", NULL },
	{ "emsign_secret_file", "secret_file", NULL },
	{ "emsign_secret_key_file", "secret_key_file", NULL },
	{ "emsign_secret_derive", "secret_derive", NULL },
	{ "emsign_secret_from", "secret_from", NULL },
	{ "emsign_secret_use", "secret_from", NULL },
	{ "emsign_secret_seal", "secret_seal", NULL },
	{ "emsign_secret_unseal", "secret_unseal", NULL },
	{ "emsign_secret_free", NULL, "allocates nothing" },
	{ "emsign_status_name", NULL, "gives static text" },
	{ "emsign_status_parse", NULL, "allocates nothing" },
	{ "emsign_status_is_final", NULL, "allocates nothing" },
	{ "emsign_record_dup", "record_dup", NULL },
	{ "emsign_record_diff", "record_diff", NULL },
	{ "emsign_record_json", "record_json", NULL },
	{ "emsign_key_make", "key_make", NULL },
	{ "emsign_key_parse", "key_parse", NULL },
	{ "emsign_key_spec", NULL, "gives text of the key's own" },
	{ "emsign_key_spki", NULL, "gives text of the key's own" },
	{ "emsign_key_csr", "key_csr", NULL },
	{ "emsign_key_free", NULL, "allocates nothing" },
	{ "emsign_certificate_parse", "certificate_parse", NULL },
	{ "emsign_certificate_fits", "certificate_fits", NULL },
	{ "emsign_certificate_covers", "certificate_covers", NULL },
	{ "emsign_keystore_pack", "keystore_pkcs12", NULL },
	{ "emsign_keystore_save", "keystore_save", NULL },
	{ "emsign_transport_new", "transport_new", NULL },
	{ "emsign_transport_curl", "transport_curl", NULL },
	{ "emsign_transport_free", NULL, "allocates nothing" },
	{ "emsign_exchange_request", NULL, "allocates nothing" },
	{ "emsign_exchange_status", NULL, "allocates nothing" },
	{ "emsign_exchange_header", NULL, "allocates nothing" },
	{ "emsign_exchange_data", "test", NULL },
	{ "emsign_exchange_unsent", NULL, "allocates nothing" },
	{ "emsign_exchange_done", "test", NULL },
	{ "emsign_store_new", "store_new", NULL },
	{ "emsign_store_open", "store_sqlite", NULL },
	{ "emsign_store_free", NULL, "allocates nothing of ours" },
	{ "emsign_store_put", "store_sqlite", NULL },
	{ "emsign_store_get", "store_sqlite", NULL },
	{ "emsign_store_scan", "store_sqlite", NULL },
	{ "emsign_store_remove", "store_sqlite", NULL },
	{ "emsign_store_begin", "store_sqlite", NULL },
	{ "emsign_store_end", "store_sqlite", NULL },
	{ "emsign_store_cas", "store_sqlite", NULL },
	{ "emsign_solver_new", "solver_new", NULL },
	{ "emsign_solver_webroot", "solver_webroot", NULL },
	{ "emsign_solver_command", "solver_command", NULL },
	{ "emsign_solver_free", NULL, "allocates nothing" },
	{ "emsign_solver_present", "solver_webroot", NULL },
	{ "emsign_solver_ready", "solver_webroot", NULL },
	{ "emsign_solver_cleanup", "solver_webroot", NULL },
	{ "emsign_client_new", "client_new", NULL },
	{ "emsign_client_free", NULL, "allocates nothing" },
	{ "emsign_client_set_world", NULL, "copies a table" },
	{ "emsign_client_on_event", NULL, "notes two pointers" },
	{ "emsign_client_on_log", NULL, "notes two pointers" },
	{ "emsign_client_set_solver", NULL, "takes a reference" },
	{ "emsign_client_credential_add", "credential_add", NULL },
	{ "emsign_client_credential_update", "credential_update", NULL },
	{ "emsign_client_credential_remove", "credential_remove", NULL },
	{ "emsign_client_get", "get", NULL },
	{ "emsign_client_scan", "scan", NULL },
	{ "emsign_client_csr_make", "csr_make", NULL },
	{ "emsign_client_key_open", "key_open", NULL },
	{ "emsign_client_order_delete", "order_delete", NULL },
	{ "emsign_client_account", "account", NULL },
	{ "emsign_account_free", NULL, "allocates nothing" },
	{ "emsign_account_test", "test", NULL },
	{ "emsign_account_sync", "sync", NULL },
	{ "emsign_account_import", "import", NULL },
	{ "emsign_account_ledger", "ledger", NULL },
	{ "emsign_account_place", "place", NULL },
	{ "emsign_account_challenge", "challenge", NULL },
	{ "emsign_account_verify", "verify", NULL },
	{ "emsign_account_validate", "validate", NULL },
	{ "emsign_account_refresh", "refresh", NULL },
	{ "emsign_account_refresh_open", "refresh_open", NULL },
	{ "emsign_account_fetch", "fetch", NULL },
	{ "emsign_account_cancel", "cancel", NULL },
	{ "emsign_account_revoke", "revoke", NULL },
	{ "emsign_account_promote", "promote", NULL },
	{ "emsign_account_reissue", "reissue", NULL },
	{ "emsign_account_submit_csr", "submit_csr", NULL },
	{ "emsign_account_accept", "accept", NULL },
	{ "emsign_account_submit_document", "submit_document", NULL },
	{ "emsign_account_domain_add", "domain_add", NULL },
	{ "emsign_account_domain_refresh", "domain_refresh", NULL },
	{ "emsign_account_domain_challenge", "domain_challenge", NULL },
	{ "emsign_account_domain_verify", "domain_verify", NULL },
	{ "emsign_account_domain_attempts", "domain_attempts", NULL },
	{ "emsign_account_domain_validate", "domain_validate", NULL },
	{ "emsign_account_domain_deactivate", "domain_deactivate", NULL },
	{ "emsign_account_begin", "begin", NULL },
	{ "emsign_op_submit", "submit", NULL },
	{ "emsign_op_run", "begin", NULL },
	{ "emsign_op_kind", "begin", NULL },
	{ "emsign_op_take", "begin", NULL },
	{ "emsign_op_cancel", NULL, "allocates nothing; unit test op, at every moment" },
	{ "emsign_op_free", NULL, "allocates nothing; unit test op, at every moment" },
	{ "emsign_client_fd", "submit", NULL },
	{ "emsign_client_dispatch", "submit", NULL },
	{ "emsign_fields", NULL, "gives a static array" },
};

static const char *map; /* lib/libemsign.map */

static bool is_act(const char *name)
{
	for (size_t i = 0; i < fault_n_verbs; i++)
		if (strcmp(fault_verbs[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < fault_n_tools; i++)
		if (strcmp(fault_tools[i].name, name) == 0)
			return true;
	return false;
}

static const struct row *find(const char *function, size_t len)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strlen(rows[i].function) == len &&
		    memcmp(rows[i].function, function, len) == 0)
			return &rows[i];
	return NULL;
}

static void test_no_function_is_forgotten(void **state)
{
	FILE *file = fopen(map, "r");
	char line[256];
	size_t n = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const char *name = line + strspn(line, "\t ");
		size_t len = strcspn(name, ";\n");

		if (strncmp(name, "emsign_", 7) != 0)
			continue;
		if (!find(name, len))
			fail_msg("%.*s has no row", (int)len, name);
		n++;
	}
	(void)fclose(file);
	assert_int_equal(n, COUNT(rows));
}

static void test_each_row_has_an_act_or_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(!rows[i].act != !rows[i].why);
		if (rows[i].act && !is_act(rows[i].act))
			fail_msg("%s: there is no act '%s'", rows[i].function, rows[i].act);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_function_is_forgotten),
		cmocka_unit_test(test_each_row_has_an_act_or_a_reason),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	map = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
