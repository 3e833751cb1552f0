-- SPDX-License-Identifier: MIT
-- Plays what plays.py writes, with the Lua binding: lua play.lua PLAYS > OUTPUT
local emsign = require "emsign"
local support = require "support"

local KINDS = {"credential", "user", "group", "organization", "domain", "product", "order",
	"challenge", "certificate", "custom_field", "attempt", "ledger"}

local function print(...)
	io.write(table.concat({...}, " "), "\n")
end

local function read(path)
	local file = assert(io.open(path, "rb"))
	local text = file:read("a")
	file:close()
	return text
end

--- Prints what it is asked, and answers from the files as long as there are some.
local function answering()
	local transport = {answers = {}}
	function transport:start(exchange)
		local request = exchange:request()
		print(request.method, request.url)
		local headers = {}
		for name, value in pairs(request.headers) do
			table.insert(headers, name .. ": " .. value)
		end
		table.sort(headers) -- a table has no order
		print(table.concat(headers, "\n"))
		print("\n" .. request.body)
		if not self.answers[1] then
			exchange:unsent()
			exchange:done(emsign.E_CANCELED, "no more answers")
			return
		end
		local head, body = read(table.remove(self.answers, 1)):match("^(.-)\n\n(.*)$")
		local rows = head:gmatch("[^\n]+")
		exchange:status(math.tointeger(tonumber(rows():match("^%S+ (%d+)"))))
		for header in rows do
			exchange:header(header:match("^(.-): (.*)$"))
		end
		exchange:data((body:gsub("\n$", "")))
		exchange:done()
	end
	return transport
end

--- One case: what its lines say.
local function new_play()
	return {config = {attempts = 1}, credential = {}, args = {}, rows = {}, secrets = {},
		transport = answering(), random = {}}
end

local take = {}
function take.now(play, text) play.now = math.tointeger(tonumber(text)) end
function take.random(play, text)
	play.random[#text // 2] = text:gsub("%x%x", function(x)
		return string.char(tonumber(x, 16))
	end)
end
function take.answer(play, text) table.insert(play.transport.answers, text) end
function take.row(play, text)
	local kind, id = text:match("(%S+) (.*)")
	table.insert(play.rows, {kind, id, {}})
end
function take.value(play, text)
	local name, value = text:match("([^=]*)=(.*)")
	play.rows[#play.rows][3][name] = value
end
function take.secret(play, text) table.insert(play.secrets, {text:match("([^=]*)=(.*)")}) end
function take.arg(play, text)
	local name, value = text:match("([^=]*)=(.*)")
	play.args[name] = play.args[name] or {}
	table.insert(play.args[name], value)
end
for _, word in ipairs{"config", "credential"} do
	take[word] = function(play, text)
		local name, value = text:match("([^=]*)=(.*)")
		play[word][name] = value
	end
end
for _, word in ipairs{"verb", "document", "key"} do
	take[word] = function(play, text) play[word] = text end
end

local function act(play, account)
	local args = play.args
	if play.verb == "submit_document" then
		account:submit_document(args.order[1], args.name[1], args.description[1], play.document)
		return
	end
	local op = account:begin(play.verb, args)
	op:run()
	op:take()
	op:close()
end

local function outcome(play, account)
	local ok, err = pcall(act, play, account)
	if ok then
		print("OK")
		return
	end
	print(("%s http=%d retry_after=%d ca_code=%s request_id=%s\n%s"):format(err.name,
		err.http_status, err.retry_after, err.ca_code, err.request_id, err.message))
end

local function kept(client, store)
	for _, kind in ipairs(KINDS) do
		for record in client:scan(kind) do
			print(kind, record:to_json())
		end
	end
	for _, row in ipairs(store:scan("sealed")) do
		print("sealed", row[1])
	end
end

local function finish(play)
	local store, key = emsign.Store("memory:"), emsign.Secret(support.SEALING_KEY)
	play.config.store, play.config.transport, play.config.sealing_key = store, play.transport, key
	local client = emsign.Client(play.config)
	client:set_world{
		now_ms = function() return play.now end,
		random = function(_, n) return play.random[n] or ("\0"):rep(n) end,
	}
	client:credential_add("demo", play.credential, play.key)
	for _, row in ipairs(play.rows) do
		store:put(table.unpack(row))
	end
	for _, secret in ipairs(play.secrets) do
		store:put("sealed", secret[1], {sealed = key:seal(table.unpack(secret))})
	end
	outcome(play, client:account("demo"))
	kept(client, store)
	client:close()
end

local play
for line in read(arg[1]):gmatch("[^\n]+") do
	local word, text = line:match("^(%S+) ?(.*)$")
	if word == "case" then
		play = new_play()
		print("case", text)
	elseif word == "end" then
		finish(play)
	else
		take[word](play, (text:gsub("\\n", "\n")))
	end
end
