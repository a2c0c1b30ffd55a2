"""The set `shapes-hard`: drawn things in scenes with the errors of real ones."""
