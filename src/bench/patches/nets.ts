// The four nets of the mark "neural": the classic small ones of neural audio, as files. Weights are seeded; states are tensors.
import { ModelBuilder, recurrentModel } from './models.ts';

/** Names of the nets, in the order of the table. */
export const NETS = ['GRU-32', 'LSTM-32', 'TCN 8×16', 'WaveNet'] as const;
export type NetName = (typeof NETS)[number];

class ConvNet extends ModelBuilder {
  readonly end = this.constant('end', 'i64', [2 ** 31 - 1]);
  readonly frames = this.constant('frames', 'i64', [2]);

  conv(name: string, input: string, outs: number, ins: number, taps = 1, dilation = 1, hasBias = true): string {
    const weights = [this.weights(`${name}_w`, [outs, ins, taps], 1 / Math.sqrt(ins * taps))];
    if (hasBias) weights.push(this.weights(`${name}_b`, [outs], 0.1));
    const attributes = { kernel_shape: [BigInt(taps)], dilations: [BigInt(dilation)] };
    return this.op('Conv', [input, ...weights], [name], attributes);
  }

  /** A layer's past in front of its input; the end of both is the next past. */
  past(name: string, input: string, channels: number, past: number): string {
    const state = this.state(`${name}_past`, [1, channels, past]);
    const both = this.op('Concat', [state, input], [`${name}_both`], { axis: 2n });
    const start = this.constant(`${name}_start`, 'i64', [-past]);
    this.op('Slice', [both, start, this.end, this.frames], [`${name}_past_out`]);
    return both;
  }
}

/** Eight dilated layers of 16 channels and 3 taps, each with a residual. */
function tcn(): Uint8Array {
  const b = new ConvNet(10);
  let h = b.conv('lift', 'x', 16, 1);
  for (let layer = 0; layer < 8; layer++) {
    const name = `layer${layer}`;
    const z = b.conv(`${name}_z`, b.past(name, h, 16, 2 ** (layer + 1)), 16, 16, 3, 2 ** layer);
    const mixed = b.conv(`${name}_mix`, b.op('Tanh', [z], [`${name}_a`]), 16, 16);
    h = b.op('Add', [h, mixed], [`${name}_h`]);
  }
  b.conv('y', h, 1, 16);
  return b.file();
}

/** NAM's standard WaveNet: ten layers of 16 channels, ten of 8, dilations 1 … 512, conditioned by the input, all layers summed up. */
function waveNet(): Uint8Array {
  const b = new ConvNet(20);
  const array = (
    id: string,
    input: string,
    ins: number,
    channels: number,
    head: string,
    heads: number,
    hasBias: boolean,
  ) => {
    let h = b.conv(`${id}_lift`, input, channels, ins, 1, 1, false);
    let sum = head;
    for (let layer = 0; layer < 10; layer++) {
      const name = `${id}${layer}`;
      const z = b.conv(`${name}_z`, b.past(name, h, channels, 2 ** (layer + 1)), channels, channels, 3, 2 ** layer);
      const condition = b.conv(`${name}_c`, 'x', channels, 1, 1, 1, false);
      const a = b.op('Tanh', [b.op('Add', [z, condition], [`${name}_s`])], [`${name}_a`]);
      sum = sum === '' ? a : b.op('Add', [sum, a], [`${name}_sum`]);
      h = b.op('Add', [h, b.conv(`${name}_mix`, a, channels, channels)], [`${name}_h`]);
    }
    return { h, head: b.conv(`${id}_head`, sum, heads, channels, 1, 1, hasBias) };
  };
  const first = array('a', 'x', 1, 16, '', 8, false);
  const second = array('b', first.h, 16, 8, first.head, 1, true);
  b.op('Mul', [second.head, b.constant('scale', 'f32', [0.1])], ['y']);
  return b.file();
}

export const netFile = (name: NetName): Uint8Array =>
  name === 'GRU-32'
    ? recurrentModel('GRU', 32, 1)
    : name === 'LSTM-32'
      ? recurrentModel('LSTM', 32, 2)
      : name === 'TCN 8×16'
        ? tcn()
        : waveNet();
