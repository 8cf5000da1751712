"""Rules out of prose: a conservative reader, whose findings a person confirms before they count."""
