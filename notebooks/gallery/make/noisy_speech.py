"""Seeded speech and noise at 16 kHz: the material of the denoiser's training and of its held-out figures.

Owns sentences, the split of voices, and the kinds of noise. Speech comes from espeak_voice.py. Knows nothing of models.
"""
import numpy as np
from scipy.signal import lfilter

from espeak_voice import EspeakVoice

RATE_HZ = 16000
LANGUAGES = {
    'train': ['en', 'en-us', 'en-gb-x-rp', 'en-gb-scotland', 'de', 'fr', 'es', 'it'],
    'held-out': ['en-gb-x-gbclan', 'en-us', 'nl', 'pt'],
}
VARIANTS = {
    'train': ['m1', 'm2', 'm3', 'm4', 'm5', 'm7', 'f1', 'f2', 'f3', 'Andy', 'Annie', 'Gene', 'Michael', 'adam', 'anika',
              'belinda', 'boris', 'david', 'klatt', 'klatt2', 'linda', 'max', 'paul', 'steph', 'croak'],
    'held-out': ['m6', 'm8', 'f4', 'f5', 'Alicia', 'ed', 'klatt4', 'victor', 'shelby'],
}
#: Words by their place in a sentence; training takes every other subject, verb and object, held-out the rest.
SUBJECTS = [
    'the old captain', 'my neighbour', 'a small machine', 'nobody in the room', 'the quiet teacher', 'our band',
    'every child', 'the west wind', 'a thousand birds', 'the engineer', 'your sister', 'the radio', 'this river',
    'the last train', 'a friendly voice', 'the tall man', 'she', 'they', 'the doctor', 'a stranger']
VERBS = [
    'carries', 'remembers', 'would never sell', 'has repaired', 'was looking for', 'cannot hear', 'painted', 'plays',
    'measures', 'finds', 'forgot', 'will bring', 'might choose', 'keeps', 'often describes', 'has broken']
OBJECTS = [
    'a bright yellow lamp', 'the second movement', 'five heavy boxes', 'the shape of the wave',
    'some bread and cheese', 'a letter from the coast', 'the key to the garden', 'an unusual sound',
    'the whole story', 'seven wooden chairs', 'the noise of the street', 'fresh water', 'a very thin thread',
    'the picture on the wall', 'her favourite song', 'his father\'s watch']
ENDS = [
    'before the rain', 'on a Thursday evening', 'with great care', 'for no good reason', 'when the music stops', '',
    'in the middle of the night', 'under the bridge', 'as quickly as possible', 'behind the theatre', 'again',
    'at half past six']
NOISES = ['coloured', 'babble', 'hum', 'clicks', 'fan']


def sentence(part: str, rng: np.random.Generator) -> str:
    """A sentence of ours; those for training and for held-out share no subject, verb or object."""
    first = 0 if part == 'train' else 1

    def half(words):
        return words[first::2][rng.integers(len(words[first::2]))]

    text = f'{half(SUBJECTS)} {half(VERBS)} {half(OBJECTS)} {ENDS[rng.integers(len(ENDS))]}'.strip()
    return text[0].upper() + text[1:] + ('.', '!', '?')[rng.choice(3, p=[0.7, 0.15, 0.15])]


def utterance(voice: EspeakVoice, part: str, rng: np.random.Generator) -> np.ndarray:
    """One sentence in a random voice of the part, [frames]."""
    name = LANGUAGES[part][rng.integers(len(LANGUAGES[part]))] + '+' + VARIANTS[part][rng.integers(len(VARIANTS[part]))]
    return voice.speak(sentence(part, rng), RATE_HZ, voice=name, words_per_minute=int(rng.uniform(120, 220)),
                       pitch=int(rng.uniform(15, 85)), pitch_range=int(rng.uniform(25, 80)))


def _tilted(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random room and microphone: a shelf by one pole, a few early reflections, a little late reverberation."""
    pole = rng.uniform(-0.35, 0.35)
    y = lfilter([1, -rng.uniform(-0.3, 0.3)], [1, -pole], y)
    if rng.random() < 0.5:
        return y
    decay_s = rng.uniform(0.05, 0.2)
    tail = rng.standard_normal(int(decay_s * RATE_HZ))
    tail = tail * 10 ** (-3 * np.arange(tail.size) / (decay_s * RATE_HZ)) * (rng.random(tail.size) < 0.2)
    room = np.concatenate([[1.0], rng.uniform(0.05, 0.25) * tail / np.sqrt((tail ** 2).sum() + 1e-9)])
    return np.convolve(y, room)[:y.size]


def speech(voice: EspeakVoice, seconds: float, part: str, rng: np.random.Generator, is_dry: bool = False) -> np.ndarray:
    """Sentences with pauses, [frames], active level 1 (RMS of the loudest half of its 20 ms pieces)."""
    y, at = np.zeros(int(seconds * RATE_HZ)), int(rng.uniform(0, 0.4) * RATE_HZ)
    while at < y.size - RATE_HZ // 2:
        piece = utterance(voice, part, rng)
        if not is_dry:
            piece = _tilted(piece, rng)
        piece = piece / np.sqrt((piece ** 2).mean() + 1e-9) * 10 ** (rng.uniform(-3, 3) / 20)
        count = min(piece.size, y.size - at)
        y[at:at + count] += piece[:count]
        at += count + int(rng.uniform(0.1, 0.9) * RATE_HZ)
    power = (y[:y.size // 320 * 320].reshape(-1, 320) ** 2).mean(1)
    return y / np.sqrt(power[power >= np.median(power)].mean() + 1e-9)


def _shaped(frames: int, slope: float, rng: np.random.Generator) -> np.ndarray:
    """Noise whose power falls as f^-slope above 60 Hz, with a random bend of its spectrum."""
    f = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    bends = np.interp(np.log(f + 1), np.log(np.linspace(1, 8001, 12)), rng.uniform(-4, 4, 12))
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    return np.fft.irfft(spectrum * np.maximum(f, 60) ** (-slope / 2) * 10 ** (bends / 20), frames)


def _swell(frames: int, rng: np.random.Generator) -> np.ndarray:
    points = np.cumsum(rng.normal(0, 1.5, 3 + frames // RATE_HZ * 2))
    return 10 ** (np.interp(np.arange(frames), np.linspace(0, frames, points.size), points - points.mean()) / 20)


def _hum(frames: int, rng: np.random.Generator) -> np.ndarray:
    f0, time = rng.choice([50.0, 60.0]) * rng.uniform(0.998, 1.002), np.arange(frames) / RATE_HZ
    fall = rng.uniform(0.3, 1.2)
    y = sum(k ** -fall * rng.uniform(0.1, 1) * np.sin(2 * np.pi * k * f0 * time + rng.uniform(0, 6.28))
            for k in range(1, 31))
    floor = _shaped(frames, rng.uniform(0, 1), rng)
    return y / y.std() + rng.uniform(0.02, 0.2) * floor / floor.std()


def _clicks(frames: int, rng: np.random.Generator) -> np.ndarray:
    y = np.zeros(frames)
    for start in np.flatnonzero(rng.random(frames) < rng.uniform(3, 25) / RATE_HZ):
        time = np.arange(min(int(0.02 * RATE_HZ), frames - start)) / RATE_HZ
        ring = np.cos(2 * np.pi * rng.uniform(300, 6000) * time) + 0.5 * rng.standard_normal(time.size)
        y[start:start + time.size] += rng.uniform(0.2, 1) * ring * np.exp(-time / rng.uniform(0.0005, 0.006))
    floor = _shaped(frames, 0.5, rng)
    return y + 0.02 * floor / floor.std()


def _fan(frames: int, rng: np.random.Generator) -> np.ndarray:
    time = np.arange(frames) / RATE_HZ
    f0 = rng.uniform(60, 400) * (1 + 0.01 * np.sin(2 * np.pi * rng.uniform(0.1, 1) * time))
    phase = 2 * np.pi * np.cumsum(f0) / RATE_HZ
    y = sum(rng.uniform(0, 1) / k * np.sin(k * phase) for k in range(1, 9))
    floor = _shaped(frames, rng.uniform(0.5, 2), rng)
    return rng.uniform(0.1, 0.7) * y / y.std() + floor / floor.std()


def noise(voice: EspeakVoice, kind: str, seconds: float, part: str, rng: np.random.Generator) -> np.ndarray:
    """Noise of one of NOISES, [frames], RMS 1; babble is five to nine voices of the part at once."""
    frames = int(seconds * RATE_HZ)
    if kind == 'babble':
        y = sum(speech(voice, seconds, part, rng) * rng.uniform(0.5, 1) for _ in range(rng.integers(5, 10)))
    elif kind == 'coloured':
        y = _shaped(frames, rng.uniform(-0.3, 2), rng) * _swell(frames, rng)
    else:
        y = {'hum': _hum, 'clicks': _clicks, 'fan': _fan}[kind](frames, rng)
    return y / np.sqrt((y ** 2).mean() + 1e-12)


def mix(clean: np.ndarray, disturbance: np.ndarray, snr_db: float, level_db: float) -> tuple[np.ndarray, np.ndarray]:
    """(noisy, clean) scaled alike so that the clean part's active level is `level_db` dBFS, noise at `snr_db` below."""
    gain = 10 ** (level_db / 20)
    clean = clean * gain
    return clean + disturbance * gain * 10 ** (-snr_db / 20), clean
