-- SPDX-License-Identifier: MIT
-- What a callback raises comes out as itself, from every slot that the headers have:
-- lua test_raising.lua INCLUDE-FOLDER
local emsign = require "emsign"
local support = require "support"
local equal, raises, client, keep = support.equal, support.raises, support.client, support.keep

local function raising(what)
	return function() error(what) end
end

-- Each takes what to raise, has one slot raise it, and makes the call that runs the slot.

local function in_store(slot, call)
	return function(what)
		local store = support.store()
		store.cas = function() end
		local c, handle = client{store = store}, keep(emsign.Store(store))
		store[slot] = raising(what)
		local ok, err = pcall(call, c, handle)
		store[slot] = nil
		if slot ~= "close" then
			equal(c:get("credential", "demo").id, "demo") -- it goes on
		end
		if not ok then
			error(err)
		end
	end
end

local function in_transport(slot, call)
	return function(what)
		local transport = {cancel = function() end, fd = function() return 0 end}
		function transport:start(exchange) self.exchange = exchange end
		function transport:drive() support.answering():start(self.exchange) end
		transport[slot] = raising(what)
		call(client{transport = transport, attempts = 1})
	end
end

local function test(c) c:account("demo"):test() end

local function canceled(c)
	local op = c:account("demo"):begin("test")
	op:submit(function() end)
	c:dispatch(0)
	op:cancel()
end

local function in_secret(slot)
	return function(what)
		local vault = {fetch = function() return support.ACCESS_KEY end}
		vault[slot] = raising(what)
		keep(emsign.Secret(support.SEALING_KEY)):seal("x", vault)
	end
end

local function world()
	local w = {ms = 1768472430000}
	function w:now_ms() return self.ms end
	function w:random(n) return ("\0"):rep(n) end
	function w:wait(ms) self.ms = self.ms + ms end
	return w
end

local function in_world(slot)
	return function(what)
		local c, w = client{transport = support.answering(503), attempts = 2}, world()
		w[slot] = raising(what)
		c:set_world(w)
		local ok, err = pcall(test, c)
		c:set_world(world())
		if not ok then
			error(err)
		end
	end
end

local SLOTS = {
	["store_ops.put"] = in_store("put", function(c) c:credential_update("demo", {group = 1}) end),
	["store_ops.get"] = in_store("get", function(c) c:get("credential", "demo") end),
	["store_ops.scan"] = in_store("scan", function(c) c:scan("credential") end),
	["store_ops.remove"] = in_store("remove", function(c) c:credential_remove("demo") end),
	["store_ops.begin"] = in_store("begin", function(c)
		c:credential_update("demo", {group = 1})
	end),
	["store_ops.end"] = in_store("finish", function(c)
		c:credential_update("demo", {group = 1})
	end),
	["store_ops.cas"] = in_store("cas", function(_, s) s:cas("order", "x/1", nil, {url = "u"}) end),
	["transport_ops.start"] = in_transport("start", test),
	["transport_ops.drive"] = in_transport("drive", test),
	["transport_ops.fd"] = in_transport("fd", function(c) c:fd() end),
	["secret_source.fetch"] = in_secret("fetch"),
	["world.now_ms"] = in_world("now_ms"),
	["world.random"] = in_world("random"),
	["world.wait"] = in_world("wait"),
	event_fn = function(what)
		local c = client{transport = support.answering()}
		c:on_event(raising(what))
		test(c)
	end,
	record_fn = function(what) client():each("credential", nil, raising(what)) end,
	done_fn = function(what)
		local c = client{transport = support.answering()}
		c:account("demo"):begin("test"):submit(raising(what))
		c:dispatch(-1)
	end,
}
-- Nobody waits for their answer: the error is a warning (see warn.lua).
local TOLD = {
	["store_ops.destroy"] = in_store("close", function(c, s)
		c:close()
		s:close()
	end),
	["transport_ops.destroy"] = in_transport("close", function(c) c:close() end),
	["transport_ops.cancel"] = in_transport("cancel", canceled),
	["secret_source.destroy"] = function(what)
		in_secret("close")(what)
		collectgarbage()
	end,
	log_fn = function(what)
		local c = client{transport = support.answering()}
		c:on_log(emsign.LOG_DEBUG, raising(what))
		test(c)
	end,
}
-- Not a script's own code.
local OURS = {row_fn = true, secret_fn = true, drop_fn = true}

local tests = {}

function tests.every_slot_is_here()
	local seen = 0
	for _, header in ipairs{"base", "client", "secret", "store", "transport"} do
		local file = assert(io.open(arg[1] .. "/" .. header .. ".h"))
		local text = file:read("a"):gsub("/%*.-%*/", "")
		file:close()
		for name in text:gmatch("typedef [^;{]-%(%*emsign_([%w_]+_fn)%)%(") do
			assert(SLOTS[name] or TOLD[name] or OURS[name], name)
			seen = seen + 1
		end
		for fields, name in text:gmatch("typedef struct emsign_[%w_]+ (%b{}) emsign_([%w_]+);") do
			for slot in fields:gmatch("%(%*([%w_]+)%)%(") do
				slot = name .. "." .. slot
				assert(SLOTS[slot] or TOLD[slot] or slot == "allocator.realloc", slot)
				seen = seen + 1
			end
		end
	end
	assert(seen >= 22, seen)
end

function tests.errors_of_the_script()
	for name, run in pairs(SLOTS) do
		for _, what in ipairs{{}, print, "text", emsign.error("DENIED", name)} do
			local err = raises(run, what)
			assert(rawequal(err, what) or (what == "text" and err:find("text$")),
				name .. ": " .. tostring(err))
		end
	end
end

function tests.where_nobody_waits()
	for _, run in pairs(TOLD) do
		run(print)
		run(emsign.error("DENIED", "no"))
	end
end

local function failing(...)
	local errors, transport = {...}, support.answering()
	local start = transport.start
	function transport:start(exchange)
		if errors[1] then
			error(table.remove(errors, 1))
		end
		start(self, exchange)
	end
	return transport
end

-- The next attempt is made, the clock is right, and of two errors the last comes out.
function tests.an_error_that_the_library_handles_is_over()
	local first, second = emsign.error("NET", "no route"), emsign.error("NET", "still none")
	local c, w = client{transport = failing(first), attempts = 2}, world()
	c:set_world(w)
	test(c)
	local tested = c:get("credential", "demo").tested_at * 1000
	assert(tested > w.ms - 60000 and tested <= w.ms, tested)
	c = client{transport = failing(first, second), attempts = 2}
	c:set_world(world())
	assert(rawequal(raises(test, c), second))
end

-- No transport that breaks in the middle makes an order be placed twice.
function tests.what_was_sent_before_is_in_doubt()
	for _, case in ipairs{
			{false, emsign.error("NET", "cut"), "INDOUBT", "GetOrderReport"},
			{false, {name = "mine"}, "mine", "GetOrderReport"},
			{true, emsign.error("NET", "no route"), "NET", "GenerateOrderSSL"}} do
		local promise, what, first, second = table.unpack(case)
		local asked, transport = {}, {}
		function transport:start(exchange)
			asked[#asked + 1] = exchange:request().url:match("[^/]+$")
			if promise then
				exchange:unsent()
			end
			error(what)
		end
		local account = client{transport = transport, attempts = 1}:account("demo")
		local form = {product = "842", domain = "www.example.com"}
		equal(raises(account.place, account, form).name, first)
		raises(account.place, account, form)
		equal(asked[1], "GenerateOrderSSL")
		equal(asked[2], second)
	end
end

support.run(tests)
