# What weak labels need of the whole set: a threshold of all seeds, or what people drew in all images, cut into shards.
use rule masks_fit as weak_labels_fit with:
    wildcard_constraints:
        stage="weak_labels",


# Weak labels of one shard.
use rule saliency_shard as weak_labels_shard with:
    wildcard_constraints:
        stage="weak_labels",
