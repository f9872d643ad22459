"""Rewrite the generated parts of the documentation: `python -m tests.docs.generate`, from the root of the repository.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; its text comes from the program itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from reconciler.core.codes import CODES
from reconciler.core.compose import GUARANTEES
from reconciler.core.encode import EXIT_REASONS
from reconciler.core.transitions import TRANSITIONS, Step
from reconciler.model.kind import Capability, KindSpec, LengthLimit
from reconciler.model.send import SendState
from reconciler.providers.registry import DIALECTS

from .commands import commands
from .fields import fields_table
from .pages import own_pages

_PART = re.compile(r"(?P<open><!-- generated: (?P<name>[^\n]*?) -->\n)(?P<text>.*?)(?P<close><!-- end -->)", re.DOTALL)

RANGES: Mapping[str, str] = {
    "RC0": "Reading files and YAML",
    "RC1": "The shape of manifests and of the project",
    "RC2": "References and audience definitions",
    "RC3": "What the backend can do",
    "RC4": "Guards and consents",
    "RC5": "Plans, sends and runs",
    "RC6": "The backend's answers",
    "RC7": "The ledger",
}


def rewritten(text: str) -> str:
    """A page with its generated parts made anew. Raises `KeyError` for a part that nothing makes."""
    return _PART.sub(lambda found: found["open"] + "\n" + part(found["name"]) + "\n" + found["close"], text)


def part(name: str) -> str:
    """One generated part, ending with a newline."""
    what, _, of = name.partition(" ")
    return _PARTS[what](of).rstrip("\n") + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(heads), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _codes(_: str) -> str:
    blocks: list[str] = []
    for prefix, heading in RANGES.items():
        found = {code: entry for code, entry in sorted(CODES.items()) if code.startswith(prefix)}
        if found:
            blocks.append(f"## {prefix}xx: {heading}")
        blocks += [f"### {code}\n\n**{entry.title}.** {entry.paragraph}" for code, entry in found.items()]
    return "\n\n".join(blocks)


def _exit_codes(_: str) -> str:
    return table(("code", "reason"), ((f"`{code}`", reason) for code, reason in EXIT_REASONS.items()))


def _commands(_: str) -> str:
    return "\n\n".join(_command(name, command) for name, command in commands())


def _command(name: str, command: click.Command) -> str:
    with click.Context(command, info_name=name) as context:
        about = (command.help or "").split("\f")[0].replace("\b", "").strip()
        story, _, example = about.partition("Example:")
        # In the help, words stand beside a command; in a shell they would be arguments.
        examples = "\n".join(re.sub(r"(?<=\S) {2,}", "   # ", line.strip()) for line in example.strip().splitlines())
        rows = [row for each in command.get_params(context) if (row := _parameter(each, context))]
    title = "## The program" if name == "reconciler" else f"## `{name.removeprefix('reconciler ')}`"
    shown, rest = [*examples.split("\n\n"), ""][:2] if examples else ("", "")
    parts = [title, " ".join(story.split()), " ".join(rest.split())]
    parts += [f"```sh shown\n{shown}\n```"] if shown else []
    parts += [table(("option", "what it does"), rows)] if rows else []
    return "\n\n".join(each for each in parts if each)


def _parameter(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    if isinstance(parameter, click.Argument):
        return f"`{str(parameter.name).upper()}`", _choices(parameter) or (
            "needed" if parameter.required else "may be left out"
        )
    if not isinstance(parameter, click.Option) or "--help" in parameter.opts:
        return None
    names = ", ".join(f"`{each}`" for each in sorted((*parameter.opts, *parameter.secondary_opts), key=len))
    words = "; ".join(each for each in ((parameter.help or "").rstrip("."), _choices(parameter)) if each)
    if parameter.show_default and parameter.default is not None:
        words += f"; `{parameter.default}` if absent"
    return names, words + (" (needed)" if parameter.required else "")


def _choices(parameter: click.Parameter) -> str:
    if not isinstance(parameter.type, click.Choice):
        return ""
    return "one of " + ", ".join(f"`{_choice(each)}`" for each in parameter.type.choices)


def _choice(value: object) -> str:
    return str(getattr(value, "value", value))


def _capabilities(_: str) -> str:
    blocks = []
    for backend, dialect in DIALECTS.items():
        heads = ("", *dialect.kinds)
        rows: list[Iterable[str]] = [
            (capability.value, *(_support(spec, capability) for spec in dialect.kinds.values()))
            for capability in Capability
        ]
        rows.append(
            ("at most in an app", *(str(spec.maximum or "no documented limit") for spec in dialect.kinds.values()))
        )
        rows.append(("lengths", *(_limits(spec.limits) for spec in dialect.kinds.values())))
        blocks += [f"### `{backend}`: resources", table(heads, rows), f"### `{backend}`: sends", _sends(backend)]
    return "\n\n".join(blocks)


def _support(spec: KindSpec, capability: Capability) -> str:
    support = spec.capabilities.get(capability)
    if support is None:
        return "–"
    return ("yes" if support.can else "no") + (f": {support.note}" if support.note else "")


def _limits(limits: Iterable[LengthLimit]) -> str:
    return "; ".join(
        f"`{'.'.join(limit.path)}` {f'{limit.minimum} to' if limit.minimum else 'at most'} {limit.maximum}"
        for limit in limits
    )


def _sends(backend: str) -> str:
    sends = DIALECTS[backend].sends
    if not sends.targets:
        return "None: the backend documents no request that sends, so `validate` refuses every target."
    chunks = ", ".join(f"{size} {target}" for target, size in sends.chunk.items())
    return table(
        ("what", "how"),
        (
            ("targets", ", ".join(f"`{target}`" for target in sorted(sends.targets))),
            ("class", f"{sends.send_class}: {GUARANTEES[sends.send_class]}"),
            *((f"class, to `{target}`", f"{other}: {GUARANTEES[other]}") for target, other in sends.classes.items()),
            ("its audiences", "by their definitions" if sends.inlines_audiences else "by their names"),
            ("can schedule", "yes" if sends.can_schedule else "no"),
            ("can cancel", "yes" if sends.can_cancel else "no"),
            ("in one request", chunks or "no limit"),
            ("a notification's own name", f"at most {sends.name_length} characters, for the marker follows it"),
            ("lengths", _limits(sends.limits)),
            ("devices that one request reaches", str(sends.reach_limit or "no documented limit")),
        ),
    )


def _transitions(_: str) -> str:
    return table(("step", "from", "to"), (_step(step) for step in Step))


def _step(step: Step) -> tuple[str, str, str]:
    before = [state for state in SendState if (state, step) in TRANSITIONS]
    return step, ", ".join(f"`{state}`" for state in before), f"`{TRANSITIONS[before[0], step]}`"


_PARTS: Mapping[str, Callable[[str], str]] = {
    "fields": lambda kind: table(("field", "value", "what it is"), fields_table(kind)),
    "codes": _codes,
    "exit-codes": _exit_codes,
    "commands": _commands,
    "capabilities": _capabilities,
    "transitions": _transitions,
}


def generated_pages() -> list[Path]:
    """The pages with a generated part."""
    return [page for page in own_pages() if _PART.search(page.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for path in generated_pages():
        before = path.read_text(encoding="utf-8")
        after = rewritten(before)
        if before != after:
            path.write_text(after, encoding="utf-8")
            print(f"rewrote {path}")
