"""From the columns of the data contract to what the model learns from."""
