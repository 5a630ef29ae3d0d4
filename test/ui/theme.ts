// JupyterLab's theme variables, light and dark, for pages without JupyterLab.
const FONTS =
  '--jp-ui-font-family: Inter, system-ui, "Liberation Sans", sans-serif; --jp-code-font-family: "DejaVu Sans Mono", monospace;';
const LIGHT = `--jp-layout-color0:#fff;--jp-layout-color1:#fff;--jp-layout-color2:#eee;--jp-border-color1:#bdbdbd;--jp-border-color2:#e0e0e0;--jp-border-color3:#eee;
--jp-ui-font-color1:rgba(0,0,0,.87);--jp-brand-color1:#1976d2;`;
const DARK = `--jp-layout-color0:#111;--jp-layout-color1:#212121;--jp-layout-color2:#424242;--jp-border-color1:#555;--jp-border-color2:#3a3a3a;--jp-border-color3:#303030;
--jp-ui-font-color1:rgba(255,255,255,.87);--jp-brand-color1:#2196f3;`;

export const themeCss = `body{margin:0;background:var(--jp-layout-color1);${FONTS}}body[data-jp-theme-light=true]{${LIGHT}}body[data-jp-theme-light=false]{${DARK}}`;
