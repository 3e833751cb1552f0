/* SPDX-License-Identifier: MIT */
/*
 * A solver of one's own: it proves the names of an order by TXT records in the file of a name
 * server that takes a "NAME VALUE" on each line.
 *
 *   validate STORE KEY-FILE CREDENTIAL ORDER ZONE-FILE
 */
#include <emsign/emsign.h>
#include <stdio.h>
#include <string.h>

/* Adds one value; others at the same name stay. */
static emsign_rc present(void *self, const emsign_challenge *c, emsign_error *err)
{
	const char *zone = self;
	FILE *f = fopen(zone, "a");

	(void)err; /* the library makes a sentence of the code */
	if (!f || fprintf(f, "%s %s\n", c->record_name, c->record_value) < 0 || fclose(f) != 0)
		return EMSIGN_E_IO;
	printf("%s: published\n", c->domain);
	return EMSIGN_OK;
}

/* Takes this one value away, however often it was added. */
static emsign_rc cleanup(void *self, const emsign_challenge *c, emsign_error *err)
{
	const char *zone = self;
	char mine[512], line[512], path[512];
	FILE *old = fopen(zone, "r");
	FILE *new;

	(void)err;
	snprintf(mine, sizeof(mine), "%s %s\n", c->record_name, c->record_value);
	snprintf(path, sizeof(path), "%s.new", zone);
	new = fopen(path, "w");
	while (old && new && fgets(line, sizeof(line), old))
		if (strcmp(line, mine) != 0)
			fputs(line, new);
	if (old)
		fclose(old);
	if (!new || fclose(new) != 0 || !old || rename(path, zone) != 0)
		return EMSIGN_E_IO;
	printf("%s: taken away\n", c->domain);
	return EMSIGN_OK;
}

static const emsign_solver_ops ops = {
	.size = sizeof(emsign_solver_ops),
	.name = "zone file",
	.present = present,
	.cleanup = cleanup,
};

int main(int argc, char **argv)
{
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_client *client = NULL;
	emsign_account *account = NULL;
	emsign_solver *solver = NULL;
	emsign_order *order = NULL;
	emsign_error err = { 0 };

	if (argc != 6)
		return 2;
	if (emsign_store_open(argv[1], &store, &err) ||
	    emsign_secret_key_file(argv[2], &key, &err) ||
	    emsign_client_new(NULL, store, NULL, key, &client, &err) ||
	    emsign_solver_new(&ops, argv[5], &solver, &err) ||
	    emsign_client_set_solver(client, "dns", solver, &err) ||
	    emsign_client_account(client, argv[3], &account, &err) ||
	    emsign_account_validate(account, argv[4], NULL, "dns", &order, &err))
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	else
		printf("%s: every name is proven\n", order->id);

	emsign_free(order);
	emsign_account_free(account);
	emsign_solver_free(solver);
	emsign_client_free(client);
	emsign_secret_free(key);
	emsign_store_free(store);
	return err.rc != EMSIGN_OK;
}
