-- SPDX-License-Identifier: MIT
-- A transport of one's own: one that never leaves the process and plays the CA for a test login.
local emsign = require "emsign"

local ANSWER = '{"meta":{"responseTs":"","errorMessage":"","errorCode":"","responseTxnId":"",' ..
	'"version":"1.0","status":"1"}}'

local transport = {calls = 0}

function transport:start(exchange)
	self.calls = self.calls + 1
	local request = exchange:request()
	print(request.method, request.url, #request.body, "bytes")
	exchange:status(200)
	exchange:header("Content-Type", "application/json;charset=UTF-8")
	exchange:data(ANSWER)
	exchange:done()
end

local client = emsign.Client{transport = transport,
	sealing_key = "a sealing key that is an example"}
client:credential_add("example", {url = "https://ca.example/emSignHub-API/",
	account = "1234567890"}, "EXAMPLE-ACCESS-KEY")
client:account("example"):test()
print("the credential is good, after", transport.calls, "call")
client:close()
