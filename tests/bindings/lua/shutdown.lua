-- SPDX-License-Identifier: MIT
-- A program that ends with everything open: lua shutdown.lua [exit]
local emsign = require "emsign"
local support = require "support"

local function never()
	return {
		start = function(self, exchange) self.exchange = exchange end,
		drive = function() end,
		cancel = function(self, exchange) assert(rawequal(exchange, self.exchange)) end,
		close = function() end,
	}
end

local function client(given)
	given.sealing_key = support.SEALING_KEY
	local made = emsign.Client(given)
	made:credential_add("demo", {region = "us", account = 1}, support.ACCESS_KEY)
	made:on_event(function() end)
	made:on_log(emsign.LOG_DEBUG, function() end)
	return made
end

-- all of it live: objects of every kind, a scan in the middle, an exchange in the air
local store = support.store()
store.close = function(self) self.kinds = nil end
local one = client{store = store, transport = never()}
one:set_world{now_ms = function() return 1 end, random = function(_, n) return ("x"):rep(n) end}
keep = {one, emsign.Key.make("EC:P-256"), emsign.Secret{fetch = function() return "x" end}}
keep.account = one:account("demo")
keep.op = keep.account:begin("test")
keep.op:submit(function() end)
one:dispatch(0)
keep.next = one:scan("credential")
keep.record = keep.next()

-- known to the collector alone
client{store = support.store(), transport = never()}:account("demo"):begin("test")

-- a circle through the library, which the collector does not see
local circle = client{transport = never()}
circle:on_event(function() return circle end)

-- a coroutine that is in the middle of something
keep.worker = coroutine.wrap(function()
	for record in client{}:scan("credential") do
		coroutine.yield(record)
	end
end)
keep.worker()

if arg[1] then
	os.exit(0, arg[1] == "close")
end
