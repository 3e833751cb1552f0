/* SPDX-License-Identifier: MIT */
/*
 * How fast an account is asked. Two things hold back the next call: the configured rate, and a CA
 * that said "slow down" to any of the account's calls, which then goes for all of them.
 */
#include "client/client.h"

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t ems_pace_due(const emsign_account *account)
{
	return (account->next_us + 999) / 1000;
}

void ems_pace_count(emsign_account *account, int64_t now_ms)
{
	int64_t rate = account->client->limits.rate;

	if (rate)
		account->next_us = later(account->next_us, now_ms * 1000) + 1000000 / rate;
}

void ems_pace_slow(emsign_account *account, int64_t until_ms)
{
	account->next_us = later(account->next_us, until_ms * 1000);
}
