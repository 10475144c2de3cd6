"""Run a command alone: `python tools/alone.py make html` waits for any other's end.

The lock is on the folder itself, and the operating system takes it back when the
command ends, however it ends. Needs no installed package and no file of its own.
"""

import fcntl
import os
import sys

folder = os.open(".", os.O_RDONLY)
try:
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    waiting = "another make is at work in this folder: waiting until it has ended"
    print(waiting, file=sys.stderr, flush=True)
    fcntl.flock(folder, fcntl.LOCK_EX)
except OSError:
    pass  # a file system without locks
os.set_inheritable(folder, True)  # the command holds it, too
os.execvp(sys.argv[1], sys.argv[1:])
