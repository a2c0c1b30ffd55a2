"""Train I2CRC's classifier: tags, and distances of scores that saliency measures."""
