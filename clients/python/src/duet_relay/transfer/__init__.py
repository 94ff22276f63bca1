"""Meeting the other peer, and sending and receiving files through the encrypted stream."""
