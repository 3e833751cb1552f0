# SPDX-License-Identifier: MIT
"""Envelope, options, faults and history of the simulator, held to the facts of the reference."""
import base64
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

sys.dont_write_bytecode = True
import client  # noqa: E402
from client import Shared, Sim, TS, make_csr, make_key, order, subject_of  # noqa: E402

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

    def test_requests_of_odd_clients(self):
        """A lone LF, a body's extra line end, a whole URL, padding, a list in Connection."""
        def ask(head, tail=b""):
            body = json.dumps({"meta": self.sim.meta()}).encode()
            raw = socket.create_connection(("127.0.0.1", self.sim.port), 20)
            stream = self.sim.tls.wrap_socket(raw, server_hostname="localhost")
            head = b"POST " + head + b"\r\nContent-Length: %d \r\n\r\n" % len(body)
            stream.sendall((head + body).replace(b"\r\n", b"\n") if tail is None
                           else head + body + tail)
            answer = http.client.HTTPResponse(stream)
            answer.begin()
            text = answer.read().decode()
            if tail:
                stream.sendall(head + json.dumps({"meta": self.sim.meta()}).encode())
                answer = http.client.HTTPResponse(stream)
                answer.begin()
                text += answer.read().decode()
            stream.close()
            return answer.status, text, answer.getheader("Connection")
        path = b"/emSignHub-API/GetGroupDetails"
        for head, tail in [(path + b" HTTP/1.1", None), (path + b"?x=/ HTTP/1.1", b"\r\n"),
                           (b"https://127.0.0.1:1" + path + b" HTTP/1.1", b"")]:
            status, text, connection = ask(head, tail)
            self.assertEqual((status, connection), (200, "keep-alive"), head)
            self.assertNotIn('"status":"0"', text)
        self.assertEqual(ask(path + b" HTTP/1.1\r\nConnection: TE, close")[2], "close")
        self.assertEqual(ask(path + b" HTTP/1.1\r\nContent-Length: 3")[0], 400)


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
        sim.control("account", balance="9" * 30, product={"productCode": "999", "price": "-1e9"})
        sim.control("state", clock="9" * 30)
        self.assertEqual(sim.track(number)["certificateStatusId"], "12")

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
            state = sim.track(row["orderNumber"])
            link = state["trackingUrl"].split("a=")[1]
            self.assertEqual(len(base64.b64decode(base64.b64decode(link))), 16)
            email = state["requestorInformation"]["requestorEmail"]
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

    def test_memory_stays_flat(self):
        sim = self.start("--orders", "300000")

        def size():
            with open("/proc/%d/status" % sim.ready["pid"]) as f:
                return [int(line.split()[1]) for line in f if line.startswith("VmHWM")][0]
        sim.call("GetOrderReport", searchCriteria={"pageSize": "500"})
        before = size()
        for criteria in [{"requestorEmailId": "nobody@example.com"},
                         {"requestorEmailId": "user3@example.com"},
                         {"domainName": "a.example,b.example"}, {"orderStatusId": "6"}]:
            answer = sim.call("GetOrderReport", searchCriteria=criteria)["orderDetails"]
            self.assertEqual(answer["totalNoOfResults"] > 0, "user3" in str(criteria)
                             or "orderStatusId" in criteria)
        self.assertLess(size() - before, 4000)

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

    def test_drafts_in_history(self):
        sim = self.start("--orders", "1000")

        def rows(**criteria):
            return sim.call("GetOrderReport", searchCriteria=criteria)["orderDetails"][
                "ordersArray"]
        drafts = [r for r in rows(orderStatusId="7") if r["productCode"] == "842"]
        block = {"requestNumber": drafts[0]["requestNumber"], "rejectRemarks": "x"}
        for code in "", "EMS-985":
            self.assertEqual(sim.code("RejectRequest", orderDetails=block), code)
        self.assertEqual(rows(requestNumber=block["requestNumber"])[0]["orderStatusId"], "5")
        request, name = drafts[1]["requestNumber"], "promoted.corp.example"
        number = sim.place(name, requestNumber=request, csr=make_csr(name))
        sim.wait(number)
        row = rows(orderNumber=number)
        self.assertEqual(row, rows(requestNumber=request))
        self.assertEqual((row[0]["domainName"], row[0]["orderDate"]),
                         (name, drafts[1]["orderDate"]))
        self.assertIn("BEGIN", sim.certificate(number)["certificateDetails"][
            "endEntityCertificate"])
        self.assertEqual(sim.code("GenerateOrderSSL", orderDetails=order(
            name, requestNumber=request)), "EMS-1169")

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
        text = subprocess.run([client.BINARY, "--help"], check=True,
                              capture_output=True).stdout.decode()
        self.assertIn("--port", text)
        self.assertLess(max(map(len, text.splitlines())), 100)
        self.assertEqual(subprocess.run([client.BINARY, "--nonsense"],
                                        capture_output=True).returncode, 2)


if __name__ == "__main__":
    client.main()
