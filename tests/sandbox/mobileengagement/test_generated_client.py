"""A client that is generated from the official description does everything, for campaigns of all four kinds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reconciler.sandbox.mobileengagement import ROUTES
from tests.sandbox.conftest import settled

from .conftest import VERSION, App, device
from .description import described, operations
from .generated import ApiError, GeneratedClient

pytestmark = described
A, B, UNKNOWN = (device(number)["install_id"] for number in (1, 2, 9))
CONTENT: dict[str, dict[str, Any]] = {
    "announcements": {
        "type": "only_notif", "deliveryTime": "any", "notificationTitle": "Sale", "notificationMessage": "Now",
        "actionUrl": "shop://sale", "localization": {"fr": {"notificationTitle": "Soldes"}},
    },
    "polls": {
        "deliveryTime": "session", "notificationTitle": "Tell us", "title": "Colours",
        "questions": [{"id": 1, "title": "Which?", "choices": [{"id": 1, "title": "Red"}, {"id": 2, "title": "Blue"}]}],
    },
    "dataPushes": {"type": "text/plain", "body": "refresh"},
    "nativePushes": {"payload": {"aps": {"alert": "Hello", "badge": 1}}},
}  # fmt: skip


@pytest.fixture
def client(app: App) -> GeneratedClient:
    subscription, group, collection, name = app.coordinate.split("/")
    return GeneratedClient(
        app.api,
        subscriptionId=subscription,
        resourceGroupName=group,
        appCollection=collection,
        appName=name,
        **{"api-version": VERSION},
    )


@pytest.mark.parametrize("kind", CONTENT)
def test_it_lives_a_campaigns_whole_life(app: App, client: GeneratedClient, kind: str) -> None:
    app.seed(device(1), device(2))
    content = {"name": "Order ~ 7/8", "pushMode": "manual"} | CONTENT[kind]
    made = client.Campaigns_Create(kind=kind, parameters=content)
    assert made["state"] == "draft"
    with pytest.raises(ApiError) as taken:
        client.Campaigns_Create(kind=kind, parameters=content)
    assert taken.value.status == 409
    one = {"kind": kind, "id": made["id"]}
    client.Campaigns_Update(**one, parameters=content | {"name": "Order 7/8"})
    assert client.Campaigns_GetByName(kind=kind, name="Order 7/8") == client.Campaigns_Get(**one)
    assert client.Campaigns_Get(**one).items() >= (content | {"name": "Order 7/8"}).items()
    assert client.Campaigns_Activate(**one)["state"] == "scheduled"
    assert client.Campaigns_Suspend(**one)["state"] == "draft"
    client.Campaigns_Activate(**one)
    settled(lambda: client.Campaigns_Get(**one)["state"] == "in-progress")
    assert client.Campaigns_Push(**one, parameters={"deviceIds": [A, UNKNOWN]}) == {"invalidDeviceIds": [UNKNOWN]}
    client.Campaigns_Push(**one, parameters={"deviceIds": [A, B], "data": {}})
    assert client.Campaigns_TestSaved(**one, parameters={"deviceId": A})["state"] == "queued"
    assert client.Campaigns_TestNew(kind=kind, parameters={"deviceId": A, "data": CONTENT[kind]}) == {"state": "queued"}
    assert client.Campaigns_GetStatistics(**one)["pushed"] == 3
    assert client.Campaigns_Finish(**one)["state"] == "finished"
    listed = client.pages("Campaigns_List", kind=kind, **{"$filter": "state eq 'finished'"})
    assert [campaign["name"] for campaign in listed] == ["Order 7/8"]
    assert client.Campaigns_Delete(**one) is None
    with pytest.raises(ApiError) as gone:
        client.Campaigns_Get(**one)
    assert gone.value.status == 404


@pytest.mark.parametrize("kind", CONTENT)
def test_it_lists_by_pages_filter_search_and_order(client: GeneratedClient, kind: str) -> None:
    ids = [client.Campaigns_Create(kind=kind, parameters={"name": f"c{at}"} | CONTENT[kind])["id"] for at in range(7)]
    client.Campaigns_Activate(kind=kind, id=ids[3])
    paged = client.pages("Campaigns_List", kind=kind, **{"$top": 2, "$orderby": "name desc"})
    assert [one["id"] for one in paged] == ids[::-1]
    drafts = client.pages("Campaigns_List", kind=kind, **{"$top": 3, "$filter": "state eq 'draft'"})
    assert [one["id"] for one in drafts] == ids[:3] + ids[4:]
    assert [one["id"] for one in client.pages("Campaigns_List", kind=kind, **{"$search": "C5"})] == [ids[5]]


def test_it_tags_devices_and_users_and_reads_them(app: App, client: GeneratedClient) -> None:
    app.seed(device(1), device(2))
    assert client.Devices_TagByDeviceId(
        parameters={"tags": {A: {"plan": "premium", "userid": "ann"}, UNKNOWN: {"plan": "free"}}}
    ) == {"invalidIds": [UNKNOWN]}
    settled(lambda: client.Devices_GetByDeviceId(deviceId=A).get("appInfo") == {"plan": "premium"})
    assert client.Devices_GetByUserId(userId="ann")["deviceId"] == A
    assert client.Devices_TagByUserId(parameters={"tags": {"ann": {"age": "30"}}}) == {"invalidIds": []}
    settled(lambda: client.Devices_GetByDeviceId(deviceId=A)["appInfo"] == {"plan": "premium", "age": "30"})
    assert [one["deviceId"] for one in client.pages("Devices_List", **{"$top": 1})] == [A, B]


def test_it_reads_the_account_and_runs_every_task(client: GeneratedClient) -> None:
    client.Devices_List()
    assert client.SupportedPlatforms_List()["platforms"]
    assert client.AppCollections_List()["value"]
    assert len(client.Apps_List()["value"]) >= 1
    assert client.AppCollections_CheckNameAvailability(parameters={"name": "free-one"})["available"] is True
    target = {"containerUrl": "https://blob.example/c?sig=x", "exportFormat": "JsonBlob"}
    dates = {"startDate": "2017-01-01", "endDate": "2017-02-01"}
    push = {"campaignType": "Poll"}
    window = {"campaignWindowStart": "2017-01-01T00:00:00Z", "campaignWindowEnd": "2017-02-01T00:00:00Z"}
    bodies = {
        **{f"Create{name}Task": target | dates for name in ("Activities", "Crashes", "Errors", "Events", "Jobs", "Sessions")},
        "CreateTagsTask": target, "CreateTokensTask": target | {"description": "all"},
        "CreateFeedbackTaskByDateRange": target | push | window,
        "CreateFeedbackTaskByCampaign": target | push | {"campaignIds": [1]},
    }  # fmt: skip
    ids = [getattr(client, f"ExportTasks_{name}")(parameters=body)["id"] for name, body in bodies.items()]
    assert [task["id"] for task in client.pages("ExportTasks_List", **{"$top": 4})] == ids
    settled(lambda: client.ExportTasks_Get(id=ids[-1])["state"] == "Succeeded")
    task = client.ImportTasks_Create(parameters={"storageUrl": "http://elsewhere"})
    settled(lambda: client.ImportTasks_Get(id=task["id"])["state"] == "Failed")
    assert len(client.ImportTasks_List()["value"]) == 1


def test_together_they_call_every_operation(app: App, client: GeneratedClient) -> None:
    test_it_lives_a_campaigns_whole_life(app, client, "announcements")
    test_it_lists_by_pages_filter_search_and_order(client, "polls")
    test_it_tags_devices_and_users_and_reads_them(app, client)
    test_it_reads_the_account_and_runs_every_task(client)
    assert client.called == operations().keys()
    assert len(client.called) == 37


def test_the_routes_are_the_described_operations() -> None:
    def blank(method: str, path: str) -> tuple[str, str]:
        return method, re.sub(r"\{[^}]*\}", "{}", path).strip("/")

    served = {blank(route.method, route.pattern) for route in ROUTES if route.security != "none"}
    assert served == {blank(operation.method, operation.path) for operation in operations().values()}
