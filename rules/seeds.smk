# Class activation maps of one shard.
use rule saliency_shard as seeds_shard with:
    wildcard_constraints:
        stage="seeds",
