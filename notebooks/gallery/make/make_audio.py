"""Makes the gallery's sound files, 16-bit WAV at 48 kHz, 120 beats a minute, from seeds with numpy alone.

Owns the phrases and the drum, pad and voice sounds, and the answer of a room. The strings are synth.py's. The length of
each sound is a whole number of bars or beats, and loops: what rings past the end is folded back to the start.
Run: python make_audio.py [--out FOLDER]
"""
import argparse
import wave
from pathlib import Path

import numpy as np

from synth import midi_hz, pluck, strum

RATE_HZ = 48000
BEAT_S = 0.5
PEAK_DBFS = -2.0


def fold(y: np.ndarray, sound: np.ndarray, beat: float) -> None:
    """Adds `sound` [frames] at `beat` into the loop y [frames]; what passes the end goes on at the start."""
    places = (int(round(beat * BEAT_S * RATE_HZ)) + np.arange(sound.size)) % y.size
    np.add.at(y, places, sound)


def guitar() -> np.ndarray:
    """Two bars of clean electric guitar in E minor, mono [frames, 1]: power chords, a lick, a ringing last chord."""
    rng = np.random.default_rng(101)
    y = np.zeros(int(8 * BEAT_S * RATE_HZ))
    string = dict(decay_s=4.0, damping=0.35, position=0.13, brightness=0.35)
    chords = [(0, 0.9, [40, 47, 52]), (1, 0.4, [40, 47, 52]), (1.5, 0.8, [43, 50, 55]), (2.5, 0.9, [45, 52, 57]),
              (6, 2.2, [40, 47, 52, 55, 59, 64])]
    for beat, beats, notes in chords:
        fold(y, strum([midi_hz(n) for n in notes], beats * BEAT_S + 0.05, RATE_HZ, rng, spread_s=0.009, **string), beat)
    lick = [(3.5, 0.5, 59), (4, 0.5, 62), (4.5, 0.25, 64), (4.75, 0.25, 62), (5, 0.5, 59), (5.5, 0.5, 57)]
    for beat, beats, note in lick:
        fold(y, 0.7 * pluck(midi_hz(note), beats * BEAT_S + 0.03, RATE_HZ, rng, **string), beat)
    # The pick-up's own resonance: a two-pole low-pass at 3.2 kHz, applied round the loop.
    f = np.fft.rfftfreq(y.size, 1 / RATE_HZ) / 3200
    return np.fft.irfft(np.fft.rfft(y) / (1 + 1j * f / 1.3 - f * f), y.size)[:, None]


def _noise_band(frames: int, low_hz: float, high_hz: float, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    f = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    y = np.fft.irfft(spectrum / (1 + (low_hz / np.maximum(f, 1)) ** 4) / (1 + (f / high_hz) ** 4), frames)
    return y / np.abs(y).max()


def drums() -> np.ndarray:
    """One bar of kick, snare and hi-hat, stereo [frames, 2], with a little stereo room on the snare."""
    rng = np.random.default_rng(102)
    left, right = np.zeros(int(4 * BEAT_S * RATE_HZ)), np.zeros(int(4 * BEAT_S * RATE_HZ))

    def hit(sound, beat, pan=0.0, gain=1.0):
        fold(left, sound * gain * np.sqrt(0.5 * (1 - pan)), beat)
        fold(right, sound * gain * np.sqrt(0.5 * (1 + pan)), beat)

    time = np.arange(int(0.45 * RATE_HZ)) / RATE_HZ
    attack = np.minimum(1, time / 0.0008)
    end = np.minimum(1, (time[-1] - time) / 0.01)
    kick = np.sin(2 * np.pi * (48 * time + 110 * 0.022 * (1 - np.exp(-time / 0.022)))) * np.exp(-time / 0.13)
    kick = (kick + 0.15 * _noise_band(time.size, 800, 5000, rng) * np.exp(-time / 0.004)) * attack * end
    body = sum(np.sin(2 * np.pi * f * time) for f in (186, 331)) * np.exp(-time / 0.06)
    snare = (0.35 * body + 0.75 * _noise_band(time.size, 1400, 11000, rng) * np.exp(-time / 0.075)) * attack * end
    hat = _noise_band(time.size, 7000, 16000, rng) * attack * end
    for beat in (0, 1.5, 2, 3.75):
        hit(kick, beat, gain=1.0 if beat in (0, 2) else 0.7)
    for beat in (1, 3):
        hit(snare, beat, gain=0.85)
        for pan in (-0.8, 0.8):
            hit(_noise_band(time.size, 500, 6000, rng) * np.exp(-time / 0.12) * attack * end, beat + 0.03, pan, 0.08)
    for step in range(8):
        ring = 0.12 if step == 7 else 0.028
        hit(hat * np.exp(-time / ring), step / 2, 0.35, 0.34 if step % 2 == 0 else 0.22)
    return np.stack([left, right], 1)


def pad() -> np.ndarray:
    """Two seconds of an A minor ninth chord, stereo [frames, 2]; each partial's cycles in the loop are a whole number."""
    rng = np.random.default_rng(103)
    seconds = 4 * BEAT_S
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    channels = []
    for side in (-1, 1):
        y = np.zeros(time.size)
        for note in (45, 52, 59, 60, 64):
            for detune in (-1, 0, 1):
                cycles = round(midi_hz(note) * seconds) + detune + side * (note % 2)
                for partial in range(1, int(3500 / midi_hz(note))):
                    bright = 1 + 0.5 * np.sin(2 * np.pi * time / seconds + side)
                    level = partial ** -1.1 * np.exp(-partial * midi_hz(note) / (900 * bright))
                    y += level * np.sin(2 * np.pi * (cycles * partial / seconds) * time + rng.uniform(0, 2 * np.pi))
        channels.append(y)
    return np.stack(channels, 1)


# Formant frequencies in Hz of an adult male, rounded from Peterson & Barney (JASA 24, 1952), the fourth set to 3300 Hz.
VOWELS = {'a': (730, 1090, 2440), 'e': (530, 1840, 2480), 'i': (270, 2290, 3010), 'o': (570, 840, 2410),
          'u': (300, 870, 2240)}
BANDWIDTHS_HZ = (80, 100, 140, 220)


def voice() -> np.ndarray:
    """Three seconds of sung syllables, mono [frames, 1]: harmonics under gliding formants, and three fricatives."""
    rng = np.random.default_rng(104)
    time = np.arange(int(6 * BEAT_S * RATE_HZ)) / RATE_HZ
    syllables = [(0.08, 0.46, 'a', 45), (0.58, 0.96, 'e', 48), (1.08, 1.46, 'i', 50), (1.52, 1.76, 'o', 48),
                 (1.80, 2.06, 'a', 47), (2.14, 2.86, 'u', 45)]
    marks = [s + 0.03 for s, *_ in syllables]
    f0 = np.exp(np.interp(time, marks, [np.log(midi_hz(n)) for *_, n in syllables]))
    f0 *= 1 + 0.008 * np.sin(2 * np.pi * 5.2 * time)
    phase = 2 * np.pi * np.cumsum(f0) / RATE_HZ
    formants = [np.interp(time, marks, [VOWELS[v][k] for *_, v, _ in syllables]) for k in range(3)]
    formants.append(np.full(time.size, 3300.0))
    loudness = np.zeros(time.size)
    for start, end, *_ in syllables:
        inside = np.clip((time - start) / 0.04, 0, 1) * np.clip((end - time) / 0.07, 0, 1)
        loudness = np.maximum(loudness, 0.5 - 0.5 * np.cos(np.pi * inside))
    y = np.zeros(time.size)
    for harmonic in range(1, 55):
        f = harmonic * f0
        response = np.full(time.size, 1j / harmonic)  # a glottal slope of 12 dB per octave, radiation +6
        for centre, width in zip(formants, BANDWIDTHS_HZ):
            response = response * centre ** 2 / (centre ** 2 - f ** 2 + 1j * f * width)
        y += (response * np.exp(1j * harmonic * phase)).real * (f < 6500)
    y = y / np.abs(y * loudness).max() * loudness
    for start, low, high in ((0.47, 4500, 9000), (0.98, 2200, 6000), (2.07, 4500, 9000)):
        shape = np.clip((time - start) / 0.03, 0, 1) * np.clip((start + 0.1 - time) / 0.03, 0, 1)
        y += 0.16 * shape * _noise_band(time.size, low, high, rng)
    return y[:, None]


def room() -> np.ndarray:
    """What a room answers to a click, stereo [frames, 2], one second: the click, first echoes, then dense noise that dies.

    The echoes are those of a box of 9 × 7 × 3.4 m by image sources (Allen and Berkley, JASA 65(4), 1979), at two ears 0.2 m
    apart; the noise takes 0.9 s to −60 dB in the bass and 0.35 s in the treble, and differs from ear to ear.
    """
    rng = np.random.default_rng(105)
    frames, size = RATE_HZ, np.array([9.0, 7.0, 3.4])
    source, head = np.array([3.1, 4.4, 1.5]), np.array([5.9, 2.6, 1.7])
    time = np.arange(frames) / RATE_HZ
    direct = np.linalg.norm(source - head)
    images = np.array(np.meshgrid(*[np.arange(-2, 3)] * 3)).reshape(3, -1).T
    bands = [(90, 400, 0.9), (400, 1600, 0.75), (1600, 5000, 0.55), (5000, 14000, 0.35)]
    ears = []
    for side in (-0.1, 0.1):
        y = np.zeros(frames)
        for image in images:
            place = image * size + np.where(image % 2 == 0, source, size - source)
            way = np.linalg.norm(place - head - [side, 0, 0])
            at, count = (way - direct) / 343 * RATE_HZ, np.abs(image).sum()
            if 0 < count < 5:
                y[int(at):int(at) + 2] += 0.72 ** count * direct / way * np.array([1 - at % 1, at % 1])
        y[0] += 1
        rise = 1 - np.exp(-time / 0.02)
        for low, high, seconds in bands:
            y += 0.11 * rise * _noise_band(frames, low, high, rng) * 10 ** (-3 * time / seconds)
        # Without its mean, which is taken out where the noise is: a room does not answer to a constant.
        tail = rise * 10 ** (-3 * time / bands[0][2])
        ears.append((y - y.sum() * tail / tail.sum()) * np.minimum(1, (1 - time) / 0.05))
    return np.stack(ears, 1)


FILES = {'guitar-di.wav': guitar, 'drum-loop.wav': drums, 'chord-pad.wav': pad, 'voice.wav': voice,
         'room-impulse.wav': room}


def write_wav(path: Path, y: np.ndarray) -> int:
    """Writes y [frames, channels] without its mean and with a peak of −2 dBFS as 16-bit WAV; returns its bytes."""
    y = y - y.mean(0)
    y = y * (10 ** (PEAK_DBFS / 20) / np.abs(y).max())
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(y.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.round(y * 32767).astype('<i2').tobytes())
    return path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, default=Path(__file__).resolve().parent.parent / 'audio')
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in FILES.items():
        print(f'{name}: {write_wav(folder / name, make())} bytes')


if __name__ == '__main__':
    main()
