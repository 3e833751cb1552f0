-- SPDX-License-Identifier: MIT
-- A solver of one's own: it proves the names of an order by TXT records in the file of a name
-- server that takes a "NAME VALUE" on each line.
--	validate.lua STORE KEY-FILE CREDENTIAL ORDER ZONE-FILE
local emsign = require "emsign"
local store, key_file, credential, order, path = table.unpack(arg)

local zone = {}

-- Adds one value; others at the same name stay.
function zone:present(challenge)
	local file = assert(io.open(path, "a"))
	assert(file:write(challenge.record_name, " ", challenge.record_value, "\n"))
	assert(file:close())
	print(challenge.domain .. ": published")
end

-- Takes this one value away, however often it was added.
function zone:cleanup(challenge)
	local mine = challenge.record_name .. " " .. challenge.record_value
	local others = {}
	for line in io.lines(path) do
		if line ~= mine then
			others[#others + 1] = line .. "\n"
		end
	end
	local file = assert(io.open(path, "w"))
	assert(file:write(table.concat(others)))
	assert(file:close())
	print(challenge.domain .. ": taken away")
end

local client = emsign.Client{store = store, key_file = key_file}
client:set_solver("dns", zone)
print(client:account(credential):validate(order).id .. ": every name is proven")
client:close()
