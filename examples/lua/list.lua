-- SPDX-License-Identifier: MIT
-- Lists what is known as JSON, one record per line: lua list.lua STORE KIND [NAME=VALUE]...
local emsign = require "emsign"

local filter = {}
for i = 3, #arg do
	local name, value = arg[i]:match("^([^=]*)=(.*)$")
	filter[name] = value
end
local client = emsign.Client{store = arg[1]}
for record in client:scan(arg[2], filter) do
	print(record:to_json())
end
client:close()
