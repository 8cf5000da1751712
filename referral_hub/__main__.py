"""`python -m referral_hub` is `referral-hub`."""

from __future__ import annotations

from referral_hub.cli import main

if __name__ == "__main__":
    main()
