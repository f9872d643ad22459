"""The codes of everything after the manifests' shape: references, backends, guards, plans, sends and the ledger."""

from __future__ import annotations

from collections.abc import Mapping

RUN_CODES: Mapping[str, tuple[str, str]] = {
    "RC130": (
        "There is no project file",
        "Commands work on a `reconciler.yaml`, in the working directory unless `--project PATH` says otherwise. `reconciler init` writes a first one.",
    ),
    "RC131": (
        "An environment that the project does not declare",
        "`--env NAME` chooses one of `spec.environments`. Without it, the apps are those of `spec.apps` as they stand.",
    ),
    "RC132": (
        "An environment names an app that is declared nowhere else",
        "An environment lays settings over an app of `spec.apps`. An app that only one environment has must give all of its settings there.",
    ),
    "RC133": (
        "A project file with no document, or with several",
        "A project file holds exactly one document, of `kind: Project`. Everything else belongs into manifests.",
    ),
    "RC134": (
        "Two aliases of one app",
        "Two aliases with the same coordinates would each own the same audiences and each send to the same phones. Keep one alias and name it in the manifests.",
    ),
    "RC140": (
        "An environment variable is not set",
        "Secrets are only ever named in files, as `{env: NAME}`. The variable is needed by the command that was called; `validate` needs none.",
    ),
    "RC141": (
        "A secret with characters that no token has",
        "The variable holds a line break, a space or a character outside ASCII: often the line break at the end of a file. Its value is not shown.",
    ),
    "RC201": (
        "A resource declared twice for one app",
        "Within an app, a kind and a name say which resource is meant. Two documents may share a name only if they share no app.",
    ),
    "RC202": (
        "An app that the project does not have",
        "`metadata.apps` names aliases of `spec.apps` or of an environment in the project file.",
    ),
    "RC203": (
        "A notification to an audience that is not declared",
        "A push may only go to audiences that are declared for the same app, so that a reviewer can see who that is.",
    ),
    "RC204": (
        "A custom property with the name of a device property",
        "Device properties such as `CarrierCountry` are known to every device. A custom property of that name could never be told from it.",
    ),
    "RC205": (
        "An example device on the wrong side",
        "`spec.examples` of an audience names devices that belong to it and devices that do not. The definition says otherwise of this one: one of the two is wrong.",
    ),
    "RC301": (
        "A kind that the backend does not have",
        "What each backend can do is in `docs/backends.md`. Take the app out of the manifest's `metadata.apps`.",
    ),
    "RC302": (
        "A target that the backend cannot send to",
        "Backends differ in what they can address: audiences, devices, users, accounts, everyone.",
    ),
    "RC303": (
        "Criteria in natural language where the backend takes a definition",
        "App Center understands definitions of the audience language only.",
    ),
    "RC304": (
        "A device identifier of the wrong form",
        "App Center's install ids are UUIDs. Another one would be refused by the backend, for all devices of that request.",
    ),
    "RC305": (
        "A name that means another path",
        "App Center's API names audiences in its URLs, where `.` and `..` stand for the folder and the one above.",
    ),
    "RC310": (
        "A value longer or shorter than the backend takes",
        "The limits are the vendor's own; the backend would refuse the request, or cut the text.",
    ),
    "RC311": (
        "A notification's name that leaves no room for the marker",
        "Every send carries a marker in its internal name, by which it is found again after a crash. App Center's internal name has 64 characters, of which the marker and its space take 21.",
    ),
    "RC312": (
        "More resources than the backend takes",
        "App Center has a limit of 200 audiences and of 60 custom properties for each app.",
    ),
    "RC320": (
        "A custom property whose type is another one on the backend",
        "The backend knows the property from devices or audiences, with another type. A property keeps the type it was first seen with, so audiences with the declared type would match nobody.",
    ),
    "RC401": (
        "A change without consent",
        "Taking over, deleting or orphaning something needs a flag: the plan shows which. Nothing was changed.",
    ),
    "RC402": (
        "A send without consent",
        "The same content to the same target was sent under another name on this app: a renamed manifest would reach the same phones twice. Restore the name, or allow it with `--allow-repeats`.",
    ),
    "RC403": ("Not approved", "The question was not answered with what it asked for. Nothing was changed."),
    "RC404": (
        "Nobody is there to ask",
        "Without a terminal, apply needs a plan that was saved and reviewed, or `--auto-approve`.",
    ),
    "RC410": (
        "Too many deletes",
        "The guard refuses when both bounds of `spec.guard.max_deletes` are exceeded: the amount, and the percentage of what this ledger owns.",
    ),
    "RC411": (
        "Too many recipients",
        "The guard's `max_recipients` is compared with the estimate of each send. Where the backend gives none, a guarded send is refused: unknown is not zero.",
    ),
    "RC420": (
        "A local ledger in a CI job",
        "The ledger is what keeps a push from being sent twice. A file on a CI runner is gone with the job. Share a ledger, or say with RECONCILER_LOCAL_LEDGER=accept that this file is kept.",
    ),
    "RC500": ("An unexpected failure", "Something failed that has no code of its own; the message says what."),
    "RC501": (
        "The plan is stale",
        "The manifests, the ledger, or the live state of something the plan touches has changed since it was made. What was reviewed is no longer what would happen; make a new plan.",
    ),
    "RC502": (
        "The plan was applied before",
        "A plan is used up by its first apply, whether that went well or not. Make a new one: it holds what is left to do.",
    ),
    "RC503": (
        "Not a saved plan",
        "The file cannot be read, is cut short, was edited, or is of another program or version.",
    ),
    "RC505": ("A file that cannot be written", "Nothing was left half-written."),
    "RC510": (
        "Content edited after it was sent",
        "Editing a text never sends it again. To send the new content, raise `spec.revision`: a visible, reviewed number.",
    ),
    "RC511": (
        "Content edited while it was partly sent",
        "Some requests of this send were made with the old content. Restore it to finish the send, or raise `spec.revision` to send the new content to everybody.",
    ),
    "RC520": (
        "More devices match than the backend sends to",
        "App Center sends to the first 1,000 matching devices of a request and skips the rest without a word.",
    ),
    "RC530": (
        "A key that names no send, or several",
        "Keys may be cut short as long as they name one send. `reconciler sends list` shows them.",
    ),
    "RC531": (
        "Nothing to decide",
        "Only a send of unknown outcome, or a failed one, can be resolved. One that was made is made; one that was not is attempted by the next apply.",
    ),
    "RC532": (
        "A send of an app that this project does not have",
        "The ledger holds an unknown send of an app that is not in the project, or not in this environment. Name the environment, or restore the app, to look it up.",
    ),
    "RC540": (
        "The sandbox cannot start",
        "Its port is taken, its data folder cannot be used, or its devices cannot be read. The message says which.",
    ),
    "RC599": (
        "The demo failed",
        "The demo checks its own story and found something else than it promises. Please report it.",
    ),
    "RC600": ("The backend refused", "The backend understood the request and said no. Nothing was changed by it."),
    "RC601": (
        "Not authenticated, or without a right",
        "The token is not accepted (401) or lacks a right (403). `reconciler doctor` tells whose it is and what it may do.",
    ),
    "RC602": (
        "Not found on the backend",
        "What was asked for is not there; it may have been removed by somebody else.",
    ),
    "RC603": ("A conflict on the backend", "The backend holds something that contradicts the request."),
    "RC604": (
        "An answer that cannot be read",
        "The backend, or something between, answered with what is not of its API. Check the app's `endpoint`.",
    ),
    "RC605": (
        "Rate limited",
        "The backend said 429 for longer than a run waits. Lower `rate_limit` of the app, or wait for the window to end.",
    ),
    "RC606": (
        "The backend does not answer",
        "No connection, no answer, or a 5xx after every retry. Requests that are safe to repeat were repeated; sends never are.",
    ),
    "RC607": ("A disabled audience", "A push to a disabled audience reaches nobody."),
    "RC608": (
        "An audience that does not get ready",
        "The backend calculates members after every change. A push before that would reach the old members, or none, so nothing was sent.",
    ),
    "RC612": ("A rate limit that cannot be read", "Write `N/SECONDS`, as in `500/300`, or `none`."),
    "RC620": (
        "The backend refused a send",
        "It was definitely not executed. Once the manifest says something else, the next apply attempts it again; else `reconciler sends resolve KEY --mark-not-sent`.",
    ),
    "RC621": (
        "The outcome of a send is unknown",
        "The request left and no answer came, or one that proves nothing. It is never sent again by itself: it is looked up by its marker, and if that finds nothing a person decides.",
    ),
    "RC623": ("No connection for a send", "No byte left, so nothing was sent. The next apply attempts it again."),
    "RC701": (
        "A ledger that cannot be named",
        "`spec.ledger` is `sqlite:///PATH` or `postgresql://…`, or `{env: NAME}` with one of them.",
    ),
    "RC702": (
        "A ledger that cannot be used",
        "It cannot be opened, read or written. Nothing is sent without a ledger.",
    ),
    "RC703": (
        "A ledger of a newer version",
        "It was written by a newer reconciler; this one would not understand what it says.",
    ),
    "RC710": (
        "The ledger is held by another process",
        "Two runs write to one ledger, and the other one did not end in time.",
    ),
    "RC711": (
        "Another runner took a send over",
        "Two runs attempted the same send; the ledger let one of them. Nothing was sent by this one.",
    ),
    "RC712": (
        "A send is under way in another process",
        "Another run on this machine, or a recent one on another, waits for the answer to this very request. Wait until it ends.",
    ),
    "RC720": (
        "The backend shows sends that the ledger does not know",
        "The ledger is lost, or restored from an old backup. Sending on could send twice. Restore it, or let `reconciler sends rebuild` take over what the backend shows.",
    ),
    "RC721": (
        "A send was accepted and the ledger could not be told",
        "The facts are in the named file and on stderr. Mend the ledger, then record them with `reconciler sends resolve`.",
    ),
}
"""Code → (title, paragraph)."""
