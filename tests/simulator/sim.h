/* SPDX-License-Identifier: MIT */
/* The simulator's world: options, account, orders, calls, and what each file offers the others. */
#ifndef SIM_H
#define SIM_H

#include "json.h"
#include "v2_mode.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define SIM_VERSION "1.0"
#define SIM_CONTEXT "/emSignHub-API/"

/* ---- options ---- */

enum sim_dcv_mode { SIM_DCV_AUTO, SIM_DCV_HTTP, SIM_DCV_DNS, SIM_DCV_MANUAL };
enum sim_tls_mode { SIM_TLS_GOOD, SIM_TLS_EXPIRED, SIM_TLS_WRONG_HOST, SIM_TLS_SELF_SIGNED };

/* NAME=HOST:PORT of --resolve, or the HOST:PORT of --dns with an empty name. */
struct sim_host {
	const char *name;
	const char *host;
	const char *port;
	struct sim_host *next;
};

struct sim_options {
	const char *dir;
	const char *account;
	const char *access_key_file;
	const char *client_secret_file;
	const char *log_file;
	const char *tls_cert;
	const char *tls_key;
	const char *history_end;
	long port;
	long orders;
	long certificates;
	long seed;
	enum sim_dcv_mode dcv;
	enum sim_tls_mode tls_mode;
	struct sim_host *resolve;
	struct sim_host *dns;
	long latency;
	long delay_placement;
	long delay_dcv_block;
	long delay_dcv_gate;
	long delay_dcv;
	long delay_dcv_aggregate;
	long delay_issue;
	long delay_body;
	long delay_organization;
	long delay_system_ra;
	long delay_revoke;
	long delay_revocable;
	long token_seconds;
	int v2[SIM_V2_MODES];
	long burst_orders;
	long burst_seconds;
	long strict_clock;
	bool strict_dates;
	bool bare_certificates;
	bool catalogue_needs_group;
	bool exit_with_parent;
	long revoked_without_body;	/* percent of the revoked ones */
	bool page_size_100_only;
	const char *drift;
	const char *faults[32];
	int n_faults;
};

/* ---- catalogue and account ---- */

enum sim_family { SIM_SSL, SIM_PRIVATE, SIM_SMIME, SIM_SIGNER };
enum sim_vetting { SIM_DV = 1, SIM_OV, SIM_EV };

struct sim_product {
	const char *code;
	const char *name;
	const char *type_id;
	enum sim_family family;
	enum sim_vetting vetting;
	bool wildcard;
	bool ucc;
	long long price;	/* in cents */
	bool listed_only;	/* in the catalogue, but a placed order fails (EMS-939) */
	struct sim_product *next;
};

struct sim_group {
	const char *number;
	const char *name;
	const char *finance;	/* "1" account balance, "2" group balance */
	bool is_default;
	long long balance;	/* in cents */
	struct sim_group *next;
};

struct sim_org {
	const char *number;
	const char *group;	/* "" is for every group */
	const char *name;
	const char *token;
	const char *validation_for;	/* "1" OV, "2" EV and OV, "3" S/MIME */
	bool validated;
	struct sim_org *next;
};

/* A look at whether a domain is controlled. */
struct sim_attempt {
	char id[24];
	long long at;
	char method;
	bool verified;
	const char *failure;	/* the word for why not, or "UNKNOWN" */
	const char *token;
	struct sim_attempt *next;	/* older */
};

/* A domain that the account has proved, or was seen in an order; times as those of names. */
struct sim_domain {
	char id[49];
	const char *name;
	const char *org;	/* number of its organization, or "" */
	const struct sim_order *order;	/* that registered it, or NULL */
	char method;		/* '1' TXT, '2' file, '3' mail, '4' CNAME, '5' lasting TXT, or 0 */
	char status;		/* '0' pending, '1' verified, '2' rejected */
	long long created, verified, till;
	bool exact;		/* file validation does not cover sub-domains */
	bool inherited;		/* proved by a domain above it */
	bool inactive;
	const char *token, *file;
	long long token_made;
	struct sim_attempt *attempts;	/* newest first */
	struct sim_domain *next;
};

struct sim_account {
	const char *number;
	const char *key;
	const char *secret;	/* of the second generation */
	const char *email;
	bool user_disabled;
	bool deactivated;
	bool expired;
	bool approval;		/* orders wait for somebody's approval */
	long long balance;	/* in cents */
	struct sim_group *groups;
	struct sim_org *orgs;
	struct sim_domain *domains;
	long n_attempts;
	struct sim_product *products;
};

/* ---- orders ---- */

enum { SIM_ORDER_PLACED = 1, SIM_ORDER_ACCEPTED, SIM_ORDER_PROGRESS, SIM_ORDER_REJECTED,
       SIM_ORDER_CANCELLED, SIM_ORDER_FULFILLED, SIM_ORDER_DRAFT, SIM_ORDER_APPROVAL };
enum { SIM_CERT_APPROVER = 2, SIM_CERT_DOWNLOADED = 9, SIM_CERT_EXPIRED = 12,
       SIM_CERT_CANCELLED = 13, SIM_CERT_APPROVED = 15, SIM_CERT_GENERATED = 20,
       SIM_CERT_REVOKED = 22, SIM_CERT_PENDING = 24 };

/* A name of an order; times are milliseconds of the simulator's clock, 0 is "never". */
struct sim_name {
	const char *name;
	const char *token;
	const char *file;
	long long token_made;
	char status;		/* '0' pending, '1' validated, '2' rejected */
	char method;		/* '1', '2', '3' or 0 */
	long long due;		/* when a passed check takes effect */
	long long verified;
};

struct sim_cert {
	const char *pem;
	char serial[24];	/* decimal */
	long long not_before;
	long long not_after;
	const char *foreign;	/* a certificate of another key, for mismatch tests */
};

struct sim_order {
	char number[12];	/* "" while a draft */
	char request[12];
	long index;		/* of a history order, else -1 */
	const struct sim_product *product;
	const struct sim_group *group;
	const struct sim_org *org;
	const char *org_name;
	const char *country;
	long long placed;
	const char *requestor_name, *requestor_isd, *requestor_mobile, *requestor_email;
	const char *requestor_designation;
	struct sim_name *names;
	int n_names;
	const char *main_name;	/* domainName, or what the product has instead */
	const char *email;	/* of the subject, S/MIME and signer */
	bool needs_dcv;
	bool secure_www;
	char agreement;		/* '0', '1', '2' */
	const char *signer_name, *signer_place;
	long long signed_at;
	const char *csr_pem;	/* "" until submitted */
	const char *spki;	/* SHA-256 of the key, hex */
	char org_status;	/* '0', '1', '2'; 0 where the product has none */
	bool org_consent;	/* a re-used organization without its token */
	long long org_due;
	long long ra_due;	/* "Pending System RA" until then */
	char identity;		/* e-mail and individual verification: as above */
	long long identity_due;
	bool wait_approval;
	bool held;		/* moved by the control path: time changes nothing any more */
	int order_status;
	int cert_status;
	long long gates_open;	/* when everything was there */
	long long issued;
	long long dcv_done;	/* when the last name became valid */
	bool empty_served;	/* GetCertificate's empty answer was given */
	struct sim_cert cert;
	const char *revoke_reason;
	int revoke_status;	/* revokeRequestStatusId, 0 is none */
	long long revoked;
	long long price;
	const char *draft;	/* orderDetails of a draft */
	const char *tracking;	/* link of a placed order */
	long long touched;	/* the last call that opened a gate */
	const struct sim_json *tags;
	const struct sim_json *custom;
	const char *variant;	/* the second generation's word for the product, as it was sent */
	struct sim_order *next;	/* newest first */
};

/* ---- the world ---- */

struct sim_ca {
	X509 *root;
	EVP_PKEY *root_key;
	X509 *issuing;
	EVP_PKEY *issuing_key;
	char *root_pem;
	char *issuing_pem;
};

/* Certificates of the history that were made already, by index modulo their number. */
#define SIM_HISTORY_KEPT 32768
/* The numbers of history orders are distinct up to here. */
#define SIM_HISTORY_MOST 200000000

struct sim_history_cert {
	long index;
	char *pem;
};

struct sim_history {
	long n;
	long seeded;		/* how many there were at the start; later ones were inserted */
	uint64_t seed;
	uint64_t multiplier, inverse, offset;
	long long end;		/* seconds */
	long long step;
	struct sim_map owned;	/* index + 1 -> order that was changed since */
	const struct sim_product *products[8];
	/* where the next page of the last filtered report goes on */
	struct {
		uint64_t search;
		long total, page, seen, index;
	} bookmark;
	struct sim_history_cert *certs;
};

struct sim_set {
	long *items;		/* sorted */
	size_t n, room;
};

/* A change of what is listed, after so many reports. */
struct sim_drift_rule {
	long every;		/* 0 is once */
	long left;
	struct sim_set hide, show;
	long hide_some, show_some, insert;
	struct sim_drift_rule *next;
};

struct sim_drift {
	struct sim_set hidden;	/* indexes of history rows that the report leaves out */
	struct sim_set touched;	/* those that it left out at some time since the mark */
	struct sim_set unseen;	/* ... and at every time since then */
	long marked_history, marked_orders;
	long moves;
	uint64_t random;
	struct sim_drift_rule *rules;
};

struct sim_fault {
	const char *verb;
	const char *kind;
	const char *message;	/* of a business fault */
	const char *retry_header;
	long number;		/* bytes, milliseconds, status, levels, EMS code */
	long times;		/* -1 is for ever */
	long skip;
	long page;		/* only reports of that page; 0 is any */
	int rate;		/* percent */
	bool done;		/* do the call first, then misbehave */
	struct sim_fault *next;
};

struct sim_verb;
struct sim_request;

struct sim {
	struct sim_options *options;
	struct sim_arena arena;		/* everything that lives as long as the world */
	pthread_mutex_t lock;
	atomic_bool stop;
	SSL_CTX *tls;
	char *dir;
	char *ca_file;
	char *access_key_file;
	char *client_secret_file;
	int port;
	struct sim_ca public_ca, private_ca;
	struct sim_account account;
	struct sim_order *orders;	/* newest first; history is not here */
	long n_orders;
	struct sim_map by_number, by_request, txns, csrs;
	struct sim_history history;
	struct sim_drift drift;
	struct sim_fault *faults;
	struct sim_v2_token *tokens;	/* newest first */
	struct sim_map replays;		/* hash of an Idempotency-Key -> struct sim_v2_replay */
	unsigned long shuffles;		/* lists of domains in no stable order */
	struct sim_map calls;		/* hash of the name -> struct sim_count */
	struct sim_count *counts;
	atomic_llong clock_ms;		/* moved by the control path */
	long long bursts[256];
	long n_bursts;
	uint64_t random;
	FILE *log;
	char *log_lines[512];
	long n_log;
};

struct sim_count {
	const char *name;
	long calls;
	struct sim_count *next;
};

/* ---- a call ---- */

/* code 0 is success; text NULL stands for the text of the table. */
struct sim_result {
	int code;
	const char *text;
};

struct sim_call {
	struct sim *sim;
	struct sim_arena *arena;
	const struct sim_verb *verb;
	const struct sim_json *request;
	const struct sim_json *details;	/* the verb's own block */
	const struct sim_fault *fault;	/* one that happens inside the call, or NULL */
	const char *ver, *ts, *txn;
	struct sim_json_out out;	/* where a handler writes its data block */
	const char *order_number;	/* for the log */
};

enum sim_layout {
	SIM_LAYOUT_DECLARED,		/* meta first, declared order */
	SIM_LAYOUT_DATA_FIRST,		/* data, then the declared meta */
	SIM_LAYOUT_HASH,		/* data, then meta in hash-map order */
	SIM_LAYOUT_GROUP,		/* meta in hash-map order (status before ts), then data */
	SIM_LAYOUT_PLACEMENT,		/* as HASH with "\/" */
	SIM_LAYOUT_ODD,			/* ValidateCredentials */
};

struct sim_verb {
	const char *name;
	const char *block;		/* key of the request's own block, or NULL */
	enum sim_layout layout;
	bool placement;
	struct sim_result (*run)(struct sim_call *call);
	void (*failed)(struct sim_call *call);	/* writes the data block of failures, or NULL */
};

#define SIM_OK ((struct sim_result){ 0, NULL })
#define SIM_NO(code) ((struct sim_result){ code, NULL })
#define SIM_NO_TEXT(code, text) ((struct sim_result){ code, text })

/* An answer to one HTTP request. */
struct sim_answer {
	int status;
	bool v2;		/* with the header lines of the second generation, in chunks */
	long chunk;		/* bytes in each chunk; 0 is all in one, or no chunks in v1 */
	const char *type;
	const char *extra;	/* further header lines, each with CRLF, or NULL */
	struct sim_buf body;
};

/* call.c: routing and the envelope */
const struct sim_verb *sim_call_find(const char *name);
/* Answers one request; `verb` is the matched name. */
void sim_call_answer(struct sim *sim, const struct sim_verb *verb, const char *body, size_t len,
		     const struct sim_fault *fault, struct sim_answer *answer, char *note,
		     size_t room);
/* Is it the authKey of this time stamp and transaction? */
bool sim_call_proves(struct sim *sim, struct sim_arena *arena, const char *ts, const char *txn,
		     const char *key);
const char *sim_call_error_text(int code);
void sim_call_spring(struct sim *sim, int status, const char *path, struct sim_answer *answer);

/* clock.c: the simulator's time, texts of times, and randomness */
long long sim_clock_now(struct sim *sim);	/* ms; lock held */
char *sim_clock_text(struct sim_arena *arena, long long ms);	/* "" for 0 */
char *sim_clock_iso(struct sim_arena *arena, long long ms);
bool sim_clock_parse(const char *text, long long *ms, bool *date_only);
long long sim_clock_date(int year, int month, int day);	/* days since 1970 */
void sim_clock_sleep(struct sim *sim, long ms);
/* Waits until so long after a point of the monotonic clock. */
void sim_clock_wait(struct sim *sim, const struct timespec *since, long ms);
uint64_t sim_clock_random(struct sim *sim);	/* lock held */
char *sim_clock_hex(struct sim *sim, int n);	/* n random hex digits in the world's arena */

/* account.c and catalogue.c */
void sim_account_seed(struct sim *sim);
struct sim_group *sim_account_group(struct sim *sim, const char *number);
struct sim_org *sim_account_org(struct sim *sim, const char *number);
char *sim_account_money(struct sim_arena *arena, long long cents);
struct sim_product *sim_account_product(struct sim *sim, const char *code);
long long *sim_account_purse(struct sim *sim, const struct sim_group *group);
struct sim_result sim_account_validate(struct sim_call *call);
struct sim_result sim_account_groups(struct sim_call *call);
struct sim_result sim_account_groups_v2(struct sim_call *call);
struct sim_result sim_account_organization(struct sim_call *call);
struct sim_result sim_account_domains(struct sim_call *call);
struct sim_result sim_account_ledger(struct sim_call *call);
void sim_catalogue_seed(struct sim *sim);
struct sim_result sim_catalogue_list(struct sim_call *call);
struct sim_result sim_catalogue_fields(struct sim_call *call);

/* domain.c: the table of domains */
/* The name without its wildcard. */
const char *sim_domain_base(const char *name);
/* The proved domain that covers a name, or NULL. */
const struct sim_domain *sim_domain_covers(struct sim *sim, const char *name);
/* The live row of a name and organization, or NULL. */
struct sim_domain *sim_domain_find(struct sim *sim, const char *name, const char *org);
struct sim_domain *sim_domain_by_id(struct sim *sim, const char *id);
struct sim_domain *sim_domain_add(struct sim *sim, const char *name, const char *org);
/* The row that an order needs for a name: it may be there, or be proved from above at once. */
void sim_domain_of_order(struct sim *sim, const struct sim_order *order, const char *name);
void sim_domain_prove(struct sim *sim, const char *name, char method, const char *org,
		      long long at);
/* What it was proved by counts no more. */
void sim_domain_unprove(struct sim *sim, const char *name, const char *org);
void sim_domain_inherit(struct sim *sim, const char *name, const struct sim_domain *from);
void sim_domain_reject(struct sim *sim, const struct sim_order *order);
/* Is it the row that stands for its name where names stand once? */
bool sim_domain_is_shown(const struct sim_domain *domain);
void sim_domain_attempt(struct sim *sim, struct sim_domain *domain, char method, bool verified,
			const char *failure, const char *token, long long at);

/* order.c: the table of orders */
struct sim_order *sim_order_new(struct sim *sim);
void sim_order_number(struct sim *sim, struct sim_order *order);
/* A new request number; the order is found by the earlier ones too. */
void sim_order_renumber(struct sim *sim, struct sim_order *order);
/* Finds an order for reading; a history order is made in the call's arena. */
struct sim_order *sim_order_peek(struct sim *sim, struct sim_arena *arena, const char *number);
/* Finds an order that the caller may change. */
struct sim_order *sim_order_find(struct sim *sim, const char *number);
struct sim_order *sim_order_by_request(struct sim *sim, const char *number);
struct sim_name *sim_order_name(struct sim_order *order, const char *name);
void sim_order_add_name(struct sim *sim, struct sim_order *order, const char *name);
/* How a call uses its order: it repeats the requestor's e-mail; it changes the order. */
enum { SIM_USE_EMAIL = 1, SIM_USE_CHANGE = 2 };
/* The order of a call, checked and brought up to date. */
struct sim_result sim_order_of_call(struct sim_call *call, int use, struct sim_order **out);
/* The link of an order: base64 of base64 of 16 bytes, as in every recorded one. */
char *sim_order_tracking(struct sim_arena *arena, const struct sim_order *order, uint64_t a,
			 uint64_t b);
const char *sim_order_status_text(int id);
const char *sim_order_cert_text(const struct sim_order *order);

/* check.c: the field rules */
bool sim_check_email(const char *text);
bool sim_check_ip(const char *text);
bool sim_check_digits(const char *text, size_t min, size_t max);
bool sim_check_hostname(const char *text);
/* Is the text one of a comma-separated list?  An empty list takes everything. */
bool sim_check_listed(const char *list, const char *text);
bool sim_check_suffix(const char *name);	/* is it a public suffix? */
struct sim_result sim_check_requestor(const struct sim_json *details);
struct sim_result sim_check_agreement(const struct sim_json *block, bool public_ip);
struct sim_result sim_check_subscription(const struct sim_json *details);
struct sim_result sim_check_contact(const struct sim_json *details);
struct sim_result sim_check_additional(struct sim_arena *arena, const struct sim_json *details,
				       bool required);
struct sim_result sim_check_subject(const struct sim_json *info);
struct sim_result sim_check_ev(const struct sim_json *details);
struct sim_result sim_check_signer(const struct sim_json *info, const struct sim_product *product);
struct sim_result sim_check_documents(const struct sim_json *details, bool required);
struct sim_result sim_check_domains(const struct sim_json *info, const struct sim_product *product);

/* form.c: what an order is made of, in no generation's words; texts are "" where absent */
struct sim_form {
	const struct sim_product *product;
	const struct sim_group *group;
	const struct sim_org *org;
	struct sim_order *draft;	/* that is promoted or replaced, or NULL */
	const char *main_name, *email;
	const struct sim_json *more;	/* further names, or NULL */
	bool secure_www, external, hold;
	const char *requestor_name, *requestor_isd, *requestor_mobile, *requestor_email;
	const char *requestor_designation;
	const char *org_name, *country, *variant;
	char agreement;
	const char *signer_name, *signer_place;
	const char *csr, *spki;
	bool approval;			/* somebody has to approve it */
	bool has_token;			/* the organization's consent was given beforehand */
	const struct sim_json *tags, *custom;
	const struct sim_json *details;	/* of a draft, in the words of the first generation */
};

struct sim_order *sim_form_place(struct sim *sim, const struct sim_form *form);

/* place.c: the placement calls */
struct sim_result sim_place_ssl(struct sim_call *call);
struct sim_result sim_place_private(struct sim_call *call);
struct sim_result sim_place_smime(struct sim_call *call);
struct sim_result sim_place_signer(struct sim_call *call);
/* True when the limiter lets another placement through. */
bool sim_place_allowed(struct sim *sim);

/* life.c: what time does to an order */
void sim_life_advance(struct sim *sim, struct sim_order *order);
bool sim_life_issue(struct sim *sim, struct sim_order *order);
void sim_life_cancel(struct sim *sim, struct sim_order *order);

/* track.c, after.c: calls after placement */
struct sim_result sim_track_order(struct sim_call *call);
struct sim_result sim_after_csr(struct sim_call *call);
struct sim_result sim_after_document(struct sim_call *call);
struct sim_result sim_after_agreement(struct sim_call *call);
struct sim_result sim_after_reject(struct sim_call *call);
struct sim_result sim_after_reject_request(struct sim_call *call);
struct sim_result sim_after_certificate(struct sim_call *call);
void sim_after_certificate_failed(struct sim_call *call);
struct sim_result sim_after_revoke(struct sim_call *call);

/* dcv.c: instructions and checks; probe.c: the real look-ups */
struct sim_result sim_dcv_get(struct sim_call *call);
struct sim_result sim_dcv_verify(struct sim_call *call);
/* Looks at the real world with the lock open. */
bool sim_dcv_probe(struct sim *sim, struct sim_arena *arena, const char *name, const char *file,
		   const char *token, char method);
bool sim_probe_http(const struct sim_options *options, const char *domain, const char *file,
		    const char *content);
bool sim_probe_dns(const struct sim_options *options, const char *domain, const char *token);

/* report.c */
struct sim_result sim_report_list(struct sim_call *call);

/* v2_track.c: the second generation's word for the state of an order */
const char *sim_v2_track_state(const struct sim_order *order);

/* history.c: the seeded orders, made on the fly */
void sim_history_start(struct sim *sim);
long sim_history_index(const struct sim *sim, const char *number);	/* -1 if none */
long sim_history_request_index(const struct sim *sim, const char *number);
long sim_history_first_since(const struct sim *sim, long long ms);
/* The facts the report filters on, without the cost of texts and numbers. */
void sim_history_row(struct sim *sim, long index, struct sim_order *order);
/* The whole order; with_cert also makes its certificate. */
struct sim_order *sim_history_order(struct sim *sim, struct sim_arena *arena, long index,
				    bool with_cert);

void sim_history_stop(struct sim *sim);

/* drift.c: rows that come and go; all with the lock held */
bool sim_drift_start(struct sim *sim);	/* with the option --drift */
/* Does what the control path says; an error, or NULL. */
const char *sim_drift_tell(struct sim *sim, const struct sim_json *request);
void sim_drift_called(struct sim *sim);	/* a report was made */
bool sim_drift_hides(const struct sim *sim, long index);
/* How many rows of an index range are listed; the n-th of them from the top, or -1. */
long sim_drift_visible(const struct sim *sim, long low, long high);
long sim_drift_nth(const struct sim *sim, long low, long high, long nth);
void sim_drift_truth(struct sim *sim, struct sim_json_out *out);
void sim_drift_stop(struct sim *sim);

/* ca.c: hierarchies; certificate.c: requests and leaves; tls.c: the server's own certificate */
bool sim_ca_start(struct sim *sim);
void sim_ca_stop(struct sim *sim);
EVP_PKEY *sim_ca_key(const char *dir, const char *file, bool rsa);
bool sim_ca_extend(X509 *cert, X509 *issuer, int nid, const char *value);
bool sim_ca_name(X509 *cert, const char *organization, const char *common_name);
bool sim_ca_write(const char *path, X509 *cert, EVP_PKEY *key);
char *sim_ca_pem(struct sim_arena *arena, X509 *cert);
/* The error of a request for this product, or success; spki gets the hash of its key. */
struct sim_result sim_certificate_check(struct sim_arena *arena, const char *csr,
					const char *common_name, const char **spki);
const char *sim_certificate_csr_hash(struct sim_arena *arena, const char *csr);
bool sim_certificate_issue(struct sim *sim, struct sim_arena *arena, struct sim_order *order,
			   EVP_PKEY *key, uint64_t serial, long long not_before);
EVP_PKEY *sim_certificate_request_key(const char *csr);
EVP_PKEY *sim_certificate_seeded_key(uint64_t seed);
void sim_certificate_make_foreign(struct sim *sim, struct sim_order *order);
char *sim_certificate_bare(struct sim_arena *arena, const char *pem);
bool sim_tls_start(struct sim *sim);

/* fault.c */
bool sim_fault_add_text(struct sim *sim, const char *text);
bool sim_fault_add_json(struct sim *sim, const struct sim_json *request);
void sim_fault_clear(struct sim *sim);
/* Copies the fault that fires for this call into *out; false when none does. Takes the lock. */
bool sim_fault_take(struct sim *sim, const char *verb, const struct sim_request *request,
		    struct sim_fault *out);
bool sim_fault_is(const struct sim_fault *fault, const char *kind);
bool sim_fault_replaces(const struct sim_fault *fault);
/* Puts members that nobody knows into every object of an answer. */
void sim_fault_add_members(struct sim_answer *answer);
void sim_fault_answer(const struct sim_fault *fault, const struct sim_request *request,
		      struct sim_answer *answer);

/* control.c and log.c */
void sim_control_answer(struct sim *sim, const char *method, const char *path, const char *body,
			size_t len, struct sim_answer *answer);
void sim_log_line(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_log_count(struct sim *sim, const char *verb);	/* lock held */
void sim_log_write(struct sim *sim, struct sim_json_out *out);	/* lock held */

/* options.c */
int sim_options_read(struct sim_options *options, struct sim_arena *arena, int argc, char **argv);

/* http.c and server.c */
struct sim_request {
	char method[16];
	char *head;		/* the lines of the header */
	char *path;
	char *query;		/* "" if there is none */
	char *body;
	size_t len;
	bool close;
};

struct sim_wire {
	SSL *ssl;
	struct sim_buf in;
	size_t used;		/* bytes of `in` that were consumed */
};

/* 1 a request was read, 0 the peer went away, -1 it sent nonsense. */
int sim_http_read(struct sim_wire *wire, struct sim_arena *arena, struct sim_request *request);
/* The value of a header line, or NULL. */
const char *sim_http_header(const struct sim_request *request, struct sim_arena *arena,
			    const char *name);
const char *sim_http_reason(int status);
bool sim_http_write(struct sim_wire *wire, struct sim_answer *answer, bool close, long cut);
void sim_server_connection(struct sim *sim, SSL *ssl, int fd);
int sim_server_listen(struct sim *sim);	/* the listening socket, or -1 */
int sim_server_run(struct sim *sim, int listener);

#endif
