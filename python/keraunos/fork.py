"""A fork copies one thread of a process, and the locks in their current state: the work of the library's other threads is lost,
and waiting for them would never end. So use in a process that was forked after a model had been loaded raises an error."""

import os

from .errors import ForkError

_state = {"used": False, "parent": None}


def _after_in_child():
    if _state["used"]:
        _state["parent"] = os.getppid()


os.register_at_fork(after_in_child=_after_in_child)


def enter():
    """Called wherever the native part begins a computation."""
    if _state["parent"] is not None:
        raise ForkError(
            f"this process was forked from process {_state['parent']}, which had loaded a model: Keraunos cannot run in it, because a fork does not"
            " copy threads; start processes by multiprocessing's \"spawn\" or \"forkserver\", or load models only after the fork"
        )
    _state["used"] = True
