"""Campaigns, pushes of campaigns, schedules and apps of every backend: good ones, and mistakes as in `shapes`."""

from __future__ import annotations

from typing import Any

from .shapes import sample

Case = tuple[dict[str, Any], list[tuple[str, str]]]


def campaign(**spec: Any) -> dict[str, Any]:
    return sample("Campaign", spec={"type": "announcement", **spec})


def criterion(**fields: Any) -> dict[str, Any]:
    return campaign(audience={"expression": "A", "criteria": {"A": fields}})


def filtered(**fields: Any) -> dict[str, Any]:
    return campaign(audience={"filters": [fields]})


def own(**fields: Any) -> dict[str, Any]:
    return campaign(content={"mobileengagement": fields})


def asked(*questions: Any) -> dict[str, Any]:
    return campaign(type="poll", questions=list(questions))


def push(**spec: Any) -> dict[str, Any]:
    return sample("Notification", spec={"target": {"devices": ["a"]}, **spec})


def scheduled(**schedule: Any) -> dict[str, Any]:
    return sample("Notification", spec__schedule=schedule)


def app(provider: str, **settings: Any) -> dict[str, Any]:
    return sample("Project", spec__apps={"a": {"provider": provider, **settings}})


CRITERIA = [
    {"type": "carrier-name", "name": "Orange*"},
    {"type": "carrier-country", "name": None},
    {"type": "firmware-version", "name": "8.?"},
    {"type": "device-manufacturer", "name": "x"},
    {"type": "device-model", "name": "x"},
    {"type": "application-version", "name": "x"},
    {"type": "network-type", "name": "x"},
    {"type": "language", "name": "fr"},
    {"type": "screen-size", "name": "640x480"},
    {"type": "location", "country": "FR"},
    {"type": "location", "country": "FR", "region": None, "locality": "Rennes"},
    {"type": "geo-fencing", "lat": 48, "lon": -1.68, "radius": 500},
    {"type": "geo-fencing", "lat": 48.1, "lon": -1.68, "radius": 500, "expiration": 60},
    *[{"type": f"{each}-feedback", "content-id": 24, "action": "replied"} for each in ("announcement", "poll", "datapush")],
    {"type": "poll-answer-feedback", "content-id": 24, "choice-id": 3},
    {"type": "segment", "id": 7},
    {"type": "segment", "id": 7, "exclude": True},
    {"type": "string-tag", "name": "plan", "value": "prem*"},
    {"type": "string-tag", "name": "plan", "value": None},
    {"type": "boolean-tag", "name": "vip", "value": False},
    {"type": "integer-tag", "name": "age", "value": 18, "op": "GE"},
    {"type": "date-tag", "name": "born", "value": "1969-12-07", "op": "LT"},
    {"type": "date-tag", "name": "born", "value": -30, "op": "EQ"},
]  # fmt: skip
FILTERS = [
    {"type": "engage-subset", "max": 10},
    *[{"type": f"engage-{each}-users", "threshold": 7} for each in ("old", "new", "active", "idle")],
    {"type": "native-push-enabled"},
    {"type": "push-quota"},
]
QUESTION = {"title": "Well?", "choices": [{"title": "Yes"}]}
EVERYTHING = {
    "type": "text/html",
    "title": "a",
    "body": "b",
    "actionButtonText": "c",
    "exitButtonText": "d",
    "notificationImage": "aGk=",
    "notificationOptions": {"bigText": "a", "bigPicture": "http://a/b.png", "sound": "s", "actionText": "t"},
    "notificationType": "system",
    **dict.fromkeys((f"notification{each}" for each in ("Icon", "Closeable", "Vibrate", "Sound", "Badge")), True),
    "payload": {"aps": {"alert": [1, None]}},
}
AZURE = {"subscription": "s", "resource_group": "g", "collection": "c", "app": "a"}
ASKING = {"tenant": "t", "client_id": {"env": "ID"}, "client_secret": {"env": "SECRET"}}
TOKEN = {"token": {"env": "T"}}

CAMPAIGNS: list[Case] = [
    (campaign(), []),
    *[(campaign(type=each), []) for each in ("poll", "data-push", "native-push")],
    (sample("Campaign", spec={}), [("RC104", "spec.type")]),
    (sample("Campaign", spec={"typ": "poll"}), [("RC103", "spec.typ!")]),
    (campaign(type="data_push"), [("RC107", "spec.type")]),
    (campaign(push_mode="realtime"), [("RC107", "spec.push_mode")]),
    (campaign(delivery_time="anytime"), [("RC107", "spec.delivery_time")]),
    (campaign(delivery_activities=[]), [("RC111", "spec.delivery_activities")]),
    (campaign(delivery_activities=["a", "a"]), [("RC112", "spec.delivery_activities.1")]),
    (campaign(delivery_activities="basket"), [("RC105", "spec.delivery_activities")]),
    (campaign(category=""), [("RC108", "spec.category")]),
    (campaign(state="finished", revision=3), []),
    (campaign(state="in-progress"), [("RC107", "spec.state")]),
    (campaign(revision=0), [("RC110", "spec.revision")]),
    (campaign(content={}), []),
    (campaign(content={"title": 5}), [("RC105", "spec.content.title")]),
    (campaign(content={"data": {"a": "b"}}), [("RC103", "spec.content.data!")]),
    (campaign(schedule={"end": "2026-11-30T00:00:00"}), []),
    (campaign(schedule={"timezone": "America/Argentina/Buenos_Aires"}), []),
    (campaign(schedule={}), [("RC111", "spec.schedule")]),
    (campaign(schedule={"at": "2026-11-27T09:00"}), [("RC103", "spec.schedule.at!")]),
    (campaign(schedule={"start": "2026-11-27 09:00"}), [("RC109", "spec.schedule.start")]),
    (campaign(schedule={"start": "2026-11-27T09:00Z"}), [("RC109", "spec.schedule.start")]),
    (campaign(schedule={"start": "2026-02-30T09:00", "end": "2026-13-01T00:00"}), [("RC109", "spec.schedule.end")]),
    (campaign(schedule={"start": "2026-02-30T09:00", "end": "2026-03-01T00:00"}), [("RC120", "spec.schedule.start")]),
    (campaign(schedule={"start": "2026-11-27T09:00", "end": "2026-11-27T09:00:00"}), [("RC117", "spec.schedule.end")]),
    (campaign(schedule={"timezone": "Europe/Pariss"}), [("RC120", "spec.schedule.timezone")]),
    (campaign(schedule={"timezone": "Europe"}), [("RC120", "spec.schedule.timezone")]),
    (campaign(schedule={"timezone": "+01:00"}), [("RC109", "spec.schedule.timezone")]),
    (campaign(audience=["a", "b"]), []),
    (campaign(audience=[]), [("RC111", "spec.audience")]),
    (campaign(audience=["a", "a"]), [("RC112", "spec.audience.1")]),
    (campaign(audience=[5]), [("RC105", "spec.audience.0")]),
    (campaign(audience="a"), [("RC105", "spec.audience")]),
    (campaign(audience={}), [("RC111", "spec.audience")]),
    (campaign(audience={"audiences": ["a"], "filters": FILTERS}), []),
    (campaign(audience={"filters": []}), []),
    (campaign(audience={"audience": ["a"]}), [("RC103", "spec.audience.audience!")]),
    (campaign(audience={"expression": "A"}), [("RC104", "spec.audience.criteria")]),
    (campaign(audience={"criteria": {"A": CRITERIA[0]}}), [("RC104", "spec.audience.expression")]),
    (campaign(audience={"expresion": "A", "criteria": {"A": CRITERIA[0]}}), [("RC103", "spec.audience.expresion!")]),
    (campaign(audience={"audiences": ["a"], "expression": "A"}), [("RC116", "spec.audience.expression!")]),
    (campaign(audience={"audiences": ["a"], "nope": 1}), [("RC103", "spec.audience.nope!")]),
    (campaign(audience={"expression": "A", "criteria": {}}), [("RC111", "spec.audience.criteria")]),
    (campaign(audience={"expression": "A", "criteria": {"a": CRITERIA[0]}}), [("RC109", "spec.audience.criteria.a!")]),
    *[(criterion(**each), []) for each in CRITERIA],
    (criterion(name="x"), [("RC104", "spec.audience.criteria.A.type")]),
    (criterion(type="carrier"), [("RC107", "spec.audience.criteria.A.type")]),
    (criterion(type="app-info"), [("RC107", "spec.audience.criteria.A.type")]),
    (criterion(type="language"), [("RC104", "spec.audience.criteria.A.name")]),
    (criterion(type="language", nam="fr"), [("RC103", "spec.audience.criteria.A.nam!")]),
    (criterion(type="language", name=5), [("RC105", "spec.audience.criteria.A.name")]),
    (criterion(type="location", region="x"), [("RC104", "spec.audience.criteria.A.country")]),
    (criterion(type="location", country=None), [("RC106", "spec.audience.criteria.A.country")]),
    (criterion(type="geo-fencing", lat=91, lon="1", radius=1), [("RC105", "spec.audience.criteria.A.lon"), ("RC110", "spec.audience.criteria.A.lat")]),
    (criterion(type="poll-answer-feedback", **{"content-id": 1.5, "choice-id": 1}), [("RC105", "spec.audience.criteria.A.content-id")]),
    (criterion(type="integer-tag", name="age", value="18", op="ge"), [("RC105", "spec.audience.criteria.A.value"), ("RC107", "spec.audience.criteria.A.op")]),
    (criterion(type="string-tag", name="dog-lover", value="x"), [("RC109", "spec.audience.criteria.A.name")]),
    (criterion(type="boolean-tag", name="vip", value=True, op="EQ"), [("RC103", "spec.audience.criteria.A.op!")]),
    (criterion(type="date-tag", name="born", value="today", op="EQ"), [("RC109", "spec.audience.criteria.A.value")]),
    *[(filtered(**each), []) for each in FILTERS],
    (filtered(type="app-info", appInfo=["a"]), [("RC107", "spec.audience.filters.0.type")]),
    (filtered(type="engage-subset", max=0), [("RC110", "spec.audience.filters.0.max")]),
    (filtered(type="push-quota", max=1), [("RC103", "spec.audience.filters.0.max!")]),
    (own(**EVERYTHING), []),
    (own(notificationTitle="x"), [("RC103", "spec.content.mobileengagement.notificationTitle!")]),
    (own(type="html"), [("RC107", "spec.content.mobileengagement.type")]),
    (own(notificationImage="no base64"), [("RC109", "spec.content.mobileengagement.notificationImage")]),
    (own(notificationSound="on.caf"), [("RC105", "spec.content.mobileengagement.notificationSound")]),
    (own(notificationOptions={"bigPicture": "a.png"}), [("RC109", "spec.content.mobileengagement.notificationOptions.bigPicture")]),
    (own(payload="x"), [("RC105", "spec.content.mobileengagement.payload")]),
    (own(questions=[QUESTION]), [("RC103", "spec.content.mobileengagement.questions!")]),
    (campaign(localization={"fr": {"title": "a", "mobileengagement": {"body": "b"}}, "de": {"action_url": "a"}}), []),
    (campaign(localization={}), []),
    (campaign(localization={"fr": {}}), [("RC111", "spec.localization.fr")]),
    (campaign(localization={"fr_FR": {"title": "a"}}), [("RC109", "spec.localization.fr_FR!")]),
    (campaign(localization={"fr": {"mobileengagement": {"notificationType": "popup"}}}), [("RC103", "spec.localization.fr.mobileengagement.notificationType!")]),
    (asked(QUESTION, {**QUESTION, "id": 2, "localization": {"fr": {"title": "Alors ?"}}}), []),
    (asked(), [("RC111", "spec.questions")]),
    (asked({"title": "Well?"}), [("RC104", "spec.questions.0.choices")]),
    (asked({"title": "Well?", "choices": []}), [("RC111", "spec.questions.0.choices")]),
    (asked({"title": "Well?", "choices": [{"title": "a", "default": "yes"}]}), [("RC105", "spec.questions.0.choices.0.default")]),
    (asked({"title": "Well?", "choices": [{"isDefault": True}]}), [("RC103", "spec.questions.0.choices.0.isDefault!"), ("RC104", "spec.questions.0.choices.0.title")]),
    (asked({**QUESTION, "localization": {"fr": {}}}), [("RC104", "spec.questions.0.localization.fr.title")]),
]  # fmt: skip
PUSHES: list[Case] = [
    (push(campaign="order-news"), []),
    (push(campaign="order-news", content={"action_url": "shop://a"}), []),
    (push(), [("RC113", "spec!")]),
    (push(campain="order-news"), [("RC103", "spec.campain!")]),
    (push(campaign=""), [("RC108", "spec.campaign")]),
    (push(campaign="a", content={}), [("RC113", "spec.content!")]),
    (push(content={"mobileengagement": {}}), [("RC113", "spec.content!")]),
    (push(content={"mobileengagement": {**EVERYTHING, "localization": {"fr": {"title": "a"}}, "questions": [QUESTION], "endTime": "2026-11-27T09:00"}}), []),
    (push(content={"mobileengagement": {"endTime": "tomorrow"}}), [("RC109", "spec.content.mobileengagement.endTime")]),
    (push(content={"mobileengagement": {"endTime": "2026-02-30T09:00"}}), [("RC120", "spec.content.mobileengagement.endTime")]),
    (push(content={"mobileengagement": {"startTime": "2026-11-27T09:00"}}), [("RC103", "spec.content.mobileengagement.startTime!")]),
    (scheduled(at="2026-11-27T09:00", timezone="Europe/Paris"), []),
    (scheduled(at="2026-11-27T09:00:30", timezone="UTC"), []),
    (scheduled(at="2026-11-27T09:00"), [("RC104", "spec.schedule.timezone")]),
    (scheduled(at="2026-11-27", timezone="UTC"), [("RC109", "spec.schedule.at")]),
    (scheduled(at="2026-11-27 09:00:00", timezone="UTC"), [("RC109", "spec.schedule.at")]),
    (scheduled(at="2026-02-29T09:00", timezone="Paris"), [("RC120", "spec.schedule.at"), ("RC120", "spec.schedule.timezone")]),
    (scheduled(at="2026-11-27T09:00", timezone="UTC", deadline="2h", dst="shift", suspend=True), []),
    (scheduled(cron="0 9 * * MON", timezone="UTC", start="2026-01-01T00:00", end="2026-12-31T23:59", deadline="90s", dst="later", suspend=False), []),
    (scheduled(timezone="UTC"), [("RC113", "spec.schedule!")]),
    (scheduled(at="2026-11-27T09:00", cron="0 9 * * MON", timezone="UTC"), [("RC113", "spec.schedule.cron!")]),
    (scheduled(at="2026-11-27T09:00", cron="0 9 * * MON", timezone="UTC", start="2026-01-01T00:00"), [("RC113", "spec.schedule.cron!")]),
    (scheduled(cron="0 9 * * MON"), [("RC104", "spec.schedule.timezone")]),
    (scheduled(corn="0 9 * * MON", timezone="UTC"), [("RC103", "spec.schedule.corn!")]),
    (scheduled(cron="", timezone="UTC"), [("RC108", "spec.schedule.cron")]),
    (scheduled(cron="1," * 100 + "1 * * * *", timezone="UTC"), [("RC108", "spec.schedule.cron")]),
    (scheduled(cron=5, timezone="UTC"), [("RC105", "spec.schedule.cron")]),
    *[(scheduled(at="2026-11-27T09:00", timezone="UTC", **{each: "2026-11-28T09:00"}), [("RC116", f"spec.schedule.{each}!")]) for each in ("start", "end")],
    (scheduled(at="2026-11-27T09:00", timezone="UTC", until="2026-11-28T09:00"), [("RC103", "spec.schedule.until!")]),
    *[(scheduled(at="2026-11-27T09:00", timezone="UTC", deadline=each), [("RC109", "spec.schedule.deadline")]) for each in ("2", "0h", "-1h", "1.5h", "2 h", "2h30m", "1w", "100000s", "soon", "1h\n", "\u0661h")],
    (scheduled(at="2026-11-27T09:00", timezone="UTC", deadline=3600), [("RC105", "spec.schedule.deadline")]),
    (scheduled(at="2026-11-27T09:00", timezone="UTC", dst="shft"), [("RC107", "spec.schedule.dst")]),
    (scheduled(at="2026-11-27T09:00", timezone="UTC", suspend="true"), [("RC105", "spec.schedule.suspend")]),
    (scheduled(cron="0 9 * * MON", timezone="UTC", start="2026-02-30T09:00", end="2026-01-01T00:00"), [("RC120", "spec.schedule.start")]),
    (scheduled(cron="0 9 * * MON", timezone="UTC", start="2026-11-27T09:00", end="2026-11-27T09:00:00"), [("RC117", "spec.schedule.end")]),
    (scheduled(cron="0 9 * * MON", timezone="UTC", end="2026-11-27"), [("RC109", "spec.schedule.end")]),
]  # fmt: skip
APPS: list[Case] = [
    (app("mobileengagement", **AZURE, **TOKEN), []),
    (app("mobileengagement", **AZURE, **ASKING, authority="http://127.0.0.1:8080", endpoint="http://127.0.0.1:8080", rate_limit="none"), []),
    (app("appizer", app_id="app_123", **TOKEN), []),
    (app("mobileengagement", **TOKEN), [("RC104", f"spec.apps.a.{each}") for each in sorted(AZURE)]),
    (app("mobileengagement", **AZURE), [("RC113", "spec.apps.a!")]),
    (app("mobileengagement", **AZURE, tokn={"env": "T"}), [("RC103", "spec.apps.a.tokn!")]),
    (app("mobileengagement", **AZURE, tenant="t"), [("RC104", "spec.apps.a.client_id"), ("RC104", "spec.apps.a.client_secret")]),
    (app("mobileengagement", **AZURE, **TOKEN, tenant="t"), [("RC113", "spec.apps.a.tenant!")]),
    (app("mobileengagement", **AZURE, **TOKEN, **ASKING), [("RC113", "spec.apps.a.tenant!")]),
    (app("mobileengagement", **AZURE, **ASKING | {"tenant": "a/b"}), [("RC109", "spec.apps.a.tenant")]),
    (app("mobileengagement", **AZURE, **ASKING | {"client_id": {}}), [("RC104", "spec.apps.a.client_id.env")]),
    (app("mobileengagement", **AZURE, **ASKING | {"client_secret": "s3cr3t"}), [("RC114", "spec.apps.a.client_secret")]),
    (app("mobileengagement", **AZURE | {"app": ".."}, **TOKEN), [("RC109", "spec.apps.a.app")]),
    (app("appizer", **TOKEN), [("RC104", "spec.apps.a.app_id")]),
    (app("appizer", app_id="a", owner="o", **TOKEN), [("RC116", "spec.apps.a.owner!")]),
    (app("appcenter", owner="o", app="a", subscription="s", **TOKEN), [("RC116", "spec.apps.a.subscription!")]),
    (app("appizer", app_id="a", nope=1, **TOKEN), [("RC103", "spec.apps.a.nope!")]),
    (app("apizer", app_id="a"), [("RC107", "spec.apps.a.provider")]),
    (sample("Project", spec__environments={"staging": {"apps": {"x": {"tenant": "t"}, "y": {"app_id": "b"}}}}), []),
]  # fmt: skip
