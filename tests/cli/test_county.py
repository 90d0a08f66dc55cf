"""The demo county from the command line: built where nothing is, never over real data."""

from datetime import datetime

import pytest

from tests import make
from yishi import demo
from yishi.cli import main
from yishi.journal import chain
from yishi.people.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_county(monkeypatch: pytest.MonkeyPatch):
    """A county of one account in the place of the whole one, which has its own tests."""

    def build(at: datetime) -> None:
        User.objects.create(username="demo-clerk", name="演示")
        chain.write("system", "demo.built", "system", by=None, at=at)
        demo.is_demo.cache_clear()

    monkeypatch.setattr(demo, "build", build)
    demo.is_demo.cache_clear()
    yield
    demo.is_demo.cache_clear()


def test_the_county_is_built_where_nothing_is_and_its_accounts_are_told(capsys):
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert all(account.username in out and account.password in out for account in demo.accounts())


def test_a_second_start_leaves_everything_as_it_is(capsys):
    main(["demo"])
    User.objects.create(username="mine", name="我")
    assert main(["demo", "--if-empty"]) == 0
    assert User.objects.filter(username="mine").exists()
    assert main(["demo"]) == 1
    assert "--reset" in capsys.readouterr().err


def test_a_reset_builds_the_county_anew():
    main(["demo"])
    User.objects.create(username="mine", name="我")
    assert main(["demo", "--reset"]) == 0
    assert [user.username for user in User.objects.all()] == ["demo-clerk"]


def test_real_data_are_never_wiped_nor_mixed_with_the_demo(capsys):
    body = make.body()
    User.objects.create(username="real", name="真")
    assert main(["demo", "--reset"]) == 1
    assert "真实数据" in capsys.readouterr().err
    assert main(["demo", "--if-empty"]) == 0
    assert main(["demo", "--accounts"]) == 0
    assert demo.PASSWORD not in capsys.readouterr().out
    body.refresh_from_db()
    assert [user.username for user in User.objects.all()] == ["real"]
