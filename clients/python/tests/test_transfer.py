"""Files through the program of this package and the command line of this checkout, in both roles."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from .support import CLI, Ended, Running, command_line, program

needs_cli = pytest.mark.skipif(not CLI.exists(), reason="dist/ is missing: run `npm ci` at the top of the checkout")

PYTHON = "python"
CLI_NAME = "cli"
SIDES = [PYTHON, pytest.param(CLI_NAME, marks=needs_cli)]
#: Sender and recipient. What the command line does with itself is for its own tests.
PAIRS = [
    (PYTHON, PYTHON),
    pytest.param(PYTHON, CLI_NAME, marks=needs_cli),
    pytest.param(CLI_NAME, PYTHON, marks=needs_cli),
]
#: More than a chunk, and not a multiple of one.
SIZE = 3 * 1024 * 1024 + 12345


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is sent: files of several sizes, folders, links."""
    top = tmp_path / "sent" / "things"
    (top / "deep" / "er").mkdir(parents=True)
    (top / "nothing").mkdir()
    (top / "big").write_bytes(os.urandom(SIZE))
    (top / "empty").touch()
    (top / "deep" / "er" / "naïve ☂.txt").write_text("small")
    (top / "deep" / "script").write_text("#!/bin/sh")
    (top / "deep" / "script").chmod(0o750)
    (top / "link").symlink_to("deep/script")
    os.utime(top / "deep", (1_700_000_000, 1_700_000_000))
    return top


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def sending(side: str, path: Path, url: str, *options: str) -> Running:
    if side == PYTHON:
        return Running(program("send", str(path), "--relay", url, *options))
    return Running(command_line("send", "--json", str(path), "--relay", url, *options))


def receiving(side: str, code: str, out: Path, url: str, *options: str) -> Running:
    if side == PYTHON:
        return Running(program("receive", code, "--relay", url, "--out", str(out), *options))
    command = command_line("receive", "--json", "--yes", "--relay", url, "--out", str(out), *options)
    return Running(command, DUET_CODE=code)


def transferred(sender: Running, recipient_side: str, out: Path, url: str) -> tuple[Ended, Ended]:
    code = sender.event("code")["code"]
    recipient = receiving(recipient_side, code, out, url)
    return sender.end(), recipient.end()


def snapshot(top: Path) -> Iterator[tuple[str, str]]:
    """Names, kinds, modes, times and contents of a tree."""
    for path in sorted([top, *top.rglob("*")]):
        found = path.lstat()
        name = str(path.relative_to(top))
        if path.is_symlink():
            yield name, f"link {path.readlink()}"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            yield name, f"{found.st_mode:o} {int(found.st_mtime)} {content}"


@pytest.mark.parametrize("curve", ["ristretto255+mlkem768", "ristretto255"])
@pytest.mark.parametrize(("sender", "recipient"), PAIRS)
def test_a_folder_arrives_as_it_was(
    sender: str, recipient: str, curve: str, folder: Path, out: Path, relay_url: str
) -> None:
    first, second = transferred(sending(sender, folder, relay_url, "--curve", curve), recipient, out, relay_url)
    assert (first.exit_code, second.exit_code) == (0, 0), (first, second)
    assert (first.last["event"], second.last["event"]) == ("done", "done")
    assert first.last["bytes"] == second.last["bytes"]
    assert dict(snapshot(out / "things")) == dict(snapshot(folder))
    assert sorted(path.name for path in out.iterdir()) == ["things"]


@pytest.mark.parametrize(("sender", "recipient"), PAIRS)
def test_a_wrong_word_ends_both_sides_with_exit_3(
    sender: str, recipient: str, folder: Path, out: Path, relay_url: str
) -> None:
    first = sending(sender, folder, relay_url)
    channel, *_ = first.event("code")["code"].split("-")
    second = receiving(recipient, f"{channel}-zoo-zoo-zoo", out, relay_url)
    assert (first.end().exit_code, second.end().exit_code) == (3, 3)
    assert not list(out.glob("*"))


def test_the_first_line_of_send_is_the_code(folder: Path, relay_url: str) -> None:
    sender = sending(PYTHON, folder, relay_url, "--code", "pythons1-Cactus.lemo viol")
    event = sender.event("code")
    sender.kill()
    assert event["code"] == "pythons1-cactus-lemon-violin"
    assert event["relay"] == relay_url
    assert event["code"] in event["command"]


def test_several_paths_and_a_name_that_is_taken(folder: Path, tmp_path: Path, out: Path, relay_url: str) -> None:
    other = tmp_path / "report.pdf"
    other.write_text("new")
    out.mkdir()
    (out / "report.pdf").write_text("old")
    (out / "things").mkdir()
    sender = Running(program("send", str(folder), str(other), "--relay", relay_url))
    first, second = transferred(sender, PYTHON, out, relay_url)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert sorted(second.last["paths"]) == ["report (1).pdf", "things (1)"]
    assert (out / "report.pdf").read_text() == "old"
    assert (out / "report (1).pdf").read_text() == "new"
    assert dict(snapshot(out / "things (1)")) == dict(snapshot(folder))


@needs_cli
def test_a_text_of_the_command_line_is_an_event(out: Path, relay_url: str) -> None:
    sender = Running(command_line("send", "--json", "--text", "hello \x1b[2J ☂", "--relay", relay_url))
    first, second = transferred(sender, PYTHON, out, relay_url)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert next(event["text"] for event in second.events if event["event"] == "text") == "hello \x1b[2J ☂"
    assert not list(out.glob("*"))


@needs_cli
def test_a_recipient_of_the_command_line_resumes_what_it_has(
    folder: Path, out: Path, tmp_path: Path, relay_url: str
) -> None:
    """The command line keeps `.part` files when it is started again with the same code."""
    state = str(tmp_path / "state")
    sender = sending(PYTHON, folder / "big", relay_url)
    code = sender.event("code")["code"]
    command = command_line("receive", "--json", "--yes", "--relay", relay_url, "--out", str(out))
    slow = Running([*command, "--limit-rate", "200k"], DUET_CODE=code, DUET_STATE_DIR=state)
    slow.event("progress")
    slow.kill()
    second = Running(command, DUET_CODE=code, DUET_STATE_DIR=state).end()
    first = sender.end()
    assert (first.exit_code, second.exit_code) == (0, 0), (first, second)
    assert (out / "big").read_bytes() == (folder / "big").read_bytes()


@needs_cli
def test_a_sender_that_is_started_again_goes_on_in_another_round(
    folder: Path, out: Path, tmp_path: Path, relay_url: str
) -> None:
    state = str(tmp_path / "state")
    command = command_line("send", "--json", str(folder), "--relay", relay_url)
    killed = Running([*command, "--limit-rate", "200k"], DUET_STATE_DIR=state)
    code = killed.event("code")["code"]
    recipient = receiving(PYTHON, code, out, relay_url)
    killed.event("progress")
    killed.kill()
    first = Running(command, DUET_CODE=code, DUET_STATE_DIR=state).end()
    second = recipient.end()
    assert (first.exit_code, second.exit_code) == (0, 0), (first, second)
    assert dict(snapshot(out / "things")) == dict(snapshot(folder))
    assert sorted(path.name for path in out.iterdir()) == ["things"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("other", SIDES)
def test_an_interrupted_sender_tells_the_other_side(
    number: int, other: str, folder: Path, out: Path, relay_url: str
) -> None:
    sender = sending(PYTHON, folder, relay_url)
    code = sender.event("code")["code"]
    sender.signal(number)
    first = sender.end()
    second = receiving(other, code, out, relay_url).end()
    assert (first.exit_code, first.last["code"]) == (130, "interrupted")
    assert "Traceback" not in first.errors
    assert (second.exit_code, second.last["code"]) == (5, "cancelled")


@needs_cli
def test_a_recipient_that_is_interrupted_while_bytes_come_tells_the_sender(
    folder: Path, out: Path, relay_url: str
) -> None:
    sender = Running(command_line("send", "--json", str(folder), "--relay", relay_url, "--limit-rate", "200k"))
    recipient = receiving(PYTHON, sender.event("code")["code"], out, relay_url)
    sender.event("progress")
    recipient.signal(signal.SIGINT)
    first, second = sender.end(), recipient.end()
    assert (first.exit_code, second.exit_code) == (5, 130)
    assert not list(out.glob("**/*.part"))


def test_nobody_came_is_exit_6(folder: Path, out: Path, relay_url: str) -> None:
    first = sending(PYTHON, folder, relay_url, "--wait-for-peer", "0.5").end()
    second = receiving(PYTHON, "nobody1-zoo-zoo-zoo", out, relay_url, "--wait-for-peer", "0.5").end()
    assert (first.exit_code, first.last["code"]) == (6, "nobody_came")
    assert (second.exit_code, second.last["code"]) == (6, "nobody_came")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["send", "no-such-file", "--relay", "http://127.0.0.1:1"], 2, "usage"),
        (["send", ".", "--relay", "relay.example"], 2, "usage"),
        (["send", "."], 2, "usage"),
        (["receive", "4821-cactus-lemon-violet", "--relay", "http://127.0.0.1:1"], 2, "bad_code"),
        (["receive", "--relay", "http://127.0.0.1:1"], 2, "usage"),
        (["send", ".", "--relay", "http://127.0.0.1:1"], 4, "relay_unreachable"),
    ],
)
def test_what_is_wrong_with_the_command_has_an_exit_code(arguments: list[str], exit_code: int, code: str) -> None:
    ended = Running(program(*arguments), DUET_RELAY="", DUET_CODE="").end()
    assert (ended.exit_code, ended.last["code"], ended.last["exit"]) == (exit_code, code, exit_code)
    assert "Traceback" not in ended.errors


def test_a_destination_that_cannot_be_written_is_exit_7(tmp_path: Path, folder: Path, relay_url: str) -> None:
    sender = sending(PYTHON, folder, relay_url)
    code = sender.event("code")["code"]
    second = receiving(PYTHON, code, tmp_path / "no" / "such", relay_url).end()
    sender.signal(signal.SIGTERM)
    sender.end()
    assert (second.exit_code, second.last["code"]) == (7, "cannot_write")
