"""The browser review app: look at a CT, segment it, correct what was found, save it; without Slicer's desktop.

`gateway` is the server that browsers talk to. It decides who may come in and gives every browser a process of its own
(`session_process`), in which `session` runs Slicer's core (`slicer-core`) behind a page (`trame-slicer`). So nobody
sees another's case, and a crash takes one session along. `app` is what runs in that process: trame-slicer's
segmentation app, extended. This is application code of ring 3; nothing outside of this room imports trame.
"""
