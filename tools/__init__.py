"""Programs for those who work on the hub; none of them is part of the wheel."""
