"""The gallery's models, sounds and the model fixtures, measured against references that share no code with them.

Owns the numpy float64 recursions of the GRU and the TCN. Must not import torch: the files must stand for themselves.
"""
import json
import sys
import wave
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / 'notebooks' / 'gallery'
FIXTURES = ROOT / 'test' / 'fixtures'
AMP, TAPE = GALLERY / 'models' / 'tube-amp-gru32.onnx', GALLERY / 'models' / 'tape-tcn.onnx'
RUNTIME_LIMIT_DB = -100.0
CONTRACT = {'sampleRateHz', 'blockFrames', 'latencySamples', 'params'}


def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])


def play(session, signals: dict[str, np.ndarray], blocks: list[int]) -> np.ndarray:
    """y [frames] of the model fed with signals [frames], block by block; states carried by their names."""
    states = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name.endswith('_in')}
    names = [o.name for o in session.get_outputs()]
    frames, at, heard = len(next(iter(signals.values()))), 0, []
    for block in (blocks * frames if blocks else [frames]):
        if at >= frames:
            break
        piece = {k: v[None, None, at:at + block].astype(np.float32) for k, v in signals.items()}
        result = dict(zip(names, session.run(names, piece | states)))
        states = {f'{k[:-4]}_in': v for k, v in result.items() if k.endswith('_out')}
        heard.append(result['y'][0, 0])
        at += block
    return np.concatenate(heard)


def weights_of(path: Path) -> dict[str, np.ndarray]:
    return {t.name: numpy_helper.to_array(t).astype(float) for t in onnx.load(path).graph.initializer}


def difference_db(a: np.ndarray, b: np.ndarray) -> float:
    """Greatest difference in dB against max(1, peak): the null limit's measure."""
    return 20 * np.log10(np.abs(a - b).max() / max(1.0, np.abs(b).max()) + 1e-15)


def loud_signal(frames: int, seed: int) -> np.ndarray:
    """Noise that decays in bursts, peak 0.9, as float32 values in float64."""
    rng = np.random.default_rng(seed)
    x = np.convolve(rng.standard_normal(frames), np.ones(6) / 6, 'same') * np.exp(-(np.arange(frames) % 1500) / 400)
    return (0.9 * x / np.abs(x).max()).astype(np.float32).astype(float)


def gru_reference(w: dict[str, np.ndarray], x: np.ndarray, drive_db: np.ndarray) -> np.ndarray:
    """The amplifier in float64 from the GRU's definition (Cho et al. 2014, reset after the product)."""

    def logistic(v):
        return 1 / (1 + np.exp(-v))

    size = w['R'].shape[2]
    h, y = w['h_rest'][0, 0], np.empty(x.size)
    input_bias, state_bias = w['B'][0][:3 * size], w['B'][0][3 * size:]
    for n in range(x.size):
        features = np.array([x[n] * 10 ** (drive_db[n] / 20) / 4, drive_db[n] / 24])
        a, b = w['W'][0] @ features + input_bias, w['R'][0] @ h + state_bias
        z, r = logistic(a[:size] + b[:size]), logistic(a[size:2 * size] + b[size:2 * size])
        h = (1 - z) * np.tanh(a[2 * size:] + r * b[2 * size:]) + z * h
        y[n] = h @ w['out_weight'][:, 0] + w['out_bias'].item() + w['skip'].item() * x[n]
    return y


def tcn_reference(w: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The tape in float64: h[n] += mix · tanh(Σ_k kernel[k] · h[n − (2 − k) · dilation] + b)."""
    h = np.outer(w['lift_weight'][:, 0, 0], x)
    for i in range(8):
        dilation = 2 ** i
        past = np.concatenate([np.zeros((h.shape[0], 2 * dilation)), h], 1)
        kernel = w[f'conv_{i}_weight']
        z = sum(kernel[:, :, k] @ past[:, k * dilation:k * dilation + x.size] for k in range(3))
        h = h + w[f'mix_{i}_weight'][:, :, 0] @ np.tanh(z + w[f'conv_{i}_bias'][:, None])
    return w['out_weight'][0, :, 0] @ h + w['out_bias'][0] + w['skip'] * x


def case(path: Path, frames: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Signals and their float64 reference output for one of the two models."""
    x = loud_signal(frames, 7)
    if path == TAPE:
        return {'x': x}, tcn_reference(weights_of(path), x)
    drive = np.linspace(0, 24, frames).astype(np.float32).astype(float)
    return {'x': x, 'drive': drive}, gru_reference(weights_of(path), x, drive)


@pytest.mark.parametrize('path', [AMP, TAPE], ids=lambda p: p.stem)
def test_runtime_agrees_with_float64_reference(path):
    signals, reference = case(path, 6000)
    assert np.abs(reference).max() > 0.2  # a silent model would pass any null
    assert difference_db(play(open_session(path), signals, []), reference) <= RUNTIME_LIMIT_DB


@pytest.mark.parametrize('path', [AMP, TAPE], ids=lambda p: p.stem)
@pytest.mark.parametrize('blocks', [[1], [37], [128], [1, 500, 37]], ids=str)
def test_output_does_not_depend_on_the_block(path, blocks):
    signals, reference = case(path, 3000)
    assert difference_db(play(open_session(path), signals, blocks), reference) <= RUNTIME_LIMIT_DB


@pytest.mark.parametrize('path', [AMP, TAPE], ids=lambda p: p.stem)
def test_models_are_stock_small_and_tell_their_contract(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [('', 18)] and model.ir_version <= 10
    used = {name for node in model.graph.node for name in node.input}
    assert {t.name for t in model.graph.initializer} <= used
    facts = {p.key: p.value for p in model.metadata_props}
    assert {'name', 'description', 'licence', 'source'} <= facts.keys()
    assert (ROOT / facts['source']).exists()
    contract = json.loads(facts['neuropatch.contract'])
    assert contract.keys() == CONTRACT and contract['blockFrames'] == 0 and contract['latencySamples'] == 0
    assert contract['sampleRateHz'] == (44100 if path == AMP else 48000)
    assert AMP.stat().st_size + TAPE.stat().st_size < 1_000_000


@pytest.mark.parametrize('path', [AMP, TAPE], ids=lambda p: p.stem)
def test_silence_stays_quiet_and_full_scale_does_not_clip(path):
    session = open_session(path)
    frames = 8000
    extra = {'drive': np.full(frames, 24.0)} if path == AMP else {}
    assert np.abs(play(session, {'x': np.zeros(frames)} | extra, [])).max() < 10 ** (-40 / 20)
    tone = 0.999 * np.sin(2 * np.pi * 220 * np.arange(frames) / 44100)
    assert 0.3 < np.abs(play(session, {'x': tone} | extra, [])).max() < 1.0


def test_drive_adds_harmonics():
    """The amplifier's total harmonic distortion of a 441 Hz tone grows with drive."""
    session, frames = open_session(AMP), 8820
    tone = 0.3 * np.sin(2 * np.pi * 441 * np.arange(frames) / 44100)
    distortion = []
    for drive_db in (0.0, 12.0, 24.0):
        y = play(session, {'x': tone, 'drive': np.full(frames, drive_db)}, [])[4410:]
        lines = np.abs(np.fft.rfft(y))[44::44][:20]
        distortion.append(np.sqrt((lines[1:] ** 2).sum()) / lines[0])
    assert distortion[0] < distortion[1] < distortion[2] and distortion[2] > 0.1


def test_amp_follows_its_circuit_and_the_tape_its_hysteresis():
    """Both models against their physical target on a phrase that training never saw: ESR below 10 %."""
    sys.path.insert(0, str(GALLERY / 'make'))
    import tape_magnet
    import tube_circuit
    from synth import strum
    rng = np.random.default_rng(99)
    for path, rate_hz in ((AMP, 44100), (TAPE, 48000)):
        x = 0.5 * strum([110.0, 165.0], 0.04, rate_hz, rng)
        x[:200] = 0
        x[200:400] *= np.linspace(0, 1, 200)
        drive = np.full(x.size, 9.0)
        target = (tube_circuit.simulate(x[None], drive[None], rate_hz) if path == AMP
                  else tape_magnet.simulate(x[None], rate_hz))[0]
        y = play(open_session(path), {'x': x} | ({'drive': drive} if path == AMP else {}), [])
        assert ((y - target) ** 2).sum() / (target ** 2).sum() < 0.1, path.stem


@pytest.mark.parametrize('name, channels, seconds', [
    ('guitar-di', 1, 4), ('drum-loop', 2, 2), ('chord-pad', 2, 2), ('voice', 1, 3), ('noisy-speech', 1, 1.5)])
def test_sounds_are_level_free_of_dc_and_loop(name, channels, seconds):
    with wave.open(str(GALLERY / 'audio' / f'{name}.wav')) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48000, channels, 2)
        y = np.frombuffer(file.readframes(file.getnframes()), '<i2').reshape(-1, channels) / 32768
    assert len(y) == seconds * 48000
    assert 10 ** (-3 / 20) <= np.abs(y).max() <= 10 ** (-1 / 20)
    assert np.abs(y.mean(0)).max() < 1e-4
    assert 20 * np.log10(np.sqrt((y ** 2).mean())) > -24
    # A click is a bend: the second difference over the seam must not stand out from those inside.
    inside = np.abs(np.diff(y, 2, axis=0))
    seam = np.abs(np.diff(np.concatenate([y[-2:], y[:2]]), 2, axis=0)).max()
    assert seam <= max(np.quantile(inside, 0.999), 0.01)


def test_the_script_makes_the_committed_sounds(tmp_path):
    """Within one step of 16 bits, since another CPU may round a sine differently."""
    sys.path.insert(0, str(GALLERY / 'make'))
    import make_audio
    for name, make in make_audio.FILES.items():
        make_audio.write_wav(tmp_path / name, make())
        fresh, kept = (np.frombuffer(p.read_bytes()[44:], '<i2').astype(int) for p in
                       (tmp_path / name, GALLERY / 'audio' / name))
        assert fresh.size == kept.size and np.abs(fresh - kept).max() <= 1, name
    assert sum(p.stat().st_size for p in (GALLERY / 'audio').glob('*.wav')) < 1_800_000


def fixtures_module():
    sys.path.insert(0, str(FIXTURES))
    import make_fixtures
    return make_fixtures


def test_the_script_makes_the_committed_fixtures():
    files = fixtures_module().all_files()
    assert {p.name for p in (FIXTURES / 'models').glob('*.onnx')} == files.keys()
    for name, data in files.items():
        assert len(data) < 4096 and (FIXTURES / 'models' / name).read_bytes() == data, name


def test_fixtures_are_what_they_say():
    """Those that play do so in onnxruntime; the delay is one sample and the LSTM two states."""
    for name, (_, meaning) in fixtures_module().FIXTURES.items():
        path = FIXTURES / 'models' / f'{name}.onnx'
        if not meaning.startswith('plays'):
            continue
        session = open_session(path)
        rng = np.random.default_rng(3)
        x = rng.uniform(-1, 1, [5 if s == 'N' else s for s in session.get_inputs()[0].shape]).astype(np.float32)
        rest = {i.name: np.zeros(i.shape, np.int64 if 'int64' in i.type else np.float32)
                for i in session.get_inputs()[1:]}
        if name == 'gain-param':
            rest['gain'] = np.array([0.25], np.float32)
        if name == 'settling-spectrum':
            rest['memory'] += 0.75
        y = session.run(None, {session.get_inputs()[0].name: x} | rest)[0]
        expected = {'gain-param': 0.25 * x, 'local-function': 0.5 * x, 'settling-spectrum': np.float32(0.75) * x,
                    'choice': x, 'spoken': 0 * x,
                    'mask-129': x / (x + np.float32(0.1)),
                    'delay-1': np.concatenate([0 * x[..., :1], x[..., :-1]], -1)}.get(name, x)
        if name == 'lstm':
            assert y.shape == x.shape and np.abs(y).max() > 0 and len(rest) == 2
        else:
            # An encoder and a decoder that forget nothing only change the shape.
            assert np.array_equal(y.ravel(), expected.ravel()), name
    for name in ('truncated', 'text', 'wrong-raw-length', 'custom-domain', 'external-data', 'opset-99'):
        with pytest.raises(Exception):
            open_session(FIXTURES / 'models' / f'{name}.onnx')
