"""Writes docs/latency.md and its picture from what the benches left in test-results/: the only way in which either changes.

Run by hand: python test/bench/latency_page.py   (standard library only), after what the page names under "How".
Owns the words and the figures that are picked; measures nothing itself.
"""
import json
from collections import defaultdict
from pathlib import Path

from latency_picture import draw
from results import read_rows, read_versions

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
PICTURE = 'latency-by-block.svg'
BUFFERS = [32, 64, 128, 256, 512, 1024, 2048]


def table(heads, rows):
    """Markdown; all columns but the first are figures."""
    lines = [heads, ['---'] + ['--:'] * (len(heads) - 1), *rows]
    return '\n'.join('| ' + ' | '.join(map(str, line)) + ' |' for line in lines)


def number(value, digits=0):
    return f'{round(float(value), digits) + 0.0:.{digits}f}'.replace('-', '−')


def mean(values):
    return sum(values) / len(values)


def plays(cell):
    return cell['their state'] == 'plays'


def equal_rates(cells):
    """Per native block: what is reported in all, where model and host have one rate. Rates play no part in it."""
    blocks = defaultdict(list)
    for cell in cells:
        if cell['hostRateHz'] == cell['modelRateHz'] and cell['model'] == 'memoryless' and plays(cell):
            pair = int(cell['hostBlock']), float(cell['our reported']), float(cell['their reported'])
            if pair not in blocks[int(cell['nativeBlock'])]:
                blocks[int(cell['nativeBlock'])].append(pair)
    return {block: sorted(pairs) for block, pairs in sorted(blocks.items())}


def by_block(blocks):
    rows = []
    for block, pairs in blocks.items():
        ours, theirs = [ours for _, ours, _ in pairs], [theirs for *_, theirs in pairs]
        later = sum(ours > theirs for _, ours, theirs in pairs)
        rows.append([block, number(mean(ours)), number(mean(theirs)), number(max(ours)), number(max(theirs)), later])
    return table(['native block', 'ours, mean', 'theirs, mean', 'ours, most', 'theirs, most', 'ours later'], rows)


def by_rates(cells):
    """One line for each pair of rates."""
    groups = defaultdict(list)
    for cell in cells:
        groups[int(cell['hostRateHz']), int(cell['modelRateHz'])].append(cell)
    rows = []
    for (host_hz, model_hz), group in sorted(groups.items()):
        playing = [cell for cell in group if plays(cell)]
        what = 'reported' if host_hz == model_hz else 'buffering'
        # Theirs are cut to whole samples, so that less than one is no difference.
        differences = [float(cell[f'our {what}']) - float(cell[f'their {what}']) for cell in playing]
        later = sum(difference >= 1 - 1e-6 for difference in differences)
        earlier = sum(difference <= -1 + 1e-6 for difference in differences)
        off = max(off_by(cell, 'their') for cell in playing)
        distortion = max(float(cell['their distortion']) for cell in playing)
        our_filter = max(float(cell['our filter']) for cell in group)
        rows.append([
            f'{host_hz / 1000:g}', f'{model_hz / 1000:g}', len(playing), later, len(playing) - later - earlier, earlier,
            number(our_filter), number(max(off_by(cell, 'our') for cell in group), 3), number(off, 3), number(distortion, 4),
        ])
    return table(['host kHz', 'model kHz', 'both play', 'ours later', 'equal', 'ours earlier', 'our filter', 'ours off',
                  'theirs off', 'theirs distorts by'], rows)


def off_by(cell, whose):
    return abs(float(cell[f'{whose} measured']) - float(cell[f'{whose} reported']))


def is_whole(samples):
    return abs(samples - round(samples)) < 1e-3


def our_grid(rows):
    """Sentences on measured against reported in our own grid: every path, wet and dry, of every cell in every way."""
    names = [('measured', 'reported'), ('dryMeasured', 'dryReported')]
    pairs = [(float(row[measured]), float(row[reported])) for row in rows for measured, reported in names]
    whole = [abs(round(measured) - round(reported)) for measured, reported in pairs if is_whole(reported)]
    parts = [abs(measured - reported) for measured, reported in pairs if not is_whole(reported)]
    text = (f'{len(rows)} cells of ours were played, each with its wet and its dry path: **{sum(whole)} samples off** in all '
            f'of the {len(whole)} measurements of a whole latency')
    fractions = f', at most {max(parts):.4f} in the {len(parts)} of one with a fraction' if parts else ''
    return f'{text}{fractions}. Only paths that meet in a region of another rate have fractions.'


def pitch(ours, theirs):
    """Cents by model rate and buffer in hosts of 44.1 and 48 kHz."""
    worst = max(abs(float(row['cents'])) for row in ours)
    rows = []
    for host_hz in (44100, 48000):
        for model_hz in sorted({int(row['modelRateHz']) for row in theirs}):
            if model_hz == host_hz:
                continue
            cents = {int(row['buffer']): row['cents'] for row in theirs
                     if (int(row['patchRateHz']), int(row['modelRateHz'])) == (host_hz, model_hz)}
            cells = [cents[buffer] for buffer in BUFFERS]
            figures = ['refused' if cell.startswith('refused') else number(cell, 2) for cell in cells]
            rows.append([f'{model_hz / 1000:g} in {host_hz / 1000:g}', *figures])
    heads = ['theirs, model in host, kHz', *map(str, BUFFERS)]
    text = (f'Ours: {len(ours)} cells, 12 × 12 rates and 7 buffers through plan and executor; the worst is off by '
            f'{worst:.0e} cents, which is 0.00.')
    return f'{text}\n\n{table(heads, rows)}'


def resamplers(rows):
    parts = []
    for from_hz, to_hz in ((44100, 48000), (48000, 44100)):
        group = [row for row in rows if (int(row['from']), int(row['to'])) == (from_hz, to_hz)]
        loud = 'alias worst' if from_hz > to_hz else 'image worst'
        names = ['SNR 1k', 'SNR 10k', 'SNR 18k', 'level 18k', 'level 20k', loud]
        heads = [f'{from_hz / 1000:g} → {to_hz / 1000:g} kHz', 'SNR at 1 kHz', '10 kHz', '18 kHz', 'level at 18 kHz', '20 kHz',
                 loud.replace(' worst', ', worst'), 'latency ms']
        digits = [1, 1, 1, 4, 4, 1]
        parts.append(table(heads, [
            [row['converter'], *(number(row[name], count) for name, count in zip(names, digits)), row['latency ms'] or '·']
            for row in group
        ]))
    return '\n\n'.join(parts)


def page():
    package = json.loads((ROOT / 'package.json').read_text())
    versions = read_versions()
    cells, grid = read_rows('neutone-grid'), read_rows('latency-grid')
    blocks = equal_rates(cells)
    (DOCS / PICTURE).write_text(draw(blocks))
    equal = [cell for cell in cells if cell['hostRateHz'] == cell['modelRateHz']]
    later = sum(float(cell['our reported']) > float(cell['their reported']) for cell in equal if plays(cell))
    peers = (f"neutone-sdk {versions['neutone-sdk']} (torch {versions['torch']}), soxr {versions['soxr']} and "
             f"libsamplerate (as in samplerate {versions['samplerate']})")
    refused = len(cells) - sum(map(plays, cells))
    return f'''<!-- Generated by test/bench/latency_page.py from test-results/: change the script, not this file. -->
# Latency and rates, measured

What Neuropatch {package['version']} reports, what was measured, and the same beside
{peers}.
Latency is in samples at the host's rate.

## How
A cell is a model of a native rate and block in a host of a rate and block. Both sides get the same model, y = x or a delay
of one sample with a memory, and the same Gaussian, wide enough to pass every filter unharmed; its centre of mass tells the
delay to a thousandth of a sample. Ours is played by the engine in three ways: a host that keeps to its block, one that changes
it, and rendered; the first stands beside theirs. Theirs is called as its plugin calls it.

```bash
NEUROPATCH_FULL=1 npx vitest run test/grid/latency-grid.test.ts test/nodes/resampler-pitch.test.ts
python test/bench/neutone_grid.py && python test/bench/neutone_pitch.py   # the environment: see neutone_grid.py
python test/bench/resampler.py --no-speed
python test/bench/latency_page.py
```

## Measured against reported
{our_grid(grid)}

## One rate
Ours is m − gcd(b, m) for a host's block b and a native block m, the least with which no call comes up short. **It is later than
theirs in {later} of {sum(map(plays, equal))} cells.** Of all {len(cells)} cells on this page, theirs refuses {refused}.

![Latency in samples by native block, Neuropatch beside neutone-sdk]({PICTURE})

{by_block(blocks)}

## All rates
Where the rates differ, only the buffering is compared, since theirs interpolates between samples without a filter and ours has
one (`standard`), listed apart. Ours is m − 1 there, the same in every host; theirs depends on the host's block and is sometimes
less. Off: the largest difference between measured and reported. Distorts: the largest difference between what comes out and the
Gaussian, whose peak is 1; ours stays below 0.00002.

{by_rates(cells)}

## Pitch
A model that makes its own 1000 Hz: cents by which it is heard too sharp, per buffer of the host.

{pitch(read_rows('pitch'), read_rows('neutone-pitch'))}

## Resampler
Tones of −0.9 dB. SNR: the tone against all that is left of the output without it, in dB. Level: of the tone, in dB. Alias: the
loudest that is heard of tones above half the lower rate; image: the loudest beside tones from 20 kHz. Latency is that of our
filter as it plays live; the others were given the whole sound at once. The slopes of `low-latency` and `standard` lie around
half the lower rate: what is just above it comes back just below it. That of `best` ends there.

{resamplers(read_rows('resampler'))}
'''


if __name__ == '__main__':
    DOCS.mkdir(exist_ok=True)
    (DOCS / 'latency.md').write_text(page())
    print('docs/latency.md')
