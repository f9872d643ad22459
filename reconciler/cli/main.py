"""The entry of the program: commands loaded when they are asked for, exceptions turned into messages and exit codes."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import click

from reconciler import __version__
from reconciler.errors import ConfigError, ReconcilerError
from reconciler.render.style import Paint

COMMANDS: dict[str, str] = {
    "init": "Start a project in an empty folder",
    "validate": "Check manifests; needs neither network nor secrets",
    "plan": "Show what apply would do",
    "show": "Show a saved plan",
    "apply": "Perform a plan",
    "run": "Stay, and send what falls due",
    "freeze": "Forbid every change and every send",
    "thaw": "Lift a freeze",
    "audience": "Explain a definition, compare two",
    "sends": "List, look up and settle sends",
    "lock": "Show who holds which app, end a lease",
    "ledger": "Verify, export and import the ledger",
    "doctor": "Check credentials, rights, clock and ledger",
    "sandbox": "Run a local backend that speaks the vendors' formats",
    "demo": "Watch the whole story on a local backend",
    "schema": "Print the JSON Schema of a kind",
    "explain": "Tell more about a code",
    "version": "Print the version",
}
"""Every command and its line in `--help`; each is `command` in the module of its name, loaded when it is called."""

USAGE = 64


class LazyGroup(click.Group):
    """A group whose commands are imported on use: `--help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"reconciler.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from reconciler.core.quote import nearest, quote

            hint = nearest(args[0], COMMANDS) or "see `reconciler --help`"
            raise click.UsageError(f"there is no command {quote(args[0])}\n\nhint: {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--project", "project_file", default=".", metavar="PATH", help="The project file or its folder [default: .]"
)
@click.option("--env", "environment", default="", metavar="NAME", help="One of the project's environments")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[default: auto]")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only results and errors")
@click.option("-v", "--verbose", is_flag=True, help="Tell every step")
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """Plan and apply for push audiences and notifications declared as YAML.

    \b
    Example:
      reconciler init            start a project
      reconciler plan            see what would change, and who would be reached
      reconciler apply           do it, once
    """
    ctx.obj = options
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit with one of the codes of `docs/exit-codes.md`."""
    # Manifests are many small, long-lived values: collecting garbage among them costs a third of the time and finds
    # none.
    gc.disable()
    code = run(arguments)
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Everything is written and let go of. Freeing a hundred thousand values one by one takes a tenth of a second, and
    # waiting for threads that still read, after Ctrl-C, as long as a backend likes.
    os._exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code."""
    try:
        code = cli.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        return _usage(error)
    except ConfigError as error:
        return _refused(error)
    except ReconcilerError as error:
        from reconciler.render.findings import error_text

        _say(error_text(error, _paint()))
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception:
        _say(f"{traceback.format_exc()}\nThis is a bug in reconciler: please report it with the lines above")
        return 1
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> int:
    from reconciler.render.escape import visible

    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "reconciler"
    lines = [visible(line) for line in error.format_message().splitlines()]
    _say(f"error: {lines[0] if lines else ''}\n" + "\n".join(lines[1:]) + f"\nsee `{where} --help`")
    return USAGE


def _refused(error: ConfigError) -> int:
    from reconciler.render.findings import count_text, findings_text

    _say(findings_text(error.findings, _paint()))
    _say(f"\n{count_text(error.findings)}")
    return error.exit_code


def _say(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # nobody listens
        sys.stderr.write(text.rstrip("\n") + "\n")
        sys.stderr.flush()


def _paint() -> Paint:
    from reconciler.cli.terminal import paint_for

    return paint_for(sys.stderr)


if __name__ == "__main__":
    main()
