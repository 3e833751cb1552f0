-- SPDX-License-Identifier: MIT
-- A blocking transport in Lua, on LuaSocket and LuaSec.
local emsign = require "emsign"
local socket, mime, ssl = require "socket", require "mime", require "ssl"

local PARAMETERS = {mode = "client", protocol = "any", verify = "peer",
	options = {"all", "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1"}}
local PLAIN = {timeout = "TIMEOUT", wantread = "TIMEOUT", wantwrite = "TIMEOUT", closed = "NET"}

local function fail(why, otherwise)
	error(emsign.error(PLAIN[why] or otherwise, "it broke: " .. why))
end

--- One connection with a time by which all of it has to be over.
local Connection = {}
Connection.__index = Connection

function Connection:left()
	local left = self.till - socket.gettime()
	if left <= 0 then
		fail("timeout")
	end
	self.stream:settimeout(left, "t")
	return self.stream
end

--- A line without its end, or so many bytes; fewer when `some` will do.
function Connection:read(what, some)
	local got, why, part = self:left():receive(what)
	if not got and some and part ~= "" then
		return part
	end
	return got or fail(why, "NET")
end

function Connection:write(text)
	local ok, why = self:left():send(text)
	return ok or fail(why, "NET")
end

local function decode(base64)
	return (mime.unb64(base64):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- Who is there: LuaSec proves the chain, not the name.
local function check(stream, host, pin)
	local certificate = emsign.Certificate.parse(stream:getpeercertificate():pem())
	if not pcall(certificate.covers, certificate, {host}) then
		error(emsign.error("TLS", "the certificate is for another name"))
	end
	if pin and decode(pin:match("^sha256//(.*)$")) ~= certificate.spki then
		error(emsign.error("TLS", "the public key is not the pinned one"))
	end
end

local function connect(request, host, port)
	local connection = setmetatable({till = socket.gettime() + request.timeout_ms / 1000},
		Connection)
	connection.stream = socket.tcp()
	local ok, why = connection:left():connect(host, port)
	if not ok then
		fail(why, "NET")
	end
	PARAMETERS.cafile, PARAMETERS.capath = request.ca_file, not request.ca_file and "/etc/ssl/certs"
		or nil
	connection.stream = assert(ssl.wrap(connection.stream, PARAMETERS))
	connection.stream:sni(host)
	ok, why = connection:left():dohandshake()
	if not ok then
		fail(why, "TLS")
	end
	check(connection.stream, host, request.pin)
	return connection
end

local function ask(connection, request, host, target)
	local lines = {("%s %s HTTP/1.1"):format(request.method, target), "Host: " .. host,
		"Content-Length: " .. #request.body, "Connection: close"}
	for name, value in pairs(request.headers) do
		lines[#lines + 1] = name .. ": " .. value
	end
	connection:write(table.concat(lines, "\r\n") .. "\r\n\r\n" .. request.body)
end

--- Reports status and headers; returns those that say where the body ends.
local function read_head(connection, exchange)
	local status = tonumber(connection:read("*l"):match("^HTTP/1%.%d (%d%d%d)"))
	if not status then
		error(emsign.error("PROTO", "this is not HTTP"))
	end
	exchange:status(status)
	local headers = {}
	for _ = 1, 300 do
		local name, value = connection:read("*l"):match("^([^:]+):%s*(.-)%s*$")
		if not name then
			break
		end
		headers[name:lower()] = value
		exchange:header(name, value)
	end
	if status < 200 then
		return read_head(connection, exchange)
	end
	return headers
end

local function read_body(connection, exchange, length)
	while length > 0 do
		local part = connection:read(math.min(length, 65536), true)
		length = length - #part
		exchange:data(part) -- raises when it is too much
	end
end

local function read_chunks(connection, exchange)
	repeat
		local length = tonumber(connection:read("*l"), 16)
		if not length then
			error(emsign.error("PROTO", "this is no chunk"))
		end
		read_body(connection, exchange, length)
		connection:read("*l")
	until length == 0
end

local transport = {}

function transport:start(exchange)
	local request = exchange:request()
	local host, port, target = request.url:match("^https://([^/:]+):?(%d*)(.*)$")
	local ok, connection = pcall(connect, request, host, tonumber(port) or 443)
	if not ok then
		exchange:unsent()
		error(connection)
	end
	local answered, why = pcall(function()
		ask(connection, request, host, target)
		local headers = read_head(connection, exchange)
		if headers["transfer-encoding"] == "chunked" then
			read_chunks(connection, exchange)
		else
			read_body(connection, exchange, tonumber(headers["content-length"] or 0))
		end
	end)
	connection.stream:close()
	if not answered then
		error(why)
	end
	exchange:done()
end

return transport
