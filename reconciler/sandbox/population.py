"""Make a realistic population of devices for an app, always the same for the same name."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from reconciler.sandbox.device import Row

PROPERTY_TYPES = {"plan": "string", "age": "number", "beta": "boolean", "signup": "date_time"}
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class _Place:
    weight: float
    country: str | None  # None: a tablet without a SIM
    carriers: tuple[str | None, ...]
    languages: tuple[str, ...]  # repeated by how common they are


@dataclass(frozen=True, slots=True)
class _Hardware:
    weight: float
    oem: str
    model: str
    screen: str
    versions: tuple[str, ...]
    premium: float  # the share of its owners on the premium plan


_PLACES = (
    _Place(26, "US", ("Verizon", "AT&T", "T-Mobile"), ("en", "en", "en", "en", "es")),
    _Place(11, "DE", ("Telekom", "Vodafone", "O2"), ("de", "de", "de", "de", "en", "tr")),
    _Place(10, "FR", ("Orange", "SFR", "Bouygues", "Free"), ("fr", "fr", "fr", "fr", "en")),
    _Place(9, "GB", ("EE", "O2", "Vodafone", "Three"), ("en",)),
    _Place(9, "IN", ("Jio", "Airtel", "Vi"), ("en", "en", "hi")),
    _Place(7, "BR", ("Vivo", "Claro", "TIM"), ("pt",)),
    _Place(6, "JP", ("NTT DOCOMO", "SoftBank", "KDDI"), ("ja",)),
    _Place(5, "ES", ("Movistar", "Orange", "Vodafone"), ("es", "es", "es", "ca")),
    _Place(4, "IT", ("TIM", "Vodafone", "WindTre"), ("it",)),
    _Place(3, "KR", ("SK Telecom", "KT"), ("ko",)),
    _Place(3, "CA", ("Rogers", "Bell", "Telus"), ("en", "en", "en", "fr")),
    _Place(2, "MX", ("Telcel", "AT&T"), ("es",)),
    _Place(1, "KP", ("Koryolink",), ("ko",)),
    _Place(4, None, (None,), ("en", "de", "fr", "es")),
)
_ANDROID = (
    _Hardware(14, "Samsung", "SM-S911B", "1080x2340", ("33", "34", "34"), 0.45),
    _Hardware(18, "Samsung", "SM-A546B", "1080x2340", ("33", "34"), 0.20),
    _Hardware(12, "Samsung", "SM-A127F", "720x1600", ("30", "31", "33"), 0.08),
    _Hardware(10, "Google", "Pixel 7", "1080x2400", ("33", "34"), 0.40),
    _Hardware(6, "Google", "Pixel 6a", "1080x2400", ("32", "33", "34"), 0.25),
    _Hardware(14, "Xiaomi", "Redmi Note 11", "1080x2400", ("30", "31"), 0.10),
    _Hardware(9, "OnePlus", "CPH2449", "1240x2772", ("33", "34"), 0.30),
    _Hardware(7, "Motorola", "moto g(30)", "720x1600", ("30", "31"), 0.10),
    _Hardware(6, "HUAWEI", "ELE-L29", "1080x2340", ("28", "29"), 0.15),
    _Hardware(4, "Sony", "XQ-AT51", "1644x3840", ("30", "31"), 0.35),
)
_IOS = (
    _Hardware(20, "Apple", "iPhone14,5", "1170x2532", ("15.7", "16.6", "17.1"), 0.30),
    _Hardware(18, "Apple", "iPhone15,2", "1179x2556", ("16.6", "17.0", "17.1"), 0.50),
    _Hardware(16, "Apple", "iPhone13,2", "1170x2532", ("15.7", "16.6", "17.1"), 0.28),
    _Hardware(14, "Apple", "iPhone12,1", "828x1792", ("14.8", "15.7", "16.6"), 0.20),
    _Hardware(10, "Apple", "iPhone10,4", "750x1334", ("14.8", "15.7", "16.6"), 0.12),
    _Hardware(8, "Apple", "iPhone16,1", "1179x2556", ("17.0", "17.1"), 0.55),
    _Hardware(6, "Apple", "iPad13,4", "1668x2388", ("16.6", "17.1"), 0.45),
)
_APP_VERSIONS = {"3.2.0": 34, "3.1.4": 22, "3.1.0": 14, "3.0.2": 10, "2.9.1": 8, "2.4.0": 6, "1.10.0": 4, "1.2.0": 2}
_AGES = {age: 1.0 + 9.0 * max(0.0, 1 - abs(age - 31) / 30) for age in range(16, 86)}
_SIGNUP_DAYS = tuple(str(date(2022, 1, 1) + timedelta(days=day)) for day in range(1_400))


def os_of(coordinate: str) -> str:
    """The platform of an app, told from its name, for one app is one platform (facts §0)."""
    return "iOS" if "ios" in re.split(r"[^a-z0-9]+", coordinate.lower()) else "Android"


def is_azure(coordinate: str) -> bool:
    """True for an app of Azure, which is known by four names: subscription, resource group, collection, app."""
    return coordinate.count("/") == 3


def population(coordinate: str, count: int) -> Iterator[list[Row]]:
    """The `count` devices of an app, in batches; seeded by its name, with install ids in rising order.

    Ids are UUIDs, on Azure without the dashes.
    """
    rng = random.Random(int.from_bytes(sha256(coordinate.encode()).digest(), "big"))
    hardware = _IOS if os_of(coordinate) == "iOS" else _ANDROID
    step = 2**32 // max(1, count)
    for first in range(0, count, _BATCH):
        size = min(_BATCH, count - first)
        people = zip(
            rng.choices(_PLACES, [place.weight for place in _PLACES], k=size),
            rng.choices(hardware, [phone.weight for phone in hardware], k=size),
            rng.choices(tuple(_APP_VERSIONS), tuple(_APP_VERSIONS.values()), k=size),
            rng.choices(tuple(_AGES), tuple(_AGES.values()), k=size),
            strict=True,
        )
        rows = [_device(rng, number, number * step, person) for number, person in enumerate(people, first)]
        yield [(str(row[0]).replace("-", ""), *row[1:]) for row in rows] if is_azure(coordinate) else rows


def _device(rng: random.Random, number: int, prefix: int, person: tuple[_Place, _Hardware, str, int]) -> Row:
    place, phone, version, age = person
    dice = rng.getrandbits(64)
    user, account = _owner(number, dice)
    return (
        _install_id(prefix, rng.getrandbits(96)), user, account,
        version, place.country, place.carriers[dice % len(place.carriers)],
        place.languages[(dice >> 8) % len(place.languages)], phone.model, phone.oem,
        phone.versions[(dice >> 16) % len(phone.versions)], phone.screen,
        _custom(dice, phone.premium, age), 1, None, None,
    )  # fmt: skip


def _install_id(prefix: int, noise: int) -> str:
    """A version 4 UUID; `prefix` rises with the device's number, so that the index grows at its end."""
    digits = f"{prefix:08x}{noise:024x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _owner(number: int, dice: int) -> tuple[str | None, str | None]:
    """Three of four devices are signed in, some users with two of them; accounts are households of users."""
    if (dice >> 24) % 4 == 0:
        return None, None
    user = number * 4 // 5
    return f"user-{user:07d}", f"account-{user // 3:07d}" if (dice >> 28) % 5 else None


def _custom(dice: int, premium: float, age: int) -> str:
    plan = "premium" if (dice >> 32) % 1000 < premium * 1000 else "free"
    beta = "true" if (dice >> 42) % (8 if plan == "premium" else 40) == 0 else "false"
    signup = f"{_SIGNUP_DAYS[(dice >> 48) % len(_SIGNUP_DAYS)]}T{dice % 24:02d}:{(dice >> 5) % 60:02d}:00Z"
    return f'{{"plan":"{plan}","age":{age},"beta":{beta},"signup":"{signup}"}}'
