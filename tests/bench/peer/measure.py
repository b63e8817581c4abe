"""Measures ChannelAttribution on a file of journeys: measure.py ORDER RUNS FILE, one line of JSON on stdout.

Reading the file is not measured. Inside the package, the time from which the texts of the paths are numbers is taken by
`sys.text_is_split`, which the package calls there (see ../attribution).
"""

import contextlib
import gc
import io
import json
import sys
import time

import pandas

with contextlib.redirect_stdout(io.StringIO()):  # A banner.
    from ChannelAttribution import markov_model

ENOUGH = 60  # seconds: no run begins when those before took longer in all


def main(order, runs, file):
    data = pandas.read_csv(file, dtype={"path": "str"})
    split = []
    sys.text_is_split = lambda: split.append(time.process_time())
    gc.collect()
    with open("/proc/self/clear_refs", "w", encoding="ascii") as clear:
        clear.write("5")
    before = status("VmRSS:")
    began = time.monotonic()
    numbers, texts, elapsed, peak = [], [], [], 0
    while not texts or (len(texts) < runs and time.monotonic() - began < ENOUGH):
        clock, cpu = time.monotonic(), time.process_time()
        # The defaults, but for what is printed. It computes in one thread.
        result = markov_model(
            data,
            "path",
            "total_conversions",
            var_value="total_conversion_value",
            var_null="total_null",
            order=order,
            ncore=1,
            verbose=False,
            flg_pro=False,
        )
        end = time.process_time()
        elapsed.append(time.monotonic() - clock)
        texts.append(end - cpu)
        numbers.append(end - split.pop())
        assert not split, "texts are split once"
        peak = peak or status("VmHWM:")
    credits = zip(result["channel_name"], result["total_conversions"], result["total_conversion_value"])
    measured = {
        "side": "peer",
        "paths": len(data),
        "order": order,
        "runs": len(texts),
        "seconds": min(numbers),
        "text_seconds": min(texts),
        "elapsed_seconds": min(elapsed),
        "before_kib": before,
        "peak_kib": peak,
        "credits": {channel: [float(conversions), float(value)] for channel, conversions, value in credits},
    }
    print(json.dumps(measured))


def status(key):
    """A line of /proc/self/status, in KiB."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(key))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
