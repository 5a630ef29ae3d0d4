"""Reference numbers for nodes/{filter/one-pole,filter/dc-blocker,dynamics/*,source/sine-sweep}.ts, from scipy and numpy.

Run by hand (needs numpy and scipy): prints one JSON line per case; the numbers are pasted into the node files.
Followers and gates are written here as plain loops over frames, from the papers' recursions, in f64.
"""
import json
import math

import numpy as np
from scipy.signal import butter, chirp, lfilter

RATE_HZ = 48000


def rounded(values: np.ndarray) -> list[float]:
    return [float(f'{v:.9g}') for v in values]


def show(name: str, *channels: np.ndarray) -> None:
    print(json.dumps({'case': name, 'out': [rounded(channel) for channel in channels]}))


def one_poles() -> None:
    """First-order Butterworth filters (bilinear transform); the all-pass is low-pass minus high-pass."""
    x = np.array([1.0, 0, 0, 0, 0, 0.5, 0.5, 0.5])
    low = lfilter(*butter(1, 1000, 'low', fs=RATE_HZ), x)
    high = lfilter(*butter(1, 1000, 'high', fs=RATE_HZ), x)
    show('low-pass 1 kHz', low)
    show('high-pass 1 kHz', high)
    show('all-pass 4 kHz', lfilter(*butter(1, 4000, 'low', fs=RATE_HZ), x) - lfilter(*butter(1, 4000, 'high', fs=RATE_HZ), x))


def dc_blocker() -> None:
    pole = math.exp(-2 * math.pi * 100 / RATE_HZ)
    show('dc-blocker 100 Hz', lfilter([1, -1], [1, -pole], np.array([1.0, 1, 1, 1, 0, 0, -0.5, 0.25])))


def hash32(x: int) -> int:
    """MurmurHash3's finaliser, written from its published C source."""
    x ^= x >> 16
    x = x * 0x85EBCA6B & 0xFFFFFFFF
    x ^= x >> 13
    x = x * 0xC2B2AE35 & 0xFFFFFFFF
    return x ^ x >> 16


def noise() -> None:
    """White noise of RMS 1/2 by the hash; pink by the cascade of sections whose zeros and poles stand in the node."""
    def white(seed: int, frames: int) -> np.ndarray:
        hashes = [hash32(hash32((n + 0x9E3779B9) & 0xFFFFFFFF) ^ seed) for n in range(frames)]
        return np.array([(h >> 8) / 2**23 - 1 for h in hashes])
    show('white, seed 7, both channels', *(0.5 * math.sqrt(3) * white(14 + channel, 6) for channel in range(2)))
    zeros = [-0.29061832, 0.15624718, 0.57387448, 0.83052016, 0.93997592,
             0.97957774, 0.99314571, 0.99771, 0.99923608, 0.9997453]
    poles = [-0.1824415, 0.38101815, 0.72496197, 0.89833518, 0.9648937,
             0.98815822, 0.99603706, 0.99867727, 0.9995589, 0.99985294]

    def pinked(x: np.ndarray) -> np.ndarray:
        for zero, pole in zip(zeros, poles):
            x = lfilter([1, -zero], [1, -pole], x)
        return x
    impulse = np.zeros(400_000)
    impulse[0] = 1
    rms = math.sqrt(np.sum(pinked(impulse) ** 2))
    show('pink, seed 0', 0.5 * math.sqrt(3) / rms * pinked(white(0, 8)))


def pole(time_ms: float) -> float:
    return math.exp(-1 / (time_ms / 1000 * RATE_HZ)) if time_ms > 0 else 0


def static_curve(level_db: float, threshold: float, ratio: float, knee: float) -> float:
    """Output level of the paper's gain computer, eq. 4, in its three branches."""
    over = level_db - threshold
    if 2 * over < -knee:
        return level_db
    if 2 * abs(over) <= knee:
        return level_db + (1 / ratio - 1) * (over + knee / 2) ** 2 / (2 * knee)
    return threshold + over / ratio


def compress(x: np.ndarray, key: np.ndarray, threshold, ratio, knee, attack, release, make_up) -> tuple[np.ndarray, np.ndarray]:
    """Feed-forward compressor, smooth decoupled detector in the log domain (the paper's eq. 17 on the gain reduction)."""
    held = smooth = 0.0
    changes = []
    for peak in np.max(np.abs(key), axis=0):
        level_db = 20 * math.log10(max(peak, 1e-6))
        wanted = level_db - static_curve(level_db, threshold, ratio, knee)
        held = max(wanted, pole(release) * held + (1 - pole(release)) * wanted)
        smooth = pole(attack) * smooth + (1 - pole(attack)) * held
        changes.append(-smooth)
    return x * 10 ** ((np.array(changes) + make_up) / 20), np.array(changes)


def compressors() -> None:
    x = np.array([[0.05, 0.1, -1.0, 0.9, 0.9, -0.3, 0.02, 0.01], [0.0, 0.2, 0.5, -1.5, 0.1, 0.1, 0.1, -0.05]])
    out, change = compress(x, x, -20, 4, 12, 0.05, 1, 3)
    show('compressor, soft knee', *out, change)
    out, change = compress(x[:1], 4 * x[1:], -12, 20, 0, 0, 2, 0)
    show('compressor, hard knee, key', *out, change)
    out, change = classic(x, x, -20, 4, 0.1, 1, 3)
    show('compressor, classic, per channel', *out, change)
    out, change = classic(x, np.max(np.abs(x), axis=0)[None], -12, 1000, 0.05, 2, 0)
    show('compressor, classic 1000:1, linked', *out, change)


def follow(level: np.ndarray, attack_ms: float, release_ms: float) -> np.ndarray:
    """One-pole with two poles exp(−2π/(time·rate)), as JUCE's BallisticsFilter has them; 0 ms is at once."""
    poles = [math.exp(-2 * math.pi * 1000 / (RATE_HZ * t)) if t > 0 else 0.0 for t in (attack_ms, release_ms)]
    y, out = 0.0, []
    for x in level:
        y = x + poles[0 if x > y else 1] * (y - x)
        out.append(y)
    return np.array(out)


def classic(x: np.ndarray, heard: np.ndarray, threshold, ratio, attack, release, make_up) -> tuple[np.ndarray, np.ndarray]:
    """Level → gain (level/threshold)^(1/ratio − 1) above the threshold; one row of `heard` for all, or one a channel."""
    levels = np.array([follow(row, attack, release) for row in np.abs(heard)])
    gains = np.maximum(levels / 10 ** (threshold / 20), 1) ** (1 / ratio - 1)
    return x * gains * 10 ** (make_up / 20), 20 * np.log10(gains.min(axis=0))


def limit(x: np.ndarray, gain: float, ceiling: float, release: float, ahead: int) -> np.ndarray:
    """Look-ahead limiter straight from its definition: windows of the past cut out anew for every frame."""
    x = x * 10 ** (gain / 20)
    frames = x.shape[1]
    need = np.maximum(0, 1 - 10 ** (ceiling / 20) / np.maximum(np.max(np.abs(x), axis=0), 1e-30))
    greatest = np.array([need[max(0, n - ahead):n + 1].max() for n in range(frames)])
    released = np.zeros(frames)
    for n in range(frames):
        released[n] = max(greatest[n], pole(release) * (released[n - 1] if n > 0 else 0))
    first = ahead // 2 + 1
    window = np.convolve(np.full(first, 1 / first), np.full(ahead + 2 - first, 1 / (ahead + 2 - first)))
    smooth = np.convolve(released, window)[:frames]
    late = np.concatenate([np.zeros((x.shape[0], ahead)), x], axis=1)[:, :frames]
    return late * (1 - smooth)


def limiters() -> None:
    x = np.zeros((2, 24))
    x[0, [1, 2, 7, 8, 9]] = [0.25, -0.5, 1, -3, 0.5]
    x[1, 3:20] = 0.4
    show('limiter', *limit(x, 0, -6.020599913279624, 1, 5))
    show('limiter, driven', *limit(x[1:], 20, -1, 1, 5))


def gate(x: np.ndarray, key: np.ndarray, threshold, hysteresis, floor, attack, hold, release) -> np.ndarray:
    """Noise gate as a state machine over frames, in the words of the node's help."""
    level = held = opened = 0.0
    is_loud, quiet_frames = False, 10**9
    gains = []
    for peak in np.max(np.abs(key), axis=0):
        level = max(peak, pole(20) * level)
        if level >= 10 ** (threshold / 20):
            is_loud = True
        elif level < 10 ** ((threshold - hysteresis) / 20):
            is_loud = False
        quiet_frames = 0 if is_loud else quiet_frames + 1
        target = 1.0 if quiet_frames <= round(hold * RATE_HZ / 1000) else 0.0
        held = max(target, pole(release) * held + (1 - pole(release)) * target)
        opened = pole(attack) * opened + (1 - pole(attack)) * held
        gains.append(10 ** (floor / 20) + (1 - 10 ** (floor / 20)) * opened)
    return x * np.array(gains)


def gates() -> None:
    x = np.full((1, 16), 0.25)
    key = np.array([[0.05, 0.05, 0.502, 0.4, 0.3, 0.3, 0, 0, 0, 0, 0, 0, 0, 0, 0.499, 0.499]])
    show('gate, key', *gate(x, key, -6, 0.01, -20, 0.01, 0.05, 1))
    both = np.array([[0.1, 0.1, 0.3, 0.1, 0.1, 0.1], [0, 0, 0, 0, -1.2, 0.1]])
    show('gate, two channels', *gate(both, both, 0, 6, -90, 0.02, 0, 1))


def sweeps() -> None:
    """scipy's logarithmic chirp as a sine, its ends faded."""
    def sweep(start: float, stop: float, frames: int, fade_frames: float) -> np.ndarray:
        n = np.arange(frames)
        tone = chirp(n / RATE_HZ, start, frames / RATE_HZ, stop, method='logarithmic', phi=-90)
        if fade_frames == 0:
            return tone
        near = np.minimum(1, np.minimum(n, frames - n) / fade_frames)
        return tone * (0.5 - 0.5 * np.cos(math.pi * near))
    show('sweep, its first frames', 0.5 * sweep(500, 16000, 480, 0)[:12])
    down = sweep(9000, 3000, 48, 4.8)
    show('falling sweep, pause and beginning', np.concatenate([down, np.zeros(4), down[:8]]))


if __name__ == '__main__':
    one_poles()
    dc_blocker()
    noise()
    compressors()
    limiters()
    gates()
    sweeps()
