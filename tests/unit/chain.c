/* SPDX-License-Identifier: MIT */
/* Chains, rebuilt from whatever came in whatever order. */
#include "../support/fail.h"
#include "../support/testca.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

enum { LEAF, INTERMEDIATE, ROOT, CROSS, STRANGER, N_CERTS };

static struct testca world[N_CERTS];
static struct testca old_root;
static char *pems[N_CERTS];

static int make_world(void **state)
{
	const struct testca_form cross = {
		.twin = &world[ROOT], .issuer = &old_root, .is_ca = 1
	};

	(void)state;
	testca_ca("Old Root", NULL, &old_root);
	testca_ca("Test Root", NULL, &world[ROOT]);
	testca_ca("Test Intermediate", &world[ROOT], &world[INTERMEDIATE]);
	testca_leaf(NULL, "shop.example", "DNS:shop.example", &world[INTERMEDIATE], &world[LEAF]);
	testca_make(&cross, &world[CROSS]);
	testca_ca("Test Root", NULL, &world[STRANGER]); /* same name, another key */
	for (size_t i = 0; i < N_CERTS; i++)
		pems[i] = testca_pem(&world[i]);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	testca_free(&old_root);
	for (size_t i = 0; i < N_CERTS; i++) {
		testca_free(&world[i]);
		free(pems[i]);
	}
	return 0;
}

static emsign_certificate *parse(const char *text)
{
	emsign_certificate *c = NULL;
	emsign_error err;

	if (emsign_certificate_parse(text, strlen(text), &c, &err))
		fail_msg("%s: in\n%s", err.message, text);
	return c;
}

static void join(struct ems_buf *out, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ems_buf_text(out, texts[i]);
}

static void assert_whole(emsign_certificate *c)
{
	assert_string_equal(c->pem, pems[LEAF]);
	assert_string_equal(c->chain_pem, pems[INTERMEDIATE]);
	assert_string_equal(c->root_pem, pems[ROOT]);
	emsign_free(c);
}

static void permute(const char **texts, size_t n, size_t at, void (*see)(const char **, size_t))
{
	if (at == n)
		see(texts, n);
	for (size_t i = at; i < n; i++) {
		const char *kept = texts[at];

		texts[at] = texts[i];
		texts[i] = kept;
		permute(texts, n, at + 1, see);
		texts[i] = texts[at];
		texts[at] = kept;
	}
}

static void parse_joined(const char **texts, size_t n)
{
	struct ems_buf text = EMS_BUF(100000);

	join(&text, texts, n);
	assert_whole(parse(ems_buf_str(&text)));
	ems_buf_free(&text);
}

/* A bundle with a cross-signed root and a duplicate. */
static void every_order_gives_the_same(void **state)
{
	const char *texts[] = { pems[LEAF], pems[INTERMEDIATE], pems[ROOT], pems[CROSS],
				pems[INTERMEDIATE] };

	(void)state;
	permute(texts, COUNT(texts), 0, parse_joined);
}

static void strangers_are_dropped(void **state)
{
	const char *texts[] = { pems[LEAF], pems[STRANGER], pems[ROOT], pems[INTERMEDIATE] };
	const char *alone[] = { pems[LEAF], pems[STRANGER] };
	struct ems_buf text = EMS_BUF(100000);
	emsign_certificate *c;

	(void)state;
	permute(texts, COUNT(texts), 0, parse_joined);
	join(&text, alone, COUNT(alone));
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->pem, pems[LEAF]);
	assert_null(c->chain_pem);
	assert_null(c->root_pem);
	emsign_free(c);
	ems_buf_free(&text);
}

static void a_cross_sign_stands_in_for_the_root(void **state)
{
	const char *texts[] = { pems[CROSS], pems[INTERMEDIATE], pems[LEAF] };
	struct ems_buf text = EMS_BUF(100000);
	struct ems_buf chain = EMS_BUF(100000);
	emsign_certificate *c;

	(void)state;
	join(&text, texts, COUNT(texts));
	ems_buf_print(&chain, "%s%s", pems[INTERMEDIATE], pems[CROSS]);
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->pem, pems[LEAF]);
	assert_string_equal(c->chain_pem, ems_buf_str(&chain));
	assert_null(c->root_pem);
	emsign_free(c);
	ems_buf_free(&text);
	ems_buf_free(&chain);
}

/* Two roots of one name, and no key ids that would tell them apart. */
static void the_signature_decides(void **state)
{
	const struct testca_form form = { .common = "Twin Root", .is_ca = 1, .without_ids = 1 };
	struct testca a, b, leaf;
	emsign_certificate *c;
	struct ems_buf text = EMS_BUF(100000);
	char *texts[3];

	(void)state;
	testca_make(&form, &a);
	testca_make(&form, &b);
	testca_make(&(struct testca_form){ .common = "a.example", .issuer = &a, .without_ids = 1 },
		    &leaf);
	texts[0] = testca_pem(&leaf);
	texts[1] = testca_pem(&b);
	texts[2] = testca_pem(&a);
	ems_buf_print(&text, "%s%s", texts[0], texts[1]);
	c = parse(ems_buf_str(&text));
	assert_null(c->root_pem);
	emsign_free(c);
	ems_buf_text(&text, texts[2]);
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->root_pem, texts[2]);
	emsign_free(c);
	ems_buf_free(&text);
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
	testca_free(&a);
	testca_free(&b);
	testca_free(&leaf);
}

/* The intermediate exists twice; the one that leads to a root which is there is taken, and without
 * any root the one that lasts longer. */
static void the_better_issuer_is_taken(void **state)
{
	const struct testca_form form = {
		.twin = &world[INTERMEDIATE], .issuer = &old_root, .is_ca = 1, .till = 2556144000
	};
	struct testca twin;
	struct ems_buf text = EMS_BUF(100000);
	emsign_certificate *c;
	char *pem;

	(void)state;
	testca_make(&form, &twin);
	pem = testca_pem(&twin);
	ems_buf_print(&text, "%s%s%s%s", pems[LEAF], pem, pems[INTERMEDIATE], pems[ROOT]);
	assert_whole(parse(ems_buf_str(&text)));
	ems_buf_clear(&text);
	ems_buf_print(&text, "%s%s%s", pems[LEAF], pems[INTERMEDIATE], pem);
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->chain_pem, pem);
	emsign_free(c);
	ems_buf_free(&text);
	free(pem);
	testca_free(&twin);
}

/* Two CAs that signed each other. */
static void circles_end(void **state)
{
	struct testca a, b;
	struct testca a_of_b, b_of_a, leaf;
	struct ems_buf text = EMS_BUF(100000);
	emsign_certificate *c;
	char *texts[3];

	(void)state;
	testca_ca("A", NULL, &a);
	testca_ca("B", NULL, &b);
	testca_make(&(struct testca_form){ .twin = &a, .issuer = &b, .is_ca = 1 }, &a_of_b);
	testca_make(&(struct testca_form){ .twin = &b, .issuer = &a, .is_ca = 1 }, &b_of_a);
	testca_leaf(NULL, "a.example", NULL, &a, &leaf);
	texts[0] = testca_pem(&a_of_b);
	texts[1] = testca_pem(&b_of_a);
	texts[2] = testca_pem(&leaf);
	ems_buf_print(&text, "%s%s", texts[0], texts[1]);
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->pem, texts[0]);
	assert_string_equal(c->chain_pem, texts[1]);
	emsign_free(c);
	ems_buf_text(&text, texts[2]);
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->pem, texts[2]);
	assert_null(c->root_pem);
	emsign_free(c);
	ems_buf_free(&text);
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
	testca_free(&a);
	testca_free(&b);
	testca_free(&a_of_b);
	testca_free(&b_of_a);
	testca_free(&leaf);
}

/* The lowest CA stands for the leaf. */
static void a_bundle_may_be_of_cas_alone(void **state)
{
	const char *texts[] = { pems[ROOT], pems[INTERMEDIATE] };
	struct ems_buf text = EMS_BUF(100000);
	emsign_certificate *c;

	(void)state;
	join(&text, texts, COUNT(texts));
	c = parse(ems_buf_str(&text));
	assert_string_equal(c->pem, pems[INTERMEDIATE]);
	assert_null(c->chain_pem);
	assert_string_equal(c->root_pem, pems[ROOT]);
	emsign_free(c);
	ems_buf_free(&text);
}

static void a_root_alone_is_its_own_leaf(void **state)
{
	emsign_certificate *c = parse(pems[ROOT]);

	(void)state;
	assert_string_equal(c->pem, pems[ROOT]);
	assert_null(c->chain_pem);
	assert_null(c->root_pem);
	emsign_free(c);
}

static void parts_are_put_together(void **state)
{
	char *bare = testca_bare(&world[INTERMEDIATE]);
	const char *const others[] = { pems[ROOT], bare, "", NULL };
	const char *const broken[] = { "nothing", NULL };
	emsign_certificate *c = NULL;
	emsign_error err;

	(void)state;
	assert_int_equal(ems_certificate_build(pems[LEAF], others, NULL, &c, &err), EMSIGN_OK);
	assert_whole(c);
	assert_int_equal(ems_certificate_build(pems[INTERMEDIATE],
					       (const char *const[]){ pems[LEAF], NULL }, NULL, &c,
					       &err),
			 EMSIGN_OK);
	assert_string_equal(c->pem, pems[INTERMEDIATE]); /* it was told */
	emsign_free(c);
	assert_int_equal(ems_certificate_build(pems[LEAF], NULL, NULL, &c, &err), EMSIGN_OK);
	emsign_free(c);
	assert_int_equal(ems_certificate_build(pems[LEAF], broken, NULL, &c, &err),
			 EMSIGN_E_INVALID);
	assert_null(c);
	assert_int_equal(ems_certificate_build("", others, NULL, &c, &err), EMSIGN_E_INVALID);
	assert_int_equal(ems_certificate_build(NULL, others, NULL, &c, &err), EMSIGN_E_INVALID);
	assert_string_equal(err.message, "no certificate in the text; a PEM block 'CERTIFICATE' or "
					 "its bare base64 would be right");
	free(bare);
}

/* What is known already changes nothing but the time it takes, also when it had to make room. */
static void known_issuers_give_the_same(void **state)
{
	const char *const others[] = { pems[ROOT], pems[INTERMEDIATE], NULL };
	struct ems_issuers *known = ems_issuers_new();
	emsign_certificate *c = NULL;
	emsign_error err;

	(void)state;
	for (int round = 0; round < 4; round++) {
		assert_int_equal(ems_certificate_build(pems[LEAF], others, known, &c, &err),
				 EMSIGN_OK);
		assert_whole(c);
		for (int i = 0; round == 2 && i < 20; i++) {
			char *blanks = malloc((size_t)i + strlen(pems[ROOT]) + 1);
			const char *one[] = { blanks, NULL };

			memset(blanks, ' ', (size_t)i);
			strcpy(blanks + i, pems[ROOT]);
			assert_int_equal(ems_certificate_build(pems[INTERMEDIATE], one, known, &c,
							       &err),
					 EMSIGN_OK);
			assert_string_equal(c->root_pem, pems[ROOT]);
			emsign_free(c);
			free(blanks);
		}
	}
	ems_issuers_free(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(every_order_gives_the_same),
		FAIL_TEST(strangers_are_dropped),
		FAIL_TEST(a_cross_sign_stands_in_for_the_root),
		FAIL_TEST(the_signature_decides),
		FAIL_TEST(the_better_issuer_is_taken),
		FAIL_TEST(circles_end),
		FAIL_TEST(a_bundle_may_be_of_cas_alone),
		FAIL_TEST(a_root_alone_is_its_own_leaf),
		FAIL_TEST(parts_are_put_together),
		FAIL_TEST(known_issuers_give_the_same),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
