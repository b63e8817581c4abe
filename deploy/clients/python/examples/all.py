"""Runs all examples, one after another."""

import pathlib
import runpy
import time

HERE = pathlib.Path(__file__).resolve()
for path in sorted(HERE.parent.glob("*.py")):
    if path != HERE:
        begun = time.monotonic()
        print(f"== {path.name}", flush=True)
        runpy.run_path(str(path), run_name="__main__")
        print(f"   {1000 * (time.monotonic() - begun):.0f} ms", flush=True)
