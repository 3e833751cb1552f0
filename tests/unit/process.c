/* SPDX-License-Identifier: MIT */
/* Two processes and one name: whoever holds the intent orders, and a dead one holds nothing. */
#include "client/process.h"

#include "../support/rest.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct play p;

/* A child that only waits; its name is what it would write into an intent. */
static pid_t start_other(char name[EMS_PROCESS_TEXT])
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		char self[EMS_PROCESS_TEXT] = "";

		ems_process_self(self);
		if (write(ends[1], self, sizeof(self)) != (ssize_t)sizeof(self))
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], name, EMS_PROCESS_TEXT), EMS_PROCESS_TEXT);
	close(ends[0]);
	return pid;
}

static void end_other(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void test_who_is_at_work(void **state)
{
	char self[EMS_PROCESS_TEXT];
	char other[EMS_PROCESS_TEXT];
	char reused[EMS_PROCESS_TEXT];
	pid_t pid = start_other(other);

	(void)state;
	ems_process_self(self);
	assert_true(strlen(self) > 40);
	assert_false(ems_process_is_other(self));
	assert_true(ems_process_is_other(other));
	/* the same number, but not the process that started then */
	memcpy(reused, other, sizeof(reused));
	reused[strlen(reused) - 1] ^= 1;
	assert_false(ems_process_is_other(reused));
	end_other(pid);
	assert_false(ems_process_is_other(other));
	assert_false(ems_process_is_other(NULL));
	assert_false(ems_process_is_other(""));
	assert_false(ems_process_is_other("boot"));
	assert_false(ems_process_is_other("boot:1"));
	assert_false(ems_process_is_other("boot:../self:1"));
}

/* What another process would have left in the store while its question is under way. */
static void lay_intent(const char *owner)
{
	const emsign_kv row[] = { { "credential", "lab" },
				  { "url", PLAY_SITE },
				  { "state", "sending" },
				  { "owner", owner },
				  { "product", "842" },
				  { "domain", PLAY_NAME },
				  { "tag", "emsign:0123" },
				  { "created_at", "1768472000" },
				  { NULL, NULL } };

	assert_int_equal(emsign_store_put(p.store, "intent", "lab/other", row, &p.err), EMSIGN_OK);
}

static void test_p02_what_another_process_sends_is_left_to_it(void **state)
{
	const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };
	char other[EMS_PROCESS_TEXT];
	emsign_order *order = NULL;
	pid_t pid = start_other(other);

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	lay_intent(other);
	PLAY_FAILS(&p, emsign_account_place(p.account, form, &order, &p.err), EMSIGN_E_CONFLICT,
		   "being ordered by another process");
	assert_int_equal(scripted_n(p.net), 0);
	assert_int_equal(play_rows(&p, "csr"), 0);
	end_other(pid);
	/* now it is what a dead process left: look first, then order */
	play_report(&p, 1, 0, 0, NULL, 0);
	play_placed(&p, "1");
	PLAY_OK(&p, emsign_account_place(p.account, form, &order, &p.err));
	assert_int_equal(scripted_n(p.net), 2);
	assert_int_equal(play_rows(&p, "intent"), 0);
	emsign_free(order);
	play_close(&p);
}

static void test_a_reissue_that_another_process_sends_is_left_to_it(void **state)
{
	char other[EMS_PROCESS_TEXT];
	const emsign_kv row[] = { { "owner", other }, { "request_number", "9001" },
				  { "sent_at", "1768472000" }, { NULL, NULL } };
	struct clerk ca;
	pid_t pid = start_other(other);

	(void)state;
	rest_open(&ca, &p, SCRIPTED_BLOCKING, NULL);
	rest_issue(&ca);
	PLAY_OK(&p, emsign_store_put(p.store, "reissue", "lab/1", row, &p.err));
	PLAY_FAILS(&p, emsign_account_reissue(p.account, "1", NULL, NULL, &p.err),
		   EMSIGN_E_CONFLICT, "order 'lab/1' is being reissued by somebody else");
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	assert_int_equal(play_rows(&p, "reissue"), 1);
	end_other(pid);
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	assert_int_equal(play_rows(&p, "reissue"), 0);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_at_work),
		cmocka_unit_test(test_p02_what_another_process_sends_is_left_to_it),
		cmocka_unit_test(test_a_reissue_that_another_process_sends_is_left_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
