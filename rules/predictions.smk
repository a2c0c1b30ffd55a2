# A segmenter's masks of one shard.
use rule saliency_shard as predictions_shard with:
    wildcard_constraints:
        stage="predictions",
