// What the runtime can run: versions of the format and operators, as onnxruntime-web 1.30's wasm build has them.
// Owns these tables and the reasons for what is left out. Found by making a session from each operator's test in `onnx`.

/** Versions that the runtime takes: IR of the file, opset of the standard operators. */
export const VERSIONS = { minIr: 3, maxIr: 13, minOpset: 7, maxOpset: 26 } as const;

/** Names of the standard domain. */
export const isStandardDomain = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

const OPERATORS: ReadonlySet<string> = new Set(
  `
  Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization
  BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad
  Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh
  CumProd CumSum DFT DeformConv DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu
  Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool
  GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HammingWindow HannWindow HardSigmoid
  HardSwish Hardmax Identity If InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less
  LessOrEqual Log LogSoftmax Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxUnpool Mean
  MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Neg NonMaxSuppression NonZero Not OneHot Optional
  OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization
  RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
  ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence RotaryEmbedding Round STFT Scan Scatter
  ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert
  SequenceLength SequenceMap Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth
  Split SplitToSequence Sqrt Squeeze Sub Sum Swish Tan Tanh TensorScatter ThresholdedRelu Tile TopK Transpose
  Trilu Unique Unsqueeze Upsample Where Xor
`
    .trim()
    .split(/\s+/),
);

/** Operators whose newer form the runtime lacks, with the last opset that it has. */
const LAST_OPSET: Readonly<Record<string, number>> = {
  Bernoulli: 21,
  GlobalLpPool: 21,
  MaxRoiPool: 21,
  Multinomial: 21,
  RandomNormal: 21,
  RandomNormalLike: 21,
  RandomUniform: 21,
  RandomUniformLike: 21,
  RoiAlign: 21,
};

const RANDOM = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** Random operators play, but two runs differ: such a model can't be proved equal to its export. */
export const isRandomOperator = (opType: string): boolean => RANDOM.has(opType);

const REASONS: Readonly<Record<string, string>> = {
  NegativeLogLikelihoodLoss: 'it is for training',
  SoftmaxCrossEntropyLoss: 'it is for training',
  Gradient: 'it is for training',
  Adagrad: 'it is for training',
  Adam: 'it is for training',
  Momentum: 'it is for training',
  ImageDecoder: 'it decodes images',
  RegexFullMatch: 'it works on text',
  StringConcat: 'it works on text',
  StringNormalizer: 'it works on text',
  StringSplit: 'it works on text',
  TfIdfVectorizer: 'it works on text',
};

/** Why the runtime cannot run the operator at this opset; undefined when it can. */
export function operatorProblem(domain: string, opType: string, opset: number): string | undefined {
  if (!isStandardDomain(domain)) {
    return REASONS[opType] ?? `its domain ${JSON.stringify(domain.slice(0, 80))} is not the standard one`;
  }
  const lastOpset = LAST_OPSET[opType];
  if (lastOpset !== undefined) {
    return opset > lastOpset ? `the runtime has it up to opset ${lastOpset} only, the model has ${opset}` : undefined;
  }
  if (OPERATORS.has(opType)) return undefined;
  return REASONS[opType] ?? 'the runtime does not have it';
}
