"""What moto does for the lab. No other folder imports moto's backends."""
