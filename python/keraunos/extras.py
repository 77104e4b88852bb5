"""Errors of modules whose packages are not installed."""


def missing(package, extra):
    return ImportError(
        f'{package} is not installed, which this module needs: pip install "keraunos[{extra}]", or pip install {package}',
        name=package,
    )


def without_cuda(error):
    """The error of an import of the native module: a wheel with CUDA loads CUDA's libraries, which the extra "cuda" installs."""
    if not any(name in str(error) for name in ("libcudart", "libcublas", "libcudnn")):
        return error
    return ImportError(f'this wheel of keraunos was built with CUDA, whose libraries are not installed ({error}): pip install "keraunos[cuda]"')
