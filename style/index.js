// What JupyterLab's builder imports for the styles.
import './index.css';
