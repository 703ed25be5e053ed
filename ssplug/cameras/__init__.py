"""The camera aggregate and the roster of cameras."""
