-- SPDX-License-Identifier: MIT
-- Raises wherever nobody waits for an answer; what is said about it is looked at by test_lua.py.
local emsign = require "emsign"
local support = require "support"

if _VERSION == "Lua 5.3" then -- has no warnings, so a script's own function gets them
	function warn(message) io.stderr:write("Lua warning: ", message, "\n") end
else
	warn("@on")
end

local function raising(what)
	return function() error(what, 0) end
end

local store = support.store()
store.close = raising("store")
support.client{store = store}:close()
local transport = {start = function() end, drive = function() end, cancel = raising("cancel"),
	close = raising{"not text"}}
local client = support.client{transport = transport}
local op = client:account("demo"):begin("test")
op:submit(function() end)
client:dispatch(0)
op:cancel()
client:close()
client = support.client{transport = support.answering()}
client:on_log(emsign.LOG_DEBUG, raising("log"))
client:account("demo"):test()
client:close()
emsign.Secret{fetch = raising("never asked"), close = raising("secret")}:close()
