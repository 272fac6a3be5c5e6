"""PySide6 widgets with the name and behavior of the ctk and qMRML widgets that the panel's ``.ui`` uses."""
