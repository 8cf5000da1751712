"""The schema's history: one file a change, each with its way up and its way down."""
