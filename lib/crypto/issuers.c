/* SPDX-License-Identifier: MIT */
#include "crypto/issuers.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/text.h"

#define BUNDLES 8
#define PAIRS 64

struct bundle {
	char *text;
	struct ems_pool pool;
};

struct pair {
	const X509 *issuer, *cert;
	bool issued;
};

struct ems_issuers {
	struct bundle bundles[BUNDLES];
	size_t next;             /* the one that makes room */
	struct pair pairs[PAIRS];
	size_t n_pairs;
};

struct ems_issuers *ems_issuers_new(void)
{
	return ems_alloc(sizeof(struct ems_issuers));
}

static void drop(struct bundle *bundle)
{
	ems_pool_free(&bundle->pool);
	ems_free(bundle->text);
	bundle->text = NULL;
}

void ems_issuers_forget(struct ems_issuers *issuers)
{
	for (size_t i = 0; i < BUNDLES; i++)
		drop(&issuers->bundles[i]);
	issuers->n_pairs = 0;
}

void ems_issuers_free(struct ems_issuers *issuers)
{
	if (issuers)
		ems_issuers_forget(issuers);
	ems_free(issuers);
}

static struct bundle *find(struct ems_issuers *issuers, const char *text)
{
	for (size_t i = 0; i < BUNDLES; i++)
		if (ems_text_equal(issuers->bundles[i].text, text))
			return &issuers->bundles[i];
	return NULL;
}

/* Without memory for it, it is read once more the next time. */
static void remember(struct ems_issuers *issuers, const char *text, struct ems_pool *pool)
{
	struct bundle *bundle = &issuers->bundles[issuers->next];

	drop(bundle);
	issuers->n_pairs = 0; /* some may be of what went */
	bundle->text = ems_strdup(text);
	if (!bundle->text)
		return;
	issuers->next = (issuers->next + 1) % BUNDLES;
	bundle->pool = *pool;
	memset(pool, 0, sizeof(*pool));
}

emsign_rc ems_issuers_add(struct ems_issuers *issuers, const char *text, struct ems_pool *pool,
			  emsign_error *err)
{
	struct ems_pool read = { { NULL }, 0, 0 };
	struct bundle *bundle = find(issuers, text);
	emsign_rc rc = EMSIGN_OK;

	if (!bundle) {
		rc = ems_pool_add(&read, text, strlen(text), err);
		if (rc == EMSIGN_OK)
			remember(issuers, text, &read);
		bundle = find(issuers, text);
	}
	if (rc == EMSIGN_OK)
		rc = ems_pool_join(pool, bundle ? &bundle->pool : &read, err);
	ems_pool_free(&read);
	return rc;
}

static bool is_known(const struct ems_issuers *issuers, const X509 *cert)
{
	for (size_t i = 0; i < BUNDLES; i++)
		for (size_t k = 0; k < issuers->bundles[i].pool.n; k++)
			if (issuers->bundles[i].pool.certs[k] == cert)
				return true;
	return false;
}

bool ems_issuers_issued(struct ems_issuers *issuers, X509 *issuer, X509 *cert)
{
	bool issued;

	for (size_t i = 0; issuers && i < issuers->n_pairs; i++)
		if (issuers->pairs[i].issuer == issuer && issuers->pairs[i].cert == cert)
			return issuers->pairs[i].issued;
	/* names and key ids say who may have been it, the signature says who was */
	issued = X509_check_issued(issuer, cert) == X509_V_OK &&
		 X509_verify(cert, X509_get0_pubkey(issuer)) == 1;
	if (issuers && issuers->n_pairs < PAIRS && is_known(issuers, issuer) &&
	    is_known(issuers, cert))
		issuers->pairs[issuers->n_pairs++] = (struct pair){ issuer, cert, issued };
	return issued;
}
