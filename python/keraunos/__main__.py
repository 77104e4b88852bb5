"""The program `keraunos`, which the wheel contains."""

import os
import sys


def main():
    program = os.path.join(os.path.dirname(__file__), "bin", "keraunos")
    if not os.path.exists(program):
        sys.exit("keraunos: this installation was built without the program (KERAUNOS_CLI=OFF)")
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
