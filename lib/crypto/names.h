/* SPDX-License-Identifier: MIT */
/* The names that stand in a CSR or a certificate. */
#ifndef EMS_CRYPTO_NAMES_H
#define EMS_CRYPTO_NAMES_H

#include <openssl/x509v3.h>

#include "crypto/crypto.h"
#include "model/name.h"

#define EMS_NAMES_MAX 1000

/** A list without duplicates, NULL-terminated when not empty. Sticky: add freely, ask once. */
struct ems_names {
	const char **items;
	size_t n;
	emsign_rc rc; /* EMSIGN_OK, EMSIGN_E_NOMEM, or EMSIGN_E_INVALID for more than the maximum */
};

void ems_names_add(struct ems_names *l, const char *name);
emsign_rc ems_names_rc(const struct ems_names *l, emsign_error *err);
void ems_names_free(struct ems_names *l);

/** UTF-8 without control characters, not empty. */
bool ems_names_is_text(const char *bytes, size_t len);

/** Adds the DNS names among the general names, in lower case; sans may be NULL. Returns how many
 * were passed over because of bytes that no name has: blanks, control characters, not ASCII. */
size_t ems_names_add_dns(struct ems_names *l, const GENERAL_NAMES *sans);

/** The last common name of a subject as UTF-8, released with ems_free(); NULL when it has none. */
emsign_rc ems_names_common(const X509_NAME *subject, char **out, emsign_error *err);

/**
 * What a CSR or certificate is called: its common name when that is a domain name, else its first
 * DNS name, else the common name as it is (that of a person).
 *   canonical  room for the result
 */
const char *ems_names_domain(const char *common, const struct ems_names *dns,
			     char canonical[EMS_NAME_MAX]);

#endif
