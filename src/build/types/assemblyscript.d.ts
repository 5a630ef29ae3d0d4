// The one function of the AssemblyScript compiler that the build calls. Its own declarations bring the globals of their language along.

interface Result {
  readonly error: Error | null;
  readonly stderr: { toString(): string };
}
interface Settings {
  readonly writeFile?: (name: string, contents: Uint8Array | string) => void;
}
declare const asc: { main(words: readonly string[], settings: Settings): Promise<Result> };
export default asc;
