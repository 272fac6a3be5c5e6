# Every target is a plain Python command that works the same in PowerShell: `python make.py demo`.
PYTHON ?= python3

COMMANDS = help setup demo test test-all system-deps installed-tools test-scene-next cmake-lists screenshots icons

.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) make.py $@
