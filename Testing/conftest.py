"""What holds for every test of the project."""

from __future__ import annotations

import signal

from hypothesis import settings

# A slow or busy machine must not fail a property; and the same examples every time, so that a failure can be repeated.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

# A suite that was started in the background inherits a deaf ear for Ctrl-C, and so would the processes that tests stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
