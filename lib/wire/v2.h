/* SPDX-License-Identifier: MIT */
/* What the files of the dialect v2 share with each other, and with nobody else. */
#ifndef EMS_WIRE_V2_H
#define EMS_WIRE_V2_H

#include "wire/common.h"

/* --- v2_words.c: the CA's words and ours ---------------------------------------------------- */

extern const struct ems_word ems_v2_yes_no[];
extern const struct ems_word ems_v2_methods[];        /* those that the CA may name */
extern const struct ems_word ems_v2_methods_order[];  /* those that it takes for an order */
extern const struct ems_word ems_v2_methods_domain[]; /* and for a registered domain */
extern const struct ems_word ems_v2_reasons[];        /* those that the CA takes */
extern const struct ems_word ems_v2_presences[];
extern const struct ems_word ems_v2_proofs[];
extern const struct ems_word ems_v2_caa[];
extern const struct ems_word ems_v2_agreements[];
extern const struct ems_word ems_v2_revocations[];

/* --- v2_ask.c: questions -------------------------------------------------------------------- */

/** Refuses what this generation has no word or no place for. */
emsign_rc ems_v2_ask_check(const struct ems_call *call, emsign_error *err);

/** Every verb whose question is lines, or nothing. */
void ems_v2_ask(const struct ems_call *call, struct ems_jsonout *body);
void ems_v2_ask_accept(const struct ems_call *call, struct ems_jsonout *body);
void ems_v2_ask_reissue(const struct ems_call *call, struct ems_jsonout *body);
void ems_v2_ask_domain(const struct ems_call *call, struct ems_jsonout *body);

void ems_v2_query_group(const struct ems_call *call, struct ems_query *query);
void ems_v2_query_challenge(const struct ems_call *call, struct ems_query *query);
void ems_v2_query_domains(const struct ems_call *call, struct ems_query *query);
void ems_v2_query_attempts(const struct ems_call *call, struct ems_query *query);
void ems_v2_query_report(const struct ems_call *call, struct ems_query *query);

/* --- v2_order.c: the order form ------------------------------------------------------------- */

/** Refuses what the form says and this generation cannot be told. */
emsign_rc ems_v2_order_check(const struct ems_call *call, emsign_error *err);
void ems_v2_order_ssl(const struct ems_call *call, struct ems_jsonout *body);
void ems_v2_order_private(const struct ems_call *call, struct ems_jsonout *body);
void ems_v2_order_signature(const struct ems_call *call, struct ems_jsonout *body);
/** The block of the subscriber agreement. */
void ems_v2_order_agreement(const emsign_kv *args, struct ems_jsonout *body);

/* --- decoders ------------------------------------------------------------------------------- */

/* v2_account.c */
EMS_DECODER(ems_v2_account_me);
EMS_DECODER(ems_v2_account_groups);
EMS_DECODER(ems_v2_account_organizations);
EMS_DECODER(ems_v2_account_organization);
EMS_DECODER(ems_v2_account_products);
EMS_DECODER(ems_v2_account_fields);

/* v2_track.c */
EMS_DECODER(ems_v2_track_placed);
EMS_DECODER(ems_v2_track_read);

/* v2_fetch.c */
EMS_DECODER(ems_v2_fetch_read);

/* v2_report.c */
EMS_ROW_DECODER(ems_v2_report_order);
EMS_ROW_DECODER(ems_v2_report_ledger);
/** Counters of a page; the first is 1. */
EMS_DECODER(ems_v2_report_page);
/** The same where the first is 0. */
EMS_DECODER(ems_v2_report_page_from_0);

/* v2_proof.c */
EMS_DECODER(ems_v2_proof_read);
EMS_DECODER(ems_v2_proof_verified);
/** Is there something to publish in a block? */
bool ems_v2_proof_is_told(const struct ems_node *block);
emsign_rc ems_v2_proof_block(const struct ems_call *call, const struct ems_node *block,
			     const struct ems_sink *sink, struct ems_verdict *verdict,
			     emsign_error *err);
/** What the diagnostics of a failed proof mean; NULL: nothing. */
const struct ems_code *ems_v2_proof_failure(const struct ems_node *root);

/* v2_domain.c */
EMS_ROW_DECODER(ems_v2_domain_row);
EMS_DECODER(ems_v2_domain_read);
EMS_DECODER(ems_v2_domain_added);
EMS_DECODER(ems_v2_domain_proof);
EMS_ROW_DECODER(ems_v2_domain_attempt_row);
EMS_DECODER(ems_v2_domain_attempt);

/* --- v2_problem.c: what the CA's failures mean ---------------------------------------------- */

emsign_rc ems_v2_problem_judge(struct ems_reading *r, const struct ems_node *root);

#endif
