/* SPDX-License-Identifier: MIT */
/*
 * The C API for scripts. Methods are declared without a body: SWIG calls emsign_<type>_<method>().
 * Everything that differs between languages hangs on types and parameter names, in the one .i file
 * that each language has. A new verb is one line here.
 */
%module(threads="1") emsign
%{
#include <emsign/emsign.h>
%}
%include <stdint.i>

#if defined(SWIGPYTHON)
%include "python/emsign_python.i"
#elif defined(SWIGLUA)
%include "lua/emsign_lua.i"
#endif

/* --- constants and facts come from the headers as they are ------------------------------------ */

%rename("$ignore", %$isfunction, %$isglobal, regexmatch$name="^emsign_") "";
%rename("%(regex:/^EMSIGN_(.*)$/\\1/)s", %$isenumitem) "";
%ignore emsign_error;
%ignore emsign_kv;
%ignore emsign_buf;
%ignore emsign_allocator;
%ignore emsign_secret_source;
%ignore emsign_solver_ops;
%ignore emsign_store_ops;
%ignore emsign_transport_ops;
%ignore emsign_world;
%ignore emsign_event;
%ignore emsign_request;
%rename(Credential) emsign_credential;
%rename(User) emsign_user;
%rename(Group) emsign_group;
%rename(Organization) emsign_organization;
%rename(Domain) emsign_domain;
%rename(Product) emsign_product;
%rename(Order) emsign_order;
%rename(Challenge) emsign_challenge;
%rename(Certificate) emsign_certificate;
%rename(Csr) emsign_csr;
%rename(CustomField) emsign_custom_field;
%rename(Ledger) emsign_ledger;
%rename(Attempt) emsign_attempt;
%rename(Stats) emsign_stats;
%rename(Field) emsign_field;
%immutable;
%nodefaultctor;
%nodefaultdtor;
%include <emsign/base.h>
%include <emsign/record.h>
%include <emsign/transport.h>
%include <emsign/client.h>
%mutable;

%define %record(KIND)
%extend emsign_##KIND {
	~emsign_##KIND() { emsign_free($self); }
	emsign_rc to_json(emsign_buf *text, emsign_error *err)
	{
		return emsign_record_json(#KIND, $self, text, err);
	}
	emsign_kv *diff(const emsign_##KIND *after)
	{
		return emsign_record_diff(#KIND, $self, after);
	}
}
%enddef
%record(credential)
%record(user)
%record(group)
%record(organization)
%record(domain)
%record(product)
%record(order)
%record(challenge)
%record(certificate)
%record(csr)
%record(custom_field)
%record(ledger)
%record(attempt)
%record(stats)

/* the word beside the number */
%{
static const char *emsign_order_status_name_get(const emsign_order *order)
{
	return emsign_status_name(order->status);
}
%}
%immutable;
%extend emsign_order {
	const char *status_name;
}
%mutable;

/* --- handles ---------------------------------------------------------------------------------- */

%rename(Secret) emsign_secret;
%rename(Key) emsign_key;
%rename(Store) emsign_store;
%rename(Transport) emsign_transport;
%rename(Solver) emsign_solver;
%rename(Exchange) emsign_exchange;
%rename(Client) emsign_client;
%rename(Account) emsign_account;
%rename(Op) emsign_op;
typedef struct {} emsign_secret;
typedef struct {} emsign_key;
typedef struct {} emsign_store;
typedef struct {} emsign_transport;
typedef struct {} emsign_solver;
typedef struct {} emsign_exchange;
typedef struct {} emsign_client;
typedef struct {} emsign_account;
typedef struct {} emsign_op;

%define %handle(TYPE)
%extend emsign_##TYPE {
	~emsign_##TYPE() { emb_handle_drop((struct emb_handle *)$self); }
}
%enddef
%handle(secret)
%handle(key)
%handle(store)
%handle(transport)
%handle(solver)
%handle(exchange)
%handle(client)
%handle(account)
%handle(op)

/* what the language's own part makes methods and iterators of */
%rename(_close) emb_close;
%inline %{
static emsign_rc emb_close(struct emb_handle *ANY, emsign_error *err)
{
	if (emb_handle_close(ANY) == EMB_ENTERED)
		return EMSIGN_OK;
	return emb_fail(err, EMSIGN_E_STATE, EMB_SENTENCE_THREAD);
}
%}

/* constructors have bodies, because they make the box */
%extend emsign_secret {
	emsign_secret(struct emb_secret *what) { return (emsign_secret *)emb_secret_keep(what); }
}
%extend emsign_store {
	emsign_store(struct emb_store *what) { return (emsign_store *)emb_store_keep(what); }
}
%extend emsign_transport {
	emsign_transport(struct emb_transport *what)
	{
		return (emsign_transport *)emb_transport_keep(what);
	}
}
%extend emsign_solver {
	emsign_solver(struct emb_solver *what) { return (emsign_solver *)emb_solver_keep(what); }
}
%extend emsign_client {
	emsign_client(const emsign_kv *config = NULL, struct emb_store *store = NULL,
		      struct emb_transport *transport = NULL, struct emb_secret *sealing_key = NULL,
		      const char *key_file = NULL, emsign_error *err)
	{
		return (emsign_client *)emb_client_new(config, store, transport, sealing_key,
						       key_file, err);
	}
}

/* exchanges never wait */
%extend emsign_exchange {
	const emsign_request *request();
	void status(int http_status);
	void header(const char *name, const char *value);
	%rename(data) put;
	emsign_rc put(const void *bytes, size_t len, emsign_error *err)
	{
		emsign_rc rc = emsign_exchange_data($self, bytes, len);

		return rc ? emb_fail(err, rc, "the answer is too long; be done with it") : rc;
	}
	void unsent();
	%rename(done) finish;
	void finish(struct emb_handle *HANDLE, int code = 0, const char *detail = NULL)
	{
		emb_handle_end(HANDLE);
		emsign_exchange_done($self, code, detail);
	}
}

/* --- verbs: while they run, other threads of the interpreter run too -------------------------- */

%thread;

%extend emsign_secret {
	static emsign_rc file(const char *path, emsign_secret **out, emsign_error *err);
	static emsign_rc key_file(const char *path, emsign_secret **out, emsign_error *err);
	emsign_rc derive(const char *salt, emsign_secret **out, emsign_error *err);
	emsign_rc seal(const char *name, emsign_secret *secret, emsign_buf *text,
		       emsign_error *err);
	emsign_rc unseal(const char *name, const char *sealed, emsign_secret **out,
			 emsign_error *err);
}

%extend emsign_key {
	static emsign_rc make(const char *spec, emsign_key **out, emsign_error *err);
	static emsign_rc parse(emsign_secret *pem, emsign_secret *password = NULL, emsign_key **out,
			       emsign_error *err);
	const char *spec();
	const char *spki();
	emsign_rc csr(const emsign_kv *subject, emsign_buf *text, emsign_error *err);
}

%extend emsign_certificate {
	static emsign_rc parse(const char *text, size_t len, emsign_certificate **out,
			       emsign_error *err);
	emsign_rc fits(const emsign_key *key, emsign_error *err);
	emsign_rc covers(const char *const *names, emsign_error *err);
}

%rename(keystore_pack) emsign_keystore_pack;
%rename(keystore_save) emsign_keystore_save;
emsign_rc emsign_keystore_pack(const emsign_certificate *certificate, emsign_key *key = NULL,
			       const emsign_kv *options = NULL, emsign_secret *password = NULL,
			       emsign_buf *out, emsign_error *err);
emsign_rc emsign_keystore_save(const char *path, const emsign_buf *bytes, emsign_error *err);

%extend emsign_store {
	emsign_rc put(const char *kind, const char *id, const emsign_kv *row, emsign_error *err);
	emsign_rc get(const char *kind, const char *id, emsign_row_fn one, void *ud,
		      emsign_error *err);
	emsign_rc scan(const char *kind, const emsign_kv *filter = NULL, const char *after = NULL,
		       size_t limit = 0, emsign_row_fn give, void *ud, emsign_error *err);
	emsign_rc remove(const char *kind, const char *id, emsign_error *err);
	emsign_rc begin(emsign_error *err);
	emsign_rc end(emsign_rc outcome, emsign_error *err);
	emsign_rc cas(const char *kind, const char *id, const emsign_kv *expect,
		      const emsign_kv *row, emsign_error *err);
}

%extend emsign_transport {
	static emsign_rc curl(const emsign_kv *options = NULL, emsign_transport **out,
			      emsign_error *err);
}

%extend emsign_solver {
	static emsign_rc webroot(const char *path, emsign_solver **out, emsign_error *err);
	static emsign_rc command(const char *const *argv, const emsign_kv *options = NULL,
				 emsign_solver **out, emsign_error *err);
	emsign_rc present(const emsign_challenge *challenge, emsign_error *err);
	emsign_rc ready(const emsign_challenge *challenge, emsign_error *err);
	emsign_rc cleanup(const emsign_challenge *challenge, emsign_error *err);
}

%extend emsign_client {
	emsign_rc set_world(const emsign_world *world, emsign_error *err);
	void on_event(emsign_event_fn fn, void *ud, emsign_drop_fn drop);
	void on_log(int level, emsign_log_fn fn, void *ud, emsign_drop_fn drop);
	emsign_rc set_solver(const char *method, emsign_solver *solver, emsign_error *err);
	emsign_rc credential_add(const char *name, const emsign_kv *fields = NULL,
				 emsign_secret *secret = NULL, emsign_error *err);
	emsign_rc credential_update(const char *name, const emsign_kv *fields = NULL,
				    emsign_secret *secret = NULL, emsign_error *err);
	emsign_rc credential_remove(const char *name, emsign_error *err);
	emsign_rc get(const char *kind, const char *id, void **record, emsign_error *err);
	/* emsign_client_scan(), with what is seldom given behind the function */
	emsign_rc each(const char *kind, const emsign_kv *filter, emsign_record_fn fn, void *ud,
		       const char *after = NULL, size_t limit = 0, emsign_error *err)
	{
		return emsign_client_scan($self, kind, filter, after, limit, fn, ud, err);
	}
	%rename(_page) page;
	emsign_rc page(const char *kind, const emsign_kv *filter, const char *after,
		       struct emb_page *page, emsign_error *err)
	{
		return emb_page_read($self, kind, filter, after, page, err);
	}
	emsign_rc csr_make(const char *credential, const emsign_kv *form, emsign_csr **out,
			   emsign_error *err);
	emsign_rc key_open(const char *csr, emsign_key **out, emsign_error *err);
	emsign_rc order_delete(const char *order, emsign_error *err);
	emsign_rc account(const char *credential, emsign_account **out, emsign_error *err);
	int fd();
	emsign_rc dispatch(int timeout_ms = 0, emsign_error *err);
}

%extend emsign_account {
	emsign_rc test(emsign_error *err);
	emsign_rc sync(const char *what, emsign_stats **stats, emsign_error *err);
	emsign_rc import(const emsign_kv *options = NULL, emsign_stats **stats, emsign_error *err);
	emsign_rc ledger(const emsign_kv *options = NULL, emsign_stats **stats, emsign_error *err);
	emsign_rc place(const emsign_kv *form, emsign_order **out, emsign_error *err);
	emsign_rc challenge(const char *order, const char *domain = NULL,
			    const char *method = NULL, emsign_challenge **out,
			    emsign_error *err);
	emsign_rc verify(const char *order, const char *domain = NULL, const char *method = NULL,
			 const char *email = NULL, emsign_error *err);
	emsign_rc validate(const char *order, const char *domain = NULL, const char *method = NULL,
			   emsign_order **out, emsign_error *err);
	emsign_rc refresh(const char *order, emsign_order **out, emsign_error *err);
	emsign_rc refresh_open(emsign_stats **stats, emsign_error *err);
	emsign_rc fetch(const char *order, emsign_certificate **out, emsign_error *err);
	emsign_rc cancel(const char *order, const char *remarks, emsign_order **out,
			 emsign_error *err);
	emsign_rc revoke(const char *order, const char *reason, const char *comments,
			 emsign_order **out, emsign_error *err);
	emsign_rc promote(const char *order, const emsign_kv *form = NULL, emsign_order **out,
			  emsign_error *err);
	emsign_rc reissue(const char *order, const emsign_kv *options = NULL, emsign_order **out,
			  emsign_error *err);
	emsign_rc submit_csr(const char *order, const char *csr, emsign_error *err);
	emsign_rc accept(const char *order, const emsign_kv *form = NULL, emsign_error *err);
	emsign_rc submit_document(const char *order, const char *name, const char *description,
				  const void *bytes, size_t len, emsign_error *err);
	emsign_rc domain_add(const char *domain, const emsign_kv *options = NULL,
			     emsign_domain **out, emsign_error *err);
	emsign_rc domain_refresh(const char *domain, emsign_domain **out, emsign_error *err);
	emsign_rc domain_challenge(const char *domain, const char *method = NULL,
				   emsign_challenge **out, emsign_error *err);
	emsign_rc domain_verify(const char *domain, emsign_domain **out, emsign_error *err);
	emsign_rc domain_attempts(const char *domain, emsign_attempt **last, emsign_error *err);
	emsign_rc domain_validate(const char *domain, const char *method = NULL,
				  emsign_domain **out, emsign_error *err);
	emsign_rc domain_deactivate(const char *domain, emsign_domain **out, emsign_error *err);
	emsign_rc begin(const char *verb, const emsign_kv *args = NULL, emsign_op **out,
			emsign_error *err);
}

%extend emsign_op {
	emsign_rc submit(emsign_done_fn done, void *ud, emsign_error *err);
	emsign_rc run(emsign_error *err);
	const char *kind();
	emsign_rc take(void **taken, emsign_error *err);
	void cancel();
}

%nothread;

/* --- functions without a handle --------------------------------------------------------------- */

%rename(version) emsign_version;
%rename(rc_name) emsign_rc_name;
%rename(rc_text) emsign_rc_text;
%rename(status_name) emsign_status_name;
%rename(status_parse) emsign_status_parse;
%rename(status_is_final) emsign_status_is_final;
%rename(fields) emsign_fields;
const char *emsign_version(void);
const char *emsign_rc_name(int code);
const char *emsign_rc_text(int code);
const char *emsign_status_name(int64_t status);
int64_t emsign_status_parse(const char *word);
int emsign_status_is_final(int64_t status);
const emsign_field *emsign_fields(const char *scope);
