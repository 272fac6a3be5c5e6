"""Adding, removing and carrying models that the user owns."""
