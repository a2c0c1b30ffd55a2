"""Other seeds, carried to places whose features are alike."""
