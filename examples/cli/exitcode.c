/* SPDX-License-Identifier: MIT */
#include "cli.h"

const struct exit_row exit_rows[] = {
	{ 0, "success, also when there was nothing to do" },
	{ 1, "another failure" },
	{ 2, "usage or configuration; the CA was not asked" },
	{ 3, "not finished yet, or in doubt: run it again later" },
	{ 4, "refused by the CA; repeating it is useless" },
	{ 5, "network, trouble at the CA or too many calls: try again later" },
	{ 6, "the CA or the system does not accept the credential or permission" },
	{ 7, "store, lock or disk" },
	{ 8, "stored, but not deployed" },
	{ 9, "key, CSR, certificate and order do not belong together" },
	{ 10, "exists already; nothing was ordered or added twice" },
	{ 130, "interrupted (143: terminated); the state is saved" },
	{ 0, NULL },
};

/* The same code means another thing when the CA was asked: what is wrong then is wrong there. */
static const struct {
	emsign_rc rc;
	int here;
	int at_ca;
} rows[] = {
	{ EMSIGN_OK, 0, 0 },
	{ EMSIGN_E_INVALID, 2, 4 },
	{ EMSIGN_E_STATE, 4, 4 },
	{ EMSIGN_E_NOMEM, 1, 1 },
	{ EMSIGN_E_NOTFOUND, 2, 4 },
	{ EMSIGN_E_CONFLICT, 10, 10 },
	{ EMSIGN_E_AUTH, 6, 6 },
	{ EMSIGN_E_DENIED, 6, 6 },
	{ EMSIGN_E_REJECTED, 4, 4 },
	{ EMSIGN_E_BUSY, 5, 5 },
	{ EMSIGN_E_NET, 5, 5 },
	{ EMSIGN_E_TIMEOUT, 5, 5 },
	{ EMSIGN_E_PROTO, 5, 5 },
	{ EMSIGN_E_UNSUPPORTED, 2, 4 },
	{ EMSIGN_E_CANCELED, 1, 1 },
	{ EMSIGN_E_CRYPTO, 2, 9 },
	{ EMSIGN_E_STORE, 7, 7 },
	{ EMSIGN_E_IO, 7, 7 },
	{ EMSIGN_E_CALLBACK, 1, 1 },
	{ EMSIGN_E_INDOUBT, 3, 3 },
	{ EMSIGN_E_MISMATCH, 9, 9 },
	{ EMSIGN_E_CAPACITY, 7, 7 },
	{ EMSIGN_E_TLS, 5, 5 },
	{ EMSIGN_E_FAULT, 5, 5 },
	{ EMSIGN_E_PENDING, 3, 3 },
};

int exit_code(const emsign_error *err)
{
	bool at_ca = err->http_status || err->ca_code[0];

	if (err->rc && session_interrupted())
		return 128 + session_interrupted();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].rc == err->rc)
			return at_ca ? rows[i].at_ca : rows[i].here;
	return 1;
}
