"""Results of benches on their way to docs/: files in test-results/, and the versions of what was measured beside them."""
import csv
import importlib.metadata
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / 'test-results'
VERSIONS = FOLDER / 'versions.json'


def write_rows(name, rows, *packages):
    """Rows (dicts) as test-results/NAME.csv; remembers the versions of the Python packages that were measured."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with open(FOLDER / f'{name}.csv', 'w', newline='') as file:
        writer = csv.DictWriter(file, columns, restval='')
        writer.writeheader()
        writer.writerows(rows)
    known = read_versions() | {package: importlib.metadata.version(package) for package in packages}
    VERSIONS.write_text(json.dumps(known, indent=2) + '\n')


def read_rows(name):
    with open(FOLDER / f'{name}.csv', newline='') as file:
        return list(csv.DictReader(file))


def read_versions():
    return json.loads(VERSIONS.read_text()) if VERSIONS.exists() else {}
