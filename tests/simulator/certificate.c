/* SPDX-License-Identifier: MIT */
/* Certificate requests are really read, and leaf certificates really signed. */
#include "sim.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define PUBLIC_DAYS 199
#define PRIVATE_DAYS 365

/* Armour is optional, and so are line breaks: samples have the request in one line. */
static size_t decode(struct sim_arena *arena, const char *pem, unsigned char **der)
{
	const char *start = strstr(pem, "-----BEGIN"), *end;
	char *text = sim_mem_alloc(arena, strlen(pem) + 8);
	size_t n = 0;
	int len, pads = 0;

	start = start ? strstr(start + 10, "-----") : NULL;
	start = start ? start + 5 : pem;
	end = strstr(start, "-----END");
	for (; *start && start != end; start++)
		if (!strchr(" \t\r\n", *start))
			text[n++] = *start;
	while (n && text[n - 1 - (size_t)pads] == '=' && pads < 2)
		pads++;
	if (!n || n % 4)
		return 0;
	*der = sim_mem_alloc(arena, n);
	len = EVP_DecodeBlock(*der, (const unsigned char *)text, (int)n);
	return len <= pads ? 0 : (size_t)(len - pads);
}

static X509_REQ *read_request(const char *pem)
{
	struct sim_arena arena = { 0 };
	unsigned char *der = NULL;
	size_t len = decode(&arena, pem, &der);
	const unsigned char *at = der;
	X509_REQ *request = len ? d2i_X509_REQ(NULL, &at, (long)len) : NULL;

	if (request && at != der + len) {
		X509_REQ_free(request);
		request = NULL;
	}
	sim_mem_drop(&arena);
	return request;
}

static struct sim_result check_key(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	char curve[64] = "";

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		if (bits < 2048)
			return SIM_NO(1053);
		return bits == 2048 || bits == 3072 || bits == 4096 ? SIM_OK :
			SIM_NO_TEXT(1055, "Invalid key size");
	case EVP_PKEY_EC:
		EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL);
		return !strcmp(curve, "prime256v1") || !strcmp(curve, "secp384r1") ? SIM_OK :
			SIM_NO_TEXT(1055, "Invalid key size");
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return SIM_NO(939);
	default:
		return SIM_NO(1054);
	}
}

static bool name_matches(X509_REQ *request, const char *common_name)
{
	char text[256] = "";

	X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, text,
				  sizeof(text));
	return !strcasecmp(text, common_name);
}

static const char *hex(struct sim_arena *arena, const unsigned char *data, size_t len)
{
	char *text = sim_mem_alloc(arena, 2 * len + 1);
	size_t i;

	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	return text;
}

static const char *key_hash(struct sim_arena *arena, EVP_PKEY *key)
{
	unsigned char digest[32], *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	if (len <= 0)
		return "";
	EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	return hex(arena, digest, sizeof(digest));
}

struct sim_result sim_certificate_check(struct sim_arena *arena, const char *csr,
					const char *common_name, const char **spki)
{
	X509_REQ *request = read_request(csr);
	EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
	struct sim_result result = SIM_NO(1052);

	if (key) {
		result = check_key(key);
		if (!result.code && X509_REQ_verify(request, key) != 1)
			result = SIM_NO(1052);
		if (!result.code && common_name && !name_matches(request, common_name))
			result = SIM_NO(1056);
		*spki = key_hash(arena, key);
	}
	X509_REQ_free(request);
	return result;
}

const char *sim_certificate_csr_hash(struct sim_arena *arena, const char *csr)
{
	unsigned char digest[32], *der = NULL;
	size_t len = decode(arena, csr, &der);

	EVP_Digest(der, len, digest, NULL, EVP_sha256(), NULL);
	return hex(arena, digest, sizeof(digest));
}

EVP_PKEY *sim_certificate_request_key(const char *csr)
{
	X509_REQ *request = read_request(csr);
	EVP_PKEY *key = request ? X509_REQ_get_pubkey(request) : NULL;

	X509_REQ_free(request);
	return key;
}

/* A P-256 key from a number: its private half is a hash of it, which nobody needs to keep. */
EVP_PKEY *sim_certificate_seeded_key(uint64_t seed)
{
	unsigned char scalar[32];
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	unsigned char public[65];
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *number;
	OSSL_PARAM params[3];
	char curve[] = "P-256";

	EVP_Digest(&seed, sizeof(seed), scalar, NULL, EVP_sha256(), NULL);
	scalar[0] &= 0x7f;	/* below the order of the curve */
	number = BN_bin2bn(scalar, sizeof(scalar), NULL);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public,
						      sizeof(public));
	params[2] = OSSL_PARAM_construct_end();
	if (point && number && context && EC_POINT_mul(group, point, number, NULL, NULL, NULL) &&
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, public,
			       sizeof(public), NULL) == sizeof(public) &&
	    EVP_PKEY_fromdata_init(context) == 1)
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(context);
	BN_free(number);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return key;
}

static bool add_general(GENERAL_NAMES *names, int type, const void *data, int len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *text = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING :
						 V_ASN1_IA5STRING);

	if (!name || !text || !ASN1_STRING_set(text, data, len)) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(text);
		return false;
	}
	GENERAL_NAME_set0_value(name, type, text);
	return sk_GENERAL_NAME_push(names, name) > 0;
}

/* Names come from the order, never from the request. */
static bool add_names(X509 *cert, const struct sim_order *order)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool mail = order->product->family == SIM_SMIME || order->product->family == SIM_SIGNER;
	bool done = names != NULL;
	int i;

	if (done && mail)
		done = add_general(names, GEN_EMAIL, order->email, (int)strlen(order->email));
	for (i = 0; done && !mail && i < order->n_names; i++) {
		const char *name = order->names[i].name;
		unsigned char ip[16];

		done = inet_pton(AF_INET, name, ip) == 1 ? add_general(names, GEN_IPADD, ip, 4) :
			inet_pton(AF_INET6, name, ip) == 1 ? add_general(names, GEN_IPADD, ip, 16) :
			add_general(names, GEN_DNS, name, (int)strlen(name));
	}
	done = done && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
	GENERAL_NAMES_free(names);
	return done;
}

/* By hand: the text form of this extension wants a configuration file. */
static bool add_policy(X509 *cert, const char *id)
{
	CERTIFICATEPOLICIES *list = CERTIFICATEPOLICIES_new();
	POLICYINFO *policy = POLICYINFO_new();
	bool done = list && policy && (policy->policyid = OBJ_txt2obj(id, 1)) &&
		sk_POLICYINFO_push(list, policy) > 0;

	if (!done)
		POLICYINFO_free(policy);
	done = done && X509_add1_ext_i2d(cert, NID_certificate_policies, list, 0,
					 X509V3_ADD_DEFAULT);
	CERTIFICATEPOLICIES_free(list);
	return done;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct sim_order *order, bool rsa)
{
	static const char *const usages[] = {
		[SIM_SSL] = "serverAuth,clientAuth",
		[SIM_PRIVATE] = "serverAuth,clientAuth",
		[SIM_SMIME] = "emailProtection",
		[SIM_SIGNER] = "1.3.6.1.5.5.7.3.36",
	};
	static const char *const policies[] = { "", "2.23.140.1.2.1", "2.23.140.1.2.2",
						"2.23.140.1.1" };

	return sim_ca_extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		sim_ca_extend(cert, issuer, NID_key_usage, rsa ?
			      "critical,digitalSignature,keyEncipherment" :
			      "critical,digitalSignature") &&
		sim_ca_extend(cert, issuer, NID_ext_key_usage, usages[order->product->family]) &&
		sim_ca_extend(cert, issuer, NID_subject_key_identifier, "hash") &&
		sim_ca_extend(cert, issuer, NID_authority_key_identifier, "keyid") &&
		(order->product->family != SIM_SSL ||
		 add_policy(cert, policies[order->product->vetting])) &&
		add_names(cert, order);
}

static bool set_times(X509 *cert, long long from, long long till)
{
	return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(from / 1000)) &&
		ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(till / 1000));
}

static char *sign(struct sim *sim, struct sim_arena *arena, const struct sim_order *order,
		  EVP_PKEY *key, uint64_t serial)
{
	const struct sim_ca *ca = order->product->family == SIM_PRIVATE ? &sim->private_ca :
		&sim->public_ca;
	X509 *cert = X509_new();
	const char *organization = order->product->vetting == SIM_DV ? "" : order->org_name;
	char *pem = NULL;

	if (cert && X509_set_version(cert, X509_VERSION_3) &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) &&
	    sim_ca_name(cert, organization, order->main_name) &&
	    X509_set_issuer_name(cert, X509_get_subject_name(ca->issuing)) &&
	    set_times(cert, order->cert.not_before, order->cert.not_after) &&
	    X509_set_pubkey(cert, key) &&
	    add_extensions(cert, ca->issuing, order,
			   EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) &&
	    X509_sign(cert, ca->issuing_key, EVP_sha256()))
		pem = sim_ca_pem(arena, cert);
	X509_free(cert);
	return pem;
}

bool sim_certificate_issue(struct sim *sim, struct sim_arena *arena, struct sim_order *order,
			   EVP_PKEY *key, uint64_t serial, long long not_before)
{
	long days = order->product->family == SIM_PRIVATE ? PRIVATE_DAYS : PUBLIC_DAYS;

	order->cert.not_before = not_before / 1000 * 1000;
	/* both ends count, so the last second is not part of it */
	order->cert.not_after = order->cert.not_before + days * 86400000LL - 1000;
	snprintf(order->cert.serial, sizeof(order->cert.serial), "%llu",
		 (unsigned long long)serial);
	order->cert.pem = sign(sim, arena, order, key, serial);
	if (!order->cert.pem)
		order->cert.not_after = 0;
	return order->cert.pem != NULL;
}

void sim_certificate_make_foreign(struct sim *sim, struct sim_order *order)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (key)
		order->cert.foreign = sign(sim, &sim->arena, order, key,
					   sim_clock_random(sim) | UINT64_C(1) << 63);
	EVP_PKEY_free(key);
}

char *sim_certificate_bare(struct sim_arena *arena, const char *pem)
{
	char *text = sim_mem_alloc(arena, strlen(pem) + 1), *out = text;
	const char *line = pem;

	while (*line) {
		size_t len = strcspn(line, "\n");

		if (*line != '-') {
			memcpy(out, line, len);
			out += len;
		}
		line += len + (line[len] == '\n');
	}
	return text;
}
