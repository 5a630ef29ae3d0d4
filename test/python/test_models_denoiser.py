"""The gallery's speech denoiser: each spectrum frame against float64, its gains, its state, and what it does to noise.

Owns the float64 reference of the network and of its STFT, from the card alone. Must not import torch or espeak.
"""
import json
import wave

import numpy as np
import onnx
from scipy.signal import resample_poly
from test_models import GALLERY, ROOT, open_session, weights_of

MODEL = GALLERY / 'models' / 'speech-denoiser-gru48.onnx'
RATE_HZ, WINDOW, HOP, UNITS = 16000, 512, 256, 48
ROOT_HANN = np.sin(np.pi * np.arange(WINDOW) / WINDOW)


def stft(x: np.ndarray) -> np.ndarray:
    pieces = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::HOP]
    return np.fft.rfft(pieces * ROOT_HANN)


def istft(spectrum: np.ndarray) -> np.ndarray:
    y = np.zeros((len(spectrum) + 1) * HOP)
    for at, piece in enumerate(np.fft.irfft(spectrum, WINDOW) * ROOT_HANN):
        y[at * HOP:at * HOP + WINDOW] += piece
    return y


def denoise(spectrum: np.ndarray, is_carried: bool = True) -> np.ndarray:
    """[frames, 257] complex through the file, a frame a call."""
    session, state, heard = open_session(MODEL), np.zeros((1, 1, UNITS), np.float32), []
    for frame in spectrum:
        parts = np.stack([frame.real, frame.imag], 1)[None].astype(np.float32)
        enhanced, new = session.run(['enhanced', 'h_out'], {'spectrum': parts, 'h_in': state})
        state = new if is_carried else state
        heard.append(enhanced[0, :, 0].astype(float) + 1j * enhanced[0, :, 1])
    return np.array(heard)


def reference(spectrum: np.ndarray) -> np.ndarray:
    """The same in float64: band powers, GRU (Cho et al. 2014, reset after the product), gains spread over the bins."""

    def logistic(v):
        return 1 / (1 + np.exp(-v))

    w = weights_of(MODEL)
    h, made = np.zeros(UNITS), []
    input_bias, state_bias = w['B'][0][:3 * UNITS], w['B'][0][3 * UNITS:]
    for frame in spectrum:
        power = w['spread'] @ np.abs(frame) ** 2 / w['spread'].sum(1)
        features = (np.log(power + 1e-6) - w['centre']) * w['scale']
        a, b = w['W'][0] @ features + input_bias, w['R'][0] @ h + state_bias
        z, r = logistic((a + b)[:UNITS]), logistic((a + b)[UNITS:2 * UNITS])
        h = (1 - z) * np.tanh(a[2 * UNITS:] + r * b[2 * UNITS:]) + z * h
        gains = logistic(np.concatenate([h, features]) @ w['out_weight'] + w['out_bias']) @ w['spread']
        made.append(gains * frame)
    return np.array(made)


def noisy_sentence() -> np.ndarray:
    """The gallery's sentence in noise at 16 kHz."""
    with wave.open(str(GALLERY / 'audio' / 'noisy-speech.wav')) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), '<i2') / 32768
    return resample_poly(samples, 1, 3)


def test_frames_agree_with_float64_reference():
    spectrum = stft(noisy_sentence()).astype(np.complex64).astype(complex)
    whole = reference(spectrum)
    assert np.abs(whole).max() > 1
    assert np.abs(denoise(spectrum) - whole).max() <= 1e-5 * np.abs(whole).max()


def test_the_stft_of_the_card_is_perfect():
    x = noisy_sentence()
    y = istft(stft(x))
    assert np.abs(y[HOP:-HOP] - x[HOP:y.size - HOP]).max() < 1e-12


def test_gains_are_real_and_from_zero_to_one_and_the_state_matters():
    spectrum = stft(noisy_sentence())
    is_clear = np.abs(spectrum).min(0) > 1e-6  # a quotient of fainter bins says nothing in float32
    gains = (denoise(spectrum) / spectrum)[:, is_clear]
    assert gains.size > 1000
    assert np.abs(gains.imag).max() < 1e-4 and -1e-6 < gains.real.min() and gains.real.max() < 1 + 1e-5
    assert gains.real.min() < 0.1 and gains.real.max() > 0.9
    assert np.abs(denoise(spectrum, is_carried=False) - denoise(spectrum)).max() > 0.1


def test_noise_sinks_and_words_stay():
    """In the gallery's sentence the pause before the words falls by 10 dB, the loudest stretch by less than 3 dB."""
    x = noisy_sentence()
    y = istft(denoise(stft(x)))[:x.size]
    levels, levels_y = (10 * np.log10((v[:x.size // 1600 * 1600].reshape(-1, 1600)[:14] ** 2).mean(1) + 1e-12)
                        for v in (x, np.pad(y, (0, max(0, x.size - y.size)))))
    fall = levels - levels_y
    assert fall[np.argmax(levels)] < 3
    assert fall[1] > 10


def test_silence_and_hostile_levels_stay_finite():
    assert np.abs(denoise(np.zeros((20, 257), complex))).max() == 0
    loud = 1e4 * stft(np.random.default_rng(1).standard_normal(8000))
    assert np.isfinite(denoise(loud)).all()


def test_file_is_stock_small_and_tells_its_contract():
    model = onnx.load(MODEL)
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [('', 18)] and model.ir_version <= 10
    facts = {p.key: p.value for p in model.metadata_props}
    assert {'name', 'description', 'licence', 'source'} <= facts.keys() and (ROOT / facts['source']).exists()
    contract = json.loads(facts['neuropatch.contract'])
    assert contract['sampleRateHz'] == RATE_HZ and contract['latencySamples'] == 0
    assert contract['stft'] == {'windowFrames': WINDOW, 'hopFrames': HOP, 'window': 'root-hann', 'isPeriodic': True,
                                'scaling': 'none'}
    found = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*model.graph.input, *model.graph.output]}
    assert found == {'spectrum': [1, 257, 2], 'enhanced': [1, 257, 2], 'h_in': [1, 1, UNITS], 'h_out': [1, 1, UNITS]}
    assert MODEL.stat().st_size <= 100_000
    assert sum(path.stat().st_size for path in MODEL.parent.glob('*.onnx')) < 3_000_000
