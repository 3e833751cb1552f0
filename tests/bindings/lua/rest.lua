-- SPDX-License-Identifier: MIT
-- The second generation's verbs, against the simulator: rest.lua URL ACCOUNT SECRET-FILE CA-FILE
local emsign = require "emsign"
local support = require "support"
local equal, raises = support.equal, support.raises
local url, account_number, secret_file, ca_file = table.unpack(arg)

local client = emsign.Client{sealing_key = support.SEALING_KEY}
client:credential_add("demo", {api = "v2", url = url, account = account_number,
	ca_file = ca_file, requester = support.REQUESTER}, emsign.Secret.file(secret_file))
local account = client:account("demo")

-- The CA needs its moment.
local function certificate_of(order)
	for _ = 1, 500 do
		order = account:refresh(order.id)
		if order.status == emsign.STATUS_ISSUED then
			return client:get("certificate", order.certificate)
		end
		local till = os.clock() + 0.02
		while os.clock() < till do end
	end
	error(order.id .. " is " .. order.status_name)
end

local draft = account:place{product = "842", domain = "a.corp.example", draft = "yes"}
local order = account:promote(draft.id, {remarks = "now"})
equal(order.request_number, draft.request_number)
equal(raises(client.get, client, "order", draft.id).name, "NOTFOUND")
local old = certificate_of(order)
equal(old.csr, draft.csr)

order = account:reissue(order.id, {key = "RSA:2048"})
equal(order.replaces, old.sha256)
equal(order.certificate, old.id)
local new = certificate_of(order)
new:fits(client:key_open(new.csr))
old:fits(client:key_open(old.csr))
equal(raises(account.reissue, account, order.id, {key = "same", san = {"b.corp.example"}}).name,
	"INVALID")

equal(account:ledger().seen, 0)
