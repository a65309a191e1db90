"""The doors in the shell: `python app.py generate_image --prompt "a hare"`. Knows no Gradio and no web.

A running studio on the same STUDIO_HOME does the work; if there is none, this process works it off itself.
"""
import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, get_origin

from pydantic import BaseModel

from config import settings
from engines.errors import BadRequest, Conflict, StudioError
from jobs import control, files, logs, supervisor
from jobs.control import Caller
from jobs.declared import Door
from studio import errors, schema
from studio.ask import ask, door_named, public_doors

ENDED = ("complete", "error", "cancelled")
LOOK = 0.1
CHECK = 2.0


class Parser(argparse.ArgumentParser):
    """argparse whose refusals are ours."""

    def error(self, message: str) -> NoReturn:
        """One sentence, with the code every door uses."""
        raise BadRequest(f"{message} (python {self.prog} --help lists what there is)")


def overview() -> str:
    """What `python app.py --help` says."""
    lines = ["Troubadour: words become pictures and illustrated songs.", "", "python app.py                        serve the studio",
             "python app.py worker <lane>          work one lane (the studio starts its own workers)",
             "python app.py <name> --field value   do one thing; --help after a name lists its fields", ""]
    for kind, title in (("capability", "What it can make"), ("verb", "What else it can do")):
        lines.append(f"{title}:")
        lines += [f"  {door.name:<18} {schema.summary(door)}" for door in public_doors() if door.kind == kind]
        lines.append("")
    return "\n".join(lines)


def parser_for(door: Door) -> Parser:
    """The door's fields as options."""
    parser = Parser(prog=f"app.py {door.name}", description=door.summary, allow_abbrev=False, argument_default=argparse.SUPPRESS,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, field in schema.fields(door).items():
        flags = list(dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}")))
        wanted, standard = schema.kinds(field.annotation), schema.default(field)
        words = (field.description or name).replace("%", "%%") + ("" if standard in (None, "", []) else f" (default: {standard})")
        if field.is_required():
            words += " (needed)"
        if bool in wanted:
            parser.add_argument(*flags, dest=name, action=argparse.BooleanOptionalAction, help=words)
        elif list in wanted:
            parser.add_argument(*flags, dest=name, nargs="*", metavar="VALUE", help=words)
        else:
            parser.add_argument(*flags, dest=name, metavar=_metavar(wanted), help=words)
    return parser


def _metavar(wanted: set[Any]) -> str:
    for kind, word in ((dict, "JSON"), (int, "NUMBER"), (float, "NUMBER")):
        if kind in wanted:
            return word
    return "TEXT"


def values_of(door: Door, arguments: list[str]) -> dict[str, Any]:
    """What the person typed, as the fields' own types; paths of pictures are imported as uploads."""
    typed: dict[str, Any] = {}
    for name, given in vars(parser_for(door).parse_args(arguments)).items():
        annotation = schema.fields(door)[name].annotation
        if isinstance(given, list):
            inner = getattr(schema.bare(annotation), "__args__", (str,))[0]
            typed[name] = [_value(door, name, each, inner) for each in given]
        else:
            typed[name] = given if isinstance(given, bool) else _value(door, name, given, annotation)
    return typed


def _value(door: Door, name: str, text: str, annotation: Any) -> Any:
    if name in door.files and Path(text).is_file():
        with open(text, "rb") as picture:
            return files.save_upload(picture, Path(text).name, Caller().owner)["id"]
    plain = schema.bare(annotation)
    if dict in schema.kinds(annotation) or get_origin(annotation) is dict or isinstance(plain, type) and issubclass(plain, BaseModel):
        return schema.parsed(text, name)
    return schema.typed(text, annotation)


def run(name: str, arguments: list[str]) -> int:
    """One door, to its end."""
    door, who = door_named(name), Caller()
    values = values_of(door, arguments)
    if not schema.waits(door):
        print(json.dumps(asyncio.run(ask(door, values, who)), ensure_ascii=False, indent=2))
        return 0
    waits, seconds = values.get("wait", True), values.get("wait_seconds", schema.default(schema.fields(door)["wait_seconds"]))
    job = asyncio.run(ask(door, values | {"wait": False}, who))
    if waits is True:
        job = follow(job, float(seconds), who)
    return report(job, who)


def follow(job: dict[str, Any], seconds: float, who: Caller) -> dict[str, Any]:
    """Watch a job until it has ended; do it here when no studio is running."""
    until, check = time.monotonic() + seconds, 0.0
    with contextlib.ExitStack() as stack, _line() as say:
        working = False
        try:
            while job["status"] not in ENDED and time.monotonic() < until:
                if not working and time.monotonic() >= check:
                    check = time.monotonic() + CHECK
                    working = _work_here(stack)
                time.sleep(LOOK)
                job = control.job(job["id"], who)
                say(f"{job['stage'] or job['status']} {job['progress']:.0%} {job['message']}".strip())
        except KeyboardInterrupt:
            if working:
                with contextlib.suppress(Conflict):  # it has ended in this moment
                    control.cancel(job["id"], who)
            else:
                print(f"The studio goes on with it: python app.py get_job --job_id {job['id']}", file=sys.stderr)
            raise
    return job


def _work_here(stack: contextlib.ExitStack) -> bool:
    """Start workers in this process unless a studio runs on this STUDIO_HOME; whether they were started."""
    if supervisor.running():
        return False
    os.environ["STUDIO_WORKERS"] = "inline"
    settings.cache_clear()
    hands = supervisor.Supervisor()
    try:
        hands.start()
    except Conflict:  # a studio has started in this moment; it does the work
        return False
    stack.callback(hands.stop)
    return True


@contextlib.contextmanager
def _line() -> Iterator[Any]:
    """One line on a terminal that is written over; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda words: None
        return
    try:
        yield lambda words: print(f"\r\x1b[K{words[:100]}", end="", file=sys.stderr, flush=True)
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def report(job: dict[str, Any], who: Caller) -> int:
    """Where the files are, or what was found out, or what went wrong."""
    if job["status"] == "error":
        print(f"{job['error']['code']}: {job['error']['message']} ({job['correlation_id']})", file=sys.stderr)
        return 1
    if job["status"] != "complete":
        print(json.dumps({name: job[name] for name in ("id", "status", "progress", "queue_position", "eta_s")}))
        return 1 if job["status"] == "cancelled" else 0
    for output in job["outputs"]:
        print(files.artifact(output["id"], who.owner).path)
    if not job["outputs"]:
        print(json.dumps(job["result"], ensure_ascii=False, indent=2))
    return 0


def main(arguments: list[str]) -> int:
    """One command; its exit status is 2 for bad input and 1 for whatever else went wrong."""
    logs.to_stderr(logging.ERROR)
    if arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    who = Caller()
    try:
        return run(arguments[0], arguments[1:])
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # every error leaves as one sentence with its code
        shown: StudioError = errors.shown(error, who.correlation_id)
        print(errors.sentence(shown, who.correlation_id), file=sys.stderr)
        return 2 if 400 <= shown.status < 500 and not shown.transient else 1
