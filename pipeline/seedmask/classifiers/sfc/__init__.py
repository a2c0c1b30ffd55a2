"""Train SFC: pictures of a bank beside each batch, two sizes of each, and two kinds of map that are pulled together."""
