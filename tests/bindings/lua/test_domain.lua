-- SPDX-License-Identifier: MIT
-- Registered domains in Lua: test_domain.lua URL ACCOUNT SECRET-FILE CA-FILE HOOK
local emsign = require "emsign"
local support = require "support"
local equal, raises = support.equal, support.raises
local url, account_number, secret_file, ca_file, hook = table.unpack(arg)
local name = "example.com"

local client = emsign.Client{sealing_key = support.SEALING_KEY, dcv_poll_ms = 20,
	dcv_wait_ms = 20000}
client:credential_add("demo", {api = "v2", url = url, account = account_number,
	ca_file = ca_file}, emsign.Secret.file(secret_file))
local account = client:account("demo")

local domain = account:domain_add(name, {organization = "3325789"})
equal(domain.id, "demo/" .. name)
equal(domain.validation, "pending")
local challenge = account:domain_challenge(name)
equal(challenge.order, nil)
equal(challenge.record_name, "_emudhra-challenge." .. name)
equal(raises(account.domain_verify, account, name).name, "PENDING")
local last = account:domain_attempts(name)
equal(last.failure, "RECORD_MISSING")
equal(last.next_steps[1], "dcv.nextStep.txt.recordMissing")

client:set_solver("dns", emsign.Solver.command({hook}, {timeout_ms = 20000}))
equal(account:domain_validate(name).validation, "valid")
equal(account:domain_refresh(name).method, "dns")
equal(account:domain_challenge(name, "dns").status, "valid")
equal(account:domain_deactivate(name).status, "inactive")
equal(raises(account.domain_refresh, account, "nobody.example").name, "NOTFOUND")
client:close()
