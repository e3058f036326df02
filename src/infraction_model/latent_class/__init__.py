"""The latent-class model: zones share a few kinds of week, and each fine says a little of which."""
