"""The links of the head: each role finds its own, and none is offered that would be refused."""

import pytest
from django.test import RequestFactory

from tests import make
from yishi.desk.nav import nav

pytestmark = pytest.mark.django_db


def people():
    town = make.body()
    seat = make.seat(town)
    return {
        "clerk": make.clerk(town),
        "chair": make.chair(town),
        "deputy": make.deputy_user(seat),
        "system": make.user("xitong", ("system", None)),
        "security": make.user("anquan", ("security", None)),
        "auditor": make.user("shenji", ("auditor", None)),
        "teller": make.user("ji1"),
    }


def offered(user):
    request = RequestFactory().get("/")
    request.user = user
    return nav(request)


def test_each_role_is_offered_its_own():
    labels = {role: [label for _url, label in offered(user)] for role, user in people().items()}
    assert labels == {
        "clerk": ["工作台", "会议", "民生实事", "公告文件", "机关和名册", "日志", "表决结果"],
        "chair": ["工作台", "会议", "民生实事", "公告文件", "机关和名册", "日志", "表决结果"],
        "deputy": ["工作台", "我的会议", "表决结果"],
        "system": ["工作台", "机关和名册", "账号", "表决结果"],
        "security": ["工作台", "机关和名册", "账号", "表决结果"],
        "auditor": ["工作台", "日志", "表决结果"],
        "teller": ["工作台", "表决结果"],
    }


def test_every_link_that_is_offered_opens():
    for user in people().values():
        for url, _label in offered(user):
            assert make.client(user).get(url).status_code == 200, (user, url)


def test_the_public_is_offered_what_is_public():
    page = make.client().get("/")
    assert page.status_code == 200
    assert "工作台" not in page.content.decode()
    assert 'href="/results/"' in page.content.decode()
