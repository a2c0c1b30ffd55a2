"""Seeds after the fast bilateral solver."""
