"""The project and the phones of the demo."""

from __future__ import annotations

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: contoso-shop}}
spec:
  manifests: [manifests]
  apps:
    shop-android:
      {{provider: appcenter, owner: contoso, app: shop, token: {{env: APPCENTER_TOKEN}}, endpoint: "{url}"}}
"""

MANIFESTS = """\
apiVersion: reconciler/v1
kind: CustomProperty
metadata: {name: plan, apps: [shop-android]}
spec: {type: string, values: [free, premium], description: Subscription plan}
---
apiVersion: reconciler/v1
kind: Audience
metadata: {name: premium-us, apps: [shop-android]}
spec:
  description: Premium customers in the United States
  definition: CarrierCountry eq 'US' and plan eq 'premium'
---
apiVersion: reconciler/v1
kind: Notification
metadata: {name: black-friday, apps: [shop-android]}
spec:
  content: {title: Black Friday starts now, body: 30% off until Sunday, data: {deep_link: "shop://sale"}}
  target: {audiences: [premium-us]}
"""

SECOND_PUSH = """\
apiVersion: reconciler/v1
kind: Notification
metadata: {name: last-chance, apps: [shop-android]}
spec:
  content: {title: Last chance, body: The sale ends tonight}
  target: {audiences: [premium-us]}
"""


def phones() -> list[dict[str, object]]:
    """Twelve phones: four of premium customers in the US, one of them unregistered; the others must hear nothing."""
    rows: list[dict[str, object]] = []
    for number in range(12):
        country = "US" if number < 8 else "FR"
        plan = "premium" if number < 4 or number >= 10 else "free"
        row: dict[str, object] = {
            "install_id": phone(number),
            "CarrierCountry": country,
            "custom_properties": {"plan": plan},
        }
        rows.append(row | ({"push_enabled": False} if number == 3 else {}))
    return rows


def phone(number: int) -> str:
    """The install id of a phone."""
    return f"00000000-0000-4000-8000-{number:012d}"


EXPECTED = [phone(number) for number in range(3)]
"""The phones that each push must reach, once: premium, in the US, registered."""
