"""How long do the trainings of the chapters take? Processor seconds of one of each.

Run it by hand; it is no test::

    .venv/bin/python benchmarks/training.py             # every chapter
    .venv/bin/python benchmarks/training.py enlarging   # one of them

The course promises that each training ends within a minute on two cores: that is 120
processor seconds, and each row says how much of them it needs. Measuring the trained
network is counted, importing TensorFlow is not.
"""

import importlib
import sys
import time

from convcourse.experiments import cheaper, dilated, enlarging, seeing

MINUTE = 2 * 60  # processor seconds
SETTINGS = {
    "seeing": [(name,) for name in seeing.RECORDED],
    "dilated": [(task, way) for task, ways in dilated.WAYS.items() for way in ways],
    "enlarging": [(way,) for way in enlarging.WAYS],
    "cheaper": [(kind,) for kind in cheaper.KINDS],
}


def main(names):
    """Train one network of each kind of the chapters asked for, or of all."""
    if unknown := [name for name in names if name not in SETTINGS]:
        sys.exit(f"No section {unknown[0]!r}; there are {', '.join(SETTINGS)}.")
    import convcourse.tf  # noqa: F401  (seconds that are no training)

    for name in names or SETTINGS:
        run = importlib.import_module(f"convcourse.experiments.{name}").run
        print(f"== {name}\n")
        for setting in SETTINGS[name]:
            begin = time.process_time()
            run(*setting, seed=0)
            spent = time.process_time() - begin
            label = " ".join(setting)
            print(f"{label:24} {spent:5.1f} s, {spent / MINUTE:4.0%} of the minute")
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
