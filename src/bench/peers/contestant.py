"""A contestant in Python: `contestant.py FILE JSON` makes FILE's class Work and does what it is told, one JSON text a line.

The same protocol as protocol.ts. A Work has `run(units)`, or `unit()` for one unit of work; `sound(input)`, channels in and
out, if sounds are compared; `ask(question)`. Times are taken here, with perf_counter. Standard library and numpy only.
"""

import base64
import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np


def unpack(item):
    for key, dtype in (('f32', np.float32), ('f64', np.float64)):
        if list(item) == [key]:
            return np.frombuffer(base64.b64decode(item[key]), dtype)
    return item


def pack(array):
    dtype = 'f64' if array.dtype == np.float64 else 'f32'
    array = np.ascontiguousarray(array, np.float64 if dtype == 'f64' else np.float32)
    return {dtype: base64.b64encode(array.tobytes()).decode()}


def run(work, units):
    start, processor_start = time.perf_counter(), time.thread_time()
    if hasattr(work, 'run'):
        work.run(units)
    else:
        for _ in range(units):
            work.unit()
    seconds = time.perf_counter() - start
    return seconds, (time.thread_time() - processor_start) / seconds


def obey(work, order):
    kind = order['kind']
    if kind == 'run':
        seconds, share = run(work, order['units'])
        return {'seconds': seconds, 'processorShare': share}
    if kind == 'times':
        return {'us': pack(np.array([1e6 * run(work, 1)[0] for _ in range(order['units'])]))}
    if kind == 'sound':
        return {'sound': [pack(channel) for channel in work.sound(order['input'])]}
    return {'answer': work.ask(order['question'])}


def main():
    file, options = sys.argv[1:]
    # What libraries print is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(Path(__file__).parent))

    def say(value):
        print(json.dumps(value), file=answers, flush=True)

    try:
        work = importlib.import_module(file).Work(**json.loads(options))
    except Exception as error:
        say({'error': repr(error)})
        return
    say({'ready': True})
    for line in sys.stdin:
        try:
            say(obey(work, json.loads(line, object_hook=unpack)))
        except Exception as error:
            say({'error': repr(error)})


if __name__ == '__main__':
    main()
