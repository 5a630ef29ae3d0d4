// Rules that are added to JupyterLab's builder. Worklet, worker, wasm, models and sounds are files to be fetched, never
// modules: a `.js` file would be run on the main thread, so the two programs travel as `.wjs` and are written as `.js`.
module.exports = {
  module: {
    rules: [
      {
        test: /\.(wjs|wasm|onnx|wav|npatch)$/,
        type: 'asset/resource',
        generator: {
          filename: ({ filename }) => `assets/[name].[contenthash]${/\.wjs$/.test(filename ?? '') ? '.js' : '[ext]'}`,
        },
      },
    ],
  },
};
