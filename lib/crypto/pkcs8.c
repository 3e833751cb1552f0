/* SPDX-License-Identifier: MIT */
/*
 * PKCS#8 of the keys that the CA takes, from locked pages to locked pages:
 *   0, algorithm, and as bytes
 *     RSA  PKCS#1: 0, n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p
 *     EC   SEC 1: 1, the private number in full width, [1] the point
 */
#include "crypto/private.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/secret.h"

#define DER_MAX 4096
#define INTEGER 0x02
#define BIT_STRING 0x03
#define OCTET_STRING 0x04
#define SEQUENCE 0x30
#define PARAMETERS 0xa0
#define POINT 0xa1

/* The numbers of OpenSSL are in the order of this machine; DER has the highest byte first. */
static unsigned char *digit(unsigned char *number, size_t width, size_t i)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return &number[width - 1 - i];
#else
	(void)width;
	return &number[i];
#endif
}

static size_t width_of(const struct ems_private_kind *kind)
{
	return kind->curve ? kind->bits / 8 : EMS_PRIVATE_BYTES;
}

/* --- writing: from the end to the beginning, so that each length is known -------------------- */

struct back {
	unsigned char *start, *at;
};

static void put(struct back *b, const void *bytes, size_t len)
{
	b->at -= len;
	memcpy(b->at, bytes, len);
}

static void put_byte(struct back *b, size_t byte)
{
	*--b->at = (unsigned char)byte;
}

/* Everything from here to `end` becomes the content of a tag. */
static void put_head(struct back *b, unsigned tag, const unsigned char *end)
{
	size_t len = (size_t)(end - b->at);

	if (len < 0x80) {
		put_byte(b, len);
	} else {
		put_byte(b, len & 0xff);
		if (len > 0xff)
			put_byte(b, len >> 8);
		put_byte(b, len > 0xff ? 0x82 : 0x81);
	}
	put_byte(b, tag);
}

static void put_small(struct back *b, unsigned value)
{
	const unsigned char *end = b->at;

	put_byte(b, value);
	put_head(b, INTEGER, end);
}

static void put_number(struct back *b, unsigned char *number)
{
	const unsigned char *end = b->at;
	size_t len = EMS_PRIVATE_BYTES;

	while (len > 1 && !*digit(number, EMS_PRIVATE_BYTES, len - 1))
		len--;
	for (size_t i = 0; i < len; i++)
		put_byte(b, *digit(number, EMS_PRIVATE_BYTES, i));
	if (*b->at & 0x80)
		put_byte(b, 0); /* it is not negative */
	put_head(b, INTEGER, end);
}

static void put_rsa(struct back *b, ems_private_number *numbers)
{
	const unsigned char *end = b->at;

	for (size_t i = EMS_PRIVATE_NUMBERS; i--;)
		put_number(b, numbers[i]);
	put_small(b, 0);
	put_head(b, SEQUENCE, end);
}

static void put_ec(struct back *b, ems_private_number *numbers, size_t width)
{
	const unsigned char *end = b->at;
	const unsigned char *private_end;

	put(b, numbers[EMS_EC_POINT], 2 * width + 1);
	put_byte(b, 0); /* no bits are left over */
	put_head(b, BIT_STRING, end);
	put_head(b, POINT, end);
	private_end = b->at;
	for (size_t i = 0; i < width; i++)
		put_byte(b, *digit(numbers[EMS_EC_PRIVATE], width, i));
	put_head(b, OCTET_STRING, private_end);
	put_small(b, 1);
	put_head(b, SEQUENCE, end);
}

struct writing {
	const struct ems_private_kind *kind;
	const void *numbers;
	emsign_secret **out;
	emsign_error *err;
};

static emsign_rc write_der(void *ud, void *bytes, size_t *len)
{
	struct writing *w = ud;
	ems_private_number *numbers = (ems_private_number *)(uintptr_t)w->numbers;
	unsigned char *end = (unsigned char *)bytes + *len;
	struct back b = { bytes, end };

	if (w->kind->curve)
		put_ec(&b, numbers, width_of(w->kind));
	else
		put_rsa(&b, numbers);
	put_head(&b, OCTET_STRING, end);
	put(&b, w->kind->algorithm, w->kind->algorithm_len);
	put_small(&b, 0);
	put_head(&b, SEQUENCE, end);
	*len = (size_t)(end - b.at);
	memmove(bytes, b.at, *len);
	return EMSIGN_OK;
}

static emsign_rc with_numbers(void *ud, const void *bytes, size_t len)
{
	struct writing *w = ud;

	(void)len;
	w->numbers = bytes;
	return ems_secret_make(DER_MAX, write_der, w, w->out, w->err);
}

emsign_rc ems_pkcs8_write(const struct ems_private_kind *kind, emsign_secret *numbers,
			  emsign_secret **out, emsign_error *err)
{
	struct writing w = { .kind = kind, .out = out, .err = err };

	*out = NULL;
	return emsign_secret_use(numbers, with_numbers, &w, err);
}

/* --- reading: what is not exactly as expected is somebody else's ------------------------------ */

struct der {
	const unsigned char *at, *end;
};

static bool take(struct der *d, unsigned tag, struct der *content)
{
	const unsigned char *at = d->at;
	size_t len, more;

	if (d->end - at < 2 || *at++ != tag)
		return false;
	len = *at++;
	if (len >= 0x80) {
		more = len & 0x7f;
		if (more < 1 || more > 2 || (size_t)(d->end - at) < more)
			return false;
		for (len = 0; more; more--)
			len = len << 8 | *at++;
	}
	if ((size_t)(d->end - at) < len)
		return false;
	content->at = at;
	content->end = at + len;
	d->at = content->end;
	return true;
}

static bool take_small(struct der *d, unsigned value)
{
	struct der n;

	return take(d, INTEGER, &n) && n.end - n.at == 1 && *n.at == value;
}

static bool fill_number(struct der from, unsigned char *number, size_t width)
{
	size_t len = (size_t)(from.end - from.at);

	for (size_t i = 0; len <= width && i < len; i++)
		*digit(number, width, i) = from.at[len - 1 - i];
	return len > 0 && len <= width;
}

static bool take_number(struct der *d, unsigned char *number)
{
	struct der n;

	if (!take(d, INTEGER, &n) || n.at == n.end || (*n.at & 0x80))
		return false;
	if (*n.at == 0 && n.end - n.at > 1)
		n.at++;
	return fill_number(n, number, EMS_PRIVATE_BYTES);
}

static bool take_rsa(struct der *d, ems_private_number *numbers)
{
	struct der key;

	if (!take(d, SEQUENCE, &key) || !take_small(&key, 0))
		return false;
	for (size_t i = 0; i < EMS_PRIVATE_NUMBERS; i++)
		if (!take_number(&key, numbers[i]))
			return false;
	return key.at == key.end;
}

static bool take_ec(struct der *d, ems_private_number *numbers, size_t width)
{
	struct der key, number, ignored, bits, point;

	if (!take(d, SEQUENCE, &key) || !take_small(&key, 1) ||
	    !take(&key, OCTET_STRING, &number) ||
	    !fill_number(number, numbers[EMS_EC_PRIVATE], width))
		return false;
	(void)take(&key, PARAMETERS, &ignored); /* the algorithm says it already */
	if (!take(&key, POINT, &bits) || key.at != key.end || !take(&bits, BIT_STRING, &point) ||
	    (size_t)(point.end - point.at) != 2 * width + 2 || point.at[0] || point.at[1] != 4)
		return false;
	memcpy(numbers[EMS_EC_POINT], point.at + 1, 2 * width + 1);
	return true;
}

struct reading {
	struct der bytes; /* of the key itself */
	const struct ems_private_kind *kind;
	emsign_error *err;
};

static emsign_rc fail_form(emsign_error *err)
{
	return ems_fail(err, EMSIGN_E_INVALID, "not PKCS#8 of a key that the CA takes");
}

static emsign_rc read_key(void *ud, void *bytes, size_t *len)
{
	struct reading *r = ud;
	struct der *at = &r->bytes;
	bool good = r->kind->curve ? take_ec(at, bytes, width_of(r->kind)) : take_rsa(at, bytes);

	(void)len;
	return good && at->at == at->end ? EMSIGN_OK : fail_form(r->err);
}

/* RSA is told apart by the length of its modulus. */
static bool has_bits(const struct ems_private_kind *kind, struct der key)
{
	struct der numbers, modulus;

	if (kind->curve)
		return true;
	return take(&key, SEQUENCE, &numbers) && take_small(&numbers, 0) &&
	       take(&numbers, INTEGER, &modulus) &&
	       (size_t)(modulus.end - modulus.at) == kind->bits / 8 + 1 && modulus.at[1] & 0x80;
}

static const struct ems_private_kind *find_kind(struct der *info, struct der *key)
{
	for (size_t i = 0; i < ems_private_n_kinds; i++) {
		const struct ems_private_kind *kind = &ems_private_kinds[i];
		struct der at = *info;

		if ((size_t)(at.end - at.at) < kind->algorithm_len ||
		    memcmp(at.at, kind->algorithm, kind->algorithm_len) != 0)
			continue;
		at.at += kind->algorithm_len;
		if (take(&at, OCTET_STRING, key) && at.at == at.end && has_bits(kind, *key))
			return kind;
	}
	return NULL;
}

emsign_rc ems_pkcs8_read(const unsigned char *der, size_t len, const struct ems_private_kind **kind,
			 emsign_secret **out, emsign_error *err)
{
	struct der all = { der, der + len };
	struct der info;
	struct reading r = { .err = err };

	*out = NULL;
	if (!take(&all, SEQUENCE, &info) || all.at != all.end || !take_small(&info, 0))
		return fail_form(err);
	r.kind = find_kind(&info, &r.bytes);
	if (!r.kind)
		return fail_form(err);
	*kind = r.kind;
	return ems_secret_make(EMS_PRIVATE_NUMBERS * EMS_PRIVATE_BYTES, read_key, &r, out, err);
}
