"""Many cases: discovery, ledger, runner."""
