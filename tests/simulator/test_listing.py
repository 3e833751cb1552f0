# SPDX-License-Identifier: MIT
"""Long listings: any page of a million orders, rows that move meanwhile, pages that lie."""
import json
import random
import sys
import threading
import unittest

sys.dont_write_bytecode = True
import client  # noqa: E402
from client import Sim, make_csr  # noqa: E402


class Listing(unittest.TestCase):
    def start(self, *options):
        sim = Sim(*options)
        self.addCleanup(lambda: self.assertEqual(sim.stop(), 0))
        return sim

    @staticmethod
    def page(sim, number=1, size=100, **more):
        return sim.call("GetOrderReport", searchCriteria={
            "pageNumber": str(number), "pageSize": str(size), **more})["orderDetails"]

    @staticmethod
    def names(page):
        return [r["orderNumber"] or r["requestNumber"] for r in page["ordersArray"]]

    def whole(self, sim, size=100, **more):
        first = self.page(sim, 1, size, **more)
        names = self.names(first)
        for number in range(2, first["noOfPages"] + 1):
            names += self.names(self.page(sim, number, size, **more))
        return names

    @staticmethod
    def truth(sim):
        return json.loads(sim.http("GET", "/_sim/truth")[2])


class Pages(Listing):
    def test_any_page_of_a_million(self):
        sim = self.start("--orders", "1000000", "--history-end", "2026-11-01")
        chance = random.Random(1)
        for more, total in [({}, 1000000),
                            ({"orderDateFrom": "2025-03-01", "orderDateTill": "2025-03-31"},
                             31000)]:
            for size in 1, 7, 50, 99, 100, 499, 500:
                number = chance.randrange(1, total // size)
                answer = self.page(sim, number, size, **more)
                self.assertEqual((answer["totalNoOfResults"], answer["noOfPages"]),
                                 (total, (total + size - 1) // size))
                self.assertEqual((answer["pageSize"], answer["currentPage"]),
                                 (size, str(number)))
                # the same rows by pages of another size
                at = (number - 1) * size
                around = [name for n in range(at // 77 + 1, (at + size - 1) // 77 + 2)
                          for name in self.names(self.page(sim, n, 77, **more))]
                self.assertEqual(around[at % 77:at % 77 + size], self.names(answer))

    def test_every_size_lists_the_same(self):
        sim = self.start("--orders", "1234")
        sim.place("live.corp.example")
        truth = self.truth(sim)
        self.assertEqual((truth["total"], len(set(truth["now"]))), (1235, 1235))
        for size in 3, 50, 100, 400, 500:
            self.assertEqual(self.whole(sim, size), truth["now"])

    def test_page_size_100_only(self):
        sim = self.start("--orders", "300", "--page-size-100-only")
        for size, code in ("100", ""), ("", ""), ("50", "EMS-1115"), ("500", "EMS-1115"):
            self.assertEqual(sim.code("GetOrderReport", searchCriteria={"pageSize": size}), code)

    def test_as_many_as_have_certificates(self):
        sim = self.start("--certificates", "200")
        rows = [r for n in range(1, 4) for r in self.page(sim, n)["ordersArray"]]
        self.assertEqual(sum(r["certificateSerialNumber"] != "" for r in rows), 200)
        self.assertNotEqual(rows[0]["certificateSerialNumber"], "")


class Drift(Listing):
    def test_exact(self):
        sim = self.start("--orders", "1000")
        before = self.truth(sim)["now"]
        sim.control("drift", hide=[999, 500], insert=2)
        sim.control("drift", hide=[before[10]])
        now = self.truth(sim)["now"]
        self.assertEqual(now[2:], [n for i, n in enumerate(before) if i not in (0, 10, 499)])
        self.assertEqual(len(set(now)), 999)
        self.assertEqual(self.whole(sim), now)
        self.assertEqual(self.page(sim)["totalNoOfResults"], 999)
        # only the report leaves them out
        hidden = before[10]
        self.assertEqual(sim.call("GetOrderReport", searchCriteria={"orderNumber": hidden})[
            "orderDetails"]["totalNoOfResults"], 0)
        self.assertEqual(sim.call("TrackOrder", orderDetails={"orderNumber": hidden})["meta"][
            "status"], "1")
        sim.control("drift", show=[hidden])
        self.assertIn(hidden, self.truth(sim)["now"])
        sim.control("drift", clear=True)
        self.assertEqual(self.whole(sim)[2:], before)

    def test_after_so_many_reports(self):
        sim = self.start("--orders", "500")
        before = self.truth(sim)["now"]
        sim.control("drift", after=2, hide=[499], insert=3)
        pages = [self.names(self.page(sim, n)) for n in (1, 2, 3, 4)]
        self.assertEqual(pages[0] + pages[1], before[:200])
        self.assertEqual(pages[2] + pages[3], before[198:398])  # three came, one went
        self.assertEqual(self.page(sim)["totalNoOfResults"], 502)

    def test_filtered_pages_move_too(self):
        sim = self.start("--orders", "3000")
        rows = self.whole(sim, 50, orderStatusId="6")
        self.assertEqual(len(rows), self.page(sim, orderStatusId="6")["totalNoOfResults"])
        for number in 1, 2:
            self.assertEqual(self.names(self.page(sim, number, 50, orderStatusId="6")),
                             rows[50 * number - 50:50 * number])
        sim.control("drift", hide=[rows[0]])
        self.assertEqual(self.names(self.page(sim, 3, 50, orderStatusId="6")), rows[101:151])

    def test_mark(self):
        sim = self.start("--orders", "100")
        sim.place("before.corp.example")
        sim.control("drift", hide=[3, 4])
        sim.control("drift", mark=True)
        names = self.truth(sim)
        self.assertEqual(names["now"], names["steady"])
        self.assertEqual(names["now"], names["ever"])
        sim.control("drift", hide=[7], show=[3])
        sim.control("drift", show=[7], insert=1)
        sim.place("since.corp.example")
        truth = self.truth(sim)
        sets = {name: set(truth[name]) for name in ("now", "steady", "ever")}
        self.assertEqual([len(sets[name]) for name in ("now", "steady", "ever")],
                         [102, 98, 102])
        self.assertLess(sets["steady"], sets["now"])
        self.assertEqual(sets["now"], sets["ever"])
        sim.control("drift", hide=[50])
        truth = self.truth(sim)
        self.assertEqual(len(set(truth["ever"]) - set(truth["now"])), 1)

    def test_by_chance(self):
        seen = []
        for _ in range(2):
            sim = self.start("--orders", "2000", "--history-end", "2026-11-01", "--seed", "5",
                             "--drift", "every=3,hide=2,show=1,insert=1,seed=9")
            pages = [self.page(sim, n) for n in range(1, 13)]
            seen.append([self.names(p) for p in pages])
            totals = [p["totalNoOfResults"] for p in pages]
            self.assertEqual(totals[:3], [2000] * 3)
            # two go and one comes; from the second time on one comes back as well
            self.assertEqual(totals[3::3], [1999, 1999, 1999])
        self.assertEqual(seen[0], seen[1])
        truth = self.truth(sim)
        self.assertEqual((len(truth["now"]), truth["total"]), (1999, 1999))
        self.assertLess(set(truth["steady"]), set(truth["now"]))

    def test_mistakes(self):
        sim = self.start("--orders", "10")
        for body in [{"hide": [10]}, {"hide": ["x"]}, {"hide": "x"}, {"insert": -1},
                     {"show": {}}, {"every": "x"}, {"insert": 9999999999}]:
            status = sim.http("POST", "/_sim/drift", json.dumps(body))[0]
            self.assertEqual(status, 400, body)
        self.assertEqual(len(self.truth(sim)["now"]), 10)

    def test_parallel(self):
        sim = self.start("--orders", "3000", "--drift", "every=1,hide=3,show=2,insert=1")
        failed = []

        def work(first):
            for number in range(first, 31, 4):
                answer = self.page(sim, number)
                if len(set(self.names(answer))) != answer["pageSize"]:
                    failed.append(number)
        threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertEqual(self.truth(sim)["total"], 3000 - 2)


class Lies(Listing):
    """Faults of single pages."""

    def test_every_kind(self):
        sim = self.start("--orders", "450")
        good = {n: self.page(sim, n) for n in range(1, 6)}
        rows = {n: self.names(good[n]) for n in good}

        def page(kind, number=3, **more):
            sim.control("fault", verb="GetOrderReport", kind=kind, page=3, **more)
            self.assertEqual(self.page(sim, 2), good[2])  # other pages are as they are
            answer = self.page(sim, number)
            self.assertEqual(self.page(sim, 3), good[3])  # once
            return answer
        answer = page("empty-page")
        self.assertEqual((answer["ordersArray"], answer["totalNoOfResults"],
                          answer["noOfPages"]), ([], 450, 5))
        self.assertEqual(self.names(page("short-page")), rows[3][:99])
        self.assertEqual(self.names(page("short-page", arg=60)), rows[3][:40])
        for kind, current in ("repeat-page", "3"), ("stale-page", None):
            for arg, other in ({}, 2), ({"arg": 0}, 5), ({"arg": 4}, 4):
                answer = page(kind, **arg)
                self.assertEqual(self.names(answer), rows[other])
                self.assertEqual(answer["currentPage"], current or str(other))
        self.assertEqual(page("wrong-total")["totalNoOfResults"], 451)
        self.assertEqual(page("wrong-total", arg=-7)["totalNoOfResults"], 443)
        self.assertEqual(page("wrong-pages")["noOfPages"], 4)
        self.assertEqual(page("wrong-pages", arg=2)["noOfPages"], 7)
        sim.control("fault", verb="GetOrderReport", kind="unfiltered")
        answer = self.page(sim, orderStatusId="7", orderDateTill="2020-01-01",
                           orderDateFrom="2020-01-01")
        self.assertEqual(answer["totalNoOfResults"], 450)

    def test_on_the_command_line(self):
        sim = self.start("--orders", "450", "--fault", "GetOrderReport@3:business:976",
                         "--fault", "GetOrderReport@4:status:503:1",
                         "--fault", "GetOrderReport@5:short-page:49:1")
        for _ in range(2):
            self.assertEqual(sim.code("GetOrderReport", searchCriteria={"pageNumber": "3"}),
                             "EMS-976")
        body = json.dumps({"meta": sim.meta(), "searchCriteria": {"pageNumber": "4"}})
        self.assertEqual(sim.http("POST", "/emSignHub-API/GetOrderReport", body)[0], 503)
        self.assertEqual(len(self.page(sim, 4)["ordersArray"]), 100)
        self.assertEqual(len(self.page(sim, 5)["ordersArray"]), 1)
        self.assertEqual(len(self.page(sim, 5)["ordersArray"]), 50)


class Certificates(Listing):
    BLANK = {"rootCertificate": "", "caCertificate": "", "endEntityCertificate": "",
             "expiryDate": "", "ceritficateSerialNumber": ""}

    def rows(self, sim):
        last = self.page(sim, 1, 500)["noOfPages"]
        return [r for n in range(1, last + 1) for r in self.page(sim, n, 500)["ordersArray"]]

    def fetch(self, sim, row):
        email = sim.track(row["orderNumber"])["requestorInformation"]["requestorEmail"]
        answer = sim.certificate(row["orderNumber"], email)
        return answer["meta"]["errorCode"], answer["certificateDetails"]

    def test_revoked_without_body(self):
        for percent in 0, 50, 100:
            sim = self.start("--orders", "2000", "--history-end", "2026-11-01",
                             "--revoked-without-body", str(percent))
            revoked = [r for r in self.rows(sim) if r["certificateStatusId"] == "22"]
            self.assertGreater(len(revoked), 10)
            kinds = {}
            for row in revoked:
                code, block = self.fetch(sim, row)
                kind = code or ("body" if block["endEntityCertificate"] else "blank")
                kinds[kind] = kinds.get(kind, 0) + 1
                if kind != "body":
                    self.assertEqual(block, self.BLANK)
                self.assertEqual(sim.track(row["orderNumber"])["certificateStatusId"], "22")
            self.assertEqual(set(kinds), {0: {"body"}, 50: {"body", "blank", "EMS-973"},
                                          100: {"blank", "EMS-973"}}[percent])
            issued = [r for r in self.rows(sim) if r["certificateStatusId"] == "9"][0]
            self.assertEqual(self.fetch(sim, issued)[0], "")

    def test_revoked_here(self):
        sim = self.start("--revoked-without-body", "100")
        number = sim.place("gone.corp.example", csr=make_csr("gone.corp.example"))
        sim.wait(number)
        row = {"orderNumber": number}
        self.assertIn("BEGIN", self.fetch(sim, row)[1]["endEntityCertificate"])
        sim.call("RevokeOrder", revocationDetails={
            "orderNumber": number, "requestorEmail": "alex@example.com", "revokeReasonId": "4",
            "revokeRemarks": "x"})
        self.assertEqual(self.fetch(sim, row)[1], self.BLANK)

    def test_wrong_requestor(self):
        sim = self.start("--orders", "300")
        row = [r for r in self.rows(sim) if r["certificateSerialNumber"]][0]
        for email, code in ("nobody@example.com", "EMS-1061"), ("", "EMS-924"):
            answer = sim.certificate(row["orderNumber"], email)
            self.assertEqual((answer["meta"]["errorCode"], answer["certificateDetails"]),
                             (code, self.BLANK))

    def test_same_each_time(self):
        sim = self.start("--orders", "40000", "--history-end", "2026-11-01")
        rows = self.rows(sim)
        # two that have the same place among the kept ones
        one, other = [pair for pair in zip(rows, rows[32768:])
                      if pair[0]["certificateSerialNumber"] and
                      pair[1]["certificateSerialNumber"]][0]
        first = self.fetch(sim, one)
        self.assertNotEqual(self.fetch(sim, other)[1]["endEntityCertificate"],
                            first[1]["endEntityCertificate"])
        self.assertEqual(self.fetch(sim, one), first)


if __name__ == "__main__":
    client.main()
