"""The methods' mathematics: arrays in, arrays out."""
