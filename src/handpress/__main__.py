"""`python -m handpress` is the `handpress` command."""

import sys

from handpress.cli import main

if __name__ == "__main__":
    sys.exit(main())
