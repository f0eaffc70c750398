"""`python -m tests.portals [--port N]`: serves the replicas until SIGTERM, SIGINT or the end of standard input.

Prints one JSON line when it is ready: `{"port": N, "connect_to": {...}}`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading

from tests.portals.server import ReplicaServer


def main() -> int:
    """Serves until told to stop; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.portals", description="Serve the replica portals.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    arguments = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def wait_for_end_of_input() -> None:
        while os.read(0, 4096):  # unbuffered: a thread inside a buffered read would hold its lock at exit
            continue
        stop.set()

    threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    with ReplicaServer(arguments.port, keep_log=False) as server:
        print(json.dumps({"port": server.port, "connect_to": server.connect_to}), flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
