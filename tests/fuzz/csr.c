/* SPDX-License-Identifier: MIT */
/*
 * CSRs that somebody pasted. Input: one byte, whose lowest bit says that the rest are bytes of DER;
 * then the text.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/pem.h"
#include "fuzz.h"

static emsign_rc read_csr(struct fuzz_input *in, bool is_der, emsign_csr **out, emsign_error *err)
{
	struct ems_buf pem = EMS_BUF((size_t)16 << 20);
	char *text = fuzz_text(*in);
	emsign_rc rc;

	if (is_der)
		ems_pem_write(&pem, "CERTIFICATE REQUEST", in->at, in->left);
	rc = ems_csr_parse(is_der ? ems_buf_str(&pem) : text, out, err);
	ems_buf_free(&pem);
	free(text);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	bool is_der = fuzz_byte(&in) & 1;
	emsign_csr *csr = NULL, *again = NULL;
	emsign_error err;
	emsign_rc rc = read_csr(&in, is_der, &csr, &err);

	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (csr != NULL));
	if (csr) {
		FUZZ_MUST(csr->pem && csr->spki && csr->key);
		fuzz_check_record("csr", csr);
		FUZZ_MUST(ems_csr_parse(csr->pem, &again, NULL) == EMSIGN_OK);
		FUZZ_MUST(strcmp(csr->pem, again->pem) == 0 && strcmp(csr->spki, again->spki) == 0);
		emsign_free(again);
	}
	emsign_free(csr);
	fuzz_check_memory();
	return 0;
}
