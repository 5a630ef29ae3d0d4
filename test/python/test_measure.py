"""`neuropatch.measure`: the engine's rows in Python; a wrong latency is a row, no exception; a broken patch is one."""

import numpy as np
import pytest
from helpers import EXAMPLES, GALLERY
from neuropatch import Patch, PatchError, measure


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_latency_of_the_gallery_is_as_reported(name: str) -> None:
    result = measure(GALLERY / f"{name}.npatch")
    assert result.rows
    assert not [row for row in result.rows if row.ok is False]


def test_the_rows_are_what_a_render_says() -> None:
    patch = Patch.example("tube-amp")
    result = measure(patch, host_block=128)
    late = {row.reported_samples for row in result.rows if row.kind == "path"}
    assert len(late) == 1
    frames = int(late.pop())
    # The dry way alone: a click that comes out as late as was measured.
    click = np.zeros((1, 4800), np.float32)
    click[0, 100] = 0.5
    heard = patch.with_params({"mix.mix": 0}).render({"guitar": click})
    assert int(np.argmax(np.abs(heard[0]))) == 100 + frames
    assert "guitar > mix > output: reported" in str(result)


def test_models_in_the_worker_come_late_by_their_slack() -> None:
    patch = Patch.example("tube-amp").with_params({"amp.runsIn": "worker", "amp.slack": 512})
    for given, slack in ((None, 512), (1000, 1000), ({"amp": 64}, 64)):
        result = measure(patch, transport_slack=given)
        assert result.ok
        (wet,) = [row for row in result.rows if "> amp >" in row.path]
        # Whole frames of the model's own rate.
        assert 0 <= wet.reported["inference"] - slack < 48000 / 44100 and wet.error == 0


def trimmed(samples: int) -> Patch:
    nodes = [
        {"id": "input", "type": "source/audio-input"},
        {"id": "align", "type": "time/latency-align", "params": {"trim1": samples}},
        {"id": "out", "type": "output/audio-output"},
    ]
    wires = [{"from": "input.out", "to": "align.in1"}, {"from": "align.out1", "to": "out.in"}]
    return Patch.from_json({"format": "neuropatch-patch", "sampleRateHz": 48000, "nodes": nodes, "connections": wires})


def test_a_delay_that_nobody_reports_is_found() -> None:
    result = measure(trimmed(7))
    assert not result.ok
    assert [(row.measured, row.error, row.ok) for row in result.rows] == [(7, 7, False)]
    assert measure(trimmed(0)).ok


def test_a_patch_with_errors_is_refused() -> None:
    with pytest.raises(PatchError) as caught:
        measure(Patch.from_json({
            "format": "neuropatch-patch", "nodes": [{"id": "a", "type": "dynamics/gain"}],
            "connections": [{"from": "a.out", "to": "a.in"}],
        }))
    assert caught.value.code == "E-CYCLE"
    with pytest.raises(ValueError):
        measure(trimmed(0), host_block=0)
