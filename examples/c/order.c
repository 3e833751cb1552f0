/* SPDX-License-Identifier: MIT */
/*
 * Orders one certificate and waits until it is there.
 *
 *   order STORE KEY-FILE CREDENTIAL PRODUCT DOMAIN WEB-ROOT
 *
 * The credential was added before, e.g. with `emsign credential add`. Control of the domain is
 * proven by a file below WEB-ROOT, which the domain's web server has to serve.
 */
#include <emsign/emsign.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_client *client = NULL;
	emsign_account *account = NULL;
	emsign_solver *solver = NULL;
	emsign_order *order = NULL, *proven = NULL;
	emsign_error err = { 0 };

	if (argc != 7)
		return 2;
	if (emsign_store_open(argv[1], &store, &err) ||
	    emsign_secret_key_file(argv[2], &key, &err) ||
	    emsign_client_new(NULL, store, NULL, key, &client, &err) ||
	    emsign_solver_webroot(argv[6], &solver, &err) ||
	    emsign_client_set_solver(client, "http", solver, &err) ||
	    emsign_client_account(client, argv[3], &account, &err) ||
	    emsign_account_place(account, (const emsign_kv[]){ { "product", argv[4] },
							       { "domain", argv[5] },
							       { "key", "EC:P-256" },
							       { NULL, NULL } }, &order, &err) ||
	    emsign_account_validate(account, order->id, NULL, NULL, &proven, &err))
		goto out;
	for (int i = 0; i < 60 && order->status != EMSIGN_STATUS_ISSUED; i++) {
		usleep(500000);
		emsign_free(order);
		if (emsign_account_refresh(account, proven->id, &order, &err))
			goto out;
		printf("%s is %s\n", order->id, emsign_status_name(order->status));
	}
out:
	if (err.rc)
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	emsign_free(proven);
	emsign_free(order);
	emsign_account_free(account);
	emsign_solver_free(solver);
	emsign_client_free(client);
	emsign_secret_free(key);
	emsign_store_free(store);
	return err.rc != EMSIGN_OK;
}
