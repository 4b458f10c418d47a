"""What every store shares: the engine, the history that stale reads use, and the logs."""
