-- SPDX-License-Identifier: MIT
-- The suite that every store in C has to pass, on one of tables, and on that of docs/scripting.md:
-- lua test_store.lua INCLUDE-FOLDER
local emsign = require "emsign"
local suite = require "emsign_suite"
local support = require "support"

assert(suite.store("lua", function() return emsign.Store(support.store()) end, true) == 0)

local file = assert(io.open(arg[1] .. "/../../docs/scripting.md"))
local code = file:read("a"):match("```lua\n(local rows.-)```")
file:close()
local _, lines = code:gsub("\n%s*%S", "")
assert(lines < 36, "the page promises one in thirty lines")
local there = setmetatable({emsign = emsign}, {__index = _G})
local make = assert(load(code .. "\nreturn store", "docs/scripting.md", "t", there))
assert(suite.store("page, lua", function() return emsign.Store(make()) end, false) == 0)
