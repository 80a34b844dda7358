"""A company on this machine that answers as Stripe does, of payments that all went well.

What it is asked about something, it answers from its name alone: `pi_000123` is a payment of
1.23 more than five euros. It keeps nothing, and asks for no key.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

ACCOUNT = "acct_1Bench0000000000"
_CREATED = int(time.time())


def payment(name: str) -> dict[str, Any]:
    """Return a payment that was made by a card, with its charge and what that left."""
    amount = 500 + int(name.removeprefix("pi_"))
    number = name.removeprefix("pi_")
    transaction = {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "amount": amount,
        "fee": 25 + amount * 14 // 1000,
        "currency": "eur",
        "created": _CREATED,
        "type": "charge",
    }
    charge = {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": amount,
        "currency": "eur",
        "status": "succeeded",
        "payment_intent": name,
        "metadata": {},
        "balance_transaction": transaction,
    }
    return {
        "id": name,
        "object": "payment_intent",
        "amount": amount,
        "currency": "eur",
        "status": "succeeded",
        "metadata": {},
        "latest_charge": charge,
    }


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    path = urlsplit(head.split(b" ", 2)[1].decode()).path
    told = json.dumps(_told(path)).encode()
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(told), told)
    )
    await writer.drain()
    writer.close()


def _told(path: str) -> dict[str, Any]:
    what, _, name = path.removeprefix("/v1/").partition("/")
    if what == "payment_intents":
        return payment(name)
    if what == "account":
        enabled = {"charges_enabled": True, "payouts_enabled": True}
        return {"id": ACCOUNT, "object": "account", **enabled}
    return {"object": "list", "url": path, "has_more": False, "data": []}


async def _serve(port: int) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
