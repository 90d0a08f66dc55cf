"""The C arithmetic gives PyNaCl's bytes, refuses what PyNaCl refuses, and is left aside at any doubt."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from yishi.ballot import fast
from yishi.ballot.errors import BadPoint
from yishi.ballot.group import IDENTITY, Base, Job, P, Powers, Q, g_power, is_point, mul

ROOT = Path(__file__).resolve().parents[2]
G = g_power(1)
SMALL = [  # the eight points of small order but the identity, in their canonical encodings
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """fast.c alone in a folder with blanks and Chinese in its name."""
    folder = tmp_path_factory.mktemp("议事 ballot")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "SOURCE", Path(shutil.copy(fast.SOURCE, folder)))
        fast._loaded.cache_clear()
        yield fast.SOURCE
    fast._loaded.cache_clear()


@pytest.fixture(scope="module")
def library(source: Path) -> ctypes.CDLL:
    if os.name == "nt" or not any(map(shutil.which, fast.COMPILERS)):
        pytest.skip("没有 C 编译器")
    return fast.open_library(fast.build())


@pytest.fixture
def unloaded() -> Iterator[None]:
    fast._loaded.cache_clear()
    yield
    fast._loaded.cache_clear()


# --- the same as PyNaCl ------------------------------------------------------

edges = st.sampled_from(
    [0, 1, 2, 127, 128, 129, 255, 256, Q - 2, Q - 1, Q, Q + 1, 2**252, 2**255, -1, -Q, 1 - Q]
)
scalars = st.one_of(edges, st.integers(-Q, 2 * Q), st.integers(0, 2**20))
points = st.one_of(
    st.sampled_from([IDENTITY, G, g_power(Q - 1), g_power(2)]), st.integers(1, Q - 1).map(g_power)
)
bases = st.one_of(points, st.lists(points, max_size=5).map(tuple))
# A few points come again and again, as in a ballot.
jobs = st.lists(bases, min_size=1, max_size=4).flatmap(
    lambda some: st.lists(st.tuples(scalars, scalars, st.sampled_from(some), scalars), max_size=12)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(y=points, jobs=jobs)
@example(y=IDENTITY, jobs=[(1, 5, G, 2), (0, Q - 1, IDENTITY, 7), (0, 0, G, 0)])
@example(y=G, jobs=[(5, Q - 5, IDENTITY, 1), (3, 4, G, Q - 7)])
def test_every_product_has_the_bytes_that_pynacl_gives(
    library: ctypes.CDLL, y: bytes, jobs: list[tuple[int, int, Base, int]]
):
    assert fast.FastPowers(y, library).many(jobs) == Powers(y).many(jobs)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(some=st.lists(points, max_size=20))
def test_a_product_of_points_has_the_bytes_that_pynacl_gives(library: ctypes.CDLL, some: list[bytes]):
    assert fast.FastPowers(G, library).product(some) == Powers(G).product(some)


def test_edge_scalars_meet_each_other(library: ctypes.CDLL):
    ends = [0, 1, Q - 1, Q, -1, 2**252, 2**255 - 1]
    y, point = g_power(12345), g_power(67890)
    jobs = [(a, b, point, c) for a in ends for b in ends for c in ends]
    assert fast.FastPowers(y, library).many(jobs) == Powers(y).many(jobs)


# --- what is no point --------------------------------------------------------


def _foreign() -> dict[str, bytes]:
    small = [bytes.fromhex(text) for text in SMALL]
    found = {f"of small order {n}": point for n, point in enumerate(small)}
    found |= {f"in a coset {n}": mul(g_power(99), point) for n, point in enumerate(small)}
    # y = 0 .. 18 and its other encoding y + p, with both signs
    for y in range(19):
        for sign in (0, 1):
            found[f"{y} + p, sign {sign}"] = (y + P + (sign << 255)).to_bytes(32, "little")
    found["identity with a sign"] = IDENTITY[:31] + b"\x80"
    found["short"] = bytes(31)
    found["long"] = bytes(33)
    return found


@pytest.mark.parametrize("kind", ["alone", "with c = 0", "as a part", "beside good ones"])
@pytest.mark.parametrize("name", _foreign())
def test_what_is_no_point_is_refused(library: ctypes.CDLL, name: str, kind: str):
    point = _foreign()[name]
    given: dict[str, list[Job]] = {
        "alone": [(1, 2, point, 3)],
        "with c = 0": [(1, 2, point, 0)],
        "as a part": [(1, 2, (G, point), 3)],
        "beside good ones": [(1, 2, G, 3), (1, 2, g_power(3), 3), (1, 2, point, 3), (1, 1, G, 1)],
    }
    with pytest.raises(BadPoint) as caught:
        fast.FastPowers(G, library).many(given[kind])
    assert caught.value.detail == point[::-1].hex()
    if len(point) == 32:
        with pytest.raises(BadPoint):
            Powers(G).many(given[kind])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(point=st.binary(min_size=32, max_size=32))
def test_any_bytes_are_a_point_here_where_they_are_one_there(library: ctypes.CDLL, point: bytes):
    def taken(given: Powers) -> bool:
        try:
            return bool(given.many([(0, 0, point, 1)]))
        except BadPoint:
            return False

    assert taken(fast.FastPowers(G, library)) is taken(Powers(G)) is is_point(point)


def test_a_key_that_is_no_point_is_left_to_pynacl(library: ctypes.CDLL, unloaded: None):
    assert type(fast.powers(G)) is fast.FastPowers
    assert type(fast.powers(bytes([2]) + bytes(31))) is Powers


def test_no_jobs_give_nothing(library: ctypes.CDLL):
    assert fast.FastPowers(G, library).many([]) == []


def test_threads_may_share_one(library: ctypes.CDLL):
    given = fast.FastPowers(g_power(5), library)
    jobs = [[(n, n + 1, g_power(n + k), k) for k in range(5)] for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(given.many, jobs)) == [Powers(g_power(5)).many(each) for each in jobs]


# --- building and doing without ----------------------------------------------


def test_built_it_is_used_and_says_so(library: ctypes.CDLL, unloaded: None):
    assert type(fast.powers(G)) is fast.FastPowers
    assert fast.state() == "C"


def test_it_can_be_turned_off(library: ctypes.CDLL, unloaded: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("YISHI_FAST", "0")
    assert type(fast.powers(G)) is Powers
    assert "YISHI_FAST=0" in fast.state()


@pytest.fixture
def alone(source: Path, tmp_path: Path, unloaded: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with the source, nothing built."""
    monkeypatch.setattr(fast, "SOURCE", Path(shutil.copy(source, tmp_path)))
    monkeypatch.setattr(fast, "FLAGS", ("-O0", *fast.FLAGS[1:]))  # compiled sooner
    return tmp_path


def test_a_change_of_the_source_asks_for_another_library(library: ctypes.CDLL, alone: Path):
    old = fast.build()
    fast.SOURCE.write_bytes(fast.SOURCE.read_bytes() + b"/* changed */\n")
    assert type(fast.powers(G)) is Powers and "没有编译" in fast.state()
    new = fast.build()
    assert sorted(alone.iterdir()) == sorted([fast.SOURCE, new]) and new != old
    fast._loaded.cache_clear()
    assert type(fast.powers(G)) is fast.FastPowers


def test_without_a_library_pynacl_does_it(alone: Path):
    assert type(fast.powers(G)) is Powers
    assert fast.state() == "PyNaCl (没有编译 / not built)"


def test_without_the_source_pynacl_does_it(alone: Path):
    fast.SOURCE.unlink()
    assert type(fast.powers(G)) is Powers


def test_a_broken_library_is_left_aside(alone: Path):
    fast.place().write_bytes(b"\x7fELF and nothing else")
    assert type(fast.powers(G)) is Powers
    assert "装不上" in fast.state()


def test_a_library_of_something_else_is_left_aside(alone: Path):
    _compile("int something_else(void) { return 1; }", fast.place())
    assert type(fast.powers(G)) is Powers
    assert "装不上" in fast.state()


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("0xed, 0xd3", "0xee, 0xd3"),  # a subgroup that is none
        ("929955233495203,", "929955233495204,"),  # another curve
        ("return !memcmp(s, t, 32);", "return 1;"),  # roots and subgroups not looked at
        ("if (memcmp(again, s, 32)) return 0;", ""),  # other encodings taken
        ("if (is_zero(&x)) return 0;", ""),  # minus nought taken
        ("over = digit > HALF;", "over = 0;"),
    ],
)
def test_a_library_that_computes_wrongly_is_neither_installed_nor_used(
    library: ctypes.CDLL, alone: Path, right: str, wrong: str
):
    text = fast.SOURCE.read_text("utf-8")
    assert text.count(right) == 1
    fast.SOURCE.write_text(text.replace(right, wrong), "utf-8")
    with pytest.raises(fast.Unfit, match="自检"):
        fast.build()
    assert not list(alone.glob("_fast-*"))
    _compile(fast.SOURCE.read_text("utf-8"), fast.place())
    assert type(fast.powers(G)) is Powers
    assert "自检" in fast.state()


def test_without_a_compiler_it_says_so(alone: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert fast.main(["build"]) == 1
    assert "没有 C 编译器" in capsys.readouterr().err


def test_a_source_that_does_not_compile_is_reported_and_leaves_nothing(
    library: ctypes.CDLL, alone: Path, capsys
):
    fast.SOURCE.write_text("this is not C")
    assert fast.main(["build"]) == 1
    assert "编译失败" in capsys.readouterr().err
    assert list(alone.iterdir()) == [fast.SOURCE]


def test_two_who_build_at_once_both_have_it(library: ctypes.CDLL, alone: Path):
    code = (
        "import sys; from pathlib import Path; from yishi.ballot import fast;"
        "fast.SOURCE, fast.FLAGS = Path(sys.argv[1]), sys.argv[2:]; sys.exit(fast.main(['build']))"
    )
    command = [sys.executable, "-c", code, fast.SOURCE, *fast.FLAGS]
    builds = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _n in range(2)]
    assert [build.communicate()[0].strip() for build in builds] == ["C", "C"]
    assert sorted(alone.iterdir()) == sorted([fast.SOURCE, fast.place()])


def _compile(text: str, to: Path) -> None:
    compiler = next(filter(None, map(shutil.which, fast.COMPILERS)), None)
    if compiler is None:
        pytest.skip("没有 C 编译器")
    command = [compiler, *fast.FLAGS, "-x", "c", "-", "-o", to]
    subprocess.run(command, input=text.encode(), check=True, capture_output=True)
