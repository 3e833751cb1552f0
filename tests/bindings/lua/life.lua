-- SPDX-License-Identifier: MIT
-- The whole life of a certificate against the simulator: life.lua API URL ACCOUNT KEY-FILE CA-FILE
-- FOLDER
local emsign = require "emsign"
local support = require "support"
local equal, raises = support.equal, support.raises
local api, url, account_number, key_file, ca_file, folder = table.unpack(arg)

local client = emsign.Client{store = "sqlite:" .. folder .. "/life.db",
	sealing_key = support.SEALING_KEY}
client:credential_add("demo", {api = api, url = url, account = account_number, ca_file = ca_file,
	requester = support.REQUESTER}, emsign.Secret.file(key_file))
local account = client:account("demo")
account:test()
assert(account:sync("all").seen > 0)

local form = {product = "842", domain = "www.example.com", key = "EC:P-256"}
local order = account:place(form)
equal(raises(account.place, account, form).name, "CONFLICT")
assert(account:challenge(order.id, nil, "dns").record_value)
account:verify(order.id)
for _ = 1, 200 do
	order = account:refresh(order.id)
	if order.status == emsign.STATUS_ISSUED then
		break
	end
	local till = os.clock() + 0.02
	while os.clock() < till do end
end
equal(order.status_name, "issued")

local certificate = account:fetch(order.number)
equal(certificate.domain, "www.example.com")
equal(certificate.sans[1], "www.example.com")
certificate:covers{"www.example.com"}
equal(raises(certificate.covers, certificate, {"other.example.com"}).name, "MISMATCH")
local key = client:key_open(certificate.csr)
certificate:fits(key)
equal(emsign.Certificate.parse(certificate.pem), emsign.Certificate.parse(certificate.pem))
local packed = emsign.keystore_pack(certificate, key, {type = "pkcs12"},
	"EMSIGN-CANARY-keystore-password")
emsign.keystore_save(folder .. "/keystore.p12", packed)
local file = io.open(folder .. "/keystore.p12", "rb")
equal(file:read("a"), packed)
file:close()

-- many at once, through the client's one loop
local running = 0
for _ = 1, 20 do
	running = running + 1
	account:begin("refresh", {order = order.id}):submit(function(op, err)
		assert(not err, err)
		equal(op:kind(), "order")
		equal(op:take().id, order.id)
		running = running - 1
	end)
end
assert(client:fd() >= 0)
while running > 0 do
	client:dispatch(-1)
end

local ids = {}
for found in client:scan("orders", {status = "issued"}) do
	ids[#ids + 1] = found.id
end
equal(#ids, 1)
equal(ids[1], order.id)
equal(account:revoke(order.id, "superseded", "replaced").revoke_reason, "superseded")
client:order_delete(order.id)
equal(raises(client.get, client, "order", order.id).name, "NOTFOUND")
client:close()
print("the whole life: good")
