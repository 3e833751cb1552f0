/* SPDX-License-Identifier: MIT */
/* The types of fields: what each takes, what it becomes, and the sentence when it is wrong. */
#include "../support/fail.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/fields.h"

#define X10 "xxxxxxxxxx"
#define X64 X10 X10 X10 X10 X10 X10 "xxxx"

static const char *const scopes[] = { "client", "credential", "order", "domain", "import",
				      "command" };

/* A form with one field, as a change. */
static emsign_rc check_one(const char *scope, const char *name, const char *value,
			   struct ems_kvlist *out, emsign_error *err)
{
	const emsign_kv said[] = { { name, value }, { NULL, NULL } };

	return ems_fields_check(scope, EMS_FIELDS_PART, said, out, err);
}

static void takes(const char *scope, const char *name, const char *value, const char *becomes)
{
	struct ems_kvlist out = { 0 };
	emsign_error err;

	if (check_one(scope, name, value, &out, &err))
		fail_msg("%s '%s': %s", name, value, err.message);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.items[0].key, name);
	assert_string_equal(out.items[0].value, becomes);
	ems_kvlist_free(&out);
}

static void refuses(const char *scope, const char *name, const char *value, const char *sentence)
{
	struct ems_kvlist out = { 0 };
	emsign_error err;

	if (check_one(scope, name, value, &out, &err) != EMSIGN_E_INVALID)
		fail_msg("%s takes '%s'", name, value);
	assert_int_equal(err.rc, EMSIGN_E_INVALID);
	if (sentence)
		assert_string_equal(err.message, sentence);
	assert_true(ems_text_starts(err.message, name));
	ems_kvlist_free(&out);
}

/* --- types --------------------------------------------------------------------------------- */

static void text(void **state)
{
	(void)state;
	takes("order", "remarks", "caf\xc3\xa9, \"quoted\" \xf0\x9f\x98\x80",
	      "caf\xc3\xa9, \"quoted\" \xf0\x9f\x98\x80");
	takes("order", "organization.unit", X64, X64);
	refuses("order", "organization.unit", X64 "x",
		"organization.unit has 65 bytes; it may have 1 to 64");
	refuses("order", "remarks", "one\ntwo",
		"remarks 'one two' has to be one line without control characters");
	refuses("order", "remarks", "\x7f", NULL);
	refuses("order", "remarks", "a\xc3", "remarks 'a?' has to be UTF-8 text");
	takes("order", "contract_signer.designation", "CEO", "CEO");
	refuses("order", "contract_signer.designation", "IT",
		"contract_signer.designation has 2 bytes; it may have 3 to 64");
	takes("client", "dcv_label", "_emsign-validation", "_emsign-validation");
}

static void names(void **state)
{
	(void)state;
	takes("order", "domain", "WWW.B\xc3\xbc" "cher.Example.", "www.xn--bcher-kva.example");
	takes("order", "san", "*.Example.COM", "*.example.com");
	refuses("order", "domain", "https://example.com",
		"domain 'https://example.com' is not a domain name: it is a URL; give the host "
		"name alone");
	refuses("order", "san", "intranet",
		"san 'intranet' is not a domain name: it has a single label");
}

static void email(void **state)
{
	(void)state;
	takes("order", "requester.email", "alex@example.com", "alex@example.com");
	refuses("order", "requester.email", "alex",
		"requester.email 'alex' has to be an e-mail address, like alex@example.com");
	refuses("order", "recipient", "alex@example.com,b@example.com", NULL);
	refuses("order", "recipient", X64 "@" X10 X10 "." X64 "." X64 "." X64 ".example.com", NULL);
}

static void digits(void **state)
{
	(void)state;
	takes("credential", "account", "0012345678", "0012345678");
	takes("credential", "account", "12345678901234567890", "12345678901234567890");
	refuses("credential", "account", "123456789012345678901",
		"account has 21 bytes; it may have 1 to 20");
	refuses("credential", "account", "12a", "account '12a' has to be digits");
	refuses("order", "requester.phone", "+1 555", "requester.phone '+1 555' has to be digits");
	refuses("order", "requester.phone", "123",
		"requester.phone has 3 bytes; it may have 4 to 15");
	takes("order", "requester.isd", "1", "1");
	refuses("order", "requester.isd", "-1", NULL);
}

static void numbers(void **state)
{
	(void)state;
	takes("client", "attempts", "1", "1");
	takes("client", "attempts", "0020", "20");
	takes("client", "attempts", "000000000000000000000000020", "20");
	takes("client", "capacity", "0", "0");
	refuses("client", "attempts", "0", "attempts '0' has to be a number from 1 to 20");
	refuses("client", "attempts", "21", "attempts '21' has to be a number from 1 to 20");
	refuses("client", "attempts", "-1", "attempts '-1' has to be a number from 1 to 20");
	refuses("client", "attempts", "5 ", NULL);
	refuses("client", "timeout_ms", "2m", NULL);
	refuses("client", "timeout_ms", "18446744073709551716", NULL); /* 2^64 + 100 */
	takes("order", "years", "3", "3");
	refuses("order", "years", "4", NULL);
}

static void choices(void **state)
{
	(void)state;
	takes("credential", "region", "SandBox", "sandbox");
	takes("credential", "api", "V1", "v1");
	takes("credential", "api", "v2", "v2");
	takes("credential", "auth", "Form", "form");
	takes("order", "keystore", "PKCS12", "pkcs12");
	takes("order", "renew_days", "60", "60");
	refuses("credential", "region", "mars",
		"region 'mars' is unknown; possible: us|india|sandbox");
	refuses("credential", "region", "us|india", NULL);
	refuses("order", "renew_days", "45", "renew_days '45' is unknown; possible: 30|60");
	refuses("import", "exclude", "draft",
		"exclude 'draft' is unknown; possible: expired|revoked|rejected");
}

static void yes_and_no(void **state)
{
	static const char *const yes[] = { "yes", "YES", "true", "True", "on", "1" };
	static const char *const no[] = { "no", "No", "false", "FALSE", "off", "0" };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		takes("order", "auto_renew", yes[i], "yes");
		takes("order", "auto_renew", no[i], "no");
	}
	refuses("order", "auto_renew", "maybe", "auto_renew 'maybe' has to be yes or no");
	refuses("order", "auto_renew", "y", NULL);
	refuses("order", "auto_renew", "2", NULL);
}

static void keys(void **state)
{
	(void)state;
	takes("order", "key", "rsa:2048", "RSA:2048");
	takes("order", "key", "RSA:3072", "RSA:3072");
	takes("order", "key", "RSA:4096", "RSA:4096");
	takes("order", "key", "ec:p-256", "EC:P-256");
	takes("order", "key", "EC:P-384", "EC:P-384");
	refuses("order", "key", "RSA:1024",
		"key 'RSA:1024' has to be RSA:2048, RSA:3072, RSA:4096, EC:P-256 or EC:P-384");
	refuses("order", "key", "RSA", NULL);
	refuses("order", "key", "EC:P-521", NULL);
	refuses("order", "key", "ED25519", NULL);
}

static void csrs(void **state)
{
	static char big[65537 + 1];

	(void)state;
	takes("order", "csr", "-----BEGIN CERTIFICATE REQUEST-----\nMII=\n",
	      "-----BEGIN CERTIFICATE REQUEST-----\nMII=\n");
	/* its text is never repeated: people paste their private key here */
	refuses("order", "csr", "private\xff", "csr '...' has to be a CSR in PEM");
	memset(big, 'x', 65537);
	refuses("order", "csr", big, "csr '...' has to be a CSR in PEM");
	big[65536] = '\0';
	takes("order", "csr", big, big);
}

static void urls(void **state)
{
	static const char *const bad[] = {
		"https:",
		"https://",
		"https:///path",
		"http://example.com/",
		"ftp://example.com/",
		"HTTPS",
		"h",
		"https://:443/",
		"https://alex@example.com/",
		"https://example.com/?x=1",
		"https://example.com/#x",
		"https://exa mple.com/",
		"https://b\xc3\xbc"
		"cher.example/",
		"https://example.com/\n",
		"https://example.com\\",
	};

	(void)state;
	takes("credential", "url", "https://example.com/v1/", "https://example.com/v1/");
	takes("credential", "url", "https://example.com/v1", "https://example.com/v1/");
	takes("credential", "url", "https://example.com", "https://example.com/");
	takes("credential", "url", "https://example.com:8443", "https://example.com:8443/");
	takes("credential", "url", "https://[::1]:8443/x", "https://[::1]:8443/x/");
	for (size_t i = 0; i < COUNT(bad); i++)
		refuses("credential", "url", bad[i], NULL);
	refuses("credential", "url", "http://example.com",
		"url 'http://example.com' has to begin with https://");
	refuses("credential", "url", "https://example.com?a",
		"url 'https://example.com?a' has to be https://HOST[:PORT]/PATH/ without user, "
		"query and fragment");
}

static const char *const good_addresses[] = {
	"203.0.113.10", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::1",
	"2001:DB8:0:0:8:800:200C:417A", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
	"::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1",
	"1:2:3:4:5:6:192.0.2.1",
};

static const char *const bad_addresses[] = {
	"1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "01.2.3.4", "1.2.3.", ".1.2.3",
	"1..2.3", "1.2.3.4 ", "1.2.3.x", "1.2.3.4:80", "0x1.2.3.4", "1234", ":", ":::", "1:",
	":1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::",
	"1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:192.0.2.1", "1:2:3:4:5:192.0.2.1", "::192.0.2", "::192.0.2.1:1",
	"fe80::1%eth0", "[::1]", "::1/64", "1:2:3:4:5:6::192.0.2.1", "localhost",
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good_addresses); i++)
		takes("order", "signer.ip", good_addresses[i],
		      good_addresses[i]);
	for (size_t i = 0; i < COUNT(bad_addresses); i++)
		refuses("order", "signer.ip", bad_addresses[i], NULL);
	refuses("credential", "signer.ip", "here",
		"signer.ip 'here' has to be an IP address, like 203.0.113.10");
}

static void tags(void **state)
{
	static const char right[] =
		"has to be NAME:VALUE, NAME of 3 to 30 and VALUE of 1 to 30 characters";
	static const char *const bad[] = {
		"ab:x", "abc:", "abc", ":x", X10 X10 X10 "x:y", "abc:" X10 X10 X10 "x",
	};
	char sentence[200];

	(void)state;
	takes("order", "tag", "abc:x", "abc:x");
	takes("order", "tag", X10 X10 X10 ":" X10 X10 X10, X10 X10 X10 ":" X10 X10 X10);
	takes("order", "tag", "time:10:20", "time:10:20");
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(sentence, sizeof(sentence), "tag '%s' %s", bad[i], right);
		refuses("order", "tag", bad[i], sentence);
	}
	refuses("order", "tag", "abc:x\ny",
		"tag 'abc:x y' has to be one line without control characters");
	refuses("order", "tag", "abc:\xff", "tag 'abc:?' has to be UTF-8 text");
}

static void custom_fields(void **state)
{
	char big[302];

	(void)state;
	takes("order", "custom", "456=Department", "456=Department");
	takes("order", "custom", "1=a=b", "1=a=b");
	refuses("order", "custom", "456", "custom '456' has to be ID=VALUE, like 456=Department");
	refuses("order", "custom", "456=", "custom '456=' has to be ID=VALUE, like 456=Department");
	refuses("order", "custom", "=x", NULL);
	refuses("order", "custom", "a=x", NULL);
	refuses("order", "custom", "1=\t", NULL);
	refuses("order", "custom", "1=\xff", NULL);
	memset(big, 'x', sizeof(big));
	memcpy(big, "1=", 2);
	big[301] = '\0';
	refuses("order", "custom", big, "custom has 301 bytes; it may have 3 to 300");
	big[300] = '\0';
	takes("order", "custom", big, big);
}

static void countries(void **state)
{
	(void)state;
	takes("order", "organization.country", "us", "US");
	takes("order", "organization.country", "In", "IN");
	refuses("order", "organization.country", "USA",
		"organization.country 'USA' has to be two letters, like US");
	refuses("order", "organization.country", "u1", NULL);
	refuses("order", "organization.country", "\xc3\xa4", NULL);
}

static void dates(void **state)
{
	(void)state;
	takes("import", "from", "2026-01-15", "1768435200");
	takes("import", "till", "2026-01-15T10:20:30+05:30", "1768452630");
	refuses("import", "from", "15.1.2026", "from '15.1.2026' has to be a day, like 2026-01-31");
	refuses("import", "from", "2026-02-29", NULL);
}

/* A limit in bytes may cut a value inside a character; the sentence is UTF-8 all the same. */
static void quoted_values_are_cut_cleanly(void **state)
{
	struct ems_kvlist out = { 0 };
	char value[200] = "x";
	emsign_error err;

	(void)state;
	for (int i = 0; i < 40; i++)
		strcat(value, "\xc3\xa4");
	assert_int_equal(check_one("order", "key", value, &out, &err), EMSIGN_E_INVALID);
	assert_true(ems_text_utf8(err.message, strlen(err.message)));
	ems_kvlist_free(&out);
}

/* --- the table itself ---------------------------------------------------------------------- */

static void the_public_table_says_what_is_checked(void **state)
{
	(void)state;
	assert_null(emsign_fields("colour"));
	assert_null(emsign_fields(NULL));
	for (size_t s = 0; s < COUNT(scopes); s++) {
		const emsign_field *fields = emsign_fields(scopes[s]);

		assert_non_null(fields);
		for (; fields->name; fields++) {
			assert_true(strlen(fields->doc) > 0);
			assert_true(fields->doc[strlen(fields->doc) - 1] != '.');
			assert_false(fields->must && fields->preset);
			assert_true((strcmp(fields->type, "choice") == 0) ==
				    (fields->choices != NULL));
			if (fields->preset)
				takes(scopes[s], fields->name, fields->preset, fields->preset);
			refuses(scopes[s], fields->name, "\x01\xff", NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(text),
		FAIL_TEST(names),
		FAIL_TEST(email),
		FAIL_TEST(digits),
		FAIL_TEST(numbers),
		FAIL_TEST(choices),
		FAIL_TEST(yes_and_no),
		FAIL_TEST(keys),
		FAIL_TEST(csrs),
		FAIL_TEST(urls),
		FAIL_TEST(addresses),
		FAIL_TEST(tags),
		FAIL_TEST(custom_fields),
		FAIL_TEST(countries),
		FAIL_TEST(dates),
		FAIL_TEST(quoted_values_are_cut_cleanly),
		FAIL_TEST(the_public_table_says_what_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
