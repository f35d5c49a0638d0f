"""Makes glibc give freed memory back to the system instead of keeping it for later.

Loading a model frees tens of megabytes. As glibc comes, each large block that is freed raises
the size up to which it keeps such blocks, so most of that would stay with the process for ever.
"""

from __future__ import annotations

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # names of glibc's <malloc.h>
_LARGE = 1 << 20  # a block of a turn is smaller, so turns don't pay for the mapping of one
_ARENAS = 2  # threads of Python take turns; an arena for each would only spread what is free


def give_freed_memory_back() -> bool:
    """Set the allocator's thresholds once and for all; False where it is another than glibc."""
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    options = ((_TRIM_THRESHOLD, _LARGE), (_MMAP_THRESHOLD, _LARGE), (_ARENA_MAX, _ARENAS))
    set_option = ctypes.CDLL(None).mallopt
    return all(set_option(name, value) == 1 for name, value in options)
