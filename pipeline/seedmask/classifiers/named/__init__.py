"""Take the rows of the encoder's head that stand for the classes; there is nothing to train."""
