"""PMM's loss: pixels that fit worst are not learned once the fit is good."""
