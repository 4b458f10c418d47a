"""What all stores share: the engine, the history for stale reads, and the logs."""
