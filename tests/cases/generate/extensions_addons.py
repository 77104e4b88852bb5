"""."""


def cases(add):
    return
