"""A peer of duet in Python: an end-to-end encrypted pipe between two computers that share a short code.

* `Relay` and `AsyncRelay` drive the API of a relay; `StaplerStream` and `open_stapler_stream` are the pipe.
* `SenderRound` and `RecipientRound` agree on a key; `Code` reads what people type.
* `send_files` and `receive_files` do all of it.

Everything that goes wrong is a `Problem` with `code`, `message` and `hint`.
"""

from ._connection import StaplerTarget
from .aio import AsyncRelay
from .problem import Problem
from .protocol.code import Code, new_secret
from .protocol.handshake import Agreed, RecipientRound, SenderRound
from .protocol.manifest import Entry, Manifest
from .protocol.suites import HYBRID, PLAIN, SUITES, Suite, suite_named
from .relay import Relay
from .stapler import StaplerStream, hello_line, open_stapler_stream
from .transfer.meeting import RecipientMeeting, SenderMeeting
from .transfer.receive import Received, receive_files
from .transfer.send import Sent, send_files
from .transfer.source import Source, open_source

__all__ = [
    "HYBRID",
    "PLAIN",
    "SUITES",
    "Agreed",
    "AsyncRelay",
    "Code",
    "Entry",
    "Manifest",
    "Problem",
    "Received",
    "RecipientMeeting",
    "RecipientRound",
    "Relay",
    "SenderMeeting",
    "SenderRound",
    "Sent",
    "Source",
    "StaplerStream",
    "StaplerTarget",
    "Suite",
    "hello_line",
    "new_secret",
    "open_source",
    "open_stapler_stream",
    "receive_files",
    "send_files",
    "suite_named",
]
