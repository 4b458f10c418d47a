"""Target groups, and the interface of the load balancer behind them."""
