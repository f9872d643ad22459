"""The codes of runs: guards, plans, sends, backends that fail, and the ledger."""

from __future__ import annotations

from collections.abc import Mapping

RUN_CODES: Mapping[str, tuple[str, str]] = {
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
    "RC412": (
        "A clock that is wrong",
        "This machine's clock and the backend's, as the `Date` of its last answer has it, differ by more than two minutes. A send that has a schedule would leave at the wrong time, so it does not leave; it goes once the clock is right, within its deadline.",
    ),
    "RC420": (
        "A local ledger in a CI job",
        "The ledger is what keeps a push from being sent twice. A file on a CI runner is gone with the job. Share a ledger, or say with RECONCILER_LOCAL_LEDGER=accept that this file is kept.",
    ),
    "RC421": (
        "A ledger that nobody has vouched for",
        "Some backends show nothing of what was sent, so only the ledger knows. A ledger that came to be by itself may be the wrong one; `reconciler init` says that it is the right one.",
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
    "RC512": (
        "A campaign that cannot be changed any more",
        "A campaign in progress, or a finished one, stays as it is: finish it, and declare the new content under another name or as the next revision.",
    ),
    "RC513": (
        "A revision of a campaign that is in progress, or has not started",
        "Finish the campaign first (`state: finished`), then raise `revision`: the finished one is deleted and made anew.",
    ),
    "RC514": (
        "An activated campaign that is gone",
        "Somebody deleted it after it was activated. Making and activating it again would send it twice, so only a new revision does.",
    ),
    "RC515": (
        "Something to take over that differs and cannot be changed",
        "The backend holds an object of that name that this ledger did not make, and has no operation to change it. Declaring it as it is takes it over with `--adopt`; another name makes a new one.",
    ),
    "RC516": (
        "An undecided send that nothing asks for",
        "It may have been sent; its manifest is gone, suspended, or asks for another revision. Until it is found or decided nothing else leaves to its app. `reconciler sends probe` looks it up once more, `reconciler sends resolve` says what a person knows.",
    ),
    "RC520": (
        "More devices match than the backend sends to",
        "App Center sends to the first 1,000 matching devices of a request and skips the rest without a word.",
    ),
    "RC530": (
        "A key that names no send, or several",
        "Keys may be cut short, to four characters or more, as long as they name one send. `reconciler sends list` shows them.",
    ),
    "RC531": (
        "Nothing to decide",
        "Only a send of unknown outcome, or a failed one, can be resolved. One that was made is made; one that was not is attempted by the next apply.",
    ),
    "RC532": (
        "A send of an app that this project does not have",
        "The ledger holds an unknown send of an app that is not in the project, or not in this environment. Name the environment, or restore the app, to look it up.",
    ),
    "RC533": (
        "Nothing to cancel",
        "Every request of the send has left, or is settled otherwise. A push that has left cannot be taken back.",
    ),
    "RC534": (
        "Other apps in a project that runs",
        "`reconciler run` takes in edited manifests, but its apps are those that it began with. What was loaded goes on; start it again to take in the others.",
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
    "RC609": (
        "A campaign that is not in progress",
        "Only a manual campaign in progress is pushed to devices. Nothing was sent.",
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
    "RC713": (
        "An app that another run holds",
        "Each run that changes an app or sends to it holds its lease. Wait until it ends, or with `--lock-timeout DURATION`; `reconciler lock status` tells who it is. A lease without a heartbeat expires after 15 seconds, one of a dead process on this machine at once. `reconciler lock release ID` ends one whose holder you know to be gone.",
    ),
    "RC714": (
        "A lease that was lost",
        "This run was paused or cut off for longer than its lease lasts, or somebody released it, and another one may have taken over. Nothing more was written or sent by this one. A request that was under way is looked up by the next run.",
    ),
    "RC715": (
        "No such lease",
        "Nobody holds a lease of that id: it was given back, or has passed to another run. `reconciler lock status` shows those that are held.",
    ),
    "RC716": (
        "A step that the state of a request does not allow",
        "The ledger stores only what the state machine of sends allows (`docs/sends.md`). This is a bug of reconciler; nothing was written.",
    ),
    "RC717": (
        "A freeze",
        "Somebody has forbidden every change and every send, with `reconciler freeze`. What falls due meanwhile waits, until its deadline.",
    ),
    "RC720": (
        "The backend shows sends that the ledger does not know",
        "The ledger is lost, or restored from an old backup. Sending on could send twice. Restore it, or let `reconciler sends rebuild` take over what the backend shows.",
    ),
    "RC721": (
        "A send was accepted and the ledger could not be told",
        "The facts are in the named file and on stderr. Mend the ledger, then record them with `reconciler sends recover FILE`.",
    ),
    "RC722": (
        "An emergency record that is not taken in",
        "The record is not whole, or contradicts what the ledger holds of that request. What was settled is never written over.",
    ),
    "RC730": (
        "Not a whole export of a ledger",
        "The file is cut short, was edited, or is something else. Nothing was taken in.",
    ),
    "RC731": (
        "A ledger that is not empty",
        "An export is taken into an empty ledger only: two memories are never mixed.",
    ),
    "RC732": (
        "A chain that does not hold",
        "An entry of the ledger does not follow from those before it: it was changed, cut out, or lost. Restore the ledger from a backup; until then, nobody can say what was sent.",
    ),
}
"""Code → (title, paragraph)."""
