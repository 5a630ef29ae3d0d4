// What is added to JupyterLab's builder: which files are fetched as they are, and what is loaded together.
//
// Worklet, worker, wasm, models and sounds are files to be fetched, never modules: a `.js` file would be run on the main
// thread, so the two programs travel as `.wjs` and are written as `.js`.
//
// Every `import()` of the extension names its chunk. What has no name is what JupyterLab asks for at its start: that is one
// file. What several of the named ones need comes with the editor, which all but two need anyway: a bundle's card, and what is
// asked for before the editor is there. Code that is in two files runs once.
const isStart = ({ name }) => !name;
// What is given to others stays in a file of its own: in ours it would ask for itself before it is there, without end.
const isOurs = ({ resource }) => Boolean(resource) && !/node_modules.@jupyter.collaborative-drive./.test(resource);
const needsEditor = ({ name }) => ['editor', 'actions', 'new-files'].includes(name);

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
  optimization: {
    splitChunks: {
      minSize: 0,
      cacheGroups: {
        default: false,
        defaultVendors: false,
        tone: {
          name: 'tone',
          chunks: 'async',
          test: /node_modules.(tone|standardized-audio-context|automation-events)./,
          priority: 2,
        },
        start: { name: 'start', chunks: isStart, minChunks: 1, test: isOurs },
        editor: { name: 'editor', chunks: needsEditor, minChunks: 2 },
      },
    },
  },
};
