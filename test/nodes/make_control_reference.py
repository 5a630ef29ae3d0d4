"""Reference numbers for the cases of the control nodes, from Python's integers and floats alone.

Run by hand: prints one JSON line per case; the numbers are pasted into the node files. The hash is the finaliser of MurmurHash3
(Austin Appleby, public domain), written down again.
"""
import json
import math

WORD = 2**32


def hash32(h: int) -> int:
    """The finaliser of MurmurHash3 on 32 bits."""
    h = (h ^ (h >> 16)) * 0x85EBCA6B % WORD
    h = (h ^ (h >> 13)) * 0xC2B2AE35 % WORD
    return h ^ (h >> 16)


def noise_at(seed: int, index: int) -> float:
    """Value −1 ≤ x < 1 of an index: 24 bits of the hash of both."""
    return (hash32(hash32((index + 0x9E3779B9) % WORD) ^ seed) >> 8) / 2**23 - 1


def storm(seed: int, frames_per_move: int, moves: int, low: float, high: float, pole: float, is_log: bool) -> list[float]:
    """Targets held for so many frames each, smoothed by y = x + pole·(y − x), which starts at the first target."""
    out: list[float] = []
    for index in range(moves):
        share = (noise_at(seed, index) + 1) / 2
        target = low * (high / low) ** share if is_log else low + (high - low) * share
        for _ in range(frames_per_move):
            out.append(target + pole * (out[-1] - target) if out else target)
    return out


def smoother(x: list[float], up: float, down: float) -> list[float]:
    """One pole per direction, time constants in frames; the start is the first input."""
    out, level = [], x[0]
    for value in x:
        level = value + math.exp(-1 / (up if value > level else down)) * (level - value)
        out.append(level)
    return out


def rise(x: float, bend: float) -> float:
    """From 0 to 1 along an exponential."""
    return (1 - math.exp(-bend * x)) / (1 - math.exp(-bend))


if __name__ == '__main__':
    print(json.dumps({'lfo random, seed 7': [noise_at(7, k) for k in range(3)]}))
    print(json.dumps({'storm steps, seed 3, −60…0': storm(3, 2, 4, -60, 0, 0, False)}))
    print(json.dumps({'storm log, seed 3, 100…10000': storm(3, 1, 6, 100, 10000, 0, True)}))
    pole = math.exp(-1 / (0.004 * 1000))
    print(json.dumps({'storm 4 ms at 1 kHz, seed 3, 0…1': storm(3, 3, 3, 0, 1, pole, False)}))
    print(json.dumps({'smoother 4 up, 2 down': smoother([0, 1, 1, 1, 0, 0], 4, 2)}))
    attack, decay = [rise(n / 4, 3) for n in range(4)], [0.2 + 0.8 * (1 - rise(n / 4, 3)) for n in range(5)]
    print(json.dumps({'envelope, 4 frames up, 4 down to 0.2': attack + decay}))
