# SPDX-License-Identifier: MIT
"""Many operations at once on one asyncio loop, through the client's one descriptor.

    async with emsign.aio.Runner(client) as runner:
        orders = await asyncio.gather(*(runner.run(account, "refresh", order=id) for id in ids))

One client has one runner, and the loop's thread is the client's thread. No thread is started.
"""
from __future__ import annotations

import asyncio
from typing import Any

import emsign


class Runner:
    """Drives the operations of a client from the running loop."""

    def __init__(self, client: emsign.Client) -> None:
        self._client = client
        self._loop: Any = None
        self._fd = -1
        self._running: dict[emsign.Op, asyncio.Future[None]] = {}

    async def __aenter__(self) -> Runner:
        self._loop = asyncio.get_running_loop()
        self._fd = self._client.fd()
        if self._fd < 0:
            raise RuntimeError("this client's transport has no descriptor to watch")
        self._loop.add_reader(self._fd, self._dispatch)
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._loop.remove_reader(self._fd)
        for op in list(self._running):
            op.cancel()

    async def run(self, account: emsign.Account, verb: str,
                  args: dict[str, Any] | None = None, **values: Any) -> Any:
        """Runs a verb and returns what it ends with; canceling the task cancels the operation."""
        with account.begin(verb, args, **values) as op:
            future = self._loop.create_future()
            self._running[op] = future
            try:
                op.submit(self._done)
                await future
                return op.take()
            finally:
                del self._running[op]

    def _done(self, op: emsign.Op, error: Exception | None) -> None:
        future = self._running[op]
        if future.done():
            return  # canceled by its task
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    def _dispatch(self) -> None:
        try:
            self._client.dispatch(0)
        except Exception as error:  # a broken transport or store: everybody who waits is told
            for future in self._running.values():
                if not future.done():
                    future.set_exception(error)
