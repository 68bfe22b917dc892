"""In and out: the shipped library, the message that carries a contract, signed files that come back, exports."""
