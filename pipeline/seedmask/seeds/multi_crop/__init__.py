"""PMM's maps, averaged over enlarged tiles of a picture."""
