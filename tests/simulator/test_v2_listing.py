# SPDX-License-Identifier: MIT
"""Second generation: domains with their attempts, and the reports."""
import sys
import unittest

sys.dont_write_bytecode = True
import client  # noqa: E402
from client_v2 import ORG, PREFIX, Rest, Shared  # noqa: E402


class Domains(Shared):
    def register(self, name, status=201, **more):
        answer = self.rest.post("domains", {"domainName": name, "organizationId": "3325789",
                                            "dcvMethod": "dns-txt", **more})
        self.assertEqual(answer.status, status, answer)
        return answer

    def test_life(self):
        rest = self.rest
        answer = self.register("new.example", skipCAA=False)
        body = answer.json
        self.assertEqual(list(body), [
            "domainId", "domainName", "organizationId", "domainStatus", "dcvStatus", "dcvMethod",
            "dcv", "autoVerify", "createdAt"])
        self.assertRegex(body["domainId"], r"^[\w-]{48}$")
        path = "domains/" + body["domainId"]
        self.assertEqual(answer.headers["Location"], "/" + PREFIX + path)
        self.assertRegex(body["organizationId"], r"^[\w-]{48}$")
        self.assertEqual((body["domainStatus"], body["dcvStatus"], body["dcv"]["fileToken"]),
                         ("ACTIVE", "PENDING", None))
        token = body["dcv"]["txtToken"]
        self.no(rest.get(path + "/dcv/attempts/last"), 404,
                "No DCV attempts found for this domain.")
        challenge = rest.get(path + "/dcv").json
        self.assertEqual((challenge["txtToken"], challenge["dnsHost"]),
                         (token, "_emudhra-challenge.new.example"))
        changed = rest.call("PATCH", path + "/dcv/method", {"dcvMethod": "http-url"}).json
        self.assertEqual((changed["dcvMethod"], changed["dcv"]["txtToken"]), ("http-url", None))
        self.assertNotEqual(changed["dcv"]["fileToken"], token)
        self.assertEqual(list(rest.get(path + "/dcv").json), ["method", "fileToken", "fileName",
                                                              "tokenExpiry"])
        self.no(rest.call("PATCH", path + "/dcv/method", {"dcvMethod": "DNS_TXT"}), 400)
        rest.call("PATCH", path + "/dcv/method", {"dcvMethod": "dns-txt"})
        answer = rest.post(path + "/dcv/verify", {})
        self.assertEqual((answer.status, answer.json["overallStatus"]), (200, "VERIFIED"))
        detail = rest.get(path).json
        self.assertEqual(list(detail), ["createdAt", "dcv", "dcvStatus", "domainId", "domainName",
                                        "organizationName", "status", "validTill", "verifiedAt"])
        self.assertRegex(detail["validTill"], r"T00:00:00Z$")
        self.assertEqual(rest.get(path + "/dcv").json, {"method": "dns-txt"})
        changed = rest.call("PATCH", path + "/dcv/method", {"dcvMethod": "dns-txt"}).json
        self.assertEqual(changed["dcvStatus"], "VERIFIED")
        self.assertTrue(changed["dcv"]["txtToken"])
        # what is proved here lets an order pass
        self.assertEqual(rest.track(rest.place("www.new.example"))["status"], "pending-csr")
        answer = rest.post(path + "/deactivate", {})
        self.assertEqual(list(answer.json), ["domainId", "domainName", "domainStatus",
                                             "deactivatedAt", "message"])
        self.assertEqual(rest.get(path).json["status"], "INACTIVE")
        self.no(rest.post(path + "/deactivate", {}), 422)
        self.no(rest.post(path + "/dcv/verify", {}), 422)
        self.no(rest.call("PATCH", path + "/dcv/method", {"dcvMethod": "dns-txt"}), 422,
                "EMS-DOMAIN-102")
        self.assertEqual(rest.track(rest.place("api.new.example"))["status"], "pending-dcv")
        self.no(rest.get("domains/nothing"), 404)

    def test_refusals(self):
        rest = self.rest
        first = self.register("taken.example").json["domainId"]
        self.no(self.register("taken.example", 409), 409, "EMS-DOMAIN-002")
        problem = self.no(self.register("taken.example", 409, organizationId="3325790"), 409,
                          "EMS-DOMAIN-101")
        self.assertEqual(problem["existingDomainId"], first)
        for name in "co.uk", "under score", "192.0.2.1":
            self.no(self.register(name, 422), 422, "EMS-DOMAIN-003")
        self.no(self.register("a.example", 400, dcvMethod="email"), 400)
        self.no(self.register("a.example", 422, organizationId="7"), 422, "EMS-1135")
        self.no(self.register("", 400), 400, "Validation failed")
        rest.control("v2", caa="forbids")
        self.no(self.register("caa.example", 422), 422, "EMS-DOMAIN-001")
        rest.control("v2", caa="unreachable")
        problem = self.no(self.register("caa.example", 422), 422, "EMS-DOMAIN-103")
        self.assertEqual(problem["diagnostics"]["method"], "CAA_PRECHECK")
        self.register("caa.example", skipCAA=True)
        rest.control("v2", caa="passes")

    def test_inheritance_and_renewal(self):
        rest = self.rest
        parent = self.register("up.example").json["domainId"]
        rest.post("domains/%s/dcv/verify" % parent, {})
        child = self.register("low.up.example").json
        self.assertEqual((child["dcvStatus"], child["autoVerify"]), ("VERIFIED", "scheduled"))
        self.assertEqual(rest.get("domains/" + child["domainId"]).json["validTill"],
                         rest.get("domains/" + parent).json["validTill"])
        other = self.register("other.up.example", organizationId="3325790").json
        self.assertEqual(other["dcvStatus"], "PENDING")
        self.no(self.register("low.up.example", 409, mode="renew"), 409)
        self.no(self.register("nobody.example", 404, mode="renew"), 404)
        again = self.register("up.example", 200, mode="renew").json
        self.assertEqual((again["domainId"], again["dcvStatus"]), (parent, "PENDING"))

    def test_attempts(self):
        rest = self.start("--dcv", "dns")
        domain = rest.post("domains", {"domainName": "try.example"}).json["domainId"]
        path = "domains/%s/dcv" % domain
        for _ in range(3):
            problem = self.no(rest.post(path + "/verify", {}), 422, "EMS-1161")
        self.assertEqual(problem["diagnostics"]["failureClass"], "RECORD_MISSING")
        page = rest.get(path + "/attempts").json
        self.assertEqual((page["page"], page["size"], page["totalElements"], page["totalPages"]),
                         (0, 20, 3, 1))
        self.assertEqual(set(page["content"][0]), {"attemptId", "attemptedAt", "failureClass",
                                                   "method", "overallStatus"})
        ids = [row["attemptId"] for row in page["content"]]
        self.assertEqual(ids, sorted(ids, reverse=True))
        page = rest.get(path + "/attempts", offset=2, limit=2).json
        self.assertEqual((page["page"], [r["attemptId"] for r in page["content"]]), (1, ids[2:]))
        self.assertEqual(rest.get(path + "/attempts", limit=99).json["size"], 50)
        last = rest.get(path + "/attempts/last").json
        self.assertEqual(list(last), ["domainId", "method", "status", "diagnostics"])
        self.assertEqual((last["method"], last["status"]), ("dns-txt", "FAILED"))
        one = rest.get(path + "/attempts/" + ids[1]).json
        self.assertEqual((one["attemptId"], one["diagnostics"]["overallStatus"]),
                         (ids[1], "FAILED"))
        self.no(rest.get(path + "/attempts/1"), 404)

    def test_verified_looks_like_a_failure(self):
        domain = self.rest.domain("corp.example")["domainId"]
        last = self.rest.get("domains/%s/dcv/attempts/last" % domain).json
        diagnostics = last["diagnostics"]
        self.assertEqual((last["status"], diagnostics["failureClass"],
                          diagnostics["tokenIsStale"], diagnostics["perspectives"],
                          diagnostics["nextSteps"][0]["key"],
                          diagnostics["nextSteps"][0]["severity"]),
                         ("VERIFIED", "UNKNOWN", True, [], "dcv.nextStep.unknown", "ERROR"))
        row = self.rest.get("domains/%s/dcv/attempts" % domain).json["content"][0]
        self.assertNotIn("method", row)

    def test_rows_of_orders(self):
        rest = self.rest
        number = rest.place("row.example.org", certificate={"autoSecureWww": True})
        names = [r["domainName"] for r in rest.domains(search="row.example.org")]
        self.assertEqual(sorted(names), ["row.example.org", "www.row.example.org"])
        row = rest.domain("row.example.org")
        self.assertEqual(list(row), ["createdAt", "dcvStatus", "domainId", "domainName",
                                     "organizationId", "organizationName", "status"])
        rest.order(number, "cancel", {"reason": "x"})
        rest.place("row.example.org", productVariant="ov", organization=ORG)
        rows = rest.domains(search="row.example.org", exactMatch="true")
        self.assertEqual({(r["dcvStatus"], r["organizationName"]) for r in rows},
                         {("REJECTED", ""), ("PENDING", "Example Corp")})
        covered = rest.place("row.corp.example")
        self.assertTrue(covered)
        row = rest.domain("row.corp.example")
        self.assertEqual((row["dcvStatus"], row["validTill"]),
                         ("VERIFIED", rest.domain("corp.example")["validTill"]))


class DomainPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rest = Rest()
        for i in range(40):
            cls.rest.post("domains", {"domainName": "d%02d.example.net" % i,
                                      "organizationId": "3325789"})

    @classmethod
    def tearDownClass(cls):
        assert cls.rest.stop() == 0

    def names(self, **query):
        return [r["domainName"] for r in self.rest.domains(**query)]

    def pages(self, **query):
        return [name for offset in range(0, 41, 10)
                for name in self.names(offset=offset, limit=10, **query)]

    def test_pages(self):
        page = self.rest.get("domains", offset=20, limit=10, sortBy="domainName",
                             sortDir="asc").json
        self.assertEqual({k: page[k] for k in page if k != "content"}, {
            "page": 2, "size": 10, "totalElements": 41, "totalPages": 5})
        whole = self.names(limit=300, sortBy="domainName", sortDir="asc")
        self.assertEqual(whole, sorted(whole))
        self.assertEqual(self.pages(sortBy="domainName", sortDir="asc"), whole)
        self.assertEqual(self.names(sortBy="domainName"), whole[::-1])
        page = self.rest.get("domains").json
        self.assertEqual((page["size"], len(page["content"])), (50, 41))

    def test_default_order_is_not_stable(self):
        found = self.pages()
        self.assertEqual(len(found), 41)
        self.assertLess(len(set(found)), 41)

    def test_filters(self):
        self.assertEqual(self.names(search="D07"), ["d07.example.net"])
        self.assertEqual(self.names(search="d07", exactMatch="true"), [])
        self.assertEqual(self.names(dcvStatus="VERIFIED,REJECTED"), ["corp.example"])
        self.assertEqual(self.names(includePending="false"), ["corp.example"])
        self.assertEqual(self.names(dcvStatus="PENDING", domainStatus="INACTIVE,EXPIRED"), [])
        self.assertEqual(len(self.names(dcvMethod="dns-txt")), 41)
        self.assertEqual(self.names(dcvMethod="http-url"), [])
        self.assertEqual(self.names(fromDate="2999-01-01"), [])
        self.assertEqual(len(self.names(fromDate="2020-01-01", toDate="2999-01-01")), 41)
        opaque = self.rest.domain("corp.example")["organizationId"]
        for org, n in [("3325789", 41), (opaque, 41), ("3325790", 0)]:
            self.assertEqual(len(self.names(organizationId=org)), n)

    def test_bad_words(self):
        for key, value in [("dcvStatus", "EXPIRED"), ("domainStatus", "DEACTIVATED"),
                           ("dcvMethod", "email"), ("sortBy", "name"), ("offset", "x"),
                           ("limit", "0"), ("fromDate", "soon")]:
            self.assertEqual(self.rest.get("domains", **{key: value}).status, 400, key)
        self.assertEqual(self.rest.get("domains", groupId="1").status, 422)


class Reports(Shared):
    options = "--orders", "1030", "--seed", "5"

    def report(self, **query):
        answer = self.rest.get("reports/orders", **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_pages(self):
        first = self.report()
        total = first["totalElements"]
        self.assertEqual((first["page"], first["size"], len(first["content"])), (1, 100, 100))
        pages = first["totalPages"]
        self.assertEqual(pages, (total + 99) // 100)
        last = self.report(page=pages)
        self.assertEqual(last["size"], len(last["content"]))
        self.assertLess(last["size"], 100)
        beyond = self.report(page=pages + 7)
        self.assertEqual(beyond, last)
        self.assertEqual(self.report(page=0)["content"], first["content"])
        for asked, given in [(1000, 100), (0, 1), (7, 7)]:
            self.assertEqual(self.report(size=asked)["size"], given)
        rows = [r for n in range(1, pages + 1) for r in self.report(page=n)["content"]]
        self.assertEqual(len({r["requestNumber"] for r in rows}), len(rows))
        self.assertEqual([r["orderDate"] for r in rows],
                         sorted((r["orderDate"] for r in rows), reverse=True))

    def test_rows(self):
        number = self.rest.place("report.corp.example", tags=["web"])
        row = self.report()["content"][0]
        self.assertEqual(list(row), [
            "orderNumber", "requestNumber", "orderStatus", "certificateStatus",
            "certificateSerialNumber", "certificateExpiryDate", "issuerCA", "orderDate",
            "domainName", "groupNumber", "organizationName", "countryName", "productCode",
            "originator", "customFields", "tags"])
        self.assertEqual((row["orderNumber"], row["orderStatus"], row["certificateStatus"],
                          row["certificateSerialNumber"], row["issuerCA"], row["tags"]),
                         (number, "Order Accepted", "Approved by System", "", "", ["web"]))
        vetted = [r for r in self.report()["content"] if r["productCode"] == "846"][0]
        self.assertEqual((vetted["organizationName"], vetted["countryName"]),
                         ("Example Corp", "United States of America (USA)"))
        self.rest.control("v2", **{"report-dates": "documented", "serial": "documented"})
        book = [r for r in self.report()["content"] if r["productCode"] == "846"][0]
        self.assertEqual(book["orderDate"], vetted["orderDate"].replace("T", " ")[:-1])
        self.rest.control("v2", **{"report-dates": "wire", "serial": "wire"})

    def test_states(self):
        words = {"issued": {"Certificate Generated", "Certificate Downloaded"},
                 "revoked": {"Certificate Revoked"}, "expired": {"Certificate Expired"},
                 "cancelled": {"Rejected due to Order Cancellation"}, "rejected": set()}
        for state, texts in words.items():
            rows = self.report(status=state)["content"]
            self.assertEqual(bool(rows), bool(texts), state)
            self.assertLessEqual({r["certificateStatus"] for r in rows}, texts, state)
            for row in rows[:3]:
                self.assertEqual(self.rest.track(row["orderNumber"])["status"], state)
        self.assertEqual(self.report(status="pending-approval")["content"], [])
        for state in "pending-dcv", "pending-csr":
            self.no(self.rest.get("reports/orders", status=state), 422)
        self.no(self.rest.get("reports/orders", status="unknown"), 400)

    def test_dates_and_groups(self):
        rows = self.report(page=3)["content"]
        day = rows[50]["orderDate"][:10]
        found = self.report(**{"from": day, "to": day})["content"]
        self.assertTrue(found)
        self.assertEqual({r["orderDate"][:10] for r in found}, {day})
        found = self.report(groupNumber="6787449224")
        self.assertEqual({r["groupNumber"] for r in found["content"]}, {"6787449224"})
        empty = self.report(**{"from": "2001-01-01", "to": "2001-01-02"})
        self.assertEqual(empty, {"content": [], "page": 1, "size": 100, "totalElements": 0,
                                 "totalPages": 0})
        for query in {"from": "yesterday"}, {"to": "2026-01-01T00:00:00Z"}, {"page": "x"}:
            self.no(self.rest.get("reports/orders", **query), 400)
        self.no(self.rest.get("reports/orders", groupNumber="1"), 422)

    def test_listing_faults_and_drift(self):
        for kind, key, lie in [("wrong-total", "totalElements", 1), ("wrong-pages", "totalPages",
                                                                     -1)]:
            true = self.report()[key]
            self.rest.control("fault", verb="v2.orders", kind=kind)
            self.assertEqual(self.report()[key], true + lie)
        self.rest.control("fault", verb="v2.orders", kind="short-page", page=2)
        self.assertEqual([self.report(page=n)["size"] for n in (1, 2)], [100, 99])
        self.rest.control("fault", verb="v2.orders", kind="repeat-page")
        self.assertEqual(self.report(page=2)["content"], self.report(page=1)["content"])
        before = self.report()["totalElements"]
        self.rest.control("drift", hide=[3])
        self.assertEqual(self.report()["totalElements"], before - 1)
        self.rest.control("drift", clear=True)

    def test_both_reports_agree(self):
        rows = self.report(size=50)["content"]
        old = self.rest.sim.call("GetOrderReport", searchCriteria={"pageSize": "50"})[
            "orderDetails"]["ordersArray"]
        self.assertEqual([r["requestNumber"] for r in rows], [r["requestNumber"] for r in old])

    def test_download_of_history_is_seen(self):
        rows = [r for n in (1, 2, 3) for r in self.report(page=n, status="issued")["content"]
                if r["certificateStatus"] == "Certificate Generated"]
        number = rows[0]["orderNumber"]
        cert = self.rest.order(number, "certificate", verb="GET").json
        self.assertEqual(cert["serialNumber"], rows[0]["certificateSerialNumber"])
        self.assertEqual(self.rest.track(number)["certificateState"], "Certificate Downloaded")

    def test_ledger(self):
        empty = {"content": [], "page": 1, "size": 100, "totalElements": 0, "totalPages": 0}
        number = self.rest.place("paid.corp.example")
        self.assertEqual(self.rest.get("reports/ledger").json, empty)
        self.rest.control("v2", ledger="documented")
        page = self.rest.get("reports/ledger", size=1).json
        self.assertEqual(list(page["content"][0]), [
            "invoiceNumber", "date", "dueDate", "creditNoteNumber", "orderId", "product",
            "totalAmount", "currencyId", "status", "invoiceDetailsId"])
        self.assertEqual((page["content"][0]["orderId"], page["content"][0]["totalAmount"],
                          page["size"]), (number, "10.00", 1))
        self.assertEqual(self.rest.get("reports/ledger", groupNumber="6787449224").json, empty)
        self.rest.control("v2", ledger="wire")


if __name__ == "__main__":
    client.main()
