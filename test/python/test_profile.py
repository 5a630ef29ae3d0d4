"""`neuropatch.profile`: the engine's figures in Python, their form and arithmetic. How fast anything is, is not tested."""

import numpy as np
import pytest
from helpers import GALLERY
from neuropatch import Patch, PatchError, profile
from neuropatch.load_profile import Load, _row_text


def test_every_block_and_rate_has_figures_per_node_and_in_all() -> None:
    patch = Patch.example("impulse-echo")
    result = profile(patch, seconds=0.1, blocks=[64, 512])
    assert [(row.sample_rate_hz, row.block_frames) for row in result.rows] == [
        (44100, 64), (44100, 512), (48000, 64), (48000, 512),
    ]
    ids = {node["id"] for node in patch.json["nodes"]}
    for row in result.rows:
        assert row.budget_ms == pytest.approx(1000 * row.block_frames / row.sample_rate_hz)
        assert (row.blocks, row.problems, set(row.nodes)) == (100, [], ids)
        assert row.verdict in ("safe", "tight", "misses")
        assert row.total is not None and row.rest is not None
        assert 0 < row.total.p50_ms <= row.total.p95_ms <= row.total.p99_ms <= row.total.max_ms
        parts = [load.mean_ms for load in row.nodes.values()] + [row.rest.mean_ms]
        np.testing.assert_allclose(sum(parts), row.total.mean_ms, rtol=1e-9)
    assert (result.seconds, result.warmup_seconds) == (0.1, 1)
    assert result.clock_step_ms > 0
    assert result._repr_svg_().startswith("<svg ") and "Profiled: offline" in result.svg
    assert str(result).startswith("Profiled offline on this machine, without a sound card")


def test_a_path_is_opened_and_a_rate_that_does_not_fit_says_why() -> None:
    result = profile(GALLERY / "tube-amp.npatch", seconds=0.1, blocks=[256])
    low, high = result.rows
    assert (low.blocks, low.total, low.verdict, low.nodes) == (0, None, None, {})
    assert low.problems[0].code == "E-RATE"
    assert "E-RATE" in _row_text(low)
    assert high.blocks == 100 and isinstance(high.total, Load)
    with pytest.raises(PatchError) as caught:
        profile(GALLERY / "tube-amp.npatch", seconds=0.1, blocks=[256], rate=44100)
    assert caught.value.code == "E-RATE"


@pytest.mark.parametrize("wrong", [{"rate": 96001}, {"blocks": [0]}, {"seconds": 0}])
def test_wrong_arguments_are_a_value_error(wrong: dict) -> None:
    with pytest.raises(ValueError, match="expected"):
        profile(Patch.example("impulse-echo"), **wrong)
