# SPDX-License-Identifier: MIT
"""Second generation: clients of the field, and clients of both generations at once."""
import sys
import uuid

sys.dont_write_bytecode = True
import client  # noqa: E402
from client import PREVETTED, make_csr, subject_of  # noqa: E402
from client_v2 import ORG, Shared  # noqa: E402


class BothGenerations(Shared):
    def test_order_of_v1_in_v2(self):
        rest = self.rest
        number = rest.sim.place("one.corp.example", csr=make_csr("one.corp.example"))
        track = rest.wait(number)
        self.assertEqual((track["domain"], track["requestor"]["phone"]),
                         ("one.corp.example", "+15550000000"))
        pem = rest.order(number, "certificate", verb="GET").json["certificatePem"]
        self.assertEqual(rest.sim.certificate(number)["certificateDetails"][
            "endEntityCertificate"].strip(), pem)
        self.assertEqual(rest.revoke(number).status, 204)
        self.assertEqual(rest.sim.track(number)["revocationDetails"]["revokeReasonId"], "4")

    def test_order_of_v2_in_v1(self):
        rest, name = self.rest, "two.example.com"
        number = rest.place(name, csr=make_csr(name))
        self.assertEqual(rest.sim.track(number)["domainVerification"][name]["dcvStatus"], "0")
        token = rest.order(number, "dcv", verb="GET").json["token"]
        email = {"requestorEmail": "pat@example.com"}
        answer = rest.sim.dcv("GetDcv", number, name, **email)["dcvDetails"]
        self.assertEqual(answer["token"], token)
        rest.sim.dcv("VerifyDcv", number, name, **email)
        rest.wait(number)
        self.assertEqual(rest.sim.track(number)["certificateStatusId"], "20")
        self.assertEqual(rest.sim.code("RejectOrder", orderDetails={
            "orderNumber": number, "rejectRemarks": "x"}), "EMS-987")
        row = rest.sim.call("GetOrderReport", searchCriteria={"orderNumber": number})[
            "orderDetails"]["ordersArray"][0]
        self.assertEqual(row["domainName"], name)

    def test_drafts(self):
        rest, name = self.rest, "both.corp.example"
        request = rest.create(name, saveAsDraft=True).json["requestId"]
        number = rest.sim.place(name, requestNumber=request)
        self.assertEqual(rest.track(number)["requestId"], request)
        request = rest.sim.call("GenerateOrderSSL", orderDetails=client.order(
            name, saveAndHold="1"))["orderDetails"]["requestNumber"]
        number = rest.place(name, requestId=request)
        self.assertEqual(rest.sim.track(number)["orderStatusId"], "2")

    def test_ov_of_v1(self):
        number = self.rest.sim.place("three.corp.example", productCode="846",
                                     organizationDetails=PREVETTED,
                                     csr=make_csr("three.corp.example"))
        track = self.rest.wait(number)
        self.assertEqual(track["verifications"]["organization"]["organizationName"],
                         "Example Corp")
        smime = self.rest.sim.place(verb="GenerateOrderSMIME", productCode="914",
                                    certificateInformation={"email": "a@example.com"})
        for family in "ssl", "private-pki", "signature":
            self.no(self.rest.get("%s-certificates/%s" % (family, smime)), 404)


class ForeignClients(Shared):
    """The bodies that clients in the field send, byte for byte but for the names."""

    def test_gateway_dv(self):
        rest, name = self.rest, "gateway.example.com"
        body = (b'{"productVariant":"dv","emailNotifications":"0","requestor":{"name":"Pat Example"'
                b',"email":"pat@example.com","phone":""},"certificate":{"domain":"' + name.encode()
                + b'","autoSecureWww":false},"subscription":{"validityYears":1,"autoRenew":false,'
                b'"renewBeforeDays":30},"agreement":{"signerName":"Pat Example","accepted":true},'
                b'"technicalPointOfContact":{"name":"Pat Example","email":"pat@example.com",'
                b'"phone":"\\u002B12075550100","designation":"Technical Contact"},'
                b'"remarks":"by automation"}')
        answer = rest.call("POST", "ssl-certificates", body, {
            "X-Product-Code": "842", "Idempotency-Key": str(uuid.uuid4())})
        self.assertEqual((answer.status, answer.json["status"]), (201, "pending-dcv"))
        number = answer.json["orderId"]
        # always the request before the proof
        self.assertEqual(rest.order(number, "csr", {"csr": make_csr(name)}, "PUT").status, 204)
        token = rest.order(number, "dcv", verb="GET", domain=name).json["token"]
        self.assertTrue(token)
        answer = rest.order(number, "dcv/verify", {"domain": name, "method": "dns-txt"})
        self.assertEqual(answer.json["overallStatus"], "VERIFIED")
        rest.wait(number)
        answer = rest.call("GET", "ssl-certificates/%s/certificate" % number,
                           headers={"Accept": "application/x-pem-file"})
        self.assertIn(b"BEGIN CERTIFICATE", answer.body)
        answer = rest.revoke(number, "unspecified")
        self.assertEqual(answer.detail, "Invalid Revoke Reason ID")
        # its substitution, once
        self.assertEqual(rest.revoke(number, "cessation-of-operation", note="by the gateway"
                                     ).status, 204)

    def test_gateway_ov_ucc(self):
        rest = self.rest
        body = {"productVariant": "ov", "emailNotifications": "0",
                "requestor": {"name": "Pat Example", "email": "pat@example.com", "phone": ""},
                "organization": {"organizationNumber": "3325789", "preVetted": True},
                "certificate": {"domain": "ucc.example.net",
                                "additionalDomains": ["a.ucc.example.net", "b.example.org"],
                                "autoSecureWww": False},
                "subscription": {"validityYears": 1, "autoRenew": False, "renewBeforeDays": 30},
                "agreement": {"signerName": "Pat Example", "accepted": True},
                "technicalPointOfContact": {"name": "Pat", "email": "pat@example.com",
                                            "phone": "", "designation": "Technical Contact"},
                "remarks": "by automation", "groupNumber": "6787449116"}
        answer = rest.call("POST", "ssl-certificates", body, {
            "X-Product-Code": "848", "Idempotency-Key": str(uuid.uuid4())})
        number = answer.json["orderId"]
        csr = make_csr("ucc.example.net", extra=(
            "-addext", "subjectAltName=DNS:ucc.example.net,DNS:a.ucc.example.net"))
        self.assertEqual(rest.order(number, "csr", {"csr": csr}, "PUT").status, 204)
        for entry in rest.track(number)["verifications"]["domain"]["domains"]:
            answer = rest.get("ssl-certificates/%s/dcv" % number, domain=entry["domain"])
            if answer.status == 422 and "EMS-1080" in answer.detail:
                continue
            rest.order(number, "dcv/verify", {"domain": entry["domain"], "method": "dns-txt"})
        rest.wait(number)
        pem = rest.order(number, "certificate", verb="GET").json["certificatePem"]
        for name in "ucc.example.net", "a.ucc.example.net", "b.example.org":
            self.assertIn("DNS:" + name, subject_of(pem))

    def test_university(self):
        """No product code, no key of idempotency; JSON even on GET; domains proved beforehand."""
        rest, name = self.rest, "www.corp.example"
        body = {"productVariant": "ov", "certificate": {"domain": name, "autoSecureWww": False},
                "subscription": {"validityYears": 1, "autoRenew": False},
                "requestor": {"name": "Pat Example", "email": "pat@example.com",
                              "phone": "+12075550100", "designation": "IT Administrator"},
                "agreement": {"signerName": "Pat Example", "signerPlace": "", "accepted": True},
                "organization": ORG, "csr": make_csr(name), "groupNumber": "6787449116",
                "tags": ["web"], "recipientEmails": ["pki@example.com"],
                "emailNotifications": ["pki@example.com"]}
        number = rest.post("ssl-certificates", body).json["orderId"]
        for _ in range(200):
            track = rest.call("GET", "ssl-certificates/" + number,
                              headers={"Content-Type": "application/json"}).json
            if track["certificateState"] in ("Certificate Generated", "Certificate Downloaded"):
                break
        self.assertEqual(track["requestor"]["designation"], "IT Administrator")
        pem = rest.order(number, "certificate", verb="GET").json["certificatePem"]
        self.assertIn("DNS:" + name, subject_of(pem))
        row = [r for r in rest.get("reports/orders", page=1, size=100).json["content"]
               if r["orderNumber"] == number][0]
        self.assertEqual((row["domainName"], row["tags"], row["organizationName"]),
                         (name, ["web"], "Example Corp"))
        self.assertEqual(rest.revoke(number, "superseded").status, 204)

    def test_acme_server(self):
        """The request comes with the order; an organization even for DV, a key without dashes."""
        rest, name = self.rest, "acme.corp.example"
        body = {"productVariant": "dv", "emailNotifications": "all",
                "requestor": {"name": "Pat Example", "email": "pat@example.com", "phone": ""},
                "organization": ORG, "certificate": {"domain": name, "autoSecureWww": False},
                "subscription": {"validityYears": 1, "autoRenew": False, "renewBeforeDays": 30},
                "agreement": {"signerName": "Pat Example", "signerPlace": "X", "accepted": True},
                "technicalPointOfContact": {"name": "Pat", "email": "pat@example.com",
                                            "phone": "", "designation": "Technical Contact"},
                "remarks": "acme", "csr": make_csr(name)}
        answer = rest.call("POST", "ssl-certificates", body, {
            "X-Product-Code": "842", "Idempotency-Key": uuid.uuid4().hex})
        self.assertIsInstance(answer.json["resolvedProductCode"], str)
        rest.wait(answer.json["orderId"])
        self.assertEqual(rest.order(answer.json["orderId"], "certificate", verb="GET").json[
            "subject"], name)


if __name__ == "__main__":
    client.main()
