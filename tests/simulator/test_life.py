# SPDX-License-Identifier: MIT
"""The account and the life of orders of every family, held to the wire facts of the reference."""
import base64
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
from client import (PREVETTED, SUBJECT, TS, Shared, main, make_csr, openssl, order,  # noqa: E402
                    subject_of)


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
        for ip in "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "::1", "fe80::1", "x":
            block["signerIP"] = ip
            self.assertEqual(self.sim.code("AgreementAcceptance", agreementDetails=block),
                             "EMS-1091")
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
        self.assertEqual(sim.code("GenerateOrderSMIME", orderDetails=order(
            "x", productCode="914", organizationDetails=PREVETTED,
            certificateInformation={"email": "alex@corp.example"})), "EMS-1073")
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
        block["numberOfDocuments"] = "1"
        for value, code in [("JVBERi0x/+8%3d", ""), ("JVBERi0x", ""), ("JVBERi0", "EMS-1001"),
                            ("JVBERi%3D0x", "EMS-1001"), ("%%%%", "EMS-1001"),
                            ("aGVsbG8%3D", "EMS-994"),
                            ("JVBERi0x" + "%2F%2B" * (2 * 1024 * 1024 - 4), ""),
                            ("JVBERi0x" + "A" * 4 * 1024 * 1024, "EMS-992")]:
            block["documentsAttached"][0]["base64Value"] = value
            self.assertEqual(sim.code("SubmitDocument", documentDetails=block), code, value[:20])

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
                ({"orderStatusId": "x"}, "EMS-1117"), ({"orderStatusId": "6,10"}, "EMS-1117"),
                ({"orderStatusId": " 6, 2 ,"}, ""), ({"tagSearchCriteria": "3"}, "EMS-1126")]:
            self.assertEqual(self.sim.code("GetOrderReport", searchCriteria=criteria), code)
        self.assertEqual(self.sim.code("GetOrderReport"), "EMS-1119")

    def test_tags(self):
        def place(*tags):
            return self.sim.place("tags.corp.example", additionalInformation={
                "remarks": "x", "tags": list(tags),
                "customFields": [{"fieldID": "456", "fieldValue": "Dept"}]})

        def found(mode, *tags):
            return [r["orderNumber"] for r in self.report(
                tagSearchCriteria=mode, tags=list(tags))["ordersArray"]]
        both, one = place("Project:Blue", "", "Team:Web"), place("Project:Blue")
        row = self.report(orderNumber=both)["ordersArray"][0]
        self.assertEqual(row["tags"], ["Project:Blue", "Team:Web"])
        self.assertEqual(row["customFields"], [{"fieldID": "456", "fieldValue": "Dept"}])
        self.assertEqual(found("1", "Project:Blue", "Team:Web"), [one, both])
        self.assertEqual(found("2", "Project:Blue", "Team:Web"), [both])
        self.assertEqual(found("", "Team:Web"), [both])
        self.assertEqual(found("2", "Team:Web", "Team:Mail"), [])
        self.assertIn(one, found("1"))
        for info, code, text in [
                ({"tags": [{"a": "b"}]}, "EMS-1144", "invalid Tag Details"),
                ({"tags": ["ab:c"]}, "EMS-1145", "Tag Name should be at least 3 characters"),
                ({"customFields": [{"fieldID": "x1"}]}, "EMS-1203", "Invalid Field ID - x1")]:
            meta = self.sim.call("GenerateOrderSSL", orderDetails=order(
                "tags.corp.example", additionalInformation=info))["meta"]
            self.assertEqual((meta["errorCode"], meta["errorMessage"]), (code, text))

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


if __name__ == "__main__":
    main()
