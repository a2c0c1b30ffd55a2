# What a mask variant needs to know of the whole set first, like an estimate from all its seeds.
use rule seeds_fit as masks_fit with:
    wildcard_constraints:
        stage="masks",


# Pseudo-masks of one shard.
use rule saliency_shard as masks_shard with:
    wildcard_constraints:
        stage="masks",
