-- SPDX-License-Identifier: MIT
--[[
The life of certificates from the emSign CA (eMudhra CERTInext).

	local emsign = require "emsign"
	local client <close> = emsign.Client{store = "sqlite:orders.db", key_file = "sealing.key"}
	local account = client:account("example")
	local order = account:place{product = "842", domain = "www.example.com"}
	for order in client:scan("orders", {status = "issued"}) do
		print(order.id, order.not_after)
	end

Errors are tables {code, name, message, ca_code, http_status, retry_after, request_id} with the
metatable emsign.Error; they print as "NAME: message".
]]
local core = require "emsign.core"

local emsign = {}
for name, value in pairs(core) do
	if name:sub(1, 1) ~= "_" and name:sub(1, 3) ~= "new" then
		emsign[name] = value
	end
end

local HANDLES = {"Client", "Account", "Op", "Store", "Transport", "Solver", "Exchange", "Secret",
	"Key"}
local RECORDS = {"Credential", "User", "Group", "Organization", "Domain", "Product", "Order",
	"Challenge", "Certificate", "Csr", "CustomField", "Ledger", "Attempt", "Stats"}

--- Makes an error for a callback to raise: error(emsign.error("NET", "no route")).
function emsign.error(name, message, more)
	local made = {name = name, message = message or "", code = core["E_" .. name], ca_code = "",
		http_status = 0, retry_after = 0, request_id = ""}
	for key, value in pairs(more or {}) do
		made[key] = value
	end
	return setmetatable(made, core.Error)
end

-- Handles --------------------------------------------------------------------------------------

for _, name in ipairs(HANDLES) do
	local class = core._metatable(name)
	if name ~= "Exchange" then -- that one ends with done()
		class[".fn"].close = core._close
		class.__close = function(self) core._close(self) end
	end
	class.__tostring = function() return "emsign." .. name end
end

local GIVEN = {store = true, transport = true, sealing_key = true, key_file = true}

--- emsign.Client{store =, transport =, sealing_key = or key_file =, and what the client takes}
function emsign.Client(given)
	local config = {}
	for name, value in pairs(given or {}) do
		if not GIVEN[name] then
			config[name] = value
		end
	end
	given = given or {}
	return core.Client(config, given.store, given.transport, given.sealing_key, given.key_file)
end

local client = core._metatable("Client")[".fn"]

--- for order in client:scan("orders", {status = "issued"}) do: holds one page of records
function client:scan(kind, filter)
	kind = kind:gsub("s$", "")
	local page, after = self:_page(kind, filter, nil)
	local at = 0
	return function()
		at = at + 1
		if not page[at] and after then
			page, after = self:_page(kind, filter, after)
			at = 1
		end
		local record = page[at]
		page[at] = record and false
		return record
	end
end

-- Facts ----------------------------------------------------------------------------------------

local function equip(name)
	local class = core._metatable(name)
	local members = {}
	for member in pairs(class[".get"]) do
		members[#members + 1] = member
	end
	table.sort(members)

	class[".fn"].to_table = function(self)
		local made = {}
		for _, member in ipairs(members) do
			made[member] = self[member]
		end
		return made
	end
	class.__tostring = function(self) return name .. " " .. self:to_json() end
	class.__eq = function(one, other)
		return getmetatable(one) == getmetatable(other) and next(one:diff(other)) == nil
	end
end
for _, name in ipairs(RECORDS) do
	equip(name)
end

return emsign
