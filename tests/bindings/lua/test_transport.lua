-- SPDX-License-Identifier: MIT
-- The suite that every transport in C has to pass, on one written in Lua.
if not (pcall(require, "socket") and pcall(require, "ssl")) then
	print("LuaSocket or LuaSec is missing: no transport in Lua to try")
	os.exit(77)
end
local emsign = require "emsign"
local suite = require "emsign_suite"
local transport = require "transport"

assert(suite.transport("lua", function() return emsign.Transport(transport) end, false) == 0)
