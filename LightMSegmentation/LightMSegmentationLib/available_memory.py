"""How much memory this process can still use, within the machine, its container or job, and the user's limits.

Needs no package: it is asked for in Slicer, too, which brings no psutil.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NO_LIMIT = float("inf")

#: Version 1 of control groups writes "no limit" as the largest number of whole pages; no machine has that much.
_UNREAL = 2**60


def available_memory() -> float:
    """Return the bytes that can still be used before something is killed or refused."""
    return max(0.0, min(_left_in_machine(), left_in_control_groups(), _left_in_address_space()))


def held_memory() -> int:
    """Return the bytes that this process has now; 0 where the system does not tell without a package."""
    return _own_pages(1)


def left_in_control_groups(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float:
    """Return what containers and job schedulers still allow: the least of all groups that hold this process.

    Parameters
    ----------
    root
        Where the kernel shows control groups, of version 2 (one tree) or 1 (a tree for memory).
    own
        The file that names this process's groups, one a line: ``number:controllers:/path``.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:  # not Linux
        return _NO_LIMIT
    least = _NO_LIMIT
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            least = min(least, *(_left_in(group, "memory.max", "memory.current") for group in _upward(root, path)))
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            least = min(least, *(_left_in(group, *names) for group in _upward(root / "memory", path)))
    return least


def _upward(root: Path, path: str) -> list[Path]:
    """Return the folders of a group and of the groups around it; each may have a limit."""
    group = root / path.lstrip("/")
    return [group, *(folder for folder in group.parents if folder == root or root in folder.parents)]


def _left_in(group: Path, limit_name: str, used_name: str) -> float:
    """Return what one group still allows; cached files that the kernel gives back on demand don't count as used."""
    try:
        limit, used = ((group / name).read_text().strip() for name in (limit_name, used_name))
    except (OSError, ValueError):
        return _NO_LIMIT
    if limit == "max" or int(limit) > _UNREAL:
        return _NO_LIMIT
    return float(int(limit) - int(used) + _given_back_on_demand(group))


def _given_back_on_demand(group: Path) -> int:
    try:
        lines = (group / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    values = dict(line.split(maxsplit=1) for line in lines)
    return int(values.get("total_inactive_file", values.get("inactive_file", "0")))


def _left_in_address_space() -> float:
    """Return what ``ulimit -v`` still allows; infinite without such a limit."""
    if sys.platform == "win32":
        return _NO_LIMIT
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return _NO_LIMIT if limit == resource.RLIM_INFINITY else float(limit) - _own_pages(0)


def _left_in_machine(meminfo: Path = Path("/proc/meminfo")) -> float:
    """Return what programs can get before others are swapped out; on macOS, which does not tell, all there is."""
    if sys.platform == "win32":
        return _left_in_windows()
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        return 1024.0 * int(lines["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _left_in_windows() -> float:
    """Return ``ullAvailPhys`` of MEMORYSTATUSEX (sysinfoapi.h): two numbers of 4 bytes, then seven of 8."""
    import ctypes

    status = (ctypes.c_uint64 * 8)(64)  # the first number is the size of the structure itself
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined,unused-ignore]
        return _NO_LIMIT
    return float(status[2])


def _own_pages(column: int) -> int:
    """Return bytes of this process: of its address space (column 0 of ``statm``, see proc(5)) or resident (1)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[column]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return 0
