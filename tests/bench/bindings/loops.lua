-- SPDX-License-Identifier: MIT
-- The loops of loops.c from Lua: lua loops.lua LOOP ROUNDS prints nanoseconds per call, or per row.
local emsign = require "emsign"

local ROWS = 10000
local GOOD = '{"meta":{"responseTs":"","errorMessage":"","errorCode":"","responseTxnId":"",' ..
	'"version":"1.0","status":"1"}}'

local transport = {}
function transport:start(exchange)
	local _ = #exchange:request().body
	exchange:status(200)
	exchange:header("Content-Type", "application/json")
	exchange:data(GOOD)
	exchange:done()
end

local store = emsign.Store("memory:")
local client = emsign.Client{store = store, transport = transport,
	sealing_key = "a sealing key that is an example"}
client:credential_add("demo", {region = "sandbox", account = 1}, "EXAMPLE-ACCESS-KEY")
local account = client:account("demo")
for i = 0, ROWS - 1 do
	store:put("order", ("demo/%05d"):format(i), {credential = "demo", number = ("%05d"):format(i),
		domain = ("host-%05d.example.com"):format(i), status = "issued",
		not_after = "1800000000"})
end

local loops = {}

function loops.call(rounds)
	local name, issued = emsign.status_name, emsign.STATUS_ISSUED
	for _ = 1, rounds do
		name(issued)
	end
	return rounds
end

function loops.get(rounds)
	for _ = 1, rounds do
		local _ = client:get("order", "demo/00001").domain
	end
	return rounds
end

function loops.scan(rounds)
	local rows = 0
	for _ = 1, rounds do
		for order in client:scan("order") do
			local _, _, _ = order.id, order.domain, order.status
			rows = rows + 1
		end
	end
	return rows
end

function loops.question(rounds)
	for _ = 1, rounds do
		account:test()
	end
	return rounds
end

-- CPU time: Lua has no finer clock, and none of the loops waits
local begin = os.clock()
local done = loops[arg[1]](tonumber(arg[2]) // 1 | 0)
print((os.clock() - begin) * 1e9 / done)
