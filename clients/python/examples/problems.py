"""What goes wrong, as a program sees it: asks a relay for a channel, with a uuid that has no seat there.

    python examples/problems.py http://127.0.0.1:8153 4821

prints one line of JSON, the problem's code, message and hint, and ends with 1; or the round of the channel.
"""

import json
import sys

from duet_relay import Problem, Relay


def main(url: str, channel: str) -> int:
    """Makes the call once: a relay that is away is a problem too."""
    try:
        with Relay(url, patience=0) as relay:
            print(json.dumps({"round": relay.get_channel(channel).round_}))
    except Problem as problem:
        print(json.dumps({"code": problem.code, "message": problem.message, "hint": problem.hint}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
