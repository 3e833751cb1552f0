/* SPDX-License-Identifier: MIT */
#include "crypto/chain.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "base/err.h"
#include "crypto/issuers.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"

#define FAR (EMS_POOL_MAX + 1u)

/* Who issued whom. A certificate that issued itself is a root. */
struct relations {
	bool issued[EMS_POOL_MAX][EMS_POOL_MAX];
	unsigned to_root[EMS_POOL_MAX]; /* steps; FAR when no root can be reached */
};

static void measure(const struct ems_pool *pool, struct relations *r)
{
	for (size_t i = 0; i < pool->n; i++)
		r->to_root[i] = r->issued[i][i] ? 0 : FAR;
	for (size_t round = 1; round < pool->n; round++)
		for (size_t i = 0; i < pool->n; i++)
			for (size_t k = 0; k < pool->n; k++)
				if (r->issued[i][k] && r->to_root[i] + 1 < r->to_root[k])
					r->to_root[k] = r->to_root[i] + 1;
}

static void relate(const struct ems_pool *pool, struct ems_issuers *known, struct relations *r)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < pool->n; i++)
		for (size_t k = 0; k < pool->n; k++)
			r->issued[i][k] = ems_issuers_issued(known, pool->certs[i],
							     pool->certs[k]);
	measure(pool, r);
}

/* --- the leaf ------------------------------------------------------------------------------- */

static bool issued_any(const struct ems_pool *pool, const struct relations *r, size_t i)
{
	for (size_t k = 0; k < pool->n; k++)
		if (k != i && r->issued[i][k])
			return true;
	return false;
}

X509 *ems_chain_leaf(const struct ems_pool *pool)
{
	struct relations r;
	X509 *childless = NULL;

	relate(pool, NULL, &r);
	for (size_t i = 0; i < pool->n; i++) {
		if (issued_any(pool, &r, i))
			continue;
		if (X509_check_ca(pool->certs[i]) == 0)
			return pool->certs[i];
		if (!childless)
			childless = pool->certs[i];
	}
	return childless ? childless : pool->certs[0];
}

/* --- the way up ----------------------------------------------------------------------------- */

/* Cross-signing gives several issuers: the shortest way to a root wins, then the one that lasts
 * longest, then any that does not depend on the order of coming. */
static bool is_better(const struct ems_pool *pool, const struct relations *r, size_t a, size_t b)
{
	int later = ASN1_TIME_compare(X509_get0_notAfter(pool->certs[a]),
				      X509_get0_notAfter(pool->certs[b]));

	if (r->to_root[a] != r->to_root[b])
		return r->to_root[a] < r->to_root[b];
	if (later != 0)
		return later > 0;
	return X509_cmp(pool->certs[a], pool->certs[b]) < 0;
}

/* The best issuer that was not used yet; pool->n when there is none. */
static size_t find_issuer(const struct ems_pool *pool, const struct relations *r, size_t of,
			  const bool *used)
{
	size_t best = pool->n;

	for (size_t i = 0; i < pool->n; i++)
		if (!used[i] && r->issued[i][of] &&
		    (best == pool->n || is_better(pool, r, i, best)))
			best = i;
	return best;
}

void ems_chain_build(const struct ems_pool *pool, X509 *leaf, struct ems_issuers *known,
		     struct ems_chain *chain)
{
	struct relations r;
	bool used[EMS_POOL_MAX] = { false };
	size_t at = 0;

	memset(chain, 0, sizeof(*chain));
	chain->leaf = leaf;
	relate(pool, known, &r);
	while (pool->certs[at] != leaf)
		at++;
	used[at] = true;
	while (!r.issued[at][at]) {
		at = find_issuer(pool, &r, at, used);
		if (at == pool->n)
			return;
		used[at] = true;
		if (r.issued[at][at])
			chain->root = pool->certs[at];
		else
			chain->links[chain->n++] = pool->certs[at];
	}
}

emsign_rc ems_chain_write(const X509 *cert, struct ems_buf *out, emsign_error *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	if (len <= 0)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "certificate cannot be written");
	ems_pem_write(out, "CERTIFICATE", der, (size_t)len);
	OPENSSL_free(der);
	return ems_buf_rc(out, err);
}
