# SPDX-License-Identifier: MIT
"""A stranger's client: starts the simulator and holds it to the wire facts of the reference."""
import base64
import hashlib
import http.client
import http.server
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

BINARY = "emsign-sim"
HEADERS = [
    ("Vary", "Origin"), ("Vary", "Access-Control-Request-Method"),
    ("Vary", "Access-Control-Request-Headers"), ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"), ("Pragma", "no-cache"),
    ("Expires", "0"),
    ("Strict-Transport-Security", "max-age=31536000 ; includeSubDomains"),
    ("X-Frame-Options", "DENY"), ("Content-Type", "application/json;charset=UTF-8"),
    ("Content-Length", None), ("Date", None), ("Keep-Alive", "timeout=60"),
    ("Connection", "keep-alive"),
]
TS = "2026-01-15T10:20:30+00:00"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


class Sim:
    def __init__(self, *options, folder=None):
        self.own = folder is None
        self.dir = folder or tempfile.mkdtemp(prefix="emsign-sim-")
        self.process = subprocess.Popen([BINARY, "--port", "0", "--dir", self.dir,
                                         "--exit-with-parent", *options],
                                        stdout=subprocess.DEVNULL)
        path = os.path.join(self.dir, "ready.json")
        for _ in range(400):
            if os.path.exists(path) or self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(path) as f:
            self.ready = json.load(f)
        with open(self.ready["access_key_file"]) as f:
            self.key = f.read()
        self.port = int(self.ready["base_url"].split(":")[2].split("/")[0])
        self.tls = ssl.create_default_context(cafile=self.ready["ca_file"])

    def stop(self):
        self.process.terminate()
        code = self.process.wait(20)
        if self.own:
            shutil.rmtree(self.dir)
        return code

    def http(self, method, path, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls,
                                                 timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def meta(self, **change):
        meta = {"ver": "1.0", "ts": TS, "txn": uuid.uuid4().hex,
                "accountNumber": self.ready["account_number"]}
        meta.update({k: v for k, v in change.items() if v is not None})
        text = self.key + meta["ts"] + meta["txn"]
        meta.setdefault("authKey", hashlib.sha256(text.encode()).hexdigest())
        for name in [k for k, v in change.items() if v is None]:
            del meta[name]
        return meta

    def raw(self, name, meta=None, **blocks):
        body = json.dumps({"meta": meta or self.meta(), **blocks})
        return self.http("POST", "/emSignHub-API/" + name, body)[2].decode()

    def call(self, name, **blocks):
        return json.loads(self.raw(name, **blocks))

    def code(self, name, meta=None, **blocks):
        return json.loads(self.raw(name, meta, **blocks))["meta"].get("errorCode")

    def control(self, path, **body):
        status, _, data = self.http("POST", "/_sim/" + path, json.dumps(body))
        assert status == 200, data
        return json.loads(data)

    def ledger(self):
        return json.loads(self.http("GET", "/_sim/ledger")[2])

    def place(self, name="www.corp.example", verb="GenerateOrderSSL", **change):
        answer = self.call(verb, orderDetails=order(name, **change))
        assert answer["meta"]["status"] == "1", answer
        return answer["orderDetails"]["orderNumber"]

    def track(self, number):
        return self.call("TrackOrder", orderDetails={"orderNumber": number})["orderDetails"]

    def certificate(self, number, email="alex@example.com"):
        return self.call("GetCertificate", orderDetails={"requestorEmail": email,
                                                         "orderNumber": number})

    def wait(self, number, status="20"):
        for _ in range(200):
            answer = self.track(number)
            if answer["certificateStatusId"] == status:
                return answer
            time.sleep(0.02)
        raise AssertionError(answer)

    def dcv(self, verb, number, domain, method="1", **more):
        return self.call(verb, dcvDetails={"requestorEmail": "alex@example.com",
                                           "orderNumber": number, "domainName": domain,
                                           "dcvMethod": method, **more})


KEYS = {}


def make_key(kind="EC:P-256"):
    if kind not in KEYS:
        algorithm, _, size = kind.partition(":")
        options = {"EC": ["-pkeyopt", "ec_paramgen_curve:" + size],
                   "RSA": ["-pkeyopt", "rsa_keygen_bits:" + size]}.get(algorithm, [])
        KEYS[kind] = openssl("genpkey", "-algorithm", algorithm, *options)
    return KEYS[kind]


def make_csr(name, kind="EC:P-256", extra=()):
    with tempfile.NamedTemporaryFile() as f:
        f.write(make_key(kind))
        f.flush()
        return openssl("req", "-new", "-key", f.name, "-subj", "/CN=" + name, *extra).decode()


def order(name, **change):
    details = {
        "productCode": "842", "accountingModel": "2", "saveAndHold": "0",
        "emailNotifications": "0", "groupNumber": "", "autoSecureWWW": "0",
        "requestorInformation": {
            "requestorName": "Alex Example", "requestorIsdCode": "1",
            "requestorMobileNumber": "5550000000", "requestorEmail": "alex@example.com",
            "requestorDesignation": "Engineer"},
        "organizationDetails": {"preVetting": "", "organizationNumber": ""},
        "subscriptionDetails": {"validity": "1", "autoRenew": "0", "renewCriteria": "30"},
        "certificateInformation": {"domainName": name},
        "csr": "",
        "agreementDetails": {"acceptAgreement": "1", "signerName": "Alex Example",
                             "signerPlace": "Cleveland", "signerIP": "127.0.0.1"},
        "additionalInformation": {"remarks": "test", "tags": ["Department:Tech"]},
    }
    for key, value in change.items():
        if value is None:
            del details[key]
        else:
            details[key] = value
    return details


SUBJECT = {"organizationName": "Example Corp", "streetAddress1": "1 Main St",
           "streetAddress2": "Floor 2", "locality": "Cleveland", "state": "Ohio",
           "countryCode": "US", "postalCode": "44101"}
PREVETTED = {"preVetting": "1", "organizationNumber": "3325789"}


def subject_of(pem):
    return openssl("x509", "-noout", "-text", data=pem.encode()).decode()


class Shared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim()

    @classmethod
    def tearDownClass(cls):
        assert cls.sim.stop() == 0


class Envelope(Shared):
    def test_headers_in_order(self):
        status, headers, body = self.sim.http(
            "POST", "/emSignHub-API/ValidateCredentials", json.dumps({"meta": self.sim.meta()}))
        self.assertEqual(status, 200)
        self.assertEqual([h[0] for h in headers], [h[0] for h in HEADERS])
        for got, want in zip(headers, HEADERS):
            self.assertIn(want[1], (None, got[1]))
        self.assertEqual(dict(headers)["Content-Length"], str(len(body)))

    def test_odd_meta(self):
        meta = self.sim.meta()
        self.assertEqual(
            self.sim.raw("validateCredentials", meta),
            '{"meta":{"responseTs":"%s","errorMessage":"","errorCode":"","responseTxnId":"%s",'
            '"version":"1.0","status":"1"}}' % (meta["ts"], meta["txn"]))

    def test_failure_meta_and_echo(self):
        meta = self.sim.meta(ts=TS + "fhgfhg", accountNumber="1")
        self.assertEqual(
            self.sim.raw("GetGroupDetails", meta),
            '{"meta":{"ver":"1.0","ts":"%sfhgfhg","txn":"%s","status":"0","errorCode":"EMS-913",'
            '"errorMessage":"Invalid Account Number"}}' % (TS, meta["txn"]))

    def test_order_of_checks(self):
        sim = self.sim
        for change, code in [
                ({"ver": "", "accountNumber": "1"}, "EMS-1131"), ({"ver": "2"}, "EMS-911"),
                ({"accountNumber": "", "ts": "x"}, "EMS-912"),
                ({"accountNumber": "1", "ts": "x"}, "EMS-913"),
                ({"ts": "", "txn": ""}, "EMS-1133"), ({"ts": "yesterday"}, "EMS-910"),
                ({"txn": "", "authKey": ""}, "EMS-908"), ({"txn": "a-b"}, "EMS-909"),
                ({"txn": "short"}, "EMS-909"), ({"authKey": ""}, "EMS-1066"),
                ({"authKey": "0" * 64}, "EMS-1065")]:
            self.assertEqual(sim.code("GetGroupDetails", sim.meta(**change)), code, change)
        self.assertEqual(sim.code("GetGroupDetails", {"x": "1"}), "EMS-1131")
        _, _, body = sim.http("POST", "/emSignHub-API/GetGroupDetails", "{")
        self.assertIn(b'"errorCode":"EMS-902"', body)
        _, _, body = sim.http("POST", "/emSignHub-API/GetGroupDetails", "{}")
        self.assertIn(b'"errorCode":"EMS-901"', body)

    def test_replay(self):
        meta = self.sim.meta()
        self.assertEqual(self.sim.code("GetDomainDetails", meta), "")
        self.assertEqual(self.sim.code("GetDomainDetails", meta), "EMS-947")

    def test_unknown_names(self):
        for path in ["/emSignHub-API/ConfigureProduct", "/GetOrderReport", "/", "/emSignHub-API/",
                     "/emSignHub-API/getorderreport"]:
            status, _, body = self.sim.http("POST", path, "{}")
            page = json.loads(body)
            self.assertEqual((status, list(page)),
                             (404, ["timestamp", "status", "error", "path"]))
            self.assertEqual((page["status"], page["error"], page["path"]),
                             (404, "Not Found", path))
        self.assertEqual(self.sim.http("GET", "/emSignHub-API/GetOrderReport")[0], 405)

    def test_keep_alive_chunks_and_expect(self):
        raw = socket.create_connection(("127.0.0.1", self.sim.port))
        stream = self.sim.tls.wrap_socket(raw, server_hostname="localhost")
        body = json.dumps({"meta": self.sim.meta()}).encode()
        head = b"POST /emSignHub-API/GetGroupDetails HTTP/1.1\r\nHost: x\r\n"
        stream.sendall(head + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(stream.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
        stream.sendall(b"%x\r\n%s\r\n%x;ext=1\r\n%s\r\n0\r\n\r\n"
                       % (10, body[:10], len(body) - 10, body[10:]))
        first = http.client.HTTPResponse(stream)
        first.begin()
        self.assertIn(b'"status":"1"', first.read())
        body = json.dumps({"meta": self.sim.meta()}).encode()
        stream.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
                       % (len(body), body))
        second = http.client.HTTPResponse(stream)
        second.begin()
        self.assertIn(b'"status":"1"', second.read())
        self.assertEqual(second.getheader("Connection"), "close")
        stream.close()


class Account(Shared):
    def test_group_details(self):
        meta = self.sim.meta()
        text = self.sim.raw("GetGroupDetails", meta)
        self.assertTrue(text.startswith(
            '{"meta":{"ver":"1.0","errorMessage":"","errorCode":"","txn":"%s","status":"1",'
            '"ts":"%s"},"accountDetails":{"roleId":"1","mobileNumber":"5550000000",'
            '"fullName":"Alex Example","groups":[{"isDefaultGroup":"1","groupName":"default",'
            '"groupBalance":"","accountBalance":"' % (meta["txn"], TS)), text)
        groups = json.loads(text)["accountDetails"]["groups"]
        self.assertEqual([len(g["groupNumber"]) for g in groups], [10, 10])
        one = self.sim.call("GetGroupDetailsV2", groupDetails={"groupNumber": "6787449224"})
        self.assertEqual(len(one["accountDetails"]["groups"]), 1)

    def test_organization(self):
        answer = self.sim.call("GetOrganizationDetails", organizationDetails={
            "organizationNumber": "3325789", "groupNumber": ""})["organizationDetails"]
        self.assertEqual(list(answer)[:3], ["organizationNumber", "prevettingToken",
                                            "organizationName"])
        self.assertIn("corp.example", answer["domains"])
        self.assertEqual(self.sim.code("GetOrganizationDetails", organizationDetails={
            "organizationNumber": "1"}), "EMS-1135")

    def test_domains_and_products(self):
        domains = self.sim.call("GetDomainDetails")["domainDetails"]
        self.assertEqual((domains[0]["domainName"], domains[0]["dcvStatus"],
                          domains[0]["dcvMethod"]), ("corp.example", "1", "1"))
        text = self.sim.raw("GetProductDetails", productDetails={"groupNumber": "6787449116"})
        self.assertIn('{"categoryName":"SSL/TLS Certificates","categoryID":"3",'
                      '"currencyType":"USD","products":[{"productCode":"842",'
                      '"productName":"DV SSL Certificate 1 Year","productTypeID":"13",', text)
        self.assertEqual(self.sim.code("GetFieldDetails", productDetails={
            "categoryID": "8", "productCode": "7"}), "EMS-1269")
        self.assertEqual(self.sim.code("GetLedgerStatementDetails", statementDetails={
            "groupNumber": "6787449116", "pageNumber": "1", "pageSize": "10"}), "")


class Life(Shared):
    def test_placement_bytes_and_life(self):
        sim = self.sim
        meta = sim.meta()
        text = sim.raw("GenerateOrderSSL", meta, orderDetails=order(
            "www.example.com", csr=make_csr("www.example.com")))
        details = json.loads(text)["orderDetails"]
        url = details["trackingURL"].replace("/", "\\/")
        self.assertEqual(
            text, '{"orderDetails":{"requestNumber":"%s","orderNumber":"%s","trackingURL":"%s"},'
            '"meta":{"ver":"1.0","errorMessage":"","errorCode":"","txn":"%s","ts":"%s",'
            '"status":"1"}}' % (details["requestNumber"], details["orderNumber"], url,
                                meta["txn"], TS))
        number = details["orderNumber"]
        self.assertEqual(len(number), 10)
        self.assertEqual(len(base64.b64decode(base64.b64decode(url.split("a=")[1]))), 16)
        self.assertEqual(sim.code("TrackOrder", orderDetails={
            "orderNumber": details["requestNumber"]}), "EMS-943")
        state = sim.track(number)
        self.assertEqual(list(state), [
            "trackingUrl", "orderStatusId", "orderStatus", "certificateStatusId",
            "certificateStatus", "certificateExpiryDate", "requestorInformation",
            "subscriberAgreement", "domainVerification", "csr"])
        self.assertEqual((state["orderStatusId"], state["certificateStatusId"],
                          state["certificateStatus"], state["csr"],
                          state["subscriberAgreement"]["status"]),
                         ("2", "24", "Pending for Approver", "1", "1"))
        self.assertEqual(list(state["domainVerification"]), ["www.example.com", "status"])
        failed = sim.raw("GetCertificate", orderDetails={"requestorEmail": "alex@example.com",
                                                         "orderNumber": number})
        self.assertTrue(failed.startswith(
            '{"certificateDetails":{"rootCertificate":"","caCertificate":"",'
            '"endEntityCertificate":"","expiryDate":"","ceritficateSerialNumber":""},'
            '"meta":{"ver":"1.0","ts":'), failed)
        self.assertIn('"status":"0","errorCode":"EMS-946"', failed)
        answer = sim.dcv("GetDcv", number, "www.example.com")
        self.assertEqual(list(answer["dcvDetails"]), ["token", "fileName", "fileContent",
                                                      "dcvEmails"])
        self.assertEqual(sim.dcv("VerifyDcv", number, "www.example.com")["meta"]["status"], "1")
        state = sim.wait(number)
        self.assertEqual(state["domainVerification"]["www.example.com"]["dcvMethod"],
                         "DNS TXT Record")
        self.assertEqual((state["orderStatusId"], state["domainVerification"]["status"]),
                         ("6", "1"))
        answer = sim.certificate(number)
        details = answer["certificateDetails"]
        self.assertEqual(details["expiryDate"], state["certificateExpiryDate"])
        self.check_chain(details, "www.example.com")
        self.assertEqual(sim.track(number)["certificateStatusId"], "9")
        self.assertEqual(sim.dcv("GetDcv", number, "www.example.com")["meta"]["errorCode"],
                         "EMS-1080")
        self.revoke(number)

    def check_chain(self, details, *names):
        with tempfile.TemporaryDirectory() as folder:
            for key in ("rootCertificate", "caCertificate", "endEntityCertificate"):
                with open(os.path.join(folder, key), "w") as f:
                    f.write(details[key])
            openssl("verify", "-x509_strict", "-CAfile", folder + "/rootCertificate",
                    "-untrusted", folder + "/caCertificate", folder + "/endEntityCertificate")
        text = subject_of(details["endEntityCertificate"])
        self.assertIn(", ".join("DNS:" + n for n in names) + "\n", text)
        serial = openssl("x509", "-noout", "-serial", data=details[
            "endEntityCertificate"].encode()).decode().strip().split("=")[1]
        number = details.get("ceritficateSerialNumber") or details["certificateSerialNumber"]
        self.assertEqual(int(serial, 16), int(number))
        return text

    def revoke(self, number):
        def code(**change):
            block = {"orderNumber": number, "requestorEmail": "alex@example.com",
                     "revokeReasonId": "4", "revokeRemarks": "replaced", **change}
            return self.sim.code("RevokeOrder", revocationDetails=block)
        for reason in "0", "2", "6", "8", "10":
            self.assertEqual(code(revokeReasonId=reason), "EMS-970")
        self.assertEqual(code(revokeRemarks=""), "EMS-971")
        self.assertEqual(code(revokeRemarks="a;b"), "EMS-1213")
        self.assertEqual(code(requestorEmail="b@example.com"), "EMS-1061")
        self.assertEqual(code(), "")
        self.assertEqual(code(), "EMS-973")
        state = self.sim.track(number)
        self.assertEqual(state["certificateStatusId"], "22")
        self.assertEqual(state["revocationDetails"]["revokeRequestStatusId"], "2")

    def test_proved_base_domain(self):
        number = self.sim.place("a.b.corp.example", csr=make_csr("a.b.corp.example"))
        self.sim.wait(number)

    def test_csr_later(self):
        number = self.sim.place("late.corp.example")
        self.assertEqual(self.sim.track(number)["csr"], "0")
        block = {"requestorEmail": "alex@example.com", "orderNumber": number, "csr": ""}
        self.assertEqual(self.sim.code("SubmitCSR", orderDetails=block), "EMS-1006")
        block["csr"] = make_csr("other.corp.example")
        self.assertEqual(self.sim.code("SubmitCSR", orderDetails=block), "EMS-1056")
        block["csr"] = make_csr("late.corp.example", "RSA:2048").replace("\n", " ")
        meta = self.sim.meta()
        self.assertEqual(
            self.sim.raw("SubmitCSR", meta, orderDetails=block),
            '{"meta":{"ver":"1.0","ts":"%s","txn":"%s","status":"1","errorCode":"",'
            '"errorMessage":""}}' % (TS, meta["txn"]))
        self.assertEqual(self.sim.code("SubmitCSR", orderDetails=block), "EMS-1068")
        self.sim.wait(number)

    def test_agreement_later(self):
        number = self.sim.place("agree.corp.example", agreementDetails=None,
                                organizationDetails=PREVETTED, csr=make_csr("agree.corp.example"))
        block = {"requestorEmail": "alex@example.com", "orderNumber": number,
                 "acceptAgreement": "1", "signerName": "A", "signerPlace": "B",
                 "signerIP": "127.0.0.1"}
        self.assertEqual(self.sim.code("AgreementAcceptance", agreementDetails=block), "EMS-1091")
        block["signerIP"] = "203.0.113.10"
        self.assertEqual(self.sim.code("AgreementAcceptance", agreementDetails=block), "")
        self.assertEqual(self.sim.code("AgreementAcceptance", agreementDetails=block), "EMS-1082")
        self.sim.wait(number)

    def test_cancel(self):
        number = self.sim.place("cancel.example.com")
        block = {"orderNumber": number, "rejectRemarks": ""}
        self.assertEqual(self.sim.code("RejectOrder", orderDetails=block), "EMS-964")
        block["rejectRemarks"] = "no"
        self.assertEqual(self.sim.code("RejectOrder", orderDetails=block), "")
        answer = self.sim.call("RejectOrder", orderDetails=block)["meta"]
        self.assertEqual((answer["errorCode"], answer["errorMessage"]),
                         ("EMS-985", "This Order was already cancelled"))
        state = self.sim.track(number)
        self.assertEqual((state["certificateStatusId"], state["orderStatusId"]), ("13", "5"))

    def test_wildcard_and_ucc(self):
        sim = self.sim
        name = "*.wild.corp.example"
        number = sim.place(name, productCode="843", autoSecureWWW=None, csr=make_csr(name))
        sim.wait(number)
        self.check_chain(sim.certificate(number)["certificateDetails"], name)
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            "a.corp.example", productCode="843")), "EMS-1059")
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(name)), "EMS-1058")
        main = "ucc.corp.example"
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            main, productCode="844")), "EMS-1179")
        info = {"domainName": main, "additionalDomains": [main, "ucc2.corp.example", ""]}
        extra = ("-addext", "subjectAltName=DNS:ignored.example")
        number = sim.place(main, productCode="844", certificateInformation=info,
                           csr=make_csr(main, extra=extra))
        sim.wait(number)
        text = self.check_chain(sim.certificate(number)["certificateDetails"], main,
                                "ucc2.corp.example")
        self.assertNotIn("ignored", text)
        number = sim.place("dv.corp.example", certificateInformation={
            "domainName": "dv.corp.example", "additionalDomains": ["x.corp.example"],
            "autoSecureWWW": "0"}, autoSecureWWW=None)
        self.assertEqual(list(sim.track(number)["domainVerification"]),
                         ["dv.corp.example", "www.dv.corp.example", "status"])
        info = {"domainName": "odd.example.com", "additionalDomains": [
            "a@example.com", "192.0.2.1", "https://x.example/"]}
        number = sim.place("odd", productCode="844", certificateInformation=info)
        self.assertEqual(len(sim.track(number)["domainVerification"]), 5)
        self.assertEqual(sim.dcv("VerifyDcv", number, "192.0.2.1")["meta"]["errorCode"],
                         "EMS-1076")

    def test_organization_products(self):
        sim = self.sim
        name = "ov.corp.example"
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            name, productCode="846")), "EMS-1180")
        number = sim.place(name, productCode="846", organizationDetails=PREVETTED,
                           csr=make_csr(name))
        state = sim.wait(number)
        self.assertEqual(state["organizationVerification"]["consentStatus"], "1")
        details = sim.certificate(number)["certificateDetails"]
        self.assertEqual(list(details)[-1], "interimDv")
        self.assertIn("O = Example Corp", self.check_chain(details, name))
        number = sim.place(name, productCode="846", certificateInformation={
            "domainName": name, **SUBJECT}, csr=make_csr(name))
        sim.wait(number)
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            name, productCode="850", certificateInformation={
                "domainName": name, **SUBJECT})), "EMS-1220")
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            name, productCode="850", organizationDetails={
                "preVetting": "1", "organizationNumber": "999"})), "EMS-1073")
        person = {"name": "Pat", "email": "p@example.com", "isdCode": "1",
                  "mobileNumber": "5550000", "designation": "Head"}
        number = sim.place(name, productCode="850", contractSignerInfo=person,
                           certificateApproverInfo=person, certificateInformation={
                               "domainName": name, **SUBJECT, "businessCategory": "1",
                               "companyDuns": "123456789"}, csr=make_csr(name))
        sim.wait(number)

    def test_private_pki(self):
        sim = self.sim
        name = "host.intranet"
        details = order(name, productCode="104", agreementDetails=None,
                        certificateInformation={"domainName": name, "dnsType": "1",
                                                "additionalDomains": ["alt.intranet"]})
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=details), "EMS-1162")
        self.assertEqual(sim.code("GenerateOrderPrivatePKI", orderDetails=details), "EMS-1006")
        details["csr"] = make_csr(name)
        answer = sim.call("GenerateOrderPrivatePKI", orderDetails=details)
        self.assertEqual(list(answer), ["orderDetails", "meta"])
        self.assertIn("trackOrderPrivatePKI", answer["orderDetails"]["trackingURL"])
        self.check_chain(answer["orderDetails"]["certificateDetails"], name, "alt.intranet")
        with open(sim.ready["root_file"]) as f:
            public = f.read()
        self.assertNotEqual(answer["orderDetails"]["certificateDetails"]["rootCertificate"],
                            public)
        state = sim.track(answer["orderDetails"]["orderNumber"])
        self.assertEqual(list(state), ["trackingUrl", "orderStatusId", "certificateStatusId",
                                       "certificateExpiryDate"])
        self.assertEqual(sim.code("GenerateOrderPrivatePKI", orderDetails=details), "EMS-1099")
        details.update(productCode="149", csr=make_csr(name, extra=("-batch",)))
        self.assertEqual(sim.code("GenerateOrderPrivatePKI", orderDetails=details), "EMS-939")
        details["productCode"] = "188"
        self.assertEqual(sim.code("GenerateOrderPrivatePKI", orderDetails=details), "EMS-915")

    def test_mail_and_signer(self):
        sim = self.sim
        number = sim.place("alex@example.com", "GenerateOrderSMIME", productCode="914",
                           certificateInformation={"email": "alex@example.com"},
                           csr=make_csr("x", "RSA:2048"))
        state = sim.wait(number)
        self.assertEqual(state["emailVerification"]["status"], "1")
        self.assertNotIn("domainVerification", state)
        number = sim.place("x", "GenerateOrderSignature", productCode="825",
                           certificateInformation={"firstName": "A", "lastName": "B",
                                                   "email": "a@example.com", **SUBJECT})
        self.assertIn("individualVerification", sim.track(number))
        pdf = base64.b64encode(b"%PDF-1.4 x").decode().replace("=", "%3D")
        block = {"requestorEmail": "alex@example.com", "orderNumber": number,
                 "numberOfDocuments": "1", "documentsAttached": [
                     {"id": "1", "fileName": "a.pdf", "description": "d", "base64Value": pdf}]}
        self.assertEqual(sim.code("SubmitDocument", documentDetails=block), "")
        block["numberOfDocuments"] = "2"
        self.assertEqual(sim.code("SubmitDocument", documentDetails=block), "EMS-991")

    def test_drafts(self):
        sim = self.sim
        name = "draft.corp.example"
        answer = sim.call("GenerateOrderSSL", orderDetails=order(name, saveAndHold="1"))
        request = answer["orderDetails"]["requestNumber"]
        self.assertEqual(answer["orderDetails"].get("orderNumber"), "")
        row = self.report(requestNumber=request)["ordersArray"][0]
        self.assertEqual((row["orderNumber"], row["orderStatus"], row["certificateStatus"]),
                         ("", "On Hold", "Pending for Approver"))
        number = sim.place(name, requestNumber=request, csr=make_csr(name))
        self.assertEqual(self.report(orderNumber=number)["ordersArray"][0]["requestNumber"],
                         request)
        sim.wait(number)
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            name, requestNumber=request)), "EMS-1169")
        answer = sim.call("GenerateOrderSSL", orderDetails=order(name, saveAndHold="1"))
        block = {"requestNumber": answer["orderDetails"]["requestNumber"], "rejectRemarks": "x"}
        self.assertEqual(sim.code("RejectRequest", orderDetails=block), "")
        self.assertEqual(sim.code("RejectRequest", orderDetails=block), "EMS-985")

    def report(self, **criteria):
        return self.sim.call("GetOrderReport", searchCriteria=criteria)["orderDetails"]

    def test_report(self):
        name = "report.corp.example"
        number = self.sim.place(name, groupNumber="6787449224")
        text = self.sim.raw("getOrderReport", searchCriteria={"domainName": name.upper()})
        self.assertTrue(text.startswith(
            '{"orderDetails":{"noOfPages":1,"totalNoOfResults":1,"ordersArray":[{"orderNumber":"'
            + number), text)
        self.assertIn('"tags":["Department:Tech"],"customFields":[]}],"pageSize":1,'
                      '"currentPage":"1"},"meta":{"ver":"1.0","errorMessage":"",', text)
        self.assertIn('"groupNumber":"6787449224"', text)
        empty = self.report(domainName="nobody.example")
        self.assertEqual((empty["noOfPages"], empty["totalNoOfResults"], empty["ordersArray"]),
                         (0, 0, []))
        for criteria, code in [
                ({"pageSize": "501"}, "EMS-1115"), ({"pageNumber": "0"}, "EMS-1114"),
                ({"orderDateFrom": "x", "orderDateTill": "2020-01-01"}, "EMS-1108"),
                ({"orderDateTill": "2020-01-01"}, "EMS-1120"),
                ({"orderDateFrom": "2020-01-02", "orderDateTill": "2020-01-01"}, "EMS-1110"),
                ({"orderDateFrom": "2999-01-02", "orderDateTill": "2999-02-01"}, "EMS-1118"),
                ({"tagSearchCriteria": "3"}, "EMS-1126")]:
            self.assertEqual(self.sim.code("GetOrderReport", searchCriteria=criteria), code)
        self.assertEqual(self.sim.code("GetOrderReport"), "EMS-1119")

    def test_refusals(self):
        def code(name="no.corp.example", **change):
            return self.sim.code("GenerateOrderSSL", orderDetails=order(name, **change))
        who = order("x")["requestorInformation"]
        for change, want in [
                ({"productCode": "1"}, "EMS-1162"), ({"groupNumber": "1"}, "EMS-1137"),
                ({"additionalInformation": None}, "EMS-918"),
                ({"requestorInformation": None}, "EMS-916"),
                ({"requestorInformation": {**who, "requestorEmail": "x"}}, "EMS-925"),
                ({"certificateInformation": None}, "EMS-917"),
                ({"certificateInformation": {"domainName": ""}}, "EMS-1157"),
                ({"agreementDetails": None}, "EMS-1084"), ({"autoSecureWWW": "2"}, "EMS-1105"),
                ({"csr": "rubbish"}, "EMS-1052"),
                ({"technicalPointOfContact": {"pocEmail": "x"}}, "EMS-1047"),
                ({"subscriptionDetails": {"validity": "9"}}, "EMS-1216"),
                ({"csr": make_csr("no.corp.example", "RSA:1024")}, "EMS-1053"),
                ({"csr": make_csr("no.corp.example", "EC:P-521")}, "EMS-1055"),
                ({"csr": make_csr("no.corp.example", "ED25519")}, "EMS-939"),
                ({"csr": make_csr("yes.corp.example")}, "EMS-1056")]:
            self.assertEqual(code(**change), want, change)
        self.assertEqual(code(technicalPointOfContact={"pocEmail": ""}, tpcName="x"), "")
        self.assertEqual(self.sim.code("GenerateOrderSSL"), "EMS-901")

    def test_file_check_refused_with_www(self):
        number = self.sim.place("file.example.com", autoSecureWWW="1")
        answer = self.sim.dcv("GetDcv", number, "file.example.com", "2")
        self.assertEqual(answer["meta"]["errorCode"], "EMS-1106")
        mails = self.sim.dcv("GetDcv", number, "file.example.com", "3")["dcvDetails"]["dcvEmails"]
        self.assertEqual(mails[0], "admin@file.example.com")
        self.assertEqual(self.sim.dcv("VerifyDcv", number, "file.example.com", "3")["meta"][
            "errorCode"], "EMS-1166")

    def test_ledger(self):
        number = self.sim.place("ledger.corp.example", csr=make_csr("ledger.corp.example"))
        self.sim.wait(number)
        ledger = self.sim.ledger()
        row = [o for o in ledger["orders"] if o["orderNumber"] == number][0]
        self.assertEqual((row["domainName"], row["productCode"], row["certificateStatusId"]),
                         ("ledger.corp.example", "842", "20"))
        self.assertEqual(len(row["spki"]), 64)
        self.assertGreater(ledger["calls"]["GenerateOrderSSL"], 0)


class Knobs(unittest.TestCase):
    def start(self, *options, **more):
        sim = Sim(*options, **more)
        self.addCleanup(sim.stop)
        return sim

    def test_faults(self):
        sim = self.start()
        for kind in "lost-answer", "reset-before":
            sim.control("fault", verb="GenerateOrderSSL", kind=kind, times=1)
            with self.assertRaises((ConnectionError, http.client.HTTPException, ssl.SSLError)):
                sim.place()
        ledger = sim.ledger()
        self.assertEqual((len(ledger["orders"]), ledger["calls"]["GenerateOrderSSL"]), (1, 1))
        sim.place()
        sim.control("fault", verb="*", kind="truncate", bytes=20)
        with self.assertRaises(http.client.IncompleteRead):
            sim.call("GetGroupDetails")
        sim.control("fault", verb="*", kind="business", code="EMS-976", skip=1)
        self.assertEqual(sim.code("GetGroupDetails"), "")
        self.assertEqual(sim.code("GetGroupDetails"), "EMS-976")
        sim.control("fault", verb="*", kind="status", status=429, retry_after="7")
        status, headers, _ = sim.http("POST", "/emSignHub-API/GetGroupDetails", "{}")
        self.assertEqual((status, dict(headers)["Retry-After"]), (429, "7"))
        for kind in "garbage", "html", "empty", "bad-utf8":
            sim.control("fault", verb="GetGroupDetails", kind=kind)
            with self.assertRaises(ValueError):
                sim.call("GetGroupDetails")
        for kind in "huge", "deep":
            sim.control("fault", verb="GetGroupDetails", kind=kind, argument=100000)
            self.assertGreater(len(sim.raw("GetGroupDetails")), 99999)
        self.assertEqual(sim.code("GetGroupDetails"), "")
        self.assertIn("GenerateOrderSSL", sim.http("GET", "/_sim/log")[2].decode())

    def test_option_fault_burst_and_delays(self):
        sim = self.start("--fault", "GetGroupDetails:business:990:2", "--burst", "3/10",
                         "--delay-dcv-gate", "300", "--delay-dcv-block", "300",
                         "--delay-body", "300", "--delay-revoke", "200", "--strict-clock", "60")
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        meta = sim.meta
        self.assertEqual(sim.code("GetGroupDetails"), "EMS-910")
        sim.meta = lambda **change: meta(**{"ts": now, **change})
        self.assertEqual(sim.code("GetGroupDetails"), "EMS-990")
        self.assertEqual(sim.code("GetGroupDetails"), "")
        number = sim.place("gate.example.com")
        self.assertNotIn("domainVerification", sim.track(number))
        self.assertEqual(sim.dcv("GetDcv", number, "gate.example.com")["meta"]["errorCode"],
                         "EMS-956")
        number = sim.place("body.corp.example", csr=make_csr("body.corp.example"))
        sim.wait(number)
        self.assertEqual(sim.certificate(number)["certificateDetails"]["endEntityCertificate"], "")
        self.assertEqual(sim.certificate(number)["meta"]["errorCode"], "EMS-946")
        time.sleep(0.35)
        self.assertIn("BEGIN", sim.certificate(number)["certificateDetails"][
            "endEntityCertificate"])
        block = {"orderNumber": number, "requestorEmail": "alex@example.com",
                 "revokeReasonId": "1", "revokeRemarks": "x"}
        self.assertEqual(sim.code("RevokeOrder", revocationDetails=block), "")
        self.assertEqual(sim.code("RevokeOrder", revocationDetails=block), "EMS-972")
        sim.wait(number, "22")
        sim.place("three.example.com")
        answer = sim.call("GenerateOrderSSL", orderDetails=order("four.example.com"))["meta"]
        self.assertEqual((answer["errorCode"], answer["errorMessage"]),
                         ("EMS-1154", "Inactive Account User."))
        self.assertEqual(sim.code("ValidateCredentials"), "")

    def test_control(self):
        sim = self.start("--dcv", "manual", "--bare-certificates")
        number = sim.place("hand.example.com", csr=make_csr("hand.example.com"))
        sim.dcv("VerifyDcv", number, "hand.example.com")
        time.sleep(0.2)
        self.assertEqual(sim.track(number)["certificateStatusId"], "24")
        sim.control("state", orderNumber=number, domain="hand.example.com", dcvStatus="1")
        sim.wait(number)
        sim.control("state", orderNumber=number, foreignCertificate=True)
        bare = sim.certificate(number)["certificateDetails"]["endEntityCertificate"]
        self.assertNotIn("-", bare)
        base64.b64decode(bare, validate=True)
        sim.control("state", clock="+20000000")
        self.assertEqual(sim.track(number)["certificateStatusId"], "12")
        sim.control("state", clock="0")
        number = sim.place("force.example.com", csr=make_csr("force.example.com"))
        sim.control("state", orderNumber=number, issue=True)
        self.assertEqual(sim.track(number)["certificateStatusId"], "20")
        sim.control("state", orderNumber=number, certificateStatusId="15", orderStatusId="3")
        self.assertEqual(sim.track(number)["certificateStatus"], "Order Auto Approved")
        sim.control("account", userDisabled=True)
        self.assertEqual(sim.code("ValidateCredentials"), "EMS-1154")
        sim.control("account", userDisabled=False, approval=True, balance="1")
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order("a.corp.example")),
                         "EMS-1139")
        sim.control("account", balance="1000", domain={"domainName": "new.example"})
        number = sim.place("x.new.example", csr=make_csr("x.new.example"))
        self.assertEqual(sim.track(number)["orderStatusId"], "8")
        sim.control("state", orderNumber=number, approve=True)
        sim.wait(number)

    def test_http_check(self):
        pages = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = pages.get((self.headers["Host"], self.path))
                self.send_response(200 if text else 404)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        sim = self.start("--dcv", "http", "--resolve",
                         "web.example.com=127.0.0.1:%d" % server.server_port)
        number = sim.place("web.example.com", csr=make_csr("web.example.com"))
        answer = sim.dcv("GetDcv", number, "web.example.com", "2")["dcvDetails"]
        self.assertIsNone(answer["token"])
        self.assertEqual(sim.dcv("VerifyDcv", number, "web.example.com", "2")["meta"][
            "errorCode"], "EMS-1078")
        path = "/.well-known/pki-validation/%s.txt" % answer["fileName"]
        pages["web.example.com", path] = answer["fileContent"] + "\n"
        self.assertEqual(sim.dcv("VerifyDcv", number, "web.example.com", "2")["meta"][
            "errorCode"], "")
        sim.wait(number)

    def test_dns_check(self):
        records = {}

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data, sock = self.request
                name, at = [], 12
                while data[at]:
                    name.append(data[at + 1:at + 1 + data[at]].decode())
                    at += 1 + data[at]
                text = records.get(".".join(name), "").encode()
                question = data[12:at + 5]
                answer = b""
                if text:
                    value = bytes([10]) + text[:10] + bytes([len(text) - 10]) + text[10:]
                    answer = (b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c"
                              + len(value).to_bytes(2, "big") + value)
                sock.sendto(data[:2] + b"\x81\x80\x00\x01\x00" + bytes([1 if text else 0])
                            + b"\x00\x00\x00\x00" + question + answer, self.client_address)

        server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        sim = self.start("--dcv", "dns", "--dns", "127.0.0.1:%d" % server.server_address[1])
        for label, name, code in [("", "a.example.com", "842"),
                                  ("_emsign-validation.", "b.example.com", "842"),
                                  ("_emudhra-challenge.", "*.c.example.com", "843")]:
            number = sim.place(name, productCode=code, csr=make_csr(name))
            token = sim.dcv("GetDcv", number, name)["dcvDetails"]["token"]
            self.assertEqual(sim.dcv("VerifyDcv", number, name)["meta"]["errorCode"], "EMS-1077")
            records[label + name.replace("*.", "")] = token
            self.assertEqual(sim.dcv("VerifyDcv", number, name)["meta"]["errorCode"], "")
            sim.wait(number)

    def test_history(self):
        folder = tempfile.mkdtemp(prefix="emsign-sim-")
        self.addCleanup(shutil.rmtree, folder)
        options = "--orders", "1000000", "--seed", "7", "--history-end", "2026-11-01"
        seen = []
        for _ in range(2):
            sim = Sim(*options, folder=folder)
            begin = time.time()
            pages = [sim.call("GetOrderReport", searchCriteria={"pageNumber": page})
                     ["orderDetails"] for page in ("1", "5000", "10000", "10001")]
            self.assertLess(time.time() - begin, 5)
            self.assertEqual((pages[0]["noOfPages"], pages[0]["totalNoOfResults"]),
                             (10000, 1000000))
            self.assertEqual([p["pageSize"] for p in pages], [100, 100, 100, 0])
            row = [r for r in pages[1]["ordersArray"] if r["certificateSerialNumber"]
                   and r["productCode"] == "842"][0]
            one = sim.call("GetOrderReport", searchCriteria={"orderNumber": row["orderNumber"]})
            self.assertEqual(one["orderDetails"]["ordersArray"], [row])
            one = sim.call("GetOrderReport", searchCriteria={"domainName": row["domainName"]})
            self.assertEqual(one["orderDetails"]["ordersArray"], [row])
            email = sim.track(row["orderNumber"])["requestorInformation"]["requestorEmail"]
            pem = sim.certificate(row["orderNumber"], email)["certificateDetails"][
                "endEntityCertificate"]
            self.assertIn("DNS:" + row["domainName"], subject_of(pem))
            day = row["orderDate"][:10]
            part = sim.call("GetOrderReport", searchCriteria={
                "orderDateFrom": day, "orderDateTill": day, "pageSize": "500"})["orderDetails"]
            self.assertEqual(part["totalNoOfResults"], 1000)
            self.assertTrue(all(r["orderDate"].startswith(day) for r in part["ordersArray"]))
            self.assertIn(row, part["ordersArray"] + sim.call("GetOrderReport", searchCriteria={
                "orderDateFrom": day, "orderDateTill": day, "pageSize": "500",
                "pageNumber": "2"})["orderDetails"]["ordersArray"])
            self.assertEqual(sim.ledger()["orders"], [])
            seen.append((pages[:3], pem))
            self.assertEqual(sim.stop(), 0)
        self.assertEqual(seen[0], seen[1])

    def test_filtered_pages(self):
        sim = self.start("--orders", "5000")
        for _ in range(3):
            sim.place("live.corp.example", groupNumber="6787449224")

        def page(number):
            return sim.call("GetOrderReport", searchCriteria={
                "groupNumber": "6787449224", "pageSize": "50", "pageNumber": str(number)})[
                    "orderDetails"]
        last = page(1)["noOfPages"]
        onward = [page(n) for n in range(1, last + 2)]
        backward = [page(n) for n in range(last + 1, 0, -1)][::-1]
        self.assertEqual(onward, backward)
        rows = [r["requestNumber"] for p in onward for r in p["ordersArray"]]
        self.assertEqual(len(rows), onward[0]["totalNoOfResults"])
        self.assertEqual(len(set(rows)), len(rows))
        self.assertTrue(400 < len(rows) < 900)

    def test_revoke_in_history(self):
        sim = self.start("--orders", "500")
        rows = sim.call("GetOrderReport", searchCriteria={"pageSize": "50"})[
            "orderDetails"]["ordersArray"]
        row = [r for r in rows if r["certificateStatusId"] in ("9", "20")][0]
        email = sim.track(row["orderNumber"])["requestorInformation"]["requestorEmail"]
        self.assertEqual(sim.code("RevokeOrder", revocationDetails={
            "orderNumber": row["orderNumber"], "requestorEmail": email, "revokeReasonId": "5",
            "revokeRemarks": "x"}), "")
        again = sim.call("GetOrderReport", searchCriteria={"orderNumber": row["orderNumber"]})
        self.assertEqual(again["orderDetails"]["ordersArray"][0]["certificateStatusId"], "22")

    def test_bad_server_certificates(self):
        for mode in "expired", "wrong-host", "self-signed":
            sim = self.start("--tls-mode", mode)
            with self.assertRaises(ssl.SSLCertVerificationError):
                sim.ledger()

    def test_account_of_ones_own(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "key")
            with open(path, "w") as f:
                f.write("EXAMPLE-ACCESS-KEY-0123456789abcdef\n")
            sim = Sim("--account", "1234567890", "--access-key-file", path,
                      "--log", os.path.join(folder, "log"))
            sim.key = sim.key.strip()
            self.assertEqual(sim.ready["account_number"], "1234567890")
            vector = "1c8a580d10150089c5d0607283d4ff0e74aa90a895bc07cf02bfe61f3e66ed24"
            meta = sim.meta(txn="100200300400500600", authKey=vector)
            self.assertEqual(sim.code("ValidateCredentials", meta), "")
            sim.stop()
            with open(os.path.join(folder, "log")) as f:
                text = f.read()
            self.assertIn("ValidateCredentials ok", text)
            self.assertNotIn(vector, text)

    def test_parallel(self):
        sim = self.start()
        numbers = []

        def work(i):
            for j in range(5):
                name = "p%d-%d.corp.example" % (i, j)
                number = sim.place(name, csr=make_csr(name))
                sim.wait(number)
                sim.call("GetOrderReport", searchCriteria={})
                numbers.append(number)

        make_key()
        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(numbers)), 30)
        self.assertEqual(len(sim.ledger()["orders"]), 30)

    def test_help(self):
        text = subprocess.run([BINARY, "--help"], check=True, capture_output=True).stdout.decode()
        self.assertIn("--port", text)
        self.assertLess(max(map(len, text.splitlines())), 100)
        self.assertEqual(subprocess.run([BINARY, "--nonsense"], capture_output=True).returncode, 2)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
