"""Refuse a plan that would do more than the project allows, or that lacks a consent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.model.change import Action
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.model.project import Guard
from reconciler.model.send import UNSETTLED, Send


def guard(plan: Plan, rules: Guard) -> tuple[Finding, ...]:
    """Everything that forbids applying this plan as it stands; empty where it may be applied."""
    return (*_unconsented(plan), *_too_many_deletes(plan, rules), *_too_many_recipients(plan, rules))


def consented(plan: Plan, consents: Collection[str]) -> Plan:
    """The plan with these consents (flags) given."""
    return replace(
        plan,
        changes=tuple(replace(each, consent="") if each.consent in consents else each for each in plan.changes),
        sends=tuple(_allowed(each, consents) for each in plan.sends),
        coming=tuple(_allowed(each, consents) for each in plan.coming),
    )


def _allowed(send: Send, consents: Collection[str]) -> Send:
    return replace(send, consent="", blocked="", is_allowed=True) if send.consent in consents else send


def _unconsented(plan: Plan) -> Iterable[Finding]:
    for change in plan.changes:
        if change.consent:
            yield Finding(
                "RC401",
                f"`{change.action}` needs consent: {change.reason}",
                f"allow it with `{change.consent}`",
                change.address,
            )
    for send in (*plan.sends, *plan.coming):
        if send.consent:
            yield Finding(
                "RC402", f"the send needs consent: {send.blocked}", f"allow it with `{send.consent}`", send.address
            )


def _too_many_deletes(plan: Plan, rules: Guard) -> Iterable[Finding]:
    deletes = sum(change.action in (Action.DELETE, Action.REPLACE) for change in plan.changes)
    limit = rules.max_deletes
    percent = 100 * deletes / plan.owned if plan.owned else 0.0
    if deletes > limit.amount and percent > limit.percent:
        yield Finding(
            "RC410",
            f"{deletes} of {plan.owned} owned resources ({percent:.0f} %) would be deleted; "
            f"the guard allows {limit.amount}, or {limit.percent:g} %",
            "if that is meant, raise `spec.guard.max_deletes` in the project file",
        )


def _too_many_recipients(plan: Plan, rules: Guard) -> Iterable[Finding]:
    if rules.max_recipients is None:
        return
    for send in plan.sends:
        if send.state in UNSETTLED or (send.recipients is not None and send.recipients <= rules.max_recipients):
            continue
        reach = "an unknown number of devices" if send.recipients is None else f"about {send.recipients} devices"
        yield Finding(
            "RC411",
            f"the send reaches {reach}; the guard allows {rules.max_recipients}",
            "if that is meant, raise `spec.guard.max_recipients` in the project file"
            if send.recipients is not None
            else "nobody can say how many that is: take `spec.guard.max_recipients` out, or send to an audience",
            send.address,
        )
