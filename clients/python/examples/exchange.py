"""Two programs that share a code talk through an encrypted connection, without a file in sight.

    python examples/exchange.py http://127.0.0.1:8153

plays both sides: one thread sends a few lines, the other prints them. What they agree on is in `duet_relay.protocol`;
what they say to each other is theirs, sealed by `SecureConnection`.
"""

import sys
import threading

from duet_relay import Code, Problem, RecipientMeeting, Relay, SenderMeeting
from duet_relay.transfer.connection import SecureConnection

WAIT_SECONDS = 60
LINE_BYTES_MAX = 1000


def talk(meeting: SenderMeeting, lines: list[str]) -> None:
    """Sends each line as a message of its own."""
    with SecureConnection(meeting.dial(), meeting.role, meeting.met.agreed) as connection:
        connection.greet(WAIT_SECONDS)
        for line in lines:
            connection.send("body", line.encode())
        connection.send("end", b"")
        connection.receive("ack").whole(LINE_BYTES_MAX)


def listen(url: str, code: Code) -> None:
    """Prints what comes until it ends."""
    with Relay(url) as relay:
        meeting = RecipientMeeting(relay, code)
        with SecureConnection(meeting.dial(), meeting.role, meeting.met.agreed) as connection:
            connection.greet(WAIT_SECONDS)
            while (message := connection.receive("body", "end")).kind == "body":
                print(message.whole(LINE_BYTES_MAX).decode())
            message.whole(LINE_BYTES_MAX)
            connection.send("ack", b"")
        meeting.close("done")


def main(url: str) -> int:
    """Plays both sides."""
    try:
        with Relay(url) as relay:
            meeting = SenderMeeting(relay)
            code = meeting.open()
            print(f"code: {code.phrase}")
            listener = threading.Thread(target=listen, args=(url, code))
            listener.start()
            talk(meeting, ["Hello,", "nobody in between can read this."])
            listener.join()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8153"))
