-- SPDX-License-Identifier: MIT
--[[
Orders one certificate and waits until it is there.

	lua order.lua STORE KEY-FILE CREDENTIAL PRODUCT DOMAIN WEB-ROOT

The credential was added before, e.g. with `emsign credential add`. Control of the domain is proven
by a file below WEB-ROOT, which the domain's web server has to serve.
]]
local emsign = require "emsign"
local store, key_file, credential, product, domain, root = table.unpack(arg)

local client = emsign.Client{store = store, key_file = key_file}

local function order()
	local account = client:account(credential)
	local order = account:place{product = product, domain = domain, key = "EC:P-256"}
	client:set_solver("http", emsign.Solver.webroot(root))
	order = account:validate(order.id)
	while order.status ~= emsign.STATUS_ISSUED do
		os.execute("sleep 0.5")
		order = account:refresh(order.id)
	end
	print(order.id, "is", order.status_name)
end

local ok, err = pcall(order)
client:close()
if not ok then
	io.stderr:write(tostring(err), "\n")
	os.exit(err.name == "INDOUBT" and 3 or 1)
end
