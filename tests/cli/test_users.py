"""Accounts from the machine itself, each change in the journal."""

import io
import sys

import pytest

from tests import make
from yishi.cli import main
from yishi.journal.models import Entry
from yishi.people.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "nanxi-river-2026"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    def type_in(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))

    return type_in


def add(typed, username: str = "zhang", word: str = WORD) -> int:
    typed(word)
    return main(["user", "add", username, "--name", "张三"])


def test_an_account_can_be_made_and_signed_in_with(typed):
    assert add(typed) == 0
    user = User.objects.get(username="zhang")
    assert user.check_password(WORD) and user.name == "张三" and not user.held
    assert [entry.verb for entry in Entry.objects.all()] == ["people.user.add"]


def test_a_name_that_is_taken_is_refused(typed, capsys):
    add(typed)
    assert add(typed) == 1
    assert "已有账号“zhang”" in capsys.readouterr().err
    assert User.objects.count() == 1


@pytest.mark.parametrize("word", ["", "short", "password123", "1234567890123"])
def test_a_weak_password_is_refused_and_makes_no_account(typed, word: str):
    assert add(typed, word=word) == 1
    assert not User.objects.exists() and not Entry.objects.exists()


def test_a_password_is_changed_and_the_old_one_no_longer_holds(typed):
    add(typed)
    typed("another-river-2026")
    assert main(["user", "password", "zhang"]) == 0
    user = User.objects.get()
    assert user.check_password("another-river-2026") and not user.check_password(WORD)
    assert Entry.objects.first().verb == "people.user.password"
    assert WORD not in str(list(Entry.objects.values()))


def test_an_account_that_is_not_there_is_named(typed, capsys):
    typed(WORD)
    assert main(["user", "password", "nobody"]) == 1
    assert main(["user", "role", "nobody", "auditor"]) == 1
    assert capsys.readouterr().err.count("nobody") == 2


def test_a_role_is_granted_and_ended(typed, capsys):
    add(typed)
    assert main(["user", "role", "zhang", "system"]) == 0
    assert main(["user", "list"]) == 0
    assert "系统管理员" in capsys.readouterr().out
    assert main(["user", "role", "zhang", "system"]) == 1  # twice
    assert main(["user", "role", "zhang", "system", "--end"]) == 0
    assert main(["user", "role", "zhang", "system", "--end"]) == 1
    assert not Role.objects.filter(ended=None).exists()
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["people.user.add", "people.role.grant", "people.role.end"]


def test_nobody_is_two_of_the_three_administrators(typed, capsys):
    add(typed)
    assert main(["user", "role", "zhang", "security"]) == 0
    assert main(["user", "role", "zhang", "auditor"]) == 1
    assert "三员须分立" in capsys.readouterr().err


def test_a_duty_of_a_body_needs_the_body_and_stands_in_its_journal(typed, capsys):
    body = make.body()
    add(typed)
    assert main(["user", "role", "zhang", "clerk"]) == 1
    assert main(["user", "role", "zhang", "clerk", "--body", "nowhere"]) == 1
    assert main(["user", "role", "zhang", "system", "--body", body.code]) == 1
    assert main(["user", "role", "zhang", "king"]) == 1
    assert not Role.objects.exists()
    assert main(["user", "role", "zhang", "clerk", "--body", body.code]) == 0
    assert Role.objects.get().body == body
    assert Entry.objects.of(body.chain).count() == 1
    assert main(["journal", "verify"]) == 0
