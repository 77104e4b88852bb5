"""The error of a module whose package is not installed."""


def missing(package, extra):
    return ImportError(
        f'{package} is not installed, which this module needs: pip install "keraunos[{extra}]", or pip install {package}',
        name=package,
    )
