r"""The segmenters' losses by their options, a loss a module with \`of\`."""
