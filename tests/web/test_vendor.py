"""Files that are not ours are what was fetched."""

import json
import shutil

from tools import vendor


def copy_to(folder):
    for package in json.loads(vendor.LIST.read_text(encoding="utf-8")):
        for path in package["files"]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(vendor.ROOT / path, folder / path)
    shutil.copy(vendor.LIST, folder / vendor.LIST.relative_to(vendor.ROOT))
    return folder


def test_vendored_files_are_as_fetched():
    assert vendor.check() == []


def test_the_list_names_every_package_with_its_version_and_licence():
    listed = {(p["package"], p["version"], p["licence"]) for p in json.loads(vendor.LIST.read_text())}
    assert listed == {(name, version, licence) for name, version, licence, _files in vendor.PACKAGES}


def test_a_changed_a_missing_and_a_stray_file_are_found(tmp_path):
    root = copy_to(tmp_path)
    assert vendor.check(root) == []
    (root / vendor.WEB / "htmx.min.js").write_text("changed")
    (root / vendor.TESTS / "axe.min.js").unlink()
    (root / vendor.WEB / "stray.js").write_text("")
    assert [line.split(": ")[1].split(";")[0] for line in vendor.check(root)] == [
        "changed since it was fetched",
        "missing",
        "not in VENDOR.json",
    ]
