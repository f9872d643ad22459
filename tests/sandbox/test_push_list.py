"""The list of notifications: order, pages, counts."""

from __future__ import annotations

import pytest

from .conftest import App, device


def names(app: App, **query: str) -> list[str]:
    listed = app.api.get(app.notifications, params={f"${name}": value for name, value in query.items()}).json()
    return [one["name"] for one in listed["values"]]


def fill(app: App, count: int) -> list[str]:
    made = [f"n{number:03d}" for number in range(count)]
    for name in made:
        assert app.send(None, name=name).status_code == 202
    return made


def test_the_default_is_count_descending_then_the_newest_thirty(app: App) -> None:
    app.seed(device(1), device(2))
    app.send({"type": "devices_target", "devices": [device(1)["install_id"]]}, name="to one")
    app.send(None, name="to two")
    app.send({"type": "devices_target", "devices": [device(9)["install_id"]]}, name="to none")
    assert names(app) == ["to two", "to one", "to none"]
    fill(app, 31)
    assert len(names(app)) == 30
    assert names(app)[:2] == ["n030", "n029"]


@pytest.mark.parametrize(
    ("orderby", "expected"),
    [
        ("send_time desc", [4, 3, 2, 1, 0]), ("send_time", [0, 1, 2, 3, 4]), ("name asc", [0, 1, 2, 3, 4]),
        ("name DESC", [4, 3, 2, 1, 0]), ("count desc, name", [0, 1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_order_is_as_asked(app: App, orderby: str, expected: list[int]) -> None:
    made = fill(app, 5)
    assert names(app, orderby=orderby) == [made[index] for index in expected]


@pytest.mark.parametrize(
    "query",
    [
        "$orderby=size",
        "$orderby=name up",
        "$orderby=",
        "$top=-1",
        "$top=2001",
        "$top=x",
        "$top=" + "9" * 5000,
        "$skiptoken=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTow",
        "$skiptoken=!",
        "$inlinecount=yes",
    ],
)
def test_what_cannot_be_asked_is_refused(app: App, query: str) -> None:
    assert app.api.get(f"{app.notifications}?{query}").status_code == 400


@pytest.mark.parametrize("top", [1, 3, 7, 10, 11])
def test_pages_join_to_the_whole_even_while_more_is_sent(app: App, top: int) -> None:
    made = fill(app, 10)
    seen: list[str] = []
    link = f"{app.notifications}?$top={top}&$orderby=send_time desc&$inlinecount=allpages"
    while link:
        page = app.api.get(link).json()
        assert page["total"] == 10
        seen += [one["name"] for one in page["values"]]
        link = page.get("nextLink", "")
        app.send(None, name="late")
    assert seen == made[::-1]


def test_top_zero_is_everything(app: App) -> None:
    made = fill(app, 40)
    assert sorted(names(app, top="0")) == made
