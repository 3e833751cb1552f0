-- SPDX-License-Identifier: MIT
-- Solvers in Lua against a CA that looks:
-- test_solver.lua API URL ACCOUNT KEY-FILE CA-FILE FOLDER HOOK
local emsign = require "emsign"
local support = require "support"
local equal, raises = support.equal, support.raises
local api, url, account_number, key_file, ca_file, folder, hook = table.unpack(arg)

local BOOM = {} -- any value can be raised
local function boom() error(BOOM) end

local command = emsign.Solver.command({hook}, {timeout_ms = 20000})

--- A solver that hands on to another one, and remembers what it was asked.
local function watching(inner)
	local solver = {calls = {}}
	for _, slot in ipairs{"present", "ready", "cleanup"} do
		solver[slot] = function(self, challenge)
			self.calls[#self.calls + 1] = slot
			self.last = challenge
			inner[slot](inner, challenge)
			return true
		end
	end
	return solver
end

local number = 0
local open = {} -- clients of the test before

--- A client and an order that is not proven yet, of one name or two.
local function begin(more, config)
	config = config or {dcv_poll_ms = 20, dcv_wait_ms = 20000}
	config.sealing_key = support.SEALING_KEY
	for _, client in ipairs(open) do
		client:close()
	end
	local client = emsign.Client(config)
	open = {client}
	client:credential_add("demo", {api = api, url = url, account = account_number,
		ca_file = ca_file, requester = support.REQUESTER}, emsign.Secret.file(key_file))
	local account = client:account("demo")
	number = number + 1
	local form = {product = more and 844 or 842, domain = ("www%d.example.com"):format(number)}
	if more then
		form.san = {("api%d.example.com"):format(number)}
	end
	return client, account, account:place(form).id
end

local tests = {}

function tests.validate()
	local client, account, order = begin(true)
	local solver = watching(command)
	client:set_solver("dns", solver)
	local proven = account:validate(order, nil, "dns")
	equal(proven.id, order)
	assert(proven.status ~= emsign.STATUS_PENDING_DCV)
	equal(table.concat(solver.calls, " "), "present present ready ready cleanup cleanup")
	equal(solver.last.method, "dns")
	for challenge in client:scan("challenges") do
		equal(challenge.status, "valid")
		equal(challenge.presented_at, 0)
	end
	equal(account:validate(order).id, order) -- nothing is left to do
	equal(#solver.calls, 6)
end

function tests.web_root()
	local client, account, order = begin(true)
	client:set_solver("http", emsign.Solver.webroot(folder .. "/web"))
	equal(account:validate(order, nil, "http").id, order)
end

function tests.every_slot_raises()
	for _, slot in ipairs{"present", "ready", "cleanup"} do
		local client, account, order = begin()
		local solver = watching(command)
		local good = solver[slot]
		solver[slot] = boom
		client:set_solver("dns", solver)
		equal(raises(account.validate, account, order), BOOM)
		local mine = emsign.error("NET", "the zone is away", {ca_code = "X-1"})
		solver[slot] = function() error(mine) end
		equal(raises(account.validate, account, order), mine)
		solver[slot] = good
		equal(account:validate(order).id, order)
	end
end

function tests.not_ready_yet()
	local client, account, order = begin(false, {dcv_wait_ms = 0})
	local solver = watching(command)
	local left = 2
	local ready = solver.ready
	function solver:ready(challenge)
		left = left - 1
		if left == 0 then
			error(emsign.error("PENDING", "the name servers are slow"))
		end
		return left < 0 and ready(self, challenge) or nil
	end
	client:set_solver("dns", solver)
	assert(raises(account.validate, account, order).message:find("could not see the proof"))
	equal(raises(account.validate, account, order).message, "the name servers are slow")
	assert(raises(account.validate, account, order).message:find("the CA has not said yet"))
	client:set_solver("dns", command)
	while not pcall(account.validate, account, order) do end
end

function tests.what_is_none()
	local client = begin()
	for _, wrong in ipairs{42, "solver", {}, print} do
		assert(raises(client.set_solver, client, "dns", wrong):find("a Solver or a table"))
		assert(raises(emsign.Solver, wrong))
	end
	equal(raises(client.set_solver, client, "email", command).name, "INVALID")
	assert(raises(emsign.Solver.command, hook))
	equal(raises(emsign.Solver.command, {}).name, "INVALID")
	equal(raises(emsign.Solver.webroot, "").name, "INVALID")
end

function tests.life_of_a_solver()
	local client = begin()
	local closed = 0
	local solver = watching(command)
	function solver:close() closed = closed + 1 end
	client:set_solver("dns", solver)
	client:set_solver("dns", nil)
	equal(closed, 1)
	local handle = emsign.Solver(solver)
	client:set_solver("dns", handle)
	client:set_solver("http", handle)
	handle:close() -- clients go on with it
	equal(raises(client.set_solver, client, "dns", handle).name, "STATE")
	equal(closed, 1)
	client:close()
	equal(closed, 2)
end

function tests.from_inside()
	local client, account, order = begin()
	local solver = watching(command)
	local present, cleanup = solver.present, solver.cleanup
	function solver:present(challenge)
		present(self, challenge)
		equal(client:get("order", order).id, order)
		equal(raises(account.test, account).name, "STATE")
		client:set_solver("dns", nil)
		client:set_solver("dns", self)
	end
	function solver:cleanup(challenge)
		cleanup(self, challenge)
		client:close()
	end
	client:set_solver("dns", solver)
	equal(account:validate(order).id, order)
	equal(raises(account.validate, account, order).name, "STATE")
end

function tests.slots_as_calls()
	local client, account, order = begin()
	local challenge = account:challenge(order, nil, "dns")
	local solver = {present = boom, ready = function() return false end}
	local handle = emsign.Solver(solver)
	equal(raises(handle.present, handle, challenge), BOOM)
	equal(raises(handle.ready, handle, challenge).name, "PENDING")
	handle:cleanup(challenge) -- it has no such slot
	handle:close()
end

support.run(tests)
open[1]:close()
