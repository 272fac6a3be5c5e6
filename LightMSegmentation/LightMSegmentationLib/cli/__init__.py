"""The `lightm` command."""
