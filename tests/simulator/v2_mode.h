/* SPDX-License-Identifier: MIT */
/* What the world keeps for the second generation: its switches, and the tokens it gave out. */
#ifndef SIM_V2_MODE_H
#define SIM_V2_MODE_H

#include "json.h"

struct sim;

enum sim_v2_mode {
	SIM_V2_DCV_BODY, SIM_V2_SERIAL, SIM_V2_NAMES, SIM_V2_NOT_BEFORE, SIM_V2_TRACK,
	SIM_V2_VERIFY, SIM_V2_REPORT_DATES, SIM_V2_CHAIN, SIM_V2_NOT_ISSUED,
	SIM_V2_EMPTY_DOMAINS, SIM_V2_REASONS, SIM_V2_NOT_AFTER, SIM_V2_IDEMPOTENCY,
	SIM_V2_DETAIL, SIM_V2_LINKS, SIM_V2_FIELDS, SIM_V2_LEDGER, SIM_V2_SECOND_GRANT,
	SIM_V2_JSON_GRANT, SIM_V2_BAD_REFRESH, SIM_V2_CREDENTIAL, SIM_V2_CAA, SIM_V2_MODES
};

/* A bearer token of the second generation. */
struct sim_v2_token {
	char access[44];
	char refresh[33];
	long long ends;
	bool revoked;
	bool used;		/* its refresh token */
	struct sim_v2_token *next;
};

bool sim_v2_mode_text(int *values, const char *text);	/* NAME=VALUE */
const char *sim_v2_mode_get(const struct sim *sim, enum sim_v2_mode mode);
void sim_v2_mode_write(struct sim *sim, struct sim_json_out *out);
/* Does what the control path says; an error, or NULL. */
const char *sim_v2_mode_tell(struct sim *sim, const struct sim_json *request);

#endif
