"""Contract suites: what every method of a kind promises. A test class inherits one and gives the method.

They need pytest, and serve methods from other packages as well as ours.
"""
