-- SPDX-License-Identifier: MIT
-- What the tests of the Lua binding share.
local emsign = require "emsign"

local support = {
	ACCESS_KEY = "EMSIGN-CANARY-access-key",
	SEALING_KEY = "EMSIGN-CANARY-32-bytes-long-key.",
	REQUESTER = {name = "Alex Example", email = "alex@example.com", phone = "5550000000"},
}

local GOOD = '{"meta":{"responseTs":"","errorMessage":"","errorCode":"","responseTxnId":"",' ..
	'"version":"1.0","status":"1"}}'

--- A blocking transport that answers every question alike and remembers it.
function support.answering(status, answer)
	local transport = {requests = {}}
	function transport:start(exchange)
		self.requests[#self.requests + 1] = exchange:request()
		exchange:status(status or 200)
		exchange:header("Content-Type", "application/json;charset=UTF-8")
		exchange:data(answer or GOOD)
		exchange:done()
	end
	return transport
end

local Store = {}
Store.__index = Store

--- A store in forty lines.
function support.store()
	return setmetatable({kinds = {}}, Store)
end

function Store:put(kind, id, row)
	self.kinds[kind] = self.kinds[kind] or {}
	self.kinds[kind][id] = row
end

function Store:get(kind, id)
	return (self.kinds[kind] or {})[id]
end

function Store:remove(kind, id)
	if not self:get(kind, id) then
		return false
	end
	self.kinds[kind][id] = nil
end

local function passes(row, filter)
	for name, values in pairs(filter) do
		local found = false
		for _, value in ipairs(values) do
			found = found or row[name] == value or (row[name] == nil and value == emsign.null)
		end
		if not found then
			return false
		end
	end
	return true
end

function Store:scan(kind, filter, after, limit)
	local ids, at = {}, 0
	for id, row in pairs(self.kinds[kind] or {}) do
		if (not after or id > after) and passes(row, filter) then
			ids[#ids + 1] = id
		end
	end
	table.sort(ids)
	return function()
		at = at + 1
		return ids[at], self:get(kind, ids[at])
	end
end

function Store:begin()
	self.before = {}
	for kind, rows in pairs(self.kinds) do
		self.before[kind] = {}
		for id, row in pairs(rows) do
			self.before[kind][id] = row
		end
	end
end

function Store:finish(keep)
	if not keep then
		self.kinds = self.before
	end
end

local kept = {}

--- Closes a handle when the test ends: Lua 5.3 has no <close>.
function support.keep(handle)
	kept[#kept + 1] = handle
	return handle
end

local function let_go()
	while #kept > 0 do
		table.remove(kept):close()
	end
end

--- A client of one credential that has never seen a CA.
function support.client(given)
	given = given or {}
	given.sealing_key = support.SEALING_KEY
	local client = support.keep(emsign.Client(given))
	client:credential_add("demo", {url = "https://ca.example/emSignHub-API/",
		account = "1234567890", requester = support.REQUESTER}, support.ACCESS_KEY)
	return client
end

--- Calls and expects an error; returns it.
function support.raises(...)
	local ok, err = pcall(...)
	assert(not ok, "nothing was raised")
	return err
end

function support.equal(one, other)
	if one ~= other then
		error(("%s is not %s"):format(one, other), 2)
	end
end

--- Runs the functions of a table by their names; the first error ends the program.
function support.run(tests)
	local names = {}
	for name in pairs(tests) do
		names[#names + 1] = name
	end
	table.sort(names)
	for _, name in ipairs(names) do
		local ok, err = xpcall(tests[name], function(e)
			return type(e) == "string" and debug.traceback(e, 2) or e
		end)
		let_go()
		io.write(ok and "ok " or "FAILED ", name, "\n")
		if not ok then
			io.write(tostring(err), "\n")
			os.exit(1)
		end
	end
	collectgarbage()
end

return support
