/* SPDX-License-Identifier: MIT */
/*
 * A store of one's own: here a shim of a few lines that counts what goes into another store. One on
 * flash, in a registry or in a database of one's own has the same four functions.
 */
#include <emsign/emsign.h>
#include <stdio.h>

struct counting {
	emsign_store *under;
	int puts;
};

static emsign_rc put(void *self, const char *kind, const char *id, const emsign_kv *row,
		     emsign_error *err)
{
	struct counting *c = self;

	c->puts++;
	printf("put %s %s\n", kind, id);
	return emsign_store_put(c->under, kind, id, row, err);
}

static emsign_rc get(void *self, const char *kind, const char *id, emsign_row_fn give, void *ud,
		     emsign_error *err)
{
	return emsign_store_get(((struct counting *)self)->under, kind, id, give, ud, err);
}

static emsign_rc scan(void *self, const char *kind, const emsign_kv *filter, const char *after,
		      size_t limit, emsign_row_fn give, void *ud, emsign_error *err)
{
	return emsign_store_scan(((struct counting *)self)->under, kind, filter, after, limit, give,
				 ud, err);
}

static emsign_rc remove_row(void *self, const char *kind, const char *id, emsign_error *err)
{
	return emsign_store_remove(((struct counting *)self)->under, kind, id, err);
}

static const emsign_store_ops ops = {
	.size = sizeof(emsign_store_ops),
	.name = "counting",
	.put = put,
	.get = get,
	.scan = scan,
	.remove = remove_row,
};

int main(void)
{
	static const char example_key[32] = "a sealing key that is an example";
	struct counting counting = { NULL, 0 };
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_client *client = NULL;
	emsign_error err = { 0 };

	if (emsign_store_open("memory:", &counting.under, &err) ||
	    emsign_store_new(&ops, &counting, &store, &err) ||
	    emsign_secret_new(example_key, sizeof(example_key), &key, &err) ||
	    emsign_client_new(NULL, store, NULL, key, &client, &err) ||
	    emsign_client_credential_add(client, "example", (const emsign_kv[]){
						 { "region", "sandbox" },
						 { "account", "1234567890" },
						 { NULL, NULL } }, key, &err))
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	printf("%d rows were put\n", counting.puts);

	emsign_client_free(client);
	emsign_secret_free(key);
	emsign_store_free(store);
	emsign_store_free(counting.under);
	return err.rc != EMSIGN_OK;
}
