/* SPDX-License-Identifier: MIT */
/* What the files of the dialect v1 share with each other, and with nobody else. */
#ifndef EMS_WIRE_V1_H
#define EMS_WIRE_V1_H

#include "wire/common.h"

/* --- v1_words.c: the CA's numbers and our words --------------------------------------------- */

extern const struct ems_word ems_v1_yes_no[];
extern const struct ems_word ems_v1_methods[];
extern const struct ems_word ems_v1_reasons[];       /* those that the CA takes */
extern const struct ems_word ems_v1_reasons_told[];  /* those that it may name */
extern const struct ems_word ems_v1_name_kinds[];
extern const struct ems_word ems_v1_roles[];
extern const struct ems_word ems_v1_proofs[];
extern const struct ems_word ems_v1_caa[];
extern const struct ems_word ems_v1_agreements[];
extern const struct ems_word ems_v1_revocations[];

/* --- v1_ask.c: questions made of some lines ------------------------------------------------- */

/** Every verb whose question is one block of lines. */
void ems_v1_ask(const struct ems_call *call, struct ems_jsonout *body);

/** Refuses words that the CA has no number for. */
emsign_rc ems_v1_ask_check(const struct ems_call *call, emsign_error *err);

void ems_v1_ask_nothing(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_ask_document(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_ask_report(const struct ems_call *call, struct ems_jsonout *body);

/* --- v1_order.c: the order form ------------------------------------------------------------- */

void ems_v1_order_ssl(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_order_private(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_order_signature(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_order_smime(const struct ems_call *call, struct ems_jsonout *body);

/* --- decoders ------------------------------------------------------------------------------- */

/* v1_account.c */
EMS_DECODER(ems_v1_account_read);
EMS_DECODER(ems_v1_account_organization);
EMS_DECODER(ems_v1_account_domains);
EMS_DECODER(ems_v1_account_products);

/* v1_track.c */
EMS_DECODER(ems_v1_track_placed);
EMS_DECODER(ems_v1_track_read);
/** Sets status, status_text and status_code (in `room`) from an order's block or row. */
void ems_v1_track_status(const struct ems_node *node, emsign_order *order, struct ems_buf *room);

/* v1_report.c */
EMS_DECODER(ems_v1_report_page);
EMS_ROW_DECODER(ems_v1_report_row);

/* v1_proof.c */
EMS_DECODER(ems_v1_proof_read);

/* v1_fetch.c */
EMS_DECODER(ems_v1_fetch_read);
/** A certificate of a block, given when there is one in it. */
emsign_rc ems_v1_fetch_give(const char *order, const struct ems_node *block,
			    const struct ems_sink *sink, bool *given, emsign_error *err);

#endif
