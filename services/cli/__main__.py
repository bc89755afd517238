"""`python -m services.cli` is `market-spread`."""

from services.cli.main import main

if __name__ == "__main__":
    main()
