"""river's half-space trees over series from stdin, in the same bytes as Forest.java: scaled as river's documentation says."""

import array
import struct
import sys
import time

from river import anomaly, preprocessing

stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
spent = 0
(left,) = struct.unpack(">i", stdin.read(4))
for _ in range(left):
    (length,) = struct.unpack(">i", stdin.read(4))
    values = array.array("d", stdin.read(8 * length))
    values.byteswap()
    since = time.perf_counter_ns()
    model = preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=7)
    scores = array.array("d")
    for value in values:
        if value != value:
            scores.append(0)
            continue
        row = {"value": value}
        scores.append(model.score_one(row))
        model.learn_one(row)
    spent += time.perf_counter_ns() - since
    scores.byteswap()
    stdout.write(scores.tobytes())
stdout.write(struct.pack(">d", spent))
