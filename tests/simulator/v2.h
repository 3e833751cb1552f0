/* SPDX-License-Identifier: MIT */
/* The second generation of the API: resources, bearer tokens, HTTP statuses and problem bodies. */
#ifndef SIM_V2_H
#define SIM_V2_H

#include "sim.h"

#define SIM_V2_PREFIX "/api/certinext/v2/"

struct sim_v2_verb;

/* A call; handlers return its HTTP status, through sim_v2_no() when they refuse. */
struct sim_v2_call {
	struct sim *sim;
	struct sim_arena *arena;
	const struct sim_request *http;
	const struct sim_v2_verb *verb;
	const struct sim_fault *fault;	/* one that happens inside the call, or NULL */
	const char *path[2];		/* what stands for the {} of the path */
	enum sim_family family;		/* of order paths */
	const struct sim_json *query;
	const struct sim_json *body;
	struct sim_json_out out;	/* where a success is written */
	struct sim_answer *answer;
	struct sim_order *order;	/* of order paths */
	struct sim_domain *domain;	/* of domain paths */
	/* of a refusal */
	const char *code;		/* after "EMS-", or "" */
	const char *text;
	const char *slug;		/* of its type, or NULL */
	struct sim_buf more;		/* further members of the problem, with a comma first */
	struct sim_buf missing;		/* the members of `errors` */
};

/* What a path names besides the collection. */
enum sim_v2_subject { SIM_V2_NONE, SIM_V2_ORDER, SIM_V2_DOMAIN };

struct sim_v2_verb {
	const char *name;	/* as faults, the log and the counters have it */
	const char *method;
	const char *path;	/* below the prefix */
	enum sim_v2_subject subject;
	bool placement;
	int (*run)(struct sim_v2_call *call);
};

/* v2_call.c: routing, the checks before a call, problems */
bool sim_v2_call_is_ours(const char *path);
bool sim_v2_call_is_verb(const char *name);
/* The name of the verb that a request asks for, or NULL. */
const char *sim_v2_call_name(const struct sim_request *request);
void sim_v2_call_answer(struct sim *sim, const struct sim_request *request,
			const struct sim_fault *fault, struct sim_answer *answer, char *note,
			size_t room);
/* What a path or method that is not there gets. */
void sim_v2_call_lost(struct sim *sim, const struct sim_request *request,
		      struct sim_answer *answer);
/* The body for the status of a fault. */
void sim_v2_call_fault(const struct sim_request *request, struct sim_answer *answer);
int sim_v2_no(struct sim_v2_call *call, int status, const char *code, const char *text);
/* The refusal of a check that both generations share, with its own code or that of the book. */
int sim_v2_refuse(struct sim_v2_call *call, struct sim_result result, const char *code);
const char *sim_v2_words(struct sim_v2_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Members of the answer. */
void sim_v2_time(struct sim_v2_call *call, const char *key, long long ms);
bool sim_v2_is(const struct sim_v2_call *call, enum sim_v2_mode mode, const char *value);
/* Adds a line to `errors`; 400 is due then. */
void sim_v2_missing(struct sim_v2_call *call, const char *field);

/* v2_token.c */
int sim_v2_token_grant(struct sim_v2_call *call);
/* Why the bearer of a request is not let in; NULL when it is. */
const char *sim_v2_token_refuses(struct sim_v2_call *call);

/* v2_account.c */
int sim_v2_account_me(struct sim_v2_call *call);
int sim_v2_account_groups(struct sim_v2_call *call);
int sim_v2_account_organizations(struct sim_v2_call *call);
int sim_v2_account_organization(struct sim_v2_call *call);
int sim_v2_account_products(struct sim_v2_call *call);
int sim_v2_account_fields(struct sim_v2_call *call);
/* The group of ?groupNumber=, or that of an order; 0, or the status of the refusal. */
int sim_v2_account_group(struct sim_v2_call *call, const char *number,
			 const struct sim_group **out);

/* v2_create.c: orders of SSL; v2_other.c: those of the other families */
int sim_v2_create_ssl(struct sim_v2_call *call);
int sim_v2_create_private(struct sim_v2_call *call);
int sim_v2_create_signature(struct sim_v2_call *call);
/* The members that all orders share: first those that must be there, then the rest. */
void sim_v2_form_start(struct sim_v2_call *call, struct sim_form *form);
int sim_v2_form_finish(struct sim_v2_call *call, struct sim_form *form, const char *common_name);
/* The agreement of a body, if it has one. */
int sim_v2_form_agreement(struct sim_v2_call *call, struct sim_form *form);
/* Makes the order and opens the answer with what every family has. */
struct sim_order *sim_v2_form_place(struct sim_v2_call *call, struct sim_form *form);
void sim_v2_need(struct sim_v2_call *call, const struct sim_json *block, const char *key,
		 const char *field);
bool sim_v2_true(const struct sim_json *object, const char *key, bool missing);

/* v2_track.c */
int sim_v2_track(struct sim_v2_call *call);
const char *sim_v2_track_order_text(const struct sim_order *order);
const char *sim_v2_track_cert_text(struct sim *sim, const struct sim_order *order);
const char *sim_v2_track_reason(const char *id);
/* The number of RFC 5280 as text, or NULL. */
const char *sim_v2_track_reason_id(const char *word);
const char *sim_v2_method_text(char method);
/* '1' and so on, or 0 for an unknown word. */
char sim_v2_method_of(const char *text);

/* v2_dcv.c: challenges and checks of orders; v2_proof.c: diagnostics */
int sim_v2_dcv_get(struct sim_v2_call *call);
int sim_v2_dcv_verify(struct sim_v2_call *call);
#define SIM_V2_TOKEN_MS (48 * 3600000LL)
/* A token and a file name that are alive, made when they are not. */
void sim_v2_dcv_token(struct sim *sim, const char **token, const char **file, long long *made);
enum sim_v2_outcome { SIM_V2_VERIFIED, SIM_V2_PENDING, SIM_V2_FAILED };
/* Looks whether a name is controlled, as the options say. */
enum sim_v2_outcome sim_v2_dcv_look(struct sim_v2_call *call, const char *name, const char *file,
				    const char *token, char method);
/* The answer to a check, and the attempt that it leaves. */
int sim_v2_proof_answer(struct sim_v2_call *call, struct sim_domain *domain, char method,
			const char *token, enum sim_v2_outcome outcome);
int sim_v2_proof_attempts(struct sim_v2_call *call);
int sim_v2_proof_last(struct sim_v2_call *call);
int sim_v2_proof_attempt(struct sim_v2_call *call);

/* v2_after.c: what changes an order */
int sim_v2_after_csr(struct sim_v2_call *call);
int sim_v2_after_agreement(struct sim_v2_call *call);
int sim_v2_after_cancel(struct sim_v2_call *call);
int sim_v2_after_cancel_draft(struct sim_v2_call *call);
int sim_v2_after_reject(struct sim_v2_call *call);
int sim_v2_after_revoke(struct sim_v2_call *call);
int sim_v2_after_reissue(struct sim_v2_call *call);
/* The code of the book for a request that is refused, and the text. */
int sim_v2_after_check_csr(struct sim_v2_call *call, const char *csr, const char *common_name,
			   const char **spki);

/* v2_certificate.c */
int sim_v2_certificate_get(struct sim_v2_call *call);
/* Decimal as on the wire, or hexadecimal as in the book. */
const char *sim_v2_certificate_serial(struct sim_v2_call *call, const struct sim_order *order);
long long sim_v2_certificate_end(struct sim_v2_call *call, const struct sim_order *order);

/* v2_domain.c: one domain; v2_domains.c: the list */
int sim_v2_domain_create(struct sim_v2_call *call);
int sim_v2_domain_get(struct sim_v2_call *call);
int sim_v2_domain_dcv(struct sim_v2_call *call);
int sim_v2_domain_method(struct sim_v2_call *call);
int sim_v2_domain_verify(struct sim_v2_call *call);
int sim_v2_domain_deactivate(struct sim_v2_call *call);
int sim_v2_domains_list(struct sim_v2_call *call);
const char *sim_v2_domain_status(struct sim *sim, const struct sim_domain *domain);
const char *sim_v2_domain_dcv_status(const struct sim_domain *domain);
/* The opaque id of an organization. */
const char *sim_v2_domain_org_id(struct sim_arena *arena, const char *number);
/* offset and limit; 0, or the status of the refusal. */
int sim_v2_domains_range(struct sim_v2_call *call, long preset, long most, long *offset,
			 long *limit);
void sim_v2_domains_envelope(struct sim_v2_call *call, long offset, long limit, long total);

/* v2_report.c */
int sim_v2_report_orders(struct sim_v2_call *call);
int sim_v2_report_ledger(struct sim_v2_call *call);

#endif
