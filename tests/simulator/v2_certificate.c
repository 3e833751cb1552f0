/* SPDX-License-Identifier: MIT */
/* Certificates of the second generation, in the form that was asked for. */
#include "v2.h"

#include <openssl/pem.h>
#include <string.h>
#include <strings.h>

/* The production service tells the end in some other time zone. */
#define SHIFT_MS (13 * 3600000LL + 30 * 60000LL)

enum form { FORM_JSON, FORM_PEM, FORM_DER, FORM_NONE };

const char *sim_v2_certificate_serial(struct sim_v2_call *call, const struct sim_order *order)
{
	if (!*order->cert.serial || sim_v2_is(call, SIM_V2_SERIAL, "wire"))
		return order->cert.serial;
	return sim_mem_printf(call->arena, "%llX", strtoull(order->cert.serial, NULL, 10));
}

long long sim_v2_certificate_end(struct sim_v2_call *call, const struct sim_order *order)
{
	return !order->cert.not_after || sim_v2_is(call, SIM_V2_NOT_AFTER, "wire") ?
		order->cert.not_after : order->cert.not_after - SHIFT_MS;
}

/* The first type of the list that is known; PKCS#7 is offered in the book, and refused. */
static enum form accepted(struct sim_v2_call *call)
{
	static const struct {
		const char *type;
		enum form form;
	} types[] = {
		{ "application/json", FORM_JSON }, { "application/x-pem-file", FORM_PEM },
		{ "application/pkix-cert", FORM_DER }, { "*/*", FORM_JSON },
		{ "application/*", FORM_JSON },
	};
	const char *accept = sim_http_header(call->http, call->arena, "Accept");
	size_t i;

	if (!accept || !*accept)
		return FORM_JSON;
	while (*accept) {
		size_t len = strcspn(accept, ",; \t");

		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (strlen(types[i].type) == len &&
			    !strncasecmp(types[i].type, accept, len))
				return types[i].form;
		accept += strcspn(accept, ",");
		accept += strspn(accept, ", \t");
	}
	return FORM_NONE;
}

static enum form asked(struct sim_v2_call *call)
{
	const char *format = sim_json_str(call->query, "format");

	if (!*format)
		return accepted(call);
	return !strcmp(format, "pem") ? FORM_PEM :
		!strcmp(format, "der") || !strcmp(format, "pkcs7") ? FORM_DER : FORM_NONE;
}

/* PEM as the service has it: the last line has no end. */
static const char *trimmed(struct sim_arena *arena, const char *pem)
{
	size_t len = strlen(pem);

	while (len && pem[len - 1] == '\n')
		len--;
	return sim_mem_copy(arena, pem, len);
}

static X509 *read(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

/* The common name alone on the wire, the whole name in the book. */
static const char *name_of(struct sim_v2_call *call, const X509_NAME *name)
{
	char text[512] = "";
	BIO *bio;

	if (sim_v2_is(call, SIM_V2_NAMES, "wire")) {
		X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text));
		return sim_mem_text(call->arena, text);
	}
	bio = BIO_new(BIO_s_mem());
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) > 0)
		BIO_read(bio, text, sizeof(text) - 1);
	BIO_free(bio);
	return sim_mem_text(call->arena, text);
}

static void put_names(struct sim_v2_call *call, const char *leaf)
{
	X509 *cert = read(leaf);

	if (cert) {
		sim_json_text(&call->out, "subject", name_of(call, X509_get_subject_name(cert)));
		sim_json_text(&call->out, "issuer", name_of(call, X509_get_issuer_name(cert)));
	}
	X509_free(cert);
}

static void put_json(struct sim_v2_call *call, const struct sim_order *order, const char *leaf,
		     const char *const chain[2])
{
	struct sim_json_out *out = &call->out;

	call->answer->type = "application/json;charset=UTF-8";
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "orderId", order->number);
	sim_json_text(out, "serialNumber", sim_v2_certificate_serial(call, order));
	put_names(call, leaf);
	if (sim_v2_is(call, SIM_V2_NOT_BEFORE, "documented"))
		sim_v2_time(call, "notBefore", order->cert.not_before);
	sim_v2_time(call, "notAfter", sim_v2_certificate_end(call, order));
	sim_json_text(out, "certificatePem", trimmed(call->arena, leaf));
	sim_json_open(out, "chainPem", '[');
	sim_json_text(out, NULL, trimmed(call->arena, chain[0]));
	sim_json_text(out, NULL, trimmed(call->arena, chain[1]));
	sim_json_close(out, ']');
	sim_json_close(out, '}');
}

static void put_der(struct sim_v2_call *call, const char *leaf)
{
	unsigned char *der = NULL;
	X509 *cert = read(leaf);
	int len = cert ? i2d_X509(cert, &der) : 0;

	call->answer->type = "application/pkix-cert";
	if (len > 0)
		sim_buf_add(&call->answer->body, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(cert);
}

/* The refusal of a download, or 0. */
static int can_download(struct sim_v2_call *call, const struct sim_order *order)
{
	const char *state = sim_v2_track_state(order);
	bool book = sim_v2_is(call, SIM_V2_NOT_ISSUED, "documented");

	if (!strcmp(state, "revoked"))
		return sim_v2_no(call, 404, "", sim_v2_words(
			call, "The certificate of order %s is no longer available.",
			order->number));
	if (!strcmp(state, "cancelled") || !strcmp(state, "rejected"))
		return sim_v2_no(call, 422, "", sim_call_error_text(1165));
	if (order->cert.pem && sim_clock_now(call->sim) >= order->issued +
	    call->sim->options->delay_body)
		return 0;
	call->slug = book ? "order-not-issued" : NULL;
	return sim_v2_no(call, book ? 409 : 422, "1165", sim_v2_words(
		call, "Certificate is not yet issued for this order. Current status: %s.", state));
}

int sim_v2_certificate_get(struct sim_v2_call *call)
{
	struct sim_order *order = call->order;
	const struct sim_ca *ca = order->product->family == SIM_PRIVATE ?
		&call->sim->private_ca : &call->sim->public_ca;
	bool root_first = sim_v2_is(call, SIM_V2_CHAIN, "root-first");
	const char *const chain[2] = { root_first ? ca->root_pem : ca->issuing_pem,
				       root_first ? ca->issuing_pem : ca->root_pem };
	enum form form = asked(call);
	const char *leaf;
	int status;

	if (form == FORM_NONE)
		return sim_v2_no(call, 406, "", "No acceptable representation");
	/* a download changes the state, so one of the history is kept from now on */
	if (order->cert_status == SIM_CERT_GENERATED)
		order = sim_order_find(call->sim, order->number);
	else if (order->index >= 0 && order->cert.not_after && !order->cert.pem)
		order = sim_history_order(call->sim, call->arena, order->index, true);
	status = can_download(call, order);
	if (status)
		return status;
	leaf = order->cert.foreign ? order->cert.foreign : order->cert.pem;
	if (form == FORM_JSON) {
		put_json(call, order, leaf, chain);
	} else if (form == FORM_DER) {
		put_der(call, leaf);
	} else {
		call->answer->type = "application/x-pem-file";
		sim_buf_text(&call->answer->body, leaf);
		sim_buf_text(&call->answer->body, chain[0]);
		sim_buf_text(&call->answer->body, trimmed(call->arena, chain[1]));
	}
	if (order->cert_status == SIM_CERT_GENERATED && !order->held)
		order->cert_status = SIM_CERT_DOWNLOADED;
	return 200;
}
