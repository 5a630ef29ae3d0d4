"""The picture of docs/latency.md: latency by native block at equal rates, ours beside theirs. Standard library only.

Owns the drawing; the SVG takes its colours from the reader's own theme, light or dark.
"""
from math import log2

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 44, 48
TICKS = [0, 16, 64, 256, 1024, 2048]
MOST = 2600

STYLE = '''
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 12px; fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.ours { fill: #0969da; stroke: #0969da }
.theirs { fill: none; stroke: #bc4c00; stroke-width: 1.6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .ours { fill: #58a6ff; stroke: #58a6ff }
  .theirs { stroke: #f0883e }
}
'''


def y_of(samples):
    """Logarithmic, with a place for 0."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * log2(1 + samples) / log2(1 + MOST)


def mark(kind, x, y):
    if kind == 'ours':
        return f'<circle class="ours" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'
    return f'<rect class="theirs" x="{x - 3.4:.1f}" y="{y - 3.4:.1f}" width="6.8" height="6.8"/>'


def draw(blocks):
    """An SVG of {native block: [(host block, ours, theirs)]}: within each native block the host's blocks from left to right."""
    column = (WIDTH - LEFT - RIGHT) / len(blocks)
    parts = []
    for tick in TICKS:
        y = y_of(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="small" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>')
    for index, (block, pairs) in enumerate(blocks.items()):
        left = LEFT + index * column
        parts.append(f'<text x="{left + column / 2:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{block}</text>')
        for place, (_, ours, theirs) in enumerate(pairs):
            x = left + column * (place + 1) / (len(pairs) + 1)
            parts += [mark('theirs', x, y_of(theirs)), mark('ours', x, y_of(ours))]
    hosts = ', '.join(str(host) for host, *_ in max(blocks.values(), key=len))
    below = f'native block of the model; in each, hosts of {hosts} frames'
    parts.append(f'<text class="small" x="{LEFT}" y="{HEIGHT - 8}">{below}</text>')
    parts.append(f'<text x="{LEFT}" y="16">Latency in samples, model and host at one rate</text>')
    for x, kind, name in ((WIDTH - 232, 'ours', 'Neuropatch'), (WIDTH - 122, 'theirs', 'neutone-sdk')):
        parts += [mark(kind, x, 12), f'<text x="{x + 10}" y="16">{name}</text>']
    body = '\n'.join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="Latency by native block, Neuropatch beside neutone-sdk">\n<style>{STYLE}</style>\n{body}\n</svg>\n')
