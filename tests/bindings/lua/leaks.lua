-- SPDX-License-Identifier: MIT
-- Nothing grows over a great many calls; run under valgrind too, with fewer of them.
local emsign = require "emsign"
local support = require "support"
local rounds = tonumber(arg[1]) or 20000

local function resident_kib()
	local file = io.open("/proc/self/statm")
	local pages = file:read("a"):match("%d+ (%d+)")
	file:close()
	return tonumber(pages) * 4
end

local function grows(name, call, times)
	for _ = 1, times // 10 do
		call()
	end
	collectgarbage()
	collectgarbage()
	local before, lua_before = resident_kib(), collectgarbage("count")
	for _ = 1, times do
		call()
	end
	collectgarbage()
	collectgarbage()
	local grown, lua_grown = resident_kib() - before, collectgarbage("count") - lua_before
	print(("%-20s %6d KiB resident, %6.1f KiB of Lua"):format(name, grown, lua_grown))
	assert(rounds < 20000 or grown < 2000, "the process grows")
	assert(lua_grown < 50, "Lua's memory grows")
end

local client = support.client()
grows("records and errors", function()
	local fact = client:get("credential", "demo")
	assert(fact:to_table())
	support.raises(client.get, client, "credential", "other")
	support.raises(client.credential_add, client, "x", {account = print}, "x")
end, rounds)
grows("scans", function()
	for _ in client:scan("credential", {name = {"demo", "x"}}) do end
end, rounds)
grows("whole clients", function()
	local c = emsign.Client{store = support.store(), transport = support.answering(),
		sealing_key = support.SEALING_KEY}
	c:credential_add("demo", {region = "us", account = 1}, support.ACCESS_KEY)
	c:on_event(function() end)
	local account = c:account("demo")
	account:test()
	account:begin("test"):submit(function() end)
	c:close()
end, rounds // 20)
local transport = support.answering()
local asking = support.client{transport = transport}:account("demo")
grows("questions", function()
	asking:test()
	transport.requests = {}
end, rounds)
local store = support.store()
local other = support.client{store = store}
store.get = function() error({}) end
grows("errors of callbacks", function()
	support.raises(other.get, other, "credential", "demo")
end, rounds)
