"""`python -m saydo`: the same as the command `saydo`."""

from saydo.cli import main

if __name__ == "__main__":
    main()
