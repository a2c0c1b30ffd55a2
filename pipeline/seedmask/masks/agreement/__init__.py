"""Labels in which several masks agree."""
