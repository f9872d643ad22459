"""Export and import tasks: accepted, then done by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import App, advance, started

GOOD = {"containerUrl": "https://blob.example/c?sig=x", "exportFormat": "CsvBlob"}
DATES = {"startDate": "2017-01-01", "endDate": "2017-02-01"}


def test_a_task_is_queued_then_started_then_done(tmp_path: Path) -> None:
    with started(tmp_path, settle=10) as (_, app):
        good = app.post("devices/exportTasks/tags", GOOD | {"description": "all"})
        assert (good.status_code, good.json()["state"], good.json()["exportType"]) == (202, "Queued", "Tag")
        assert good.headers["location"].endswith(f"{app.root}/devices/exportTasks/{good.json()['id']}")
        bad = app.post("devices/importTasks", {"storageUrl": "http://elsewhere"})
        assert (bad.status_code, bad.json()["storageUrl"]) == (201, "http://elsewhere")
        advance(app, 6)
        assert app.api.get(good.headers["location"]).json()["state"] == "Started"
        advance(app, 6)
        assert app.api.get(good.headers["location"]).json()["state"] == "Succeeded"
        failed = app.api.get(bad.headers["location"]).json()
        assert failed["state"] == "Failed"
        assert "signature" in failed["errorDetails"]
        assert app.get(f"devices/exportTasks/{bad.json()['id']}").status_code == 404


def test_tasks_are_listed_in_pages(app: App) -> None:
    ids = [app.post("devices/importTasks", {"storageUrl": f"https://x/{at}?sig=1"}).json()["id"] for at in range(25)]
    page = app.get("devices/importTasks").json()
    assert [task["id"] for task in page["value"]] == ids[:20]
    rest = app.api.get(page["nextLink"]).json()
    assert [task["id"] for task in rest["value"]] == ids[20:]
    assert "nextLink" not in rest
    newest = app.get("devices/importTasks", **{"$orderby": "dateCreated desc", "$top": 40}).json()
    assert len(newest["value"]) == 25
    assert app.get("devices/importTasks", **{"$orderby": "jobId desc", "$top": 1}).json()["value"][0]["id"] == ids[-1]
    for query in ({"$top": 41}, {"$top": 0}, {"$skip": -1}, {"$orderby": "taskId"}):
        assert app.get("devices/importTasks", **query).status_code == 400


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("activities", GOOD),
        ("activities", GOOD | DATES | {"startDate": "01/02/2017"}),
        ("activities", GOOD | DATES | {"endDate": "2016-02-01"}),
        ("crashes", DATES),
        ("tags", GOOD | {"exportFormat": "Xml"}),
        ("tags", {"exportFormat": "CsvBlob"}),
        ("feedbackByDate", GOOD | {"campaignType": "Poll"}),
        ("feedbackByCampaign", GOOD | {"campaignType": "Poll", "campaignIds": []}),
        ("feedbackByCampaign", GOOD | {"campaignType": "polls", "campaignIds": [1]}),
    ],
)
def test_a_task_that_cannot_be_is_refused(app: App, form: str, body: dict[str, Any]) -> None:
    assert app.post(f"devices/exportTasks/{form}", body).status_code == 400
    assert app.get("devices/exportTasks").json() == {"value": []}
