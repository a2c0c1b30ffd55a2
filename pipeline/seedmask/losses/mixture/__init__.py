"""AGMM's loss: a Gaussian mixture over the features supervises the network, and the network the mixture."""
