"""`python -m landmark` is the `landmark` command."""

from landmark.cli import main

if __name__ == "__main__":
    main()
