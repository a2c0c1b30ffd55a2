"""The classifiers' networks, a method a module with `build`, which a trained network is loaded into again."""
