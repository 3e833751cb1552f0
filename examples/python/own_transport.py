#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A transport of one's own: one that never leaves the process and plays the CA for a test login."""
import emsign

ANSWER = (b'{"meta":{"responseTs":"","errorMessage":"","errorCode":"","responseTxnId":"",'
          b'"version":"1.0","status":"1"}}')


class Pretended:
    calls = 0

    def start(self, exchange):
        self.calls += 1
        request = exchange.request()
        print(request.method, request.url, len(request.body), "bytes")
        exchange.status(200)
        exchange.header("Content-Type", "application/json;charset=UTF-8")
        exchange.data(ANSWER)
        exchange.done()


transport = Pretended()
with emsign.Client(transport=transport,
                   sealing_key=b"a sealing key that is an example") as client:
    client.credential_add("example", url="https://ca.example/emSignHub-API/",
                          account="1234567890", secret=b"EXAMPLE-ACCESS-KEY")
    client.account("example").test()
print("the credential is good, after", transport.calls, "call")
