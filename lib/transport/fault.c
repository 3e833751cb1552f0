/* SPDX-License-Identifier: MIT */
#include "transport/fault.h"

#include <string.h>

#include "base/text.h"

/* Verdicts of a certificate check, numbered as OpenSSL does; other TLS libraries report 0. */
enum {
	VERIFY_ANY = -1,
	VERIFY_NOT_YET = 9,
	VERIFY_EXPIRED = 10,
	VERIFY_SELF_SIGNED = 18,
	VERIFY_SELF_SIGNED_IN_CHAIN = 19,
	VERIFY_NO_ISSUER = 20,
	VERIFY_NO_ISSUER_OF_LEAF = 21,
	VERIFY_REVOKED = 23,
	VERIFY_WRONG_HOST = 62
};

/*
 * The first row that fits counts. In a sentence '@' stands for the server's name, '#' for the file
 * of roots, '$' for libcurl's own words.
 */
static const struct reason {
	CURLcode code;
	long verify;
	const char *hint; /* has to be in libcurl's words; NULL: anything fits */
	emsign_rc rc;
	const char *sentence;
} reasons[] = {
	{ CURLE_UNSUPPORTED_PROTOCOL, VERIFY_ANY, "HTTP/", EMSIGN_E_PROTO,
	  "what @ answered is not HTTP" },
	{ CURLE_UNSUPPORTED_PROTOCOL, VERIFY_ANY, NULL, EMSIGN_E_INVALID,
	  "the URL does not begin with https://" },
	{ CURLE_URL_MALFORMAT, VERIFY_ANY, NULL, EMSIGN_E_INVALID, "the URL makes no sense: $" },
	{ CURLE_OUT_OF_MEMORY, VERIFY_ANY, NULL, EMSIGN_E_NOMEM, "out of memory" },

	{ CURLE_COULDNT_RESOLVE_PROXY, VERIFY_ANY, NULL, EMSIGN_E_NET,
	  "the name of the proxy is not known: $" },
	{ CURLE_COULDNT_RESOLVE_HOST, VERIFY_ANY, NULL, EMSIGN_E_NET, "the name @ is not known" },
	{ CURLE_COULDNT_CONNECT, VERIFY_ANY, NULL, EMSIGN_E_NET, "no connection to @: $" },

	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_NOT_YET, NULL, EMSIGN_E_TLS,
	  "the certificate of @ is not valid yet (or the clock here is wrong)" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_EXPIRED, NULL, EMSIGN_E_TLS,
	  "the certificate of @ has expired (or the clock here is wrong)" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_SELF_SIGNED, NULL, EMSIGN_E_TLS,
	  "the certificate of @ is self-signed and not among #" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_SELF_SIGNED_IN_CHAIN, NULL, EMSIGN_E_TLS,
	  "the root of the certificate of @ is not among #" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_NO_ISSUER, NULL, EMSIGN_E_TLS,
	  "the issuer of the certificate of @ is not among #" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_NO_ISSUER_OF_LEAF, NULL, EMSIGN_E_TLS,
	  "the issuer of the certificate of @ is not among #" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_REVOKED, NULL, EMSIGN_E_TLS,
	  "the certificate of @ is revoked" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_WRONG_HOST, NULL, EMSIGN_E_TLS,
	  "the certificate is not one for @" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_ANY, "target host name", EMSIGN_E_TLS,
	  "the certificate is not one for @" },
	{ CURLE_PEER_FAILED_VERIFICATION, VERIFY_ANY, NULL, EMSIGN_E_TLS,
	  "the certificate of @ is not accepted: $" },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, VERIFY_ANY, NULL, EMSIGN_E_TLS,
	  "the public key of @ is not the pinned one" },
	{ CURLE_SSL_CACERT_BADFILE, VERIFY_ANY, NULL, EMSIGN_E_IO,
	  "# cannot be read" },
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, "protocol version", EMSIGN_E_TLS,
	  "@ does not speak TLS 1.2 or newer" },
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, "unsupported protocol", EMSIGN_E_TLS,
	  "@ does not speak TLS 1.2 or newer" },
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, "wrong version number", EMSIGN_E_TLS,
	  "@ does not speak TLS there" },
	/* the network's doing, not the server's */
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, "unexpected eof", EMSIGN_E_NET,
	  "@ closed the connection during the TLS handshake" },
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, "SYSCALL", EMSIGN_E_NET,
	  "@ closed the connection during the TLS handshake" },
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, "reset by peer", EMSIGN_E_NET,
	  "@ closed the connection during the TLS handshake" },
	{ CURLE_SSL_CONNECT_ERROR, VERIFY_ANY, NULL, EMSIGN_E_TLS, "no TLS with @: $" },
	{ CURLE_SSL_CIPHER, VERIFY_ANY, NULL, EMSIGN_E_TLS, "no TLS with @: $" },
	{ CURLE_SSL_CERTPROBLEM, VERIFY_ANY, NULL, EMSIGN_E_TLS, "no TLS with @: $" },
	{ CURLE_SSL_ISSUER_ERROR, VERIFY_ANY, NULL, EMSIGN_E_TLS, "no TLS with @: $" },

	{ CURLE_WEIRD_SERVER_REPLY, VERIFY_ANY, NULL, EMSIGN_E_PROTO,
	  "what @ answered is not HTTP" },
	{ CURLE_BAD_CONTENT_ENCODING, VERIFY_ANY, NULL, EMSIGN_E_PROTO,
	  "what @ answered is not HTTP" },
	{ CURLE_RECV_ERROR, VERIFY_ANY, "chunked", EMSIGN_E_PROTO,
	  "what @ answered is not HTTP: $" },
	{ CURLE_RECV_ERROR, VERIFY_ANY, "response headers", EMSIGN_E_PROTO,
	  "the headers of the answer of @ are too long" },
#if LIBCURL_VERSION_NUM >= 0x080600
	{ CURLE_TOO_LARGE, VERIFY_ANY, NULL, EMSIGN_E_PROTO,
	  "the headers of the answer of @ are too long" },
#endif
	{ CURLE_PARTIAL_FILE, VERIFY_ANY, NULL, EMSIGN_E_NET, "the answer of @ was cut off" },
	{ CURLE_GOT_NOTHING, VERIFY_ANY, NULL, EMSIGN_E_NET,
	  "@ closed the connection without an answer" },
	/* our own refusal to send a request twice */
	{ CURLE_ABORTED_BY_CALLBACK, VERIFY_ANY, NULL, EMSIGN_E_NET,
	  "@ closed the connection without an answer" },
};

static const struct reason any = {
	CURLE_OK, VERIFY_ANY, NULL, EMSIGN_E_NET, "the connection to @ broke: $"
};
static const struct reason late = {
	CURLE_OPERATION_TIMEDOUT, VERIFY_ANY, NULL, EMSIGN_E_TIMEOUT, "no answer from @ in time: $"
};
static const struct reason late_unsent = {
	CURLE_OPERATION_TIMEDOUT, VERIFY_ANY, NULL, EMSIGN_E_TIMEOUT,
	"no connection to @ in time: $"
};

static const struct reason *find(const struct ems_fault *fault)
{
	if (fault->code == CURLE_OPERATION_TIMEDOUT)
		return fault->unsent ? &late_unsent : &late;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const struct reason *r = &reasons[i];

		if (r->code == fault->code &&
		    (r->verify == VERIFY_ANY || r->verify == fault->verify) &&
		    (!r->hint || ems_text_contains_nocase(fault->text, r->hint)))
			return r;
	}
	return &any;
}

static void put_host(struct ems_buf *out, const char *url)
{
	CURLU *parts = curl_url();
	char *host = NULL;

	if (parts && !curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) &&
	    !curl_url_get(parts, CURLUPART_HOST, &host, 0))
		ems_buf_text(out, host);
	else
		ems_buf_text(out, "the server");
	curl_free(host);
	curl_url_cleanup(parts);
}

static void put_roots(struct ems_buf *out, const char *ca_file)
{
	if (ca_file)
		ems_buf_print(out, "the roots in '%s'", ca_file);
	else
		ems_buf_text(out, "the system's roots");
}

emsign_rc ems_fault_tell(const struct ems_fault *fault, struct ems_buf *detail)
{
	const struct reason *reason = find(fault);

	for (const char *at = reason->sentence; *at; at++) {
		if (*at == '@')
			put_host(detail, fault->url);
		else if (*at == '#')
			put_roots(detail, fault->ca_file);
		else if (*at == '$')
			ems_buf_text(detail, ems_text_empty(fault->text)
						     ? curl_easy_strerror(fault->code)
						     : fault->text);
		else
			ems_buf_char(detail, *at);
	}
	return reason->rc;
}
