"""A fork copies one thread of a process, and the locks as they stand: what the library's other threads were doing is lost, and whoever waits for
them waits for ever. So a process that was forked after a model had been loaded is told so."""

import os

from .errors import ForkError

_state = {"used": False, "parent": None}


def _after_in_child():
    if _state["used"]:
        _state["parent"] = os.getppid()


os.register_at_fork(after_in_child=_after_in_child)


def enter():
    """Called wherever the native part begins to compute."""
    if _state["parent"] is not None:
        raise ForkError(
            f"this process was forked from process {_state['parent']}, which had loaded a model: Keraunos cannot run in it, because a fork does not"
            " copy threads; start processes by multiprocessing's \"spawn\" or \"forkserver\", or load models only after the fork"
        )
    _state["used"] = True
