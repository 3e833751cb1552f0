-- SPDX-License-Identifier: MIT
--[[
The golden files of the C library, from Lua: the same bytes go out, the same is understood.

	lua golden.lua GOLDEN-FOLDER CASE...
]]
local emsign = require "emsign"
local support = require "support"
local equal = support.equal

local function read(case, name)
	local file = assert(io.open(("%s/%s/%s"):format(arg[1], case, name), "rb"))
	local text = file:read("a")
	file:close()
	return text
end

local function world(said)
	local y, m, d, H, M, S = (said.now or "2026-01-15T10:20:30+00:00"):match(
		"(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)%+00:00")
	local here = os.time{year = y, month = m, day = d, hour = H, min = M, sec = S, isdst = false}
	local utc = os.time(os.date("!*t", here))
	local bytes = (said.random or "6f1d2c3b4a5968778695a4b3c2d1e0f9"):gsub("%x%x", function(x)
		return string.char(tonumber(x, 16))
	end)
	return {
		now_ms = function() return (here + os.difftime(here, utc)) // 1 * 1000 | 0 end,
		random = function(_, n) return bytes:sub(1, n) end,
	}
end

--- Answers the first question with the file, and no other.
local function replaying(response)
	local head, body = response:match("^(.-)\n\n(.*)$")
	local transport = {}
	function transport:start(exchange)
		if self.asked then
			error(emsign.error("CANCELED", "one question is enough"))
		end
		local request = exchange:request()
		-- a table has no order: it is that of the library
		local headers = ""
		for _, name in ipairs{"Content-Type", "Accept"} do
			headers = headers .. name .. ": " .. request.headers[name] .. "\n"
			request.headers[name] = nil
		end
		equal(next(request.headers), nil)
		self.asked = ("%s %s\n%s\n%s\n"):format(request.method, request.url, headers, request.body)
		local rows = head:gmatch("[^\n]+")
		exchange:status(math.tointeger(rows():match("^%S+ (%d+)")))
		for header in rows do
			exchange:header(header:match("^(.-): (.*)$"))
		end
		exchange:data((body:gsub("\n$", "")))
		exchange:done()
	end
	return transport
end

local function replay(case, said)
	local transport = replaying(read(case, "response.http"))
	local store = emsign.Store("memory:")
	local client = emsign.Client{store = store, transport = transport, attempts = 1,
		sealing_key = support.SEALING_KEY}
	client:credential_add("demo", {region = "sandbox", account = said.account or "1234567890"},
		said.key or "EXAMPLE-ACCESS-KEY-0123456789abcdef")
	client:set_world(world(said))
	local account, order = client:account("demo"), said["arg.order"]
	if said.verb == "test" then
		return transport, pcall(account.test, account)
	end
	store:put("order", "demo/" .. order, {credential = "demo", number = order,
		url = client:get("credential", "demo").url})
	return transport, pcall(account.refresh, account, order)
end

local function check(case)
	local said = {}
	for name, value in read(case, "call"):gmatch("([^\n=]+)=([^\n]*)") do
		said[name] = value
	end
	local transport, ok, err = replay(case, said)
	equal(transport.asked, read(case, "request.http"))
	if said.verb == "test" then
		local facts = {}
		for row in read(case, "facts.txt"):gmatch("[^\n]+") do
			facts[#facts + 1] = row
		end
		equal(ok and "OK" or err.name, facts[1]:match("^%S+"))
		equal(ok or err.message, ok or facts[3])
	end
end

for i = 2, #arg do
	local ok, err = pcall(check, arg[i])
	if not ok then
		error(arg[i] .. ": " .. tostring(err))
	end
end
print(#arg - 1, "cases as they should be")
