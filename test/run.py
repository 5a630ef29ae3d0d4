"""Runs every test of the product and adds up the counts; the last line is `N passed, N failed`.

Owns the order and the counting: each folder's type check and each linter is one test, the rest are counted by their
runners. Must not know how tools are installed (`./dev test` did that). Long runs are those that ask for NEUROPATCH_FULL.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "test-results"


@dataclass
class Count:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def run(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT).returncode


def check(name: str, *command: str) -> Count:
    """A tool that says yes or no counts as one test; what it says is shown only when it says no."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    good = done.returncode == 0
    print(f"  {'passed' if good else 'FAILED'}  {name}\n{'' if good else done.stdout + done.stderr}", end="", flush=True)
    return Count(passed=int(good), failed=int(not good))


def types() -> Count:
    folders = ("src", "nodes", "extension", "test")
    projects = sorted(path for folder in folders for path in (ROOT / folder).rglob("tsconfig*.json")
                      if path.name != "tsconfig.emit.json")
    names = [str(path.relative_to(ROOT)) for path in projects]
    # Two at a time: a check is mostly one thread that reads declarations.
    with ThreadPoolExecutor(max_workers=2) as pool:
        return sum(pool.map(lambda name: check(f"types {name}", "tsc", "--project", name), names), Count())


def lint() -> Count:
    return (check("lint biome", "biome", "lint", "--max-diagnostics=100")
            + check("format biome", "biome", "format", "--max-diagnostics=100")
            + check("lint flake8", sys.executable, "-m", "flake8"))


def vitest(name: str, *options: str) -> Count:
    report = RESULTS / f"{name}.json"
    report.unlink(missing_ok=True)
    reporters = ["--reporter=default", "--reporter=json", f"--outputFile.json={report}"]
    code = run("vitest", "run", "--passWithNoTests", *options, *reporters)
    if not report.exists():
        return Count(failed=1)
    result = json.loads(report.read_text())
    # A file that does not even load has no tests to count, but it has failed.
    unloaded = sum(1 for file in result["testResults"] if file["status"] == "failed" and not any(
        test["status"] == "failed" for test in file["assertionResults"]))
    skipped = result["numPendingTests"] + result.get("numTodoTests", 0)
    return honest(Count(result["numPassedTests"], result["numFailedTests"] + unloaded, skipped), code)


def unit() -> Count:
    return vitest("unit")


def e2e() -> Count:
    return vitest("e2e", "--config", "test/e2e/vitest.config.ts")


def python() -> Count:
    report = RESULTS / "python.xml"
    report.unlink(missing_ok=True)
    code = run(sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}")
    if not report.exists():
        return Count(failed=1)
    total = Count()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Count(tests - failed - skipped, failed, skipped)
    no_tests_collected = 5
    return honest(total, 0 if code == no_tests_collected else code)


def honest(count: Count, code: int) -> Count:
    """A runner that fails without a failed test (a crash, an unhandled rejection) has failed."""
    return count if code == 0 or count.failed > 0 else Count(count.passed, 1, count.skipped)


STEPS = {"types": types, "lint": lint, "unit": unit, "python": python, "e2e": e2e}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev test", description="Runs the tests of Neuropatch.")
    parser.add_argument("--full", action="store_true", help="also the long runs")
    parser.add_argument("--only", action="append", choices=list(STEPS), help="these steps only (may be repeated)")
    options = parser.parse_args()
    if options.full:
        os.environ["NEUROPATCH_FULL"] = "1"
    RESULTS.mkdir(exist_ok=True)
    total, lines = Count(), []
    for name, step in STEPS.items():
        if options.only and name not in options.only:
            continue
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        count = step()
        total += count
        seconds = time.monotonic() - start
        lines.append(f"{name:8}{count.passed:6} passed {count.failed:4} failed {count.skipped:4} skipped {seconds:8.1f} s")
    print("\n" + "\n".join(lines))
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        # The runners heard it too, and have told how far they came.
        sys.exit(130)
