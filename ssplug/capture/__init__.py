"""Recording: movies and stills written to storage backends, the catalogue of them, and retention."""
