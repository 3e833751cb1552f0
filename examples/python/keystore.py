#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a PKCS#12 keystore of a certificate that is kept in a store.

    keystore.py STORE KEY-FILE CERTIFICATE-ID PASSWORD-FILE OUT-FILE
"""
import sys

import emsign

if len(sys.argv) != 6:
    sys.exit(__doc__)
store, key_file, certificate_id, password_file, out = sys.argv[1:]
with emsign.Client(store=store, key_file=key_file) as client:
    certificate = client.get("certificate", certificate_id)
    packed = emsign.keystore_pack(certificate, client.key_open(certificate.csr), type="pkcs12",
                                  password=emsign.Secret.file(password_file))
    emsign.keystore_save(out, packed)
    print(f"{out}: {len(packed)} bytes for {certificate.domain}")
