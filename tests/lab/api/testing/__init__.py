"""What tests hold in their hands: the served lab, nodes with a script, and how an ordinary node behaves."""
