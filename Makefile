# Every target is a plain Python command that works the same in PowerShell: `python make.py demo`.
PYTHON ?= python3

.PHONY: help setup demo test test-scene-next cmake-lists icons

help setup demo test test-scene-next cmake-lists icons:
	@$(PYTHON) make.py $@
