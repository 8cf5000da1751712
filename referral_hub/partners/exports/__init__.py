"""The directory, out: an HSDS data package or HSDS documents."""
