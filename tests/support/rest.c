/* SPDX-License-Identifier: MIT */
#include "rest.h"

#include <string.h>

void rest_serve(struct clerk *ca, struct play *play)
{
	clerk_serve(ca, play);
	ca->vetted = true;
	ca->unmarked = true;
}

void rest_open(struct clerk *ca, struct play *p, enum scripted_mode mode, const emsign_kv *config)
{
	play_open_bare(p, mode, config);
	p->v2 = true;
	PLAY_OK(p, play_add_credential(p, "lab"));
	PLAY_OK(p, emsign_client_account(p->client, "lab", &p->account, &p->err));
	rest_serve(ca, p);
}

void rest_issue(struct clerk *ca)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME },
					  { NULL, NULL } };
	struct play *p = ca->play;

	PLAY_OK(p, emsign_account_place(p->account, form, NULL, &p->err));
	ca->issues = true;
	PLAY_OK(p, emsign_account_refresh(p->account, "1", NULL, &p->err));
}

bool rest_lose(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	const struct rest_loss *loss = ud;

	(void)number;
	if (strcmp(call, loss->call) != 0)
		return true;
	if (loss->look)
		loss->look();
	*answer = (struct scripted_answer){ .rc = EMSIGN_E_NET, .detail = "connection reset" };
	return loss->arrives;
}
