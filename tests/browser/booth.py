"""The booth's modules in a browser, without the site: plain files, no database, so tests are quick."""

from __future__ import annotations

import base64
import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.ballot import archive, group
from yishi.ballot.archive import Member
from yishi.ballot.elections import Election, Question, new_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Page

SAMPLES = Path(__file__).parents[1] / "ballot" / "data"
WORKER = "/static/booth/record-worker.js"

# Runs $call in the page; `{"$bytes": base64}` becomes bytes, BigInt a text.
RUN = """async ([module, argument]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const revive = (_, value) => value && value.$bytes ? bytes(value.$bytes) : value;
  const plain = (_, value) => typeof value === "bigint" ? value.toString() : value;
  const parts = await import(module);
  const call = $call;
  try {
    return JSON.stringify({ value: await call(parts, JSON.parse(argument, revive)) }, plain);
  } catch (error) {
    return JSON.stringify({ fault: error.name, where: String(error.where ?? error.stack) });
  }
}"""


class Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "default-src 'none'; script-src 'self'")
        super().end_headers()

    def log_message(self, *_line: Any) -> None:
        pass


def serving(folder: Path) -> Iterator[str]:
    """The address of a server of plain files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def caller(sheet: Page) -> Callable[..., Any]:
    """`call("seal", "(m, a) => …", argument)`: what the function gives, run in this page with the module
    and the argument; {"fault", "where"} when it throws."""

    def call(module: str, what: str, argument: Any = None) -> Any:
        address = module if "/" in module else f"/static/booth/{module}.js"
        answer = json.loads(sheet.evaluate(RUN.replace("$call", what), [address, json.dumps(argument)]))
        return answer.get("value", answer)

    return call


def raw(content: bytes) -> dict[str, str]:
    return {"$bytes": base64.b64encode(content).decode()}


def bel(members: Sequence[Member]) -> bytes:
    return archive.opening(1) + b"".join(archive.member(*member, 1) for member in members)


def read(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def election(*questions: Question, key: bytes | None = None) -> Election:
    return Election(new_uuid(), "县人民代表大会", "表决", key or group.g_power(12345), questions)
