"""What several stages need, below all of them: trained networks, their training, histograms of a whole set."""
