"""PMM's under-fitting loss: once the fit is good, the loss of the worst pixels is limited."""
