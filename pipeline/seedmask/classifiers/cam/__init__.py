"""Train global average pooling and a linear classifier on image tags."""
