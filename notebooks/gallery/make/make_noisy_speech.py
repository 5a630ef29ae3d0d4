"""Makes the gallery's sentence in noise, 16-bit WAV at 48 kHz: something for the denoiser to do.

Owns the sentence. The voice is espeak_voice.py's, the noise noisy_speech.py's, the file form make_audio.py's. Run:
python make_noisy_speech.py [--out FOLDER] (numpy, scipy, espeakng-loader)
"""
import argparse
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

import noisy_speech
from espeak_voice import EspeakVoice
from make_audio import RATE_HZ, write_wav

SECONDS, SNR_DB, FADE_S = 1.5, 3, 0.01


def noisy_sentence() -> np.ndarray:
    """A few words of an English voice between breaths of noise alone, in swelling noise, mono [frames, 1]."""
    rng = np.random.default_rng(51)
    spoken = EspeakVoice().speak('Turn down the noise.', RATE_HZ, voice='en-gb-x-rp', words_per_minute=160, pitch=42)
    frames = int(SECONDS * RATE_HZ)
    clean = np.zeros(frames)
    start = (frames - spoken.size) * 2 // 3
    clean[start:start + spoken.size] = spoken / np.sqrt((spoken ** 2).mean())
    disturbance = resample_poly(noisy_speech.noise(None, 'coloured', SECONDS, 'train', rng), 3, 1)[:frames]
    y, _ = noisy_speech.mix(clean, disturbance, SNR_DB, -20)
    fade = np.minimum(1, np.minimum(np.arange(frames), np.arange(frames)[::-1]) / (FADE_S * RATE_HZ))
    return (y * fade)[:, None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, default=Path(__file__).resolve().parent.parent / 'audio')
    folder = parser.parse_args().out
    print(f'noisy-speech.wav: {write_wav(folder / "noisy-speech.wav", noisy_sentence())} bytes')


if __name__ == '__main__':
    main()
