-- SPDX-License-Identifier: MIT
-- Values, errors, facts and handles of the Lua binding, without a CA.
local emsign = require "emsign"
local support = require "support"
local equal, raises, client, keep = support.equal, support.raises, support.client, support.keep

local tests = {}

function tests.forms()
	local c = client()
	c:credential_add("one", {region = "sandbox", account = 1, requester = {name = "A"}}, "x")
	c:credential_add("two", {region = "sandbox", account = "1", ["requester.name"] = "A"}, "x")
	equal(c:get("credential", "one").requester_name, c:get("credential", "two").requester_name)
	local account = c:account("demo")
	local err = raises(account.place, account, {prodcut = "842"})
	equal(err.name, "INVALID")
	equal(err.code, emsign.E_INVALID)
	equal(getmetatable(err), emsign.Error)
	assert(tostring(err):find("did you mean 'product'", 1, true))
end

function tests.wrong_types()
	local c = client()
	assert(raises(c.credential_add, c, "x", {account = 1.5}, "x"):find("whole numbers"))
	assert(raises(c.credential_add, c, "x", {account = "1\0"}, "x"):find("zero byte"))
	assert(raises(c.credential_add, c, "x", {account = print}, "x"):find("not function"))
	assert(raises(c.credential_add, c, "x", "account", "x"):find("table of named values"))
	assert(raises(c.credential_add, c, "x", {[{}] = 1}, "x"):find("have to be strings"))
	assert(raises(c.credential_add, c, "x", {account = 1, region = "us"}, 7):find("Secret"))
	assert(raises(c.get, c, nil, "x"):find("a string is wanted"))
	assert(raises(c.get, c, "order\0", "x"):find("zero byte"))
	assert(raises(emsign.Client, {store = 42}):find("a URI, a Store"))
	assert(raises(c.dispatch, c, 2^53):find("an integer"))
	assert(raises(c.dispatch, c, "0"):find("an integer"))
	assert(raises(c.get, emsign, "order", "x"):find("is wanted"))
end

function tests.integers_are_exact()
	local c = client()
	local demo = c:get("credential", "demo")
	equal(math.type(demo.created_at), "integer")
	local store = keep(emsign.Store("memory:"))
	store:put("order", "x/1", {created_at = "9007199254740993"})
	local d = keep(emsign.Client{store = store})
	equal(d:get("order", "x/1").created_at, 9007199254740993)
	equal(emsign.status_parse("issued"), emsign.STATUS_ISSUED)
	equal(math.type(emsign.STATUS_ISSUED), "integer")
end

function tests.lists_and_bytes()
	local key = emsign.Key.make("EC:P-256")
	equal(key:spec(), "EC:P-256")
	local csr = key:csr{domain = "www.example.com", san = {"a.example.com", "b.example.com"}}
	assert(csr:find("BEGIN CERTIFICATE REQUEST", 1, true))
	local err = raises(emsign.Certificate.parse, "nothing")
	equal(err.name, "INVALID")
	assert(raises(emsign.keystore_pack, nil):find("certificate is wanted"))
end

function tests.facts()
	local c = client()
	local one, two = c:get("credential", "demo"), c:get("credential", "demo")
	equal(one, two)
	c:credential_update("demo", {group = "12"})
	local three = c:get("credential", "demo")
	assert(one ~= three)
	equal(one:diff(three).group, "12")
	equal(one:to_table().account_number, "1234567890")
	assert(one:to_json():find('"id":"demo"', 1, true))
	assert(tostring(one):find("^Credential {"))
	assert(raises(function() one.name = "x" end))
	c:close()
	equal(one.id, "demo")
end

function tests.filters_and_pages()
	local store = keep(emsign.Store("memory:"))
	local c = keep(emsign.Client{store = store})
	for _, n in ipairs{0, 1, 256, 257, 600} do
		for i = 0, n - 1 do
			store:put("domain", ("demo/%04d"):format(i), {name = i .. ".example.com"})
		end
		local count = 0
		for domain in c:scan("domains") do
			equal(domain.name, count .. ".example.com")
			count = count + 1
		end
		equal(count, n)
	end
	for i = 600, 4999 do
		store:put("domain", ("demo/%04d"):format(i), {name = i .. ".example.com"})
	end
	collectgarbage()
	local before = collectgarbage("count")
	local domains = c:scan("domains")
	domains()
	collectgarbage()
	assert(collectgarbage("count") - before < 100, "a page is held, not all of 5000")
	local count = 0
	for _ in c:scan("domain", {name = {"1.example.com", "7.example.com"}, extra = emsign.null}) do
		count = count + 1
	end
	equal(count, 2)
	equal(raises(c.scan, c, "domain", {nmae = "x"}).name, "INVALID")
	equal(raises(c.scan, c, "sealed").name, "INVALID")
end

function tests.store_as_it_is()
	local store = keep(emsign.Store("memory:"))
	local c = client{store = store}
	equal(store:get("credential", "demo").name, "demo")
	local rows = store:scan("credential")
	equal(rows[1][1], "demo")
	equal(rows[1][2].name, "demo")
	store:begin()
	store:remove("credential", "demo")
	store:finish(false)
	store:cas("order", "x/1", nil, {url = "u"})
	equal(raises(store.cas, store, "order", "x/1", nil, {url = "u"}).name, "CONFLICT")
	equal(raises(store.get, store, "order", "x/2").name, "NOTFOUND")
end

function tests.closed()
	local c = client()
	local account = c:account("demo")
	local op = account:begin("test")
	c:close()
	c:close()
	for _, call in ipairs{function() c:fd() end, function() account:test() end,
			function() op:run() end} do
		local err = raises(call)
		equal(err.name, "STATE")
		assert(err.message:find("closed"))
	end
	account:close()
end

function tests.account_keeps_the_client()
	local account = client{transport = support.answering()}:account("demo")
	collectgarbage()
	account:test()
end

if _VERSION ~= "Lua 5.3" then -- whose compiler does not know the word
	function tests.close_at_the_end_of_a_block()
		local kept = assert(load[[
			local make = ...
			local c <close> = make()
			return c
		]])(client)
		equal(raises(kept.fd, kept).name, "STATE")
	end
end

function tests.coroutines()
	local c = client{transport = support.answering()}
	local seen = {}
	local worker = coroutine.wrap(function()
		c:on_event(function(event) seen[#seen + 1] = event.type end)
		for record in c:scan("credential") do
			coroutine.yield(record.id)
		end
		c:account("demo"):test()
	end)
	equal(worker(), "demo")
	worker()
	worker = nil
	collectgarbage()
	equal(seen[1], emsign.EVENT_CALL)
	c:account("demo"):test() -- the coroutine that registered the observer is gone
	equal(#seen > 1, true)
end

function tests.secrets()
	local secret = emsign.Secret(support.ACCESS_KEY)
	equal(tostring(secret), "emsign.Secret")
	local key = emsign.Secret(support.SEALING_KEY)
	local sealed = key:seal("there", secret)
	key:unseal("there", sealed)
	equal(raises(key.unseal, key, "elsewhere", sealed).name, "CRYPTO")
	equal(raises(emsign.Secret, "").name, "INVALID")
end

-- All that an error shows: itself, its fields, and where it was raised.
local function shown(call, ...)
	local texts, arguments = {}, table.pack(...)
	local ok = xpcall(function() call(table.unpack(arguments, 1, arguments.n)) end, function(err)
		texts = {tostring(err), debug.traceback(tostring(err))}
		for name, value in pairs(type(err) == "table" and err or {}) do
			texts[#texts + 1] = tostring(name) .. tostring(value)
		end
	end)
	assert(not ok, "nothing was raised")
	return table.concat(texts, "\n")
end

function tests.errors_show_no_secret()
	local c = client{transport = support.answering(401), attempts = 1}
	local key, secret = emsign.Secret(support.SEALING_KEY), support.ACCESS_KEY
	local form, account = {region = "us", account = "1"}, c:account("demo")
	for _, text in ipairs{
		shown(c.credential_add, c, "demo", form, secret),
		shown(c.credential_add, c, "x", {acount = "1"}, secret),
		shown(c.credential_add, c, "x", {access_key = secret}, secret),
		shown(c.credential_update, c, "y", nil, secret),
		shown(account.test, account),
		shown(emsign.Client, {sealing_key = secret}),
		shown(key.unseal, key, "there", key:seal("here", secret)),
		shown(key.derive, emsign.Secret(secret), "salt"),
		shown(emsign.Key.parse, secret),
		shown(key.seal, key, "x", {fetch = function() error("the vault is closed") end}),
	} do
		assert(not text:find("CANARY"), text)
	end
	assert(shown(error, secret):find("CANARY")) -- it would be seen
end

function tests.fields()
	local product
	for _, field in ipairs(emsign.fields("order")) do
		product = product or (field.name == "product" and field)
	end
	equal(product.must, true)
	assert(raises(emsign.fields, "nonsense"):find("no such scope"))
end

function tests.every_code_has_its_name()
	for name, code in pairs(emsign) do
		if name:sub(1, 2) == "E_" then
			equal(emsign.rc_name(code), name:sub(3))
			equal(emsign.error(name:sub(3)).code, code)
		end
	end
end

support.run(tests)
