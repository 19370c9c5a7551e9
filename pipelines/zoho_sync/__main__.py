"""`python -m zoho_sync`: the same as `zoho-sync`."""

from .cli import main

if __name__ == "__main__":
    main()
