/* SPDX-License-Identifier: MIT */
/*
 * Many questions at once from one thread: an event loop with poll() on the client's one descriptor.
 *
 *   loop STORE KEY-FILE CREDENTIAL ORDER...
 */
#include <emsign/emsign.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

struct waiting {
	int running;
	int failed;
};

/* Called from inside emsign_client_dispatch() when an operation has ended. */
static void done(void *ud, emsign_op *op, const emsign_error *end)
{
	struct waiting *waiting = ud;
	emsign_order *order = NULL;

	waiting->running--;
	if (end->rc) {
		waiting->failed++;
		fprintf(stderr, "%s: %s\n", emsign_rc_name(end->rc), end->message);
		return;
	}
	if (emsign_op_take(op, (void **)&order, NULL) == EMSIGN_OK)
		printf("%s is %s\n", order->id, emsign_status_name(order->status));
	emsign_free(order);
}

int main(int argc, char **argv)
{
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_client *client = NULL;
	emsign_account *account = NULL;
	emsign_op **ops = calloc((size_t)argc, sizeof(emsign_op *));
	struct waiting waiting = { 0, 0 };
	emsign_error err = { 0 };

	if (argc < 5 || !ops)
		return 2;
	if (emsign_store_open(argv[1], &store, &err) ||
	    emsign_secret_key_file(argv[2], &key, &err) ||
	    emsign_client_new(NULL, store, NULL, key, &client, &err) ||
	    emsign_client_account(client, argv[3], &account, &err))
		goto out;
	for (int i = 4; i < argc; i++) {
		emsign_kv args[] = { { "order", argv[i] }, { NULL, NULL } };

		if (emsign_account_begin(account, "refresh", args, &ops[i], &err) ||
		    emsign_op_submit(ops[i], done, &waiting, &err))
			goto out;
		waiting.running++;
	}
	while (waiting.running) {
		struct pollfd fd = { emsign_client_fd(client), POLLIN, 0 };

		poll(&fd, 1, -1);
		if (emsign_client_dispatch(client, 0, &err))
			break;
	}
out:
	if (err.rc)
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	for (int i = 4; ops && i < argc; i++)
		emsign_op_free(ops[i]);
	free(ops);
	emsign_account_free(account);
	emsign_client_free(client);
	emsign_secret_free(key);
	emsign_store_free(store);
	return err.rc || waiting.failed ? 1 : 0;
}
