// chains
