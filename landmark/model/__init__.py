"""A trained model: its bundle, the session that runs it, the predictor, its answers and explanations."""
