"""Readers of other people's directories: files in, rows of ours and a report out. All of it is pure."""
