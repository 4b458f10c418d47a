"""What runs inside an instance of the lab: the agent, the patching payload and the application."""
