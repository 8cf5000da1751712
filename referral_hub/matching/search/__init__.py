"""The words in which the directory is searched, and what a search is narrowed and counted by: pure."""
