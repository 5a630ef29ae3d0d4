"""A gain in neutone-sdk's wrapper, scripted and without its debug checks, in a host of 32-frame blocks at 48 kHz."""

import logging
from typing import Dict, List

import numpy as np
import torch
from neutone_sdk import SampleQueueWrapper, WaveformToWaveformBase
from torch import Tensor

logging.disable(logging.WARNING)
HOST_HZ = 48000
HOST_BLOCK = 32
BLOCKS_PER_UNIT = 128 // HOST_BLOCK


class Gain(torch.nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x


class Model(WaveformToWaveformBase):
    def __init__(self, model, rate_hz: int, use_debug_mode: bool = False):
        self.rate_hz = rate_hz
        super().__init__(model, use_debug_mode)

    def get_model_name(self) -> str: return 'bench'
    def get_model_authors(self) -> List[str]: return ['bench']
    def get_model_short_description(self) -> str: return 'bench'
    def get_model_long_description(self) -> str: return 'bench'
    def get_technical_description(self) -> str: return 'bench'
    def get_technical_links(self) -> Dict[str, str]: return {}
    def get_tags(self) -> List[str]: return ['bench']
    def get_model_version(self) -> str: return '1.0.0'
    def is_experimental(self) -> bool: return False

    @torch.jit.export
    def is_input_mono(self) -> bool: return True

    @torch.jit.export
    def is_output_mono(self) -> bool: return True

    @torch.jit.export
    def get_native_sample_rates(self) -> List[int]: return [self.rate_hz]

    @torch.jit.export
    def get_native_buffer_sizes(self) -> List[int]: return [32]

    @torch.jit.export
    def calc_model_delay_samples(self) -> int: return 0

    def do_forward_pass(self, x: Tensor, params: Dict[str, Tensor]) -> Tensor:
        return self.model(x)


class Work:
    def __init__(self, modelHz):
        torch.set_num_threads(1)
        wrapper = SampleQueueWrapper(Model(Gain(), modelHz), daw_sr=HOST_HZ, daw_bs=HOST_BLOCK, use_debug_mode=False)
        wrapper.prepare_for_inference()
        with torch.no_grad():
            self.wrapper = torch.jit.script(wrapper)
        noise = np.random.default_rng(0).uniform(-0.2, 0.2, (512, 1, HOST_BLOCK)).astype(np.float32)
        self.blocks = [torch.from_numpy(block) for block in noise]
        self.at = 0

    def sound(self, channels):
        self.wrapper.reset()
        blocks = channels[0].reshape(-1, 1, HOST_BLOCK)
        with torch.no_grad():
            heard = [self.wrapper.forward(torch.from_numpy(block.copy())).numpy().ravel().copy() for block in blocks]
        return [np.concatenate(heard)]

    def ask(self, question):
        return {'latencySamples': self.wrapper.calc_buffering_delay_samples()}

    def run(self, units):
        with torch.no_grad():
            for _ in range(units * BLOCKS_PER_UNIT):
                self.wrapper.forward(self.blocks[self.at % 512])
                self.at += 1
