"""Seeds spread by a random walk that learned boundaries stop."""
