-- SPDX-License-Identifier: MIT
-- Makes a PKCS#12 keystore of a certificate that is kept in a store:
-- lua keystore.lua STORE KEY-FILE CERTIFICATE-ID PASSWORD-FILE OUT-FILE
local emsign = require "emsign"
local store, key_file, id, password_file, out = table.unpack(arg)

local client = emsign.Client{store = store, key_file = key_file}
local certificate = client:get("certificate", id)
local packed = emsign.keystore_pack(certificate, client:key_open(certificate.csr),
	{type = "pkcs12"}, emsign.Secret.file(password_file))
emsign.keystore_save(out, packed)
print(("%s: %d bytes for %s"):format(out, #packed, certificate.domain))
client:close()
