"""`python -m neuropatch …` is the command line `neuropatch …`."""

import sys

from .engine import main

if __name__ == "__main__":
    sys.exit(main())
