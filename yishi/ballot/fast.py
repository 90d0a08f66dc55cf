"""The arithmetic of `fast.c` where it has been compiled; without it everything works, more slowly.

    powers(y)                       what checks ballots fastest here, a `Powers`
    python -m yishi.ballot.fast build     compile it (`python3 run.py setup` does)

Only for what is public: it takes a time that depends on the numbers. The library is trusted only
after it has given what PyNaCl gives, once when it is built and again in every process that loads
it. YISHI_FAST=0 leaves it alone.
"""

from __future__ import annotations

import ctypes
import os
import random
import sys
import sysconfig
import weakref
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from yishi.ballot.errors import BadPoint
from yishi.ballot.group import Powers, Q, g_power, mul, parts, show_point

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.ballot.group import Base, Job

SOURCE = Path(__file__).with_name("fast.c")
COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O3", "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-fPIC", "-shared", "-std=gnu11")
BUILD_SECONDS = 120
BAD, NO_MEMORY = -1, -2


class Unfit(Exception):
    """Why the library is not used, as a sentence."""


def powers(y: bytes) -> Powers:
    """Over C where it is there and right, else over PyNaCl: the same answers."""
    library = _loaded()[0]
    if library is None:
        return Powers(y)
    try:
        return FastPowers(y, library)
    except BadPoint:
        return Powers(y)


def state() -> str:
    """Which arithmetic there is and why, to be shown."""
    library, why = _loaded()
    return "C" if library else f"PyNaCl ({why})"


class FastPowers(Powers):
    """`Powers` by fast.c. The table of y, 480 kB, is made once for the latest keys."""

    def __init__(self, y: bytes, library: ctypes.CDLL) -> None:
        super().__init__(y)
        self._library = library
        self._g, self._y = _table(library, g_power(1)), _table(library, y)

    def many(self, jobs: Iterable[Job]) -> list[bytes]:
        jobs = list(jobs)
        bases = dict.fromkeys(base for _a, _b, base, _c in jobs)
        points = list(dict.fromkeys(point for base in bases for point in parts(base)))
        products = [base for base in bases if not isinstance(base, bytes)]
        numbered: list[Base] = [*points, *products]
        number = {base: n for n, base in enumerate(numbered)}
        members = [number[point] for base in products for point in base]
        ends, end = [], 0
        for base in products:
            end += len(base)
            ends.append(end)
        out, bad = ctypes.create_string_buffer(32 * len(jobs)), ctypes.c_uint32()
        answer = self._library.yishi_many(
            self._g.at,
            self._y.at,
            len(jobs),
            b"".join([(a % Q).to_bytes(32, "little") for a, _b, _base, _c in jobs]),
            b"".join([(b % Q).to_bytes(32, "little") for _a, b, _base, _c in jobs]),
            b"".join([(c % Q).to_bytes(32, "little") for _a, _b, _base, c in jobs]),
            _numbers([number[base] for _a, _b, base, _c in jobs]),
            len(points),
            _joined(points),
            len(products),
            _numbers(ends),
            _numbers(members),
            out,
            ctypes.byref(bad),
        )
        _judge(answer, points, bad.value)
        found = out.raw
        return [found[at : at + 32] for at in range(0, len(found), 32)]

    def product(self, points: Iterable[bytes]) -> bytes:
        points = list(points)
        out, bad = ctypes.create_string_buffer(32), ctypes.c_uint32()
        _judge(
            self._library.yishi_product(len(points), _joined(points), out, ctypes.byref(bad)),
            points,
            bad.value,
        )
        return out.raw


def _joined(points: Iterable[bytes]) -> bytes:
    points = list(points)
    for point in points:
        if len(point) != 32:
            raise BadPoint(detail=show_point(point)[:80])
    return b"".join(points)


def _numbers(values: list[int]) -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * len(values))(*values)


def _judge(answer: int, points: list[bytes], bad: int) -> None:
    if answer == BAD:
        raise BadPoint(detail=show_point(points[bad]))
    if answer == NO_MEMORY:
        raise MemoryError


class _Table:
    """The powers of one point, freed with this object."""

    def __init__(self, library: ctypes.CDLL, base: bytes) -> None:
        self.at: int | None = library.yishi_table(_joined([base]))
        if not self.at:
            raise BadPoint(detail=show_point(base))
        weakref.finalize(self, library.yishi_free, self.at)


@lru_cache(maxsize=8)
def _table(library: ctypes.CDLL, base: bytes) -> _Table:
    return _Table(library, base)


# --- the library -------------------------------------------------------------


def place() -> Path:
    """Where the library for this platform and this source lies."""
    mark = sha256(SOURCE.read_bytes()).hexdigest()[:12]
    return SOURCE.with_name(f"_fast-{sysconfig.get_platform()}-{mark}.so")


@cache
def _loaded() -> tuple[ctypes.CDLL | None, str]:
    """The library, or None and why not."""
    try:
        if os.environ.get("YISHI_FAST") == "0":
            raise Unfit("YISHI_FAST=0")
        path = place()
        if not path.exists():
            raise Unfit("没有编译 / not built")
        return open_library(path), ""
    except Unfit as why:
        return None, str(why)
    except OSError:
        return None, "没有编译 / not built"


def open_library(path: Path) -> ctypes.CDLL:
    """Load and prove it. Raises Unfit."""
    try:
        library = ctypes.CDLL(os.fspath(path))
        size, data, numbers = ctypes.c_size_t, ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint32)
        library.yishi_table.restype = ctypes.c_void_p
        library.yishi_table.argtypes = [data]
        library.yishi_free.restype = None
        library.yishi_free.argtypes = [ctypes.c_void_p]
        library.yishi_product.argtypes = [size, data, data, numbers]
        library.yishi_many.argtypes = [
            *(ctypes.c_void_p, ctypes.c_void_p, size, data, data, data, numbers),
            *(size, data, size, numbers, numbers, data, numbers),
        ]
    except (OSError, AttributeError) as error:
        raise Unfit(f"装不上 / does not load: {error}") from None
    if not proves_itself(library):
        raise Unfit("自检不符 / its self-test failed")
    return library


# Not points of the group, each for another reason.
REFUSED = tuple(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",  # of order 4
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # of order 2
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  # of order 8
        "0100000000000000000000000000000000000000000000000000000000000080",  # minus nought
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # 1 + p
        "0200000000000000000000000000000000000000000000000000000000000000",  # not on the curve
    )
)


def proves_itself(library: ctypes.CDLL) -> bool:
    """Whether a few random products are PyNaCl's and what is no point is refused."""
    dice = random.SystemRandom()
    y, one, two = (g_power(dice.randrange(1, Q)) for _n in range(3))
    mixed = mul(one, REFUSED[0])  # on the curve, outside the subgroup
    a, b, c = (dice.randrange(Q) for _n in range(3))
    jobs: list[Job] = [
        (a, b, one, c),
        (b, 0, one, a),
        (0, c, two, b),
        (c, a, (one, two), b),
        (1, Q - 1, two, 0),
    ]
    try:
        fast, slow = FastPowers(y, library), Powers(y)
        if fast.many(jobs) != slow.many(jobs) or fast.product([one, two]) != mul(one, two):
            return False
    except BadPoint:
        return False
    return all(_refuses(fast, point) for point in (*REFUSED, mixed))


def _refuses(given: Powers, point: bytes) -> bool:
    try:
        given.many([(1, 1, point, 1)])
    except BadPoint:
        return True
    return False


def build() -> Path:
    """Compile, prove and put in place; another process may do the same at once. Raises Unfit."""
    import shutil
    import subprocess

    path = place()
    if path.exists():
        return path
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if os.name == "nt" or compiler is None:
        raise Unfit("没有 C 编译器 / no C compiler")
    new = path.with_name(f"{path.stem}-{os.getpid()}.new")
    try:
        command = [compiler, *FLAGS, "-o", os.fspath(new), os.fspath(SOURCE)]
        done = subprocess.run(command, capture_output=True, timeout=BUILD_SECONDS)
        if done.returncode:
            raise Unfit(f"编译失败 / not compiled: {done.stderr.decode('utf-8', 'replace')[-500:]}")
        open_library(new)
        os.replace(new, path)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unfit(f"编译失败 / not compiled: {error}") from None
    finally:
        new.unlink(missing_ok=True)
    for old in path.parent.glob(f"_fast-{sysconfig.get_platform()}-*.so"):
        if old != path:
            old.unlink(missing_ok=True)
    return path


def main(words: list[str]) -> int:
    if words == ["build"]:
        try:
            build()
        except Unfit as why:
            print(why, file=sys.stderr)
            return 1
    elif words:
        print("python -m yishi.ballot.fast [build]")
        return 2
    print(state())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
