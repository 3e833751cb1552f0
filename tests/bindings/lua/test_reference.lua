-- SPDX-License-Identifier: MIT
-- What the reference page says is there is there: lua test_reference.lua PAGE
local emsign = require "emsign"
local core = require "emsign.core"

local function has(name)
	local class, method = name:match("^emsign%.(%u%w*)%.(.+)$")
	if class then
		return emsign[class][method] -- a static one
	end
	local object
	object, method = name:match("^(%w+):(.+)$")
	if object then
		return core._metatable(object:gsub("^%l", string.upper))[".fn"][method]
	end
	return emsign[name:match("^emsign%.(.+)$")]
end

local file = assert(io.open(arg[1]))
local functions, members, fact = 0, 0, nil
for line in file:lines() do
	local name = line:match("^## ([%w_.:]+)%(")
	fact = line:match("^### (%u%w*)") or fact
	if name then
		assert(type(has(name)) == "function", name)
		functions = functions + 1
	end
	local member = fact and line:match("^| `([%w_]+)`")
	if member then
		assert(core._metatable(fact)[".get"][member], fact .. "." .. member)
		members = members + 1
	end
end
file:close()
print(functions, "functions and", members, "members")
assert(functions > 60 and members > 150)
