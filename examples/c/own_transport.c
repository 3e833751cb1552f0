/* SPDX-License-Identifier: MIT */
/*
 * A transport of one's own in forty lines: here one that never leaves the process and plays the CA
 * for a test login. The same table wraps another transport, or an HTTP client of an appliance.
 */
#include <emsign/emsign.h>
#include <stdio.h>
#include <string.h>

static emsign_rc start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	static const char answer[] =
		"{\"meta\":{\"responseTs\":\"\",\"errorMessage\":\"\",\"errorCode\":\"\","
		"\"responseTxnId\":\"\",\"version\":\"1.0\",\"status\":\"1\"}}";
	const emsign_request *request = emsign_exchange_request(exchange);
	emsign_rc rc;

	(void)err;
	++*(int *)self;
	printf("%s %s, %zu bytes\n", request->method, request->url, request->body_len);
	emsign_exchange_status(exchange, 200);
	emsign_exchange_header(exchange, "Content-Type", "application/json;charset=UTF-8");
	rc = emsign_exchange_data(exchange, answer, sizeof(answer) - 1);
	emsign_exchange_done(exchange, rc, NULL);
	return EMSIGN_OK;
}

static const emsign_transport_ops ops = {
	.size = sizeof(emsign_transport_ops),
	.name = "pretended",
	.start = start,
};

int main(void)
{
	static const char example_key[32] = "a sealing key that is an example";
	emsign_transport *transport = NULL;
	emsign_secret *sealing_key = NULL, *access_key = NULL;
	emsign_client *client = NULL;
	emsign_account *account = NULL;
	emsign_error err = { 0 };
	int calls = 0;

	if (emsign_transport_new(&ops, &calls, &transport, &err) ||
	    emsign_secret_new(example_key, sizeof(example_key), &sealing_key, &err) ||
	    emsign_secret_new("EXAMPLE-ACCESS-KEY", 18, &access_key, &err) ||
	    emsign_client_new(NULL, NULL, transport, sealing_key, &client, &err) ||
	    emsign_client_credential_add(client, "example", (const emsign_kv[]){
						 { "url", "https://ca.example/emSignHub-API/" },
						 { "account", "1234567890" },
						 { NULL, NULL } }, access_key, &err) ||
	    emsign_client_account(client, "example", &account, &err) ||
	    emsign_account_test(account, &err))
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	else
		printf("the credential is good, after %d call\n", calls);

	emsign_account_free(account);
	emsign_client_free(client);
	emsign_secret_free(access_key);
	emsign_secret_free(sealing_key);
	emsign_transport_free(transport);
	return err.rc != EMSIGN_OK;
}
