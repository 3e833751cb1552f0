#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a user would write who only wants the rows and certificates: the yardstick of two rows.

usage: script.py URL CA-FILE ACCOUNT ACCESS-KEY-FILE DATABASE [certificates]

Page after page and certificate after certificate over one kept connection, a transaction for each
page and for each hundred certificates. Nothing is checked: no total, no chain, no names.
"""
import datetime
import hashlib
import json
import sqlite3
import sys
import uuid

import requests

EMAIL = "alex@example.com"
COLUMNS = """orderNumber requestNumber productCode groupNumber certificateStatusId certificateStatus
    orderStatusId orderStatus orderDate organizationName domainName countryName
    certificateSerialNumber certificateExpiryDate certificateTrustType issuerCA""".split()


class Account:
    def __init__(self, url, ca_file, number, key_file):
        self.url, self.number = url, number
        with open(key_file, encoding="utf-8") as file:
            self.key = file.read().strip()
        self.session = requests.Session()
        self.session.verify = ca_file
        self.session.trust_env = False  # a proxy or roots of the environment are not for this

    def call(self, verb, **blocks):
        now = datetime.datetime.now(datetime.timezone.utc)
        ts, txn = now.strftime("%Y-%m-%dT%H:%M:%S+00:00"), uuid.uuid4().hex
        digest = hashlib.sha256((self.key + ts + txn).encode()).hexdigest()
        meta = {"ver": "1.0", "ts": ts, "txn": txn, "accountNumber": self.number,
                "authKey": digest}
        answer = self.session.post(self.url + verb, json={"meta": meta, **blocks})
        answer.raise_for_status()
        return answer.json()


def import_orders(account, db):
    issued = []
    page, pages = 1, 1
    while page <= pages:
        answer = account.call("GetOrderReport", searchCriteria={
            "pageNumber": str(page), "pageSize": "100"})
        if answer["meta"]["status"] != "1":
            sys.exit(answer["meta"]["errorMessage"])
        details = answer["orderDetails"]
        with db:
            db.executemany(
                "INSERT OR REPLACE INTO orders VALUES (%s)" % ",".join("?" * (len(COLUMNS) + 2)),
                [[row["orderNumber"] or row["requestNumber"]] +
                 [row[name] for name in COLUMNS] + [json.dumps(row["tags"])]
                 for row in details["ordersArray"]])
        issued += [row["orderNumber"] for row in details["ordersArray"]
                   if row["certificateSerialNumber"]]
        pages = details["noOfPages"]
        page += 1
    return issued


def get_certificate(account, number):
    def ask(email):
        return account.call("GetCertificate", orderDetails={
            "requestorEmail": email, "orderNumber": number})
    answer = ask(EMAIL)
    if answer["meta"]["errorCode"] == "EMS-1061":  # somebody else ordered it
        order = account.call("TrackOrder", orderDetails={"orderNumber": number})
        answer = ask(order["orderDetails"]["requestorInformation"]["requestorEmail"])
    return answer["certificateDetails"]


def import_certificates(account, db, numbers):
    for at, number in enumerate(numbers):
        details = get_certificate(account, number)
        db.execute("INSERT OR REPLACE INTO certificates VALUES (?, ?, ?, ?, ?)", [
            number, details["endEntityCertificate"], details["caCertificate"],
            details["rootCertificate"], details["expiryDate"]])
        if at % 100 == 99:
            db.commit()
    db.commit()


def main():
    account = Account(*sys.argv[1:5])
    db = sqlite3.connect(sys.argv[5])
    db.execute("CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, %s, tags TEXT)" %
               ", ".join(name + " TEXT" for name in COLUMNS))
    db.execute("CREATE TABLE IF NOT EXISTS certificates (orderNumber TEXT PRIMARY KEY, pem TEXT, "
               "ca TEXT, root TEXT, expires TEXT)")
    db.execute("CREATE INDEX IF NOT EXISTS orders_domain ON orders (domainName)")
    issued = import_orders(account, db)
    if sys.argv[6:] == ["certificates"]:
        import_certificates(account, db, issued)
    print(json.dumps({"seen": db.execute("SELECT count(*) FROM orders").fetchone()[0],
                      "fetched": db.execute("SELECT count(*) FROM certificates").fetchone()[0]}))
    db.close()


if __name__ == "__main__":
    main()
