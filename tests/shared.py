"""Real directories and official schemas that stand beside the project: read where they are, never copied in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("REFERRAL_HUB_SHARED") or ROOT.parent / "shared")


def shared(relative: str) -> Path:
    """A path beside the project; the test is skipped, with the reason, where it is absent."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"{relative} is not beside the project (set REFERRAL_HUB_SHARED to the folder that holds it)")
    return path
