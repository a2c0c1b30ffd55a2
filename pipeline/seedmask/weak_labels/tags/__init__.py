"""What seeds or masks are sure of."""
