// Style sheets are inserted by JupyterLab's builder where they are imported; they give nothing.
declare module '*.css';
