"""Choose the rows of the encoder's head that represent the classes; nothing is trained."""
