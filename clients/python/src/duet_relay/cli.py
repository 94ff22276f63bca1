"""The program: `python -m duet_relay send PATH… --relay URL` and `receive CODE --relay URL --out DIR`.

It asks nothing. Standard output has one JSON object a line, each with `event`, as docs/events.schema.json of the
project describes them; the first line of `send` is the code. What is for people goes to standard error. Exit codes are
those of docs/CLI.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from .problem import Problem
from .protocol.code import Code
from .protocol.suites import HYBRID, SUITES
from .relay import Relay
from .transfer.meeting import WAIT_FOR_PEER_SECONDS, RecipientMeeting, SenderMeeting
from .transfer.receive import receive_files
from .transfer.send import send_files
from .transfer.source import open_source

PROGRAM: Final = "duet-peer"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(arguments)
    _interrupt_by(signal.SIGTERM, signal.SIGHUP)
    try:
        exit_code: int = options.run(options)
    except KeyboardInterrupt:
        return _failed(Problem("interrupted"))
    except Problem as problem:
        return _failed(problem)
    return exit_code


def _send(options: argparse.Namespace) -> int:
    source = open_source([Path(path) for path in options.paths])
    for why in source.left_out:
        _warn(why)
    typed = options.code or os.environ.get("DUET_CODE")
    own_code = Code.parse(typed) if typed else None
    started = time.monotonic()
    with _relay(options) as relay:
        meeting = SenderMeeting(relay, own_code, SUITES[options.curve], options.wait_for_peer)
        try:
            code = meeting.open()
            command = f"duet receive {code.phrase} --relay {shlex.quote(relay.url)}"
            invitation = {"relay": relay.url, "command": command, "where": "anywhere"}
            _event("code", code=code.phrase, relay=relay.url, command=command, invitations=[invitation])
            sent = send_files(meeting, source, _warn)
        except KeyboardInterrupt:
            meeting.close("cancelled")
            raise
    _event("done", files=sent.files, bytes=sent.size, seconds=_seconds_since(started))
    return _after(len(sent.failed))


def _receive(options: argparse.Namespace) -> int:
    typed = options.code or os.environ.get("DUET_CODE")
    if not typed:
        raise Problem("usage", "a code is needed, on the command line or as DUET_CODE")
    code = Code.parse(typed)
    started = time.monotonic()
    with _relay(options) as relay:
        meeting = RecipientMeeting(relay, code, options.wait_for_peer)
        received = receive_files(meeting, Path(options.out))
    if received.text is not None:
        _event("text", text=received.text)
    seconds = _seconds_since(started)
    _event("done", files=received.files, bytes=received.size, seconds=seconds, paths=list(received.paths))
    return _after(received.failed)


def _after(failed: int) -> int:
    if failed:
        raise Problem("cannot_read", f"{failed} files could not be read by the sender")
    return 0


def _relay(options: argparse.Namespace) -> Relay:
    if not options.relay:
        raise Problem("usage", "a relay is needed: --relay URL, or DUET_RELAY")
    try:
        tls = ssl.create_default_context(cafile=options.ca) if options.ca else None
    except OSError as error:
        raise Problem("usage", f"--ca: {error.strerror}") from error
    return Relay(options.relay, access_token=os.environ.get("DUET_ACCESS_TOKEN"), tls=tls)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(PROGRAM, description="A peer of duet in Python.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    send = commands.add_parser("send", help="prints a code, waits for the other side, and sends")
    send.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    send.add_argument("--code", help="use this code: a channel, a dash and secret words")
    send.add_argument("--curve", choices=SUITES, default=HYBRID.curve, help="how to agree on a key")
    send.set_defaults(run=_send)
    receive = commands.add_parser("receive", help="accepts what is offered, and writes it")
    receive.add_argument("code", nargs="?", metavar="CODE", help="what the sender passed on, or DUET_CODE")
    receive.add_argument("--out", default=".", metavar="DIR", help="the folder to write to")
    receive.set_defaults(run=_receive)
    for command in (send, receive):
        relay = os.environ.get("DUET_RELAY")
        command.add_argument("--relay", default=relay, metavar="URL", help="the relay that introduces the two sides")
        command.add_argument("--ca", metavar="FILE", help="trust the authorities in this PEM file, and no other")
        command.add_argument(
            "--wait-for-peer",
            type=float,
            default=WAIT_FOR_PEER_SECONDS,
            metavar="SECONDS",
            help="how long to wait for the other side",
        )
    return parser


def _interrupt_by(*signals: signal.Signals) -> None:
    """The first one ends as Ctrl-C does, a second one at once."""

    def interrupt(number: int, _frame: object) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for each in (*signals, signal.SIGINT):
        # A program in the background of a shell ignores what the terminal says; that stays.
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, interrupt)


def _failed(problem: Problem) -> int:
    code = problem.exit_code
    _event("error", code=problem.code, message=problem.message, hint=problem.hint, exit=code)
    print(f"{PROGRAM}: {problem}", file=sys.stderr)
    return code


def _warn(message: str) -> None:
    _event("warning", message=message)
    print(f"{PROGRAM}: {message}", file=sys.stderr)


def _event(name: str, **fields: Any) -> None:
    try:
        print(json.dumps({"event": name, **fields}), flush=True)
    except BrokenPipeError:
        # Nobody reads any more. The transfer goes on; the interpreter must not stumble over it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 3)
