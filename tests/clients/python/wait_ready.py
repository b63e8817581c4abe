"""Waits up to 30 seconds until the health service at an address says SERVING and the key file is there.

The two messages of grpc.health.v1 are so small that their bytes are written out here: an empty request, and an answer
whose field 1 is 1 (SERVING).
"""

import pathlib
import sys
import time

import grpc

SERVING = b"\x08\x01"


def main(address, key_file):
    give_up = time.monotonic() + 30
    with grpc.insecure_channel(address) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        while time.monotonic() < give_up:
            try:
                if check(b"", timeout=2) == SERVING and pathlib.Path(key_file).exists():
                    return 0
            except grpc.RpcError as error:
                last = error.code().name
            else:
                last = "not serving yet"
            time.sleep(0.1)
    print(f"not ready after 30 seconds: {last}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
