"""A network service with asyncio alone: a picture comes in, a line of JSON goes out.

    python examples/asyncio_service.py 8765
    nc -N 127.0.0.1 8765 < page.jpg

A client sends the picture and closes its sending side. Reading runs in threads, so that the event loop never waits for it.
At most SLOTS pictures are in memory; who comes later waits in the network's own buffers, which slows the sender down.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from mnist_edge import DigitClassifier

SLOTS = 16
MAX_BYTES = 10 * 2**20
PATIENCE_S = 10.0  # for a client that sends or receives slowly


async def receive(reader: asyncio.StreamReader) -> bytes:
    """All that a client sends, up to one byte more than is allowed."""
    data = bytearray()
    while len(data) <= MAX_BYTES and (part := await reader.read(MAX_BYTES + 1 - len(data))):
        data += part
    return bytes(data)


async def serve(port: int) -> None:
    """Answers until it is cancelled; port 0 takes a free one."""
    classifier, slots, loop = DigitClassifier(), asyncio.Semaphore(SLOTS), asyncio.get_running_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled when the service ends; asyncio's streams would print a traceback for each.
        with contextlib.suppress(TimeoutError, ConnectionError, asyncio.CancelledError):
            async with slots:
                data = await asyncio.wait_for(receive(reader), PATIENCE_S)
                if len(data) > MAX_BYTES:
                    result = {"status": "error", "message": f"The picture has more than {MAX_BYTES} bytes."}
                else:
                    result = (await loop.run_in_executor(pool, classifier.read, data)).to_dict()
            writer.write(json.dumps(result).encode() + b"\n")
            await asyncio.wait_for(writer.drain(), PATIENCE_S)
        writer.close()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        server = await asyncio.start_server(answer, "127.0.0.1", port)
        print(f"listening on port {server.sockets[0].getsockname()[1]}", flush=True)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1])))
