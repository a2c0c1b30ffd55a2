"""Jobs over the whole set before a variant's shards: they find a number, or cut a file into what each shard needs."""
