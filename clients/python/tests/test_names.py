"""Which names are stored, and where links may lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from duet_relay.problem import Problem
from duet_relay.protocol.body import Data
from duet_relay.protocol.manifest import Entry, Manifest
from duet_relay.protocol.messages import MessageError
from duet_relay.transfer.destination import FileDestination
from duet_relay.transfer.names import link_leads_to, numbered_name, part_name, path_fault
from duet_relay.transfer.offer import check_names
from duet_relay.transfer.source import open_source


def offer(*entries: Entry) -> Manifest:
    return Manifest.of_files(entries)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "a/../b",
        "/etc/passwd",
        "a//b",
        "a\\b",
        "C:x",
        "c:",
        "nul",
        "NUL.txt",
        "com1 .log",
        "LPT³",
        "a.",
        "a ",
        "a\nb",
        "a\x1b[2J",
        "a\x7f",
        "a\x85",
        "\u200b",
        "x" * 256,
        "ä" * 128,
        "a/" * 128 + "a",
    ],
)
def test_a_name_that_could_do_harm_is_refused_with_the_whole_offer(path: str) -> None:
    assert path_fault(path) is not None
    with pytest.raises(MessageError):
        check_names(offer(Entry("good", "file"), Entry(path, "file")))


@pytest.mark.parametrize(
    "path", ["a", ".ssh", "a b", "naïve ☂.txt", "شعر\u200cها", "console", "nulls", "a" * 255, "a/" * 127 + "a"]
)
def test_a_name_of_people_is_taken(path: str) -> None:
    assert path_fault(path) is None
    check_names(offer(Entry(path, "file")))


@pytest.mark.parametrize(("one", "other"), [("README", "readme"), ("\u00e9", "e\u0301"), ("a", "a\u200b"), ("ß", "SS")])
def test_two_names_that_one_file_system_takes_for_one_are_refused(one: str, other: str) -> None:
    with pytest.raises(MessageError, match="differ only"):
        check_names(offer(Entry(f"d/{one}", "file"), Entry(f"d/{other}", "file")))


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("d/l", "/etc/passwd"),
        ("d/l", "../../x"),
        ("d/l", ".."),
        ("d/l", "../other"),
        ("d/e/l", "../../other"),
        ("d/l", "x/../../.."),
        ("d/l", "x\\y"),
        ("d/l", "nul"),
        ("l", ".."),
        ("l", "mine"),
        ("l", "."),
        ("l", "~/x\n"),
    ],
)
def test_a_link_that_leads_out_is_refused(path: str, target: str) -> None:
    with pytest.raises(MessageError, match="leads out"):
        check_names(offer(Entry("d/e/f", "file"), Entry(path, "link", 0, target=target)))


@pytest.mark.parametrize(
    ("path", "target", "place"),
    [("d/l", "x", "d/x"), ("d/e/l", "../x", "d/x"), ("d/e/l", "..", "d"), ("l", "d/x", "d/x"), ("d/l", "./x/", "d/x")],
)
def test_a_link_that_stays_inside_is_taken(path: str, target: str, place: str) -> None:
    assert link_leads_to(path, target) == place
    check_names(offer(Entry("d/e/f", "file"), Entry(path, "link", 0, target=target)))


@pytest.mark.parametrize(
    ("name", "numbered"),
    [("report.pdf", "report (1).pdf"), (".bashrc", ".bashrc (1)"), ("a", "a (1)"), ("x" * 255, "x" * 251 + " (1)")],
)
def test_a_name_gets_a_number(name: str, numbered: str) -> None:
    assert numbered_name(name, 1) == numbered
    assert len(part_name(name).encode()) <= 255


def test_a_file_grows_under_another_name(tmp_path: Path) -> None:
    destination = FileDestination(tmp_path, offer(Entry("a", "file", 4), Entry("b", "file", 1)))
    destination.acceptance()
    destination.take(Data(0, 0, memoryview(b"half")))
    assert [path.name for path in tmp_path.iterdir()] == ["a.part"]
    destination.take(Data(1, 0, memoryview(b"b")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b.part"]
    assert destination.finish() == (2, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_is_not_complete_is_removed_and_what_is_complete_stays(tmp_path: Path) -> None:
    destination = FileDestination(tmp_path, offer(Entry("d/a", "file", 1), Entry("e/b", "file", 9)))
    destination.acceptance()
    destination.take(Data(0, 0, memoryview(b"a")))
    destination.take(Data(1, 0, memoryview(b"b")))
    destination.abandon()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["d", "d/a"]
    destination.restart()
    assert destination.acceptance().exceptions == {0: "skip"}


def test_a_name_that_was_taken_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    destination = FileDestination(tmp_path, offer(Entry("a", "file", 1)))
    destination.acceptance()
    destination.take(Data(0, 0, memoryview(b"n")))
    (tmp_path / "a").write_text("old")
    destination.finish()
    assert (tmp_path / "a").read_text() == "old"
    assert (tmp_path / "a (1)").read_text() == "n"
    assert destination.paths == ["a (1)"]


def test_a_topmost_link_leads_to_what_arrived_with_it_and_not_to_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    destination = FileDestination(tmp_path, offer(Entry("a", "file", 1), Entry("l", "link", 0, target="a")))
    destination.acceptance()
    destination.take(Data(0, 0, memoryview(b"n")))
    destination.finish()
    assert (tmp_path / "l").read_text() == "n"


def test_a_part_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_text("theirs")
    destination = FileDestination(tmp_path, offer(Entry("a", "file", 1)))
    destination.acceptance()
    destination.take(Data(0, 0, memoryview(b"n")))
    destination.finish()
    assert (tmp_path / "a.part").read_text() == "theirs"
    assert (tmp_path / "a").read_text() == "n"


def test_more_than_there_is_room_for_is_no_space(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        FileDestination(tmp_path, offer(Entry("a", "file", 2**53 - 1)))
    assert (caught.value.code, caught.value.exit_code) == ("no_space", 7)


def test_a_sender_leaves_out_what_a_recipient_would_refuse(tmp_path: Path) -> None:
    top = tmp_path / "d"
    top.mkdir()
    for name in ("good", "bad\nname", "same", "SAME"):
        (top / name).touch()
    (top / "out").symlink_to("/etc/passwd")
    (top / "in").symlink_to("good")
    source = open_source([top])
    check_names(source.manifest)
    assert [entry.path for entry in source.manifest.entries] == ["d", "d/SAME", "d/good", "d/in"]
    assert len(source.left_out) == 3
