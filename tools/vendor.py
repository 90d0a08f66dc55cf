"""Fetch the few browser files that are not ours, or check that they are still what was fetched.

python tools/vendor.py           fetch by name and version with the npm client
python tools/vendor.py --check   compare every file with its SHA-256 in VENDOR.json
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "yishi/web/static/web/vendor/VENDOR.json"
WEB = "yishi/web/static/web/vendor"
BOOTH = "yishi/voting/static/booth/vendor"
TESTS = "tests/browser"
CURVES = [
    "ed25519.js",
    "utils.js",
    *(f"abstract/{name}.js" for name in ("curve", "edwards", "hash-to-curve", "modular", "montgomery")),
]
HASHES = ["sha2.js", "_md.js", "_u64.js", "utils.js", "crypto.js"]

# package, version, licence, {file in the package: file here}
PACKAGES: list[tuple[str, str, str, dict[str, str]]] = [
    (
        "htmx.org",
        "4.0.1",
        "0BSD",
        {"dist/htmx.min.js": f"{WEB}/htmx.min.js", "LICENSE": f"{WEB}/htmx.LICENSE.txt"},
    ),
    (
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        {"axe.min.js": f"{TESTS}/axe.min.js", "LICENSE": f"{TESTS}/axe.LICENSE.txt"},
    ),
    (
        "@noble/curves",
        "1.9.7",
        "MIT",
        {f"esm/{name}": f"{BOOTH}/noble-curves/{name}" for name in CURVES}
        | {"LICENSE": f"{BOOTH}/noble-curves/LICENSE.txt"},
    ),
    (
        "@noble/hashes",
        "1.8.0",
        "MIT",
        {f"esm/{name}": f"{BOOTH}/noble-hashes/{name}" for name in HASHES}
        | {"LICENSE": f"{BOOTH}/noble-hashes/LICENSE.txt"},
    ),
    (
        "qr",
        "0.7.0",
        "MIT OR Apache-2.0",
        {"index.js": f"{BOOTH}/qr/qr.js", "LICENSE-MIT": f"{BOOTH}/qr/LICENSE.txt"},
    ),
]
# Names of packages mean nothing to a browser: {what stands after `from` there: what stands here}.
IMPORTS = {
    b"'@noble/hashes/crypto'": b"'./crypto.js'",
    b"'@noble/hashes/": b"'../noble-hashes/",
}


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        wrong = check()
        print("\n".join(wrong) or "vendored files: all as fetched")
        return 1 if wrong else 0
    if arguments:
        print(__doc__)
        return 2
    fetch()
    return 0


def check(root: Path = ROOT) -> list[str]:
    """What is missing, changed or not in the list, as sentences; empty when all is well."""
    wrong = []
    listed = json.loads((root / LIST.relative_to(ROOT)).read_text(encoding="utf-8"))
    files = {path: sha for package in listed for path, sha in package["files"].items()}
    for path, sha in files.items():
        file = root / path
        if not file.exists():
            wrong.append(f"{path}: missing; run tools/vendor.py")
        elif _sha256(file.read_bytes()) != sha:
            wrong.append(f"{path}: changed since it was fetched; run tools/vendor.py")
    kept = [file for folder in (WEB, BOOTH) for file in sorted((root / folder).rglob("*")) if file.is_file()]
    for file in kept:
        path = file.relative_to(root).as_posix()
        if path not in files and file.name not in (LIST.name, "README.md"):
            wrong.append(f"{path}: not in VENDOR.json; name its package in tools/vendor.py")
    return wrong


def fetch() -> None:
    """Download every package, copy the files named, write their hashes."""
    listed = []
    for name, version, licence, files in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", f"{name}@{version}", "--silent"]
            packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
            with tarfile.open(Path(folder) / packed.stdout.strip().splitlines()[-1]) as tar:
                hashes = {here: _copy(tar, there, ROOT / here) for there, here in files.items()}
        listed.append({"package": name, "version": version, "licence": licence, "files": hashes})
        print(f"{name} {version}")
    LIST.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")


def _copy(tar: tarfile.TarFile, there: str, here: Path) -> str:
    member = tar.extractfile(f"package/{there}")
    if member is None:
        raise SystemExit(f"{there}: not a file in the package")
    data = member.read()
    if here.suffix == ".js":  # the map is not shipped; a browser's tools would ask for it in vain
        data = b"".join(line for line in data.splitlines(True) if b"sourceMappingURL=" not in line[:40])
        for there_name, here_name in IMPORTS.items():
            data = data.replace(there_name, here_name)
    here.parent.mkdir(parents=True, exist_ok=True)
    here.write_bytes(data)
    return _sha256(data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
