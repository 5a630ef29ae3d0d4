"""The gallery's autoencoder: blocks against one long pass in float64, borders, level, and what comes back of a sound.

Owns the float64 reference of its layers, written from the card alone. Must not import torch or the scripts that made it.
"""
import json
import sys

import numpy as np
import onnx
import pytest
from test_models import GALLERY, ROOT, open_session, weights_of

RATE_HZ, BLOCK = 48000, 2048
ENCODER, DECODER = (GALLERY / 'models' / f'autoencoder-{role}.onnx' for role in ('encoder', 'decoder'))
#: stride, dilation, rise, whether the input is added, whether the sum is bent.
ENCODER_LAYERS = {
    'fall_8': (8, 1, 1, False, True), 'fall_32': (4, 1, 1, False, True), 'shape_32': (1, 1, 1, True, True),
    'fall_128': (4, 1, 1, False, True), 'shape_128': (1, 1, 1, True, True), 'latent': (1, 1, 1, False, False)}
DECODER_LAYERS = {
    'latent': (1, 1, 1, False, True), 'shape_128a': (1, 1, 1, True, True), 'shape_128b': (1, 2, 1, True, True),
    'rise_32': (1, 1, 4, False, True), 'shape_32a': (1, 1, 1, True, True), 'shape_32b': (1, 3, 1, True, True),
    'rise_8': (1, 1, 4, False, True), 'shape_8a': (1, 1, 1, True, True), 'shape_8b': (1, 3, 1, True, True),
    'shape_8c': (1, 9, 1, True, True), 'rise_1': (1, 1, 8, False, True), 'shape_1': (1, 1, 1, True, True),
    'out': (1, 1, 1, False, False)}


def reference(weights: dict[str, np.ndarray], layers: dict, x: np.ndarray) -> np.ndarray:
    """[channels, frames] through the layers in float64 at once; before the start all is zero.

    Frame m of a layer of stride s is Σ_k w[k] · x[(m + 1)·s − 1 − (K − 1 − k)·dilation]: it hears its own s frames last.
    """
    for name, (stride, dilation, rise, is_added, is_bent) in layers.items():
        w = weights[f'{name}_weight']
        ends = np.arange(stride - 1, x.shape[1], stride)
        past = np.concatenate([np.zeros((x.shape[0], w.shape[2] * dilation)), x], 1)
        y = sum(w[:, :, k] @ past[:, ends + dilation * (k + 1)] for k in range(w.shape[2]))
        if rise > 1:
            y = np.stack([y[place::rise] for place in range(rise)], 2).reshape(y.shape[0] // rise, -1)
        if is_bent:
            y = np.where(y < 0, 0.2 * y, y)
        x = x + y if is_added else y
    return x


def stream(path, name: str, x: np.ndarray, block: int) -> np.ndarray:
    """[channels, frames] through the file, block by block with its states, as float32."""
    session = open_session(path)
    states = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name.endswith('_in')}
    names, heard = [o.name for o in session.get_outputs()], []
    for at in range(0, x.shape[1], block):
        result = dict(zip(names, session.run(names, {name: x[None, :, at:at + block].astype(np.float32)} | states)))
        states = {f'{k[:-4]}_in': v for k, v in result.items() if k.endswith('_out')}
        heard.append(result['z' if name == 'x' else 'y'][0])
    return np.concatenate(heard, 1)


def through(x: np.ndarray) -> np.ndarray:
    """x [frames] encoded and decoded block by block."""
    return stream(DECODER, 'z', stream(ENCODER, 'x', x[None], BLOCK), 16)[0]


def phrase(seconds: float = 1.4, seed: int = 5) -> np.ndarray:
    """Plucked notes and a chord of RMS 0.1 that training never saw, [whole blocks]."""
    sys.path.insert(0, str(GALLERY / 'make'))
    from synth import midi_hz, strum
    rng = np.random.default_rng(seed)
    y = np.zeros(int(seconds * RATE_HZ) // BLOCK * BLOCK)
    for start, notes in ((0.02, [57]), (0.3, [64]), (0.6, [45]), (0.9, [50, 57, 62])):
        at = int(start * RATE_HZ)
        y[at:] += strum([midi_hz(note) for note in notes], (y.size - at) / RATE_HZ, RATE_HZ, rng, decay_s=1.0)
    return 0.1 * y / np.sqrt((y ** 2).mean())


def spectra(y: np.ndarray) -> list[np.ndarray]:
    """Magnitudes in windows of 256, 1024 and 4096 frames, three quarters overlapped; noise of RMS 1 gives about 1."""
    found = []
    for window in (256, 1024, 4096):
        pieces = np.lib.stride_tricks.sliding_window_view(y, window)[::window // 4]
        found.append(np.abs(np.fft.rfft(pieces * np.hanning(window + 1)[:-1])) / np.sqrt(0.375 * window))
    return found


def distance_db(y: np.ndarray, x: np.ndarray) -> float:
    """The card's spectral distance: mean difference in dB, floor 40 dB below the sound."""
    level = np.sqrt((x ** 2).mean())
    return np.mean([20 * np.abs(np.log10((a + 0.01) / (b + 0.01))).mean()
                    for a, b in zip(spectra(y / level), spectra(x / level))])


@pytest.mark.parametrize('path, layers, name, block', [
    (ENCODER, ENCODER_LAYERS, 'x', BLOCK), (DECODER, DECODER_LAYERS, 'z', 16)], ids=['encoder', 'decoder'])
def test_blocks_are_one_long_pass(path, layers, name, block):
    """Twelve blocks with carried states, against all frames at once in float64: 1e-5 of the greatest value."""
    rng = np.random.default_rng(3)
    x = phrase()[None, :12 * BLOCK] if name == 'x' else rng.standard_normal((4, 12 * 16))
    x = x.astype(np.float32).astype(float)
    whole = reference(weights_of(path), layers, x)
    assert np.abs(whole).max() > 0.1
    assert np.abs(stream(path, name, x, block) - whole).max() <= 1e-5 * max(1, np.abs(whole).max())


def test_states_matter():
    """The same blocks from zero states each time differ: the test above could not pass without carrying them."""
    x = phrase()[:4 * BLOCK]
    apart = np.concatenate([through(piece) for piece in x.reshape(4, BLOCK)])
    assert np.abs(apart - through(x)).max() > 0.01


@pytest.mark.parametrize('frequency', [110.0, 331.0])
def test_no_click_at_borders(frequency):
    """A steady tone: the bend (second difference) at block borders is no greater than at other ends of 128 frames."""
    time = np.arange(64 * BLOCK) / RATE_HZ
    y = through(0.2 * np.sin(2 * np.pi * frequency * time))[4 * BLOCK:]
    bends = np.abs(np.diff(y, 2))
    borders = np.arange(BLOCK, y.size, BLOCK)
    inner = np.setdiff1d(np.arange(128, y.size, 128), borders)
    at = [np.max([bends[places - 2], bends[places - 1]], 0) for places in (borders, inner)]
    assert at[0].max() <= at[1].max() and at[0].mean() <= 1.2 * at[1].mean()


def test_level_passes_exactly_and_silence_is_silence():
    x = phrase()[:8 * BLOCK]
    y = through(x)
    assert np.abs(through(4 * x) - 4 * y).max() <= 1e-5 * np.abs(4 * y).max()
    assert np.abs(through(np.zeros(4 * BLOCK))).max() == 0


def test_what_comes_back_has_pitch_loudness_and_its_place():
    x = phrase()
    y = through(x)
    f = np.fft.rfftfreq(x.size, 1 / RATE_HZ)
    decimated = np.fft.irfft(np.fft.rfft(x) * (f < 750), x.size)
    assert distance_db(y, x) < 0.8 * distance_db(decimated, x)
    loud, loud_y = (10 * np.log10((v.reshape(-1, 4096) ** 2).mean(1) + 1e-9) for v in (x, y))
    assert np.abs(loud - loud_y)[loud > -40].mean() < 1.5
    across = np.fft.irfft(np.fft.rfft(y, 2 * x.size) * np.fft.rfft(x, 2 * x.size).conj())
    lag = (np.argmax(across) + x.size) % (2 * x.size) - x.size
    assert abs(lag) <= 4  # declared latency 0


@pytest.mark.parametrize('path, shapes', [
    (ENCODER, {'x': [1, 1, 2048], 'z': [1, 4, 16]}), (DECODER, {'z': [1, 4, 16], 'y': [1, 1, 2048]})],
    ids=['encoder', 'decoder'])
def test_files_are_stock_small_and_tell_their_contract(path, shapes):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [('', 18)] and model.ir_version <= 10
    facts = {p.key: p.value for p in model.metadata_props}
    assert {'name', 'description', 'licence', 'source'} <= facts.keys() and (ROOT / facts['source']).exists()
    contract = json.loads(facts['neuropatch.contract'])
    assert (contract['sampleRateHz'], contract['blockFrames'], contract['latencySamples']) == (RATE_HZ, BLOCK, 0)
    found = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*model.graph.input, *model.graph.output]}
    for state in contract['states']:
        assert found.pop(state['input']) == found.pop(state['output']) == state['shape']
    assert found == shapes
    assert path.stat().st_size < 160_000
