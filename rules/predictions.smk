# Whether there are masks for all images, where another program predicted them.
use rule masks_fit as predictions_fit with:
    wildcard_constraints:
        stage="predictions",


# Masks of one shard by a finished network.
use rule saliency_shard as predictions_shard with:
    wildcard_constraints:
        stage="predictions",
