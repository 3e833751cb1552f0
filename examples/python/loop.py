#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fifty questions at once from one thread: asyncio on the client's one descriptor.

    loop.py STORE KEY-FILE CREDENTIAL ORDER [TIMES]
"""
import asyncio
import sys

import emsign
import emsign.aio


async def refresh(client, account, order, times):
    async with emsign.aio.Runner(client) as runner:
        return await asyncio.gather(*(runner.run(account, "refresh", order=order)
                                      for _ in range(times)))


if len(sys.argv) not in (5, 6):
    sys.exit(__doc__)
store, key_file, credential, order = sys.argv[1:5]
with emsign.Client(store=store, key_file=key_file, parallel=50) as client:
    answers = asyncio.run(refresh(client, client.account(credential), order,
                                  int((sys.argv[5:] or ["50"])[0])))
print(len(answers), "times:", *{f"{answer.id} is {answer.status_name}" for answer in answers})
