"""Encoders, their first weights and heads, and the interfaces of the networks over them."""
