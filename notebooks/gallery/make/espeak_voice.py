"""Speech from espeak-ng as samples: the raw material of the denoiser's training and of the noisy sentence.

Owns the calls into the espeak-ng library, which the package `espeakng-loader` carries with its voices. Knows nothing of
sentences, noise or training. The library keeps one voice for the whole process, so this is not for threads.
"""
import ctypes

import espeakng_loader
import numpy as np
from scipy.signal import resample_poly

AUDIO_OUTPUT_SYNCHRONOUS = 2
CHARS_UTF8 = 1
END_PAUSE = 0x1000
PARAMETER = {'rate': 1, 'volume': 2, 'pitch': 3, 'range': 4}

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakVoice:
    """The speaker; one per process."""

    def __init__(self):
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.native_rate_hz = self._library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self.native_rate_hz <= 0:
            raise RuntimeError('espeak-ng did not start')
        self._pieces: list[np.ndarray] = []
        # The library keeps the pointer, so the object must live as long as it does.
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count: int, _events) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def speak(self, text: str, rate_hz: int, *, voice: str = 'en', words_per_minute: int = 165, pitch: int = 50,
              pitch_range: int = 50) -> np.ndarray:
        """The text as float64 [frames] at `rate_hz`, peak at most 1, without the silence at both ends.

        `voice` is a language, or language+variant ('en-us+f2'); pitch and its range are espeak's 0–100.
        """
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f'espeak-ng has no voice {voice!r}')
        settings = {'rate': words_per_minute, 'volume': 80, 'pitch': pitch, 'range': pitch_range}
        for name, value in settings.items():
            self._library.espeak_SetParameter(PARAMETER[name], int(value), 0)
        self._pieces = []
        data = text.encode()
        if self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, CHARS_UTF8 | END_PAUSE, None, None) != 0:
            raise RuntimeError(f'espeak-ng could not speak {text!r}')
        y = np.concatenate(self._pieces) / 32768
        loud = np.flatnonzero(np.abs(y) > 1e-3)
        y = y[loud[0]:loud[-1] + 1]
        divisor = np.gcd(rate_hz, self.native_rate_hz)
        y = resample_poly(y, rate_hz // divisor, self.native_rate_hz // divisor)
        return y / max(1.0, np.abs(y).max())
