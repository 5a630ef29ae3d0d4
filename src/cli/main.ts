// The command line: names of commands, help, exit codes. Argument parsing only; the logic stays in core, render and check.
import { PatchError } from '../core/errors.ts';
import { bench } from './commands/bench.ts';
import { check } from './commands/check.ts';
import { compile, verify } from './commands/compile.ts';
import { inspect, nodes } from './commands/inspect.ts';
import { measure } from './commands/measure.ts';
import { picture } from './commands/picture.ts';
import { profile } from './commands/profile.ts';
import { render } from './commands/render.ts';
import { type ExitCode, say, sayJson, tellError, UsageError } from './output.ts';

const HELP = `neuropatch: patches of neural audio, without a browser

  neuropatch check PATCH                 every problem of a patch, with what to do
  neuropatch render PATCH [options]      play it offline into WAV files (32-bit float)
      --in NAME=FILE     a WAV for an audio-input or audio-file-player (repeatable)
      --out NAME=FILE    where an audio-output goes (repeatable; a single output needs no NAME)
      --seconds S        length; default: the longest input, the log, or 10
      --param ID=VALUE   a value to start with, e.g. gain.level=-6 (repeatable)
      --rate HZ          another rate than the patch's: 8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000,
                         176400 or 192000
      --block N          frames per call, or a schedule such as 1,37,128; default 128
      --host-block N     play as a host does that always asks for N frames (up to 4096); the last block is played whole
      --transport-slack S  models that the patch runs in the worker come S samples late, as they do live; NODE=S for one
      --automation FILE  a log that the editor recorded, or moves of params. With a log the log's own patch plays, with the
                         files of PATCH's folder, at the log's rate, block and slack; --param only where no other
                         patch takes over. Moves are CSV, first line seconds,param,value or frame,param,value, then
                         e.g. 0.5,gain.level,-6; or JSON {"format": "neuropatch-moves", "version": 1, "moves":
                         [{"seconds": 0.5, "param": "gain.level", "value": -6}]}
      --out-rate HZ      rate of the files, 8000 to 192000, converted by the best resampler; default: the patch's
      --align            the files begin where the inputs begin: the latency is taken off, and nothing is cut at the end.
                         The default, except with a log, --host-block or --transport-slack
      --no-align         as late as live and in a bundle
      --without-pass NAME  leaves out one thing that the plan does to be faster; the sound is the same (repeatable;
                         a wrong NAME tells all)
  neuropatch compile PATCH -o FILE       export a bundle; it is checked against the engine before it is written
  neuropatch verify BUNDLE               check a bundle by its golden, block by block
  neuropatch inspect FILE                what a model, patch or bundle expects and promises
  neuropatch profile PATCH [options]     how long a block takes, offline: per node and in all, against the budget
      --seconds S        sound per row after a warm-up; default 5
      --block N          frames per block, or a list such as 64,128; default 32,64,128,256,512,1024
      --rate HZ          any rate that a patch may have; default 44100, 48000 and the patch's own
      --plot FILE        the chart as SVG
  neuropatch measure PATCH [options]     every latency that is reported, beside what is measured, in samples
      --host-block N     for a host that always asks for N frames; default: any number, as for a bundle
      --transport-slack S  as for render; default: the slack that the patch names
  neuropatch picture PATCH               the patch as a still SVG (-o FILE, --theme light|dark)
  neuropatch nodes                       all node types with their params
  neuropatch bench [options]             how fast the product is, beside its peers, which it installs for itself
      --only ID          one mark (repeatable); --list names them
      --heats N          each mark's heats, default 5: its figures are the medians
      --quick            a look whether all runs: its figures say little
      --from FILE        tell results of an earlier --json and measure nothing
      --docs             also write them into the documentation of a clone, beside what it has of the same machine;
                         marks that neither has are told as missing
                         Exit: 0 every goal is reached; 1 one is not, is void or missing, or nothing was measured;
                         2 wrong use, or FILE has no results; 130 cancelled: no heat that was cut short counts

  --json gives every answer to programs. Exit: 0 well, 1 problems found, 2 wrong use, 130 cancelled (Ctrl-C).
`;

const COMMANDS: Readonly<Record<string, (words: readonly string[]) => ExitCode | Promise<ExitCode>>> = {
  check,
  render,
  compile,
  verify,
  inspect,
  picture,
  measure,
  profile,
  nodes,
  bench,
};

/** The lines of one command and what holds for all; everything without a command. */
function helpOf(name: string | undefined): string {
  const [, ...sections] = HELP.split(/^(?= {2}neuropatch )/m);
  const section = sections.find(text => text.startsWith(`  neuropatch ${name} `));
  return section ? `${section.split('\n\n')[0].trimEnd()}\n\n${HELP.trimEnd().split('\n').at(-1)}` : HELP.trimEnd();
}

async function main(words: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = words;
  if (name === undefined || words.includes('--help') || words.includes('-h') || name === 'help') {
    say(helpOf(name === 'help' ? rest[0] : name));
    // Help of what is no command is all there is; whoever asked for it meant something else.
    return name === undefined || (name === 'help' && rest[0] !== undefined && !Object.hasOwn(COMMANDS, rest[0]))
      ? 2
      : 0;
  }
  const isJson = words.includes('--json');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (!command) throw new UsageError(`expected one of ${Object.keys(COMMANDS).join(', ')}, got "${name}"`);
    return await command(rest);
  } catch (error) {
    if (error instanceof PatchError) return tellError(error, isJson);
    if (!(error instanceof UsageError)) throw error;
    if (isJson) sayJson({ ok: false, problems: [], usage: error.message });
    else process.stderr.write(`neuropatch: ${error.message}\nSee neuropatch --help.\n`);
    return 2;
  }
}

// A reader that stops early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
