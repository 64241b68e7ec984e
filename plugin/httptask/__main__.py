"""``python -m httptask``: the command line."""

from httptask.cli import main

if __name__ == "__main__":
    main()
