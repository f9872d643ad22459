"""The codes of what is declared, beyond its shape: the project, references, and what each backend can do."""

from __future__ import annotations

from collections.abc import Mapping

DECLARED: Mapping[str, tuple[str, str]] = {
    "RC130": (
        "There is no project file",
        "Commands work on a `reconciler.yaml`, in the working directory unless `--project PATH` says otherwise. `reconciler init` writes a first one.",
    ),
    "RC131": (
        "An environment that the project does not declare",
        "`--env NAME` chooses one of `spec.environments`. Without it, the apps are those of `spec.apps` as they stand.",
    ),
    "RC132": (
        "An app that is not whole in an environment",
        "An environment lays settings over an app of `spec.apps`. What comes out must be a whole app: with all that its provider needs, and nothing of another's.",
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
    "RC142": (
        "A rehearsal's clock and a real backend",
        "`--clock` moves the time of a run, which is harmless only where every backend is a sandbox on this machine.",
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
    "RC206": (
        "An unknown campaign",
        "A notification pushes a campaign that no manifest declares for that app.",
    ),
    "RC207": (
        "A campaign that cannot be pushed",
        "Only a manual campaign in progress can be pushed to devices: `push_mode: manual` and `state: active`.",
    ),
    "RC208": (
        "Questions that do not fit the poll",
        "A push may ask other questions than the poll it pushes, but as many, with as many choices each.",
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
    "RC306": (
        "A field that the backend, or that type of campaign, does not have",
        "What each backend can say is in `docs/backends.md`. Fields of one backend only stand under its name, as in "
        "`content.mobileengagement`, and the others pass them over.",
    ),
    "RC308": (
        "Content that the backend cannot do without",
        "Each type of campaign needs its own: a title and a body, questions, a body, a payload.",
    ),
    "RC309": (
        "Settings that contradict each other",
        "The backend would refuse them together, or pass one of them over in silence.",
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
    "RC330": (
        "A time that clocks skip or show twice",
        "When clocks are put forward an hour is missing, when they are put back one comes twice. A single time there is refused until `dst` says which instant is meant: `earlier`, `later` or `shift`. A cron is sent all the same, once: right after the gap, or at the first of the two; this tells the first such day.",
    ),
    "RC331": (
        "A cron that never fires",
        "No day is like that (31 February), or none between `start` and `end`, so nothing would ever be sent.",
    ),
    "RC332": (
        "A cron that cannot be read",
        "Five fields: minute, hour, day of the month, month, day of the week, as in `0 9 * * MON`. Seconds and words such as `@daily` are not taken, and ranges go upwards.",
    ),
    "RC334": (
        "A schedule that is over",
        "Its time was over, or its deadline, before anything was sent: nothing ever is. Give another time, or remove the manifest.",
    ),
    "RC333": (
        "A deadline longer than the time to the next occurrence",
        "After an outage two sends of the notification could go out at one time. Give a deadline no longer than the distance.",
    ),
    "RC320": (
        "A custom property whose type is another one on the backend",
        "The backend knows the property from devices or audiences, with another type. A property keeps the type it was first seen with, so audiences with the declared type would match nobody.",
    ),
}
