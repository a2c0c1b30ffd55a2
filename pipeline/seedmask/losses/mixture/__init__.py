"""AGMM's loss: a mixture over the features and the network teach each other."""
