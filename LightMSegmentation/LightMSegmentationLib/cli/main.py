"""The ``lightm`` command: runs one subcommand and turns every failure into a sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from typing import TYPE_CHECKING

from LightMSegmentationLib import __version__
from LightMSegmentationLib.cli import (
    batch,
    bench,
    count,
    doctor,
    evaluate,
    listen,
    models,
    report,
    review,
    segment,
    train,
)
from LightMSegmentationLib.cli.console import Console
from LightMSegmentationLib.cli.error_log import write_error_log
from LightMSegmentationLib.errors import CancelledError, InternalError
from LightMSegmentationLib.explanation import explained
from LightMSegmentationLib.interruption import interruptible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.errors import LightMError

_COMMANDS = (segment, batch, report, review, listen, evaluate, models, doctor, count, bench, train)

_EPILOG = """\
exit codes:
  0 done (also when no liver was found)   2 wrong command line    3 unusable input or output
  4 environment or model                  5 out of memory or disk 6 internal error           130 cancelled
  batch: 10 some cases failed, 11 none done

example:
  lightm segment scan.nii.gz -o liver.seg.nrrd --preview liver.png --table lesions.csv

This is research software, not a medical device: a physician has to check every result.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (the process's own when None) and return its exit code."""
    console = Console()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _parser().parse_args(words)
    except SystemExit as stop:  # argparse ends the process after --help, --version and usage errors
        return int(stop.code or 0)
    with interruptible() as stopped:
        try:
            return arguments.run(arguments, console)
        except BrokenPipeError:  # the reader of our output went away, as with `| head`
            _forget_output()
            return 0
        except (Exception, KeyboardInterrupt) as error:
            known = CancelledError() if stopped.is_set() or isinstance(error, KeyboardInterrupt) else explained(error)
            return _fail(console, error, known, words, debug=arguments.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lightm",
        description="Find liver and liver tumors on abdominal CT with LightM-UNet.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lightm {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(subparsers, common)
    return parser


def _fail(console: Console, error: BaseException, known: LightMError | None, words: list[str], *, debug: bool) -> int:
    """Write the sentence of ``known``, what ``error`` means to a person, or where its details are; return its code."""
    if debug:
        console.tell("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    known = known or _unexpected(error, words)
    console.fail(str(known))
    return known.exit_code


def _unexpected(error: BaseException, words: list[str]) -> InternalError:
    log = write_error_log(error, words[1:])  # the first word is the command's own
    where = f"The details are in '{log}'." if log else "Run again with --debug for the details."
    return InternalError(f"Something went wrong inside lightm ({type(error).__name__}).", f"{where} Please report it.")


def _forget_output() -> None:
    """Point standard output at nothing, so that Python's flush at exit doesn't fail on the closed pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
