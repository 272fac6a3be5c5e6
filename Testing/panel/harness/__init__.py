"""A stand-in for the 3D Slicer application: the module's real widget on PySide6, over the real MRML of slicer-core.

It exists so that a machine without Slicer can click the real button in the real ``.ui`` with the real worker and real
MRML. It copies only what this module uses, behaves like PythonQt where PythonQt and PySide6 differ, and refuses every
name that was not found in a running Slicer (``slicer_names.json``). The self-tests inside Slicer are the truth.
"""
