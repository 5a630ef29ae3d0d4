// What the wasm module of the kernels exports. AssemblyScript, built by src/build/simd.ts; the memory is the arena's.
export { exp, log, tan } from './elementary';
export { svf } from './svf';
export { add, blend, blendMoving, levelToGain, multiply, product, scale, sum, sumMoving } from './mix';
export { bend, shape, shapeMoving } from './shape';
export { compress, follow, peaks } from './dynamics';
export { delay } from './delay-line';
export { blockDc, onePole, onePoleMoving } from './one-pole';
export { ramp } from './ramp';
export { peak } from './scan';
export { fillLine, polyphase, polyphase2, saveLine } from './fir';
export { binaryRows, copy3, gateRows, sigmoidRows, sumAxis, tanhRows, unaryRows } from './activations';
export { conv, convRow, convStrided } from './conv';
export { dense, dots } from './dense';
export { gru } from './gru';
export { lstm } from './lstm';
export { addProducts, playHead, takeFrames } from './convolution';
export { hearWindow, playSum } from './quarter-transform';
