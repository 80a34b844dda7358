"""What `handpress demo` may be told; plain Python, since it is read before there is a newsroom."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from handpress.lib.commands import port


def add_demo_options(parser: ArgumentParser) -> None:
    """Add the folder and the options of `handpress demo`."""
    parser.add_argument(
        "dir", metavar="DIR", nargs="?", help="where the newsroom is or is to be (else ./demo)"
    )
    parser.add_argument(
        "--from",
        dest="pages",
        metavar="PATH",
        nargs="+",
        type=Path,
        help="begin with these saved pages instead of the invented articles",
    )
    parser.add_argument("--host", help="the address to listen on (as in handpress.toml)")
    parser.add_argument("--port", type=port, help="the port to listen on (as in handpress.toml)")
    parser.add_argument(
        "--no-serve", action="store_true", help="make and print the newsroom, serve nothing"
    )
