"""Class activation maps that another program made."""
