/* SPDX-License-Identifier: MIT */
/* Where the service and its book differ, or nobody knows: one switch each, the wire first. */
#include "sim.h"

#include <string.h>

static const struct {
	const char *name;
	const char *values[5];
} modes[SIM_V2_MODES] = {
	[SIM_V2_DCV_BODY] = { "dcv-body", { "wire", "documented", "example", "challenges" } },
	[SIM_V2_SERIAL] = { "serial", { "wire", "documented" } },
	[SIM_V2_NAMES] = { "names", { "wire", "documented" } },
	[SIM_V2_NOT_BEFORE] = { "not-before", { "wire", "documented" } },
	[SIM_V2_TRACK] = { "track", { "wire", "documented" } },
	[SIM_V2_VERIFY] = { "verify", { "wire", "documented" } },
	[SIM_V2_REPORT_DATES] = { "report-dates", { "wire", "documented" } },
	[SIM_V2_CHAIN] = { "chain", { "wire", "root-first" } },
	[SIM_V2_NOT_ISSUED] = { "not-issued", { "wire", "documented" } },
	[SIM_V2_EMPTY_DOMAINS] = { "empty-domains", { "wire", "documented" } },
	[SIM_V2_REASONS] = { "reasons", { "wire", "documented" } },
	[SIM_V2_NOT_AFTER] = { "not-after", { "wire", "shifted" } },
	[SIM_V2_IDEMPOTENCY] = { "idempotency", { "wire", "documented" } },
	[SIM_V2_DETAIL] = { "detail", { "wire", "documented" } },
	[SIM_V2_LINKS] = { "links", { "wire", "documented" } },
	[SIM_V2_FIELDS] = { "fields", { "wire", "documented", "example" } },
	[SIM_V2_LEDGER] = { "ledger", { "wire", "documented" } },
	[SIM_V2_SECOND_GRANT] = { "second-grant", { "keeps", "revokes" } },
	[SIM_V2_JSON_GRANT] = { "json-grant", { "refused", "taken" } },
	[SIM_V2_BAD_REFRESH] = { "bad-refresh", { "400", "401" } },
	[SIM_V2_CREDENTIAL] = { "credential", { "oauth", "access-key" } },
	[SIM_V2_CAA] = { "caa", { "passes", "forbids", "unreachable" } },
};

static bool set(int *values, const char *name, const char *value)
{
	int mode, i;

	for (mode = 0; mode < SIM_V2_MODES; mode++) {
		if (strcmp(modes[mode].name, name) != 0)
			continue;
		for (i = 0; modes[mode].values[i]; i++) {
			if (strcmp(modes[mode].values[i], value) != 0)
				continue;
			values[mode] = i;
			return true;
		}
	}
	return false;
}

const char *sim_v2_mode_get(const struct sim *sim, enum sim_v2_mode mode)
{
	return modes[mode].values[sim->options->v2[mode]];
}

bool sim_v2_mode_text(int *values, const char *text)
{
	char name[32];
	size_t len = strcspn(text, "=");

	if (!text[len] || len >= sizeof(name))
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	return set(values, name, text + len + 1);
}

void sim_v2_mode_write(struct sim *sim, struct sim_json_out *out)
{
	int mode;

	for (mode = 0; mode < SIM_V2_MODES; mode++)
		sim_json_text(out, modes[mode].name, sim_v2_mode_get(sim, (enum sim_v2_mode)mode));
}

const char *sim_v2_mode_tell(struct sim *sim, const struct sim_json *request)
{
	const struct sim_json *member;
	struct sim_v2_token *token;

	if (request->type != SIM_JSON_OBJECT)
		return "not a JSON object";
	for (member = request->first; member; member = member->next) {
		if (!strcmp(member->key, "revokeTokens")) {
			for (token = sim->tokens; token; token = token->next)
				token->revoked = true;
		} else if (!set(sim->options->v2, member->key,
					    sim_json_scalar(member))) {
			return "unknown switch or value";
		}
	}
	return NULL;
}
