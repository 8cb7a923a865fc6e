"""The program: `cardkit`, and the same as `python -m cardkit`."""

from __future__ import annotations

import sys

from cardkit import commands


def main() -> None:
    """Run the command line, without its parser where none is needed."""
    commands.write_any_text()
    code = commands.run_plain(sys.argv[1:])
    if code is not None:
        sys.exit(code)

    from cardkit import cli

    cli.main()


if __name__ == "__main__":
    main()
