"""Seeds: class activation maps. A folder is a method; what methods share lies beside them."""
