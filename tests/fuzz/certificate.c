/* SPDX-License-Identifier: MIT */
/*
 * Certificates and their chains. Input: one byte of `how`; then a leaf and what came with it,
 * each up to a byte 0x1f, as text or (WRAP) as bytes of DER that are made to text here.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/pem.h"
#include "fuzz.h"

#define OTHERS 8

enum { WRAP = 1, BUILD = 2, KNOWN = 4 };

/* A part of the input as text; with WRAP as a block of PEM around it. */
static char *part_text(struct fuzz_input part, unsigned how)
{
	struct ems_buf pem = EMS_BUF((size_t)16 << 20);
	char *text;

	if (!(how & WRAP))
		return fuzz_text(part);
	ems_pem_write(&pem, "CERTIFICATE", part.at, part.left);
	text = fuzz_text((struct fuzz_input){ pem.bytes.data, pem.bytes.len });
	ems_buf_free(&pem);
	return text;
}

/* What was written can be read: the same leaf, and the chain that was built leads on to it. */
static void check_again(const emsign_certificate *c)
{
	const char *others[] = { c->chain_pem, c->root_pem, NULL };
	emsign_certificate *again = NULL;

	if (!others[0])
		others[0] = others[1], others[1] = NULL;
	FUZZ_MUST(ems_certificate_build(c->pem, others, NULL, &again, NULL) == EMSIGN_OK);
	FUZZ_MUST(strcmp(again->sha256, c->sha256) == 0 && strcmp(again->spki, c->spki) == 0);
	FUZZ_MUST(!c->chain_pem == !again->chain_pem && !c->root_pem == !again->root_pem);
	emsign_free(again);
}

static void check_covers(const emsign_certificate *c)
{
	static const char *const names[] = { "www.example.com", NULL };
	emsign_error err;

	fuzz_check(emsign_certificate_covers(c, names, &err), &err);
	fuzz_check(emsign_certificate_covers(c, c->sans, &err), &err);
}

static void check_pack(const emsign_certificate *c)
{
	static const emsign_kv options[] = { { "part", "fullchain" }, { "root", "yes" },
					     { NULL, NULL } };
	emsign_buf bytes = { NULL, 0, 0 };
	emsign_error err;
	emsign_rc rc = emsign_keystore_pack(c, NULL, options, NULL, &bytes, &err);

	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (bytes.data != NULL));
	emsign_buf_free(&bytes);
}

static emsign_rc read_parts(struct fuzz_input *in, unsigned how, emsign_certificate **out,
			    emsign_error *err)
{
	struct ems_issuers *known = how & KNOWN ? ems_issuers_new() : NULL;
	char *leaf = part_text(fuzz_part(in, 0x1f), how);
	char *others[OTHERS + 1] = { NULL };
	emsign_rc rc;

	for (size_t n = 0; in->left && n < OTHERS; n++)
		others[n] = part_text(fuzz_part(in, 0x1f), how);
	if (how & BUILD)
		rc = ems_certificate_build(leaf, (const char *const *)others, known, out, err);
	else
		rc = emsign_certificate_parse(leaf, strlen(leaf), out, err);
	free(leaf);
	for (char **other = others; *other; other++)
		free(*other);
	ems_issuers_free(known);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	unsigned how = fuzz_byte(&in);
	emsign_certificate *c = NULL;
	emsign_error err;
	emsign_rc rc = read_parts(&in, how, &c, &err);

	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (c != NULL));
	if (c) {
		FUZZ_MUST(c->pem && c->sha256 && c->spki);
		FUZZ_MUST(!c->credential && !c->order && !c->csr && !c->url);
		fuzz_check_record("certificate", c);
		check_again(c);
		check_covers(c);
		check_pack(c);
	}
	emsign_free(c);
	fuzz_check_memory();
	return 0;
}
