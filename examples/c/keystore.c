/* SPDX-License-Identifier: MIT */
/*
 * Makes a PKCS#12 keystore of a certificate that is kept in a store.
 *
 *   keystore STORE KEY-FILE CERTIFICATE-ID PASSWORD-FILE OUT-FILE
 */
#include <emsign/emsign.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	emsign_store *store = NULL;
	emsign_secret *sealing_key = NULL, *password = NULL;
	emsign_client *client = NULL;
	emsign_certificate *certificate = NULL;
	emsign_key *key = NULL;
	emsign_buf bytes = { 0 };
	emsign_error err = { 0 };

	if (argc != 6)
		return 2;
	if (emsign_store_open(argv[1], &store, &err) ||
	    emsign_secret_key_file(argv[2], &sealing_key, &err) ||
	    emsign_client_new(NULL, store, NULL, sealing_key, &client, &err) ||
	    emsign_client_get(client, "certificate", argv[3], (void **)&certificate, &err) ||
	    emsign_client_key_open(client, certificate->csr, &key, &err) ||
	    emsign_secret_file(argv[4], &password, &err) ||
	    emsign_keystore_pack(certificate, key, (const emsign_kv[]){ { "type", "pkcs12" },
									{ "profile", "modern" },
									{ NULL, NULL } },
				 password, &bytes, &err) ||
	    emsign_keystore_save(argv[5], &bytes, &err))
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	else
		printf("%s: %zu bytes for %s\n", argv[5], bytes.len, certificate->domain);

	emsign_buf_free(&bytes);
	emsign_secret_free(password);
	emsign_key_free(key);
	emsign_free(certificate);
	emsign_client_free(client);
	emsign_secret_free(sealing_key);
	emsign_store_free(store);
	return err.rc != EMSIGN_OK;
}
