/* SPDX-License-Identifier: MIT */
/*
 * A solver written in Lua:
 *	solver:present(challenge)           publish the one value; to publish it again is fine
 *	solver:ready(challenge) -> boolean  may; whether the world can see it by now
 *	solver:cleanup(challenge)           may; take the one value away; fine when it is not there
 *	solver:close()                      may
 */
#ifndef EMSIGN_LUA_SOLVER_H
#define EMSIGN_LUA_SOLVER_H

struct emb_challenge_call {
	const emsign_challenge *challenge;
	int result;
};

static int emb_push_challenge(lua_State *L, void *ud)
{
	emb_push_copy(L, "challenge", ((struct emb_challenge_call *)ud)->challenge);
	return 1;
}

static void emb_take_result(lua_State *L, void *ud)
{
	((struct emb_challenge_call *)ud)->result = lua_toboolean(L, -1);
}

static emsign_rc emb_solver_present(void *self, const emsign_challenge *challenge,
				    emsign_error *err)
{
	struct emb_challenge_call c = { challenge, 0 };
	struct emb_call call = { self, "present", emb_push_challenge, NULL, &c, EMB_HANDLED };

	return emb_call(&call, err);
}

static emsign_rc emb_solver_ready(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	struct emb_challenge_call c = { challenge, 0 };
	struct emb_call call = { self, "ready", emb_push_challenge, emb_take_result, &c,
				 EMB_HANDLED };
	emsign_rc rc = emb_call(&call, err);

	if (rc)
		return rc;
	return c.result ? EMSIGN_OK : EMSIGN_E_PENDING;
}

static emsign_rc emb_solver_cleanup(void *self, const emsign_challenge *challenge,
				    emsign_error *err)
{
	struct emb_challenge_call c = { challenge, 0 };
	struct emb_call call = { self, "cleanup", emb_push_challenge, NULL, &c, EMB_HANDLED };

	return emb_call(&call, err);
}

static emsign_solver *emb_solver_from(lua_State *L, int index)
{
	emsign_solver_ops ops = {
		.size = sizeof(ops),
		.name = "lua",
		.present = emb_solver_present,
		.ready = emb_has(L, index, "ready") ? emb_solver_ready : NULL,
		.cleanup = emb_has(L, index, "cleanup") ? emb_solver_cleanup : NULL,
		.destroy = emb_object_destroy,
	};
	struct emb_ref *self = emb_ref_new(L, index);
	emsign_solver *solver = NULL;
	emsign_error err;

	if (!self) {
		lua_pushstring(L, "out of memory");
	} else if (emsign_solver_new(&ops, self, &solver, &err)) {
		emb_ref_free(self);
		emb_push_error(L, &err);
	}
	return solver;
}

/* An object with present(), or nil. A Solver is seen before. */
static int emb_get_solver(lua_State *L, int index, struct emb_solver *out)
{
	if (lua_isnoneornil(L, index))
		return 1;
	if (emb_has(L, index, "present"))
		out->ptr = emb_solver_from(L, index);
	else
		emb_wanted(L, index, "a Solver or a table with present()");
	return out->ptr != NULL;
}

#endif
