-- SPDX-License-Identifier: MIT
--[[
Fifty questions at once from one thread: lua loop.lua STORE KEY-FILE CREDENTIAL ORDER [TIMES]

dispatch(-1) waits by itself; a program with a loop of its own (luv, cqueues) watches client:fd() and
calls dispatch(0) whenever it is readable.
]]
local emsign = require "emsign"
local store, key_file, credential, order, times = table.unpack(arg)

local client = emsign.Client{store = store, key_file = key_file, parallel = 50}
local account = client:account(credential)
local running, good, last = 0, 0, nil
for _ = 1, tonumber(times or 50) do
	running = running + 1
	account:begin("refresh", {order = order}):submit(function(op, err)
		running = running - 1
		if err then
			io.stderr:write(tostring(err), "\n")
		else
			good, last = good + 1, op:take()
		end
	end)
end
while running > 0 do
	client:dispatch(-1)
end
print(good, "times:", last and last.id, "is", last and last.status_name)
client:close()
