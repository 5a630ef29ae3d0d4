// Where a resource path may point: into the folder of its patch, or to a file that the product ships. Pure text; must not read.

/** Begins the names of files that the product ships. */
export const BUILTIN_PREFIX = 'builtin:';

/** Whether a resource path stays inside the patch's folder (or names a builtin); the text says what is wrong. */
export function resourcePathFault(path: string): string | undefined {
  if (path.startsWith(BUILTIN_PREFIX))
    return /^builtin:[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/.test(path)
      ? undefined
      : 'a builtin name of letters, digits, dots and dashes';
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(path) || path.startsWith('//'))
    return "a file in the patch's folder, not a URL or drive";
  if (path.startsWith('/') || path.includes('\\') || path.split('/').some(part => part === '..'))
    return "a path inside the patch's folder";
  if (path.trim() !== path || path === '' || /[\u0000-\u001f]/.test(path)) return 'a file name';
  return undefined;
}
