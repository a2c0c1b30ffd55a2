"""I2CRC's maps, from one squashed view of a picture."""
