// Before any test: what the build finds by globbing is written, so that a new node is tested from its first run.
import { generate } from '../src/build/generate.ts';

export default generate;
