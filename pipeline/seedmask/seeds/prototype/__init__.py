"""SFC's maps of the classifier's weights and of prototypes."""
