-- SPDX-License-Identifier: MIT
-- Stores, transports, secrets, observers and clocks written in Lua: good ones and raising ones.
local emsign = require "emsign"
local support = require "support"
local equal, raises, client, answering, keep =
	support.equal, support.raises, support.client, support.answering, support.keep

local BOOM = {} -- any value can be raised
local function boom() error(BOOM) end

local tests = {}

function tests.store_in_use()
	local store = support.store()
	local c = client{store = store, transport = answering()}
	c:account("demo"):test()
	assert(store:get("credential", "demo"))
	equal(raises(c.get, c, "credential", "other").name, "NOTFOUND")
end

function tests.rows_that_are_none()
	local store = support.store()
	local c = keep(emsign.Client{store = store})
	for _, row in ipairs{42, "x", {name = print}, {name = "\0"}, {[1] = "x"}} do
		store.get = function() return row end
		store.scan = function()
			return function() return "x/1", row end
		end
		assert(type(raises(c.get, c, "order", "x/1")) == "string")
		assert(type(raises(c.scan, c, "order")) == "string")
	end
end

function tests.cas()
	local store = support.store()
	function store:cas(kind, id, expect, row)
		if self:get(kind, id) ~= expect then
			error(emsign.error("CONFLICT", "somebody was faster"))
		end
		self:put(kind, id, row)
	end
	local s = keep(emsign.Store(store))
	s:cas("order", "a/1", nil, {url = "u"})
	equal(raises(s.cas, s, "order", "a/1", nil, {url = "u"}).message, "somebody was faster")
end

function tests.store_is_closed_once()
	local closed = 0
	local store = support.store()
	store.close = function() closed = closed + 1 end
	client{store = store}:close()
	equal(closed, 1)
end

function tests.failed_call_leaves_nothing_entered()
	local closed = 0
	local store = support.store()
	store.close = function() closed = closed + 1 end
	local handle = emsign.Store(store)
	raises(emsign.Client, {store = handle, transport = 42})
	raises(emsign.Client, {store = handle, nonsense = 1})
	raises(handle.put, handle, "order", "x/1", 42)
	handle:close()
	equal(closed, 1)
end

function tests.handle_closed_from_inside()
	local store = support.store()
	local c = client{store = store}
	function store:get(kind, id)
		c:close()
		equal(raises(c.fd, c).name, "STATE")
		return getmetatable(self).get(self, kind, id)
	end
	equal(c:get("credential", "demo").id, "demo")
	equal(raises(c.fd, c).name, "STATE")
end

function tests.what_is_asked()
	local transport = answering()
	local c = client{transport = transport}
	c:account("demo"):test()
	local request = transport.requests[1]
	equal(request.method, "POST")
	assert(request.url:find("^https://ca.example/emSignHub%-API/"))
	assert(request.headers["Content-Type"]:find("^application/json"))
	assert(request.body:find('"authKey"', 1, true))
	assert(not request.body:find("CANARY"))
end

function tests.errors_of_a_transport_are_the_library_s()
	local transport, failed = answering(), false
	local start = transport.start
	function transport:start(exchange)
		if not failed then
			failed = true
			error(emsign.error("NET", "no route"))
		end
		start(self, exchange)
	end
	local c = client{transport = transport, attempts = 1}
	local account = c:account("demo")
	equal(raises(account.test, account).message, "no route")
	account:test()
end

function tests.exchange_is_over_when_it_is_done()
	local transport, kept = answering(), nil
	local start = transport.start
	function transport:start(exchange)
		kept = exchange
		start(self, exchange)
	end
	local c = client{transport = transport}
	c:account("demo"):test()
	equal(raises(kept.request, kept).name, "STATE")
	equal(raises(kept.done, kept).name, "STATE")
end

function tests.cancel_gets_what_start_got()
	local started, canceled
	local c = client{transport = {
		start = function(_, exchange) started = exchange end,
		drive = function() end,
		cancel = function(_, exchange) canceled = exchange end,
	}}
	local op = c:account("demo"):begin("test")
	op:submit(function() end)
	c:dispatch(0)
	op:cancel()
	assert(started and rawequal(canceled, started))
end

function tests.secret_source()
	local asked = 0
	local vault = {fetch = function()
		asked = asked + 1
		return support.ACCESS_KEY
	end}
	local key = emsign.Secret(support.SEALING_KEY)
	key:seal("x", vault)
	equal(asked, 1)
	vault.fetch = boom
	equal(raises(key.seal, key, "x", vault), BOOM)
	vault.fetch = function() return 42 end
	assert(raises(key.seal, key, "x", vault):find("string expected"))
end

function tests.events_and_log()
	local c = client{transport = answering()}
	local account, events, lines = c:account("demo"), {}, {}
	c:on_event(function(event) events[#events + 1] = event end)
	c:on_log(emsign.LOG_DEBUG, function(level, text, fields) lines[#lines + 1] = fields end)
	account:test()
	equal(events[1].verb, "test")
	equal(events[#events].record.id, "demo")
	equal(lines[1].verb, "test")
	c:on_event(boom)
	equal(raises(account.test, account), BOOM)
	c:on_event(nil)
	c:on_log(0, nil)
	account:test()
end

function tests.each()
	local c = client()
	local ids = {}
	c:each("credential", nil, function(record) ids[#ids + 1] = record.id end)
	equal(ids[1], "demo")
	equal(raises(c.each, c, "credential", nil, boom), BOOM)
	c:credential_add("a", {region = "us", account = 1}, "x")
	c:credential_add("b", {region = "us", account = 1}, "x")
	local function note(record) ids[#ids + 1] = record.id end
	ids = {}
	c:each("credential", nil, note, "a")
	equal(table.concat(ids, " "), "b demo")
	ids = {}
	c:each("credential", nil, note, nil, 2)
	equal(table.concat(ids, " "), "a b")
end

function tests.done()
	local c = client{transport = answering()}
	local told
	local op = c:account("demo"):begin("test")
	op:submit(function(which, err) told = {which, err} end)
	equal(raises(op.take, op).name, "STATE")
	while not told do
		c:dispatch(-1)
	end
	equal(told[1], op)
	equal(told[2], nil)
	equal(op:kind(), nil)
	op = c:account("demo"):begin("test")
	op:submit(boom)
	equal(raises(op.cancel, op), BOOM)
	equal(raises(op.take, op).name, "CANCELED")
	told = false
	c:account("demo"):begin("test"):submit(function() told = true end)
	collectgarbage()
	while not told do
		c:dispatch(-1)
	end
end

function tests.done_gets_the_error_of_a_callback()
	local c = client{transport = {start = boom}}
	local told
	c:account("demo"):begin("test"):submit(function(_, err) told = err end)
	c:dispatch(-1)
	equal(told, BOOM)
end

function tests.yield_across_the_library_is_an_error()
	local transport = {start = function() coroutine.yield() end}
	local c = client{transport = transport}
	local account = c:account("demo")
	local worker = coroutine.wrap(function() return raises(account.test, account) end)
	assert(worker():find("attempt to yield"))
end

local function world()
	return {
		waited = 0,
		now_ms = function(self) return 1768472430000 + self.waited end,
		random = function(_, n) return ("\0"):rep(n) end,
		wait = function(self, ms) self.waited = self.waited + ms end,
	}
end

function tests.world()
	local w = world()
	local c = client{transport = answering(503), attempts = 3}
	c:set_world(w)
	c:credential_add("then", {region = "us", account = 1}, "x")
	equal(c:get("credential", "then").created_at, 1768472430)
	local account = c:account("demo")
	raises(account.test, account)
	assert(w.waited > 0)
end

function tests.every_slot_of_a_world_raises()
	for _, slot in ipairs{"now_ms", "random", "wait"} do
		local w = world()
		w[slot] = boom
		local c = client{transport = answering(503), attempts = 2}
		c:set_world(w)
		local account = c:account("demo")
		equal(raises(account.test, account), BOOM)
		c:set_world(world())
	end
end

function tests.what_a_world_raises_comes_out_as_itself()
	local HALT = emsign.error("TIMEOUT", "enough") -- the library could take it for its own
	local function halt() error(HALT, 0) end
	for _, slot in ipairs{"now_ms", "random", "wait"} do
		local w = world()
		w[slot] = halt
		local c = client{transport = answering(503), attempts = 2}
		c:set_world(w)
		local account = c:account("demo")
		equal(raises(account.test, account), HALT)
	end
	local c = client{transport = answering()}
	equal(raises(c.each, c, "credential", nil, halt), HALT)
	c:on_event(halt)
	local account = c:account("demo")
	equal(raises(account.test, account), HALT)
end

function tests.a_wait_that_raises_leaves_the_operation_as_it_was()
	local transport = answering(503)
	local w = world()
	local c = client{transport = transport, attempts = 2}
	c:set_world(w)
	local op = c:account("demo"):begin("test")
	local wait = w.wait
	w.wait = boom
	equal(raises(op.run, op), BOOM)
	equal(raises(op.run, op), BOOM)
	w.wait = wait
	raises(op.run, op)
	equal(#transport.requests, 2)
end

function tests.an_error_that_the_library_deals_with_breaks_no_world()
	local store = support.store()
	local get = store.get
	function store:get(kind, id)
		return get(self, kind, id) or id and error(emsign.error("NOTFOUND", "not in this store"))
	end
	local c = client{store = store, transport = answering(503), attempts = 2}
	local w = world()
	c:set_world(w)
	local account = c:account("demo")
	local form = {product = "842", domain = "www.example.com", key = "EC:P-256"}
	local err = raises(account.place, account, form)
	assert(err.name ~= "NOTFOUND" and not err.message:find("random"), err)
	w.random = boom
	equal(raises(account.place, account, form), BOOM)
end

support.run(tests)
