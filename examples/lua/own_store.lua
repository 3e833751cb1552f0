-- SPDX-License-Identifier: MIT
-- A store of one's own, here tables. A database, a registry or a file has the same methods.
local emsign = require "emsign"

local store = {}
local rows = setmetatable({}, {__index = function(t, kind)
	t[kind] = {}
	return t[kind]
end})

function store:put(kind, id, row)
	rows[kind][id] = row
end

function store:get(kind, id)
	return rows[kind][id] -- nil says that there is none
end

function store:remove(kind, id)
	local known = rows[kind][id] ~= nil
	rows[kind][id] = nil
	return known
end

local function one_of(value, values)
	for _, wanted in ipairs(values) do
		if value == wanted or (value == nil and wanted == emsign.null) then
			return true
		end
	end
	return false
end

function store:scan(kind, filter, after, limit)
	return coroutine.wrap(function()
		local ids = {}
		for id in pairs(rows[kind]) do
			ids[#ids + 1] = id
		end
		table.sort(ids)
		for _, id in ipairs(ids) do
			local row, passes = rows[kind][id], not after or id > after
			for name, values in pairs(filter) do
				passes = passes and one_of(row[name], values)
			end
			if passes then
				coroutine.yield(id, row) -- the library takes as many as it wants
			end
		end
	end)
end

local client = emsign.Client{store = store,
	sealing_key = "a sealing key that is an example"}
client:credential_add("example", {region = "sandbox", account = "1234567890"},
	"EXAMPLE-ACCESS-KEY")
for _, kind in ipairs{"credential", "sealed"} do
	for id in pairs(rows[kind]) do
		print(kind, id)
	end
end
client:close()
